//! [`Cache`]: which parts of the device are in memory, and where the next part goes.
//!
//! Either one window, which starts where it is needed, or a number of blocks that each belong to
//! one slot of the device, `[k * size, (k + 1) * size)`; the one used longest ago makes way. Both
//! are [`Block`]s and follow the same rules, but for where they begin.
//!
//! No call looks at more blocks than it changes, or than lie in the range that it is about: there
//! may be a million. What waits for the device is found in [`Dirty`], the end of what is cached by
//! [`Slots`].
//!
//! Invariants: no byte of the device is in two blocks; a block with bytes is in `slots` unless it
//! is the window; `pending` counts the dirty bytes of all blocks, and a block that has some is in
//! `dirty` unless it is the window.

mod in_memory;
#[cfg(test)]
mod tests;

use std::ops::RangeInclusive;

use super::block::Block;
use super::dirty::Dirty;
use super::medium::Medium;
use super::recency::Recency;
use super::slots::Slots;
use super::start::Start;
use crate::chunk::{Chunk, Pool};
use crate::error::Result;
use crate::raw::RawIo;

pub(super) const EVERYTHING: RangeInclusive<u64> = 0..=u64::MAX;

/// How much is read at least where a read jumped to, in bytes: a sector.
const AFTER_A_JUMP: usize = 512;

pub(super) struct Cache {
    /// How many blocks there may be, 1 at least; `None` stands for the one window.
    count: Option<usize>,
    /// Bytes in a block, 1 at least.
    size: usize,
    /// The size is this power of two, if it is one.
    shift: Option<u32>,
    blocks: Vec<Block>,
    /// The block of each slot. Empty for the window.
    slots: Slots,
    recency: Recency,
    /// The block that was used last.
    current: usize,
    /// How many bytes the device does not have yet.
    pending: usize,
    /// The blocks that have some of these. Empty for the window.
    dirty: Dirty,
    /// The device was found to end before bytes that wait for it: what lies between are zeros, but
    /// only the device can say so, when it has those bytes.
    hole: bool,
    pool: Pool,
}

impl Cache {
    /// A cache of `count` aligned blocks, or one window; each number is 1 at least, and they are
    /// no more than a machine could have.
    pub(super) fn new(count: Option<usize>, size: usize) -> Cache {
        Cache {
            count,
            size,
            shift: size.is_power_of_two().then_some(size.trailing_zeros()),
            blocks: Vec::new(),
            slots: Slots::default(),
            recency: Recency::default(),
            current: 0,
            pending: 0,
            dirty: Dirty::default(),
            hole: false,
            pool: Pool::default(),
        }
    }

    /// Bytes in a block.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// How many blocks there may be.
    pub(super) fn count(&self) -> usize {
        self.count.unwrap_or(1)
    }

    /// How many bytes the device does not have yet.
    pub(super) fn pending(&self) -> usize {
        self.pending
    }

    /// Where the last pending byte ends; 0 where none is pending.
    pub(super) fn pending_end(&self) -> u64 {
        match self.last_dirty() {
            Some(number) => self.blocks[number].dirty().end,
            None => 0,
        }
    }

    /// Whether the device has all bytes.
    #[inline]
    pub(super) fn is_clean(&self) -> bool {
        self.pending == 0
    }

    /// Makes the bytes at `offset` those of the current block; reads the device if it has to.
    /// Where nothing is there afterwards is the end.
    ///
    /// The device is asked for a block, save where the window goes far away: who jumps will jump
    /// again, and pays only for the `want` bytes, or a few more.
    pub(super) fn load<D: RawIo>(
        &mut self,
        medium: &mut Medium<D>,
        offset: u64,
        want: usize,
    ) -> Result<()> {
        let most = if self.is_far(offset) {
            want.max(AFTER_A_JUMP)
        } else {
            self.size
        };
        loop {
            self.close_hole(medium)?;
            let number = self.place(medium, offset, Start::Reading)?;
            let block = &mut self.blocks[number];
            while block.from(offset).is_empty() {
                if block.fill(medium, &self.pool, most)? == 0 {
                    break;
                }
            }
            if !block.from(offset).is_empty() || !self.found_hole(offset) {
                return Ok(());
            }
        }
    }

    /// Whether a window that was used is more than its size away.
    #[inline]
    pub(super) fn is_far(&self, offset: u64) -> bool {
        let size = self.size as u64;
        match (self.count, self.blocks.first()) {
            (None, Some(block)) if !block.bytes().is_empty() => {
                offset + size < block.base() || block.end() + size < offset
            }
            _ => false,
        }
    }

