//! The count of a copy: how much was copied, how much may be, and when somebody is told.

use std::ops::ControlFlow;

/// Called with the number of bytes copied so far.
type Report<'a> = Box<dyn FnMut(u64) -> ControlFlow<()> + 'a>;

pub(super) struct Tally<'a> {
    copied: u64,
    limit: u64,
    /// How many bytes lie between two reports; at least 1.
    every: u64,
    /// The count at which the next report is due; always above `copied`.
    due: u64,
    report: Option<Report<'a>>,
    stopped: bool,
}

impl Default for Tally<'_> {
    fn default() -> Self {
        Tally {
            copied: 0,
            limit: u64::MAX,
            every: u64::MAX,
            due: u64::MAX,
            report: None,
            stopped: false,
        }
    }
}

impl<'a> Tally<'a> {
    pub(super) fn set_limit(&mut self, limit: u64) {
        self.limit = limit;
    }

    pub(super) fn set_report(&mut self, every: u64, report: Report<'a>) {
        self.every = every.max(1);
        self.due = self.every;
        self.report = Some(report);
    }

    pub(super) fn copied(&self) -> u64 {
        self.copied
    }

    pub(super) fn limit(&self) -> u64 {
        self.limit
    }

    /// How many bytes may be moved before the next look at this tally; 0 is the end.
    pub(super) fn room(&self) -> u64 {
        if self.stopped {
            0
        } else {
            self.limit.min(self.due).saturating_sub(self.copied)
        }
    }

    /// Counts `n` bytes, and reports if that is due.
    pub(super) fn add(&mut self, n: u64) {
        self.copied = self.copied.saturating_add(n);
        if self.copied < self.due {
            return;
        }
        self.due = (self.copied / self.every + 1).saturating_mul(self.every);
        if let Some(report) = &mut self.report {
            self.stopped |= report(self.copied).is_break();
        }
    }
}
