//! ASCII and Latin-1, true to their names.

use super::byte_table::ByteTable;
use super::step::Step;

/// How many bytes at the start are ASCII.
pub(super) fn ascii_prefix(bytes: &[u8]) -> usize {
    if bytes.is_ascii() {
        bytes.len()
    } else {
        bytes.iter().take_while(|byte| byte.is_ascii()).count()
    }
}

/// Decodes the ASCII at the start, or says that there is none.
pub(super) fn ascii_step(bytes: &[u8], text: &mut String) -> Step {
    match ascii_prefix(bytes) {
        0 => Step::Malformed {
            len: 1,
            reason: "ordinal not in range(128)",
        },
        n => {
            text.push_str(str::from_utf8(&bytes[..n]).expect("the prefix is ASCII"));
            Step::Read(n)
        }
    }
}

/// Decodes everything: each byte is the character of that number.
pub(super) fn latin_1_step(bytes: &[u8], text: &mut String) -> Step {
    static TABLE: ByteTable = ByteTable::LATIN_1;
    Step::Read(TABLE.decode(bytes, text))
}

/// Appends the characters of `text` up to the first that is not below `limit`, one byte each;
/// where that is.
pub(super) fn encode(text: &str, limit: u32, bytes: &mut Vec<u8>) -> usize {
    bytes.reserve(text.len());
    for (at, ch) in text.char_indices() {
        match u8::try_from(ch) {
            Ok(byte) if u32::from(ch) < limit => bytes.push(byte),
            _ => return at,
        }
    }
    text.len()
}
