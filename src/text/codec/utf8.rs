//! UTF-8: what is done with it outside the fast path, which validates whole chunks in place.

use std::str;

use super::step::Step;

/// U+FEFF in UTF-8, the "signature".
pub(super) const MARK: &[u8] = b"\xef\xbb\xbf";

/// Decodes what is well-formed at the start, or says what stands there instead.
///
/// A malformed sequence is the "maximal subpart" of the Unicode standard (chapter 3.9), as in
/// CPython and on the Web.
pub(super) fn step(bytes: &[u8], last: bool, text: &mut String) -> Step {
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
    match len == bytes.len() && begins() {
        false => Step::Malformed {
            len,
            reason: match bytes[0] {
                0x80..0xc2 | 0xf5.. => "invalid start byte",
                _ => "invalid continuation byte",
            },
        },
        true if last => Step::Malformed {
            len,
            reason: "unexpected end of data",
        },
        true => Step::Unfinished,
    }
}

/// How many bytes are not worth a try at all of them together.
const SHORT: usize = 512;
