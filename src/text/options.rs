//! [`TextOptions`]: how a text stream treats its bytes.

use super::codec::{Encoding, ErrorPolicy};
use super::newline::Newline;
use crate::error::Result;

/// How text is read and written: encoding, error policy, newlines, line buffering.
///
/// The default is UTF-8, strict, [`Newline::Universal`], whatever the locale says.
///
/// # Examples
///
/// ```
/// use iolite::{BufferedWriter, BytesIo, Encoding, Newline, TextIo, TextIoWrapper, TextOptions};
///
/// let options = TextOptions::new().encoding(Encoding::LATIN_1).newline(Newline::CrLf);
/// let mut text = TextIoWrapper::with_options(BufferedWriter::new(BytesIo::new()), options);
/// text.write_str("é\n")?;
/// assert_eq!(text.detach()?.detach()?.as_slice(), b"\xe9\r\n");
/// # Ok::<(), iolite::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct TextOptions {
    pub(super) encoding: Encoding,
    pub(super) errors: ErrorPolicy,
    pub(super) newline: Newline,
    /// The newline policy for writing.
    pub(super) written: Newline,
    pub(super) line_buffering: bool,
    pub(super) write_through: bool,
    pub(super) line_limit: Option<usize>,
}

impl TextOptions {
    /// UTF-8, strict, [`Newline::Universal`], no line buffering, no write-through, no limit.
    pub fn new() -> TextOptions {
        TextOptions::default()
    }

    /// Sets the encoding.
    pub fn encoding(mut self, encoding: Encoding) -> TextOptions {
        self.encoding = encoding;
        self
    }

    /// Refuses an error policy that cannot be kept in the encoding.
    pub(crate) fn check(&self) -> Result<()> {
        self.errors.check(self.encoding)
    }

    /// Sets what happens on errors.
    pub fn errors(mut self, errors: ErrorPolicy) -> TextOptions {
        self.errors = errors;
        self
    }

    /// Sets the newline policy, for reading and for writing.
    pub fn newline(self, newline: Newline) -> TextOptions {
        self.newlines(newline, newline)
    }

    /// Sets one newline policy for reading and another for writing: an editor reads every
    /// convention and writes the one that the file had.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{BufferedWriter, BytesIo, Newline, TextIo, TextIoWrapper, TextOptions};
    ///
    /// // What the PEP's draft called `universal_newlines=True, crlf=True`.
    /// let options = TextOptions::new().newlines(Newline::Universal, Newline::CrLf);
    /// let mut text = TextIoWrapper::with_options(BufferedWriter::new(BytesIo::new()), options);
    /// text.write_str("a line\n")?;
    /// assert_eq!(text.detach()?.detach()?.as_slice(), b"a line\r\n");
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn newlines(mut self, read: Newline, written: Newline) -> TextOptions {
        (self.newline, self.written) = (read, written);
        self
    }

    /// Sets whether a write with `\n` or `\r` in it flushes, as on a terminal.
    ///
    /// What the device cannot take *now* waits in the buffer, and the write is `Ok`: the text was
    /// taken, and after an error the caller would send it twice. This holds for a device that would
    /// block and for one that timed out: **a reply to a client that does not read is `Ok`**. To know
    /// whether everything is out, call [`flush`](crate::TextIo::flush), and repeat it while its error
    /// [`is_would_block`](crate::Error::is_would_block). Any other error of the device is reported by
    /// the write, as [`WriteFailed`](crate::Error::WriteFailed) with all of the text counted.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{self, ErrorKind, Write};
    /// use iolite::{Adapter, BufferedWriter, TextIo, TextIoWrapper, TextOptions};
    ///
    /// /// A client that does not read.
    /// struct Asleep;
    ///
    /// impl Write for Asleep {
    ///     fn write(&mut self, _: &[u8]) -> io::Result<usize> {
    ///         Err(ErrorKind::TimedOut.into())
    ///     }
    ///     fn flush(&mut self) -> io::Result<()> {
    ///         Ok(())
    ///     }
    /// }
    ///
    /// let options = TextOptions::new().line_buffering(true);
    /// let buffer = BufferedWriter::new(Adapter::writer(Asleep));
    /// let mut text = TextIoWrapper::with_options(buffer, options);
    /// text.write_str("200 OK\n")?;
    /// assert_eq!(text.get_ref().pending(), 7);
    /// assert!(text.flush().is_err_and(|error| error.is_would_block()));
    /// # let (_, _) = text.into_parts();
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn line_buffering(mut self, line_buffering: bool) -> TextOptions {
        self.line_buffering = line_buffering;
        self
    }

    /// Sets whether every write is given to the device at once, as a log or a prompt wants it.
    ///
    /// CPython's `write_through` means only that text goes to the buffer at once, which it always
    /// does here; this option flushes that buffer, too. A write that the device cannot take now is
    /// `Ok` and stays in the buffer, as with [`line_buffering`](TextOptions::line_buffering).
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{BufferedWriter, BytesIo, TextIo, TextIoWrapper, TextOptions};
    ///
    /// let options = TextOptions::new().write_through(true);
    /// let mut text = TextIoWrapper::with_options(BufferedWriter::new(BytesIo::new()), options);
    /// text.write_str("at once")?;
    /// assert_eq!(text.get_ref().get_ref().as_slice(), b"at once");
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn write_through(mut self, write_through: bool) -> TextOptions {
        self.write_through = write_through;
        self
    }

    /// Sets how long a line may be, in bytes of UTF-8 without its terminator: a longer one is
    /// an error ([`LineTooLong`](crate::Error::LineTooLong)) and stays in place. `None`: any.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{BufferedReader, BytesIo, Error, TextIo, TextIoWrapper, TextOptions};
    ///
    /// let bytes = BufferedReader::new(BytesIo::from(b"much too long\n".to_vec()));
    /// let options = TextOptions::new().line_limit(Some(4));
    /// let mut text = TextIoWrapper::with_options(bytes, options);
    /// assert!(matches!(text.next_line(), Err(Error::LineTooLong { limit: 4, .. })));
    /// text.skip_line()?;
    /// assert!(text.next_line()?.is_none());
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn line_limit(mut self, limit: Option<usize>) -> TextOptions {
        self.line_limit = limit;
        self
    }

    /// The encoding.
    pub fn get_encoding(&self) -> Encoding {
        self.encoding
    }

    /// What happens on errors.
    pub fn get_errors(&self) -> ErrorPolicy {
        self.errors
    }

    /// The newline policies for reading and for writing.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{Newline, TextOptions};
    ///
    /// let options = TextOptions::new().newline(Newline::CrLf).line_limit(Some(80));
    /// assert_eq!(options.get_newlines(), (Newline::CrLf, Newline::CrLf));
    /// assert_eq!(options.get_line_limit(), Some(80));
    /// ```
    pub fn get_newlines(&self) -> (Newline, Newline) {
        (self.newline, self.written)
    }

    /// Whether a write with `\n` or `\r` in it flushes.
    pub fn get_line_buffering(&self) -> bool {
        self.line_buffering
    }

    /// Whether every write flushes.
    pub fn get_write_through(&self) -> bool {
        self.write_through
    }

    /// How long a line may be.
    pub fn get_line_limit(&self) -> Option<usize> {
        self.line_limit
    }
}
