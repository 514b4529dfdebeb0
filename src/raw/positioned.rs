//! Reading at an offset, whether the device has a call for that or not.

use std::io::SeekFrom;

use crate::error::{Error, Operation, Result, checked_count, retry};
use crate::raw::RawIo;

/// Reads once at `offset`, in bytes from the start. A device without such a call is moved there first.
///
/// # Errors
///
/// The device's, and [`Error::Unsupported`] if it did not move to where it was sent.
pub(crate) fn read_at(device: &mut impl RawIo, buf: &mut [u8], offset: u64) -> Result<usize> {
    let claimed = if device.supports_read_at() {
        retry(|| device.read_at(buf, offset))?
    } else {
        go_to(device, offset)?;
        retry(|| device.read(buf))?
    };
    checked_count(Operation::Read, claimed, buf.len())
}

pub(super) fn go_to(device: &mut impl RawIo, offset: u64) -> Result<()> {
    let operation = Operation::Seek;
    match retry(|| device.seek(SeekFrom::Start(offset)))? {
        there if there == offset => Ok(()),
        _ => Err(Error::Unsupported { operation }),
    }
}

/// How many bytes the device has. Its position is then where it was.
pub(crate) fn size(device: &mut impl RawIo) -> Result<u64> {
    let here = retry(|| device.stream_position())?;
    let size = retry(|| device.seek(SeekFrom::End(0)))?;
    go_to(device, here)?;
    Ok(size)
}
