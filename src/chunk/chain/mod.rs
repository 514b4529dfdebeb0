//! [`Chain`]: an ordered run of chunks, taken and given at both ends.
//!
//! What moves are chunks; bytes stay where they are. Only pieces too small to be worth a slice of
//! their own are copied, one after another, into the block that the chain writes to: the open block
//! of its [`Segments`], which this type gives public names.

mod std_impls;

use std::io::{self, IoSlice, IoSliceMut, Read, Write};

use super::chunk_builder::ChunkBuilder;
use super::pool::Pool;
use super::segments::{BLOCK, COPY_THRESHOLD, Segments};
use super::view::Chunk;
use crate::error::{Operation, checked_count, checked_write, retry};

/// How many pieces one system call is given. More do not make a call faster, and it is below the
/// limits of the usual systems (1024 on Linux; POSIX guarantees 16, and std cuts down further where
/// it knows a lower limit).
const PIECES: usize = 64;

/// The position of a chain's first byte: in the middle, as bytes are put at both ends.
const ORIGIN: u64 = 1 << 63;

/// A run of bytes in several chunks: what scatter/gather I/O reads and writes.
///
/// Chunks go in and come out at both ends without a byte being copied, and whole chains are cut
/// and joined the same way. Small pieces are collected in a block, so that writing byte by byte
/// makes no long chain, and small chunks of it that are kept do not keep a block each. A chain that
/// is empty owns no memory, unless chunks of its block live: then what comes next goes after them.
///
/// [`append`](Chain::append), [`push`](Chain::push) and [`push_shared`](Chain::push_shared) always
/// take everything. ([`ChunkBuilder::append`] takes what there is room for and says how much that
/// was; [`Pipe::append`](crate::Pipe::append) takes all or nothing, and its `Result` says which.)
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
/// message.push(body);                           // large: shared
/// assert_eq!((message.len(), message.views().count()), (5012, 2));
///
/// let head = message.split_to(12);
/// assert_eq!(head, b"LENGTH 5000\n");
/// assert_eq!(message.pop_front().expect("the body").as_ptr(), address);
/// ```
#[doc(alias = "copy")]
#[doc(alias = "readinto")]
#[doc(alias = "readinto1")]
pub struct Chain {
    segments: Segments,
    /// The size of the next block.
    block: usize,
    /// From which size on chunks are shared.
    copy_threshold: usize,
}

impl Chain {
    /// An empty chain. Allocates nothing before the first byte.
    pub fn new() -> Chain {
        Chain::default()
    }

    /// An empty chain that collects small pieces in blocks of `capacity` bytes. If there is no
    /// memory for one that large, it takes blocks of the usual size.
    pub fn with_block_size(capacity: usize) -> Chain {
        let block = if capacity == 0 { BLOCK } else { capacity };
        Chain {
            block,
            ..Chain::default()
        }
    }

    /// This chain, with chunks shared from `bytes` on instead of 2 KiB, by [`push`](Chain::push)
    /// and [`join`](Chain::join). A higher threshold gives fewer pieces, for a device that takes
    /// one piece a call, and keeps less memory alive for small views; a lower one copies less.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{Chain, Chunk};
    ///
    /// let mut chain = Chain::new().with_copy_threshold(4);
    /// ["head", "a", "b", "body"].map(|piece| chain.push(Chunk::from(piece)));
    /// assert_eq!(chain.views().collect::<Vec<_>>(), [&b"head"[..], b"ab", b"body"]);
    /// ```
    #[must_use = "the chain with the threshold is returned"]
    pub fn with_copy_threshold(mut self, bytes: usize) -> Chain {
        self.copy_threshold = bytes;
        self
    }

