//! How a [`Cursor`] writes: into the window, or past it.

use std::io::IoSlice;

use super::cursor::Cursor;
use crate::buffered::write_queue::WriteQueue;
use crate::chunk::Chunk;
use crate::error::{Error, Result};
use crate::raw::RawIo;

impl<D: RawIo> Cursor<D> {
    /// Takes `buf` where all of it replaces bytes of the window; else does nothing.
    #[inline]
    pub(super) fn write_ready(&mut self, buf: &[u8]) -> bool {
        let is_open = self.permissions.writable && self.queue.is_none() && self.owed.1.is_empty();
        // A write that is a block or more goes past the window, and one of nothing changes nothing.
        if !is_open
            || !self.unfinished.has_no_searches()
            || !(1..self.window.size()).contains(&buf.len())
        {
            return false;
        }
        let Some(at) = &mut self.position else {
            return false;
        };
        let is_taken = self.window.replace(*at, buf).is_some();
        if is_taken {
            *at += buf.len() as u64;
        }
        is_taken
    }

    /// Takes `buf`: all of it if it is smaller than the window. If the device fails after a part of
    /// it was taken, the next call returns that error.
    pub(super) fn write(&mut self, buf: &[u8]) -> Result<usize> {
        Ok(self.write_some(buf)?.0)
    }

    /// The same, and whether the device would block: `write_all` then need not try again.
    fn write_some(&mut self, buf: &[u8]) -> Result<(usize, bool)> {
        self.permissions.check_writable()?;
        if buf.is_empty() {
            return Ok((0, false));
        }
        self.take_deferred()?;
        if self.queue.is_some() {
            let n = self.append(|queue, device| queue.write(device, buf))?;
            return Ok((n, false));
        }
        let at = self.writing(buf.len())?;
        let (n, blocked) = if buf.len() < self.window.size() {
            (self.put(at, buf)?, false)
        } else {
            self.write_large(at, buf)?
        };
        self.position = Some(at + n as u64);
        Ok((n, blocked))
    }

    fn put(&mut self, at: u64, buf: &[u8]) -> Result<usize> {
        self.unfinished.forget_searches();
        let mut done = 0;
        while done < buf.len() {
            let at = at + done as u64;
            match self.window.put(&mut self.device, at, &buf[done..]) {
                Ok(n) => done += n,
                Err(error) if done > 0 => {
                    self.defer_error(error);
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    /// Writes past the window; if the device would block, the window takes what it has room for.
    fn write_large(&mut self, at: u64, buf: &[u8]) -> Result<(usize, bool)> {
        match self.write_past(at, buf) {
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                let some = &buf[..self.window.size()];
                Ok((self.put(at, some)?, true))
            }
            outcome => Ok((outcome?, false)),
        }
    }

    /// Writes once past the window. What the window has there is written before, and forgotten
    /// after.
    fn write_past(&mut self, at: u64, buf: &[u8]) -> Result<usize> {
        self.unfinished.forget_searches();
        let end = at + buf.len() as u64;
        self.window.write_back_near(&mut self.device, at..=end)?;
        let n = self.device.write_at(buf, at)?;
        self.window.forget(at..=at + (n as u64 - 1));
        Ok(n)
    }

    /// Takes all of `buf`, or the error says how much of it.
    pub(super) fn write_all(&mut self, buf: &[u8]) -> Result<()> {
        self.permissions.check_writable()?;
        let mut written = 0;
        while written < buf.len() {
            let some = self.write_some(&buf[written..]);
            let (n, blocked) = some.map_err(|error| error.after_writing(written))?;
            written += n;
            if blocked && written < buf.len() {
                return Err(Error::WouldBlock { written });
            }
        }
        match written {
            0 => Ok(()),
            written => self
                .take_deferred()
                .map_err(|error| error.after_writing(written)),
        }
    }

    /// Takes the chunk. An error means that nothing of it was taken; if the device fails later, the
    /// next call returns that error.
    pub(super) fn write_chunk(&mut self, chunk: Chunk) -> Result<()> {
        self.permissions.check_writable()?;
        if chunk.is_empty() {
            return Ok(());
        }
        self.take_deferred()?;
        match self.queue {
            Some(_) => self.append(|queue, device| queue.write_chunk(device, chunk)),
            None => self.place_chunk(chunk),
        }
    }

    fn place_chunk(&mut self, chunk: Chunk) -> Result<()> {
        let at = self.writing(chunk.len())?;
        let end = at + chunk.len() as u64;
        if chunk.len() < self.window.size() && chunk.len() <= self.window.room(at) {
            self.put(at, &chunk)?;
        } else {
            self.unfinished.forget_searches();
            self.window.write_back_near(&mut self.device, at..=end)?;
            match self.device.write_all_at(&chunk, at) {
                Err((0, error)) => return Err(error),
                // Its first bytes are on the device already. The rest has to follow before anything
                // else, or the chunk would be torn.
                Err((done, error)) => {
                    self.owed = (at + done as u64, chunk.slice(done..));
                    self.defer_error(error);
                }
                Ok(()) => {}
            }
            self.window.forget(at..=end - 1);
        }
        self.position = Some(end);
        Ok(())
    }

    /// Puts bytes into the queue of an appending device. The position is its end then, which only
    /// the system knows.
    fn append<T>(&mut self, give: impl FnOnce(&mut WriteQueue, &mut D) -> Result<T>) -> Result<T> {
        let queue = self.queue.as_mut().expect("the device appends");
        self.device.moved();
        let before = self.position.take();
        let outcome = give(queue, &mut self.device.device);
        // Nothing was accepted and nothing waits: the stream is where it was.
        if outcome.is_err() && queue.is_empty() {
            self.position = before;
        }
        outcome
    }

    /// Takes the slices, of which one is not empty, as if each were written after the other.
    pub(super) fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> Result<usize> {
        let mut bufs = bufs.iter().filter(|buf| !buf.is_empty());
        let Some(first) = bufs.next() else {
            return Ok(0);
        };
        let mut done = self.write(first)?;
        let mut is_whole = done == first.len();
        while is_whole && let Some(buf) = bufs.next() {
            match self.write(buf) {
                Ok(n) => {
                    is_whole = n == buf.len();
                    done += n;
                }
                Err(error) => {
                    self.defer_error(error);
                    break;
                }
            }
        }
        Ok(done)
    }
}
