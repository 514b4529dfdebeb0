//! [`CachedBlock`]: some bytes of the device in memory, and which of them the device does not have yet.
//!
//! ```text
//!   device:   base ....... dirty ....... end ....... limit
//!              |  clean  |  newer |  clean |   room   |
//! ```
//!
//! Invariants: `base <= end <= limit`, and the dirty bytes lie in `[base, end)`. A dirty byte
//! becomes clean when the device says that it took it, and at no other time.

use std::ops::Range;

use super::is_outgrown;
use super::positioned_device::PositionedDevice;
use crate::chunk::{Chunk, ChunkBuilder, Pool};
use crate::error::Result;
use crate::raw::RawIo;

#[cfg(test)]
thread_local! {
    /// How often a block was looked at: where it lies, or whether it is dirty.
    pub(super) static LOOKS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

#[derive(Default)]
pub(super) struct CachedBlock {
    /// The memory; `None` where nothing is cached.
    block: Option<ChunkBuilder>,
    /// Where the first byte is on the device.
    base: u64,
    /// Up to where on the device the block may reach.
    limit: u64,
    /// The bytes that the device does not have yet, counted from `base`; starts at 0 if empty.
    dirty: Range<usize>,
}

impl CachedBlock {
    pub(super) fn base(&self) -> u64 {
        #[cfg(test)]
        LOOKS.set(LOOKS.get() + 1);
        self.base
    }

    /// Up to where on the device the block may reach.
    pub(super) fn limit(&self) -> u64 {
        self.limit
    }

    #[inline]
    pub(super) fn bytes(&self) -> &[u8] {
        self.block.as_ref().map_or(&[], ChunkBuilder::filled)
    }

    /// Where on the device the block's bytes end.
    #[inline]
    pub(super) fn end(&self) -> u64 {
        #[cfg(test)]
        LOOKS.set(LOOKS.get() + 1);
        self.base + self.bytes().len() as u64
    }

    /// The bytes from `offset` on; none if that is not inside.
    #[inline]
    pub(super) fn from(&self, offset: u64) -> &[u8] {
        let start = offset.checked_sub(self.base).map(usize::try_from);
        match start {
            Some(Ok(start)) => self.bytes().get(start..).unwrap_or_default(),
            _ => &[],
        }
    }

    /// The `n` bytes from `offset` on, if all of them are inside.
    #[inline]
    pub(super) fn ready(&self, offset: u64, n: usize) -> Option<&[u8]> {
        let start = usize::try_from(offset.checked_sub(self.base)?).ok()?;
        let bytes = self.block.as_ref()?.filled();
        bytes.get(start..)?.get(..n)
    }

    /// The bytes from `offset` on, at most `max`, without a copy.
    pub(super) fn chunk(&self, offset: u64, max: usize) -> Chunk {
        let n = self.from(offset).len().min(max);
        match &self.block {
            Some(block) if n > 0 => {
                let start = length(offset - self.base);
                block.chunk(start..start + n)
            }
            _ => Chunk::new(),
        }
    }

    /// Whether bytes can be put at `offset` without leaving a gap.
    #[inline]
    pub(super) fn takes(&self, offset: u64) -> bool {
        self.base <= offset && offset <= self.end() && offset < self.limit
    }

    /// Whether `offset` is inside the block, filled there or not.
    pub(super) fn reaches(&self, offset: u64) -> bool {
        self.base <= offset && offset < self.limit
    }

    /// What the device does not have yet, by its offset there.
    pub(super) fn dirty(&self) -> Range<u64> {
        self.base + self.dirty.start as u64..self.base + self.dirty.end as u64
    }

    pub(super) fn is_dirty(&self) -> bool {
        #[cfg(test)]
        LOOKS.set(LOOKS.get() + 1);
        !self.dirty.is_empty()
    }

    /// How many bytes the device does not have yet.
    #[inline]
    pub(super) fn dirty_len(&self) -> usize {
        self.dirty.len()
    }

    /// Forgets all bytes, the dirty ones too, and hands the memory back.
    pub(super) fn clear(&mut self) {
        *self = CachedBlock::default();
    }

    /// Forgets all bytes, and is then an empty block for `[base, limit)`. Keeps the memory if it
    /// is large enough, was not enlarged for one long line or peek, and no chunk of it is alive.
    pub(super) fn restart(&mut self, base: u64, limit: u64) {
        let (filled, size) = (self.bytes().len(), length(limit - base));
        let is_outgrown = self.is_outgrown(size);
        let fits = |block: &ChunkBuilder| block.capacity() >= size && !is_outgrown;
        self.block = self.block.take().filter(fits);
        if !self
            .block
            .as_mut()
            .is_some_and(|block| block.reclaim(filled))
        {
            self.block = None;
        }
        (self.base, self.limit, self.dirty) = (base, limit, 0..0);
    }

    /// Forgets the bytes before `offset`, and moves the limit so far that `room` bytes fit after
    /// the last one. No byte is dirty.
    ///
    /// # Errors
    ///
    /// If there is no memory for them; everything is as it was.
    pub(super) fn advance(&mut self, offset: u64, room: usize, pool: &Pool) -> Result<()> {
        debug_assert!(!self.is_dirty(), "what is pending must not be lost");
        let start = length(offset - self.base);
        let size = self.bytes().len() - start + room;
        let is_outgrown = self.is_outgrown(size);
        let has_room = |block: &mut ChunkBuilder| {
            block.capacity() >= size && !is_outgrown && block.reclaim(start)
        };
        if !self.block.as_mut().is_some_and(has_room) {
            let mut fresh = pool.try_acquire(size)?;
            fresh.append(&self.bytes()[start..]);
            self.block = Some(fresh);
        }
        (self.base, self.limit) = (offset, offset + size as u64);
        Ok(())
    }

    /// Goes on with clean bytes after the last one, for which there is room, if there is memory.
    pub(super) fn extend(&mut self, bytes: &[u8], pool: &Pool) {
        debug_assert!(bytes.len() <= self.room());
        if let Ok(memory) = self.memory(pool) {
            memory.append(bytes);
        }
    }

    /// Whether the memory was enlarged for one long line or peek, and `size` bytes are enough now.
    pub(super) fn is_outgrown(&self, size: usize) -> bool {
        self.block
            .as_ref()
            .is_some_and(|block| is_outgrown(block, size))
    }

    /// How much more fits.
    pub(super) fn room(&self) -> usize {
        length(self.limit - self.end())
    }

    /// The memory, which is large enough for everything up to `limit`.
    fn memory(&mut self, pool: &Pool) -> Result<&mut ChunkBuilder> {
        if self.block.is_none() {
            self.block = Some(self.fresh(pool)?);
        }
        Ok(self.block.as_mut().expect("it was just put there"))
    }

    /// Memory for everything up to `limit`.
    fn fresh(&self, pool: &Pool) -> Result<ChunkBuilder> {
        pool.try_acquire(length(self.limit - self.base))
    }

    /// Reads once after the last byte, at most `most` bytes; 0 is the end.
    pub(super) fn fill<D: RawIo>(
        &mut self,
        device: &mut PositionedDevice<D>,
        pool: &Pool,
        most: usize,
    ) -> Result<usize> {
        let (end, most) = (self.end(), most.min(self.room()));
        let block = self.memory(pool)?;
        let outcome = device.read_at(&mut block.spare_mut()[..most], end);
        match outcome {
            Ok(n) => block.commit(n),
            // An idle stream owns no memory.
            Err(_) if block.filled().is_empty() => self.block = None,
            Err(_) => {}
        }
        outcome
    }

    /// Copies as many of `bytes` to `offset` as the block has room for; returns how many. They are
    /// dirty then, and so is what lies between them and older dirty bytes: one write takes it all.
    ///
    /// Chunks do not change: if some are alive, the block is copied first. An error, of too little
    /// memory, changes nothing.
    pub(super) fn put(&mut self, offset: u64, bytes: &[u8], pool: &Pool) -> Result<usize> {
        debug_assert!(self.takes(offset));
        let start = length(offset - self.base);
        let n = bytes.len().min(length(self.limit - offset));
        let (over, after) = bytes[..n].split_at(n.min(self.bytes().len() - start));
        if !over.is_empty() {
            self.overwrite(start, over, pool)?;
        }
        if !after.is_empty() {
            // There is memory already where something was overwritten.
            self.memory(pool)?.append(after);
        }
        self.dirtied(start, n);
        Ok(n)
    }

    /// The same where all of them replace bytes and no chunk is alive; else does nothing.
    #[inline]
    pub(super) fn replace(&mut self, offset: u64, bytes: &[u8]) -> Option<()> {
        let start = usize::try_from(offset.checked_sub(self.base)?).ok()?;
        let own = self.block.as_mut()?.filled_mut()?;
        own.get_mut(start..)?
            .get_mut(..bytes.len())?
            .copy_from_slice(bytes);
        self.dirtied(start, bytes.len());
        Some(())
    }

    /// Marks the `n` bytes from `start` on as newer than the device's, with what lies between them
    /// and older dirty bytes.
    #[inline]
    fn dirtied(&mut self, start: usize, n: usize) {
        self.dirty = if self.is_dirty() {
            self.dirty.start.min(start)..self.dirty.end.max(start + n)
        } else {
            start..start + n
        };
    }

    fn overwrite(&mut self, start: usize, bytes: &[u8], pool: &Pool) -> Result<()> {
        let place = start..start + bytes.len();
        // Only while no chunk is alive: a chunk never changes.
        if let Some(own) = self.block.as_mut().and_then(ChunkBuilder::filled_mut) {
            own[place].copy_from_slice(bytes);
            return Ok(());
        }
        let mut fresh = self.fresh(pool)?;
        // In three pieces, so that what is replaced is not copied first.
        fresh.append(&self.bytes()[..place.start]);
        fresh.append(bytes);
        fresh.append(&self.bytes()[place.end..]);
        self.block = Some(fresh);
        Ok(())
    }

    /// Writes the dirty bytes to the device in one call; returns how many it took. Those are clean.
    pub(super) fn write_some<D: RawIo>(
        &mut self,
        device: &mut PositionedDevice<D>,
    ) -> Result<usize> {
        let dirty = &self.bytes()[self.dirty.clone()];
        let n = device.write_at(dirty, self.dirty().start)?;
        self.dirty.start += n;
        if self.dirty.is_empty() {
            self.dirty = 0..0;
        }
        Ok(n)
    }

    /// Takes the dirty bytes, which then count as clean.
    pub(super) fn take_dirty(&mut self) -> (u64, Chunk) {
        let dirty = self.dirty();
        let chunk = self.chunk(dirty.start, self.dirty.len());
        self.dirty = 0..0;
        (dirty.start, chunk)
    }
}

/// A length inside a block, which is in memory.
#[inline]
fn length(bytes: u64) -> usize {
    usize::try_from(bytes).expect("a block is no larger than memory")
}
