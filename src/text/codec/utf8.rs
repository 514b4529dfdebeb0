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
    let error = match str::from_utf8(bytes) {
        Ok(valid) => {
            text.push_str(valid);
            return Step::Read(bytes.len());
        }
        Err(error) => error,
    };
    let valid = error.valid_up_to();
    if valid > 0 {
        text.push_str(str::from_utf8(&bytes[..valid]).unwrap_or_default());
        return Step::Read(valid);
    }
    match error.error_len() {
        Some(len) => Step::Malformed {
            len,
            reason: match bytes[0] {
                0x80..0xc2 | 0xf5.. => "invalid start byte",
                _ => "invalid continuation byte",
            },
        },
        None if last => Step::Malformed {
            len: bytes.len(),
            reason: "unexpected end of data",
        },
        None => Step::Unfinished,
    }
}
