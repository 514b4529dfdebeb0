//! [`BufferedReader`]: reads ahead.

use std::fmt;
use std::io::{self, BufRead, IoSliceMut, Read, Seek, SeekFrom, Write};

use super::buffered_io::BufferedIo;
use super::capacity_for;
use super::lookahead::{self, Lookahead};
use super::read_window::ReadWindow;
use super::resume::Delimiter;
use crate::chunk::{Chunk, Separator};
use crate::error::{DetachError, Error, Operation, Result};
use crate::io_base::{BorrowedDevice, IoBase};
use crate::raw::RawIo;

/// Reads a device in large pieces and hands them out in small ones (CPython's `BufferedReader`).
///
/// What std's `BufReader` does, and: a seek inside the buffer, absolute or relative, and telling
/// the position cost no system call; `read_exact`, `read_until`, `read_line` and
/// [`peek`](BufferedIo::peek) complete or leave everything in place, so that a time-out in the
/// middle loses nothing; [`read_chunk`](BufferedIo::read_chunk) hands the buffer's own memory out.
///
/// If all your reads are as large as the buffer it gains you nothing: they go straight to the
/// device.
///
/// # When nothing comes
///
/// If the device has nothing now, or its time is up, the call returns an error for which
/// [`Error::is_would_block`] returns true. Nothing is lost: repeat the call. The failed call has
/// consumed nothing, except that `read_to_end` and `read_to_string` have consumed what they
/// appended, and `skip_until` and `skip_record` what they passed over: repeated, they go on after
/// that.
///
/// # Memory
///
/// A chunk that is kept keeps the block alive that it lies in, of the buffer's size as a rule.
/// Chunks share their blocks, however little comes at a time: where all of them are kept, at least
/// three quarters of each block are in use. Of one that is small and kept for long make a copy
/// ([`Chunk::copy_from_slice`]). A block that a long line or a far [`peek`](BufferedIo::peek) made
/// grow is given up with the next read of the device that needs no quarter of it.
///
/// # Examples
///
/// ```
/// use std::io::{BufRead, Read, Seek, SeekFrom};
/// use iolite::{BufferedReader, BytesIo};
///
/// let mut reader = BufferedReader::new(BytesIo::from(b"HTTP/1.1 200\r\nbody".to_vec()));
/// let mut status = String::new();
/// reader.read_line(&mut status)?;
/// assert_eq!(status, "HTTP/1.1 200\r\n");
/// assert_eq!(reader.stream_position()?, 14);
/// let (_device, read_ahead) = reader.into_parts();
/// assert_eq!(read_ahead, b"body");
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct BufferedReader<D> {
    window: ReadWindow<D>,
}

impl<D: RawIo> BufferedReader<D> {
    /// A reader with a buffer of [`DEFAULT_BUFFER_SIZE`](super::DEFAULT_BUFFER_SIZE) bytes, or of
    /// the device's block size if that is larger. Allocates nothing before the first read.
    pub fn new(device: D) -> BufferedReader<D> {
        BufferedReader::with_capacity(capacity_for(&device), device)
    }

    /// A reader that asks the device for `capacity` bytes at a time, 1 at least.
    pub fn with_capacity(capacity: usize, device: D) -> BufferedReader<D> {
        BufferedReader {
            window: ReadWindow::new(capacity, device),
        }
    }

    /// The device, which may be ahead of this stream's position.
    pub fn get_ref(&self) -> &D {
        &self.window.device
    }

    /// The device, to set something on it: a time-out, a lock, one direction to shut down.
    ///
    /// Do not read or seek it while something is [read ahead](BufferedReader::buffer): bytes that
    /// are read here come out of order, and the buffer still has those from before a seek. With
    /// an empty buffer the stream goes on where the device is left.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Read, Seek, SeekFrom};
    /// use iolite::{BufferedReader, BytesIo};
    ///
    /// let mut reader = BufferedReader::new(BytesIo::from(b"skipped, read".to_vec()));
    /// assert!(reader.buffer().is_empty());
    /// reader.get_mut().seek(SeekFrom::Start(9))?;
    /// let mut rest = String::new();
    /// reader.read_to_string(&mut rest)?;
    /// assert_eq!(rest, "read");
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn get_mut(&mut self) -> &mut D {
        self.window.device_mut()
    }

    /// How many bytes the device is asked for at a time.
    pub fn capacity(&self) -> usize {
        self.window.capacity()
    }

