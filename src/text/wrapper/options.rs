//! [`TextOptions`]: how a text stream treats its bytes.

use super::super::codec::{Encoding, OnError};
use super::super::newline::Newline;

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
/// assert_eq!(text.detach()?.detach()?.getvalue(), b"\xe9\r\n");
/// # Ok::<(), iolite::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct TextOptions {
    pub(super) encoding: Encoding,
    pub(super) errors: OnError,
    pub(super) newline: Newline,
    pub(super) line_buffering: bool,
    pub(super) line_limit: Option<usize>,
}

impl TextOptions {
    /// UTF-8, strict, [`Newline::Universal`], no line buffering, no limit.
    pub fn new() -> TextOptions {
        TextOptions::default()
    }

    /// Sets the encoding.
    pub fn encoding(mut self, encoding: Encoding) -> TextOptions {
        self.encoding = encoding;
        self
    }

    /// Sets what happens on errors.
    pub fn errors(mut self, errors: OnError) -> TextOptions {
        self.errors = errors;
        self
    }

    /// Sets the newline policy.
    pub fn newline(mut self, newline: Newline) -> TextOptions {
        self.newline = newline;
        self
    }

    /// Sets whether a write with `\n` or `\r` in it flushes, as on a terminal.
    pub fn line_buffering(mut self, line_buffering: bool) -> TextOptions {
        self.line_buffering = line_buffering;
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
    /// assert!(matches!(text.next_line(), Err(Error::LineTooLong { limit: 4 })));
    /// assert_eq!(text.fill_str()?, "much too long\n");
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn line_limit(mut self, limit: Option<usize>) -> TextOptions {
        self.line_limit = limit;
        self
    }
}
