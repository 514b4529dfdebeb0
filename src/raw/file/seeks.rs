//! [`Seeks`]: whether a file can seek, where the system has said so.

/// Whether a file can seek.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seeks {
    Yes,
    No,
    /// The system failed when it was asked, without saying that it never will: each time it
    /// matters it is asked again.
    Unknown,
}
