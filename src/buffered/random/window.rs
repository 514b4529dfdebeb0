//! [`Window`]: the one part of the device that a [`BufferedRandom`](super::BufferedRandom) has in
//! memory. It begins where it is needed.
//!
//! Invariant: bytes that the device does not have yet leave the window only to the device, or with
//! [`take_pending`](Window::take_pending) and [`clear`](Window::clear).
//!
//! The window moves when something outside it is needed. For what has to lie in one piece, a long
//! line or peek, it grows, and goes back to its size when it moves next.

use std::ops::RangeInclusive;

use crate::buffered::cached_block::CachedBlock;
use crate::buffered::positioned_device::PositionedDevice;
use crate::chunk::{Chunk, Pool};
use crate::error::Result;
use crate::raw::RawIo;

/// How much is read at least after a jump, in bytes: the sector of a disk, which is read anyway.
const AFTER_A_JUMP: usize = 512;

pub(super) struct Window {
    block: CachedBlock,
    /// Bytes in the window, 1 at least.
    size: usize,
    /// The device was found to end before bytes that wait to be written. What lies between will
    /// read as zeros, but only the device can say so, once it has those bytes.
    pub(super) hole: bool,
    pool: Pool,
}

impl Window {
    pub(super) fn new(size: usize) -> Window {
        Window {
            block: CachedBlock::default(),
            size,
            hole: false,
            pool: Pool::default(),
        }
    }

    /// Bytes in the window.
    #[inline]
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// How many bytes the device does not have yet.
    pub(super) fn pending(&self) -> usize {
        self.block.dirty_len()
    }

    /// Where the last pending byte ends; 0 where none is pending.
    pub(super) fn pending_end(&self) -> u64 {
        if self.is_clean() {
            0
        } else {
            self.block.dirty().end
        }
    }

    /// Whether the device has all bytes.
    #[inline]
    pub(super) fn is_clean(&self) -> bool {
        !self.block.is_dirty()
    }

    /// The bytes from `offset` on that are in the window.
    #[inline]
    pub(super) fn from(&self, offset: u64) -> &[u8] {
        self.block.from(offset)
    }

    /// The `n` bytes from `offset` on, if all of them are in the window.
    #[inline]
    pub(super) fn ready(&self, offset: u64, n: usize) -> Option<&[u8]> {
        self.block.ready(offset, n)
    }

    /// Takes `bytes` where they replace bytes of the window; else does nothing.
    #[inline]
    pub(super) fn replace(&mut self, offset: u64, bytes: &[u8]) -> Option<()> {
        self.block.replace(offset, bytes)
    }

    /// The bytes from `offset` on, at most `max`, without a copy.
    pub(super) fn chunk(&self, offset: u64, max: usize) -> Chunk {
        self.block.chunk(offset, max)
    }

    /// Puts the byte at `offset` into the window; reads the device if it has to. Where nothing is
    /// there afterwards is the end.
    ///
    /// The device is asked for a whole window, except after a seek that went far away: another one
    /// is likely to follow, so only the `want` bytes are read, or a few more.
    pub(super) fn load<D: RawIo>(
        &mut self,
        device: &mut PositionedDevice<D>,
        offset: u64,
        want: usize,
    ) -> Result<()> {
        let most = if self.is_far(offset) {
            want.max(AFTER_A_JUMP)
        } else {
            self.size
        };
        // A gap between the window's last byte and `offset` is read only if that saves a write.
        let goes_on =
            self.block.reaches(offset) && (self.block.is_dirty() || self.block.takes(offset));
        if !goes_on || self.block.is_outgrown(self.size) {
            self.write_back(device)?;
            self.restart(self.first_read(offset));
        }
        while self.block.from(offset).is_empty() {
            if self.block.fill(device, &self.pool, most)? == 0 {
                break;
            }
        }
        Ok(())
    }

    /// Reads once after the window's last byte, at most `offer` bytes; 0 is the end. The bytes from
    /// `offset` on, of which there are some, stay in one piece with what follows: at the window's
    /// end the ones before them make way, after what is pending was written, and if there is still
    /// no room for `want` bytes, or a quarter of the window, the window grows.
    pub(super) fn extend<D: RawIo>(
        &mut self,
        device: &mut PositionedDevice<D>,
        offset: u64,
        want: usize,
        offer: usize,
    ) -> Result<usize> {
        let len = self.block.from(offset).len();
        // A quarter of what is kept, too: each byte is then moved a few times at most, however far
        // somebody looks ahead.
        let want = want.max(self.size.div_ceil(4)).max(len / 4);
        let room = want.max(self.size.saturating_sub(len));
        if self.block.room() == 0 || self.block.is_outgrown(len + room) {
            self.write_back(device)?;
            self.block.advance(offset, room, &self.pool)?;
        }
        self.block.fill(device, &self.pool, offer)
    }

