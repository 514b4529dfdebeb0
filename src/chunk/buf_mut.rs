//! `bytes::BufMut`, for what others read into: tokio's `read_buf` into a [`Pipe`] for one.
//!
//! The trait is `unsafe`, as callers may write through raw pointers to what
//! [`chunk_mut`](BufMut::chunk_mut) gives, and say afterwards how much of it is initialised.
//! Nothing here has to be taken on trust for that: the memory that is lent is initialised always
//! (the law of this floor), it is lent as the `&mut [u8]` that it is, and a count that is too large
//! panics. So there are `unsafe impl`s in this file, which no other place could spare us, and no
//! unsafe block.

use bytes::BufMut;
use bytes::buf::UninitSlice;

use super::chunk_builder::ChunkBuilder;
use super::pipe::{Pipe, PipeError};

/// Bytes go straight into the pipe: `socket.read_buf(&mut pipe).await` of tokio copies nothing, and
/// a future that is dropped has lost nothing.
///
/// A pipe that [is full](Pipe::room), or that the writer has ended, has no room: tokio's `read_buf`
/// returns 0 then, as at the end of the socket. Ask [`room`](Pipe::room) first where there is a
/// limit.
///
/// # Examples
///
/// ```
/// use bytes::BufMut;
/// use iolite::{Pipe, Separator};
/// use iolite::chunk::Terminator;
///
/// let mut pipe = Pipe::new();
/// pipe.put_slice(b"PING\r");
/// pipe.put_u8(b'\n');
/// let command = pipe.next_record(&Separator::crlf(), Terminator::Strip, 99)?.ready();
/// assert_eq!(command.expect("it is whole").take(), b"PING");
/// # Ok::<(), iolite::Error>(())
/// ```
// SAFETY: `chunk_mut` gives an exclusive slice of the pipe's own initialised memory, and
// `advance_mut` panics beyond it; both are safe calls of `Pipe`.
unsafe impl BufMut for Pipe {
    fn remaining_mut(&self) -> usize {
        if self.is_closed() {
            return 0;
        }
        self.room()
    }

    /// The room; empty where there is none.
    ///
    /// # Panics
    ///
    /// If there is no memory.
    fn chunk_mut(&mut self) -> &mut UninitSlice {
        match self.spare_mut(1) {
            Ok(room) => UninitSlice::new(room),
            Err(PipeError::NoMemory { bytes }) => panic!("no memory for {bytes} bytes"),
            Err(_) => UninitSlice::new(&mut []),
        }
    }

    /// Takes in the first `n` bytes of the room.
    ///
    /// # Panics
    ///
    /// If that is more than was lent.
    // SAFETY: nothing is asked of the caller that is not checked.
    unsafe fn advance_mut(&mut self, n: usize) {
        let taken = self.commit_part(n);
        assert!(taken.is_ok(), "advance beyond the room");
    }
}

/// The room of the block, which does not grow.
// SAFETY: as for `Pipe`; both are safe calls of `ChunkBuilder`.
unsafe impl BufMut for ChunkBuilder {
    fn remaining_mut(&self) -> usize {
        self.room()
    }

    fn chunk_mut(&mut self) -> &mut UninitSlice {
        UninitSlice::new(self.spare_mut())
    }

    /// Freezes the next `n` bytes of the room.
    ///
    /// # Panics
    ///
    /// If the room is smaller.
    // SAFETY: nothing is asked of the caller that is not checked.
    unsafe fn advance_mut(&mut self, n: usize) {
        self.commit(n);
    }
}
