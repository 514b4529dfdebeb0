//! [`ErrorWith`]: an error that returns the value that the call was given.

use std::{fmt, io};

use super::Error;

/// The reason why a call failed, and the value that it was given, so that nothing is lost.
///
/// `?` drops the value and keeps the reason, as an [`Error`] or an [`io::Error`].
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
/// assert_eq!(error.value().pending(), 1);             // two of three bytes went out
/// # Ok::<(), std::io::Error>(())
/// ```
// Boxed, so that a `Result` with it is no larger than the value.
#[derive(Debug)]
pub struct ErrorWith<T, E = Error>(Box<(E, T)>);

/// A stream that could not be detached, and why.
pub type DetachError<S> = ErrorWith<S>;

impl<T, E> ErrorWith<T, E> {
    pub(crate) fn new(error: E, value: T) -> ErrorWith<T, E> {
        ErrorWith(Box::new((error, value)))
    }

    /// Why the call failed.
    pub fn error(&self) -> &E {
        &self.0.0
    }

    /// What the call was given, unchanged.
    pub fn value(&self) -> &T {
        &self.0.1
    }

    /// The reason, and what the call was given.
    pub fn into_parts(self) -> (E, T) {
        *self.0
    }
}

impl<T, E: fmt::Display> fmt::Display for ErrorWith<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error().fmt(f)
    }
}

impl<T: fmt::Debug, E: std::error::Error> std::error::Error for ErrorWith<T, E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error().source()
    }
}

impl<T> From<ErrorWith<T>> for Error {
    fn from(error: ErrorWith<T>) -> Error {
        error.0.0
    }
}

impl<T, E> From<ErrorWith<T, E>> for io::Error
where
    Error: From<ErrorWith<T, E>>,
{
    fn from(error: ErrorWith<T, E>) -> io::Error {
        Error::from(error).into()
    }
}
