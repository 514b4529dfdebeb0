//! [`ByteTable`]: the characters of the 256 bytes, in a single-byte encoding.

use super::{Utf8Buffer, Utf8Char, WINDOW, short_len};
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

/// How many bytes of a block may not be ASCII that is copied in stretches. More of them are
/// faster by the byte.
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

    /// Appends the characters of `bytes` up to the first that is none; how many.
    pub(super) fn decode(&self, bytes: &[u8], text: &mut String) -> usize {
        if self.are_two {
            self.run::<2>(bytes, text)
        } else {
            self.run::<0>(bytes, text)
        }
    }

    /// The same; `LEN` is how long what is not ASCII is if that is known, else 0.
    fn run<const LEN: usize>(&self, bytes: &[u8], text: &mut String) -> usize {
        text.reserve(bytes.len() + bytes.len() / 4);
        let (mut buffer, mut len, mut read) = (Utf8Buffer::new(), 0, 0);
        loop {
            len = buffer.room(len, text);
            let rest = &bytes[read..];
            let window = rest.first_chunk::<WINDOW>();
            let sparse = |window| self.sparse::<LEN>(window, &mut buffer, len);
            if let Some(put) = window.and_then(sparse) {
                len = put;
                read += BLOCK;
                continue;
            }
            let n;
            (len, n) = match rest.first_chunk::<BLOCK>() {
                Some(block) => self.put(block, &mut buffer, len),
                None => self.put(rest, &mut buffer, len),
            };
            read += n;
            if n < BLOCK {
                buffer.flush(len, text);
                return read;
            }
        }
    }

    /// Adds the characters of a block, if most of it is ASCII; the new length.
    #[inline(always)] // benches/decode.rs, row 2d
    fn sparse<const LEN: usize>(
        &self,
        window: &[u8; WINDOW],
        buffer: &mut Utf8Buffer,
        len: usize,
    ) -> Option<usize> {
        let block = window.first_chunk().filter(|_| self.reads_ascii)?;
        let high = not_ascii(block);
        if high == 0 {
            return Some(buffer.put(len, block));
        }
        if high.count_ones() > SPARSE {
            return None;
        }
        let mut is_bad = false;
        let put = buffer.put_sparse::<LEN>(len, window, high, BLOCK, |at| {
            let utf8 = self.chars[usize::from(window[at])];
            is_bad |= LEN == 0 && utf8[3] == 0;
            (utf8, 1)
        });
        (!is_bad).then_some(put)
    }

    /// Adds the characters of a few bytes, up to the first that is none, to what is in `buffer`;
    /// the new length, and how many.
    #[inline(always)] // benches/decode.rs, row 2d
    fn put(&self, bytes: &[u8], buffer: &mut Utf8Buffer, len: usize) -> (usize, usize) {
        let mut read = 0;
        let chars = bytes.iter().map(|&byte| self.chars[usize::from(byte)]);
        let chars = chars.take_while(|utf8| utf8[3] > 0).inspect(|_| read += 1);
        let len = buffer.put_chars(len, chars);
        (len, read)
    }
}
