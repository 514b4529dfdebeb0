//! [`Operation`]: what a stream was asked to do.

use std::fmt;

/// What a stream was asked to do; see [`Error::Unsupported`](super::Error::Unsupported).
///
/// # Examples
///
/// ```
/// assert_eq!(iolite::Operation::Truncate.to_string(), "truncate");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// Take bytes or characters out of a stream.
    Read,
    /// Put bytes or characters into a stream.
    Write,
    /// Move the position.
    Seek,
    /// Tell the position.
    Tell,
    /// Cut or extend the file.
    Truncate,
    /// Wait for the disk.
    Sync,
    /// End the use of a file.
    Close,
    /// Make text of bytes, by a [`Codec`](crate::Codec) of the caller's own.
    Decode,
    /// Make bytes of text, by a [`Codec`](crate::Codec) of the caller's own.
    Encode,
}

impl Operation {
    /// Who does it, as a sentence begins.
    pub(super) fn who(self) -> &'static str {
        match self {
            Operation::Decode | Operation::Encode => "the codec",
            _ => "the device",
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Operation::Read => "read",
            Operation::Write => "write",
            Operation::Seek => "seek",
            Operation::Tell => "tell",
            Operation::Truncate => "truncate",
            Operation::Sync => "sync",
            Operation::Close => "close",
            Operation::Decode => "decode",
            Operation::Encode => "encode",
        })
    }
}
