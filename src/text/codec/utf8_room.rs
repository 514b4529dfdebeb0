//! [`Utf8Room`]: the room that a decoder fills with UTF-8.
//!
//! Invariant: what was taken off `rest` is whole characters. What is in `rest` is of no meaning:
//! stores of a fixed width leave bytes there, because they cost less than a copy of a length that
//! varies.
//!
//! Nothing trusts what is written here. The [`Decoder`](super::Decoder) checks it with SIMD while it
//! is still in the cache before it becomes part of a string, so no unsafe code is needed. Filling a
//! few KiB by the byte and checking them is several times faster than `String::push`, which makes
//! sure of its memory for each character.

use std::mem;

use wide::i8x16;

use super::family::DecodedPart;
use crate::scan::{GROUP as BLOCK, mask16_where};

/// A character of at most three bytes in UTF-8, and in the last place how many these are; 0: no
/// character.
pub(super) type Utf8Char = [u8; 4];

/// How many bytes are tested together where a run of them may be short.
const FEW: usize = 16;

/// How many bytes of a block are copied together.
const HALF: usize = BLOCK / 2;

/// A block, and what is read after it though it is not of it.
pub(super) const WINDOW: usize = BLOCK + HALF + 1;

/// The length of a character's UTF-8.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a character has four bytes at most"
)]
pub(super) fn short_len(utf8: &str) -> u8 {
    utf8.len() as u8
}

/// It is given to loops by value: the compiler keeps its fields in registers then, which it cannot
/// do behind a reference, as the bytes that are stored might be them.
pub(super) struct Utf8Room<'a> {
    /// What is free. It shrinks as it is filled: so the one comparison of a loop's condition is all
    /// that its stores need, and an index into the whole room would need another for each.
    rest: &'a mut [u8],
    /// How long the whole room is.
    size: usize,
}

impl<'a> Utf8Room<'a> {
    /// What 64 characters of three bytes need, rounded up to a power of two so that a mask keeps
    /// an index inside it.
    const GROUP: usize = 256;

    /// What must be free before anything is written: one `store_sparse`, the largest of all, with
    /// the stores beyond its end. So only loops look whether the room is full, not each store.
    pub(super) const MARGIN: usize = Utf8Room::GROUP + HALF + 4;

