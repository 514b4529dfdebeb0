//! The oracles: what a file is, in the most obvious way.

use std::io::SeekFrom;

/// A file in memory with one position, as POSIX has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) content: Vec<u8>,
    pub(crate) position: u64,
}

impl File {
    pub(crate) fn new(content: &[u8]) -> File {
        File {
            content: content.to_vec(),
            position: 0,
        }
    }

    /// The bytes from the position on.
    pub(crate) fn rest(&self) -> &[u8] {
        self.content
            .get(self.position as usize..)
            .unwrap_or_default()
    }

    pub(crate) fn read(&mut self, buf: &mut [u8]) -> usize {
        let n = self.rest().len().min(buf.len());
        buf[..n].copy_from_slice(&self.rest()[..n]);
        self.position += n as u64;
        n
    }

    /// Writes at the position; a gap before it is filled with zeros.
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        let (start, end) = (self.position as usize, self.position as usize + bytes.len());
        if !bytes.is_empty() && self.content.len() < end {
            self.content.resize(end, 0);
        }
        if !bytes.is_empty() {
            self.content[start..end].copy_from_slice(bytes);
        }
        self.position = end as u64;
    }

    /// `None` where the position would be before the start; it then stays.
    pub(crate) fn seek(&mut self, to: SeekFrom) -> Option<u64> {
        let target = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::Current(distance) => self.position.checked_add_signed(distance),
            SeekFrom::End(distance) => (self.content.len() as u64).checked_add_signed(distance),
        };
        self.position = target?;
        target
    }

    pub(crate) fn set_len(&mut self, size: usize) {
        self.content.resize(size, 0);
    }
}

/// Numbers that look random and are the same in every run (Knuth's MMIX generator).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    /// A number below `sides`.
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
}

/// Text of `len` bytes in lines of very different lengths, with characters of 1 and 2 bytes.
pub(crate) fn text(len: usize) -> Vec<u8> {
    let mut dice = Dice::new(len as u64);
    let mut bytes = Vec::new();
    while bytes.len() + 2 <= len {
        match dice.roll(14) {
            0 => bytes.push(b'\n'),
            1 => bytes.extend_from_slice("é".as_bytes()),
            2 if dice.roll(3) == 0 => bytes.extend_from_slice(b"\n\n"),
            n => bytes.push(b'a' + n as u8),
        }
    }
    bytes.resize(len, b'.');
    bytes
}

/// A long single-line run of differing bytes.
pub(crate) fn ramp(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i % 251) as u8).collect()
}
