//! [`FmtWriter`]: a text stream for `fmt::Write`.

use std::fmt;

use super::text_io::TextIo;
use crate::error::{Error, Result};

/// Makes a text stream an [`fmt::Write`], whose errors say nothing, and keeps the stream's own
/// error for you.
///
/// `write!` works on every stream without it; this is for code that is generic over `fmt::Write`.
/// Nothing more is written behind an error until it was asked for.
///
/// # Examples
///
/// ```
/// use std::fmt::Write;
/// use iolite::{BufferedWriter, BytesIo, Encoding, Error, FmtWriter, TextIoWrapper, TextOptions};
///
/// fn greet(to: &mut impl Write) -> std::fmt::Result {
///     to.write_str("hello, ")?;
///     to.write_char('世')
/// }
/// let options = TextOptions::new().encoding(Encoding::LATIN_1);
/// let text = TextIoWrapper::with_options(BufferedWriter::new(BytesIo::new()), options);
/// let mut out = FmtWriter::new(text);
/// assert!(greet(&mut out).is_err());
/// assert!(matches!(out.take_outcome(), Err(Error::WriteFailed { written: 7, .. })));
/// # Ok::<(), iolite::Error>(())
/// ```
#[derive(Debug)]
pub struct FmtWriter<T> {
    stream: T,
    /// How much was given since the outcome was asked for, in bytes.
    written: usize,
    outcome: Result<()>,
}

impl<T: TextIo> FmtWriter<T> {
    /// A writer to `stream`, which may be a `&mut` of one.
    pub fn new(stream: T) -> FmtWriter<T> {
        FmtWriter {
            stream,
            written: 0,
            outcome: Ok(()),
        }
    }

    /// What stopped the writing, if something did. Afterwards writing goes on. Where the error
    /// says how much was taken, it counts everything since the last call of this.
    ///
    /// # Errors
    ///
    /// What [`TextIo::write_str`] said to the piece that failed.
    pub fn take_outcome(&mut self) -> Result<()> {
        self.written = 0;
        std::mem::replace(&mut self.outcome, Ok(()))
    }

    /// Hands the stream out, and with it what stopped the writing. Flushes nothing.
    pub fn into_parts(self) -> (T, Result<()>) {
        (self.stream, self.outcome)
    }
}

impl<T> FmtWriter<T> {
    /// Keeps the error of a piece.
    #[cold]
    fn stop(&mut self, error: Error, piece: &str) -> fmt::Result {
        self.outcome = Err(error.after_writing(self.written - piece.len()));
        Err(fmt::Error)
    }
}

impl<T: TextIo> fmt::Write for FmtWriter<T> {
    #[inline]
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.outcome.is_err() {
            return Err(fmt::Error);
        }
        // Counted first, so that nothing is left to do behind the copy.
        self.written += text.len();
        match self.stream.write_str(text) {
            Ok(()) => Ok(()),
            Err(error) => self.stop(error, text),
        }
    }
}
