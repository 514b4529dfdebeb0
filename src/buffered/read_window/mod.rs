//! The read side of a buffer: one contiguous window over a recycled block.
//!
//! ```text
//!   block:   0 ........ base ........ start ........ filled ........ capacity
//!            other bytes  read already    unread          room
//!   device position:                              end
//! ```
//!
//! Invariants: `base <= start <= filled`; the byte at `filled` is the one that the device reads
//! next, and `end` is its position, where the device has one. Bytes from `base` to `start` stay
//! until the next fill, so that a seek backwards into them costs no system call, or until the
//! stream is found idle; what is before `base` belongs to chunks that are still alive. A failed
//! call changes nothing.

mod position;
mod records;

use std::io::{ErrorKind, IoSliceMut};

use super::device_position::DevicePosition;
use super::resume::ResumePoints;
use super::{reserve, reserve_text};
use crate::chunk::{Chunk, Pool, Tail};
use crate::error::{Error, Operation, Result, checked_count, retry, whole_chars};
use crate::raw::RawIo;
use crate::scan::LineEnds;

/// The smallest block that the pool gives.
const SMALLEST: usize = 64;

/// Reading to the end asks the device for so many bytes at least, however small the buffer is.
const PIECE: usize = 8 * 1024;

/// From so many bytes on a device that can is moved back instead of keeping them: a read that is
/// too long for a large file would need as much memory once more.
const MOVE_BACK_FROM: usize = 1 << 20;

pub(super) struct ReadWindow {
    /// The block; `None` until the first read and after an idle release.
    tail: Option<Tail>,
    /// The first byte of the block that is followed, in the stream too, by those after it.
    base: usize,
    /// The first unread byte.
    start: usize,
    /// How many bytes a fill asks the device for; at least 1.
    capacity: usize,
    /// The device's position.
    end: DevicePosition,
    /// How many bytes the device gave so far: stands in for the position where there is none.
    received: u64,
    /// What the last searches found out, if they did not come to their end.
    searches: ResumePoints,
    /// Where the ends of the next records are that end with one byte. Whatever moves `start` back
    /// or bytes in the block restarts it.
    ends: LineEnds,
    /// How long a record may be, in bytes without what ends it; the largest number where there is
    /// no limit.
    limit: usize,
    /// The [number](ReadWindow::number) of the record's first byte, and what ends it, that was
    /// refused to std's calls because it is too long: the next such call passes over it, unless
    /// the limit was changed or the stream moved in between.
    refused: Option<(u64, u8)>,
    /// The number of the first byte of a long `read_exact` that failed. It is collected in the
    /// window from then on: to copy it to the caller and back each time would cost a multiple of
    /// its length.
    stalled: Option<u64>,
    pool: Pool,
}

