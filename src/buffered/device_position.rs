//! [`DevicePosition`]: where a device stands, without asking it each time.
//!
//! A file's position goes with the bytes that it moves: it is asked for and counted from then on.
//! Some devices have a position that does not (`/dev/zero` stays at 0). Whether this is one is
//! found out by asking a second time, once it has given bytes; such a one is asked each time.

use crate::error::{Result, retry};
use crate::raw::RawIo;

#[derive(Clone, Copy, Default)]
pub(super) struct DevicePosition {
    /// What the device said, and the bytes that it moved since; `None` where it has to be asked.
    at: Option<u64>,
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
        match self.at {
            Some(at) if self.trust != Trust::Due => Ok(at),
            _ => self.ask(device),
        }
    }

    #[cold]
    fn ask(&mut self, device: &mut impl RawIo) -> Result<u64> {
        let said = retry(|| device.stream_position())?;
        match self.at {
            Some(counted) if counted == said => self.trust = Trust::Counts,
            Some(_) => self.trust = Trust::Varies,
            None => {}
        }
        Ok(*self.at.insert(said))
    }

    /// The position by count, of a device that was not found to have another.
    pub(super) fn counted(&self) -> Option<u64> {
        self.at.filter(|_| self.trust != Trust::Varies)
    }

    /// Whether the position does not go with the bytes.
    pub(super) fn varies(&self) -> bool {
        self.trust == Trust::Varies
    }

    /// The device gave so many bytes.
    pub(super) fn gave(&mut self, n: usize) {
        if n > 0 && self.at.is_some() && self.trust == Trust::Untested {
            self.trust = Trust::Due;
        }
        self.count(n);
    }

    /// The device took so many bytes. That is no reason to ask again: where it takes bytes and has
    /// no position, their number is the better answer.
    pub(super) fn took(&mut self, n: usize) {
        self.count(n);
    }

    fn count(&mut self, n: usize) {
        let at = self.at.filter(|_| self.trust != Trust::Varies);
        self.at = at.map(|at| at + n as u64);
    }

    /// The device says that it is there now, or was moved to where nobody knows.
    pub(super) fn set(&mut self, at: Option<u64>) {
        self.at = at;
        if self.trust == Trust::Due {
            self.trust = Trust::Untested;
        }
    }
}
