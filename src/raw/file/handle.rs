//! Windows: handles. A child process's pipes are no files there (they are opened for overlapped
//! I/O): put them into an [`Adapter`](crate::Adapter).

use std::fs::File;
use std::os::windows::io::{
    AsHandle, AsRawHandle, BorrowedHandle, IntoRawHandle, OwnedHandle, RawHandle,
};

use super::file_io::FileIo;
use super::mode::FileMode;
use crate::error::{Error, Result};

impl FileIo {
    /// Takes over the handle of a file, and closes it with the stream.
    ///
    /// # Errors
    ///
    /// As for [`from_file`](FileIo::from_file).
    pub fn from_handle(handle: impl Into<OwnedHandle>, mode: FileMode) -> Result<FileIo> {
        FileIo::from_file(File::from(handle.into()), mode)
    }

    /// Uses the handle of a file that belongs to something else, and never closes it. (CPython:
    /// `closefd=False`.) It is duplicated; both share the position.
    ///
    /// # Errors
    ///
    /// As for [`from_file`](FileIo::from_file).
    #[doc(alias = "closefd")]
    pub fn duplicate(handle: impl AsHandle, mode: FileMode) -> Result<FileIo> {
        FileIo::from_handle(handle.as_handle().try_clone_to_owned()?, mode)
    }
}

/// The panic of a closed stream: std's traits allow no error.
const CLOSED: &str = "a closed file has no handle";

impl AsHandle for FileIo {
    /// # Panics
    ///
    /// On a closed stream, which has no handle; [`FileIo::get_ref`] says so instead.
    fn as_handle(&self) -> BorrowedHandle<'_> {
        self.get_ref().expect(CLOSED).as_handle()
    }
}

impl AsRawHandle for FileIo {
    /// # Panics
    ///
    /// As for `as_handle`.
    fn as_raw_handle(&self) -> RawHandle {
        self.get_ref().expect(CLOSED).as_raw_handle()
    }
}

impl IntoRawHandle for FileIo {
    /// # Panics
    ///
    /// As for `as_handle`.
    fn into_raw_handle(self) -> RawHandle {
        self.into_inner().expect(CLOSED).into_raw_handle()
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
