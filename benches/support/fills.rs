//! [`Fills`]: lines of 64 bytes as they come from a device: some straddle two reads.

use std::hint::black_box;
use std::io::{self, Read};

use bytes::{Bytes, BytesMut};
use iolite::{Chunk, Pool, Tail};

use super::masks::Marks;

/// The length of a line, its `\n` included.
pub(crate) const LINE: usize = 64;
/// The length of a fill: no multiple of a line's.
const FILL: usize = 65_000;
/// The size of a buffer.
const BLOCK: usize = 64 * 1024;

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

/// Gives every line to `take`, as `bytes` codecs make them.
pub(crate) fn lines_of_bytes(fills: &Fills, mut take: impl FnMut(Bytes)) {
    let mut buffer = BytesMut::with_capacity(BLOCK);
    for fill in fills.iter() {
        buffer.extend_from_slice(fill);
        while let Some(end) = memchr::memchr(b'\n', &buffer) {
            take(buffer.split_to(end + 1).freeze());
        }
    }
}

/// Gives every line to `take`, as chunks of pooled blocks.
pub(crate) fn lines_of_tail(fills: &Fills, mut take: impl FnMut(Chunk)) -> io::Result<()> {
    let (mut tail, mut start) = (Pool::global().acquire(BLOCK), 0);
    for mut fill in fills.iter() {
        while !fill.is_empty() {
            make_room(&mut tail, &mut start);
            let n = fill.read(tail.spare_mut())?;
            tail.commit(n);
            while let Some(length) = memchr::memchr(b'\n', &tail.frozen()[start..]) {
                take(tail.share(start..=start + length));
                start += length + 1;
            }
        }
    }
    Ok(())
}

/// Gives every line to `take`, by bit masks over one buffer; what is behind the last line is
/// carried on.
pub(crate) fn lines_by_hand(fills: &Fills, mut take: impl FnMut(&[u8])) {
    let mut buffer = Vec::with_capacity(2 * BLOCK);
    for fill in fills.iter() {
        buffer.extend_from_slice(fill);
        let (mut marks, mut start) = (Marks::default(), 0);
        while let Some(end) = marks.next(&buffer) {
            take(&buffer[start..=end]);
            start = end + 1;
        }
        buffer.drain(..start);
    }
}

/// Uses the block again from its start if nobody has a view of it, else a new one; what is behind
/// `start` goes along.
pub(crate) fn make_room(tail: &mut Tail, start: &mut usize) {
    if !tail.reclaim(*start) {
        let mut next = Pool::global().acquire(BLOCK);
        next.append(&tail.frozen()[*start..]);
        *tail = next;
    }
    *start = 0;
}
