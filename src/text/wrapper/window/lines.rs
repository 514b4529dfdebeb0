//! Lines out of the window: whole, in part, many at once, or passed by.

use super::super::super::batch::TextBatch;
use super::super::super::line::{Line, copy_of};
use super::super::super::newline::Within;
use super::super::block::Text;
use super::extend::Counted;
use super::{Error, LineEnding, Newline, Result, TextWindow, text_at};
use crate::buffered::BufferedIo;
use crate::scan::RecordEnds;

/// Where a line ends in its block, and how.
pub(in super::super) enum Usual {
    Lf(usize),
    CrLf(usize),
    Cr(usize),
}

/// For lines that are shorter than so many bytes no more room is made beforehand.
const SHORT: usize = 16;

impl TextWindow {
    /// Makes the next line wait until this was asked to look for ends.
    pub(in super::super) fn park(&mut self) {
        self.ends.restart(self.start);
    }

    /// The next line, if it ends as usual: at a place that is ready and not too late. Ends are
    /// ready only while the stream is open and reads.
    #[inline(always)]
    pub(in super::super) fn usual_end(&mut self) -> Option<Usual> {
        let end = self.ends.peek()?;
        let text = self.block.text.as_bytes();
        if end.wrapping_sub(self.start) > self.line_limit {
            return None;
        }
        match text.get(end)? {
            b'\n' => Some(Usual::Lf(end)),
            _ if self.newline != Newline::Cr && text.get(end + 1) == Some(&b'\n') => {
                Some(Usual::CrLf(end))
            }
            // A block ends with `\r` only where nothing else can follow that.
            _ => Some(Usual::Cr(end)),
        }
    }

