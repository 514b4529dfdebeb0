//! [`Permissions`]: what may still be done with a stream.

use crate::error::{Error, Operation, Result};
use crate::raw::RawIo;

/// What the device said when the stream was made, and nothing once that is closed: the paths
/// without a call need to ask nothing else.
#[derive(Clone, Copy)]
pub(super) struct Permissions {
    pub(super) readable: bool,
    pub(super) writable: bool,
    closed: bool,
}

impl Permissions {
    pub(super) fn of(device: &impl RawIo) -> Permissions {
        Permissions {
            readable: device.readable(),
            writable: device.writable(),
            closed: false,
        }
    }

    pub(super) fn is_closed(self) -> bool {
        self.closed
    }

    /// Nothing may be done any more.
    pub(super) fn close(&mut self) {
        (self.readable, self.writable, self.closed) = (false, false, true);
    }

    pub(super) fn check_open(self) -> Result<()> {
        if self.closed {
            Err(Error::Closed)
        } else {
            Ok(())
        }
    }

    pub(super) fn check_readable(self) -> Result<()> {
        self.check(self.readable, Operation::Read)
    }

    #[inline]
    pub(super) fn check_writable(self) -> Result<()> {
        self.check(self.writable, Operation::Write)
    }

    fn check(self, is_allowed: bool, operation: Operation) -> Result<()> {
        if is_allowed {
            return Ok(());
        }
        self.check_open()?;
        Err(Error::Unsupported { operation })
    }
}
