//! [`Pipe`]: the buffer of a protocol, between the code that brings bytes and the parser.
//!
//! ```text
//!        mark         position          examined          end       + limit of unread bytes
//!   ......|...history....|.....seen.........|....new.........|
//!                        |<--------------- len ------------>|
//! ```
//!
//! Invariant: all four are positions in the stream, `mark <= position <= examined <= end`. (After a
//! rewind `examined` stays where it was: what was examined once does not count again.) The
//! [`Store`] holds the bytes; this type keeps the positions and decides what to return.

mod batch;
mod options;
mod owned_bytes;
mod positions;
mod read;
mod record_index;
mod search;
mod span;
mod std_io;
mod store;
mod types;
mod write;

use std::fmt;
use std::sync::Arc;

pub use self::batch::{RecordBatch, RecordBatchIter};
pub use self::options::PipeOptions;
pub use self::owned_bytes::OwnedBytes;
pub use self::positions::Mark;
pub use self::span::Span;
pub use self::types::{Backpressure, PipeError, Progress, PushError, Terminator};

use self::options::Sizing;
use self::positions::Marks;
use self::search::SearchCache;
use self::std_io::StdLines;
use self::store::{Store, count};
use self::write::FlowControl;
use crate::chunk::segments::COPY_THRESHOLD;
use crate::chunk::view::Chunk;
use crate::error::Error;

/// A producer's and a consumer's buffer without I/O: bytes go in as they arrive, records come
/// out when they are whole. For parsers of protocols that must not know where bytes come from.
///
/// **Writing.** [`fill_from`](Pipe::fill_from) reads from a device; [`spare_mut`](Pipe::spare_mut)
/// and [`commit`](Pipe::commit) lend room to whatever else brings bytes; [`append`](Pipe::append)
/// copies, [`push`](Pipe::push) shares, [`close`](Pipe::close) ends.
///
/// **Reading** has two steps: find, then take. [`next_record`](Pipe::next_record) finds the bytes
/// up to a separator, [`exactly`](Pipe::exactly) a number of them, [`at_most`](Pipe::at_most) what
/// is there. Each returns a [`Progress`]: ready, not yet, or the end. What is ready is a [`Span`],
/// which is looked at or consumed in one of three forms: borrowed, as a [`Chunk`](crate::Chunk), as
/// a [`Chain`](crate::Chain). A span that is dropped has consumed nothing.
///
/// Numbers are bytes; positions are bytes from the start of the stream and never become invalid.
///
/// Nothing here waits. [`Progress::Pending`] means that more may come and the call can be repeated:
/// a repeated search continues where the last one stopped. What can never come is an error at once:
/// see [`PipeError::TooLarge`].
///
/// # Memory
///
/// A pipe that was read empty holds no block, unless chunks of it live: then what comes next goes
/// into the rest of that block. So chunks that are all kept keep at most about twice their length
/// alive, plus one block, however few bytes arrive at a time and however large the hints are. If
/// only a few of many chunks are kept, [`compact`](crate::Chunk::compact) those.
///
/// To write and read in different threads, put the pipe in a `Mutex`. To read from a device by
/// lines only, take a [`BufferedReader`](crate::BufferedReader).
///
/// # Examples
///
/// A record comes in two pieces:
///
/// ```
/// use iolite::{Pipe, Separator};
/// use iolite::chunk::{Progress, Span, Terminator::Strip};
///
/// let crlf = Separator::crlf();
/// let mut pipe = Pipe::new();
/// let room = pipe.spare_mut(5)?;
/// room[..5].copy_from_slice(b"PING\r");
/// pipe.commit(5)?;
/// assert!(pipe.next_record(&crlf, Strip, 512)?.is_pending());
/// pipe.append(b"\n$3\r\nabc")?;
/// let command = pipe.next_record(&crlf, Strip, 512)?.map(Span::take_chunk);
/// assert_eq!(command, Progress::Ready("PING".into()));
/// if let Progress::Ready(size) = pipe.next_record(&crlf, Strip, 512)? {
///     assert_eq!(size.take(), b"$3");                     // borrowed until the next call
/// }
/// let mut body = pipe.exactly(3)?.ready().expect("it has come");
/// assert_eq!(body.bytes(), b"abc");                       // looked at, and still there
/// assert_eq!(body.consume(), 3);
/// # Ok::<(), iolite::Error>(())
/// ```
pub struct Pipe {
    store: Store,
    position: u64,
    flow: FlowControl,
    searches: SearchCache,
    marks: Marks,
    /// How many unread bytes there may be.
    limit: usize,
    /// From how many bytes on `push` shares a piece instead of copying it.
    copy_threshold: usize,
    sizing: Sizing,
    writer: WriterState,
    /// Whether it was closed as a stream is, to its reader, too; see [`shut`](Pipe::shut).
    is_shut: bool,
    std_lines: StdLines,
}

/// Whether the writer is done, and how it went.
enum WriterState {
    Open,
    Done,
    Failed(Arc<Error>),
}

/// What a [`Pipe`] has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PipeStats {
    /// Bytes that searches examined. Upper bound, for each separator: twice the bytes written, plus
    /// the separator's length for each call (or each record of a batch).
    pub scanned: u64,
    /// Bytes that were copied to lend several pieces as one slice or batch.
    pub copied: u64,
}

