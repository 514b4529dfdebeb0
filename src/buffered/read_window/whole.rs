//! All that is left, as bytes or as text.
//!
//! Both go through the window: what is no text then simply stays there, however far the device was
//! read, and nothing is filled with zeros first.

use std::io::ErrorKind;

use super::ReadWindow;
use crate::buffered::expected::{reserve, reserve_text};
use crate::error::{Error, Result, whole_chars};
use crate::raw::RawIo;

/// The device is asked for so many bytes at least, however small the buffer is.
const PIECE: usize = 8 * 1024;

impl ReadWindow {
    /// Appends everything to the end. What was appended before an error is taken.
    pub(in crate::buffered) fn read_to_end(
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
    pub(in crate::buffered) fn read_to_string(
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

#[cold]
fn no_memory() -> Error {
    Error::Io(ErrorKind::OutOfMemory.into())
}
