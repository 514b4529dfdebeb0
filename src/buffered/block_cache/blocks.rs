//! [`Blocks`]: which blocks of the device are in memory, and which one makes way for the next.
//!
//! A block belongs to one slot of the device, `[k * size, (k + 1) * size)`. No call looks at more
//! blocks than it changes, or than lie in the range that it is about: there may be a million. What
//! waits for the device is found in [`DirtyBlocks`], the end of what is cached by [`BlockTable`].
//!
//! Invariants: a block with bytes is in `table`, under its slot; `pending` counts the dirty bytes
//! of all blocks, and a block that has some is in `dirty`.

use std::ops::RangeInclusive;

use super::dirty::DirtyBlocks;
use super::recency::Recency;
use super::table::BlockTable;
use crate::buffered::cached_block::CachedBlock;
use crate::buffered::positioned_device::PositionedDevice;
use crate::chunk::{Chunk, Pool};
use crate::error::Result;
use crate::raw::RawIo;

pub(super) const EVERYTHING: RangeInclusive<u64> = 0..=u64::MAX;

pub(super) struct Blocks {
    /// How many blocks there may be, 1 at least.
    most: usize,
    /// Bytes in a block, 1 at least.
    size: usize,
    /// The size as a power of two, if it is one: a shift instead of a division, which would be a
    /// tenth of a cached read.
    shift: Option<u32>,
    blocks: Vec<CachedBlock>,
    /// The block of each slot.
    table: BlockTable,
    recency: Recency,
    /// How many bytes the device does not have yet.
    pending: usize,
    /// The blocks that have some of these.
    dirty: DirtyBlocks,
    /// The device was found to end before bytes that wait to be written. What lies between will
    /// read as zeros, but only the device can say so, once it has those bytes.
    hole: bool,
    pool: Pool,
}

impl Blocks {
    /// Up to `most` blocks of `size` bytes; each number is 1 at least, and they are no more than a
    /// machine could have.
    pub(super) fn new(most: usize, size: usize) -> Blocks {
        Blocks {
            most,
            size,
            shift: size.is_power_of_two().then_some(size.trailing_zeros()),
            blocks: Vec::new(),
            table: BlockTable::default(),
            recency: Recency::default(),
            pending: 0,
            dirty: DirtyBlocks::default(),
            hole: false,
            pool: Pool::default(),
        }
    }

