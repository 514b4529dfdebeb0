//! The encodings of Unicode, which have every character.

mod code_units;
mod utf16;
mod utf32;
mod utf7;
pub(super) mod utf8;

pub(super) use self::code_units::CodeUnits;
pub(super) use self::utf7::Utf7;
pub(super) use self::utf8::Utf8;
use super::family::{
    Code, Encoded, Ending, Family, Measure, Place, Properties, Shortcut, Step, Stop, encode_chars,
    start_of,
};
use super::utf8_buffer::{Utf8Buffer, Utf8Char};
use crate::error::Error;
