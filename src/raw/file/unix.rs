//! Unix: descriptors, positioned calls, and the pipes of a child process.

use std::fs::{File, Metadata};
use std::io::{self, PipeReader, PipeWriter};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::fs::MetadataExt;
use std::process::{ChildStderr, ChildStdin, ChildStdout};

use rustix::fs::OFlags;

use super::file_io::FileIo;
use super::mode::FileMode;
use crate::error::{Error, Result};

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) use super::linux::access;

pub(super) const POSITIONED: bool = true;

// The system's call in place, where rustix can: behind a system call, processors that forget what
// they were called from pay for each function that returns, and std has two of them here.
#[inline]
pub(super) fn read_at(file: &File, buf: &mut [u8], offset: u64) -> io::Result<usize> {
    Ok(rustix::io::pread(file, buf, offset)?)
}

#[inline]
pub(super) fn write_at(file: &File, buf: &[u8], offset: u64) -> io::Result<usize> {
    Ok(rustix::io::pwrite(file, buf, offset)?)
}

/// Closes a file, and tells what the system says: std has no call for that.
pub(super) fn close(file: File) -> io::Result<()> {
    match nix::unistd::close(file) {
        // The descriptor is gone, and to close it again could close another's.
        Ok(()) | Err(nix::Error::EINTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

pub(super) fn block_size(metadata: &Metadata) -> Option<usize> {
    usize::try_from(metadata.blksize()).ok().filter(|&n| n > 1)
}

/// Other systems tell only by `fcntl`, which std does not have.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn access(_: &File) -> Option<super::access::Access> {
    None
}

impl FileIo {
    /// Takes a descriptor over: a pipe's end, a socket's, a file's. It is closed with the stream.
    ///
    /// # Errors
    ///
    /// As for [`from_file`](FileIo::from_file).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Read, Write};
    /// use iolite::{FileIo, FileMode};
    ///
    /// let (here, there) = std::os::unix::net::UnixStream::pair()?;
    /// FileIo::from_fd(here, FileMode::Write)?.write_all(b"hello")?;
    /// let mut text = String::new();
    /// FileIo::from_fd(there, FileMode::Read)?.read_to_string(&mut text)?;
    /// assert_eq!(text, "hello");
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn from_fd(fd: impl Into<OwnedFd>, mode: FileMode) -> Result<FileIo> {
        FileIo::from_file(File::from(fd.into()), mode)
    }

    /// Uses a descriptor that stays somebody else's: it is never closed by the stream. (CPython:
    /// `closefd=False`.)
    ///
    /// It is duplicated, so that it can be closed there without harm here. Both share the
    /// position; the duplicate costs a descriptor as long as the stream is open.
    ///
    /// # Errors
    ///
    /// As for [`from_file`](FileIo::from_file), and too many open files.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Write;
    /// use iolite::{FileIo, FileMode, IoBase};
    ///
    /// let mut output = FileIo::borrow(std::io::stdout(), FileMode::Write)?;
    /// output.write_all(b"past the buffer of std\n")?;
    /// output.close()?;
    /// println!("and std's is still open");
    /// # Ok::<(), iolite::Error>(())
    /// ```
    #[doc(alias = "closefd")]
    pub fn borrow(fd: impl AsFd, mode: FileMode) -> Result<FileIo> {
        FileIo::from_fd(fd.as_fd().try_clone_to_owned()?, mode)
    }
}

impl FileMode {
    /// The mode as flags of `open(2)`, `O_CLOEXEC` among them, for who opens the file by another
    /// call than std has (`openat`, say) and hands it to [`FileIo::from_fd`].
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{FileIo, FileMode};
    /// use rustix::fs::{Mode, OFlags, open, openat};
    ///
    /// let dir = tempfile::tempdir()?;
    /// let folder = open(dir.path(), OFlags::DIRECTORY, Mode::empty())?;
    /// let flags = OFlags::from_bits_retain(FileMode::CreateNew.open_flags().cast_unsigned());
    /// let file = openat(&folder, "new", flags, Mode::RUSR | Mode::WUSR)?;
    /// FileIo::from_fd(file, FileMode::CreateNew)?;
    /// assert!(dir.path().join("new").exists());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "opener")]
    pub fn open_flags(self) -> i32 {
        let direction = match (self.readable(), self.writable()) {
            (true, true) => OFlags::RDWR,
            (false, true) => OFlags::WRONLY,
            (_, false) => OFlags::RDONLY,
        };
        let creation = match self {
            FileMode::Read | FileMode::ReadUpdate => OFlags::empty(),
            FileMode::Write | FileMode::WriteUpdate => OFlags::CREATE | OFlags::TRUNC,
            FileMode::Append | FileMode::AppendUpdate => OFlags::CREATE | OFlags::APPEND,
            FileMode::CreateNew | FileMode::CreateNewUpdate => OFlags::CREATE | OFlags::EXCL,
        };
        (direction | creation | OFlags::CLOEXEC)
            .bits()
            .cast_signed()
    }
}

/// What cannot be left undone: std's trait has no room for an error.
fn open(file: &FileIo) -> &File {
    file.get_ref().expect("a closed file has no descriptor")
}

impl AsFd for FileIo {
    /// # Panics
    ///
    /// On a closed stream, which has no descriptor. [`FileIo::get_ref`] and
    /// [`IoBase::descriptor`](crate::IoBase::descriptor) say so instead.
    #[doc(alias = "fileno")]
    fn as_fd(&self) -> BorrowedFd<'_> {
        open(self).as_fd()
    }
}

impl AsRawFd for FileIo {
    /// # Panics
    ///
    /// As for `as_fd`.
    fn as_raw_fd(&self) -> RawFd {
        open(self).as_raw_fd()
    }
}

impl TryFrom<FileIo> for OwnedFd {
    type Error = Error;

    /// # Errors
    ///
    /// [`Error::Closed`].
    fn try_from(file: FileIo) -> Result<OwnedFd> {
        Ok(File::try_from(file)?.into())
    }
}

macro_rules! from_pipes {
    ($($pipe:ty => $mode:ident),*) => {$(
        impl From<$pipe> for FileIo {
            /// Takes the pipe's end over; it is closed with the stream.
            fn from(pipe: $pipe) -> FileIo {
                FileIo::from_pipe(File::from(OwnedFd::from(pipe)), FileMode::$mode)
            }
        }
    )*};
}
from_pipes!(
    ChildStdin => Write,
    ChildStdout => Read,
    ChildStderr => Read,
    PipeReader => Read,
    PipeWriter => Write
);
