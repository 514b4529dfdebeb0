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

use super::positioned_device::PositionedDevice;
use crate::chunk::{Chunk, Pool, Tail};
use crate::error::Result;
use crate::raw::RawIo;

#[cfg(test)]
thread_local! {
    /// How often somebody asked a block where it lies, or whether it is dirty.
    pub(super) static LOOKS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

#[derive(Default)]
pub(super) struct CachedBlock {
    /// The memory; `None` where nothing is cached.
    tail: Option<Tail>,
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
        self.tail.as_ref().map_or(&[], Tail::frozen)
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
        let bytes = self.tail.as_ref()?.frozen();
        bytes.get(start..)?.get(..n)
    }

    /// The bytes from `offset` on, at most `max`, without a copy.
    pub(super) fn chunk(&self, offset: u64, max: usize) -> Chunk {
        let n = self.from(offset).len().min(max);
        match &self.tail {
            Some(tail) if n > 0 => {
                let start = length(offset - self.base);
                tail.chunk(start..start + n)
            }
            _ => Chunk::new(),
        }
    }

    /// Whether bytes can be put at `offset` without leaving a gap.
    #[inline]
    pub(super) fn takes(&self, offset: u64) -> bool {
        self.base <= offset && offset <= self.end() && offset < self.limit
    }

    /// Whether `offset` is at the block's bytes, or ahead of them and within its reach.
    pub(super) fn reaches(&self, offset: u64) -> bool {
        self.base <= offset && offset < self.limit
    }

    /// What the device does not have yet, by its place there.
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
    /// is large enough and nobody has a share in it.
    pub(super) fn restart(&mut self, base: u64, limit: u64) {
        let (filled, size) = (self.bytes().len(), length(limit - base));
        self.tail = self.tail.take().filter(|tail| tail.capacity() >= size);
        if !self.tail.as_mut().is_some_and(|tail| tail.reclaim(filled)) {
            self.tail = None;
        }
        (self.base, self.limit, self.dirty) = (base, limit, 0..0);
    }

    /// How much more fits.
    fn room(&self) -> usize {
        length(self.limit - self.end())
    }

    /// The memory, which is large enough for everything up to `limit`.
    fn memory(&mut self, pool: &Pool) -> Result<&mut Tail> {
        if self.tail.is_none() {
            self.tail = Some(self.fresh(pool)?);
        }
        Ok(self.tail.as_mut().expect("it was just put there"))
    }

    /// Memory for everything up to `limit`.
    fn fresh(&self, pool: &Pool) -> Result<Tail> {
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
        let tail = self.memory(pool)?;
        let outcome = device.read_at(&mut tail.spare_mut()[..most], end);
        match outcome {
            Ok(n) => tail.commit(n),
            // An idle stream owns no memory.
            Err(_) if tail.frozen().is_empty() => self.tail = None,
            Err(_) => {}
        }
        outcome
    }

    /// Puts as many of `bytes` at `offset` as the block reaches; returns how many. They are dirty
    /// then, and so is what lies between them and what was dirty before: one write takes it all.
    ///
    /// What was lent does not change: if the bytes are not ours alone, they are copied first. An
    /// error, of too little memory, changes nothing.
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

    /// The same where all of them replace bytes that are ours alone; else does nothing.
    #[inline]
    pub(super) fn replace(&mut self, offset: u64, bytes: &[u8]) -> Option<()> {
        let start = usize::try_from(offset.checked_sub(self.base)?).ok()?;
        let own = self.tail.as_mut()?.frozen_mut()?;
        own.get_mut(start..)?
            .get_mut(..bytes.len())?
            .copy_from_slice(bytes);
        self.dirtied(start, bytes.len());
        Some(())
    }

    /// The `n` bytes from `start` on are newer than the device's, and what lies between them and
    /// others that are goes along.
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
        if let Some(own) = self.tail.as_mut().and_then(Tail::frozen_mut) {
            own[place].copy_from_slice(bytes);
            return Ok(());
        }
        let mut fresh = self.fresh(pool)?;
        fresh.append(&self.bytes()[..place.start]);
        fresh.append(bytes);
        fresh.append(&self.bytes()[place.end..]);
        self.tail = Some(fresh);
        Ok(())
    }

    /// Gives the dirty bytes to the device in one write; returns how many it took, which are not
    /// given again.
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
