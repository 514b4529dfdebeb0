//! [`ByteIndex`]: where a byte, or the ends of lines, stand in a block.

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

/// The marks of a block, found 64 bytes at a time and taken one after the other: where they
/// are close together, that is far cheaper than a search for each.
///
/// A block may grow. When anything before its end changes, and when the place goes back,
/// [`restart`](ByteIndex::restart).
#[derive(Clone, Debug)]
pub(crate) struct ByteIndex {
    marked: Marked,
    /// The marks that are left among the 64 bytes from `base` on.
    mask: u64,
    /// May be "negative", so it is counted with wrapping. Everything up to `base + 64` was looked
    /// at, and that is never beyond the block.
    base: usize,
}

/// How many groups without a mark are looked at before marks are taken to be far apart.
const EMPTY: usize = 4;

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
            marked,
            mask: 0,
            base: 0_usize.wrapping_sub(64),
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
        (self.mask, self.base) = (0, at.wrapping_sub(64));
    }

    /// The first mark at or behind `from`; `None`: there is none so far.
    ///
    /// `from` must not be inside a `\r\n` that was looked at.
    #[inline]
    pub(crate) fn first(&mut self, block: &[u8], from: usize) -> Option<usize> {
        let at = self.base.wrapping_add(self.mask.trailing_zeros() as usize);
        // One before `from` was passed by in some other way.
        match self.mask != 0 && at >= from {
            true => Some(at),
            false => self.look(block, from),
        }
    }

    /// Whether this was marked, and a mark is [`ready`](ByteIndex::ready).
    #[inline]
    pub(crate) fn is_ready(&self, marked: Marked) -> bool {
        self.mask != 0 && self.marked == marked
    }

    /// The next mark, if it was looked at. It lies before a place that was moved on without it.
    #[inline]
    pub(crate) fn ready(&self) -> Option<usize> {
        match self.mask {
            0 => None,
            mask => Some(self.base.wrapping_add(mask.trailing_zeros() as usize)),
        }
    }

    /// Takes the mark that is the first one.
    #[inline]
    pub(crate) fn pass(&mut self) {
        self.mask &= self.mask.wrapping_sub(1);
    }

    /// Up to where it was looked.
    pub(super) fn seen(&self) -> usize {
        self.base.wrapping_add(64)
    }

    /// The block begins somewhere else now: so far from there on it was looked at.
    pub(super) fn shift(&mut self, seen: usize) {
        let before = 64_usize.saturating_sub(seen) as u32;
        self.mask &= u64::MAX.checked_shl(before).unwrap_or(0);
        self.base = seen.wrapping_sub(64);
    }

    /// Whether this is what it marks.
    pub(super) fn is_of(&self, marked: Marked) -> bool {
        self.marked == marked
    }

    /// The same, and only to be asked, where nothing is [`ready`](ByteIndex::ready) or what is
    /// lies before `from`.
    #[inline(never)]
    pub(crate) fn look(&mut self, block: &[u8], from: usize) -> Option<usize> {
        if self.mask != 0 {
            return self.skip_to(block, from);
        }
        let start = from.max(self.base.wrapping_add(64));
        match self.marked {
            Marked::Byte(byte) => self.scan(block, start, |group, _| places(group, byte)),
            Marked::AnyLine => self.scan(block, start, |group, _| line_ends(group)),
            Marked::CrLf => self.scan(block, start, pairs),
        }
    }

    /// Drops the marks before `from`.
    #[cold]
    fn skip_to(&mut self, block: &[u8], from: usize) -> Option<usize> {
        self.mask &= match from.wrapping_sub(self.base) {
            passed @ 0..64 => !0 << passed,
            _ => 0,
        };
        self.first(block, from)
    }

    /// Looks on from `at` until there is a mark. `marks` says where they are in a group, in front
    /// of what is behind it.
    #[inline(always)]
    fn scan(
        &mut self,
        block: &[u8],
        mut at: usize,
        marks: impl Fn(&[u8; 64], &[u8]) -> u64,
    ) -> Option<usize> {
        for _ in 0..EMPTY {
            let group = block.get(at..at.wrapping_add(64));
            let Some(group) = group.and_then(<[u8]>::first_chunk) else {
                return self.scan_end(block, at);
            };
            let mask = marks(group, &block[at + 64..]);
            if mask != 0 {
                (self.base, self.mask) = (at, mask);
                return Some(at + mask.trailing_zeros() as usize);
            }
            at += 64;
        }
        self.scan_far(block, at)
    }

    /// The same where marks are far apart: with `memchr`, which is faster there.
    #[cold]
    fn scan_far(&mut self, block: &[u8], mut at: usize) -> Option<usize> {
        loop {
            let rest = block.get(at..).unwrap_or_default();
            let candidate = match self.marked {
                Marked::Byte(byte) => memchr(byte, rest),
                Marked::AnyLine => memchr2(b'\n', b'\r', rest),
                Marked::CrLf => memchr(b'\r', rest),
            };
            at += candidate.unwrap_or(rest.len());
            let Some((group, behind)) = block[at..].split_first_chunk() else {
                return self.scan_end(block, at);
            };
            let mask = self.marks(group, behind);
            if mask != 0 {
                (self.base, self.mask) = (at, mask);
                return Some(at + mask.trailing_zeros() as usize);
            }
            at += 64;
        }
    }

    /// The same for the last bytes, fewer than 64.
    #[cold]
    fn scan_end(&mut self, block: &[u8], at: usize) -> Option<usize> {
        let rest = block.get(at..).unwrap_or_default();
        self.restart(block.len());
        if !rest.is_empty() {
            // Moved to the end of a group of its own.
            let (mut group, before) = ([0; 64], 64 - rest.len());
            group[before..].copy_from_slice(rest);
            self.mask = self.marks(&group, &[]) & (!0 << before);
        }
        self.ready()
    }

    fn marks(&self, group: &[u8; 64], behind: &[u8]) -> u64 {
        match self.marked {
            Marked::Byte(byte) => places(group, byte),
            Marked::AnyLine => line_ends(group),
            Marked::CrLf => pairs(group, behind),
        }
    }
}

