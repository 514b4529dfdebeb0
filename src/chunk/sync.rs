//! What threads share: std's, so that `sync_loom.rs` can stand in for all of it in a model.

pub(super) use std::sync::atomic::{AtomicUsize, Ordering, fence};
pub(super) use std::sync::{Arc, Mutex};

use std::thread;

/// Values that are there from the start of the process; each may refer to those before it.
macro_rules! constants {
    ($($(#[$doc:meta])* static $name:ident: $type:ty = $value:expr;)*) => {
        $($(#[$doc])* static $name: $type = $value;)*
    };
}
pub(super) use constants;

/// How often to try a lock that is only ever held for a few instructions. Between two attempts the
/// holder has to run once. If the lock is still taken after this many, its holder most likely does
/// not exist: in the child of a fork, only the forking thread goes on. On a busy machine each turn
/// may take some milliseconds, hence not more of them.
const PATIENCE: usize = 20;

/// Repeats an attempt at such a lock until it succeeds or has been made `PATIENCE` times.
pub(super) fn patiently<T>(mut attempt: impl FnMut() -> Option<T>) -> Option<T> {
    (0..PATIENCE).find_map(|turn| {
        if turn > 0 {
            thread::yield_now();
        }
        attempt()
    })
}

/// Sees who reads and who rewrites the bytes of a memory; nothing at all outside of a model.
pub(super) struct RaceProbe;

impl RaceProbe {
    pub(super) const fn new() -> RaceProbe {
        RaceProbe
    }

    #[inline]
    pub(super) fn read(&self) {}

    #[inline]
    pub(super) fn rewrite(&self) {}
}
