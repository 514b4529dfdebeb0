//! [`Segments`]: a run of bytes in frozen chunks, and an open tail that small pieces are copied to.
//!
//! ```text
//!   sealed, oldest first       tail:  0 .... open .... filled .... room
//!   [...][....][..]                   sealed   open part        (what is written next)
//!   ^ start                                   ^ open_at       ^ end
//! ```
//!
//! One store for three users: a [`Chain`](super::Chain) gives it public names, a
//! [`Pipe`](super::Pipe) adds positions that never change, a buffered writer a capacity.
//!
//! Invariants: no segment is empty; each begins where the one before it ends, and the open part
//! begins at `open_at`, where the last one ends. Positions are absolute, so a segment in the middle
//! is found by bisection however many there are, and appending to the tail changes no number here:
//! the end is what the tail has filled. `joined`, if there is one, holds the first segment as the
//! last part of what is in it.

use std::collections::VecDeque;
use std::io::IoSlice;
use std::ops::Range;

use super::pool::Pool;
use super::tail::Tail;
use super::view::Chunk;

/// Pieces from this size on are linked as they are. Copying a smaller one costs less than a slice
/// more in every gather write: the two are equal at 1.5 to 2 KiB.
pub(crate) const LINK_FROM: usize = 2048;

/// The size of a block where nothing else was asked for, or where that cannot be had.
pub(crate) const BLOCK: usize = 8 * 1024;

/// For so many segments the list keeps its room when it empties; room for more goes back, so that
/// one burst of small chunks does not cost memory for the rest of the stream's life.
pub(super) const LIST: usize = 64;

const TOO_LONG: &str = "at most `usize::MAX` bytes can be counted";

#[derive(Default)]
pub(crate) struct Segments {
    sealed: VecDeque<Segment>,
    /// The block for small pieces; `None` until the first.
    tail: Option<Tail>,
    /// Where the tail's open part begins in the block, …
    open: usize,
    /// … and in the run.
    open_at: u64,
    /// The block in which the first pieces were put together for a look at them.
    joined: Option<Tail>,
    pub(super) pool: Pool,
}

/// A chunk and the position of its first byte.
pub(super) struct Segment {
    pub(super) start: u64,
    pub(super) chunk: Chunk,
}

impl Segment {
    #[inline]
    pub(super) fn end(&self) -> u64 {
        self.start + self.chunk.len() as u64
    }

    /// The part of it that `range` covers.
    fn part(&self, range: &Range<u64>) -> Range<usize> {
        let from = count(&(self.start..range.start));
        let to = count(&(self.start..range.end.min(self.end())));
        from..to
    }

    /// Takes off what lies before `at`, which is inside.
    pub(super) fn split_to(&mut self, at: u64) -> Segment {
        let chunk = self.chunk.split_to(count(&(self.start..at)));
        let start = std::mem::replace(&mut self.start, at);
        Segment { start, chunk }
    }
}

/// How many bytes a range of positions is; 0 if it is reversed. There are never more bytes here
/// than a `usize` can count, and a segment is no longer than that.
#[inline]
pub(super) fn count(range: &Range<u64>) -> usize {
    distance(range.end.saturating_sub(range.start))
}

