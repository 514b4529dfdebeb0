//! [`ItemBlock`]: where the items of a stream are encoded.

use serde::Serialize;

use crate::chunk::{Chunk, ChunkBuilder, Pool};
use crate::link::object::{EncodeError, Payload};

/// Holds a thousand small items, and is no loss if it is kept for one of them.
const BLOCK: usize = 8 << 10;

/// An item of this size is worth memory of its own.
const LARGE: usize = BLOCK / 8;

/// Many small items share a block of memory: an item costs no allocation then, which would be the
/// largest part of its price.
#[derive(Debug, Default)]
pub(super) struct ItemBlock {
    block: Option<ChunkBuilder>,
    /// An item on its way into the block; empty in between.
    item: Vec<u8>,
}

impl ItemBlock {
    pub(super) fn encode(
        &mut self,
        item: &(impl Serialize + ?Sized),
    ) -> Result<Payload, EncodeError> {
        self.item.clear();
        let count = Payload::append(item, &mut self.item)?;
        Ok(Payload::from_items(self.store(), count))
    }

    fn store(&mut self) -> Chunk {
        if self.item.len() > LARGE {
            return Chunk::from(std::mem::take(&mut self.item));
        }
        let block = match &mut self.block {
            Some(block) if block.room() >= self.item.len() => block,
            block => block.insert(Pool::global().acquire(BLOCK)),
        };
        let start = block.filled().len();
        block.append(&self.item);
        block.prepaid_chunk(start..)
    }
}
