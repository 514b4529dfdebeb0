//! What there is to know of an open file before it becomes a stream, and what refuses it.

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};

use super::mode::FileMode;
use super::system;
use crate::error::{Error, Result, retry};

/// What was found out about an open file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    pub(super) seeks: Seeks,
    /// Whether the system puts every write at the end: as the mode says, or as whoever opened
    /// the file did.
    pub(super) appends: bool,
    pub(super) block_size: Option<usize>,
}

/// Whether a file can seek.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seeks {
    Yes,
    No,
    /// The system failed when it was asked, without saying that it never will: each time it
    /// matters it is asked again.
    Unknown,
}

/// What the system allows on a file that somebody else opened.
pub(super) struct Access {
    pub(super) readable: bool,
    pub(super) writable: bool,
    /// Whether the system puts every write at the end.
    pub(super) appends: bool,
}

impl Access {
    /// Why the mode asks for more than there is. What cannot seek has no other place to write
    /// than its end.
    pub(super) fn problem(
        &self,
        mode: FileMode,
        seekable: impl FnOnce() -> bool,
    ) -> Option<&'static str> {
        if mode.readable() && !self.readable {
            Some("the file is not open for reading")
        } else if mode.writable() && !self.writable {
            Some("the file is not open for writing")
        } else if mode.appends() && !self.appends && seekable() {
            Some("the file is not open for appending")
        } else {
            None
        }
    }
}

impl Facts {
    /// A pipe's end, of which the system need not be asked.
    #[cfg(unix)]
    pub(super) const OF_A_PIPE: Facts = Facts {
        seeks: Seeks::No,
        appends: false,
        block_size: None,
    };

    /// A file that was opened here, for just what the mode says. An appending one is moved to its
    /// end.
    pub(super) fn of_ours(file: &mut File, mode: FileMode) -> Result<Facts> {
        let metadata = no_directory(file)?;
        Facts::start(file, mode, metadata.as_ref())
    }

    /// The same for a file that somebody else opened. What it allows is asked where the system
    /// tells, and before anything is moved.
    pub(super) fn of_anothers(file: &mut File, mode: FileMode) -> Result<Facts> {
        let metadata = no_directory(file)?;
        let mut appends = false;
        if let Some(access) = system::access(file)? {
            let seekable =
                || sought(file, SeekFrom::Current(0)).map_or(true, |seeks| seeks == Seeks::Yes);
            if let Some(problem) = access.problem(mode, seekable) {
                let argument = "mode";
                return Err(Error::InvalidArgument { argument, problem });
            }
            appends = access.appends;
        }
        let mut facts = Facts::start(file, mode, metadata.as_ref())?;
        facts.appends |= appends;
        Ok(facts)
    }

    /// Goes to the end of an appending file, and finds out whether the file seeks.
    fn start(file: &mut File, mode: FileMode, metadata: Option<&Metadata>) -> Result<Facts> {
        let seeks = match metadata {
            None => Seeks::No,
            Some(_) if mode.appends() => sought(file, SeekFrom::End(0))?,
            // That the system fails to say where the file stands moves nothing, and is asked for
            // again.
            Some(_) => sought(file, SeekFrom::Current(0)).unwrap_or(Seeks::Unknown),
        };
        Ok(Facts {
            seeks,
            appends: mode.appends(),
            block_size: metadata.and_then(system::block_size),
        })
    }
}

/// Refuses directories in the system's own words, with its number, where it has them.
fn no_directory(file: &mut File) -> Result<Option<Metadata>> {
    let metadata = system::metadata(file)?;
    if !metadata.as_ref().is_some_and(Metadata::is_dir) {
        return Ok(metadata);
    }
    let refusal = retry(|| file.read(&mut [0])).err();
    Err(Error::Io(
        refusal.unwrap_or_else(|| ErrorKind::IsADirectory.into()),
    ))
}

/// Seeks, and says whether the file can; an error is one that says nothing about that.
fn sought(file: &mut File, to: SeekFrom) -> io::Result<Seeks> {
    match retry(|| file.seek(to)) {
        Ok(_) => Ok(Seeks::Yes),
        Err(error) if system::never_seeks(&error) => Ok(Seeks::No),
        Err(error) => Err(error),
    }
}
