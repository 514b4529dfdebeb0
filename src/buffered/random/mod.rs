//! [`BufferedRandom`]: reads and writes on one position.
//!
//! What is in memory is done here at once, and all else in the slow twins at the end, so that a
//! caller's loop stays small.

mod cursor;
mod read;
mod window;
mod write;

use std::fmt;
use std::io::{self, BufRead, IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write};

use scopeguard::ScopeGuard;

use self::cursor::Cursor;
use super::buffered_io::BufferedIo;
use super::lookahead::{self, Lookahead};
use super::pending_write::PendingWrite;
use super::{capacity_for, memory_size};
use crate::chunk::Chunk;
use crate::error::{DetachError, Error, Operation, Result, write_fmt};
use crate::io_base::{BorrowedDevice, IoBase};
use crate::raw::RawIo;

/// Buffered reading *and* writing of one seekable device with one position (CPython's
/// `BufferedRandom`): what std has no type for.
///
/// Reads see what was written before, writes go where the reads stopped, and no flush is needed
/// in between. Bytes that are written wait in the window until it is needed for another place,
/// [`flush`](Write::flush), [`close`](IoBase::close) or drop: **call `close` and look at its
/// result**. Seeks move nothing but a number: what follows inside the window costs no system call,
/// and elsewhere one, on a device that has [positioned calls](RawIo::supports_read_at).
///
/// Two places that are written to in the window go to the device in one write, together with the
/// bytes between them (as in CPython): where others change the file meanwhile, flush after each. An
/// appending device writes at the end, and the position is then the end.
///
/// Work that comes back to many places is several times as fast on a
/// [`BlockCache`](super::BlockCache), with or without this type on top.
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
/// assert_eq!(file.detach()?.as_slice(), b"12xyz6789");
/// # Ok::<(), iolite::Error>(())
/// ```
pub struct BufferedRandom<D: RawIo> {
    /// Guarded, not a `Drop` of this type, so that it can be taken apart.
    cursor: ScopeGuard<Cursor<D>, fn(Cursor<D>)>,
}

impl<D: RawIo> BufferedRandom<D> {
    /// A stream with a window of [`DEFAULT_BUFFER_SIZE`](super::DEFAULT_BUFFER_SIZE) bytes, or of
    /// the device's block size if that is larger. Allocates nothing before the first call.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] if the device cannot seek.
    pub fn new(device: D) -> Result<BufferedRandom<D>> {
        BufferedRandom::with_capacity(capacity_for(&device), device)
    }

    /// A stream with a window of `capacity` bytes, 1 at least.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] if the device cannot seek, [`Error::InvalidArgument`] if no machine
    /// of this kind has so much memory. Whether this one has is seen by the first call that needs
    /// it: its error is then of the kind [`OutOfMemory`](std::io::ErrorKind::OutOfMemory).
    pub fn with_capacity(capacity: usize, device: D) -> Result<BufferedRandom<D>> {
        let capacity = memory_size("capacity", capacity)?;
        if !device.seekable() {
            return Err(Error::Unsupported {
                operation: Operation::Seek,
            });
        }
        Ok(BufferedRandom {
            cursor: scopeguard::guard(Cursor::new(capacity, device), Cursor::finish),
        })
    }

    /// The device. Its own position does not matter to this stream before the next flush.
    pub fn get_ref(&self) -> &D {
        &self.cursor.device.device
    }

    /// The device, to set something on it: a lock, a sparse region, its times.
    ///
    /// Its own position does not matter to this stream. What is changed on it directly is not seen
    /// where the window has bytes already, and what is [pending](BufferedRandom::pending)
    /// overwrites it: [`flush`](Write::flush) first, which also forgets what was read.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Read, Write};
    /// use iolite::{BufferedRandom, BytesIo, RawIo};
    ///
    /// let mut file = BufferedRandom::new(BytesIo::from(b"abcdef".to_vec()))?;
    /// file.read_exact(&mut [0])?;
    /// file.flush()?;
    /// file.get_mut().write_at(b"XY", 2)?;
    /// let mut rest = String::new();
    /// file.read_to_string(&mut rest)?;
    /// assert_eq!(rest, "bXYef");
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn get_mut(&mut self) -> &mut D {
        self.cursor.device.moved();
        &mut self.cursor.device.device
    }

