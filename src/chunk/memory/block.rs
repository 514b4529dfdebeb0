//! [`RawBlock`]: an allocation with its header in front, while it has no reference.
//!
//! ```text
//!   allocation        64-byte border    64-byte border
//!   |.... lead ....|  header           |  payload: capacity bytes  |.. slack ..|
//! ```
//!
//! No byte is written before it is needed: a page that is never touched costs nothing. Large blocks
//! come zeroed from the allocator, which gets them so from the system. Smaller ones it cuts out of
//! pages that were used before, and would write them all; so these come as they are, and the
//! [`ChunkBuilder`] makes its room initialised when it is to be seen. What a block has initialised
//! it still has when it is recycled.
//!
//! The header is brought to its border by hand. Asking the allocator for the alignment would do the
//! same, but std's then zeroes a large block by writing all of it, since C has no `calloc` that
//! aligns.

use std::alloc::{self, Layout};
use std::ptr::{self, NonNull};

use super::prepaid_refs::PrepaidRefs;
use super::{ChunkBuilder, Memory, Reference};
use crate::chunk::pool::PoolHandle;
use crate::chunk::sync::Ordering;

/// Where header and payload begin: on a border between cache lines, as devices copy fastest to
/// there.
const BORDER: usize = 64;

/// What every allocator aligns to anyhow.
const NATURAL: usize = align_of::<usize>();

/// What is allocated in addition, so that there is a border where one is wanted.
const SLACK: usize = BORDER - NATURAL;

/// From this size on allocators map pages of their own for a block, which are zeros without a
/// write.
const MAPPED: usize = 128 << 10;

/// The header of a block; `RawBlock::PAYLOAD` bytes after its start the payload begins.
#[repr(C, align(64))]
struct BlockHeader {
    memory: Memory,
    home: Option<PoolHandle>,
    /// How far after the start of the allocation this header is; at most [`SLACK`].
    lead: usize,
    /// So many bytes of the payload are initialised, from its start on; at most the capacity. Only
    /// the builder looks here, or whoever has the block alone.
    initialised: usize,
}

const _: () = assert!(align_of::<BlockHeader>() == BORDER);

/// A block without a reference: all zeros, as far as it shows, when new; with old bytes when
/// recycled.
pub(in crate::chunk) struct RawBlock(NonNull<BlockHeader>);

// SAFETY: a `RawBlock` owns its allocation alone; see `Reference`.
unsafe impl Send for RawBlock {}

impl RawBlock {
    const PAYLOAD: usize = size_of::<BlockHeader>();

    /// Allocates `capacity` bytes after a header, zeroed or not initialised; `None` where there is
    /// no memory, or can be none of that size.
    pub(in crate::chunk) fn new(capacity: usize) -> Option<RawBlock> {
        let layout = RawBlock::layout(capacity)?;
        let is_zeroed = capacity >= MAPPED;
        let start = if is_zeroed {
            // SAFETY: the layout's size is not zero, as it holds the header.
            unsafe { alloc::alloc_zeroed(layout) }
        } else {
            // SAFETY: as above.
            unsafe { alloc::alloc(layout) }
        };
        let start = NonNull::new(start)?;
        let lead = start.addr().get().wrapping_neg() % BORDER;
        debug_assert!(lead <= SLACK, "the allocator does not align");
        // SAFETY: `lead <= SLACK`, as the start is aligned to `NATURAL`, and the layout has room
        // for the slack in addition.
        let header = unsafe { start.add(lead) }.cast::<BlockHeader>();
        let empty = BlockHeader {
            memory: Memory::new(0, capacity, release_block),
            home: None,
            lead,
            initialised: if is_zeroed { capacity } else { 0 },
        };
        debug_assert!(header.is_aligned());
        // SAFETY: `header` lies on a border in a fresh allocation that has room for it there.
        unsafe { header.write(empty) }
        Some(RawBlock(header))
    }

