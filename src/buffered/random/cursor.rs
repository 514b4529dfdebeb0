//! [`Cursor`]: one position over a [`Window`] of a device. How it reads is in `read.rs`, how it
//! writes in `write.rs`; here is where it stands.
//!
//! Invariants:
//!
//! 1. `position` is where the caller is; the device's own position does not matter before the next
//!    flush. It is `None` before the first call, and while bytes wait for the end of an appending
//!    device.
//! 2. What is `owed`, the rest of a chunk that went out in part, is written before any other call
//!    of the device and is not in the window.
//! 3. Searches in `unfinished` are about bytes that have not changed since: whatever writes, cuts
//!    or reads again forgets them.

use std::io::SeekFrom;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::window::Window;
use crate::buffered::device_position::{LAST, in_reach, moved};
use crate::buffered::lookahead::{Lookahead, Unfinished};
use crate::buffered::pending_write::PendingWrite;
use crate::buffered::permissions::Permissions;
use crate::buffered::positioned_device::PositionedDevice;
use crate::buffered::truncate;
use crate::buffered::write_queue::WriteQueue;
use crate::chunk::Chunk;
use crate::error::{Error, Result, both, report_at_drop};
use crate::raw::RawIo;

pub(super) struct Cursor<D: RawIo> {
    pub(super) device: PositionedDevice<D>,
    pub(super) window: Window,
    pub(super) unfinished: Unfinished,
    /// The rest of a chunk that went out in part, and its offset.
    pub(super) owed: (u64, Chunk),
    /// What waits for the end of the device, if that appends.
    pub(super) queue: Option<Box<WriteQueue>>,
    pub(super) position: Option<u64>,
    /// Where the last read ended, and the last one that went far away. A read that continues after
    /// a jump is worth a whole window; one jump after another is not.
    pub(super) read_end: u64,
    pub(super) jump_end: u64,
    pub(super) permissions: Permissions,
    /// An error that came after a part of a call's bytes was accepted. The next call that writes,
    /// or the flush, returns it: the device may not report it again.
    pub(super) failed: Option<Box<Error>>,
}

impl<D: RawIo> Cursor<D> {
    pub(super) fn new(capacity: usize, device: D) -> Cursor<D> {
        Cursor {
            permissions: Permissions::of(&device),
            queue: device
                .is_append_only()
                .then(|| Box::new(WriteQueue::new(capacity))),
            device: PositionedDevice::new(device),
            window: Window::new(capacity),
            unfinished: Unfinished::default(),
            owed: (0, Chunk::new()),
            position: None,
            read_end: 0,
            jump_end: u64::MAX,
            failed: None,
        }
    }

    /// Flushes, and closes the device even if that failed. What it did not accept stays.
    pub(super) fn close(&mut self) -> Result<()> {
        let flushed = self.flush();
        if self.pending() == 0 {
            self.forget();
        }
        let closed = self.device.device.close();
        self.permissions.close();
        self.position = None;
        both(flushed, closed)
    }

    /// Writes what is pending as well as it can. Nothing is written after a panic in the device.
    pub(super) fn finish(mut self) {
        // A `close` that failed has reported what is still pending.
        if self.pending() == 0 || self.permissions.is_closed() {
            return;
        }
        // A panic in a destructor may abort the process; what is lost by the device's is reported.
        let outcome = catch_unwind(AssertUnwindSafe(|| self.write_out()));
        if let Err(error) = outcome.unwrap_or(Err(Error::Poisoned)) {
            report_at_drop(&error, self.pending());
        }
    }

    /// The position, ready for reading from it.
    #[inline]
    pub(super) fn reading(&mut self) -> Result<u64> {
        self.permissions.check_readable()?;
        self.write_owed()?;
        self.tell()
    }

    /// The call accepted something and has to return that count, so the error is left to the next
    /// one. "Not now" is not kept: the next call finds out itself.
    #[cold] // row 4c
    pub(super) fn defer_error(&mut self, error: Error) {
        if !error.is_would_block() {
            self.failed = Some(Box::new(error));
        }
    }

    /// The error that was deferred.
    #[inline]
    pub(super) fn take_deferred(&mut self) -> Result<()> {
        match self.failed.take() {
            None => Ok(()),
            Some(error) => Err(*error),
        }
    }

    /// The position, ready for `n` bytes to be written to it.
    #[inline]
    pub(super) fn writing(&mut self, n: usize) -> Result<u64> {
        self.write_owed()?;
        let at = self.tell()?;
        in_reach(at + n as u64)?;
        Ok(at)
    }

    /// Where the stream stands. Asks the device once at most; but an appending one has to take
    /// what waits for it, for only the system knows its end.
    #[inline]
    pub(super) fn tell(&mut self) -> Result<u64> {
        match self.position {
            Some(at) => Ok(at),
            None => self.ask(),
        }
    }

