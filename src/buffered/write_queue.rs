//! The write side of a buffer: what the device has not taken yet, in order.
//!
//! Invariant: a byte leaves the chain when the device says that it took it, and at no other time.
//! So a drain that fails can be repeated, and nothing is written twice or never.

use std::io::{self, ErrorKind, IoSlice};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::device_position::DevicePosition;
use crate::chunk::{Chain, Chunk};
use crate::error::{Error, Operation, Result, both, report_at_drop};
use crate::raw::{RawIo, retry};

/// Chunks from this size on are queued as they are; copying smaller ones is cheaper.
const LINK_FROM: usize = 2048;
/// How many pieces one gather write takes.
const GATHER: usize = 32;

pub(super) struct WriteQueue {
    /// What is pending.
    chain: Chain,
    /// From this number of pending bytes on the queue is drained; at least 1.
    capacity: usize,
    /// The device's position.
    position: DevicePosition,
    /// Set while the device is called: if it still is at the next call, the device panicked, and
    /// how much it took is unknown.
    in_device: bool,
}

impl WriteQueue {
    pub(super) fn new(capacity: usize) -> WriteQueue {
        WriteQueue {
            chain: Chain::with_block_size(capacity),
            capacity: capacity.max(1),
            position: DevicePosition::default(),
            in_device: false,
        }
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    /// Number of pending bytes.
    pub(super) fn len(&self) -> usize {
        self.chain.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.chain.is_empty()
    }

    #[inline]
    fn room(&self) -> usize {
        self.capacity.saturating_sub(self.chain.len())
    }

    /// Whether a slice is small enough to be collected, and there is room for it.
    #[inline]
    fn takes(&self, buf: &[u8]) -> bool {
        buf.len() <= self.room() && buf.len() < self.capacity
    }

    /// Takes as much of `buf` as it can: all if it fits; else the pending bytes go first, and a
    /// large `buf` then goes straight to the device.
    #[inline]
    pub(super) fn write(&mut self, device: &mut impl RawIo, buf: &[u8]) -> Result<usize> {
        match self.takes(buf) {
            true => Ok(self.push(buf)),
            false => self.write_full(device, buf),
        }
    }

    #[cold]
    fn write_full(&mut self, device: &mut impl RawIo, buf: &[u8]) -> Result<usize> {
        match self.make_way(device, buf) {
            Err(error) if error.is_would_block() && self.room() > 0 => Ok(self.push(buf)),
            outcome => outcome,
        }
    }

    /// Writes what is pending, and then as much of `buf` as goes past the queue or fits in.
    fn make_way(&mut self, device: &mut impl RawIo, buf: &[u8]) -> Result<usize> {
        self.drain(device)?;
        self.write_past(device, buf)
    }

    /// Writes with an empty queue: large slices go past it.
    fn write_past(&mut self, device: &mut impl RawIo, buf: &[u8]) -> Result<usize> {
        if buf.len() < self.capacity {
            return Ok(self.push(buf));
        }
        let n = guarded(&mut self.in_device, device, &[IoSlice::new(buf)])?;
        self.moved(device, n);
        Ok(n)
    }

    /// Takes all of `buf`, or says how much of it. A device that would block is not asked again:
    /// the buffer takes what it has room for.
    #[inline]
    pub(super) fn write_all(&mut self, device: &mut impl RawIo, buf: &[u8]) -> Result<()> {
        match self.takes(buf) {
            true => {
                self.push(buf);
                Ok(())
            }
            false => self.write_all_full(device, buf),
        }
    }

    #[cold]
    fn write_all_full(&mut self, device: &mut impl RawIo, buf: &[u8]) -> Result<()> {
        let mut written = 0;
        while written < buf.len() {
            match self.make_way(device, &buf[written..]) {
                Ok(n) => written += n,
                Err(error) if error.is_would_block() => {
                    written += self.push(&buf[written..]);
                    return match written == buf.len() {
                        true => Ok(()),
                        false => Err(Error::WouldBlock { written }),
                    };
                }
                Err(error) => return Err(error.after_writing(written)),
            }
        }
        Ok(())
    }

    /// Takes the chunk, by reference if it is large. An error means that nothing of it was taken;
    /// if the device fails after that, the next call says so.
    pub(super) fn write_chunk(&mut self, device: &mut impl RawIo, chunk: Chunk) -> Result<()> {
        if self.len() >= self.capacity || chunk.len() < LINK_FROM && chunk.len() > self.room() {
            self.drain(device)?;
        }
        if chunk.len() < LINK_FROM && chunk.len() <= self.room() {
            self.push(&chunk);
            return Ok(());
        }
        self.link(device, chunk)
    }

    fn link(&mut self, device: &mut impl RawIo, chunk: Chunk) -> Result<()> {
        let linked = chunk.len();
        self.chain.link(chunk);
        if self.len() < self.capacity {
            return Ok(());
        }
        match self.drain(device) {
            // Nothing of the chunk is gone, so the caller can have it back and try again. A chunk
            // that is gone in part, or waits for room, has to stay: it would go out twice.
            Err(error) if self.len() >= linked && !error.is_would_block() => {
                self.chain.pop();
                Err(error)
            }
            _ => Ok(()),
        }
    }

    /// Copies as much of `buf` as there is room for into the queue.
    #[inline]
    fn push(&mut self, buf: &[u8]) -> usize {
        let n = buf.len().min(self.room());
        self.chain.append(&buf[..n]);
        n
    }

    /// Gives everything pending to the device, with as few calls as it takes.
    pub(super) fn drain(&mut self, device: &mut impl RawIo) -> Result<()> {
        while !self.is_empty() {
            let mut gather = [IoSlice::new(&[]); GATHER];
            let count = self.chain.io_slices(&mut gather);
            let n = guarded(&mut self.in_device, device, &gather[..count])?;
            self.chain.skip(n);
            self.moved(device, n);
        }
        Ok(())
    }

    fn moved(&mut self, device: &impl RawIo, n: usize) {
        // An appending device goes to the end of the file, wherever that is.
        match device.appends() {
            true => self.position.set(None),
            false => self.position.took(n),
        }
    }

    pub(super) fn flush(&mut self, device: &mut impl RawIo) -> Result<()> {
        self.drain(device)?;
        retry(|| device.flush()).map_err(not_now)
    }

    /// Flushes, closes the device even if that failed, and forgets what is pending.
    pub(super) fn close(&mut self, device: &mut impl RawIo) -> Result<()> {
        let flushed = self.flush(device);
        self.take_pending();
        let closed = device.close();
        both(flushed, closed)
    }

    /// Flushes as well as it can, tells the drop hook if that fails, and never panics.
    pub(super) fn flush_at_drop(&mut self, device: &mut impl RawIo) {
        if self.is_empty() {
            return;
        }
        // A panic in a destructor may abort the process; what is lost by the device's is reported.
        let outcome = catch_unwind(AssertUnwindSafe(|| self.flush(device)));
        if let Err(error) = outcome.unwrap_or(Err(Error::Poisoned)) {
            report_at_drop(&error, self.len());
        }
    }

    /// The position behind the pending bytes. Asks the device once at most, but an appending one
    /// each time: only the system knows where its bytes go.
    pub(super) fn position(&mut self, device: &mut impl RawIo) -> Result<u64> {
        if device.appends() {
            self.drain(device)?;
        }
        Ok(self.position.get(device)? + self.len() as u64)
    }

    /// Where the device is, as far as that is known: what is pending goes there.
    pub(super) fn device_position(&self) -> DevicePosition {
        self.position
    }

    /// Nothing is pending, and the device is there.
    pub(super) fn start_at(&mut self, position: DevicePosition) {
        self.position = position;
    }

    /// The device was moved by somebody else, to a place that may be known.
    pub(super) fn device_moved(&mut self, position: Option<u64>) {
        self.position.set(position);
    }

    /// Takes everything pending as one chunk; copies only if it is in several pieces.
    pub(super) fn take_pending(&mut self) -> Chunk {
        self.chain.take_chunk(usize::MAX)
    }
}

/// One device write that leaves a mark if it panics, and refuses where there is one.
fn guarded(mark: &mut bool, device: &mut impl RawIo, gather: &[IoSlice<'_>]) -> Result<usize> {
    if *mark {
        return Err(Error::Poisoned);
    }
    *mark = true;
    let outcome = write_once(device, gather);
    *mark = false;
    outcome
}

/// One device write, repeated only for signals, with its count checked. 0 is no answer.
fn write_once(device: &mut impl RawIo, gather: &[IoSlice<'_>]) -> Result<usize> {
    let limit = gather.iter().map(|piece| piece.len()).sum();
    let operation = Operation::Write;
    let claimed = retry(|| match gather {
        [piece] => device.write(piece),
        pieces => device.write_vectored(pieces),
    })
    .map_err(not_now)?;
    match claimed {
        0 => Err(Error::NoProgress { operation }),
        claimed if claimed > limit => Err(Error::BadCount {
            operation,
            claimed,
            limit,
        }),
        n => Ok(n),
    }
}

/// The device's error; "not now" in the one form that the buffers have for it.
fn not_now(error: io::Error) -> Error {
    match error.kind() {
        ErrorKind::WouldBlock => Error::WouldBlock { written: 0 },
        _ => error.into(),
    }
}
