//! [`CopyError`]: how far a copy got, and why it stopped; [`CopySide`]: which stream failed.

use std::io::{self, ErrorKind};

use crate::chunk::Chunk;
use crate::error::Error;

/// A copy that stopped half-way: how far it got, why it stopped, and the bytes it had read.
///
/// To continue, repeat the call with [`unwritten`](CopyError::unwritten) as its
/// [prefix](super::CopyOptions::prefix). If the source can seek it was moved back, and if the
/// kernel copied it read no more than it wrote: then `unwritten` is empty, and repeating the same
/// call is enough. `?` into an [`Error`] or an [`io::Error`] keeps the reason and, for "would
/// block", the count, but drops `unwritten`.
///
/// # Examples
///
/// ```
/// use iolite::{Adapter, BytesIo, copy};
/// use iolite::copy::{CopyOptions, copy_with};
///
/// let mut pipe = Adapter::reader(&b"abcdef"[..]);
/// let mut small = [0; 4];
/// let error = copy(&mut pipe, &mut Adapter::writer(&mut small[..])).unwrap_err();
/// assert_eq!((error.copied, &*error.unwritten), (4, &b"ef"[..]));
///
/// let mut rest = BytesIo::new();
/// copy_with(&mut pipe, &mut rest, CopyOptions::new().prefix(error.unwritten))?;
/// assert_eq!(rest.as_slice(), b"ef");
/// # Ok::<(), iolite::Error>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[error("the copy stopped after {copied} bytes: {source}")]
#[non_exhaustive]
pub struct CopyError {
    /// How many bytes were written to the target, in this call.
    pub copied: u64,
    /// Bytes that were read from the source, not written, and could not be put back: at most 128
    /// KiB.
    pub unwritten: Chunk,
    /// Which stream failed.
    pub failed: CopySide,
    /// Why the copy stopped.
    pub r#source: Error,
}

impl CopyError {
    /// An error without a count and with nothing unwritten.
    pub(super) fn new(failed: CopySide, source: Error) -> CopyError {
        CopyError {
            copied: 0,
            unwritten: Chunk::new(),
            failed,
            source,
        }
    }

    pub(super) fn holding(self, unwritten: Chunk) -> CopyError {
        CopyError { unwritten, ..self }
    }

    /// Whether this means "try again later"; see [`Error::is_would_block`].
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{Adapter, BytesIo, copy};
    /// let error = copy(&mut Adapter::writer(Vec::new()), &mut BytesIo::new()).unwrap_err();
    /// assert!(!error.is_would_block());               // not readable, and never will be
    /// ```
    pub fn is_would_block(&self) -> bool {
        self.source.is_would_block()
    }
}

impl From<CopyError> for Error {
    fn from(error: CopyError) -> Error {
        let written = usize::try_from(error.copied).unwrap_or(usize::MAX);
        match error.source {
            Error::Combined { first, second } if first.kind() == ErrorKind::WouldBlock => {
                Error::WouldBlock { written }.and_then(*second)
            }
            source if source.kind() == ErrorKind::WouldBlock => Error::WouldBlock { written },
            source if source.is_would_block() => source.after_writing(written),
            source => source,
        }
    }
}

impl From<CopyError> for io::Error {
    fn from(error: CopyError) -> io::Error {
        Error::from(error).into()
    }
}

/// Which of the two streams of a copy failed; see [`CopyError`].
///
/// # Examples
///
/// ```
/// use iolite::{Adapter, BytesIo, copy};
/// use iolite::copy::CopySide;
/// let mut full = Adapter::writer(&mut [][..]);
/// let error = copy(&mut BytesIo::from(b"x".to_vec()), &mut full).unwrap_err();
/// assert_eq!(error.failed, CopySide::Target);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CopySide {
    /// The stream that was read.
    Source,
    /// The stream that was written.
    Target,
    /// The kernel was copying and does not say which: "would block", or a broken connection.
    Unknown,
}
