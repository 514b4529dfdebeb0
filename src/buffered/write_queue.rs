//! The write side of a buffer: what the device has not taken yet, in order.
//!
//! ```text
//!   sealed chunks, oldest first  ·  block:  0 .... start .... filled .... room
//!                                           gone      pending
//! ```
//!
//! Invariants: `len` is the number of pending bytes, in the sealed chunks and in the block; a
//! byte leaves the queue when the device says that it took it, and at no other time. So a drain
//! that fails can be repeated, and nothing is written twice or never.

use std::collections::VecDeque;
use std::io::IoSlice;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::chunk::{Chunk, Pool, Tail};
use crate::error::{Error, Operation, Result};
use crate::raw::{RawIo, retry};

/// Chunks from this size on are queued as they are; copying smaller ones is cheaper.
const LINK_FROM: usize = 2048;
/// How many pieces one gather write takes.
const GATHER: usize = 32;

pub(super) struct WriteQueue {
    sealed: VecDeque<Chunk>,
    /// The block for small writes; `None` while nothing is pending in it.
    tail: Option<Tail>,
    /// The first pending byte of the block.
    start: usize,
    /// Number of pending bytes.
    len: usize,
    /// From this number of pending bytes on the queue is drained; at least 1.
    capacity: usize,
    /// The device's position, if it was asked for once.
    position: Option<u64>,
    /// Set while the device is called: if it still is at the next call, the device panicked, and
    /// how much it took is unknown.
    in_device: bool,
    pool: Pool,
}

