//! [`FmtWriter`]: a text stream for `fmt::Write`.

use std::fmt;

use super::text_io::TextIo;
use crate::error::{Error, Result, report_at_drop};

/// Makes a text stream an [`fmt::Write`], whose errors say nothing, and keeps the stream's own
/// error for you.
///
/// `write!` works on every stream without it; this is for code that is generic over `fmt::Write`.
/// Nothing more is written behind an error until it was asked for. Drop tells the hook
/// ([`set_drop_hook`](crate::set_drop_hook)) of one that nobody asked for.
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
    outcome: Outcome,
}

/// What stopped the writing, and how many bytes of the piece that it stopped were not written.
#[derive(Debug)]
struct Outcome(Result<(), (Error, usize)>);

impl Outcome {
    fn take(&mut self) -> Result<()> {
        std::mem::replace(&mut self.0, Ok(())).map_err(|(error, _)| error)
    }
}

impl Drop for Outcome {
    /// Nobody asked for it.
    fn drop(&mut self) {
        if let Err((error, lost)) = &self.0 {
            report_at_drop(error, *lost);
        }
    }
}

impl<T: TextIo> FmtWriter<T> {
    /// A writer to `stream`, which may be a `&mut` of one.
    pub fn new(stream: T) -> FmtWriter<T> {
        FmtWriter {
            stream,
            written: 0,
            outcome: Outcome(Ok(())),
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
        self.outcome.take()
    }

    /// Hands the stream out, and with it what stopped the writing. Flushes nothing.
    #[must_use = "what stopped the writing is lost otherwise"]
    pub fn into_parts(mut self) -> (T, Result<()>) {
        (self.stream, self.outcome.take())
    }
}

impl<T> FmtWriter<T> {
    /// Keeps the error of a piece.
    #[cold]
    fn stop(&mut self, error: Error, piece: &str) -> fmt::Result {
        let before = self.written - piece.len();
        let error = error.after_writing(before);
        let lost = match &error {
            Error::WouldBlock { written } | Error::WriteFailed { written, .. } => {
                self.written.saturating_sub(*written)
            }
            _ => piece.len(),
        };
        self.outcome = Outcome(Err((error, lost)));
        Err(fmt::Error)
    }
}

impl<T: TextIo> fmt::Write for FmtWriter<T> {
    #[inline]
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.outcome.0.is_err() {
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
