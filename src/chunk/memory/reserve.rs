//! [`Reserve`]: the writer's reference, and others counted in advance.

use std::ptr::NonNull;
use std::sync::atomic::AtomicBool;

use super::{Memory, Reference};
use crate::chunk::sync::Ordering;

/// So many references are counted at once, at most.
const MOST: u16 = 256;

/// The one reference of a block's writer, with others prepaid: whoever makes many views of a
/// block then pays a locked operation for a few hundred of them, not for each.
pub(super) struct Reserve {
    reference: Reference,
    /// References that are counted in the memory and that nobody has.
    prepaid: u32,
    /// How many are counted the next time: one first, as most blocks are viewed once or very
    /// often.
    next_batch: u16,
    /// Whether there may be other references. While there are none the memory's count, which
    /// nobody may have looked at for long, need not be fetched to see that.
    is_shared: AtomicBool,
}

impl Reserve {
    pub(super) fn new(reference: Reference) -> Reserve {
        Reserve {
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

    /// Whether nobody else has a reference. If so, everything that other threads did with theirs
    /// happened before the return.
    #[inline]
    pub(super) fn is_unique(&self) -> bool {
        // Who shares at the same moment, in another thread, may be seen or not.
        !self.is_shared.load(Ordering::Relaxed)
            || self.reference.memory().refs.load(Ordering::Acquire) == 1 + self.prepaid as usize
    }

    /// The same, and the bytes are about to change.
    #[inline]
    pub(super) fn is_unique_to_change(&mut self) -> bool {
        let is_unique = self.is_unique();
        if is_unique {
            // With prepaid ones left, a reference is handed out without a word.
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

    /// Takes the prepaid ones out of the count; never the last reference, which is the tail's own.
    #[inline]
    fn give_back(&mut self) {
        let prepaid = std::mem::take(&mut self.prepaid);
        if prepaid > 0 {
            let refs = &self.reference.memory().refs;
            let before = refs.fetch_sub(prepaid as usize, Ordering::Release);
            debug_assert!(
                before > prepaid as usize,
                "the tail's own reference is gone"
            );
        }
    }
}

impl Drop for Reserve {
    #[inline]
    fn drop(&mut self) {
        self.give_back();
    }
}
