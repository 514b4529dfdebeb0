//! [`Cursor`]: one position over a [`Cache`] of a device. How it reads is in `read.rs`, how it
//! writes in `write.rs`; here is where it stands.
//!
//! Invariants: the position is where the caller is, and the device's own is no matter before the
//! next flush. It is unknown before the first call, and while bytes wait for the end of an
//! appending device. What is owed comes before any other call of the device and is in no block.

use std::io::SeekFrom;

use super::cache::{Cache, EVERYTHING};
use super::medium::Medium;
use super::pending_write::PendingWrite;
use super::position::{self, in_reach};
use super::span::Span;
use crate::buffered::truncate;
use crate::buffered::write_queue::WriteQueue;
use crate::chunk::Chunk;
use crate::error::{Error, Operation, Result};
use crate::raw::RawIo;

pub(super) struct Cursor<D: RawIo> {
    pub(super) medium: Medium<D>,
    pub(super) cache: Cache,
    /// Clean bytes that are not in the cache, or not in one piece there.
    pub(super) span: Span,
    /// The rest of a chunk that went out in part, and its place.
    pub(super) owed: (u64, Chunk),
    /// What waits for the end of the device, if that appends.
    pub(super) queue: Option<Box<WriteQueue>>,
    pub(super) position: Option<u64>,
    /// Where the last read ended, and the last one that went far away.
    pub(super) read_end: u64,
    pub(super) jump_end: u64,
    pub(super) readable: bool,
    pub(super) writable: bool,
    /// What the device said after a part of a call's bytes was taken: the error of the next call
    /// that writes, or of the flush, for the device may not say it again.
    pub(super) failed: Option<Box<Error>>,
}

impl<D: RawIo> Cursor<D> {
    pub(super) fn new(device: D, cache: Cache) -> Cursor<D> {
        Cursor {
            readable: device.readable(),
            writable: device.writable(),
            queue: device
                .appends()
                .then(|| Box::new(WriteQueue::new(cache.size()))),
            medium: Medium::new(device),
            cache,
            span: Span::default(),
            owed: (0, Chunk::new()),
            position: None,
            read_end: 0,
            jump_end: u64::MAX,
            failed: None,
        }
    }

    /// The position, ready for reading from it.
    #[inline]
    pub(super) fn reading(&mut self) -> Result<u64> {
        self.check_readable()?;
        self.settle()?;
        self.tell()
    }

    /// Whether the stream can be read.
    pub(super) fn check_readable(&self) -> Result<()> {
        if self.readable {
            Ok(())
        } else {
            Err(Error::Unsupported {
                operation: Operation::Read,
            })
        }
    }

    /// Whether the stream can be written to.
    #[inline]
    pub(super) fn check_writable(&self) -> Result<()> {
        if self.writable {
            Ok(())
        } else {
            Err(Error::Unsupported {
                operation: Operation::Write,
            })
        }
    }

    /// The call took something, and its count comes first: the error is the next one's. "Not now"
    /// need not be said twice.
    #[cold]
    pub(super) fn say_later(&mut self, error: Error) {
        if !error.is_would_block() {
            self.failed = Some(Box::new(error));
        }
    }

    /// Says what was to be said later.
    #[inline]
    pub(super) fn say(&mut self) -> Result<()> {
        match self.failed.take() {
            None => Ok(()),
            Some(error) => Err(*error),
        }
    }

    /// The position, ready for `n` bytes to be written to it.
    #[inline]
    pub(super) fn writing(&mut self, n: usize) -> Result<u64> {
        self.settle()?;
        let at = self.tell()?;
        in_reach(at + n as u64)?;
        Ok(at)
    }

    /// Where the stream stands. Asks the device once at most; but an appending one has to take
    /// what waits for it, for only the system knows its end.
    #[inline]
    pub(super) fn tell(&mut self) -> Result<u64> {
        match self.position {
            Some(at) => Ok(at),
            None => self.ask(),
        }
    }

    #[cold]
    fn ask(&mut self) -> Result<u64> {
        self.settle()?;
        Ok(*self.position.insert(in_reach(self.medium.position()?)?))
    }

    /// Gives what is owed, and what waits for the end, to the device.
    #[inline]
    pub(super) fn settle(&mut self) -> Result<()> {
        if self.position.is_some() && self.owed.1.is_empty() {
            Ok(())
        } else {
            self.settle_now()
        }
    }

    #[cold]
    fn settle_now(&mut self) -> Result<()> {
        if let Some(queue) = &mut self.queue
            && !queue.is_empty()
        {
            self.medium.moved();
            queue.drain(&mut self.medium.device)?;
        }
        let (at, bytes) = &mut self.owed;
        if let Err((done, error)) = self.medium.write_all_at(bytes, *at) {
            bytes.advance(done);
            *at += done as u64;
            return Err(error);
        }
        *bytes = Chunk::new();
        Ok(())
    }

    /// Moves the position, where that is all there is to it; else does nothing.
    #[inline]
    pub(super) fn jump(&mut self, target: u64) -> bool {
        let is_known = self.position.is_some() && target <= position::LAST;
        if is_known {
            self.position = Some(target);
        }
        is_known
    }