    /// What was read ahead; reads nothing.
    pub fn buffer(&self) -> &[u8] {
        self.window.data()
    }

    /// How long a line or record may be, in bytes without what ends it; `None` is no limit.
    pub fn line_limit(&self) -> Option<usize> {
        self.window.limit()
    }

    /// Limits the length of lines and records, in bytes without what ends them: for input that is
    /// not to be trusted. Memory then is bounded by the limit and the buffer's size.
    ///
    /// A longer line is an [`Error::LineTooLong`], is read no further and stays in place:
    /// [`skip_until`](BufRead::skip_until) gets past it in constant memory, and so do `consume`
    /// and a higher limit. Goes for [`next_record`](BufferedReader::next_record),
    /// [`slice_until`](BufferedReader::slice_until), `read_until` and `read_line`. The last two are
    /// what std's `split` and `lines` are made of, which have to come to an end: when they are
    /// called a second time for the same line, they pass over it as `skip_until` does, and take the
    /// one after it.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::BufRead;
    /// use iolite::{BufferedReader, BytesIo, Error};
    ///
    /// let mut reader = BufferedReader::new(BytesIo::from(b"much too long\nshort\n".to_vec()));
    /// reader.set_line_limit(Some(5));
    /// let mut line = String::new();
    /// let error = reader.read_line(&mut line).unwrap_err();
    /// assert!(matches!(error.into(), Error::LineTooLong { limit: 5, .. }));
    /// assert_eq!(reader.skip_until(b'\n')?, 14);
    /// reader.read_line(&mut line)?;
    /// assert_eq!(line, "short\n");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn set_line_limit(&mut self, limit: Option<usize>) {
        self.window.set_limit(limit);
    }

    /// The bytes up to and with `separator`, or to the end, or nothing: a record that is not
    /// complete yet stays in place. An empty chunk is the end.
    ///
    /// Shares the buffer's memory; copies only what lies in two blocks. A repeated call goes on
    /// with its search where it stopped.
    ///
    /// # Errors
    ///
    /// The device's error, and [`Error::LineTooLong`]; nothing is consumed.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{BufferedReader, BytesIo, Separator};
    ///
    /// let blank_line = Separator::new("\r\n\r\n")?;
    /// let message = b"GET / HTTP/1.1\r\nhost: x\r\n\r\nbody".to_vec();
    /// let mut reader = BufferedReader::new(BytesIo::from(message));
    /// assert_eq!(reader.next_record(&blank_line)?, b"GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    /// assert_eq!(reader.next_record(&blank_line)?, b"body");
    /// # Ok::<(), iolite::Error>(())
    /// ```
    #[doc(alias = "readuntil")]
    pub fn next_record(&mut self, separator: &Separator) -> Result<Chunk> {
        self.open()?;
        let delimiter = Delimiter::Any(separator.clone());
        let n = lookahead::find(&mut self.window, &delimiter)?;
        Ok(self.window.take_chunk(n))
    }

    /// Drops the bytes up to and with `separator`, or to the end, and returns how many these
    /// were. Needs no more memory than the buffer.
    ///
    /// # Errors
    ///
    /// The device's error. What was dropped before is gone and not counted; a repeated call
    /// goes on.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{BufferedReader, BytesIo, Separator};
    ///
    /// let mut reader = BufferedReader::new(BytesIo::from(b"one\r\ntwo\r\n".to_vec()));
    /// assert_eq!(reader.skip_record(&Separator::crlf())?, 5);
    /// assert_eq!(reader.next_record(&Separator::crlf())?, b"two\r\n");
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn skip_record(&mut self, separator: &Separator) -> Result<u64> {
        self.open()?;
        let delimiter = Delimiter::Any(separator.clone());
        lookahead::skip_record(&mut self.window, &delimiter)
    }

    /// Takes the bytes up to and with `byte`, or to the end, or nothing, and lends them: the
    /// fastest loop over lines of bytes, which copies and allocates nothing for a line. Empty is
    /// the end.
    ///
    /// # Errors
    ///
    /// As for [`next_record`](BufferedReader::next_record).
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{BufferedReader, BytesIo};
    ///
    /// let mut reader = BufferedReader::new(BytesIo::from(b"a\nbc\n".to_vec()));
    /// let mut longest = 0;
    /// loop {
    ///     let line = reader.slice_until(b'\n')?;
    ///     if line.is_empty() {
    ///         break;
    ///     }
    ///     longest = longest.max(line.len());
    /// }
    /// assert_eq!(longest, 3);
    /// # Ok::<(), iolite::Error>(())
    /// ```
    #[inline]
    pub fn slice_until(&mut self, byte: u8) -> Result<&[u8]> {
        self.window.slice_until(byte)
    }

    /// The device, and the bytes that were read ahead of it: nothing is lost.
    #[must_use = "what was read ahead is lost with the returned value"]
    pub fn into_parts(mut self) -> (D, Chunk) {
        let all = self.window.data().len();
        let read_ahead = self.window.take_chunk(all);
        (self.window.device, read_ahead)
    }

    /// The device alone, moved back to this stream's position.
    ///
    /// # Errors
    ///
    /// If something was read ahead and the device cannot seek, or says that it did and is elsewhere
    /// (event counters and `/dev/random` do); the error holds the stream, with what was read ahead.
    pub fn detach(mut self) -> Result<D, DetachError<Self>> {
        match self.window.hand_over() {
            Ok(()) => Ok(self.window.device),
            Err(error) => Err(DetachError::new(error, self)),
        }
    }

    fn open(&self) -> Result<()> {
        if self.window.device.is_closed() {
            return Err(Error::Closed);
        }
        Ok(())
    }

    fn refuse<T>(&self, operation: Operation) -> Result<T> {
        self.open()?;
        Err(Error::Unsupported { operation })
    }
}

