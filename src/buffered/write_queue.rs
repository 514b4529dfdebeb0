//! [`WriteQueue`]: the write side of a buffer, which has what the device has not taken yet, in order.
//!
//! ```text
//!   segments:   [chunk][chunk] ... [open block: written | room]
//!               ^ the device takes from here             ^ small writes are copied here
//! ```
//!
//! Invariants:
//!
//! 1. A byte leaves the queue when the device says that it took it, and at no other time. So a
//!    drain that failed can be repeated, and nothing is written twice or left out.
//! 2. The open block has no more room than the queue, and there is no block while nothing is
//!    pending or after [`close`](WriteQueue::close). So one comparison tells whether a small write
//!    is copied and done; everything else, such as a full queue or a closed stream, is a case for
//!    the cold path.
//! 3. While the device is called `in_device` is set. If it still is at the next call, the device
//!    panicked, how much it took is unknown, and nothing more is written.

use std::io::{ErrorKind, IoSlice};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::device_position::{DevicePosition, after};
use crate::chunk::{COPY_THRESHOLD, Chunk, Segments};
use crate::error::{Error, Result, both, checked_write, not_now, report_at_drop, retry};
use crate::raw::{RawIo, for_one_call, total};

/// How many pieces one gather write takes. The array is on the stack, 512 bytes; pieces are 2 KiB
/// or more as a rule, so a full one moves a default buffer.
const GATHER: usize = 32;

pub(super) struct WriteQueue {
    /// What is pending.
    segments: Segments,
    /// The queue is drained once so many bytes are pending; at least 1.
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
            segments: Segments::default(),
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
        self.segments.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    fn room(&self) -> usize {
        self.capacity.saturating_sub(self.len())
    }

    /// Takes all of `buf` if the open block has room for it, or nothing.
    #[inline]
    pub(super) fn take(&mut self, buf: &[u8]) -> bool {
        self.segments.append_fast(buf)
    }

    /// The room in the block; none where [`take`](WriteQueue::take) would take nothing.
    #[inline]
    pub(super) fn spare_mut(&mut self) -> &mut [u8] {
        self.segments.spare_mut()
    }

    /// Takes the first `n` bytes of the room.
    #[inline]
    pub(super) fn commit(&mut self, n: usize) {
        self.segments.commit(n);
    }

    /// Whether a slice is small enough to be collected, and there is room for it.
    #[inline]
    fn takes(&self, buf: &[u8]) -> bool {
        buf.len() <= self.room() && buf.len() < self.capacity
    }

