//! Floor 5, open: from a path and a mode to a stack of floors.
//!
//! [`open`] is Python's, for modes that are known only at run time; [`OpenOptions`] has a typed
//! call for each kind of stream. Everything that can be wrong with the arguments is found before
//! a file is touched: no file is emptied by a misspelt argument.

mod mode;
mod options;
mod stream;

pub use self::mode::Mode;
pub use self::options::{Buffering, OpenOptions};
pub use self::stream::{Stream, TextReader, TextUpdater, TextWriter};

use std::path::Path;

use crate::error::Result;

/// Opens a file as Python's `open(path, mode)` does: text in UTF-8 unless the mode has a `b`.
///
/// # Errors
///
/// [`InvalidMode`](crate::Error::InvalidMode) before anything is touched, or
/// [`Open`](crate::Error::Open) with what the system says.
///
/// # Examples
///
/// ```
/// use iolite::{TextIo, open};
///
/// let path = tempfile::tempdir()?.keep().join("notes.txt");
/// let mut notes = open(&path, "w")?.into_text()?;
/// notes.write_str("first\nsecond\n")?;
/// notes.close()?;
///
/// let mut notes = open(&path, "r")?.into_text()?;
/// assert_eq!(notes.next_line()?.as_deref(), Some("first"));
/// # std::fs::remove_dir_all(path.parent().expect("a folder"))?;
/// # use iolite::IoBase;
/// # Ok::<(), iolite::Error>(())
/// ```
pub fn open(path: impl AsRef<Path>, mode: &str) -> Result<Stream> {
    OpenOptions::new().open(path, mode)
}
