//! Caches written by hand, without errors and layers: what random access can be had for.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use super::places::Access;

/// No block has this number.
const NONE: u64 = u64::MAX;

/// A cache of blocks in which each block of the file has one place. Writes go out when another
/// block wants that place, all of the block at once.
pub(crate) struct DirectMapped {
    file: File,
    /// The size of a block is this power of two.
    shift: u32,
    /// The number of the block in each place, and whether it was written to.
    tags: Vec<(u64, bool)>,
    data: Vec<u8>,
}

impl DirectMapped {
    /// `count` blocks of `size` bytes, both powers of two.
    pub(crate) fn new(file: File, count: usize, size: usize) -> DirectMapped {
        DirectMapped {
            file,
            shift: size.trailing_zeros(),
            tags: vec![(NONE, false); count],
            data: vec![0; count * size],
        }
    }

    /// What there is of the block from `at` on.
    #[inline]
    fn block(&mut self, at: u64, is_write: bool) -> io::Result<&mut [u8]> {
        let (number, size) = (at >> self.shift, 1 << self.shift);
        let place = number as usize & (self.tags.len() - 1);
        if self.tags[place].0 != number {
            self.load(place, number)?;
        }
        self.tags[place].1 |= is_write;
        let block = &mut self.data[place * size..(place + 1) * size];
        Ok(&mut block[at as usize & (size - 1)..])
    }

    #[cold]
    fn load(&mut self, place: usize, number: u64) -> io::Result<()> {
        self.write_back(place)?;
        let size = 1 << self.shift;
        let block = &mut self.data[place * size..(place + 1) * size];
        let _whole_or_the_end = self.file.read_at(block, number << self.shift)?;
        self.tags[place] = (number, false);
        Ok(())
    }

    fn write_back(&mut self, place: usize) -> io::Result<()> {
        let ((number, is_dirty), size) = (self.tags[place], 1 << self.shift);
        if is_dirty {
            let block = &self.data[place * size..(place + 1) * size];
            self.file.write_all_at(block, number << self.shift)?;
            self.tags[place].1 = false;
        }
        Ok(())
    }
}

impl Access for DirectMapped {
    #[inline]
    fn read_at(&mut self, at: u64, buf: &mut [u8]) -> io::Result<()> {
        let mut done = 0;
        while done < buf.len() {
            let block = self.block(at + done as u64, false)?;
            let n = block.len().min(buf.len() - done);
            buf[done..done + n].copy_from_slice(&block[..n]);
            done += n;
        }
        Ok(())
    }

    #[inline]
    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let mut done = 0;
        while done < bytes.len() {
            let block = self.block(at + done as u64, true)?;
            let n = block.len().min(bytes.len() - done);
            block[..n].copy_from_slice(&bytes[done..done + n]);
            done += n;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        (0..self.tags.len()).try_for_each(|place| self.write_back(place))
    }
}

/// One window that begins where the last read missed it.
pub(crate) struct Window {
    file: File,
    at: u64,
    filled: usize,
    data: Vec<u8>,
}

impl Window {
    pub(crate) fn new(file: File, size: usize) -> Window {
        Window {
            file,
            at: 0,
            filled: 0,
            data: vec![0; size],
        }
    }

    #[inline]
    pub(crate) fn read_at(&mut self, at: u64, buf: &mut [u8]) -> io::Result<()> {
        let start = at.wrapping_sub(self.at) as usize;
        if start.saturating_add(buf.len()) <= self.filled {
            buf.copy_from_slice(&self.data[start..start + buf.len()]);
            return Ok(());
        }
        self.refill(at)?;
        buf.copy_from_slice(&self.data[..buf.len()]);
        Ok(())
    }

    #[cold]
    fn refill(&mut self, at: u64) -> io::Result<()> {
        self.filled = self.file.read_at(&mut self.data, at)?;
        self.at = at;
        Ok(())
    }
}
