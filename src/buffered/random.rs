//! [`BufferedRandom`]: reads and writes on one position.

mod block;
mod cache;
mod cursor;
mod dirty;
mod engine;
mod medium;
mod pending_write;
mod position;
mod read;
mod recency;
mod slots;
mod span;
mod start;
mod std_io;
mod turns;
mod vectored;
mod whole;
mod write;

use std::fmt;
use std::io::Write;
#[cfg(unix)]
use std::os::fd::BorrowedFd;
use std::panic::{AssertUnwindSafe, catch_unwind};

pub use self::pending_write::PendingWrite;

use self::cache::Cache;
use self::cursor::Cursor;
use self::engine::Engine;
use self::turns::Turns;
use super::buffered_io::BufferedIo;
use super::capacity_for;
use crate::chunk::Chunk;
use crate::error::{DetachError, Error, Operation, Result, both, report_at_drop};
use crate::io_base::IoBase;
use crate::raw::RawIo;

/// Buffered reading *and* writing of one seekable device with one position (CPython's
/// `BufferedRandom`): what std has no type for.
///
/// Reads see what was written before, writes go where the reads stopped, and no flush is needed
/// in between. There is one window by default, or a number of blocks if you ask for a
/// [cache](BufferedRandom::with_cache). Bytes that are written there wait until the block is
/// needed for another place, [`flush`](Write::flush), [`close`](IoBase::close) or drop: **call
/// `close` and look at its answer**. Seeks move nothing but a number: what follows inside the
/// cached bytes costs no system call, and elsewhere one, on a device that has
/// [positioned calls](RawIo::positioned).
///
/// Two places that are written to in one block go to the device in one write, together with the
/// bytes between them (as in CPython). Where others change the file meanwhile, take
/// [`in_turns`](BufferedRandom::in_turns). An appending device writes at the end, and the position
/// is then the end.
///
/// For sockets and terminals, where reading and writing are two streams, this is the wrong type.
///
/// # Examples
///
/// ```
/// use std::io::{Read, Write};
/// use iolite::{BufferedRandom, BytesIo, IoBase};
///
/// let mut file = BufferedRandom::new(BytesIo::from(b"123456789".to_vec()))?;
/// let mut two = [0; 2];
/// file.read_exact(&mut two)?;
/// file.write_all(b"xyz")?;
/// let mut rest = String::new();
/// file.read_to_string(&mut rest)?;
/// assert_eq!((&two, &*rest), (b"12", "6789"));
/// assert_eq!(file.detach()?.getvalue(), b"12xyz6789");
/// # Ok::<(), iolite::Error>(())
/// ```
pub struct BufferedRandom<D: RawIo> {
    /// `None` only while `self` is being taken apart.
    engine: Option<Engine<D>>,
    closed: bool,
}

const TAKEN_APART: &str = "the device is there until the stream is consumed";

/// The largest block, in bytes: memory comes in powers of two.
const LARGEST: usize = isize::MAX.cast_unsigned() / 2 + 1;

impl<D: RawIo> BufferedRandom<D> {
    /// A stream with a window of [`DEFAULT_BUFFER_SIZE`](super::DEFAULT_BUFFER_SIZE) bytes, or of
    /// the device's block size if that is larger. Allocates nothing before the first call.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] if the device cannot seek.
    pub fn new(device: D) -> Result<BufferedRandom<D>> {
        BufferedRandom::with_capacity(capacity_for(&device), device)
    }

    /// A stream with a window of `capacity` bytes, 1 at least.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] if the device cannot seek, [`Error::InvalidArgument`] if no machine
    /// of this kind has so much memory. Whether this one has is seen by the first call that needs
    /// it: its error is then of the kind [`OutOfMemory`](std::io::ErrorKind::OutOfMemory).
    pub fn with_capacity(capacity: usize, device: D) -> Result<BufferedRandom<D>> {
        let capacity = possible("capacity", capacity)?;
        BufferedRandom::over(device, |device| {
            Engine::Blocks(Cursor::new(device, Cache::new(None, capacity)))
        })
    }

