//! Unix: a [`FileIo`] from a descriptor and the pipes of a child process, and back.

use std::fs::File;
use std::io::{PipeReader, PipeWriter};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, IntoRawFd, OwnedFd, RawFd};
use std::process::{ChildStderr, ChildStdin, ChildStdout};

use super::file_io::FileIo;
use super::mode::FileMode;
use super::opening::Facts;
use crate::error::{Error, Result};

impl FileIo {
    /// Takes over a descriptor of a pipe, a socket or a file, and closes it with the stream.
    ///
    /// It is read and written as a file. For a socket prefer `SocketIo`: here a write to one that the
    /// peer has closed raises the signal `SIGPIPE`, as a write to a pipe does (which Rust programs
    /// ignore by default).
    ///
    /// # Errors
    ///
    /// As for [`from_file`](FileIo::from_file).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Read, Write};
    /// use iolite::FileIo;
    /// use iolite::raw::FileMode;
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

    /// Uses a descriptor that belongs to something else, and never closes it. (CPython:
    /// `closefd=False`.)
    ///
    /// The descriptor is duplicated, so that its owner can close it without affecting this stream.
    /// Both share the position; the duplicate costs a descriptor as long as the stream is open.
    ///
    /// # Errors
    ///
    /// As for [`from_file`](FileIo::from_file), and too many open files.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Write;
    /// use iolite::{FileIo, IoBase};
    /// use iolite::raw::FileMode;
    ///
    /// let mut output = FileIo::duplicate(std::io::stdout(), FileMode::Write)?;
    /// output.write_all(b"past the buffer of std\n")?;
    /// output.close()?;
    /// println!("and std's is still open");
    /// # Ok::<(), iolite::Error>(())
    /// ```
    #[doc(alias = "closefd")]
    pub fn duplicate(fd: impl AsFd, mode: FileMode) -> Result<FileIo> {
        FileIo::from_fd(fd.as_fd().try_clone_to_owned()?, mode)
    }
}

/// The panic of a closed stream: std's traits allow no error.
const CLOSED: &str = "a closed file has no descriptor";

impl AsFd for FileIo {
    /// # Panics
    ///
    /// On a closed stream, which has no descriptor. [`FileIo::get_ref`] and
    /// [`IoBase::flush_and_borrow_fd`](crate::IoBase::flush_and_borrow_fd) say so instead.
    #[doc(alias = "fileno")]
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.get_ref().expect(CLOSED).as_fd()
    }
}

impl AsRawFd for FileIo {
    /// # Panics
    ///
    /// As for `as_fd`.
    fn as_raw_fd(&self) -> RawFd {
        self.get_ref().expect(CLOSED).as_raw_fd()
    }
}

impl IntoRawFd for FileIo {
    /// # Panics
    ///
    /// As for `as_fd`. `OwnedFd::try_from(file)` says so instead.
    fn into_raw_fd(self) -> RawFd {
        self.into_inner().expect(CLOSED).into_raw_fd()
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
            /// Takes over the end of a pipe, and closes it with the stream.
            fn from(pipe: $pipe) -> FileIo {
                FileIo::new(OwnedFd::from(pipe).into(), FileMode::$mode, Facts::OF_A_PIPE)
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
