//! Unix: descriptors, positioned calls, and the pipes of a child process.

use std::fs::{File, Metadata};
use std::io::{self, IoSlice, PipeReader, PipeWriter, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{ChildStderr, ChildStdin, ChildStdout};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use super::access::Access;
use super::file_io::FileIo;
use super::mode::FileMode;
use crate::error::{Error, Result};

pub(super) const POSITIONED: bool = true;

// The system's call in place, where rustix can: behind a system call, processors that forget what
// they were called from pay for each function that returns, and std has two of them here.
#[inline]
pub(super) fn read_at(file: &File, buf: &mut [u8], offset: u64) -> io::Result<usize> {
    Ok(rustix::io::pread(file, buf, offset)?)
}

/// Reads into the memory that `bytes` has left, as much as one call gives.
pub(super) fn read_spare(file: &File, bytes: &mut Vec<u8>) -> io::Result<usize> {
    Ok(rustix::io::read(
        file,
        rustix::buffer::spare_capacity(bytes),
    )?)
}

#[inline]
pub(super) fn write_at(file: &File, buf: &[u8], offset: u64) -> io::Result<usize> {
    Ok(rustix::io::pwrite(file, buf, offset)?)
}

// Those of std repeat an interrupted call by themselves, and the interrupt hook is not asked: opening
// a named pipe, or waiting for a file server, could not be stopped.
pub(super) fn open(path: &Path, mode: FileMode) -> io::Result<File> {
    let flags = OFlags::from_bits_retain(mode.open_flags().cast_unsigned());
    // What others may do is for the process's mask to say, as in std.
    let permissions = Mode::RUSR | Mode::WUSR | Mode::RGRP | Mode::WGRP | Mode::ROTH | Mode::WOTH;
    Ok(File::from(rustix::fs::open(path, flags, permissions)?))
}

pub(super) fn set_len(file: &File, len: u64) -> io::Result<()> {
    Ok(rustix::fs::ftruncate(file, len)?)
}

#[cfg(not(target_vendor = "apple"))]
pub(super) fn sync_all(file: &File) -> io::Result<()> {
    Ok(rustix::fs::fsync(file)?)
}

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn sync_data(file: &File) -> io::Result<()> {
    Ok(rustix::fs::fdatasync(file)?)
}

/// Where `fsync` does not wait for the disk std knows what does.
#[cfg(target_vendor = "apple")]
pub(super) fn sync_all(file: &File) -> io::Result<()> {
    file.sync_all()
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn sync_data(file: &File) -> io::Result<()> {
    file.sync_data()
}

/// Whether an error means that the file never seeks, as pipes, sockets and terminals do not.
pub(super) fn never_seeks(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::SPIPE.raw_os_error())
}

/// Closes a file, and tells what the system says. That is all that nix is here for: std has no such
/// call, and rustix's takes a number instead of the file, so it is `unsafe`.
pub(super) fn close(file: File) -> io::Result<()> {
    match nix::unistd::close(file) {
        // The descriptor is gone, and to close it again could close another's.
        Ok(()) | Err(nix::Error::EINTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

#[inline]
pub(super) fn write(mut file: &File, buf: &[u8]) -> io::Result<usize> {
    file.write(buf)
}

#[inline]
pub(super) fn write_vectored(mut file: &File, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
    file.write_vectored(bufs)
}

/// Everything has some here.
pub(super) fn metadata(file: &File) -> io::Result<Option<Metadata>> {
    file.metadata().map(Some)
}

pub(super) fn block_size(metadata: &Metadata) -> Option<usize> {
    usize::try_from(metadata.blksize()).ok().filter(|&n| n > 1)
}

/// How the file was opened.
pub(super) fn access(file: &File) -> Result<Option<Access>> {
    let flags = rustix::fs::fcntl_getfl(file).map_err(io::Error::from)?;
    let direction = flags & OFlags::RWMODE;
    Ok(Some(Access {
        readable: matches!(direction, OFlags::RDONLY | OFlags::RDWR) && !is_only_a_place(flags),
        writable: matches!(direction, OFlags::WRONLY | OFlags::RDWR),
        appends: flags.contains(OFlags::APPEND),
    }))
}

/// Whether the descriptor stands for a place in the file system and not for an open file.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn is_only_a_place(flags: OFlags) -> bool {
    flags.contains(OFlags::PATH)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn is_only_a_place(_: OFlags) -> bool {
    false
}

impl FileIo {
    /// Takes a descriptor over: a pipe's end, a socket's, a file's. It is closed with the stream.
    ///
    /// It is read and written as a file. A socket is better off in a `SocketIo`: a write to one
    /// that the other side has left raises the signal `SIGPIPE` here, as a write to a pipe does
    /// (which Rust programs ignore unless they say otherwise).
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
    /// The mode as flags of `open(2)`, `O_CLOEXEC` among them, to open the file by a call that std
    /// does not have (`openat`, say) and hand it to [`FileIo::from_fd`].
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
fn opened(file: &FileIo) -> &File {
    file.get_ref().expect("a closed file has no descriptor")
}

impl AsFd for FileIo {
    /// # Panics
    ///
    /// On a closed stream, which has no descriptor. [`FileIo::get_ref`] and
    /// [`IoBase::descriptor`](crate::IoBase::descriptor) say so instead.
    #[doc(alias = "fileno")]
    fn as_fd(&self) -> BorrowedFd<'_> {
        opened(self).as_fd()
    }
}

impl AsRawFd for FileIo {
    /// # Panics
    ///
    /// As for `as_fd`.
    fn as_raw_fd(&self) -> RawFd {
        opened(self).as_raw_fd()
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
