//! [`LineStarts`]: where lines begin in a block of bytes that is somewhere in a stream. Pure: no stream in
//! sight.
//!
//! A place is only given where a line begins for certain, in any text that is read from the start with any
//! error policy, and where a text that is read up to there ends with the same line end. So two kinds of line
//! ends may be left out:
//!
//! * a lone `\r`, under a policy that takes `\r\n` as one, before bytes that are malformed: if those are
//!   ignored, a `\n` after them belongs to the `\r`;
//! * one after the first byte of a longer character, or what may be taken for it.

use std::ops::RangeInclusive;

use memchr::{memchr, memchr2, memrchr, memrchr2};

use super::codec::{CodeUnit, LineBytes};
use super::newline::Newline;
use super::options::TextOptions;
use super::position::TextPosition;
use crate::error::{Error, Result};

/// Finds line starts in blocks of one stream.
#[derive(Clone, Debug)]
pub(crate) struct LineStarts {
    bytes: LineBytes,
    newline: Newline,
}

/// Bytes that stand at an offset of a stream, a multiple of [`LineStarts::unit`].
#[derive(Clone, Copy)]
pub(crate) struct StreamBlock<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) offset: u64,
    /// Whether the stream ends with the block.
    pub(crate) is_last: bool,
}

impl StreamBlock<'_> {
    /// The index of a place in the stream, which is in the block or at its end.
    fn index(&self, place: u64) -> usize {
        let index = usize::try_from(place.saturating_sub(self.offset));
        index.map_or(self.bytes.len(), |index| index.min(self.bytes.len()))
    }
}

impl LineStarts {
    /// How many bytes at the start of a stream tell its byte order.
    pub(crate) const MARK: usize = LineBytes::START;

    /// How many bytes after a place are looked at, to know that a line begins there: a `\n`, or the
    /// longest character and what could follow it.
    pub(crate) const AFTER: usize = 8;

    /// For a stream that begins with `start`.
    ///
    /// # Errors
    ///
    /// [`Error::Unsplittable`], and what is wrong with the options.
    pub(crate) fn new(options: &TextOptions, start: &[u8]) -> Result<LineStarts> {
        options.check()?;
        let encoding = options.get_encoding();
        let start = &start[..start.len().min(LineStarts::MARK)];
        let bytes = LineBytes::new(encoding, start).ok_or(Error::Unsplittable {
            encoding: encoding.name(),
        })?;
        let newline = options.get_newlines().0.resolve();
        Ok(LineStarts { bytes, newline })
    }

    /// Lines begin at multiples of so many bytes.
    pub(crate) fn unit(&self) -> usize {
        self.bytes.unit()
    }

    /// How many bytes before a place are looked at: a line end, and the longest character that it may be
    /// thought to be a part of.
    pub(crate) fn before(&self) -> usize {
        4 * self.unit()
    }

    /// A place where a line begins as a position of text.
    pub(crate) fn position(&self, place: u64) -> TextPosition {
        match place {
            0 => TextPosition::START,
            place => TextPosition::new(place, self.bytes.state()),
        }
    }

    /// The first of these places where a line begins; the end of the stream counts as one after a line
    /// end. The block has what stands [before](LineStarts::before) and [after](LineStarts::AFTER) each of
    /// them.
    pub(crate) fn first(&self, block: StreamBlock<'_>, places: RangeInclusive<u64>) -> Option<u64> {
        let (mut from, to) = (block.index(*places.start()), block.index(*places.end()));
        loop {
            let marks = block.bytes.get(self.last_mark(from)..self.marks_end(to))?;
            from = self.last_mark(from) + self.find(marks)? + self.unit() - self.mark();
            if self.begins(block, from) {
                return Some(block.offset + from as u64);
            }
            from += 1;
        }
    }

