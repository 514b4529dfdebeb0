//! Which file is it? On Unix: its number on its device.

use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::raw::FileIo;

/// What a file is known by, whatever it is called, as long as it is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileIdentity {
    device: u64,
    inode: u64,
}

impl FileIdentity {
    fn new(metadata: &Metadata) -> FileIdentity {
        FileIdentity {
            device: metadata.dev(),
            inode: metadata.ino(),
        }
    }

    /// Of the file that a name leads to.
    pub(super) fn of_path(path: &Path) -> io::Result<Option<FileIdentity>> {
        Ok(Some(FileIdentity::new(&path.metadata()?)))
    }

    pub(super) fn of_file(file: &FileIo) -> io::Result<Option<FileIdentity>> {
        let metadata = file.get_ref().map(std::fs::File::metadata).transpose()?;
        Ok(metadata.as_ref().map(FileIdentity::new))
    }
}
