//! [`RecordIndex`]: where the next records end, found many at a time.

use super::store::distance;
use crate::chunk::separator::Separator;
use crate::scan::{Finder, Keep, Pattern};

/// Where a byte stands in the piece that a pipe is read from, by positions in the stream: so it
/// stays right when the bytes move to another piece. It looks at no byte twice.
///
/// One pass of the finder fills a list, and a record then costs no more than its next entry.
/// (Masks, which [`LineEnds`](crate::scan::LineEnds) keeps, cost more for records that are longer
/// than 64 bytes, of which hardly two end in one mask.)
pub(super) struct RecordIndex {
    byte: u8,
    finder: Finder,
    list: List,
    /// Which entry of the list comes next. What stands before it was passed.
    next: usize,
    /// Where the list counts from; 0 if it is empty.
    origin: u64,
    /// Everything before was looked at.
    seen: u64,
    /// Before this it says nothing.
    since: u64,
}

/// How far after the base of its pass each end is, the byte included, in order; then a 0.
struct List([u16; List::ROOM]);

impl List {
    /// Room for enough, for a whole group more, and for a 0: no `next` is beyond that. A power of
    /// two, so that a mask is all it takes to check that (rows 6a and 6c).
    const ROOM: usize = (List::ENOUGH + 64).next_power_of_two();

    #[inline]
    fn get(&self, next: usize) -> u64 {
        u64::from(self.0[next % List::ROOM])
    }
}

impl Keep for List {
    /// So many groups are 2 KiB, and the list fits into 256 bytes.
    const MOST: usize = 32;
    const ENOUGH: usize = 32;

    #[inline]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a pass goes through no more than 32 groups, 2048 bytes"
    )]
    fn keep(&mut self, mut count: usize, mut mask: u64, _at: usize, offset: usize) -> usize {
        while mask != 0 {
            self.0[count] = offset as u16 + 1 + mask.trailing_zeros() as u16;
            mask &= mask - 1;
            count += 1;
        }
        count
    }
}

impl Default for RecordIndex {
    fn default() -> RecordIndex {
        RecordIndex {
            byte: b'\n',
            finder: Finder::new(Pattern::Byte(b'\n')),
            list: List([0; List::ROOM]),
            next: 0,
            origin: 0,
            seen: 0,
            since: 0,
        }
    }
}

impl RecordIndex {
    /// The end of the next record, if it was found and the `separator` is what ended it. Where
    /// none is left, and where the place went on without it, this is no more than the place.
    #[inline]
    pub(super) fn ready(&self, separator: &Separator) -> Option<u64> {
        if !separator.is_byte(self.byte) {
            return None;
        }
        Some(self.origin + self.list.get(self.next))
    }

    /// How far the next end is from `from`, without its byte.
    fn found(&self, from: u64) -> Option<usize> {
        let end = self.origin + self.list.get(self.next);
        end.checked_sub(from + 1).map(distance)
    }

    #[inline]
    pub(super) fn pass(&mut self, ends: usize) {
        self.next += ends;
    }

    /// How far the next `byte` is from `from`, how far no other one is, and how many bytes were
    /// looked at for that; `None` where nothing can be said.
    pub(super) fn look(
        &mut self,
        (start, block): (u64, &[u8]),
        byte: u8,
        from: u64,
    ) -> Option<(Option<usize>, usize, usize)> {
        if from < self.since.max(start) {
            return None;
        }
        if byte != self.byte {
            if from < self.seen {
                // Two in turn would make it look at everything again and again.
                return None;
            }
            self.byte = byte;
            self.finder = Finder::new(Pattern::Byte(byte));
            self.forget();
        }
        self.skip_to(from);
        let before = self.seen;
        let found = self.found(from).or_else(|| {
            self.fill(start, block);
            self.found(from)
        });
        let (seen, looked_at) = (self.seen - from, self.seen - before);
        Some((found, distance(seen), distance(looked_at)))
    }

    /// Drops the ends up to `from`, which were passed by in some other way.
    fn skip_to(&mut self, from: u64) {
        if from > self.seen {
            self.forget();
            self.seen = from;
        }
        let passed = |&&end: &&u16| end > 0 && self.origin + u64::from(end) <= from;
        self.next += self.list.0[self.next..].iter().take_while(passed).count();
    }

    /// Fills the list again, from what comes after `seen` in the block that begins at `start`.
    /// Looks at all of that only if there is no end in it.
    fn fill(&mut self, start: u64, block: &[u8]) {
        let at = distance(self.seen - start);
        if at > block.len() {
            return;
        }
        let pass = self.finder.pass(block, at, &mut self.list);
        self.list.0[pass.count] = 0;
        self.next = 0;
        self.origin = if pass.count > 0 {
            start + pass.base as u64
        } else {
            0
        };
        self.seen = start + pass.seen as u64;
    }

    /// Forgets what was looked at: after going back, other bytes may stand there.
    pub(super) fn go_back(&mut self) {
        self.since = self.since.max(self.seen);
        self.forget();
    }

    fn forget(&mut self) {
        self.finder.restart();
        (self.list.0[0], self.next, self.origin) = (0, 0, 0);
    }
}