    /// What [`new`](RawBlock::new) asks for; `None`: more than the address space holds.
    fn layout(capacity: usize) -> Option<Layout> {
        let size = (RawBlock::PAYLOAD + SLACK).checked_add(capacity)?;
        Layout::from_size_align(size, NATURAL).ok()
    }

    /// Ends what cannot go on without the block that [`new`](RawBlock::new) did not make: as `Vec`
    /// does, by a panic where no memory could hold it, else as the program has it for want of
    /// memory.
    #[cold] // row 6p
    pub(in crate::chunk) fn refused(capacity: usize) -> ! {
        let layout = RawBlock::layout(capacity);
        alloc::handle_alloc_error(
            layout.expect("a block of this capacity exceeds the address space"),
        )
    }

    pub(in crate::chunk) fn capacity(&self) -> usize {
        // SAFETY: the allocation is alive and nobody else has it.
        unsafe { self.0.as_ref() }.memory.size
    }

    fn header_mut(&mut self) -> &mut BlockHeader {
        // SAFETY: as in `capacity`.
        unsafe { self.0.as_mut() }
    }

    fn payload(&self) -> NonNull<u8> {
        // SAFETY: the payload begins inside, or at the end of, the same allocation.
        unsafe { self.0.cast::<u8>().add(RawBlock::PAYLOAD) }
    }

    /// Overwrites the whole payload with zeros.
    pub(in crate::chunk) fn wipe(&mut self) {
        // SAFETY: the payload is `capacity` bytes long, and nobody else refers to the block.
        unsafe { ptr::write_bytes(self.payload().as_ptr(), 0, self.capacity()) }
        let capacity = self.capacity();
        self.header_mut().initialised = capacity;
    }

    /// Gives the block to its one writer. When the last reference is gone it goes to `home`.
    pub(in crate::chunk) fn into_builder(mut self, home: PoolHandle) -> ChunkBuilder {
        let header = self.header_mut();
        header.home = Some(home);
        header.memory.refs.store(1, Ordering::Relaxed); // nobody else has the block
        header.memory.probe.rewrite();
        let initialised = header.initialised;
        let builder = ChunkBuilder {
            data: self.payload(),
            capacity: self.capacity(),
            end: self.capacity(),
            filled: 0,
            initialised,
            prepaid: PrepaidRefs::new(Reference(self.0.cast())),
        };
        std::mem::forget(self);
        builder
    }
}

impl Drop for RawBlock {
    fn drop(&mut self) {
        let layout = RawBlock::layout(self.capacity()).expect("it was allocated with this layout");
        let header = self.header_mut();
        header.home = None;
        let lead = header.lead;
        debug_assert!(lead <= SLACK);
        // SAFETY: `new` put the header so far behind the start of the same allocation.
        let start = unsafe { self.0.cast::<u8>().sub(lead) };
        // SAFETY: allocated in `new` with this very layout, and owned alone.
        unsafe { alloc::dealloc(start.as_ptr(), layout) }
    }
}

/// Notes that the first `n` bytes of a block's payload are initialised.
///
/// # Safety
///
/// - The header is that of a block, by the pointer that the block was made with.
/// - The caller is the block's one builder, or acts for it.
/// - The bytes are initialised, and `n` is at most the capacity.
pub(super) unsafe fn note_initialised(memory: NonNull<Memory>, n: usize) {
    let header = memory.cast::<BlockHeader>();
    debug_assert!(header.is_aligned());
    // SAFETY: the block is alive as long as its builder; views look at the `memory` in the header,
    // and at no other field, so that nobody else has this one.
    unsafe { (*header.as_ptr()).initialised = n }
}

/// Sends a block home.
///
/// # Safety
///
/// As for [`Memory::release`]; the header is that of a block.
unsafe fn release_block(memory: NonNull<Memory>) {
    debug_assert!(memory.cast::<BlockHeader>().is_aligned());
    // Its memory is the first field (`repr(C)`), and the caller gives up the last reference: from
    // here on the block is owned alone, as a `RawBlock` has to be.
    let mut block = RawBlock(memory.cast());
    if let Some(home) = block.header_mut().home.take() {
        home.take_back(block);
    }
}
