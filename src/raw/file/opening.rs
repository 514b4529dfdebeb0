//! What is found out about an open file before it becomes a stream, and why a file is refused.

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicU8, Ordering};

use super::mode::FileMode;
use super::system;
use crate::error::{Error, Result, retry};

/// What was found out about an open file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    pub(super) seeks: Seeks,
    /// Whether the system puts every write at the end: because of the mode, or because the file was
    /// opened that way elsewhere.
    pub(super) appends: bool,
    pub(super) block_size: Option<usize>,
    /// Whether it may be a terminal: one that is not need not be asked.
    pub(super) may_be_terminal: bool,
    /// Whether the file is one on a disk and was opened here, so that it stands at its start: a stream
    /// of text over it need not ask for its position.
    pub(super) is_at_start: bool,
}

/// Whether a file can seek.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seeks {
    /// The system was not asked yet, or failed to say, which does not mean that the file cannot seek:
    /// each call that needs to know asks again.
    Unknown,
    Yes,
    No,
}

/// What is known of that. It is asked when it first matters, which for most files is never, and by
/// whichever thread needs it.
#[derive(Debug)]
pub(super) struct KnownSeeks(AtomicU8);

impl KnownSeeks {
    pub(super) fn new(seeks: Seeks) -> KnownSeeks {
        KnownSeeks(AtomicU8::new(seeks as u8))
    }

    #[inline]
    pub(super) fn get(&self) -> Seeks {
        // Nothing else depends on it.
        match self.0.load(Ordering::Relaxed) {
            YES => Seeks::Yes,
            NO => Seeks::No,
            _ => Seeks::Unknown,
        }
    }

    /// Asks the system, and remembers what it says; a file counts as one that cannot seek only if it
    /// says that.
    #[cold] // or no `seekable` would be inlined (row 9c)
    pub(super) fn ask(&self, mut file: &File) -> bool {
        let seeks = sought(&mut file, SeekFrom::Current(0)).unwrap_or(Seeks::Unknown);
        self.0.store(seeks as u8, Ordering::Relaxed);
        seeks != Seeks::No
    }
}

const YES: u8 = Seeks::Yes as u8;
const NO: u8 = Seeks::No as u8;

/// What the system allows on a file that was opened elsewhere.
pub(super) struct Access {
    pub(super) readable: bool,
    pub(super) writable: bool,
    /// Whether the system puts every write at the end.
    pub(super) appends: bool,
}

impl Access {
    /// Why the mode asks for more than the file allows. A file that cannot seek counts as appending,
    /// because it can only be written at its end.
    pub(super) fn problem(
        &self,
        mode: FileMode,
        seekable: impl FnOnce() -> bool,
    ) -> Option<&'static str> {
        if mode.readable() && !self.readable {
            Some("the file is not open for reading")
        } else if mode.writable() && !self.writable {
            Some("the file is not open for writing")
        } else if mode.is_append_only() && !self.appends && seekable() {
            Some("the file is not open for appending")
        } else {
            None
        }
    }
}

impl Facts {
    /// The end of a pipe, known without asking the system.
    #[cfg(unix)]
    pub(super) const OF_A_PIPE: Facts = Facts {
        seeks: Seeks::No,
        appends: false,
        block_size: None,
        may_be_terminal: false,
        is_at_start: false,
    };

    /// A file that was opened here, exactly as the mode says. An appending one is moved to its end.
    pub(super) fn of_ours(file: &mut File, mode: FileMode) -> Result<Facts> {
        let metadata = no_directory(file)?;
        match metadata {
            Some(metadata) if metadata.is_file() && !mode.is_append_only() => Ok(Facts {
                is_at_start: true,
                ..Facts::of(Seeks::Unknown, mode, Some(&metadata))
            }),
            metadata => Facts::start(file, mode, metadata.as_ref()),
        }
    }

    /// The same for a file that was opened elsewhere. Where the system can tell what it allows, that
    /// is checked before anything is moved.
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
            // So that `tell` is right before the first write; the system itself moves only when it
            // writes.
            Some(_) if mode.is_append_only() => sought(file, SeekFrom::End(0))?,
            // If the system fails to tell the position nothing has moved; it is asked again later.
            Some(_) => sought(file, SeekFrom::Current(0)).unwrap_or(Seeks::Unknown),
        };
        Ok(Facts::of(seeks, mode, metadata))
    }

    fn of(seeks: Seeks, mode: FileMode, metadata: Option<&Metadata>) -> Facts {
        Facts {
            seeks,
            appends: mode.is_append_only(),
            block_size: metadata.and_then(system::block_size),
            may_be_terminal: metadata.is_none_or(|metadata| !metadata.is_file()),
            is_at_start: false,
        }
    }
}

/// Refuses directories with the system's own error if it has one: reading a directory fails.
fn no_directory(file: &mut File) -> Result<Option<Metadata>> {
    let metadata = system::metadata(file)?;
    if !metadata.as_ref().is_some_and(Metadata::is_dir) {
        return Ok(metadata);
    }
    // A read gives the system's own number and words for it, as CPython reports them.
    let refusal = retry(|| file.read(&mut [0])).err();
    Err(Error::Io(
        refusal.unwrap_or_else(|| ErrorKind::IsADirectory.into()),
    ))
}

/// Seeks, and returns whether the file can; other errors do not decide that.
fn sought(file: &mut impl Seek, to: SeekFrom) -> io::Result<Seeks> {
    match retry(|| file.seek(to)) {
        Ok(_) => Ok(Seeks::Yes),
        Err(error) if system::never_seeks(&error) => Ok(Seeks::No),
        Err(error) => Err(error),
    }
}
