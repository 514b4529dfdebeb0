//! [`SocketReader`]: the half of a socket that reads.

use std::io::{self, IoSliceMut, Read, Seek, SeekFrom, Write};
use std::sync::Arc;

use socket2::Socket;

use super::{ReuniteError, SocketIo, SocketWriter};
use crate::error::{Error, Operation, Result, retry};
use crate::io_base::IoBase;
use crate::raw::RawIo;

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
}

impl SocketReader {
    /// The socket of both halves, unless closed: for addresses, options and time-outs.
    pub fn get_ref(&self) -> Option<&Socket> {
        self.socket.as_deref()
    }

    /// The two halves as one again; neither direction is ended by it.
    ///
    /// # Errors
    ///
    /// If they are not halves of the same socket, or one is closed. The error holds both.
    pub fn reunite(self, mut writer: SocketWriter) -> Result<SocketIo, ReuniteError> {
        match (&self.socket, &writer.socket) {
            (Some(one), Some(other)) if Arc::ptr_eq(one, other) => {}
            _ => return Err(ReuniteError::new(self, writer)),
        }
        drop(self);
        // Taken out, so that dropping the writer ends nothing; the last owner gets the socket.
        let socket = writer.socket.take().and_then(Arc::into_inner);
        Ok(SocketIo { socket })
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
        Ok(())
    }

    fn truncate(&mut self, _: Option<u64>) -> Result<u64> {
        self.refuse(Operation::Truncate)
    }

    #[cfg(unix)]
    fn descriptor(&mut self) -> Result<Option<std::os::fd::BorrowedFd<'_>>> {
        Ok(Some(std::os::fd::AsFd::as_fd(self.open()?)))
    }
}

impl RawIo for SocketReader {}

impl Read for SocketReader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let mut socket = self.open()?;
        retry(|| socket.read(buf))
    }

    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        let mut socket = self.open()?;
        retry(|| socket.read_vectored(bufs))
    }
}

impl Write for SocketReader {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
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