    /// Takes the line with its [usual end](TextWindow::usual_end).
    #[inline(always)]
    pub(in super::super) fn take_usual(&mut self, end: Usual) -> Line<'_> {
        match end {
            Usual::Lf(end) => self.take_at(end, LineEnding::Lf),
            Usual::CrLf(end) => self.take_at(end, LineEnding::CrLf),
            Usual::Cr(end) => self.take_at(end, LineEnding::Cr),
        }
    }

    #[inline(always)]
    fn take_at(&mut self, end: usize, ending: LineEnding) -> Line<'_> {
        let start = self.start;
        self.pass_usual(end, ending);
        self.line(start, end, ending)
    }

    /// Goes behind the [usual end](TextWindow::usual_end).
    #[inline(always)]
    fn pass_usual(&mut self, end: usize, ending: LineEnding) {
        self.start = end + ending.len();
        self.ends.advance();
        self.given.len = 0;
        if self.newline.takes_any() {
            self.seen.insert(ending);
        }
    }

    #[inline(always)]
    fn line(&self, start: usize, end: usize, ending: LineEnding) -> Line<'_> {
        let (text, chunk) = self.block.text.parts();
        Line::new(&text[start..end], ending, self.newline).lying_in(chunk)
    }

    /// The next line; `None` at the end.
    pub(in super::super) fn next_line(
        &mut self,
        buffer: &mut impl BufferedIo,
    ) -> Result<Option<Line<'_>>> {
        self.given.len = 0;
        let found = match self.next_end() {
            Some(found) => Some(found),
            None => self.far_end(buffer)?,
        };
        match found {
            Some((end, ending)) => self.take(end, ending).map(Some),
            None => Ok(None),
        }
    }

    /// Where the next line ends, if it does in this block.
    #[inline]
    fn next_end(&mut self) -> Option<(usize, LineEnding)> {
        let text = self.block.text.as_bytes();
        let Some(at) = self.ends.find(text, self.start) else {
            self.clear = text.len();
            return None;
        };
        self.ends.advance();
        Some((at, self.newline.ending(text, at)))
    }

    /// Where a line ends that does not in this block; `None` at the end of the stream.
    #[cold]
    fn far_end(&mut self, buffer: &mut impl BufferedIo) -> Result<Option<(usize, LineEnding)>> {
        while self.lengthen(buffer)? {
            if let Some(found) = self.next_end() {
                return Ok(Some(found));
            }
        }
        let is_there = !self.rest().is_empty();
        Ok(is_there.then_some((self.block.text.len(), LineEnding::None)))
    }

    /// The next line, or its first `max` characters (1 at least), its end included; `None` at the
    /// end.
    pub(in super::super) fn next_line_within(
        &mut self,
        buffer: &mut impl BufferedIo,
        max: usize,
    ) -> Result<Option<Line<'_>>> {
        self.given.len = 0;
        let (mut from, mut left) = self.counted.go_on(self.start, max);
        let (end, ending) = loop {
            match self.newline.find_within(&self.block.text, from, left) {
                Within::Ends(end, ending) => break (end, ending),
                Within::GoesOn(characters) => left -= characters,
            }
            // Whatever comes now, these are not counted again.
            let end = self.block.text.len();
            self.counted = Counted::new(self.start, end, max - left);
            if !self.lengthen(buffer)? {
                if self.rest().is_empty() {
                    return Ok(None);
                } else {
                    break (end, LineEnding::None);
                }
            }
            (from, left) = self.counted.go_on(self.start, max);
        };
        self.check_limit(end - self.start)?;
        let start = self.start;
        self.pass(end, ending);
        self.look_again();
        Ok(Some(self.line(start, end, ending)))
    }

    /// Takes everything up to the next line end, and that; `None` if the stream ends before.
    /// Keeps nothing of it; what was passed when an error comes stays behind.
    pub(in super::super) fn skip_line(
        &mut self,
        buffer: &mut impl BufferedIo,
    ) -> Result<LineEnding> {
        self.given.len = 0;
        loop {
            if let Some((end, ending)) = self.next_end() {
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
        let start = self.start - len - ending.len();
        // As many as there would be if all were as long as this one, but not too much room for them.
        let expected = self.rest().len() / (len + ending.len()).max(SHORT);
        let mut ends = RecordEnds::new(expected);
        ends.push(self.start - start);
        while self.pass_complete() {
            ends.push(self.start - start);
        }
        let text = match &self.block.text {
            Text::Shared(text) => text.part(start, self.start),
            Text::Own(text) => copy_of(&text[start..self.start]),
        };
        Ok(Some(TextBatch::new(text, ends, self.newline)))
    }

    /// Passes the next line by, if it ends in this block and is not too long; whether it does.
    #[inline]
    fn pass_complete(&mut self) -> bool {
        let (end, ending) = match self.usual_end() {
            Some(Usual::Lf(end)) => (end, LineEnding::Lf),
            Some(Usual::CrLf(end)) => (end, LineEnding::CrLf),
            Some(Usual::Cr(end)) => (end, LineEnding::Cr),
            None => return self.pass_complete_slow(),
        };
        self.pass_usual(end, ending);
        true
    }

    #[inline(never)]
    fn pass_complete_slow(&mut self) -> bool {
        let Some((end, ending)) = self.next_end() else {
            return false;
        };
        let fits = self.check_limit(end - self.start).is_ok();
        if fits {
            self.pass(end, ending);
        } else {
            self.ends.restart(self.start);
        }
        fits
    }

    /// Takes the line that ends at byte `end`.
    #[inline]
    fn take(&mut self, end: usize, ending: LineEnding) -> Result<Line<'_>> {
        if let Err(error) = self.check_limit(end - self.start) {
            self.ends.restart(self.start);
            return Err(error);
        }
        let start = self.start;
        self.pass(end, ending);
        Ok(self.line(start, end, ending))
    }

    /// Goes behind what ends at byte `end`.
    #[inline]
    fn pass(&mut self, end: usize, ending: LineEnding) {
        if self.newline.takes_any() {
            self.seen.insert(match ending {
                // Halves of a pair count as the pair, and once.
                LineEnding::Lf if end == self.start && self.is_half => LineEnding::None,
                LineEnding::Cr if text_at(&self.block, end + 1) == Some(b'\n') => LineEnding::CrLf,
                whole => whole,
            });
        }
        self.start = end + ending.len();
        self.is_half = false;
    }

    #[inline]
    pub(super) fn check_limit(&self, len: usize) -> Result<()> {
        let limit = self.line_limit;
        if len > limit {
            Err(Error::LineTooLong { limit })
        } else {
            Ok(())
        }
    }

    /// Remembers the line ends in the next `n` bytes, which are about to be taken.
    pub(super) fn see(&mut self, n: usize) {
        if !self.newline.takes_any() {
            return;
        }
        let (mut from, mut end) = (self.start, self.start + n);
        let has_cr = self.cr() < end;
        from += usize::from(self.is_half);
        if text_at(&self.block, end - 1) == Some(b'\r') {
            end += usize::from(text_at(&self.block, end) == Some(b'\n'));
        }
        self.seen.look(&self.block.text[from..end], has_cr);
    }

    /// Begins again to look for line ends, after a place that may lie in a pair.
    pub(super) fn look_again(&mut self) {
        let at = |at| text_at(&self.block, at);
        let is_lf = at(self.start) == Some(b'\n');
        self.is_half = is_lf && self.start > 0 && at(self.start - 1) == Some(b'\r');
        self.ends.restart(self.start.max(self.clear));
    }
}
