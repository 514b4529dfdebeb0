//! One error type for every floor, and its loss-free way into and out of [`std::io::Error`].
//!
//! An error is a value with fields; the sentence is made by `Display`. Because the two
//! conversions keep everything, `?` works in both directions: a function that returns
//! [`std::io::Result`] can call ours, and a function that returns [`Result`] can call std's.

mod device;
mod fields;
mod format;
mod hooks;
mod utf8;
mod with_value;

use std::fmt;
use std::io::{self, ErrorKind};
use std::path::PathBuf;

pub(crate) use self::device::{
    AFTER_LAST, BEFORE_START, checked_count, checked_write, moved_by, not_now, out_of_memory, retry,
};
pub use self::fields::{ModeProblem, Operation};
pub(crate) use self::format::write_fmt;
pub(crate) use self::hooks::report_at_drop;
pub use self::hooks::{DropHook, InterruptHook, set_drop_hook, set_interrupt_hook};
pub(crate) use self::utf8::{MalformedUtf8, append_line, not_utf8, whole_chars};
pub use self::with_value::{DetachError, ErrorWith};

/// The result of every function of this crate that is not part of a `std` trait.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong in a stream.
///
/// Converts into [`io::Error`] with the same [`kind`](Error::kind) and comes back out of it
/// unchanged, so nothing is lost on the way through code that is written against `std`.
///
/// # Examples
///
/// ```
/// use std::io;
/// use iolite::{Error, Operation};
///
/// let ours = Error::Unsupported { operation: Operation::Seek };
/// let std_shaped: io::Error = ours.into();
/// assert_eq!(std_shaped.kind(), io::ErrorKind::Unsupported);
/// assert!(matches!(
///     Error::from(std_shaped),
///     Error::Unsupported { operation: Operation::Seek },
/// ));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The stream has no such ability: it is read-only, write-only or cannot seek.
    /// (Python: `io.UnsupportedOperation`.)
    #[error("this stream does not support the operation: {operation}")]
    Unsupported {
        /// What was asked for.
        operation: Operation,
    },

    /// The stream was closed before. (Python: `ValueError: I/O operation on closed file`.)
    #[error("the stream is closed")]
    Closed,

    /// The device takes no more bytes now. (Python: `BlockingIOError.characters_written`.)
    #[error("the device would block; {written} bytes of this call were taken")]
    WouldBlock {
        /// How much of *this* call's data was taken, written or buffered: the caller sends the
        /// rest again. In bytes; for text in bytes of the given `str`, never inside a character.
        written: usize,
    },

    /// The device failed after a part of this call's data was taken; a call that fails with any
    /// other error took nothing. (std's `write_all` does not say, and on a pipe nothing else does.)
    #[error("{source}; {written} bytes of this call were taken before")]
    WriteFailed {
        /// How much of *this* call's data was taken, written or buffered, as in
        /// [`WouldBlock`](Error::WouldBlock). Never 0.
        written: usize,
        /// What the device said.
        source: Box<Error>,
    },

    /// The stream ended before the number of bytes that was asked for. They stay where they are.
    #[error("the stream ended after {available} of {expected} bytes")]
    PartialRead {
        /// Bytes that are there, and can still be read.
        available: usize,
        /// Bytes that were asked for.
        expected: usize,
    },

    /// Bytes that are no text in the stream's encoding. The text before them was delivered;
    /// reading goes on after them.
    #[error("{encoding}: {reason} at byte {offset}: {}", Hex(bytes))]
    Decode {
        /// The encoding's name.
        encoding: &'static str,
        /// Where the malformed bytes start, in bytes from the start of the stream (or, where
        /// the stream cannot tell its position, from where reading began).
        offset: u64,
        /// The malformed bytes.
        bytes: Vec<u8>,
        /// What is wrong with them.
        reason: &'static str,
    },

    /// A line is not UTF-8, where a `String` was to be filled with it. The line was taken from the
    /// stream, and is handed back here: std's `lines` goes on with the next one.
    #[error("the line is not UTF-8: {source}")]
    NotUtf8 {
        /// The whole line, with its end.
        line: Vec<u8>,
        /// What is wrong with it, and where: an [`Error::Decode`].
        source: Box<Error>,
    },

    /// A character that the stream's encoding does not have. Nothing of the text was written.
    #[error("{encoding}: cannot encode {ch:?} (U+{:04X}), byte {offset} of the text", u32::from(*ch))]
    Encode {
        /// The encoding's name.
        encoding: &'static str,
        /// Where the character stands in the text that was to be written, in bytes of its UTF-8.
        offset: usize,
        /// The character.
        ch: char,
    },

    /// No encoding of that name.
    #[error("unknown encoding: {name:?}")]
    UnknownEncoding {
        /// The name as it was given.
        name: String,
    },

    /// A mode string that `open` cannot follow.
    #[error("invalid mode {mode:?}: {problem}")]
    InvalidMode {
        /// The mode as it was given.
        mode: String,
        /// What is wrong with it.
        problem: ModeProblem,
    },

    /// An argument outside its domain.
    #[error("invalid {argument}: {problem}")]
    InvalidArgument {
        /// The argument's name.
        argument: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },

    /// A line is longer than the limit that was set. It stays where it is.
    #[error("the line is longer than {limit} bytes")]
    LineTooLong {
        /// The limit, in bytes of UTF-8.
        limit: usize,
    },

    /// What is asked for does not fit into a [`Pipe`](crate::Pipe) and never will: more bytes at once
    /// than it may hold, or a record that has not ended in a full pipe. It stays where it is, and
    /// waiting is in vain.
    #[error("{expected} bytes at once are needed, and the pipe holds at most {limit}")]
    TooLarge {
        /// How many bytes would have to be there at once; of a record, the least it could be.
        expected: usize,
        /// The pipe's limit, in bytes.
        limit: usize,
    },

    /// The device panicked in an earlier write. How much it took is unknown, so nothing more is
    /// written: it could be written twice.
    #[error("the device panicked while it was written to")]
    Poisoned,

    /// The device took nothing although there was something to take, and did not say why; or a
    /// codec of the caller's own read nothing of a great many bytes.
    #[error("{} made no progress: {operation}", operation.who())]
    NoProgress {
        /// What was to be done.
        operation: Operation,
    },

    /// The device claims to have moved more bytes than it was given room for; or a codec of the
    /// caller's own, to have read or written more than it was given, or half a character.
    #[error("{} claims {claimed} bytes of at most {limit}: {operation}", operation.who())]
    BadCount {
        /// What was to be done.
        operation: Operation,
        /// The number of bytes that was reported.
        claimed: usize,
        /// The number of bytes that was possible.
        limit: usize,
    },

    /// A file could not be opened.
    #[error("cannot open {} (mode {mode}): {source}", path.display())]
    Open {
        /// The path as it was given.
        path: PathBuf,
        /// The mode, in Python's spelling.
        mode: &'static str,
        /// What the system said.
        source: io::Error,
    },

    /// An operation on an open file that has a path failed. (Python's `OSError` has a `filename`.)
    #[error("{} (mode {mode}): {operation}: {source}", path.display())]
    File {
        /// The path the file was opened with.
        path: PathBuf,
        /// The mode, in Python's spelling.
        mode: &'static str,
        /// What the file was told to do.
        operation: Operation,
        /// What the system said.
        source: io::Error,
    },

    /// Two steps of one call failed: the second was done although the first had failed, as
    /// [`close`](crate::IoBase::close) closes what could not be written. The first one decides the
    /// [kind](Error::kind) and the number. (Python: the second, with the first as `__context__`.)
    #[error("{first}; and then: {second}")]
    Both {
        /// What failed first; it may itself be of two.
        #[source]
        first: Box<Error>,
        /// What failed all the same.
        second: Box<Error>,
    },

    /// Any other error of the device or the system.
    #[error(transparent)]
    Io(io::Error),
}

