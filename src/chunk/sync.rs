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

/// How often a lock is tried that is held for a few instructions at a time. Whoever has it needs to
/// run once meanwhile; if nobody lets go in so many turns, it is most likely one that no thread holds
/// any more, in the child of a fork. On a busy machine each turn may take some milliseconds, so there
/// are not more.
const PATIENCE: usize = 20;

/// Tries something that needs such a lock, until there is an outcome or no hope for one.
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