    /// Bytes in a block.
    #[inline]
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// How many blocks there may be.
    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// How many blocks there are.
    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.blocks.len()
    }

    /// How many bytes the device does not have yet.
    pub(super) fn pending(&self) -> usize {
        self.pending
    }

    /// Where the last pending byte ends; 0 where none is pending.
    pub(super) fn pending_end(&self) -> u64 {
        match self.dirty.last() {
            Some((_, number)) => self.blocks[number].dirty().end,
            None => 0,
        }
    }

    /// The bytes from `offset` on in its block, as far as they are in memory.
    #[inline]
    pub(super) fn get(&mut self, offset: u64) -> &[u8] {
        match self.find(offset) {
            Some(number) => {
                self.recency.touch(number);
                self.blocks[number].from(offset)
            }
            None => &[],
        }
    }

    /// The same, only to look at.
    pub(super) fn peek(&self, offset: u64) -> &[u8] {
        match self.find(offset) {
            Some(number) => self.blocks[number].from(offset),
            None => &[],
        }
    }

    /// The `n` bytes from `offset` on, if all of them are in one block.
    #[inline]
    pub(super) fn ready(&mut self, offset: u64, n: usize) -> Option<&[u8]> {
        let number = self.find(offset)?;
        let bytes = self.blocks.get(number)?.ready(offset, n)?;
        self.recency.touch(number);
        Some(bytes)
    }

    /// Takes `bytes`, fewer than a block has, where they replace bytes that are in memory; else
    /// does nothing.
    #[inline]
    pub(super) fn replace(&mut self, offset: u64, bytes: &[u8]) -> Option<()> {
        let number = self.find(offset)?;
        let block = self.blocks.get_mut(number)?;
        let before = block.dirty_len();
        block.replace(offset, bytes)?;
        self.recency.touch(number);
        self.dirtied(number, before);
        Some(())
    }

    /// The bytes from `offset` on, at most `max`, without a copy.
    pub(super) fn chunk(&mut self, offset: u64, max: usize) -> Chunk {
        match self.find(offset) {
            Some(number) => self.blocks[number].chunk(offset, max),
            None => Chunk::new(),
        }
    }

    /// Puts the byte at `offset` into memory; reads the device if it has to. Where nothing is there
    /// afterwards is the end.
    pub(super) fn load<D: RawIo>(
        &mut self,
        device: &mut PositionedDevice<D>,
        offset: u64,
    ) -> Result<()> {
        loop {
            self.close_hole(device)?;
            let slot_start = self.slot(offset) * self.size as u64;
            let number = self.place(device, offset, slot_start, CachedBlock::reaches)?;
            let block = &mut self.blocks[number];
            while block.from(offset).is_empty() {
                if block.fill(device, &self.pool, self.size)? == 0 {
                    break;
                }
            }
            if !block.from(offset).is_empty() || !self.found_hole(offset) {
                return Ok(());
            }
        }
    }

    /// The device has nothing at `offset`, which may be because of a hole.
    fn found_hole(&mut self, offset: u64) -> bool {
        self.hole = self.pending_end() > offset;
        self.hole
    }

    /// Writes what comes after a hole. An error leaves it to the next call.
    fn close_hole<D: RawIo>(&mut self, device: &mut PositionedDevice<D>) -> Result<()> {
        if self.hole {
            self.write_back(device, EVERYTHING)
        } else {
            Ok(())
        }
    }

    /// Reads once past the blocks, up to the next byte that the device does not have yet.
    pub(super) fn read_past<D: RawIo>(
        &mut self,
        device: &mut PositionedDevice<D>,
        buf: &mut [u8],
        at: u64,
    ) -> Result<usize> {
        loop {
            self.close_hole(device)?;
            let range = at..=at + (buf.len() as u64 - 1);
            let free = self.first_dirty(range).map(|dirty| dirty - at);
            let len = free.map_or(buf.len(), |free| {
                usize::try_from(free).expect("it lies inside the memory that is read to")
            });
            let n = device.read_at(&mut buf[..len], at)?;
            if n > 0 || !self.found_hole(at) {
                return Ok(n);
            }
        }
    }

    /// Writes once past the blocks. What is cached there goes out before, and is forgotten after.
    pub(super) fn write_past<D: RawIo>(
        &mut self,
        device: &mut PositionedDevice<D>,
        bytes: &[u8],
        at: u64,
    ) -> Result<usize> {
        self.write_back(device, at..=at + bytes.len() as u64)?;
        let n = device.write_at(bytes, at)?;
        self.forget(at..=at + (n as u64 - 1));
        Ok(n)
    }

    /// Takes as many of `bytes` as one block holds, to be written later; returns how many. Reads
    /// nothing.
    pub(super) fn put<D: RawIo>(
        &mut self,
        device: &mut PositionedDevice<D>,
        offset: u64,
        bytes: &[u8],
    ) -> Result<usize> {
        let number = self.place(device, offset, offset, CachedBlock::takes)?;
        let block = &mut self.blocks[number];
        let before = block.dirty_len();
        let n = block.put(offset, bytes, &self.pool)?;
        self.dirtied(number, before);
        Ok(n)
    }

    /// A block has got dirty bytes; `before` is how many it had.
    #[inline]
    fn dirtied(&mut self, number: usize, before: usize) {
        self.pending += self.blocks[number].dirty_len() - before;
        if before == 0 {
            self.dirty.insert(self.blocks[number].base(), number);
        }
    }

    /// Where the first pending byte in `range` is.
    pub(super) fn first_dirty(&self, range: RangeInclusive<u64>) -> Option<u64> {
        let (first, last) = (*range.start(), *range.end());
        let mut next = self.dirty_around(first);
        while let Some(number) = next {
            let dirty = self.blocks[number].dirty();
            if dirty.end > first {
                return Some(dirty.start.max(first)).filter(|&start| start <= last);
            }
            next = self.dirty_after(number);
        }
        None
    }

    /// Writes what is pending in the blocks in or beside `range` to the device, in ascending order.
    pub(super) fn write_back<D: RawIo>(
        &mut self,
        device: &mut PositionedDevice<D>,
        range: RangeInclusive<u64>,
    ) -> Result<()> {
        let (first, last) = (*range.start(), *range.end());
        let mut next = self.dirty_around(first);
        while let Some(number) = next
            && self.blocks[number].base() <= last
        {
            next = self.dirty_after(number);
            if self.blocks[number].end() >= first {
                self.clean(device, number)?;
            }
        }
        self.hole &= self.pending > 0;
        Ok(())
    }

    /// Writes what is pending in a block to the device. What it took before an error is no longer
    /// pending.
    fn clean<D: RawIo>(&mut self, device: &mut PositionedDevice<D>, number: usize) -> Result<()> {
        let block = &mut self.blocks[number];
        if !block.is_dirty() {
            return Ok(());
        }
        while block.is_dirty() {
            self.pending -= block.write_some(device)?;
        }
        self.dirty.remove(block.base());
        Ok(())
    }

    /// Forgets the blocks with bytes in `range`. Nothing in them is pending any more.
    pub(super) fn forget(&mut self, range: RangeInclusive<u64>) {
        let (first, last) = (self.slot(*range.start()), self.slot(*range.end()));
        let blocks = self.blocks.len();
        // Slot by slot or block by block, whichever is less.
        if last - first < blocks as u64 {
            for slot in first..=last {
                if let Some(number) = self.table.get(slot) {
                    self.forget_block(number, &range);
                }
            }
        } else {
            (0..blocks).for_each(|number| self.forget_block(number, &range));
        }
    }

    /// Forgets the blocks with bytes from `size` on. Nothing in them is pending any more.
    pub(super) fn forget_from(&mut self, size: u64) {
        let first = self.slot(size);
        while let Some((slot, number)) = self.table.last()
            && slot >= first
            && self.blocks[number].end() > size
        {
            self.forget_block(number, &(size..=u64::MAX));
        }
    }

    fn forget_block(&mut self, number: usize, range: &RangeInclusive<u64>) {
        let block = &self.blocks[number];
        if block.end() > *range.start() && block.base() <= *range.end() {
            debug_assert!(!block.is_dirty(), "what is pending must not be lost");
            self.table.remove(self.slot(block.base()));
            self.blocks[number].clear();
            self.recency.retire(number);
        }
    }

    /// Forgets everything, what is pending too.
    pub(super) fn clear(&mut self) {
        // Slot by slot: there may have been many more blocks before than there are now.
        for block in &self.blocks {
            self.table.remove(self.slot(block.base()));
        }
        self.blocks.clear();
        self.recency.clear();
        self.dirty.clear();
        (self.pending, self.hole) = (0, false);
    }

    /// Takes what is pending, in ascending order.
    pub(super) fn take_pending(&mut self) -> Vec<(u64, Chunk)> {
        let mut pending = Vec::new();
        while let Some((base, number)) = self.dirty.from(0) {
            self.dirty.remove(base);
            pending.push(self.blocks[number].take_dirty());
        }
        self.pending = 0;
        pending
    }

    /// The first dirty block that may reach `offset` or lies after it: what is pending in the ones
    /// before it ends before `offset`.
    fn dirty_around(&self, offset: u64) -> Option<usize> {
        let before = self.dirty.before(offset);
        let first = before.or_else(|| self.dirty.from(offset));
        first.map(|(_, number)| number)
    }

    /// The dirty block after this one.
    fn dirty_after(&self, number: usize) -> Option<usize> {
        let next = self.dirty.after(self.blocks[number].base());
        next.map(|(_, number)| number)
    }

    #[inline]
    fn slot(&self, offset: u64) -> u64 {
        match self.shift {
            Some(shift) => offset >> shift,
            None => self.slot_slow(offset),
        }
    }

    fn slot_slow(&self, offset: u64) -> u64 {
        offset / self.size as u64
    }

    /// The block that `offset` belongs to, if there is one; it need not have the byte.
    #[inline]
    fn find(&self, offset: u64) -> Option<usize> {
        self.table.get(self.slot(offset))
    }

    /// The block for `offset`: the one that is there, if it `goes_on` to that, else an empty one
    /// that begins at `base`. What was pending in that one is written first.
    fn place<D: RawIo>(
        &mut self,
        device: &mut PositionedDevice<D>,
        offset: u64,
        base: u64,
        goes_on: fn(&CachedBlock, u64) -> bool,
    ) -> Result<usize> {
        let slot = self.slot(offset);
        let number = match self.table.get(slot) {
            // Not so where a write would leave a gap: a block has no bytes that nobody knows.
            Some(number) if goes_on(&self.blocks[number], offset) => {
                self.recency.touch(number);
                return Ok(number);
            }
            Some(number) => {
                self.clean(device, number)?;
                number
            }
            None => {
                let number = self.vacate(device)?;
                self.table.insert(slot, number);
                number
            }
        };
        self.blocks[number].restart(base, (slot + 1) * self.size as u64);
        self.recency.touch(number);
        Ok(number)
    }

    /// A block that belongs to no slot: one that was forgotten, a new one, or the one used longest
    /// ago.
    fn vacate<D: RawIo>(&mut self, device: &mut PositionedDevice<D>) -> Result<usize> {
        if let Some(free) = self.recency.reuse() {
            return Ok(free);
        }
        if self.blocks.len() == self.most
            && let Some(oldest) = self.recency.oldest()
        {
            self.clean(device, oldest)?;
            let slot = self.slot(self.blocks[oldest].base());
            if self.table.get(slot) == Some(oldest) {
                self.table.remove(slot);
            }
            return Ok(oldest);
        }
        self.blocks.push(CachedBlock::default());
        self.recency.add();
        Ok(self.blocks.len() - 1)
    }
}
