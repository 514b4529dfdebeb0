//! Whose a file is and who may use it, where the folder decides that.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::path::Path;

/// How a new file is made.
pub(super) fn create_options(_: bool) -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    options
}

#[expect(clippy::unnecessary_wraps, reason = "on Unix it may fail")]
pub(super) fn keep_owner(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}

/// A file that could be written is not read-only.
#[expect(clippy::unnecessary_wraps, reason = "on Unix it may fail")]
pub(super) fn keep_mode(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}

/// Folders cannot be synchronised.
#[expect(clippy::unnecessary_wraps, reason = "on Unix it may fail")]
pub(super) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
