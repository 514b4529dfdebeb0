//! [`Segments`]: a run of bytes in frozen chunks, and an open block that small pieces are copied to.
//!
//! ```text
//!   sealed, oldest first       open block:  0 .... open .... filled .... room
//!   [...][....][..]                   sealed   open part        (what is written next)
//!   ^ start                                   ^ open_at       ^ end
//! ```
//!
//! One store for three users: a [`Chain`](super::Chain) gives it public names, a
//! [`Pipe`](super::Pipe) adds positions that never change, a buffered writer a capacity.
//!
//! # Invariants
//!
//! No segment is empty; each begins where the one before it ends, and the open part begins at
//! `open_at`, where the last one ends. Positions are absolute, so a segment in the middle is found
//! by bisection however many there are, and appending to the open block changes no number here: the
//! end is what the open block has filled. `joined`, if there is one, holds the first segment as the
//! last part of what is in it.

use std::collections::VecDeque;
use std::io::IoSlice;
use std::ops::Range;

use super::chunk_builder::ChunkBuilder;
use super::pool::Pool;
pub(super) use super::segment::{Segment, count, distance};
use super::view::Chunk;

/// Pieces from this size on are shared, smaller ones copied: one more slice in every gather write
/// costs as much as copying 1.5 to 2 KiB.
pub(crate) const COPY_THRESHOLD: usize = 2048;

/// The size of a block where nothing else was asked for, or where that cannot be had: as much as
/// std's buffers hold.
pub(crate) const BLOCK: usize = 8 * 1024;

/// Up to this many segments the list keeps its room when it becomes empty. Room for more is given
/// back, so that one burst of small chunks does not cost memory for the rest of the stream's life.
pub(super) const LIST: usize = 64;

const TOO_LONG: &str = "at most `usize::MAX` bytes can be counted";

#[derive(Default)]
pub(crate) struct Segments {
    sealed: VecDeque<Segment>,
    /// The block for small pieces; `None` until the first.
    block: Option<ChunkBuilder>,
    /// Where the open part begins in that block, …
    open: usize,
    /// … and its position.
    open_at: u64,
    /// The block in which the first pieces were put together for a look at them.
    joined: Option<ChunkBuilder>,
    pub(super) pool: Pool,
}

impl Segments {
    /// None yet; the first byte will have this position. Allocates nothing.
    pub(crate) fn starting_at(position: u64) -> Segments {
        Segments {
            open_at: position,
            ..Segments::default()
        }
    }

    /// The position of the first byte.
    pub(crate) fn start(&self) -> u64 {
        self.front().map_or(self.open_at, |front| front.start)
    }

    /// The position after the last byte.
    #[inline]
    pub(crate) fn end(&self) -> u64 {
        self.open_at + self.open_part().len() as u64
    }

    /// Number of bytes.
    pub(crate) fn len(&self) -> usize {
        count(&(self.start()..self.end()))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.sealed.is_empty() && self.open_part().is_empty()
    }

    pub(super) fn front(&self) -> Option<&Segment> {
        self.sealed.front()
    }

    pub(super) fn block(&self) -> Option<&ChunkBuilder> {
        self.block.as_ref()
    }

    pub(super) fn block_mut(&mut self) -> Option<&mut ChunkBuilder> {
        self.block.as_mut()
    }

    #[inline]
    fn open_part(&self) -> &[u8] {
        match &self.block {
            Some(block) => &block.filled()[self.open..],
            None => &[],
        }
    }

    // Writing

    /// Copies all of `bytes` into the open block's room, or nothing: one comparison and one copy.
    /// (Rows 3a and 6a of the benchmarks.)
    #[inline]
    pub(crate) fn append_fast(&mut self, bytes: &[u8]) -> bool {
        match &mut self.block {
            Some(block) => block.append_all(bytes),
            None => false,
        }
    }

