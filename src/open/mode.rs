//! [`Mode`]: Python's mode strings.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, ModeProblem};
use crate::raw::FileMode;

/// How a file is opened, and whether as text or as bytes.
///
/// Written as in Python: one of `r`, `w`, `a`, `x`, perhaps `+`, and `t` (text, the default) or
/// `b` (bytes), in any order.
///
/// # Examples
///
/// ```
/// use iolite::open::Mode;
/// use iolite::raw::FileMode;
///
/// let mode: Mode = "+br".parse()?;
/// assert_eq!((mode.file(), mode.is_text()), (FileMode::ReadUpdate, false));
/// assert_eq!(mode.to_string(), "rb+");
/// assert_eq!("rw".parse::<Mode>().unwrap_err().to_string(),
///            "invalid mode \"rw\": takes only one of r, w, a, x");
/// # Ok::<(), iolite::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Mode {
    file: FileMode,
    text: bool,
}

impl Mode {
    /// Text in a file that is opened in this mode.
    pub const fn text(file: FileMode) -> Mode {
        Mode { file, text: true }
    }

    /// Bytes in a file that is opened in this mode.
    pub const fn binary(file: FileMode) -> Mode {
        Mode { file, text: false }
    }

    /// How the file is opened.
    pub fn file(self) -> FileMode {
        self.file
    }

    /// Whether the stream is one of text.
    pub fn is_text(self) -> bool {
        self.text
    }

    /// Python's spelling.
    pub fn as_str(self) -> &'static str {
        match (self.text, self.file) {
            (false, file) => file.as_str(),
            (true, FileMode::Read) => "r",
            (true, FileMode::Write) => "w",
            (true, FileMode::Append) => "a",
            (true, FileMode::CreateNew) => "x",
            (true, FileMode::ReadUpdate) => "r+",
            (true, FileMode::WriteUpdate) => "w+",
            (true, FileMode::AppendUpdate) => "a+",
            (true, FileMode::CreateNewUpdate) => "x+",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Mode {
    type Err = Error;

    /// The letters are checked in CPython's order: unknown and repeated ones first, then text and
    /// binary at once, then the number of accesses.
    fn from_str(mode: &str) -> Result<Mode, Error> {
        parse(mode).map_err(|problem| Error::InvalidMode {
            mode: mode.to_owned(),
            problem,
        })
    }
}

fn parse(mode: &str) -> Result<Mode, ModeProblem> {
    for (at, letter) in mode.char_indices() {
        if !"rwaxtb+".contains(letter) {
            return Err(ModeProblem::UnknownLetter(letter));
        }
        if mode[..at].contains(letter) {
            return Err(ModeProblem::RepeatedLetter(letter));
        }
    }
    if mode.contains('t') && mode.contains('b') {
        return Err(ModeProblem::TextAndBinary);
    }
    let mut accesses = mode.chars().filter(|letter| "rwax".contains(*letter));
    let file = match (accesses.next(), mode.contains('+')) {
        (Some('r'), false) => FileMode::Read,
        (Some('r'), true) => FileMode::ReadUpdate,
        (Some('w'), false) => FileMode::Write,
        (Some('w'), true) => FileMode::WriteUpdate,
        (Some('a'), false) => FileMode::Append,
        (Some('a'), true) => FileMode::AppendUpdate,
        (Some(_), false) => FileMode::CreateNew,
        (Some(_), true) => FileMode::CreateNewUpdate,
        (None, _) => return Err(ModeProblem::NoAccess),
    };
    if accesses.next().is_some() {
        return Err(ModeProblem::SeveralAccesses);
    }
    Ok(Mode {
        file,
        text: !mode.contains('b'),
    })
}
