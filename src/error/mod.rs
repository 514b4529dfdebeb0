//! One error type for every layer, which converts into and out of [`std::io::Error`] without loss.
//!
//! An error is a value with fields; `Display` makes the message. Because both conversions keep
//! everything, `?` works in both directions: a function that returns [`std::io::Result`] can call
//! ours, and a function that returns [`Result`] can call std's.

mod device;
mod fields;
mod format;
mod hooks;
mod utf8;
mod with_value;

use std::fmt;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

pub(crate) use self::device::{
    AFTER_LAST, BEFORE_START, checked_count, checked_write, moved_by, not_now, out_of_memory, retry,
};
pub use self::fields::{ModeProblem, Operation, StreamKind};
pub(crate) use self::format::write_fmt;
pub(crate) use self::hooks::report_at_drop;
pub use self::hooks::{DropHook, InterruptHook, set_global_drop_hook, set_global_interrupt_hook};
pub(crate) use self::utf8::{MalformedUtf8, append_line, not_utf8, whole_chars};
pub use self::with_value::{DetachError, ErrorWith};

/// The result of every function of this crate that is not part of a std trait. (In this
/// documentation `Result<T>` with one parameter is this one, and in an implementation of a trait of
/// std [`io::Result`].)
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong in a stream.
///
/// Converts into an [`io::Error`] of the same [`kind`](Error::kind) and back again unchanged, so
/// nothing is lost in code that is written against std.
///
/// The message is complete, the system's reason included, so
/// [`source`](std::error::Error::source) has nothing to add: a reporter that prints the whole chain
/// (anyhow, eyre) prints each reason once. The variant's `source` field has the reason as a value.
///
/// A stream, device or codec of your own can make any variant but those marked `non_exhaustive`,
/// which only this crate makes and which may get more fields.
///
/// # Examples
///
/// ```
/// use std::io;
/// use iolite::Error;
/// use iolite::error::Operation;
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
        /// What was attempted.
        operation: Operation,
    },

    /// The stream was closed before. (Python: `ValueError: I/O operation on closed file`.)
    #[error("the stream is closed")]
    Closed,

    /// The device accepts no more bytes now. (Python: `BlockingIOError.characters_written`.)
    #[error("the device would block; {written} bytes of this call were accepted")]
    WouldBlock {
        /// How much of *this* call's data was accepted, that is written or buffered; send only the
        /// rest later. In bytes; for text in bytes of the given `str`, never inside a character.
        written: usize,
    },

    /// The device or an encoder failed after a part of this call's data was accepted; a call that
    /// fails with any error but this one and [`WouldBlock`](Error::WouldBlock) accepted nothing.
    /// (std's `write_all` does not tell how much, and on a pipe nothing else does.)
    ///
    /// `write!` and `writeln!` write piece by piece: if a later piece has a character that the
    /// encoding lacks, `source` is the [`Encode`](Error::Encode) of that piece.
    #[error("{source}; {written} bytes of this call were accepted before")]
    WriteFailed {
        /// How much of *this* call's data was accepted, written or buffered, as in
        /// [`WouldBlock`](Error::WouldBlock). Never 0.
        written: usize,
        /// The error of the device or the encoder.
        r#source: Box<Error>,
    },

    /// The stream ended before the number of bytes that was asked for. The bytes that were left
    /// stay in the stream.
    #[error("the stream ended after {available} of {expected} bytes")]
    PartialRead {
        /// Bytes that are left, and can still be read.
        available: usize,
        /// Bytes that were asked for.
        expected: usize,
    },

    /// Malformed bytes: they are not text in the stream's encoding. The text before them was
    /// delivered. A stream of text goes on after them; a stream of bytes whose `read_to_string` met
    /// them stands before them, where they can be read as bytes.
    #[error(
        "{}{encoding}: {reason} at byte {offset}: {}",
        InFile(path),
        Hex(bytes)
    )]
    #[non_exhaustive]
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
        /// The file, if the text stream was opened by a path.
        path: Option<Box<Path>>,
    },

    /// [`BufferedReader::read_line`](std::io::BufRead::read_line) met a line that is not UTF-8. (So
    /// does the `read_line` of the other streams of bytes.) The line was consumed and is returned
    /// here, so that std's `lines` continues with the next one.
    #[error("the line is not UTF-8: {source}")]
    NotUtf8 {
        /// The whole line, with its end.
        line: Vec<u8>,
        /// What is wrong with it, and where: an [`Error::Decode`].
        r#source: Box<Error>,
    },

    /// A character that the stream's encoding does not have. Nothing of the text was written: this
    /// holds for one call of [`write_str`](crate::TextIo::write_str). `write!` and `writeln!` make
    /// one call for each piece; if earlier pieces were accepted, the error is a
    /// [`WriteFailed`](Error::WriteFailed) with their length, and this one is its `source`.
    #[error(
        "{}{encoding}: cannot encode {ch:?} (U+{:04X}), byte {offset} of the text",
        InFile(path),
        u32::from(*ch)
    )]
    #[non_exhaustive]
    Encode {
        /// The encoding's name.
        encoding: &'static str,
        /// Where the character stands in the text of that call, in bytes of UTF-8.
        offset: usize,
        /// The character.
        ch: char,
        /// The file, if the text stream was opened by a path.
        path: Option<Box<Path>>,
    },

    /// No encoding of that name.
    #[error("unknown encoding: {name:?}")]
    UnknownEncoding {
        /// The name as it was given.
        name: String,
    },

    /// Lines of this encoding can be found only by reading from the start: see
    /// [`Encoding::is_splittable`](crate::Encoding::is_splittable).
    #[error("{encoding}: lines can be found only by reading from the start")]
    Unsplittable {
        /// The encoding's name.
        encoding: &'static str,
    },

    /// An invalid mode string, or one that does not fit the other options.
    #[error("invalid mode {mode:?}: {problem}")]
    InvalidMode {
        /// The mode as it was given.
        mode: String,
        /// What is wrong with it.
        problem: ModeProblem,
    },

    /// A stream that was opened as text was used as one of bytes, or the other way round. (Python:
    /// `TypeError`, `AttributeError`.)
    #[error("{kind}")]
    WrongKind {
        /// What the stream is.
        kind: StreamKind,
    },

    /// A thread that has locked a stream tried to lock it again: it would wait for itself.
    #[error("this thread has locked the stream already")]
    Deadlock,

    /// An argument outside its domain.
    #[error("invalid {argument}: {problem}")]
    InvalidArgument {
        /// The argument's name.
        argument: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },

    /// A line is longer than the limit that was set. The line stays in the stream.
    #[error("{}the line is longer than {limit} bytes", InFile(path))]
    #[non_exhaustive]
    LineTooLong {
        /// The limit, in bytes of UTF-8.
        limit: usize,
        /// The file, if the text stream was opened by a path.
        path: Option<Box<Path>>,
    },

    /// A request that a [`Pipe`](crate::Pipe) can never satisfy: more bytes at once than it may
    /// hold, or a record that has not ended in a full pipe. The bytes stay in the pipe, and waiting
    /// does not help.
    #[error("{expected} bytes at once are needed, and the pipe holds at most {limit}")]
    #[non_exhaustive]
    TooLarge {
        /// How many bytes would have to be there at once; of a record, the least it could be.
        expected: usize,
        /// The pipe's limit, in bytes.
        limit: usize,
    },

    /// The device panicked in an earlier write. How much it had written is unknown, so further
    /// writes are refused rather than risk duplicates.
    #[error("the device panicked while it was written to")]
    Poisoned,

    /// The device reported having written 0 bytes of a non-empty write; or a custom codec consumed
    /// none of a large input.
    #[error("{} made no progress: {operation}", operation.who())]
    NoProgress {
        /// What was attempted.
        operation: Operation,
    },

    /// The device claims to have moved more bytes than the call allowed; or a custom codec claims
    /// more than it was given, or half a character.
    #[error("{} claims {claimed} bytes of at most {limit}: {operation}", operation.who())]
    BadCount {
        /// What was attempted.
        operation: Operation,
        /// The number of bytes that was reported.
        claimed: usize,
        /// The number of bytes that was possible.
        limit: usize,
    },

    /// The system could not open a file.
    #[error("cannot open {} (mode {mode}): {source}", path.display())]
    Open {
        /// The path as it was given.
        path: PathBuf,
        /// The mode, in Python's spelling.
        mode: &'static str,
        /// The system's error.
        r#source: io::Error,
    },

    /// An operation on an open file that has a path failed. (Python's `OSError` has a `filename`.)
    #[error("{} (mode {mode}): {operation}: {source}", path.display())]
    File {
        /// The path the file was opened with.
        path: PathBuf,
        /// The mode, in Python's spelling.
        mode: &'static str,
        /// Which operation failed.
        operation: Operation,
        /// The system's error.
        r#source: io::Error,
    },

    /// A file that was to take another one's place did not, since a write to it had failed before. The
    /// other file is as it was. See [`AtomicFile`](crate::raw::AtomicFile).
    #[error("{} was not replaced, since a write had failed", path.display())]
    NotReplaced {
        /// The path as it was given.
        path: PathBuf,
    },

    /// Two steps of one call failed, for example the flush and the close inside
    /// [`close`](crate::IoBase::close), which closes the device even if the flush failed. The first
    /// error decides the [kind](Error::kind) and the number. (Python raises the second, with the
    /// first as `__context__`.)
    #[error("{}", one_after_the_other(first, second))]
    Combined {
        /// What failed first; may be a `Combined` itself.
        first: Box<Error>,
        /// What failed second.
        second: Box<Error>,
    },

    /// Any other error of the device or the system.
    #[error(transparent)]
    Io(io::Error),
}

