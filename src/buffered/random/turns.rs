//! [`Turns`]: reading and writing in turns, each through a buffer of its own.
//!
//! Invariants: while it is the turn to read nothing is pending, and the device stands behind what
//! was read ahead; while it is the turn to write nothing is read ahead, and what is pending goes
//! where the device stands. Whose turn it is has the device's position.

use std::io::SeekFrom;

use super::pending_write::PendingWrite;
use crate::buffered::read_window::ReadWindow;
use crate::buffered::truncate;
use crate::buffered::write_queue::WriteQueue;
use crate::chunk::Chunk;
use crate::error::{Error, Operation, Result, retry};
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
            self.window.start_at(self.queue.device_position());
            self.turn = Turn::Read;
        }
        Ok(())
    }

    /// The window, ready to be read from.
    fn reading(&mut self) -> Result<(&mut ReadWindow, &mut D)> {
        if !self.readable {
            return Err(unsupported(Operation::Read));
        }
        self.settle()?;
        Ok((&mut self.window, &mut self.device))
    }

    /// The queue, ready to be written to: the device goes back to where reading stopped.
    fn writing(&mut self) -> Result<(&mut WriteQueue, &mut D)> {
        if !self.writable {
            return Err(unsupported(Operation::Write));
        }
        if self.turn == Turn::Read {
            self.step_back()?;
            match self.device.appends() {
                true => self.queue.device_moved(None),
                // Known before bytes are pending, so that their place is, too.
                false => {
                    self.window.position(&mut self.device)?;
                    self.queue.start_at(self.window.device_position());
                }
            }
            self.turn = Turn::Write;
        }
        Ok((&mut self.queue, &mut self.device))
    }

    /// Moves the device to the stream's position and forgets what was read.
    fn step_back(&mut self) -> Result<()> {
        match self.window.data().len() {
            0 => self.window.start_at(self.window.device_position()),
            ahead => {
                let back = SeekFrom::Current(-(ahead as i64));
                let position = retry(|| self.device.seek(back))?;
                self.window.device_moved(Some(position));
            }
        }
        Ok(())
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

    pub(super) fn write(&mut self, buf: &[u8]) -> Result<usize> {
        let (queue, device) = self.writing()?;
        queue.write(device, buf)
    }

    pub(super) fn write_all(&mut self, buf: &[u8]) -> Result<()> {
        let (queue, device) = self.writing()?;
        queue.write_all(device, buf)
    }

    pub(super) fn write_chunk(&mut self, chunk: Chunk) -> Result<()> {
        let (queue, device) = self.writing()?;
        queue.write_chunk(device, chunk)
    }

    pub(super) fn tell(&mut self) -> Result<u64> {
        match self.turn {
            Turn::Read => self.window.position(&mut self.device),
            Turn::Write => self.queue.position(&mut self.device),
        }
    }

    /// Writes what is pending, and moves the device unless the place was read ahead.
    pub(super) fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        self.settle()?;
        match to {
            SeekFrom::Current(distance) => self.window.seek_by(&mut self.device, distance),
            to => self.window.seek(&mut self.device, to),
        }
    }

    pub(super) fn truncate(&mut self, size: Option<u64>) -> Result<u64> {
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
        match self.writable {
            true => self.queue.flush(&mut self.device),
            false => Ok(()),
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
