//! [`Store`]: bytes in pieces, by their position in the stream.
//!
//! ```text
//!   past      pieces, oldest first      block:  0 .... open .... filled .... room
//!   [kept]    [...][....][..]                   sealed   unsealed     lent
//!                                                                ^ end
//! ```
//!
//! The pieces lie without a gap behind one another; the unsealed part of the block, which is no
//! piece yet, comes last. What was read stays at the front until it is [released], so that a
//! borrowed slice can be handed out and counted as read at once; what a mark may go back to waits
//! in `past`. No piece is empty.
//!
//! [released]: Store::release

mod join;

use std::collections::VecDeque;
use std::ops::Range;

use super::answer::PipeError;
use crate::chunk::chain::Chain;
use crate::chunk::pool::Pool;
use crate::chunk::tail::Tail;
use crate::chunk::view::Chunk;

/// So many unread bytes are copied to the front of the next block instead of becoming a piece of
/// their own: a record that straddles two blocks then lies in one.
const CARRY: usize = 4096;

/// For so many pieces a list keeps its room when the pipe empties; room for more goes back.
const LIST: usize = 64;

/// An origin that every position is too far from.
const NOWHERE: u64 = 1 << 63;

#[derive(Default)]
pub(super) struct Store {
    past: VecDeque<Piece>,
    pieces: VecDeque<Piece>,
    tail: Option<Tail>,
    /// Where the block's unsealed part begins.
    open: usize,
    /// How much of the block's room the writer holds; it must not move then.
    lent: usize,
    end: u64,
    /// Where the block begins in the stream, if all that is kept lies in it; else [`NOWHERE`].
    origin: u64,
    /// The block in which bytes were put together for a look at them: what is read from now.
    look: Option<Tail>,
    /// Bytes copied to put pieces together.
    pub(super) copied: u64,
    pub(super) pool: Pool,
}

struct Piece {
    start: u64,
    chunk: Chunk,
}

impl Piece {
    #[inline]
    fn end(&self) -> u64 {
        self.start + self.chunk.len() as u64
    }

    /// The part of it that `range` covers.
    fn part(&self, range: &Range<u64>) -> Range<usize> {
        let from = count(&(self.start..range.start));
        let to = count(&(self.start..range.end.min(self.end())));
        from..to
    }
}

/// How many bytes a range of positions is; 0 if it is none. There are never more unread bytes than
/// a `usize` can count, and a piece is no longer than that.
#[inline]
pub(super) fn count(range: &Range<u64>) -> usize {
    distance(range.end.saturating_sub(range.start))
}

