//! [`DirtyBlocks`]: which blocks of a cache have bytes that the device does not have yet, in order.
//!
//! A cache may have a million blocks of which one is dirty: finding the last pending byte, or
//! writing the pending ones, must not look at the others.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Included};

/// Stands at the end of the order as soon as there is one: a map that is never empty keeps its
/// memory, so that a block that becomes dirty and clean again, over and over, allocates nothing.
/// No block begins here, see [`LAST`](crate::buffered::device_position::LAST).
const END: u64 = u64::MAX;

/// The numbers of dirty blocks by where these begin on the device.
#[derive(Default)]
pub(super) struct DirtyBlocks(BTreeMap<u64, usize>);

impl DirtyBlocks {
    pub(super) fn insert(&mut self, base: u64, number: usize) {
        self.0.entry(END).or_default();
        self.0.insert(base, number);
    }

    pub(super) fn remove(&mut self, base: u64) {
        self.0.remove(&base);
    }

    pub(super) fn clear(&mut self) {
        // Not `clear`, which gives the memory back.
        while let Some((base, _)) = self.from(0) {
            self.0.remove(&base);
        }
    }

    /// The first one that begins at `base` or after it.
    pub(super) fn from(&self, base: u64) -> Option<(u64, usize)> {
        pair(self.0.range(base..END).next())
    }

    /// The last one that begins before `base`.
    pub(super) fn before(&self, base: u64) -> Option<(u64, usize)> {
        pair(self.0.range(..base).next_back())
    }

    /// The first one that begins after `base`.
    pub(super) fn after(&self, base: u64) -> Option<(u64, usize)> {
        let range = (Excluded(base), Included(END - 1));
        pair(self.0.range(range).next())
    }

    pub(super) fn last(&self) -> Option<(u64, usize)> {
        self.before(END)
    }
}

fn pair(entry: Option<(&u64, &usize)>) -> Option<(u64, usize)> {
    entry.map(|(&base, &number)| (base, number))
}
