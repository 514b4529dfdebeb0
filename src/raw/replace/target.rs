//! What is to be replaced: which file a path means, and whether it may be written.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// How many symbolic links may follow one another, as on Linux.
const MOST_LINKS: usize = 40;

/// A file that is there, or will be.
pub(super) struct Target {
    /// Behind all symbolic links: these stay.
    pub(super) path: PathBuf,
    /// Of the file that is there.
    pub(super) metadata: Option<Metadata>,
}

impl Target {
    /// Finds the file, and whether this program could write to it: a file that may not be written may
    /// not be replaced either, although its folder would allow that.
    pub(super) fn find(path: &Path) -> io::Result<Target> {
        let path = behind_links(path)?;
        let metadata = match path.symlink_metadata() {
            Ok(metadata) if metadata.is_file() => Some(File::options().write(true).open(&path)?),
            Ok(metadata) => return Err(no_file(&metadata)),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        // Of what was opened: the name may lead elsewhere by now.
        let metadata = metadata.map(|file| file.metadata()).transpose()?;
        Ok(Target { path, metadata })
    }

    /// The folder that the file is in. Within a folder, which is within a file system, a file is renamed
    /// at once.
    pub(super) fn folder(&self) -> &Path {
        let folder = self.path.parent();
        let folder = folder.filter(|folder| !folder.as_os_str().is_empty());
        folder.unwrap_or(Path::new("."))
    }
}

fn behind_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        match fs::read_link(&path) {
            Ok(target) => {
                path.pop();
                path.push(target);
            }
            // No link, and perhaps nothing at all.
            Err(_) => return Ok(path),
        }
    }
    // The system's own words.
    path.metadata()?;
    Err(ErrorKind::InvalidInput.into())
}

/// Devices and pipes have no content of their own, so there is nothing to replace.
fn no_file(metadata: &Metadata) -> io::Error {
    if metadata.is_dir() {
        ErrorKind::IsADirectory.into()
    } else {
        ErrorKind::InvalidInput.into()
    }
}
