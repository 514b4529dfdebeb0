//! The encodings of Unicode, which have every character.

mod code_units;
mod utf16;
mod utf32;
mod utf7;
pub(super) mod utf8;

pub(super) use self::code_units::CodeUnits;
pub(super) use self::utf7::Utf7;
pub(super) use self::utf8::Utf8;
use super::encode_blocks::{BlockEncoder, ShortCode};
use super::family::{
    Code, DecodeContext, DecodeOutput, DecodeStop, Decoded, DecodedPart, EncodeStop, Encoded,
    Family, Measure, Properties, Shortcut, Trailer, copy_plain, encode_in_runs, short_unit,
    start_of, worth_sharing,
};
use super::utf8_room::{Utf8Char, Utf8Room, WINDOW};
use crate::error::Error;

#[cfg(test)]
mod tests;
