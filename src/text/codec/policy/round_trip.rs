//! [`RoundTrip`]: keeps a decoder to what is written again as it was read.

use super::{Encoder, Encoding, Family, escape};

/// Finds the text of an [`ErrorPolicy::Escape`](super::ErrorPolicy::Escape) stream that would not
/// be written as it was read: the characters that stand for bytes, and those that have several
/// sequences. What is read can always be written (ENC-13), if not always in the same way.
///
/// A decoder that found one starts again after it. So that bytes full of them are not decoded
/// many times over, it is then shown a few bytes only, and twice as many each time all is well.
#[derive(Clone, Debug)]
pub(in crate::text) struct RoundTrip {
    encoding: Encoding,
    /// How many bytes are shown at a time.
    window: usize,
    /// What text is written as.
    written: Vec<u8>,
}

/// The least that is shown: longer than any sequence, in bytes.
const LEAST: usize = 64;

impl RoundTrip {
    pub(in crate::text) fn new(encoding: Encoding) -> RoundTrip {
        RoundTrip {
            encoding,
            window: usize::MAX,
            written: Vec::new(),
        }
    }

    /// How much of `len` bytes may be shown.
    pub(in crate::text) fn limit(&self, len: usize) -> usize {
        len.min(self.window)
    }

    /// All that was shown was good.
    pub(in crate::text) fn widen(&mut self) {
        self.window = self.window.saturating_mul(2);
    }

    /// Something was not.
    pub(in crate::text) fn narrow(&mut self) {
        self.window = LEAST;
    }

    /// How much at the start of `bytes`, which are UTF-8 as far as they are text, holds no
    /// character that stands for a byte.
    pub(in crate::text) fn verbatim(&mut self, bytes: &[u8]) -> usize {
        let shown = self.limit(bytes.len());
        let clear = escape::find(&bytes[..shown]);
        if clear < shown {
            self.narrow();
        } else {
            self.widen();
        }
        clear
    }

    /// How much at the start of `text` is written as the `bytes` it was read from, if not all of
    /// it is.
    pub(in crate::text) fn unfaithful(&mut self, text: &str, bytes: &[u8]) -> Option<usize> {
        let clear = escape::find(text.as_bytes());
        let family = self.encoding.family();
        if !family.properties().has_doubles {
            return (clear < text.len()).then_some(clear);
        }
        // Two characters of one code, or each one of a code of its own.
        let joins = family.may_join(text) && !is_pair(family, text);
        if !joins && write(self.encoding, &text[..clear], &mut self.written) == bytes {
            return None;
        }
        let mut at = 0;
        for (start, ch) in text[..clear].char_indices() {
            let one = &text[start..start + ch.len_utf8()];
            let joins = family.may_join(one);
            let written = write(self.encoding, one, &mut self.written);
            if joins || !bytes[at..].starts_with(written) {
                return Some(start);
            }
            at += written.len();
        }
        Some(clear)
    }
}

/// Whether a text is two characters of one code.
fn is_pair(family: &dyn Family, text: &str) -> bool {
    let mut chars = text.chars();
    match (chars.next(), chars.next(), chars.next()) {
        (Some(first), Some(second), None) => family.joins(first, second),
        _ => false,
    }
}

/// The bytes of `text` up to the first character that is missing.
fn write<'a>(encoding: Encoding, text: &str, bytes: &'a mut Vec<u8>) -> &'a [u8] {
    bytes.clear();
    Encoder::new(encoding).encode_known(text, bytes);
    bytes
}
