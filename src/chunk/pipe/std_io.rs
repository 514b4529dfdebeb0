//! [`Pipe`] as std sees it: two ends of a non-blocking device.

use std::io::{self, BufRead, ErrorKind, Read, Write};

use super::Pipe;
use super::answer::Got;
use crate::error::Error;

/// Reading as from a non-blocking device: where nothing is there yet, that is
/// [`WouldBlock`](ErrorKind::WouldBlock), and the end is 0 bytes, or the error that the writer
/// gave. Copies.
///
/// The methods of [`Pipe`] itself come first where the names are the same: `Read::read(&mut pipe,
/// …)` is this one.
///
/// # Examples
///
/// ```
/// use std::io::{ErrorKind, Read};
/// use iolite::Pipe;
///
/// let mut pipe = Pipe::new();
/// pipe.append(b"abc")?;
/// let mut two = [0; 2];
/// Read::read_exact(&mut pipe, &mut two)?;
/// let error = Read::read_exact(&mut pipe, &mut two).unwrap_err();      // nothing is taken
/// assert_eq!((error.kind(), pipe.len()), (ErrorKind::WouldBlock, 1));
/// pipe.eof(None);
/// let mut rest = String::new();
/// assert_eq!((pipe.read_to_string(&mut rest)?, &*rest), (1, "c"));
/// # Ok::<(), std::io::Error>(())
/// ```
impl Read for Pipe {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self.at_most(buf.len())? {
            Got::Data(n) => {
                self.copy_to(&mut buf[..n]);
                Ok(n)
            }
            Got::Pending => Err(ErrorKind::WouldBlock.into()),
            Got::Eof => Ok(0),
        }
    }

    /// All of `buf` or nothing: after an error everything is still there.
    fn read_exact(&mut self, buf: &mut [u8]) -> io::Result<()> {
        match self.exactly(buf.len())? {
            Got::Data(_) => {
                self.copy_to(buf);
                Ok(())
            }
            Got::Pending => Err(ErrorKind::WouldBlock.into()),
            Got::Eof => Err(ErrorKind::UnexpectedEof.into()),
        }
    }
}

impl Pipe {
    /// Takes as many bytes as `buf` is long; they are there.
    fn copy_to(&mut self, buf: &mut [u8]) {
        let mut rest = &mut *buf;
        for view in self.store.views(self.next(rest.len())) {
            let (head, tail) = rest.split_at_mut(view.len());
            head.copy_from_slice(view);
            rest = tail;
        }
        self.consume(buf.len());
    }
}

/// The bytes at hand, in one piece, without a copy. An empty slice is the end.
impl BufRead for Pipe {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self.at_most(1)? {
            Got::Data(_) => Ok(self.views().next().unwrap_or_default()),
            Got::Pending => Err(ErrorKind::WouldBlock.into()),
            Got::Eof => Ok(&[]),
        }
    }

    fn consume(&mut self, n: usize) {
        self.skip(n);
    }
}

/// Writing as to a non-blocking device: what does not fit under the limit is
/// [`WouldBlock`](ErrorKind::WouldBlock). Copies.
impl Write for Pipe {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let n = buf.len().min(self.room());
        self.append(&buf[..n])?;
        match n {
            0 if !buf.is_empty() => Err(ErrorKind::WouldBlock.into()),
            n => Ok(n),
        }
    }

    /// Writes as much as fits; the [`WouldBlock`](Error::WouldBlock) in the error says how much
    /// that was.
    fn write_all(&mut self, buf: &[u8]) -> io::Result<()> {
        let written = buf.len().min(self.room());
        self.append(&buf[..written])?;
        if written < buf.len() {
            return Err(Error::WouldBlock { written }.into());
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
