//! What threads share, in a model: loom tries every order in which they may see it.

pub(super) use loom::sync::atomic::{AtomicUsize, Ordering, fence};
pub(super) use loom::sync::{Arc, Mutex, MutexGuard};

use loom::cell::UnsafeCell;

/// Stands for the bytes of a memory: reading them while they are rewritten, or without having
/// seen the rewrite, fails the model.
pub(super) struct Witness(UnsafeCell<()>);

impl Witness {
    pub(super) fn new() -> Witness {
        Witness(UnsafeCell::new(()))
    }

    pub(super) fn read(&self) {
        self.0.with(|_| ());
    }

    pub(super) fn rewrite(&self) {
        self.0.with_mut(|_| ());
    }
}
