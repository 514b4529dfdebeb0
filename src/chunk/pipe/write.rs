//! The writer's side of a [`Pipe`].

use std::io::Read;
use std::sync::Arc;

use super::owned_bytes::OwnedBytes;
use super::store::Store;
use super::types::{Backpressure, PipeError, PushError};
use super::{Pipe, WriterState};
use crate::chunk::chain::Chain;
use crate::chunk::view::Chunk;
use crate::error::{self, Error, Operation, checked_count, not_now, retry};

impl Pipe {
    /// Lends room for at least `hint` bytes, and at least one, in one piece: for a device to
    /// read into. All of it is initialised; what it holds is arbitrary. What was put there is
    /// taken in by [`commit`](Pipe::commit); every other writing call takes the
    /// room back. Reading in between is fine.
    ///
    /// May copy up to 4 KiB of unread bytes, so that they stay in one piece with what follows.
    ///
    /// # Errors
    ///
    /// [`Closed`](PipeError::Closed); [`Full`](PipeError::Full) if `hint` bytes more would exceed
    /// the limit now, [`TooLarge`](PipeError::TooLarge) if they would in an empty pipe;
    /// [`NoMemory`](PipeError::NoMemory) if there is none for so many bytes in one piece.
    #[doc(alias = "get_buffer")]
    #[doc(alias = "get_chunk")]
    #[doc(alias = "prepare")]
    pub fn spare_mut(&mut self, hint: usize) -> Result<&mut [u8], PipeError> {
        // A device that is lent no room reads 0 bytes, which would look like its end.
        let hint = hint.max(1);
        self.admit(hint)?;
        self.release_consumed();
        let room = self.room();
        self.store.spare_mut(hint, self.sizing.size(), room)
    }

    /// Takes in the first `n` bytes of the room that [`spare_mut`](Pipe::spare_mut) lent. Once
    /// for each time it was lent.
    ///
    /// # Errors
    ///
    /// [`Overrun`](PipeError::Overrun) if that is more than was lent, or nothing was; the room
    /// stays lent. [`Closed`](PipeError::Closed).
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::Pipe;
    /// use iolite::chunk::PipeError;
    ///
    /// let mut pipe = Pipe::new();
    /// let lent = pipe.spare_mut(16)?.len();
    /// assert!(lent >= 16);
    /// let error = pipe.commit(lent + 1).unwrap_err();
    /// assert!(matches!(error, PipeError::Overrun { .. }));
    /// pipe.commit(16)?;
    /// assert_eq!(pipe.len(), 16);
    /// assert!(pipe.commit(1).is_err());                // nothing is lent any more
    /// # Ok::<(), PipeError>(())
    /// ```
    #[doc(alias = "buffer_written")]
    #[doc(alias = "chunk_written")]
    #[doc(alias = "advance")]
    pub fn commit(&mut self, n: usize) -> Result<Backpressure, PipeError> {
        self.admit(0)?;
        let lent = self.store.lent();
        if n > lent {
            return Err(PipeError::Overrun { claimed: n, lent });
        }
        self.sizing.learn(n, lent);
        self.store.commit(n);
        if n == 0 {
            // Nothing came, and may not come for long.
            self.store.idle();
        }
        Ok(self.weigh())
    }

    /// Takes in the first `n` bytes of the room, and leaves the rest of it lent.
    ///
    /// # Errors
    ///
    /// As for [`commit`](Pipe::commit).
    #[cfg(feature = "bytes")]
    pub(in crate::chunk) fn commit_part(&mut self, n: usize) -> Result<(), PipeError> {
        let lent = self.store.lent();
        // Nothing would give the block back.
        if n > 0 {
            self.commit(n)?;
            self.store.lend_rest(lent - n);
        }
        Ok(())
    }