    #[inline]
    pub(super) fn new(room: &'a mut [u8]) -> Utf8Room<'a> {
        debug_assert!(room.len() >= Utf8Room::MARGIN);
        Utf8Room {
            size: room.len(),
            rest: room,
        }
    }

    /// Whether less than [`Utf8Room::MARGIN`] is free: nothing more may be written.
    #[inline(always)] // benches/decode.rs, rows 2c to 2e
    pub(super) fn is_full(&self) -> bool {
        self.rest.len() < Utf8Room::MARGIN
    }

    /// The outcome after so many bytes were read.
    #[inline(always)] // A call would take the address of what a loop keeps in registers.
    pub(super) fn decoded(&self, read: usize) -> DecodedPart {
        DecodedPart {
            read,
            written: self.len(),
            is_full: self.is_full(),
        }
    }

    /// Adds a character.
    #[inline(always)] // benches/decode.rs, row 9h
    pub(super) fn push(&mut self, ch: char) {
        if let Some(place) = self.rest.first_chunk_mut::<4>() {
            let len = ch.encode_utf8(place).len();
            self.keep(len);
        }
    }

    /// As many of these bytes as fit if they are ASCII: so no run is looked through again for each
    /// piece of it. One at least, if the room is not full.
    #[cfg(feature = "encodings")]
    pub(super) fn fitting<'b>(&self, bytes: &'b [u8]) -> &'b [u8] {
        let free = (self.rest.len() + 1).saturating_sub(Utf8Room::MARGIN);
        &bytes[..bytes.len().min(free)]
    }

    /// Adds the bytes at the start that stand for themselves and fit: up to the first that is not ASCII, or that
    /// `others` makes negative; how many.
    #[inline(always)] // benches/malformed.rs
    pub(super) fn put_plain(&mut self, bytes: &[u8], others: impl Fn(i8x16) -> i8x16) -> usize {
        let mut read = 0;
        while !self.is_full() && read < bytes.len() {
            let rest = &bytes[read..];
            let mut padded = [0; FEW];
            let group = match rest.first_chunk() {
                Some(group) => group,
                None => {
                    padded[..rest.len()].copy_from_slice(rest);
                    &padded
                }
            };
            let others = u32::from(mask16_where(group, |bytes| bytes | others(bytes)));
            let n = (others | 1 << rest.len().min(FEW)).trailing_zeros() as usize;
            self.put_some(group, n);
            read += n;
            if n < FEW {
                break;
            }
        }
        read
    }

    /// Adds a few bytes that are UTF-8, 64 at most.
    #[inline(always)] // benches/decode.rs, rows 2c to 2e
    pub(super) fn put<const N: usize>(&mut self, utf8: &[u8; N]) {
        self.store(utf8);
        self.keep(N);
    }

    /// The same of which `n` count: what is behind them is of no meaning.
    #[inline(always)] // benches/malformed.rs
    pub(super) fn put_some<const N: usize>(&mut self, utf8: &[u8; N], n: usize) {
        self.store(utf8);
        self.keep(n);
    }

    /// Adds a character of at most three bytes.
    #[cfg(feature = "encodings")]
    #[inline(always)] // benches/malformed.rs
    pub(super) fn put_char(&mut self, utf8: Utf8Char) {
        self.put_some(&utf8, utf8[3].into());
    }

    /// How many bytes were filled.
    #[inline(always)] // A call would take the address of what a loop keeps in registers.
    pub(super) fn len(&self) -> usize {
        self.size - self.rest.len()
    }

    #[inline(always)] // benches/decode.rs, rows 2c to 2e
    fn store<const N: usize>(&mut self, bytes: &[u8; N]) {
        if let Some(place) = self.rest.first_chunk_mut() {
            *place = *bytes;
        }
    }

    /// Adds characters of three bytes each: the first two, of which the first is the lower one, and the
    /// third. Their places are known before they are, so that no store waits for another.
    #[inline(always)] // benches/decode.rs, row 2c
    pub(super) fn put_threes(&mut self, two: [u16; 8], third: [u16; 8]) {
        if let Some(group) = self.rest.first_chunk_mut::<{ 3 * 8 + 1 }>() {
            for n in 0..8 {
                group[3 * n..3 * n + 2].copy_from_slice(&two[n].to_le_bytes());
                group[3 * n + 2..3 * n + 4].copy_from_slice(&third[n].to_le_bytes());
            }
            self.keep(3 * 8);
        }
    }

    /// Adds up to 64 characters.
    #[inline(always)] // benches/decode.rs, rows 2c to 2e
    pub(super) fn put_chars(&mut self, chars: impl Iterator<Item = Utf8Char>) {
        let n = self.store_chars(chars);
        self.keep(n);
    }

    /// Stores up to 64 characters after the end; how many bytes these are, which the caller
    /// [keeps](Utf8Room::keep) if none of them was malformed.
    #[inline(always)] // benches/decode.rs, rows 2c to 2e
    pub(super) fn store_chars(&mut self, chars: impl Iterator<Item = Utf8Char>) -> usize {
        let Some(group) = self.rest.first_chunk_mut::<{ Utf8Room::GROUP + 3 }>() else {
            return 0;
        };
        let mut done = 0;
        for utf8 in chars {
            // Never true, and known to the compiler: a place below `GROUP` needs no other check.
            let at = done & (Utf8Room::GROUP - 1);
            group[at..at + 4].copy_from_slice(&utf8);
            done += usize::from(utf8[3]);
        }
        done
    }

    /// Stores the first `end` bytes of a window, at most one more than a block, in which characters
    /// begin at `places`, of which there is one at least, and all else is ASCII. `character` says
    /// what begins at a place, and in how many bytes, one or two. `LEN` is how long the characters
    /// are if that is known, else 0.
    ///
    /// Returns how many bytes these are in UTF-8, which the caller [keeps](Utf8Room::keep).
    #[inline(always)] // benches/decode.rs, rows 2c to 2e
    pub(super) fn store_sparse<const LEN: usize>(
        &mut self,
        window: &[u8; WINDOW],
        places: u64,
        end: usize,
        mut character: impl FnMut(usize) -> (Utf8Char, usize),
    ) -> usize {
        let Some(group) = self
            .rest
            .first_chunk_mut::<{ Utf8Room::GROUP + HALF + 3 }>()
        else {
            return 0;
        };
        group[..BLOCK].copy_from_slice(&window[..BLOCK]);
        let mut at = places.trailing_zeros() as usize % BLOCK;
        let (mut rest, mut done) = (places, at);
        loop {
            let (utf8, n) = character(at);
            let to = done & (Utf8Room::GROUP - 1);
            // As one number: the compiler would take it to pieces.
            let utf8 = u32::from_le_bytes(utf8);
            group[to..to + 4].copy_from_slice(&utf8.to_le_bytes());
            done += match LEN {
                0 => (utf8 >> 24) as usize,
                len => len,
            };
            // What follows is rarely longer than this.
            let (from, to) = (at + n, done & (Utf8Room::GROUP - 1));
            group[to..to + HALF].copy_from_slice(&window[from..from + HALF]);
            rest &= rest - 1;
            let next = match rest {
                0 => end,
                rest => rest.trailing_zeros() as usize,
            };
            if next - from > HALF {
                let (from, to) = ((from + HALF) % BLOCK, (done + HALF) & (Utf8Room::GROUP - 1));
                group[to..to + HALF].copy_from_slice(&window[from..from + HALF]);
            }
            done += next - from;
            if rest == 0 {
                return done;
            }
            at = next % BLOCK;
        }
    }

    /// Adds the `n` bytes that were put after the end.
    #[inline(always)] // benches/decode.rs, row 2d
    pub(super) fn keep(&mut self, n: usize) {
        self.rest = &mut mem::take(&mut self.rest)[n..];
    }
}
