//! [`Stream`]: what comes out of `open` when the mode is known only at run time.

use std::fmt;
use std::io::{Read, Seek, SeekFrom, Write};

use crate::buffered::{BufferedIo, BufferedRandom, BufferedReader, BufferedWriter};
use crate::error::{Error, ErrorWith, Result, StreamKind};
use crate::io_base::{BorrowedDevice, IoBase};
use crate::raw::{AtomicFile, FileIo};
use crate::text::{Line, LineEnding, LineEndings, TextIo, TextIoWrapper, TextPosition};

/// A file that is read as text.
pub type TextReader = TextIoWrapper<BufferedReader<FileIo>>;
/// A file that is written as text.
pub type TextWriter = TextIoWrapper<BufferedWriter<FileIo>>;
/// A file that is written anew as text, and put in place when it is closed.
pub type TextReplacer = TextIoWrapper<BufferedWriter<AtomicFile>>;
/// A file that is read and written as text.
pub type TextUpdater = TextIoWrapper<BufferedRandom<FileIo>>;

/// An open file; which kind of stream depends on the mode.
///
/// It can be used as what it is: a text file by [`TextIo`], a file of bytes by
/// [`bytes`](Stream::bytes), which lends it as a std [`Read`], [`Write`], [`Seek`] and
/// [`BufRead`](std::io::BufRead), or by the few methods of its own. A call that the other kind
/// would have is an [`Error::WrongKind`] that says what was opened. `match` and `TryFrom` give the
/// typed stream with everything it can do.
///
/// # Examples
///
/// ```
/// use iolite::{BufferedReader, FileIo, Stream, TextIo, open};
/// use iolite::open::TextReader;
///
/// let mut text = open("Cargo.toml", "r")?;
/// while let Some(line) = text.next_line()? {
///     assert!(!line.contains('\n'));
/// }
///
/// let mut bytes = open("Cargo.toml", "rb")?;
/// let mut magic = [0; 4];
/// bytes.read_exact(&mut magic)?;
/// assert!(bytes.next_line().is_err());
///
/// let mut typed = TextReader::try_from(open("Cargo.toml", "r")?)?;
/// assert!(typed.next_batch()?.is_some());
/// assert!(matches!(open("Cargo.toml", "rb")?, Stream::Reader(_)));
/// # Ok::<(), iolite::Error>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
#[allow(
    clippy::large_enum_variant,
    reason = "it is taken apart as soon as it is made"
)]
pub enum Stream {
    /// Binary, without a buffer.
    Raw(FileIo),
    /// `rb`
    Reader(BufferedReader<FileIo>),
    /// `wb`, `ab`, `xb`
    Writer(BufferedWriter<FileIo>),
    /// `rb+`, `wb+`, `ab+`, `xb+`
    Random(BufferedRandom<FileIo>),
    /// `r`
    TextReader(TextReader),
    /// `w`, `a`, `x`
    TextWriter(TextWriter),
    /// `r+`, `w+`, `a+`, `x+`
    TextUpdater(TextUpdater),
}

/// The stream inside, of whatever kind, for a call that all kinds have.
macro_rules! any {
    ($stream:expr, $inner:ident => $call:expr) => {
        match $stream {
            Stream::Raw($inner) => $call,
            Stream::Reader($inner) => $call,
            Stream::Writer($inner) => $call,
            Stream::Random($inner) => $call,
            Stream::TextReader($inner) => $call,
            Stream::TextWriter($inner) => $call,
            Stream::TextUpdater($inner) => $call,
        }
    };
}

/// The stream inside if it is one of text; what stands after it for any other.
macro_rules! if_text {
    ($stream:expr, $inner:ident => $call:expr, $other:pat => $otherwise:expr) => {
        match $stream {
            Stream::TextReader($inner) => $call,
            Stream::TextWriter($inner) => $call,
            Stream::TextUpdater($inner) => $call,
            $other => $otherwise,
        }
    };
}

/// The same for one of buffered bytes.
macro_rules! if_bytes {
    ($stream:expr, $inner:ident => $call:expr, $other:pat => $otherwise:expr) => {
        match $stream {
            Stream::Reader($inner) => $call,
            Stream::Writer($inner) => $call,
            Stream::Random($inner) => $call,
            $other => $otherwise,
        }
    };
}

