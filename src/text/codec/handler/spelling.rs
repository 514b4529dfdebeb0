//! How Python spells characters and bytes in ASCII.

use std::fmt::Write;

/// A byte as `\xNN`.
pub(super) const fn byte(byte: u8) -> [u8; 4] {
    let digits = b"0123456789abcdef";
    [
        b'\\',
        b'x',
        digits[(byte >> 4) as usize],
        digits[(byte & 0xf) as usize],
    ]
}

/// A character as `\xNN`, `\uNNNN` or `\UNNNNNNNN`.
pub(super) fn backslash(ch: char) -> String {
    let mut text = String::new();
    let number = u32::from(ch);
    let _ = match number {
        0..=0xff => write!(text, "\\x{number:02x}"),
        0x100..=0xffff => write!(text, "\\u{number:04x}"),
        _ => write!(text, "\\U{number:08x}"),
    };
    text
}

/// A character as `&#NNNN;`.
pub(super) fn xml(ch: char) -> String {
    ["&#", &u32::from(ch).to_string(), ";"].concat()
}

/// A character as `\N{…}`, or [`backslash`] if it has no name.
#[cfg(feature = "names")]
pub(super) fn name(ch: char) -> String {
    match unicode_names2::name(ch) {
        Some(name) => ["\\N{", &name.to_string(), "}"].concat(),
        None => backslash(ch),
    }
}
