//! [`Store`]: a pipe's bytes by their position in the stream.
//!
//! ```text
//!   past      segments, oldest first      open block:  0 .... open .... filled .... room
//!   [kept]    [...][....][..]                    sealed                lent
//!                                                                    ^ end
//! ```
//!
//! What was read stays at the front until it is [released](Store::release), so that a borrowed
//! slice can be handed out and counted as read at once; what a mark may go back to waits in `past`,
//! which ends where the segments begin.

use std::collections::VecDeque;
use std::iter;
use std::ops::Range;

use super::types::PipeError;
use crate::chunk::chain::Chain;
use crate::chunk::segments::{LIST, Segment, Segments};
pub(super) use crate::chunk::segments::{count, distance};
use crate::chunk::view::Chunk;

/// So many unread bytes are copied to the front of the next block instead of becoming a segment of
/// their own: a record that straddles two blocks then lies in one. Copying a page costs less than
/// putting a record together would.
const CARRY: usize = 4096;

/// An origin that every position is too far from: [`in_block`](Store::in_block) fails there by the
/// comparison that it makes anyway.
const NOWHERE: u64 = 1 << 63;

#[derive(Default)]
pub(super) struct Store {
    pub(super) segments: Segments,
    past: VecDeque<Segment>,
    /// How much of the open block's room the writer holds; it must not move then.
    lent: usize,
    /// Where the segments end, counted here, as every record asks.
    end: u64,
    /// Where the open block begins in the stream, if all that is kept lies in it; else
    /// [`NOWHERE`].
    origin: u64,
    /// Bytes copied to put pieces together.
    pub(super) copied: u64,
}

impl Store {
    #[inline]
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    pub(super) fn lent(&self) -> usize {
        self.lent
    }

    /// The bytes of `range`, piece by piece.
    pub(super) fn views(&self, range: Range<u64>) -> impl Iterator<Item = &[u8]> {
        self.segments.views_of(range)
    }

    /// The piece that is read from, and where it begins.
    pub(super) fn front(&self) -> (u64, &[u8]) {
        match (self.segments.front(), self.segments.block()) {
            (Some(front), _) => (front.start, &front.chunk),
            (None, Some(block)) => {
                let filled = block.filled();
                (self.end.saturating_sub(filled.len() as u64), filled)
            }
            (None, None) => (self.end, &[]),
        }
    }

    /// The bytes from `at` on that lie in the piece that is read from.
    #[inline]
    pub(super) fn front_from(&self, at: u64) -> &[u8] {
        let (start, front) = self.front();
        let from = at.checked_sub(start).map(distance);
        from.and_then(|from| front.get(from..)).unwrap_or_default()
    }

    /// The bytes of `range`, which are there, as far as they lie in one piece.
    pub(super) fn first(&self, range: &Range<u64>) -> &[u8] {
        let front = self.front_from(range.start);
        match front.get(..front.len().min(count(range))) {
            Some(piece) if !piece.is_empty() => piece,
            _ => self.segments.first(range),
        }
    }

