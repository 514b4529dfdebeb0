//! [`LineBatch`]: several records as one value.

use std::fmt;

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
/// let batch = pipe.read_batch(&Separator::byte(b';'), 99)?.data().expect("two fields");
/// assert_eq!(batch.iter().collect::<Vec<_>>(), [b"a=1", b"b=2"]);
/// assert_eq!(batch.chunk(1), b"b=2");                     // kept, without a copy
/// # Ok::<(), iolite::PipeError>(())
/// ```
#[derive(Clone)]
pub struct LineBatch {
    pub(super) bytes: Chunk,
    /// For each record where it ends, and where its separator does. Never empty.
    pub(super) ends: Vec<(usize, usize)>,
}

impl LineBatch {
    /// Number of records; never 0.
    #[allow(
        clippy::len_without_is_empty,
        reason = "a batch without a record is `Pending` or `Eof`"
    )]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The record at `index`, without its separator.
    pub fn get(&self, index: usize) -> Option<&[u8]> {
        let &(end, _) = self.ends.get(index)?;
        Some(&self.bytes[self.start(index)..end])
    }

    /// The records in order, without their separators.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut start = 0;
        self.ends.iter().map(move |&(end, next)| {
            let record = &self.bytes[start..end];
            start = next;
            record
        })
    }

    /// The record at `index` as a chunk, without its separator. Shares the memory.
    ///
    /// # Panics
    ///
    /// If there are not so many.
    pub fn chunk(&self, index: usize) -> Chunk {
        self.bytes.slice(self.start(index)..self.ends[index].0)
    }

    /// All bytes of the batch, with the separators.
    pub fn bytes(&self) -> &Chunk {
        &self.bytes
    }

    fn start(&self, index: usize) -> usize {
        let before = index.checked_sub(1).map(|before| self.ends[before].1);
        before.unwrap_or(0)
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
