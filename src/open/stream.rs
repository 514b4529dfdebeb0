//! [`Stream`]: what comes out of `open` when the mode is known only at run time.

#[cfg(unix)]
use std::os::fd::BorrowedFd;

use crate::buffered::{BufferedIo, BufferedRandom, BufferedReader, BufferedWriter};
use crate::error::{Error, Result};
use crate::io_base::IoBase;
use crate::raw::FileIo;
use crate::text::{TextIo, TextIoWrapper};

/// A file that is read as text.
pub type TextReader = TextIoWrapper<BufferedReader<FileIo>>;
/// A file that is written as text.
pub type TextWriter = TextIoWrapper<BufferedWriter<FileIo>>;
/// A file that is read and written as text.
pub type TextUpdater = TextIoWrapper<BufferedRandom<FileIo>>;

/// An open file; which kind of stream depends on the mode.
///
/// Take it apart with `match`, or ask for one of the two shapes that matter to most code.
///
/// # Examples
///
/// ```
/// use iolite::{Stream, open};
///
/// assert!(matches!(open("Cargo.toml", "rb")?, Stream::Reader(_)));
/// assert!(matches!(open("Cargo.toml", "r")?, Stream::TextReader(_)));
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

impl Stream {
    /// The stream as one of text.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidArgument`] if it was opened as binary; the stream is then closed.
    pub fn into_text(self) -> Result<Box<dyn TextIo + Send>> {
        match self {
            Stream::TextReader(text) => Ok(Box::new(text)),
            Stream::TextWriter(text) => Ok(Box::new(text)),
            Stream::TextUpdater(text) => Ok(Box::new(text)),
            _ => Err(Error::InvalidArgument {
                argument: "stream",
                problem: "it was opened as binary",
            }),
        }
    }

    /// The stream as one of buffered bytes.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidArgument`] if it was opened as text or without a buffer; the stream is
    /// then closed.
    pub fn into_bytes(self) -> Result<Box<dyn BufferedIo + Send>> {
        match self {
            Stream::Reader(bytes) => Ok(Box::new(bytes)),
            Stream::Writer(bytes) => Ok(Box::new(bytes)),
            Stream::Random(bytes) => Ok(Box::new(bytes)),
            _ => Err(Error::InvalidArgument {
                argument: "stream",
                problem: "it was opened as text or without a buffer",
            }),
        }
    }

    fn base(&self) -> &dyn IoBase {
        match self {
            Stream::Raw(stream) => stream,
            Stream::Reader(stream) => stream,
            Stream::Writer(stream) => stream,
            Stream::Random(stream) => stream,
            Stream::TextReader(stream) => stream,
            Stream::TextWriter(stream) => stream,
            Stream::TextUpdater(stream) => stream,
        }
    }

    fn base_mut(&mut self) -> &mut dyn IoBase {
        match self {
            Stream::Raw(stream) => stream,
            Stream::Reader(stream) => stream,
            Stream::Writer(stream) => stream,
            Stream::Random(stream) => stream,
            Stream::TextReader(stream) => stream,
            Stream::TextWriter(stream) => stream,
            Stream::TextUpdater(stream) => stream,
        }
    }
}

impl IoBase for Stream {
    fn readable(&self) -> bool {
        self.base().readable()
    }

    fn writable(&self) -> bool {
        self.base().writable()
    }

    fn seekable(&self) -> bool {
        self.base().seekable()
    }

    fn is_closed(&self) -> bool {
        self.base().is_closed()
    }

    fn close(&mut self) -> Result<()> {
        self.base_mut().close()
    }

    fn truncate(&mut self, size: Option<u64>) -> Result<u64> {
        self.base_mut().truncate(size)
    }

    fn is_terminal(&self) -> bool {
        self.base().is_terminal()
    }

    #[cfg(unix)]
    fn descriptor(&mut self) -> Result<Option<BorrowedFd<'_>>> {
        self.base_mut().descriptor()
    }
}
