//! What every stream has: abilities and closing.

use std::fmt;

use super::super::position::TextPosition;
use super::super::text_io::TextIo;
use super::TextIoWrapper;
use super::direction::{Direction, supported};
use crate::buffered::BufferedIo;
use crate::error::{Error, Operation, Result, both};
use crate::io_base::{BorrowedDevice, IoBase};

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

    /// Writes what is pending and closes the buffer, even if that failed. After a failure
    /// [`into_parts`](TextIoWrapper::into_parts) still returns the bytes that the buffer had not
    /// accepted, and the buffer, whose own `into_parts` returns those that it could not write. What
    /// was read ahead is dropped.
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
        if core.sink.encoder.codec.holds() && size < core.buffer.stream_position()? {
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
    fn flush_and_borrow_fd(&mut self) -> Result<Option<BorrowedDevice<'_>>> {
        match self.lend_buffer()? {
            Some(buffer) => buffer.flush_and_borrow_fd(),
            None => Ok(None),
        }
    }
}

impl<B: BufferedIo> TextIoWrapper<B> {
    /// Ends what is written and goes on reading: writes what is pending, with whatever the encoding needs
    /// at the end, and closes the writing half of a [pair](crate::BufferedRwPair), even if that failed.
    /// Over a socket the peer then reads the end, and can still reply.
    ///
    /// # Errors
    ///
    /// As for [`close`](IoBase::close), and [`Unsupported`](crate::Error::Unsupported) for a stream that does
    /// not consist of two. A second call does nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::prelude::*;
    /// use iolite::{BufferedRwPair, SocketIo, TextIoWrapper};
    /// use std::io::{Read, Write};
    /// use std::net::{TcpListener, TcpStream};
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let mut peer = TcpStream::connect(listener.local_addr()?)?;
    /// let socket = SocketIo::from(listener.accept()?.0);
    /// let mut text = TextIoWrapper::new(BufferedRwPair::from_socket(socket)?);
    ///
    /// text.write_str("question")?;
    /// text.close_writer()?;
    /// let mut question = String::new();
    /// peer.read_to_string(&mut question)?; // up to the end
    /// peer.write_all(b"answer\n")?;
    /// assert_eq!(text.next_line()?.as_deref(), Some("answer"));
    /// # Ok::<(), iolite::Error>(())
    /// ```
    #[doc(alias = "shutdown")]
    #[doc(alias = "half-close")]
    pub fn close_writer(&mut self) -> Result<()> {
        let core = &mut *self.core;
        if core.buffer.is_closed() {
            return Ok(());
        }
        let pushed = core.sink.finish_last(&mut core.buffer);
        let closed = core.buffer.close_writer();
        if !matches!(closed, Err(Error::Unsupported { .. })) {
            core.sink.close();
        }
        both(pushed, closed)
    }

    /// The buffer, to be read or written past this stream, which goes on where that stopped; `None`
    /// while text is read ahead.
    pub(crate) fn lend_buffer(&mut self) -> Result<Option<&mut B>> {
        let core = &mut *self.core;
        core.check_open()?;
        core.sink.finish_pending(&mut core.buffer)?;
        if core.direction == Direction::Read {
            if !core.window.has_nothing_ahead() {
                return Ok(None);
            }
            let TextPosition { offset, state, .. } = core.window.position();
            core.sink.place(offset == 0, state);
        }
        core.window.park();
        if core.direction != Direction::Unplaced {
            core.turn_to(Direction::Lent);
        }
        Ok(Some(&mut core.buffer))
    }

    /// The buffer while it is [lent](TextIoWrapper::lend_buffer).
    #[cfg(any(unix, windows))] // where there is `stdio`
    pub(crate) fn lent_buffer(&mut self) -> &mut B {
        &mut self.core.buffer
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
