//! [`PositionedDevice`]: a device that is read and written at offsets.
//!
//! Where the device has positioned calls its own position is never moved to read or write; where
//! it has none, one seek goes before the call unless the device is there already.
//!
//! The result of a seek is compared with what was requested: some devices accept a seek and do not
//! move. Such a device can be read and written in order and nowhere else, so that no byte is ever
//! mistaken for another.
//!
//! Invariant: where `at` is known it is the device's own position. It is unknown during a call
//! that moves the device, and after one that failed: nobody promises where that left it.

use std::io::{self, SeekFrom};

use super::device_position::at_most;
use crate::chunk::Chunk;
use crate::error::{
    Error, Operation, Result, checked_count, checked_write, moved_by, not_now, retry,
};
use crate::raw::RawIo;

pub(super) struct PositionedDevice<D> {
    pub(super) device: D,
    /// The device's own position, if it is known.
    at: Option<u64>,
    /// Where the device stood when that was known last, unless somebody else has moved it since.
    last: Option<u64>,
    /// Set while the device writes: if it still is at the next write, the device panicked, and
    /// how much it took is unknown.
    in_write: bool,
}

impl<D: RawIo> PositionedDevice<D> {
    pub(super) fn new(device: D) -> PositionedDevice<D> {
        PositionedDevice {
            device,
            at: None,
            last: None,
            in_write: false,
        }
    }

    /// Reads once at `offset`; 0 is the end. The last possible position is an end, too, whatever
    /// the device says.
    #[inline(always)] // row 4c
    pub(super) fn read_at(&mut self, buf: &mut [u8], offset: u64) -> Result<usize> {
        let most = at_most(buf.len(), offset);
        if most == 0 {
            return Ok(0);
        }
        let buf = &mut buf[..most];
        if self.device.supports_read_at() {
            let claimed = retry(|| self.device.read_at(buf, offset))?;
            return checked_count(Operation::Read, claimed, buf.len());
        }
        self.read_there(buf, offset)
    }

    /// The same with a device that has to be moved.
    #[cold] // row 4c
    fn read_there(&mut self, buf: &mut [u8], offset: u64) -> Result<usize> {
        self.go_to(offset)?;
        // Unknown until the call has succeeded: it may fail half way, or panic.
        self.at = None;
        let claimed = retry(|| self.device.read(buf))?;
        let n = checked_count(Operation::Read, claimed, buf.len())?;
        self.is_at(offset + n as u64);
        Ok(n)
    }

    /// Writes once at `offset`. A count of 0 is an error.
    pub(super) fn write_at(&mut self, bytes: &[u8], offset: u64) -> Result<usize> {
        self.check_panic()?;
        let positioned = self.device.supports_read_at();
        if !positioned {
            self.go_to(offset)?;
            self.at = None;
        }
        let n = self.write_once(bytes.len(), |device| {
            if positioned {
                device.write_at(bytes, offset)
            } else {
                device.write(bytes)
            }
        })?;
        if !positioned {
            self.is_at(offset + n as u64);
        }
        Ok(n)
    }

