//! [`Turns`]: CPython's `BufferedRandom`, a reader and a writer that hand one device to each other.
//!
//! The device's position is the stream's: a seek writes what is pending and moves the device, unless
//! the place was read ahead. A file that others use meanwhile gets the bytes that were given, and
//! none from between them. The price is a call of the device at each turn.

use std::fmt;
use std::io::{self, BufRead, IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write};
#[cfg(unix)]
use std::os::fd::BorrowedFd;

use iolite::error::Operation;
use iolite::{BufferedIo, BufferedReader, BufferedWriter, Chunk, Error, IoBase, RawIo, Result};

/// Reads and writes in turns, each through a buffer of its own.
pub(crate) struct Turns<D: RawIo> {
    capacity: usize,
    side: Side<D>,
    closed: bool,
}

#[allow(clippy::large_enum_variant, reason = "there is one for a stream")]
enum Side<D: RawIo> {
    Reads(BufferedReader<D>),
    Writes(BufferedWriter<D>),
    /// While the device is handed over, and after a panic of it.
    Between,
}

impl<D: RawIo> Turns<D> {
    pub(crate) fn new(capacity: usize, device: D) -> Result<Turns<D>> {
        if !device.seekable() {
            return Err(unsupported(Operation::Seek));
        }
        let side = Side::Reads(BufferedReader::with_capacity(capacity, device));
        Ok(Turns {
            capacity,
            side,
            closed: false,
        })
    }

    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    /// What was read ahead.
    pub(crate) fn buffer(&self) -> &[u8] {
        match &self.side {
            Side::Reads(reader) => reader.buffer(),
            _ => &[],
        }
    }

    /// How many bytes wait for the device.
    #[allow(dead_code, reason = "for tests")]
    pub(crate) fn pending(&self) -> usize {
        match &self.side {
            Side::Writes(writer) => writer.pending(),
            _ => 0,
        }
    }

    pub(crate) fn get_ref(&self) -> &D {
        match &self.side {
            Side::Reads(reader) => reader.get_ref(),
            Side::Writes(writer) => writer.get_ref(),
            Side::Between => panic!("the device panicked"),
        }
    }

    /// The device, after everything was written, at the stream's position.
    pub(crate) fn detach(mut self) -> Result<D, Box<(Error, Self)>> {
        let outcome = self.flush().map_err(Error::from);
        match (outcome, self.side) {
            (Ok(()), Side::Reads(reader)) => Ok(reader.into_parts().0),
            (Ok(()), Side::Writes(writer)) => Ok(writer.into_parts().0),
            (outcome, side) => {
                let error = outcome.err().unwrap_or(Error::Poisoned);
                Err(Box::new((error, Turns { side, ..self })))
            }
        }
    }

    fn open(&self) -> Result<()> {
        match self.side {
            _ if self.closed => Err(Error::Closed),
            Side::Between => Err(Error::Poisoned),
            _ => Ok(()),
        }
    }

    fn check_readable(&self) -> Result<()> {
        self.open()?;
        if self.get_ref().readable() {
            Ok(())
        } else {
            Err(unsupported(Operation::Read))
        }
    }

    /// The reader. What is pending is written first.
    fn reader(&mut self) -> Result<&mut BufferedReader<D>> {
        self.check_readable()?;
        if let Side::Writes(writer) = &mut self.side {
            if writer.pending() > 0 {
                #[expect(clippy::seek_from_current, reason = "a seek writes, as CPython's does")]
                writer.seek(SeekFrom::Current(0))?;
            }
            if let Side::Writes(writer) = std::mem::replace(&mut self.side, Side::Between) {
                let device = writer.into_parts().0;
                self.side = Side::Reads(BufferedReader::with_capacity(self.capacity, device));
            }
        }
        match &mut self.side {
            Side::Reads(reader) => Ok(reader),
            _ => Err(Error::Poisoned),
        }
    }

    /// The writer. The device goes back to where reading stopped; one that does not move refuses,
    /// and nothing that was read ahead of it is lost.
    fn writer(&mut self) -> Result<&mut BufferedWriter<D>> {
        self.open()?;
        if let Side::Reads(_) = self.side
            && let Side::Reads(reader) = std::mem::replace(&mut self.side, Side::Between)
        {
            match reader.detach() {
                Ok(device) => {
                    let writer = BufferedWriter::with_capacity(self.capacity, device);
                    self.side = Side::Writes(writer);
                }
                Err(failed) => {
                    let (error, reader) = failed.into_parts();
                    self.side = Side::Reads(reader);
                    return Err(error);
                }
            }
        }
        match &mut self.side {
            Side::Writes(writer) => Ok(writer),
            _ => Err(Error::Poisoned),
        }
    }

    /// The same, of a device that can be written to.
    fn writing(&mut self) -> Result<&mut BufferedWriter<D>> {
        self.check_writable()?;
        self.writer()
    }

    fn check_writable(&self) -> Result<()> {
        self.open()?;
        if self.get_ref().writable() {
            Ok(())
        } else {
            Err(unsupported(Operation::Write))
        }
    }
}

fn unsupported(operation: Operation) -> Error {
    Error::Unsupported { operation }
}

