//! [`DevicePosition`]: where a device stands, without asking it each time.
//!
//! A file's position goes with the bytes that it moves: it is asked for and counted from then on.
//! Some devices have a position that does not (`/dev/zero` stays at 0). Whether this is one is
//! found out by asking a second time, once it has given bytes, and then it is asked each time.

use crate::error::{AFTER_LAST, Result, moved_by, retry};
use crate::raw::RawIo;

#[derive(Clone, Copy, Default)]
pub(super) struct DevicePosition {
    /// What the device said last; `None` where it has to be asked.
    said: Option<u64>,
    /// How many bytes it moved since.
    moved: u64,
    trust: Trust,
}

/// Whether a device's position goes with its bytes.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Trust {
    /// It was asked once at most, and has given nothing since.
    #[default]
    Untested,
    /// It was asked once, and has given bytes since.
    Due,
    Counts,
    Varies,
}

impl DevicePosition {
    /// The position. Asks the device if it has to.
    #[inline]
    pub(super) fn get(&mut self, device: &mut impl RawIo) -> Result<u64> {
        match self.by_count() {
            Some(at) if self.trust != Trust::Due => Ok(at),
            counted => self.ask(device, counted),
        }
    }

    /// What the device said, and the bytes that moved since; `None` where that is no position.
    fn by_count(&self) -> Option<u64> {
        if self.trust == Trust::Varies && self.moved > 0 {
            None
        } else {
            self.said?.checked_add(self.moved)
        }
    }

    fn ask(&mut self, device: &mut impl RawIo, counted: Option<u64>) -> Result<u64> {
        let said = retry(|| device.stream_position())?;
        if self.said.is_some() {
            // A count past the last position of all says, too, that this device does not count.
            self.trust = if counted == Some(said) {
                Trust::Counts
            } else {
                Trust::Varies
            };
        }
        (self.said, self.moved) = (Some(said), 0);
        Ok(said)
    }

    /// The position by count, of a device that was not found to have another.
    pub(super) fn counted(&self) -> Option<u64> {
        self.by_count().filter(|_| !self.varies())
    }

    /// Whether the position does not go with the bytes.
    pub(super) fn varies(&self) -> bool {
        self.trust == Trust::Varies
    }

    /// The position was found not to go with the bytes.
    pub(super) fn found_to_vary(&mut self) {
        self.trust = Trust::Varies;
    }

    /// Whether a device that answers a seek to `target` with `answer` did not move for it, though
    /// it said that all is well: event counters, `/dev/random` and others have such a seek.
    pub(super) fn stayed(&self, target: Option<u64>, answer: u64) -> bool {
        let missed = target.is_some_and(|target| target != answer);
        self.said == Some(answer) && (missed || self.varies())
    }

    /// Whether only a question before a seek to `target` can tell afterwards that the device did
    /// [stay](DevicePosition::stayed).
    pub(super) fn must_ask(&self, target: Option<u64>) -> bool {
        self.said.is_none() || self.trust == Trust::Due && (target.is_none() || target == self.said)
    }

    /// The device gave so many bytes.
    pub(super) fn gave(&mut self, n: usize) {
        if n > 0 && self.said.is_some() && self.trust == Trust::Untested {
            self.trust = Trust::Due;
        }
        self.moved += n as u64;
    }

    /// The device took so many bytes. That is no reason to ask again: where it takes bytes and has
    /// no position, their number is the better answer.
    pub(super) fn took(&mut self, n: usize) {
        self.moved += n as u64;
    }

    /// The device says that it is there now, or was moved to where nobody knows.
    pub(super) fn set(&mut self, at: Option<u64>) {
        (self.said, self.moved) = (at, 0);
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
