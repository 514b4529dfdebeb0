//! The writer's side of a [`Pipe`].

use std::sync::Arc;

use super::answer::{Flow, PipeError, Rejected};
use super::{Ending, Pipe};
use crate::chunk::chain::Chain;
use crate::chunk::view::Chunk;
use crate::error::Error;

/// Chunks from this size on are linked as they are; copying smaller ones is cheaper.
const LINK_FROM: usize = 2048;

impl Pipe {
    /// Lends room for at least `hint` bytes, and at least one, in one piece: for a device to
    /// read into. All of it is initialised; what it holds is arbitrary. What was put there is
    /// taken in by [`buffer_written`](Pipe::buffer_written); every other writing call takes the
    /// room back. Reading in between is fine.
    ///
    /// May copy up to 4 KiB of unread bytes, so that they stay in one piece with what follows.
    ///
    /// # Errors
    ///
    /// [`Ended`](PipeError::Ended); [`Full`](PipeError::Full) if `hint` bytes more would exceed the
    /// limit now, [`TooLarge`](PipeError::TooLarge) if they would in an empty pipe;
    /// [`NoMemory`](PipeError::NoMemory) if there is none for so many bytes in one piece.
    pub fn get_buffer(&mut self, hint: usize) -> Result<&mut [u8], PipeError> {
        let hint = hint.max(1);
        self.admit(hint)?;
        self.settle();
        let room = self.room();
        self.store.lend(hint, self.sizing.size(), room)
    }

    /// Takes in the first `n` bytes of the room that [`get_buffer`](Pipe::get_buffer) lent. Once
    /// for each time it was lent.
    ///
    /// # Errors
    ///
    /// [`Overrun`](PipeError::Overrun) if that is more than was lent, or nothing was; the room
    /// stays lent. [`Ended`](PipeError::Ended).
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{Pipe, PipeError};
    ///
    /// let mut pipe = Pipe::new();
    /// let lent = pipe.get_buffer(16)?.len();
    /// assert!(lent >= 16);
    /// let error = pipe.buffer_written(lent + 1).unwrap_err();
    /// assert!(matches!(error, PipeError::Overrun { .. }));
    /// pipe.buffer_written(16)?;
    /// assert_eq!(pipe.len(), 16);
    /// assert!(pipe.buffer_written(1).is_err());                // nothing is lent any more
    /// # Ok::<(), PipeError>(())
    /// ```
    pub fn buffer_written(&mut self, n: usize) -> Result<Flow, PipeError> {
        self.admit(0)?;
        let lent = self.store.lent();
        if n > lent {
            return Err(PipeError::Overrun { claimed: n, lent });
        }
        self.sizing.learn(n, lent);
        self.store.commit(n);
        Ok(self.weigh())
    }

    /// Copies `bytes` to the end: all of them, or none if that is an error. ([`Chain::append`]
    /// always takes all; [`Tail::append`](crate::Tail::append) what there is room for.)
    ///
    /// # Errors
    ///
    /// [`Ended`](PipeError::Ended); [`Full`](PipeError::Full) if they would exceed the limit now,
    /// [`TooLarge`](PipeError::TooLarge) if they would in an empty pipe.
    pub fn append(&mut self, bytes: &[u8]) -> Result<Flow, PipeError> {
        self.admit(bytes.len())?;
        self.settle();
        self.store.append(bytes, self.sizing.size());
        Ok(self.weigh())
    }

    /// Puts a chunk at the end: linked from 2 KiB on, else copied.
    ///
    /// # Errors
    ///
    /// As for [`append`](Pipe::append); the chunk comes back in the error.
    pub fn push(&mut self, chunk: Chunk) -> Result<Flow, Rejected<Chunk>> {
        if chunk.len() >= LINK_FROM {
            return self.link(chunk);
        }
        match self.append(&chunk) {
            Ok(flow) => Ok(flow),
            Err(error) => Err(Rejected::new(error, chunk)),
        }
    }

    /// Puts a chunk at the end as it is, however small. Copies nothing.
    ///
    /// # Errors
    ///
    /// As for [`push`](Pipe::push).
    pub fn link(&mut self, chunk: Chunk) -> Result<Flow, Rejected<Chunk>> {
        if let Err(error) = self.admit(chunk.len()) {
            return Err(Rejected::new(error, chunk));
        }
        self.settle();
        self.store.link(chunk);
        Ok(self.weigh())
    }

    /// Puts all bytes of a chain at the end, its large pieces as they are. All of them, or none
    /// if that is an error.
    ///
    /// # Errors
    ///
    /// As for [`append`](Pipe::append); the chain comes back in the error.
    pub fn push_chain(&mut self, mut chain: Chain) -> Result<Flow, Rejected<Chain>> {
        if let Err(error) = self.admit(chain.len()) {
            return Err(Rejected::new(error, chain));
        }
        self.settle();
        while let Some(chunk) = chain.pop_front() {
            if chunk.len() >= LINK_FROM {
                self.store.link(chunk);
            } else {
                self.store.append(&chunk, self.sizing.size());
            }
        }
        Ok(self.weigh())
    }

    /// Declares the end, with the error that was the reason if there was one. The reader gets
    /// all bytes before it, then the error, as often as it asks. The first end counts, a second
    /// one changes nothing.
    pub fn eof(&mut self, error: Option<Error>) {
        if !self.closed() {
            self.ending = match error {
                Some(error) => Ending::Failed(Arc::new(error)),
                None => Ending::Clean,
            };
            self.store.withdraw();
        }
    }

    /// What the writer should do now; writing calls return the same.
    pub fn flow(&self) -> Flow {
        self.gauge.flow(self.position, self.end())
    }

    /// What the writer should do after it wrote.
    fn weigh(&mut self) -> Flow {
        self.gauge.weigh(self.store.end())
    }

    /// Whether `n` more bytes may come.
    fn admit(&mut self, n: usize) -> Result<(), PipeError> {
        self.catch_up();
        if self.closed() {
            return Err(PipeError::Ended);
        }
        if n > self.room() {
            return Err(self.refused(n));
        }
        Ok(())
    }

    /// Why there is no room for `n` bytes.
    #[cold]
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
