//! [`Guard`]: keeps a decoder to what is written again as it was read.

use super::encoder::Encoder;
use super::handler::escape;
use super::registry::Encoding;

/// Finds the text of an [`OnError::Escape`](super::OnError::Escape) stream that would not be
/// written as it was read: the characters that stand for bytes, and those that have several
/// sequences. What is read can always be written (ENC-13), be it otherwise.
///
/// A decoder that found one starts again behind it. So that bytes full of them are not decoded
/// many times over, it is then shown a few bytes only, and twice as many each time all is well.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    encoder: Encoder,
    /// How many bytes are shown at a time.
    window: usize,
    /// What text is written as.
    written: Vec<u8>,
}

/// The least that is shown: longer than any sequence, in bytes.
const LEAST: usize = 64;

impl Guard {
    pub(super) fn new(encoding: Encoding) -> Guard {
        Guard {
            encoder: Encoder::new(encoding),
            window: usize::MAX,
            written: Vec::new(),
        }
    }

    /// How much of `len` bytes may be shown.
    pub(super) fn limit(&self, len: usize) -> usize {
        len.min(self.window)
    }

    /// All that was shown was good.
    pub(super) fn widen(&mut self) {
        self.window = self.window.saturating_mul(2);
    }

    /// Something was not.
    pub(super) fn narrow(&mut self) {
        self.window = LEAST;
    }

    /// How much at the start of `bytes`, which are UTF-8 as far as they are text, holds no
    /// character that stands for a byte.
    pub(super) fn verbatim(&mut self, bytes: &[u8]) -> usize {
        let shown = self.limit(bytes.len());
        let clear = escape::find(&bytes[..shown]);
        if clear < shown {
            self.narrow();
        } else {
            self.widen();
        }
        clear
    }

    /// Whether ASCII that is text as it is is written as it is.
    pub(super) fn keeps_ascii(&self) -> bool {
        self.encoder.writes_ascii()
    }

    /// How much at the start of `text` is written as the `bytes` it was read from, if not all of
    /// it is.
    pub(super) fn unfaithful(&mut self, text: &str, bytes: &[u8]) -> Option<usize> {
        let clear = escape::find(text.as_bytes());
        if !self.encoder.has_doubles() {
            return (clear < text.len()).then_some(clear);
        }
        // Two characters of one code, or each one of a code of its own.
        let joins = self.encoder.may_join(text) && !self.encoder.is_pair(text);
        if !joins && self.write(&text[..clear]) == bytes {
            return None;
        }
        let mut at = 0;
        for (start, ch) in text[..clear].char_indices() {
            let one = &text[start..start + ch.len_utf8()];
            let joins = self.encoder.may_join(one);
            let written = self.write(one);
            if joins || !bytes[at..].starts_with(written) {
                return Some(start);
            }
            at += written.len();
        }
        Some(clear)
    }

    fn write(&mut self, text: &str) -> &[u8] {
        self.written.clear();
        self.encoder.encode_known(text, &mut self.written);
        &self.written
    }
}
