//! What a [`Cache`] does without the device: what the loops of its users are made of.

use super::Cache;
use crate::chunk::Chunk;

impl Cache {
    /// The bytes from `offset` on, if they are in the block that was used last.
    #[inline]
    pub(in crate::buffered::random) fn hit(&self, offset: u64) -> &[u8] {
        let current = self.blocks.get(self.current);
        current.map_or(&[], |block| block.from(offset))
    }

    /// The bytes from `offset` on that are in one block, which then is the one used last.
    #[inline]
    pub(in crate::buffered::random) fn get(&mut self, offset: u64) -> &[u8] {
        if self.count.is_none() {
            return self.hit(offset);
        }
        // Whether it is the current one is not asked first: nobody can predict the answer.
        let Some(number) = self.slots.get(self.slot(offset)) else {
            return &[];
        };
        let bytes = self.blocks[number].from(offset);
        if !bytes.is_empty() {
            self.current = number;
            self.recency.touch(number);
        }
        bytes
    }

    /// The `n` bytes from `offset` on, if they are in one block, which then is the one used last.
    #[inline]
    pub(in crate::buffered::random) fn ready(&mut self, offset: u64, n: usize) -> Option<&[u8]> {
        let number = match self.count {
            None => 0,
            Some(_) => self.slots.get(self.slot(offset))?,
        };
        let bytes = self.blocks.get(number)?.ready(offset, n)?;
        if self.count.is_some() {
            self.current = number;
            self.recency.touch(number);
        }
        Some(bytes)
    }

    /// The bytes from `offset` on in the block used last, at most `max`, without a copy.
    pub(in crate::buffered::random) fn chunk(&self, offset: u64, max: usize) -> Chunk {
        let current = self.blocks.get(self.current);
        current.map_or_else(Chunk::new, |block| block.chunk(offset, max))
    }

    /// Takes `bytes`, fewer than a block has, where they replace bytes that are in memory; else
    /// does nothing.
    #[inline]
    pub(in crate::buffered::random) fn replace(&mut self, offset: u64, bytes: &[u8]) -> Option<()> {
        let number = self.find(offset)?;
        let block = self.blocks.get_mut(number)?;
        let before = block.dirty_len();
        block.replace(offset, bytes)?;
        if self.count.is_some() {
            self.use_block(number);
        }
        self.dirtied(number, before);
        Some(())
    }
}
