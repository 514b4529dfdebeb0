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
        (self.given, self.left_out) = (0, 0);
        while self.refill(buffer)? {
            // The `\n` of a pair whose `\r` was taken is not to be seen again.
            let has_cr = self.newline.translates() && self.cr() < self.block.text.len();
            if !has_cr || self.is_half {
                let piece = self.fill(buffer)?;
                text.push_str(piece);
                let n = piece.len();
                self.consume(n);
                continue;
            }
            translate(&self.block.text[self.start..], &mut self.seen, text);
            self.start = self.block.text.len();
            self.look_again();
        }
        Ok(())
    }
}
