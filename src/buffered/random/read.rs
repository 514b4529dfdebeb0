//! How a [`Cursor`] reads: from the window, or past it.

use super::cursor::Cursor;
use crate::buffered::lookahead::{self, LongRead, Lookahead, Unfinished};
use crate::chunk::Chunk;
use crate::error::{Error, Operation, Result};
use crate::raw::RawIo;

impl<D: RawIo> Cursor<D> {
    #[inline]
    fn moved_to(&mut self, end: u64) {
        (self.position, self.read_end) = (Some(end), end);
    }

    /// Where reading goes on; [`reading`](Cursor::reading) has found that out.
    #[inline]
    fn here(&self) -> u64 {
        self.position.unwrap_or_default()
    }

    /// Copies what is in memory to `buf`, as far as that goes.
    fn take(&mut self, buf: &mut [u8]) -> usize {
        let bytes = self.data();
        let n = bytes.len().min(buf.len());
        buf[..n].copy_from_slice(&bytes[..n]);
        self.moved_to(self.here() + n as u64);
        n
    }

    /// Whether a read of `n` bytes at `at`, which are not in memory, should bypass the window: it
    /// is large, or it goes far away and so did the last one, without reading on from there.
    #[inline]
    fn goes_past(&mut self, at: u64, n: usize) -> bool {
        let size = self.window.size();
        if n >= size {
            self.window.shrink();
            return true;
        }
        if !self.jumps(at) {
            return false;
        }
        let alone = self.read_end == self.jump_end;
        self.jump_end = at + n as u64;
        alone
    }

    /// Whether `at` is far from where the last read ended, and from the window.
    #[inline]
    fn jumps(&self, at: u64) -> bool {
        self.read_end.abs_diff(at) > self.window.size() as u64 && self.window.is_far(at)
    }

    /// Reads once past the window, up to the next byte that the device does not have yet.
    #[inline]
    fn read_past(&mut self, at: u64, buf: &mut [u8]) -> Result<usize> {
        if self.window.is_clean() {
            self.device.read_at(buf, at)
        } else {
            self.read_past_pending(at, buf)
        }
    }

    fn read_past_pending(&mut self, at: u64, buf: &mut [u8]) -> Result<usize> {
        if !self.window.hole {
            let range = at..=at + (buf.len() as u64 - 1);
            // Up to the first byte that is newer in the window than on the device.
            let free = self.window.first_dirty(range).map(|dirty| dirty - at);
            let len = free.map_or(buf.len(), |free| {
                usize::try_from(free).expect("it lies inside the memory that is read to")
            });
            let n = self.device.read_at(&mut buf[..len], at)?;
            if n > 0 || self.window.pending_end() <= at {
                return Ok(n);
            }
            // Remembered for the next call, which must not ask again if writing fails now.
            self.window.hole = true;
        }
        self.window.write_back(&mut self.device)?;
        self.device.read_at(buf, at)
    }

    /// Fills `buf` where all of it is in the window; else does nothing.
    #[inline]
    pub(super) fn read_ready(&mut self, buf: &mut [u8]) -> bool {
        if !self.permissions.readable || !self.owed.1.is_empty() {
            return false;
        }
        let Some(at) = &mut self.position else {
            return false;
        };
        let Some(bytes) = self.window.ready(*at, buf.len()) else {
            return false;
        };
        buf.copy_from_slice(bytes);
        *at += bytes.len() as u64;
        self.read_end = *at;
        true
    }

    /// Fills `buf`, or leaves the position and keeps what was read for the next call.
    pub(super) fn read_exact(&mut self, buf: &mut [u8]) -> Result<()> {
        let at = self.reading()?;
        if !self.window.from(at).is_empty() {
            return lookahead::read_exact(self, buf);
        }
        let is_past = self.goes_past(at, buf.len());
        if is_past && !self.window.is_clean() && !self.device.device.supports_read_at() {
            // If the read fails its bytes are kept in the window: the device may not move back.
            self.write_back()?;
        }
        if buf.len() >= self.window.size() {
            return lookahead::read_exact(self, buf);
        }
        if is_past {
            let n = self.read_past(at, buf)?;
            self.moved_to(at + n as u64);
            return if n == buf.len() {
                Ok(())
            } else {
                self.read_rest(buf, n)
            };
        }
        self.load(at, buf.len())?;
        if self.window.from(at).is_empty() {
            return Err(Error::partial_read(0, buf.len()));
        }
        lookahead::read_exact(self, buf)
    }

