//! [`ByteTable`]: the characters of the 256 bytes, in a single-byte encoding.

use super::piece::{Piece, Utf8};

/// Each byte's character.
#[derive(Clone, Debug)]
pub(super) struct ByteTable {
    chars: [Utf8; 256],
    /// ASCII is read as it is.
    reads_ascii: bool,
}

/// How many bytes are looked at together: where all of them are ASCII, they are text at once.
const RUN: usize = 16;

impl ByteTable {
    /// Each byte is the character of that number.
    pub(super) const LATIN_1: ByteTable = {
        let mut table = ByteTable {
            chars: [[0; 4]; 256],
            reads_ascii: true,
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
                utf8[3] = ch.encode_utf8(utf8).len() as u8;
            }
        }
        let ascii = (0..0x80_u8).zip(&chars);
        let reads_ascii = ascii.into_iter().all(|(n, &utf8)| utf8 == [n, 0, 0, 1]);
        ByteTable { chars, reads_ascii }
    }

    /// Whether bytes that are ASCII are text as they are.
    pub(super) fn reads_ascii(&self) -> bool {
        self.reads_ascii
    }

    /// Appends the characters of `bytes` up to the first that is none; how many.
    pub(super) fn decode(&self, bytes: &[u8], text: &mut String) -> usize {
        text.reserve(bytes.len() + bytes.len() / 4);
        let (mut piece, mut len, mut read) = (Piece::new(), 0, 0);
        let (runs, rest) = bytes.as_chunks::<RUN>();
        for run in runs {
            len = piece.room(len, text);
            if self.reads_ascii && is_ascii(run) {
                len = piece.put(len, run);
                read += RUN;
                continue;
            }
            let n;
            (len, n) = self.put(run, &mut piece, len);
            read += n;
            if n < RUN {
                piece.flush(len, text);
                return read;
            }
        }
        len = piece.room(len, text);
        let (len, n) = self.put(rest, &mut piece, len);
        piece.flush(len, text);
        read + n
    }

    /// Adds the characters of a few bytes, up to the first that is none, to what is in `piece`;
    /// the new length, and how many.
    #[inline(always)]
    fn put(&self, bytes: &[u8], piece: &mut Piece, len: usize) -> (usize, usize) {
        let mut read = 0;
        let chars = bytes.iter().map(|&byte| self.chars[usize::from(byte)]);
        let chars = chars.take_while(|utf8| utf8[3] > 0).inspect(|_| read += 1);
        let len = piece.put_chars(len, chars);
        (len, read)
    }
}

/// What `run.is_ascii()` says, without a loop.
#[inline(always)]
fn is_ascii(run: &[u8; RUN]) -> bool {
    const HIGH: u128 = u128::from_ne_bytes([0x80; RUN]);
    u128::from_ne_bytes(*run) & HIGH == 0
}
