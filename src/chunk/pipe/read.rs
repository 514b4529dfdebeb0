//! The reader's side of a [`Pipe`]: bytes by their number.

use std::ops::Range;

use super::Pipe;
use super::answer::{Got, PipeError};
use crate::chunk::chain::Chain;
use crate::chunk::view::Chunk;
use crate::error::{Error, Result as IoliteResult};

type Answer<T> = Result<Got<T>, PipeError>;

impl Pipe {
    /// Takes the next bytes, `n` at most, and at least one unless `n` is 0. Copies only if they
    /// lie in several pieces.
    ///
    /// # Errors
    ///
    /// [`Failed`](PipeError::Failed), when everything was read.
    pub fn read(&mut self, n: usize) -> Answer<Chunk> {
        let got = self.at_most(n)?;
        Ok(got.map(|n| self.take(n)))
    }

    /// [`read`](Pipe::read), as a chain. Never copies.
    ///
    /// # Errors
    ///
    /// As for `read`.
    pub fn read_chain(&mut self, n: usize) -> Answer<Chain> {
        let got = self.at_most(n)?;
        Ok(got.map(|n| self.take_chain(n)))
    }

    /// [`read`](Pipe::read), lent until the next call. Copies only if the bytes lie in several
    /// pieces.
    ///
    /// # Errors
    ///
    /// As for `read`.
    pub fn read_slice(&mut self, n: usize) -> Answer<&[u8]> {
        let got = self.at_most(n)?;
        Ok(got.map(|n| self.take_slice(n)))
    }

    /// Takes the next `n` bytes, all of them or none. Copies only if they lie in several pieces.
    ///
    /// # Errors
    ///
    /// [`PartialRead`](PipeError::PartialRead) if the pipe ended with fewer: they stay;
    /// [`Failed`](PipeError::Failed), when everything was read; [`TooLarge`](PipeError::TooLarge),
    /// at once, if the pipe may not hold `n` bytes.
    ///
    /// Of a frame that is cut short between two calls (the header came, the body did not) the
    /// second one says [`Eof`](Got::Eof), as at a clean end: only the caller knows that a body was
    /// due.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{Got, Pipe, PipeError};
    ///
    /// let mut pipe = Pipe::new();
    /// pipe.append(b"abc")?;
    /// assert_eq!(pipe.read_exact(4)?, Got::Pending);
    /// pipe.eof(None);
    /// let error = pipe.read_exact(4).unwrap_err();
    /// assert!(matches!(error, PipeError::PartialRead { available: 3, expected: 4 }));
    /// assert_eq!(pipe.take_leftover(), b"abc");
    /// assert!(pipe.read_exact(4)?.is_eof());
    /// # Ok::<(), PipeError>(())
    /// ```
    #[inline]
    pub fn read_exact(&mut self, n: usize) -> Answer<Chunk> {
        if let Some(at) = self.exactly_ready(n)
            && let Some(chunk) = self.store.share(at)
        {
            self.consume(n);
            return Ok(Got::Data(chunk));
        }
        self.gather_exact(n)
    }

    /// [`read_exact`](Pipe::read_exact), where that is not all there is to it.
    #[inline(never)]
    fn gather_exact(&mut self, n: usize) -> Answer<Chunk> {
        let got = self.exactly(n)?;
        Ok(got.map(|n| self.take(n)))
    }

    /// [`read_exact`](Pipe::read_exact), as a chain. Never copies.
    ///
    /// # Errors
    ///
    /// As for `read_exact`.
    pub fn read_exact_chain(&mut self, n: usize) -> Answer<Chain> {
        let got = self.exactly(n)?;
        Ok(got.map(|n| self.take_chain(n)))
    }

    /// [`read_exact`](Pipe::read_exact), lent until the next call. Copies only if the bytes lie
    /// in several pieces.
    ///
    /// # Errors
    ///
    /// As for `read_exact`.
    #[inline]
    pub fn read_exact_slice(&mut self, n: usize) -> Answer<&[u8]> {
        if let Some(at) = self.exactly_ready(n) {
            self.advance(n);
            return Ok(Got::Data(self.store.lying(at)));
        }
        self.gather_exact_slice(n)
    }

