//! How Python spells characters and bytes in ASCII.

use std::fmt::Write;

/// Appends `\xNN`.
pub(super) fn byte(byte: u8, text: &mut String) {
    // A string takes everything.
    let _ = write!(text, "\\x{byte:02x}");
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