    /// Continues a read that bypassed the window and has brought `done` bytes so far.
    #[inline(never)] // row 4c
    fn read_rest(&mut self, buf: &mut [u8], done: usize) -> Result<()> {
        match done {
            0 => Err(Error::partial_read(0, buf.len())),
            _ => LongRead::with(self, buf, done).fill(),
        }
    }

    /// The next bytes, at most `max`: shared with the window, or lent by the device.
    pub(super) fn read_chunk(&mut self, max: usize) -> Result<Chunk> {
        let at = self.reading()?;
        let chunk = match self.lent(at, max)? {
            Some(chunk) => chunk,
            None => self.shared(at, max)?,
        };
        self.position = Some(at + chunk.len() as u64);
        Ok(chunk)
    }

    /// The next bytes, if the device is memory and lends them, after what is pending was written.
    fn lent(&mut self, at: u64, max: usize) -> Result<Option<Chunk>> {
        if !self.window.from(at).is_empty() || !self.device.lends()? {
            return Ok(None);
        }
        self.write_back()?;
        self.device.lend_at(max, at)
    }

    /// The next bytes, which share the window's memory.
    fn shared(&mut self, at: u64, max: usize) -> Result<Chunk> {
        if self.window.from(at).is_empty() {
            self.load(at, max)?;
        }
        Ok(self.window.chunk(at, max))
    }

    /// Reads the bytes from `at` on, of which none are in memory. Of these `want` are wanted at
    /// least.
    fn load(&mut self, at: u64, want: usize) -> Result<()> {
        self.unfinished.forget_searches();
        self.window.load(&mut self.device, at, want)
    }
}

/// Each call of these comes after [`Cursor::reading`].
impl<D: RawIo> Lookahead for Cursor<D> {
    #[inline]
    fn data(&self) -> &[u8] {
        match self.position {
            Some(at) => self.window.from(at),
            None => &[],
        }
    }

    fn consume(&mut self, n: usize) {
        let n = n.min(self.data().len());
        if let Some(at) = self.position {
            self.moved_to(at + n as u64);
        }
    }

    fn capacity(&self) -> usize {
        self.window.size()
    }

    fn fill_some(&mut self, want: usize, offer: usize) -> Result<usize> {
        let at = self.here();
        if self.window.from(at).is_empty() {
            self.load(at, offer)?;
            return Ok(self.window.from(at).len());
        }
        self.window.extend(&mut self.device, at, want, offer)
    }

    fn read(&mut self, buf: &mut [u8]) -> Result<usize> {
        let at = self.here();
        if self.window.from(at).is_empty() {
            if self.goes_past(at, buf.len()) {
                let n = self.read_past(at, buf)?;
                self.moved_to(at + n as u64);
                return Ok(n);
            }
            self.load(at, buf.len())?;
        }
        Ok(self.take(buf))
    }

    fn read_direct(&mut self, buf: &mut [u8]) -> Result<usize> {
        let at = self.here();
        if !self.window.from(at).is_empty() {
            return Ok(self.take(buf));
        }
        self.window.shrink();
        let n = self.read_past(at, buf)?;
        self.moved_to(at + n as u64);
        Ok(n)
    }

    /// Where something is pending, or there is no memory, the device has to give `bytes` again. One
    /// that has to be moved for that may refuse; for it `read_exact` has written what was pending,
    /// so that the window can keep them.
    fn put_back(&mut self, bytes: &[u8]) {
        let at = self.here() - bytes.len() as u64;
        self.position = Some(at);
        if self.window.is_clean() {
            self.window.keep(at, bytes);
        }
    }

    /// A positioned device gives every byte again.
    fn move_back(&mut self, n: usize) -> Result<()> {
        if !self.device.device.supports_read_at() {
            let operation = Operation::Seek;
            return Err(Error::Unsupported { operation });
        }
        self.position = Some(self.here() - n as u64);
        Ok(())
    }

    fn number(&self) -> u64 {
        self.here()
    }

    fn offset(&mut self) -> Result<u64> {
        self.tell()
    }

    fn rest_hint(&mut self) -> Result<usize> {
        let end = self.device.end_hint(self.window.pending_end())?;
        Ok(usize::try_from(end.saturating_sub(self.here())).unwrap_or(0))
    }

    fn unfinished(&self) -> &Unfinished {
        &self.unfinished
    }

    fn unfinished_mut(&mut self) -> &mut Unfinished {
        &mut self.unfinished
    }
}