impl ReadWindow {
    pub(super) fn new(capacity: usize) -> ReadWindow {
        ReadWindow {
            tail: None,
            base: 0,
            start: 0,
            capacity: capacity.max(1),
            end: DevicePosition::default(),
            received: 0,
            searches: ResumePoints::default(),
            ends: LineEnds::default(),
            limit: usize::MAX,
            refused: None,
            stalled: None,
            pool: Pool::default(),
        }
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    /// What was read ahead and not taken yet.
    #[inline]
    pub(super) fn data(&self) -> &[u8] {
        &self.block()[self.start..]
    }

    /// All that is written in the block.
    #[inline]
    fn block(&self) -> &[u8] {
        self.tail.as_ref().map_or(&[], Tail::frozen)
    }

    #[inline]
    fn len(&self) -> usize {
        self.data().len()
    }

    /// The number of the first unread byte, among all that the device ever gave.
    fn number(&self) -> u64 {
        self.received - self.len() as u64
    }

    /// Takes `n` bytes; at most what is there, as std's `BufReader` does.
    pub(super) fn consume(&mut self, n: usize) {
        self.start += n.min(self.len());
    }

    /// Takes what is unread as one chunk, without a copy.
    pub(super) fn take_rest(&mut self) -> Chunk {
        let rest = self.len();
        self.take_chunk(rest)
    }

    fn take_chunk(&mut self, n: usize) -> Chunk {
        let start = self.start;
        self.consume(n);
        match &self.tail {
            Some(tail) => tail.chunk(start..self.start),
            None => Chunk::new(),
        }
    }

    /// Reads once from the device, after what is there. 0 is the end.
    ///
    /// `missing` is how many bytes are known to be wanted: room for them is offered, up to the
    /// capacity. A window with chunks of its block still alive offers what is left of the block if
    /// that is a quarter of the usual.
    fn fill(&mut self, device: &mut impl RawIo, missing: usize) -> Result<usize> {
        let want = missing.min(self.capacity);
        // As much as is there already, so that few calls fetch what is far more than a buffer;
        // but not all of it at once: it may be far more than the device has.
        let offer = missing.min(self.len()).max(self.capacity);
        self.fill_some(device, want, offer)
    }

    /// The same, with room for `want` bytes at least, and for `offer` at most.
    fn fill_some(&mut self, device: &mut impl RawIo, want: usize, offer: usize) -> Result<usize> {
        let spare = self.make_room(want)?.spare_mut();
        let limit = offer.min(spare.len());
        let n = match read_once(device, &mut spare[..limit]) {
            Ok(n) => n,
            Err(error) => return Err(self.not_filled(error)),
        };
        if let Some(tail) = &mut self.tail {
            tail.commit(n);
        }
        self.moved(n);
        Ok(n)
    }

    fn not_filled(&mut self, error: Error) -> Error {
        if error.is_would_block() && self.len() == 0 {
            self.rest();
        }
        error
    }

    fn moved(&mut self, n: usize) {
        self.received += n as u64;
        self.end.gave(n);
    }

    /// Reads once if nothing is there.
    pub(super) fn fill_if_empty(&mut self, device: &mut impl RawIo) -> Result<&[u8]> {
        if self.len() == 0 {
            self.fill(device, 0)?;
        }
        Ok(self.data())
    }

    /// Reads until `n` bytes are there or the device ends; returns whether they are.
    fn fill_to(&mut self, device: &mut impl RawIo, n: usize) -> Result<bool> {
        while self.len() < n {
            if self.fill(device, n - self.len())? == 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub(super) fn peek(&mut self, device: &mut impl RawIo, n: usize) -> Result<&[u8]> {
        self.fill_to(device, n)?;
        Ok(&self.data()[..n.min(self.len())])
    }

    pub(super) fn read(&mut self, device: &mut impl RawIo, buf: &mut [u8]) -> Result<usize> {
        if self.len() == 0 && buf.len() >= self.capacity {
            return self.read_past(device, buf);
        }
        let data = match buf.len() {
            0 => &[],
            _ => self.fill_if_empty(device)?,
        };
        let n = data.len().min(buf.len());
        buf[..n].copy_from_slice(&data[..n]);
        self.consume(n);
        Ok(n)
    }

    /// The same into several slices, one after the other.
    ///
    /// The device is never given more than one: a count that is too large for the first slice, and
    /// not for all of them, could not be told from a true one.
    pub(super) fn read_vectored(
        &mut self,
        device: &mut impl RawIo,
        bufs: &mut [IoSliceMut<'_>],
    ) -> Result<usize> {
        let mut taken = 0;
        for buf in bufs.iter_mut().filter(|buf| !buf.is_empty()) {
            if taken == 0 {
                taken = self.read(device, buf)?;
            } else {
                let n = buf.len().min(self.len());
                buf[..n].copy_from_slice(&self.data()[..n]);
                self.consume(n);
                taken += n;
            }
            if self.len() == 0 {
                break;
            }
        }
        Ok(taken)
    }

    /// Reads once, past the empty window, straight into the caller's memory.
    fn read_past(&mut self, device: &mut impl RawIo, buf: &mut [u8]) -> Result<usize> {
        self.clear();
        let n = read_once(device, buf)?;
        self.moved(n);
        Ok(n)
    }

    /// Fills `buf`, or leaves everything in place.
    #[inline]
    pub(super) fn read_exact(&mut self, device: &mut impl RawIo, buf: &mut [u8]) -> Result<()> {
        match self.data().get(..buf.len()) {
            Some(bytes) => {
                buf.copy_from_slice(bytes);
                self.start += buf.len();
                Ok(())
            }
            None => self.read_exact_slow(device, buf),
        }
    }

    /// The same where not all of it is in the window.
    fn read_exact_slow(&mut self, device: &mut impl RawIo, buf: &mut [u8]) -> Result<()> {
        let expected = buf.len();
        let is_long = expected - self.len() >= self.capacity;
        if is_long && self.stalled != Some(self.number()) {
            return LongRead::new(self, buf).fill(device);
        }
        if !self.fill_to(device, expected)? {
            return Err(Error::PartialRead {
                available: self.len(),
                expected,
            });
        }
        buf.copy_from_slice(&self.data()[..expected]);
        self.consume(expected);
        Ok(())
    }

    /// The next bytes, at most `max`, with at most one device call.
    pub(super) fn read_chunk(&mut self, device: &mut impl RawIo, max: usize) -> Result<Chunk> {
        if max == 0 {
            return Ok(Chunk::new());
        }
        if self.len() == 0 {
            if let Some(chunk) = self.lent(device, max)? {
                return Ok(chunk);
            }
            self.fill_if_empty(device)?;
        }
        Ok(self.take_chunk(max.min(self.len())))
    }

    /// The next bytes of a device that is memory, past the empty window, without a copy.
    fn lent(&mut self, device: &mut impl RawIo, max: usize) -> Result<Option<Chunk>> {
        let Some(chunk) = retry(|| Ok(device.lend(max)?))? else {
            return Ok(None);
        };
        checked_count(Operation::Read, chunk.len(), max)?;
        self.clear();
        self.moved(chunk.len());
        Ok(Some(chunk))
    }

    /// The room that is worth a call of the device.
    fn quarter(&self) -> usize {
        self.capacity.div_ceil(4)
    }

    /// Forgets everything, read and unread.
    ///
    /// A block of which chunks are alive goes on after them while it has room: it is in memory
    /// anyway, and the next bytes would pin another one.
    pub(super) fn clear(&mut self) {
        let quarter = self.quarter();
        let Some(tail) = &mut self.tail else {
            return self.begin_at(0);
        };
        let filled = tail.frozen().len();
        if tail.reclaim(filled) {
            self.begin_at(0);
        } else if tail.room() >= quarter {
            self.begin_at(filled);
        } else {
            self.release();
        }
    }

    /// Forgets everything, and gives the block up.
    pub(super) fn release(&mut self) {
        self.tail = None;
        self.begin_at(0);
    }

    /// The next unread byte is this one of the block, and there is none before it.
    fn begin_at(&mut self, at: usize) {
        (self.base, self.start) = (at, at);
        self.ends.restart(at);
    }

    /// Nothing is unread and nothing comes: an idle stream owns no memory. While chunks of the
    /// block are alive, giving it up would free nothing, as in [`clear`](ReadWindow::clear).
    pub(super) fn rest(&mut self) {
        let quarter = self.quarter();
        if let Some(tail) = &mut self.tail
            && (tail.is_unique() || tail.room() < quarter)
        {
            self.release();
        }
    }

    /// Makes room for at least `want` bytes after the unread ones.
    ///
    /// # Errors
    ///
    /// If there is no memory for them; everything is as it was.
    pub(super) fn make_room(&mut self, want: usize) -> Result<&mut Tail> {
        let len = self.len();
        // A quarter of what is unread, too: each byte is then moved a few times at most, however
        // far somebody looks ahead, and however little is taken in between.
        let want = want.max(self.quarter()).max(len / 4);
        let need = len.saturating_add(want).max(self.capacity).max(SMALLEST);
        if let Some(tail) = &mut self.tail {
            // A block that a long line or a far peek made grow has served.
            let is_outgrown = tail.capacity() / 4 > need;
            let is_short = tail.room() < want || self.start == tail.frozen().len();
            if is_short && !is_outgrown && tail.reclaim(self.start) {
                (self.base, self.start) = (0, 0);
                self.ends.restart(0);
            }
            if is_outgrown || tail.room() < want {
                self.tail = Some(self.carry(need)?);
            }
        }
        if self.tail.is_none() {
            self.tail = Some(self.pool.try_acquire(need)?);
        }
        Ok(self.tail.as_mut().expect("it was just put there"))
    }

    /// A fresh block with a copy of the unread bytes, which are few as a rule.
    fn carry(&mut self, need: usize) -> Result<Tail> {
        let mut fresh = self.pool.try_acquire(need)?;
        fresh.append(self.data());
        self.begin_at(0);
        Ok(fresh)
    }

    /// Makes `bytes`, the last ones the device gave, unread again. The window is empty.
    ///
    /// # Panics
    ///
    /// If there is no memory for them: they would be lost.
    pub(super) fn put_back(&mut self, bytes: &[u8]) {
        self.clear();
        if let Ok(block) = self.make_room(bytes.len()) {
            block.append(bytes);
            return;
        }
        // Not for a whole buffer, then, but for these.
        self.release();
        let mut block = self.pool.acquire(bytes.len());
        block.append(bytes);
        self.tail = Some(block);
    }

    /// Appends everything to the end. What was appended before an error is taken.
    pub(super) fn read_to_end(
        &mut self,
        device: &mut impl RawIo,
        buf: &mut Vec<u8>,
    ) -> Result<usize> {
        let before = buf.len();
        if let Some(rest) = self.expected(device) {
            reserve(buf, rest);
        }
        loop {
            buf.try_reserve(self.len()).map_err(|_| no_memory())?;
            buf.extend_from_slice(self.data());
            self.consume(self.len());
            let room = (buf.capacity() - buf.len()).max(PIECE);
            if let Some(chunk) = self.lent(device, room)? {
                if chunk.is_empty() {
                    return Ok(buf.len() - before);
                }
                self.put_back_unless(&chunk, buf.try_reserve(chunk.len()).is_ok())?;
                buf.extend_from_slice(&chunk);
            } else if self.fill_piece(device)? == 0 {
                return Ok(buf.len() - before);
            }
        }
    }

    fn put_back_unless(&mut self, bytes: &[u8], is_room: bool) -> Result<()> {
        if is_room {
            return Ok(());
        }
        self.put_back(bytes);
        Err(no_memory())
    }

    /// Appends everything to the end as text. Whole characters are taken, and nothing else: what
    /// is malformed stays, and so does a character whose other bytes are not there.
    pub(super) fn read_to_string(
        &mut self,
        device: &mut impl RawIo,
        buf: &mut String,
    ) -> Result<usize> {
        let before = buf.len();
        if let Some(rest) = self.expected(device) {
            reserve_text(buf, rest);
        }
        let mut ended = false;
        loop {
            let (text, wrong) = whole_chars(self.data(), ended);
            buf.try_reserve(text.len()).map_err(|_| no_memory())?;
            buf.push_str(text);
            let taken = text.len();
            self.consume(taken);
            if let Some(wrong) = wrong {
                return Err(wrong.at(self.offset(device)?));
            }
            if ended {
                return Ok(buf.len() - before);
            }
            ended = self.fill_piece(device)? == 0;
        }
    }

    fn fill_piece(&mut self, device: &mut impl RawIo) -> Result<usize> {
        let piece = self.capacity.max(PIECE);
        self.fill_some(device, piece / 4, piece)
    }

    /// How many bytes are left, if the device knows.
    fn expected(&self, device: &mut impl RawIo) -> Option<usize> {
        let rest = usize::try_from(device.rest_hint()?).ok()?;
        rest.checked_add(self.len())
    }
}

/// One device read, repeated only for signals, with its count checked.
fn read_once(device: &mut impl RawIo, buf: &mut [u8]) -> Result<usize> {
    let claimed = retry(|| device.read(buf))?;
    checked_count(Operation::Read, claimed, buf.len())
}

fn no_memory() -> Error {
    Error::Io(ErrorKind::OutOfMemory.into())
}

/// Memory of the caller that is being filled. Unless it becomes full, everything in it is unread
/// again when this is dropped: after an error, at the end, and where the device panics.
struct LongRead<'a> {
    window: &'a mut ReadWindow,
    buf: &'a mut [u8],
    done: usize,
}

impl LongRead<'_> {
    /// Begins with what is in the window.
    fn new<'a>(window: &'a mut ReadWindow, buf: &'a mut [u8]) -> LongRead<'a> {
        let done = window.len();
        buf[..done].copy_from_slice(window.data());
        window.consume(done);
        LongRead { window, buf, done }
    }

    /// Goes on with the device.
    fn fill(mut self, device: &mut impl RawIo) -> Result<()> {
        while self.done < self.buf.len() {
            let outcome = self.window.read_past(device, &mut self.buf[self.done..]);
            match outcome {
                Ok(n) if n > 0 => self.done += n,
                outcome => return Err(self.fail(device, outcome.err())),
            }
        }
        Ok(())
    }

    /// The error of a read that failed or met the end; what it had got is unread again.
    fn fail(&mut self, device: &mut impl RawIo, error: Option<Error>) -> Error {
        let (available, expected) = (self.done, self.buf.len());
        let is_much = available >= MOVE_BACK_FROM && device.seekable();
        if is_much && self.window.move_back(device, available).is_ok() {
            self.done = 0;
            self.window.stalled = Some(self.window.number());
        }
        error.unwrap_or(Error::PartialRead {
            available,
            expected,
        })
    }
}

impl Drop for LongRead<'_> {
    fn drop(&mut self) {
        if (1..self.buf.len()).contains(&self.done) {
            self.window.put_back(&self.buf[..self.done]);
            self.window.stalled = Some(self.window.number());
        }
    }
}
