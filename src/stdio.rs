//! Standard input, output and error: as text, as buffered bytes, and without any buffer.
//!
//! std wraps them in buffers of its own that cannot be taken off: its output is flushed at each
//! line, also into a pipe or a file, and its input is UTF-8 or bytes. Here text output is flushed
//! at each line **only on a terminal**, and the raw streams have no buffer at all.
//!
//! | | text | bytes, buffered | bytes, raw |
//! |---|---|---|---|
//! | standard input | [`stdin`] | [`stdin_bytes`] | [`stdin_raw`] |
//! | standard output | [`stdout`] | [`stdout_bytes`] | [`stdout_raw`] |
//! | standard error | [`stderr`]: flushed at each line | | [`stderr_raw`] |
//!
//! * **Each call makes a new stream with a buffer of its own.** Make one and pass it on: what one
//!   reader of standard input has read ahead another does not see, and two writers come out in
//!   the order of their flushes. The same holds for std's `println!` beside these.
//! * A stream owns a duplicate of the descriptor: closing it closes the process's own never.
//! * **Close or flush output, and look at the answer.** Drop writes too, and tells a failure to
//!   the [drop hook](crate::set_drop_hook); `std::process::exit` drops nothing.
//! * A process that is started with one of the three closed gets `/dev/null` in its place from
//!   std, on Unix: reading is at the end at once, and writing succeeds and is lost. (Python has
//!   `sys.stdin` be `None` then.)
//! * Encoding, error policy and newlines are UTF-8, strict and universal unless `…_with` says
//!   otherwise; no environment variable is asked. (Python follows the locale, and is lenient on
//!   standard error.)
//! * On a Windows console bytes are in the console's code page; set it to UTF-8 (65001).
//!
//! # Examples
//!
//! ```
//! use iolite::{IoBase, TextIo, stdio};
//!
//! let mut output = stdio::stdout()?;
//! for i in 0..3 {
//!     writeln!(output, "line {i}")?;              // one write in all, if this is a pipe
//! }
//! output.close()?;
//! # Ok::<(), iolite::Error>(())
//! ```

use std::fs::File;
use std::io;

use crate::buffered::{BufferedReader, BufferedWriter};
use crate::error::Result;
use crate::io_base::IoBase;
use crate::open::{TextReader, TextWriter};
use crate::raw::{FileIo, FileMode};
use crate::text::{TextIoWrapper, TextOptions};

/// Standard input as text in UTF-8. (Python: `sys.stdin`.)
///
/// # Errors
///
/// As for [`stdin_raw`].
///
/// # Examples
///
/// ```no_run
/// use iolite::{TextIo, stdio};
///
/// let mut input = stdio::stdin()?;
/// while let Some(line) = input.next_line()? {
///     eprintln!("{}", line.len());
/// }
/// # Ok::<(), iolite::Error>(())
/// ```
#[doc(alias = "sys.stdin")]
pub fn stdin() -> Result<TextReader> {
    stdin_with(TextOptions::new())
}

/// Standard input as text, read as `options` say.
///
/// # Errors
///
/// As for [`stdin_raw`].
///
/// # Examples
///
/// ```
/// use iolite::{Encoding, TextOptions, stdio};
/// let input = stdio::stdin_with(TextOptions::new().encoding(Encoding::LATIN_1))?;
/// assert_eq!(input.encoding(), Encoding::LATIN_1);
/// # Ok::<(), iolite::Error>(())
/// ```
pub fn stdin_with(options: TextOptions) -> Result<TextReader> {
    Ok(TextIoWrapper::with_options(stdin_bytes()?, options))
}

/// Standard input as bytes that are read ahead. (Python: `sys.stdin.buffer`.)
///
/// # Errors
///
/// As for [`stdin_raw`].
///
/// # Examples
///
/// ```
/// use iolite::{IoBase, stdio};
/// assert!(stdio::stdin_bytes()?.readable());
/// # Ok::<(), iolite::Error>(())
/// ```
#[doc(alias = "sys.stdin.buffer")]
pub fn stdin_bytes() -> Result<BufferedReader<FileIo>> {
    Ok(BufferedReader::new(stdin_raw()?))
}

/// Standard input without a buffer: each read is one system call. What std's `Stdin` has read
/// ahead is not seen. (Python: `sys.stdin.buffer.raw`.)
///
/// # Errors
///
/// What the system says: the process may have no descriptor left; a directory
/// ([`IsADirectory`](io::ErrorKind::IsADirectory)) is refused.
///
/// # Examples
///
/// ```
/// use iolite::{IoBase, stdio};
///
/// let mut input = stdio::stdin_raw()?;
/// input.close()?;                                 // closes the duplicate only
/// assert!(stdio::stdin_raw().is_ok());
/// # Ok::<(), iolite::Error>(())
/// ```
pub fn stdin_raw() -> Result<FileIo> {
    FileIo::from_file(duplicate(io::stdin())?, FileMode::Read)
}

/// Standard output as text in UTF-8, flushed at each line on a terminal and when the buffer is
/// full elsewhere. (Python: `sys.stdout`.)
///
/// # Errors
///
/// As for [`stdout_raw`].
///
/// # Examples
///
/// ```
/// use iolite::{IoBase, TextIo, stdio};
///
/// let mut output = stdio::stdout()?;
/// writeln!(output, "{} °C", 21)?;
/// output.close()?;                                // what was written is out, or this says why not
/// # Ok::<(), iolite::Error>(())
/// ```
#[doc(alias = "sys.stdout")]
pub fn stdout() -> Result<TextWriter> {
    stdout_with(TextOptions::new())
}

