//! Standard input, output and error: as text, as buffered bytes, and without any buffer.
//!
//! std's have buffers that cannot be removed: its output is flushed at each line, also into a pipe
//! or a file, and its input is UTF-8 or bytes. Here text output is flushed at each line **only on a
//! terminal**, and the raw streams have no buffer at all.
//!
//! | | text | bytes, buffered | bytes, raw |
//! |---|---|---|---|
//! | standard input | [`stdin`] | [`stdin_bytes`] | [`stdin_raw`] |
//! | standard output | [`stdout`] | [`stdout_bytes`] | [`stdout_raw`] |
//! | standard error | [`stderr`]: flushed at each line | | [`stderr_raw`] |
//!
//! * **Standard input is one shared stream, as in std.** What was read ahead stays in it, so a
//!   second [`stdin`] continues where the first one stopped. Each call locks it until its result is
//!   dropped: another thread waits, and a second call in the same thread is an
//!   [error](crate::Error::Deadlock), because it would wait for itself. Only [`stdin_raw`] bypasses
//!   the buffer, and does not see what is in it.
//! * **Each call for output makes a buffer of its own**: the output of two writers appears in the
//!   order of their flushes, and the same holds for std's `println!` next to them. Make one writer
//!   and pass it on. (A shared buffer would have to be flushed when the process ends, and only std
//!   can do that.)
//! * A stream owns a duplicate of the descriptor, so closing it never closes the process's own. The
//!   next call opens closed input again, without what had been read ahead.
//! * **Close or flush output, and check the result.** Drop writes too, and reports a failure to the
//!   [drop hook](crate::error::set_global_drop_hook); `std::process::exit` drops nothing.
//! * On Unix, std opens `/dev/null` for a process that is started with one of the three closed:
//!   reading is at the end at once, and what is written is lost. (Python's `sys.stdin` is `None`
//!   then.)
//! * Encoding, error policy and newlines are UTF-8, strict and universal unless `…_with` sets
//!   others; environment variables are ignored. (Python follows the locale, and is lenient on
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

use std::cell::Cell;
use std::io;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use crate::buffered::{BufferedReader, BufferedWriter};
use crate::error::{Error, Result, StreamKind};
use crate::io_base::IoBase;
use crate::open::{TextReader, TextWriter};
use crate::raw::{FileIo, FileMode};
use crate::text::{TextIoWrapper, TextOptions};

/// Standard input as text in UTF-8, locked until the returned value is dropped. (Python:
/// `sys.stdin`.)
///
/// Waits while another thread has it.
///
/// # Errors
///
/// [`Error::Deadlock`] where this thread has it, as text or as bytes; else as for [`stdin_raw`].
///
/// # Examples
///
/// ```no_run
/// use iolite::{TextIo, stdio};
///
/// fn ask(question: &str) -> iolite::Result<Option<String>> {
///     eprint!("{question} ");
///     let mut input = stdio::stdin()?;
///     Ok(input.next_line()?.map(|line| line.to_string()))
/// }
/// let name = ask("Your name?")?;
/// let age = ask("Your age?")?;                    // what came with the name was not lost
///
/// let mut input = stdio::stdin()?;
/// while let Some(line) = input.next_line()? {     // a loop locks it once
///     eprintln!("{}", line.len());
/// }
/// # Ok::<(), iolite::Error>(())
/// ```
#[doc(alias = "sys.stdin")]
pub fn stdin() -> Result<StdinLock> {
    stdin_with(TextOptions::new())
}

/// Standard input as text with these options, which also apply to what was read ahead.
///
/// # Errors
///
/// As for [`stdin`] and [`TextIoWrapper::reconfigure`].
///
/// # Examples
///
/// ```
/// use iolite::{Encoding, TextOptions, stdio};
/// let input = stdio::stdin_with(TextOptions::new().encoding(Encoding::LATIN_1))?;
/// assert_eq!(input.encoding(), Encoding::LATIN_1);
/// # Ok::<(), iolite::Error>(())
/// ```
pub fn stdin_with(options: TextOptions) -> Result<StdinLock> {
    let mut input = StdinLock::new()?;
    input.reconfigure(options)?;
    Ok(input)
}

/// Standard input as bytes that are read ahead, locked until the returned value is dropped.
/// (Python: `sys.stdin.buffer`.)
///
/// The buffer is the same that text is read from: text goes on where bytes stopped, and bytes where
/// text stopped, if it stopped at the end of what had been read ahead.
///
/// # Errors
///
/// As for [`stdin`], and [`Error::WrongKind`] while text is read ahead, which bytes would miss.
///
/// # Examples
///
/// ```
/// use iolite::{IoBase, stdio};
/// assert!(stdio::stdin_bytes()?.readable());
/// # Ok::<(), iolite::Error>(())
/// ```
#[doc(alias = "sys.stdin.buffer")]
pub fn stdin_bytes() -> Result<StdinBytesLock> {
    let mut text = StdinLock::new()?;
    if text.lend_buffer()?.is_none() {
        let kind = StreamKind::Text;
        return Err(Error::WrongKind { kind });
    }
    Ok(StdinBytesLock { text })
}

