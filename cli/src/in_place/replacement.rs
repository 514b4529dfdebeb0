//! [`Replacement`]: what a file is to become.

use std::ffi::OsString;
use std::fs::{self, FileTimes, Metadata};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use iolite::copy::{CopyOptions, copy_with};
use iolite::prelude::*;
use iolite::raw::{AtomicFile, FileMode};
use iolite::{Error, FileIo, Result};

use super::attributes::{self, Attributes};
use crate::signals;

/// How files are replaced.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// Change no file; name those that would change, one a line, and end with 1 if there are any.
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Keep each old file under its name with SUFFIX behind it; a name that is taken is an error.
    #[arg(
        long,
        value_name = "SUFFIX",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "~"
    )]
    pub(crate) backup: Option<OsString>,

    /// Keep the time of the last change. (Programs that go by it will not notice the change.)
    #[arg(short, long)]
    pub(crate) keep_date: bool,
}

/// How many bytes of the old file are compared at a time.
const BLOCK: usize = 64 * 1024;

/// What a file is to become, written from its start to its end.
///
/// Dropped before it is finished it leaves the file as it is, and nothing beside it.
pub(crate) struct Replacement {
    path: PathBuf,
    options: Options,
    /// The file as it is, read as far as it was found to be the same.
    old: FileIo,
    /// As it was when the work began.
    metadata: Metadata,
    /// How many bytes were written here.
    written: u64,
    draft: Draft,
}

enum Draft {
    /// None yet: all that was written is what the old file begins with.
    Same,
    /// There would be one.
    Dry,
    Begun(Box<AtomicFile>),
}

/// A file that is to be replaced, if it is one that can be.
pub(crate) enum Begun {
    /// The file to read, and what it becomes.
    Work(FileIo, Box<Replacement>),
    /// Why it is left alone.
    Skipped(&'static str),
}

impl Replacement {
    /// Opens a file. Nothing is made or changed before something is written that differs.
    pub(crate) fn begin(path: &Path, options: &Options) -> Result<Begun> {
        let found = fs::symlink_metadata(path)?;
        if found.is_symlink() {
            return Ok(Begun::Skipped("not a regular file, but a link"));
        }
        if !found.is_file() {
            return Ok(Begun::Skipped("not a regular file"));
        }
        let old = FileIo::open(path, FileMode::Read)?;
        let metadata = old.get_ref().map(fs::File::metadata);
        let metadata = metadata.ok_or(Error::Closed)??;
        let replacement = Replacement {
            path: path.to_owned(),
            options: options.clone(),
            old,
            metadata,
            written: 0,
            draft: Draft::Same,
        };
        let reader = FileIo::open(path, FileMode::Read)?;
        Ok(Begun::Work(reader, Box::new(replacement)))
    }

    /// Whether these bytes are what comes next in the old file, up to the first that is not.
    fn is_next(&mut self, bytes: &[u8]) -> io::Result<bool> {
        let mut block = vec![0; bytes.len().min(BLOCK)];
        for piece in bytes.chunks(BLOCK) {
            let block = &mut block[..piece.len()];
            let mut filled = 0;
            while filled < block.len() {
                match self.old.read(&mut block[filled..])? {
                    0 => return Ok(false),
                    n => filled += n,
                }
            }
            if block != piece {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Begins a new file with what is the same as in the old one.
    fn differ(&mut self) -> Result<()> {
        if attributes::has_other_names(&self.metadata) {
            return Err(refused(
                "it has other names (hard links), which would keep the old text",
            ));
        }
        if self.options.dry_run {
            self.draft = Draft::Dry;
            return Ok(());
        }
        let mut draft = AtomicFile::create(&self.path)?;
        self.old.seek(SeekFrom::Start(0))?;
        let prefix = CopyOptions::new().limit(self.written);
        let copied = copy_with(&mut self.old, &mut draft, prefix).map_err(|error| error.source)?;
        if copied < self.written {
            return Err(changed_meanwhile());
        }
        self.draft = Draft::Begun(Box::new(draft));
        Ok(())
    }

    /// Puts the new file in place of the old one, unless they are the same; whether they differ.
    ///
    /// # Errors
    ///
    /// The old file is as it was, and nothing is beside it.
    pub(crate) fn finish(mut self) -> Result<bool> {
        if matches!(self.draft, Draft::Same) && self.written < self.metadata.len() {
            self.differ()?;
        }
        let mut draft = match std::mem::replace(&mut self.draft, Draft::Same) {
            Draft::Same => return Ok(false),
            Draft::Dry => return Ok(true),
            Draft::Begun(draft) => draft,
        };
        signals::check()?;
        if let Some(new) = draft.get_ref() {
            if let Some(old) = self.old.get_ref() {
                Attributes::of(old)?.keep(new)?;
            }
            if self.options.keep_date {
                let times = FileTimes::new().set_modified(self.metadata.modified()?);
                new.set_times(times.set_accessed(self.metadata.accessed()?))?;
            }
        }
        let now = fs::symlink_metadata(&self.path)?;
        if !attributes::is_unchanged(&self.metadata, &now) {
            return Err(changed_meanwhile());
        }
        let backup = self.back_up()?;
        let placed = draft.close();
        if let (Some(backup), Err(_)) = (backup, &placed) {
            // The old file is in its own place: a second name would only be in the way.
            let is_old = fs::symlink_metadata(&self.path)
                .is_ok_and(|now| attributes::is_same_file(&self.metadata, &now));
            if is_old {
                let _ = fs::remove_file(backup);
            }
        }
        placed.map(|()| true)
    }

    /// Gives the old file its second name, under which it stays what it is in every respect.
    fn back_up(&self) -> Result<Option<PathBuf>> {
        let Some(suffix) = &self.options.backup else {
            return Ok(None);
        };
        let mut name = self.path.clone().into_os_string();
        name.push(suffix);
        let name = PathBuf::from(name);
        match fs::hard_link(&self.path, &name) {
            Ok(()) => Ok(Some(name)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let name = crate::messages::quoted(name.as_os_str());
                Err(refused(&format!("the name of its backup is taken: {name}")))
            }
            Err(error) => {
                let reason = crate::messages::reason(&error.into());
                Err(refused(&format!("no backup can be made: {reason}")))
            }
        }
    }
}

impl Write for Replacement {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        signals::check()?;
        if let Draft::Same = self.draft
            && !self.is_next(bytes)?
        {
            self.differ()?;
        }
        let n = match &mut self.draft {
            Draft::Same | Draft::Dry => bytes.len(),
            Draft::Begun(draft) => draft.write(bytes)?,
        };
        self.written += n as u64;
        Ok(n)
    }

    /// There is nothing to flush before the end.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Why a file is not replaced.
fn refused(why: &str) -> Error {
    io::Error::new(ErrorKind::InvalidInput, format!("not replaced: {why}")).into()
}

fn changed_meanwhile() -> Error {
    refused("somebody else changed it meanwhile")
}
