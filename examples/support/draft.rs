//! A new file that takes the place of an old one at once, or leaves nothing: on Linux it has no
//! name before it is whole, so that nothing stays behind whatever ends the program.

use std::ffi::OsString;
use std::fs::{File, Metadata, Permissions};
use std::io;
use std::path::{Path, PathBuf};

pub(crate) struct Draft {
    file: File,
    /// The folder of the file that it will replace: a file can be renamed only within a file
    /// system, and then at once.
    folder: PathBuf,
    /// Where the system has no files without a name, or this file system has none.
    named: Option<tempfile::TempPath>,
}

impl Draft {
    pub(crate) fn beside(target: &Path) -> io::Result<Draft> {
        let folder = target.parent().filter(|path| !path.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new(".")).to_owned();
        if let Some(file) = unnamed(&folder) {
            return Ok(Draft {
                file,
                folder,
                named: None,
            });
        }
        let (file, path) = tempfile::Builder::new()
            .prefix(&prefix(target))
            .tempfile_in(&folder)?
            .into_parts();
        Ok(Draft {
            file,
            folder,
            named: Some(path),
        })
    }

    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// Replaces the target. The bytes are on the disk before the name is, and the name when the
    /// folder is.
    pub(crate) fn put_in_place(self, target: &Path) -> io::Result<()> {
        self.file.sync_all()?;
        let named = match self.named {
            Some(named) => named,
            None => name(&self.file, &self.folder, target)?,
        };
        named.persist(target).map_err(|error| error.error)?;
        sync_folder(&self.folder)
    }
}

/// What the name of a draft begins with: one sees whose it was.
fn prefix(target: &Path) -> OsString {
    let mut prefix = OsString::from(".");
    prefix.push(target.file_name().unwrap_or_default());
    prefix.push(".draft-");
    prefix
}

/// A file without a name.
#[cfg(target_os = "linux")]
fn unnamed(folder: &Path) -> Option<File> {
    use rustix::fs::{CWD, Mode, OFlags, openat};
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    let file = openat(CWD, folder, flags, Mode::RUSR | Mode::WUSR).ok()?;
    // It gets its name through /proc, which may be missing.
    Path::new("/proc/self/fd").exists().then(|| file.into())
}

#[cfg(not(target_os = "linux"))]
fn unnamed(_: &Path) -> Option<File> {
    None
}

/// Gives a file without a name one.
#[cfg(target_os = "linux")]
fn name(file: &File, folder: &Path, target: &Path) -> io::Result<tempfile::TempPath> {
    use std::os::fd::AsRawFd;

    use rustix::fs::{AtFlags, CWD, linkat};
    let own = format!("/proc/self/fd/{}", file.as_raw_fd());
    let named = tempfile::Builder::new()
        .prefix(&prefix(target))
        .make_in(folder, |path| {
            Ok(linkat(CWD, &own, CWD, path, AtFlags::SYMLINK_FOLLOW)?)
        })?;
    Ok(named.into_temp_path())
}

#[cfg(not(target_os = "linux"))]
fn name(_: &File, _: &Path, _: &Path) -> io::Result<tempfile::TempPath> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Makes the file belong to whom the other one belongs to.
#[cfg(unix)]
pub(crate) fn keep_owner(file: &File, like: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let now = file.metadata()?;
    if (now.uid(), now.gid()) == (like.uid(), like.gid()) {
        return Ok(());
    }
    fchown(file, Some(like.uid()), Some(like.gid()))
}

#[cfg(not(unix))]
pub(crate) fn keep_owner(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}

/// The permissions that a copy gets: set-user-ID and its like were meant for the old one's owner.
#[cfg(unix)]
pub(crate) fn without_special_bits(like: &Metadata) -> Permissions {
    use std::os::unix::fs::PermissionsExt;
    Permissions::from_mode(like.permissions().mode() & 0o777)
}

#[cfg(not(unix))]
pub(crate) fn without_special_bits(like: &Metadata) -> Permissions {
    like.permissions()
}

/// The new name is on the disk when the folder is.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
