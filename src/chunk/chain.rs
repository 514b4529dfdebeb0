//! [`Chain`]: an ordered run of chunks, taken and given at both ends.
//!
//! ```text
//!   chunks, oldest first  ·  block:  0 .... start .... filled .... room
//!                                    sealed    open
//! ```
//!
//! What moves are chunks; bytes stay where they are. Only pieces too small to be worth a chunk of
//! their own are copied, behind one another, into the block that the chain writes to. The bytes
//! there that are not in a chunk yet are the *open* part; it is sealed into a chunk when something
//! has to come behind it or when it is taken. Invariants: no chunk is empty; `len` counts the
//! bytes of all chunks and of the open part.

mod traits;
mod transfer;

use std::collections::VecDeque;
use std::io::IoSlice;

use super::pool::Pool;
use super::tail::Tail;
use super::view::Chunk;

/// Pieces from this size on are linked as they are; copying smaller ones is cheaper.
const LINK_FROM: usize = 2048;

/// The size of the block for small pieces, where nothing else was asked for.
const BLOCK: usize = 8 * 1024;

/// For so many chunks the list keeps its room when the chain empties; room for more goes back.
const LIST: usize = 64;

const TOO_LONG: &str = "a chain holds at most `usize::MAX` bytes";

/// A run of bytes in several chunks: what scatter/gather I/O reads and writes.
///
/// Chunks go in and come out at both ends without a byte being copied, and whole chains are cut
/// and joined the same way. Small pieces are collected in a block, so that writing byte by byte
/// makes no long chain, and small chunks of it that are kept do not keep a block each. A chain that
/// is empty owns no memory, unless chunks of its block live: then what comes next goes behind them.
///
/// [`append`](Chain::append), [`push`](Chain::push) and [`link`](Chain::link) always take
/// everything. ([`Tail::append`] takes what there is room for and says how much that was;
/// [`Pipe::append`](crate::Pipe::append) takes all or nothing, and its `Result` says which.)
///
/// As a [`Read`](std::io::Read), [`BufRead`](std::io::BufRead) and
/// [`Write`](std::io::Write) it is a queue of bytes: reading
/// an empty one is the end.
///
/// # Examples
///
/// ```
/// use iolite::{Chain, Chunk};
///
/// let body = Chunk::from(vec![b'x'; 5000]);
/// let address = body.as_ptr();
/// let mut message = Chain::new();
/// message.append(b"LENGTH 5000\n");             // small: copied
/// message.push(body);                           // large: linked
/// assert_eq!((message.len(), message.views().count()), (5012, 2));
///
/// let head = message.split_to(12);
/// assert_eq!(head, b"LENGTH 5000\n");
/// assert_eq!(message.pop_front().expect("the body").as_ptr(), address);
/// ```
#[derive(Default)]
pub struct Chain {
    chunks: VecDeque<Chunk>,
    /// The block for small pieces; `None` until the first.
    tail: Option<Tail>,
    /// Where the block's open part begins.
    start: usize,
    /// The block in which the first pieces were put together for a look at them. The first chunk is
    /// the last part of it; where that ends to be so, it is given up.
    look: Option<Tail>,
    len: usize,
    /// The size of the next block; 0 is [`BLOCK`].
    block: usize,
    /// From which size on chunks are linked; `None` is [`LINK_FROM`].
    cutoff: Option<usize>,
    pool: Pool,
}

impl Chain {
    /// An empty chain. Allocates nothing before the first byte.
    pub fn new() -> Chain {
        Chain::default()
    }

    /// An empty chain that collects small pieces in blocks of `capacity` bytes. Where there is no
    /// memory for one so large, it takes usual ones.
    pub fn with_block_size(capacity: usize) -> Chain {
        Chain {
            block: capacity,
            ..Chain::default()
        }
    }

    /// This chain, with chunks linked from `bytes` on instead of 2 KiB, by
    /// [`push`](Chain::push) and [`join`](Chain::join): fewer where linking is dear, as on a
    /// device that takes one piece a call; more where memory must not be kept for small views.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{Chain, Chunk};
    ///
    /// let mut chain = Chain::new().with_cutoff(4);
    /// ["head", "a", "b", "body"].map(|piece| chain.push(Chunk::from(piece)));
    /// assert_eq!(chain.views().collect::<Vec<_>>(), [&b"head"[..], b"ab", b"body"]);
    /// ```
    #[must_use = "it is this chain that has the cut-off"]
    pub fn with_cutoff(mut self, bytes: usize) -> Chain {
        self.cutoff = Some(bytes);
        self
    }

