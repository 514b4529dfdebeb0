//! [`Malformed`]: bytes that are no text.

/// Bytes that are no text in a stream's encoding, as an [`ErrorHandler`](super::ErrorHandler) is
/// told of them: what [`Error::Decode`](crate::Error::Decode) has, before it is an error.
#[doc(alias = "UnicodeDecodeError")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Malformed<'a> {
    /// The encoding's name.
    pub encoding: &'static str,
    /// Where the bytes start, in bytes from the start of the stream (or, where the stream cannot
    /// tell its position, from where reading began).
    pub offset: u64,
    /// The bytes, one sequence.
    pub bytes: &'a [u8],
    /// What is wrong with them.
    pub reason: &'static str,
}
