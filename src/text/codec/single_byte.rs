//! ASCII and Latin-1, true to their names.

use super::step::Step;

/// How many bytes at the start are ASCII.
pub(super) fn ascii_prefix(bytes: &[u8]) -> usize {
    match bytes.is_ascii() {
        true => bytes.len(),
        false => bytes.iter().take_while(|byte| byte.is_ascii()).count(),
    }
}

/// Decodes the ASCII at the start, or says that there is none.
pub(super) fn ascii_step(bytes: &[u8], text: &mut String) -> Step {
    match ascii_prefix(bytes) {
        0 => Step::Malformed {
            len: 1,
            reason: "ordinal not in range(128)",
        },
        n => latin_1_step(&bytes[..n], text),
    }
}

/// Decodes everything: each byte is the character of that number.
pub(super) fn latin_1_step(bytes: &[u8], text: &mut String) -> Step {
    text.reserve(bytes.len() + bytes.len() / 8);
    text.extend(bytes.iter().map(|&byte| char::from(byte)));
    Step::Read(bytes.len())
}
