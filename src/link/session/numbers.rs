//! [`Numbers`]: which number the next call of this end gets on the wire.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::head::Head;

/// Gives out numbers from 1 on, and those that came back first, the lowest of them first: low numbers make
/// short heads.
///
/// A number that does not come back is never used again and costs nothing.
#[derive(Debug)]
pub(super) struct Numbers {
    next: u64,
    free: BinaryHeap<Reverse<u64>>,
}

impl Numbers {
    pub(super) fn new() -> Numbers {
        Numbers {
            next: 1,
            free: BinaryHeap::new(),
        }
    }

    /// A number; `None` after 2⁶¹ that did not come back.
    pub(super) fn take(&mut self) -> Option<u64> {
        if let Some(Reverse(lowest)) = self.free.pop() {
            return Some(lowest);
        }
        let number = self.next;
        self.next += 1;
        (number <= Head::LAST_NUMBER).then_some(number)
    }

    /// Takes a number back. Both ends know that its call is over.
    pub(super) fn put_back(&mut self, number: u64) {
        self.free.push(Reverse(number));
    }
}
