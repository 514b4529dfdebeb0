//! Links to the crate `bytes`: [`Bytes`] both ways, and [`Buf`]. (`BufMut` is in `buf_mut`.)

use std::io::IoSlice;

use bytes::{Buf, Bytes};

use super::chain::Chain;
use super::pipe::{Pipe, Progress};
use super::view::Chunk;

impl From<Chunk> for Bytes {
    /// Shares the memory: copies no byte; allocates a small header unless the chunk is empty.
    ///
    /// # Examples
    ///
    /// ```
    /// use bytes::Bytes;
    /// use iolite::Chunk;
    ///
    /// let chunk = Chunk::from(vec![1, 2, 3]);
    /// let address = chunk.as_ptr();
    /// let bytes = Bytes::from(chunk);
    /// assert_eq!((&bytes[..], bytes.as_ptr()), (&[1, 2, 3][..], address));
    /// ```
    fn from(chunk: Chunk) -> Bytes {
        if chunk.is_empty() {
            return Bytes::new();
        }
        Bytes::from_owner(chunk)
    }
}

impl From<Bytes> for Chunk {
    /// Shares the memory: copies no byte; allocates a small header unless there are no bytes.
    ///
    /// `Bytes` does not say what it was made of: a chunk that went there and back is wrapped
    /// twice, though its bytes stay where they are.
    fn from(bytes: Bytes) -> Chunk {
        if bytes.is_empty() {
            return Chunk::new();
        }
        Chunk::from_owner(bytes)
    }
}

impl Buf for Chunk {
    fn remaining(&self) -> usize {
        self.len()
    }

    fn chunk(&self) -> &[u8] {
        self
    }

    /// Drops the first `n` bytes from this view.
    ///
    /// # Panics
    ///
    /// If there are fewer.
    fn advance(&mut self, n: usize) {
        Chunk::advance(self, n);
    }

    /// Copies nothing, unlike the trait's own.
    fn copy_to_bytes(&mut self, n: usize) -> Bytes {
        self.split_to(n).into()
    }
}

impl Buf for Chain {
    fn remaining(&self) -> usize {
        self.len()
    }

    fn chunk(&self) -> &[u8] {
        self.views().next().unwrap_or_default()
    }

    /// Every piece gets a slice of its own, as long as there are slices.
    fn chunks_vectored<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        self.io_slices(slices)
    }

    /// Drops the first `n` bytes.
    ///
    /// # Panics
    ///
    /// If there are fewer.
    fn advance(&mut self, n: usize) {
        assert!(n <= self.len(), "advance beyond the end");
        self.skip(n);
    }

    /// Copies only if the bytes lie in several pieces.
    ///
    /// # Panics
    ///
    /// If there are fewer than `n` bytes.
    fn copy_to_bytes(&mut self, n: usize) -> Bytes {
        assert!(n <= self.len(), "copy beyond the end");
        self.take_chunk(n).into()
    }
}

/// What is unread. That more may come, and the end, only the pipe's own calls tell apart.
impl Buf for Pipe {
    fn remaining(&self) -> usize {
        self.len()
    }

    fn chunk(&self) -> &[u8] {
        self.views().next().unwrap_or_default()
    }

    /// Every piece gets a slice of its own, as long as there are slices.
    fn chunks_vectored<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        self.io_slices(slices)
    }

    /// Takes the first `n` bytes.
    ///
    /// # Panics
    ///
    /// If there are fewer.
    fn advance(&mut self, n: usize) {
        assert!(n <= self.len(), "advance beyond the end");
        self.consume(n);
    }

    /// Copies only if the bytes lie in several pieces.
    ///
    /// # Panics
    ///
    /// If there are fewer than `n` bytes.
    fn copy_to_bytes(&mut self, n: usize) -> Bytes {
        match self.exactly(n) {
            Ok(Progress::Ready(found)) => found.take_chunk().into(),
            _ => panic!("copy beyond the end"),
        }
    }
}
