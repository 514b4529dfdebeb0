//! Which file is it? On Windows: its index on its volume.

use std::io;
use std::path::Path;

use winapi_util::file::{Information, information};
use winapi_util::{AsHandleRef, Handle};

use crate::raw::FileIo;

/// What a file is known by, whatever it is called, as long as it is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileIdentity {
    volume: u64,
    index: u64,
}

impl FileIdentity {
    fn new(information: &Information) -> FileIdentity {
        FileIdentity {
            volume: information.volume_serial_number(),
            index: information.file_index(),
        }
    }

    /// Of the file that a name leads to.
    pub(super) fn of_path(path: &Path) -> io::Result<Option<FileIdentity>> {
        let handle = Handle::from_path_any(path)?;
        Ok(Some(FileIdentity::new(&information(&handle)?)))
    }

    pub(super) fn of_file(file: &FileIo) -> io::Result<Option<FileIdentity>> {
        let information = file.get_ref().map(|file| information(file.as_handle_ref()));
        Ok(information.transpose()?.as_ref().map(FileIdentity::new))
    }
}
