//! [`PendingText`]: what is on its way through a text stream.

/// What a text stream had on the way when it was taken apart; see
/// [`into_parts`](crate::TextIoWrapper::into_parts).
///
/// The bytes of `read` and `undecoded` were read from the buffer, which stands behind them; those of
/// `unwritten` come behind everything that the buffer was given.
///
/// # Examples
///
/// ```
/// use iolite::{BufferedReader, BytesIo, TextIo, TextIoWrapper};
///
/// let bytes = BytesIo::from(b"one\ntwo\r\n\xff".to_vec());
/// let mut text = TextIoWrapper::new(BufferedReader::new(bytes));
/// assert_eq!(text.next_line()?.as_deref(), Some("one"));
/// let (_, pending) = text.into_parts();
/// assert_eq!(pending.read, "two\r\n");
/// assert_eq!(pending.undecoded, b"\xff");
/// assert_eq!(pending.unwritten, b"");
/// # Ok::<(), iolite::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PendingText {
    /// Text that was read and decoded and nobody took, with its newlines as they stand in the
    /// stream.
    pub read: String,
    /// Bytes behind that which are not decoded: what was not looked at yet, the start of a
    /// character, malformed bytes that were not reported yet.
    pub undecoded: Vec<u8>,
    /// Bytes of text that was written and that the buffer did not take, with what ends them: a
    /// character that waited for the second one of a pair, the end of a shift.
    pub unwritten: Vec<u8>,
}

impl PendingText {
    /// Whether nothing is there.
    pub fn is_empty(&self) -> bool {
        self.read.is_empty() && self.undecoded.is_empty() && self.unwritten.is_empty()
    }
}
