//! Unix: a [`FileIo`] from a descriptor and the pipes of a child process, and back.

use std::fs::File;
use std::io::{PipeReader, PipeWriter};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::process::{ChildStderr, ChildStdin, ChildStdout};

use super::file_io::FileIo;
use super::mode::FileMode;
use super::opening::Facts;
use crate::error::{Error, Result};

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