impl<D: RawIo> IoBase for BufferedReader<D> {
    fn readable(&self) -> bool {
        self.window.device.readable()
    }

    fn writable(&self) -> bool {
        false
    }

    #[inline] // row 9c: asked before each `tell`
    fn seekable(&self) -> bool {
        self.window.device.seekable()
    }

    fn is_closed(&self) -> bool {
        self.window.device.is_closed()
    }

    fn close(&mut self) -> Result<()> {
        self.window.release();
        self.window.device.close()
    }

    fn truncate(&mut self, _: Option<u64>) -> Result<u64> {
        self.refuse(Operation::Truncate)
    }

    fn is_terminal(&self) -> bool {
        self.window.device.is_terminal()
    }

    fn flush_and_borrow_fd(&mut self) -> Result<Option<BorrowedDevice<'_>>> {
        self.open()?;
        if !self.window.data().is_empty() {
            return Ok(None);
        }
        self.window.device_moved(None);
        self.window.device.flush_and_borrow_fd()
    }
}

impl<D: RawIo> BufferedIo for BufferedReader<D> {
    fn read_chunk(&mut self, max: usize) -> Result<Chunk> {
        if max == 0 {
            self.open()?;
        }
        self.window.read_chunk(max)
    }

    fn write_chunk(&mut self, _: Chunk) -> Result<()> {
        self.refuse(Operation::Write)
    }

    fn peek(&mut self, n: usize) -> Result<&[u8]> {
        if n == 0 {
            self.open()?;
        }
        lookahead::peek(&mut self.window, n)
    }
}

impl<D: RawIo> Read for BufferedReader<D> {
    /// At most one device read; none if something is buffered. Slices as large as the buffer are
    /// filled by the device directly.
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(self.open().map(|()| 0)?);
        }
        Ok(self.window.read(buf)?)
    }

    /// As [`read`](Read::read), into all slices one after the other.
    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        if bufs.iter().all(|buf| buf.is_empty()) {
            self.open()?;
        }
        Ok(lookahead::read_vectored(&mut self.window, bufs)?)
    }

    /// Appends everything to the end; after an error `buf` has what was consumed. Makes room for
    /// the rest at once where the device [knows](RawIo::rest_hint) how much that is.
    fn read_to_end(&mut self, buf: &mut Vec<u8>) -> io::Result<usize> {
        Ok(lookahead::read_to_end(&mut self.window, buf)?)
    }

    /// Appends everything to the end, which has to be UTF-8. Whatever happens, `buf` has exactly
    /// the characters that were consumed, and the stream stands after the last of them: before a
    /// malformed byte (an [`Error::Decode`]), or before a character of which the device has
    /// not given all bytes yet. When they have come a repeated call goes on; malformed bytes are the
    /// same error again, until they are read as bytes or passed with `consume`.
    fn read_to_string(&mut self, buf: &mut String) -> io::Result<usize> {
        Ok(lookahead::read_to_string(&mut self.window, buf)?)
    }

    /// Fills `buf`, or consumes nothing. A call that is repeated after an error continues with the
    /// bytes that came before it, however few come at a time. These bytes wait in this stream's
    /// memory; but if they are a megabyte or more and the device can seek, it is moved back
    /// instead, and the repeated call reads them again.
    ///
    /// At the end of the stream the error is an [`Error::PartialRead`], of the kind `UnexpectedEof`
    /// as std's. Its `available` tells a clean end, 0, from a frame that was cut short.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Read;
    /// use iolite::{BufferedReader, BytesIo, Error};
    ///
    /// let mut frames = BufferedReader::new(BytesIo::from(b"onetwoth".to_vec()));
    /// let mut frame = [0; 3];
    /// let cut_short = loop {
    ///     match frames.read_exact(&mut frame).map_err(Error::from) {
    ///         Ok(()) => {}
    ///         Err(Error::PartialRead { available, .. }) => break available > 0,
    ///         Err(error) => return Err(error),
    ///     }
    /// };
    /// assert!(cut_short);
    /// assert_eq!(frames.buffer(), b"th");             // still there
    /// # Ok::<(), iolite::Error>(())
    /// ```
    fn read_exact(&mut self, buf: &mut [u8]) -> io::Result<()> {
        if buf.is_empty() {
            self.open()?;
        }
        Ok(lookahead::read_exact(&mut self.window, buf)?)
    }
}

