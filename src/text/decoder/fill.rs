//! Pieces of text: what is in a block, with every newline as `\n` where the policy says so.
//!
//! Between two `\r`s the text is shown where it lies: the first piece ends before a `\r\n`, the
//! next one begins with its `\n`. Where `\r`s stand close together, a piece for each would cost
//! more than a copy, and the text is translated a few thousand bytes at a time.

use std::ops::Range;

use memchr::memchr;

use super::super::newline::{LineEnding, LineEndings, translate};
use super::decoded::{Source, TextPiece};
use super::input::ChunkSource;
use super::lines::TextWindow;
use crate::error::Result;

/// Where `\r`s are less than this many bytes apart, text is translated by copying: showing each
/// piece between two of them where it is would cost more than the copy.
const NEAR: usize = 16;

/// How much is translated in one go, in bytes: many calls' worth, and source and copy stay in the
/// first-level cache.
const PIECE: usize = 8 * 1024;

/// How much after a piece that was not taken to its end, doubled each time: a caller who reads
/// lines and characters alternately throws away the rest of each piece, and would pay for a whole
/// one each time.
const SHORT_PIECE: usize = 64;

/// What [`TextWindow::fill`] showed.
#[derive(Default)]
pub(super) struct Shown {
    /// How much text that was, in bytes.
    pub(super) len: usize,
    /// 1 if the `\r` of a pair is skipped before that. It is taken together with the `\n`, so no
    /// position is ever inside a `\r\n`.
    skipped_cr: usize,
    /// Whether it was the block's own text, from `start` on: what is left of it when some was taken
    /// then need not be looked for again.
    is_own: bool,
    /// Whether that was text from `translated`.
    is_translated: bool,
    /// Text that was translated, how much of it was taken, and where in the block the rest of it
    /// came from. Valid as long as reading goes on there.
    translated: String,
    taken: usize,
    source: Range<usize>,
    /// How much is translated next; 0: a [`PIECE`].
    next: usize,
}

/// Text that was taken, in the block and in what was made of it.
pub(super) struct TextAt {
    source: Range<usize>,
    is_translated: bool,
    shown: Range<usize>,
}

impl Shown {
    /// The block's text is another.
    pub(super) fn forget(&mut self) {
        self.len = 0;
        self.source = 0..0;
    }
}

impl TextWindow {
    /// Some of the text that comes next, translated; empty at the end.
    #[inline] // row 10l
    pub(in crate::text) fn fill(&mut self, buffer: &mut impl ChunkSource) -> Result<&str> {
        if self.shown.len == 0 || !self.shown.is_own {
            return self.fill_slow(buffer);
        }
        Ok(&self.block.text[self.start..self.start + self.shown.len])
    }

    /// The same where nothing is left of what was shown before, or it was not the block's own.
    fn fill_slow(&mut self, buffer: &mut impl ChunkSource) -> Result<&str> {
        (self.shown.len, self.shown.skipped_cr) = (0, 0);
        (self.shown.is_translated, self.shown.is_own) = (false, false);
        if !self.refill(buffer)? {
            return Ok("");
        }
        if !self.newline.translates() {
            (self.shown.len, self.shown.is_own) = (self.rest().len(), true);
            return Ok(self.rest());
        }
        let mut end = self.cr();
        if end - self.start < NEAR && end < self.visible {
            let is_pair = self.text_at(end + 1) == Some(b'\n');
            if self.is_dense(end + 1 + usize::from(is_pair)) {
                return Ok(self.fill_translated());
            }
        }
        if end == self.start {
            if self.text_at(self.start + 1) != Some(b'\n') {
                self.shown.len = 1;
                return Ok("\n");
            }
            self.shown.skipped_cr = 1;
            end = self.newline.first_cr(self.text(), self.start + 1);
        }
        let from = self.start + self.shown.skipped_cr;
        (self.shown.len, self.shown.is_own) = (end - from, from == self.start);
        Ok(&self.block.text[from..end])
    }

    /// Whether text that was translated is left from `start` on.
    fn has_translated(&self) -> bool {
        self.shown.source.start == self.start && !self.shown.source.is_empty()
    }

    /// Whether another `\r` is near, from byte `from` on; or text that was translated is left.
    fn is_dense(&self, from: usize) -> bool {
        let text = self.text().as_bytes();
        let near = &text[from..text.len().min(from + NEAR)];
        self.has_translated() || memchr(b'\r', near).is_some()
    }

