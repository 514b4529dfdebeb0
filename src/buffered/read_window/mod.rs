//! [`ReadWindow`]: the read side of a buffer, one contiguous window over a recycled block.
//!
//! ```text
//!   block:   0 ........ base ........ start ........ filled ........ capacity
//!            other bytes  read already    unread          room
//!   device position:                              end
//! ```
//!
//! Invariants:
//!
//! 1. `base <= start <= filled`.
//! 2. The byte at `filled` is the one that the device reads next, and `end` is its position, where
//!    the device has one.
//! 3. What is before `base` belongs to chunks that are still alive. Bytes from `base` to `start`
//!    stay until the next fill, so that a seek back to them costs no system call, or until the
//!    stream is found idle.
//! 4. A failed call changes nothing.

mod pace;
mod position;

use self::pace::Pace;
use super::device_position::DevicePosition;
use super::is_outgrown;
use super::lookahead::{self, Lookahead, Unfinished};
use super::resume::Delimiter;
use crate::chunk::{Chunk, ChunkBuilder, Pool, Search};
use crate::error::{Operation, Result, checked_count, retry};
use crate::raw::RawIo;
use crate::scan::{LineEnds, Pattern};

pub(super) struct ReadWindow<D> {
    pub(super) device: D,
    /// The block; `None` until the first read and after an idle release.
    block: Option<ChunkBuilder>,
    /// From this byte of the block on, its bytes follow one another in the stream as well.
    base: usize,
    /// The first unread byte.
    start: usize,
    /// How many bytes a fill asks the device for; at least 1.
    capacity: usize,
    /// How many it asks for at most while little was read since the device was moved.
    pace: Pace,
    /// The device's position.
    end: DevicePosition,
    /// How many bytes the device gave so far: stands in for the position where there is none.
    received: u64,
    /// Where the ends of the next records are that end with one byte. Whatever moves `start` back
    /// or bytes in the block restarts it.
    ends: LineEnds,
    unfinished: Unfinished,
    pool: Pool,
}

