//! What a [`FileIo`] is to the floors above and to std: each method one call of the system.

use std::fs::File;
use std::io::{self, IoSlice, IoSliceMut, IsTerminal, Read, Seek, SeekFrom, Write};
#[cfg(unix)]
use std::os::fd::{AsFd, BorrowedFd};

use super::file_io::FileIo;
use super::system;
use crate::error::{Error, Operation, Result};
use crate::io_base::IoBase;
use crate::raw::RawIo;

impl IoBase for FileIo {
    #[inline]
    fn readable(&self) -> bool {
        !self.is_closed() && self.mode.readable()
    }

    #[inline]
    fn writable(&self) -> bool {
        !self.is_closed() && self.mode.writable()
    }

    #[inline]
    fn seekable(&self) -> bool {
        !self.is_closed() && self.seekable
    }

    fn is_closed(&self) -> bool {
        self.file.is_none()
    }

    fn close(&mut self) -> Result<()> {
        match self.file.take() {
            Some(file) => self.closed(file),
            None => Ok(()),
        }
    }

    fn truncate(&mut self, size: Option<u64>) -> Result<u64> {
        let allowed = self.writable() && self.seekable;
        let size = match size {
            Some(size) => size,
            None => self.call(Operation::Truncate, allowed, File::stream_position)?,
        };
        self.call(Operation::Truncate, allowed, |file| file.set_len(size))?;
        Ok(size)
    }

    fn is_terminal(&self) -> bool {
        self.file.as_ref().is_some_and(File::is_terminal)
    }

    /// The file's own descriptor: nothing is pending here.
    #[cfg(unix)]
    fn descriptor(&mut self) -> Result<Option<BorrowedFd<'_>>> {
        let file = self.file.as_ref().ok_or(Error::Closed)?;
        Ok(Some(file.as_fd()))
    }
}

impl RawIo for FileIo {
    fn block_size(&self) -> Option<usize> {
        self.block_size
    }

    /// By two system calls. None where there is no size: a pipe, `/proc`.
    fn rest_hint(&mut self) -> Option<u64> {
        let file = self.file.as_mut().filter(|_| self.seekable)?;
        let size = file.metadata().ok()?.len();
        let position = file.stream_position().ok()?;
        size.checked_sub(position)
    }

    fn appends(&self) -> bool {
        self.appends
    }

    #[inline]
    fn positioned(&self) -> bool {
        system::POSITIONED && self.seekable()
    }

    #[inline]
    fn read_at(&mut self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        let allowed = self.readable() && self.positioned();
        self.call(Operation::Read, allowed, |file| {
            system::read_at(file, buf, offset)
        })
    }

    /// Not for an appending file: Linux would write at the end all the same.
    #[inline]
    fn write_at(&mut self, buf: &[u8], offset: u64) -> io::Result<usize> {
        let allowed = self.writable() && self.positioned() && !self.appends;
        self.call(Operation::Write, allowed, |file| {
            system::write_at(file, buf, offset)
        })
    }
}

impl Read for FileIo {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.call(Operation::Read, self.readable(), |file| file.read(buf))
    }

    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.call(Operation::Read, self.readable(), |file| {
            file.read_vectored(bufs)
        })
    }

    /// Makes room for the rest of the file at once, as far as the system knows its size, and
    /// reads on until the end, wherever that is. After an error what was read is in `buf`.
    #[doc(alias = "readall")]
    fn read_to_end(&mut self, buf: &mut Vec<u8>) -> io::Result<usize> {
        self.call(Operation::Read, self.readable(), |file| {
            file.read_to_end(buf)
        })
    }

    /// As [`read_to_end`](Read::read_to_end). If the bytes are no UTF-8, `buf` gets none of them,
    /// and the position is behind them, as in std: read text through a
    /// [`TextIoWrapper`](crate::TextIoWrapper).
    fn read_to_string(&mut self, buf: &mut String) -> io::Result<usize> {
        self.call(Operation::Read, self.readable(), |file| {
            file.read_to_string(buf)
        })
    }
}

impl Write for FileIo {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.call(Operation::Write, self.writable(), |file| file.write(buf))
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.call(Operation::Write, self.writable(), |file| {
            file.write_vectored(bufs)
        })
    }

    /// Does nothing: there is no buffer here. It does not ask the disk either; see
    /// [`FileIo::sync_all`].
    fn flush(&mut self) -> io::Result<()> {
        self.call(Operation::Write, true, |_| Ok(()))
    }
}

impl Seek for FileIo {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.call(Operation::Seek, self.seekable, |file| file.seek(to))
    }

    fn stream_position(&mut self) -> io::Result<u64> {
        self.call(Operation::Tell, self.seekable, File::stream_position)
    }
}

impl TryFrom<FileIo> for File {
    type Error = Error;

    /// The file inside, at its position.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`].
    fn try_from(file: FileIo) -> Result<File> {
        file.into_inner().ok_or(Error::Closed)
    }
}
