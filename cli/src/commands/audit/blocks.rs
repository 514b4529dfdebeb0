//! A file in blocks, from the start as often as needed.

use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};

use iolite::raw::FileMode;
use iolite::{Error, FileIo, Result};

/// How much is read at once. Most files of a tree are smaller, and are then read only once; and what
/// is found out by looking at the beginning is found out by looking at so much.
pub(super) const BLOCK: usize = 64 * 1024;

/// Reads a file in blocks. What does not seek and is longer than a block is copied into a file without
/// a name first, because a guess is checked by reading the text once more.
pub(super) struct Blocks<'a> {
    device: FileIo,
    /// Where the device stood at first: standard input may begin in the middle of a file.
    origin: u64,
    buffer: &'a mut Vec<u8>,
    /// What of the buffer is the block.
    len: usize,
    /// Whether the buffer holds the file from its start.
    is_first: bool,
    /// Whether the file ends with the block.
    is_last: bool,
}

impl<'a> Blocks<'a> {
    /// Reads the first block.
    pub(super) fn new(device: FileIo, buffer: &'a mut Vec<u8>) -> Result<Blocks<'a>> {
        buffer.resize(BLOCK, 0);
        let mut blocks = Blocks {
            device,
            origin: 0,
            buffer,
            len: 0,
            is_first: true,
            is_last: false,
        };
        blocks.fill(0)?;
        if !blocks.is_last {
            blocks.make_seekable()?;
        }
        Ok(blocks)
    }

    /// The block.
    pub(super) fn block(&self) -> &[u8] {
        &self.buffer[..self.len]
    }

    pub(super) fn is_last(&self) -> bool {
        self.is_last
    }

    /// Reads the next block, which begins with the last `kept` bytes of this one. There is one.
    pub(super) fn next(&mut self, kept: usize) -> Result<()> {
        self.buffer.copy_within(self.len - kept..self.len, 0);
        self.is_first = false;
        self.fill(kept)
    }

    /// Begins anew.
    pub(super) fn rewind(&mut self) -> Result<()> {
        if self.is_first {
            return Ok(());
        }
        self.device.seek(SeekFrom::Start(self.origin))?;
        self.is_first = true;
        self.fill(0)
    }

    fn fill(&mut self, kept: usize) -> Result<()> {
        self.len = kept;
        self.is_last = false;
        while self.len < BLOCK && !self.is_last {
            match self.device.read(&mut self.buffer[self.len..]) {
                Ok(n) => {
                    self.len += n;
                    self.is_last = n == 0;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// After the first block.
    fn make_seekable(&mut self) -> Result<()> {
        if let Ok(here) = self.device.stream_position() {
            self.origin = here - self.len as u64;
            return Ok(());
        }
        let copy = tempfile::tempfile().map_err(Error::from)?;
        let mut copy = FileIo::from_file(copy, FileMode::ReadUpdate)?;
        copy.write_all(self.block())?;
        iolite::copy(&mut self.device, &mut copy)?;
        copy.seek(SeekFrom::Start(self.len as u64))?;
        self.device = copy;
        Ok(())
    }
}
