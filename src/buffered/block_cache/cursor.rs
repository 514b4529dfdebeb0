//! [`CacheCursor`]: one position over the blocks of a device.
//!
//! Invariants: the position is where the caller is, and the device's own does not matter before the
//! next flush. It is `None` until it is asked for, and after a write that appended. A closed cache
//! can neither be read nor written, so that the paths without a call ask nothing else.

use std::io::{ErrorKind, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::blocks::{Blocks, EVERYTHING};
use crate::buffered::device_position::{in_reach, moved};
use crate::buffered::permissions::Permissions;
use crate::buffered::positioned_device::PositionedDevice;
use crate::error::{Error, Operation, Result, both, report_at_drop};
use crate::raw::RawIo;

pub(super) struct CacheCursor<D> {
    pub(super) device: PositionedDevice<D>,
    pub(super) blocks: Blocks,
    pub(super) position: Option<u64>,
    pub(super) permissions: Permissions,
    pub(super) appends: bool,
}

impl<D: RawIo> CacheCursor<D> {
    pub(super) fn new(blocks: Blocks, device: D) -> CacheCursor<D> {
        CacheCursor {
            permissions: Permissions::of(&device),
            appends: device.appends(),
            device: PositionedDevice::new(device),
            blocks,
            position: None,
        }
    }

    /// Where the stream stands. Asks the device if that is not known.
    #[inline]
    pub(super) fn tell(&mut self) -> Result<u64> {
        match self.position {
            Some(at) => Ok(at),
            None => self.ask(),
        }
    }

    #[cold]
    fn ask(&mut self) -> Result<u64> {
        self.permissions.check_open()?;
        let at = in_reach(self.device.position()?)?;
        self.position = Some(at);
        Ok(at)
    }

    /// Asks a device where it stands before it is moved for a place of ours.
    fn find_position(&mut self) -> Result<()> {
        if self.position.is_none() && !self.device.device.positioned() {
            self.ask()?;
        }
        Ok(())
    }

    /// Fills `buf` where all of it is in one block.
    #[inline]
    pub(super) fn read_ready(&mut self, buf: &mut [u8], at: u64) -> bool {
        if !self.permissions.readable {
            return false;
        }
        match self.blocks.ready(at, buf.len()) {
            Some(bytes) => {
                buf.copy_from_slice(bytes);
                true
            }
            None => false,
        }
    }

    /// Reads what a block has at `at`, which is read first if it is not in memory; straight into a
    /// `buf` that is a block or more. What has to be moved to be read may refuse to go back, so that
    /// its bytes are kept in a block in any case.
    #[inline(never)]
    pub(super) fn read_slow(&mut self, buf: &mut [u8], at: u64) -> Result<usize> {
        self.permissions.check_readable()?;
        if buf.is_empty() || in_reach(at).is_err() {
            return Ok(0);
        }
        self.find_position()?;
        if self.blocks.get(at).is_empty() {
            if buf.len() >= self.blocks.size() && self.device.device.positioned() {
                return self.blocks.read_past(&mut self.device, buf, at);
            }
            self.blocks.load(&mut self.device, at)?;
        }
        let bytes = self.blocks.get(at);
        let n = bytes.len().min(buf.len());
        buf[..n].copy_from_slice(&bytes[..n]);
        Ok(n)
    }

    /// Reads at the position, and moves it.
    #[inline]
    pub(super) fn read_here(&mut self, buf: &mut [u8]) -> Result<usize> {
        let at = self.tell()?;
        let n = if self.read_ready(buf, at) {
            buf.len()
        } else {
            self.read_slow(buf, at)?
        };
        self.position = Some(at + n as u64);
        Ok(n)
    }

    #[inline(never)]
    pub(super) fn read_exact_slow(&mut self, mut buf: &mut [u8]) -> Result<()> {
        self.permissions.check_readable()?;
        while !buf.is_empty() {
            match self.read_here(buf)? {
                0 => return Err(Error::Io(ErrorKind::UnexpectedEof.into())),
                n => buf = &mut buf[n..],
            }
        }
        Ok(())
    }

    /// Takes `buf` where all of it replaces bytes that are in one block. One of a block or more is
    /// written at once, and one of nothing changes nothing.
    #[inline]
    pub(super) fn write_ready(&mut self, buf: &[u8], at: u64) -> bool {
        self.permissions.writable
            && !self.appends
            && (1..self.blocks.size()).contains(&buf.len())
            && self.blocks.replace(at, buf).is_some()
    }

    /// Takes `buf`: all of it if it is smaller than a block and the device does not fail.
    #[inline(never)]
    pub(super) fn write_slow(&mut self, buf: &[u8], at: u64) -> Result<usize> {
        self.permissions.check_writable()?;
        if buf.is_empty() {
            return Ok(0);
        }
        in_reach(at.saturating_add(buf.len() as u64))?;
        self.find_position()?;
        if buf.len() < self.blocks.size() {
            return self.put(buf, at);
        }
        match self.blocks.write_past(&mut self.device, buf, at) {
            // A block takes what it has room for until the device has some.
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                let block = self.blocks.size();
                self.put(&buf[..block], at)
            }
            outcome => outcome,
        }
    }

    fn put(&mut self, buf: &[u8], at: u64) -> Result<usize> {
        let mut done = 0;
        while done < buf.len() {
            let place = at + done as u64;
            match self.blocks.put(&mut self.device, place, &buf[done..]) {
                Ok(n) => done += n,
                // The next call needs the device again, and meets the error then.
                Err(_) if done > 0 => break,
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    /// Takes some of `buf` at the position, or at the end of a device that appends.
    #[inline(never)]
    pub(super) fn write_here(&mut self, buf: &[u8]) -> Result<usize> {
        self.permissions.check_writable()?;
        if buf.is_empty() {
            return Ok(0);
        }
        if self.appends {
            let n = self.device.append(buf)?;
            // Only the system knows where that was.
            self.position = None;
            return Ok(n);
        }
        let at = self.tell()?;
        let n = self.write_slow(buf, at)?;
        self.position = Some(at + n as u64);
        Ok(n)
    }

    pub(super) fn write_all_slow(&mut self, buf: &[u8]) -> Result<()> {
        self.permissions.check_writable()?;
        let mut written = 0;
        while written < buf.len() {
            let some = self.write_here(&buf[written..]);
            written += some.map_err(|error| error.after_writing(written))?;
        }
        Ok(())
    }

    pub(super) fn seek_slow(&mut self, to: SeekFrom) -> Result<u64> {
        self.permissions.check_open()?;
        let target = match to {
            SeekFrom::Start(target) => target,
            SeekFrom::Current(distance) => moved(self.tell()?, distance)?,
            SeekFrom::End(distance) => {
                self.tell()?;
                let pending_end = self.blocks.pending_end();
                match self.device.seek_end(distance, pending_end)? {
                    Some(target) => target,
                    None => {
                        self.write_back()?;
                        self.device.seek(SeekFrom::End(distance))?
                    }
                }
            }
        };
        Ok(*self.position.insert(in_reach(target)?))
    }

    /// Gives everything pending to the device.
    pub(super) fn write_back(&mut self) -> Result<()> {
        self.blocks.write_back(&mut self.device, EVERYTHING)
    }

    /// Gives everything pending to the device, which is then where the stream is; what was read is
    /// forgotten. If the device cannot be moved, what was read stays: it could not be read again.
    pub(super) fn flush(&mut self) -> Result<()> {
        self.permissions.check_open()?;
        self.write_back()?;
        let is_there = match self.position {
            Some(at) => self.device.try_to_go(at)?,
            None => true,
        };
        if self.permissions.writable {
            self.device.flush()?;
        }
        if is_there {
            self.blocks.clear();
        }
        Ok(())
    }

    /// Whether something that was read has not been taken: after a flush only if the device does
    /// not move.
    pub(super) fn has_ahead(&self) -> bool {
        let at = self.position;
        at.is_some_and(|at| !self.blocks.peek(at).is_empty())
    }

    /// Writes what is pending as well as it can. Nothing is written after a panic in the device.
    pub(super) fn finish(mut self) {
        if self.blocks.pending() == 0 {
            return;
        }
        // A panic in a destructor may abort the process; what is lost by the device's is reported.
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            self.write_back()?;
            self.device.flush()
        }));
        if let Err(error) = outcome.unwrap_or(Err(Error::Poisoned)) {
            report_at_drop(&error, self.blocks.pending());
        }
    }

    /// Flushes, closes the device even if that failed, and forgets what is pending.
    pub(super) fn close(&mut self) -> Result<()> {
        let flushed = self.flush();
        self.blocks.clear();
        let closed = self.device.device.close();
        self.permissions.close();
        self.position = None;
        both(flushed, closed)
    }
}

pub(super) fn unsupported(operation: Operation) -> Error {
    Error::Unsupported { operation }
}