    /// Writes once to the end of a device that appends, wherever that is.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<usize> {
        self.check_panic()?;
        self.moved();
        self.write_once(bytes.len(), |device| device.write(bytes))
    }

    fn check_panic(&self) -> Result<()> {
        if self.in_write {
            return Err(Error::Poisoned);
        }
        Ok(())
    }

    /// One write of `len` bytes, repeated only for signals, with its count checked.
    fn write_once(
        &mut self,
        len: usize,
        mut write: impl FnMut(&mut D) -> io::Result<usize>,
    ) -> Result<usize> {
        self.in_write = true;
        let outcome = retry(|| write(&mut self.device));
        self.in_write = false;
        checked_write(outcome.map_err(not_now)?, len)
    }

    /// Writes all of `bytes` at `offset`; an error comes with how many went out before it.
    pub(super) fn write_all_at(&mut self, bytes: &[u8], offset: u64) -> Result<(), (usize, Error)> {
        let mut done = 0;
        while done < bytes.len() {
            match self.write_at(&bytes[done..], offset + done as u64) {
                Ok(n) => done += n,
                Err(error) => return Err((done, error)),
            }
        }
        Ok(())
    }

    /// Whether the device lends its memory. `read_shared(0)` does not move the position, so it is a
    /// safe probe.
    pub(super) fn lends(&mut self) -> Result<bool> {
        Ok(retry(|| Ok(self.device.read_shared(0)?))?.is_some())
    }

    /// The bytes at `offset`, at most `max`, without a copy; `None` if the device lends none after
    /// all.
    pub(super) fn lend_at(&mut self, max: usize, offset: u64) -> Result<Option<Chunk>> {
        let max = at_most(max, offset);
        if max == 0 {
            return Ok(Some(Chunk::new()));
        }
        self.go_to(offset)?;
        self.at = None;
        let lent = retry(|| Ok(self.device.read_shared(max)?))?;
        let n = lent.as_ref().map_or(0, |chunk| chunk.len());
        checked_count(Operation::Read, n, max)?;
        self.is_at(offset + n as u64);
        Ok(lent)
    }

    /// The device's own position. Asks only if it is not known.
    pub(super) fn position(&mut self) -> Result<u64> {
        if let Some(at) = self.at {
            return Ok(at);
        }
        let at = retry(|| self.device.stream_position())?;
        self.is_at(at);
        Ok(at)
    }

    /// Moves the device, unless it is there already; else no byte of it is at `offset`.
    fn go_to(&mut self, offset: u64) -> Result<()> {
        if self.try_to_go(offset)? {
            Ok(())
        } else {
            Err(Error::Unsupported {
                operation: Operation::Seek,
            })
        }
    }

    /// Moves the device, unless it is there already; returns whether it is there then. A device
    /// that does not move is, if its last call ended there.
    pub(super) fn try_to_go(&mut self, offset: u64) -> Result<bool> {
        let last = self.last;
        if self.at != Some(offset) && self.seek(SeekFrom::Start(offset))? != offset {
            (self.at, self.last) = (None, last);
            if last != Some(offset) {
                return Ok(false);
            }
            self.is_at(offset);
        }
        Ok(true)
    }

    /// Moves the device, and returns where it is then.
    pub(super) fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        self.at = None;
        let at = retry(|| self.device.seek(to))?;
        self.is_at(at);
        Ok(at)
    }

    /// What is `distance` bytes from the end, where bytes up to `pending_end` wait to be written.
    /// `None` is before the start: the device decides what that means, once it has those bytes.
    pub(super) fn seek_end(&mut self, distance: i64, pending_end: u64) -> Result<Option<u64>> {
        if pending_end == 0 {
            return self.seek(SeekFrom::End(distance)).map(Some);
        }
        let end = self.seek(SeekFrom::End(0))?.max(pending_end);
        match end.checked_add_signed(distance) {
            None if distance < 0 => Ok(None),
            _ => moved_by(end, distance).map(Some),
        }
    }

    /// Roughly where the device ends, if it knows, with what waits to be written up to
    /// `pending_end`.
    pub(super) fn end_hint(&mut self, pending_end: u64) -> Result<u64> {
        // The device says what is left from where it stands itself.
        Ok(match self.device.rest_hint() {
            Some(rest) => pending_end.max(self.position()?.saturating_add(rest)),
            None => pending_end,
        })
    }

    fn is_at(&mut self, offset: u64) {
        (self.at, self.last) = (Some(offset), Some(offset));
    }

    /// Somebody else moves the device.
    pub(super) fn moved(&mut self) {
        (self.at, self.last) = (None, None);
    }

    pub(super) fn flush(&mut self) -> Result<()> {
        retry(|| self.device.flush()).map_err(not_now)
    }
}
