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
//! without a copy of either. A sequence that is too long for the stitch stays in the chunk, to
//! which the next one is then appended.
//!
//! Invariants: `carried <= stitched <= STITCH`; where something is carried,
//! `stitch[carried..stitched]` are the chunk's first bytes, as many as fit.

use memchr::memchr;

use crate::buffered::BufferedIo;
use crate::chunk::Chunk;
use crate::error::Result;

/// Twice the longest sequence of any built-in encoding, which is an escape sequence: carried bytes
/// and the bytes after them always show the whole of it.
const STITCH: usize = 32;

/// How many bytes the buffer is asked for at a time. Text is checked this much at once: more
/// would leave the cache before the lines are looked at.
pub(super) const CHUNK: usize = 64 * 1024;

/// How many the first time after a seek, and then twice as many each time: who goes from place to
/// place takes a line at each, and a whole chunk for it would cost a hundred times that.
const FIRST: usize = 1024;

/// How many bytes a line is taken to have at most where only one is wanted.
const LINE: usize = 256;

/// Where bytes come from: a buffered stream, or what was pushed.
pub(in crate::text) trait ChunkSource {
    /// At most `max` bytes; an empty chunk is the end. See [`BufferedIo::read_chunk`].
    fn read_chunk(&mut self, max: usize) -> Result<Chunk>;
}

impl<B: BufferedIo> ChunkSource for B {
    fn read_chunk(&mut self, max: usize) -> Result<Chunk> {
        BufferedIo::read_chunk(self, max)
    }
}

#[derive(Clone)]
pub(super) struct InputBuffer {
    stitch: [u8; STITCH],
    /// How many bytes of `stitch` are carried: not in the chunk any more.
    carried: usize,
    /// How many bytes of `stitch` are set.
    stitched: usize,
    chunk: Chunk,
    /// How many bytes to ask for next.
    next: usize,
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
            next: CHUNK,
            offset,
        }
    }

    /// The same where only a little may be wanted.
    pub(super) fn after_seek(offset: u64) -> InputBuffer {
        InputBuffer {
            next: FIRST,
            ..InputBuffer::new(offset)
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

    /// How many of those the first line takes, as far as that can be told without decoding: up to and
    /// with the first byte that is a line feed in most encodings. Any number is right, since text may
    /// be cut anywhere; this one leaves nothing to be put together.
    pub(super) fn first_line(&self) -> usize {
        let front = self.front();
        // Of a little, nothing would be saved.
        let Some(line) = front.get(..LINE) else {
            return front.len();
        };
        let Some(at) = memchr(b'\n', line) else {
            return LINE;
        };
        // The other bytes of a wide one, the lowest first.
        let zeros = front[at + 1..].iter().take(3);
        at + 1 + zeros.take_while(|&&byte| byte == 0).count()
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
    pub(super) fn read(&mut self, buffer: &mut impl ChunkSource) -> Result<bool> {
        if self.chunk.is_empty() {
            // The buffer reuses its block only if no chunk of it is left.
            self.chunk = Chunk::new();
        }
        let chunk = buffer.read_chunk(self.next)?;
        let has_more = !chunk.is_empty();
        self.next = CHUNK.min(2 * self.next);
        self.chunk = if self.chunk.is_empty() {
            chunk
        } else {
            // A sequence too long to be carried, as an escape of a custom codec: rare enough for a
            // copy.
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
