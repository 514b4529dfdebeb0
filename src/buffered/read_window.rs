//! The read side of a buffer: one contiguous window over a recycled block.
//!
//! ```text
//!   block:   0 ........ start ........ filled ........ capacity
//!            read already    unread          room
//!   device position:                  end
//! ```
//!
//! Invariants: `start <= filled`; the byte at `filled` is the one that the device reads next, and
//! `end` is its position, where the device has one. Bytes before `start` stay until the next fill,
//! so that a seek backwards into them costs no system call, or until the stream is found idle. A
//! failed call changes nothing.

mod direct;
mod records;

use std::io::{ErrorKind, SeekFrom};

use self::direct::Direct;
pub(super) use self::records::Ending;
use self::records::Known;
use super::device_position::DevicePosition;
use crate::chunk::{ByteIndex, Chunk, Pool, Tail};
use crate::error::{Error, Operation, Result, retry};
use crate::raw::RawIo;

pub(super) struct ReadWindow {
    /// The block; `None` until the first read and after an idle release.
    tail: Option<Tail>,
    /// The first unread byte.
    start: usize,
    /// How many bytes a fill asks the device for; at least 1.
    capacity: usize,
    /// The device's position.
    end: DevicePosition,
    /// How many bytes the device gave so far: stands in for the position where there is none.
    received: u64,
    /// What the last search found out, if it did not come to its end.
    known: Option<Known>,
    /// Where the ends of the next records are that end with one byte. Whatever moves `start` back
    /// or bytes in the block restarts it.
    ends: ByteIndex,
    /// How long a record may be, in bytes without what ends it; the largest number where there is
    /// no limit.
    limit: usize,
    pool: Pool,
}

