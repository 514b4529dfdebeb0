//! Opening files: from a path and a mode to a stack of layers.
//!
//! [`open`] is Python's, for modes that are known only at run time; [`OpenOptions`] has a typed
//! method for each kind of stream. Whatever is wrong with the arguments is found before a file is
//! touched, so that a misspelt argument never empties one.

mod mode;
mod options;
mod stream;

pub use self::mode::Mode;
pub use self::options::{Buffering, OpenOptions};
pub use self::stream::{Stream, TextReader, TextReplacer, TextUpdater, TextWriter};

use std::borrow::Cow;
use std::io::Write;
use std::path::Path;

use crate::error::Result;
use crate::io_base::IoBase;
use crate::raw::{BytesIo, FileMode};
use crate::text::{Encoding, Newline, TextIo, TextIoWrapper, TextOptions};

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
/// # use iolite::IoBase;
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("notes.txt");
/// let mut notes = open(&path, "w")?;
/// notes.write_str("first\nsecond\n")?;
/// notes.close()?;
///
/// let mut notes = open(&path, "r")?;
/// assert_eq!(notes.next_line()?.as_deref(), Some("first"));
/// # Ok::<(), iolite::Error>(())
/// ```
pub fn open(path: impl AsRef<Path>, mode: &str) -> Result<Stream> {
    OpenOptions::new().open(path, mode)
}

/// Reads a whole file as text in `encoding`, as [`std::fs::read_to_string`] does in UTF-8: line
/// ends stay as they are. (Python: `Path.read_text`, which makes `\n` of them.)
///
/// # Errors
///
/// [`Open`](crate::Error::Open) and [`File`](crate::Error::File) with what the system says, or
/// [`Decode`](crate::Error::Decode): the file is not text in that encoding.
///
/// # Examples
///
/// ```
/// use iolite::Encoding;
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("menu.txt");
/// std::fs::write(&path, b"cr\xe8me br\xfbl\xe9e\r\n")?;
/// let menu = iolite::read_to_string(&path, Encoding::LATIN_1)?;
/// assert_eq!(menu, "crème brûlée\r\n");
/// # Ok::<(), iolite::Error>(())
/// ```
#[doc(alias = "read_text")]
pub fn read_to_string(path: impl AsRef<Path>, encoding: Encoding) -> Result<String> {
    let options = OpenOptions::new().encoding(encoding).newline(Newline::Keep);
    let mut file = options.read_text(path)?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok(text)
}

/// Writes a whole file as text in `encoding`, as [`std::fs::write`] does with bytes: the file is
/// created or emptied, and line ends stay as they are. (Python: `Path.write_text`, which makes the
/// system's own of `\n`.)
///
/// A text that cannot be encoded is refused before the file is touched.
///
/// # Errors
///
/// [`Encode`](crate::Error::Encode): a character that the encoding does not have;
/// [`Open`](crate::Error::Open) and [`File`](crate::Error::File) with what the system says.
///
/// # Examples
///
/// ```
/// use iolite::Encoding;
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("menu.txt");
/// iolite::write(&path, "crème\n", Encoding::LATIN_1)?;
/// assert!(iolite::write(&path, "crème, 4 €\n", Encoding::LATIN_1).is_err());
/// assert_eq!(std::fs::read(&path)?, b"cr\xe8me\n");
/// # Ok::<(), iolite::Error>(())
/// ```
#[doc(alias = "write_text")]
pub fn write(path: impl AsRef<Path>, text: impl AsRef<str>, encoding: Encoding) -> Result<()> {
    let (path, text) = (path.as_ref(), text.as_ref());
    // A text in UTF-8 is its own encoding, and needs no copy.
    let bytes = if encoding == Encoding::UTF_8 {
        Cow::Borrowed(text.as_bytes())
    } else {
        Cow::Owned(encoded(path, text, encoding)?)
    };
    let mut file = OpenOptions::new().touch(path, Mode::text(FileMode::Write))?;
    file.write_all(&bytes)?;
    file.close()
}

/// The text as it will stand in the file at `path`.
fn encoded(path: &Path, text: &str, encoding: Encoding) -> Result<Vec<u8>> {
    let options = TextOptions::new().encoding(encoding).newline(Newline::Keep);
    let mut encoded = TextIoWrapper::with_options(BytesIo::new(), options);
    encoded.name_file(path);
    encoded.write_str(text)?;
    Ok(encoded.detach()?.into_inner())
}
