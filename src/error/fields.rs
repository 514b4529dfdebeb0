//! What errors carry: [`Operation`], what a stream was asked to do, and [`ModeProblem`], why a
//! mode string cannot be followed.

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

/// What is wrong with a mode string; see [`Error::InvalidMode`](super::Error::InvalidMode).
///
/// # Examples
///
/// ```
/// use iolite::{Error, Mode, ModeProblem};
///
/// let error = "rb+t".parse::<Mode>().unwrap_err();
/// assert!(matches!(error, Error::InvalidMode { problem: ModeProblem::TextAndBinary, .. }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ModeProblem {
    /// A letter that means nothing here.
    UnknownLetter(char),
    /// A letter that stands there twice.
    RepeatedLetter(char),
    /// Both `t` and `b`.
    TextAndBinary,
    /// None of `r`, `w`, `a`, `x`.
    NoAccess,
    /// More than one of `r`, `w`, `a`, `x`.
    SeveralAccesses,
    /// Binary mode, and an encoding.
    BinaryWithEncoding,
    /// Binary mode, and an error policy.
    BinaryWithErrors,
    /// Binary mode, and a newline policy.
    BinaryWithNewline,
    /// Binary mode, and line buffering.
    BinaryWithLineBuffering,
    /// Text mode without a buffer.
    UnbufferedText,
}

impl fmt::Display for ModeProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ModeProblem::UnknownLetter(letter) => write!(f, "unknown letter {letter:?}"),
            ModeProblem::RepeatedLetter(letter) => write!(f, "the letter {letter:?} is repeated"),
            ModeProblem::TextAndBinary => f.write_str("text and binary at once"),
            ModeProblem::NoAccess => f.write_str("needs one of r, w, a, x"),
            ModeProblem::SeveralAccesses => f.write_str("takes only one of r, w, a, x"),
            ModeProblem::BinaryWithEncoding => f.write_str("binary mode has no encoding"),
            ModeProblem::BinaryWithErrors => f.write_str("binary mode has no error policy"),
            ModeProblem::BinaryWithNewline => f.write_str("binary mode has no newline policy"),
            ModeProblem::BinaryWithLineBuffering => {
                f.write_str("binary mode has no line buffering")
            }
            ModeProblem::UnbufferedText => f.write_str("text mode needs a buffer"),
        }
    }
}
