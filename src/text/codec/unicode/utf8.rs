//! UTF-8: what is done with it outside the fast path, which validates whole chunks in place.

use std::str;

use super::{Encoded, Error, Family, Measure, Place, Properties, Shortcut, Step, Stop, start_of};

/// U+FEFF in UTF-8, the "signature".
const MARK: &[u8] = b"\xef\xbb\xbf";

/// UTF-8. With a mark, a decoder's state is 0 before the place where it may stand, and 1 after.
#[derive(Debug)]
pub(in super::super) struct Utf8 {
    pub(in super::super) has_mark: bool,
}

impl Family for Utf8 {
    fn properties(&self) -> Properties {
        Properties {
            shortcut: Shortcut::Utf8,
            has_mark: self.has_mark,
            has_all: true,
            writes_ascii: true,
            ..Properties::default()
        }
    }

    fn decode(&self, place: &mut Place, bytes: &[u8], last: bool, text: &mut String) -> Step {
        place.measure = Measure::Verbatim;
        if self.has_mark && place.state == 0 {
            if MARK.starts_with(bytes) && bytes.len() < MARK.len() && !last {
                return Step::Unfinished;
            }
            place.state = 1;
            if bytes.starts_with(MARK) {
                return Step::Read(MARK.len());
            }
        }
        step(bytes, last, text)
    }

    fn known_state(&self, number: u64) -> u64 {
        (self.has_mark && number > 0).into()
    }

    fn encode(&self, _: &mut u64, text: &str, room: &mut [u8]) -> Encoded {
        let fits = start_of(text, room.len()).len();
        room[..fits].copy_from_slice(&text.as_bytes()[..fits]);
        let is_all = fits == text.len();
        Encoded::new(fits, fits, if is_all { Stop::Done } else { Stop::Full })
    }

    fn mark(&self, _: &mut u64, bytes: &mut Vec<u8>) -> Result<(), Error> {
        bytes.extend_from_slice(MARK);
        Ok(())
    }

    fn decoder_state(&self, _: u64) -> u64 {
        self.has_mark.into()
    }
}

/// Decodes what is well-formed at the start, or says what stands there instead.
///
/// A malformed sequence is the "maximal subpart" of the Unicode standard (chapter 3.9), as in
/// CPython and on the Web.
pub(in super::super) fn step(bytes: &[u8], last: bool, text: &mut String) -> Step {
    if bytes.len() > SHORT
        && let Ok(valid) = str::from_utf8(bytes)
    {
        text.push_str(valid);
        return Step::Read(bytes.len());
    }
    // Each byte is looked at once, which is faster where malformed ones are never far.
    let (valid, len) = match bytes.utf8_chunks().next() {
        Some(first) => (first.valid(), first.invalid().len()),
        None => ("", 0),
    };
    if !valid.is_empty() {
        text.push_str(valid);
        return Step::Read(valid.len());
    }
    let begins = || match str::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    if len < bytes.len() || !begins() {
        return Step::Malformed {
            len,
            reason: match bytes[0] {
                0x80..0xc2 | 0xf5.. => "invalid start byte",
                _ => "invalid continuation byte",
            },
        };
    }
    if last {
        Step::Malformed {
            len,
            reason: "unexpected end of data",
        }
    } else {
        Step::Unfinished
    }
}

/// How many bytes are not worth a try at all of them together.
const SHORT: usize = 512;
