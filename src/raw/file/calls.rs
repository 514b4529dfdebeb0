//! What a [`FileIo`] is to the floors above and to std: each method one call of the system.

use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind, IoSlice, IoSliceMut, IsTerminal, Read, Seek, SeekFrom, Write};
#[cfg(unix)]
use std::os::fd::{AsFd, BorrowedFd};

use super::file_io::FileIo;
use super::seeks::Seeks;
use super::system;
use crate::error::{Error, Operation, Result, retry};
use crate::io_base::IoBase;
use crate::raw::RawIo;
#[cfg(unix)]
use crate::raw::unread::Growing;
use crate::raw::unread::{self, GiveBack, Unread};
use crate::raw::whole::{self, for_one_call};

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
        match self.seeks {
            Seeks::Yes => !self.is_closed(),
            Seeks::No => false,
            Seeks::Unknown => self.seeks_after_all(),
        }
    }

    fn is_closed(&self) -> bool {
        self.file.is_none()
    }

    fn close(&mut self) -> Result<()> {
        self.unread.clear();
        match self.file.take() {
            Some(file) => self.closed(file),
            None => Ok(()),
        }
    }

    fn truncate(&mut self, size: Option<u64>) -> Result<u64> {
        let allowed = self.writable() && self.seekable();
        let size = match size {
            Some(size) => size,
            None => {
                let position = self.call(Operation::Truncate, allowed, File::stream_position)?;
                position.saturating_sub(self.unread.len() as u64)
            }
        };
        self.call(Operation::Truncate, allowed, |file| {
            system::set_len(file, size)
        })?;
        Ok(size)
    }

    fn is_terminal(&self) -> bool {
        self.file.as_ref().is_some_and(File::is_terminal)
    }

    /// The file's own descriptor: nothing is pending here. `None` while something is
    /// [`unread`](FileIo::unread).
    #[cfg(unix)]
    fn descriptor(&mut self) -> Result<Option<BorrowedFd<'_>>> {
        let file = self.file.as_ref().ok_or(Error::Closed)?;
        Ok(self.unread.is_empty().then(|| file.as_fd()))
    }
}

impl RawIo for FileIo {
    fn block_size(&self) -> Option<usize> {
        self.block_size
    }

    /// By two system calls. None where there is no size: a pipe, `/proc`.
    fn rest_hint(&mut self) -> Option<u64> {
        let mut file = self.file.as_ref().filter(|_| self.seekable())?;
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

impl FileIo {
    /// Asks again whether a file seeks, where the system could not say.
    #[cold]
    fn seeks_after_all(&self) -> bool {
        let file = self.file.as_ref();
        file.is_some_and(|mut file| retry(|| file.stream_position()).is_ok())
    }

    /// Names the file for which there is no memory: that is not the system's to say.
    #[cold]
    fn without_memory(&self, error: io::Error) -> io::Error {
        match error.get_ref() {
            None if error.kind() == ErrorKind::OutOfMemory => self.located(Operation::Read, error),
            _ => error,
        }
    }

    /// How many bytes are left, if the file says how large it is; its answer is no more than a
    /// hint.
    fn expected(&mut self) -> usize {
        let Some(file) = self.file.as_ref().filter(|_| self.seekable()) else {
            return 0;
        };
        let size = file.metadata().map_or(0, |metadata| metadata.len());
        let position = unread::position(self).unwrap_or(size);
        // More than there are addresses is more than there is memory.
        usize::try_from(size.saturating_sub(position)).unwrap_or(usize::MAX)
    }
}

impl GiveBack for FileIo {
    #[inline]
    fn read_device(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.call(Operation::Read, self.readable(), |file| file.read(buf))?;
        self.taken += n as u64;
        Ok(n)
    }

    fn seek_device(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.call(Operation::Seek, self.seeks != Seeks::No, |file| {
            file.seek(to)
        })
    }

    fn unread(&mut self) -> &mut Unread {
        &mut self.unread
    }

    fn taken(&self) -> u64 {
        self.taken
    }

    #[cfg(unix)]
    fn read_spare(&mut self, into: &mut Growing<'_>) -> io::Result<usize> {
        let n = self.call(Operation::Read, self.readable(), |file| {
            into.append(|bytes| system::read_spare(file, bytes))
        })?;
        self.taken += n as u64;
        Ok(n)
    }
}

impl Read for FileIo {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.unread.is_empty() {
            self.read_device(buf)
        } else {
            Ok(self.unread.read(buf))
        }
    }

    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        if !self.unread.is_empty() {
            return Ok(self.unread.read_vectored(bufs));
        }
        let range = for_one_call(bufs);
        let bufs = &mut bufs[range];
        let n = self.call(Operation::Read, self.readable(), |file| {
            file.read_vectored(bufs)
        })?;
        self.taken += n as u64;
        Ok(n)
    }

