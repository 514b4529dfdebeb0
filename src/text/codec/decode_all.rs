//! Bytes that are all there to text, in one go.

use std::borrow::Cow;

use super::decoder::Decoder;
use super::encoding::Encoding;
use super::family::{DecodeStop, NO_MARK};
use super::policy::{ErrorPolicy, MalformedBytes, ReplaceBuffer, Replacer};
use crate::error::Error;

/// The text of `bytes`, without a copy if that is what they are.
///
/// # Errors
///
/// The first malformed bytes for which the policy has no replacement, and what a custom codec breaks.
pub(in crate::text) fn decode_all(
    encoding: Encoding,
    errors: ErrorPolicy,
    bytes: &[u8],
) -> Result<Cow<'_, str>, Error> {
    errors.check(encoding)?;
    let mut decoder = Decoder::new(encoding);
    decoder.set_errors(errors);
    let (mut at, mut text, mut room) = (0, String::new(), None);
    // So far nothing but what is no text, such as a mark. Tried no more after that: else bytes all of
    // which are ignored would be looked at again after each of them.
    let mut is_new = true;
    while let rest @ [_, ..] = &bytes[at..] {
        if is_new
            && decoder.verbatim(rest) == rest.len()
            && let Ok(all) = simdutf8::basic::from_utf8(rest)
        {
            return Ok(Cow::Borrowed(all));
        }
        let malformed = |bytes, reason| MalformedBytes {
            encoding: encoding.name(),
            offset: at as u64,
            bytes,
            reason,
        };
        at += match decoder.step(rest, true, &mut text) {
            Ok(read) => {
                is_new &= text.is_empty();
                read
            }
            Err(DecodeStop::Malformed { len, reason }) => {
                is_new = false;
                let malformed = malformed(&rest[..len], reason);
                if !errors.decode(&malformed, &mut text) {
                    return Err(malformed.error(None));
                }
                let after = &rest[len..];
                len + if let Some(replacer) = decoder.replacer(errors) {
                    replace_more(replacer, after, &mut room, &mut text)
                } else if let Some(replacement) = decoder.replacement(errors) {
                    decoder.decode_replaced(replacement, after, true, &mut text, usize::MAX)
                } else {
                    0
                }
            }
            Err(DecodeStop::NoMark { len }) => {
                return Err(malformed(&rest[..len], NO_MARK).error(None));
            }
            Err(DecodeStop::Broken { claimed, limit }) => {
                return Err(DecodeStop::broken(claimed, limit));
            }
            // Nothing follows, so it says so only if nothing is missing.
            Err(DecodeStop::Unfinished) => break,
        };
    }
    Ok(Cow::Owned(text))
}

/// Decodes what follows malformed bytes for as long as more of them do; how many bytes that were.
fn replace_more(
    replacer: Replacer,
    bytes: &[u8],
    room: &mut Option<Box<ReplaceBuffer>>,
    text: &mut String,
) -> usize {
    let room = room.get_or_insert_with(|| Box::new(ReplaceBuffer::new()));
    let mut at = 0;
    loop {
        // Where they are is not asked for.
        room.clear();
        at += replacer.decode_run(&bytes[at..], true, room, text, usize::MAX);
        if room.malformed() < ReplaceBuffer::MOST {
            return at;
        }
    }
}
