//! [`PendingWrite`]: what a stream was given and its device was not.

use crate::chunk::Chunk;

/// Bytes that a [`BufferedRandom`](crate::BufferedRandom) took and its device does not have yet;
/// see [`into_parts`](crate::BufferedRandom::into_parts).
///
/// # Examples
///
/// ```
/// use std::io::Write;
/// use iolite::{BufferedRandom, BytesIo, PendingWrite};
///
/// let mut file = BufferedRandom::new(BytesIo::new())?;
/// file.write_all(b"abc")?;
/// let (_, pending) = file.into_parts();
/// let expected = PendingWrite { offset: Some(0), bytes: "abc".into() };
/// assert_eq!(pending, [expected]);
/// # Ok::<(), iolite::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingWrite {
    /// Where they go, in bytes from the start of the device; `None` is its end (an appending
    /// device).
    pub offset: Option<u64>,
    /// The bytes. There may be some among them that the device has already: those between two
    /// places that were written to.
    pub bytes: Chunk,
}
