//! [`BufferedWriter`]: collects writes.

use std::fmt;
use std::io::{self, BufRead, IoSlice, Read, Seek, SeekFrom, Write};

use scopeguard::ScopeGuard;

use super::buffered_io::BufferedIo;
use super::write_queue::WriteQueue;
use super::{capacity_for, truncate};
use crate::chunk::Chunk;
use crate::error::{DetachError, Error, Operation, Result, retry, write_fmt};
use crate::io_base::{BorrowedDevice, IoBase};
use crate::raw::RawIo;

/// Collects small writes and gives them to the device in large ones (CPython's `BufferedWriter`).
///
/// Bytes wait in a queue until it is full, [`flush`](Write::flush), [`close`](IoBase::close) or
/// drop. **Call `close` and check its result**: drop writes too, but cannot return an error, and
/// only tells the [drop hook](crate::error::set_global_drop_hook). When the device fails, the bytes
/// that it did not accept stay queued, and the next `flush` continues with them; the error says how
/// much of the call's data was accepted. After a `close` that fails they are still returned by
/// [`into_parts`](BufferedWriter::into_parts). On a non-blocking device `write` accepts what there
/// is room for.
///
/// # When the device takes nothing now
///
/// [`Error::is_would_block`] returns true both for a device that would block and for one whose time
/// is up. What was pending still is. [`Error::WouldBlock`] and [`Error::WriteFailed`] say how many
/// of this call's bytes were accepted; after any other error none were. Send only the rest later; a
/// `flush` is repeated as it is.
///
/// # Examples
///
/// ```
/// use std::io::Write;
/// use iolite::{BufferedWriter, BytesIo, IoBase};
///
/// let mut writer = BufferedWriter::new(BytesIo::new());
/// for i in 0..3 {
///     write!(writer, "{i},")?;
/// }
/// assert_eq!(writer.get_ref().as_slice(), b"");       // nothing has reached the device yet
/// writer.flush()?;
/// assert_eq!(writer.get_ref().as_slice(), b"0,1,2,");
/// writer.close()?;
/// # Ok::<(), iolite::Error>(())
/// ```
pub struct BufferedWriter<D: RawIo> {
    /// Guarded, not a `Drop` of this type, so that it can be taken apart.
    core: ScopeGuard<WriterCore<D>, fn(WriterCore<D>)>,
}

struct WriterCore<D> {
    device: D,
    queue: WriteQueue,
    closed: bool,
}

impl<D: RawIo> WriterCore<D> {
    /// Writes what is pending as well as it can. Nothing is written after a panic in the device.
    fn finish(mut self) {
        if !self.closed {
            self.queue.flush_at_drop(&mut self.device);
        }
    }
}

impl<D: RawIo> BufferedWriter<D> {
    /// A writer with a buffer of [`DEFAULT_BUFFER_SIZE`](super::DEFAULT_BUFFER_SIZE) bytes, or of
    /// the device's block size if that is larger. Allocates nothing before the first write.
    pub fn new(device: D) -> BufferedWriter<D> {
        BufferedWriter::with_capacity(capacity_for(&device), device)
    }

    /// A writer that collects `capacity` bytes, 1 at least.
    pub fn with_capacity(capacity: usize, device: D) -> BufferedWriter<D> {
        let core = WriterCore {
            device,
            queue: WriteQueue::new(capacity),
            closed: false,
        };
        BufferedWriter {
            core: scopeguard::guard(core, WriterCore::finish),
        }
    }

    /// The device. What is [pending](BufferedWriter::pending) it does not have yet.
    pub fn get_ref(&self) -> &D {
        &self.core.device
    }

    /// The device, to set something on it: a time-out, a lock, one direction to shut down.
    ///
    /// What is written to it directly comes before what is [pending](BufferedWriter::pending):
    /// flush first. If it is moved, what is pending goes to where it is left.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Write;
    /// use iolite::{BufferedWriter, BytesIo};
    ///
    /// let mut writer = BufferedWriter::new(BytesIo::new());
    /// writer.write_all(b"after")?;
    /// writer.get_mut().write_all(b"before, ")?;
    /// assert_eq!(writer.detach()?.as_slice(), b"before, after");
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn get_mut(&mut self) -> &mut D {
        self.core.queue.device_moved(None);
        &mut self.core.device
    }

