//! [`Span`]: bytes that were found in a [`Pipe`], to be looked at or taken.

use std::fmt;
use std::ops::Range;

use super::Pipe;
use crate::chunk::chain::Chain;
use crate::chunk::view::Chunk;

/// Bytes that were found at the front of a [`Pipe`]: by their number, or up to a separator.
///
/// | | borrowed | as a [`Chunk`] | as a [`Chain`] | |
/// |---|---|---|---|---|
/// | looked at | [`bytes`](Span::bytes) | [`chunk`](Span::chunk) | [`chain`](Span::chain) | |
/// | taken | [`take`](Span::take) | [`take_chunk`](Span::take_chunk) | [`take_chain`](Span::take_chain) | [`consume`](Span::consume) |
///
/// What is looked at stays in the pipe; taking is the same with one step more: reading goes on behind
/// it, and behind the terminator of a record, shown or not. Dropping a span takes nothing. A chain
/// never copies; the other forms copy where the bytes lie in several pieces, and only then.
///
/// # Examples
///
/// ```
/// use iolite::{Pipe, Progress, Separator, Span, Terminator};
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
/// # Ok::<(), iolite::PipeError>(())
/// ```
#[must_use = "what was found is still in the pipe; `consume` drops it there"]
pub struct Span<'a> {
    pipe: &'a mut Pipe,
    /// How many bytes are shown, from the reading position on.
    len: usize,
    /// How many are taken: a terminator that is not shown, too.
    whole: usize,
    /// Where what is shown begins in the tail's block, if all that is unread lies there and nothing
    /// else has to be thought of; else [`ELSEWHERE`].
    at: usize,
    /// How many ends of the pipe's record index taking passes: 0 or 1.
    ends: usize,
}

/// No place in a block: none is so large.
const ELSEWHERE: usize = usize::MAX;

impl<'a> Span<'a> {
    /// The first `len` bytes shown, the first `whole` to be taken.
    pub(super) fn of(pipe: &'a mut Pipe, len: usize, whole: usize) -> Span<'a> {
        Span {
            pipe,
            len,
            whole,
            at: ELSEWHERE,
            ends: 0,
        }
    }

    /// Bytes at a place in the tail's block.
    #[inline(always)] // rows 6a, 6b and 6e
    pub(super) fn in_tail(
        pipe: &'a mut Pipe,
        at: Range<usize>,
        whole: usize,
        ends: usize,
    ) -> Span<'a> {
        Span {
            pipe,
            len: at.end - at.start,
            whole,
            at: at.start,
            ends,
        }
    }

    /// Whether the record index has the end.
    pub(super) fn passes_end(&mut self, is_passed: bool) {
        self.ends = usize::from(is_passed);
    }

    /// Number of bytes shown.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none: an empty record, or nothing was asked for.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// A look at the bytes. Several pieces are put together in one and stay so: looking at more then
    /// copies only what is new.
    #[doc(alias = "peek")]
    pub fn bytes(&mut self) -> &[u8] {
        if self.at != ELSEWHERE {
            return self.pipe.store.tail_bytes(self.at..self.at + self.len);
        }
        self.pipe.settle();
        let range = self.pipe.next(self.len);
        self.pipe.store.join(range.clone());
        self.pipe.store.first(&range)
    }

    /// The bytes as a chunk, which stays what it is. Copies, each time, if they lie in several pieces.
    pub fn chunk(&self) -> Chunk {
        self.pipe.store.chunk(self.pipe.next(self.len))
    }

    /// The bytes piece by piece. Never copies.
    pub fn chain(&self) -> Chain {
        self.pipe.store.chain(self.pipe.next(self.len))
    }

    /// Takes the bytes, borrowed until the pipe is used again.
    #[inline]
    pub fn take(self) -> &'a [u8] {
        if self.at == ELSEWHERE {
            return self.take_slow();
        }
        self.pipe.searches.index.pass(self.ends);
        self.pipe.advance(self.whole);
        self.pipe.store.tail_bytes(self.at..self.at + self.len)
    }

    /// [`take`](Span::take), from several pieces or one that is not the tail.
    #[inline(never)]
    fn take_slow(self) -> &'a [u8] {
        let pipe = self.pipe;
        let whole = pipe.next(self.whole);
        if pipe.store.is_stale(whole.start) || !pipe.store.is_whole(&whole) {
            pipe.settle();
            pipe.store.join(whole.clone());
        }
        pipe.searches.index.pass(self.ends);
        pipe.advance(self.whole);
        // It stays in the store until the next call.
        &pipe.store.first(&whole)[..self.len]
    }

    /// Takes the bytes as a chunk. Copies only if they lie in several pieces.
    #[inline]
    pub fn take_chunk(self) -> Chunk {
        if self.at == ELSEWHERE {
            return self.take_chunk_slow();
        }
        match self.pipe.store.share_tail(self.at..self.at + self.len) {
            Some(chunk) => {
                self.consume();
                chunk
            }
            None => self.take_chunk_slow(),
        }
    }

    /// [`take_chunk`](Span::take_chunk), from several pieces or one that is not the tail.
    #[inline(never)]
    fn take_chunk_slow(self) -> Chunk {
        let chunk = self.chunk();
        self.consume();
        chunk
    }

    /// Takes the bytes piece by piece. Never copies.
    pub fn take_chain(self) -> Chain {
        let chain = self.chain();
        self.consume();
        chain
    }

    /// Goes on reading behind the bytes, and behind their terminator; returns how many bytes those
    /// are together.
    #[doc(alias = "skip")]
    #[doc(alias = "advance")]
    #[inline]
    pub fn consume(self) -> usize {
        self.pipe.searches.index.pass(self.ends);
        self.pipe.consume(self.whole);
        self.whole
    }
}

impl fmt::Debug for Span<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Span")
            .field("position", &self.pipe.position)
            .field("len", &self.len)
            .finish_non_exhaustive()
    }
}
