//! UTF-8: what is done with it outside the fast path, which validates whole chunks in place.

use std::str;

use super::{
    DecodeContext, DecodeOutput, DecodeStop, Decoded, DecodedPart, EncodeStop, Encoded, Error,
    Family, Measure, Properties, Shortcut, start_of,
};

/// U+FEFF in UTF-8, the "signature".
const MARK: &[u8] = b"\xef\xbb\xbf";

/// UTF-8. With a mark, a decoder's state is 0 before the place where it may stand, and 1 after.
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

    fn decode(&self, context: &mut DecodeContext, bytes: &[u8], out: DecodeOutput<'_>) -> Decoded {
        context.measure = Measure::Verbatim;
        if self.has_mark && context.state == 0 {
            if MARK.starts_with(bytes) && bytes.len() < MARK.len() && !context.last {
                return Err(DecodeStop::Unfinished);
            }
            context.state = 1;
            if bytes.starts_with(MARK) {
                return Ok(DecodedPart::new(MARK.len(), 0));
            }
        }
        // Where no mark stood. What follows goes in front of the families again.
        let shown = &bytes[..bytes.len().min(out.room.len())];
        let is_all = shown.len() == bytes.len();
        let text = read(shown, context.last && is_all)?;
        out.room[..text.len()].copy_from_slice(text.as_bytes());
        Ok(DecodedPart::new(text.len(), text.len()))
    }

    fn known_state(&self, number: u64) -> u64 {
        (self.has_mark && number > 0).into()
    }

    fn encode(&self, _: &mut u64, text: &str, room: &mut [u8]) -> Encoded {
        let fits = start_of(text, room.len()).len();
        room[..fits].copy_from_slice(&text.as_bytes()[..fits]);
        let is_all = fits == text.len();
        Encoded::new(
            fits,
            fits,
            if is_all {
                EncodeStop::Done
            } else {
                EncodeStop::Full
            },
        )
    }

    fn mark(&self, _: &mut u64, bytes: &mut Vec<u8>) -> Result<(), Error> {
        bytes.extend_from_slice(MARK);
        Ok(())
    }

    fn decoder_state(&self, _: u64) -> u64 {
        self.has_mark.into()
    }
}

/// The text at the start of `bytes`, which are not empty; `last`: nothing follows them.
///
/// # Errors
///
/// What stands there instead. A malformed sequence is the "maximal subpart" of the Unicode
/// standard (chapter 3.9), as in CPython and on the Web.
pub(in super::super) fn read(bytes: &[u8], last: bool) -> Result<&str, DecodeStop> {
    // A long piece is most likely valid as a whole, and one fast check finds that out.
    if bytes.len() > SHORT
        && let Ok(valid) = str::from_utf8(bytes)
    {
        return Ok(valid);
    }
    // `utf8_chunks` looks at each byte once. A fast check of everything followed by a search for
    // the error would look at all bytes again after each malformed one.
    let (valid, len) = match bytes.utf8_chunks().next() {
        Some(first) => (first.valid(), first.invalid().len()),
        None => ("", 0),
    };
    if !valid.is_empty() {
        return Ok(valid);
    }
    let begins = || match str::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    if len < bytes.len() || !begins() {
        return Err(DecodeStop::Malformed {
            len,
            reason: match bytes[0] {
                0x80..0xc2 | 0xf5.. => "invalid start byte",
                _ => "invalid continuation byte",
            },
        });
    }
    Err(if last {
        DecodeStop::Malformed {
            len,
            reason: "unexpected end of data",
        }
    } else {
        DecodeStop::Unfinished
    })
}

/// Up to this many bytes the check of everything at once is not tried: among malformed bytes it
/// would fail each time, and only pieces of this size are shown there.
const SHORT: usize = 512;
