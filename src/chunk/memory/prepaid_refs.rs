//! [`PrepaidRefs`]: the writer's reference, and others counted in advance.

use std::ptr::NonNull;
use std::sync::atomic::AtomicBool;

use super::{Memory, Reference};
use crate::chunk::sync::Ordering;

/// How many references are counted at once, at most. Beyond some hundreds the price of the atomic
/// operation, divided by them, is below a cycle.
const MOST: u16 = 256;

/// The one reference of a block's writer, with others prepaid: making many views of a block
/// then costs one locked operation for a few hundred of them instead of one for each.
pub(super) struct PrepaidRefs {
    reference: Reference,
    /// References that are counted in the memory and not handed out yet.
    prepaid: u32,
    /// How many are counted the next time: one first, as most blocks are viewed once or very
    /// often.
    next_batch: u16,
    /// Whether there may be other references. While there are none, the memory's count, whose
    /// cache line may be cold, need not be fetched to see that.
    is_shared: AtomicBool,
}

impl PrepaidRefs {
    pub(super) fn new(reference: Reference) -> PrepaidRefs {
        PrepaidRefs {
            reference,
            prepaid: 0,
            next_batch: 1,
            is_shared: AtomicBool::new(false),
        }
    }

    /// Another reference, counted now.
    #[inline]
    pub(super) fn share(&self) -> Reference {
        self.is_shared.store(true, Ordering::Relaxed);
        self.reference.clone()
    }

    /// Another reference, a prepaid one.
    #[inline]
    pub(super) fn hand_out(&mut self) -> Reference {
        if self.prepaid == 0 {
            self.refill();
        }
        self.prepaid -= 1;
        Reference(self.reference.0)
    }

    #[cold] // row 6e
    fn refill(&mut self) {
        *self.is_shared.get_mut() = true;
        self.reference.count(usize::from(self.next_batch));
        self.prepaid = u32::from(self.next_batch);
        self.next_batch = (4 * self.next_batch).min(MOST);
    }

    /// Whether there is no other reference. If so, everything that other threads did with theirs
    /// happened before the return.
    #[inline]
    pub(super) fn is_unique(&self) -> bool {
        // `Relaxed` suffices for the flag: bytes change only by `&mut`, and what gave us that has
        // synchronised with all who called `share(&self)`. `Acquire` pairs with the `Release` of
        // each dropped reference, so that reads through it happened before.
        !self.is_shared.load(Ordering::Relaxed)
            || self.reference.memory().refs.load(Ordering::Acquire) == 1 + self.prepaid as usize
    }

    /// The same, and the bytes are about to change.
    #[inline]
    pub(super) fn is_unique_to_change(&mut self) -> bool {
        let is_unique = self.is_unique();
        if is_unique {
            // A prepaid reference is handed out without setting the flag, so it stays set.
            *self.is_shared.get_mut() = self.prepaid > 0;
            self.reference.memory().probe.rewrite();
        }
        is_unique
    }

    /// The memory that this refers to.
    pub(super) fn memory(&self) -> NonNull<Memory> {
        self.reference.0
    }

    pub(super) fn into_reference(mut self) -> Reference {
        self.give_back();
        let reference = Reference(self.reference.0);
        std::mem::forget(self);
        reference
    }

    /// Takes the prepaid ones out of the count; never the last reference, which is the builder's
    /// own.
    #[inline]
    fn give_back(&mut self) {
        let prepaid = std::mem::take(&mut self.prepaid);
        if prepaid > 0 {
            let refs = &self.reference.memory().refs;
            let before = refs.fetch_sub(prepaid as usize, Ordering::Release);
            debug_assert!(
                before > prepaid as usize,
                "the builder's own reference is gone"
            );
        }
    }
}

impl Drop for PrepaidRefs {
    #[inline]
    fn drop(&mut self) {
        self.give_back();
    }
}
