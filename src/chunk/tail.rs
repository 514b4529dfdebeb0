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
    #[inline]
    pub fn chunk(&self, range: impl RangeBounds<usize>) -> Chunk {
        Chunk(self.view(within(range, self.frozen().len())))
    }

    /// [`chunk`](Tail::chunk), cheaper for who makes many: the tail counts a few hundred
    /// references at once, and makes the next chunks without a locked operation. What it has
    /// left over it gives back when it is dropped.
    ///
    /// # Panics
    ///
    /// If the range is not inside the frozen bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut tail = iolite::Pool::default().acquire(64);
    /// tail.append(b"key=value");
    /// let (key, value) = (tail.share(..3), tail.share(4..));
    /// assert_eq!((key, value), ("key".into(), "value".into()));
    /// assert!(tail.is_unique());                  // what is in reserve is no view
    /// ```
    #[inline]
    pub fn share(&mut self, range: impl RangeBounds<usize>) -> Chunk {
        Chunk(self.view_in_reserve(within(range, self.frozen().len())))
    }

    /// The frozen bytes as a chunk, when nothing more is to be written. Shares the memory; the
    /// whole block is kept with it.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::Pool;
    ///
    /// let mut tail = Pool::default().acquire(64);
    /// tail.append(b"done");
    /// assert_eq!(tail.freeze(), b"done");
    /// ```
    pub fn freeze(self) -> Chunk {
        Chunk(self.into_view())
    }

    /// Copies as much of `bytes` as there is room for behind what is frozen, freezes it, and
    /// returns how many bytes that were: fewer than all where the block is full. (`append` of a
    /// [`Chain`](crate::Chain) always takes all; of a [`Pipe`](crate::Pipe), all or nothing.)
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::Pool;
    ///
    /// let mut tail = Pool::new().acquire(16);
    /// tail.spare_mut()[..5].copy_from_slice(b"hello");
    /// tail.commit(5);
    /// let hello = tail.chunk(0..5);
    /// tail.append(b" world");            // `hello` still lives: the writer goes on behind it
    /// assert_eq!(hello, b"hello");
    /// assert_eq!(tail.frozen(), b"hello world");
    /// ```
    #[inline]
    pub fn append(&mut self, bytes: &[u8]) -> usize {
        let n = bytes.len().min(self.room());
        let took_all = self.append_all(&bytes[..n]);
        debug_assert!(took_all, "there is room for so many");
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
