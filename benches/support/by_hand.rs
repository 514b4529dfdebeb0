//! Writing by hand: a buffer without errors, layers and state, which is what can be had.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};

use memchr::memchr_iter;
use wide::{CmpEq, i8x16};

/// The size of a buffer in every row.
pub(crate) const BLOCK: usize = 64 * 1024;

/// `/dev/null`, which counts what it is given: the rows' check.
pub(crate) struct Null {
    file: File,
    pub(crate) taken: u64,
}

impl Null {
    pub(crate) fn open() -> io::Result<Null> {
        let file = OpenOptions::new().write(true).open("/dev/null")?;
        Ok(Null { file, taken: 0 })
    }
}

impl Write for Null {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.file.write(bytes)?;
        self.taken += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A block in front of a device.
pub(crate) struct Minimal {
    block: Box<[u8]>,
    filled: usize,
    pub(crate) device: Null,
}

impl Minimal {
    pub(crate) fn new(device: Null) -> Minimal {
        Minimal {
            block: vec![0; BLOCK].into(),
            filled: 0,
            device,
        }
    }

    #[inline]
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        if bytes.len() > BLOCK - self.filled {
            self.drain();
        }
        self.block[self.filled..][..bytes.len()].copy_from_slice(bytes);
        self.filled += bytes.len();
    }

    #[cold]
    pub(crate) fn drain(&mut self) {
        let written = self.device.write(&self.block[..self.filled]);
        assert_eq!(written.ok(), Some(self.filled));
        self.filled = 0;
    }

    /// Copies and translates in one pass, 16 bytes at a time.
    #[inline]
    pub(crate) fn write_crlf(&mut self, mut bytes: &[u8]) {
        if 2 * bytes.len() + 16 > BLOCK - self.filled {
            self.drain();
        }
        let room = &mut self.block[self.filled..];
        let mut at = 0;
        while let Some(block) = bytes.first_chunk::<16>() {
            room[at..][..16].copy_from_slice(block);
            let ends = line_ends(block);
            if ends == 0 {
                (bytes, at) = (&bytes[16..], at + 16);
                continue;
            }
            let end = ends.trailing_zeros() as usize;
            room[at + end..][..2].copy_from_slice(b"\r\n");
            (bytes, at) = (&bytes[end + 1..], at + end + 2);
        }
        for &byte in bytes {
            if byte == b'\n' {
                room[at] = b'\r';
                at += 1;
            }
            room[at] = byte;
            at += 1;
        }
        self.filled += at;
    }
}

impl fmt::Write for Minimal {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.write(text.as_bytes());
        Ok(())
    }
}

/// A bit for every `\n`.
#[inline]
fn line_ends(block: &[u8; 16]) -> u32 {
    let block = i8x16::new(block.map(|byte| byte as i8));
    block.cmp_eq(i8x16::splat(b'\n' as i8)).move_mask() as u32
}

/// Writes `text` with `\r\n` for each `\n`, span by span, as people do.
pub(crate) fn write_spans(out: &mut impl Write, text: &[u8]) -> io::Result<()> {
    let mut done = 0;
    for end in memchr_iter(b'\n', text) {
        out.write_all(&text[done..end])?;
        out.write_all(b"\r\n")?;
        done = end + 1;
    }
    out.write_all(&text[done..])
}
