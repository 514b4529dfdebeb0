//! [`Turns`]: reading and writing in turns, each through a buffer of its own.
//!
//! Invariants: while it is the turn to read nothing is pending, and the device stands behind what
//! was read ahead; while it is the turn to write nothing is read ahead, and what is pending goes
//! where the device stands. Whose turn it is has the device's position. Only a device that cannot
//! be moved keeps what was read ahead of it through the turn to write: it could not be read again.

use std::io::{IoSlice, IoSliceMut, SeekFrom};

use super::pending_write::PendingWrite;
use super::position::{self, in_reach};
use crate::buffered::read_window::ReadWindow;
use crate::buffered::slices::total;
use crate::buffered::truncate;
use crate::buffered::write_queue::WriteQueue;
use crate::chunk::Chunk;
use crate::error::{Error, Operation, Result};
use crate::raw::RawIo;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    Read,
    Write,
}

pub(super) struct Turns<D> {
    pub(super) device: D,
    window: ReadWindow,
    queue: WriteQueue,
    turn: Turn,
    readable: bool,
    writable: bool,
}

impl<D: RawIo> Turns<D> {
    pub(super) fn new(capacity: usize, device: D) -> Turns<D> {
        Turns {
            readable: device.readable(),
            writable: device.writable(),
            device,
            window: ReadWindow::new(capacity),
            queue: WriteQueue::new(capacity),
            turn: Turn::Read,
        }
    }

    pub(super) fn capacity(&self) -> usize {
        self.window.capacity()
    }

    /// What was read ahead.
    pub(super) fn ahead(&self) -> &[u8] {
        self.window.data()
    }

    /// The turn goes to reading: what is pending is written first.
    fn settle(&mut self) -> Result<()> {
        if self.turn == Turn::Write {
            self.queue.drain(&mut self.device)?;
            if self.window.data().is_empty() {
                self.window.start_at(self.queue.device_position());
            }
            self.turn = Turn::Read;
        }
        Ok(())
    }

    /// Whether the stream can be read.
    pub(super) fn check_readable(&self) -> Result<()> {
        if self.readable {
            Ok(())
        } else {
            Err(unsupported(Operation::Read))
        }
    }

    /// Whether the stream can be written to.
    pub(super) fn check_writable(&self) -> Result<()> {
        if self.writable {
            Ok(())
        } else {
            Err(unsupported(Operation::Write))
        }
    }

    /// The window, ready to be read from.
    fn reading(&mut self) -> Result<(&mut ReadWindow, &mut D)> {
        self.check_readable()?;
        self.settle()?;
        Ok((&mut self.window, &mut self.device))
    }

    /// The queue, ready for `n` bytes to be written to it, 1 at least: the device goes back to
    /// where reading stopped.
    fn writing(&mut self, n: usize) -> Result<(&mut WriteQueue, &mut D)> {
        self.check_writable()?;
        if self.turn == Turn::Read {
            self.step_back()?;
            if self.device.appends() {
                self.queue.device_moved(None);
            } else {
                // Known before bytes are pending, so that their place is, too.
                self.window.position(&mut self.device)?;
                self.queue.start_at(self.window.device_position());
            }
            self.turn = Turn::Write;
        }
        if let Some(start) = self.queue.device_position().counted() {
            let pending = self.queue.len() as u64;
            in_reach(start.saturating_add(pending).saturating_add(n as u64))?;
        }
        Ok((&mut self.queue, &mut self.device))
    }

    /// Moves the device to the stream's position and forgets what was read; a device that does not
    /// move keeps that.
    fn step_back(&mut self) -> Result<()> {
        if self.window.data().is_empty() {
            self.window.start_at(self.window.device_position());
            return Ok(());
        }
        match self.window.hand_over(&mut self.device) {
            Err(Error::Unsupported { .. }) => Ok(()),
            outcome => outcome,
        }
    }

    pub(super) fn read(&mut self, buf: &mut [u8]) -> Result<usize> {
        let (window, device) = self.reading()?;
        window.read(device, buf)
    }

    pub(super) fn read_exact(&mut self, buf: &mut [u8]) -> Result<()> {
        let (window, device) = self.reading()?;
        window.read_exact(device, buf)
    }

    pub(super) fn read_chunk(&mut self, max: usize) -> Result<Chunk> {
        let (window, device) = self.reading()?;
        window.read_chunk(device, max)
    }

    pub(super) fn fill(&mut self) -> Result<&[u8]> {
        let (window, device) = self.reading()?;
        window.fill_if_empty(device)
    }

    pub(super) fn consume(&mut self, n: usize) {
        self.window.consume(n);
    }

    /// Whether something that was read has not been taken: after a flush only if the device does
    /// not move.
    pub(super) fn has_ahead(&mut self) -> bool {
        !self.window.data().is_empty()
    }

