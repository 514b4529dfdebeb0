//! What of a text cannot be written, before any of it is.

use super::super::codec::Encoder;
use super::super::newline::NewlineEncoder;
use super::encode::{PIECE, TextSink, piece_len};
use crate::error::Result;

impl TextSink {
    /// The first character of `text` that cannot be written, and its place in bytes.
    pub(super) fn first_refused(&mut self, text: &str) -> Result<Option<(usize, char)>> {
        if self.encoder.is_custom() {
            self.first_refused_by(self.encoder, text)
        } else {
            Ok(self.encoder.first_refused(text, &mut self.substitutes))
        }
    }

    /// The same for a codec of the caller's own: writes the text to nowhere, piece by piece as it
    /// will be written. What newlines become may be missing, too.
    fn first_refused_by(
        &mut self,
        mut trial: Encoder,
        text: &str,
    ) -> Result<Option<(usize, char)>> {
        self.substitutes.begin();
        let longer = self.newline.written().map_or(0, |ending| ending.len() - 1);
        let mut start = 0;
        while start < text.len() {
            let piece = &text[start..start + piece_len(&text[start..], PIECE)];
            self.translated.clear();
            NewlineEncoder::new(self.newline).encode(piece, &mut self.translated);
            let translated = &self.translated;
            // Each `\n` up to there brought a `\r` with it, if it is written as a pair. Places are
            // asked for in order, so that none is counted twice.
            let (mut counted, mut newlines) = (0, 0);
            let offset = |at: usize| {
                let bytes = &translated.as_bytes()[counted..=at];
                newlines += bytes.iter().filter(|&&byte| byte == b'\n').count();
                counted = at + 1;
                start + at - longer * newlines
            };
            let refused =
                trial.refused(translated, offset, &mut self.substitutes, &mut self.encoded)?;
            if refused.is_some() {
                return Ok(refused);
            }
            start += piece.len();
        }
        Ok(None)
    }
}
