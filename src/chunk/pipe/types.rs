//! What the calls of a [`Pipe`](super::Pipe) return: data or why there is none, whether to go on or
//! to pause, and what went wrong.

use std::io;
use std::sync::Arc;

use crate::error::{Error, ErrorWith};

/// What there was to read. "Not enough yet" and "never any more" are different results, and neither
/// is an empty record. There will be no fourth variant, so a `match` needs no other arm.
///
/// # Examples
///
/// ```
/// use iolite::{Pipe, Separator};
/// use iolite::chunk::{Progress, Span, Terminator};
///
/// let mut pipe = Pipe::new();
/// let lf = Separator::lf();
/// pipe.append(b"\nhalf a")?;
/// let line = pipe.next_record(&lf, Terminator::Strip, 99)?;
/// assert_eq!(line.map(Span::take), Progress::Ready(&b""[..]));
/// assert!(pipe.next_record(&lf, Terminator::Strip, 99)?.is_pending());
/// pipe.append(b" line\n")?;
/// pipe.close(None);
/// let line = pipe.next_record(&lf, Terminator::Strip, 99)?;
/// assert_eq!(line.map(Span::take), Progress::Ready(&b"half a line"[..]));
/// assert!(pipe.next_record(&lf, Terminator::Strip, 99)?.is_end());
/// # Ok::<(), iolite::chunk::PipeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "Poll")]
#[must_use = "it may be `Pending` or `End`"]
pub enum Progress<T> {
    /// What was asked for.
    Ready(T),
    /// Not enough yet; nothing has changed. Ask again when more was written.
    Pending,
    /// Everything was read, and nothing will follow.
    ///
    /// That is so at the start of any call: a message of which the head was read before, and whose
    /// body never came, ends with this, too. If a body has to come, `End` in its place is a frame
    /// cut short.
    End,
}

impl<T> Progress<T> {
    /// The data, if there is any.
    pub fn ready(self) -> Option<T> {
        match self {
            Progress::Ready(data) => Some(data),
            Progress::Pending | Progress::End => None,
        }
    }

    /// The same with other data.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Progress<U> {
        match self {
            Progress::Ready(data) => Progress::Ready(change(data)),
            Progress::Pending => Progress::Pending,
            Progress::End => Progress::End,
        }
    }

    /// Whether there is data.
    pub fn is_ready(&self) -> bool {
        matches!(self, Progress::Ready(_))
    }

    /// Whether there is not enough yet.
    pub fn is_pending(&self) -> bool {
        matches!(self, Progress::Pending)
    }

    /// Whether this is the end.
    pub fn is_end(&self) -> bool {
        matches!(self, Progress::End)
    }
}

/// What the writer should do, by the [watermarks](super::PipeOptions::watermarks). It is advice:
/// only the [limit](super::PipeOptions::limit) refuses a write. There will be no third variant, so
/// a `match` needs no other arm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backpressure {
    /// Write on.
    Continue,
    /// Wait until [`Pipe::backpressure`](super::Pipe::backpressure) says `Continue` again.
    Pause,
}

/// Whether a record comes with the separator that ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Terminator {
    /// With it.
    Keep,
    /// Without it; it is gone all the same.
    Strip,
}

