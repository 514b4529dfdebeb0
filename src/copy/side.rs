//! [`CopySide`]: which of the two streams of a copy failed.

/// Which of the two streams of a copy failed; see [`CopyError`](super::CopyError).
///
/// # Examples
///
/// ```
/// use iolite::{Adapter, BytesIo, CopySide, copy};
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
    /// The kernel was copying and does not say: "not now", or a connection that broke.
    Either,
}
