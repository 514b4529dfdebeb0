//! The window's memory: where there is room for the next bytes, and when a block is given up.

use super::ReadWindow;
use crate::chunk::Tail;
use crate::error::Result;

/// The smallest block that the pool gives.
const SMALLEST: usize = 64;

impl ReadWindow {
    /// The room that is worth a call of the device.
    fn quarter(&self) -> usize {
        self.capacity.div_ceil(4)
    }

    /// Forgets everything, read and unread.
    ///
    /// A block of which chunks are alive goes on behind them while it has room: it is in memory
    /// anyway, and the next bytes would pin another one.
    pub(in crate::buffered) fn clear(&mut self) {
        let quarter = self.quarter();
        let Some(tail) = &mut self.tail else {
            return self.begin_at(0);
        };
        let filled = tail.frozen().len();
        if tail.reclaim(filled) {
            self.begin_at(0);
        } else if tail.room() >= quarter {
            self.begin_at(filled);
        } else {
            self.release();
        }
    }

    /// Forgets everything, and gives the block up.
    pub(in crate::buffered) fn release(&mut self) {
        self.tail = None;
        self.begin_at(0);
    }

    /// The next unread byte is this one of the block, and there is none before it.
    fn begin_at(&mut self, at: usize) {
        (self.base, self.start) = (at, at);
        self.ends.restart(at);
    }

    /// Nothing is unread and nothing comes: an idle stream owns no memory. While chunks of the
    /// block are alive, giving it up would free nothing, as in [`clear`](ReadWindow::clear).
    pub(super) fn rest(&mut self) {
        let quarter = self.quarter();
        if let Some(tail) = &mut self.tail
            && (tail.is_unique() || tail.room() < quarter)
        {
            self.release();
        }
    }

    /// Makes room for at least `want` bytes behind the unread ones.
    ///
    /// # Errors
    ///
    /// If there is no memory for them; everything is as it was.
    pub(super) fn make_room(&mut self, want: usize) -> Result<&mut Tail> {
        let len = self.len();
        // A quarter of what is unread, too: each byte is then moved a few times at most, however
        // far somebody looks ahead, and however little is taken in between.
        let want = want.max(self.quarter()).max(len / 4);
        let need = len.saturating_add(want).max(self.capacity).max(SMALLEST);
        if let Some(tail) = &mut self.tail {
            // A block that a long line or a far peek made grow has served.
            let is_outgrown = tail.capacity() / 4 > need;
            let is_short = tail.room() < want || self.start == tail.frozen().len();
            if is_short && !is_outgrown && tail.reclaim(self.start) {
                (self.base, self.start) = (0, 0);
                self.ends.restart(0);
            }
            if is_outgrown || tail.room() < want {
                self.tail = Some(self.carry(need)?);
            }
        }
        if self.tail.is_none() {
            self.tail = Some(self.pool.try_acquire(need)?);
        }
        Ok(self.tail.as_mut().expect("it was just put there"))
    }

    /// A fresh block with a copy of the unread bytes, which are few as a rule.
    fn carry(&mut self, need: usize) -> Result<Tail> {
        let mut fresh = self.pool.try_acquire(need)?;
        fresh.append(self.data());
        self.begin_at(0);
        Ok(fresh)
    }

    /// Makes `bytes`, the last ones the device gave, unread again. The window is empty.
    ///
    /// # Panics
    ///
    /// If there is no memory for them: they would be lost.
    pub(super) fn put_back(&mut self, bytes: &[u8]) {
        self.clear();
        if let Ok(block) = self.make_room(bytes.len()) {
            block.append(bytes);
            return;
        }
        // Not for a whole buffer, then, but for these.
        self.release();
        let mut block = self.pool.acquire(bytes.len());
        block.append(bytes);
        self.tail = Some(block);
    }
}
