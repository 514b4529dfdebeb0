//! Lines out of the window: whole, in part, many at once, or passed by.

use super::super::super::batch::TextBatch;
use super::super::super::line::{Line, copy_of, part_of};
use super::super::block::{Block, Text};
use super::{Error, LineEnding, Result, TextWindow, text_at};
use crate::buffered::BufferedIo;

impl TextWindow {
    /// The next line; `None` at the end.
    pub(in super::super) fn next_line(
        &mut self,
        buffer: &mut impl BufferedIo,
    ) -> Result<Option<Line<'_>>> {
        self.given = 0;
        let (end, ending) = loop {
            let (from, has_cr) = (self.searched.max(self.start), self.has_cr());
            if let Some(found) = self.newline.find(&self.block.text, from, has_cr) {
                break found;
            }
            self.searched = self.block.text.len();
            if !self.lengthen(buffer)? {
                match self.rest().is_empty() {
                    true => return Ok(None),
                    false => break (self.block.text.len(), LineEnding::None),
                }
            }
        };
        self.take(end, ending).map(Some)
    }

    /// The next line, or its first `max` characters (1 at least), its end included; `None` at the
    /// end.
    pub(in super::super) fn next_line_within(
        &mut self,
        buffer: &mut impl BufferedIo,
        max: usize,
    ) -> Result<Option<Line<'_>>> {
        self.given = 0;
        // Characters that are still allowed, and how far behind `start` they begin.
        let (mut left, mut behind) = (max, 0);
        let (end, ending) = loop {
            let from = self.start + behind;
            let cut = self.cut(from, left);
            let end = cut.unwrap_or(self.block.text.len());
            match (self.newline.find(&self.block.text[..end], from, true), cut) {
                (Some(found), _) => break found,
                (None, Some(_)) => break (end, LineEnding::None),
                (None, None) => {}
            }
            left -= self.block.text[from..end].chars().count();
            behind = end - self.start;
            if !self.lengthen(buffer)? {
                match self.rest().is_empty() {
                    true => return Ok(None),
                    false => break (self.block.text.len(), LineEnding::None),
                }
            }
        };
        self.take(end, ending).map(Some)
    }

    /// Where the `n` characters from byte `from` on end; `None`: there are not so many. A pair
    /// that is read as one character is one.
    fn cut(&self, from: usize, n: usize) -> Option<usize> {
        let text = &self.block.text[from..];
        let mut ends = text.char_indices().map(|(at, ch)| at + ch.len_utf8());
        let end = ends.nth(n - 1)?;
        let is_pair = text[..end].ends_with('\r') && text[end..].starts_with('\n');
        Some(from + end + usize::from(is_pair && self.newline.translates()))
    }

    /// Takes everything up to the next line end, and that; `None` if the stream ends before.
    /// Keeps nothing of it; what was passed when an error comes stays behind.
    pub(in super::super) fn skip_line(
        &mut self,
        buffer: &mut impl BufferedIo,
    ) -> Result<LineEnding> {
        self.given = 0;
        loop {
            let (from, has_cr) = (self.searched.max(self.start), self.has_cr());
            if let Some((end, ending)) = self.newline.find(&self.block.text, from, has_cr) {
                self.pass(end, ending);
                return Ok(ending);
            }
            self.pass(self.block.text.len(), LineEnding::None);
            if !self.refill(buffer)? {
                return Ok(LineEnding::None);
            }
        }
    }

    /// The next line and all further ones that are complete without asking the buffer.
    pub(in super::super) fn next_batch(
        &mut self,
        buffer: &mut impl BufferedIo,
    ) -> Result<Option<TextBatch>> {
        let (len, ending) = match self.next_line(buffer)? {
            Some(line) => (line.len(), line.ending()),
            None => return Ok(None),
        };
        let start = self.start - len - ending.as_str().len();
        let mut ends = vec![(len, ending)];
        while let Some((end, ending)) = self.complete_line() {
            self.pass(end, ending);
            ends.push((end - start, ending));
        }
        let text = match &self.block.text {
            Text::Shared(text) => part_of(text, start, self.start),
            Text::Own(text) => copy_of(&text[start..self.start]),
        };
        Ok(Some(TextBatch::new(text, ends, self.newline)))
    }

    /// Where the next line ends, if it does in this block and is not too long.
    fn complete_line(&self) -> Option<(usize, LineEnding)> {
        let found = self
            .newline
            .find(&self.block.text, self.start, self.has_cr());
        found.filter(|(end, _)| self.check_limit(end - self.start).is_ok())
    }

    /// Takes the line that ends at byte `end`.
    #[inline]
    fn take(&mut self, end: usize, ending: LineEnding) -> Result<Line<'_>> {
        self.check_limit(end - self.start)?;
        let start = self.start;
        self.pass(end, ending);
        let chunk = match &self.block.text {
            Text::Shared(text) => Some(text),
            Text::Own(_) => None,
        };
        let text = &self.block.text[start..end];
        Ok(Line::new(text, ending, self.newline).lying_in(chunk))
    }

    /// Goes behind what ends at byte `end`.
    #[inline]
    fn pass(&mut self, end: usize, ending: LineEnding) {
        if self.newline.takes_any() {
            self.seen.insert(match ending {
                // Halves of a pair count as the pair, and once.
                LineEnding::Lf if end == self.start && self.is_second_half() => LineEnding::None,
                LineEnding::Cr if text_at(&self.block, end + 1) == Some(b'\n') => LineEnding::CrLf,
                whole => whole,
            });
        }
        self.start = end + ending.as_str().len();
        self.searched = self.searched.max(self.start);
    }

    fn check_limit(&self, len: usize) -> Result<()> {
        match self.line_limit {
            Some(limit) if len > limit => Err(Error::LineTooLong { limit }),
            _ => Ok(()),
        }
    }

    /// Adds what follows to the rest of the block; `false` at the end of the stream or before an
    /// error that waits until the rest was taken.
    #[cold]
    fn lengthen(&mut self, buffer: &mut impl BufferedIo) -> Result<bool> {
        if self.rest().is_empty() {
            return self.refill(buffer);
        }
        self.check_limit(self.rest().len())?;
        match self.next_block(buffer) {
            Ok(Some(next)) => {
                self.extend(next);
                Ok(true)
            }
            Ok(None) => Ok(false),
            Err(error @ Error::Decode { .. }) => {
                self.deferred = Some(error);
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Adds `next` to the rest of the block, up to a line end if there is one and `next` can be
    /// cut there without a copy.
    fn extend(&mut self, next: Block) {
        let found = match next.text {
            Text::Shared(_) => self.newline.find(&next.text, 0, true),
            // To cut it would copy what is behind the line end, and allocate for that.
            Text::Own(_) => None,
        };
        let (next, rest) = match found {
            Some((at, ending)) => next.split(at + ending.as_str().len()),
            None => {
                let all = next.text.len();
                next.split(all)
            }
        };
        self.put_after(rest);
        self.join(next);
    }

    /// Puts `next` behind the rest of the block. Looks only at what is new: a line may be put
    /// together from any number of blocks.
    fn join(&mut self, next: Block) {
        // Out of date it would become 0, and that would say there is one at the start.
        self.find_cr();
        let old = self.rest().len();
        self.next_cr -= self.start;
        self.searched = self.searched.saturating_sub(self.start);
        self.block.join(self.start, &next, || self.source.spare());
        self.start = 0;
        if self.next_cr >= old {
            self.next_cr = self.first_cr(&self.block.text, old);
        }
        self.source.recycle(next);
    }

    /// Remembers the line ends in the next `n` bytes, which are about to be taken.
    pub(super) fn see(&mut self, n: usize) {
        if !self.newline.takes_any() {
            return;
        }
        self.find_cr();
        let (mut from, mut end) = (self.start, self.start + n);
        let has_cr = self.next_cr < end;
        from += usize::from(self.is_second_half());
        if text_at(&self.block, end - 1) == Some(b'\r') {
            end += usize::from(text_at(&self.block, end) == Some(b'\n'));
        }
        self.seen.look(&self.block.text[from..end], has_cr);
    }

    /// Whether the next character is the `\n` of a pair whose `\r` was taken.
    pub(super) fn is_second_half(&self) -> bool {
        let at = |at| text_at(&self.block, at);
        self.start > 0 && at(self.start - 1) == Some(b'\r') && at(self.start) == Some(b'\n')
    }
}
