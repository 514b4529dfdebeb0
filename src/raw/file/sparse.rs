//! Where a sparse file has data, and where it has holes.

use std::fs::File;
use std::io;

use rustix::fs::SeekFrom;
use rustix::io::Errno;

use super::file_io::FileIo;
use crate::error::{Operation, Result};
use crate::io_base::IoBase;

impl FileIo {
    /// Moves to the first data at or behind `from`, in bytes from the start, and says where that
    /// is; `None`, and the position stays, where only a hole follows, or nothing. (Linux.)
    ///
    /// A file system that knows no holes has data everywhere.
    ///
    /// # Errors
    ///
    /// [`Closed`](crate::Error::Closed), [`Unsupported`](crate::Error::Unsupported) where the
    /// file cannot seek, and what the system says.
    ///
    /// # Examples
    ///
    /// The data of a file without its holes:
    ///
    /// ```
    /// use std::io::{Seek, Write};
    /// use iolite::{FileIo, FileMode, IoBase};
    ///
    /// let mut file = FileIo::from_file(tempfile::tempfile()?, FileMode::ReadUpdate)?;
    /// file.truncate(Some(10 << 20))?;
    /// file.seek(std::io::SeekFrom::Start(5 << 20))?;
    /// file.write_all(b"something")?;
    ///
    /// let (mut at, mut data) = (0, 0);
    /// while let Some(start) = file.seek_data(at)? {
    ///     at = file.seek_hole(start)?.unwrap_or(start);
    ///     data += at - start;
    /// }
    /// assert!((9..=10 << 20).contains(&data));
    /// # Ok::<(), iolite::Error>(())
    /// ```
    #[doc(alias = "SEEK_DATA")]
    pub fn seek_data(&mut self, from: u64) -> Result<Option<u64>> {
        self.seek_edge(SeekFrom::Data(from))
    }

    /// Moves to the first hole at or behind `from`, in bytes from the start, and says where that
    /// is; the end of the file counts as one. `None`, and the position stays, from behind the end
    /// on. (Linux.)
    ///
    /// # Errors
    ///
    /// As for [`seek_data`](FileIo::seek_data).
    #[doc(alias = "SEEK_HOLE")]
    pub fn seek_hole(&mut self, from: u64) -> Result<Option<u64>> {
        self.seek_edge(SeekFrom::Hole(from))
    }

    fn seek_edge(&mut self, to: SeekFrom) -> Result<Option<u64>> {
        let allowed = self.seekable();
        let found = self.call(Operation::Seek, allowed, |file| edge(file, to))?;
        if found.is_some() {
            self.unread.clear();
        }
        Ok(found)
    }
}

fn edge(file: &mut File, to: SeekFrom) -> io::Result<Option<u64>> {
    match rustix::fs::seek(&*file, to) {
        Ok(at) => Ok(Some(at)),
        Err(Errno::NXIO) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
