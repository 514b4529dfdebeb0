//! [`Records`]: a local chunk that is cut where its records end.

use super::LocalChunk;
use crate::chunk::index::{ByteIndex, Marked};
use crate::chunk::pipe::Edge;

/// Takes records off the front of a chunk.
pub(super) struct Records<'a> {
    /// Begins where the last record ended.
    rest: &'a mut LocalChunk,
    /// The ends in its memory; one is passed as its record is taken.
    index: ByteIndex,
    edge: Edge,
}

impl Records<'_> {
    pub(super) fn new(rest: &mut LocalChunk, byte: u8, edge: Edge) -> Records<'_> {
        let index = ByteIndex::new(Marked::Byte(byte));
        Records { rest, index, edge }
    }

    /// Where the next record's separator is, if that is not known yet.
    #[inline(never)]
    fn look(&mut self) -> Option<usize> {
        let memory = self.rest.memory.as_deref()?;
        self.index
            .look(&memory[..self.rest.at.end], self.rest.at.start)
    }
}

impl Iterator for Records<'_> {
    type Item = LocalChunk;

    #[inline]
    fn next(&mut self) -> Option<LocalChunk> {
        let end = match self.index.near() {
            Some(end) => end,
            None => self.look()?,
        };
        self.index.pass();
        let start = std::mem::replace(&mut self.rest.at.start, end + 1);
        let shown = match self.edge {
            Edge::Keep => start..end + 1,
            Edge::Strip => start..end,
        };
        Some(self.rest.part(shown))
    }
}