impl ReadWindow {
    pub(super) fn new(capacity: usize) -> ReadWindow {
        ReadWindow {
            tail: None,
            start: 0,
            capacity: capacity.max(1),
            end: DevicePosition::default(),
            received: 0,
            known: None,
            ends: ByteIndex::default(),
            limit: usize::MAX,
            pool: Pool::default(),
        }
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    /// What was read ahead and not taken yet.
    #[inline]
    pub(super) fn data(&self) -> &[u8] {
        &self.frozen()[self.start..]
    }

    #[inline]
    fn frozen(&self) -> &[u8] {
        self.tail.as_ref().map_or(&[], Tail::frozen)
    }

    fn len(&self) -> usize {
        self.data().len()
    }

    /// Takes `n` bytes; at most what is there.
    pub(super) fn consume(&mut self, n: usize) {
        self.start += n.min(self.len());
    }

    /// Forgets everything, read and unread. Hands the block back unless it can be used again.
    pub(super) fn clear(&mut self) {
        if let Some(tail) = &mut self.tail {
            let filled = tail.frozen().len();
            if !tail.reclaim(filled) {
                self.tail = None;
            }
        }
        self.begin_at_front();
    }

    /// The next unread byte is the block's first one now.
    fn begin_at_front(&mut self) {
        self.start = 0;
        self.ends.restart(0);
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

    /// Makes room for at least `want` bytes behind the unread ones.
    fn make_room(&mut self, want: usize) -> &mut Tail {
        if self.len() == 0 && self.frozen().len() > 4 * self.capacity.max(want) {
            // A block that a long line or a far peek made grow has served.
            self.tail = None;
            self.begin_at_front();
        }
        let need = self.len() + want;
        if let Some(tail) = &mut self.tail {
            let short = tail.spare_mut().len() < want || self.start == tail.frozen().len();
            if short && tail.reclaim(self.start) {
                self.start = 0;
                self.ends.restart(0);
            }
            if tail.spare_mut().len() < want {
                self.tail = self.carry(need).into();
            }
        }
        let capacity = self.capacity.max(need);
        self.tail.get_or_insert_with(|| self.pool.acquire(capacity))
    }

    /// A fresh block with a copy of the unread bytes, which are few as a rule.
    fn carry(&mut self, need: usize) -> Tail {
        let mut fresh = self.pool.acquire(self.capacity.max(need));
        fresh.append(self.data());
        self.begin_at_front();
        fresh
    }

    /// Reads once from the device, behind what is there. 0 is the end.
    ///
    /// `want` is the room that must be offered at least; a window with chunks of its block still
    /// alive offers what is left of the block if that is a quarter of the usual.
    fn fill(&mut self, device: &mut impl RawIo, want: usize) -> Result<usize> {
        let offer = want.max(self.capacity);
        let spare = self.make_room(want).spare_mut();
        let limit = offer.min(spare.len());
        let outcome = read_once(device, &mut spare[..limit]);
        if let Err(error) = &outcome
            && matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
            && self.len() == 0
        {
            // An idle stream owns no memory.
            self.tail = None;
            self.begin_at_front();
        }
        let n = outcome?;
        if let Some(tail) = &mut self.tail {
            tail.commit(n);
        }
        self.moved(n);
        Ok(n)
    }

    fn moved(&mut self, n: usize) {
        self.received += n as u64;
        self.end.gave(n);
    }

    /// Reads once if nothing is there.
    pub(super) fn fill_if_empty(&mut self, device: &mut impl RawIo) -> Result<&[u8]> {
        if self.len() == 0 {
            self.fill(device, self.capacity.div_ceil(4))?;
        }
        Ok(self.data())
    }

    /// Reads until `n` bytes are there or the device ends; returns whether they are.
    fn fill_to(&mut self, device: &mut impl RawIo, n: usize) -> Result<bool> {
        while self.len() < n {
            // Not all at once: `n` may be far more than the device has, or than there is memory.
            let step = self.len().max(self.capacity);
            let missing = (n - self.len()).min(step);
            if self.fill(device, missing)? == 0 {
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

    /// Reads once, past the empty window, straight into the caller's memory.
    fn read_past(&mut self, device: &mut impl RawIo, buf: &mut [u8]) -> Result<usize> {
        self.clear();
        let n = read_once(device, buf)?;
        self.moved(n);
        Ok(n)
    }

    /// Fills `buf`, or leaves everything in place.
    pub(super) fn read_exact(&mut self, device: &mut impl RawIo, buf: &mut [u8]) -> Result<()> {
        let expected = buf.len();
        if expected.saturating_sub(self.len()) >= self.capacity {
            return match Direct::new(self, buf).fill(device)? {
                true => Ok(()),
                false => Err(self.too_short(expected)),
            };
        }
        if !self.fill_to(device, expected)? {
            return Err(self.too_short(expected));
        }
        buf.copy_from_slice(&self.data()[..expected]);
        self.consume(expected);
        Ok(())
    }

    fn too_short(&self, expected: usize) -> Error {
        Error::PartialRead {
            available: self.len(),
            expected,
        }
    }

    /// Makes `bytes`, the last ones the device gave, unread again. The window is empty.
    fn put_back(&mut self, bytes: &[u8]) {
        self.clear();
        self.make_room(bytes.len()).append(bytes);
    }

    /// The next bytes, at most `max`, with at most one device call.
    pub(super) fn read_chunk(&mut self, device: &mut impl RawIo, max: usize) -> Result<Chunk> {
        if max == 0 {
            return Ok(Chunk::new());
        }
        if self.len() == 0 {
            if let Some(chunk) = retry(|| Ok(device.lend(max)?))? {
                check(chunk.len(), max)?;
                self.clear();
                self.moved(chunk.len());
                return Ok(chunk);
            }
            self.fill_if_empty(device)?;
        }
        Ok(self.take_chunk(max.min(self.len())))
    }

    /// The position of the first unread byte.
    pub(super) fn position(&mut self, device: &mut impl RawIo) -> Result<u64> {
        Ok(self.end.get(device)?.saturating_sub(self.len() as u64))
    }

    /// Moves the position: inside the window without a device call, else with one. An answer of
    /// the device is what counts.
    pub(super) fn seek(&mut self, device: &mut impl RawIo, to: SeekFrom) -> Result<u64> {
        let target = match to {
            SeekFrom::Start(target) => target,
            SeekFrom::Current(distance) => {
                let position = self.position(device)?;
                if self.end.varies() {
                    return self.seek_by(device, distance);
                }
                position.checked_add_signed(distance).ok_or(BEFORE_START)?
            }
            SeekFrom::End(_) => return self.seek_device(device, to),
        };
        if self.may_have(target) {
            // That may have been wrong, if the device had to be asked now.
            let position = self.position(device)?;
            let distance = target.wrapping_sub(position).cast_signed();
            if self.may_have(target) && self.step(distance) {
                return Ok(target);
            }
        }
        self.seek_device(device, SeekFrom::Start(target))
    }

    /// Moves by so many bytes: inside the window without a device call, else as far as the device
    /// says.
    pub(super) fn seek_by(&mut self, device: &mut impl RawIo, distance: i64) -> Result<u64> {
        let (start, ahead) = (self.start, self.len() as i64);
        if !self.step(distance) {
            let distance = distance.saturating_sub(ahead);
            return self.seek_device(device, SeekFrom::Current(distance));
        }
        let position = self.position(device);
        if position.is_err() {
            self.start = start;
            self.ends.restart(start);
        }
        position
    }

    /// Whether the window may have the byte at `target`, as far as that is known.
    fn may_have(&self, target: u64) -> bool {
        let read = self.frozen().len() as u64;
        match self.end.counted() {
            Some(end) => read > 0 && end.saturating_sub(read) <= target && target <= end,
            None => read > 0 && !self.end.varies(),
        }
    }

    /// Moves so many bytes inside the window, or says that this leads out of it.
    fn step(&mut self, distance: i64) -> bool {
        let read = self.frozen().len();
        let start = isize::try_from(distance).ok();
        let start = start.and_then(|distance| self.start.checked_add_signed(distance));
        match start.filter(|&start| read > 0 && start <= read) {
            Some(start) => {
                self.start = start;
                self.ends.restart(start);
                true
            }
            None => false,
        }
    }

    fn seek_device(&mut self, device: &mut impl RawIo, to: SeekFrom) -> Result<u64> {
        let position = retry(|| device.seek(to))?;
        self.clear();
        self.end.set(Some(position));
        Ok(position)
    }

    /// Where the device is, as far as that is known.
    pub(super) fn device_position(&self) -> DevicePosition {
        self.end
    }

    /// Forgets everything; the device is there.
    pub(super) fn start_at(&mut self, end: DevicePosition) {
        self.clear();
        self.end = end;
    }

    /// The device was moved by somebody else, to a place that may be known.
    pub(super) fn device_moved(&mut self, end: Option<u64>) {
        self.clear();
        self.end.set(end);
    }
}

const BEFORE_START: Error = Error::InvalidArgument {
    argument: "position",
    problem: "before the start of the stream",
};

/// One device read, repeated only for signals, with its count checked.
fn read_once(device: &mut impl RawIo, buf: &mut [u8]) -> Result<usize> {
    let claimed = retry(|| device.read(buf))?;
    check(claimed, buf.len())
}

fn check(claimed: usize, limit: usize) -> Result<usize> {
    if claimed > limit {
        return Err(Error::BadCount {
            operation: Operation::Read,
            claimed,
            limit,
        });
    }
    Ok(claimed)
}
