//! [`Segment`]: a chunk at a position, and how far positions are from each other.

use std::ops::Range;

use super::view::Chunk;

/// A chunk and the position of its first byte.
pub(super) struct Segment {
    pub(super) start: u64,
    pub(super) chunk: Chunk,
}

impl Segment {
    #[inline]
    pub(super) fn end(&self) -> u64 {
        self.start + self.chunk.len() as u64
    }

    /// The part of it that `range` covers.
    pub(super) fn part(&self, range: &Range<u64>) -> Range<usize> {
        let from = count(&(self.start..range.start));
        let to = count(&(self.start..range.end.min(self.end())));
        from..to
    }

    /// Takes off what lies before `at`, which is inside.
    pub(super) fn split_to(&mut self, at: u64) -> Segment {
        let chunk = self.chunk.split_to(count(&(self.start..at)));
        let start = std::mem::replace(&mut self.start, at);
        Segment { start, chunk }
    }
}

/// How many bytes a range of positions is; 0 if it is reversed. There are never more bytes here
/// than a `usize` can count, and a segment is no longer than that.
#[inline]
pub(super) fn count(range: &Range<u64>) -> usize {
    distance(range.end.saturating_sub(range.start))
}

/// How far two positions are from each other; beyond what memory holds, as far as nothing is.
#[inline]
pub(super) fn distance(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