impl Error {
    /// The kind this error has as an [`io::Error`].
    ///
    /// On Windows std has no kind for two failures that have one on Unix: a seek before the start
    /// is [`InvalidInput`](ErrorKind::InvalidInput) here, and a write to a socket whose sending
    /// side was shut [`BrokenPipe`](ErrorKind::BrokenPipe). Turn an [`io::Error`] into an [`Error`]
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
            Error::Unsupported { .. } | Error::WrongKind { .. } | Error::Unsplittable { .. } => {
                ErrorKind::Unsupported
            }
            Error::Deadlock => ErrorKind::Deadlock,
            Error::WouldBlock { .. } => ErrorKind::WouldBlock,
            Error::PartialRead { .. } => ErrorKind::UnexpectedEof,
            Error::Decode { .. }
            | Error::NotUtf8 { .. }
            | Error::Encode { .. }
            | Error::LineTooLong { .. }
            | Error::TooLarge { .. }
            | Error::BadCount { .. }
            | Error::NotReplaced { .. }
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
            Error::WriteFailed { source, .. } | Error::Combined { first: source, .. } => {
                source.kind()
            }
            Error::Io(error) => system_kind(error),
        }
    }

    /// The system's error number (`errno`), where the error came from the system.
    ///
    /// Every conversion keeps it. But std's own `raw_os_error` returns `None` for an [`io::Error`]
    /// that contains one of ours (an [`Error::File`], say): convert it back first, with
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
            Error::WriteFailed { source, .. } | Error::Combined { first: source, .. } => {
                source.raw_os_error()
            }
            Error::Io(error) => error.raw_os_error(),
            _ => None,
        }
    }

    /// The system's own words, without the path and the number in the full message, as command-line
    /// tools print them; `None` if the error did not come from the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::FileIo;
    /// use iolite::raw::FileMode;
    ///
    /// let error = FileIo::open("/no/such/file", FileMode::Read).unwrap_err();
    /// let reason = error.os_message().expect("the system said so");
    /// eprintln!("mytool: /no/such/file: {reason}");
    /// assert!(!reason.contains("/no/such/file") && !reason.contains("os error"));
    /// ```
    #[must_use]
    #[doc(alias = "strerror")]
    pub fn os_message(&self) -> Option<String> {
        let number = self.raw_os_error()?;
        let mut words = io::Error::from_raw_os_error(number).to_string();
        // std offers the words only as a part of its own message.
        if let Some(len) = words
            .strip_suffix(&format!(" (os error {number})"))
            .map(str::len)
        {
            words.truncate(len);
        }
        Some(words)
    }

    /// Whether this means "try again later": the device has nothing or accepts nothing now, or a
    /// time-out passed ([`WouldBlock`](ErrorKind::WouldBlock) or [`TimedOut`](ErrorKind::TimedOut),
    /// which different systems use for the same time-out). Nothing is lost:
    ///
    /// * After a *read*, repeat the call.
    /// * After a *write*, send only the part that was not accepted: `written` of
    ///   [`WouldBlock`](Error::WouldBlock) (or, after a time-out, of
    ///   [`WriteFailed`](Error::WriteFailed)) counts the bytes that were; any other error means
    ///   that none were.
    /// * Repeat a `flush`.
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
        Error::Combined {
            first: Box::new(self),
            second: Box::new(second),
        }
    }

    /// The error of a call that had accepted `before` bytes when this one occurred.
    pub(crate) fn after_writing(self, before: usize) -> Error {
        match self {
            Error::WouldBlock { written } => Error::WouldBlock {
                written: before + written,
            },
            Error::WriteFailed { written, source } => Error::WriteFailed {
                written: before + written,
                source,
            },
            Error::Combined { first, second } => first.after_writing(before).and_then(*second),
            // A device's own error of that kind gets the form that callers check for.
            error if error.kind() == ErrorKind::WouldBlock => Error::WouldBlock { written: before },
            // Nothing was accepted, which is what any other error means: no wrapper needed.
            error if before == 0 => error,
            error => Error::WriteFailed {
                written: before,
                source: Box::new(error),
            },
        }
    }
}