/// How far two positions are from each other; beyond what memory holds, as far as nothing is.
#[inline]
pub(super) fn distance(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

impl Store {
    #[inline]
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    pub(super) fn lent(&self) -> usize {
        self.lent
    }

    /// Where the unsealed part of the block begins.
    fn sealed(&self) -> u64 {
        self.end - self.unsealed().len() as u64
    }

    fn unsealed(&self) -> &[u8] {
        self.tail
            .as_ref()
            .map_or(&[], |tail| &tail.frozen()[self.open..])
    }

    /// The bytes of `range`, piece by piece. The first piece is found by bisection.
    pub(super) fn views(&self, range: Range<u64>) -> impl Iterator<Item = &[u8]> {
        let first = self.pieces.partition_point(|p| p.end() <= range.start);
        let sealed = self.sealed();
        let from = range.start.clamp(sealed, self.end);
        let to = range.end.clamp(from, self.end);
        let open = &self.unsealed()[count(&(sealed..from))..count(&(sealed..to))];
        let (start, end) = (range.start, range.end);
        let pieces = self.pieces.range(first..);
        pieces
            .take_while(move |piece| piece.start < end)
            .map(move |piece| &piece.chunk[piece.part(&(start..end))])
            .chain(Some(open).filter(|open| !open.is_empty()))
    }

    /// The bytes from `at` on that lie in one piece, where that takes no search: in the piece
    /// that is read from now; else none.
    #[inline]
    pub(super) fn here(&self, at: u64) -> &[u8] {
        let (bytes, from) = match (self.pieces.front(), &self.tail) {
            (Some(front), _) => (&*front.chunk, at.checked_sub(front.start).map(distance)),
            (None, Some(tail)) => {
                let frozen = tail.frozen();
                (frozen, frozen.len().checked_sub(count(&(at..self.end))))
            }
            (None, None) => (&[][..], None),
        };
        from.and_then(|from| bytes.get(from..)).unwrap_or_default()
    }

    /// Where in the block the bytes from `at` to `end` lie, if there are any and that is all there
    /// is to it: no piece, and nothing that was read and must be let go first.
    #[inline(always)]
    pub(super) fn lies(&self, at: u64, end: u64) -> Option<Range<usize>> {
        let (at, end) = (at.wrapping_sub(self.origin), end.wrapping_sub(self.origin));
        let filled = self.tail.as_ref()?.frozen().len();
        if at >= end || end > filled as u64 {
            return None;
        }
        // Both are at most `filled` now; `distance` would cost a comparison more for each.
        #[expect(
            clippy::cast_possible_truncation,
            reason = "at most `filled`, which is a `usize`"
        )]
        Some(at as usize..end as usize)
    }

    /// What [`lies`](Store::lies) there.
    #[inline(always)]
    pub(super) fn lying(&self, at: Range<usize>) -> &[u8] {
        self.tail.as_ref().map_or(&[], |tail| &tail.frozen()[at])
    }

    /// The same as a chunk; an empty one keeps no memory.
    #[inline(always)]
    pub(super) fn share(&mut self, at: Range<usize>) -> Option<Chunk> {
        if at.is_empty() {
            return None;
        }
        self.tail.as_mut().map(|tail| tail.share(at))
    }

    /// Finds out whether it is enough to know where the block begins. After everything that
    /// changes more than the end.
    fn orient(&mut self) {
        self.origin = match &self.tail {
            Some(tail) if self.pieces.is_empty() && self.past.is_empty() => {
                self.end.wrapping_sub(tail.frozen().len() as u64)
            }
            _ => NOWHERE,
        };
    }

    /// The piece that is read from, and where it begins.
    pub(super) fn block(&self) -> (u64, &[u8]) {
        match (self.pieces.front(), &self.tail) {
            (Some(front), _) => (front.start, &front.chunk),
            (None, Some(tail)) => {
                let frozen = tail.frozen();
                (self.end.saturating_sub(frozen.len() as u64), frozen)
            }
            (None, None) => (self.end, &[]),
        }
    }

    /// Whether something is kept that nobody may be able to read when reading is at `position`.
    #[inline]
    pub(super) fn is_stale(&self, position: u64) -> bool {
        let front = self.pieces.front();
        !self.past.is_empty() || front.is_some_and(|front| front.end() <= position)
    }

    /// The first piece of the bytes of `range`.
    #[inline]
    pub(super) fn first(&self, range: &Range<u64>) -> &[u8] {
        let sealed = self.sealed();
        if range.start >= sealed {
            // Where everything lies that was just read into a block.
            let from = count(&(sealed..range.start));
            return &self.unsealed()[from..from + count(range)];
        }
        self.views(range.clone()).next().unwrap_or_default() // none: an empty range
    }

    /// The bytes of `range` as one chunk. Copies only if they lie in several pieces.
    pub(super) fn chunk(&self, range: Range<u64>) -> Chunk {
        self.shared(&range).unwrap_or_else(|| self.gather(range))
    }

    /// The bytes of `range` as one chunk, if they lie in one piece.
    fn shared(&self, range: &Range<u64>) -> Option<Chunk> {
        if range.is_empty() {
            return Some(Chunk::new());
        }
        if range.start >= self.sealed() {
            let from = self.open + count(&(self.sealed()..range.start));
            let tail = self.tail.as_ref()?;
            return Some(tail.chunk(from..from + count(range)));
        }
        let first = self.pieces.partition_point(|p| p.end() <= range.start);
        let piece = self.pieces.get(first).filter(|p| p.end() >= range.end)?;
        Some(piece.chunk.slice(piece.part(range)))
    }

    fn gather(&self, range: Range<u64>) -> Chunk {
        let mut block = self.pool.acquire(count(&range));
        for view in self.views(range.clone()) {
            block.append(view);
        }
        debug_assert_eq!(block.frozen().len(), count(&range));
        block.chunk(..)
    }

    /// The bytes of `range` piece by piece. Copies nothing.
    pub(super) fn chain(&self, range: Range<u64>) -> Chain {
        let mut chain = Chain::new();
        let mut at = range.start;
        for view in self.views(range.clone()) {
            let next = at + view.len() as u64;
            let chunk = self.shared(&(at..next));
            chain.link(chunk.expect("a view lies in one piece"));
            at = next;
        }
        debug_assert_eq!(chain.len(), count(&range), "all of the range is there");
        chain
    }

    /// Lets go of what lies before `position` and `keep`.
    pub(super) fn release(&mut self, position: u64, keep: u64) {
        self.pass(position);
        while self.past.front().is_some_and(|p| p.end() <= keep) {
            self.past.pop_front();
        }
        self.look_away();
        let needless = count(&(self.sealed()..keep));
        self.open += needless;
        self.orient();
    }

    /// Gives back what need not be kept while there is nothing to be read: the lists' room, and the
    /// block if nothing of it is used.
    ///
    /// A block of which chunks live is there anyway. What comes next goes behind them: else chunks
    /// of a few bytes, each taken before the next one came, would keep a block each.
    pub(super) fn idle(&mut self) {
        if !self.unsealed().is_empty() || !self.pieces.is_empty() {
            return;
        }
        for list in [&mut self.pieces, &mut self.past] {
            if list.is_empty() && list.capacity() > LIST {
                *list = VecDeque::new();
            }
        }
        let is_used = |tail: &Tail| !tail.is_unique() && tail.room() > 0;
        if self.lent == 0 && !self.tail.as_ref().is_some_and(is_used) {
            (self.tail, self.open) = (None, 0);
            self.orient();
        }
    }

    /// Brings what lies behind `at` back from the past.
    pub(super) fn rewind(&mut self, at: u64) {
        let first = self.past.partition_point(|p| p.end() <= at);
        for piece in self.past.drain(first..).rev() {
            self.pieces.push_front(piece);
        }
        self.orient();
    }

    /// Puts `chunk` in front of `at`, in place of what was there.
    pub(super) fn unread(&mut self, chunk: Chunk, at: u64) {
        self.cut(at);
        let start = at - chunk.len() as u64;
        while self.past.back().is_some_and(|p| p.start >= start) {
            self.past.pop_back();
        }
        if let Some(last) = self.past.back_mut().filter(|p| p.end() > start) {
            last.chunk.truncate(count(&(last.start..start)));
        }
        self.pieces.push_front(Piece { start, chunk });
        self.orient();
    }

    /// Makes the unsealed part a piece; the block's room stays usable.
    fn seal(&mut self) {
        let start = self.sealed();
        if let Some(tail) = &self.tail
            && start < self.end
        {
            let chunk = tail.chunk(self.open..);
            self.open = tail.frozen().len();
            self.pieces.push_back(Piece { start, chunk });
        }
    }

    /// A block with room for `hint` bytes, of `size` bytes if it is a new one.
    fn room(&mut self, hint: usize, size: usize) -> Result<&mut Tail, PipeError> {
        self.lent = 0;
        if self.unsealed().is_empty() || !self.has_room(hint) {
            self.reclaim();
        }
        if !self.has_room(hint) {
            self.renew(hint, size)?;
        }
        Ok(self.tail.as_mut().expect("it has room, so it is there"))
    }

    fn has_room(&self, hint: usize) -> bool {
        self.tail.as_ref().is_some_and(|tail| tail.room() >= hint)
    }

    /// Uses the block from its start again, if that copies little and no view of it lives.
    fn reclaim(&mut self) {
        if self.unsealed().len() <= CARRY
            && let Some(tail) = &mut self.tail
            && tail.reclaim(self.open)
        {
            self.open = 0;
        }
    }

    /// Goes on in a new block. Without memory for it, nothing changes.
    fn renew(&mut self, hint: usize, size: usize) -> Result<(), PipeError> {
        let rest = self.unsealed().len();
        let carry = self.pieces.is_empty() && rest <= CARRY;
        let rest = if carry { rest } else { 0 };
        let need = hint.saturating_add(rest);
        let mut next = self.new_block(need, size)?;
        if !carry {
            self.seal();
        }
        next.append(&self.unsealed()[..rest]);
        (self.tail, self.open) = (Some(next), 0);
        Ok(())
    }

    /// A block for `need` bytes at least; of `size` bytes if there is memory for that.
    ///
    /// Chunks keep the block that is given up. If hardly anything of it was used, since few bytes come
    /// where many are hinted at, the next one gets room for two hints: it is used at least to a half
    /// before the room for one is missing, and so are all that follow.
    fn new_block(&self, need: usize, size: usize) -> Result<Tail, PipeError> {
        let is_wasted = |tail: &Tail| !tail.is_unique() && tail.room() > tail.capacity() / 4;
        let wanted = if self.tail.as_ref().is_some_and(is_wasted) {
            size.max(need.saturating_mul(2))
        } else {
            size.max(need)
        };
        let block = self.pool.try_acquire(wanted);
        let block = block.or_else(|_| self.pool.try_acquire(need));
        block.map_err(|_| PipeError::NoMemory { bytes: need })
    }

    /// The block's room, from `hint` to `max` bytes; a new block's where hardly any is left, so
    /// that no device is asked for a few bytes.
    pub(super) fn lend(
        &mut self,
        hint: usize,
        size: usize,
        max: usize,
    ) -> Result<&mut [u8], PipeError> {
        let wanted = hint.max((size / 8).min(max));
        let room = match self.room(wanted, size) {
            Ok(block) => block.room(),
            Err(_) => self.room(hint, hint)?.room(),
        };
        let lent = room.min(max);
        self.lent = lent;
        self.orient();
        let tail = self.tail.as_mut().expect("it has the room");
        Ok(&mut tail.spare_mut()[..lent])
    }

    /// Takes the lent room back.
    pub(super) fn withdraw(&mut self) {
        self.lent = 0;
    }

    /// Takes the first `n` of the lent bytes in; not more than were lent.
    pub(super) fn commit(&mut self, n: usize) {
        if n > 0 {
            let tail = self.tail.as_mut().expect("a lent block stays");
            tail.commit(n);
            self.end += n as u64;
        }
        self.lent = 0;
    }

    /// Copies `bytes` to the end.
    pub(super) fn append(&mut self, bytes: &[u8], size: usize) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let taken = match self.room(1, size) {
                Ok(block) => block.append(rest),
                // Not even that one: where there is no small block either, `acquire` does as `Vec`.
                Err(_) => {
                    self.seal();
                    self.open = 0;
                    self.tail.insert(self.pool.acquire(1)).append(rest)
                }
            };
            self.end += taken as u64;
            rest = &rest[taken..];
        }
        self.orient();
    }

    /// Puts a chunk at the end as it is.
    pub(super) fn link(&mut self, chunk: Chunk) {
        if chunk.is_empty() {
            return;
        }
        self.lent = 0;
        self.seal();
        let start = self.end;
        self.end += chunk.len() as u64;
        self.pieces.push_back(Piece { start, chunk });
        self.orient();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chunk::Pipe;

    #[test]
    fn lists_that_were_long_give_their_room_back() {
        for is_marked in [false, true] {
            let mut pipe = Pipe::new();
            let mark = is_marked.then(|| pipe.mark());
            (0..10_000).for_each(|_| drop(pipe.link(Chunk::from("x"))));
            assert_eq!(pipe.skip(10_000), 10_000);
            assert_eq!(pipe.store.past.len(), if is_marked { 10_000 } else { 0 });
            drop(mark);
            // What a mark kept goes at the next call that moves anything.
            pipe.append(b"x").expect("it has not ended");
            assert_eq!(pipe.skip(1), 1);
            let rooms = [&pipe.store.past, &pipe.store.pieces].map(VecDeque::capacity);
            assert!(rooms.iter().all(|&room| room <= LIST), "{rooms:?}");
        }
    }
}
