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

mod ahead;
mod answer;
mod batch;
mod ends;
mod flow;
mod lines;
mod options;
mod place;
mod read;
mod search;
mod std_io;
mod std_lines;
mod store;

mod write;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

pub use self::answer::{Edge, Flow, Got, PipeError, Rejected};
pub use self::batch::LineBatch;
pub use self::options::PipeOptions;
pub use self::place::Mark;

use self::flow::Gauge;
use self::options::Sizing;
use self::place::Marks;
use self::search::Searches;
use self::std_lines::StdLines;
use self::store::{Store, count};
use crate::error::Error;

/// A producer's and a consumer's buffer without I/O: bytes go in as they arrive, records come
/// out when they are whole. For parsers of protocols that must not know where bytes come from.
///
/// Writing: [`get_buffer`](Pipe::get_buffer) and [`buffer_written`](Pipe::buffer_written) lend
/// room to a device, [`append`](Pipe::append) copies, [`push`](Pipe::push) links,
/// [`eof`](Pipe::eof) ends. Reading answers [`Got`]: data, not yet, or the end.
///
/// What a call's result is made of is in its name: `read` gives one [`Chunk`](crate::Chunk) and
/// copies only where the bytes lie in several pieces; `read_chain` gives a
/// [`Chain`](crate::Chain) and never copies; `read_slice` lends the bytes until the next call and
/// copies as `read` does. `peek…` is `read…` without consuming. Numbers are bytes; positions are
/// bytes from the start of the stream and stay valid forever.
///
/// Nothing here waits. [`Got::Pending`] means that more may come and the call can be repeated: what it
/// looked at it does not look at again. What can never come is an error at once: see
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
/// use iolite::{Edge, Got, Pipe, Separator};
///
/// let crlf = Separator::crlf();
/// let mut pipe = Pipe::new();
/// let room = pipe.get_buffer(5)?;
/// room[..5].copy_from_slice(b"PING\r");
/// pipe.buffer_written(5)?;
/// assert_eq!(pipe.read_until(&crlf, Edge::Strip, 512)?, Got::Pending);
/// pipe.append(b"\n$3\r\nabc")?;
/// assert_eq!(pipe.read_until(&crlf, Edge::Strip, 512)?.data().unwrap(), "PING");
/// assert_eq!(pipe.read_until_slice(&crlf, Edge::Strip, 512)?, Got::Data(&b"$3"[..]));
/// assert_eq!(pipe.read_exact(3)?.data().unwrap(), "abc");
/// # Ok::<(), iolite::Error>(())
/// ```
pub struct Pipe {
    store: Store,
    position: u64,
    gauge: Gauge,
    searches: Searches,
    marks: Marks,
    /// How many unread bytes there may be.
    limit: usize,
    sizing: Sizing,
    ending: Ending,
    lines: StdLines,
}

/// Whether the writer is done, and how it went.
enum Ending {
    Open,
    Clean,
    Failed(Arc<Error>),
}

/// What a [`Pipe`] has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PipeStats {
    /// Bytes that searches looked at: at most twice what was written for each string of bytes
    /// that is searched for, and that string's length for each call.
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
            gauge: Gauge::default(),
            searches: Searches::default(),
            marks: Marks::default(),
            limit: usize::MAX,
            sizing: Sizing::default(),
            ending: Ending::Open,
            lines: StdLines::default(),
        }
    }

    /// Number of unread bytes.
    pub fn len(&self) -> usize {
        count(&(self.position..self.end()))
    }

    /// Whether there are none; more may come, see [`reached_eof`](Pipe::reached_eof).
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes can be written before the pipe is full.
    pub fn room(&self) -> usize {
        self.limit.saturating_sub(self.len())
    }

    /// Whether the writer has ended; there may be bytes left to read.
    pub fn closed(&self) -> bool {
        !matches!(self.ending, Ending::Open)
    }

    /// Whether the writer has ended and everything was read.
    pub fn reached_eof(&self) -> bool {
        self.closed() && self.is_empty()
    }

    /// The error that the writer ended with, if it did; also before the data is read.
    pub fn error(&self) -> Option<&Error> {
        match &self.ending {
            Ending::Failed(error) => Some(error),
            Ending::Open | Ending::Clean => None,
        }
    }

    /// What was done so far.
    pub fn stats(&self) -> PipeStats {
        PipeStats {
            scanned: self.searches.scanned.load(Ordering::Relaxed),
            copied: self.store.copied,
        }
    }

    /// What to answer where fewer than `expected` bytes are there. Waiting counts as having
    /// examined everything; for what does not fit it would be forever.
    fn lacking<T>(&mut self, expected: usize) -> Result<Got<T>, PipeError> {
        let limit = self.limit;
        match (&self.ending, self.len()) {
            (Ending::Open, _) if expected > limit => Err(PipeError::TooLarge { expected, limit }),
            (Ending::Open, unread) => {
                let end = self.end();
                self.gauge.examine(end, end);
                if unread == 0 {
                    // The chunks that the block was kept for may be gone by now.
                    self.store.idle();
                }
                Ok(Got::Pending)
            }
            (Ending::Clean, 0) => Ok(Got::Eof),
            (Ending::Failed(error), 0) => Err(PipeError::Failed(Arc::clone(error))),
            (_, available) => Err(PipeError::PartialRead {
                available,
                expected,
            }),
        }
    }

    /// Moves the reading position on. The gauge is not told: it is asked more seldom.
    #[inline]
    fn advance(&mut self, n: usize) {
        self.position += n as u64;
    }

    /// Tells the gauge what was read: before it is asked, before there is more to examine, and
    /// before reading goes back.
    fn catch_up(&mut self) {
        let end = self.end();
        self.gauge.examine(self.position, end);
    }

    /// Lets go of what nobody can read any more.
    fn settle(&mut self) {
        let keep = self.marks.oldest().unwrap_or(u64::MAX).min(self.position);
        self.store.release(self.position, keep);
    }

    /// Moves the reading position on; an empty pipe keeps no memory.
    #[inline]
    fn consume(&mut self, n: usize) {
        self.advance(n);
        self.let_go();
    }

    #[inline]
    fn let_go(&mut self) {
        if self.is_empty() || self.store.is_stale(self.position) {
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
            .field("closed", &self.closed())
            .finish_non_exhaustive()
    }
}
