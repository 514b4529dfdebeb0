//! [`Block`]: an allocation with its header in front, while nobody refers to it.

use std::alloc::{self, Layout};
use std::ptr::{self, NonNull};

use super::reserve::Reserve;
use super::{Memory, Reference, Tail};
use crate::chunk::pool::Home;
use crate::chunk::sync::Ordering;

/// The header of a block; `Block::PAYLOAD` bytes behind its start the payload begins.
#[repr(C, align(64))]
struct BlockHeader {
    memory: Memory,
    capacity: usize,
    home: Option<Home>,
}

/// A block that nobody refers to: zeroed when new, with old bytes when recycled.
pub(in crate::chunk) struct Block(NonNull<BlockHeader>);

// SAFETY: a `Block` owns its allocation alone; see `Reference`.
unsafe impl Send for Block {}

impl Block {
    const PAYLOAD: usize = size_of::<BlockHeader>();

    /// Allocates `capacity` zeroed bytes behind a header.
    ///
    /// Calls [`alloc::handle_alloc_error`] when there is no memory, as `Vec` does.
    pub(in crate::chunk) fn new(capacity: usize) -> Block {
        let layout = Block::layout(capacity);
        // SAFETY: the layout's size is not zero, as it holds the header.
        let start = unsafe { alloc::alloc_zeroed(layout) };
        let Some(header) = NonNull::new(start.cast::<BlockHeader>()) else {
            alloc::handle_alloc_error(layout)
        };
        let empty = BlockHeader {
            memory: Memory::new(0, release_block),
            capacity,
            home: None,
        };
        // SAFETY: `header` is the start of a fresh allocation that is laid out for it.
        unsafe { header.write(empty) }
        Block(header)
    }

    fn layout(capacity: usize) -> Layout {
        let size = Block::PAYLOAD.checked_add(capacity);
        size.and_then(|size| Layout::from_size_align(size, align_of::<BlockHeader>()).ok())
            .expect("a block of this capacity exceeds the address space")
    }

    pub(in crate::chunk) fn capacity(&self) -> usize {
        // SAFETY: the allocation is alive and nobody else has it.
        unsafe { self.0.as_ref() }.capacity
    }

    fn header_mut(&mut self) -> &mut BlockHeader {
        // SAFETY: as in `capacity`.
        unsafe { self.0.as_mut() }
    }

    fn payload(&self) -> NonNull<u8> {
        // SAFETY: the payload begins inside, or at the end of, the same allocation.
        unsafe { self.0.cast::<u8>().add(Block::PAYLOAD) }
    }

    /// Overwrites the whole payload with zeros.
    pub(in crate::chunk) fn wipe(&mut self) {
        // SAFETY: the payload is `capacity` bytes long, and nobody else refers to the block.
        unsafe { ptr::write_bytes(self.payload().as_ptr(), 0, self.capacity()) }
    }

    /// Gives the block to its one writer. When the last reference is gone it goes to `home`.
    pub(in crate::chunk) fn into_tail(mut self, home: Home) -> Tail {
        let header = self.header_mut();
        header.home = Some(home);
        header.memory.refs.store(1, Ordering::Relaxed); // nobody else has the block
        header.memory.witness.rewrite();
        let tail = Tail {
            data: self.payload(),
            capacity: self.capacity(),
            end: self.capacity(),
            filled: 0,
            reserve: Reserve::new(Reference(self.0.cast())),
        };
        std::mem::forget(self);
        tail
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        let layout = Block::layout(self.capacity());
        self.header_mut().home = None;
        // SAFETY: allocated in `new` with this very layout, and owned alone.
        unsafe { alloc::dealloc(self.0.as_ptr().cast(), layout) }
    }
}

/// Sends a block home.
unsafe fn release_block(memory: NonNull<Memory>) {
    let mut block = Block(memory.cast());
    if let Some(home) = block.header_mut().home.take() {
        home.take_back(block);
    }
}
