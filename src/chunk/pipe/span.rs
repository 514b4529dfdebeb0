//! [`Span`]: bytes that were found in a [`Pipe`], to be looked at or taken.

use std::fmt;
use std::ops::Range;

use super::{Pipe, count};
use crate::chunk::chain::Chain;
use crate::chunk::view::Chunk;

/// Bytes that were found at the front of a [`Pipe`]: by their number, or up to a separator.
///
/// | | borrowed | as a [`Chunk`] | as a [`Chain`] | |
/// |---|---|---|---|---|
/// | looked at | [`bytes`](Span::bytes), [`views`](Span::views) | [`chunk`](Span::chunk) | [`chain`](Span::chain) | |
/// | taken | [`take`](Span::take) | [`take_chunk`](Span::take_chunk) | [`take_chain`](Span::take_chain) | [`consume`](Span::consume) |
///
/// What is looked at stays in the pipe. Taking is the same with one step more: reading goes on
/// after it, and after the terminator of a record, shown or not. Dropping a span takes nothing. A
/// chain never copies; the other forms copy where the bytes lie in several pieces, and only then.
///
/// # Examples
///
/// ```
/// use iolite::{Pipe, Separator};
/// use iolite::chunk::{Progress, Span, Terminator};
///
/// let (mut pipe, space) = (Pipe::new(), Separator::byte(b' '));
/// pipe.append(b"GET /index.html ")?;
/// let mut method = pipe.next_record(&space, Terminator::Strip, 99)?.ready().unwrap();
/// match method.bytes() {
///     b"GET" | b"HEAD" => drop(method.consume()),
///     _ => drop(method),                                  // still there, for somebody else
/// }
/// let path = pipe.next_record(&space, Terminator::Strip, 99)?.map(Span::take_chunk);
/// assert_eq!(path, Progress::Ready("/index.html".into()));
/// # Ok::<(), iolite::chunk::PipeError>(())
/// ```
#[must_use = "what was found is still in the pipe; `consume` drops it there"]
pub struct Span<'a> {
    pipe: &'a mut Pipe,
    found: Found,
}

/// What was found, from the reading position on. Plain numbers, apart from the pipe, so that they
/// stay in registers between finding and taking.
pub(super) struct Found {
    /// The place of what is shown in the open block, if it is there; else `0..len`.
    shown: Range<usize>,
    /// Whether everything unread lies in the open block, and nothing before it has to be released.
    is_in_block: bool,
    /// Where reading goes on when it is taken: after the terminator, also if that is not shown.
    next: u64,
    /// How many ends of the pipe's record index taking passes: 0 or 1.
    ends: usize,
}

impl Found {
    /// So many bytes, wherever they lie.
    pub(super) fn anywhere(len: usize, next: u64, ends: usize) -> Found {
        Found {
            shown: 0..len,
            is_in_block: false,
            next,
            ends,
        }
    }

    /// Bytes at a place in the open block.
    #[inline(always)] // rows 6a, 6c and 6e
    pub(super) fn in_block(shown: Range<usize>, next: u64, ends: usize) -> Found {
        Found {
            shown,
            is_in_block: true,
            next,
            ends,
        }
    }

    #[inline]
    fn len(&self) -> usize {
        self.shown.end - self.shown.start
    }
}

