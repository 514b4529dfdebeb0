//! [`PartialLine`]: how much of a line that is taken by a number of characters was searched before.

/// Text without a line end, from byte `from` to byte `to` of the block, and how many characters it
/// has: a call that is repeated when more has come need not search or count it again.
#[derive(Clone, Copy, Default)]
pub(super) struct PartialLine {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) characters: usize,
}

impl PartialLine {
    /// Where to go on in a line that begins at `start`, and with how many characters, if it may
    /// have `max`.
    pub(super) fn go_on(self, start: usize, max: usize) -> (usize, usize) {
        if self.from == start && self.characters < max {
            (self.to.max(start), max - self.characters)
        } else {
            (start, max)
        }
    }

    /// The text begins so many bytes later.
    pub(super) fn shift(self, gone: usize) -> PartialLine {
        match (self.from.checked_sub(gone), self.to.checked_sub(gone)) {
            (Some(from), Some(to)) => PartialLine { from, to, ..self },
            _ => PartialLine::default(),
        }
    }
}
