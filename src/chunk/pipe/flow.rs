//! [`Gauge`]: how far the reader has looked, and what the writer is told about it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::answer::Flow;

/// Two marks over what was written and not examined yet. Between them the answer stays what it
/// was. The fields are atomic only so that asking and peeking need no `&mut`.
pub(super) struct Gauge {
    examined: AtomicU64,
    paused: AtomicBool,
    low: u64,
    high: u64,
}

impl Default for Gauge {
    fn default() -> Gauge {
        Gauge::new(0, u64::MAX)
    }
}

impl Gauge {
    pub(super) fn new(low: u64, high: u64) -> Gauge {
        Gauge {
            examined: AtomicU64::new(0),
            paused: AtomicBool::new(false),
            low,
            high,
        }
    }

    #[inline]
    pub(super) fn examined(&self) -> u64 {
        self.examined.load(Ordering::Relaxed)
    }

    /// The reader has looked at everything before `position`.
    #[inline]
    pub(super) fn examine(&self, position: u64, end: u64) {
        // No exchange is needed: who only peeks can say no other position than the end.
        if position > self.examined() {
            self.examined.store(position, Ordering::Relaxed);
            // That there is less to examine pauses nobody.
            if self.paused.load(Ordering::Relaxed) {
                let _ = self.weigh(end);
            }
        }
    }

    /// What the writer is told when `end` is the end of what was written.
    #[inline]
    pub(super) fn weigh(&self, end: u64) -> Flow {
        let fresh = end.saturating_sub(self.examined());
        let paused = if self.paused.load(Ordering::Relaxed) {
            fresh > self.low
        } else {
            fresh >= self.high
        };
        self.paused.store(paused, Ordering::Relaxed);
        if paused { Flow::Pause } else { Flow::Go }
    }
}
