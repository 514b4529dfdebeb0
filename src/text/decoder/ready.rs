//! Lines whose ends were found ahead, which is nearly all: no call leaves the loop over them.

use super::super::batch::{LineBatch, PackedEnd, room_for_ends};
use super::super::line::Line;
use super::super::newline::{LineEnding, Newline};
use super::decoded::{DecodedLine, Source};
use super::input::ChunkSource;
use super::lines::TextWindow;
use super::text_block::Text;
use crate::chunk::StrChunk;
use crate::error::Result;

/// Where a line ends in its block, and how. An enum instead of a pair, so that each kind has its
/// own copy of the code that takes the line, with the length of the terminator known: row 1f.
pub(in crate::text) enum ReadyEnd {
    Lf(usize),
    CrLf(usize),
    Cr(usize),
}

/// A line that was taken, in the block's text. A borrowed [`Line`] could not leave a loop that asks
/// again where nothing is there yet.
#[derive(Clone, Copy)]
pub(crate) struct LineAt {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) ending: LineEnding,
}

/// A batch expects no more lines than if each had this many bytes, however short the first one is.
const SHORT: usize = 16;

impl TextWindow {
    /// Forgets the ends that were found ahead, so that the next line or character takes the slow way,
    /// which looks at the state of the stream first.
    pub(in crate::text) fn park(&mut self) {
        self.calm = 0;
        self.ends.restart(self.start);
    }

    /// Where the next line ends, if that was looked for and it is not too long. Ends are ready only
    /// while the stream is open and reads.
    #[inline(always)] // row 1f
    pub(in crate::text) fn ready_end(&mut self) -> Option<ReadyEnd> {
        let end = self.ends.peek()?;
        let text = self.block.text.as_bytes();
        if end.wrapping_sub(self.start) > self.line_limit {
            return None;
        }
        match text.get(end)? {
            b'\n' => Some(ReadyEnd::Lf(end)),
            _ if self.newline != Newline::Cr && text.get(end + 1) == Some(&b'\n') => {
                Some(ReadyEnd::CrLf(end))
            }
            // A `\r` that something may follow is hidden.
            _ => Some(ReadyEnd::Cr(end)),
        }
    }

    /// Takes the line with its [ready end](TextWindow::ready_end), and shows it.
    #[inline(always)] // row 1f
    pub(in crate::text) fn take_ready<'a, T>(
        &'a mut self,
        end: ReadyEnd,
        show: impl FnOnce(&'a TextWindow, LineAt) -> T,
    ) -> T {
        match end {
            ReadyEnd::Lf(end) => {
                let at = self.take_at(end, LineEnding::Lf);
                show(self, at)
            }
            ReadyEnd::CrLf(end) => {
                let at = self.take_at(end, LineEnding::CrLf);
                show(self, at)
            }
            ReadyEnd::Cr(end) => {
                let at = self.take_at(end, LineEnding::Cr);
                show(self, at)
            }
        }
    }

    #[inline(always)] // row 1f
    fn take_at(&mut self, end: usize, ending: LineEnding) -> LineAt {
        let start = self.start;
        self.pass_ready(end, ending);
        LineAt { start, end, ending }
    }

    /// Goes past the [ready end](TextWindow::ready_end).
    #[inline(always)] // row 1f
    pub(super) fn pass_ready(&mut self, end: usize, ending: LineEnding) {
        self.start = end + ending.len();
        self.ends.advance();
        self.shown.len = 0;
        if self.newline.takes_any() {
            self.seen.insert(ending);
        }
    }

    /// The line that was taken last.
    #[inline(always)] // row 1f
    pub(in crate::text) fn line(&self, at: LineAt) -> Line<'_> {
        let (text, chunk) = self.block.text.parts();
        Line::new(text, at.start..at.end, at.ending, self.newline).of_chunk(chunk)
    }

    /// The same with where it came from.
    #[inline(always)] // row 14a
    pub(super) fn decoded_line(&self, at: LineAt) -> DecodedLine<'_> {
        DecodedLine {
            line: self.line(at),
            source: Source {
                block: &self.block,
                start: at.start,
                end: at.end + at.ending.len(),
            },
        }
    }

    /// The next line and all further ones that are complete without asking the buffer.
    pub(in crate::text) fn next_batch(
        &mut self,
        buffer: &mut impl ChunkSource,
    ) -> Result<Option<LineBatch>> {
        let Some(LineAt { start, ending, .. }) = self.next_line(buffer)? else {
            return Ok(None);
        };
        // As many as there would be if all were as long as this one.
        let expected = self.rest().len() / (self.start - start).max(SHORT);
        let mut ends = room_for_ends(expected);
        ends.push(PackedEnd::new(self.start - start, ending));
        while let Some(ending) = self.pass_complete() {
            ends.push(PackedEnd::new(self.start - start, ending));
        }
        let text = match &self.block.text {
            Text::Shared(text) => text.part(start, self.start),
            Text::Own(text) => StrChunk::from(&text[start..self.start]),
        };
        Ok(Some(LineBatch::new(text, ends, self.newline)))
    }

    /// Goes past the next line, if it ends in what is shown and is not too long, and says what
    /// ended it.
    #[inline]
    fn pass_complete(&mut self) -> Option<LineEnding> {
        let (end, ending) = match self.ready_end() {
            Some(ReadyEnd::Lf(end)) => (end, LineEnding::Lf),
            Some(ReadyEnd::CrLf(end)) => (end, LineEnding::CrLf),
            Some(ReadyEnd::Cr(end)) => (end, LineEnding::Cr),
            None => return self.pass_complete_slow(),
        };
        self.pass_ready(end, ending);
        Some(ending)
    }

    fn pass_complete_slow(&mut self) -> Option<LineEnding> {
        let (end, ending) = self.next_end()?;
        self.take(end, ending).is_ok().then_some(ending)
    }
}
