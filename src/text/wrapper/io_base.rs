//! What every stream has: abilities and closing.

use std::fmt;
#[cfg(unix)]
use std::os::fd::BorrowedFd;

use super::super::position::TextPosition;
use super::super::text_io::TextIo;
use super::TextIoWrapper;
use super::direction::{Direction, supported};
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
        let core = &mut *self.core;
        if core.check_open().is_err() {
            return Ok(());
        }
        let pushed = core.sink.finish_last(&mut core.buffer);
        let closed = core.buffer.close();
        core.sink.close();
        let offset = core.window.position().offset;
        core.window.restart(TextPosition::new(offset, 0));
        both(pushed, closed)
    }

    /// Cuts at this stream's position, not at the buffer's, if no size is given. `size` is in
    /// bytes.
    fn truncate(&mut self, size: Option<u64>) -> Result<u64> {
        self.core.find_place()?;
        self.core.check_open()?;
        supported(self.core.buffer.writable(), Operation::Truncate)?;
        let size = match size {
            Some(size) => size,
            None => self.tell()?.offset,
        };
        let core = &mut *self.core;
        if core.sink.encoder.holds() && size < core.buffer.stream_position()? {
            // What waits would otherwise be written after the new end, and a gap before it.
            core.sink.finish_pending(&mut core.buffer)?;
        }
        core.sink.flush(&mut core.buffer)?;
        if core.one_position && core.direction == Direction::Read {
            core.step_back()?;
        }
        core.buffer.truncate(Some(size))
    }

    fn is_terminal(&self) -> bool {
        self.get_ref().is_terminal()
    }

    /// Also `None` while text is read ahead. Text that comes after is read and written where the
    /// descriptor was left.
    #[cfg(unix)]
    fn descriptor(&mut self) -> Result<Option<BorrowedFd<'_>>> {
        let core = &mut *self.core;
        core.check_open()?;
        core.sink.finish_pending(&mut core.buffer)?;
        if core.direction == Direction::Read {
            if !core.window.is_at_rest() {
                return Ok(None);
            }
            let TextPosition { offset, state, .. } = core.window.position();
            core.sink.place(offset == 0, state);
        }
        core.window.park();
        if core.direction != Direction::Unplaced {
            core.direction = Direction::Lent;
        }
        core.buffer.descriptor()
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