/// What can go wrong in a [`Pipe`](super::Pipe). After every one of them the pipe holds the same
/// bytes as before.
///
/// `?` turns it into an [`Error`] or an [`io::Error`]: [`Full`](PipeError::Full), which only a
/// writer gets, into "would block", [`Closed`](PipeError::Closed) into "closed". What can never
/// succeed is [`TooLarge`](PipeError::TooLarge), to both sides, and never becomes "would block".
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PipeError {
    /// The writer ended before there was what was asked for. The bytes can still be read, and
    /// [`at_most`](super::Pipe::at_most) takes them.
    #[error("the pipe ended after {available} of {expected} bytes")]
    #[non_exhaustive]
    PartialRead {
        /// Bytes that are there.
        available: usize,
        /// Bytes that were asked for; for a record without its separator, the least it could be.
        expected: usize,
    },

    /// The record is longer than the limit of this call. It stays where it is: a call with a
    /// higher limit goes on with the search.
    #[error("the record is longer than {limit} bytes")]
    #[non_exhaustive]
    LineTooLong {
        /// The limit, in bytes without the separator.
        limit: usize,
    },

    /// There is no room now for what the writer brings: try again when something was read.
    #[error("the pipe is full: it holds at most {limit} bytes")]
    #[non_exhaustive]
    Full {
        /// The limit, in bytes.
        limit: usize,
    },

    /// What is asked for does not fit into the pipe and never will: a number of bytes that is to be
    /// written or read at once, or a record that has not ended in a full pipe. Waiting is in vain.
    /// A reader can [take what there is](super::Pipe::at_most), or give up.
    #[error("{expected} bytes at once are needed, and the pipe holds at most {limit}")]
    #[non_exhaustive]
    TooLarge {
        /// How many bytes would have to be there at once; of a record, the least it could be.
        expected: usize,
        /// The limit, in bytes.
        limit: usize,
    },

    /// There is no memory for so many bytes in one piece.
    #[error("there is no memory for {bytes} bytes in one piece")]
    #[non_exhaustive]
    NoMemory {
        /// How many bytes were asked for.
        bytes: usize,
    },

    /// Written after the end was declared.
    #[error("the pipe's end was declared before")]
    Closed,

    /// What the writer gave to [`close`](super::Pipe::close). Comes after the data, every time.
    #[error(transparent)]
    Failed(Arc<Error>),

    /// More bytes were declared written than had been lent.
    #[error("{claimed} bytes were declared written, {lent} were lent")]
    #[non_exhaustive]
    Overrun {
        /// Bytes that were declared.
        claimed: usize,
        /// Bytes that were lent and not declared written yet.
        lent: usize,
    },

    /// A position that is not between what was consumed and what was written.
    #[error("position {position} is not in {start}..={end}")]
    #[non_exhaustive]
    OutOfReach {
        /// The position that was asked for, in bytes from the start of the stream.
        position: u64,
        /// The lowest position that is possible.
        start: u64,
        /// The highest position that is possible.
        end: u64,
    },

    /// A mark of another pipe.
    #[error("the mark is not one of this pipe")]
    ForeignMark,
}

impl From<PipeError> for Error {
    fn from(error: PipeError) -> Error {
        match error {
            PipeError::PartialRead {
                available,
                expected,
            } => Error::PartialRead {
                available,
                expected,
            },
            PipeError::LineTooLong { limit } => Error::LineTooLong { limit, path: None },
            PipeError::Full { .. } => Error::WouldBlock { written: 0 },
            PipeError::TooLarge { expected, limit } => Error::TooLarge { expected, limit },
            PipeError::NoMemory { .. } => Error::Io(io::ErrorKind::OutOfMemory.into()),
            PipeError::Closed => Error::Closed,
            PipeError::Failed(error) => Arc::try_unwrap(error).unwrap_or_else(shared),
            PipeError::Overrun { .. } => Error::InvalidArgument {
                argument: "n",
                problem: "is more than was lent",
            },
            PipeError::OutOfReach { .. } => Error::InvalidArgument {
                argument: "position",
                problem: "is not between what was consumed and what was written",
            },
            PipeError::ForeignMark => Error::InvalidArgument {
                argument: "mark",
                problem: "is not one of this pipe",
            },
        }
    }
}

/// An error that others hold, too, as one of our own: with its kind and its sentence, and with
/// its number if it has one.
fn shared(error: Arc<Error>) -> Error {
    Error::Io(match error.raw_os_error() {
        Some(number) => io::Error::from_raw_os_error(number),
        None => io::Error::new(error.kind(), error),
    })
}

impl From<PipeError> for io::Error {
    fn from(error: PipeError) -> io::Error {
        Error::from(error).into()
    }
}

/// Something the pipe did not take, and why. `?` drops it and keeps the reason.
///
/// # Examples
///
/// ```
/// use iolite::{Chunk, Pipe};
///
/// let mut pipe = Pipe::new();
/// pipe.close(None);
/// let refused = pipe.push(Chunk::from("too late")).unwrap_err();
/// assert_eq!(refused.into_parts().1, "too late");
/// ```
#[doc(alias = "Rejected")]
pub type PushError<T> = ErrorWith<T, PipeError>;

impl<T> From<PushError<T>> for PipeError {
    fn from(refused: PushError<T>) -> PipeError {
        refused.into_parts().0
    }
}

impl<T> From<PushError<T>> for Error {
    fn from(rejected: PushError<T>) -> Error {
        PipeError::from(rejected).into()
    }
}