    /// Reads once from `device` into the pipe's own room, as much as there is, and returns how many
    /// bytes came; 0 is the device's end, which the caller declares with [`close`](Pipe::close) if
    /// no more is to come. Whether to go on reading [`backpressure`](Pipe::backpressure) says.
    ///
    /// # Errors
    ///
    /// What the device says, "not now" as [`WouldBlock`](Error::WouldBlock);
    /// [`BadCount`](Error::BadCount) if it claims more than it was asked for; else as for
    /// [`spare_mut`](Pipe::spare_mut): a pipe that is full says `WouldBlock`, too. The pipe is as
    /// it was, also if the device panics. An interrupted call is repeated, unless the
    /// [hook](crate::error::set_global_interrupt_hook) objects.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{Pipe, Separator};
    /// use iolite::chunk::{Progress, Terminator};
    ///
    /// let mut device = &b"one\ntwo\nth"[..];
    /// let (mut pipe, lf, mut lines) = (Pipe::new(), Separator::lf(), 0);
    /// while pipe.fill_from(&mut device)? > 0 {
    ///     while let Progress::Ready(line) = pipe.next_record(&lf, Terminator::Strip, 99)? {
    ///         lines += 1;
    ///         line.consume();
    ///     }
    /// }
    /// assert_eq!((lines, pipe.len()), (2, 2));
    /// # Ok::<(), iolite::Error>(())
    /// ```
    #[doc(alias = "read_from")]
    #[doc(alias = "read_buf")]
    pub fn fill_from(&mut self, device: &mut impl Read) -> error::Result<usize> {
        let lent = self.spare_mut(1)?.len();
        // Nothing is lent while the device runs, so that nothing is if it fails or panics.
        self.store.withdraw();
        // Nor is a block held for what did not come: the wait for it may be long.
        let mut store = scopeguard::guard(&mut self.store, Store::idle);
        let room = &mut store.segments.spare_mut()[..lent];
        let claimed = retry(|| device.read(room)).map_err(not_now)?;
        let read = checked_count(Operation::Read, claimed, lent)?;
        store.commit(read);
        drop(store);
        self.sizing.learn(read, lent);
        self.weigh();
        Ok(read)
    }

    /// Copies `bytes` to the end: all of them, or none if that is an error. ([`Chain::append`]
    /// always takes all; [`ChunkBuilder::append`](crate::chunk::ChunkBuilder::append) what there is
    /// room for.)
    ///
    /// # Errors
    ///
    /// [`Closed`](PipeError::Closed); [`Full`](PipeError::Full) if they would exceed the limit now,
    /// [`TooLarge`](PipeError::TooLarge) if they would in an empty pipe.
    pub fn append(&mut self, bytes: &[u8]) -> Result<Backpressure, PipeError> {
        self.admit(bytes.len())?;
        self.release_consumed();
        self.store.append(bytes, self.sizing.size());
        Ok(self.weigh())
    }

    /// Puts bytes that are owned at the end, a [`Chunk`](crate::Chunk), a [`Chain`], a vector: all
    /// of them, or none if that is an error. Pieces from 2 KiB on (or the
    /// [threshold](super::PipeOptions::copy_threshold)) are shared, smaller ones copied.
    ///
    /// # Errors
    ///
    /// As for [`append`](Pipe::append); the bytes come back in the error.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{Chunk, Pipe};
    ///
    /// let body = Chunk::from(vec![b'x'; 5000]);
    /// let mut pipe = Pipe::new();
    /// pipe.push("head")?;
    /// pipe.push(body.clone())?;
    /// let _ = pipe.exactly(4)?.map(|head| assert_eq!(head.take(), b"head"));
    /// let taken = pipe.exactly(5000)?.ready().expect("it is there").take_chunk();
    /// assert_eq!(taken.as_ptr(), body.as_ptr());
    /// # Ok::<(), iolite::chunk::PipeError>(())
    /// ```
    #[doc(alias = "extend")]
    pub fn push(&mut self, bytes: impl Into<OwnedBytes>) -> Result<Backpressure, PushError<Chain>> {
        let bytes = bytes.into();
        if let Err(error) = self.admit(bytes.len()) {
            return Err(PushError::new(error, bytes.into()));
        }
        self.release_consumed();
        match bytes {
            OwnedBytes::Chunk(chunk) => self.push_piece(chunk),
            OwnedBytes::Chain(mut chain) => {
                while let Some(chunk) = chain.pop_front() {
                    self.push_piece(chunk);
                }
            }
        }
        Ok(self.weigh())
    }

