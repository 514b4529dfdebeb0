//! [`ByteIndex`]: where a byte, or the ends of lines, stand in a block.

use std::num::NonZero;

use memchr::{memchr, memchr2};
use wide::u8x16;

/// What is marked in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Marked {
    /// This byte.
    Byte(u8),
    /// Each `\r`, and each `\n` that is not the second half of a `\r\n`.
    AnyLine,
    /// The `\r` of each `\r\n`.
    CrLf,
}

/// The marks of a block, found in some groups of 64 bytes at a time and taken one after the other:
/// where they are not far apart, that is far cheaper than a search for each.
///
/// A block may grow. When anything before its end changes, and when the place goes back,
/// [`restart`](ByteIndex::restart).
#[derive(Clone, Debug)]
pub(crate) struct ByteIndex {
    /// The marks that are left in the group at `at`.
    mask: u64,
    /// May be "negative", so it is counted with wrapping.
    at: usize,
    /// The groups behind it that have marks, and a 0 behind them.
    masks: [u64; GROUPS],
    /// Which groups these are, counted from `base` on.
    numbers: [u8; GROUPS],
    base: usize,
    /// Which of them comes next.
    next: u8,
    /// How many groups are looked at next time: more each time, so that little is lost where places
    /// are taken in another way or something else is marked. 0: marks were far apart.
    reach: u8,
    marked: Marked,
    /// If that is a byte, this one; else none of them.
    marked_byte: u16,
    /// Everything before was looked at.
    seen: usize,
}

/// How many groups are kept, the last not being one.
const GROUPS: usize = 16;

/// How many groups are looked at first, and how many without a mark say that marks are far apart.
const FIRST: u8 = 4;

impl Default for ByteIndex {
    /// Of lines.
    fn default() -> ByteIndex {
        ByteIndex::new(Marked::Byte(b'\n'))
    }
}

impl ByteIndex {
    /// An index of a block's start.
    pub(crate) const fn new(marked: Marked) -> ByteIndex {
        ByteIndex {
            mask: 0,
            at: 0,
            masks: [0; GROUPS],
            numbers: [0; GROUPS],
            base: 0,
            next: 0,
            reach: FIRST,
            marked_byte: match marked {
                Marked::Byte(byte) => byte as u16,
                _ => u16::MAX,
            },
            marked,
            seen: 0,
        }
    }

    /// Marks something from now on, if it does not already.
    pub(crate) fn mark(&mut self, marked: Marked) {
        if self.marked != marked {
            *self = ByteIndex::new(marked);
        }
    }

    /// Forgets everything; the next search begins at `at`.
    #[inline]
    pub(crate) fn restart(&mut self, at: usize) {
        (self.mask, self.masks[0], self.next) = (0, 0, 0);
        (self.reach, self.seen) = (FIRST, at);
    }

    /// The first mark at or behind `from`; `None`: there is none so far.
    ///
    /// `from` must not be inside a `\r\n` that was looked at.
    #[inline]
    pub(crate) fn first(&mut self, block: &[u8], from: usize) -> Option<usize> {
        match self.near() {
            // One before `from` was passed by in some other way.
            Some(at) if at >= from => Some(at),
            _ => self.look(block, from),
        }
    }

    /// The next mark, if it was looked at. It lies before a place that was moved on without it.
    #[inline(always)]
    pub(crate) fn near(&mut self) -> Option<usize> {
        if self.mask == 0 {
            self.turn()?;
        }
        self.ready()
    }

    /// The same, if this byte was marked.
    #[inline(always)]
    pub(crate) fn near_byte(&mut self, byte: u8) -> Option<usize> {
        if self.marked_byte == u16::from(byte) {
            self.near()
        } else {
            None
        }
    }

    /// The next mark, if it is in the group where the last one was.
    #[inline(always)]
    pub(super) fn ready(&self) -> Option<usize> {
        let mask = NonZero::new(self.mask)?;
        Some(self.at.wrapping_add(mask.trailing_zeros() as usize))
    }

    /// Takes the mark that is the next one.
    #[inline(always)]
    pub(crate) fn pass(&mut self) {
        self.mask &= self.mask.wrapping_sub(1);
    }

    /// Goes to the next group; `None`: there is none.
    #[inline(always)]
    fn turn(&mut self) -> Option<()> {
        // Among them anyway, but this way it need not be checked.
        let next = usize::from(self.next) % GROUPS;
        self.mask = NonZero::new(self.masks[next])?.get();
        self.at = self.base.wrapping_add(64 * usize::from(self.numbers[next]));
        self.next += 1;
        Some(())
    }

    /// The same as [`first`](ByteIndex::first), where it pays to ask whether one is ready before.
    #[inline(never)]
    pub(crate) fn look(&mut self, block: &[u8], from: usize) -> Option<usize> {
        while let Some(at) = self.near() {
            if at >= from {
                return Some(at);
            }
            self.pass();
        }
        let at = from.max(self.seen);
        match self.marked {
            _ if self.reach == 0 => self.scan_far(block, at),
            Marked::Byte(byte) => self.scan(block, at, |group, _| places(group, byte)),
            Marked::AnyLine => {
                let mut is_half = 0;
                self.scan(block, at, |group, _| line_ends(group, &mut is_half))
            }
            Marked::CrLf => self.scan(block, at, pairs),
        }
    }