    /// Moves the position. Calls the device only to ask for its end, or to write what waits for
    /// that.
    pub(super) fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        let target = match to {
            SeekFrom::Start(target) => {
                self.settle()?;
                target
            }
            SeekFrom::Current(distance) => position::moved(self.tell()?, distance)?,
            SeekFrom::End(distance) => self.at_end(distance)?,
        };
        Ok(*self.position.insert(in_reach(target)?))
    }

    /// What is so far from the end. Pending bytes count.
    fn at_end(&mut self, distance: i64) -> Result<u64> {
        self.settle()?;
        let pending_end = self.cache.pending_end();
        if pending_end > 0 {
            let end = self.medium.seek(SeekFrom::End(0))?.max(pending_end);
            if let Some(target) = end.checked_add_signed(distance) {
                return Ok(target);
            }
            if distance > 0 {
                return position::moved(end, distance);
            }
            // Before the start: what becomes of that is the device's affair.
            self.write_back()?;
        }
        self.medium.seek(SeekFrom::End(distance))
    }

    /// What can be read without the device, as far as it lies in one piece.
    pub(super) fn ahead(&self) -> &[u8] {
        let Some(at) = self.position else { return &[] };
        if self.cache.hit(at).is_empty() {
            self.span.from(at)
        } else {
            self.cache.hit(at)
        }
    }

    /// Whether something that was read has not been taken: after a flush only if the device does
    /// not move.
    pub(super) fn has_ahead(&mut self) -> bool {
        match self.position {
            Some(at) => !self.cached(at).is_empty(),
            None => false,
        }
    }

    /// How many bytes there may be from here to the end, so that room can be made for them; 0 if nobody
    /// knows.
    pub(super) fn expected(&mut self) -> Result<usize> {
        let at = self.reading()?;
        let mut end = self.cache.pending_end();
        // The device says what is left from where it stands itself.
        if let Some(rest) = self.medium.device.rest_hint() {
            end = end.max(self.medium.position()?.saturating_add(rest));
        }
        Ok(usize::try_from(end.saturating_sub(at)).unwrap_or(0))
    }

    /// How many bytes the device does not have yet.
    pub(super) fn pending(&self) -> usize {
        let queued = self.queue.as_ref().map_or(0, |queue| queue.len());
        self.cache.pending() + self.owed.1.len() + queued
    }

    /// Gives everything pending to the device.
    pub(super) fn write_back(&mut self) -> Result<()> {
        self.settle()?;
        self.cache.write_back(&mut self.medium, EVERYTHING)
    }

    /// Gives everything pending to the device, and flushes that.
    pub(super) fn write_out(&mut self) -> Result<()> {
        self.write_back()?;
        if self.writable {
            self.medium.flush()?;
        }
        self.say()
    }

    /// The same, and the device is then where the stream is; what was read is forgotten. If the
    /// device cannot be moved, what was read stays: it could not be read again.
    pub(super) fn flush(&mut self) -> Result<()> {
        self.write_back()?;
        let is_there = match self.position {
            Some(at) => self.medium.try_to_go(at)?,
            None => true,
        };
        self.write_out()?;
        if is_there {
            self.forget();
        }
        Ok(())
    }

    /// Forgets all bytes, what is pending too.
    pub(super) fn forget(&mut self) {
        self.cache.clear();
        self.span.release();
        self.owed.1 = Chunk::new();
        self.take_queue();
    }

    /// Forgets the span, which has served or is old.
    #[inline]
    pub(super) fn forget_span(&mut self) {
        if !self.span.is_idle() {
            self.span.clear();
        }
    }

    fn take_queue(&mut self) -> Chunk {
        let queue = self.queue.as_mut();
        queue.map_or_else(Chunk::new, |queue| queue.take_pending())
    }

    /// Somebody else may move the device.
    #[cfg(unix)]
    pub(super) fn lend_device(&mut self) -> &mut D {
        self.position = None;
        self.medium.moved();
        &mut self.medium.device
    }

    pub(super) fn truncate(&mut self, size: Option<u64>) -> Result<u64> {
        if let Some(size) = size {
            in_reach(size)?;
        }
        self.write_back()?;
        let size = match size {
            Some(size) => size,
            None => self.tell()?,
        };
        truncate(&mut self.medium.device, Some(size))?;
        self.cache.forget_from(size);
        self.forget_span();
        Ok(size)
    }

    /// Takes everything pending, in ascending order.
    pub(super) fn take_pending(&mut self) -> Vec<PendingWrite> {
        let mut pending = self.cache.take_pending();
        let (at, owed) = &mut self.owed;
        pending.push((*at, std::mem::take(owed)));
        pending.sort_by_key(|(offset, _)| *offset);
        let placed = pending.into_iter().map(|(at, bytes)| (Some(at), bytes));
        let all = placed.chain([(None, self.take_queue())]);
        all.filter(|(_, bytes)| !bytes.is_empty())
            .map(|(offset, bytes)| PendingWrite { offset, bytes })
            .collect()
    }
}
