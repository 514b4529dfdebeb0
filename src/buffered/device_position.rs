//! [`DevicePosition`]: where a device stands, without asking it each time.
//!
//! We ask for the position once and count from there. Some devices (`/dev/zero`) report a position
//! that does not advance with their bytes: a second question, after the first read, finds that out,
//! and from then on the device is asked each time.

use crate::error::{AFTER_LAST, Result, moved_by, retry};
use crate::raw::RawIo;

#[derive(Clone, Copy, Default)]
pub(super) struct DevicePosition {
    /// What the device reported last; `None` where it has to be asked.
    reported: Option<u64>,
    /// How many bytes it moved since.
    moved: u64,
    trust: Trust,
}

/// Whether a device's position advances with its bytes.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Trust {
    /// It was asked once at most, and nothing was read since.
    #[default]
    Untested,
    /// It was asked once, and bytes were read since: the next question decides.
    Due,
    Reliable,
    Unreliable,
}

impl DevicePosition {
    /// The position. Asks the device if it has to.
    #[inline]
    pub(super) fn get(&mut self, device: &mut impl RawIo) -> Result<u64> {
        match self.by_count() {
            Some(at) if self.trust != Trust::Due => Ok(at),
            expected => self.ask(device, expected),
        }
    }

    /// What the device reported, and the bytes that moved since; `None` where that is no position.
    fn by_count(&self) -> Option<u64> {
        if self.trust == Trust::Unreliable && self.moved > 0 {
            None
        } else {
            self.reported?.checked_add(self.moved)
        }
    }

    fn ask(&mut self, device: &mut impl RawIo, expected: Option<u64>) -> Result<u64> {
        let reported = retry(|| device.stream_position())?;
        if self.reported.is_some() {
            // Also where the count is past the largest number: such a device does not count either.
            self.trust = if expected == Some(reported) {
                Trust::Reliable
            } else {
                Trust::Unreliable
            };
        }
        (self.reported, self.moved) = (Some(reported), 0);
        Ok(reported)
    }

    /// Where the device is by count; `None` if that is not known, or its position is unreliable.
    pub(super) fn expected(&self) -> Option<u64> {
        self.by_count().filter(|_| !self.is_unreliable())
    }

    /// Whether the position was found not to advance with the bytes.
    pub(super) fn is_unreliable(&self) -> bool {
        self.trust == Trust::Unreliable
    }

    /// The position was found not to advance with the bytes.
    pub(super) fn set_unreliable(&mut self) {
        self.trust = Trust::Unreliable;
    }

    /// Whether a device that returned `reached` from a seek to `target` did not move, though it
    /// reported success: event counters, `/dev/random` and others have such a seek.
    pub(super) fn stayed(&self, target: Option<u64>, reached: u64) -> bool {
        let missed = target.is_some_and(|target| target != reached);
        self.reported == Some(reached) && (missed || self.is_unreliable())
    }

    /// Whether the device has to be asked before a seek to `target`, because nothing else could
    /// show afterwards that it [stayed](DevicePosition::stayed).
    pub(super) fn must_ask(&self, target: Option<u64>) -> bool {
        self.reported.is_none()
            || self.trust == Trust::Due && (target.is_none() || target == self.reported)
    }

    /// So many bytes were read from the device.
    pub(super) fn gave(&mut self, n: usize) {
        if n > 0 && self.reported.is_some() && self.trust == Trust::Untested {
            self.trust = Trust::Due;
        }
        self.moved += n as u64;
    }

    /// So many bytes were written to the device. It is not asked again because of that: for a
    /// device without a position of its own, their number is the best there is.
    pub(super) fn took(&mut self, n: usize) {
        self.moved += n as u64;
    }

    /// The device reported that it is there now, or it was moved to where nobody knows.
    pub(super) fn set(&mut self, at: Option<u64>) {
        (self.reported, self.moved) = (at, 0);
        if self.trust == Trust::Due {
            self.trust = Trust::Untested;
        }
    }
}

/// The position after `n` more bytes.
pub(super) fn after(position: u64, n: usize) -> Result<u64> {
    position.checked_add(n as u64).ok_or(AFTER_LAST)
}

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
