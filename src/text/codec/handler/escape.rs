//! The mapping of [`OnError::Escape`](super::OnError::Escape): byte `b` is U+10FE00 + `b`, one of
//! 256 characters for private use.

use memchr::memchr_iter;

/// The character of byte 0.
const FIRST: u32 = 0x10_fe00;

/// A byte's character.
pub(super) fn character(byte: u8) -> char {
    char::from_u32(FIRST + u32::from(byte)).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// A character's byte, if it stands for one.
pub(in super::super) fn byte(ch: char) -> Option<u8> {
    u8::try_from(u32::from(ch).checked_sub(FIRST)?).ok()
}

/// Where the first character that stands for a byte begins in UTF-8, well-formed or not; the
/// length if there is none. Text without the byte 0xf4 has none, and few other texts have that.
pub(in super::super) fn find(utf8: &[u8]) -> usize {
    let is_escape = |&at: &usize| matches!(utf8[at..], [0xf4, 0x8f, 0xb8..=0xbb, 0x80..=0xbf, ..]);
    memchr_iter(0xf4, utf8)
        .find(is_escape)
        .unwrap_or(utf8.len())
}