    /// A stream with a cache of up to `blocks` blocks of `block_size` bytes, each 1 at least. A
    /// block begins at a multiple of its size; the one used longest ago makes way.
    ///
    /// This is for work that comes back to the same places, if `blocks * block_size` bytes hold
    /// most of them: then it is several times as fast as the window. Else it is slower, for each
    /// miss reads a whole block. Memory is taken from the pool as blocks are needed.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] if the device cannot seek, [`Error::InvalidArgument`] if no machine
    /// of this kind has memory for so many blocks of this size, or if there are 2^32 or more.
    ///
    /// # Examples
    ///
    /// Two records far from each other, each of them read and written without another call of the
    /// device:
    ///
    /// ```
    /// use std::io::{Read, Seek, SeekFrom, Write};
    /// use iolite::{BufferedRandom, BytesIo};
    ///
    /// let mut file = BufferedRandom::with_cache(64, 4096, BytesIo::from(vec![b'.'; 100_000]))?;
    /// for place in [10, 90_000, 11, 90_001] {
    ///     file.seek(SeekFrom::Start(place))?;
    ///     file.read_exact(&mut [0])?;
    ///     file.seek_relative(-1)?;
    ///     file.write_all(b"x")?;
    /// }
    /// assert_eq!(file.pending(), 4);
    /// assert_eq!(file.detach()?.getvalue()[9..13], *b".xx.");
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn with_cache(blocks: usize, block_size: usize, device: D) -> Result<BufferedRandom<D>> {
        let block_size = possible("block size", block_size)?;
        let blocks = blocks.max(1);
        let whole = blocks.checked_mul(block_size);
        if whole.is_none_or(|whole| isize::try_from(whole).is_err())
            || u32::try_from(blocks).is_err()
        {
            return Err(too_much("blocks"));
        }
        BufferedRandom::over(device, |device| {
            Engine::Blocks(Cursor::new(device, Cache::new(Some(blocks), block_size)))
        })
    }

    /// A stream that reads and writes in turns, with a buffer of `capacity` bytes, 1 at least: for
    /// a file that others use meanwhile (CPython's `BufferedRandom` is so).
    ///
    /// A seek writes what is pending and moves the device, unless it stays in what was read ahead,
    /// and answers what the device says; a read writes what is pending first. Only bytes that you
    /// gave are written, never those between them. What others wrote is read after a flush, or a
    /// seek out of what was read ahead. The price is a call of the device at each turn.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] if the device cannot seek, [`Error::InvalidArgument`] if no machine
    /// of this kind has so much memory.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Seek, Write};
    /// use iolite::{BufferedRandom, BytesIo};
    ///
    /// let mut file = BufferedRandom::in_turns(4096, BytesIo::from(b"balance: 10".to_vec()))?;
    /// file.seek_relative(9)?;
    /// file.write_all(b"25")?;
    /// assert_eq!(file.get_ref().getvalue(), b"balance: 10");
    /// file.rewind()?;                                 // others may look now
    /// assert_eq!(file.get_ref().getvalue(), b"balance: 25");
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn in_turns(capacity: usize, device: D) -> Result<BufferedRandom<D>> {
        let capacity = possible("capacity", capacity)?;
        BufferedRandom::over(device, |device| Engine::Turns(Turns::new(capacity, device)))
    }

    fn over(device: D, start: impl FnOnce(D) -> Engine<D>) -> Result<BufferedRandom<D>> {
        if !device.seekable() {
            return Err(Error::Unsupported {
                operation: Operation::Seek,
            });
        }
        Ok(BufferedRandom {
            engine: Some(start(device)),
            closed: false,
        })
    }

    fn engine(&self) -> &Engine<D> {
        self.engine.as_ref().expect(TAKEN_APART)
    }

    /// The device, whose own position is of no matter to this stream before the next flush.
    pub fn get_ref(&self) -> &D {
        self.engine().device()
    }

    /// How many bytes a block, or the buffer, has.
    pub fn capacity(&self) -> usize {
        self.engine().block_size()
    }

    /// What can be read without the device, as far as it lies in one piece; reads nothing.
    pub fn buffer(&self) -> &[u8] {
        self.engine().ahead()
    }

    /// How many bytes wait for the device.
    pub fn pending(&self) -> usize {
        self.engine().pending()
    }

    /// The device, and what it does not have yet, in ascending order: writes nothing, loses
    /// nothing. Shares the memory of the blocks, without a copy.
    ///
    /// # Panics
    ///
    /// Never: the device is there as long as the stream is.
    #[must_use = "what is pending is lost with the answer"]
    pub fn into_parts(mut self) -> (D, Vec<PendingWrite>) {
        let mut engine = self.engine.take().expect(TAKEN_APART);
        let pending = engine.take_pending();
        (engine.into_device(), pending)
    }

    /// The device, after everything was written, at this stream's position.
    ///
    /// # Errors
    ///
    /// What the device says, and [`Error::Unsupported`] if it does not move although it let itself
    /// be sought, and something was read ahead of it. The error holds the stream, with what is
    /// still pending and what was read.
    pub fn detach(mut self) -> Result<D, DetachError<Self>> {
        let flushed = self.flush().map_err(Error::from);
        match flushed.and_then(|()| self.check_moved()) {
            Ok(()) => Ok(self.into_parts().0),
            Err(error) => Err(DetachError::new(error, self)),
        }
    }

