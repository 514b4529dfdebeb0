//! [`Missing`]: a character that has no bytes.

/// A character that a stream's encoding does not have, as an [`ErrorHandler`](super::ErrorHandler)
/// is told of it: what [`Error::Encode`](crate::Error::Encode) has, before it is an error.
#[doc(alias = "UnicodeEncodeError")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Missing {
    /// The encoding's name.
    pub encoding: &'static str,
    /// Where the character stands in the text that is to be written, in bytes of its UTF-8.
    pub offset: usize,
    /// The character.
    pub ch: char,
}
