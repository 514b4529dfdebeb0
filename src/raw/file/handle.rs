//! Windows: handles. A child process's pipes are no files there (they are opened for overlapped
//! I/O): put them into an [`Adapter`](crate::Adapter).

use std::fs::File;
use std::os::windows::io::{AsHandle, AsRawHandle, BorrowedHandle, OwnedHandle, RawHandle};

use super::file_io::FileIo;
use super::mode::FileMode;
use crate::error::{Error, Result};

impl FileIo {
    /// Takes the handle of a file over. It is closed with the stream.
    ///
    /// # Errors
    ///
    /// As for [`from_file`](FileIo::from_file).
    pub fn from_handle(handle: impl Into<OwnedHandle>, mode: FileMode) -> Result<FileIo> {
        FileIo::from_file(File::from(handle.into()), mode)
    }

    /// Uses a file's handle that stays somebody else's: it is never closed by the stream.
    /// (CPython: `closefd=False`.) It is duplicated; both share the position.
    ///
    /// # Errors
    ///
    /// As for [`from_file`](FileIo::from_file).
    #[doc(alias = "closefd")]
    pub fn borrow(handle: impl AsHandle, mode: FileMode) -> Result<FileIo> {
        FileIo::from_handle(handle.as_handle().try_clone_to_owned()?, mode)
    }
}

/// What cannot be left undone: std's trait has no room for an error.
fn open(file: &FileIo) -> &File {
    file.get_ref().expect("a closed file has no handle")
}

impl AsHandle for FileIo {
    /// # Panics
    ///
    /// On a closed stream, which has no handle; [`FileIo::get_ref`] says so instead.
    fn as_handle(&self) -> BorrowedHandle<'_> {
        open(self).as_handle()
    }
}

impl AsRawHandle for FileIo {
    /// # Panics
    ///
    /// As for `as_handle`.
    fn as_raw_handle(&self) -> RawHandle {
        open(self).as_raw_handle()
    }
}

impl TryFrom<FileIo> for OwnedHandle {
    type Error = Error;

    /// # Errors
    ///
    /// [`Error::Closed`].
    fn try_from(file: FileIo) -> Result<OwnedHandle> {
        Ok(File::try_from(file)?.into())
    }
}
