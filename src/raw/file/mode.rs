//! [`FileMode`]: what must or must not exist, and what is allowed then.

use std::fmt;
use std::fs::OpenOptions;

/// How a file is opened: what must or must not exist, and what is allowed then.
///
/// `Display` gives Python's canonical spelling.
///
/// # Examples
///
/// ```
/// use iolite::raw::FileMode;
/// assert_eq!(FileMode::Append.to_string(), "ab");
/// assert!(FileMode::ReadUpdate.readable() && FileMode::ReadUpdate.writable());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FileMode {
    /// `rb`: read a file that exists.
    Read,
    /// `wb`: write; created if missing, emptied if not.
    Write,
    /// `ab`: write, always at the end; created if missing.
    Append,
    /// `xb`: write a file that does not exist yet.
    CreateNew,
    /// `rb+`: read and write a file that exists.
    ReadUpdate,
    /// `wb+`: read and write; created if missing, emptied if not.
    WriteUpdate,
    /// `ab+`: read anywhere, write always at the end; created if missing.
    AppendUpdate,
    /// `xb+`: read and write a file that does not exist yet.
    CreateNewUpdate,
}

impl FileMode {
    /// Whether reading is allowed.
    pub fn readable(self) -> bool {
        !matches!(
            self,
            FileMode::Write | FileMode::Append | FileMode::CreateNew
        )
    }

    /// Whether writing is allowed.
    pub fn writable(self) -> bool {
        self != FileMode::Read
    }

    /// Whether every write goes to the end of the file.
    pub fn is_append_only(self) -> bool {
        matches!(self, FileMode::Append | FileMode::AppendUpdate)
    }

    /// Python's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            FileMode::Read => "rb",
            FileMode::Write => "wb",
            FileMode::Append => "ab",
            FileMode::CreateNew => "xb",
            FileMode::ReadUpdate => "rb+",
            FileMode::WriteUpdate => "wb+",
            FileMode::AppendUpdate => "ab+",
            FileMode::CreateNewUpdate => "xb+",
        }
    }

    /// The same for std.
    pub(super) fn options(self) -> OpenOptions {
        let truncates = matches!(self, FileMode::Write | FileMode::WriteUpdate);
        let mut options = OpenOptions::new();
        options
            .read(self.readable())
            .write(self.writable() && !self.is_append_only())
            .append(self.is_append_only())
            .truncate(truncates)
            .create(truncates || self.is_append_only())
            .create_new(matches!(
                self,
                FileMode::CreateNew | FileMode::CreateNewUpdate
            ));
        options
    }
}

impl fmt::Display for FileMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
