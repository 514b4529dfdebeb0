//! [`LineBatch`]: several records as one value.

use std::fmt;
use std::ops::Range;

use crate::chunk::local::LocalChunk;
use crate::chunk::view::Chunk;
use crate::scan::RecordEnds;

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
    pub(super) ends: RecordEnds,
    separators: Separators,
}

/// How long the separators of a batch are, in bytes.
#[derive(Clone)]
enum Separators {
    /// All are as long as each other: what is nearly always so costs a record nothing.
    Same(usize),
    Each(Vec<usize>),
}

impl LineBatch {
    /// A batch that records are [`push`](LineBatch::push)ed to, and that is given their bytes then.
    /// About `expected` will come; `width` is the length of each separator, if that is known.
    pub(super) fn new(width: Option<usize>, expected: usize) -> LineBatch {
        LineBatch {
            bytes: Chunk::new(),
            ends: RecordEnds::new(expected),
            separators: width.map_or(Separators::Each(Vec::new()), Separators::Same),
        }
    }

    /// The next record's separator, which is so long, ends at `end`.
    #[inline]
    pub(super) fn push(&mut self, end: usize, separator: usize) {
        self.ends.push(end);
        if let Separators::Each(lengths) = &mut self.separators {
            lengths.push(separator);
        }
    }

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
        self.record(index).map(|at| &self.bytes[at])
    }

    /// The records in order, without their separators.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let bytes: &[u8] = &self.bytes;
        self.records().map(|at| &bytes[at])
    }

    /// The record at `index` as a chunk, without its separator. Shares the memory.
    ///
    /// # Panics
    ///
    /// If there are not so many.
    pub fn chunk(&self, index: usize) -> Chunk {
        let at = self.record(index);
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
        self.records().map(move |at| bytes.slice(at))
    }

    /// All bytes of the batch, with the separators.
    pub fn bytes(&self) -> &Chunk {
        &self.bytes
    }

    /// Where the record at `index` lies, without its separator.
    #[inline]
    fn record(&self, index: usize) -> Option<Range<usize>> {
        let whole = self.ends.get(index)?;
        Some(self.stripped(index, whole))
    }

    /// The same of all of them, in order.
    #[inline]
    fn records(&self) -> impl Iterator<Item = Range<usize>> {
        let all = self.ends.iter().enumerate();
        all.map(|(index, whole)| self.stripped(index, whole))
    }

    #[inline]
    fn stripped(&self, index: usize, whole: Range<usize>) -> Range<usize> {
        let separator = match &self.separators {
            Separators::Same(length) => *length,
            Separators::Each(lengths) => lengths[index],
        };
        whole.start..whole.end - separator
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
