//! [`RecordIndex`]: where the next records end, found many at a time.

use memchr::memchr;

use super::store::distance;
use crate::chunk::separator::Separator;
use crate::scan::mask64;

/// With so many ends a pass stops, after the group of 64 bytes that it is at.
const ENOUGH: usize = 32;
/// Room for them, for a whole group more, and for a 0.
const ROOM: usize = ENOUGH + 64;
/// So many groups a pass goes through, at least and at most.
const LEAST: usize = 8;
const MOST: usize = 32;

/// Where a byte stands in the piece that a pipe is read from, by positions in the stream: so it
/// stays right when the bytes move to another piece. It looks at no byte twice.
///
/// One pass over many groups fills a list, and a record then costs no more than its next entry.
/// Where there is an end in four groups or more, the next pass goes twice as far: who wants one
/// record of a large fill does not pay for the others. Ends that are far apart are searched for
/// one by one.
pub(super) struct RecordIndex {
    byte: u8,
    /// How far from `origin` each end is, the byte included, in order; then a 0. What stands
    /// before `next` was passed.
    ends: [u16; ROOM],
    next: usize,
    origin: u64,
    /// Everything before was looked at.
    seen: u64,
    /// Before this it says nothing.
    since: u64,
    /// How many groups the next pass goes through; 0 if ends are far apart.
    groups: usize,
}

impl Default for RecordIndex {
    fn default() -> RecordIndex {
        RecordIndex {
            byte: 0,
            ends: [0; ROOM],
            next: 0,
            origin: 0,
            seen: 0,
            since: 0,
            groups: LEAST,
        }
    }
}

impl RecordIndex {
    /// The end of the next record, if it was found and the `separator` is what ended it. Where
    /// none is left, and where the place went on without it, this is no more than the place.
    #[inline(always)]
    pub(super) fn ready(&self, separator: &Separator) -> Option<u64> {
        if !separator.is_byte(self.byte) {
            return None;
        }
        let end = *self.ends.get(self.next)?;
        Some(self.origin + u64::from(end))
    }

    /// How far the next end is from `from`, without its byte.
    fn found(&self, from: u64) -> Option<usize> {
        let end = self.origin + u64::from(*self.ends.get(self.next)?);
        end.checked_sub(from + 1).map(distance)
    }

    #[inline(always)]
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
            self.forget();
        }
        self.skip_to(from);
        let before = self.seen;
        let found = self.found(from).or_else(|| {
            let behind = block.get(distance(before - start)..);
            self.fill(behind.unwrap_or_default());
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
        self.next += self.ends[self.next..].iter().take_while(passed).count();
    }

    /// Makes the list anew, of what is in `rest`, the bytes behind `seen`. Looks at all of them
    /// only where there is nothing.
    fn fill(&mut self, rest: &[u8]) {
        let (byte, wanted, mut count, mut behind) = (self.byte, self.groups, 0, 0);
        let (groups, _) = rest.as_chunks();
        for group in &groups[..groups.len().min(wanted)] {
            count = self.list(count, behind, mask64(group, byte));
            behind += 64;
            if count >= ENOUGH {
                break;
            }
        }
        (self.next, self.origin) = (0, self.seen);
        self.seen += behind as u64;
        self.groups = if 4 * count < wanted {
            LEAST
        } else {
            (2 * wanted).clamp(LEAST, MOST)
        };
        if count == 0 {
            count = self.look_far(&rest[behind..]);
        }
        self.ends[count] = 0;
    }

    /// Puts the ends that `mask` shows in the group `at` behind the first `count` of the list;
    /// returns how many there are then.
    #[inline(always)]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a pass goes through no more than 32 groups, 2048 bytes"
    )]
    fn list(&mut self, mut count: usize, at: usize, mut mask: u64) -> usize {
        while mask != 0 {
            self.ends[count] = (at + 1) as u16 + mask.trailing_zeros() as u16;
            mask &= mask - 1;
            count += 1;
        }
        count
    }

    /// The same where the near groups are empty, or there is none.
    #[cold]
    fn look_far(&mut self, rest: &[u8]) -> usize {
        let start = self.seen;
        if rest.len() < 64 {
            // Moved to the end of a group of its own.
            let (mut group, before) = ([!self.byte; 64], 64 - rest.len());
            group[before..].copy_from_slice(rest);
            // Nothing is left to shift where there is no byte.
            let mask = mask64(&group, self.byte) >> (before % 64);
            let count = self.list(0, 0, mask);
            self.origin = if count > 0 { start } else { 0 };
            self.seen = start + rest.len() as u64;
            return count;
        }
        let found = memchr(self.byte, rest);
        let at = found.unwrap_or(rest.len());
        if at > 64 * LEAST {
            self.groups = 0;
        }
        self.origin = found.map_or(0, |_| start + at as u64);
        self.seen = start + found.map_or(at, |at| at + 1) as u64;
        self.ends[0] = 1;
        usize::from(found.is_some())
    }

    /// Says nothing any more about what was looked at.
    pub(super) fn go_back(&mut self) {
        self.since = self.since.max(self.seen);
        self.forget();
    }

    fn forget(&mut self) {
        (self.ends[0], self.next, self.origin, self.groups) = (0, 0, 0, LEAST);
    }
}