    /// Gives memory back that a long line or peek needed.
    pub(super) fn shrink(&mut self) {
        if self.is_clean() && self.block.is_outgrown(self.size) {
            self.block.clear();
        }
    }

    /// Begins at `offset` with `bytes` that a failed call had read; with none if there is no memory
    /// for them. Nothing is pending.
    pub(super) fn keep(&mut self, offset: u64, bytes: &[u8]) {
        debug_assert!(self.is_clean(), "what is pending must not be lost");
        let size = self.size.max(bytes.len()) as u64;
        self.block.restart(offset, offset + size);
        self.block.extend(bytes, &self.pool);
    }

    fn restart(&mut self, base: u64) {
        self.block.restart(base, base + self.size as u64);
    }

    /// Where a window for `offset` begins: right there, or half a window before it if the reads
    /// just left the last one backwards, since they are likely to go on in that direction.
    fn first_read(&self, offset: u64) -> u64 {
        let (base, size) = (self.block.base(), self.size as u64);
        if offset < base && base - offset <= size {
            offset.saturating_sub(size / 2)
        } else {
            offset
        }
    }

    /// Whether a window that was used is more than its size away.
    #[inline]
    pub(super) fn is_far(&self, offset: u64) -> bool {
        let size = self.size as u64;
        !self.block.bytes().is_empty()
            && (offset + size < self.block.base() || self.block.end() + size < offset)
    }

    /// Takes as many of `bytes` as the window holds, to be written later; returns how many. Reads
    /// nothing.
    pub(super) fn put<D: RawIo>(
        &mut self,
        device: &mut PositionedDevice<D>,
        offset: u64,
        bytes: &[u8],
    ) -> Result<usize> {
        if !self.block.takes(offset) {
            self.write_back(device)?;
            self.restart(offset);
        }
        self.block.put(offset, bytes, &self.pool)
    }

    /// How many bytes at `offset` the window would take at once.
    pub(super) fn room(&self, offset: u64) -> usize {
        if self.block.takes(offset) {
            let room = self.block.limit() - offset;
            usize::try_from(room).expect("it is no more than the window")
        } else {
            self.size
        }
    }

    /// Where the first pending byte in `range` is.
    pub(super) fn first_dirty(&self, range: RangeInclusive<u64>) -> Option<u64> {
        let (dirty, first) = (self.block.dirty(), *range.start());
        if self.is_clean() || dirty.end <= first {
            return None;
        }
        Some(dirty.start.max(first)).filter(|start| range.contains(start))
    }

    /// Writes what is pending to the device. What it took before an error is no longer pending.
    pub(super) fn write_back<D: RawIo>(&mut self, device: &mut PositionedDevice<D>) -> Result<()> {
        while self.block.is_dirty() {
            self.block.write_some(device)?;
        }
        self.hole = false;
        Ok(())
    }

    /// The same if the window lies in or beside `range`.
    pub(super) fn write_back_near<D: RawIo>(
        &mut self,
        device: &mut PositionedDevice<D>,
        range: RangeInclusive<u64>,
    ) -> Result<()> {
        if self.block.base() <= *range.end() && self.block.end() >= *range.start() {
            self.write_back(device)
        } else {
            Ok(())
        }
    }

    /// Forgets the window if it has bytes in `range`. Nothing in it is pending any more.
    pub(super) fn forget(&mut self, range: RangeInclusive<u64>) {
        if self.block.end() > *range.start() && self.block.base() <= *range.end() {
            debug_assert!(self.is_clean(), "what is pending must not be lost");
            self.block.clear();
        }
    }

    /// Forgets everything, what is pending too.
    pub(super) fn clear(&mut self) {
        self.block.clear();
        self.hole = false;
    }

    /// Takes what is pending, and its offset.
    pub(super) fn take_pending(&mut self) -> (u64, Chunk) {
        self.block.take_dirty()
    }
}
