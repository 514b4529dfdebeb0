//! [`LineEnds`]: where the lines of a block end, found for many lines at a time.
//
// One pass makes the masks of up to 15 groups of 64 bytes and keeps those that are not 0; the next
// end is then the lowest bit of the mask at hand:
//
//     peek:                                  // inlined into the loop over lines
//         if mask == 0:
//             mask, group = the next mask that was kept, and where its group begins; none: return
//         return group + trailing_zeros(mask)
//     advance:
//         mask &= mask - 1
//     find(block, from):                     // when peek has nothing, or something before `from`
//         for each group of the next pass:
//             masks[count] = mask64(group)
//             count += (masks[count] != 0)   // no branch
//         if count == 0: search on with memchr
//
// How far the next pass goes depends on what this one found. It begins with 4 groups (256 bytes),
// so that who takes one line and then something else loses little; each pass that finds ends goes
// twice as far as the one before, up to 15 groups (960 bytes), which shares the price of a call
// (about 30 instructions) among ten lines of 80 bytes. Where the last 4 groups of a pass hold no
// end, lines are long, and `memchr`, which needs no mask, finds the next one.
//
// What lost against this:
//
// * One `memchr` for each line: three times the instructions on lines of 8 bytes (see `mask`).
// * A list of places in the place of masks: 1.4 times slower on lines of 8 bytes, which must all
//   be written down and read again; 3 % faster on lines of 85. (The pipe's records, which are seldom
//   shorter than that, gain more from it: they are found by masks and kept as a list.)
// * To step to the next group without a branch: 1.05 to 1.09 times slower, since all lines then wait
//   for the memory that the mask lies in.
// * To look at the whole block at once: it evicts what the lines are about to be read from, and
//   throws away what was found when the stream moves.

use std::num::NonZero;

use memchr::{memchr, memchr2};

use super::mask::{GROUP, Group, Newlines, mask64};

/// What is looked for in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pattern {
    /// This byte.
    Byte(u8),
    /// Each `\r`, and each `\n` that is not the second half of a `\r\n`.
    AnyNewline,
    /// The `\r` of each `\r\n`.
    CrLf,
}

/// Where a pattern stands in a block: found ahead, and taken one after the other.
///
/// What is kept is right as long as the bytes before the block's end stay what they are: the block
/// may grow. When they change, and when the reader's place goes back, [`restart`](LineEnds::restart).
/// When the place goes on in another way, nothing need be said: [`find`](LineEnds::find) drops what
/// is before it.
///
/// Invariants: all bytes before `scanned` were looked at; every end among them that was not taken is
/// in `mask`, or in one of `ahead[next..]` up to the first mask that is 0, of which there is always
/// one.
#[derive(Clone, Debug)]
pub(crate) struct LineEnds {
    /// The ends that are left in the group at hand.
    mask: u64,
    /// Where that group begins; "negative", by wrapping, for the last bytes of a short block.
    group: usize,
    /// The masks of the groups after it that have ends, and where each begins; then a 0. They lie
    /// in pairs, so that to step to the next group is two loads.
    ahead: [(u64, usize); KEPT],
    /// Which of them comes next.
    next: usize,
    /// How many groups the next pass goes through; 0: ends were far apart.
    stride: usize,
    pattern: Pattern,
    /// The byte that the pattern is, or a number that is no byte: one comparison instead of two.
    byte: u16,
    scanned: usize,
}

/// How many masks there is room for, the 0 after the last included. A power of two, so that a
/// number is brought into it by one `&`.
const KEPT: usize = 16;

/// How many groups a first pass goes through, and how many without an end say that ends are far
/// apart: below 256 bytes masks are cheaper than `memchr`, above it they are not.
const FIRST: usize = 4;

impl Default for LineEnds {
    /// Of lines.
    fn default() -> LineEnds {
        LineEnds::new(Pattern::Byte(b'\n'))
    }
}

impl LineEnds {
    /// Of a block, from its start on.
    pub(crate) const fn new(pattern: Pattern) -> LineEnds {
        LineEnds {
            mask: 0,
            group: 0,
            ahead: [(0, 0); KEPT],
            next: 0,
            stride: FIRST,
            byte: match pattern {
                Pattern::Byte(byte) => byte as u16,
                _ => u16::MAX,
            },
            pattern,
            scanned: 0,
        }
    }

    /// Looks for something else from now on, if it does not already.
    pub(crate) fn set_pattern(&mut self, pattern: Pattern) {
        if self.pattern != pattern {
            *self = LineEnds::new(pattern);
        }
    }

    /// Forgets everything; the next search begins at `at`.
    #[inline]
    pub(crate) fn restart(&mut self, at: usize) {
        (self.mask, self.ahead[0].0, self.next) = (0, 0, 0);
        (self.stride, self.scanned) = (FIRST, at);
    }

    /// The first end at or after `from`; `None`: there is none so far.
    ///
    /// `from` must not be inside a `\r\n` that was looked at.
    #[inline]
    pub(crate) fn find(&mut self, block: &[u8], from: usize) -> Option<usize> {
        match self.peek() {
            // One before `from` was passed by in some other way.
            Some(at) if at >= from => Some(at),
            _ => self.find_slow(block, from),
        }
    }

    /// The next end, if it was found ahead. It lies before the reader's place if that was moved on in
    /// another way.
    // Inlined for rows 1a to 1g, which are little more than this and `advance`.
    #[inline(always)]
    pub(crate) fn peek(&mut self) -> Option<usize> {
        if self.mask == 0 {
            self.next_group()?;
        }
        let mask = NonZero::new(self.mask)?;
        Some(self.group.wrapping_add(mask.trailing_zeros() as usize))
    }

