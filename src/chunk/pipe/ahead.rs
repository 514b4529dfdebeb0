//! [`Ahead`]: the next places of a byte, found 64 bytes at a time.

use crate::chunk::index::{ByteIndex, Marked};

/// A [`ByteIndex`] of the piece that a pipe is read from, by positions in the stream: so it stays
/// right when the bytes move to another piece. It looks at no byte twice.
#[derive(Default)]
pub(super) struct Ahead {
    ends: ByteIndex,
    /// Where the block began that was looked at.
    origin: u64,
    /// Before this it says nothing.
    since: u64,
}

impl Ahead {
    /// How far the next `byte` is from `from`, if it was looked at.
    #[inline(always)]
    pub(super) fn ready(&self, byte: u8, from: u64) -> Option<usize> {
        if !self.ends.is_ready(Marked::Byte(byte)) {
            return None;
        }
        let at = self.origin + self.ends.ready()? as u64;
        at.checked_sub(from).map(|content| content as usize)
    }

    #[inline(always)]
    pub(super) fn pass(&mut self) {
        self.ends.pass();
    }

    /// How far the next `byte` is from `from`, how far no other one is, and how many bytes were
    /// looked at for that; `None` where nothing can be said.
    #[inline]
    pub(super) fn look(
        &mut self,
        (origin, block): (u64, &[u8]),
        byte: u8,
        from: u64,
    ) -> Option<(Option<usize>, usize, usize)> {
        if from < self.since.max(origin) {
            return None;
        }
        let marked = Marked::Byte(byte);
        if !self.ends.is_of(marked) {
            if from < self.end() {
                // Two in turn would make it look at everything again and again.
                return None;
            }
            self.ends.mark(marked);
            self.origin = origin;
        }
        if origin != self.origin {
            self.ends.shift(self.end().saturating_sub(origin) as usize);
            self.origin = origin;
        }
        let from = (from - origin) as usize;
        let before = self.ends.seen().max(from);
        let found = self.ends.first(block, from);
        let looked_at = self.ends.seen().saturating_sub(before);
        let seen = block.len().saturating_sub(from);
        Some((found.map(|at| at - from), seen, looked_at))
    }

    /// Up to where it was looked.
    fn end(&self) -> u64 {
        self.origin + self.ends.seen() as u64
    }

    /// Says nothing any more about what was looked at.
    pub(super) fn go_back(&mut self) {
        self.since = self.since.max(self.end());
        self.ends.restart(self.ends.seen());
    }
}