/// What all streams of bytes have in common, buffered or not.
trait ByteStream: Read + Write + Seek {}
impl<T: Read + Write + Seek + ?Sized> ByteStream for T {}

impl Stream {
    /// What was opened.
    pub fn kind(&self) -> StreamKind {
        match self {
            Stream::Raw(_) => StreamKind::Unbuffered,
            Stream::Reader(_) | Stream::Writer(_) | Stream::Random(_) => StreamKind::Bytes,
            Stream::TextReader(_) | Stream::TextWriter(_) | Stream::TextUpdater(_) => {
                StreamKind::Text
            }
        }
    }

    fn wrong_kind<T>(&self) -> Result<T> {
        let kind = self.kind();
        Err(Error::WrongKind { kind })
    }

    /// The stream as one of text. It is one itself; this asks once for all calls.
    ///
    /// # Errors
    ///
    /// [`Error::WrongKind`] if it was opened as binary.
    pub fn text(&mut self) -> Result<&mut (dyn TextIo + Send)> {
        if_text!(self, text => Ok(text), stream => stream.wrong_kind())
    }

    /// The stream as one of buffered bytes.
    ///
    /// # Errors
    ///
    /// [`Error::WrongKind`] if it was opened as text or without a buffer.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::open;
    ///
    /// let mut bytes = open("Cargo.toml", "rb")?;
    /// let mut line = Vec::new();
    /// bytes.bytes()?.read_until(b'\n', &mut line)?;
    /// assert_eq!(line, b"[package]\n");
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn bytes(&mut self) -> Result<&mut (dyn BufferedIo + Send)> {
        if_bytes!(self, bytes => Ok(bytes), stream => stream.wrong_kind())
    }

    /// The stream as one of text, for keeping.
    ///
    /// # Errors
    ///
    /// [`Error::WrongKind`] if it was opened as binary; the stream is in the error, still open.
    pub fn into_text(self) -> Result<Box<dyn TextIo + Send>, ErrorWith<Stream>> {
        if_text!(self, text => Ok(Box::new(text)), stream => Err(handed_back(stream)))
    }

    /// The stream as one of buffered bytes, for keeping.
    ///
    /// # Errors
    ///
    /// [`Error::WrongKind`] if it was opened as text or without a buffer; the stream is in the
    /// error, still open.
    pub fn into_bytes(self) -> Result<Box<dyn BufferedIo + Send>, ErrorWith<Stream>> {
        if_bytes!(self, bytes => Ok(Box::new(bytes)), stream => Err(handed_back(stream)))
    }

    /// Bytes, with or without a buffer.
    fn any_bytes(&mut self) -> Result<&mut dyn ByteStream> {
        match self {
            Stream::Raw(bytes) => Ok(bytes),
            stream => if_bytes!(stream, bytes => Ok(bytes), stream => stream.wrong_kind()),
        }
    }

    /// Reads bytes, as [`Read::read`].
    ///
    /// # Errors
    ///
    /// What the stream says; [`Error::WrongKind`] if it is one of text. So for the calls below.
    pub fn read(&mut self, buf: &mut [u8]) -> Result<usize> {
        Ok(self.any_bytes()?.read(buf)?)
    }

    /// Fills `buf` with bytes, as [`Read::read_exact`].
    ///
    /// # Errors
    ///
    /// As for [`read`](Stream::read).
    pub fn read_exact(&mut self, buf: &mut [u8]) -> Result<()> {
        Ok(self.any_bytes()?.read_exact(buf)?)
    }

    /// Reads all bytes that are left, as [`Read::read_to_end`].
    ///
    /// # Errors
    ///
    /// As for [`read`](Stream::read).
    pub fn read_to_end(&mut self, bytes: &mut Vec<u8>) -> Result<usize> {
        Ok(self.any_bytes()?.read_to_end(bytes)?)
    }

