//! [`MmapAccess`]: who sees what is written.

/// What a map of a file may do, and who sees what is written; see
/// [`MmapOptions::access`](super::MmapOptions::access).
///
/// # Examples
///
/// ```
/// assert_eq!(iolite::MmapAccess::default(), iolite::MmapAccess::Read);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MmapAccess {
    /// Reading only. The map lends its pages without a copy.
    #[default]
    #[doc(alias = "ACCESS_READ")]
    Read,
    /// Reading and writing; what is written stays in memory and never reaches the file
    /// (copy-on-write). The file needs to be open for reading only.
    #[doc(alias = "ACCESS_COPY")]
    Copy,
    /// Reading and writing; what is written goes to the file. It must be open for both.
    #[doc(alias = "ACCESS_WRITE")]
    Write,
}
