//! [`FollowOptions`]: what is followed, and what a read does at the end.

use std::path::Path;
use std::time::Duration;

use super::device::Follow;
use crate::error::Result;
use crate::raw::FileIo;

/// How a [`Follow`] behaves: by default it follows a name and waits, and looks four times a second.
///
/// # Examples
///
/// ```
/// use std::io::Read;
/// use std::time::Duration;
/// use iolite::raw::{FileChange, FollowOptions};
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("not_there_yet.log");
/// let options = FollowOptions::new().allow_missing(true).poll_interval(Duration::from_millis(5));
/// let mut log = options.open(&path)?;
///
/// std::fs::write(&path, "it came")?;
/// let mut bytes = [0; 20];
/// assert!(log.read(&mut bytes).is_err());                     // to tell what has happened
/// assert!(matches!(log.take_change(), Some(FileChange::Appeared)));
/// assert_eq!(log.read(&mut bytes)?, 7);
/// # Ok::<(), iolite::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct FollowOptions {
    follows: FollowBy,
    /// `None`: reads do not wait.
    interval: Option<Duration>,
    allows_missing: bool,
}

/// What is followed where name and file part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FollowBy {
    /// The name: after a rotation the new file. (GNU tail: `-F`, `--follow=name`.)
    #[default]
    Name,
    /// The open file, whatever it is called. (GNU tail: `-f`, `--follow=descriptor`.)
    Descriptor,
}

impl Default for FollowOptions {
    fn default() -> FollowOptions {
        FollowOptions {
            follows: FollowBy::Name,
            interval: Some(Duration::from_millis(250)),
            allows_missing: false,
        }
    }
}

impl FollowOptions {
    /// By name; reads wait and look every 250 ms; the file has to be there.
    pub fn new() -> FollowOptions {
        FollowOptions::default()
    }

    /// Sets what is followed where name and file part.
    pub fn follow_by(mut self, follows: FollowBy) -> FollowOptions {
        self.follows = follows;
        self
    }

    /// Makes reads wait at the end, and look at the file this often, once a millisecond at most.
    pub fn poll_interval(mut self, interval: Duration) -> FollowOptions {
        self.interval = Some(interval.max(Duration::from_millis(1)));
        self
    }

    /// Makes reads return [`WouldBlock`](std::io::ErrorKind::WouldBlock) at the end, for a caller
    /// who waits otherwise.
    pub fn non_blocking(mut self) -> FollowOptions {
        self.interval = None;
        self
    }

    /// Sets whether there may be no file when it is opened: it is then waited for, by its name. (GNU
    /// tail: `--retry`.)
    pub fn allow_missing(mut self, allow: bool) -> FollowOptions {
        self.allows_missing = allow;
        self
    }

    /// Follows the file at `path` from its start. Seek to begin elsewhere.
    ///
    /// # Errors
    ///
    /// [`Open`](crate::Error::Open) with what the system says.
    pub fn open(&self, path: impl AsRef<Path>) -> Result<Follow> {
        Follow::with_options(path.as_ref(), self.clone())
    }

    /// Follows a file that is open already, from where it stands, whatever it is called: by
    /// [`Descriptor`](FollowBy::Descriptor).
    ///
    /// # Errors
    ///
    /// The system's, if it does not tell the file's position.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Read, Write};
    /// use iolite::FileIo;
    /// use iolite::raw::{FileMode, FollowOptions};
    ///
    /// let mut writer = tempfile::NamedTempFile::new()?;
    /// let file = FileIo::from_file(writer.reopen()?, FileMode::Read)?;
    /// let mut log = FollowOptions::new().non_blocking().follow_file(file)?;
    /// assert!(log.read(&mut [0; 9]).is_err() && log.path().is_none());
    /// writer.write_all(b"it came")?;
    /// assert_eq!(log.read(&mut [0; 9])?, 7);
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn follow_file(&self, file: FileIo) -> Result<Follow> {
        Follow::over_file(file, self.clone())
    }

    pub(super) fn get_follow_by(&self) -> FollowBy {
        self.follows
    }

    pub(super) fn get_interval(&self) -> Option<Duration> {
        self.interval
    }

    pub(super) fn get_allow_missing(&self) -> bool {
        self.allows_missing
    }
}