    pub(super) fn peek(&mut self, n: usize) -> Result<&[u8]> {
        let (window, device) = self.reading()?;
        window.peek(device, n)
    }

    pub(super) fn read_until(&mut self, byte: u8, buf: &mut Vec<u8>) -> Result<usize> {
        let (window, device) = self.reading()?;
        window.read_until(device, byte, buf)
    }

    pub(super) fn read_line(&mut self, buf: &mut String) -> Result<usize> {
        let (window, device) = self.reading()?;
        window.read_line(device, buf)
    }

    pub(super) fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> Result<usize> {
        let (window, device) = self.reading()?;
        window.read_vectored(device, bufs)
    }

    pub(super) fn read_to_end(&mut self, buf: &mut Vec<u8>) -> Result<usize> {
        let (window, device) = self.reading()?;
        window.read_to_end(device, buf)
    }

    pub(super) fn read_to_string(&mut self, buf: &mut String) -> Result<usize> {
        let (window, device) = self.reading()?;
        window.read_to_string(device, buf)
    }

    pub(super) fn write(&mut self, buf: &[u8]) -> Result<usize> {
        if buf.is_empty() {
            self.check_writable()?;
            return Ok(0);
        }
        let (queue, device) = self.writing(buf.len())?;
        queue.write(device, buf)
    }

    /// One of the slices is not empty.
    pub(super) fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> Result<usize> {
        let (queue, device) = self.writing(total(bufs))?;
        queue.write_vectored(device, bufs)
    }

    pub(super) fn write_all(&mut self, buf: &[u8]) -> Result<()> {
        if buf.is_empty() {
            return self.check_writable();
        }
        let (queue, device) = self.writing(buf.len())?;
        queue.write_all(device, buf)
    }

    pub(super) fn write_chunk(&mut self, chunk: Chunk) -> Result<()> {
        if chunk.is_empty() {
            return self.check_writable();
        }
        let (queue, device) = self.writing(chunk.len())?;
        queue.write_chunk(device, chunk)
    }

    pub(super) fn tell(&mut self) -> Result<u64> {
        in_reach(match self.turn {
            Turn::Read => self.window.position(&mut self.device),
            Turn::Write => self.queue.position(&mut self.device),
        }?)
    }

    /// Writes what is pending, and moves the device unless the place was read ahead.
    pub(super) fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        if let SeekFrom::Start(target) = to {
            in_reach(target)?;
        }
        self.settle()?;
        // Only the device knows where its end is; it may have positions that nobody else has.
        let back = match to {
            SeekFrom::End(distance) if distance > 0 => Some(self.tell()?),
            _ => None,
        };
        let reached = in_reach(match to {
            SeekFrom::Current(distance) => {
                // Before the start the device finds out itself.
                if distance > 0
                    && let Some(end) = self.window.device_position().counted()
                {
                    let ahead = self.window.data().len() as u64;
                    position::moved(end.saturating_sub(ahead), distance)?;
                }
                self.window.seek_by(&mut self.device, distance)
            }
            to => self.window.seek(&mut self.device, to),
        }?);
        if let (Err(_), Some(back)) = (&reached, back) {
            self.window.seek(&mut self.device, SeekFrom::Start(back))?;
        }
        reached
    }

    pub(super) fn truncate(&mut self, size: Option<u64>) -> Result<u64> {
        if let Some(size) = size {
            in_reach(size)?;
        }
        self.settle()?;
        self.step_back()?;
        let size = match size {
            Some(size) => size,
            None => self.tell()?,
        };
        truncate(&mut self.device, Some(size))?;
        Ok(size)
    }

    pub(super) fn pending(&self) -> usize {
        self.queue.len()
    }

    /// Gives everything pending to the device, and flushes that.
    pub(super) fn write_out(&mut self) -> Result<()> {
        if self.writable {
            self.queue.flush(&mut self.device)
        } else {
            Ok(())
        }
    }

    /// The same, and the device is then where the stream is; what was read is forgotten.
    pub(super) fn flush(&mut self) -> Result<()> {
        self.settle()?;
        self.step_back()?;
        self.write_out()
    }

    /// Forgets all bytes, what is pending too.
    pub(super) fn forget(&mut self) {
        self.window.clear();
        self.queue.take_pending();
    }

    /// Somebody else may move the device; nothing is pending.
    #[cfg(unix)]
    pub(super) fn lend_device(&mut self) -> &mut D {
        self.window.device_moved(None);
        &mut self.device
    }

    /// Takes what is pending, and its place.
    pub(super) fn take_pending(&mut self) -> Vec<PendingWrite> {
        let offset = self.queue.device_position().counted();
        match self.queue.take_pending() {
            bytes if bytes.is_empty() => Vec::new(),
            bytes => vec![PendingWrite { offset, bytes }],
        }
    }
}

fn unsupported(operation: Operation) -> Error {
    Error::Unsupported { operation }
}
