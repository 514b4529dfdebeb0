//! std's traits for [`FileIo`], and for `&FileIo`, by which several threads share one file.

use std::collections::TryReserveError;
use std::fmt;
use std::io::{self, IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write};
use std::ops::DerefMut;
use std::sync::{MutexGuard, PoisonError};

use super::file_io::FileIo;
use super::open_file::OpenFile;
#[cfg(unix)]
use super::system;
use crate::error::{Operation, out_of_memory};
#[cfg(unix)]
use crate::raw::unread::Growing;
use crate::raw::unread::{self, GiveBack, Unread};
use crate::raw::whole::{self, for_one_call};

impl FileIo {
    pub(super) fn parts(&mut self) -> Parts<'_, &mut Unread> {
        let unread = self.unread.get_mut();
        Parts {
            open: &self.open,
            unread: unread.unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// As [`parts`](FileIo::parts), for a shared file. Poison is ignored: after a panic the unread
    /// bytes are valid, because they are given back before the lock is released.
    fn shared_parts(&self) -> Parts<'_, MutexGuard<'_, Unread>> {
        let unread = self.unread.lock();
        Parts {
            open: &self.open,
            unread: unread.unwrap_or_else(PoisonError::into_inner),
        }
    }
}

/// An open file for the time of one call, with what was given back to it: borrowed from a
/// `&mut FileIo`, or locked for a `&FileIo`. A lock is held while the device is read, so that bytes
/// that are given back stay in order; writes and positioned calls do not take it.
pub(super) struct Parts<'f, U> {
    open: &'f OpenFile,
    pub(super) unread: U,
}

impl<U: DerefMut<Target = Unread>> Parts<'_, U> {
    pub(super) fn truncate(&mut self, size: Option<u64>) -> io::Result<u64> {
        let size = match size {
            Some(size) => size,
            None => self
                .open
                .position(Operation::Truncate)?
                .saturating_sub(self.unread.len() as u64),
        };
        self.open.set_len(size)?;
        Ok(size)
    }

    fn position(&mut self) -> io::Result<u64> {
        let position = self.open.position(Operation::Tell)?;
        Ok(position.saturating_sub(self.unread.len() as u64))
    }
}

impl<U: DerefMut<Target = Unread>> GiveBack for Parts<'_, U> {
    #[inline]
    fn read_device(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let open = self.open;
        open.call(Operation::Read, open.readable(), |mut file| file.read(buf))
    }

    fn read_device_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        let (open, range) = (self.open, for_one_call(bufs));
        let bufs = &mut bufs[range];
        open.call(Operation::Read, open.readable(), |mut file| {
            file.read_vectored(bufs)
        })
    }

    fn seek_device(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (open, allowed) = (self.open, self.open.may_seek());
        open.call(Operation::Seek, allowed, |mut file| file.seek(to))
    }

    fn unread(&mut self) -> &mut Unread {
        &mut self.unread
    }

    fn rest_hint(&mut self) -> io::Result<u64> {
        let open = self.open;
        open.call(Operation::Read, open.readable(), |_| Ok(()))?;
        Ok(open.rest_hint().unwrap_or(0))
    }

    fn out_of_memory(&self, error: TryReserveError) -> io::Error {
        self.open.located(Operation::Read, out_of_memory(error))
    }

    #[cfg(unix)]
    fn read_spare(&mut self, into: &mut Growing<'_>) -> io::Result<usize> {
        let open = self.open;
        open.call(Operation::Read, open.readable(), |file| {
            into.append(|bytes| system::read_spare(file, bytes))
        })
    }
}

macro_rules! std_traits {
    ($($file:ty, $parts:ident);*) => {$(
        impl Read for $file {
            unread::read_calls!(self => &mut self.$parts(), "FileIo");
        }

        impl Write for $file {
            fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
                self.open.write(buf)
            }

            fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
                self.open.write_vectored(bufs)
            }

            whole::write_calls!(self);

            /// Does nothing: there is no buffer here. It does not ask the disk either; see
            /// [`FileIo::sync_all`].
            fn flush(&mut self) -> io::Result<()> {
                self.open.call(Operation::Write, true, |_| Ok(()))
            }
        }

        impl Seek for $file {
            fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
                unread::seek(&mut self.$parts(), to)
            }

            fn stream_position(&mut self) -> io::Result<u64> {
                self.$parts().position()
            }
        }
    )*};
}
std_traits!(FileIo, parts; &FileIo, shared_parts);