    /// How many bytes are collected at most.
    pub fn capacity(&self) -> usize {
        self.core.queue.capacity()
    }

    /// How many bytes wait for the device.
    pub fn pending(&self) -> usize {
        self.core.queue.len()
    }

    /// The device, and the bytes that it did not take yet: writes nothing, loses nothing, after a
    /// [`close`](IoBase::close) that failed, too. They are one chunk; copied only if they were
    /// queued in pieces.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Write;
    /// use iolite::{Adapter, BufferedWriter, IoBase};
    ///
    /// let mut disk = [0; 4];
    /// let mut writer = BufferedWriter::new(Adapter::writer(&mut disk[..]));
    /// writer.write_all(b"too much")?;
    /// assert!(writer.close().is_err());
    /// let (_closed, rest) = writer.into_parts();
    /// assert_eq!(rest, b"much");                      // for another disk
    /// # Ok::<(), iolite::Error>(())
    /// ```
    #[must_use = "what is pending is lost with the returned value"]
    pub fn into_parts(self) -> (D, Chunk) {
        let WriterCore {
            device, mut queue, ..
        } = ScopeGuard::into_inner(self.core);
        (device, queue.take_pending())
    }

    /// The device, after everything was written.
    ///
    /// # Errors
    ///
    /// The error of the flush, together with the stream, which has what is still pending.
    pub fn detach(mut self) -> Result<D, DetachError<Self>> {
        match self.flush() {
            Ok(()) => Ok(self.into_parts().0),
            Err(error) => Err(DetachError::new(error.into(), self)),
        }
    }

    /// The two halves, unless closed.
    fn open(&mut self) -> Result<(&mut D, &mut WriteQueue)> {
        let WriterCore {
            device,
            queue,
            closed,
        } = &mut *self.core;
        if *closed {
            return Err(Error::Closed);
        }
        Ok((device, queue))
    }

    // Never inlined: the caller's loop is kept in registers (row 5d).
    #[cold]
    #[inline(never)]
    fn write_slow(&mut self, buf: &[u8]) -> io::Result<usize> {
        let (device, queue) = self.open()?;
        Ok(queue.write(device, buf)?)
    }

    #[cold] // row 5d, as its twin
    #[inline(never)]
    fn write_all_slow(&mut self, buf: &[u8]) -> Result<()> {
        let (device, queue) = self.open()?;
        queue.write_all(device, buf)
    }

    fn refuse<T>(&mut self, operation: Operation) -> Result<T> {
        self.open()?;
        Err(Error::Unsupported { operation })
    }
}

impl<D: RawIo> IoBase for BufferedWriter<D> {
    fn readable(&self) -> bool {
        false
    }

    fn writable(&self) -> bool {
        !self.core.closed && self.get_ref().writable()
    }

    fn seekable(&self) -> bool {
        !self.core.closed && self.get_ref().seekable()
    }

    fn is_closed(&self) -> bool {
        self.core.closed
    }

    fn close(&mut self) -> Result<()> {
        let Ok((device, queue)) = self.open() else {
            return Ok(());
        };
        let outcome = queue.close(device);
        self.core.closed = true;
        outcome
    }

    fn truncate(&mut self, size: Option<u64>) -> Result<u64> {
        let (device, queue) = self.open()?;
        queue.flush(device)?;
        truncate(device, size)
    }

    fn is_terminal(&self) -> bool {
        self.get_ref().is_terminal()
    }

    fn flush_and_borrow_fd(&mut self) -> Result<Option<BorrowedDevice<'_>>> {
        let (device, queue) = self.open()?;
        queue.flush(device)?;
        queue.device_moved(None);
        device.flush_and_borrow_fd()
    }
}

impl<D: RawIo> BufferedIo for BufferedWriter<D> {
    fn read_chunk(&mut self, _: usize) -> Result<Chunk> {
        self.refuse(Operation::Read)
    }

    fn write_chunk(&mut self, chunk: Chunk) -> Result<()> {
        let (device, queue) = self.open()?;
        queue.write_chunk(device, chunk)
    }

