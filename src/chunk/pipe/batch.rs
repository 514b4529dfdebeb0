//! [`LineBatch`]: several records as one value.

use std::fmt;

use super::ends::Ends;
use crate::chunk::local::LocalChunk;
use crate::chunk::view::Chunk;

/// Several whole records as one value, with one reference to their memory: to be handed to
/// another thread at the price of a single line.
///
/// A small batch keeps the block alive that it lies in.
///
/// # Examples
///
/// ```
/// use iolite::{Pipe, Separator};
///
/// let mut pipe = Pipe::new();
/// pipe.append(b"a=1;b=2;")?;
/// let batch = pipe.next_batch(&Separator::byte(b';'), 99)?.ready().expect("two fields");
/// assert_eq!(batch.iter().collect::<Vec<_>>(), [b"a=1", b"b=2"]);
/// assert_eq!(batch.chunk(1), b"b=2");                     // kept, without a copy
/// # Ok::<(), iolite::PipeError>(())
/// ```
#[derive(Clone)]
pub struct LineBatch {
    pub(super) bytes: Chunk,
    /// Never empty.
    pub(super) ends: Ends,
}

impl LineBatch {
    /// Number of records; never 0.
    #[allow(
        clippy::len_without_is_empty,
        reason = "a batch without a record is `Pending` or `End`"
    )]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The record at `index`, without its separator.
    pub fn get(&self, index: usize) -> Option<&[u8]> {
        self.ends.record(index).map(|at| &self.bytes[at])
    }

    /// The records in order, without their separators.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let bytes: &[u8] = &self.bytes;
        self.ends.records().map(|at| &bytes[at])
    }

    /// The record at `index` as a chunk, without its separator. Shares the memory.
    ///
    /// # Panics
    ///
    /// If there are not so many.
    pub fn chunk(&self, index: usize) -> Chunk {
        let at = self.ends.record(index);
        self.bytes.slice(at.expect("a record of the batch"))
    }

    /// The records in order as chunks for this thread, without their separators. Shares the
    /// memory; allocates one small header for all.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{Pipe, Separator};
    ///
    /// let mut pipe = Pipe::new();
    /// pipe.append(b"one\r\ntwo\nthree\n")?;
    /// let batch = pipe.next_batch(&Separator::any_line(), 99)?.ready().expect("three lines");
    /// let kept: Vec<_> = batch.local_chunks().filter(|line| line.starts_with(b"t")).collect();
    /// assert_eq!(kept, ["two", "three"]);
    /// # Ok::<(), iolite::PipeError>(())
    /// ```
    pub fn local_chunks(&self) -> impl Iterator<Item = LocalChunk> {
        let bytes = LocalChunk::from(self.bytes.clone());
        self.ends.records().map(move |at| bytes.slice(at))
    }

    /// All bytes of the batch, with the separators.
    pub fn bytes(&self) -> &Chunk {
        &self.bytes
    }
}

impl fmt::Debug for LineBatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LineBatch")
            .field("records", &self.len())
            .field("bytes", &self.bytes.len())
            .finish()
    }
}