    /// The last of these places where a line begins.
    pub(crate) fn last(&self, block: StreamBlock<'_>, places: RangeInclusive<u64>) -> Option<u64> {
        let (from, mut to) = (block.index(*places.start()), block.index(*places.end()));
        loop {
            let marks = block.bytes.get(self.last_mark(from)..self.marks_end(to))?;
            to = self.last_mark(from) + self.find_last(marks)? + self.unit() - self.mark();
            if self.begins(block, to) {
                return Some(block.offset + to as u64);
            }
            to -= 1;
        }
    }

    /// Which byte of the code unit of a line end tells that it may be one.
    fn mark(&self) -> usize {
        self.bytes.line_feed().mark().0
    }

    /// Where that byte of a line end is that ends at `end` or later.
    fn last_mark(&self, end: usize) -> usize {
        (end + self.mark()).saturating_sub(self.unit())
    }

    /// After where it is of one that ends at `end` or before.
    fn marks_end(&self, end: usize) -> usize {
        match end.checked_sub(self.unit()) {
            Some(start) => start + self.mark() + 1,
            None => 0,
        }
    }

    fn find(&self, bytes: &[u8]) -> Option<usize> {
        let (feed, carriage) = self.bytes_to_find();
        match (feed, carriage) {
            (Some(feed), Some(carriage)) => memchr2(feed, carriage, bytes),
            (one, other) => memchr(one.or(other)?, bytes),
        }
    }

    fn find_last(&self, bytes: &[u8]) -> Option<usize> {
        match self.bytes_to_find() {
            (Some(feed), Some(carriage)) => memrchr2(feed, carriage, bytes),
            (one, other) => memrchr(one.or(other)?, bytes),
        }
    }

    /// The bytes that the last character of a line end may have.
    fn bytes_to_find(&self) -> (Option<u8>, Option<u8>) {
        let feed = Some(self.bytes.line_feed().mark().1);
        let carriage = Some(self.bytes.carriage_return().mark().1);
        match self.newline {
            Newline::Cr => (None, carriage),
            Newline::Universal | Newline::Keep => (feed, carriage),
            _ => (feed, None),
        }
    }

    /// Whether a line begins for certain at an index of the block.
    fn begins(&self, block: StreamBlock<'_>, at: usize) -> bool {
        let feed = || self.ends_with(block, at, self.bytes.line_feed(), '\n');
        let carriage = || self.ends_with(block, at, self.bytes.carriage_return(), '\r');
        match self.newline {
            Newline::Cr => carriage(),
            Newline::CrLf => {
                let pair = at - self.unit();
                self.has(block, pair, self.bytes.carriage_return()) && feed()
            }
            Newline::Universal | Newline::Keep => {
                feed() || carriage() && self.is_no_line_feed(block, at)
            }
            _ => feed(),
        }
    }

    /// Whether a code unit ends at an index.
    fn has(&self, block: StreamBlock<'_>, at: usize, unit: CodeUnit) -> bool {
        at.is_multiple_of(self.unit()) && block.bytes[..at].ends_with(unit.as_bytes())
    }

    /// Whether it does, and is this character for whoever reads up to there.
    fn ends_with(&self, block: StreamBlock<'_>, at: usize, unit: CodeUnit, ch: char) -> bool {
        self.has(block, at, unit) && {
            let before = &block.bytes[at.saturating_sub(self.before())..at];
            before.is_ascii() && self.unit() == 1 || self.bytes.all_end_with(before, ch)
        }
    }

    /// Whether what stands at an index is certainly something else than a `\n`.
    fn is_no_line_feed(&self, block: StreamBlock<'_>, at: usize) -> bool {
        let rest = &block.bytes[at..];
        let shown = &rest[..rest.len().min(LineStarts::AFTER)];
        let is_last = block.is_last && shown.len() == rest.len();
        match self.bytes.first_char(shown, is_last) {
            Some(ch) => ch != '\n',
            None => rest.is_empty() && block.is_last,
        }
    }
}
