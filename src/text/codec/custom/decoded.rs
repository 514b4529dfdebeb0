//! [`Decoded`]: what a codec made of bytes.

/// What a [`Codec`](super::Codec) made of the bytes it was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Decoded {
    /// So many bytes at the start, 1 at least, were read, and their text was appended. There may
    /// be none: a shift or a byte-order mark is no text. The state is the one behind them.
    Read(usize),
    /// The bytes are the start of something: show them again with more behind. Nothing was read;
    /// state and text stay as they were, whatever was made of them. Where nothing follows, the
    /// bytes are malformed.
    Unfinished,
    /// The first bytes are no text, and the error policy says what becomes of them. What comes
    /// before them was read by an earlier call. The state is the one behind them; text stays as it
    /// was.
    Malformed {
        /// How many bytes, 1 at least.
        len: usize,
        /// What is wrong with them, in a few words.
        reason: &'static str,
    },
}
