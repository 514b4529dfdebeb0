//! [`LocalChunk`]: a view of shared memory whose references one thread counts for itself.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::{Deref, Range, RangeBounds};
use std::rc::Rc;

use super::like_bytes::{like_bytes, mirrored};
use super::pipe::Terminator;
use super::view::{Chunk, within};
use crate::scan::{LineEnds, Pattern};

/// A [`Chunk`] for one thread: its clones, slices and splits cost no locked operation.
///
/// To share memory with other threads a chunk counts by locked operations, which cost as much as
/// all else that is done for a short record. A local chunk holds one reference to the memory and
/// counts its own clones by a plain number, in a small header that is allocated when it is made of
/// a chunk: make one of a whole block, and cut that.
///
/// Which of them to use for records:
///
/// - where they are only looked at, borrow them
///   ([`Pipe::next_record`](crate::Pipe::next_record),
///   [`BufferedReader::slice_until`](crate::BufferedReader::slice_until)): nothing is counted;
/// - where one thread keeps some of them, local chunks, cut from a block
///   ([`split_records`](LocalChunk::split_records)) or a batch
///   ([`RecordBatch::local_chunks`](crate::chunk::RecordBatch::local_chunks));
/// - where another thread gets many of them at a time, a
///   [`RecordBatch`](crate::chunk::RecordBatch): one locked operation for all;
/// - where each goes its own way through threads, [`Chunk`]s.
///
/// As with a chunk, a small one keeps a large block alive, [`pinned`](LocalChunk::pinned) bytes of
/// it. 24 bytes; neither `Send` nor `Sync`:
/// what another thread needs, [`to_chunk`](LocalChunk::to_chunk) gives it. Equality, order and
/// hash are those of the bytes.
///
/// # Examples
///
/// The records of a block, of which some are kept; the block goes on to be used.
///
/// ```
/// use iolite::Pool;
/// use iolite::chunk::{LocalChunk, Terminator};
///
/// let mut builder = Pool::default().acquire(64);
/// builder.append(b"SET a\nGET b\nSET c\nGE");
/// let mut block = LocalChunk::from(builder.chunk(..));
/// let mut kept = Vec::new();
/// for line in block.split_records(b'\n', Terminator::Strip) {
///     if line.starts_with(b"SET") {
///         kept.push(line.slice(4..));
///     }
/// }
/// assert_eq!(kept, ["a", "c"]);
/// assert_eq!(block, "GE");                    // does not end yet
/// drop((block, kept));
/// assert!(builder.reclaim(18));                  // now the rest is at the block's front
/// assert_eq!(builder.filled(), b"GE");
/// ```
///
/// It stays in its thread:
///
/// ```compile_fail,E0277
/// let local = iolite::chunk::LocalChunk::from(iolite::Chunk::from("text"));
/// std::thread::spawn(move || local.len());
/// ```
///
/// ```compile_fail,E0277
/// let local = iolite::chunk::LocalChunk::from(iolite::Chunk::from("text"));
/// std::thread::scope(|scope| scope.spawn(|| local.len()).join());
/// ```
#[derive(Clone, Default)]
pub struct LocalChunk {
    /// `None`: no bytes.
    memory: Option<Rc<Chunk>>,
    /// What of it is shown; inside it.
    at: Range<usize>,
}

impl LocalChunk {
    /// An empty one. Allocates nothing.
    pub const fn new() -> LocalChunk {
        LocalChunk {
            memory: None,
            at: 0..0,
        }
    }

    /// The part `range` of this chunk, in bytes. Shares the memory.
    ///
    /// # Panics
    ///
    /// If the range is not inside the chunk.
    #[inline]
    pub fn slice(&self, range: impl RangeBounds<usize>) -> LocalChunk {
        let Range { start, end } = within(range, self.at.len());
        self.part(self.at.start + start..self.at.start + end)
    }

    /// Takes the first `n` bytes off and returns them. Shares the memory.
    ///
    /// # Panics
    ///
    /// If the chunk is shorter than `n` bytes.
    #[inline]
    pub fn split_to(&mut self, n: usize) -> LocalChunk {
        let start = self.at.start;
        self.advance(n);
        self.part(start..start + n)
    }

    /// Takes the records off that end here, one at a time: the bytes up to each `byte`, with it
    /// or without it. An empty record is one, too. What does not end stays, and so does what the
    /// iterator is not asked for; how long it may become is for the caller to limit.
    ///
    /// Many ends are found at once, where they are near each other: that is faster than a search
    /// for each.
    ///
    /// # Examples
    ///
    /// A [`Pipe`](crate::Pipe) keeps the record that straddles two fills, and others get it whole:
    ///
    /// ```
    /// use iolite::Pipe;
    /// use iolite::chunk::{LocalChunk, Progress, Span, Terminator};
    ///
    /// let mut pipe = Pipe::new();
    /// let mut fields = Vec::new();
    /// for fill in [&b"a=1;b="[..], b"2;;c"] {
    ///     pipe.append(fill)?;
    ///     if let Progress::Ready(all) = pipe.at_most(usize::MAX)? {
    ///         let mut ready = LocalChunk::from(all.chunk());
    ///         fields.extend(ready.split_records(b';', Terminator::Strip));
    ///         let done = pipe.len() - ready.len();
    ///         let _ = pipe.exactly(done)?.map(Span::consume);
    ///     }
    /// }
    /// assert_eq!(fields, ["a=1", "b=2", ""]);
    /// assert_eq!(pipe.len(), 1);
    /// # Ok::<(), iolite::chunk::PipeError>(())
    /// ```
    pub fn split_records(
        &mut self,
        byte: u8,
        terminator: Terminator,
    ) -> impl Iterator<Item = LocalChunk> {
        Records::new(self, byte, terminator)
    }

