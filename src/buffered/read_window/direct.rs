//! [`Direct`]: a long read past the window, into the caller's memory.

use super::ReadWindow;
use crate::error::Result;
use crate::raw::RawIo;

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

    /// Goes on with the device; returns whether the memory is full, or the device ended.
    pub(super) fn fill(mut self, device: &mut impl RawIo) -> Result<bool> {
        while self.done < self.buf.len() {
            match self.window.read_past(device, &mut self.buf[self.done..])? {
                0 => return Ok(false),
                n => self.done += n,
            }
        }
        Ok(true)
    }
}

impl Drop for Direct<'_> {
    fn drop(&mut self) {
        if self.done < self.buf.len() {
            self.window.put_back(&self.buf[..self.done]);
        }
    }
}