    /// Writes all of some bytes, as [`Write::write_all`].
    ///
    /// # Errors
    ///
    /// As for [`read`](Stream::read).
    pub fn write_all(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.any_bytes()?.write_all(bytes)?)
    }

    /// Moves the position in bytes, as [`Seek::seek`]. Positions of text are
    /// [`TextPosition`]s: see [`TextIo::seek`].
    ///
    /// # Errors
    ///
    /// As for [`read`](Stream::read).
    pub fn seek_bytes(&mut self, to: SeekFrom) -> Result<u64> {
        Ok(self.any_bytes()?.seek(to)?)
    }
}

fn handed_back(stream: Stream) -> ErrorWith<Stream> {
    let kind = stream.kind();
    ErrorWith::new(Error::WrongKind { kind }, stream)
}

macro_rules! typed {
    ($($variant:ident($stream:ty)),*) => {$(
        impl TryFrom<Stream> for $stream {
            type Error = ErrorWith<Stream>;

            /// # Errors
            ///
            /// [`Error::WrongKind`], with the stream, where another one was opened.
            fn try_from(stream: Stream) -> Result<$stream, ErrorWith<Stream>> {
                match stream {
                    Stream::$variant(stream) => Ok(stream),
                    stream => Err(handed_back(stream)),
                }
            }
        }
    )*};
}
typed!(
    Raw(FileIo),
    Reader(BufferedReader<FileIo>),
    Writer(BufferedWriter<FileIo>),
    Random(BufferedRandom<FileIo>),
    TextReader(TextReader),
    TextWriter(TextWriter),
    TextUpdater(TextUpdater)
);

impl IoBase for Stream {
    fn readable(&self) -> bool {
        any!(self, stream => stream.readable())
    }

    fn writable(&self) -> bool {
        any!(self, stream => stream.writable())
    }

    fn seekable(&self) -> bool {
        any!(self, stream => stream.seekable())
    }

    fn is_closed(&self) -> bool {
        any!(self, stream => stream.is_closed())
    }

    fn close(&mut self) -> Result<()> {
        any!(self, stream => stream.close())
    }

    fn truncate(&mut self, size: Option<u64>) -> Result<u64> {
        any!(self, stream => stream.truncate(size))
    }

    fn is_terminal(&self) -> bool {
        any!(self, stream => stream.is_terminal())
    }

    fn flush_and_borrow_fd(&mut self) -> Result<Option<BorrowedDevice<'_>>> {
        any!(self, stream => stream.flush_and_borrow_fd())
    }
}

/// Text; every call of a stream of bytes is [`Error::WrongKind`].
impl TextIo for Stream {
    fn next_line(&mut self) -> Result<Option<Line<'_>>> {
        self.text()?.next_line()
    }

    fn next_line_part(&mut self, max: usize) -> Result<Option<Line<'_>>> {
        self.text()?.next_line_part(max)
    }

    fn fill_str(&mut self) -> Result<&str> {
        self.text()?.fill_str()
    }

    /// Does nothing to a stream of bytes, which has shown no text.
    fn consume(&mut self, n: usize) {
        if let Ok(text) = self.text() {
            text.consume(n);
        }
    }

    fn write_str(&mut self, text: &str) -> Result<()> {
        self.text()?.write_str(text)
    }

    /// Of a stream of bytes, too.
    fn flush(&mut self) -> Result<()> {
        match self.text() {
            Ok(text) => text.flush(),
            Err(_) => Ok(self.any_bytes()?.flush()?),
        }
    }

    /// None of a stream of bytes.
    fn newlines(&self) -> LineEndings {
        if_text!(self, text => text.newlines(), _ => LineEndings::default())
    }

    fn tell(&mut self) -> Result<TextPosition> {
        self.text()?.tell()
    }

    fn seek(&mut self, to: TextPosition) -> Result<()> {
        self.text()?.seek(to)
    }

    fn next_char(&mut self) -> Result<Option<char>> {
        self.text()?.next_char()
    }

    fn read_line(&mut self, line: &mut String) -> Result<usize> {
        self.text()?.read_line(line)
    }

    fn skip_line(&mut self) -> Result<LineEnding> {
        self.text()?.skip_line()
    }

    fn read_to_string(&mut self, text: &mut String) -> Result<usize> {
        self.text()?.read_to_string(text)
    }

    fn write_fmt(&mut self, args: fmt::Arguments<'_>) -> Result<()> {
        self.text()?.write_fmt(args)
    }
}
