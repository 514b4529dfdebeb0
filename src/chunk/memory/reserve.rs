//! [`Reserve`]: the writer's reference, and others counted in advance.

use super::Reference;
use crate::chunk::sync::Ordering;

/// So many references are counted at once, at most.
const MOST: u32 = 256;

/// The one reference of a block's writer, with a stock of others: whoever makes many views of a
/// block then pays a locked operation for a few hundred of them, not for each.
pub(super) struct Reserve {
    reference: Reference,
    /// References that are counted in the memory and that nobody has.
    stock: u32,
    /// How many are counted the next time: one first, as most blocks are viewed once or very
    /// often.
    next: u32,
}

impl Reserve {
    pub(super) fn new(reference: Reference) -> Reserve {
        Reserve {
            reference,
            stock: 0,
            next: 1,
        }
    }

    pub(super) fn reference(&self) -> &Reference {
        &self.reference
    }

    /// Another reference, out of the stock.
    #[inline]
    pub(super) fn hand_out(&mut self) -> Reference {
        if self.stock == 0 {
            self.refill();
        }
        self.stock -= 1;
        Reference(self.reference.0)
    }

    #[cold]
    fn refill(&mut self) {
        self.reference.count(self.next as usize);
        self.stock = self.next;
        self.next = (4 * self.next).min(MOST);
    }

    /// Whether nobody else has a reference. If so, everything that other threads did with theirs
    /// happened before the return.
    pub(super) fn is_unique(&self) -> bool {
        self.reference.memory().refs.load(Ordering::Acquire) == 1 + self.stock as usize
    }

    pub(super) fn into_reference(mut self) -> Reference {
        self.give_back();
        let reference = Reference(self.reference.0);
        std::mem::forget(self);
        reference
    }

    /// Takes the stock out of the count; never the last reference, which is the tail's own.
    #[inline]
    fn give_back(&mut self) {
        let stock = std::mem::take(&mut self.stock);
        if stock > 0 {
            let refs = &self.reference.memory().refs;
            refs.fetch_sub(stock as usize, Ordering::Release);
        }
    }
}

impl Drop for Reserve {
    #[inline]
    fn drop(&mut self) {
        self.give_back();
    }
}