    /// The device has nothing at `offset`, which may be because of a hole.
    pub(super) fn found_hole(&mut self, offset: u64) -> bool {
        self.hole = self.pending_end() > offset;
        self.hole
    }

    /// Writes what is behind a hole. An error leaves it to the next call.
    pub(super) fn close_hole<D: RawIo>(&mut self, medium: &mut Medium<D>) -> Result<()> {
        if self.hole {
            self.write_back(medium, EVERYTHING)
        } else {
            Ok(())
        }
    }

    /// Takes as many of `bytes` as one block holds, to be written later; returns how many. Reads
    /// nothing.
    pub(super) fn put<D: RawIo>(
        &mut self,
        medium: &mut Medium<D>,
        offset: u64,
        bytes: &[u8],
    ) -> Result<usize> {
        let number = match self.find(offset) {
            Some(number) if self.blocks[number].takes(offset) => self.use_block(number),
            _ => self.place(medium, offset, Start::Writing)?,
        };
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
        if before == 0 && self.count.is_some() {
            self.dirty.insert(self.blocks[number].base(), number);
        }
    }

    /// How many bytes at `offset` one block would take at once.
    pub(super) fn room(&self, offset: u64) -> usize {
        let part = match self.find(offset).map(|number| &self.blocks[number]) {
            Some(block) if block.takes(offset) => block.limit() - offset,
            _ => self.slot_end(offset) - offset,
        };
        usize::try_from(part).expect("it is no more than a block")
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

    /// Gives what is pending in the blocks in or beside `range` to the device, in ascending order.
    pub(super) fn write_back<D: RawIo>(
        &mut self,
        medium: &mut Medium<D>,
        range: RangeInclusive<u64>,
    ) -> Result<()> {
        let (first, last) = (*range.start(), *range.end());
        let mut next = self.dirty_around(first);
        while let Some(number) = next
            && self.blocks[number].base() <= last
        {
            next = self.dirty_after(number);
            if self.blocks[number].end() >= first {
                self.clean(medium, number)?;
            }
        }
        self.hole &= self.pending > 0;
        Ok(())
    }

    /// Gives what is pending in a block to the device. What it took before an error is pending no
    /// more.
    fn clean<D: RawIo>(&mut self, medium: &mut Medium<D>, number: usize) -> Result<()> {
        let block = &mut self.blocks[number];
        if !block.is_dirty() {
            return Ok(());
        }
        while block.is_dirty() {
            self.pending -= block.write_some(medium)?;
        }
        self.dirty.remove(block.base());
        Ok(())
    }

    /// Forgets the blocks with bytes in `range`. Nothing in them is pending any more.
    pub(super) fn forget(&mut self, range: RangeInclusive<u64>) {
        let (first, last) = (self.slot(*range.start()), self.slot(*range.end()));
        let blocks = self.blocks.len();
        if self.count.is_some() && last - first < blocks as u64 {
            for slot in first..=last {
                if let Some(number) = self.slots.get(slot) {
                    self.forget_block(number, &range);
                }
            }
        } else {
            (0..blocks).for_each(|number| self.forget_block(number, &range));
        }
    }

    /// Forgets the blocks with bytes from `size` on. Nothing in them is pending any more.
    pub(super) fn forget_from(&mut self, size: u64) {
        if self.count.is_none() {
            return self.forget(size..=u64::MAX);
        }
        let first = self.slot(size);
        while let Some((slot, number)) = self.slots.last()
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
            self.slots.remove(self.slot(block.base()));
            self.blocks[number].clear();
            if self.count.is_some() {
                self.recency.retire(number);
            }
        }
    }

    /// Forgets everything, what is pending too.
    pub(super) fn clear(&mut self) {
        // Slot by slot: there may have been many more blocks before than there are now.
        for block in &self.blocks {
            self.slots.remove(self.slot(block.base()));
        }
        self.blocks.clear();
        self.recency.clear();
        self.dirty.clear();
        (self.pending, self.hole) = (0, false);
    }

    /// Takes what is pending, in ascending order.
    pub(super) fn take_pending(&mut self) -> Vec<(u64, Chunk)> {
        let mut pending = Vec::new();
        while let Some(number) = self.dirty_around(0) {
            let block = &mut self.blocks[number];
            self.dirty.remove(block.base());
            pending.push(block.take_dirty());
        }
        self.pending = 0;
        pending
    }

