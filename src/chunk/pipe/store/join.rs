//! [`Store`]: pieces cut apart and put together.

use std::ops::Range;

use super::{Piece, Store, count};
use crate::chunk::tail::Tail;

impl Store {
    /// Whether the bytes of `range` lie in one piece.
    pub(in crate::chunk::pipe) fn is_whole(&self, range: &Range<u64>) -> bool {
        self.first(range).len() == count(range)
    }

    /// Puts the bytes of `range`, which starts where reading is, together in one piece. Copies
    /// only if they lie in several.
    pub(in crate::chunk::pipe) fn join(&mut self, range: Range<u64>) {
        if self.is_whole(&range) {
            return;
        }
        let chunk = self.gather(range.clone());
        self.copied += chunk.len() as u64;
        self.cut(range.start);
        self.drop_front(range.end);
        let start = range.start;
        self.pieces.push_front(Piece { start, chunk });
        self.orient();
    }

    /// [`join`](Store::join), for a look: the bytes stay, and the next look may be at more of
    /// them. Then only the new ones are copied, behind those that were put together before.
    pub(in crate::chunk::pipe) fn join_to_look(&mut self, range: Range<u64>) {
        if self.is_whole(&range) {
            return;
        }
        let before = self.look.take();
        let (mut block, from) = match (before, self.pieces.front()) {
            (Some(block), Some(front)) if ends_at(&block, front) => {
                self.with_room(block, range.clone(), front.end())
            }
            _ => (self.pool.acquire(count(&range)), range.start),
        };
        for view in self.views(from..range.end) {
            block.append(view);
        }
        self.copied += count(&(from..range.end)) as u64;
        let chunk = block.chunk(block.frozen().len() - count(&range)..);
        self.cut(range.start);
        self.drop_front(range.end);
        let start = range.start;
        self.pieces.push_front(Piece { start, chunk });
        self.orient();
        self.look = Some(block);
    }

    /// The block, if what is missing of `range` from `end` on fits behind it; else one of twice
    /// the size, with nothing in it. Also from where on bytes are missing.
    fn with_room(&self, block: Tail, range: Range<u64>, end: u64) -> (Tail, u64) {
        if block.room() >= count(&(end..range.end)) {
            return (block, end);
        }
        let twice = self.pool.try_acquire(count(&range).saturating_mul(2));
        let block = twice.unwrap_or_else(|_| self.pool.acquire(count(&range)));
        (block, range.start)
    }

    /// Gives the block of the last look up, unless reading is in it.
    pub(super) fn look_away(&mut self) {
        let front = self.pieces.front();
        self.look = self
            .look
            .take()
            .filter(|block| front.is_some_and(|it| ends_at(block, it)));
    }

    /// Makes a piece begin at `at`, and moves those before it to the past.
    pub(super) fn cut(&mut self, at: u64) {
        if at > self.sealed() {
            self.seal();
        }
        self.pass(at);
        if let Some(front) = self.pieces.front_mut().filter(|p| p.start < at) {
            let chunk = front.chunk.split_to(count(&(front.start..at)));
            let start = std::mem::replace(&mut front.start, at);
            self.past.push_back(Piece { start, chunk });
        }
    }

    /// Drops the pieces in front of `at`, also the front part of one.
    fn drop_front(&mut self, at: u64) {
        if at > self.sealed() {
            self.seal();
        }
        while self.pieces.front().is_some_and(|p| p.end() <= at) {
            self.pieces.pop_front();
        }
        if let Some(front) = self.pieces.front_mut().filter(|p| p.start < at) {
            front.chunk.advance(count(&(front.start..at)));
            front.start = at;
        }
    }

    /// Moves the pieces that end before `at` to the past.
    pub(super) fn pass(&mut self, at: u64) {
        while self.pieces.front().is_some_and(|p| p.end() <= at) {
            self.past.extend(self.pieces.pop_front());
        }
    }
}

/// Whether a piece is the last part of what is in the block.
fn ends_at(block: &Tail, piece: &Piece) -> bool {
    piece.chunk.as_ptr_range().end == block.frozen().as_ptr_range().end
}
