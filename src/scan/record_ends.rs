//! [`RecordEnds`]: where the records of a batch end.

use std::ops::Range;
use std::{mem, slice};

use super::mask::{GROUP, SetBits, mask64};

/// For so many records room is made before they are found, at most: as many as a block of 64 KiB
/// has of 16 bytes each. If the first one is short by chance, no more than 32 KiB are wasted.
const MOST_EXPECTED: usize = 4096;

/// Where records that lie one after another end, each with what ends it: one number a record.
#[derive(Clone, Debug)]
pub(crate) struct RecordEnds(Vec<usize>);

impl RecordEnds {
    /// Of no record; about `expected` will come.
    pub(crate) fn new(expected: usize) -> RecordEnds {
        RecordEnds(Vec::with_capacity(expected.min(MOST_EXPECTED) + 1))
    }

    /// The next record ends at `end`.
    #[inline]
    pub(crate) fn push(&mut self, end: usize) {
        self.0.push(end);
    }

    /// The next records are those that `bytes`, which stand at `start`, begin with: each up to a
    /// `byte`, and of no more than `limit` bytes before that. Returns where the last one ends.
    ///
    /// Goes through 64 bytes at a time: [`LineEnds`](super::LineEnds), which may stop after any
    /// record, would cost a third more.
    pub(crate) fn push_all(&mut self, bytes: &[u8], byte: u8, limit: usize, start: usize) -> usize {
        let (groups, rest) = bytes.as_chunks::<GROUP>();
        let mut last = [!byte; GROUP];
        last[..rest.len()].copy_from_slice(rest);
        let (mut base, mut done) = (start, start);
        for group in groups.iter().chain([&last]) {
            for place in SetBits(mask64(group, byte)) {
                let at = base + place;
                if at - done > limit {
                    return done;
                }
                done = at + 1;
                self.0.push(done);
            }
            base += GROUP;
        }
        done
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Where the record at `index` lies.
    #[inline]
    pub(crate) fn get(&self, index: usize) -> Option<Range<usize>> {
        let end = *self.0.get(index)?;
        let start = index.checked_sub(1).map_or(0, |before| self.0[before]);
        Some(start..end)
    }

    /// Where each of them lies, in order.
    #[inline]
    pub(crate) fn iter(&self) -> RecordRanges<'_> {
        RecordRanges {
            ends: self.0.iter(),
            start: 0,
        }
    }
}

/// Where records lie, one after another.
#[derive(Clone, Debug)]
pub(crate) struct RecordRanges<'a> {
    ends: slice::Iter<'a, usize>,
    /// Where the next one begins: in a register, while the list is read once (row 6d).
    start: usize,
}

impl Iterator for RecordRanges<'_> {
    type Item = Range<usize>;

    #[inline]
    fn next(&mut self) -> Option<Range<usize>> {
        let &end = self.ends.next()?;
        Some(mem::replace(&mut self.start, end)..end)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.ends.size_hint()
    }
}

impl DoubleEndedIterator for RecordRanges<'_> {
    fn next_back(&mut self) -> Option<Range<usize>> {
        let &end = self.ends.next_back()?;
        let start = self.ends.as_slice().last().copied().unwrap_or(self.start);
        Some(start..end)
    }
}

impl ExactSizeIterator for RecordRanges<'_> {}
