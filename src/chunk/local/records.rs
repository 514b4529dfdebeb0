//! [`Records`]: a local chunk that is cut where its records end.

use std::ops::Range;

use super::LocalChunk;
use crate::chunk::index::{ByteIndex, Marked};
use crate::chunk::pipe::Terminator;

/// Takes records off the front of a chunk.
pub(super) struct Records<'a> {
    /// Begins where the last record ended.
    rest: &'a mut LocalChunk,
    /// The ends in its memory; one is passed as its record is taken.
    index: ByteIndex,
    terminator: Terminator,
}

impl Records<'_> {
    pub(super) fn new(rest: &mut LocalChunk, byte: u8, terminator: Terminator) -> Records<'_> {
        let index = ByteIndex::new(Marked::Byte(byte));
        Records {
            rest,
            index,
            terminator,
        }
    }
}

impl Iterator for Records<'_> {
    type Item = LocalChunk;

    #[inline]
    fn next(&mut self) -> Option<LocalChunk> {
        let Range { start, end } = self.rest.at;
        let end = match self.index.near() {
            Some(end) => end,
            // The index alone is lent, so that all else stays in registers from call to call.
            None => self
                .index
                .look(&self.rest.memory.as_deref()?[..end], start)?,
        };
        self.index.pass();
        self.rest.at.start = end + 1;
        let shown = match self.terminator {
            Terminator::Keep => start..end + 1,
            Terminator::Strip => start..end,
        };
        Some(self.rest.part(shown))
    }
}