    /// Number of bytes.
    pub fn len(&self) -> usize {
        self.segments.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    /// The bytes, piece by piece, in order.
    pub fn views(&self) -> impl Iterator<Item = &[u8]> {
        self.segments.views()
    }

    /// Copies `bytes` to the end, all of them.
    ///
    /// # Panics
    ///
    /// As every call that adds bytes, if all together would be more than `usize::MAX`: on 32 bit a
    /// chunk that is shared very often.
    #[doc(alias = "write")]
    #[inline]
    pub fn append(&mut self, bytes: &[u8]) {
        if !self.segments.append_fast(bytes) {
            self.segments.append(bytes, self.block, 0);
        }
    }

    /// Puts a chunk at the end: shared from the [copy threshold](Chain::with_copy_threshold) on,
    /// else copied.
    pub fn push(&mut self, chunk: Chunk) {
        if chunk.len() < self.copy_threshold {
            return self.append(&chunk);
        }
        self.push_shared(chunk);
    }

    /// Puts a chunk at the end as it is, however small. (streamview: `writeview`.)
    #[doc(alias = "writeview")]
    pub fn push_shared(&mut self, chunk: Chunk) {
        self.segments.push_shared(chunk);
    }

    /// Takes the last chunk off. (streamview: `unwriteview`.)
    #[doc(alias = "unwriteview")]
    pub fn pop(&mut self) -> Option<Chunk> {
        let chunk = self.segments.pop_back();
        self.release_unused();
        chunk
    }

    /// Takes the first chunk off. (streamview: `readview`.)
    #[doc(alias = "readview")]
    pub fn pop_front(&mut self) -> Option<Chunk> {
        let first = self.segments.pop_front();
        self.release_unused();
        Some(first?.chunk)
    }

    /// Releases what is no longer needed after bytes were taken.
    #[inline]
    fn release_unused(&mut self) {
        if self.is_empty() {
            self.segments.idle();
        } else {
            self.segments.check_joined();
        }
    }

    /// Puts a chunk in front of everything. (streamview: `unreadview`.)
    #[doc(alias = "unreadview")]
    pub fn push_front(&mut self, chunk: Chunk) {
        self.segments.push_front(chunk);
    }

    /// Moves all bytes of `other` to the end of this chain: its chunks as they are, but copied
    /// if all of them together are below the [copy threshold](Chain::with_copy_threshold).
    #[doc(alias = "merge")]
    pub fn join(&mut self, other: &mut Chain) {
        if other.len() < self.copy_threshold {
            // Few bytes: as for `push`, a copy costs less than more slices in every write.
            other.views().for_each(|view| self.append(view));
            other.skip(usize::MAX);
            return;
        }
        self.segments.join(&mut other.segments);
        other.release_unused();
    }

    /// Takes the first `n` bytes off as a chain of their own. Copies nothing.
    ///
    /// # Panics
    ///
    /// If there are fewer.
    #[must_use = "what is not kept is gone; `skip` drops it"]
    pub fn split_to(&mut self, n: usize) -> Chain {
        assert!(n <= self.len(), "split beyond the end");
        let mut head = self.empty_like();
        let mut rest = n;
        while rest > 0 {
            let view = self.take_view(rest);
            rest -= view.len();
            head.push_shared(view);
        }
        head
    }

    /// An empty chain with the same options.
    fn empty_like(&self) -> Chain {
        let mut chain = Chain {
            segments: Segments::starting_at(ORIGIN),
            block: self.block,
            copy_threshold: self.copy_threshold,
        };
        // Blocks of the parts go back where those of the whole come from.
        chain.segments.pool = self.segments.pool.clone();
        chain
    }

    pub(super) fn segments_mut(&mut self) -> &mut Segments {
        &mut self.segments
    }

    /// Takes the next bytes that lie in one piece, at most `max`, without a copy; an empty chunk
    /// only if there are none or `max` is 0. (Python: `read1`.)
    #[doc(alias = "read1")]
    #[must_use = "what is not kept is gone; `skip` drops it"]
    pub fn take_view(&mut self, max: usize) -> Chunk {
        let Some(mut segment) = self.segments.pop_front() else {
            return Chunk::new();
        };
        let n = segment.chunk.len().min(max);
        let head = segment.split_to(segment.start + n as u64);
        if !segment.chunk.is_empty() {
            self.segments.put_back(segment);
        }
        self.release_unused();
        head.chunk
    }

    /// Takes the next `n` bytes as one chunk, fewer if there are no more. Copies only if they
    /// lie in several pieces.
    #[must_use = "what is not kept is gone; `skip` drops it"]
    pub fn take_chunk(&mut self, n: usize) -> Chunk {
        let n = n.min(self.len());
        self.segments.join_front(n);
        self.take_view(n)
    }

    /// The next `n` bytes in one piece, or `None` if there are fewer. Copies only if they lie in
    /// several pieces, and only those pieces: to look at ever more of them copies only what is new.
    pub fn make_contiguous(&mut self, n: usize) -> Option<&[u8]> {
        if n > self.len() {
            return None;
        }
        self.segments.join_front(n);
        let first = self.views().next();
        Some(first.map_or(&[], |first| &first[..n]))
    }

    /// Drops the first bytes, `n` at most, and returns how many those were.
    #[doc(alias = "seek")]
    pub fn skip(&mut self, n: usize) -> usize {
        let n = n.min(self.len());
        self.segments.skip(n);
        self.release_unused();
        n
    }

    /// Drops all but the first `n` bytes; does nothing if there are fewer.
    pub fn truncate(&mut self, n: usize) {
        while self.len() > n
            && let Some(mut last) = self.pop()
        {
            last.truncate(n.saturating_sub(self.len()));
            self.push_shared(last);
        }
    }

    /// All bytes as one chunk. Copies only if they lie in several pieces.
    #[doc(alias = "toview")]
    pub fn to_chunk(&self) -> Chunk {
        self.segments.to_chunk()
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
        self.segments.io_slices(slices)
    }

    /// Writes everything to `device`, with gather writes of up to 64 pieces, and returns how
    /// many bytes those were.
    ///
    /// # Errors
    ///
    /// What the device says; [`NoProgress`](crate::Error::NoProgress) if it takes nothing;
    /// [`BadCount`](crate::Error::BadCount) if it claims more than it was given, which does not
    /// count as written. What it took is gone from the chain, the rest is still there: calling
    /// again goes on. An interrupted call is repeated, unless the
    /// [hook](crate::error::set_global_interrupt_hook) objects.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{Chain, Chunk};
    ///
    /// let mut chain = Chain::from_iter([Chunk::from("head "), Chunk::from("body")]);
    /// let mut device = Vec::new();
    /// assert_eq!(chain.write_to(&mut device)?, 9);
    /// assert_eq!((device.as_slice(), chain.len()), (&b"head body"[..], 0));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn write_to(&mut self, device: &mut impl Write) -> io::Result<usize> {
        let before = self.len();
        while !self.is_empty() {
            let mut pieces = [IoSlice::new(&[]); PIECES];
            let count = self.io_slices(&mut pieces);
            let pieces = &pieces[..count];
            // What this call offers, and not what the chain holds: a count between the two is a
            // lie.
            let limit = pieces.iter().map(|piece| piece.len()).sum();
            let taken = checked_write(retry(|| device.write_vectored(pieces))?, limit)?;
            self.skip(taken);
        }
        Ok(before)
    }