    fn cutoff(&self) -> usize {
        self.cutoff.unwrap_or(LINK_FROM)
    }

    /// Number of bytes.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The bytes, piece by piece, in order.
    pub fn views(&self) -> impl Iterator<Item = &[u8]> {
        let open = Some(self.open()).filter(|open| !open.is_empty());
        self.chunks.iter().map(|chunk| &**chunk).chain(open)
    }

    fn open(&self) -> &[u8] {
        self.tail
            .as_ref()
            .map_or(&[], |tail| &tail.frozen()[self.start..])
    }

    /// Copies `bytes` to the end, all of them.
    ///
    /// # Panics
    ///
    /// As every call that adds bytes, if all together would be more than `usize::MAX`: on 32 bit a
    /// chunk that is linked very often.
    #[inline]
    pub fn append(&mut self, bytes: &[u8]) {
        self.lengthen(bytes.len());
        let tail = self.tail.as_mut();
        if !tail.is_some_and(|tail| tail.append_all(bytes)) {
            self.append_in_pieces(bytes);
        }
    }

    #[inline]
    fn lengthen(&mut self, n: usize) {
        self.len = self.len.checked_add(n).expect(TOO_LONG);
    }

    #[cold]
    fn append_in_pieces(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let taken = self.tail_with_room().append(bytes);
            bytes = &bytes[taken..];
        }
    }

    fn tail_with_room(&mut self) -> &mut Tail {
        if self.tail.as_ref().is_some_and(|tail| tail.room() == 0) {
            self.seal();
            self.rewind();
        }
        match &mut self.tail {
            Some(tail) => tail,
            empty => empty.insert(new_block(&self.pool, self.block)),
        }
    }

    /// Makes the open part a chunk; the block's room stays usable.
    fn seal(&mut self) {
        if let Some(tail) = &self.tail
            && self.start < tail.frozen().len()
        {
            self.chunks.push_back(tail.chunk(self.start..));
            self.start = tail.frozen().len();
        }
    }

    /// Uses the block, of which nothing is open, from its start again, or gives it up if chunks
    /// of it live.
    fn rewind(&mut self) {
        if let Some(tail) = &mut self.tail {
            let filled = tail.frozen().len();
            if !tail.reclaim(filled) {
                self.tail = None;
            }
        }
        self.start = 0;
    }

    /// Puts a chunk at the end: linked from the [cut-off](Chain::with_cutoff) on, else copied.
    /// (streamview: `write_view`.)
    #[doc(alias = "write_view")]
    pub fn push(&mut self, chunk: Chunk) {
        if chunk.len() < self.cutoff() {
            return self.append(&chunk);
        }
        self.link(chunk);
    }

    /// Puts a chunk at the end as it is, however small.
    pub fn link(&mut self, chunk: Chunk) {
        if chunk.is_empty() {
            return;
        }
        self.lengthen(chunk.len());
        self.seal();
        self.chunks.push_back(chunk);
    }

    /// Takes the last chunk off. (streamview: `unwrite_view`.)
    #[doc(alias = "unwrite_view")]
    pub fn pop(&mut self) -> Option<Chunk> {
        self.seal();
        let chunk = self.chunks.pop_back()?;
        self.shorten(chunk.len());
        Some(chunk)
    }

    /// Takes the first chunk off. (streamview: `read_view`.)
    #[doc(alias = "read_view")]
    pub fn pop_front(&mut self) -> Option<Chunk> {
        let chunk = self.front()?;
        self.shorten(chunk.len());
        Some(chunk)
    }

    /// Takes the first chunk out of the list; it still counts.
    fn front(&mut self) -> Option<Chunk> {
        if self.chunks.is_empty() {
            self.seal();
        }
        self.chunks.pop_front()
    }

    /// Counts `n` bytes less, and lets go of what that leaves without use.
    #[inline]
    fn shorten(&mut self, n: usize) {
        self.len -= n;
        if self.len == 0 {
            self.idle();
        } else if self.look.is_some() {
            self.look_away();
        }
    }

    /// Gives the block of the last look up, unless reading is in it.
    #[cold]
    fn look_away(&mut self) {
        let front = self.chunks.front();
        let look = self.look.take();
        self.look = look.filter(|block| front.is_some_and(|front| ends_in(front, block)));
    }

    /// Gives back what an empty chain need not have: the list's room, and the block, whose like the
    /// pool has ready. A block of which chunks live is there anyway, so what comes next goes behind
    /// them: else chunks of a few bytes, each taken before the next one came, would keep a block
    /// each.
    fn idle(&mut self) {
        self.look = None;
        if self.chunks.capacity() > LIST {
            self.chunks = VecDeque::new();
        }
        match &self.tail {
            Some(tail) if !tail.is_unique() && tail.room() > 0 => {
                self.start = tail.frozen().len();
            }
            _ => (self.tail, self.start) = (None, 0),
        }
    }

    /// Puts a chunk in front of everything. (streamview: `unread_view`.)
    #[doc(alias = "unread_view")]
    pub fn push_front(&mut self, chunk: Chunk) {
        if !chunk.is_empty() {
            self.lengthen(chunk.len());
            self.look = None;
            self.chunks.push_front(chunk);
        }
    }

    /// Moves all bytes of `other` to the end of this chain: its chunks as they are, but copied
    /// if all of them together are below the [cut-off](Chain::with_cutoff).
    pub fn join(&mut self, other: &mut Chain) {
        if other.len < self.cutoff() {
            other.views().for_each(|view| self.append(view));
            other.skip(usize::MAX);
            return;
        }
        self.lengthen(other.len);
        other.seal();
        self.seal();
        self.chunks.append(&mut other.chunks);
        other.shorten(other.len());
    }

    /// Takes the first `n` bytes off as a chain of their own. Copies nothing.
    ///
    /// # Panics
    ///
    /// If there are fewer.
    #[must_use = "what is not kept is gone; `skip` drops it"]
    pub fn split_to(&mut self, n: usize) -> Chain {
        assert!(n <= self.len, "split beyond the end");
        let mut head = self.empty_like();
        while head.len < n {
            head.link(self.take_view(n - head.len));
        }
        head
    }

    /// An empty chain with the same options.
    fn empty_like(&self) -> Chain {
        Chain {
            block: self.block,
            cutoff: self.cutoff,
            pool: self.pool.clone(),
            ..Chain::default()
        }
    }

    /// Takes the next bytes that lie in one piece, at most `max`, without a copy; an empty chunk
    /// only if there are none or `max` is 0. (Python: `read1`.)
    #[doc(alias = "read1")]
    #[must_use = "what is not kept is gone; `skip` drops it"]
    pub fn take_view(&mut self, max: usize) -> Chunk {
        let Some(mut chunk) = self.front() else {
            return Chunk::new();
        };
        let head = chunk.split_to(chunk.len().min(max));
        if !chunk.is_empty() {
            self.chunks.push_front(chunk);
        }
        self.shorten(head.len());
        head
    }

    /// Takes the next `n` bytes as one chunk, fewer if there are no more. Copies only if they
    /// lie in several pieces.
    #[must_use = "what is not kept is gone; `skip` drops it"]
    pub fn take_chunk(&mut self, n: usize) -> Chunk {
        let n = n.min(self.len);
        self.gather_front(n);
        self.take_view(n)
    }

    /// The next `n` bytes in one piece, or `None` if there are fewer. Copies only if they lie in
    /// several pieces, and only those pieces: to look at ever more of them copies only what is new.
    pub fn contiguous(&mut self, n: usize) -> Option<&[u8]> {
        if n > self.len {
            return None;
        }
        self.gather_front(n);
        let first = self.views().next();
        Some(first.map_or(&[], |first| &first[..n]))
    }

    /// Puts the pieces that the first `n` bytes lie in together, if they are several.
    ///
    /// The block they are put into is kept, with room for as many again, as long as reading is in
    /// it: the next look then copies only what comes behind.
    fn gather_front(&mut self, n: usize) {
        if self.views().next().is_none_or(|first| first.len() >= n) {
            return;
        }
        let first = self.chunks.front();
        let (looked_at, first) = (self.look.take(), first.map_or(0, |first| first.len()));
        let (mut block, mut done) = match looked_at {
            Some(block) if block.room() >= n - first => (block, first),
            Some(_) => (self.pool.acquire(n.saturating_mul(2)), 0),
            None => (self.pool.acquire(n), 0),
        };
        // What is in the block already only leaves the list. Nothing stops counting on the way.
        if done > 0 {
            self.chunks.pop_front();
        }
        while done < n {
            let mut piece = self.front().expect("the chain has `n` bytes");
            let part = piece.split_to(piece.len().min(n - done));
            let taken = block.append(&part);
            debug_assert_eq!(taken, part.len(), "the block has room for all");
            done += taken;
            if !piece.is_empty() {
                self.chunks.push_front(piece);
            }
        }
        self.chunks
            .push_front(block.chunk(block.frozen().len() - n..));
        self.look = Some(block);
    }

    /// Drops the first bytes, `n` at most, and returns how many those were.
    pub fn skip(&mut self, n: usize) -> usize {
        let n = n.min(self.len);
        let mut rest = n;
        while let Some(first) = self.chunks.front_mut().filter(|_| rest > 0) {
            let taken = rest.min(first.len());
            first.advance(taken);
            if first.is_empty() {
                self.chunks.pop_front();
            }
            rest -= taken;
        }
        self.start += rest;
        self.shorten(n);
        n
    }

    /// Drops all but the first `n` bytes; does nothing if there are fewer.
    pub fn truncate(&mut self, n: usize) {
        self.seal();
        while self.len > n
            && let Some(mut last) = self.pop()
        {
            last.truncate(n.saturating_sub(self.len));
            self.link(last);
        }
    }

    /// All bytes as one chunk. Copies only if they lie in several pieces.
    pub fn to_chunk(&self) -> Chunk {
        let mut views = self.chunks.iter();
        match (views.next(), views.next(), self.open()) {
            (Some(only), None, []) => only.clone(),
            (None, ..) => self
                .tail
                .as_ref()
                .map_or_else(Chunk::new, |tail| tail.chunk(self.start..)),
            _ => {
                let mut all = Vec::with_capacity(self.len);
                self.views().for_each(|view| all.extend_from_slice(view));
                Chunk::from(all)
            }
        }
    }

    /// Fills `slices` with the first pieces for a gather write, and returns how many those are: as
    /// many as `slices` has room for at most. What was written is dropped with
    /// [`skip`](Chain::skip).
    ///
    /// Systems take 1024 slices at once or fewer, and refuse a call with more; from 64 on more of
    /// them are not faster. [`write_to`](Chain::write_to) sees to that.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{IoSlice, Write};
    /// use iolite::{Chain, Chunk};
    ///
    /// let mut chain = Chain::from_iter([Chunk::from("ab"), Chunk::from("cd")]);
    /// let mut device = Vec::new();
    /// let mut slices = [IoSlice::new(&[]); 16];
    /// let n = chain.io_slices(&mut slices);
    /// let written = device.write_vectored(&slices[..n])?;
    /// chain.skip(written);
    /// assert_eq!((device.as_slice(), chain.len()), (&b"abcd"[..], 0));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn io_slices<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let mut count = 0;
        for (slice, view) in slices.iter_mut().zip(self.views()) {
            *slice = IoSlice::new(view);
            count += 1;
        }
        count
    }
}