    /// Reads at `offset`, in bytes from the start, and leaves the position where it is. Sees what
    /// was written before, whether the device has it yet or not.
    ///
    /// It is a seek, one [`read`](Read::read) and a seek back, none of which calls the device: near
    /// the position it costs no call at all, and the window goes where it reads.
    ///
    /// # Errors
    ///
    /// As for a read; the position stays.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Read, Seek, Write};
    /// use iolite::{BufferedRandom, BytesIo};
    ///
    /// let mut file = BufferedRandom::new(BytesIo::from(b"0123456789".to_vec()))?;
    /// file.write_all(b"ab")?;
    /// assert_eq!(file.write_at(b"XY", 6)?, 2);
    /// let mut four = [0; 4];
    /// assert_eq!(file.read_at(&mut four, 4)?, 4);
    /// assert_eq!((&four, file.stream_position()?), (b"45XY", 2));
    /// assert_eq!(file.detach()?.as_slice(), b"ab2345XY89");
    /// # Ok::<(), iolite::Error>(())
    /// ```
    #[doc(alias = "pread")]
    pub fn read_at(&mut self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        self.cursor.permissions.check_readable()?;
        match buf {
            [] => Ok(0),
            buf => self.elsewhere(offset, |stream| stream.read(buf)),
        }
    }

    /// Writes at `offset`, in bytes from the start, and leaves the position where it is: later
    /// reads see it, and it waits for the device as every [`write`](Write::write) does. Bytes
    /// between the end and `offset` become zeros.
    ///
    /// # Errors
    ///
    /// As for a write, and [`Error::Unsupported`] if the device appends: it writes to its end only.
    #[doc(alias = "pwrite")]
    pub fn write_at(&mut self, buf: &[u8], offset: u64) -> io::Result<usize> {
        self.cursor.permissions.check_writable()?;
        if self.cursor.queue.is_some() {
            let operation = Operation::Write;
            return Err(Error::Unsupported { operation }.into());
        }
        match buf {
            [] => Ok(0),
            buf => self.elsewhere(offset, |stream| stream.write(buf)),
        }
    }

    /// Does something at `offset`, and goes back, also where the device panics.
    fn elsewhere<T>(
        &mut self,
        offset: u64,
        call: impl FnOnce(&mut Self) -> io::Result<T>,
    ) -> io::Result<T> {
        let here = self.stream_position()?;
        let mut stream = scopeguard::guard(self, |stream| stream.cursor.position = Some(here));
        stream.seek(SeekFrom::Start(offset))?;
        call(&mut stream)
    }

    /// How many bytes the window has.
    pub fn capacity(&self) -> usize {
        self.cursor.window.size()
    }

    /// What can be read without the device, as far as it lies in one piece; reads nothing.
    pub fn buffer(&self) -> &[u8] {
        self.cursor.data()
    }

    /// How many bytes wait for the device.
    pub fn pending(&self) -> usize {
        self.cursor.pending()
    }

    /// The device, and what it does not have yet, in ascending order: writes nothing, loses
    /// nothing, after a [`close`](IoBase::close) that failed, too. Shares the memory of the window,
    /// without a copy.
    #[must_use = "what is pending is lost with the returned value"]
    pub fn into_parts(self) -> (D, Vec<PendingWrite>) {
        let mut cursor = ScopeGuard::into_inner(self.cursor);
        let pending = cursor.take_pending();
        (cursor.device.device, pending)
    }

    /// The device, after everything was written, at this stream's position.
    ///
    /// # Errors
    ///
    /// What the device says, and [`Error::Unsupported`] if it does not move although it let itself
    /// be sought, and something was read ahead of it. The error holds the stream, with what is
    /// still pending and what was read.
    pub fn detach(mut self) -> Result<D, DetachError<Self>> {
        let outcome = self.open().and_then(Cursor::flush);
        match outcome {
            // It did not move, and what was read ahead of it could not be read again.
            Ok(()) if self.cursor.has_ahead() => {
                let operation = Operation::Seek;
                Err(DetachError::new(Error::Unsupported { operation }, self))
            }
            Ok(()) => Ok(self.into_parts().0),
            Err(error) => Err(DetachError::new(error, self)),
        }
    }

    fn open(&mut self) -> Result<&mut Cursor<D>> {
        self.cursor.permissions.check_open()?;
        Ok(&mut self.cursor)
    }

    /// The cursor, which knows where reading goes on.
    fn reading(&mut self) -> Result<&mut Cursor<D>> {
        self.cursor.reading()?;
        Ok(&mut self.cursor)
    }
}

