//! [`ShortChars`]: the characters of one and of two bytes, in a multi-byte encoding.

use std::array;
use std::hint::select_unpredictable;

use wide::{CmpGt, i8x16};

use super::{Utf8Buffer, Utf8Char, short_len};
use crate::scan::{GROUP as BLOCK, SetBits, mask64_where, not_ascii};

/// How many places a table of two-byte characters has: 256 for each first byte from 0x80 on.
pub(super) const DOUBLE: usize = 128 * 256;

/// The characters of one byte and of two, in UTF-8.
///
/// Where characters of one byte and of two alternate, a branch for each is guessed wrong too
/// often. So a block's characters are found by their bits, and all of them are looked up in the
/// same way.
#[derive(Debug)]
pub(super) struct ShortChars {
    /// ASCII, then 256 places for each first byte from 0x80 on. A character of that byte alone is
    /// in all of them.
    chars: Box<[Utf8Char; 0x80 + DOUBLE]>,
    /// The first and the last byte from 0x80 on that are characters alone, as negative numbers;
    /// there may be more of them, which are not in `chars`.
    alone: [i8; 2],
}

/// Where a character is that begins so.
#[inline(always)]
fn place(lead: u8, trail: u8) -> usize {
    let double = 0x80 + (usize::from(lead & 0x7f) << 8 | usize::from(trail));
    select_unpredictable(lead < 0x80, usize::from(lead & 0x7f), double)
}

impl ShortChars {
    /// The characters of single bytes from 0x80 on, and of two bytes; 0: none.
    pub(super) fn new(single: &[u16; 128], double: &[u16]) -> ShortChars {
        let mut chars = Box::new([[0; 4]; 0x80 + DOUBLE]);
        let (ascii, rest) = chars.split_at_mut(0x80);
        for (byte, utf8) in (0..).zip(ascii) {
            *utf8 = [byte, 0, 0, 1];
        }
        let alone = longest_run(single);
        let (rows, _) = rest.as_chunks_mut::<256>();
        for ((lead, row), units) in rows.iter_mut().enumerate().zip(double.chunks(256)) {
            let is_alone = alone.contains(&lead);
            for (utf8, &unit) in row.iter_mut().zip(units) {
                let unit = if is_alone { single[lead] } else { unit };
                if let Some(ch) = char::from_u32(unit.into()).filter(|&ch| ch != '\0') {
                    utf8[3] = short_len(ch.encode_utf8(utf8));
                }
            }
        }
        ShortChars {
            chars,
            alone: if alone.is_empty() {
                [0, 0]
            } else {
                [alone.start, alone.end - 1].map(|lead| {
                    let lead = u8::try_from(lead).expect("there are 128 of them");
                    (lead | 0x80).cast_signed()
                })
            },
        }
    }

    /// Forgets a character of two bytes.
    pub(super) fn remove(&mut self, lead: u8, trail: u8) {
        self.chars[place(lead, trail)] = [0; 4];
    }

    /// Decodes the characters at the start as long as they are here; how many bytes these are.
    pub(super) fn run(&self, bytes: &[u8], buffer: &mut Utf8Buffer, text: &mut String) -> usize {
        let (mut len, mut read) = (0, 0);
        loop {
            len = buffer.room(len, text);
            let rest = &bytes[read..];
            let Some(block) = rest.first_chunk::<{ BLOCK + 1 }>() else {
                let (put, n) = self.last_block(rest, buffer, len);
                buffer.flush(put, text);
                return read + n;
            };
            if let Some(ascii) = block.first_chunk::<BLOCK>().filter(|b| not_ascii(b) == 0) {
                len = buffer.put(len, ascii);
                read += BLOCK;
                continue;
            }
            let (put, n) = self.block(block, u64::MAX, buffer, len);
            (len, read) = (put, read + n);
            if n < BLOCK {
                buffer.flush(len, text);
                return read;
            }
        }
    }

    /// The same for a block at most; the length of what is in `buffer` then, and how many bytes.
    #[expect(clippy::cast_possible_truncation, reason = "a block has 64 bytes")]
    fn last_block(&self, rest: &[u8], buffer: &mut Utf8Buffer, len: usize) -> (usize, usize) {
        // A first byte with a zero after it is no character.
        let block = array::from_fn(|n| rest.get(n).copied().unwrap_or(0));
        let shown = u64::MAX.unbounded_shr((BLOCK - rest.len()) as u32);
        let (len, n) = self.block(&block, shown, buffer, len);
        (len, n.min(rest.len()))
    }

    /// Decodes the characters that begin in the places `shown` of a block; the length of what is
    /// in `buffer` then, and how many bytes these are: less than a block if what follows is none.
    #[inline(always)]
    fn block(
        &self,
        bytes: &[u8; BLOCK + 1],
        shown: u64,
        buffer: &mut Utf8Buffer,
        len: usize,
    ) -> (usize, usize) {
        let Some(block) = bytes.first_chunk() else {
            return (len, 0);
        };
        let [first, last] = self.alone.map(i8x16::splat);
        let leads = mask64_where(block, |bytes| {
            bytes & (bytes.cmp_gt(last) | first.cmp_gt(bytes))
        });
        let trails = second_of_pairs(leads);
        let starts = SetBits(!trails & shown);
        let utf8 = |at: usize| self.chars[place(bytes[at], bytes[at + 1])];
        let mut is_bad = false;
        let seen = starts.map(utf8).inspect(|utf8| is_bad |= utf8[3] == 0);
        let put = buffer.put_chars(len, seen);
        if !is_bad {
            let is_cut = leads & !trails & 1 << (BLOCK - 1) != 0;
            return (put, BLOCK + usize::from(is_cut));
        }
        let mut bad = starts.skip_while(|&at| utf8(at)[3] > 0);
        let good = starts.map(utf8).take_while(|utf8| utf8[3] > 0);
        (buffer.put_chars(len, good), bad.next().unwrap_or(0))
    }
}

/// Where the longest run of characters is.
fn longest_run(single: &[u16; 128]) -> std::ops::Range<usize> {
    let (mut longest, mut start) = (0..0, 0);
    for (at, &unit) in single.iter().enumerate() {
        if unit == 0 {
            start = at + 1;
        } else if at + 1 - start > longest.len() {
            longest = start..at + 1;
        }
    }
    longest
}

/// Which bytes are the second ones, where each byte of `leads` may be a first one: in a run of
/// them every other, and what follows a run of odd length.
///
/// The runs that begin at an even place are found by a sum whose carry runs through them, and the
/// others likewise, as simdjson does for backslashes (Langdale and Lemire, "Parsing gigabytes of
/// JSON per second", 2019).
fn second_of_pairs(leads: u64) -> u64 {
    const EVEN: u64 = 0x5555_5555_5555_5555;
    let starts = leads & !(leads << 1);
    let even = leads.wrapping_add(starts & EVEN) ^ leads;
    let odd = leads.wrapping_add(starts & !EVEN) ^ leads;
    even & !EVEN | odd & EVEN
}