impl Error {
    /// The kind this error has as an [`io::Error`].
    ///
    /// On Windows std has none for two failures that have one on Unix: a seek before the start is
    /// [`InvalidInput`](ErrorKind::InvalidInput) here, and a write to a socket whose sending side
    /// was shut [`BrokenPipe`](ErrorKind::BrokenPipe). Turn an [`io::Error`] into an [`Error`]
    /// before you ask.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::ErrorKind;
    /// assert_eq!(iolite::Error::WouldBlock { written: 3 }.kind(), ErrorKind::WouldBlock);
    /// ```
    pub fn kind(&self) -> ErrorKind {
        match self {
            Error::Unsupported { .. } => ErrorKind::Unsupported,
            Error::WouldBlock { .. } => ErrorKind::WouldBlock,
            Error::PartialRead { .. } => ErrorKind::UnexpectedEof,
            Error::Decode { .. }
            | Error::NotUtf8 { .. }
            | Error::Encode { .. }
            | Error::LineTooLong { .. }
            | Error::TooLarge { .. }
            | Error::BadCount { .. }
            | Error::Poisoned => ErrorKind::InvalidData,
            Error::Closed
            | Error::UnknownEncoding { .. }
            | Error::InvalidMode { .. }
            | Error::InvalidArgument { .. } => ErrorKind::InvalidInput,
            Error::NoProgress {
                operation: Operation::Decode,
            } => ErrorKind::InvalidData,
            Error::NoProgress { .. } => ErrorKind::WriteZero,
            Error::Open { source, .. } | Error::File { source, .. } => system_kind(source),
            Error::WriteFailed { source, .. } | Error::Both { first: source, .. } => source.kind(),
            Error::Io(error) => system_kind(error),
        }
    }

