//! [`BufferedRandom`] as std's traits. What is in memory is done here at once, and all else far
//! away, so that a caller's loop stays small.

use std::fmt;
use std::io::{self, BufRead, IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write};

use super::BufferedRandom;
use crate::error::write_fmt;
use crate::raw::RawIo;

impl<D: RawIo> Read for BufferedRandom<D> {
    #[inline]
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.cursor().is_some_and(|cursor| cursor.read_ready(buf)) {
            Ok(buf.len())
        } else {
            self.read_far(buf)
        }
    }

    /// Fills `buf`, or leaves the position where it is: see
    /// [`Error::PartialRead`](crate::Error::PartialRead).
    #[inline]
    fn read_exact(&mut self, buf: &mut [u8]) -> io::Result<()> {
        if self.cursor().is_some_and(|cursor| cursor.read_ready(buf)) {
            Ok(())
        } else {
            self.read_exact_far(buf)
        }
    }

    /// As [`read`](Read::read), into all slices one after the other.
    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        let engine = self.open()?;
        if bufs.iter().all(|buf| buf.is_empty()) {
            return Ok(engine.check_readable().map(|()| 0)?);
        }
        Ok(engine.read_vectored(bufs)?)
    }

    /// Appends everything up to the end to `buf`, with room for all of it at once where the device
    /// [knows](RawIo::rest_hint) how much that is. An error leaves in `buf` what came before it,
    /// and the stream stands there.
    fn read_to_end(&mut self, buf: &mut Vec<u8>) -> io::Result<usize> {
        Ok(self.open()?.read_to_end(buf)?)
    }

    /// Appends everything up to the end to `buf`, or up to what is no UTF-8: that is an
    /// [`Error::Decode`](crate::Error::Decode), and the stream stands before it. Any error leaves
    /// in `buf` all whole characters that came before it, and repeating the call goes on.
    fn read_to_string(&mut self, buf: &mut String) -> io::Result<usize> {
        Ok(self.open()?.read_to_string(buf)?)
    }
}

impl<D: RawIo> BufRead for BufferedRandom<D> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        Ok(self.open()?.fill()?)
    }

    fn consume(&mut self, n: usize) {
        if let Ok(engine) = self.open() {
            engine.consume(n);
        }
    }

    /// Appends up to and with `byte`, or to the end; on an error takes nothing.
    fn read_until(&mut self, byte: u8, buf: &mut Vec<u8>) -> io::Result<usize> {
        Ok(self.open()?.read_until(byte, buf)?)
    }

    /// Appends a line of UTF-8 with its `\n`. A line that is not UTF-8 is taken all the same, and
    /// comes back in [`Error::NotUtf8`](crate::Error::NotUtf8), so that std's
    /// [`lines`](BufRead::lines) goes on with the next one; any other error takes nothing.
    fn read_line(&mut self, buf: &mut String) -> io::Result<usize> {
        Ok(self.open()?.read_line(buf)?)
    }
}

impl<D: RawIo> Write for BufferedRandom<D> {
    /// Takes all of `buf`, except that slices of the block's size or more may be taken in part,
    /// and others as far as they fit if the device then fails.
    #[inline]
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        if self.cursor().is_some_and(|cursor| cursor.write_ready(buf)) {
            Ok(buf.len())
        } else {
            self.write_far(buf)
        }
    }

    /// Takes all of `buf`, or says how much of it: [`Error::WouldBlock`](crate::Error::WouldBlock)
    /// or [`Error::WriteFailed`](crate::Error::WriteFailed).
    #[inline]
    fn write_all(&mut self, buf: &[u8]) -> io::Result<()> {
        if self.cursor().is_some_and(|cursor| cursor.write_ready(buf)) {
            Ok(())
        } else {
            self.write_all_far(buf)
        }
    }

    /// Takes the slices as [`write`](Write::write) takes one: where one is taken in part, or the
    /// device fails, those before it were taken.
    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        let engine = self.open()?;
        if bufs.iter().all(|buf| buf.is_empty()) {
            return Ok(engine.check_writable().map(|()| 0)?);
        }
        Ok(engine.write_vectored(bufs)?)
    }

    /// Takes all of the formatted text, or says how much of the whole of it: `write!` and
    /// `writeln!` call this.
    ///
    /// # Panics
    ///
    /// If a formatting trait implementation reports an error of its own (as std's `write_fmt`).
    fn write_fmt(&mut self, args: fmt::Arguments<'_>) -> io::Result<()> {
        self.open()?.check_writable()?;
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
            SeekFrom::Start(target) if self.cursor().is_some_and(|it| it.jump(target)) => {
                Ok(target)
            }
            _ => self.seek_far(to),
        }
    }

    /// Counts what is pending and writes nothing (an appending device has to write).
    #[inline]
    fn stream_position(&mut self) -> io::Result<u64> {
        Ok(self.open()?.tell()?)
    }
}

/// What needs more than a look into memory.
impl<D: RawIo> BufferedRandom<D> {
    #[inline(never)]
    fn read_far(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let engine = self.open()?;
        Ok(match buf {
            [] => engine.check_readable().map(|()| 0),
            buf => engine.read(buf),
        }?)
    }

    #[inline(never)]
    fn write_far(&mut self, buf: &[u8]) -> io::Result<usize> {
        Ok(self.open()?.write(buf)?)
    }

    #[inline(never)]
    fn read_exact_far(&mut self, buf: &mut [u8]) -> io::Result<()> {
        let engine = self.open()?;
        Ok(match buf {
            [] => engine.check_readable(),
            buf => engine.read_exact(buf),
        }?)
    }

    #[inline(never)]
    fn write_all_far(&mut self, buf: &[u8]) -> io::Result<()> {
        Ok(self.open()?.write_all(buf)?)
    }

    #[inline(never)]
    fn seek_far(&mut self, to: SeekFrom) -> io::Result<u64> {
        Ok(self.open()?.seek(to)?)
    }
}
