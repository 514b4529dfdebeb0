//! [`LineEnds`]: where the lines of a block end, found for many lines at a time.
//
// A pass of the finder makes the masks of up to 15 groups of 64 bytes and keeps those that are not
// 0; the next end is then the lowest bit of the mask at hand:
//
//     peek:                                  // inlined into the loop over lines
//         if mask == 0:
//             mask, group = the next that was kept; none: return none
//         return group + trailing_zeros(mask)
//     advance:
//         mask &= mask - 1
//     find(block, from):                     // when peek has nothing, or something before `from`
//         finder.pass(block, where the last one stopped)
//
// What lost against this:
//
// * One `memchr` for each line: three times the instructions on lines of 8 bytes (see `mask`).
// * A list of places in the place of masks: 1.4 times slower on lines of 8 bytes, which must all
//   be written down and read again; 3 % faster on lines of 85. (The pipe, whose records are rarely
//   shorter than that, keeps a list of what the same finder finds: with masks it took 14 % more
//   instructions for records of 64 bytes.)
// * To step to the next group without a branch: 1.05 to 1.09 times slower, since all lines then
//   wait for the memory that holds the mask.
// * Masks, and where their groups begin, in two arrays, the second of bytes to be multiplied:
//   smaller, and 0.6 to 2.3 % more instructions a line.
// * To look at the whole block at once: room for its masks, and all thrown away when the stream
//   moves.

use std::num::NonZero;

use super::finder::{Finder, Keep, Pattern};

/// Where a pattern stands in a block: found ahead, and taken one after the other.
///
/// What is kept is right as long as the bytes before the block's end stay what they are: the block
/// may grow. When they change, and when the reader's place goes back,
/// [`restart`](LineEnds::restart). When the place goes on in another way, nothing need be said:
/// [`find`](LineEnds::find) drops what is before it.
///
/// Invariants: all bytes before `scanned` were looked at; every end among them that was not taken
/// is in `mask`, or in one of `ahead[next..]` up to the first mask that is 0, of which there is
/// always one.
#[derive(Clone, Debug)]
pub(crate) struct LineEnds {
    /// The ends that are left in the group at hand, and where that begins.
    mask: u64,
    group: usize,
    /// The groups after it.
    ahead: Masks,
    /// Which of them comes next.
    next: usize,
    finder: Finder,
    /// The byte that the pattern is, or a number that is no byte: one comparison instead of two.
    byte: u16,
    scanned: usize,
}

/// The masks of the groups that have ends, and where each begins; then a 0. They lie in pairs, so
/// that to step to the next group is two loads.
#[derive(Clone, Debug)]
struct Masks([(u64, usize); Masks::ROOM]);

impl Masks {
    /// The 0 after the last included. A power of two, so that a number is brought into it by one
    /// `&`.
    const ROOM: usize = 16;
}

impl Keep for Masks {
    /// 960 bytes: a pass costs about 30 instructions, 3 for each line of 80 bytes.
    const MOST: usize = Masks::ROOM - 1;
    const ENOUGH: usize = usize::MAX;

    #[inline]
    fn keep(&mut self, count: usize, mask: u64, at: usize, _offset: usize) -> usize {
        // No branch depends on whether there is an end: the processor could not predict it.
        self.0[count % Masks::ROOM] = (mask, at);
        count + usize::from(mask != 0)
    }
}

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
            ahead: Masks([(0, 0); Masks::ROOM]),
            next: 0,
            finder: Finder::new(pattern),
            byte: match pattern {
                Pattern::Byte(byte) => byte as u16,
                _ => u16::MAX,
            },
            scanned: 0,
        }
    }

    /// Looks for something else from now on, if it does not already.
    pub(crate) fn set_pattern(&mut self, pattern: Pattern) {
        if self.finder.pattern() != pattern {
            *self = LineEnds::new(pattern);
        }
    }

    /// Forgets everything; the next search begins at `at`.
    #[inline]
    pub(crate) fn restart(&mut self, at: usize) {
        self.finder.restart();
        self.show(0, at);
    }

    /// The first `count` masks are what comes next.
    #[inline]
    fn show(&mut self, count: usize, scanned: usize) {
        self.ahead.0[count % Masks::ROOM].0 = 0;
        (self.mask, self.next, self.scanned) = (0, 0, scanned);
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

    /// The next end, if it was found ahead. It lies before the reader's place if that was moved on
    /// in another way.
    // Inlined for rows 1a to 1g, which are little more than this and `advance`.
    #[inline(always)]
    pub(crate) fn peek(&mut self) -> Option<usize> {
        if self.mask == 0 {
            self.next_group()?;
        }
        let mask = NonZero::new(self.mask)?;
        Some(self.group + mask.trailing_zeros() as usize)
    }

    /// The same, if this byte is what is looked for.
    #[inline]
    pub(crate) fn peek_byte(&mut self, byte: u8) -> Option<usize> {
        if self.byte == u16::from(byte) {
            self.peek()
        } else {
            None
        }
    }

    /// Takes the end that [`peek`](LineEnds::peek) or [`find`](LineEnds::find) showed.
    #[inline]
    pub(crate) fn advance(&mut self) {
        self.mask &= self.mask.wrapping_sub(1);
    }

    /// Goes to the next group that has ends; `None`: there is none.
    #[inline]
    fn next_group(&mut self) -> Option<()> {
        // Among them anyway, but this way it need not be checked.
        let (mask, group) = self.ahead.0[self.next % Masks::ROOM];
        self.mask = NonZero::new(mask)?.get();
        self.group = group;
        self.next += 1;
        Some(())
    }

    /// [`find`](LineEnds::find), where it is known that nothing is ready.
    pub(crate) fn find_slow(&mut self, block: &[u8], from: usize) -> Option<usize> {
        while let Some(at) = self.peek() {
            if at >= from {
                return Some(at);
            }
            self.advance();
        }
        let at = from.max(self.scanned);
        let pass = self.finder.pass(block, at, &mut self.ahead);
        self.show(pass.count, pass.seen);
        self.peek()
    }
}
