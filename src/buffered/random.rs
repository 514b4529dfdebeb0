//! [`BufferedRandom`]: reads and writes on one position.

use std::fmt;
use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};

use super::buffered_io::BufferedIo;
use super::read_window::ReadWindow;
use super::write_queue::WriteQueue;
use super::{capacity_for, truncate};
use crate::chunk::Chunk;
use crate::error::{DetachError, Error, Operation, Result};
use crate::io_base::IoBase;
use crate::raw::{RawIo, retry};

/// Buffered reading *and* writing of one seekable device with one position (CPython's
/// `BufferedRandom`): what std has no type for.
///
/// Reads see what was written before, writes go where the reads stopped, and no flush is needed
/// in between. At most one of the two buffers holds something: switching from writing to reading
/// drains the queue, switching from reading to writing moves the device back to the position.
/// An appending device writes at the end, and the position is then the end.
///
/// For sockets and terminals, where reading and writing are two streams, this is the wrong type.
///
/// # Examples
///
/// ```
/// use std::io::{Read, Write};
/// use iolite::{BufferedRandom, BytesIo, IoBase};
///
/// let mut file = BufferedRandom::new(BytesIo::from(b"123456789".to_vec()))?;
/// let mut two = [0; 2];
/// file.read_exact(&mut two)?;
/// file.write_all(b"xyz")?;
/// let mut rest = String::new();
/// file.read_to_string(&mut rest)?;
/// assert_eq!((&two, &*rest), (b"12", "6789"));
/// assert_eq!(file.detach()?.getvalue(), b"12xyz6789");
/// # Ok::<(), iolite::Error>(())
/// ```
pub struct BufferedRandom<D: RawIo> {
    /// `None` only while `self` is being taken apart.
    device: Option<D>,
    /// Empty while the queue is not.
    window: ReadWindow,
    queue: WriteQueue,
    closed: bool,
}

const TAKEN_APART: &str = "the device is there until the stream is consumed";

/// The three parts, borrowed together.
type Parts<'a, D> = (&'a mut D, &'a mut ReadWindow, &'a mut WriteQueue);

impl<D: RawIo> BufferedRandom<D> {
    /// A stream with buffers of [`DEFAULT_BUFFER_SIZE`](super::DEFAULT_BUFFER_SIZE) bytes, or of
    /// the device's block size if that is larger.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] if the device cannot seek.
    pub fn new(device: D) -> Result<BufferedRandom<D>> {
        BufferedRandom::with_capacity(capacity_for(&device), device)
    }

    /// A stream with buffers of `capacity` bytes, 1 at least.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] if the device cannot seek.
    pub fn with_capacity(capacity: usize, device: D) -> Result<BufferedRandom<D>> {
        if !device.seekable() {
            return Err(Error::Unsupported {
                operation: Operation::Seek,
            });
        }
        Ok(BufferedRandom {
            device: Some(device),
            window: ReadWindow::new(capacity),
            queue: WriteQueue::new(capacity),
            closed: false,
        })
    }

    /// The device, which may be ahead of this stream's position or behind it.
    ///
    /// # Panics
    ///
    /// Never: the device is there as long as the stream is.
    pub fn get_ref(&self) -> &D {
        self.device.as_ref().expect(TAKEN_APART)
    }

    /// The device, after everything was written, at this stream's position.
    ///
    /// # Errors
    ///
    /// What the device says; the error holds the stream, with what is still pending.
    ///
    /// # Panics
    ///
    /// Never: the device is there as long as the stream is.
    pub fn detach(mut self) -> Result<D, DetachError<Self>> {
        match self.flush() {
            Ok(()) => Ok(self.device.take().expect(TAKEN_APART)),
            Err(error) => Err(DetachError::new(error.into(), self)),
        }
    }

    fn parts(&mut self) -> Result<Parts<'_, D>> {
        match &mut self.device {
            Some(device) if !self.closed => Ok((device, &mut self.window, &mut self.queue)),
            _ => Err(Error::Closed),
        }
    }

    /// The parts, with nothing pending: reads see what was written.
    fn reading(&mut self) -> Result<(&mut D, &mut ReadWindow)> {
        let (device, window, queue) = self.parts()?;
        if !queue.is_empty() {
            queue.drain(device)?;
            window.device_moved(queue.device_position());
        }
        Ok((device, window))
    }

    /// The parts, with nothing read ahead: writes go to the position.
    fn writing(&mut self) -> Result<(&mut D, &mut WriteQueue)> {
        let (device, window, queue) = self.parts()?;
        if queue.is_empty() {
            step_back(device, window)?;
            queue.device_moved(window.device_position());
        }
        Ok((device, queue))
    }

    /// After writing past the queue the window knows no more where the device is.
    fn wrote<T>(&mut self, outcome: Result<T>) -> Result<T> {
        let position = self.queue.device_position();
        self.window.device_moved(position);
        outcome
    }
}

