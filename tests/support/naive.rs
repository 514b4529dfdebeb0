//! The models, under the short names that the tests use, and inputs.

#[allow(unused_imports, reason = "each suite uses some")]
pub(crate) use iolite::testing::{Dice, FileModel as File};

/// Text of `len` bytes in lines of very different lengths, with characters of 1 and 2 bytes.
pub(crate) fn text(len: usize) -> Vec<u8> {
    let mut dice = Dice::new(len as u64);
    let mut bytes = Vec::new();
    while bytes.len() + 2 <= len {
        match dice.roll(14) {
            0 => bytes.push(b'\n'),
            1 => bytes.extend_from_slice("é".as_bytes()),
            2 if dice.roll(3) == 0 => bytes.extend_from_slice(b"\n\n"),
            n => bytes.push(b'a' + n as u8),
        }
    }
    bytes.resize(len, b'.');
    bytes
}

/// A long single-line run of differing bytes.
pub(crate) fn ramp(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i % 251) as u8).collect()
}
