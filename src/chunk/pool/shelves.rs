//! [`Shelves`]: blocks by size class, and how many bytes they are.

use super::Block;

/// The smallest and the largest block that is kept, as powers of two (64 B and 128 KiB).
const SMALLEST: u32 = 6;
const LARGEST: u32 = 17;
pub(super) const CLASSES: usize = (LARGEST - SMALLEST + 1) as usize;

/// Blocks that nobody uses. Their bytes are counted, so that they can be limited.
#[derive(Default)]
pub(super) struct Shelves {
    blocks: [Vec<Block>; CLASSES],
    bytes: usize,
    /// Number of times that a block was taken.
    taken: u64,
}

/// What a block for `capacity` bytes really holds.
#[inline]
pub(super) fn size_of_block(capacity: usize) -> usize {
    capacity
        .checked_next_power_of_two()
        .expect("a block of this capacity exceeds the address space")
        .max(1 << SMALLEST)
}

/// The shelf for blocks of this size, if they are kept.
#[inline]
pub(super) fn class(capacity: usize) -> Option<usize> {
    let exponent = capacity.trailing_zeros();
    (SMALLEST..=LARGEST)
        .contains(&exponent)
        .then(|| (exponent - SMALLEST) as usize)
}

impl Shelves {
    pub(super) const fn new() -> Shelves {
        Shelves {
            blocks: [const { Vec::new() }; CLASSES],
            bytes: 0,
            taken: 0,
        }
    }

    #[inline]
    pub(super) fn take(&mut self, class: usize) -> Option<Block> {
        let block = self.blocks[class].pop()?;
        self.bytes -= block.capacity();
        self.taken += 1;
        Some(block)
    }

    /// Keeps the block, or hands it back if that would exceed the limit in bytes.
    #[inline]
    pub(super) fn put(&mut self, class: usize, block: Block, limit: usize) -> Option<Block> {
        let bytes = self.bytes + block.capacity();
        if bytes > limit {
            return Some(block);
        }
        self.bytes = bytes;
        self.blocks[class].push(block);
        None
    }

    /// How many blocks of a class there are.
    #[inline]
    pub(super) fn count(&self, class: usize) -> usize {
        self.blocks[class].len()
    }

    #[inline]
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Number of blocks, and of bytes.
    pub(super) fn held(&self) -> (u64, usize) {
        let blocks: usize = self.blocks.iter().map(Vec::len).sum();
        (blocks as u64, self.bytes)
    }

    #[inline]
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }

    /// Takes all blocks out.
    pub(super) fn empty(&mut self) -> impl Iterator<Item = Block> + use<> {
        self.bytes = 0;
        std::mem::take(&mut self.blocks).into_iter().flatten()
    }
}