    /// The system's error number (`errno`), where the error came from the system.
    ///
    /// It is kept in every error of ours. An [`io::Error`] that carries one of them (an
    /// [`Error::File`], say) answers `None` to std's own `raw_os_error`: turn it back first, with
    /// `Error::from`.
    ///
    /// # Examples
    ///
    /// ```
    /// let error = iolite::Error::from(std::io::Error::from_raw_os_error(5));
    /// assert_eq!(error.raw_os_error(), Some(5));
    /// ```
    pub fn raw_os_error(&self) -> Option<i32> {
        match self {
            Error::Open { source, .. } | Error::File { source, .. } => source.raw_os_error(),
            Error::WriteFailed { source, .. } | Error::Both { first: source, .. } => {
                source.raw_os_error()
            }
            Error::Io(error) => error.raw_os_error(),
            _ => None,
        }
    }

    /// Whether this says "try again later": the device has nothing now or its time is up
    /// ([`WouldBlock`](ErrorKind::WouldBlock) or [`TimedOut`](ErrorKind::TimedOut), which systems
    /// use for the same time-out). Nothing is lost, and the same call can be repeated.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{self, ErrorKind};
    /// let error = iolite::Error::from(io::Error::from(ErrorKind::WouldBlock));
    /// assert!(error.is_would_block());
    /// ```
    pub fn is_would_block(&self) -> bool {
        matches!(self.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
    }

    /// The error of a stream that ended after `available` of `expected` bytes.
    pub(crate) fn partial_read(available: usize, expected: usize) -> Error {
        Error::PartialRead {
            available,
            expected,
        }
    }

    /// This error, and another one that came after it.
    pub(crate) fn and_then(self, second: Error) -> Error {
        Error::Both {
            first: Box::new(self),
            second: Box::new(second),
        }
    }

    /// The error of a call that had taken `before` bytes when it met this one.
    pub(crate) fn after_writing(self, before: usize) -> Error {
        match self {
            Error::WouldBlock { written } => Error::WouldBlock {
                written: before + written,
            },
            Error::WriteFailed { written, source } => Error::WriteFailed {
                written: before + written,
                source,
            },
            Error::Both { first, second } => first.after_writing(before).and_then(*second),
            error if error.kind() == ErrorKind::WouldBlock => Error::WouldBlock { written: before },
            error if before == 0 => error,
            error => Error::WriteFailed {
                written: before,
                source: Box::new(error),
            },
        }
    }
}

/// The outcome of two steps, the second of which was done even if the first failed.
pub(crate) fn both(first: Result<()>, second: Result<()>) -> Result<()> {
    match (first, second) {
        (Err(first), Err(second)) => Err(first.and_then(second)),
        (first, second) => first.and(second),
    }
}

impl From<io::Error> for Error {
    /// Takes our error back out of std's; any other becomes [`Error::Io`].
    fn from(error: io::Error) -> Error {
        error.downcast::<Error>().unwrap_or_else(Error::Io)
    }
}

impl From<Error> for io::Error {
    /// Keeps the kind and carries the error inside; [`Error::Io`] becomes what it was before.
    fn from(error: Error) -> io::Error {
        match error {
            Error::Io(error) => error,
            error => io::Error::new(error.kind(), error),
        }
    }
}

/// std's kind, and for two numbers of Windows that have none there the one that the same failure
/// has on Unix.
fn system_kind(error: &io::Error) -> ErrorKind {
    const ERROR_NEGATIVE_SEEK: i32 = 131;
    const WSAESHUTDOWN: i32 = 10058;
    match error.raw_os_error() {
        Some(ERROR_NEGATIVE_SEEK) if cfg!(windows) => ErrorKind::InvalidInput,
        Some(WSAESHUTDOWN) if cfg!(windows) => ErrorKind::BrokenPipe,
        _ => error.kind(),
    }
}

/// Bytes as `ff fe 41`.
struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, byte) in self.0.iter().enumerate() {
            write!(f, "{}{byte:02x}", if i == 0 { "" } else { " " })?;
        }
        Ok(())
    }
}
