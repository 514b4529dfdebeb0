//! [`FileIo`]: a file of the operating system as a raw stream.

use std::fmt;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, IoSlice, IsTerminal, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::raw_io::{RawIo, retry};
use crate::error::{Error, Operation, Result};
use crate::io_base::IoBase;

/// How a file is opened: what must or must not exist, and what is allowed then.
///
/// `Display` gives Python's canonical spelling.
///
/// # Examples
///
/// ```
/// use iolite::FileMode;
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
    pub fn appends(self) -> bool {
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

    fn options(self) -> OpenOptions {
        let truncates = matches!(self, FileMode::Write | FileMode::WriteUpdate);
        let mut options = OpenOptions::new();
        options
            .read(self.readable())
            .write(self.writable() && !self.appends())
            .append(self.appends())
            .truncate(truncates)
            .create(truncates || self.appends())
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

/// A file as a raw stream: each `read`, `write` and `seek` is one system call.
///
/// Use it alone where every call must reach the system at once; put a buffer on it otherwise
/// ([`BufferedReader`](crate::BufferedReader), [`BufferedWriter`](crate::BufferedWriter)).
/// Pipes, terminals and devices open as files too: ask [`seekable`](IoBase::seekable).
///
/// Files are not inherited by child processes (close-on-exec), directories are refused, and a
/// system call that a signal interrupts is repeated.
///
/// # Examples
///
/// ```
/// use std::io::{Read, Seek, Write};
/// use iolite::{FileIo, FileMode};
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("log");
/// FileIo::open(&path, FileMode::Append)?.write_all(b"one\n")?;
/// let mut file = FileIo::open(&path, FileMode::AppendUpdate)?;
/// assert_eq!(file.stream_position()?, 4);
/// file.write_all(b"two\n")?;
/// file.rewind()?;
/// let mut all = String::new();
/// file.read_to_string(&mut all)?;
/// assert_eq!(all, "one\ntwo\n");
/// # Ok::<(), iolite::Error>(())
/// ```
#[doc(alias = "FileIO")]
#[derive(Debug)]
pub struct FileIo {
    /// `None` once closed.
    file: Option<File>,
    mode: FileMode,
    path: Option<PathBuf>,
    seekable: bool,
    block_size: Option<usize>,
}

impl FileIo {
    /// Opens the file at `path`. An appending file starts at its end.
    ///
    /// # Errors
    ///
    /// [`Error::Open`] with what the system said: not found, exists already, permission, or
    /// [`IsADirectory`](ErrorKind::IsADirectory).
    pub fn open(path: impl AsRef<Path>, mode: FileMode) -> Result<FileIo> {
        let path = path.as_ref();
        let opened = retry(|| mode.options().open(path)).and_then(|file| prepare(file, mode));
        match opened {
            Ok(file) => Ok(FileIo {
                path: Some(path.to_owned()),
                ..file
            }),
            Err(source) => Err(Error::Open {
                path: path.to_owned(),
                mode: mode.as_str(),
                source,
            }),
        }
    }

    /// Takes a file over that is open already, at its position. What it really allows is not
    /// checked: a wrong `mode` shows as the system's error at the first call.
    ///
    /// # Errors
    ///
    /// [`IsADirectory`](ErrorKind::IsADirectory), or the system's error where it cannot be asked.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{FileIo, FileMode, IoBase};
    /// let file = FileIo::from_file(tempfile::tempfile()?, FileMode::ReadUpdate)?;
    /// assert!(file.seekable());
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn from_file(file: File, mode: FileMode) -> Result<FileIo> {
        Ok(prepare(file, mode)?)
    }

    /// The path the file was opened with.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The mode the file was opened with.
    pub fn mode(&self) -> FileMode {
        self.mode
    }

    /// The file inside, unless closed.
    pub fn get_ref(&self) -> Option<&File> {
        self.file.as_ref()
    }

    /// Hands the file out, unless closed.
    pub fn into_inner(self) -> Option<File> {
        self.file
    }

    /// The open file, if `allowed`; closed beats not allowed (as in CPython).
    fn allowed(&mut self, allowed: bool, operation: Operation) -> Result<&mut File> {
        let file = self.file.as_mut().ok_or(Error::Closed)?;
        if !allowed {
            return Err(Error::Unsupported { operation });
        }
        Ok(file)
    }
}

/// Refuses directories, asks what the device can do, and goes to the end of an appending file.
fn prepare(mut file: File, mode: FileMode) -> io::Result<FileIo> {
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        // The system's own words, with its number, where it has them.
        return Err(file
            .read(&mut [0])
            .err()
            .unwrap_or_else(|| ErrorKind::IsADirectory.into()));
    }
    let start = if mode.appends() {
        SeekFrom::End(0)
    } else {
        SeekFrom::Current(0)
    };
    Ok(FileIo {
        seekable: retry(|| file.seek(start)).is_ok(),
        block_size: block_size(&metadata),
        file: Some(file),
        mode,
        path: None,
    })
}

#[cfg(unix)]
fn block_size(metadata: &Metadata) -> Option<usize> {
    use std::os::unix::fs::MetadataExt;
    usize::try_from(metadata.blksize()).ok().filter(|&n| n > 1)
}

#[cfg(not(unix))]
fn block_size(_: &Metadata) -> Option<usize> {
    None
}

impl IoBase for FileIo {
    fn readable(&self) -> bool {
        !self.is_closed() && self.mode.readable()
    }

    fn writable(&self) -> bool {
        !self.is_closed() && self.mode.writable()
    }

    fn seekable(&self) -> bool {
        !self.is_closed() && self.seekable
    }

    fn is_closed(&self) -> bool {
        self.file.is_none()
    }

    fn close(&mut self) -> Result<()> {
        self.file = None;
        Ok(())
    }

    fn truncate(&mut self, size: Option<u64>) -> Result<u64> {
        let writable = self.mode.writable();
        let file = self.allowed(writable, Operation::Truncate)?;
        let size = match size {
            Some(size) => size,
            None => retry(|| file.stream_position())?,
        };
        retry(|| file.set_len(size))?;
        Ok(size)
    }

    fn is_terminal(&self) -> bool {
        self.file.as_ref().is_some_and(File::is_terminal)
    }
}

impl RawIo for FileIo {
    fn block_size(&self) -> Option<usize> {
        self.block_size
    }

    fn appends(&self) -> bool {
        self.mode.appends()
    }
}

impl Read for FileIo {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let readable = self.mode.readable();
        let file = self.allowed(readable, Operation::Read)?;
        retry(|| file.read(buf))
    }
}

impl Write for FileIo {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let writable = self.mode.writable();
        let file = self.allowed(writable, Operation::Write)?;
        retry(|| file.write(buf))
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        let writable = self.mode.writable();
        let file = self.allowed(writable, Operation::Write)?;
        retry(|| file.write_vectored(bufs))
    }

    /// Does nothing: there is no buffer here. It does not ask the disk (`fsync`) either; use
    /// [`FileIo::get_ref`] and [`File::sync_all`] for that.
    fn flush(&mut self) -> io::Result<()> {
        self.allowed(true, Operation::Write)?;
        Ok(())
    }
}

impl Seek for FileIo {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let seekable = self.seekable;
        let file = self.allowed(seekable, Operation::Seek)?;
        retry(|| file.seek(to))
    }

    fn stream_position(&mut self) -> io::Result<u64> {
        let seekable = self.seekable;
        let file = self.allowed(seekable, Operation::Tell)?;
        retry(|| file.stream_position())
    }
}