impl<D: RawIo> BufRead for BufferedReader<D> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        Ok(lookahead::fill_if_empty(&mut self.window)?)
    }

    /// Consumes `n` bytes, at most what is buffered, as std's `BufReader` does.
    fn consume(&mut self, n: usize) {
        self.window.consume(n);
    }

    /// Appends up to and with `byte`, or to the end; on an error, of which
    /// [`Error::LineTooLong`] is one, consumes nothing. For what is repeated after that one see
    /// [`set_line_limit`](BufferedReader::set_line_limit).
    fn read_until(&mut self, byte: u8, buf: &mut Vec<u8>) -> io::Result<usize> {
        Ok(lookahead::read_until(&mut self.window, byte, buf)?)
    }

    /// Appends a line of UTF-8 with its `\n`; on an error consumes nothing. But a line that is not
    /// UTF-8 is consumed, and returned in [`Error::NotUtf8`]: a repeated call goes on after it.
    fn read_line(&mut self, buf: &mut String) -> io::Result<usize> {
        Ok(lookahead::read_line(&mut self.window, buf)?)
    }

    /// Drops up to and with `byte`, or to the end, in constant memory; after an error a repeated
    /// call goes on. More bytes than a `usize` can count are `usize::MAX` (on 32 bits, from 4 GiB
    /// on): [`skip_record`](BufferedReader::skip_record) counts them.
    fn skip_until(&mut self, byte: u8) -> io::Result<usize> {
        let skipped = lookahead::skip_record(&mut self.window, &Delimiter::Byte(byte))?;
        Ok(usize::try_from(skipped).unwrap_or(usize::MAX))
    }
}

impl<D: RawIo> Write for BufferedReader<D> {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Ok(self.refuse(Operation::Write)?)
    }

    /// Is `Unsupported` for an empty `buf`, too, where std's default would succeed.
    fn write_all(&mut self, _: &[u8]) -> io::Result<()> {
        Ok(self.refuse(Operation::Write)?)
    }

    /// Is `Unsupported` for an empty text, too.
    fn write_fmt(&mut self, _: fmt::Arguments<'_>) -> io::Result<()> {
        Ok(self.refuse(Operation::Write)?)
    }

    /// Does nothing: a reader has nothing to write (PEP 3116).
    fn flush(&mut self) -> io::Result<()> {
        Ok(self.open()?)
    }
}

impl<D: RawIo> Seek for BufferedReader<D> {
    /// Moves inside the buffer without the device, else asks the device to move. If the device
    /// reports success and stays where it is (event counters, `/dev/random`), what was read ahead
    /// still comes next.
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.open()?;
        Ok(self.window.seek(to)?)
    }

    /// Asks the device twice at most, unless it is one whose position does not go with its bytes
    /// (`/dev/zero`): then as often as bytes have moved.
    fn stream_position(&mut self) -> io::Result<u64> {
        self.open()?;
        Ok(self.window.position()?)
    }
}

impl<D> fmt::Debug for BufferedReader<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BufferedReader")
            .field("capacity", &self.window.capacity())
            .field("buffered", &self.window.data().len())
            .finish_non_exhaustive()
    }
}
