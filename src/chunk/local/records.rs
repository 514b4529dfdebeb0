//! [`Records`]: a local chunk that is cut where its records end.

use std::ops::Range;

use super::LocalChunk;
use crate::chunk::pipe::Edge;
use crate::scan::{LineEnds, Pattern};

/// Takes records off the front of a chunk.
pub(super) struct Records<'a> {
    /// Begins where the last record ended.
    rest: &'a mut LocalChunk,
    /// The ends in its memory; one is taken as its record is taken.
    index: LineEnds,
    edge: Edge,
}

impl Records<'_> {
    pub(super) fn new(rest: &mut LocalChunk, byte: u8, edge: Edge) -> Records<'_> {
        let index = LineEnds::new(Pattern::Byte(byte));
        Records { rest, index, edge }
    }
}

impl Iterator for Records<'_> {
    type Item = LocalChunk;

    #[inline]
    fn next(&mut self) -> Option<LocalChunk> {
        let Range { start, end } = self.rest.at;
        let end = match self.index.peek() {
            Some(end) => end,
            // The index alone is lent, so that all else stays in registers from call to call.
            None => self
                .index
                .find_slow(&self.rest.memory.as_deref()?[..end], start)?,
        };
        self.index.advance();
        self.rest.at.start = end + 1;
        let shown = match self.edge {
            Edge::Keep => start..end + 1,
            Edge::Strip => start..end,
        };
        Some(self.rest.part(shown))
    }
}