    /// Whether the device is at the stream's position after a flush, or nothing is lost by where
    /// it is.
    fn check_moved(&mut self) -> Result<()> {
        if self.open()?.has_ahead() {
            Err(Error::Unsupported {
                operation: Operation::Seek,
            })
        } else {
            Ok(())
        }
    }

    /// The device, wherever it stands; what is pending is thrown away.
    pub fn abandon(self) -> D {
        self.into_parts().0
    }

    /// The cursor of an open stream that does not go in turns.
    #[inline]
    fn cursor(&mut self) -> Option<&mut Cursor<D>> {
        match &mut self.engine {
            Some(Engine::Blocks(cursor)) if !self.closed => Some(cursor),
            _ => None,
        }
    }

    #[inline]
    fn open(&mut self) -> Result<&mut Engine<D>> {
        match &mut self.engine {
            Some(engine) if !self.closed => Ok(engine),
            _ => Err(Error::Closed),
        }
    }
}

/// The size of a block, which is 1 at least, if there can be such a one.
fn possible(argument: &'static str, size: usize) -> Result<usize> {
    if size <= LARGEST {
        Ok(size.max(1))
    } else {
        Err(too_much(argument))
    }
}

fn too_much(argument: &'static str) -> Error {
    Error::InvalidArgument {
        argument,
        problem: "more memory than there can be",
    }
}

impl<D: RawIo> IoBase for BufferedRandom<D> {
    fn readable(&self) -> bool {
        !self.closed && self.get_ref().readable()
    }

    fn writable(&self) -> bool {
        !self.closed && self.get_ref().writable()
    }

    fn seekable(&self) -> bool {
        !self.closed && self.get_ref().seekable()
    }

    fn is_closed(&self) -> bool {
        self.closed
    }

    fn close(&mut self) -> Result<()> {
        let Ok(engine) = self.open() else {
            return Ok(());
        };
        let flushed = engine.flush();
        engine.forget();
        let closed = engine.device_mut().close();
        self.closed = true;
        both(flushed, closed)
    }

    /// Cuts at this stream's position, not at the device's, if no size is given.
    fn truncate(&mut self, size: Option<u64>) -> Result<u64> {
        self.open()?.truncate(size)
    }

    fn is_terminal(&self) -> bool {
        self.get_ref().is_terminal()
    }

    /// The device's, which is at this stream's position; the stream goes on where it is left.
    /// `None` also where a device does not move and something was read ahead of it.
    #[cfg(unix)]
    fn descriptor(&mut self) -> Result<Option<BorrowedFd<'_>>> {
        let engine = self.open()?;
        engine.flush()?;
        if engine.has_ahead() {
            return Ok(None);
        }
        engine.lend_device().descriptor()
    }
}

impl<D: RawIo> BufferedIo for BufferedRandom<D> {
    fn read_chunk(&mut self, max: usize) -> Result<Chunk> {
        let engine = self.open()?;
        match max {
            0 => engine.check_readable().map(|()| Chunk::new()),
            max => engine.read_chunk(max),
        }
    }

    /// Writes all of `chunk`: one that is smaller than a block is copied there, any other goes to
    /// the device at once.
    fn write_chunk(&mut self, chunk: Chunk) -> Result<()> {
        self.open()?.write_chunk(chunk)
    }

    fn peek(&mut self, n: usize) -> Result<&[u8]> {
        let engine = self.open()?;
        match n {
            0 => engine.check_readable().map(|()| &[][..]),
            n => engine.peek(n),
        }
    }
}

impl<D: RawIo> Drop for BufferedRandom<D> {
    /// Writes what is pending as well as it can. Nothing is written after a panic in the device.
    fn drop(&mut self) {
        let Ok(engine) = self.open() else { return };
        if engine.pending() == 0 {
            return;
        }
        // A panic in a destructor may abort the process; what is lost by the device's is reported.
        let outcome = catch_unwind(AssertUnwindSafe(|| engine.write_out()));
        if let Err(error) = outcome.unwrap_or(Err(Error::Poisoned)) {
            report_at_drop(&error, engine.pending());
        }
    }
}

impl<D: RawIo> fmt::Debug for BufferedRandom<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let engine = self.engine();
        f.debug_struct("BufferedRandom")
            .field("blocks", &engine.blocks())
            .field("block_size", &engine.block_size())
            .field("pending", &engine.pending())
            .field("closed", &self.closed)
            .finish_non_exhaustive()
    }
}