impl<D: RawIo> IoBase for BufferedRandom<D> {
    fn readable(&self) -> bool {
        !self.is_closed() && self.get_ref().readable()
    }

    fn writable(&self) -> bool {
        !self.is_closed() && self.get_ref().writable()
    }

    fn seekable(&self) -> bool {
        !self.is_closed() && self.get_ref().seekable()
    }

    fn is_closed(&self) -> bool {
        self.cursor.permissions.is_closed()
    }

    fn close(&mut self) -> Result<()> {
        match self.open() {
            Ok(cursor) => cursor.close(),
            Err(_) => Ok(()),
        }
    }

    /// Cuts at this stream's position, not at the device's, if no size is given.
    fn truncate(&mut self, size: Option<u64>) -> Result<u64> {
        self.open()?.truncate(size)
    }

    fn is_terminal(&self) -> bool {
        self.get_ref().is_terminal()
    }

    /// The device's, which is at this stream's position; the stream goes on where it is left.
    /// `None` also where a device does not move and something was read ahead of it.
    fn flush_and_borrow_fd(&mut self) -> Result<Option<BorrowedDevice<'_>>> {
        let cursor = self.open()?;
        cursor.flush()?;
        if cursor.has_ahead() {
            return Ok(None);
        }
        cursor.lend_device().flush_and_borrow_fd()
    }
}

impl<D: RawIo> BufferedIo for BufferedRandom<D> {
    fn read_chunk(&mut self, max: usize) -> Result<Chunk> {
        let cursor = self.open()?;
        match max {
            0 => cursor.permissions.check_readable().map(|()| Chunk::new()),
            max => cursor.read_chunk(max),
        }
    }

    /// Writes all of `chunk`: one that is smaller than a block is copied there, any other goes to
    /// the device at once.
    fn write_chunk(&mut self, chunk: Chunk) -> Result<()> {
        self.open()?.write_chunk(chunk)
    }

    fn peek(&mut self, n: usize) -> Result<&[u8]> {
        let cursor = self.open()?;
        match n {
            0 => cursor.permissions.check_readable().map(|()| &[][..]),
            n => lookahead::peek(self.reading()?, n),
        }
    }
}

impl<D: RawIo> Read for BufferedRandom<D> {
    #[inline]
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.cursor.read_ready(buf) {
            Ok(buf.len())
        } else {
            self.read_slow(buf)
        }
    }

    /// Fills `buf`, or leaves the position where it is: see
    /// [`Error::PartialRead`](crate::Error::PartialRead).
    #[inline]
    fn read_exact(&mut self, buf: &mut [u8]) -> io::Result<()> {
        if self.cursor.read_ready(buf) {
            Ok(())
        } else {
            self.read_exact_slow(buf)
        }
    }

    /// As [`read`](Read::read), into all slices one after the other.
    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        let cursor = self.open()?;
        if bufs.iter().all(|buf| buf.is_empty()) {
            return Ok(cursor.permissions.check_readable().map(|()| 0)?);
        }
        Ok(lookahead::read_vectored(self.reading()?, bufs)?)
    }

    /// Appends everything up to the end to `buf`, with room for all of it at once where the device
    /// [knows](RawIo::rest_hint) how much that is. An error leaves in `buf` what came before it,
    /// and the stream stands there.
    fn read_to_end(&mut self, buf: &mut Vec<u8>) -> io::Result<usize> {
        Ok(lookahead::read_to_end(self.reading()?, buf)?)
    }

    /// Appends everything up to the end to `buf`, or up to what is not UTF-8: that is an
    /// [`Error::Decode`](crate::Error::Decode), and the stream stands before it. Any error leaves
    /// in `buf` all whole characters that came before it, and repeating the call goes on.
    fn read_to_string(&mut self, buf: &mut String) -> io::Result<usize> {
        Ok(lookahead::read_to_string(self.reading()?, buf)?)
    }
}

