//! [`GrowingFile`]: an open file that others write to.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use crate::error::Result;
use crate::io_base::IoBase;
use crate::raw::{FileIo, RawIo};

/// How many of the bytes before the position are kept, to know the file again. A line of a log has a
/// time in its first few dozen bytes, so that its end alone could be that of another one.
const KEPT: usize = 64;

/// An open file, where it stands, and what stood before that.
pub(super) struct GrowingFile {
    file: FileIo,
    /// In bytes from its start.
    position: u64,
    /// The last bytes before the position.
    last: Vec<u8>,
    /// Whether the end was met since these were last found in their place.
    was_at_end: bool,
}

/// What came of a read.
pub(super) enum Grown {
    /// So many bytes; 0: none now.
    Bytes(usize),
    /// None, since the file before them is no longer what was read.
    Rewritten,
}

impl GrowingFile {
    pub(super) fn new(mut file: FileIo) -> Result<GrowingFile> {
        let position = if file.seekable() {
            file.stream_position()?
        } else {
            0
        };
        Ok(GrowingFile {
            file,
            position,
            last: Vec::new(),
            was_at_end: false,
        })
    }

    pub(super) fn get_ref(&self) -> &FileIo {
        &self.file
    }

    pub(super) fn into_inner(self) -> FileIo {
        self.file
    }

    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// Reads once. `buf` may have been written to if the file was rewritten.
    pub(super) fn read(&mut self, buf: &mut [u8]) -> io::Result<Grown> {
        let n = self.file.read(buf)?;
        // Asked after the read: between the question and a read after it the file could change.
        if n > 0 && self.was_at_end && !self.has_last()? {
            return Ok(Grown::Rewritten);
        }
        self.was_at_end = n == 0;
        self.position += n as u64;
        self.keep(&buf[..n]);
        if self.was_at_end {
            self.keep_some()?;
        }
        Ok(Grown::Bytes(n))
    }

    /// Keeps what is before the position, if it was sought.
    fn keep_some(&mut self) -> io::Result<()> {
        if !self.last.is_empty() || !self.file.supports_read_at() {
            return Ok(());
        }
        let mut before = [0; KEPT];
        let start = self.position.saturating_sub(KEPT as u64);
        let len = usize::try_from(self.position - start).unwrap_or(KEPT);
        let n = self.file.read_at(&mut before[..len], start)?;
        if n == len {
            self.keep(&before[..len]);
        }
        Ok(())
    }

    fn keep(&mut self, bytes: &[u8]) {
        let new = &bytes[bytes.len().saturating_sub(KEPT)..];
        let old = (self.last.len() + new.len()).saturating_sub(KEPT);
        self.last.drain(..old);
        self.last.extend_from_slice(new);
    }

    /// Whether the bytes before the position are still those that were read; yes, where that cannot
    /// be found out without moving.
    fn has_last(&self) -> io::Result<bool> {
        if !self.file.supports_read_at() {
            return Ok(true);
        }
        let mut there = [0; KEPT];
        let there = &mut there[..self.last.len()];
        let n = self
            .file
            .read_at(there, self.position - self.last.len() as u64)?;
        Ok(n == self.last.len() && *there == *self.last)
    }

    pub(super) fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.position = self.file.seek(to)?;
        self.last.clear();
        Ok(self.position)
    }

    /// How long the file is.
    pub(super) fn size(&self) -> io::Result<u64> {
        let metadata = self.file.get_ref().map(File::metadata).transpose()?;
        Ok(metadata.map_or(0, |metadata| metadata.len()))
    }
}
