//! What devices that are only read have in common: they refuse to be written.

use crate::error::{Error, Operation, Result};
use crate::io_base::IoBase;

/// The refusal of what a device does not do. Closed is checked before unsupported, as in CPython.
pub(super) fn refuse<T>(device: &impl IoBase, operation: Operation) -> Result<T> {
    check_open(device)?;
    Err(Error::Unsupported { operation })
}

pub(super) fn check_open(device: &impl IoBase) -> Result<()> {
    if device.is_closed() {
        return Err(Error::Closed);
    }
    Ok(())
}

/// [`std::io::Write`] for a device that is only read.
macro_rules! refuse_writes {
    ([$($parameters:tt)*] $device:ty) => {
        impl<$($parameters)*> std::io::Write for $device {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                let operation = crate::error::Operation::Write;
                Ok(crate::raw::read_only::refuse(self, operation)?)
            }

            fn write_vectored(&mut self, _: &[std::io::IoSlice<'_>]) -> std::io::Result<usize> {
                self.write(&[])
            }

            crate::raw::whole::write_calls!(self);

            /// Does nothing: nothing is written here.
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(crate::raw::read_only::check_open(self)?)
            }
        }
    };
}
pub(super) use refuse_writes;
