//! [`ModeProblem`]: why a mode string cannot be followed.

use std::fmt;

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
