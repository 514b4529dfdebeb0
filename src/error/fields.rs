//! What errors carry: [`Operation`], what a stream was asked to do; [`ModeProblem`], why a mode
//! string cannot be followed; [`StreamKind`], what a stream is.

use std::fmt;

/// What a stream was asked to do; see [`Error::Unsupported`](super::Error::Unsupported).
///
/// # Examples
///
/// ```
/// assert_eq!(iolite::error::Operation::Truncate.to_string(), "truncate");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// Read bytes or characters.
    Read,
    /// Write bytes or characters.
    Write,
    /// Move the position.
    Seek,
    /// Tell the position.
    Tell,
    /// Cut or extend the file.
    Truncate,
    /// Wait for the disk.
    Sync,
    /// Close the file.
    Close,
    /// Decode bytes into text, by a custom [`Codec`](crate::text::Codec).
    Decode,
    /// Encode text into bytes, by a custom [`Codec`](crate::text::Codec).
    Encode,
    /// Wait for some time, and no longer, until a device is ready.
    Wait,
}

impl Operation {
    /// What performs it, as the subject of a message.
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
            Operation::Wait => "wait",
        })
    }
}

/// What is wrong with a mode string; see [`Error::InvalidMode`](super::Error::InvalidMode).
///
/// # Examples
///
/// ```
/// use iolite::Error;
/// use iolite::error::ModeProblem;
/// use iolite::open::Mode;
///
/// let error = "rb+t".parse::<Mode>().unwrap_err();
/// assert!(matches!(error, Error::InvalidMode { problem: ModeProblem::TextAndBinary, .. }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ModeProblem {
    /// A letter without a meaning.
    UnknownLetter(char),
    /// A letter that occurs twice.
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
    /// Binary mode, and other options of text.
    BinaryWithTextOptions,
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
            ModeProblem::BinaryWithTextOptions => f.write_str("binary mode has no text options"),
            ModeProblem::UnbufferedText => f.write_str("text mode needs a buffer"),
        }
    }
}

/// What a stream is, where it was used as something else; see
/// [`Error::WrongKind`](super::Error::WrongKind).
///
/// # Examples
///
/// ```
/// use iolite::{Error, open};
/// use iolite::error::StreamKind;
///
/// let mut text = open("Cargo.toml", "r")?;
/// let error = text.bytes().map(drop).unwrap_err();
/// assert!(matches!(error, Error::WrongKind { kind: StreamKind::Text }));
/// assert_eq!(error.to_string(), "the stream was opened as text");
/// # Ok::<(), iolite::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StreamKind {
    /// Text: opened without a `b` in the mode.
    Text,
    /// Bytes with a buffer.
    Bytes,
    /// Bytes without a buffer.
    Unbuffered,
}

impl fmt::Display for StreamKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            StreamKind::Text => "the stream was opened as text",
            StreamKind::Bytes => "the stream was opened as bytes",
            StreamKind::Unbuffered => "the stream was opened without a buffer",
        })
    }
}
