//! [`Tail`]: what the writer of a block does without touching memory itself.

use std::fmt;
use std::ops::RangeBounds;

pub use super::memory::Tail;
use super::view::{Chunk, within};

impl Tail {
    /// The part `range` of the frozen bytes as a chunk. Shares the memory.
    ///
    /// # Panics
    ///
    /// If the range is not inside the frozen bytes.
    pub fn chunk(&self, range: impl RangeBounds<usize>) -> Chunk {
        Chunk(self.view(within(range, self.frozen().len())))
    }

    /// Copies as much of `bytes` as there is room for behind what is frozen, freezes it, and
    /// returns how many bytes that were.
    #[inline]
    pub fn append(&mut self, bytes: &[u8]) -> usize {
        let spare = self.spare_mut();
        let n = bytes.len().min(spare.len());
        spare[..n].copy_from_slice(&bytes[..n]);
        self.commit(n);
        n
    }
}

impl fmt::Debug for Tail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tail")
            .field("filled", &self.frozen().len())
            .field("capacity", &self.capacity())
            .finish()
    }
}