    fn peek(&mut self, _: usize) -> Result<&[u8]> {
        self.refuse(Operation::Read)
    }

    #[inline]
    fn spare_mut(&mut self) -> &mut [u8] {
        self.core.queue.spare_mut()
    }

    #[inline]
    fn commit(&mut self, n: usize) {
        self.core.queue.commit(n);
    }

    #[inline]
    fn append_if_room(&mut self, bytes: &[u8]) -> bool {
        self.core.queue.take(bytes)
    }

    /// A device that would block is asked once.
    fn write_counted(&mut self, bytes: &[u8]) -> (usize, Result<()>) {
        match self.open() {
            Ok((device, queue)) => queue.write_counted(device, bytes),
            Err(error) => (0, Err(error)),
        }
    }
}

impl<D: RawIo> Write for BufferedWriter<D> {
    /// Accepts all of `buf`, except that slices larger than the buffer may be accepted in part and
    /// a device that would block leaves room for some only. An error means that nothing of `buf`
    /// was accepted.
    #[inline]
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        if self.core.queue.take(buf) {
            Ok(buf.len())
        } else {
            self.write_slow(buf)
        }
    }

    /// As [`write`](Write::write), with all slices one after the other: together they are
    /// collected, or given to the device in one call, up to 1024 of them.
    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        let (device, queue) = self.open()?;
        Ok(queue.write_vectored(device, bufs)?)
    }

    /// Accepts all of `buf`, or the error says how much of it: [`Error::WouldBlock`] inside it if
    /// the device would block, [`Error::WriteFailed`] if it failed; after any other error nothing
    /// was accepted. Send the rest of `buf` when the reason is gone.
    #[inline]
    fn write_all(&mut self, buf: &[u8]) -> io::Result<()> {
        if self.core.queue.take(buf) {
            Ok(())
        } else {
            Ok(self.write_all_slow(buf)?)
        }
    }

    /// As [`write_all`](Write::write_all), for the whole formatted text: `write!` and `writeln!`
    /// call this.
    ///
    /// # Panics
    ///
    /// If a formatting trait implementation reports an error of its own (as std's `write_fmt`).
    fn write_fmt(&mut self, args: fmt::Arguments<'_>) -> io::Result<()> {
        self.open()?;
        Ok(write_fmt(args, |piece| {
            if self.core.queue.take(piece) {
                Ok(())
            } else {
                self.write_all_slow(piece)
            }
        })?)
    }

    /// Gives everything to the device, and flushes that. Not the disk (`fsync`).
    fn flush(&mut self) -> io::Result<()> {
        let (device, queue) = self.open()?;
        Ok(queue.flush(device)?)
    }
}

impl<D: RawIo> Read for BufferedWriter<D> {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Ok(self.refuse(Operation::Read)?)
    }

    /// Refuses to read nothing, too; std's own asks nobody then.
    fn read_exact(&mut self, _: &mut [u8]) -> io::Result<()> {
        Ok(self.refuse(Operation::Read)?)
    }
}

impl<D: RawIo> BufRead for BufferedWriter<D> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        Ok(self.refuse(Operation::Read)?)
    }

    fn consume(&mut self, _: usize) {}
}

impl<D: RawIo> Seek for BufferedWriter<D> {
    /// Writes what is pending first.
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (device, queue) = self.open()?;
        // What cannot be is found out before anything is written.
        if !queue.is_empty() && !device.seekable() {
            let operation = Operation::Seek;
            return Err(Error::Unsupported { operation }.into());
        }
        queue.drain(device)?;
        let position = retry(|| device.seek(to))?;
        queue.device_moved(Some(position));
        Ok(position)
    }

    /// Counts what is pending and writes nothing (an appending device has to write).
    fn stream_position(&mut self) -> io::Result<u64> {
        let (device, queue) = self.open()?;
        Ok(queue.position(device)?)
    }
}

impl<D: RawIo> fmt::Debug for BufferedWriter<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BufferedWriter")
            .field("capacity", &self.capacity())
            .field("pending", &self.pending())
            .field("closed", &self.core.closed)
            .finish_non_exhaustive()
    }
}