    /// Reads once from `source`, `max` bytes at most, to the end of the chain, and returns how
    /// many bytes those were; 0 is the end. The bytes go straight into blocks, into several of
    /// them with one scatter read if `max` is more than the room in one.
    ///
    /// # Errors
    ///
    /// What the source says; [`BadCount`](crate::Error::BadCount) if it claims more than it was
    /// asked for. The chain is as it was. An interrupted call is repeated, unless the
    /// [hook](crate::error::set_global_interrupt_hook) objects.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::Chain;
    ///
    /// let mut chain = Chain::with_block_size(64);
    /// let mut source = &[7; 1000][..];
    /// assert_eq!(chain.read_from(&mut source, 200)?, 200);
    /// assert_eq!((chain.len(), source.len()), (200, 800));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn read_from(&mut self, source: &mut impl Read, max: usize) -> io::Result<usize> {
        // No block is held for what did not come: the wait for it may be long.
        let mut chain = scopeguard::guard(self, Chain::release_unused);
        chain.read_into_room(source, max)
    }

    /// [`read_from`](Chain::read_from), which may leave an empty chain with a block.
    fn read_into_room(&mut self, source: &mut impl Read, max: usize) -> io::Result<usize> {
        let block = self.block;
        let own = self.segments.room(1, block, 0);
        if own.is_none_or(|own| own.room() < max) {
            return self.scatter_from(source, max);
        }
        let room = &mut self.segments.spare_mut()[..max];
        let read = read_once(source, &mut [IoSliceMut::new(room)])?;
        self.segments.commit(read);
        Ok(read)
    }

    /// [`read_from`](Chain::read_from), into the room that there is and as many new blocks as `max`
    /// bytes take.
    fn scatter_from(&mut self, source: &mut impl Read, max: usize) -> io::Result<usize> {
        let mut room = self.segments.spare_mut().len();
        let mut blocks = Vec::new();
        while room < max && blocks.len() + 1 < PIECES {
            let block = new_block(&self.segments.pool, self.block);
            room = room.saturating_add(block.capacity());
            blocks.push(block);
        }
        let mut left = max;
        let own = self.segments.spare_mut();
        let spares = std::iter::once(own).chain(blocks.iter_mut().map(ChunkBuilder::spare_mut));
        let mut slices: Vec<_> = spares
            .map(|spare| {
                let part = left.min(spare.len());
                left -= part;
                IoSliceMut::new(&mut spare[..part])
            })
            .collect();
        let read = read_once(source, &mut slices)?;
        // The first slice is the room of the block that the chain writes to already; the others
        // become blocks of the chain as far as bytes came.
        let mut rest = read - read.min(slices[0].len());
        self.segments.commit(read - rest);
        for mut block in blocks {
            let part = rest.min(block.room());
            if part == 0 {
                break;
            }
            block.commit(part);
            rest -= part;
            self.segments.adopt(block);
        }
        Ok(read)
    }
}

impl Default for Chain {
    fn default() -> Chain {
        Chain {
            segments: Segments::starting_at(ORIGIN),
            block: BLOCK,
            copy_threshold: COPY_THRESHOLD,
        }
    }
}

/// A block of the size that was asked for, or of the usual one where there is no memory for that.
fn new_block(pool: &Pool, size: usize) -> ChunkBuilder {
    pool.try_acquire(size)
        .unwrap_or_else(|_| pool.acquire(BLOCK))
}

/// One scatter read, repeated only for signals, with its count checked.
fn read_once(source: &mut impl Read, room: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
    let limit = room.iter().map(|slice| slice.len()).sum();
    let read = retry(|| source.read_vectored(room))?;
    Ok(checked_count(Operation::Read, read, limit)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chunk::segments::LIST;

    #[test]
    fn a_list_that_was_long_gives_its_room_back() {
        let mut chain = Chain::new();
        let fill =
            |chain: &mut Chain| (0..10_000).for_each(|_| chain.push_shared(Chunk::from("x")));
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
            let room = chain.segments.list_room();
            assert!(room <= LIST, "{room}");
        }
        // A short one is left alone.
        (0..10).for_each(|_| chain.push_shared(Chunk::from("x")));
        let room = chain.segments.list_room();
        chain.skip(usize::MAX);
        assert_eq!(chain.segments.list_room(), room);
    }
}
