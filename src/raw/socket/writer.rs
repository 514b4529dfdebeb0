//! [`SocketWriter`]: the half of a socket that writes.

use std::fmt;
use std::io::{self, ErrorKind, IoSlice, Read, Seek, SeekFrom, Write};
use std::net::Shutdown;
use std::sync::Arc;

use socket2::Socket;

use super::quiet;
use crate::error::{Error, Operation, Result, retry};
use crate::io_base::IoBase;
use crate::raw::RawIo;
use crate::raw::whole::{self, for_one_call};

/// The half of a socket that writes; see [`SocketIo::split`](super::SocketIo::split).
///
/// Closing it ends this direction, so that the other side reads the end and may still answer;
/// **so does dropping it**, or the other side would wait for as long as the reading half lives.
/// Where the end of the stream tells the other side that the message is whole, and it is not,
/// [reunite](super::SocketReader::reunite) the halves instead and do with the socket as you like.
///
/// # Examples
///
/// ```
/// use std::io::{Read, Write};
/// use std::net::TcpListener;
/// use iolite::{IoBase, SocketIo};
///
/// let listener = TcpListener::bind("127.0.0.1:0")?;
/// let (_reader, mut writer) = SocketIo::connect(listener.local_addr()?)?.split()?;
/// writer.write_all(b"all of it")?;
/// writer.close()?;
/// let mut received = String::new();
/// listener.accept()?.0.read_to_string(&mut received)?;
/// assert_eq!(received, "all of it");
/// # Ok::<(), iolite::Error>(())
/// ```
#[derive(Debug)]
pub struct SocketWriter {
    /// `None` once closed.
    pub(super) socket: Option<Arc<Socket>>,
}

impl SocketWriter {
    /// The socket of both halves, unless closed: for addresses, options and time-outs.
    pub fn get_ref(&self) -> Option<&Socket> {
        self.socket.as_deref()
    }

    fn open(&self) -> Result<&Socket> {
        self.get_ref().ok_or(Error::Closed)
    }

    fn refuse<T>(&self, operation: Operation) -> Result<T> {
        self.open()?;
        Err(Error::Unsupported { operation })
    }
}

impl IoBase for SocketWriter {
    fn readable(&self) -> bool {
        false
    }

    fn writable(&self) -> bool {
        !self.is_closed()
    }

    fn seekable(&self) -> bool {
        false
    }

    fn is_closed(&self) -> bool {
        self.socket.is_none()
    }

    /// Ends this direction. That the other side is gone already is no error.
    fn close(&mut self) -> Result<()> {
        let Some(socket) = self.socket.take() else {
            return Ok(());
        };
        match retry(|| socket.shutdown(Shutdown::Write)) {
            Err(error) if error.kind() != ErrorKind::NotConnected => Err(error.into()),
            _ => Ok(()),
        }
    }

    fn truncate(&mut self, _: Option<u64>) -> Result<u64> {
        self.refuse(Operation::Truncate)
    }

    #[cfg(unix)]
    fn descriptor(&mut self) -> Result<Option<std::os::fd::BorrowedFd<'_>>> {
        Ok(Some(std::os::fd::AsFd::as_fd(self.open()?)))
    }
}

impl Drop for SocketWriter {
    fn drop(&mut self) {
        // All bytes went to the system long ago: an error here would lose none of them.
        let _ = self.close();
    }
}

impl RawIo for SocketWriter {}

impl Read for SocketWriter {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Ok(self.refuse(Operation::Read)?)
    }

    // std's own would ask nobody where there is nothing to fill.
    fn read_exact(&mut self, _: &mut [u8]) -> io::Result<()> {
        Ok(self.refuse(Operation::Read)?)
    }
}

impl Write for SocketWriter {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let socket = self.open()?;
        retry(|| quiet::send(socket, buf))
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        let socket = self.open()?;
        let bufs = &bufs[for_one_call(bufs)];
        retry(|| quiet::send_vectored(socket, bufs))
    }

    /// Writes all of `buf`, or the error says how much of it was taken: [`Error::WouldBlock`] or
    /// [`Error::WriteFailed`]; any other took nothing.
    fn write_all(&mut self, buf: &[u8]) -> io::Result<()> {
        whole::write_all(self, buf)
    }

    /// As [`write_all`](Write::write_all), for the whole formatted text.
    fn write_fmt(&mut self, args: fmt::Arguments<'_>) -> io::Result<()> {
        whole::write_fmt(self, args)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.open()?;
        Ok(())
    }
}

impl Seek for SocketWriter {
    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        Ok(self.refuse(Operation::Seek)?)
    }

    fn stream_position(&mut self) -> io::Result<u64> {
        Ok(self.refuse(Operation::Tell)?)
    }
}
