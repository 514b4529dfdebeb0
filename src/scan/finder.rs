//! [`Finder`]: the next ends in a block, a pass over many groups of 64 bytes at a time.
//
//     pass(block, at):
//         for each of the next `stride` groups:
//             keep(mask64(group))
//         if nothing was kept: go on with memchr to the next end, and keep the mask of its group
//
// How far a pass goes depends on what the one before found. The first goes through 4 groups, so
// that a caller who takes only one line does not pay for indexing the rest. Each pass that finds
// ends goes twice as far as the one before, which shares the price of the call among more lines.
// Where less than a fourth of the groups hold an end, lines are long: `memchr`, which makes no mask
// where nothing stands, finds the next one.

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

/// Memory for the ends that a pass finds.
pub(crate) trait Keep {
    /// How many groups a pass goes through, at most.
    const MOST: usize;
    /// With so many ends, in the unit of [`keep`](Keep::keep), a pass stops. The largest number:
    /// never, and without a comparison for each group.
    const ENOUGH: usize;

    /// Keeps the ends that `mask` shows in the group at `at`, `offset` after the [base](Pass::base)
    /// of the pass; `count` were kept in it before. How many there are then: the mask may show
    /// none.
    // Two ways to say where, because one keeps the first and one the second, and each costs a
    // register and an addition a group: whichever is not used is not computed.
    fn keep(&mut self, count: usize, mask: u64, at: usize, offset: usize) -> usize;
}

/// What a pass found.
pub(crate) struct Pass {
    /// How many ends were kept; 0: there is none in the rest of the block.
    pub(crate) count: usize,
    /// The place that their offsets count from.
    pub(crate) base: usize,
    /// Up to where the block was looked at.
    pub(crate) seen: usize,
}

/// Goes through blocks; knows how, and not where.
#[derive(Clone, Debug)]
pub(crate) struct Finder {
    pattern: Pattern,
    /// How many groups the next pass goes through; 0: ends were far apart.
    stride: usize,
}

/// How many groups a first pass goes through, and how many for each end say that ends are far
/// apart: at lines of 256 bytes masks and `memchr` cost the same.
const FIRST: usize = 4;

impl Finder {
    pub(crate) const fn new(pattern: Pattern) -> Finder {
        Finder {
            pattern,
            stride: FIRST,
        }
    }

    pub(crate) fn pattern(&self) -> Pattern {
        self.pattern
    }

    /// Forgets how far apart ends were.
    #[inline]
    pub(crate) fn restart(&mut self) {
        self.stride = FIRST;
    }

    /// Keeps the next ends at or after `at`, if there are any in the block.
    // Inlined, so that what keeps the ends is part of the loop: rows 1a to 1g, 6a, 6c.
    #[inline(always)]
    pub(crate) fn pass(&mut self, block: &[u8], at: usize, kept: &mut impl Keep) -> Pass {
        match self.pattern {
            _ if self.stride == 0 => self.far(block, at, kept),
            Pattern::Byte(byte) => self.near(block, at, kept, |group, _| mask64(group, byte)),
            Pattern::AnyNewline => {
                let mut after_cr = false;
                self.near(block, at, kept, |group, next| {
                    let newlines = Newlines::new(group, next, after_cr);
                    after_cr = newlines.ends_with_cr();
                    newlines.ends()
                })
            }
            Pattern::CrLf => self.near(block, at, kept, |group, next| {
                Newlines::new(group, next, false).pairs
            }),
        }
    }

    /// [`pass`](Finder::pass) where ends are near each other. `mask_of` is asked for one group
    /// after the other, with the byte that follows it.
    #[inline]
    fn near<K: Keep>(
        &mut self,
        block: &[u8],
        at: usize,
        kept: &mut K,
        mut mask_of: impl FnMut(&Group, Option<&u8>) -> u64,
    ) -> Pass {
        let rest = block.get(at..).unwrap_or_default();
        let (groups, _) = rest.as_chunks::<GROUP>();
        let groups = &groups[..groups.len().min(self.stride)];
        let (mut count, mut seen) = (0, at);
        for (number, group) in groups.iter().enumerate() {
            let mask = mask_of(group, rest.get(GROUP * (number + 1)));
            count = kept.keep(count, mask, seen, GROUP * number);
            seen += GROUP;
            if K::ENOUGH < usize::MAX && count >= K::ENOUGH {
                break;
            }
        }
        if count > 0 {
            self.stride = if FIRST * count < groups.len() {
                0
            } else {
                (2 * self.stride).min(K::MOST)
            };
            return Pass {
                count,
                base: at,
                seen,
            };
        }
        if groups.len() < self.stride {
            self.last(block, seen, kept)
        } else {
            self.far(block, seen, kept)
        }
    }

    /// The same where ends are far apart: with `memchr`, which is faster there.
    fn far(&mut self, block: &[u8], mut at: usize, kept: &mut impl Keep) -> Pass {
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
                return self.last(block, at, kept);
            };
            let mask = self.mask_of(group, after.first());
            if mask != 0 {
                return Pass {
                    count: kept.keep(0, mask, at, 0),
                    base: at,
                    seen: at + GROUP,
                };
            }
            at += GROUP;
        }
    }

    /// The same for the last bytes of a block, fewer than a group.
    fn last(&mut self, block: &[u8], at: usize, kept: &mut impl Keep) -> Pass {
        let rest = block.get(at..).unwrap_or_default();
        let mut group = [0; GROUP];
        group[..rest.len()].copy_from_slice(rest);
        let mask = self.mask_of(&group, None) & !(!0 << rest.len());
        Pass {
            count: kept.keep(0, mask, at, 0),
            base: at,
            seen: block.len(),
        }
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
