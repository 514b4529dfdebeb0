//! [`Buffering`]: how large a buffer is.

/// How much is buffered (Python: the `buffering` argument).
///
/// # Examples
///
/// ```
/// use iolite::{Buffering, OpenOptions, Stream};
///
/// let options = OpenOptions::new().buffering(Buffering::None);
/// assert!(matches!(options.open("Cargo.toml", "rb")?, Stream::Raw(_)));
/// assert!(options.open("Cargo.toml", "r").is_err());      // text needs a buffer
/// # Ok::<(), iolite::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Buffering {
    /// 64 KiB, or the device's block size if that is larger; text on a terminal is line-buffered.
    /// (Python: -1.)
    #[default]
    Auto,
    /// No buffer; binary only. (Python: 0.)
    None,
    /// Text that is flushed with each line. (Python: 1.)
    Line,
    /// A buffer of so many bytes, 1 at least. (Python: any larger number.)
    Size(usize),
}