    /// Text in which `\r`s are near one another.
    fn fill_translated(&mut self) -> &str {
        let is_left = self.has_translated();
        let (text, shown) = (&self.block.text[..self.visible], &mut self.shown);
        if !is_left {
            let piece = match (shown.source.is_empty(), shown.next) {
                (false, _) => SHORT_PIECE,
                (true, 0) => PIECE,
                (true, next) => next,
            };
            shown.next = (2 * piece).min(PIECE);
            let mut end = text.len().min(self.start + piece);
            // Up to three bytes more, so that no piece ends inside a character.
            while !text.is_char_boundary(end) {
                end += 1;
            }
            let cuts_pair = text[..end].ends_with('\r') && text[end..].starts_with('\n');
            end += usize::from(cuts_pair);
            (shown.taken, shown.source) = (0, self.start..end);
            shown.translated.clear();
            // Which line ends these are is noted when they are taken.
            let seen = &mut LineEndings::new();
            translate(&text[self.start..end], seen, &mut shown.translated);
        }
        shown.is_translated = true;
        shown.len = shown.translated.len() - shown.taken;
        &shown.translated[shown.taken..]
    }

    /// Takes `n` bytes of what [`TextWindow::fill`] showed.
    pub(in crate::text) fn consume(&mut self, n: usize) {
        let shown = &self.shown;
        let is_whole = if shown.is_translated {
            shown.translated.is_char_boundary(shown.taken + n)
        } else {
            self.rest().is_char_boundary(shown.skipped_cr + n)
        };
        assert!(
            n <= shown.len && is_whole,
            "consume inside a character or beyond what was given"
        );
        if n == 0 {
            return;
        }
        let source = if shown.is_translated {
            self.source_of(n)
        } else {
            shown.skipped_cr + n
        };
        // No `\r` is in what is shown as it is where `\r`s are translated.
        let is_known = shown.is_own && self.newline.translates();
        if !is_known || !self.seen.contains(LineEnding::Lf) {
            self.see(source);
        }
        self.start += source;
        self.look_again();
        let shown = &mut self.shown;
        shown.len -= n;
        shown.skipped_cr = 0;
        if shown.is_translated {
            shown.taken += n;
            shown.source.start = self.start;
        }
    }

    /// Takes all that [`fill`](TextWindow::fill) would show; `None` at the end.
    pub(super) fn take_text(&mut self, source: &mut impl ChunkSource) -> Result<Option<TextAt>> {
        let len = self.fill(source)?.len();
        if len == 0 {
            return Ok(None);
        }
        let (start, shown) = (self.start, &self.shown);
        let is_translated = shown.is_translated;
        let from = if is_translated {
            shown.taken
        } else {
            start + shown.skipped_cr
        };
        self.consume(len);
        Ok(Some(TextAt {
            source: start..self.start,
            is_translated,
            shown: from..from + len,
        }))
    }

    /// The text that was taken last, with where it came from.
    pub(super) fn text_piece(&self, at: TextAt) -> TextPiece<'_> {
        let text = if at.is_translated {
            &self.shown.translated
        } else {
            &*self.block.text
        };
        let text = match &text[at.shown] {
            "\r" if self.newline.translates() => "\n",
            text => text,
        };
        let source = Source {
            block: &self.block,
            start: at.source.start,
            end: at.source.end,
        };
        TextPiece { text, source }
    }

    /// How much of the block the next `n` bytes of translated text were.
    fn source_of(&self, n: usize) -> usize {
        if n == self.shown.len {
            return self.shown.source.len();
        }
        let source = self.rest().as_bytes();
        (0..n).fold(0, |at, _| match source[at..] {
            [b'\r', b'\n', ..] => at + 2,
            _ => at + 1,
        })
    }

    /// Remembers the line ends in the next `n` bytes, which are about to be taken.
    fn see(&mut self, n: usize) {
        if !self.newline.takes_any() {
            return;
        }
        let (mut from, mut end) = (self.start, self.start + n);
        let has_cr = self.cr() < end;
        from += usize::from(self.inside_crlf);
        if self.text_at(end - 1) == Some(b'\r') {
            end += usize::from(self.text_at(end) == Some(b'\n'));
        }
        self.seen.look(&self.block.text[from..end], has_cr);
    }

    /// Appends everything up to the end to `text`, translated.
    pub(in crate::text) fn read_to_end(
        &mut self,
        buffer: &mut impl ChunkSource,
        text: &mut String,
    ) -> Result<()> {
        self.shown.len = 0;
        while self.refill(buffer)? {
            // The `\n` of a pair whose `\r` was taken is not to be seen again.
            let has_cr = self.newline.translates() && self.cr() < self.visible;
            if has_cr && !self.inside_crlf {
                let rest = &self.block.text[self.start..self.visible];
                translate(rest, &mut self.seen, text);
                self.start = self.visible;
                self.look_again();
            } else {
                let piece = self.fill(buffer)?;
                text.push_str(piece);
                let n = piece.len();
                self.consume(n);
            }
            // On a terminal the user has said "end" once, and is not asked for it again.
            if self.start == self.block.text.len() && self.blocks.has_met_end() {
                break;
            }
        }
        Ok(())
    }
}
