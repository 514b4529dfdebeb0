//! [`FollowedName`]: where a name leads now.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::identity::FileIdentity;
use crate::error::{Error, Result};
use crate::raw::{FileIo, FileMode};

/// A path, and why it led nowhere when it was looked at last.
pub(super) struct FollowedName {
    path: PathBuf,
    lost: Option<ErrorKind>,
}

/// Where a name leads.
pub(super) enum NameTarget {
    /// To the file that is open already; or nowhere, as before.
    WhereItDid,
    ToAnother(FileIo),
    /// To nothing that can be opened, which is new.
    Nowhere(Error),
}

impl FollowedName {
    pub(super) fn new(path: &Path) -> FollowedName {
        let path = path.to_owned();
        FollowedName { path, lost: None }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the file that the name leads to.
    pub(super) fn open(&mut self) -> Result<FileIo> {
        let opened = FileIo::open(&self.path, FileMode::Read);
        self.lost = opened.as_ref().err().map(Error::kind);
        opened
    }

    /// Compares the file that the name leads to with the one that is open.
    pub(super) fn look(&mut self, open: Option<&FileIo>) -> Result<NameTarget> {
        let before = self.lost;
        let found = self.other_than(open);
        match found {
            Ok(None) => {
                self.lost = None;
                Ok(NameTarget::WhereItDid)
            }
            Ok(Some(file)) => Ok(NameTarget::ToAnother(file)),
            Err(error) if self.lost_by(&error) == before => Ok(NameTarget::WhereItDid),
            Err(error) => Ok(NameTarget::Nowhere(error)),
        }
    }

    fn lost_by(&mut self, error: &Error) -> Option<ErrorKind> {
        self.lost = Some(error.kind());
        self.lost
    }

    /// The file that the name leads to, if it is another one.
    fn other_than(&mut self, open: Option<&FileIo>) -> Result<Option<FileIo>> {
        let Some(open) = open else {
            return self.open().map(Some);
        };
        let ours = FileIdentity::of_file(open)?;
        if FileIdentity::of_path(&self.path)? == ours {
            return Ok(None);
        }
        // It may be ours again by now: what was opened is what counts.
        let other = self.open()?;
        let is_another = FileIdentity::of_file(&other)? != ours;
        Ok(is_another.then_some(other))
    }
}
