//! [`Opener`]: how a file is opened, where that is not for us to say.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::error::Result;
use crate::raw::{FileIo, FileMode};

type Call = dyn Fn(&Path, &mut OpenOptions) -> io::Result<File> + Send + Sync;

/// A function of the caller that opens files.
#[derive(Clone)]
pub(super) struct Opener(Arc<Call>);

impl Opener {
    pub(super) fn new(
        call: impl Fn(&Path, &mut OpenOptions) -> io::Result<File> + Send + Sync + 'static,
    ) -> Opener {
        Opener(Arc::new(call))
    }

    pub(super) fn open(&self, path: &Path, mode: FileMode) -> Result<FileIo> {
        FileIo::open_with(path, mode, |path, options| (self.0)(path, options))
    }
}

impl fmt::Debug for Opener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opener")
    }
}
