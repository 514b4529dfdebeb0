//! [`Fills`]: lines of 64 bytes as they come from a device: some straddle two reads.

use std::hint::black_box;
use std::io::{self, Read};

/// The length of a line, its `\n` included.
pub(crate) const LINE: usize = 64;
/// The length of a fill: no multiple of a line's.
const FILL: usize = 65_000;

/// So many fills, out of memory that stays in the cache.
pub(crate) struct Fills {
    source: Vec<u8>,
    count: usize,
}

impl Fills {
    /// About `bytes` bytes.
    pub(crate) fn new(bytes: usize) -> Fills {
        let line = "x".repeat(LINE - 1) + "\n";
        Fills {
            source: line.repeat(FILL / LINE + 2).into_bytes(),
            count: bytes / FILL,
        }
    }

    pub(crate) fn bytes(&self) -> u64 {
        (self.count * FILL) as u64
    }

    pub(crate) fn lines(&self) -> u64 {
        self.bytes() / LINE as u64
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.count).map(|fill| &self.source[fill * FILL % LINE..][..FILL])
    }

    /// The same as a device that gives no more than a fill at a time.
    pub(crate) fn read(&self) -> FillReader<'_> {
        FillReader {
            fills: self,
            next: 0,
            rest: &[],
        }
    }
}

/// [`Fills`] as a device.
pub(crate) struct FillReader<'a> {
    fills: &'a Fills,
    next: usize,
    rest: &'a [u8],
}

impl Read for FillReader<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.rest.is_empty() && self.next < self.fills.count {
            self.rest = &self.fills.source[self.next * FILL % LINE..][..FILL];
            self.next += 1;
        }
        self.rest.read(buf)
    }
}

/// Counts pieces and their bytes.
#[derive(Default)]
pub(crate) struct Count {
    pub(crate) pieces: u64,
    pub(crate) bytes: u64,
}

impl Count {
    #[inline]
    pub(crate) fn add(&mut self, piece: &[u8]) {
        self.pieces += 1;
        self.bytes += black_box(piece).len() as u64;
    }

    pub(crate) fn check(self) -> u64 {
        self.pieces << 32 ^ self.bytes
    }
}