/// Standard output as text, written as `options` say. On a terminal it is flushed at each line
/// whatever they say; to have it otherwise, put a [`TextIoWrapper`] on [`stdout_bytes`].
///
/// # Errors
///
/// As for [`stdout_raw`].
///
/// # Examples
///
/// ```
/// use iolite::{Newline, TextOptions, stdio};
/// let output = stdio::stdout_with(TextOptions::new().newline(Newline::CrLf))?;
/// assert_eq!(output.newline(), Newline::CrLf);
/// # Ok::<(), iolite::Error>(())
/// ```
pub fn stdout_with(options: TextOptions) -> Result<TextWriter> {
    let buffer = stdout_bytes()?;
    let options = if buffer.is_terminal() {
        options.line_buffering(true)
    } else {
        options
    };
    Ok(TextIoWrapper::with_options(buffer, options))
}

/// Standard output as bytes that are collected, also on a terminal: flush where somebody waits
/// for them. (Python: `sys.stdout.buffer`.)
///
/// # Errors
///
/// As for [`stdout_raw`].
///
/// # Examples
///
/// ```
/// use std::io::Write;
/// use iolite::{IoBase, stdio};
///
/// let mut output = stdio::stdout_bytes()?;
/// output.write_all(b"\x1b[0m")?;
/// output.close()?;
/// # Ok::<(), iolite::Error>(())
/// ```
#[doc(alias = "sys.stdout.buffer")]
pub fn stdout_bytes() -> Result<BufferedWriter<FileIo>> {
    Ok(BufferedWriter::new(stdout_raw()?))
}

/// Standard output without a buffer: each write is one system call. What std's `Stdout` has not
/// flushed comes later. (Python: `sys.stdout.buffer.raw`.)
///
/// Output that is appended to a file (`>>`) is an appending stream, at the file's end.
///
/// # Errors
///
/// What the system says: the process may have no descriptor left.
///
/// # Examples
///
/// ```
/// use std::io::Write;
/// iolite::stdio::stdout_raw()?.write_all(b"at once\n")?;
/// # Ok::<(), iolite::Error>(())
/// ```
pub fn stdout_raw() -> Result<FileIo> {
    writer(duplicate(io::stdout())?)
}

/// Standard error as text in UTF-8, flushed at each line wherever it goes (as CPython's since
/// 3.9). Whole lines of several processes do not mix in a pipe, up to 4 KiB each.
/// (Python: `sys.stderr`.)
///
/// # Errors
///
/// As for [`stderr_raw`].
///
/// # Examples
///
/// ```
/// use iolite::{TextIo, stdio};
/// writeln!(stdio::stderr()?, "something happened")?;
/// # Ok::<(), iolite::Error>(())
/// ```
#[doc(alias = "sys.stderr")]
pub fn stderr() -> Result<TextWriter> {
    stderr_with(TextOptions::new())
}

/// Standard error as text, written as `options` say, and flushed at each line.
///
/// # Errors
///
/// As for [`stderr_raw`].
///
/// # Examples
///
/// ```
/// use iolite::{Encoding, OnError, TextIo, TextOptions, stdio};
///
/// let options = TextOptions::new().encoding(Encoding::ASCII).errors(OnError::Replace);
/// writeln!(stdio::stderr_with(options)?, "caf\u{e9}")?;   // caf?
/// # Ok::<(), iolite::Error>(())
/// ```
pub fn stderr_with(options: TextOptions) -> Result<TextWriter> {
    let buffer = BufferedWriter::new(stderr_raw()?);
    Ok(TextIoWrapper::with_options(
        buffer,
        options.line_buffering(true),
    ))
}

/// Standard error without a buffer: each write is one system call.
///
/// # Errors
///
/// What the system says: the process may have no descriptor left.
///
/// # Examples
///
/// ```
/// use std::io::Write;
/// iolite::stdio::stderr_raw()?.write_all(b"at once\n")?;
/// # Ok::<(), iolite::Error>(())
/// ```
pub fn stderr_raw() -> Result<FileIo> {
    writer(duplicate(io::stderr())?)
}

#[cfg(unix)]
fn duplicate(stream: impl std::os::fd::AsFd) -> io::Result<File> {
    Ok(File::from(stream.as_fd().try_clone_to_owned()?))
}

#[cfg(windows)]
fn duplicate(stream: impl std::os::windows::io::AsHandle) -> io::Result<File> {
    Ok(File::from(stream.as_handle().try_clone_to_owned()?))
}

/// Only the descriptor knows whether the shell opened it for appending.
#[cfg(unix)]
fn writer(file: File) -> Result<FileIo> {
    use rustix::fs::{OFlags, fcntl_getfl};
    let flags = fcntl_getfl(&file).map_err(io::Error::from)?;
    let mode = if flags.contains(OFlags::APPEND) {
        FileMode::Append
    } else {
        FileMode::Write
    };
    FileIo::from_file(file, mode)
}

#[cfg(windows)]
fn writer(file: File) -> Result<FileIo> {
    FileIo::from_file(file, FileMode::Write)
}
