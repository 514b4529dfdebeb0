//! [`SocketReader`]: the half of a socket that reads.

use std::fmt;
use std::io::{self, IoSliceMut, Read, Seek, SeekFrom, Write};
use std::sync::Arc;

use socket2::Socket;

use super::{ReuniteError, SocketIo, SocketWriter};
use crate::error::{Error, ErrorWith, Operation, Result, retry};
use crate::io_base::IoBase;
use crate::raw::RawIo;
use crate::raw::unread::{self, GiveBack, Unread};
use crate::raw::whole::for_one_call;

/// The half of a socket that reads; see [`SocketIo::split`].
///
/// Closing or dropping it tells the other side nothing; the socket is closed with the second
/// half.
///
/// # Examples
///
/// ```
/// use std::net::TcpListener;
/// use iolite::{IoBase, SocketIo};
///
/// let listener = TcpListener::bind("127.0.0.1:0")?;
/// let (reader, writer) = SocketIo::connect(listener.local_addr()?)?.split()?;
/// assert!(reader.readable() && !reader.writable());
/// let whole = reader.reunite(writer)?;
/// assert!(whole.readable() && whole.writable());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SocketReader {
    /// `None` once closed.
    pub(super) socket: Option<Arc<Socket>>,
    /// What a call could not deliver, and the next read answers.
    pub(super) unread: Unread,
    /// How many bytes were read.
    pub(super) taken: u64,
}

impl SocketReader {
    /// The socket of both halves, unless closed: for addresses, options and time-outs.
    pub fn get_ref(&self) -> Option<&Socket> {
        self.socket.as_deref()
    }

    /// The bytes that were read from the socket and given back, as in
    /// [`SocketIo::unread`].
    pub fn unread(&self) -> &[u8] {
        self.unread.as_slice()
    }

    /// The two halves as one again; neither direction is ended by it.
    ///
    /// # Errors
    ///
    /// If they are not halves of the same socket, or one is closed. The error holds both.
    pub fn reunite(mut self, mut writer: SocketWriter) -> Result<SocketIo, ReuniteError> {
        match (&self.socket, &writer.socket) {
            (Some(one), Some(other)) if Arc::ptr_eq(one, other) => {}
            _ => {
                let error = Error::InvalidArgument {
                    argument: "writer",
                    problem: "the two halves do not belong to one open socket",
                };
                return Err(ErrorWith::new(error, (self, writer)));
            }
        }
        self.socket = None;
        // Taken out, so that dropping the writer ends nothing; the last owner gets the socket.
        let socket = writer.socket.take().and_then(Arc::into_inner);
        Ok(SocketIo {
            socket,
            unread: self.unread,
            taken: self.taken,
        })
    }

    fn open(&self) -> Result<&Socket> {
        self.get_ref().ok_or(Error::Closed)
    }

    fn refuse<T>(&self, operation: Operation) -> Result<T> {
        self.open()?;
        Err(Error::Unsupported { operation })
    }
}

impl IoBase for SocketReader {
    fn readable(&self) -> bool {
        !self.is_closed()
    }

    fn writable(&self) -> bool {
        false
    }

    fn seekable(&self) -> bool {
        false
    }

    fn is_closed(&self) -> bool {
        self.socket.is_none()
    }

    fn close(&mut self) -> Result<()> {
        self.socket = None;
        self.unread.clear();
        Ok(())
    }

    fn truncate(&mut self, _: Option<u64>) -> Result<u64> {
        self.refuse(Operation::Truncate)
    }

    /// `None` while something is [`unread`](Self::unread).
    #[cfg(unix)]
    fn descriptor(&mut self) -> Result<Option<std::os::fd::BorrowedFd<'_>>> {
        let is_behind = !self.unread.is_empty();
        let socket = self.open()?;
        Ok((!is_behind).then(|| std::os::fd::AsFd::as_fd(socket)))
    }
}

impl RawIo for SocketReader {}

impl GiveBack for SocketReader {
    #[inline]
    fn read_device(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let mut socket = self.open()?;
        let n = retry(|| socket.read(buf))?;
        self.taken += n as u64;
        Ok(n)
    }

    fn seek_device(&mut self, _: SeekFrom) -> io::Result<u64> {
        Ok(self.refuse(Operation::Seek)?)
    }

    fn unread(&mut self) -> &mut Unread {
        &mut self.unread
    }

    fn taken(&self) -> u64 {
        self.taken
    }
}

impl Read for SocketReader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.unread.is_empty() {
            self.read_device(buf)
        } else {
            Ok(self.unread.read(buf))
        }
    }

    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        if !self.unread.is_empty() {
            return Ok(self.unread.read_vectored(bufs));
        }
        let mut socket = self.open()?;
        let range = for_one_call(bufs);
        let n = retry(|| socket.read_vectored(&mut bufs[range.clone()]))?;
        self.taken += n as u64;
        Ok(n)
    }

    /// Fills `buf`, or takes nothing: see
    /// [what could not be delivered](SocketIo#what-could-not-be-delivered). The end before that is
    /// an [`Error::PartialRead`].
    fn read_exact(&mut self, buf: &mut [u8]) -> io::Result<()> {
        unread::read_exact(self, buf)
    }

    /// After an error what was read is in `buf`, and no more was taken.
    fn read_to_end(&mut self, buf: &mut Vec<u8>) -> io::Result<usize> {
        unread::read_to_end(self, buf, 0)
    }

    /// `buf` gets the whole characters up to the end, to an error (a time-out, say), or to the
    /// first bytes that are no UTF-8 ([`Error::Decode`]), and the stream stands right after them:
    /// see [what could not be delivered](SocketIo#what-could-not-be-delivered).
    fn read_to_string(&mut self, buf: &mut String) -> io::Result<usize> {
        unread::read_to_string(self, buf, 0)
    }
}

impl Write for SocketReader {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Ok(self.refuse(Operation::Write)?)
    }

    // std's own would ask nobody where there is nothing to write.
    fn write_all(&mut self, _: &[u8]) -> io::Result<()> {
        Ok(self.refuse(Operation::Write)?)
    }

    fn write_fmt(&mut self, _: fmt::Arguments<'_>) -> io::Result<()> {
        Ok(self.refuse(Operation::Write)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.open()?;
        Ok(())
    }
}

impl Seek for SocketReader {
    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        Ok(self.refuse(Operation::Seek)?)
    }

    fn stream_position(&mut self) -> io::Result<u64> {
        Ok(self.refuse(Operation::Tell)?)
    }
}