/// Standard input as text, locked while this value lives; see [`stdin`].
///
/// It dereferences to the stream; where a stream is expected by value, pass `&mut *input`.
#[derive(Debug)]
pub struct StdinLock {
    input: MutexGuard<'static, TextReader>,
}

/// Standard input as buffered bytes, locked while this value lives; see [`stdin_bytes`].
///
/// It dereferences to the stream; where a stream is expected by value, pass `&mut *input`.
#[derive(Debug)]
pub struct StdinBytesLock {
    text: StdinLock,
}

/// Made by the first call.
static STDIN: OnceLock<Mutex<TextReader>> = OnceLock::new();

thread_local! {
    /// Whether this thread has locked it.
    static LOCKED: Cell<bool> = const { Cell::new(false) };
}

impl StdinLock {
    fn new() -> Result<StdinLock> {
        if STDIN.get().is_none() {
            // If two threads are first at the same time, one of the two streams is dropped; it has
            // not read anything.
            let _ = STDIN.set(Mutex::new(open_stdin()?));
        }
        let shared = STDIN.get().expect("it was set");
        if LOCKED.get() {
            return Err(Error::Deadlock);
        }
        // After another thread's panic the stream is still usable, as after any error.
        let mut input = shared.lock().unwrap_or_else(PoisonError::into_inner);
        if input.is_closed() {
            *input = open_stdin()?;
        }
        LOCKED.set(true);
        Ok(StdinLock { input })
    }
}

fn open_stdin() -> Result<TextReader> {
    Ok(TextIoWrapper::new(BufferedReader::new(stdin_raw()?)))
}

impl Drop for StdinLock {
    fn drop(&mut self) {
        // Cleared before the lock is released, which is safe because only this thread reads it.
        LOCKED.set(false);
    }
}

impl Deref for StdinLock {
    type Target = TextReader;

    #[inline]
    fn deref(&self) -> &TextReader {
        &self.input
    }
}

impl DerefMut for StdinLock {
    #[inline]
    fn deref_mut(&mut self) -> &mut TextReader {
        &mut self.input
    }
}

impl Deref for StdinBytesLock {
    type Target = BufferedReader<FileIo>;

    #[inline]
    fn deref(&self) -> &BufferedReader<FileIo> {
        self.text.get_ref()
    }
}

impl DerefMut for StdinBytesLock {
    #[inline]
    fn deref_mut(&mut self) -> &mut BufferedReader<FileIo> {
        self.text.lent_buffer()
    }
}

/// Standard input without a buffer: each read is one system call. It does not see what the shared
/// stream, or std's `Stdin`, has read ahead. (Python: `sys.stdin.buffer.raw`.)
///
/// # Errors
///
/// The system's error: the process may have no descriptor left; a directory
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
    FileIo::duplicate(io::stdin(), FileMode::Read)
}

/// Standard output as text in UTF-8, flushed at each line on a terminal and when the buffer is
/// full elsewhere. (Python: `sys.stdout`.)
///
/// Each call makes a stream with a buffer of its own, unlike std's: what two of them write appears
/// in the order of their flushes. Make one and pass it on.
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

/// Standard output as text with these options. On a terminal it is always flushed at each line; to
/// avoid that, put a [`TextIoWrapper`] on [`stdout_bytes`].
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

/// Standard output as buffered bytes, also on a terminal: flush when the user should see them. Each
/// call makes a [buffer of its own](stdout). (Python: `sys.stdout.buffer`.)
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
/// flushed yet appears later. (Python: `sys.stdout.buffer.raw`.)
///
/// If the shell appends to a file (`>>`), this is an appending stream, at the file's end.
///
/// # Errors
///
/// The system's error: the process may have no descriptor left.
///
/// # Examples
///
/// ```
/// use std::io::Write;
/// iolite::stdio::stdout_raw()?.write_all(b"at once\n")?;
/// # Ok::<(), iolite::Error>(())
/// ```
pub fn stdout_raw() -> Result<FileIo> {
    writer(io::stdout())
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

/// Standard error as text with these options, flushed at each line.
///
/// # Errors
///
/// As for [`stderr_raw`].
///
/// # Examples
///
/// ```
/// use iolite::{Encoding, ErrorPolicy, TextIo, TextOptions, stdio};
///
/// let options = TextOptions::new().encoding(Encoding::ASCII).errors(ErrorPolicy::Replace);
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
/// The system's error: the process may have no descriptor left.
///
/// # Examples
///
/// ```
/// use std::io::Write;
/// iolite::stdio::stderr_raw()?.write_all(b"at once\n")?;
/// # Ok::<(), iolite::Error>(())
/// ```
pub fn stderr_raw() -> Result<FileIo> {
    writer(io::stderr())
}

/// Asks the descriptor whether the shell opened the file for appending.
#[cfg(unix)]
fn writer(stream: impl std::os::fd::AsFd) -> Result<FileIo> {
    use rustix::fs::{OFlags, fcntl_getfl};
    let flags = fcntl_getfl(&stream).map_err(io::Error::from)?;
    let mode = if flags.contains(OFlags::APPEND) {
        FileMode::Append
    } else {
        FileMode::Write
    };
    FileIo::duplicate(stream, mode)
}

#[cfg(windows)]
fn writer(stream: impl std::os::windows::io::AsHandle) -> Result<FileIo> {
    FileIo::duplicate(stream, FileMode::Write)
}