    /// Where in the open block the bytes from `at` to `end` lie, if there are any and that is all
    /// there is to it: no other segment, and nothing that was read and must be let go first.
    #[inline(always)] // rows 6a and 6e: a record costs 30 instructions, a call would be a fifth
    pub(super) fn in_block(&self, at: u64, end: u64) -> Option<Range<usize>> {
        let (at, end) = (at.wrapping_sub(self.origin), end.wrapping_sub(self.origin));
        let filled = self.segments.block()?.filled().len();
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

    /// The bytes at a place in the open block.
    #[inline]
    pub(super) fn block_bytes(&self, at: Range<usize>) -> &[u8] {
        match self.segments.block() {
            Some(block) => &block.filled()[at],
            None => &[],
        }
    }

    /// The same as a chunk; not an empty one, which would keep memory.
    #[inline(always)] // as `in_block`, row 6c
    pub(super) fn share_block(&mut self, at: Range<usize>) -> Option<Chunk> {
        let block = self.segments.block_mut()?;
        if at.is_empty() {
            return None;
        }
        Some(Chunk(block.view_prepaid(at)))
    }

    /// Finds out whether it is enough to know where the open block begins. After everything that
    /// changes more than the end.
    fn update_origin(&mut self) {
        self.origin = match self.segments.block() {
            Some(block) if self.segments.front().is_none() && self.past.is_empty() => {
                self.end.wrapping_sub(block.filled().len() as u64)
            }
            _ => NOWHERE,
        };
    }

    /// Whether something is kept that can perhaps no longer be read when reading is at `position`.
    #[inline]
    pub(super) fn is_stale(&self, position: u64) -> bool {
        let front = self.segments.front();
        !self.past.is_empty() || front.is_some_and(|front| front.end() <= position)
    }

    /// The bytes of `range` as one chunk. Copies only if they lie in several pieces.
    pub(super) fn chunk(&self, range: Range<u64>) -> Chunk {
        self.segments.chunk(range)
    }

    /// The bytes of `range` piece by piece. Copies nothing.
    pub(super) fn chain(&self, range: Range<u64>) -> Chain {
        let mut chain = Chain::new();
        self.segments.share_to(chain.segments_mut(), range);
        chain
    }

    /// Whether the bytes of `range` lie in one piece.
    pub(super) fn is_whole(&self, range: &Range<u64>) -> bool {
        self.first(range).len() == count(range)
    }

    /// Puts the bytes of `range`, which starts where reading is, together in one piece. Copies
    /// only if they lie in several, and what was put together before only a few times.
    pub(super) fn join(&mut self, range: Range<u64>) {
        if !self.is_whole(&range) {
            self.cut(range.start);
            self.copied += self.segments.join_front(count(&range)) as u64;
            self.update_origin();
        }
    }

    /// Makes a segment begin at `at`, and moves those before it to the past.
    fn cut(&mut self, at: u64) {
        let segments = &mut self.segments;
        self.past.extend(iter::from_fn(|| segments.take_before(at)));
    }

    /// Releases what comes before both `position` and `keep`.
    pub(super) fn release(&mut self, position: u64, keep: u64) {
        let keep = keep.min(position);
        while keep < position
            && let Some(segment) = self.segments.pop_before(position)
        {
            // A mark still needs it.
            self.past.push_back(segment);
        }
        while self.past.front().is_some_and(|it| it.end() <= keep) {
            self.past.pop_front();
        }
        self.segments.drop_before(keep);
        self.update_origin();
    }

    /// Gives back what need not be kept while there is nothing to be read.
    pub(super) fn idle(&mut self) {
        if self.past.is_empty() && self.past.capacity() > LIST {
            self.past = VecDeque::new();
        }
        if self.lent == 0 {
            self.segments.idle();
            self.update_origin();
        }
    }

    /// Brings what comes after `at` back from the past.
    pub(super) fn rewind(&mut self, at: u64) {
        let first = self.past.partition_point(|it| it.end() <= at);
        // From the back: each goes in front of the one after it.
        for segment in self.past.drain(first..).rev() {
            self.segments.put_back(segment);
        }
        self.update_origin();
    }

    /// Puts `chunk` in front of `at`, in place of what was there.
    pub(super) fn unread(&mut self, chunk: Chunk, at: u64) {
        self.cut(at);
        let start = at - chunk.len() as u64;
        // A mark before this place shall see the chunk, and not what it replaces.
        while self.past.back().is_some_and(|it| it.start >= start) {
            self.past.pop_back();
        }
        if let Some(last) = self.past.back_mut().filter(|it| it.end() > start) {
            *last = last.split_to(start);
        }
        self.segments.push_front(chunk);
        self.update_origin();
    }

    /// The open block's room, from `hint` to `max` bytes; a new block's where hardly any is left,
    /// so that no device is asked for a few bytes.
    pub(super) fn spare_mut(
        &mut self,
        hint: usize,
        size: usize,
        max: usize,
    ) -> Result<&mut [u8], PipeError> {
        self.lent = 0;
        let wanted = hint.max((size / 8).min(max));
        if self.segments.room(wanted, size, CARRY).is_none()
            // Little room is better than an error.
            && self.segments.room(hint, hint, CARRY).is_none()
        {
            return Err(PipeError::NoMemory { bytes: hint });
        }
        self.update_origin();
        let room = self.segments.spare_mut();
        self.lent = room.len().min(max);
        Ok(&mut room[..self.lent])
    }

    /// Takes the lent room back.
    pub(super) fn withdraw(&mut self) {
        self.lent = 0;
    }

    /// Takes the first `n` of the lent bytes in; not more than were lent.
    pub(super) fn commit(&mut self, n: usize) {
        self.segments.commit(n);
        self.end += n as u64;
        self.lent = 0;
    }

    /// Lends what is left of the room after a [`commit`](Store::commit), where it is.
    #[cfg(feature = "bytes")]
    pub(super) fn lend_rest(&mut self, rest: usize) {
        self.lent = rest;
    }

    /// Copies `bytes` to the end.
    pub(super) fn append(&mut self, bytes: &[u8], size: usize) {
        self.lent = 0;
        if !self.segments.append_fast(bytes) {
            self.segments.append(bytes, size, CARRY);
        }
        self.end += bytes.len() as u64;
        self.update_origin();
    }

    /// Puts a chunk at the end as it is.
    pub(super) fn push_shared(&mut self, chunk: Chunk) {
        self.lent = 0;
        self.end += chunk.len() as u64;
        self.segments.push_shared(chunk);
        self.update_origin();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chunk::PipeOptions;

    #[test]
    fn lists_that_were_long_give_their_room_back() {
        for is_marked in [false, true] {
            let mut pipe = PipeOptions::new()
                .copy_threshold(0)
                .build()
                .expect("it is right");
            let mark = is_marked.then(|| pipe.mark());
            (0..10_000).for_each(|_| drop(pipe.push("x")));
            pipe.consume(10_000);
            assert_eq!(pipe.store.past.len(), if is_marked { 10_000 } else { 0 });
            drop(mark);
            // What a mark kept goes at the next call that moves anything.
            pipe.append(b"x").expect("it has not ended");
            pipe.consume(1);
            let rooms = [pipe.store.past.capacity(), pipe.store.segments.list_room()];
            assert!(rooms.iter().all(|&room| room <= LIST), "{rooms:?}");
        }
    }
}
