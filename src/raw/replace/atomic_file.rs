//! [`AtomicFile`]: the device.

use std::fmt;
use std::fs::File;
use std::io::{self, IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::draft::Draft;
use super::target::Target;
use crate::error::{Error, Operation, Result, both};
use crate::io_base::{BorrowedDevice, IoBase};
use crate::raw::{FileIo, FileMode, RawIo, whole};

/// A file that is written anew, and put into the place of the old one when it is closed: readers see the old
/// file or the new one, whole, and so does whoever looks after a crash.
///
/// [`close`](IoBase::close) puts it in place, after all of it is on the disk; what it was before is gone
/// then. **Dropped without a close, or closed after a write that failed, it leaves the old file as it is.**
/// A failed write that was repeated and has succeeded is none.
///
/// The new file has the owner, the group and the mode of the old one; where those cannot be kept, it is not
/// begun. A file that is new has the mode that the umask gives. A symbolic link stays, and what it leads to is
/// replaced. What is not kept: other hard links, which stay with the old content, extended attributes and
/// access control lists.
///
/// Until it is in place it is a file in the same folder: without a name on Linux, where the file system has
/// such files, else with a name that begins with a dot and says whose draft it is, and that a program
/// that is killed leaves behind. Where a file without a name may not be given one, `close` copies it.
///
/// # Errors
///
/// As for [`FileIo`]: with path, mode and operation.
///
/// # Examples
///
/// ```
/// use std::io::Write;
/// use iolite::IoBase;
/// use iolite::raw::AtomicFile;
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("settings");
/// std::fs::write(&path, "old")?;
///
/// let mut file = AtomicFile::create(&path)?;
/// file.write_all(b"half of the ne")?;
/// drop(file);
/// assert_eq!(std::fs::read(&path)?, b"old");
///
/// let mut file = AtomicFile::create(&path)?;
/// file.write_all(b"all of the new")?;
/// file.close()?;
/// assert_eq!(std::fs::read(&path)?, b"all of the new");
/// # Ok::<(), iolite::Error>(())
/// ```
///
/// With an encoding and a buffer: [`OpenOptions::replace_text`](crate::OpenOptions::replace_text).
#[doc(alias = "atomic")]
#[doc(alias = "NamedTempFile")]
pub struct AtomicFile {
    file: FileIo,
    /// `None` once closed.
    draft: Option<Draft>,
    /// Whether the last write failed, so that something may be missing.
    has_failed: bool,
}

impl AtomicFile {
    /// Begins a new file for a path, whether there is an old one or not.
    ///
    /// # Errors
    ///
    /// [`Error::Open`] with what the system says; what is there and is no file that can be written is
    /// refused, and nothing has changed.
    pub fn create(path: impl AsRef<Path>) -> Result<AtomicFile> {
        let mut draft = None;
        let file = FileIo::open_with(path, FileMode::Write, |path, _| {
            let (new, file) = Draft::beside(Target::find(path)?)?;
            draft = Some(new);
            Ok(file)
        })?;
        Ok(AtomicFile {
            file,
            draft,
            has_failed: false,
        })
    }

    /// The path that it was made for.
    pub fn path(&self) -> Option<&Path> {
        self.file.path()
    }

    /// The new file, unless closed.
    pub fn get_ref(&self) -> Option<&File> {
        self.file.get_ref()
    }

    /// Notes that a write has failed, or that some of it is written, which what failed before is part of.
    fn note(&mut self, written: io::Result<usize>) -> io::Result<usize> {
        match written {
            Ok(0) => {}
            Ok(_) => self.has_failed = false,
            Err(_) => self.has_failed = true,
        }
        written
    }

    fn put_in_place(&mut self) -> Result<()> {
        let (Some(draft), Some(file)) = (self.draft.take(), self.file.get_ref()) else {
            return Ok(());
        };
        if self.has_failed {
            let path = self.file.path().unwrap_or(Path::new("")).to_owned();
            return Err(Error::NotReplaced { path });
        }
        let placed = draft.put_in_place(file);
        Ok(placed.map_err(|error| self.file.located(Operation::Close, error))?)
    }
}

impl IoBase for AtomicFile {
    fn readable(&self) -> bool {
        false
    }

    fn writable(&self) -> bool {
        self.file.writable()
    }

    fn seekable(&self) -> bool {
        self.file.seekable()
    }

    fn is_closed(&self) -> bool {
        self.file.is_closed()
    }

    /// Puts the file in place.
    ///
    /// # Errors
    ///
    /// [`Error::NotReplaced`] after a write that failed, and what the system says. The old file is then as
    /// it was, except if the last step failed, which makes sure that the new name is on the disk.
    fn close(&mut self) -> Result<()> {
        let placed = self.put_in_place();
        both(placed, self.file.close())
    }

    /// One that failed counts as a write that failed.
    fn truncate(&mut self, size: Option<u64>) -> Result<u64> {
        let truncated = self.file.truncate(size);
        self.has_failed |= truncated.is_err();
        truncated
    }

    /// That of the new file.
    fn flush_and_borrow_fd(&mut self) -> Result<Option<BorrowedDevice<'_>>> {
        self.file.flush_and_borrow_fd()
    }
}

impl RawIo for AtomicFile {
    fn block_size(&self) -> Option<usize> {
        self.file.block_size()
    }

    fn supports_read_at(&self) -> bool {
        self.file.supports_read_at()
    }

    fn read_at(&mut self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        self.file.read_at(buf, offset)
    }

    fn write_at(&mut self, buf: &[u8], offset: u64) -> io::Result<usize> {
        let written = self.file.write_at(buf, offset);
        self.note(written)
    }
}

/// Refused: it is only written.
impl Read for AtomicFile {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.file.read(buf)
    }

    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.file.read_vectored(bufs)
    }

    fn read_exact(&mut self, buf: &mut [u8]) -> io::Result<()> {
        self.file.read_exact(buf)
    }
}

impl Write for AtomicFile {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let written = self.file.write(buf);
        self.note(written)
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        let written = self.file.write_vectored(bufs);
        self.note(written)
    }

    whole::write_calls!(self);

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for AtomicFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

impl fmt::Debug for AtomicFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AtomicFile")
            .field("file", &self.file)
            .field("has_failed", &self.has_failed)
            .finish_non_exhaustive()
    }
}