    /// The same, if this byte is what is looked for.
    #[inline(always)]
    pub(crate) fn peek_byte(&mut self, byte: u8) -> Option<usize> {
        if self.byte == u16::from(byte) {
            self.peek()
        } else {
            None
        }
    }

    /// Takes the end that [`peek`](LineEnds::peek) or [`find`](LineEnds::find) showed.
    #[inline(always)]
    pub(crate) fn advance(&mut self) {
        self.mask &= self.mask.wrapping_sub(1);
    }

    /// Goes to the next group that has ends; `None`: there is none.
    #[inline(always)]
    fn next_group(&mut self) -> Option<()> {
        // Among them anyway, but this way it need not be checked.
        let (mask, group) = self.ahead[self.next % KEPT];
        self.mask = NonZero::new(mask)?.get();
        self.group = group;
        self.next += 1;
        Some(())
    }

    /// [`find`](LineEnds::find), where it is known that nothing is ready.
    #[inline(never)]
    pub(crate) fn find_slow(&mut self, block: &[u8], from: usize) -> Option<usize> {
        while let Some(at) = self.peek() {
            if at >= from {
                return Some(at);
            }
            self.advance();
        }
        let at = from.max(self.scanned);
        match self.pattern {
            _ if self.stride == 0 => self.scan_far(block, at),
            Pattern::Byte(byte) => self.scan(block, at, |group, _| mask64(group, byte)),
            Pattern::AnyNewline => {
                let mut after_cr = false;
                self.scan(block, at, |group, next| {
                    let newlines = Newlines::new(group, next, after_cr);
                    after_cr = newlines.ends_with_cr();
                    newlines.ends()
                })
            }
            Pattern::CrLf => self.scan(block, at, |group, next| {
                Newlines::new(group, next, false).pairs
            }),
        }
    }

    /// One pass over some groups from `at` on, and further if none of them has an end. `mask_of` is
    /// asked for one group after the other, with the byte that follows it.
    #[inline(always)]
    fn scan(
        &mut self,
        block: &[u8],
        at: usize,
        mut mask_of: impl FnMut(&Group, Option<&u8>) -> u64,
    ) -> Option<usize> {
        let rest = block.get(at..).unwrap_or_default();
        let (groups, _) = rest.as_chunks::<GROUP>();
        let groups = &groups[..groups.len().min(self.stride)];
        let mut count = 0;
        for (number, group) in groups.iter().enumerate() {
            let mask = mask_of(group, rest.get(GROUP * (number + 1)));
            // No branch depends on whether there is an end, which nobody could predict.
            self.ahead[count % KEPT] = (mask, at + GROUP * number);
            count += usize::from(mask != 0);
        }
        let scanned = at + GROUP * groups.len();
        if count == 0 {
            return if groups.len() < self.stride {
                self.scan_end(block, scanned)
            } else {
                self.scan_far(block, scanned)
            };
        }
        let (_, last) = self.ahead[(count - 1) % KEPT];
        self.stride = if scanned - last > GROUP * FIRST {
            0
        } else {
            (2 * self.stride).min(KEPT - 1)
        };
        self.keep(count, scanned)
    }

    /// The first `count` masks are what comes next.
    fn keep(&mut self, count: usize, scanned: usize) -> Option<usize> {
        self.ahead[count % KEPT].0 = 0;
        (self.mask, self.next, self.scanned) = (0, 0, scanned);
        self.peek()
    }

    /// The next end where ends are far apart: with `memchr`, which is faster there.
    #[cold]
    fn scan_far(&mut self, block: &[u8], mut at: usize) -> Option<usize> {
        self.stride = FIRST;
        loop {
            let rest = block.get(at..).unwrap_or_default();
            let candidate = match self.pattern {
                Pattern::Byte(byte) => memchr(byte, rest),
                Pattern::AnyNewline => memchr2(b'\n', b'\r', rest),
                Pattern::CrLf => memchr(b'\r', rest),
            };
            let rest = &rest[candidate.unwrap_or(rest.len())..];
            at = block.len().max(at) - rest.len();
            let Some((group, after)) = rest.split_first_chunk() else {
                return self.scan_end(block, at);
            };
            let mask = self.mask_of(group, after.first());
            if mask != 0 {
                return self.keep_one(mask, at, at + GROUP);
            }
            at += GROUP;
        }
    }

    /// The next end in the last bytes of a block, fewer than 64.
    #[cold]
    fn scan_end(&mut self, block: &[u8], at: usize) -> Option<usize> {
        let rest = block.get(at..).unwrap_or_default();
        // Moved to the end of a group of its own.
        let (mut group, before) = ([0; GROUP], GROUP - rest.len());
        group[before..].copy_from_slice(rest);
        let mask = match rest {
            [] => 0,
            _ => self.mask_of(&group, None) & (!0 << before),
        };
        self.keep_one(mask, block.len().wrapping_sub(GROUP), block.len())
    }

    fn keep_one(&mut self, mask: u64, at: usize, scanned: usize) -> Option<usize> {
        self.ahead[0] = (mask, at);
        self.keep(1, scanned)
    }

    fn mask_of(&self, group: &Group, next: Option<&u8>) -> u64 {
        let newlines = || Newlines::new(group, next, false);
        match self.pattern {
            Pattern::Byte(byte) => mask64(group, byte),
            Pattern::AnyNewline => newlines().ends(),
            Pattern::CrLf => newlines().pairs,
        }
    }
}