    /// [`read_exact_slice`](Pipe::read_exact_slice), where that is not all there is to it.
    #[inline(never)]
    fn gather_exact_slice(&mut self, n: usize) -> Answer<&[u8]> {
        let got = self.exactly(n)?;
        Ok(got.map(|n| self.take_slice(n)))
    }

    /// What [`read`](Pipe::read) would give. Consumes nothing; copies, each time, if the bytes lie
    /// in several pieces. To look at ever more of them take [`peek_slice`](Pipe::peek_slice).
    ///
    /// # Errors
    ///
    /// As for `read`.
    pub fn peek(&mut self, n: usize) -> Answer<Chunk> {
        let got = self.at_most(n)?;
        Ok(got.map(|n| self.store.chunk(self.next(n))))
    }

    /// What [`read_chain`](Pipe::read_chain) would give. Consumes nothing and never copies.
    ///
    /// # Errors
    ///
    /// As for `read`.
    pub fn peek_chain(&mut self, n: usize) -> Answer<Chain> {
        Ok(self.at_most(n)?.map(|n| self.store.chain(self.next(n))))
    }

    /// What [`read_slice`](Pipe::read_slice) would give. Consumes nothing; bytes in several
    /// pieces are put together in one and stay so: looking at more then copies only what is new.
    ///
    /// # Errors
    ///
    /// As for `read`.
    pub fn peek_slice(&mut self, n: usize) -> Answer<&[u8]> {
        let got = self.at_most(n)?;
        Ok(got.map(|n| self.lend(n)))
    }

    /// What [`read_exact`](Pipe::read_exact) would give. Consumes nothing; copies, each time, if
    /// the bytes lie in several pieces.
    ///
    /// # Errors
    ///
    /// As for `read_exact`.
    pub fn peek_exact(&mut self, n: usize) -> Answer<Chunk> {
        let got = self.exactly(n)?;
        Ok(got.map(|n| self.store.chunk(self.next(n))))
    }

    /// What [`read_exact_chain`](Pipe::read_exact_chain) would give. Consumes nothing and never
    /// copies.
    ///
    /// # Errors
    ///
    /// As for `read_exact`.
    pub fn peek_exact_chain(&mut self, n: usize) -> Answer<Chain> {
        Ok(self.exactly(n)?.map(|n| self.store.chain(self.next(n))))
    }

    /// What [`read_exact_slice`](Pipe::read_exact_slice) would give. Consumes nothing; bytes in
    /// several pieces are put together in one and stay so: looking at more then copies only what
    /// is new.
    ///
    /// # Errors
    ///
    /// As for `read_exact`.
    pub fn peek_exact_slice(&mut self, n: usize) -> Answer<&[u8]> {
        let got = self.exactly(n)?;
        Ok(got.map(|n| self.lend(n)))
    }

    /// Drops the next bytes, `n` at most, and returns how many those were. Where none are, this
    /// is 0, whatever the reason; the next read tells it.
    pub fn skip(&mut self, n: usize) -> usize {
        let n = n.min(self.len());
        self.consume(n);
        n
    }

    /// Drops the next `n` bytes, all of them or none, and returns `n`.
    ///
    /// # Errors
    ///
    /// As for [`read_exact`](Pipe::read_exact).
    pub fn skip_exact(&mut self, n: usize) -> Answer<usize> {
        let got = self.exactly(n)?;
        Ok(got.map(|n| self.skip(n)))
    }

    /// Takes everything there is, without a copy; an empty chain where there is nothing. After a
    /// [`PartialRead`](PipeError::PartialRead) this is what is left.
    #[must_use = "what is not kept is gone; `skip` drops it"]
    pub fn take_leftover(&mut self) -> Chain {
        self.take_chain(self.len())
    }

    /// The unread bytes, piece by piece.
    pub fn views(&self) -> impl Iterator<Item = &[u8]> {
        self.store.views(self.position..self.end())
    }

