//! UTF-8 that arrives piece by piece: how far it is valid, and what is wrong after that.
//!
//! Streams in every layer can read into a `String`, and all follow one rule: the string receives
//! the whole characters, and everything else stays in the stream. This is the part of that rule
//! that needs no stream.

use std::str;

use super::Error;

/// Malformed bytes where a character should begin: the longest start of a character, or a single
/// byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MalformedUtf8 {
    bytes: [u8; 3],
    /// 1 to 3.
    len: usize,
    /// Whether they are the start of a character whose rest will not come.
    is_cut: bool,
}

impl MalformedUtf8 {
    /// # Panics
    ///
    /// If there are more than three bytes: no malformed sequence of UTF-8 is longer.
    pub(crate) fn new(malformed: &[u8], is_cut: bool) -> MalformedUtf8 {
        let mut bytes = [0; 3];
        bytes[..malformed.len()].copy_from_slice(malformed);
        MalformedUtf8 {
            bytes,
            len: malformed.len(),
            is_cut,
        }
    }

    /// The number of bytes, if they are a character that was cut off.
    pub(crate) fn cut(&self) -> Option<usize> {
        self.is_cut.then_some(self.len)
    }

    /// The error of these bytes at `offset`, in bytes from the start of the stream. The reasons are
    /// CPython's.
    pub(crate) fn at(self, offset: u64) -> Error {
        let bytes = &self.bytes[..self.len];
        let reason = match bytes[0] {
            _ if self.is_cut => "unexpected end of data",
            0x80..0xc2 | 0xf5.. => "invalid start byte",
            _ => "invalid continuation byte",
        };
        Error::Decode {
            encoding: "utf-8",
            offset,
            bytes: bytes.to_vec(),
            reason,
            path: None,
        }
    }
}

/// The whole characters at the start of `bytes`, and the malformed bytes right after them, if
/// there are any.
///
/// A character that is cut off by the end of `bytes` is neither, because its other bytes may
/// follow. With `at_end` nothing follows, and it is malformed.
pub(crate) fn whole_chars(bytes: &[u8], at_end: bool) -> (&str, Option<MalformedUtf8>) {
    // Split off first, so that validating a piece of a longer text does not fail and run twice.
    let (whole, cut) = bytes.split_at(bytes.len() - cut_char(bytes));
    match simdutf8::compat::from_utf8(whole) {
        Ok(text) => {
            let is_malformed = at_end && !cut.is_empty();
            (text, is_malformed.then(|| MalformedUtf8::new(cut, true)))
        }
        Err(error) => {
            let (text, rest) = whole.split_at(error.valid_up_to());
            let text = str::from_utf8(text).expect("it is valid up to there");
            let len = error.error_len().unwrap_or(rest.len());
            (text, Some(MalformedUtf8::new(&rest[..len], false)))
        }
    }
}

/// The length of an incomplete character at the end: at most 3 bytes.
fn cut_char(bytes: &[u8]) -> usize {
    let is_cut = |len: &usize| {
        let end = &bytes[bytes.len() - len..];
        matches!(str::from_utf8(end), Err(error) if error.valid_up_to() == 0 && error.error_len().is_none())
    };
    match bytes.last() {
        // A text that ends in ASCII, as most lines do, is decided by this one byte.
        None | Some(..0x80) => 0,
        Some(_) => (1..=bytes.len().min(3)).find(is_cut).unwrap_or(0),
    }
}

/// Appends a line to `text`, or returns it in an error if it is not UTF-8. `offset` is where the
/// line started in the stream, from which it was taken. Returns its length in bytes.
pub(crate) fn append_line(text: &mut String, line: &[u8], offset: u64) -> Result<usize, Error> {
    // `basic` is faster than `compat`, and where the error is does not matter yet.
    match simdutf8::basic::from_utf8(line) {
        Ok(line) => text.push_str(line),
        Err(_) => return Err(not_utf8(offset, line.to_vec())),
    }
    Ok(line.len())
}

/// The error of a line that is not UTF-8, was taken from the stream, and started at `offset`.
pub(crate) fn not_utf8(offset: u64, line: Vec<u8>) -> Error {
    let (text, wrong) = whole_chars(&line, true);
    let wrong = wrong.expect("a line that is no text has malformed bytes");
    let source = Box::new(wrong.at(offset + text.len() as u64));
    Error::NotUtf8 { line, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same, by std's decoder and one byte after the other.
    fn naive(bytes: &[u8], at_end: bool) -> (&str, Option<MalformedUtf8>) {
        match str::from_utf8(bytes) {
            Ok(text) => (text, None),
            Err(error) => {
                let (text, rest) = bytes.split_at(error.valid_up_to());
                let text = str::from_utf8(text).unwrap_or_default();
                match error.error_len() {
                    Some(len) => (text, Some(MalformedUtf8::new(&rest[..len], false))),
                    None => (text, at_end.then(|| MalformedUtf8::new(rest, true))),
                }
            }
        }
    }

    #[test]
    fn whole_characters_are_found_as_by_std() {
        let alphabet = [
            b'a', 0x80, 0x9f, 0xa0, 0xbf, 0xc1, 0xc3, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5,
        ];
        let count = alphabet.len();
        for len in 0..=5_u32 {
            for number in 0..count.pow(len) {
                let digit = |place| alphabet[number / count.pow(place) % count];
                let bytes: Vec<u8> = (0..len).map(digit).collect();
                for at_end in [false, true] {
                    let found = whole_chars(&bytes, at_end);
                    assert_eq!(found, naive(&bytes, at_end), "{bytes:x?}, {at_end}");
                }
            }
        }
    }
}