impl Pipe {
    /// A pipe without limits, with blocks of the global pool. Allocates nothing before the first
    /// byte. Everything else is in [`PipeOptions`].
    pub fn new() -> Pipe {
        Pipe {
            store: Store::default(),
            position: 0,
            flow: FlowControl::default(),
            searches: SearchCache::default(),
            marks: Marks::default(),
            limit: usize::MAX,
            copy_threshold: COPY_THRESHOLD,
            sizing: Sizing::default(),
            writer: WriterState::Open,
            is_shut: false,
            std_lines: StdLines::default(),
        }
    }

    /// Number of unread bytes.
    pub fn len(&self) -> usize {
        count(&(self.position..self.end()))
    }

    /// Whether there are none; more may come unless the pipe [is closed](Pipe::is_closed).
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes can be written before the pipe is full.
    pub fn room(&self) -> usize {
        self.limit.saturating_sub(self.len())
    }

    /// Whether the writer has ended. There may be bytes left to read: everything was read if the
    /// pipe is [empty](Pipe::is_empty), too.
    #[doc(alias = "closed")]
    #[doc(alias = "reached_eof")]
    pub fn is_closed(&self) -> bool {
        !matches!(self.writer, WriterState::Open)
    }

    /// The error that the writer ended with, if it did; also before the data is read.
    pub fn error(&self) -> Option<&Error> {
        match &self.writer {
            WriterState::Failed(error) => Some(error),
            WriterState::Open | WriterState::Done => None,
        }
    }

    /// What was done so far.
    pub fn stats(&self) -> PipeStats {
        PipeStats {
            scanned: self.searches.scanned,
            copied: self.store.copied,
        }
    }

    /// What to return where fewer than `expected` bytes are there. `Pending` has examined
    /// everything. What does not fit into the pipe can never become ready, so that is an error.
    fn lacking<T>(&mut self, expected: usize) -> Result<Progress<T>, PipeError> {
        let limit = self.limit;
        match (&self.writer, self.len()) {
            (WriterState::Open, _) if expected > limit => {
                Err(PipeError::TooLarge { expected, limit })
            }
            (WriterState::Open, unread) => {
                let end = self.end();
                self.flow.examine(end, end);
                if unread == 0 {
                    // The chunks that the block was kept for may be gone by now.
                    self.store.idle();
                }
                Ok(Progress::Pending)
            }
            // How it ended is reported after the last byte, and not before.
            (WriterState::Done, 0) => Ok(Progress::End),
            (WriterState::Failed(error), 0) => Err(PipeError::Failed(Arc::clone(error))),
            (_, available) => Err(PipeError::PartialRead {
                available,
                expected,
            }),
        }
    }

    /// Brings flow control up to date with what was read: before it is consulted, before there is
    /// more to examine, and before reading goes back.
    fn catch_up(&mut self) {
        let end = self.end();
        self.flow.examine(self.position, end);
    }

    /// Releases what can no longer be read: it was consumed, and no mark goes back to it.
    fn release_consumed(&mut self) {
        let keep = self.marks.oldest().unwrap_or(u64::MAX).min(self.position);
        self.store.release(self.position, keep);
    }

    /// Closes both ends, as a stream of bytes is closed: std's calls fail from then on. What is in
    /// it can still be taken by the pipe's own.
    pub(crate) fn shut(&mut self) {
        self.close(None);
        self.is_shut = true;
    }

    /// Whether that was done.
    pub(crate) fn is_shut(&self) -> bool {
        self.is_shut
    }

    /// What std's calls and those of a stream check first.
    #[inline]
    pub(crate) fn check_open(&self) -> Result<(), PipeError> {
        if self.is_shut {
            return Err(PipeError::Closed);
        }
        Ok(())
    }

    /// The unread bytes, piece by piece.
    pub(crate) fn views(&self) -> impl Iterator<Item = &[u8]> {
        self.store.views(self.next(self.len()))
    }

    /// The unread bytes from a position on, at most `max`, as far as they lie in one piece: shared,
    /// and left where they are.
    pub(crate) fn chunk_from(&self, position: u64, max: usize) -> Chunk {
        let all = position..self.end();
        let n = self.store.first(&all).len().min(max);
        self.store.chunk(position..position + n as u64)
    }

    /// Drops the next `n` bytes, which are there.
    pub(crate) fn consume(&mut self, n: usize) {
        self.consume_to_known(self.position + n as u64);
    }

    /// Moves the reading position on, not beyond the end; an empty pipe keeps no memory. Flow
    /// control follows in [`catch_up`](Pipe::catch_up), as it is consulted far less often than
    /// bytes are read.
    #[inline]
    fn consume_to_known(&mut self, position: u64) {
        self.position = position;
        if self.is_empty() || self.store.is_stale(position) {
            self.clear_up();
        }
    }

    fn clear_up(&mut self) {
        self.release_consumed();
        self.store.idle();
    }
}

impl Default for Pipe {
    fn default() -> Pipe {
        Pipe::new()
    }
}

impl fmt::Debug for Pipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipe")
            .field("position", &self.position)
            .field("len", &self.len())
            .field("closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}