    /// Looks at some groups from `at` on, and further if there is no mark. `marks` says where they
    /// are in a group, in front of a byte, and is asked for one after the other.
    #[inline(always)]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "no more than `GROUPS` groups are looked at"
    )]
    fn scan(
        &mut self,
        block: &[u8],
        at: usize,
        mut marks: impl FnMut(&[u8; 64], Option<&u8>) -> u64,
    ) -> Option<usize> {
        let rest = block.get(at..).unwrap_or_default();
        let (groups, _) = rest.as_chunks::<64>();
        let groups = &groups[..groups.len().min(usize::from(self.reach))];
        let mut count = 0;
        for (number, group) in groups.iter().enumerate() {
            let mask = marks(group, rest.get(64 * number + 64));
            // No branch depends on whether there is a mark, which nobody could predict.
            let place = count % GROUPS;
            (self.masks[place], self.numbers[place]) = (mask, number as u8);
            count += usize::from(mask != 0);
        }
        let seen = at + 64 * groups.len();
        if count == 0 {
            return if groups.len() < usize::from(self.reach) {
                self.scan_end(block, seen)
            } else {
                self.scan_far(block, seen)
            };
        }
        let since = groups.len() as u8 - self.numbers[(count - 1) % GROUPS];
        self.reach = if since > FIRST {
            0
        } else {
            (2 * self.reach).min(GROUPS as u8 - 1)
        };
        self.keep(count, at, seen)
    }

    /// The first `count` groups, from `base` on, are the next ones.
    fn keep(&mut self, count: usize, base: usize, seen: usize) -> Option<usize> {
        self.masks[count % GROUPS] = 0;
        (self.next, self.base, self.seen) = (0, base, seen);
        self.mask = 0;
        self.near()
    }

    /// The same where marks are far apart: with `memchr`, which is faster there.
    #[cold]
    fn scan_far(&mut self, block: &[u8], mut at: usize) -> Option<usize> {
        self.reach = FIRST;
        loop {
            let rest = block.get(at..).unwrap_or_default();
            let candidate = match self.marked {
                Marked::Byte(byte) => memchr(byte, rest),
                Marked::AnyLine => memchr2(b'\n', b'\r', rest),
                Marked::CrLf => memchr(b'\r', rest),
            };
            let rest = &rest[candidate.unwrap_or(rest.len())..];
            at = block.len().max(at) - rest.len();
            let Some((group, behind)) = rest.split_first_chunk() else {
                return self.scan_end(block, at);
            };
            let mask = self.marks_of(group, behind.first());
            if mask != 0 {
                return self.keep_one(mask, at, at + 64);
            }
            at += 64;
        }
    }

    /// The same for the last bytes, fewer than 64.
    #[cold]
    fn scan_end(&mut self, block: &[u8], at: usize) -> Option<usize> {
        let rest = block.get(at..).unwrap_or_default();
        // Moved to the end of a group of its own.
        let (mut group, before) = ([0; 64], 64 - rest.len());
        group[before..].copy_from_slice(rest);
        let mask = match rest {
            [] => 0,
            _ => self.marks_of(&group, None) & (!0 << before),
        };
        self.keep_one(mask, block.len().wrapping_sub(64), block.len())
    }

    fn keep_one(&mut self, mask: u64, at: usize, seen: usize) -> Option<usize> {
        (self.masks[0], self.numbers[0]) = (mask, 0);
        self.keep(1, at, seen)
    }

    fn marks_of(&self, group: &[u8; 64], behind: Option<&u8>) -> u64 {
        match self.marked {
            Marked::Byte(byte) => places(group, byte),
            Marked::AnyLine => line_ends(group, &mut 0),
            Marked::CrLf => pairs(group, behind),
        }
    }
}

/// The line ends of a group. `is_half`: whether its first byte is the second half of a pair, if it
/// is a `\n`; then the same about the group behind it.
#[inline(always)]
fn line_ends(group: &[u8; 64], is_half: &mut u64) -> u64 {
    let cr = places(group, b'\r');
    let halves = cr << 1 | *is_half;
    *is_half = cr >> 63;
    cr | (places(group, b'\n') & !halves)
}

/// The `\r\n` that begin in a group in front of a byte.
#[inline(always)]
fn pairs(group: &[u8; 64], behind: Option<&u8>) -> u64 {
    let follows = u64::from(behind == Some(&b'\n')) << 63;
    places(group, b'\r') & (places(group, b'\n') >> 1 | follows)
}

/// Bit *n* is set where byte *n* of the group is `byte`.
#[inline(always)]
pub(super) fn places(group: &[u8; 64], byte: u8) -> u64 {
    let wanted = u8x16::splat(byte);
    let (quarters, _) = group.as_chunks::<16>();
    let mut mask = 0;
    for (number, &quarter) in quarters.iter().enumerate() {
        let found = u8x16::new(quarter).cmp_eq(wanted).move_mask();
        mask |= u64::from(found.cast_unsigned()) << (16 * number);
    }
    mask
}

#[cfg(test)]
mod tests;
