//! [`FreeLists`]: blocks by size class, and how many bytes they are.

use super::RawBlock;

/// The smallest and the largest block that is kept, as powers of two: 64 bytes, a cache line, and
/// 128 KiB, from where on the allocator maps fresh pages, which cost less than keeping them.
const SMALLEST: u32 = 6;
const LARGEST: u32 = 17;
pub(super) const CLASSES: usize = (LARGEST - SMALLEST + 1) as usize;

/// Blocks that are not in use. Their bytes are counted, so that they can be limited.
pub(super) struct FreeLists {
    lists: [Vec<RawBlock>; CLASSES],
    blocks: u64,
    bytes: usize,
    /// Number of times that a block was taken.
    taken: u64,
}

/// What a block for `capacity` bytes really holds; `None`: no memory holds so many.
#[inline]
pub(super) fn size_of_block(capacity: usize) -> Option<usize> {
    let size = capacity.checked_next_power_of_two()?;
    Some(size.max(1 << SMALLEST))
}

/// The list for blocks of this size, if they are kept.
#[inline]
pub(super) fn class(capacity: usize) -> Option<usize> {
    let exponent = capacity.trailing_zeros();
    (SMALLEST..=LARGEST)
        .contains(&exponent)
        .then(|| (exponent - SMALLEST) as usize)
}

impl FreeLists {
    pub(super) const fn new() -> FreeLists {
        FreeLists {
            lists: [const { Vec::new() }; CLASSES],
            blocks: 0,
            bytes: 0,
            taken: 0,
        }
    }

    #[inline]
    pub(super) fn take(&mut self, class: usize) -> Option<RawBlock> {
        // The last one that came back: its memory is most likely still in the cache.
        let block = self.lists[class].pop()?;
        self.blocks -= 1;
        self.bytes -= block.capacity();
        self.taken += 1;
        Some(block)
    }

    /// Keeps the block, or hands it back if that would exceed the limit in bytes.
    #[inline]
    pub(super) fn put(&mut self, class: usize, block: RawBlock, limit: usize) -> Option<RawBlock> {
        let bytes = self.bytes + block.capacity();
        if bytes > limit {
            return Some(block);
        }
        self.bytes = bytes;
        self.blocks += 1;
        self.lists[class].push(block);
        None
    }

    /// How many blocks of a class there are.
    #[inline]
    pub(super) fn count(&self, class: usize) -> usize {
        self.lists[class].len()
    }

    #[inline]
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many blocks there are.
    #[inline]
    pub(super) fn blocks(&self) -> u64 {
        self.blocks
    }

    #[inline]
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }

    /// Takes all blocks out.
    pub(super) fn empty(&mut self) -> impl Iterator<Item = RawBlock> + use<> {
        (self.blocks, self.bytes) = (0, 0);
        std::mem::take(&mut self.lists).into_iter().flatten()
    }
}