    /// Takes as much of `buf` as it can: all if it fits; else the pending bytes go first, and a
    /// large `buf` then goes straight to the device.
    pub(super) fn write(&mut self, device: &mut impl RawIo, buf: &[u8]) -> Result<usize> {
        if self.takes(buf) {
            return Ok(self.push(buf));
        }
        match self.make_way(device, buf) {
            // The device may have taken some before it blocked: what fits now is accepted.
            Err(error) if error.kind() == ErrorKind::WouldBlock && self.room() > 0 => {
                Ok(self.push(buf))
            }
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

    /// [`write`](WriteQueue::write) with several slices, one after the other.
    pub(super) fn write_vectored(
        &mut self,
        device: &mut impl RawIo,
        bufs: &[IoSlice<'_>],
    ) -> Result<usize> {
        let len = total(bufs);
        if len < self.capacity && len <= self.room() {
            return Ok(self.push_all(bufs));
        }
        let outcome = self.drain(device);
        match outcome.and_then(|()| self.write_slices_past(device, bufs)) {
            Err(error) if error.kind() == ErrorKind::WouldBlock && self.room() > 0 => {
                Ok(self.push_all(bufs))
            }
            outcome => outcome,
        }
    }

    /// Writes with an empty queue: together, large slices go past it.
    fn write_slices_past(
        &mut self,
        device: &mut impl RawIo,
        bufs: &[IoSlice<'_>],
    ) -> Result<usize> {
        if total(bufs) < self.capacity {
            return Ok(self.push_all(bufs));
        }
        let n = guarded(&mut self.in_device, device, &bufs[for_one_call(bufs)])?;
        self.moved(device, n);
        Ok(n)
    }

    /// Copies as much of the slices as there is room for into the queue.
    fn push_all(&mut self, bufs: &[IoSlice<'_>]) -> usize {
        bufs.iter().map(|buf| self.push(buf)).sum()
    }

    /// Takes all of `buf`, or says how much of it. A device that would block is not asked again:
    /// the buffer takes what it has room for.
    pub(super) fn write_all(&mut self, device: &mut impl RawIo, buf: &[u8]) -> Result<()> {
        match self.write_counted(device, buf) {
            (_, Ok(())) => Ok(()),
            // There is nothing to try again.
            (written, Err(Error::WouldBlock { .. })) if written == buf.len() => Ok(()),
            (written, Err(error)) => Err(error.after_writing(written)),
        }
    }

    /// The same with the count beside the error. "Would block" may come with all of `buf`: the
    /// device said it, and the buffer had room for the rest.
    pub(super) fn write_counted(
        &mut self,
        device: &mut impl RawIo,
        buf: &[u8],
    ) -> (usize, Result<()>) {
        if self.takes(buf) {
            return (self.push(buf), Ok(()));
        }
        let mut written = 0;
        while written < buf.len() {
            match self.make_way(device, &buf[written..]) {
                Ok(n) => written += n,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    written += self.push(&buf[written..]);
                    return (written, Err(Error::WouldBlock { written: 0 }));
                }
                Err(error) => return (written, Err(error)),
            }
        }
        (written, Ok(()))
    }

    /// Takes the chunk, by reference if it is large. An error means that nothing of it was taken;
    /// if the device fails after that, the next call says so.
    pub(super) fn write_chunk(&mut self, device: &mut impl RawIo, chunk: Chunk) -> Result<()> {
        if chunk.is_empty() {
            return Ok(());
        }
        // A small chunk needs room to be copied to. A large one is linked and needs none, so only a
        // queue that is full already goes out first.
        if self.len() >= self.capacity || chunk.len() < COPY_THRESHOLD && chunk.len() > self.room()
        {
            self.drain(device)?;
        }
        if chunk.len() < COPY_THRESHOLD && chunk.len() <= self.room() {
            self.push(&chunk);
            return Ok(());
        }
        self.link(device, chunk)
    }

    fn link(&mut self, device: &mut impl RawIo, chunk: Chunk) -> Result<()> {
        let linked = chunk.len();
        self.segments.push_shared(chunk);
        self.limit();
        if self.len() < self.capacity {
            return Ok(());
        }
        match self.drain(device) {
            // Nothing of the chunk is gone, so the caller can have it back and try again. A chunk
            // that is gone in part, or waits for room, has to stay: it would go out twice.
            Err(error) if self.len() >= linked && error.kind() != ErrorKind::WouldBlock => {
                self.segments.pop_back();
                self.skip(0);
                self.limit();
                Err(error)
            }
            _ => Ok(()),
        }
    }

    /// Copies as much of `buf` as there is room for into the queue.
    fn push(&mut self, buf: &[u8]) -> usize {
        let n = buf.len().min(self.room());
        // A drain may have made room in the queue since the block's was set.
        self.limit();
        if self.segments.append_fast(&buf[..n]) {
            return n;
        }
        self.segments.append(&buf[..n], self.capacity, 0);
        self.limit();
        n
    }

    /// Lets the block have no more room than the queue.
    fn limit(&mut self) {
        let room = self.room();
        self.segments.limit(room);
    }

    /// Gives everything pending to the device, with as few calls as it takes.
    pub(super) fn drain(&mut self, device: &mut impl RawIo) -> Result<()> {
        while !self.is_empty() {
            let mut gather = [IoSlice::new(&[]); GATHER];
            let count = self.segments.io_slices(&mut gather);
            let n = guarded(&mut self.in_device, device, &gather[..count])?;
            self.skip(n);
            self.moved(device, n);
        }
        Ok(())
    }

    /// Drops the first `n` bytes. A queue in which nothing is pending owns no block: the pool has
    /// it ready.
    fn skip(&mut self, n: usize) {
        if n < self.len() {
            self.segments.skip(n);
        } else {
            self.segments.clear();
        }
    }

    fn moved(&mut self, device: &impl RawIo, n: usize) {
        // An appending device goes to the end of the file, wherever that is.
        if device.is_append_only() {
            self.position.set(None);
        } else {
            self.position.took(n);
        }
    }

    pub(super) fn flush(&mut self, device: &mut impl RawIo) -> Result<()> {
        self.drain(device)?;
        retry(|| device.flush()).map_err(not_now)
    }

    /// Flushes, and closes the device even if that failed. What it did not accept stays, as one
    /// chunk and without a block, so that nothing can be added.
    pub(super) fn close(&mut self, device: &mut impl RawIo) -> Result<()> {
        let flushed = self.flush(device);
        let pending = self.take_pending();
        self.segments.push_shared(pending);
        let closed = device.close();
        both(flushed, closed)
    }

    /// Flushes as well as it can, reports a failure to the drop hook, and never panics.
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

    /// The position after the pending bytes. Asks the device at most once, but an appending one
    /// each time: only the system knows where its bytes go.
    pub(super) fn position(&mut self, device: &mut impl RawIo) -> Result<u64> {
        if device.is_append_only() {
            self.drain(device)?;
        }
        after(self.position.get(device)?, self.len())
    }

    /// The device was moved by somebody else, to a position that may be known.
    pub(super) fn device_moved(&mut self, position: Option<u64>) {
        self.position.set(position);
    }

    /// Takes everything pending as one chunk; copies only if it is in several pieces.
    pub(super) fn take_pending(&mut self) -> Chunk {
        let pending = self.segments.to_chunk();
        self.segments.clear();
        pending
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

/// One device write, repeated only for signals, with its count checked. A count of 0 is an error:
/// a loop around it would never end.
fn write_once(device: &mut impl RawIo, gather: &[IoSlice<'_>]) -> Result<usize> {
    let limit = total(gather);
    let claimed = retry(|| match gather {
        [piece] => device.write(piece),
        pieces => device.write_vectored(pieces),
    })
    .map_err(not_now)?;
    checked_write(claimed, limit)
}
