//! [`Utf8Buffer`]: characters as UTF-8 on their way into a string.

use crate::scan::GROUP as BLOCK;

/// A character of at most three bytes in UTF-8, and in the last place how many these are; 0: no
/// character.
pub(super) type Utf8Char = [u8; 4];

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

/// A little memory that decoders write UTF-8 to by the byte, checked when it is full: that costs
/// less than `String::push` does for each character.
///
/// Four bytes are always stored, whatever a character's length, which is faster: what lies after
/// the text is of no meaning. The length is the caller's, so that it stays in a register.
pub(super) struct Utf8Buffer([u8; Utf8Buffer::SIZE]);

impl Utf8Buffer {
    const SIZE: usize = 4096;

    /// How much room there is for a group: 64 characters of three bytes, and a power of two.
    const ROOM: usize = 256;

    pub(super) fn new() -> Utf8Buffer {
        Utf8Buffer([0; Utf8Buffer::SIZE])
    }

    /// Appends the first `len` bytes to `text`.
    pub(super) fn flush(&self, len: usize, text: &mut String) {
        let chars = simdutf8::basic::from_utf8(&self.0[..len]);
        text.push_str(chars.expect("whole characters were put there"));
    }

    /// Makes room after the first `len` bytes for one of what follows; the new length.
    #[inline(always)]
    pub(super) fn room(&self, len: usize, text: &mut String) -> usize {
        if len <= Utf8Buffer::SIZE - Utf8Buffer::ROOM - HALF - 4 {
            return len;
        }
        self.flush(len, text);
        0
    }

    /// Adds a few bytes that are UTF-8, 64 at most; the new length.
    #[inline(always)]
    pub(super) fn put<const N: usize>(&mut self, len: usize, utf8: &[u8; N]) -> usize {
        if let Some(place) = self.0[len..].first_chunk_mut() {
            *place = *utf8;
        }
        len + N
    }

    /// Adds up to 64 characters; the new length.
    #[inline(always)]
    pub(super) fn put_chars(&mut self, len: usize, chars: impl Iterator<Item = Utf8Char>) -> usize {
        let Some(group) = self.0[len..].first_chunk_mut::<{ Utf8Buffer::ROOM + 3 }>() else {
            return len;
        };
        let mut done = 0;
        for utf8 in chars {
            // Never true, and known to the compiler: a place below `ROOM` needs no other check.
            let at = done & (Utf8Buffer::ROOM - 1);
            group[at..at + 4].copy_from_slice(&utf8);
            done += usize::from(utf8[3]);
        }
        len + done
    }

    /// Adds the first `end` bytes of a window, at most one more than a block, in which characters
    /// begin at `places`, of which there is one at least, and all else is ASCII; the new length.
    /// `character` says what begins at a place, and in how many bytes, one or two. `LEN` is how
    /// long the characters are if that is known, else 0.
    #[inline(always)]
    pub(super) fn put_sparse<const LEN: usize>(
        &mut self,
        len: usize,
        window: &[u8; WINDOW],
        places: u64,
        end: usize,
        mut character: impl FnMut(usize) -> (Utf8Char, usize),
    ) -> usize {
        let Some(group) = self.0[len..].first_chunk_mut::<{ Utf8Buffer::ROOM + HALF + 3 }>() else {
            return len;
        };
        group[..BLOCK].copy_from_slice(&window[..BLOCK]);
        let mut at = places.trailing_zeros() as usize % BLOCK;
        let (mut rest, mut done) = (places, at);
        loop {
            let (utf8, n) = character(at);
            let to = done & (Utf8Buffer::ROOM - 1);
            // As one number: the compiler would take it to pieces.
            let utf8 = u32::from_le_bytes(utf8);
            group[to..to + 4].copy_from_slice(&utf8.to_le_bytes());
            done += match LEN {
                0 => (utf8 >> 24) as usize,
                len => len,
            };
            // What follows is seldom longer than this.
            let (from, to) = (at + n, done & (Utf8Buffer::ROOM - 1));
            group[to..to + HALF].copy_from_slice(&window[from..from + HALF]);
            rest &= rest - 1;
            let next = match rest {
                0 => end,
                rest => rest.trailing_zeros() as usize,
            };
            if next - from > HALF {
                let (from, to) = (
                    (from + HALF) % BLOCK,
                    (done + HALF) & (Utf8Buffer::ROOM - 1),
                );
                group[to..to + HALF].copy_from_slice(&window[from..from + HALF]);
            }
            done += next - from;
            if rest == 0 {
                return len + done;
            }
            at = next % BLOCK;
        }
    }
}
