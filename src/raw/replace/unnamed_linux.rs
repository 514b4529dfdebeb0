//! Files without a name, which Linux has: whatever ends the program, nothing is left of them.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Mode, OFlags, linkat, openat};

/// A file without a name, for its owner alone or for whom the umask lets; `None` where the file system has
/// no such files, or they could get no name later.
pub(super) fn create(folder: &Path, is_private: bool) -> Option<File> {
    let mut mode = Mode::RUSR | Mode::WUSR;
    if !is_private {
        mode |= Mode::RGRP | Mode::WGRP | Mode::ROTH | Mode::WOTH;
    }
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    let file = File::from(openat(CWD, folder, flags, mode).ok()?);
    Path::new(&own_name(&file)).exists().then_some(file)
}

/// Gives it one.
pub(super) fn link(file: &File, name: &Path) -> io::Result<()> {
    Ok(linkat(
        CWD,
        own_name(file),
        CWD,
        name,
        AtFlags::SYMLINK_FOLLOW,
    )?)
}

fn own_name(file: &File) -> String {
    format!("/proc/self/fd/{}", file.as_raw_fd())
}
