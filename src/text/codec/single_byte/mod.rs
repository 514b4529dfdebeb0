//! The encodings of one byte for each character: ASCII, Latin-1, and those that have a table.

pub(super) mod ascii;
mod byte_table;
mod charmap;

pub(super) use self::ascii::{Ascii, Latin1};
use self::byte_table::ByteTable;
pub(super) use self::charmap::{LazyCharmap, cpython};
use super::code_index::CodeIndex;
use super::encode_blocks::{AsciiKind, BlockEncoder, ShortCode};
use super::family::{
    Code, DecodeContext, DecodeOutput, DecodeStop, Decoded, DecodedPart, Encoded, Family, Measure,
    Properties, Shortcut,
};
use super::utf8_room::{Utf8Char, Utf8Room, WINDOW, short_len};
