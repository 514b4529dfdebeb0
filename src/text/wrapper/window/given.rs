//! Text as it is read: pieces of a block, with every newline as `\n` where the policy says so.

use std::ops::Range;

use memchr::memchr;

use super::super::super::newline::{LineEndings, translate};
use super::{Result, TextWindow, text_at};
use crate::buffered::BufferedIo;

/// Where `\r`s stand nearer to one another than so many bytes, text is translated in one go: a
/// piece for what is between two of them would cost more than the copy.
const NEAR: usize = 16;

/// How much is translated in one go, in bytes.
const PIECE: usize = 8 * 1024;

/// How much at first where the rest of a piece was not taken as it was given: where lines and
/// characters are read in turns, each turn would cost a whole piece.
const SHORT_PIECE: usize = 64;

/// What [`TextWindow::fill`] gave.
#[derive(Default)]
pub(super) struct Given {
    /// How much text that was, in bytes.
    pub(super) len: usize,
    /// How much of the block lies before that: 1 where the `\r` of a pair is left out. It is taken
    /// with what follows, so that nobody ever stands between the two.
    left_out: usize,
    /// Whether that was text from `translated`.
    is_translated: bool,
    /// Text that was translated, how much of it was taken, and where in the block the rest of it
    /// is. Good as long as that is where reading goes on.
    translated: String,
    taken: usize,
    source: Range<usize>,
    /// How much is translated next; 0: a [`PIECE`].
    next: usize,
}

impl Given {
    /// The block's text is another.
    pub(super) fn forget(&mut self) {
        self.source = 0..0;
    }
}

impl TextWindow {
    /// Some of the text that comes next, translated; empty at the end.
    pub(in super::super) fn fill(&mut self, buffer: &mut impl BufferedIo) -> Result<&str> {
        (self.given.len, self.given.left_out) = (0, 0);
        self.given.is_translated = false;
        if !self.refill(buffer)? {
            return Ok("");
        }
        if !self.newline.translates() {
            self.given.len = self.rest().len();
            return Ok(self.rest());
        }
        let mut end = self.cr();
        if end - self.start < NEAR && end < self.block.text.len() {
            let is_pair = text_at(&self.block, end + 1) == Some(b'\n');
            let behind = end + 1 + usize::from(is_pair);
            if self.is_dense(behind) {
                return Ok(self.fill_translated());
            }
        }
        if end == self.start {
            if text_at(&self.block, self.start + 1) != Some(b'\n') {
                self.given.len = 1;
                return Ok("\n");
            }
            self.given.left_out = 1;
            end = self.newline.first_cr(&self.block.text, self.start + 1);
        }
        let from = self.start + self.given.left_out;
        self.given.len = end - from;
        Ok(&self.block.text[from..end])
    }

    /// Whether another `\r` is near, at or behind byte `from`; or text that was translated is left.
    fn is_dense(&self, from: usize) -> bool {
        let is_left = self.given.source.start == self.start && !self.given.source.is_empty();
        let text = self.block.text.as_bytes();
        let near = &text[from..text.len().min(from + NEAR)];
        is_left || memchr(b'\r', near).is_some()
    }

    /// Text in which `\r`s are near one another.
    #[cold]
    fn fill_translated(&mut self) -> &str {
        let (text, given) = (&self.block.text, &mut self.given);
        let is_left = given.source.start == self.start && !given.source.is_empty();
        if !is_left {
            let piece = match (given.source.is_empty(), given.next) {
                (false, _) => SHORT_PIECE,
                (true, 0) => PIECE,
                (true, next) => next,
            };
            given.next = (2 * piece).min(PIECE);
            let mut end = text.len().min(self.start + piece);
            while !text.is_char_boundary(end) {
                end += 1;
            }
            let is_half = text[..end].ends_with('\r') && text[end..].starts_with('\n');
            end += usize::from(is_half);
            (given.taken, given.source) = (0, self.start..end);
            given.translated.clear();
            // What was seen is said when it is taken.
            let seen = &mut LineEndings::new();
            translate(&text[self.start..end], seen, &mut given.translated);
        }
        given.is_translated = true;
        given.len = given.translated.len() - given.taken;
        &given.translated[given.taken..]
    }

    /// Takes `n` bytes of what [`TextWindow::fill`] gave.
    pub(in super::super) fn consume(&mut self, n: usize) {
        let (given, left_out) = (&self.given, self.given.left_out);
        let is_whole = if given.is_translated {
            given.translated.is_char_boundary(given.taken + n)
        } else {
            self.rest().is_char_boundary(left_out + n)
        };
        assert!(
            n <= given.len && is_whole,
            "consume inside a character or beyond what was given"
        );
        if n == 0 {
            return;
        }
        let source = if given.is_translated {
            self.source_of(n)
        } else {
            left_out + n
        };
        self.see(source);
        self.start += source;
        self.look_again();
        self.given.len -= n;
        self.given.left_out = 0;
        if self.given.is_translated {
            self.given.taken += n;
            self.given.source.start = self.start;
        }
    }

    /// How much of the block the next `n` bytes of translated text were.
    fn source_of(&self, n: usize) -> usize {
        let given = &self.given;
        if n == given.len {
            return given.source.len();
        }
        let source = self.rest().as_bytes();
        (0..n).fold(0, |at, _| match source[at..] {
            [b'\r', b'\n', ..] => at + 2,
            _ => at + 1,
        })
    }
}
