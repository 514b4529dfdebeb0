//! [`Pipe`] as a buffered stream: what goes in comes out, and nothing waits.
//!
//! It makes a [`TextIoWrapper<Pipe>`](crate::TextIoWrapper) of the whole text layer without its
//! I/O: bytes are pushed into the pipe, and the stream gives the text that is there by now.

use std::io::{self, BufRead, Seek, SeekFrom};

use super::buffered_io::BufferedIo;
use crate::chunk::{Chunk, Pipe, PipeError, Progress};
use crate::error::{Error, Operation, Result};
use crate::io_base::IoBase;

/// A pipe is readable and writable, and has no position that could be moved.
///
/// # Examples
///
/// ```
/// use iolite::{Encoding, Pipe, TextIo, TextIoWrapper, TextOptions};
///
/// let options = TextOptions::new().encoding(Encoding::LATIN_1);
/// let mut text = TextIoWrapper::with_options(Pipe::new(), options);
/// text.get_mut().append(b"caf\xe9\nth")?;
/// assert_eq!(text.next_line()?.as_deref(), Some("café"));
/// assert!(text.next_line().unwrap_err().is_would_block()); // not yet
/// text.get_mut().append(b"\xe9")?;
/// text.get_mut().close(None); // the end
/// assert_eq!(text.next_line()?.as_deref(), Some("thé"));
/// assert!(text.next_line()?.is_none());
/// # Ok::<(), iolite::Error>(())
/// ```
impl IoBase for Pipe {
    fn readable(&self) -> bool {
        !self.is_shut()
    }

    fn writable(&self) -> bool {
        !self.is_shut()
    }

    fn seekable(&self) -> bool {
        false
    }

    /// Whether it was closed as a stream: by this trait's [`close`](IoBase::close), not by that of
    /// the [writer](Pipe::close), which leaves it to be read to its end.
    fn is_closed(&self) -> bool {
        self.is_shut()
    }

    /// Ends both directions. What is in the pipe can still be taken, by its own methods.
    fn close(&mut self) -> Result<()> {
        self.shut();
        Ok(())
    }

    fn truncate(&mut self, _size: Option<u64>) -> Result<u64> {
        self.unsupported(Operation::Truncate)
    }
}

impl Seek for Pipe {
    /// [`Unsupported`](Error::Unsupported): a mark can be [gone back to](Pipe::rewind).
    fn seek(&mut self, _to: SeekFrom) -> io::Result<u64> {
        Ok(self.unsupported(Operation::Seek)?)
    }

    /// [`Unsupported`](Error::Unsupported): [`position`](Pipe::position) is where reading is.
    fn stream_position(&mut self) -> io::Result<u64> {
        Ok(self.unsupported(Operation::Tell)?)
    }
}

impl Pipe {
    fn unsupported(&self, operation: Operation) -> Result<u64> {
        self.check_open()?;
        Err(Error::Unsupported { operation })
    }
}

impl BufferedIo for Pipe {
    /// The next bytes as far as they lie in one piece, without a copy.
    fn read_chunk(&mut self, max: usize) -> Result<Chunk> {
        self.check_open()?;
        if max == 0 {
            return Ok(Chunk::new());
        }
        let n = self.fill_buf()?.len().min(max);
        match self.exactly(n)? {
            Progress::Ready(found) => Ok(found.take_chunk()),
            Progress::Pending | Progress::End => Ok(Chunk::new()),
        }
    }

    /// As [`push`](Pipe::push): shared from 2 KiB on, and taken whole or not at all.
    fn write_chunk(&mut self, chunk: Chunk) -> Result<()> {
        self.push(chunk)?;
        Ok(())
    }

    /// [`WouldBlock`](Error::WouldBlock) while fewer are there and more may come. Copies only if
    /// they lie in several pieces.
    fn peek(&mut self, n: usize) -> Result<&[u8]> {
        self.check_open()?;
        let there = match self.exactly(n) {
            Ok(Progress::Ready(_)) => n,
            Ok(Progress::Pending) => return Err(Error::WouldBlock { written: 0 }),
            Ok(Progress::End) => 0,
            Err(PipeError::PartialRead { available, .. }) => available,
            Err(error) => return Err(error.into()),
        };
        if there == 0 {
            return Ok(&[]);
        }
        if let Progress::Ready(mut found) = self.at_most(there)? {
            found.bytes();
        }
        // In one piece now.
        Ok(&self.fill_buf()?[..there])
    }

    fn spare_mut(&mut self) -> &mut [u8] {
        Pipe::spare_mut(self, 1).unwrap_or_default()
    }

    fn commit(&mut self, n: usize) {
        let taken = Pipe::commit(self, n);
        assert!(n == 0 || taken.is_ok(), "commit beyond the room");
    }

    #[inline]
    fn append_if_room(&mut self, bytes: &[u8]) -> bool {
        !bytes.is_empty() && self.append(bytes).is_ok()
    }
}
