//! [`Direct`]: a long read past the window, into the caller's memory.

use super::ReadWindow;
use crate::error::{Error, Result};
use crate::raw::RawIo;

/// From so many bytes on a device that can is moved back instead of keeping them: a read that is
/// too long for a large file would need as much memory once more.
const MOVE_BACK_FROM: usize = 1 << 20;

/// Memory of the caller that is being filled. Unless it becomes full, everything in it is unread
/// again when this is dropped: after an error, at the end, and where the device panics.
pub(super) struct Direct<'a> {
    window: &'a mut ReadWindow,
    buf: &'a mut [u8],
    done: usize,
}

impl Direct<'_> {
    /// Begins with what is in the window.
    pub(super) fn new<'a>(window: &'a mut ReadWindow, buf: &'a mut [u8]) -> Direct<'a> {
        let done = window.len();
        buf[..done].copy_from_slice(window.data());
        window.consume(done);
        Direct { window, buf, done }
    }

    /// Goes on with the device.
    pub(super) fn fill(mut self, device: &mut impl RawIo) -> Result<()> {
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
    #[cold]
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

impl Drop for Direct<'_> {
    fn drop(&mut self) {
        if (1..self.buf.len()).contains(&self.done) {
            self.window.put_back(&self.buf[..self.done]);
            self.window.stalled = Some(self.window.number());
        }
    }
}
