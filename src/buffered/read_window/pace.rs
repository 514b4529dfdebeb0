//! [`Pace`]: how much is read ahead after the device was moved.

/// How much the first read after a move asks for, in bytes: a few lines, a record, a page.
const FIRST: usize = 4 * 1024;

/// How much a read asks for at most. Who jumps to and fro takes a little at each place, and a whole
/// buffer for it would cost many times what is taken; who goes on reading gets twice as much with
/// each call, and after four is where a buffer of 64 KiB always is.
#[derive(Clone, Copy)]
pub(super) struct Pace(usize);

impl Default for Pace {
    /// No limit: nothing was moved.
    fn default() -> Pace {
        Pace(usize::MAX)
    }
}

impl Pace {
    /// The device was moved.
    pub(super) fn slow_down(&mut self) {
        self.0 = FIRST;
    }

    /// Something was read.
    #[inline]
    pub(super) fn quicken(&mut self) {
        self.0 = self.0.saturating_mul(2);
    }

    /// How many bytes to ask for at most, where so many are needed.
    #[inline]
    pub(super) fn limit(self, needed: usize) -> usize {
        self.0.max(needed)
    }
}
