//! [`PushedBytes`]: what a decoder was given, from the first byte on whose text was not taken.
//!
//! ```text
//!   stream:   ... taken | decoded, or looked at | not yet decoded |  to come
//!             ^ base    ^ the pipe's position   ^ shown           ^ its end
//! ```
//!
//! Bytes stay until their text was taken, so a decoder can be asked for its state, and can decode
//! them again with other options. They are shared with the text where that is UTF-8. Of what was
//! shown no more than [`KEEP`] is kept: a line may be long, and bytes that are ignored are of no
//! text at all.

use super::input::ChunkSource;
use crate::chunk::{Chunk, Pipe, PipeError};
use crate::error::{Error, Result};

/// How many bytes that were shown are kept, at most: more than any line that people write has.
const KEEP: usize = 1 << 20;

pub(super) struct PushedBytes {
    pipe: Pipe,
    /// Where the pipe's positions begin to count, in bytes from the start of the stream.
    base: u64,
    /// The pipe's position up to which bytes were given to be decoded.
    shown: u64,
}

impl PushedBytes {
    /// Nothing yet of a stream from `offset` on.
    pub(super) fn new(offset: u64) -> PushedBytes {
        PushedBytes {
            pipe: Pipe::new(),
            base: offset,
            shown: 0,
        }
    }

    /// Whether the bytes from an offset in the stream on are here.
    pub(super) fn has(&self, offset: u64) -> bool {
        offset >= self.base + self.pipe.position()
    }

    /// Those bytes, which are here.
    pub(super) fn rest(&self, offset: u64) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.pipe.len());
        self.pipe
            .views()
            .for_each(|view| bytes.extend_from_slice(view));
        bytes.drain(..self.before(offset));
        bytes
    }

    /// Gives those bytes, which are here, to be decoded again.
    pub(super) fn show_again(&mut self, offset: u64) {
        self.shown = offset - self.base;
    }

    /// Drops what comes before an offset in the stream, and what is too much to be kept.
    pub(super) fn release(&mut self, offset: u64) {
        self.pipe.consume(self.before(offset));
        let kept = self.before(self.base + self.shown);
        if kept > KEEP {
            self.pipe.consume(kept);
        }
    }

    /// How many of the bytes here come before an offset in the stream.
    fn before(&self, offset: u64) -> usize {
        let before = offset.saturating_sub(self.base + self.pipe.position());
        usize::try_from(before).map_or(self.pipe.len(), |before| before.min(self.pipe.len()))
    }

    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<(), PipeError> {
        self.pipe.append(bytes).map(drop)
    }

    pub(super) fn push(&mut self, bytes: Chunk) -> Result<(), PipeError> {
        self.pipe.push(bytes)?;
        Ok(())
    }

    pub(super) fn spare_mut(&mut self, hint: usize) -> Result<&mut [u8], PipeError> {
        self.pipe.spare_mut(hint)
    }

    pub(super) fn commit(&mut self, n: usize) -> Result<(), PipeError> {
        self.pipe.commit(n).map(drop)
    }

    /// No more will come.
    pub(super) fn close(&mut self) {
        self.pipe.close(None);
    }

    pub(super) fn is_closed(&self) -> bool {
        self.pipe.is_closed()
    }
}

impl ChunkSource for PushedBytes {
    fn read_chunk(&mut self, max: usize) -> Result<Chunk> {
        let chunk = self.pipe.chunk_from(self.shown, max);
        if chunk.is_empty() && !self.is_closed() {
            return Err(Error::WouldBlock { written: 0 });
        }
        self.shown += chunk.len() as u64;
        Ok(chunk)
    }
}