    /// Drops the first `n` bytes from this view.
    ///
    /// # Panics
    ///
    /// If the chunk is shorter than `n` bytes.
    #[inline]
    pub fn advance(&mut self, n: usize) {
        assert!(n <= self.at.len(), "advance beyond the end");
        self.at.start += n;
    }

    /// Drops all but the first `n` bytes from this view; does nothing if it is shorter.
    #[inline]
    pub fn truncate(&mut self, n: usize) {
        self.at.end = self.at.start + n.min(self.at.len());
    }

    /// How many bytes of memory this chunk keeps alive; see [`Chunk::pinned`].
    pub fn pinned(&self) -> usize {
        self.memory.as_ref().map_or(0, |memory| memory.pinned())
    }

    /// The same bytes, for long: copied into memory of their own if this chunk
    /// [pins](LocalChunk::pinned) more than twice as many; see [`Chunk::compact`].
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::Chunk;
    /// use iolite::chunk::LocalChunk;
    ///
    /// let block = LocalChunk::from(Chunk::from(vec![7; 9000]));
    /// assert_eq!(block.slice(..10).pinned(), 9000);
    /// assert_eq!(block.slice(..10).compact().pinned(), 10);
    /// ```
    #[must_use = "the compact chunk is returned"]
    pub fn compact(self) -> LocalChunk {
        if self.pinned() / 2 <= self.at.len() && !self.at.is_empty() {
            return self;
        }
        Chunk::from(self).compact().into()
    }

    /// The same bytes for any thread. Shares the memory, by one locked operation.
    ///
    /// `Chunk::from` does without, where this is the last local chunk of its memory.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::Chunk;
    /// use iolite::chunk::LocalChunk;
    ///
    /// let local = LocalChunk::from(Chunk::from("for all")).slice(4..);
    /// let chunk = local.to_chunk();
    /// let other = std::thread::spawn(move || assert_eq!(chunk, "all"));
    /// assert_eq!(local, "all");
    /// # other.join().unwrap();
    /// ```
    pub fn to_chunk(&self) -> Chunk {
        self.clone().into()
    }

    /// The part at a place of the memory.
    #[inline]
    fn part(&self, at: Range<usize>) -> LocalChunk {
        LocalChunk {
            memory: self.memory.clone(),
            at,
        }
    }
}

impl Deref for LocalChunk {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        let memory = self.memory.as_deref();
        &memory.map_or(&[][..], |memory| memory)[self.at.clone()]
    }
}

impl From<Chunk> for LocalChunk {
    /// Shares the memory. Allocates a small header, unless the chunk is empty; so make one of a
    /// whole block rather than one of each record.
    fn from(chunk: Chunk) -> LocalChunk {
        if chunk.is_empty() {
            return LocalChunk::new();
        }
        LocalChunk {
            at: 0..chunk.len(),
            memory: Some(Rc::new(chunk)),
        }
    }
}

impl From<LocalChunk> for Chunk {
    /// Shares the memory: by the reference of this local chunk if it is the last, else by one
    /// locked operation.
    fn from(local: LocalChunk) -> Chunk {
        let LocalChunk { memory, at } = local;
        // The last local chunk gives its reference away: no locked operation.
        let mut chunk = memory.map(Rc::unwrap_or_clone).unwrap_or_default();
        chunk.truncate(at.end);
        chunk.advance(at.start);
        chunk
    }
}

like_bytes!(LocalChunk);

/// Takes records off the front of a chunk.
struct Records<'a> {
    /// Begins where the last record ended.
    rest: &'a mut LocalChunk,
    /// The ends in its memory; one is taken as its record is taken.
    index: LineEnds,
    terminator: Terminator,
}

impl Records<'_> {
    fn new(rest: &mut LocalChunk, byte: u8, terminator: Terminator) -> Records<'_> {
        let index = LineEnds::new(Pattern::Byte(byte));
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
        let end = match self.index.peek() {
            Some(end) => end,
            // The index alone is lent, so that all else stays in registers from call to call.
            None => self
                .index
                .find_slow(&self.rest.memory.as_deref()?[..end], start)?,
        };
        self.index.advance();
        self.rest.at.start = end + 1;
        let shown = match self.terminator {
            Terminator::Keep => start..end + 1,
            Terminator::Strip => start..end,
        };
        Some(self.rest.part(shown))
    }
}
