//! [`ShortChars`]: the characters of one and of two bytes, in a multi-byte encoding.

use std::array;
use std::hint::select_unpredictable;

use wide::{CmpGt, i8x16};

use super::{Utf8Char, Utf8Room, short_len};
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
#[inline(always)] // benches/decode.rs, row 2e
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

    /// The character of two bytes, the first of which is not ASCII; 0 in the last place: none.
    #[inline(always)] // benches/malformed.rs
    pub(super) fn double(&self, lead: u8, trail: u8) -> Utf8Char {
        self.chars[0x80 + (usize::from(lead & 0x7f) << 8 | usize::from(trail))]
    }

    /// The character of a first byte, and how many bytes it has if the other one follows. Without a branch that
    /// depends on the byte.
    #[inline(always)] // benches/malformed.rs
    pub(super) fn first(&self, lead: u8, trail: u8) -> (Utf8Char, usize) {
        let ([first, last], signed) = (self.alone, lead.cast_signed());
        let is_lead = (signed < 0) & ((signed > last) | (signed < first));
        (self.chars[place(lead, trail)], 1 + usize::from(is_lead))
    }

    /// Decodes the characters at the start as long as they are here and fit; how many bytes these
    /// are, and the room.
    pub(super) fn run<'a>(&self, bytes: &[u8], mut out: Utf8Room<'a>) -> (usize, Utf8Room<'a>) {
        let mut read = 0;
        while !out.is_full() {
            let rest = &bytes[read..];
            let Some(block) = rest.first_chunk::<{ BLOCK + 1 }>() else {
                let n;
                (n, out) = self.last_block(rest, out);
                read += n;
                break;
            };
            if let Some(ascii) = block.first_chunk::<BLOCK>().filter(|b| not_ascii(b) == 0) {
                out.put(ascii);
                read += BLOCK;
                continue;
            }
            let n = self.block(block, u64::MAX, &mut out);
            read += n;
            if n < BLOCK {
                break;
            }
        }
        (read, out)
    }

    /// The same for a block at most; how many bytes.
    #[expect(clippy::cast_possible_truncation, reason = "a block has 64 bytes")]
    fn last_block<'a>(&self, rest: &[u8], mut out: Utf8Room<'a>) -> (usize, Utf8Room<'a>) {
        // A first byte with a zero after it is no character.
        let block = array::from_fn(|n| rest.get(n).copied().unwrap_or(0));
        let shown = u64::MAX.unbounded_shr((BLOCK - rest.len()) as u32);
        let n = self.block(&block, shown, &mut out).min(rest.len());
        (n, out)
    }

    /// Decodes the characters that begin in the places `shown` of a block; how many bytes these
    /// are: less than a block if what follows is none.
    #[inline(always)] // benches/decode.rs, row 2e
    fn block(&self, bytes: &[u8; BLOCK + 1], shown: u64, out: &mut Utf8Room<'_>) -> usize {
        let Some(block) = bytes.first_chunk() else {
            return 0;
        };
        let [first, last] = self.alone.map(i8x16::splat);
        let leads = mask64_where(block, |bytes| {
            bytes & (bytes.cmp_gt(last) | first.cmp_gt(bytes))
        });
        let trails = second_of_pairs(leads);
        let starts = SetBits(!trails & shown);
        let utf8 = |at: usize| self.chars[place(bytes[at], bytes[at + 1])];
        // A length of 0, in the highest byte, is all that makes this difference negative: two
        // instructions for each character where a comparison takes three.
        let mut signs = 0;
        let one = |utf8: &Utf8Char| signs |= u32::from_le_bytes(*utf8).wrapping_sub(1 << 24);
        let n = out.store_chars(starts.map(utf8).inspect(one));
        if signs >> 31 == 0 {
            out.keep(n);
            let is_cut = leads & !trails & 1 << (BLOCK - 1) != 0;
            return BLOCK + usize::from(is_cut);
        }
        // Those before the first that is none were stored where they belong.
        let mut n = 0;
        for at in starts {
            match utf8(at)[3] {
                0 => {
                    out.keep(n);
                    return at;
                }
                len => n += usize::from(len),
            }
        }
        0
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

/// Repr bytes are the second ones, where each byte of `leads` may be a first one: in a run of
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
