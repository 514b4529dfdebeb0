//! How a [`Cursor`] reads into several slices, and writes several.

use std::io::{IoSlice, IoSliceMut};

use super::cursor::Cursor;
use crate::error::Result;
use crate::raw::RawIo;

impl<D: RawIo> Cursor<D> {
    /// Fills the slices, of which one has room at least, with what is in memory; if nothing is,
    /// after one call of the device.
    pub(super) fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> Result<usize> {
        let mut bufs = bufs.iter_mut().filter(|buf| !buf.is_empty());
        let Some(first) = bufs.next() else {
            return Ok(0);
        };
        if first.len() >= self.cache.size() && !self.has_ahead() {
            return self.read(first);
        }
        self.fill()?;
        let mut done = self.take(first);
        let mut is_full = done == first.len();
        while is_full && let Some(buf) = bufs.next() {
            let n = self.take(buf);
            is_full = n == buf.len();
            done += n;
        }
        Ok(done)
    }

    /// Fills `buf` as far as that is possible without the device; returns how far.
    fn take(&mut self, buf: &mut [u8]) -> usize {
        let mut done = 0;
        while let Some(at) = self.position {
            let bytes = self.cached(at);
            let n = bytes.len().min(buf.len() - done);
            if n == 0 {
                break;
            }
            buf[done..done + n].copy_from_slice(&bytes[..n]);
            done += n;
            self.moved_to(at + n as u64);
        }
        done
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
                    self.say_later(error);
                    break;
                }
            }
        }
        Ok(done)
    }
}
