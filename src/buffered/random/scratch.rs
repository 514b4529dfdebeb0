//! [`Scratch`]: a copy of consecutive bytes where a caller wants them in one piece, or where a call
//! that failed had them already.
//!
//! A call that is repeated until it succeeds adds to the span what came since, and looks only at
//! that: all of its tries together cost what one would.

use crate::buffered::resume::ResumePoints;

/// How much memory is kept for the next time, in bytes. What a far peek or a long line needed more
/// goes back.
const KEPT: usize = 64 * 1024;

#[derive(Default)]
pub(super) struct Scratch {
    /// Where on the device the first byte is.
    at: u64,
    bytes: Vec<u8>,
    /// How many bytes at the start of `bytes` were passed.
    start: usize,
    /// Where searches in `bytes` go on, by places on the device.
    pub(super) searches: ResumePoints,
}

impl Scratch {
    /// Whether there is nothing that could be forgotten.
    #[inline]
    pub(super) fn is_idle(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The bytes from `offset` on; none if that is not inside.
    pub(super) fn from(&self, offset: u64) -> &[u8] {
        let start = offset.checked_sub(self.at).map(usize::try_from);
        match start {
            Some(Ok(start)) => self.bytes[self.start..].get(start..).unwrap_or_default(),
            _ => &[],
        }
    }

    /// Begins at `offset`, with `bytes` at least: goes on from what it has from there already.
    pub(super) fn begin(&mut self, offset: u64, bytes: &[u8]) {
        let has = self.from(offset).len();
        if has == 0 {
            self.clear();
        } else {
            self.pass(self.bytes.len() - self.start - has);
        }
        self.at = offset;
        self.extend(bytes.get(has..).unwrap_or_default());
    }

    /// Drops the first `n` bytes. They go from memory when they are as many as are left: so a byte
    /// is moved once at most for each one that is dropped.
    fn pass(&mut self, n: usize) {
        self.start += n;
        if self.start >= self.bytes.len() - self.start {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
    }

    /// Goes on with the bytes that come next.
    pub(super) fn extend(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The same where there is memory for them; else the device has to be asked for them again.
    pub(super) fn extend_if_possible(&mut self, bytes: &[u8]) {
        if self.bytes.try_reserve(bytes.len()).is_ok() {
            self.extend(bytes);
        }
    }

    /// Forgets the bytes. Memory is kept for the next time, if that is little.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.start = 0;
        self.searches = ResumePoints::default();
        if self.bytes.capacity() > KEPT {
            self.bytes = Vec::new();
        }
    }

    /// Forgets the bytes, and gives the memory back.
    pub(super) fn release(&mut self) {
        *self = Scratch::default();
    }
}
