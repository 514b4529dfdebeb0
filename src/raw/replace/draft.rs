//! [`Draft`]: a new file that takes the place of an old one at once, or leaves nothing.

use std::collections::hash_map::RandomState;
use std::ffi::OsString;
use std::fs::{self, File};
use std::hash::{BuildHasher, Hasher};
use std::io::{self, ErrorKind, Seek};
use std::path::{Path, PathBuf};

use super::ownership::{create_options, keep_mode, keep_owner, sync_folder};
use super::target::Target;
use super::unnamed;

/// A new file in the folder of the one that it will replace, with its owner.
pub(super) struct Draft {
    target: Target,
    /// Where it is, if it has a name yet.
    name: Option<DraftName>,
}

/// The name of a file, which is removed with this value.
struct DraftName(PathBuf);

impl Drop for DraftName {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

impl Draft {
    /// Makes the file. Until it is in place only its owner may read it, if there is an old one.
    pub(super) fn beside(target: Target) -> io::Result<(Draft, File)> {
        let (file, name) = match unnamed::create(target.folder(), target.metadata.is_some()) {
            Some(file) => (file, None),
            None => {
                let (file, name) = named(&target)?;
                (file, Some(name))
            }
        };
        if let Some(old) = &target.metadata {
            keep_owner(&file, old)?;
        }
        Ok((Draft { target, name }, file))
    }

    /// Puts the file, which is this draft's, into the place of the target. Its bytes are on the disk before
    /// its name is, so that after a crash the name leads to a whole file.
    pub(super) fn put_in_place(mut self, file: &File) -> io::Result<()> {
        complete(file, &self.target)?;
        let name = match self.name.take() {
            Some(name) => name,
            None => match with_name(&self.target, |name| unnamed::link(file, name)) {
                Ok(((), name)) => name,
                Err(_) => copied(file, &self.target)?,
            },
        };
        fs::rename(&name.0, &self.target.path)?;
        // It has another name now.
        std::mem::forget(name);
        sync_folder(self.target.folder())
    }
}

/// A new file under a name of its own.
fn named(target: &Target) -> io::Result<(File, DraftName)> {
    let options = create_options(target.metadata.is_some());
    with_name(target, |name| options.open(name))
}

/// What has to be true of a file before the target's name leads to it: it has the mode of the old one, and is
/// on the disk.
fn complete(file: &File, target: &Target) -> io::Result<()> {
    if let Some(old) = &target.metadata {
        // At last: writing may take special bits away.
        keep_mode(file, old)?;
    }
    file.sync_all()
}

/// A copy with a name of a file that has none and is refused one: containers and security modules forbid
/// that at times, and some file systems in layers make such files and cannot link them.
fn copied(mut file: &File, target: &Target) -> io::Result<DraftName> {
    let (mut copy, name) = named(target)?;
    if let Some(old) = &target.metadata {
        keep_owner(&copy, old)?;
    }
    file.rewind()?;
    io::copy(&mut file, &mut copy)?;
    complete(&copy, target)?;
    Ok(name)
}

/// Makes something under a new name in the target's folder, from which one sees whose it was.
fn with_name<T>(
    target: &Target,
    make: impl Fn(&Path) -> io::Result<T>,
) -> io::Result<(T, DraftName)> {
    /// A name is hardly ever taken; but a file system may claim so each time.
    const MOST_TRIES: usize = 100;
    let mut tries = 0;
    loop {
        let path = target.folder().join(new_name(target));
        tries += 1;
        match make(&path) {
            Ok(made) => return Ok((made, DraftName(path))),
            Err(error) if error.kind() == ErrorKind::AlreadyExists && tries < MOST_TRIES => {}
            Err(error) => return Err(error),
        }
    }
}

fn new_name(target: &Target) -> OsString {
    // Random by the keys that std makes for its maps.
    let number = RandomState::new().build_hasher().finish();
    let mut name = OsString::from(".");
    name.push(target.path.file_name().unwrap_or_default());
    name.push(format!(".draft-{number:016x}"));
    name
}