impl WriteQueue {
    pub(super) fn new(capacity: usize) -> WriteQueue {
        WriteQueue {
            sealed: VecDeque::new(),
            tail: None,
            start: 0,
            len: 0,
            capacity: capacity.max(1),
            position: None,
            in_device: false,
            pool: Pool::default(),
        }
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    /// Number of pending bytes.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    #[inline]
    fn room(&self) -> usize {
        self.capacity.saturating_sub(self.len)
    }

    /// Takes as much of `buf` as it can: all if it fits; else the pending bytes go first, and a
    /// large `buf` then goes straight to the device.
    #[inline]
    pub(super) fn write(&mut self, device: &mut impl RawIo, buf: &[u8]) -> Result<usize> {
        match buf.len() <= self.room() {
            true => Ok(self.push(buf)),
            false => self.write_full(device, buf),
        }
    }

    #[cold]
    fn write_full(&mut self, device: &mut impl RawIo, buf: &[u8]) -> Result<usize> {
        match self
            .drain(device)
            .and_then(|()| self.write_past(device, buf))
        {
            Err(error) if error.is_would_block() && self.room() > 0 => Ok(self.push(buf)),
            outcome => outcome,
        }
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

    /// Takes all of `buf`, or says how much of it.
    pub(super) fn write_all(&mut self, device: &mut impl RawIo, buf: &[u8]) -> Result<()> {
        let mut written = 0;
        while written < buf.len() {
            match self.write(device, &buf[written..]) {
                Ok(n) => written += n,
                Err(error) if error.is_would_block() => return Err(Error::WouldBlock { written }),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Takes the chunk, by reference if it is large. An error means that nothing of it was taken;
    /// if the device fails after that, the next call says so.
    pub(super) fn write_chunk(&mut self, device: &mut impl RawIo, chunk: Chunk) -> Result<()> {
        if self.len >= self.capacity || chunk.len() < LINK_FROM && chunk.len() > self.room() {
            self.drain(device).map_err(|error| match error {
                error if error.is_would_block() => Error::WouldBlock { written: 0 },
                error => error,
            })?;
        }
        if chunk.len() < LINK_FROM && chunk.len() <= self.room() {
            self.push(&chunk);
            return Ok(());
        }
        self.link(device, chunk)
    }

    fn link(&mut self, device: &mut impl RawIo, chunk: Chunk) -> Result<()> {
        let linked = chunk.len();
        self.seal();
        self.len += linked;
        self.sealed.push_back(chunk);
        if self.len < self.capacity {
            return Ok(());
        }
        match self.drain(device) {
            // Nothing of the chunk is gone, so the caller can have it back and try again. A chunk
            // that is gone in part, or waits for room, has to stay: it would go out twice.
            Err(error) if self.len >= linked && !error.is_would_block() => {
                self.sealed.pop_back();
                self.len -= linked;
                Err(error)
            }
            _ => Ok(()),
        }
    }

    /// Copies as much of `buf` as there is room for into the queue.
    #[inline]
    fn push(&mut self, buf: &[u8]) -> usize {
        let n = buf.len().min(self.room());
        let mut rest = &buf[..n];
        while !rest.is_empty() {
            let taken = self.tail_with_room().append(rest);
            rest = &rest[taken..];
        }
        self.len += n;
        n
    }

    #[inline]
    fn tail_with_room(&mut self) -> &mut Tail {
        if self
            .tail
            .as_mut()
            .is_some_and(|tail| tail.spare_mut().is_empty())
        {
            self.seal();
            self.release_tail();
        }
        let (pool, capacity) = (&self.pool, self.capacity);
        self.tail.get_or_insert_with(|| pool.acquire(capacity))
    }

    /// Moves what is pending in the block to the sealed chunks; the block's room stays usable.
    fn seal(&mut self) {
        if let Some(tail) = &self.tail {
            let filled = tail.frozen().len();
            if self.start < filled {
                self.sealed.push_back(tail.chunk(self.start..filled));
                self.start = filled;
            }
        }
    }

    /// Rewinds the block, of which nothing is pending, or gives it up if chunks of it live.
    fn release_tail(&mut self) {
        if let Some(tail) = &mut self.tail {
            let filled = tail.frozen().len();
            if !tail.reclaim(filled) {
                self.tail = None;
            }
        }
        self.start = 0;
    }

    /// Gives everything pending to the device, with as few calls as it takes.
    pub(super) fn drain(&mut self, device: &mut impl RawIo) -> Result<()> {
        while self.len > 0 {
            let n = self.drain_once(device)?;
            self.moved(device, n);
            self.drop_front(n);
        }
        Ok(())
    }

    fn drain_once(&mut self, device: &mut impl RawIo) -> Result<usize> {
        let pending = self
            .tail
            .as_ref()
            .map_or(&[][..], |tail| &tail.frozen()[self.start..]);
        let pieces = self.sealed.iter().map(|chunk| &**chunk).chain([pending]);
        let mut gather = [IoSlice::new(&[]); GATHER];
        let mut count = 0;
        for (slot, piece) in gather
            .iter_mut()
            .zip(pieces.filter(|piece| !piece.is_empty()))
        {
            *slot = IoSlice::new(piece);
            count += 1;
        }
        guarded(&mut self.in_device, device, &gather[..count])
    }

    /// Forgets the first `n` pending bytes: the device has them.
    fn drop_front(&mut self, n: usize) {
        self.len -= n;
        let mut rest = n;
        while let Some(first) = self.sealed.front_mut() {
            if first.len() > rest {
                first.advance(rest);
                return;
            }
            rest -= first.len();
            self.sealed.pop_front();
        }
        self.start += rest;
        if self.len == 0 {
            self.release_tail();
        }
    }

    fn moved(&mut self, device: &impl RawIo, n: usize) {
        // An appending device goes to the end of the file, wherever that is.
        self.position = match self.position {
            Some(position) if !device.appends() => Some(position + n as u64),
            _ => None,
        };
    }

    pub(super) fn flush(&mut self, device: &mut impl RawIo) -> Result<()> {
        self.drain(device)?;
        Ok(retry(|| device.flush())?)
    }

    /// Flushes, closes the device even if that failed, and forgets what is pending. The first
    /// error counts.
    pub(super) fn close(&mut self, device: &mut impl RawIo) -> Result<()> {
        let flushed = self.flush(device);
        self.take_pending();
        let closed = device.close();
        flushed.and(closed)
    }

    /// Flushes as well as it can, and never panics.
    pub(super) fn flush_at_drop(&mut self, device: &mut impl RawIo) {
        if self.is_empty() {
            return;
        }
        // A panic in a destructor may abort the process; the device's is its own affair.
        let _ = catch_unwind(AssertUnwindSafe(|| self.flush(device)));
    }

    /// The position behind the pending bytes. Asks the device once at most, but an appending one
    /// each time: only the system knows where its bytes go.
    pub(super) fn position(&mut self, device: &mut impl RawIo) -> Result<u64> {
        if device.appends() {
            self.drain(device)?;
        }
        let position = match self.position {
            Some(position) => position,
            None => *self.position.insert(retry(|| device.stream_position())?),
        };
        Ok(position + self.len as u64)
    }

    /// Where the device stands, if that is known.
    pub(super) fn device_position(&self) -> Option<u64> {
        self.position
    }

    /// The device was moved by somebody else, to a place that may be known.
    pub(super) fn device_moved(&mut self, position: Option<u64>) {
        self.position = position;
    }

    /// Takes everything pending as one chunk; copies only if it is in several pieces.
    pub(super) fn take_pending(&mut self) -> Chunk {
        self.seal();
        self.len = 0;
        self.release_tail();
        let mut pieces = std::mem::take(&mut self.sealed);
        match pieces.len() {
            0 => Chunk::new(),
            1 => pieces.pop_front().unwrap_or_default(),
            _ => Chunk::from(
                pieces
                    .iter()
                    .flat_map(|piece| piece.to_vec())
                    .collect::<Vec<u8>>(),
            ),
        }
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
    })?;
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
