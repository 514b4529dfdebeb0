//! Reference-counted memory, its one writer and its views: the one folder of unsafe code.
//!
//! A [`Memory`] is an allocation with its header in front, or a foreign owner that lends its
//! bytes. The law that makes everything here sound, and that the floors above build on:
//!
//! 1. The bytes `[0, filled)` of a block are *frozen*: they are only read, by any number of
//!    [`View`]s in any number of threads.
//! 2. The bytes `[filled, capacity)` belong to the block's one [`ChunkBuilder`]. A `ChunkBuilder`
//!    is not `Clone`, and `filled` lives in it, so no view can see that number change.
//! 3. A `ChunkBuilder` may change frozen bytes or take them back (rewind, shift) only while it
//!    holds the only reference.
//! 4. Foreign memory has no way to a `ChunkBuilder`: it is never written.
//!
//! Every byte that a `ChunkBuilder` hands out is initialised, so that no floor ever sees memory
//! that is not: its room is zeroed when it is asked for the first time, and recycled as it is. What
//! is only appended to never was room, and its pages are touched as far as they are filled.

mod block;
mod chunk_builder;
mod prepaid_refs;
mod view;

use std::process;
use std::ptr::NonNull;

pub(super) use self::block::RawBlock;
pub use self::chunk_builder::ChunkBuilder;
pub(super) use self::view::{TextView, View};
use super::sync::{AtomicUsize, Ordering, RaceProbe, fence};

/// What stands in front of every reference-counted memory.
#[repr(C)]
struct Memory {
    /// Number of views and builders, and what a builder has prepaid; the last one calls `release`.
    refs: AtomicUsize,
    /// Frees or recycles the whole allocation that this header is the start of.
    ///
    /// # Safety
    ///
    /// - The argument points to this very header, by the pointer that its allocation was made
    ///   with: the function goes on from there to what lies around it.
    /// - The last reference is gone: nobody reads, writes or counts here any more, and everything
    ///   that others did here happened before the call.
    /// - It is called once.
    release: unsafe fn(NonNull<Memory>),
    /// How many bytes are kept as long as there is a reference: all of a block, or as many as a
    /// foreign owner holds, as far as that is known.
    size: usize,
    /// Watches reads and rewrites of the bytes in loom's model of threads; else empty.
    probe: RaceProbe,
}

impl Memory {
    fn new(refs: usize, size: usize, release: unsafe fn(NonNull<Memory>)) -> Memory {
        Memory {
            refs: AtomicUsize::new(refs),
            release,
            size,
            probe: RaceProbe::new(),
        }
    }
}

/// A counted reference to a [`Memory`].
struct Reference(NonNull<Memory>);

// SAFETY: the count is atomic; what it refers to is `Send + Sync` (blocks are plain bytes with a
// `PoolHandle`, which is both; foreign owners are required to be both).
unsafe impl Send for Reference {}
// SAFETY: as above; a shared reference can only count and be cloned.
unsafe impl Sync for Reference {}

impl Reference {
    fn memory(&self) -> &Memory {
        // SAFETY: a `Reference` is counted, so its memory is alive as long as it is.
        unsafe { self.0.as_ref() }
    }

    /// Whether both share in the same memory.
    fn is(&self, other: &Reference) -> bool {
        self.0 == other.0
    }

    /// Counts `n` more references.
    #[inline]
    fn count(&self, n: usize) {
        // So many are a leak in a loop: stop before the number wraps (as `Arc` does).
        if self.memory().refs.fetch_add(n, Ordering::Relaxed) > isize::MAX as usize {
            process::abort();
        }
    }
}

impl Clone for Reference {
    #[inline]
    fn clone(&self) -> Reference {
        self.count(1);
        Reference(self.0)
    }
}

impl Drop for Reference {
    #[inline]
    fn drop(&mut self) {
        let refs = &self.memory().refs;
        // The only reference needs no locked operation: no other thread can be counting. `Acquire`
        // pairs with the `Release` of those that were dropped before.
        if refs.load(Ordering::Acquire) != 1 {
            let before = refs.fetch_sub(1, Ordering::Release);
            debug_assert!(before > 0, "a reference that was not counted");
            if before != 1 {
                return;
            }
            fence(Ordering::Acquire);
        }
        let release = self.memory().release;
        // SAFETY: the pointer is the one that the allocation was made with, and `release` belongs
        // to it. That was the last reference, as just counted, and what others did before they
        // dropped theirs happened before the fence or the load. Nobody can come here again.
        unsafe { release(self.0) }
    }
}
