//! [`InputBuffer`], the first stage of reading: bytes that were read and are not decoded yet.
//!
//! ```text
//!   stream:   ... decoded | carried bytes | chunk ............ | not read yet
//!                         ^ offset                             ^ end: where the buffer stands
//!   stitch:                 carried bytes, first ones of chunk |
//! ```
//!
//! The carried bytes are the start of a character whose rest is in the chunk. The stitch shows them
//! in one piece with the chunk's first bytes, so a character that straddles two chunks is decoded
//! without a copy of either. A sequence that is too long for the stitch stays in the chunk, to which
//! the next one is then appended.
//!
//! Invariants: `carried <= stitched <= STITCH`; where something is carried, `stitch[carried..stitched]`
//! are the chunk's first bytes, as many as fit.

use crate::buffered::BufferedIo;
use crate::chunk::Chunk;
use crate::error::Result;

/// Twice the longest sequence of any encoding of the crate's, which is an escape sequence.
const STITCH: usize = 32;

/// How many bytes the buffer is asked for at a time. Text is checked this much at once: more
/// would leave the cache before the lines are looked at.
pub(super) const CHUNK: usize = 64 * 1024;

#[derive(Clone)]
pub(super) struct InputBuffer {
    stitch: [u8; STITCH],
    /// How many bytes of `stitch` are carried: not in the chunk any more.
    carried: usize,
    /// How many bytes of `stitch` are set.
    stitched: usize,
    chunk: Chunk,
    /// The stream's byte offset of the first byte here.
    pub(super) offset: u64,
}

impl InputBuffer {
    pub(super) fn new(offset: u64) -> InputBuffer {
        InputBuffer {
            stitch: [0; STITCH],
            carried: 0,
            stitched: 0,
            chunk: Chunk::new(),
            offset,
        }
    }

    /// The stream's byte offset after everything that was read.
    pub(super) fn end(&self) -> u64 {
        self.offset + (self.carried + self.chunk.len()) as u64
    }

    pub(super) fn is_empty(&self) -> bool {
        self.carried == 0 && self.chunk.is_empty()
    }

    /// A copy of everything that is here.
    pub(super) fn to_vec(&self) -> Vec<u8> {
        [&self.stitch[..self.carried], &self.chunk].concat()
    }

    /// The chunk, if nothing is carried in front of it.
    pub(super) fn whole(&self) -> Option<&Chunk> {
        (self.carried == 0).then_some(&self.chunk)
    }

    /// As many bytes as can be shown in one piece.
    pub(super) fn front(&self) -> &[u8] {
        match self.carried {
            0 => &self.chunk,
            _ => &self.stitch[..self.stitched],
        }
    }

    /// The first `n` bytes, which can be shown in one piece; a chunk's without a copy.
    pub(super) fn first(&self, n: usize) -> Chunk {
        match self.whole() {
            Some(chunk) => chunk.slice(..n),
            None => Chunk::copy_from_slice(&self.front()[..n]),
        }
    }

    /// Reads the next chunk; `false` at the end of the stream. After an error everything is as it
    /// was.
    pub(super) fn read(&mut self, buffer: &mut impl BufferedIo) -> Result<bool> {
        if self.chunk.is_empty() {
            // The buffer fills its block again only where nobody else has a share in it.
            self.chunk = Chunk::new();
        }
        let chunk = buffer.read_chunk(CHUNK)?;
        let has_more = !chunk.is_empty();
        self.chunk = if self.chunk.is_empty() {
            chunk
        } else {
            Chunk::from([&*self.chunk, &*chunk].concat())
        };
        self.stitch_on();
        Ok(has_more)
    }

    /// Puts carried bytes and chunk together, if not all of it could be shown in one piece.
    pub(super) fn unite(&mut self) -> bool {
        let is_hidden = self.carried + self.chunk.len() > self.front().len();
        if is_hidden {
            self.chunk = Chunk::from(self.to_vec());
            self.carried = 0;
        }
        is_hidden
    }

    /// Fills what is free after the carried bytes with the chunk's first ones.
    fn stitch_on(&mut self) {
        if self.carried > 0 {
            let n = self.chunk.len().min(STITCH - self.carried);
            self.stitched = self.carried + n;
            self.stitch[self.carried..self.stitched].copy_from_slice(&self.chunk[..n]);
        }
    }

    pub(super) fn consume(&mut self, n: usize) {
        self.offset += n as u64;
        let carried = n.min(self.carried);
        self.stitch.copy_within(carried..self.carried, 0);
        self.carried -= carried;
        self.chunk.advance(n - carried);
        self.stitch_on();
    }

    /// Carries everything that is left, which is the start of a character; a long one stays in the
    /// chunk.
    pub(super) fn carry(&mut self) {
        let n = self.chunk.len();
        if self.carried + n > STITCH {
            return;
        }
        self.stitch[self.carried..self.carried + n].copy_from_slice(&self.chunk);
        self.carried += n;
        self.stitched = self.carried;
        self.chunk = Chunk::new();
    }

    /// The bytes from a place of the stream on; `None`: they are not here.
    pub(super) fn since(mut self, offset: u64) -> Option<InputBuffer> {
        let n = usize::try_from(offset.checked_sub(self.offset)?).ok()?;
        if offset > self.end() {
            return None;
        }
        self.consume(n);
        Some(self)
    }

    /// The same bytes in memory that the buffer has no use for.
    pub(super) fn detached(mut self) -> InputBuffer {
        self.chunk = Chunk::copy_from_slice(&self.chunk);
        self
    }
}
