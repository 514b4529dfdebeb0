//! [`BufferedRandom`] as std's traits. What is in memory is done here at once, and all else far
//! away, so that a caller's loop stays small.

use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};

use super::BufferedRandom;
use crate::raw::RawIo;

impl<D: RawIo> Read for BufferedRandom<D> {
    #[inline]
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self.cursor().is_some_and(|cursor| cursor.read_ready(buf)) {
            true => Ok(buf.len()),
            false => self.read_far(buf),
        }
    }

    /// Fills `buf`, or leaves the position where it is: see
    /// [`Error::PartialRead`](crate::Error::PartialRead).
    #[inline]
    fn read_exact(&mut self, buf: &mut [u8]) -> io::Result<()> {
        match self.cursor().is_some_and(|cursor| cursor.read_ready(buf)) {
            true => Ok(()),
            false => self.read_exact_far(buf),
        }
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

    /// Appends a line of UTF-8 with its `\n`; on an error takes nothing.
    fn read_line(&mut self, buf: &mut String) -> io::Result<usize> {
        Ok(self.open()?.read_line(buf)?)
    }
}

impl<D: RawIo> Write for BufferedRandom<D> {
    /// Takes all of `buf`, except that slices of the block's size or more may be taken in part,
    /// and others as far as they fit if the device then fails.
    #[inline]
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        match self.cursor().is_some_and(|cursor| cursor.write_ready(buf)) {
            true => Ok(buf.len()),
            false => self.write_far(buf),
        }
    }

    /// Takes all of `buf`, or says how much of it: [`Error::WouldBlock`](crate::Error::WouldBlock)
    /// or [`Error::WriteFailed`](crate::Error::WriteFailed).
    #[inline]
    fn write_all(&mut self, buf: &[u8]) -> io::Result<()> {
        match self.cursor().is_some_and(|cursor| cursor.write_ready(buf)) {
            true => Ok(()),
            false => self.write_all_far(buf),
        }
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
        Ok(self.open()?.read(buf)?)
    }

    #[inline(never)]
    fn write_far(&mut self, buf: &[u8]) -> io::Result<usize> {
        Ok(self.open()?.write(buf)?)
    }

    #[inline(never)]
    fn read_exact_far(&mut self, buf: &mut [u8]) -> io::Result<()> {
        Ok(self.open()?.read_exact(buf)?)
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
