//! Everything up to the end of the stream as one string.

use super::super::super::newline::translate;
use super::{Result, TextWindow};
use crate::buffered::BufferedIo;

impl TextWindow {
    /// Appends everything up to the end to `text`, translated.
    pub(in super::super) fn read_to_end(
        &mut self,
        buffer: &mut impl BufferedIo,
        text: &mut String,
    ) -> Result<()> {
        self.given.len = 0;
        while self.refill(buffer)? {
            // The `\n` of a pair whose `\r` was taken is not to be seen again.
            let has_cr = self.newline.translates() && self.cr() < self.block.text.len();
            if has_cr && !self.is_half {
                translate(&self.block.text[self.start..], &mut self.seen, text);
                self.start = self.block.text.len();
                self.look_again();
            } else {
                let piece = self.fill(buffer)?;
                text.push_str(piece);
                let n = piece.len();
                self.consume(n);
            }
            if self.has_met_end() {
                break;
            }
        }
        Ok(())
    }

    /// Whether the text that was taken last is what the buffer's end made of its last bytes: that
    /// was this call's end, and a terminal is not asked for another.
    fn has_met_end(&self) -> bool {
        let is_used_up = self.rest().is_empty() && self.after.is_none() && self.held.is_none();
        is_used_up && self.deferred.is_none() && self.source.has_met_end()
    }
}