    fn push_piece(&mut self, chunk: Chunk) {
        if chunk.len() >= self.copy_threshold {
            self.store.push_shared(chunk);
        } else {
            self.store.append(&chunk, self.sizing.size());
        }
    }

    /// Declares the end, with the error that was the reason if there was one. The reader gets
    /// all bytes before it, then the error, as often as it asks. The first end counts, a second
    /// one changes nothing.
    #[doc(alias = "eof")]
    pub fn close(&mut self, error: Option<Error>) {
        if !self.is_closed() {
            self.writer = match error {
                Some(error) => WriterState::Failed(Arc::new(error)),
                None => WriterState::Done,
            };
            self.store.withdraw();
        }
    }

    /// What the writer should do now; writing calls return the same.
    #[doc(alias = "flow")]
    pub fn backpressure(&self) -> Backpressure {
        self.flow.flow(self.position, self.end())
    }

    /// What the writer should do after it wrote.
    fn weigh(&mut self) -> Backpressure {
        self.flow.weigh(self.store.end())
    }

    /// Whether `n` more bytes may come.
    fn admit(&mut self, n: usize) -> Result<(), PipeError> {
        self.catch_up();
        if self.is_closed() {
            return Err(PipeError::Closed);
        }
        if n > self.room() {
            return Err(self.refused(n));
        }
        Ok(())
    }

    /// Why there is no room for `n` bytes.
    fn refused(&self, n: usize) -> PipeError {
        let limit = self.limit;
        if n > limit {
            let expected = n;
            PipeError::TooLarge { expected, limit }
        } else {
            PipeError::Full { limit }
        }
    }
}

/// How far the reader has looked, and two marks for what was written and not examined yet.
///
/// Between the marks nothing changes. With one mark a writer that stands at it would be paused and
/// resumed at every byte.
pub(super) struct FlowControl {
    examined: u64,
    paused: bool,
    low: u64,
    high: u64,
}

impl Default for FlowControl {
    fn default() -> FlowControl {
        FlowControl::new(0, u64::MAX)
    }
}

impl FlowControl {
    pub(super) fn new(low: u64, high: u64) -> FlowControl {
        FlowControl {
            examined: 0,
            paused: false,
            low,
            high,
        }
    }

    /// The reader has looked at everything before `position`; `end` is the end of what was written.
    #[inline]
    pub(super) fn examine(&mut self, position: u64, end: u64) {
        if position > self.examined {
            self.examined = position;
            // Less to examine can end a pause, and never begins one.
            self.paused = self.paused && end.saturating_sub(position) > self.low;
        }
    }

    /// More was written, up to `end`.
    #[inline]
    pub(super) fn weigh(&mut self, end: u64) -> Backpressure {
        let fresh = end.saturating_sub(self.examined);
        // A pause goes on until `low` bytes are left; so with one more it still does.
        let mark = if self.paused { self.low + 1 } else { self.high };
        self.paused = fresh >= mark;
        self.flow(self.examined, end)
    }

    /// What the writer should do if the reader has looked at everything before `position`, too.
    #[inline]
    pub(super) fn flow(&self, position: u64, end: u64) -> Backpressure {
        let fresh = end.saturating_sub(self.examined.max(position));
        if self.paused && fresh > self.low {
            Backpressure::Pause
        } else {
            Backpressure::Continue
        }
    }
}