    /// The first dirty block that may reach `offset` or lies after it: what is pending in the ones
    /// before it ends before `offset`.
    fn dirty_around(&self, offset: u64) -> Option<usize> {
        if self.count.is_none() {
            return self.dirty_window();
        }
        let first = self
            .dirty
            .before(offset)
            .or_else(|| self.dirty.from(offset));
        first.map(|(_, number)| number)
    }

    /// The dirty block after this one.
    fn dirty_after(&self, number: usize) -> Option<usize> {
        let next = self.dirty.after(self.blocks[number].base());
        next.map(|(_, number)| number)
    }

    fn last_dirty(&self) -> Option<usize> {
        if self.count.is_none() {
            return self.dirty_window();
        }
        self.dirty.last().map(|(_, number)| number)
    }

    fn dirty_window(&self) -> Option<usize> {
        self.blocks
            .first()
            .filter(|block| block.is_dirty())
            .map(|_| 0)
    }

    #[inline]
    fn slot(&self, offset: u64) -> u64 {
        match self.shift {
            Some(shift) => offset >> shift,
            None => self.slot_by_division(offset),
        }
    }

    #[cold]
    fn slot_by_division(&self, offset: u64) -> u64 {
        offset / self.size as u64
    }

    /// Up to where a block that begins at `offset` may reach.
    fn slot_end(&self, offset: u64) -> u64 {
        let size = self.size as u64;
        match self.count {
            None => offset + size,
            Some(_) => (self.slot(offset) + 1) * size,
        }
    }

    /// The block that `offset` belongs to, if there is one; it need not have the byte.
    #[inline]
    fn find(&self, offset: u64) -> Option<usize> {
        match self.count {
            None => (!self.blocks.is_empty()).then_some(0),
            Some(_) => self.slots.get(self.slot(offset)),
        }
    }

    #[inline]
    fn use_block(&mut self, number: usize) -> usize {
        self.current = number;
        self.recency.touch(number);
        number
    }

    /// The block for `offset`: the one that is there, if it can go on from its bytes, else an
    /// empty one. What was pending in that one is written first.
    fn place<D: RawIo>(
        &mut self,
        medium: &mut Medium<D>,
        offset: u64,
        start: Start,
    ) -> Result<usize> {
        let number = match self.find(offset) {
            Some(number) => {
                let block = &self.blocks[number];
                let goes_on = match start {
                    Start::Writing => block.takes(offset),
                    // The way from the last byte to a far one is read only where that is the rule
                    // or saves a write.
                    Start::Reading => {
                        let near = self.count.is_some() || block.is_dirty();
                        block.reaches(offset) && (near || block.takes(offset))
                    }
                };
                if goes_on {
                    return Ok(self.use_block(number));
                }
                self.clean(medium, number)?;
                number
            }
            None => self.vacate(medium)?,
        };
        let base = match start {
            Start::Writing => offset,
            Start::Reading => self.first_read(offset),
        };
        let slot = self.slot(offset);
        if self.count.is_some() && self.slots.get(slot).is_none() {
            self.slots.insert(slot, number);
        }
        let limit = self.slot_end(base);
        self.blocks[number].restart(base, limit);
        Ok(self.use_block(number))
    }

    /// Where reading begins so that `offset` is in the block: at its slot's start. The window
    /// begins right there; but who just left it backwards will go on around there.
    fn first_read(&self, offset: u64) -> u64 {
        let size = self.size as u64;
        if self.count.is_some() {
            return self.slot(offset) * size;
        }
        match self.blocks.first() {
            Some(old) if offset < old.base() && old.base() - offset <= size => {
                offset.saturating_sub(size / 2)
            }
            _ => offset,
        }
    }

    /// A block that belongs to no slot: one that was forgotten, a new one, or the one used longest
    /// ago.
    fn vacate<D: RawIo>(&mut self, medium: &mut Medium<D>) -> Result<usize> {
        if let Some(free) = self.recency.reuse() {
            return Ok(free);
        }
        if self.blocks.len() == self.count()
            && let Some(oldest) = self.recency.oldest()
        {
            self.clean(medium, oldest)?;
            let slot = self.slot(self.blocks[oldest].base());
            if self.slots.get(slot) == Some(oldest) {
                self.slots.remove(slot);
            }
            return Ok(oldest);
        }
        self.blocks.push(Block::default());
        self.recency.add();
        Ok(self.blocks.len() - 1)
    }
}