/// Moves the device back to the position of the first unread byte, and forgets what was read.
fn step_back(device: &mut impl RawIo, window: &mut ReadWindow) -> Result<()> {
    let ahead = window.data().len() as i64;
    if ahead > 0 {
        let position = retry(|| device.seek(SeekFrom::Current(-ahead)))?;
        window.device_moved(Some(position));
    }
    Ok(())
}

impl<D: RawIo> IoBase for BufferedRandom<D> {
    fn readable(&self) -> bool {
        !self.closed && self.get_ref().readable()
    }

    fn writable(&self) -> bool {
        !self.closed && self.get_ref().writable()
    }

    fn seekable(&self) -> bool {
        !self.closed && self.get_ref().seekable()
    }

    fn is_closed(&self) -> bool {
        self.closed
    }

    fn close(&mut self) -> Result<()> {
        let Ok((device, window, queue)) = self.parts() else {
            return Ok(());
        };
        let outcome = queue.close(device);
        window.clear();
        self.closed = true;
        outcome
    }

    /// Cuts at this stream's position, not at the device's, if no size is given.
    fn truncate(&mut self, size: Option<u64>) -> Result<u64> {
        self.flush()?;
        let (device, window, _) = self.parts()?;
        let size = match size {
            Some(size) => size,
            None => window.position(device)?,
        };
        truncate(device, Some(size))
    }

    fn is_terminal(&self) -> bool {
        self.get_ref().is_terminal()
    }
}

impl<D: RawIo> BufferedIo for BufferedRandom<D> {
    fn read_chunk(&mut self, max: usize) -> Result<Chunk> {
        let (device, window) = self.reading()?;
        window.read_chunk(device, max)
    }

    fn write_chunk(&mut self, chunk: Chunk) -> Result<()> {
        let (device, queue) = self.writing()?;
        let outcome = queue.write_chunk(device, chunk);
        self.wrote(outcome)
    }

    fn peek(&mut self, n: usize) -> Result<&[u8]> {
        let (device, window) = self.reading()?;
        window.peek(device, n)
    }
}

impl<D: RawIo> Read for BufferedRandom<D> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let (device, window) = self.reading()?;
        Ok(window.read(device, buf)?)
    }

    /// Fills `buf`, or leaves everything in place: see [`Error::PartialRead`].
    fn read_exact(&mut self, buf: &mut [u8]) -> io::Result<()> {
        let (device, window) = self.reading()?;
        Ok(window.read_exact(device, buf)?)
    }
}

impl<D: RawIo> BufRead for BufferedRandom<D> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let (device, window) = self.reading()?;
        Ok(window.fill_if_empty(device)?)
    }

    fn consume(&mut self, n: usize) {
        self.window.consume(n);
    }

    /// Appends up to and with `byte`, or to the end; on an error takes nothing.
    fn read_until(&mut self, byte: u8, buf: &mut Vec<u8>) -> io::Result<usize> {
        let (device, window) = self.reading()?;
        Ok(window.read_until(device, byte, buf)?)
    }

    /// Appends a line of UTF-8 with its `\n`; on an error takes nothing.
    fn read_line(&mut self, buf: &mut String) -> io::Result<usize> {
        let (device, window) = self.reading()?;
        Ok(window.read_line(device, buf)?)
    }
}

impl<D: RawIo> Write for BufferedRandom<D> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let (device, queue) = self.writing()?;
        let outcome = queue.write(device, buf);
        Ok(self.wrote(outcome)?)
    }

    /// Takes all of `buf`; if the device would block, [`Error::WouldBlock`] inside the error says
    /// how much was taken.
    fn write_all(&mut self, buf: &[u8]) -> io::Result<()> {
        let (device, queue) = self.writing()?;
        let outcome = queue.write_all(device, buf);
        Ok(self.wrote(outcome)?)
    }

    /// Gives everything to the device, moves it to this stream's position and forgets what was
    /// read ahead, so that later reads see what others wrote (PEP 3116).
    fn flush(&mut self) -> io::Result<()> {
        let (device, queue) = self.writing()?;
        let flushed = queue.flush(device);
        Ok(self.wrote(flushed)?)
    }
}

impl<D: RawIo> Seek for BufferedRandom<D> {
    /// Writes what is pending first. Inside what was read ahead it costs no system call.
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (device, window) = self.reading()?;
        Ok(window.seek(device, to)?)
    }

    /// Counts what is pending and writes nothing (an appending device has to write).
    fn stream_position(&mut self) -> io::Result<u64> {
        let (device, window, queue) = self.parts()?;
        if queue.is_empty() {
            return Ok(window.position(device)?);
        }
        let position = queue.position(device);
        Ok(self.wrote(position)?)
    }
}

impl<D: RawIo> Drop for BufferedRandom<D> {
    /// Writes what is pending as well as it can. Nothing is written after a panic in the device.
    fn drop(&mut self) {
        if let Ok((device, _, queue)) = self.parts() {
            queue.flush_at_drop(device);
        }
    }
}

impl<D: RawIo> fmt::Debug for BufferedRandom<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BufferedRandom")
            .field("capacity", &self.window.capacity())
            .field("read_ahead", &self.window.data().len())
            .field("pending", &self.queue.len())
            .finish_non_exhaustive()
    }
}
