//! What threads share, in a model: loom tries every order in which they may see it.

pub(super) use loom::sync::atomic::{AtomicUsize, Ordering, fence};
pub(super) use loom::sync::{Arc, Mutex};

use loom::cell::UnsafeCell;

/// Loom's values cannot be constants: they are built at their first use, and no model uses them.
macro_rules! constants {
    ($($(#[$doc:meta])* static $name:ident: $type:ty = $value:expr;)*) => {
        $($(#[$doc])*
        static $name: std::sync::LazyLock<$type> = std::sync::LazyLock::new(|| $value);)*
    };
}
pub(super) use constants;

/// Tries once: a model has to see what happens where the lock is another thread's.
pub(super) fn patiently<T>(mut attempt: impl FnMut() -> Option<T>) -> Option<T> {
    attempt()
}

/// Stands for the bytes of a memory: reading them while they are rewritten, or without having
/// seen the rewrite, fails the model.
pub(super) struct RaceProbe(UnsafeCell<()>);

impl RaceProbe {
    pub(super) fn new() -> RaceProbe {
        RaceProbe(UnsafeCell::new(()))
    }

    pub(super) fn read(&self) {
        self.0.with(|_| ());
    }

    pub(super) fn rewrite(&self) {
        self.0.with_mut(|_| ());
    }
}