    /// Copies `bytes` to the end, into blocks of `size` bytes where new ones are needed; see
    /// [`room`](Segments::room) for `carry`.
    ///
    /// # Panics
    ///
    /// If all together would be more than `usize::MAX` bytes.
    pub(crate) fn append(&mut self, mut bytes: &[u8], size: usize, carry: usize) {
        self.check_room_for(bytes.len());
        while !bytes.is_empty() {
            if self.room(1, size, carry).is_none() {
                // Not even a small block: `acquire` does as `Vec` does then.
                let block = self.pool.acquire(1);
                self.adopt(block);
            }
            let block = self.block.as_mut().expect("there is room in it");
            let taken = block.append(bytes);
            bytes = &bytes[taken..];
        }
    }

    /// Puts a chunk at the end as it is.
    ///
    /// # Panics
    ///
    /// If all together would be more than `usize::MAX` bytes.
    pub(crate) fn push_shared(&mut self, chunk: Chunk) {
        if chunk.is_empty() {
            return;
        }
        let left = self.check_room_for(chunk.len());
        self.seal();
        let start = self.open_at;
        self.open_at = start.checked_add(chunk.len() as u64).expect(TOO_LONG);
        self.sealed.push_back(Segment { start, chunk });
        // Only 32 bit can come near: what is appended without a check must still be countable.
        if cfg!(target_pointer_width = "32")
            && let Some(block) = &mut self.block
        {
            block.limit(left);
        }
    }

    /// How many bytes more could be counted after `n` more.
    fn check_room_for(&self, n: usize) -> usize {
        usize::MAX - self.len().checked_add(n).expect(TOO_LONG)
    }

    /// Makes the open part a segment; the room after it stays usable.
    pub(super) fn seal(&mut self) {
        if let Some(block) = &self.block
            && self.open < block.filled().len()
        {
            let segment = Segment {
                start: self.open_at,
                chunk: block.chunk(self.open..),
            };
            self.open = block.filled().len();
            self.open_at = segment.end();
            self.sealed.push_back(segment);
        }
    }

    /// The open block with room for `hint` bytes, in a block of `size` bytes if it is a new one;
    /// `None`, and nothing changes, where there is no memory for it.
    ///
    /// Up to `carry` open bytes are copied to the front of the next block instead of becoming a
    /// segment: a record that straddles two blocks then lies in one.
    pub(crate) fn room(
        &mut self,
        hint: usize,
        size: usize,
        carry: usize,
    ) -> Option<&mut ChunkBuilder> {
        // Each request of a client that waits for its reply begins here (row 5a).
        if self.block.is_none() {
            self.block = Some(self.new_block(hint, size)?);
            return self.block.as_mut();
        }
        let open = self.open_part().len();
        if (open == 0 || !self.has_room(hint))
            && open <= carry
            && let Some(block) = &mut self.block
            && block.reclaim(self.open)
        {
            // No view of the block lives: it is used from its start again.
            self.open = 0;
        }
        if !self.has_room(hint) {
            self.renew(hint, size, carry)?;
        }
        self.block.as_mut()
    }

    fn has_room(&self, hint: usize) -> bool {
        self.block
            .as_ref()
            .is_some_and(|block| block.room() >= hint)
    }

    /// Goes on in a new block.
    fn renew(&mut self, hint: usize, size: usize, carry: usize) -> Option<()> {
        let open = self.open_part().len();
        // With segments before the open part, a copy of it would not make a record whole.
        let carried = if self.sealed.is_empty() && open <= carry {
            open
        } else {
            0
        };
        let mut next = self.new_block(hint.saturating_add(carried), size)?;
        if carried == 0 {
            self.seal();
        }
        next.append(&self.open_part()[..carried]);
        (self.block, self.open) = (Some(next), 0);
        Some(())
    }

    /// A block for `need` bytes at least; of `size` bytes if there is memory for that.
    ///
    /// Chunks keep the block that is given up. If hardly anything of it was used, since few bytes
    /// come where many are hinted at, the next one gets room for two hints: it is used at least to
    /// a half before the room for one is missing, and so are all that follow.
    fn new_block(&self, need: usize, size: usize) -> Option<ChunkBuilder> {
        let is_wasted =
            |block: &ChunkBuilder| !block.is_unique() && block.room() > block.capacity() / 4;
        let wanted = if self.block.as_ref().is_some_and(is_wasted) {
            size.max(need.saturating_mul(2))
        } else {
            size.max(need)
        };
        match self.pool.try_acquire(wanted) {
            Ok(block) => Some(block),
            Err(_) => self.smaller_block(need, wanted),
        }
    }

