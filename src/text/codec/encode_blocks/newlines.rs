//! [`BlockNewlines`]: newlines in text that is encoded in blocks.

use super::super::family::Code;
use super::{BLOCK, BlockEncoder, BlockProgress, MOST, ROOM, put_ascii};
use crate::scan::mask64;

/// What newlines become. Each way has loops of its own: those of the other one need not look for any.
pub(super) trait BlockNewlines: Copy {
    /// Where in a block they are that are not written as other characters are.
    fn places(block: &[u8; BLOCK]) -> u64;

    /// Encodes blocks of ASCII as long as they fit.
    fn encode_ascii<const W: usize>(
        self,
        encoder: &impl BlockEncoder<W>,
        text: &[u8],
        room: &mut [u8],
    ) -> BlockProgress;

    /// Stores the code of the character that begins with this byte after what was encoded, if that is such
    /// a newline.
    fn put(self, byte: u8, place: &mut [u8; ROOM], done: BlockProgress) -> Option<BlockProgress>;
}

/// Characters as others are.
#[derive(Clone, Copy)]
pub(super) struct AsTheyAre;

impl BlockNewlines for AsTheyAre {
    #[inline]
    fn places(_: &[u8; BLOCK]) -> u64 {
        0
    }

    #[inline(always)] // benches/encode.rs, row 10a
    fn encode_ascii<const W: usize>(
        self,
        encoder: &impl BlockEncoder<W>,
        text: &[u8],
        room: &mut [u8],
    ) -> BlockProgress {
        let mut read = 0;
        let places = room.chunks_exact_mut(BLOCK * W);
        for (block, place) in text.as_chunks::<BLOCK>().0.iter().zip(places) {
            if !block.is_ascii() {
                break;
            }
            put_ascii(encoder, block, place);
            read += BLOCK;
        }
        BlockProgress::new(read, read * W)
    }

    #[inline]
    fn put(self, _: u8, _: &mut [u8; ROOM], _: BlockProgress) -> Option<BlockProgress> {
        None
    }
}

/// One character or two, both ASCII, which every encoding has that is made of blocks.
#[derive(Clone, Copy)]
pub(super) struct NewlineCode {
    bytes: [u8; NewlineCode::LONGEST],
    len: usize,
}

impl NewlineCode {
    /// Two characters of four bytes.
    const LONGEST: usize = 8;

    pub(super) fn new<const W: usize>(encoder: &impl BlockEncoder<W>, text: &str) -> NewlineCode {
        let mut code = NewlineCode {
            bytes: [0; NewlineCode::LONGEST],
            len: 0,
        };
        for byte in text.bytes() {
            let (bytes, len) = encoder.short(byte.into());
            code.bytes[code.len..][..len].copy_from_slice(&bytes.to_le_bytes()[..len]);
            code.len += len;
        }
        code
    }

    pub(super) fn code(self) -> Code {
        let mut code = Code::NONE;
        for &byte in &self.bytes[..self.len] {
            code.push(&[byte]);
        }
        code
    }
}

impl BlockNewlines for NewlineCode {
    #[inline(always)] // benches/encode.rs, row 10i
    fn places(block: &[u8; BLOCK]) -> u64 {
        mask64(block, b'\n')
    }

    /// A newline ends a block, and the next begins after it. Without a branch for that, as where lines end is
    /// hard to predict: after a block without one its code is stored, too, and the next block over it.
    #[inline(always)] // benches/encode.rs, row 10i
    fn encode_ascii<const W: usize>(
        self,
        encoder: &impl BlockEncoder<W>,
        text: &[u8],
        room: &mut [u8],
    ) -> BlockProgress {
        let mut done = BlockProgress::new(0, 0);
        while let Some(block) = text[done.read..].first_chunk::<BLOCK>()
            && let Some(place) = room[done.written..].get_mut(..BLOCK * W + NewlineCode::LONGEST)
            && block.is_ascii()
        {
            let newlines = NewlineCode::places(block);
            let (before, found) = (newlines.trailing_zeros() as usize, newlines != 0);
            put_ascii(encoder, block, place);
            place[before * W..][..NewlineCode::LONGEST].copy_from_slice(&self.bytes);
            done.read += before + usize::from(found);
            done.written += before * W + if found { self.len } else { 0 };
        }
        done
    }

    #[inline(always)] // benches/encode.rs, row 10i
    fn put(self, byte: u8, place: &mut [u8; ROOM], done: BlockProgress) -> Option<BlockProgress> {
        if byte != b'\n' {
            return None;
        }
        let to = done.written % MOST;
        place[to..to + NewlineCode::LONGEST].copy_from_slice(&self.bytes);
        Some(BlockProgress::new(done.read + 1, done.written + self.len))
    }
}
