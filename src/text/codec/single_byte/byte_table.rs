//! [`ByteTable`]: the characters of the 256 bytes, in a single-byte encoding.

use super::{DecodedPart, Utf8Char, Utf8Room, WINDOW, short_len};
use crate::scan::{GROUP as BLOCK, not_ascii};

/// Each byte's character.
#[derive(Clone, Debug)]
pub(super) struct ByteTable {
    chars: [Utf8Char; 256],
    /// ASCII is read as it is.
    reads_ascii: bool,
    /// All other bytes are characters of two bytes.
    are_two: bool,
}

/// Up to this many bytes of 64 that are not ASCII, the ASCII between them is copied in stretches.
/// With more of them the stretches are so short that looking up every byte is faster.
const SPARSE: u32 = 16;

impl ByteTable {
    /// Each byte is the character of that number.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "there are 256 bytes, and characters of two at most"
    )]
    pub(super) const LATIN_1: ByteTable = {
        let mut table = ByteTable {
            chars: [[0; 4]; 256],
            reads_ascii: true,
            are_two: true,
        };
        let mut byte = 0;
        while byte < 256 {
            let utf8 = &mut table.chars[byte];
            utf8[3] = (byte as u8 as char).encode_utf8(utf8).len() as u8;
            byte += 1;
        }
        table
    };

    /// The table of 256 characters; U+FFFF stands for none.
    pub(super) fn new(units: impl Iterator<Item = u16>) -> ByteTable {
        let mut chars = [[0; 4]; 256];
        for (utf8, unit) in chars.iter_mut().zip(units) {
            if let Some(ch) = char::from_u32(unit.into()).filter(|&ch| ch != '\u{ffff}') {
                // No character of the first 65536 is longer than three bytes.
                utf8[3] = short_len(ch.encode_utf8(utf8));
            }
        }
        let ascii = (0..0x80_u8).zip(&chars);
        let reads_ascii = ascii.into_iter().all(|(n, &utf8)| utf8 == [n, 0, 0, 1]);
        ByteTable {
            chars,
            reads_ascii,
            are_two: chars[0x80..].iter().all(|utf8| utf8[3] == 2),
        }
    }

    /// Whether bytes that are ASCII are text as they are.
    pub(super) fn reads_ascii(&self) -> bool {
        self.reads_ascii
    }

    /// Decodes the characters of `bytes` up to the first that is none, as far as they fit.
    pub(super) fn decode(&self, bytes: &[u8], room: &mut [u8]) -> DecodedPart {
        if self.are_two {
            self.run::<2>(bytes, room)
        } else {
            self.run::<0>(bytes, room)
        }
    }

    /// The same; `LEN` is how long what is not ASCII is if that is known, else 0.
    fn run<const LEN: usize>(&self, bytes: &[u8], room: &mut [u8]) -> DecodedPart {
        let (mut out, mut read) = (Utf8Room::new(room), 0);
        while !out.is_full() {
            let rest = &bytes[read..];
            if let Some(window) = rest.first_chunk::<WINDOW>()
                && self.sparse::<LEN>(window, &mut out)
            {
                read += BLOCK;
                continue;
            }
            let n = match rest.first_chunk::<BLOCK>() {
                Some(block) => self.put(block, &mut out),
                None => self.put(rest, &mut out),
            };
            read += n;
            if n < BLOCK {
                break;
            }
        }
        out.decoded(read)
    }

    /// Adds the characters of a block, if most of it is ASCII and all are there; whether it did.
    #[inline(always)] // benches/decode.rs, row 2d
    fn sparse<const LEN: usize>(&self, window: &[u8; WINDOW], out: &mut Utf8Room<'_>) -> bool {
        let Some(block) = window.first_chunk().filter(|_| self.reads_ascii) else {
            return false;
        };
        let high = not_ascii(block);
        if high == 0 {
            out.put(block);
            return true;
        }
        // Runs of ASCII would be too short to be worth their copies.
        if high.count_ones() > SPARSE {
            return false;
        }
        let mut is_bad = false;
        let n = out.store_sparse::<LEN>(window, high, BLOCK, |at| {
            let utf8 = self.chars[usize::from(window[at])];
            // Noted and not branched on: a byte without a character is rare, and then `put` stops
            // at it.
            is_bad |= LEN == 0 && utf8[3] == 0;
            (utf8, 1)
        });
        if !is_bad {
            out.keep(n);
        }
        !is_bad
    }

    /// Adds the characters of a few bytes, up to the first that is none; how many.
    #[inline(always)] // benches/decode.rs, row 2d
    fn put(&self, bytes: &[u8], out: &mut Utf8Room<'_>) -> usize {
        let mut read = 0;
        let chars = bytes.iter().map(|&byte| self.chars[usize::from(byte)]);
        let chars = chars.take_while(|utf8| utf8[3] > 0).inspect(|_| read += 1);
        out.put_chars(chars);
        read
    }
}