    /// Which of `prefixes` the next bytes are, by its place in the list, the first that matches;
    /// its bytes are taken. `Data(None)`: none of them, and nothing is taken. Pending as long as
    /// one that stands before could still match.
    ///
    /// # Errors
    ///
    /// [`InvalidArgument`](Error::InvalidArgument) for an empty prefix;
    /// [`Failed`](PipeError::Failed), when everything was read; [`TooLarge`](Error::TooLarge) if one
    /// that could match is longer than the pipe may hold.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{Got, Pipe};
    ///
    /// let mut pipe = Pipe::new();
    /// let methods: &[&[u8]] = &[b"GET ", b"HEAD ", b"POST "];
    /// pipe.append(b"PO")?;
    /// assert_eq!(pipe.select(methods)?, Got::Pending);
    /// pipe.append(b"ST /")?;
    /// assert_eq!(pipe.select(methods)?, Got::Data(Some(2)));
    /// assert_eq!(pipe.select(methods)?, Got::Data(None));
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn select(&mut self, prefixes: &[&[u8]]) -> IoliteResult<Got<Option<usize>>> {
        if prefixes.iter().any(|prefix| prefix.is_empty()) {
            return Err(Error::InvalidArgument {
                argument: "prefixes",
                problem: "one is empty",
            });
        }
        if self.is_empty() {
            return Ok(self.lacking(1)?);
        }
        for (index, prefix) in prefixes.iter().enumerate() {
            let same = self.begins_with(prefix);
            if same && prefix.len() <= self.len() {
                self.consume(prefix.len());
                return Ok(Got::Data(Some(index)));
            }
            if same && !self.closed() {
                return Ok(self.lacking(prefix.len())?);
            }
        }
        Ok(Got::Data(None))
    }

    /// Whether the next bytes are those of `prefix`, as far as they are there.
    fn begins_with(&self, prefix: &[u8]) -> bool {
        let end = self.position + self.len().min(prefix.len()) as u64;
        let bytes = self.store.views(self.position..end).flatten();
        bytes.zip(prefix).all(|(one, other)| one == other)
    }

    pub(super) fn at_most(&mut self, n: usize) -> Answer<usize> {
        match self.len().min(n) {
            0 if n > 0 => self.lacking(1),
            n => Ok(Got::Data(n)),
        }
    }

    pub(super) fn exactly(&mut self, n: usize) -> Answer<usize> {
        if n > self.len() {
            return self.lacking(n);
        }
        Ok(Got::Data(n))
    }

    /// Where in the block the next `n` bytes lie, if they are there and nothing else has to be
    /// thought of.
    #[inline(always)]
    fn exactly_ready(&self, n: usize) -> Option<Range<usize>> {
        self.store
            .lies(self.position, self.position.checked_add(n as u64)?)
    }

    /// The positions of the next `n` bytes.
    pub(super) fn next(&self, n: usize) -> Range<u64> {
        self.position..self.position + n as u64
    }

    #[inline]
    pub(super) fn take(&mut self, n: usize) -> Chunk {
        let chunk = self.store.chunk(self.next(n));
        self.consume(n);
        chunk
    }

    pub(super) fn take_chain(&mut self, n: usize) -> Chain {
        let chain = self.store.chain(self.next(n));
        self.consume(n);
        chain
    }

    /// The next `n` bytes in one piece.
    fn lend(&mut self, n: usize) -> &[u8] {
        self.settle();
        let range = self.next(n);
        self.store.join_to_look(range.clone());
        self.store.first(&range)
    }

    /// The next `n` bytes in one piece, read. They stay in the store until the next call.
    #[inline]
    pub(super) fn take_slice(&mut self, n: usize) -> &[u8] {
        let start = self.position;
        if self.store.is_stale(start) || self.store.here(start).len() < n {
            self.settle();
            self.store.join(self.next(n));
        }
        self.advance(n);
        &self.store.here(start)[..n]
    }
}
