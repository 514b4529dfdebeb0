//! Is that the same file? Under any name: another link, a symbolic link, a standard stream.

use std::fs::Metadata;

/// A file, whatever it is called.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    /// `None` for what is no regular file: a terminal or a pipe may well be both ends. Without an
    /// inode (where the system has none) no two files are known to be the same.
    #[cfg(unix)]
    pub(crate) fn of(metadata: &Metadata) -> Option<FileId> {
        use std::os::unix::fs::MetadataExt;
        let (device, inode) = (metadata.dev(), metadata.ino());
        metadata.is_file().then_some(FileId { device, inode })
    }

    #[cfg(not(unix))]
    pub(crate) fn of(_: &Metadata) -> Option<FileId> {
        let _ = |device, inode| FileId { device, inode };
        None
    }
}
