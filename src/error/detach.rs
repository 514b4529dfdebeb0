//! [`DetachError`]: a stream that could not be taken apart.

use std::{fmt, io};

use super::Error;

/// A stream that could not be taken apart, and why: nothing is lost.
///
/// # Examples
///
/// ```
/// use iolite::{Adapter, BufferedWriter};
///
/// let mut full = [0; 2];
/// let mut writer = BufferedWriter::new(Adapter::writer(&mut full[..]));
/// std::io::Write::write_all(&mut writer, b"abc")?;
/// let error = writer.detach().unwrap_err();
/// assert_eq!(error.stream().pending(), 1);            // two of three bytes went out
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct DetachError<S>(Box<(Error, S)>);

impl<S> DetachError<S> {
    pub(crate) fn new(error: Error, stream: S) -> DetachError<S> {
        DetachError(Box::new((error, stream)))
    }

    /// Why the stream could not be taken apart.
    pub fn error(&self) -> &Error {
        &self.0.0
    }

    /// The stream, as it was.
    pub fn stream(&self) -> &S {
        &self.0.1
    }

    /// The reason and the stream.
    pub fn into_parts(self) -> (Error, S) {
        *self.0
    }
}

impl<S> fmt::Display for DetachError<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the stream could not be taken apart: {}", self.error())
    }
}

impl<S: fmt::Debug> std::error::Error for DetachError<S> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(self.error())
    }
}

impl<S> From<DetachError<S>> for Error {
    fn from(error: DetachError<S>) -> Error {
        error.0.0
    }
}

impl<S> From<DetachError<S>> for io::Error {
    fn from(error: DetachError<S>) -> io::Error {
        Error::from(error).into()
    }
}
