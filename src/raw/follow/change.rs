//! [`FileChange`]: what happened to a file that is followed.

use crate::error::Error;
use crate::raw::FileIo;

/// What happened to a file that is followed: see [`Follow::take_change`](super::Follow::take_change).
///
/// # Examples
///
/// ```
/// use std::fs;
/// use std::io::Read;
/// use iolite::raw::{FileChange, FollowOptions};
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("a.log");
/// fs::write(&path, "0123456789")?;
/// let mut log = FollowOptions::new().non_blocking().open(&path)?;
/// let mut bytes = [0; 20];
/// assert_eq!(log.read(&mut bytes)?, 10);
///
/// fs::write(&path, "abc")?;                                   // emptied, and written anew
/// assert_eq!(log.read(&mut bytes)?, 0);
/// let change = log.take_change().expect("it was cut");
/// assert!(change.ends_the_bytes());
/// assert!(matches!(change, FileChange::Truncated { from: 10, to: 3 }));
/// assert_eq!(log.read(&mut bytes)?, 3);
/// # Ok::<(), iolite::Error>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum FileChange {
    /// The name leads to another file, as after a rotation by renaming. All that was in the old one
    /// was read; reads go on at the start of the new one.
    Replaced {
        /// The old file, at its end, for reading what its program may still write into it.
        before: FileIo,
    },
    /// The file became shorter than what was read of it, as when it is copied and emptied. Reads go on
    /// at its start.
    Truncated {
        /// How many bytes of it had been read.
        from: u64,
        /// How long it was when that was found.
        to: u64,
    },
    /// The file was written anew, and is longer already than what was read of it. Reads go on at its
    /// start.
    Rewritten,
    /// The name leads to a file, after there was none. Reads go on at its start.
    Appeared,
    /// The name leads to no file that can be opened: it was deleted, renamed or forbidden. What is
    /// still written into the old file is read.
    Inaccessible {
        /// Why: the kind is [`NotFound`](std::io::ErrorKind::NotFound) as a rule.
        error: Error,
    },
}

impl FileChange {
    /// Whether the bytes after it are those of another file, or of one that begins anew: a stream
    /// above has to be moved to its start.
    #[must_use]
    pub fn ends_the_bytes(&self) -> bool {
        matches!(
            self,
            FileChange::Replaced { .. } | FileChange::Truncated { .. } | FileChange::Rewritten
        )
    }
}