/// Whether a chunk is the last part of what is in the block.
fn ends_in(chunk: &Chunk, block: &Tail) -> bool {
    chunk.as_ptr_range().end == block.frozen().as_ptr_range().end
}

/// A block of the size that was asked for, or of the usual one where there is no memory for that.
fn new_block(pool: &Pool, asked_for: usize) -> Tail {
    let size = match asked_for {
        0 => BLOCK,
        size => size,
    };
    pool.try_acquire(size)
        .unwrap_or_else(|_| pool.acquire(BLOCK))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_was_long_gives_its_room_back() {
        let mut chain = Chain::new();
        let fill = |chain: &mut Chain| (0..10_000).for_each(|_| chain.link(Chunk::from("x")));
        let empty: [fn(&mut Chain); 5] = [
            |chain| assert_eq!(chain.skip(usize::MAX), 10_000),
            |chain| chain.truncate(0),
            |chain| drop(chain.split_to(10_000)),
            |chain| while chain.pop_front().is_some() {},
            |chain| Chain::new().join(chain),
        ];
        for empty in empty {
            fill(&mut chain);
            empty(&mut chain);
            assert!(chain.is_empty());
            assert!(
                chain.chunks.capacity() <= LIST,
                "{}",
                chain.chunks.capacity()
            );
        }
        // A short one is left alone.
        (0..10).for_each(|_| chain.link(Chunk::from("x")));
        let room = chain.chunks.capacity();
        chain.skip(usize::MAX);
        assert_eq!(chain.chunks.capacity(), room);
    }
}