    /// A block where there is no memory for one of `wanted` bytes.
    fn smaller_block(&self, need: usize, wanted: usize) -> Option<ChunkBuilder> {
        // A usual block first, as more bytes will come; what is needed at the very least, second.
        let sizes = [need.max(BLOCK.min(wanted)), need];
        sizes
            .into_iter()
            .find_map(|size| self.pool.try_acquire(size).ok())
    }

    /// Goes on in a block that comes from elsewhere; all that is in it is open.
    pub(super) fn adopt(&mut self, block: ChunkBuilder) {
        self.check_room_for(block.filled().len());
        self.seal();
        (self.block, self.open) = (Some(block), 0);
    }

    /// Lets the open block have `room` bytes of room at most, so that [`append_fast`] takes no
    /// more.
    ///
    /// [`append_fast`]: Segments::append_fast
    pub(crate) fn limit(&mut self, room: usize) {
        if let Some(block) = &mut self.block {
            block.limit(room);
        }
    }

    /// The open block's room, for somebody to write into; what was written is taken by
    /// [`commit`](Segments::commit).
    #[inline]
    pub(crate) fn spare_mut(&mut self) -> &mut [u8] {
        match &mut self.block {
            Some(block) => block.spare_mut(),
            None => &mut [],
        }
    }

    /// Takes the first `n` bytes of the open block's room.
    ///
    /// # Panics
    ///
    /// If there is less room.
    #[inline]
    pub(crate) fn commit(&mut self, n: usize) {
        match &mut self.block {
            Some(block) => block.commit(n),
            None => assert!(n == 0, "commit beyond the room"),
        }
    }

    // Looking

    /// All bytes, piece by piece.
    pub(crate) fn views(&self) -> impl Iterator<Item = &[u8]> {
        let open = Some(self.open_part()).filter(|open| !open.is_empty());
        self.sealed.iter().map(|it| &*it.chunk).chain(open)
    }

    /// The bytes of `range`, piece by piece. The first piece is found by bisection.
    pub(super) fn views_of(&self, range: Range<u64>) -> impl Iterator<Item = &[u8]> {
        let first = self.sealed.partition_point(|it| it.end() <= range.start);
        let from = count(&(self.open_at..range.start));
        let to = count(&(self.open_at..range.end));
        let open = self.open_part();
        // The range may begin before the open part, and end before it: both ends are clamped to it.
        let open = &open[from.min(open.len())..to.min(open.len()).max(from.min(open.len()))];
        let pieces = self.sealed.range(first..);
        let end = range.end;
        pieces
            .take_while(move |it| it.start < end)
            .map(move |it| &it.chunk[it.part(&range)])
            .chain(Some(open).filter(|open| !open.is_empty()))
    }