/// The result of two steps, where the second is done even if the first failed.
pub(crate) fn both(first: Result<()>, second: Result<()>) -> Result<()> {
    match (first, second) {
        (Err(first), Err(second)) => Err(first.and_then(second)),
        (first, second) => first.and(second),
    }
}

impl From<io::Error> for Error {
    /// Extracts our error from std's, if it contains one; any other becomes [`Error::Io`].
    fn from(error: io::Error) -> Error {
        error.downcast::<Error>().unwrap_or_else(Error::Io)
    }
}

impl From<Error> for io::Error {
    /// Keeps the kind and contains the error; [`Error::Io`] becomes the std error that it was.
    fn from(error: Error) -> io::Error {
        match error {
            Error::Io(error) => error,
            error => io::Error::new(error.kind(), error),
        }
    }
}

/// std's kind; for two numbers of Windows that have none, the kind of the same failure on Unix.
fn system_kind(error: &io::Error) -> ErrorKind {
    const ERROR_NEGATIVE_SEEK: i32 = 131;
    const WSAESHUTDOWN: i32 = 10058;
    match error.raw_os_error() {
        Some(ERROR_NEGATIVE_SEEK) if cfg!(windows) => ErrorKind::InvalidInput,
        Some(WSAESHUTDOWN) if cfg!(windows) => ErrorKind::BrokenPipe,
        _ => error.kind(),
    }
}

/// The message of two errors. The second is not repeated if it says what the first one says: a full
/// disk fails both the flush and the close. Each is made into text once, because either may be a
/// [`Error::Combined`] itself.
fn one_after_the_other(first: &Error, second: &Error) -> String {
    let (first, second) = (first.to_string(), second.to_string());
    if first == second {
        format!("{first}; and then the same again")
    } else {
        format!("{first}; and then: {second}")
    }
}

/// The file that an error is about, as a message begins; nothing if it is not known.
struct InFile<'a>(&'a Option<Box<Path>>);

impl fmt::Display for InFile<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(path) => write!(f, "{}: ", path.display()),
            None => Ok(()),
        }
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
