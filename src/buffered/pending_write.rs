//! [`PendingWrite`]: what a stream was given and its device was not.

use crate::chunk::Chunk;

/// Bytes that a [`BufferedRandom`](crate::BufferedRandom) took and its device does not have yet;
/// see [`into_parts`](crate::BufferedRandom::into_parts).
///
/// # Examples
///
/// ```
/// use std::io::Write;
/// use iolite::{BufferedRandom, BytesIo};
/// use iolite::buffered::PendingWrite;
///
/// let mut file = BufferedRandom::new(BytesIo::new())?;
/// file.write_all(b"abc")?;
/// let (_, pending) = file.into_parts();
/// let [PendingWrite { offset, bytes, .. }] = &pending[..] else { panic!("one place") };
/// assert_eq!((*offset, &bytes[..]), (Some(0), &b"abc"[..]));
/// # Ok::<(), iolite::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PendingWrite {
    /// Where they go, in bytes from the start of the device; `None` is its end (an appending
    /// device).
    pub offset: Option<u64>,
    /// The bytes. There may be some among them that the device has already: those between two
    /// places that were written to.
    pub bytes: Chunk,
}
