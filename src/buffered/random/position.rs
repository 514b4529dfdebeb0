//! Positions: how far they go, and what is said of those that cannot be.
//!
//! Everything here has 64 bits on every machine. A position becomes a number of bytes in memory
//! only after it was found to lie inside something that is in memory.

use crate::error::{AFTER_LAST, Result, moved_by};

/// The last position there is: systems count in `i64`, so no device has bytes after it.
pub(super) const LAST: u64 = i64::MAX.cast_unsigned();

/// A position, if there is one so far from the start.
#[inline]
pub(super) fn in_reach(position: u64) -> Result<u64> {
    if position <= LAST {
        Ok(position)
    } else {
        Err(AFTER_LAST)
    }
}

/// The position `distance` bytes from another one.
pub(super) fn moved(from: u64, distance: i64) -> Result<u64> {
    in_reach(moved_by(from, distance)?)
}

/// How many of `n` bytes lie between `offset` and the last position.
#[inline]
pub(super) fn at_most(n: usize, offset: u64) -> usize {
    let room = LAST.saturating_sub(offset);
    usize::try_from(room).map_or(n, |room| n.min(room))
}
