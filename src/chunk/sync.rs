//! What threads share: std's, so that `sync_loom.rs` can stand in for all of it in a model.

pub(super) use std::sync::atomic::{AtomicUsize, Ordering, fence};
pub(super) use std::sync::{Arc, Mutex, MutexGuard};

/// Sees who reads and who rewrites the bytes of a memory; nothing at all outside of a model.
pub(super) struct Witness;

impl Witness {
    pub(super) const fn new() -> Witness {
        Witness
    }

    #[inline]
    pub(super) fn read(&self) {}

    #[inline]
    pub(super) fn rewrite(&self) {}
}