impl<D: RawIo> IoBase for Turns<D> {
    fn readable(&self) -> bool {
        self.open().is_ok() && self.get_ref().readable()
    }

    fn writable(&self) -> bool {
        self.open().is_ok() && self.get_ref().writable()
    }

    fn seekable(&self) -> bool {
        self.open().is_ok() && self.get_ref().seekable()
    }

    fn is_closed(&self) -> bool {
        self.closed
    }

    fn close(&mut self) -> Result<()> {
        if self.closed {
            return Ok(());
        }
        let moved = match self.side {
            Side::Reads(_) => self.flush().map_err(Error::from),
            _ => Ok(()),
        };
        let closed = match &mut self.side {
            Side::Reads(reader) => reader.close(),
            Side::Writes(writer) => writer.close(),
            Side::Between => Err(Error::Poisoned),
        };
        self.closed = true;
        moved.and(closed)
    }

    fn truncate(&mut self, size: Option<u64>) -> Result<u64> {
        let writer = self.writer()?;
        let size = match size {
            Some(size) => size,
            None => writer.stream_position()?,
        };
        writer.truncate(Some(size))
    }

    fn is_terminal(&self) -> bool {
        self.open().is_ok() && self.get_ref().is_terminal()
    }

    #[cfg(unix)]
    fn flush_and_borrow_fd(&mut self) -> Result<Option<BorrowedFd<'_>>> {
        self.writer()?.flush_and_borrow_fd()
    }
}

impl<D: RawIo> BufferedIo for Turns<D> {
    fn read_chunk(&mut self, max: usize) -> Result<Chunk> {
        if max == 0 {
            return self.check_readable().map(|()| Chunk::new());
        }
        self.reader()?.read_chunk(max)
    }

    fn write_chunk(&mut self, chunk: Chunk) -> Result<()> {
        if chunk.is_empty() {
            self.check_writable()
        } else {
            self.writing()?.write_chunk(chunk)
        }
    }

    fn peek(&mut self, n: usize) -> Result<&[u8]> {
        if n == 0 {
            return self.check_readable().map(|()| &[][..]);
        }
        self.reader()?.peek(n)
    }
}

impl<D: RawIo> Read for Turns<D> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(self.check_readable().map(|()| 0)?);
        }
        self.reader()?.read(buf)
    }

    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        if bufs.iter().all(|buf| buf.is_empty()) {
            return Ok(self.check_readable().map(|()| 0)?);
        }
        self.reader()?.read_vectored(bufs)
    }

    fn read_to_end(&mut self, buf: &mut Vec<u8>) -> io::Result<usize> {
        self.reader()?.read_to_end(buf)
    }

    fn read_to_string(&mut self, buf: &mut String) -> io::Result<usize> {
        self.reader()?.read_to_string(buf)
    }

    fn read_exact(&mut self, buf: &mut [u8]) -> io::Result<()> {
        if buf.is_empty() {
            return Ok(self.check_readable()?);
        }
        self.reader()?.read_exact(buf)
    }
}

impl<D: RawIo> BufRead for Turns<D> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.reader()?.fill_buf()
    }

    fn consume(&mut self, n: usize) {
        if let Side::Reads(reader) = &mut self.side {
            reader.consume(n);
        }
    }

    fn read_until(&mut self, byte: u8, buf: &mut Vec<u8>) -> io::Result<usize> {
        self.reader()?.read_until(byte, buf)
    }

    fn read_line(&mut self, buf: &mut String) -> io::Result<usize> {
        self.reader()?.read_line(buf)
    }
}

impl<D: RawIo> Write for Turns<D> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        if buf.is_empty() {
            Ok(self.check_writable().map(|()| 0)?)
        } else {
            self.writing()?.write(buf)
        }
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        if bufs.iter().all(|buf| buf.is_empty()) {
            Ok(self.check_writable().map(|()| 0)?)
        } else {
            self.writing()?.write_vectored(bufs)
        }
    }

    fn write_all(&mut self, buf: &[u8]) -> io::Result<()> {
        if buf.is_empty() {
            Ok(self.check_writable()?)
        } else {
            self.writing()?.write_all(buf)
        }
    }

    fn write_fmt(&mut self, args: fmt::Arguments<'_>) -> io::Result<()> {
        match args.as_str() {
            Some("") => Ok(self.check_writable()?),
            _ => self.writing()?.write_fmt(args),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        let is_writable = self.writable();
        let writer = self.writer()?;
        if is_writable {
            writer.flush()?;
        }
        Ok(())
    }
}

impl<D: RawIo> Seek for Turns<D> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.open()?;
        match &mut self.side {
            Side::Reads(reader) => reader.seek(to),
            Side::Writes(writer) => writer.seek(to),
            Side::Between => Err(Error::Poisoned.into()),
        }
    }

    fn stream_position(&mut self) -> io::Result<u64> {
        self.open()?;
        match &mut self.side {
            Side::Reads(reader) => reader.stream_position(),
            Side::Writes(writer) => writer.stream_position(),
            Side::Between => Err(Error::Poisoned.into()),
        }
    }
}
