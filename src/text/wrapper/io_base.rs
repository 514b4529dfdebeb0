//! What every stream has: abilities and closing.

use std::fmt;
#[cfg(unix)]
use std::os::fd::BorrowedFd;

use super::super::position::TextPosition;
use super::super::text_io::TextIo;
use super::TextIoWrapper;
use super::direction::{Direction, step_back, supported};
use crate::buffered::BufferedIo;
use crate::error::{Operation, Result, both};
use crate::io_base::IoBase;

impl<B: BufferedIo> IoBase for TextIoWrapper<B> {
    fn readable(&self) -> bool {
        self.get_ref().readable()
    }

    fn writable(&self) -> bool {
        self.get_ref().writable()
    }

    fn seekable(&self) -> bool {
        self.get_ref().seekable()
    }

    fn is_closed(&self) -> bool {
        self.get_ref().is_closed()
    }

    /// Writes what is pending and closes the buffer, even if that failed. Bytes that the buffer did
    /// not take are handed out by [`into_parts`](TextIoWrapper::into_parts) all the same; what it
    /// took and could not write is its own to say.
    fn close(&mut self) -> Result<()> {
        let Ok((buffer, window, sink)) = self.parts() else {
            return Ok(());
        };
        let pushed = sink.finish_pending(buffer);
        let closed = buffer.close();
        sink.close();
        window.restart(TextPosition::new(window.position().offset, 0));
        both(pushed, closed)
    }

    /// Cuts at this stream's position, not at the buffer's, if no size is given. `size` is in
    /// bytes.
    fn truncate(&mut self, size: Option<u64>) -> Result<u64> {
        if self.core.direction.is_unknown() {
            self.look_again()?;
        }
        let (direction, one_position) = (self.core.direction, self.core.one_position);
        supported(self.parts()?.0.writable(), Operation::Truncate)?;
        let size = match size {
            Some(size) => size,
            None => self.tell()?.offset,
        };
        let (buffer, window, sink) = self.parts()?;
        if sink.encoder.holds() && size < buffer.stream_position()? {
            // What waits would otherwise be written behind the new end, and a gap before it.
            sink.finish_pending(buffer)?;
        }
        sink.flush(buffer)?;
        if one_position && direction == Direction::Read {
            step_back(buffer, window)?;
        }
        buffer.truncate(Some(size))
    }

    fn is_terminal(&self) -> bool {
        self.get_ref().is_terminal()
    }

    /// Also `None` while text is read ahead. Text that comes after is read and written where the
    /// descriptor was left.
    #[cfg(unix)]
    fn descriptor(&mut self) -> Result<Option<BorrowedFd<'_>>> {
        let direction = self.core.direction;
        let (buffer, window, sink) = self.parts()?;
        sink.finish_pending(buffer)?;
        if direction == Direction::Read {
            if !window.is_at_rest() {
                return Ok(None);
            }
            let TextPosition { offset, state, .. } = window.position();
            sink.place(offset == 0, state);
        }
        window.park();
        if direction != Direction::Unplaced {
            self.core.direction = Direction::Lent;
        }
        self.parts()?.0.descriptor()
    }
}

impl<B: BufferedIo> fmt::Debug for TextIoWrapper<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextIoWrapper")
            .field("encoding", &self.encoding())
            .field("errors", &self.errors())
            .field("newline", &self.newline())
            .finish_non_exhaustive()
    }
}
