//! [`RecordBatch`]: several records as one value.

use std::fmt;
use std::iter::FusedIterator;
use std::ops::Range;

use crate::chunk::local::LocalChunk;
use crate::chunk::view::Chunk;
use crate::scan::{RecordEnds, RecordRanges};

/// Several whole records as one value, with one reference to their memory: to be handed to
/// another thread at the price of a single line.
///
/// However small a batch is, it keeps its whole block alive; [`Chunk::compact`] its
/// [`bytes`](RecordBatch::bytes) where it is kept for long.
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
/// # Ok::<(), iolite::chunk::PipeError>(())
/// ```
#[derive(Clone)]
pub struct RecordBatch {
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

impl RecordBatch {
    /// A batch that records are [`push`](RecordBatch::push)ed to, and that is given their bytes
    /// then. About `expected` will come; `width` is the length of each separator, if that is known.
    pub(super) fn new(width: Option<usize>, expected: usize) -> RecordBatch {
        RecordBatch {
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

    /// Whether there is no record. Never: instead of an empty batch there is
    /// [`Pending`](super::Progress::Pending) or [`End`](super::Progress::End).
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of records; never 0.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The record at `index`, without its separator.
    pub fn get(&self, index: usize) -> Option<&[u8]> {
        self.record(index).map(|at| &self.bytes[at])
    }

    /// The records in order, without their separators.
    #[inline]
    pub fn iter(&self) -> RecordBatchIter<'_> {
        RecordBatchIter {
            bytes: &self.bytes,
            places: self.places(),
        }
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
    /// # Ok::<(), iolite::chunk::PipeError>(())
    /// ```
    pub fn local_chunks(&self) -> impl DoubleEndedIterator<Item = LocalChunk> + ExactSizeIterator {
        let bytes = LocalChunk::from(self.bytes.clone());
        self.places().map(move |at| bytes.slice(at))
    }

    /// All bytes of the batch, with the separators.
    pub fn bytes(&self) -> &Chunk {
        &self.bytes
    }

    /// Where the record at `index` lies, without its separator.
    #[inline]
    fn record(&self, index: usize) -> Option<Range<usize>> {
        let whole = self.ends.get(index)?;
        Some(self.separators.stripped(index, whole))
    }

    /// The same of all of them, in order.
    #[inline]
    fn places(&self) -> Places<'_> {
        Places {
            wholes: self.ends.iter(),
            separators: &self.separators,
            index: 0,
        }
    }
}

impl Separators {
    /// A record without its separator.
    #[inline]
    fn stripped(&self, index: usize, whole: Range<usize>) -> Range<usize> {
        let separator = match self {
            Separators::Same(length) => *length,
            Separators::Each(lengths) => lengths[index],
        };
        whole.start..whole.end - separator
    }
}

impl<'a> IntoIterator for &'a RecordBatch {
    type Item = &'a [u8];
    type IntoIter = RecordBatchIter<'a>;

    #[inline]
    fn into_iter(self) -> RecordBatchIter<'a> {
        self.iter()
    }
}

/// Where the records of a batch lie, without their separators.
#[derive(Clone)]
struct Places<'a> {
    wholes: RecordRanges<'a>,
    separators: &'a Separators,
    /// The number of the next record.
    index: usize,
}

impl Iterator for Places<'_> {
    type Item = Range<usize>;

    #[inline]
    fn next(&mut self) -> Option<Range<usize>> {
        let whole = self.wholes.next()?;
        self.index += 1;
        Some(self.separators.stripped(self.index - 1, whole))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.wholes.size_hint()
    }
}

impl DoubleEndedIterator for Places<'_> {
    fn next_back(&mut self) -> Option<Range<usize>> {
        let whole = self.wholes.next_back()?;
        let index = self.index + self.wholes.len();
        Some(self.separators.stripped(index, whole))
    }
}

impl ExactSizeIterator for Places<'_> {}

/// The records of a [`RecordBatch`], from either end; made by [`iter`](RecordBatch::iter).
#[derive(Clone)]
pub struct RecordBatchIter<'a> {
    bytes: &'a [u8],
    places: Places<'a>,
}

impl<'a> Iterator for RecordBatchIter<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        self.places.next().map(|at| &self.bytes[at])
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.places.size_hint()
    }
}

impl DoubleEndedIterator for RecordBatchIter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.places.next_back().map(|at| &self.bytes[at])
    }
}

impl ExactSizeIterator for RecordBatchIter<'_> {}

impl FusedIterator for RecordBatchIter<'_> {}

impl fmt::Debug for RecordBatchIter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let left = self.places.len();
        f.debug_struct("RecordBatchIter")
            .field("left", &left)
            .finish()
    }
}

impl fmt::Debug for RecordBatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordBatch")
            .field("records", &self.len())
            .field("bytes", &self.bytes.len())
            .finish()
    }
}
