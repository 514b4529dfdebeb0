//! The mapping of [`ErrorPolicy::Escape`](super::ErrorPolicy::Escape): byte `b` is U+10FE00 + `b`,
//! one of 256 characters for private use.

use memchr::memchr_iter;

/// The character of byte 0.
const FIRST: u32 = 0x10_fe00;

/// A byte's character in UTF-8.
pub(super) const fn utf8(byte: u8) -> [u8; 4] {
    let mut utf8 = [0; 4];
    if let Some(ch) = char::from_u32(FIRST + byte as u32) {
        ch.encode_utf8(&mut utf8);
    }
    utf8
}

/// A character's byte, if it stands for one.
pub(super) fn byte(ch: char) -> Option<u8> {
    u8::try_from(u32::from(ch).checked_sub(FIRST)?).ok()
}

/// Where the first character that stands for a byte begins in UTF-8, well-formed or not; the
/// length if there is none. Text without the byte 0xf4 has none, and few other texts have that.
pub(super) fn find(utf8: &[u8]) -> usize {
    memchr_iter(0xf4, utf8)
        .find(|&at| begins(&utf8[at..]))
        .unwrap_or(utf8.len())
}

/// Whether the first character stands for a byte.
pub(super) fn begins(utf8: &[u8]) -> bool {
    matches!(utf8, [0xf4, 0x8f, 0xb8..=0xbb, 0x80..=0xbf, ..])
}
