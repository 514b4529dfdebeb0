//! [`Cache`]: which parts of the device are in memory, and where the next part goes.
//!
//! Either one window, which starts where it is needed, or a number of blocks that each belong to
//! one slot of the device, `[k * size, (k + 1) * size)`; the one used longest ago makes way. Both
//! are [`Block`]s and follow the same rules, but for where they begin.
//!
//! Invariants: no byte of the device is in two blocks; a block with bytes is in `slots` unless it
//! is the window; nothing is dirty at or behind `pending_end`.

mod in_memory;

use std::ops::RangeInclusive;

use super::block::Block;
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
    /// Where the last pending byte ends, at most; 0 where none is pending.
    pending_end: u64,
    /// The device was found to end before bytes that wait for it: what lies between are zeros, but
    /// only the device can say so, when it has those bytes.
    hole: bool,
    /// Numbers of blocks that are worked on, kept for its memory.
    order: Vec<usize>,
    pool: Pool,
}

impl Cache {
    /// A cache of `count` aligned blocks, or one window.
    pub(super) fn new(count: Option<usize>, size: usize) -> Cache {
        // More cannot be had, and places may be added to it.
        let size = size.clamp(1, isize::MAX as usize);
        Cache {
            count: count.map(|count| count.clamp(1, u32::MAX as usize)),
            size,
            shift: size.is_power_of_two().then_some(size.trailing_zeros()),
            blocks: Vec::new(),
            slots: Slots::default(),
            recency: Recency::default(),
            current: 0,
            pending_end: 0,
            hole: false,
            order: Vec::new(),
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
        let dirty = self.blocks.iter().map(Block::dirty);
        dirty.map(|dirty| (dirty.end - dirty.start) as usize).sum()
    }

    /// Where the last pending byte ends; 0 where none is pending.
    pub(super) fn pending_end(&mut self) -> u64 {
        if self.pending_end > 0 {
            let dirty = self.blocks.iter().filter(|block| block.is_dirty());
            self.pending_end = dirty.map(|block| block.dirty().end).max().unwrap_or(0);
        }
        self.pending_end
    }

    /// Whether the device has all bytes.
    #[inline]
    pub(super) fn is_clean(&self) -> bool {
        self.pending_end == 0
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
        let most = match self.is_far(offset) {
            true => want.max(AFTER_A_JUMP),
            false => self.size,
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
        match self.hole {
            true => self.write_back(medium, EVERYTHING),
            false => Ok(()),
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
        let n = self.blocks[number].put(offset, bytes, &self.pool);
        self.pending_end = self.pending_end.max(offset + n as u64);
        Ok(n)
    }

    /// How many bytes at `offset` one block would take at once.
    pub(super) fn room(&self, offset: u64) -> usize {
        let part = match self.find(offset).map(|number| &self.blocks[number]) {
            Some(block) if block.takes(offset) => block.limit() - offset,
            _ => self.slot_end(offset) - offset,
        };
        part as usize
    }

    /// Where the first pending byte in `range` is.
    pub(super) fn first_dirty(&mut self, range: RangeInclusive<u64>) -> Option<u64> {
        if self.pending_end <= *range.start() {
            return None;
        }
        self.select(&range);
        let mut dirty = self.order.iter().map(|&number| self.blocks[number].dirty());
        let first = dirty.find(|dirty| !dirty.is_empty() && dirty.end > *range.start())?;
        Some(first.start.max(*range.start())).filter(|first| range.contains(first))
    }

    /// Gives what is pending in the blocks in or beside `range` to the device, in ascending order.
    pub(super) fn write_back<D: RawIo>(
        &mut self,
        medium: &mut Medium<D>,
        range: RangeInclusive<u64>,
    ) -> Result<()> {
        if self.pending_end == 0 {
            self.hole = false;
            return Ok(());
        }
        self.select(&range);
        for &number in &self.order {
            self.blocks[number].write_back(medium)?;
        }
        if range == EVERYTHING {
            (self.pending_end, self.hole) = (0, false);
        }
        Ok(())
    }

    /// Forgets the blocks with bytes in `range`. Nothing in them is pending any more.
    pub(super) fn forget(&mut self, range: RangeInclusive<u64>) {
        self.select(&range);
        for at in 0..self.order.len() {
            let number = self.order[at];
            let block = &self.blocks[number];
            if block.end() > *range.start() && block.base() <= *range.end() {
                self.slots.remove(self.slot(block.base()));
                self.blocks[number].clear();
                if self.count.is_some() {
                    self.recency.retire(number);
                }
            }
        }
    }

    /// Forgets everything, what is pending too.
    pub(super) fn clear(&mut self) {
        self.blocks.iter_mut().for_each(Block::clear);
        self.slots.clear();
        (self.pending_end, self.hole) = (0, false);
    }

    /// Takes what is pending, in ascending order.
    pub(super) fn take_pending(&mut self) -> Vec<(u64, Chunk)> {
        self.select(&EVERYTHING);
        let blocks = &mut self.blocks;
        let dirty = self.order.iter().map(|&number| blocks[number].take_dirty());
        self.pending_end = 0;
        dirty.filter(|(_, bytes)| !bytes.is_empty()).collect()
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
                let block = &mut self.blocks[number];
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
                block.write_back(medium)?;
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

    /// A block that belongs to no slot: a new one, or the one used longest ago.
    fn vacate<D: RawIo>(&mut self, medium: &mut Medium<D>) -> Result<usize> {
        if let Some(oldest) = self.recency.oldest()
            && self.blocks.len() == self.count()
        {
            let block = &mut self.blocks[oldest];
            block.write_back(medium)?;
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

    /// Puts the numbers of the blocks in or beside `range` into `order`, ascending.
    fn select(&mut self, range: &RangeInclusive<u64>) {
        let (first, last) = (*range.start(), *range.end());
        let slots = self.slot(first.saturating_sub(1))..=self.slot(last);
        self.order.clear();
        if self.count.is_some() && slots.end() - slots.start() < self.blocks.len() as u64 {
            let numbers = slots.filter_map(|slot| self.slots.get(slot));
            self.order.extend(numbers);
        } else {
            self.order.extend(0..self.blocks.len());
        }
        let blocks = &self.blocks;
        let beside = |block: &Block| first <= block.end() && block.base() <= last;
        self.order.retain(|&number| beside(&blocks[number]));
        self.order
            .sort_unstable_by_key(|&number| blocks[number].base());
    }
}
