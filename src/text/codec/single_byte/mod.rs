//! The encodings of one byte for each character: ASCII, Latin-1, and those that have a table.

pub(super) mod ascii;
mod byte_table;
mod charmap;

pub(super) use self::ascii::{Ascii, Latin1};
use self::byte_table::ByteTable;
pub(super) use self::charmap::{Charmap, cpython};
use super::code_index::CodeIndex;
use super::family::{
    Encoded, Family, Measure, Place, Properties, Shortcut, Step, Stop, encode_beside_ascii,
};
use super::utf8_buffer::{Utf8Buffer, Utf8Char, WINDOW, short_len};

/// Encodes characters of one byte each: those that `byte` has one for.
#[inline(always)] // One loop for each encoding: benches/write.rs, the rows 3d.
fn encode(text: &str, room: &mut [u8], byte: impl Fn(char) -> Option<u8>) -> Encoded {
    let (mut written, mut stop) = (0, Stop::Done);
    let mut chars = text.char_indices();
    let read = loop {
        let Some((at, ch)) = chars.next() else {
            break text.len();
        };
        match (byte(ch), room.get_mut(written)) {
            (Some(byte), Some(place)) => *place = byte,
            (None, _) => stop = Stop::Missing(ch),
            (Some(_), None) => stop = Stop::Full,
        }
        if stop != Stop::Done {
            break at;
        }
        written += 1;
    };
    Encoded::new(read, written, stop)
}
