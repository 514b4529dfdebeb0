//! [`Pipe`]: a protocol's buffer between whoever brings bytes and whoever takes records.
//!
//! ```text
//!        mark         position          examined          end       + limit of unread bytes
//!   ......|...history....|.....seen.........|....new.........|
//!                        |<--------------- len ------------>|
//! ```
//!
//! All four are positions in the stream, `mark <= position <= examined <= end` (`examined` may
//! have run ahead of what a rewind gave back). The bytes lie in the [`Store`]; this type keeps
//! the positions and decides what to answer.

mod batch;
mod options;
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

pub use self::batch::LineBatch;
pub use self::options::PipeOptions;
pub use self::positions::Mark;
pub use self::span::Span;
pub use self::types::{Backpressure, PipeError, Progress, PushError, Terminator};

use self::options::Sizing;
use self::positions::Marks;
use self::search::SearchCache;
use self::std_io::StdLines;
use self::store::{Store, count};
use self::write::FlowControl;
use crate::error::Error;

/// A producer's and a consumer's buffer without I/O: bytes go in as they arrive, records come
/// out when they are whole. For parsers of protocols that must not know where bytes come from.
///
/// **Writing.** [`fill_from`](Pipe::fill_from) reads from a device; [`spare_mut`](Pipe::spare_mut) and
/// [`commit`](Pipe::commit) lend room to whatever else brings bytes; [`append`](Pipe::append) copies,
/// [`push`](Pipe::push) links, [`close`](Pipe::close) ends.
///
/// **Reading** has two steps: find, then take. [`next_record`](Pipe::next_record) finds the bytes up
/// to a separator, [`exactly`](Pipe::exactly) a number of them, [`at_most`](Pipe::at_most) what is
/// there. Each answers [`Progress`]: ready, not yet, or the end. What is ready is a [`Span`], which is
/// looked at or taken in one of three forms: borrowed, as a [`Chunk`](crate::Chunk), as a
/// [`Chain`](crate::Chain). A span that is dropped has taken nothing.
///
/// Numbers are bytes; positions are bytes from the start of the stream and stay valid forever.
///
/// Nothing here waits. [`Progress::Pending`] means that more may come and the call can be repeated:
/// what it looked at it does not look at again. What can never come is an error at once: see
/// [`PipeError::TooLarge`].
///
/// # Memory
///
/// A pipe that was read empty holds no block, save one of which chunks live: what comes next goes into
/// its rest. So chunks that are all kept keep about twice their length at most, and one block, however
/// few bytes came at a time and whatever hint a device was lent room by. Where a few are kept of many,
/// [`Chunk::compact`](crate::Chunk::compact) them.
///
/// Where the thread of the reader is another than the writer's, put the pipe behind a lock of
/// your own. To read from a device by lines only, take a
/// [`BufferedReader`](crate::BufferedReader).
///
/// # Examples
///
/// A record comes in two pieces:
///
/// ```
/// use iolite::{Pipe, Progress, Separator, Span, Terminator::Strip};
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
    sizing: Sizing,
    writer: WriterState,
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
    /// Bytes that searches looked at: at most twice what was written for each string of bytes
    /// that is searched for, and that string's length for each call, or record of a batch.
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
            sizing: Sizing::default(),
            writer: WriterState::Open,
            std_lines: StdLines::default(),
        }
    }

    /// Number of unread bytes.
    pub fn len(&self) -> usize {
        count(&(self.position..self.end()))
    }

    /// Whether there are none; more may come, see [`is_at_end`](Pipe::is_at_end).
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes can be written before the pipe is full.
    pub fn room(&self) -> usize {
        self.limit.saturating_sub(self.len())
    }

    /// Whether the writer has ended; there may be bytes left to read.
    #[doc(alias = "closed")]
    pub fn is_closed(&self) -> bool {
        !matches!(self.writer, WriterState::Open)
    }

    /// Whether the writer has ended and everything was read.
    #[doc(alias = "reached_eof")]
    pub fn is_at_end(&self) -> bool {
        self.is_closed() && self.is_empty()
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

    /// What to answer where fewer than `expected` bytes are there. A pending answer has examined
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
            (WriterState::Done, 0) => Ok(Progress::End),
            (WriterState::Failed(error), 0) => Err(PipeError::Failed(Arc::clone(error))),
            (_, available) => Err(PipeError::PartialRead {
                available,
                expected,
            }),
        }
    }

    /// Tells flow control what was read: before it is asked, before there is more to examine, and
    /// before reading goes back.
    fn catch_up(&mut self) {
        let end = self.end();
        self.flow.examine(self.position, end);
    }

    /// Lets go of what nobody can read any more.
    fn settle(&mut self) {
        let keep = self.marks.oldest().unwrap_or(u64::MAX).min(self.position);
        self.store.release(self.position, keep);
    }

    /// Drops the next `n` bytes, which are there.
    fn consume(&mut self, n: usize) {
        self.consume_to_known(self.position + n as u64);
    }

    /// Moves the reading position on, not beyond the end; an empty pipe keeps no memory. Flow control
    /// is told in [`catch_up`](Pipe::catch_up), as it is asked far less often than bytes are read.
    #[inline]
    fn consume_to_known(&mut self, position: u64) {
        self.position = position;
        if self.is_empty() || self.store.is_stale(position) {
            self.clear_up();
        }
    }

    fn clear_up(&mut self) {
        self.settle();
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