impl<D: RawIo> BufRead for BufferedRandom<D> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        Ok(lookahead::fill_if_empty(self.reading()?)?)
    }

    fn consume(&mut self, n: usize) {
        if let Ok(cursor) = self.open() {
            cursor.consume(n);
        }
    }

    /// Appends up to and with `byte`, or to the end; on an error takes nothing.
    fn read_until(&mut self, byte: u8, buf: &mut Vec<u8>) -> io::Result<usize> {
        Ok(lookahead::read_until(self.reading()?, byte, buf)?)
    }

    /// Appends a line of UTF-8 with its `\n`. A line that is not UTF-8 is taken all the same, and
    /// comes back in [`Error::NotUtf8`](crate::Error::NotUtf8), so that std's
    /// [`lines`](BufRead::lines) goes on with the next one; any other error takes nothing.
    fn read_line(&mut self, buf: &mut String) -> io::Result<usize> {
        Ok(lookahead::read_line(self.reading()?, buf)?)
    }
}

impl<D: RawIo> Write for BufferedRandom<D> {
    /// Takes all of `buf`, except that slices of the block's size or more may be taken in part,
    /// and others as far as they fit if the device then fails.
    #[inline]
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        if self.cursor.write_ready(buf) {
            Ok(buf.len())
        } else {
            self.write_slow(buf)
        }
    }

    /// Takes all of `buf`, or says how much of it: [`Error::WouldBlock`](crate::Error::WouldBlock)
    /// or [`Error::WriteFailed`](crate::Error::WriteFailed).
    #[inline]
    fn write_all(&mut self, buf: &[u8]) -> io::Result<()> {
        if self.cursor.write_ready(buf) {
            Ok(())
        } else {
            self.write_all_slow(buf)
        }
    }

    /// Takes the slices as [`write`](Write::write) takes one: where one is taken in part, or the
    /// device fails, those before it were taken.
    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        let cursor = self.open()?;
        if bufs.iter().all(|buf| buf.is_empty()) {
            return Ok(cursor.permissions.check_writable().map(|()| 0)?);
        }
        Ok(cursor.write_vectored(bufs)?)
    }

    /// Takes all of the formatted text, or says how much of the whole of it: `write!` and
    /// `writeln!` call this.
    ///
    /// # Panics
    ///
    /// If a formatting trait implementation reports an error of its own (as std's `write_fmt`).
    fn write_fmt(&mut self, args: fmt::Arguments<'_>) -> io::Result<()> {
        self.open()?.permissions.check_writable()?;
        Ok(write_fmt(args, |piece| Ok(self.write_all(piece)?))?)
    }

    /// Gives everything to the device, moves it to this stream's position and forgets what was
    /// read, so that later reads see what others wrote (PEP 3116).
    fn flush(&mut self) -> io::Result<()> {
        Ok(self.open()?.flush()?)
    }
}

impl<D: RawIo> Seek for BufferedRandom<D> {
    /// Moves this stream's position, and the device at the next flush. Calls the device only to
    /// ask where its end is ([`SeekFrom::End`]); an appending one takes what is pending first.
    #[inline]
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match to {
            SeekFrom::Start(target) if self.cursor.jump(target) => Ok(target),
            _ => self.seek_slow(to),
        }
    }

    /// Counts what is pending and writes nothing (an appending device has to write).
    #[inline]
    fn stream_position(&mut self) -> io::Result<u64> {
        Ok(self.open()?.tell()?)
    }
}

impl<D: RawIo> fmt::Debug for BufferedRandom<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BufferedRandom")
            .field("capacity", &self.capacity())
            .field("pending", &self.pending())
            .field("closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}

/// What needs more than a look into memory.
impl<D: RawIo> BufferedRandom<D> {
    #[inline(never)] // row 4a
    fn read_slow(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let cursor = self.open()?;
        Ok(match buf {
            [] => cursor.permissions.check_readable().map(|()| 0),
            buf => self.reading()?.read(buf),
        }?)
    }

    #[inline(never)] // row 4e
    fn write_slow(&mut self, buf: &[u8]) -> io::Result<usize> {
        Ok(self.open()?.write(buf)?)
    }

    #[inline(never)] // row 4a
    fn read_exact_slow(&mut self, buf: &mut [u8]) -> io::Result<()> {
        let cursor = self.open()?;
        Ok(match buf {
            [] => cursor.permissions.check_readable(),
            buf => cursor.read_exact(buf),
        }?)
    }

    #[inline(never)] // row 4e
    fn write_all_slow(&mut self, buf: &[u8]) -> io::Result<()> {
        Ok(self.open()?.write_all(buf)?)
    }

    #[inline(never)] // row 4a
    fn seek_slow(&mut self, to: SeekFrom) -> io::Result<u64> {
        Ok(self.open()?.seek(to)?)
    }
}
