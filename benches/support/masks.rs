//! Lines by bit masks, written by hand: a block of a file or socket, 64 bytes of it as one number, a
//! bit for each `\n`. No layers and hardly an error: what can be had.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use wide::u8x16;

const BLOCK: usize = 64 * 1024;

/// Lines of a file or socket, pulled one by one.
pub(crate) struct Masks<R> {
    device: R,
    block: Vec<u8>,
    /// What of the block is filled, and the first byte of the next line.
    filled: usize,
    start: usize,
    marks: Marks,
    /// Whether each block is checked to be UTF-8, once.
    is_checked: bool,
}

impl Masks<File> {
    pub(crate) fn open(path: &Path, is_checked: bool) -> io::Result<Masks<File>> {
        Ok(Masks::new(File::open(path)?, is_checked))
    }
}

impl<R: Read> Masks<R> {
    pub(crate) fn new(device: R, is_checked: bool) -> Masks<R> {
        Masks {
            device,
            block: vec![0; 2 * BLOCK],
            filled: 0,
            start: 0,
            marks: Marks::default(),
            is_checked,
        }
    }

    /// The next line, without its `\n`.
    #[inline]
    pub(crate) fn next_line(&mut self) -> io::Result<Option<&[u8]>> {
        loop {
            if let Some(end) = self.marks.next(&self.block[..self.filled]) {
                let start = std::mem::replace(&mut self.start, end + 1);
                return Ok(Some(&self.block[start..end]));
            }
            if !self.fill()? {
                let start = std::mem::replace(&mut self.start, self.filled);
                return Ok((start < self.filled).then(|| &self.block[start..self.filled]));
            }
        }
    }

    /// Moves the unfinished line to the front and reads behind it.
    #[cold]
    fn fill(&mut self) -> io::Result<bool> {
        self.block.copy_within(self.start..self.filled, 0);
        self.filled -= std::mem::take(&mut self.start);
        self.marks = Marks {
            at: self.filled,
            ..Marks::default()
        };
        if self.block.len() < self.filled + BLOCK {
            self.block.resize(2 * self.block.len(), 0);
        }
        let n = self.device.read(&mut self.block[self.filled..][..BLOCK])?;
        if self.is_checked {
            // Up to the last line end: what is behind it is looked at too late, or twice.
            simdutf8::compat::from_utf8(&self.block[self.filled..][..n]).or_else(|error| {
                match error.error_len() {
                    None => Ok(""),
                    Some(_) if error.valid_up_to() < 4 => Ok(""),
                    Some(_) => Err(io::Error::other(error)),
                }
            })?;
        }
        self.filled += n;
        Ok(n > 0)
    }
}

/// The `\n`s of a slice.
#[derive(Default)]
pub(crate) struct Marks {
    /// Where looking goes on.
    at: usize,
    mask: u64,
    base: usize,
}

impl Marks {
    #[inline]
    pub(crate) fn next(&mut self, block: &[u8]) -> Option<usize> {
        while self.mask == 0 {
            let rest = block.get(self.at..)?;
            match rest.first_chunk() {
                Some(group) => {
                    self.mask = mask(group);
                    self.base = self.at;
                    self.at += 64;
                }
                None => {
                    let end = rest.iter().position(|&byte| byte == b'\n')?;
                    self.at += end + 1;
                    return Some(self.at - 1);
                }
            }
        }
        let end = self.base + self.mask.trailing_zeros() as usize;
        self.mask &= self.mask - 1;
        Some(end)
    }
}

#[inline(always)]
fn mask(group: &[u8; 64]) -> u64 {
    let (quarters, _) = group.as_chunks::<16>();
    let mut mask = 0;
    for (number, &quarter) in quarters.iter().enumerate() {
        let found = u8x16::new(quarter).cmp_eq(u8x16::splat(b'\n')).move_mask();
        mask |= u64::from(found as u16) << (16 * number);
    }
    mask
}