impl<'a> Span<'a> {
    #[inline]
    pub(super) fn new(pipe: &'a mut Pipe, found: Found) -> Span<'a> {
        Span { pipe, found }
    }

    /// Number of bytes shown.
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// Whether there are none: an empty record, or nothing was asked for.
    pub fn is_empty(&self) -> bool {
        self.found.shown.is_empty()
    }

    /// A look at the bytes. Several pieces are put together in one and stay so: looking at more
    /// then copies only what is new.
    #[doc(alias = "peek")]
    pub fn bytes(&mut self) -> &[u8] {
        if self.found.is_in_block {
            return self.pipe.store.block_bytes(self.found.shown.clone());
        }
        self.pipe.release_consumed();
        let range = self.pipe.next(self.found.len());
        self.pipe.store.join(range.clone());
        self.pipe.store.first(&range)
    }

    /// The bytes piece by piece, as they lie in the pipe. Never copies.
    #[doc(alias = "chunks")]
    pub fn views(&self) -> impl Iterator<Item = &[u8]> {
        self.pipe.store.views(self.pipe.next(self.found.len()))
    }

    /// The bytes as a chunk, which stays what it is. Copies, each time, if they lie in several
    /// pieces.
    pub fn chunk(&self) -> Chunk {
        self.pipe.store.chunk(self.pipe.next(self.found.len()))
    }

    /// The bytes piece by piece. Never copies.
    pub fn chain(&self) -> Chain {
        self.pipe.store.chain(self.pipe.next(self.found.len()))
    }

    /// Takes the bytes, borrowed until the pipe is used again.
    #[inline(always)] // rows 6a and 6e: the span then never is in memory
    pub fn take(self) -> &'a [u8] {
        let Span { pipe, found } = self;
        if !found.is_in_block {
            return take_slow(pipe, found.len(), found.next, found.ends);
        }
        pipe.searches.index.pass(found.ends);
        pipe.position = found.next;
        pipe.store.block_bytes(found.shown)
    }

    /// Takes the bytes as a chunk. Copies only if they lie in several pieces.
    #[inline(always)] // rows 6c and 6e, as `take`
    pub fn take_chunk(self) -> Chunk {
        let Span { pipe, found } = self;
        if !found.is_in_block {
            return take_chunk_slow(pipe, found.len(), found.next, found.ends).0;
        }
        let len = found.len();
        match pipe.store.share_block(found.shown) {
            Some(chunk) => {
                pipe.searches.index.pass(found.ends);
                pipe.consume_to_known(found.next);
                chunk
            }
            None => take_chunk_slow(pipe, len, found.next, found.ends).0,
        }
    }

    /// Takes the bytes piece by piece. Never copies.
    pub fn take_chain(self) -> Chain {
        let chain = self.chain();
        self.consume();
        chain
    }

    /// Drops the bytes from the pipe, and their terminator; returns how many bytes those are
    /// together.
    #[doc(alias = "skip")]
    #[doc(alias = "advance")]
    #[inline]
    pub fn consume(self) -> usize {
        let whole = count(&(self.pipe.position..self.found.next));
        self.pipe.searches.index.pass(self.found.ends);
        self.pipe.consume_to_known(self.found.next);
        whole
    }
}

/// [`Span::take`], from several pieces or one that is not the open block. (The numbers are apart: a
/// struct of more than two would be passed in memory, and the fast path would have to write it.)
fn take_slow(pipe: &mut Pipe, len: usize, next: u64, ends: usize) -> &[u8] {
    let range = pipe.position..next;
    if pipe.store.is_stale(range.start) || !pipe.store.is_whole(&range) {
        pipe.release_consumed();
        pipe.store.join(range.clone());
    }
    pipe.searches.index.pass(ends);
    pipe.position = next;
    // It stays in the store until the next call.
    &pipe.store.first(&range)[..len]
}

/// [`Span::take_chunk`], from several pieces, one that is not the open block, or of nothing. (In a
/// tuple, so that it is not written to where the fast path's chunk is, which can then stay in
/// registers.)
fn take_chunk_slow(pipe: &mut Pipe, len: usize, next: u64, ends: usize) -> (Chunk,) {
    let chunk = pipe.store.chunk(pipe.next(len));
    pipe.searches.index.pass(ends);
    pipe.consume_to_known(next);
    (chunk,)
}

impl fmt::Debug for Span<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Span")
            .field("position", &self.pipe.position)
            .field("len", &self.found.len())
            .finish_non_exhaustive()
    }
}
