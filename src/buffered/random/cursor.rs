//! [`Cursor`]: one position over a [`Window`] of a device. How it reads is in `read.rs`, how it
//! writes in `write.rs`; here is where it stands.
//!
//! Invariants: the position is where the caller is, and the device's own is no matter before the
//! next flush. It is unknown before the first call, and while bytes wait for the end of an
//! appending device. What is owed comes before any other call of the device and is in no block.

use std::io::SeekFrom;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::scratch::Scratch;
use super::window::Window;
use crate::buffered::device_position::{LAST, in_reach, moved};
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
    /// Clean bytes that are not in the window, or reach beyond it.
    pub(super) scratch: Scratch,
    /// The rest of a chunk that went out in part, and its place.
    pub(super) owed: (u64, Chunk),
    /// What waits for the end of the device, if that appends.
    pub(super) queue: Option<Box<WriteQueue>>,
    pub(super) position: Option<u64>,
    /// Where the last read ended, and the last one that went far away.
    pub(super) read_end: u64,
    pub(super) jump_end: u64,
    pub(super) permissions: Permissions,
    /// What the device said after a part of a call's bytes was taken: the error of the next call
    /// that writes, or of the flush, for the device may not say it again.
    pub(super) failed: Option<Box<Error>>,
}

impl<D: RawIo> Cursor<D> {
    pub(super) fn new(capacity: usize, device: D) -> Cursor<D> {
        Cursor {
            permissions: Permissions::of(&device),
            queue: device
                .appends()
                .then(|| Box::new(WriteQueue::new(capacity))),
            device: PositionedDevice::new(device),
            window: Window::new(capacity),
            scratch: Scratch::default(),
            owed: (0, Chunk::new()),
            position: None,
            read_end: 0,
            jump_end: u64::MAX,
            failed: None,
        }
    }

    /// Flushes, closes the device even if that failed, and forgets what is pending.
    pub(super) fn close(&mut self) -> Result<()> {
        let flushed = self.flush();
        self.forget();
        let closed = self.device.device.close();
        self.permissions.close();
        self.position = None;
        both(flushed, closed)
    }

    /// Writes what is pending as well as it can. Nothing is written after a panic in the device.
    pub(super) fn finish(mut self) {
        if self.pending() == 0 {
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

    /// The call took something, and its count comes first: the error is the next one's. "Not now"
    /// need not be said twice.
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

    /// Gives what is owed, and what waits for the end, to the device.
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

    /// Moves the position, where that is all there is to it; else does nothing.
    #[inline]
    pub(super) fn jump(&mut self, target: u64) -> bool {
        let is_known = self.position.is_some() && target <= LAST;
        if is_known {
            self.position = Some(target);
        }
        is_known
    }

    /// Moves the position. Calls the device only to ask for its end, or to write what waits for
    /// that.
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

    /// What is so far from the end. Pending bytes count.
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

    /// What can be read without the device, as far as it lies in one piece.
    pub(super) fn ahead(&self) -> &[u8] {
        match self.position {
            Some(at) => self.cached(at),
            None => &[],
        }
    }

    /// Whether something that was read has not been taken: after a flush only if the device does
    /// not move.
    pub(super) fn has_ahead(&self) -> bool {
        !self.ahead().is_empty()
    }

    /// How many bytes there may be from here to the end, so that room can be made for them; 0 if
    /// nobody knows.
    pub(super) fn expected(&mut self) -> Result<usize> {
        let at = self.reading()?;
        let end = self.device.end_hint(self.window.pending_end())?;
        Ok(usize::try_from(end.saturating_sub(at)).unwrap_or(0))
    }

    /// How many bytes the device does not have yet.
    pub(super) fn pending(&self) -> usize {
        let queued = self.queue.as_ref().map_or(0, |queue| queue.len());
        self.window.pending() + self.owed.1.len() + queued
    }

    /// Gives everything pending to the device.
    pub(super) fn write_back(&mut self) -> Result<()> {
        self.write_owed()?;
        self.window.write_back(&mut self.device)
    }

    /// Gives everything pending to the device, and flushes that.
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
        self.scratch.release();
        self.owed.1 = Chunk::new();
        self.take_queue();
    }

    /// Forgets the scratch, which has served or is old.
    #[inline]
    pub(super) fn forget_scratch(&mut self) {
        if !self.scratch.is_idle() {
            self.scratch.clear();
        }
    }

    fn take_queue(&mut self) -> Chunk {
        let queue = self.queue.as_mut();
        queue.map_or_else(Chunk::new, |queue| queue.take_pending())
    }

    /// Somebody else may move the device.
    #[cfg(unix)]
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
        self.forget_scratch();
        Ok(size)
    }

    /// Takes everything pending, in ascending order.
    pub(super) fn take_pending(&mut self) -> Vec<PendingWrite> {
        let (at, owed) = &mut self.owed;
        let mut pending = [self.window.take_pending(), (*at, std::mem::take(owed))];
        pending.sort_by_key(|(offset, _)| *offset);
        let placed = pending.into_iter().map(|(at, bytes)| (Some(at), bytes));
        let all = placed.chain([(None, self.take_queue())]);
        all.filter(|(_, bytes)| !bytes.is_empty())
            .map(|(offset, bytes)| PendingWrite { offset, bytes })
            .collect()
    }
}