    /// Fills `slices` with the first pieces for a gather write, and returns how many those are.
    pub(crate) fn io_slices<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        fill_io_slices(slices, self.views())
    }

    /// The first piece of the bytes of `range`, which are there.
    #[inline]
    pub(super) fn first(&self, range: &Range<u64>) -> &[u8] {
        if range.start >= self.open_at {
            // What was just read into a block is here.
            let from = count(&(self.open_at..range.start));
            return &self.open_part()[from..from + count(range)];
        }
        self.views_of(range.clone()).next().unwrap_or_default() // none: an empty range
    }

    /// The bytes of `range` as one chunk. Copies only if they lie in several pieces.
    pub(super) fn chunk(&self, range: Range<u64>) -> Chunk {
        if let Some(chunk) = self.shared(&range) {
            return chunk;
        }
        let mut block = self.pool.acquire(count(&range));
        for view in self.views_of(range.clone()) {
            block.append(view);
        }
        debug_assert_eq!(block.filled().len(), count(&range), "all of it is there");
        block.chunk(..)
    }

    /// All bytes as one chunk. Copies only if they lie in several pieces.
    pub(crate) fn to_chunk(&self) -> Chunk {
        self.chunk(self.start()..self.end())
    }

    /// The bytes of `range` as one chunk, if they lie in one piece.
    fn shared(&self, range: &Range<u64>) -> Option<Chunk> {
        if range.is_empty() {
            return Some(Chunk::new());
        }
        if range.start >= self.open_at {
            let from = self.open + count(&(self.open_at..range.start));
            let block = self.block.as_ref()?;
            return Some(block.chunk(from..from + count(range)));
        }
        let first = self.sealed.partition_point(|it| it.end() <= range.start);
        let segment = self.sealed.get(first).filter(|it| it.end() >= range.end)?;
        Some(segment.chunk.slice(segment.part(range)))
    }

    /// Links the bytes of `range`, piece by piece, to other ones. Copies nothing.
    pub(super) fn share_to(&self, target: &mut Segments, range: Range<u64>) {
        let mut at = range.start;
        for view in self.views_of(range.clone()) {
            let next = at + view.len() as u64;
            let chunk = self.shared(&(at..next));
            target.push_shared(chunk.expect("a view lies in one piece"));
            at = next;
        }
        debug_assert_eq!(at, range.end.max(range.start), "all of it is there");
    }

    // Taking

    /// Takes the first segment out of the list, also the open part.
    pub(super) fn pop_front(&mut self) -> Option<Segment> {
        if self.sealed.is_empty() {
            self.seal();
        }
        self.sealed.pop_front()
    }

    /// Takes the first segment out of the list if it ends at `at` or before.
    pub(super) fn pop_before(&mut self, at: u64) -> Option<Segment> {
        self.sealed.front().filter(|front| front.end() <= at)?;
        self.sealed.pop_front()
    }

    /// Takes the last segment off, also the open part.
    pub(crate) fn pop_back(&mut self) -> Option<Chunk> {
        self.seal();
        let last = self.sealed.pop_back()?;
        // The open part is empty now. It goes on in the same block, at the position that became
        // free.
        self.open_at = last.start;
        Some(last.chunk)
    }

    /// Puts a chunk in front of everything.
    ///
    /// # Panics
    ///
    /// If all together would be more than `usize::MAX` bytes.
    pub(super) fn push_front(&mut self, chunk: Chunk) {
        if chunk.is_empty() {
            return;
        }
        self.check_room_for(chunk.len());
        let start = self.start().checked_sub(chunk.len() as u64);
        let start = start.expect(TOO_LONG);
        self.joined = None;
        self.sealed.push_front(Segment { start, chunk });
    }

    /// Puts a segment back in front, where it ends at the start.
    pub(super) fn put_back(&mut self, segment: Segment) {
        debug_assert_eq!(segment.end(), self.start(), "a gap between segments");
        self.sealed.push_front(segment);
    }

    /// Takes off the part of the first segment that comes before `at`; the rest begins there.
    pub(super) fn take_before(&mut self, at: u64) -> Option<Segment> {
        if at > self.open_at {
            self.seal();
        }
        let front = self.sealed.front_mut().filter(|front| front.start < at)?;
        if front.end() > at {
            return Some(front.split_to(at));
        }
        self.sealed.pop_front()
    }

    /// Drops the first `n` bytes, or all if there are fewer.
    #[inline]
    pub(crate) fn skip(&mut self, n: usize) {
        self.drop_before(self.start().saturating_add(n as u64).min(self.end()));
    }

    /// Drops what comes before `at`, which is at most the end.
    pub(super) fn drop_before(&mut self, at: u64) {
        while let Some(front) = self.sealed.front_mut().filter(|front| front.start < at) {
            let taken = count(&(front.start..at)).min(front.chunk.len());
            // The segment gets shorter in place: nobody wants what is cut off as a segment of its
            // own.
            front.chunk.advance(taken);
            front.start += taken as u64;
            if front.chunk.is_empty() {
                self.sealed.pop_front();
            }
        }
        let part = count(&(self.open_at..at));
        self.open += part;
        self.open_at += part as u64;
        self.check_joined();
    }

    /// Puts the pieces that the first `n` bytes lie in together, if they are several, and returns
    /// how many bytes were copied for that.
    ///
    /// The block they are put into is kept, with room for as many again, as long as reading is in
    /// it: the next look then copies only what comes after. So looking at ever more bytes copies
    /// each of them a bounded number of times.
    pub(super) fn join_front(&mut self, n: usize) -> usize {
        if self.views().next().is_none_or(|first| first.len() >= n) {
            return 0;
        }
        let start = self.start();
        let end = start + n as u64;
        let (mut block, from) = match (self.joined.take(), self.sealed.front()) {
            // The block of the last look has room: only what comes after it is copied.
            (Some(block), Some(front)) if block.room() >= count(&(front.end()..end)) => {
                (block, front.end())
            }
            // It has not. Twice the room, so that all copies together are a constant number for
            // each byte.
            (Some(_), _) => {
                let twice = self.pool.try_acquire(n.saturating_mul(2));
                (twice.unwrap_or_else(|_| self.pool.acquire(n)), start)
            }
            // The first look: exactly what it needs, as most are not repeated.
            (None, _) => (self.pool.acquire(n), start),
        };
        for view in self.views_of(from..end) {
            block.append(view);
        }
        let chunk = block.chunk(block.filled().len() - n..);
        self.drop_before(end);
        self.sealed.push_front(Segment { start, chunk });
        self.joined = Some(block);
        count(&(from..end))
    }

    /// Gives the block of the last look up, unless reading is in it.
    #[inline]
    pub(super) fn check_joined(&mut self) {
        if self.joined.is_some() {
            self.check_joined_slow();
        }
    }

    fn check_joined_slow(&mut self) {
        let front = self.sealed.front();
        let ends_in = |block: &ChunkBuilder, front: &Segment| {
            // By address: the front may have been shortened from its start, but it still ends where
            // the block does.
            front.chunk.as_ptr_range().end == block.filled().as_ptr_range().end
        };
        let is_read = |block: &ChunkBuilder| front.is_some_and(|front| ends_in(block, front));
        self.joined = self.joined.take().filter(is_read);
    }

    /// Gives back what need not be kept while there is nothing: the list's room, and the open
    /// block's block if nothing of it is used, whose like the pool has ready.
    ///
    /// A block of which chunks live is in memory anyway, so what comes next goes after them.
    /// Otherwise chunks of a few bytes, each taken before the next one came, would keep a block
    /// each.
    pub(super) fn idle(&mut self) {
        if !self.is_empty() {
            return;
        }
        self.joined = None;
        if self.sealed.capacity() > LIST {
            self.sealed = VecDeque::new();
        }
        let is_used = |block: &ChunkBuilder| !block.is_unique() && block.room() > 0;
        if !self.block.as_ref().is_some_and(is_used) {
            (self.block, self.open) = (None, 0);
        }
    }

    /// Drops everything, and every block.
    pub(crate) fn clear(&mut self) {
        self.open_at = self.end();
        (self.block, self.open) = (None, 0);
        self.sealed.clear();
        self.idle();
    }

    /// Moves all segments of `other` to the end.
    pub(super) fn join(&mut self, other: &mut Segments) {
        self.check_room_for(other.len());
        // Both open parts become segments: the order of the bytes is that of the list.
        other.seal();
        self.seal();
        for mut segment in other.sealed.drain(..) {
            segment.start = self.open_at;
            self.open_at = segment.end();
            self.sealed.push_back(segment);
        }
        other.check_joined();
    }

    /// How many segments there is room for in the list.
    #[cfg(test)]
    pub(super) fn list_room(&self) -> usize {
        self.sealed.capacity()
    }
}

/// Fills `slices` with the first of `views`, and returns how many those are.
pub(super) fn fill_io_slices<'a>(
    slices: &mut [IoSlice<'a>],
    views: impl Iterator<Item = &'a [u8]>,
) -> usize {
    let pairs = slices.iter_mut().zip(views);
    pairs
        .map(|(slice, view)| *slice = IoSlice::new(view))
        .count()
}