    /// Fills `buf`, or takes nothing: see
    /// [what could not be delivered](FileIo#what-could-not-be-delivered). The end before that is
    /// an [`Error::PartialRead`].
    fn read_exact(&mut self, buf: &mut [u8]) -> io::Result<()> {
        unread::read_exact(self, buf)
    }

    /// Makes room for the rest of the file at once, as far as the system knows its size, and
    /// reads on until the end, wherever that is. After an error what was read is in `buf`.
    #[doc(alias = "readall")]
    fn read_to_end(&mut self, buf: &mut Vec<u8>) -> io::Result<usize> {
        self.call(Operation::Read, self.readable(), |_| Ok(()))?;
        let expected = self.expected();
        let outcome = unread::read_to_end(self, buf, expected);
        outcome.map_err(|error| self.without_memory(error))
    }

    /// Makes room as [`read_to_end`](Read::read_to_end). `buf` gets the whole characters up to
    /// the end, to an error, or to the first bytes that are no UTF-8 ([`Error::Decode`]), and the
    /// stream stands right after them: see
    /// [what could not be delivered](FileIo#what-could-not-be-delivered).
    fn read_to_string(&mut self, buf: &mut String) -> io::Result<usize> {
        self.call(Operation::Read, self.readable(), |_| Ok(()))?;
        let expected = self.expected();
        let outcome = unread::read_to_string(self, buf, expected);
        outcome.map_err(|error| self.without_memory(error))
    }
}

impl Write for FileIo {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.call(Operation::Write, self.writable(), |file| {
            system::write(file, buf)
        })
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        let bufs = &bufs[for_one_call(bufs)];
        self.call(Operation::Write, self.writable(), |file| {
            system::write_vectored(file, bufs)
        })
    }

    /// Writes all of `buf`, or the error says how much of it was taken: [`Error::WouldBlock`] or
    /// [`Error::WriteFailed`]; any other took nothing.
    fn write_all(&mut self, buf: &[u8]) -> io::Result<()> {
        whole::write_all(self, buf)
    }

    /// As [`write_all`](Write::write_all), for the whole formatted text.
    fn write_fmt(&mut self, args: fmt::Arguments<'_>) -> io::Result<()> {
        whole::write_fmt(self, args)
    }

    /// Does nothing: there is no buffer here. It does not ask the disk either; see
    /// [`FileIo::sync_all`].
    fn flush(&mut self) -> io::Result<()> {
        self.call(Operation::Write, true, |_| Ok(()))
    }
}

impl Seek for FileIo {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = unread::seek(self, to)?;
        self.seeks = Seeks::Yes;
        Ok(position)
    }

    fn stream_position(&mut self) -> io::Result<u64> {
        let allowed = self.seeks != Seeks::No;
        let position = self.call(Operation::Tell, allowed, File::stream_position)?;
        self.seeks = Seeks::Yes;
        Ok(position.saturating_sub(self.unread.len() as u64))
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