/// How far two positions are from each other; beyond what memory holds, as far as nothing is.
#[inline]
pub(super) fn distance(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
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

    pub(super) fn tail(&self) -> Option<&Tail> {
        self.tail.as_ref()
    }

    pub(super) fn tail_mut(&mut self) -> Option<&mut Tail> {
        self.tail.as_mut()
    }

    #[inline]
    fn open_part(&self) -> &[u8] {
        match &self.tail {
            Some(tail) => &tail.frozen()[self.open..],
            None => &[],
        }
    }

    // Writing

    /// Copies all of `bytes` into the tail's room, or nothing: one comparison and one copy. (Rows
    /// 3a and 6a of the benchmarks.)
    #[inline]
    pub(crate) fn append_fast(&mut self, bytes: &[u8]) -> bool {
        match &mut self.tail {
            Some(tail) => tail.append_all(bytes),
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
            let tail = self.tail.as_mut().expect("there is room in it");
            let taken = tail.append(bytes);
            bytes = &bytes[taken..];
        }
    }

    /// Puts a chunk at the end as it is.
    ///
    /// # Panics
    ///
    /// If all together would be more than `usize::MAX` bytes.
    pub(crate) fn link(&mut self, chunk: Chunk) {
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
            && let Some(tail) = &mut self.tail
        {
            tail.limit(left);
        }
    }

    /// How many bytes more could be counted after `n` more.
    fn check_room_for(&self, n: usize) -> usize {
        usize::MAX - self.len().checked_add(n).expect(TOO_LONG)
    }

    /// Makes the open part a segment; the room after it stays usable.
    pub(super) fn seal(&mut self) {
        if let Some(tail) = &self.tail
            && self.open < tail.frozen().len()
        {
            let segment = Segment {
                start: self.open_at,
                chunk: tail.chunk(self.open..),
            };
            self.open = tail.frozen().len();
            self.open_at = segment.end();
            self.sealed.push_back(segment);
        }
    }

    /// The tail with room for `hint` bytes, in a block of `size` bytes if it is a new one; `None`,
    /// and nothing changes, where there is no memory for it.
    ///
    /// Up to `carry` open bytes are copied to the front of the next block instead of becoming a
    /// segment: a record that straddles two blocks then lies in one.
    pub(crate) fn room(&mut self, hint: usize, size: usize, carry: usize) -> Option<&mut Tail> {
        // Each request of a client that waits for its answer begins so (row 5a).
        if self.tail.is_none() {
            self.tail = Some(self.new_block(hint, size)?);
            return self.tail.as_mut();
        }
        let open = self.open_part().len();
        if (open == 0 || !self.has_room(hint))
            && open <= carry
            && let Some(tail) = &mut self.tail
            && tail.reclaim(self.open)
        {
            // No view of the block lives: it is used from its start again.
            self.open = 0;
        }
        if !self.has_room(hint) {
            self.renew(hint, size, carry)?;
        }
        self.tail.as_mut()
    }

    fn has_room(&self, hint: usize) -> bool {
        self.tail.as_ref().is_some_and(|tail| tail.room() >= hint)
    }

    /// Goes on in a new block.
    fn renew(&mut self, hint: usize, size: usize, carry: usize) -> Option<()> {
        let open = self.open_part().len();
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
        (self.tail, self.open) = (Some(next), 0);
        Some(())
    }

    /// A block for `need` bytes at least; of `size` bytes if there is memory for that.
    ///
    /// Chunks keep the block that is given up. If hardly anything of it was used, since few bytes
    /// come where many are hinted at, the next one gets room for two hints: it is used at least to
    /// a half before the room for one is missing, and so are all that follow.
    fn new_block(&self, need: usize, size: usize) -> Option<Tail> {
        let is_wasted = |tail: &Tail| !tail.is_unique() && tail.room() > tail.capacity() / 4;
        let wanted = if self.tail.as_ref().is_some_and(is_wasted) {
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
    fn smaller_block(&self, need: usize, wanted: usize) -> Option<Tail> {
        let sizes = [need.max(BLOCK.min(wanted)), need];
        sizes
            .into_iter()
            .find_map(|size| self.pool.try_acquire(size).ok())
    }

    /// Goes on in a block that comes from elsewhere; all that is in it is open.
    pub(super) fn adopt(&mut self, block: Tail) {
        self.check_room_for(block.frozen().len());
        self.seal();
        (self.tail, self.open) = (Some(block), 0);
    }

    /// Lets the tail have `room` bytes of room at most, so that [`append_fast`] takes no more.
    ///
    /// [`append_fast`]: Segments::append_fast
    pub(crate) fn limit(&mut self, room: usize) {
        if let Some(tail) = &mut self.tail {
            tail.limit(room);
        }
    }

    /// The tail's room, for somebody to write into; what was written is taken by
    /// [`commit`](Segments::commit).
    #[inline]
    pub(crate) fn spare_mut(&mut self) -> &mut [u8] {
        match &mut self.tail {
            Some(tail) => tail.spare_mut(),
            None => &mut [],
        }
    }

    /// Takes the first `n` bytes of the tail's room.
    ///
    /// # Panics
    ///
    /// If there is less room.
    #[inline]
    pub(crate) fn commit(&mut self, n: usize) {
        match &mut self.tail {
            Some(tail) => tail.commit(n),
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
        let mut count = 0;
        for (slice, view) in slices.iter_mut().zip(self.views()) {
            *slice = IoSlice::new(view);
            count += 1;
        }
        count
    }

    /// The first piece of the bytes of `range`, which are there.
    #[inline]
    pub(super) fn first(&self, range: &Range<u64>) -> &[u8] {
        if range.start >= self.open_at {
            // Where everything lies that was just read into a block.
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
        debug_assert_eq!(block.frozen().len(), count(&range), "all of it is there");
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
            let tail = self.tail.as_ref()?;
            return Some(tail.chunk(from..from + count(range)));
        }
        let first = self.sealed.partition_point(|it| it.end() <= range.start);
        let segment = self.sealed.get(first).filter(|it| it.end() >= range.end)?;
        Some(segment.chunk.slice(segment.part(range)))
    }

    /// Links the bytes of `range`, piece by piece, to other ones. Copies nothing.
    pub(super) fn link_to(&self, target: &mut Segments, range: Range<u64>) {
        let mut at = range.start;
        for view in self.views_of(range.clone()) {
            let next = at + view.len() as u64;
            let chunk = self.shared(&(at..next));
            target.link(chunk.expect("a view lies in one piece"));
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

    /// Takes the first segment off as far as it lies before `at`; what is left begins there.
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

    /// Drops what lies before `at`, which is not behind the end.
    pub(super) fn drop_before(&mut self, at: u64) {
        while let Some(front) = self.sealed.front_mut().filter(|front| front.start < at) {
            let taken = count(&(front.start..at)).min(front.chunk.len());
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
    /// it: the next look then copies only what comes behind. So looking at ever more bytes copies
    /// each of them a bounded number of times.
    pub(super) fn join_front(&mut self, n: usize) -> usize {
        if self.views().next().is_none_or(|first| first.len() >= n) {
            return 0;
        }
        let start = self.start();
        let end = start + n as u64;
        let (mut block, from) = match (self.joined.take(), self.sealed.front()) {
            (Some(block), Some(front)) if block.room() >= count(&(front.end()..end)) => {
                (block, front.end())
            }
            (Some(_), _) => {
                let twice = self.pool.try_acquire(n.saturating_mul(2));
                (twice.unwrap_or_else(|_| self.pool.acquire(n)), start)
            }
            (None, _) => (self.pool.acquire(n), start),
        };
        for view in self.views_of(from..end) {
            block.append(view);
        }
        let chunk = block.chunk(block.frozen().len() - n..);
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
        let ends_in = |block: &Tail, front: &Segment| {
            front.chunk.as_ptr_range().end == block.frozen().as_ptr_range().end
        };
        let is_read = |block: &Tail| front.is_some_and(|front| ends_in(block, front));
        self.joined = self.joined.take().filter(is_read);
    }

    /// Gives back what need not be kept while there is nothing: the list's room, and the tail's
    /// block if nothing of it is used, whose like the pool has ready.
    ///
    /// A block of which chunks live is there anyway, so what comes next goes behind them: else
    /// chunks of a few bytes, each taken before the next one came, would keep a block each.
    pub(super) fn idle(&mut self) {
        if !self.is_empty() {
            return;
        }
        self.joined = None;
        if self.sealed.capacity() > LIST {
            self.sealed = VecDeque::new();
        }
        let is_used = |tail: &Tail| !tail.is_unique() && tail.room() > 0;
        if !self.tail.as_ref().is_some_and(is_used) {
            (self.tail, self.open) = (None, 0);
        }
    }

    /// Drops everything, and every block.
    pub(crate) fn clear(&mut self) {
        self.open_at = self.end();
        (self.tail, self.open) = (None, 0);
        self.sealed.clear();
        self.idle();
    }

    /// Moves all segments of `other` to the end.
    pub(super) fn join(&mut self, other: &mut Segments) {
        self.check_room_for(other.len());
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