impl<D> ReadWindow<D> {
    pub(super) fn new(capacity: usize, device: D) -> ReadWindow<D> {
        ReadWindow {
            device,
            block: None,
            base: 0,
            start: 0,
            capacity: capacity.max(1),
            pace: Pace::default(),
            end: DevicePosition::default(),
            received: 0,
            ends: LineEnds::default(),
            unfinished: Unfinished::default(),
            pool: Pool::default(),
        }
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    /// The device, for a caller that may move it. Its position is asked for again, and a seek back
    /// no longer finds what was read before.
    pub(super) fn device_mut(&mut self) -> &mut D {
        self.base = self.start;
        self.end.set(None);
        &mut self.device
    }

    /// What was read ahead and not taken yet.
    #[inline]
    pub(super) fn data(&self) -> &[u8] {
        &self.block()[self.start..]
    }

    /// All that is written in the block.
    #[inline]
    fn block(&self) -> &[u8] {
        self.block.as_ref().map_or(&[], ChunkBuilder::filled)
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

    pub(super) fn take_chunk(&mut self, n: usize) -> Chunk {
        let start = self.start;
        self.consume(n);
        match &self.block {
            Some(block) => block.chunk(start..self.start),
            None => Chunk::new(),
        }
    }

    /// The room that is worth a call of the device.
    fn quarter(&self) -> usize {
        self.capacity.div_ceil(4)
    }

    /// Forgets everything, read and unread.
    ///
    /// A block of which chunks are alive goes on after them while it has room: it is in memory
    /// anyway, and the next bytes would pin another one.
    fn clear(&mut self) {
        let quarter = self.quarter();
        let Some(block) = &mut self.block else {
            return self.begin_at(0);
        };
        let filled = block.filled().len();
        if is_outgrown(block, self.capacity) {
            self.release();
        } else if block.reclaim(filled) {
            self.begin_at(0);
        } else if block.room() >= quarter {
            // The next bytes go after those of the chunks that are alive.
            self.begin_at(filled);
        } else {
            self.release();
        }
    }

    /// Forgets everything, and gives the block up.
    pub(super) fn release(&mut self) {
        self.block = None;
        self.begin_at(0);
    }

    /// The next unread byte is this one of the block, and there is none before it.
    fn begin_at(&mut self, at: usize) {
        (self.base, self.start) = (at, at);
        self.ends.restart(at);
    }

    /// Nothing is unread and nothing comes: an idle stream owns no memory. While chunks of the
    /// block are alive, giving it up would free nothing, as in [`clear`](ReadWindow::clear).
    fn rest(&mut self) {
        let quarter = self.quarter();
        if let Some(block) = &mut self.block
            && (block.is_unique() || block.room() < quarter)
        {
            self.release();
        }
    }

    /// Makes room for at least `want` bytes after the unread ones.
    ///
    /// # Errors
    ///
    /// If there is no memory for them; everything is as it was.
    fn make_room(&mut self, want: usize) -> Result<&mut ChunkBuilder> {
        let len = self.len();
        // A quarter of what is unread, too: each byte is then moved a few times at most, however
        // far somebody looks ahead, and however little is taken in between.
        let want = want.max(self.quarter()).max(len / 4);
        let need = len.saturating_add(want).max(self.capacity);
        if let Some(block) = &mut self.block {
            let is_outgrown = is_outgrown(block, need);
            let is_short = block.room() < want || self.start == block.filled().len();
            // The unread bytes are moved to the front only if room is short, or if there are none.
            if is_short && !is_outgrown && block.reclaim(self.start) {
                (self.base, self.start) = (0, 0);
                self.ends.restart(0);
            }
            // Chunks of the block are alive, or it is too small: the unread bytes go into a fresh
            // one.
            if is_outgrown || block.room() < want {
                self.block = Some(self.carry(need)?);
            }
        }
        if self.block.is_none() {
            self.block = Some(self.pool.try_acquire(need)?);
        }
        Ok(self.block.as_mut().expect("it was just put there"))
    }

    /// A fresh block with a copy of the unread bytes, which are few as a rule.
    fn carry(&mut self, need: usize) -> Result<ChunkBuilder> {
        let mut fresh = self.pool.try_acquire(need)?;
        fresh.append(self.data());
        self.begin_at(0);
        Ok(fresh)
    }

    fn moved(&mut self, n: usize) {
        self.received += n as u64;
        self.end.gave(n);
    }

    /// How long a record may be, in bytes without what ends it.
    pub(super) fn limit(&self) -> Option<usize> {
        self.unfinished.limit()
    }

    pub(super) fn set_limit(&mut self, limit: Option<usize>) {
        self.unfinished.set_limit(limit);
    }

    /// Where the next record ends in the block, in the common case: its end was found ahead, all of
    /// it is here, and it is not too long.
    #[inline]
    fn ready_end(&mut self, byte: u8) -> Option<usize> {
        let end = self.ends.peek_byte(byte)?;
        let is_here = self.start <= end && end < self.block().len();
        (is_here && self.unfinished.allows(end - self.start)).then_some(end + 1)
    }
}

impl<D: RawIo> ReadWindow<D> {
    /// The next bytes, at most `max`, with at most one device call.
    pub(super) fn read_chunk(&mut self, max: usize) -> Result<Chunk> {
        if max == 0 {
            return Ok(Chunk::new());
        }
        if self.len() == 0 {
            if let Some(chunk) = self.lent(max)? {
                return Ok(chunk);
            }
            lookahead::fill(self, 0)?;
        }
        Ok(self.take_chunk(max.min(self.len())))
    }

    /// The next bytes of a device that is memory, bypassing the empty window, without a copy.
    fn lent(&mut self, max: usize) -> Result<Option<Chunk>> {
        let Some(chunk) = retry(|| Ok(self.device.read_shared(max)?))? else {
            return Ok(None);
        };
        checked_count(Operation::Read, chunk.len(), max)?;
        self.clear();
        self.moved(chunk.len());
        Ok(Some(chunk))
    }

    /// The next record up to `byte`, in the window's own memory.
    #[inline]
    pub(super) fn slice_until(&mut self, byte: u8) -> Result<&[u8]> {
        let start = self.start;
        match self.ready_end(byte) {
            Some(end) => self.start = end,
            None => return self.slice_until_slow(byte),
        }
        self.ends.advance();
        Ok(&self.block()[start..self.start])
    }

    /// Takes a record whose end was not found ahead, that ends after the block, is too long, or
    /// comes after bytes that other calls have taken.
    #[inline(never)] // row 1b
    fn slice_until_slow(&mut self, byte: u8) -> Result<&[u8]> {
        let (start, delimiter) = (self.start, Delimiter::Byte(byte));
        let search = lookahead::resume(self, &delimiter);
        if search.at < self.received {
            // Up to here a search was in vain; the ends are found ahead in what comes after it.
            let seen = usize::try_from(search.at - self.number()).expect("it is in memory");
            self.ends.set_pattern(Pattern::Byte(byte));
            let block = self.block.as_ref().map_or(&[][..], ChunkBuilder::filled);
            if self.ends.find(block, start + seen).is_none() {
                // None in the whole block, so the next search, by whichever call, begins after it.
                lookahead::remember(self, &delimiter, Search::starting_at(self.received));
            }
            if let Some(end) = self.ready_end(byte) {
                self.start = end;
                self.ends.advance();
                return Ok(&self.block()[start..end]);
            }
        }
        let n = lookahead::find(self, &delimiter)?;
        let start = self.start;
        self.start += n;
        Ok(&self.block()[start..self.start])
    }
}

impl<D: RawIo> Lookahead for ReadWindow<D> {
    #[inline]
    fn data(&self) -> &[u8] {
        self.data()
    }

    fn consume(&mut self, n: usize) {
        self.consume(n);
    }

    fn capacity(&self) -> usize {
        self.capacity
    }

    /// Chunks of the block may be alive: then what is left of it is offered, if that is a quarter
    /// of the usual.
    fn fill_some(&mut self, want: usize, offer: usize) -> Result<usize> {
        self.make_room(want)?;
        let block = self.block.as_mut().expect("there is room in it");
        let spare = block.spare_mut();
        let limit = offer.min(self.pace.limit(want)).min(spare.len());
        match read_once(&mut self.device, &mut spare[..limit]) {
            Ok(n) => {
                block.commit(n);
                self.pace.quicken();
                self.moved(n);
                Ok(n)
            }
            Err(error) => {
                // The next bytes may be long in coming: ten thousand idle connections keep no
                // buffers.
                if error.is_would_block() && self.len() == 0 {
                    self.rest();
                }
                Err(error)
            }
        }
    }

    fn read(&mut self, buf: &mut [u8]) -> Result<usize> {
        // A read as large as the buffer gains nothing from it: one copy less.
        if self.len() == 0 && buf.len() >= self.capacity {
            return self.read_direct(buf);
        }
        let data = lookahead::fill_if_empty(self)?;
        let n = data.len().min(buf.len());
        buf[..n].copy_from_slice(&data[..n]);
        self.consume(n);
        Ok(n)
    }

    fn read_direct(&mut self, buf: &mut [u8]) -> Result<usize> {
        self.clear();
        let n = read_once(&mut self.device, buf)?;
        self.moved(n);
        Ok(n)
    }

    /// # Panics
    ///
    /// If there is no memory for them: they would be lost.
    fn put_back(&mut self, bytes: &[u8]) {
        self.clear();
        if let Ok(block) = self.make_room(bytes.len()) {
            block.append(bytes);
            return;
        }
        // No memory for a whole buffer: perhaps for these bytes alone.
        self.release();
        let mut block = self.pool.acquire(bytes.len());
        block.append(bytes);
        self.block = Some(block);
    }

    fn move_back(&mut self, n: usize) -> Result<()> {
        self.move_device_back(n)
    }

    fn number(&self) -> u64 {
        self.number()
    }

    fn offset(&mut self) -> Result<u64> {
        self.offset()
    }

    fn rest_hint(&mut self) -> Result<usize> {
        let rest = self.device.rest_hint().map(usize::try_from);
        Ok(match rest {
            Some(Ok(rest)) => rest.saturating_add(self.len()),
            _ => 0,
        })
    }

    #[inline]
    fn unfinished(&self) -> &Unfinished {
        &self.unfinished
    }

    fn unfinished_mut(&mut self) -> &mut Unfinished {
        &mut self.unfinished
    }
}

/// One device read, repeated only for signals, with its count checked.
fn read_once(device: &mut impl RawIo, buf: &mut [u8]) -> Result<usize> {
    let claimed = retry(|| device.read(buf))?;
    checked_count(Operation::Read, claimed, buf.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raw::Adapter;

    /// Bytes that other calls have taken cost the lines after them nothing.
    #[test]
    fn marks_that_were_passed_by_are_dropped() {
        let mut window = ReadWindow::new(64, Adapter::reader(&b"a\nb\nc\nd\n"[..]));
        lookahead::fill_if_empty(&mut window).expect("bytes");
        assert_eq!(window.slice_until(b'\n').ok(), Some(&b"a\n"[..]));
        window.consume(2);
        assert_eq!(window.ready_end(b'\n'), None, "it was taken already");
        assert_eq!(window.slice_until(b'\n').ok(), Some(&b"c\n"[..]));
        let next = window.ready_end(b'\n');
        assert_eq!(next, Some(8), "the next line is as near as ever");
    }
}