/// The line ends of a group, whose first byte is not the second half of a pair.
#[inline(always)]
fn line_ends(group: &[u8; 64]) -> u64 {
    let cr = places(group, b'\r');
    cr | (places(group, b'\n') & !(cr << 1))
}

/// The `\r\n` that begin in a group in front of `behind`.
#[inline(always)]
fn pairs(group: &[u8; 64], behind: &[u8]) -> u64 {
    let follows = u64::from(behind.first() == Some(&b'\n')) << 63;
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
        mask |= u64::from(found as u16) << (16 * number);
    }
    mask
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first mark at or behind `from`, byte by byte.
    fn naive(marked: Marked, block: &[u8], from: usize) -> Option<usize> {
        (from..block.len()).find(|&at| {
            let before = at.checked_sub(1).filter(|&it| it >= from);
            let pair = |at: usize| block[at..].starts_with(b"\r\n");
            match marked {
                Marked::Byte(byte) => block[at] == byte,
                Marked::AnyLine => b"\r\n".contains(&block[at]) && !before.is_some_and(pair),
                Marked::CrLf => pair(at),
            }
        })
    }

    const ALL: [Marked; 5] = [
        Marked::Byte(b'\n'),
        Marked::Byte(b'\0'),
        Marked::Byte(b'\xFF'),
        Marked::AnyLine,
        Marked::CrLf,
    ];

    /// Blocks with marks near each other and far apart, at every alignment to a group.
    fn blocks() -> impl Iterator<Item = Vec<u8>> {
        let seeds: [&[u8]; 6] = [
            b"\n",
            b"\r\n",
            b"\r",
            b"\0\xFF",
            b"\n\r\r\n\n",
            b"\n\n\r\n\r\n",
        ];
        let gaps = [0, 1, 7, 62, 63, 64, 65, 127, 300, 700];
        let cases = seeds.into_iter().flat_map(move |seed| {
            (0..65).flat_map(move |before| gaps.map(|gap| (seed, before, gap)))
        });
        cases.map(|(seed, before, gap)| {
            let mut block = vec![b'.'; before];
            for _ in 0..3 {
                block.extend_from_slice(seed);
                block.resize(block.len() + gap, b'x');
            }
            block
        })
    }

    #[test]
    fn every_mark_is_there_once() {
        for (block, marked) in blocks().flat_map(|block| ALL.map(|it| (block.clone(), it))) {
            let (mut index, mut from) = (ByteIndex::new(marked), 0);
            while let Some(at) = naive(marked, &block, from) {
                assert_eq!(index.first(&block, from), Some(at), "{marked:?} {block:?}");
                index.pass();
                from = at + 1 + usize::from(block[at..].starts_with(b"\r\n"));
            }
            assert_eq!(index.first(&block, from), None, "{marked:?} {block:?}");
            assert_eq!(index.first(&block, from), None, "{marked:?} {block:?}");
        }
    }

    #[test]
    fn a_block_may_grow_by_any_step() {
        for step in [1, 2, 63, 64, 65] {
            for block in blocks().step_by(7) {
                for marked in [Marked::Byte(b'\n'), Marked::Byte(b'\0')] {
                    let (mut index, mut from) = (ByteIndex::new(marked), 0);
                    for end in (0..block.len()).step_by(step).chain([block.len()]) {
                        while let Some(at) = index.first(&block[..end], from) {
                            index.pass();
                            assert_eq!(naive(marked, &block, from), Some(at), "{block:?}");
                            from = at + 1;
                        }
                        assert_eq!(naive(marked, &block[..end], from), None, "{block:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_place_may_move_on_and_begin_again_anywhere() {
        for (number, block) in blocks().enumerate().step_by(5) {
            let marked = ALL[number % 3];
            let mut index = ByteIndex::new(marked);
            for from in (0..=block.len()).step_by(1 + number % 9) {
                if number % 2 == 0 {
                    index.restart(from);
                }
                let found = naive(marked, &block, from);
                assert_eq!(index.first(&block, from), found, "{from} {block:?}");
                assert_eq!(index.first(&block, from), found, "{from} {block:?}");
            }
        }
    }
}