    #[cold] // row 4c
    fn ask(&mut self) -> Result<u64> {
        self.permissions.check_open()?;
        self.write_owed()?;
        Ok(*self.position.insert(in_reach(self.device.position()?)?))
    }

    /// Writes what is owed, and what waits for the end, to the device.
    #[inline]
    pub(super) fn write_owed(&mut self) -> Result<()> {
        if self.position.is_some() && self.owed.1.is_empty() {
            Ok(())
        } else {
            self.write_owed_slow()
        }
    }

    #[cold] // row 4c
    fn write_owed_slow(&mut self) -> Result<()> {
        if let Some(queue) = &mut self.queue
            && !queue.is_empty()
        {
            self.device.moved();
            queue.drain(&mut self.device.device)?;
        }
        let (at, bytes) = &mut self.owed;
        if let Err((done, error)) = self.device.write_all_at(bytes, *at) {
            bytes.advance(done);
            *at += done as u64;
            return Err(error);
        }
        *bytes = Chunk::new();
        Ok(())
    }

    /// Moves the position where that takes no call of the device; else does nothing.
    #[inline]
    pub(super) fn jump(&mut self, target: u64) -> bool {
        let is_known = self.position.is_some() && target <= LAST;
        if is_known {
            self.position = Some(target);
        }
        is_known
    }

    /// Moves the position. Calls the device only to find its end, or to write what waits for that.
    pub(super) fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        let target = match to {
            SeekFrom::Start(target) => {
                self.write_owed()?;
                target
            }
            SeekFrom::Current(distance) => moved(self.tell()?, distance)?,
            SeekFrom::End(distance) => self.at_end(distance)?,
        };
        Ok(*self.position.insert(in_reach(target)?))
    }

    /// The position so far from the end, pending bytes included.
    fn at_end(&mut self, distance: i64) -> Result<u64> {
        self.write_owed()?;
        let pending_end = self.window.pending_end();
        match self.device.seek_end(distance, pending_end)? {
            Some(target) => Ok(target),
            None => {
                self.write_back()?;
                self.device.seek(SeekFrom::End(distance))
            }
        }
    }

    /// Whether bytes were read ahead and not taken; after a flush only if the device does not move.
    pub(super) fn has_ahead(&self) -> bool {
        !self.data().is_empty()
    }

    /// How many bytes the device does not have yet.
    pub(super) fn pending(&self) -> usize {
        let queued = self.queue.as_ref().map_or(0, |queue| queue.len());
        self.window.pending() + self.owed.1.len() + queued
    }

    /// Writes everything pending to the device.
    pub(super) fn write_back(&mut self) -> Result<()> {
        self.write_owed()?;
        self.window.write_back(&mut self.device)
    }

    /// Writes everything pending to the device, and flushes the device.
    pub(super) fn write_out(&mut self) -> Result<()> {
        self.write_back()?;
        if self.permissions.writable {
            self.device.flush()?;
        }
        self.take_deferred()
    }

    /// The same, and the device is then where the stream is; what was read is forgotten. If the
    /// device cannot be moved, what was read stays: it could not be read again.
    pub(super) fn flush(&mut self) -> Result<()> {
        self.write_back()?;
        let is_there = match self.position {
            Some(at) => self.device.try_to_go(at)?,
            None => true,
        };
        self.write_out()?;
        if is_there {
            self.forget();
        }
        Ok(())
    }

    /// Forgets all bytes, what is pending too.
    pub(super) fn forget(&mut self) {
        self.window.clear();
        self.unfinished.forget_searches();
        self.owed.1 = Chunk::new();
        self.take_queue();
    }

    fn take_queue(&mut self) -> Chunk {
        let queue = self.queue.as_mut();
        queue.map_or_else(Chunk::new, |queue| queue.take_pending())
    }

    /// Somebody else may move the device.
    pub(super) fn lend_device(&mut self) -> &mut D {
        self.position = None;
        self.device.moved();
        &mut self.device.device
    }

    pub(super) fn truncate(&mut self, size: Option<u64>) -> Result<u64> {
        if let Some(size) = size {
            in_reach(size)?;
        }
        self.write_back()?;
        let size = match size {
            Some(size) => size,
            None => self.tell()?,
        };
        truncate(&mut self.device.device, Some(size))?;
        self.window.forget(size..=u64::MAX);
        self.unfinished.forget_searches();
        Ok(size)
    }

    /// Takes everything pending, in ascending order.
    pub(super) fn take_pending(&mut self) -> Vec<PendingWrite> {
        let (at, owed) = &mut self.owed;
        let mut pending = [self.window.take_pending(), (*at, std::mem::take(owed))];
        // The two never overlap: what is owed is not in the window.
        pending.sort_by_key(|(offset, _)| *offset);
        let placed = pending.into_iter().map(|(at, bytes)| (Some(at), bytes));
        let all = placed.chain([(None, self.take_queue())]);
        all.filter(|(_, bytes)| !bytes.is_empty())
            .map(|(offset, bytes)| PendingWrite { offset, bytes })
            .collect()
    }
}
