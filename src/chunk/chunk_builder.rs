//! [`ChunkBuilder`]: its safe methods. Those that touch memory are in `memory`, with the unsafe code.

use std::fmt;
use std::ops::RangeBounds;

pub use super::memory::ChunkBuilder;
use super::view::{Chunk, within};

impl ChunkBuilder {
    /// The part `range` of the filled bytes as a chunk. Shares the memory.
    ///
    /// # Panics
    ///
    /// If the range is not inside the filled bytes.
    #[inline]
    pub fn chunk(&self, range: impl RangeBounds<usize>) -> Chunk {
        Chunk(self.view(within(range, self.filled().len())))
    }

    /// Like [`chunk`](ChunkBuilder::chunk), but pays for the reference counts in advance: one
    /// atomic operation takes up to 256 references, and the unused ones are returned on drop. Use
    /// it to cut many small chunks from a block.
    ///
    /// # Panics
    ///
    /// If the range is not inside the filled bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut builder = iolite::Pool::default().acquire(64);
    /// builder.append(b"key=value");
    /// let (key, value) = (builder.prepaid_chunk(..3), builder.prepaid_chunk(4..));
    /// assert_eq!((key, value), ("key".into(), "value".into()));
    /// assert!(builder.is_unique());                  // a prepaid reference is no view
    /// ```
    #[inline]
    pub fn prepaid_chunk(&mut self, range: impl RangeBounds<usize>) -> Chunk {
        Chunk(self.view_prepaid(within(range, self.filled().len())))
    }

    /// The filled bytes as a chunk, when nothing more is to be written. Shares the memory; the
    /// whole block is kept with it.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::Pool;
    ///
    /// let mut builder = Pool::default().acquire(64);
    /// builder.append(b"done");
    /// assert_eq!(builder.freeze(), b"done");
    /// ```
    pub fn freeze(self) -> Chunk {
        Chunk(self.into_view())
    }

    /// Copies as much of `bytes` as there is room for after what is filled, and returns how many
    /// bytes that were: fewer than all where the block is full. (`append` of a
    /// [`Chain`](crate::Chain) always takes all; of a [`Pipe`](crate::Pipe), all or nothing.)
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::Pool;
    ///
    /// let mut builder = Pool::new().acquire(16);
    /// builder.spare_mut()[..5].copy_from_slice(b"hello");
    /// builder.commit(5);
    /// let hello = builder.chunk(0..5);
    /// builder.append(b" world");            // `hello` still lives: the writer goes on after it
    /// assert_eq!(hello, b"hello");
    /// assert_eq!(builder.filled(), b"hello world");
    /// ```
    #[inline]
    pub fn append(&mut self, bytes: &[u8]) -> usize {
        let n = bytes.len().min(self.room());
        let took_all = self.append_all(&bytes[..n]);
        debug_assert!(took_all, "there is room for so many");
        n
    }
}

impl fmt::Debug for ChunkBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChunkBuilder")
            .field("filled", &self.filled().len())
            .field("capacity", &self.capacity())
            .finish()
    }
}
