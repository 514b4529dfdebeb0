//! [`FlowControl`]: how far the reader has looked, and what the writer is told about it.

use super::types::Backpressure;

/// Two marks over what was written and not examined yet. Between them the answer stays what it
/// was.
pub(super) struct FlowControl {
    examined: u64,
    paused: bool,
    low: u64,
    high: u64,
}

impl Default for FlowControl {
    fn default() -> FlowControl {
        FlowControl::new(0, u64::MAX)
    }
}

impl FlowControl {
    pub(super) fn new(low: u64, high: u64) -> FlowControl {
        FlowControl {
            examined: 0,
            paused: false,
            low,
            high,
        }
    }

    #[inline]
    pub(super) fn examined(&self) -> u64 {
        self.examined
    }

    /// The reader has looked at everything before `position`; `end` is the end of what was written.
    #[inline]
    pub(super) fn examine(&mut self, position: u64, end: u64) {
        if position > self.examined {
            self.examined = position;
            // That there is less to examine pauses nobody.
            self.paused = self.paused && end.saturating_sub(position) > self.low;
        }
    }

    /// More was written, up to `end`.
    #[inline]
    pub(super) fn weigh(&mut self, end: u64) -> Backpressure {
        let fresh = end.saturating_sub(self.examined);
        let mark = if self.paused { self.low + 1 } else { self.high };
        self.paused = fresh >= mark;
        self.flow(self.examined, end)
    }

    /// What the writer is told when the reader has looked at everything before `position`, too.
    #[inline]
    pub(super) fn flow(&self, position: u64, end: u64) -> Backpressure {
        let fresh = end.saturating_sub(self.examined.max(position));
        if self.paused && fresh > self.low {
            Backpressure::Pause
        } else {
            Backpressure::Continue
        }
    }
}
