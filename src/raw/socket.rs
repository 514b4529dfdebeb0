//! [`SocketIo`]: a stream socket as a raw stream.

use std::io::{self, IoSlice, Read, Seek, SeekFrom, Write};
use std::net::TcpStream;

use socket2::Socket;

use super::raw_io::{RawIo, retry};
use crate::error::{Error, Operation, Result};
use crate::io_base::IoBase;

/// A connected stream socket: readable, writable, not seekable (Python's `socket.SocketIO`).
///
/// Non-blocking sockets and sockets with a time-out answer with an error of kind
/// [`WouldBlock`](io::ErrorKind::WouldBlock) (or `TimedOut`, as the system has it).
///
/// # Examples
///
/// ```
/// use std::io::{Read, Write};
/// use std::net::{TcpListener, TcpStream};
/// use iolite::SocketIo;
///
/// let listener = TcpListener::bind("127.0.0.1:0")?;
/// let mut client = SocketIo::from(TcpStream::connect(listener.local_addr()?)?);
/// client.write_all(b"ping")?;
/// let mut received = [0; 4];
/// SocketIo::from(listener.accept()?.0).read_exact(&mut received)?;
/// assert_eq!(&received, b"ping");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct SocketIo {
    /// `None` once closed.
    socket: Option<Socket>,
}

impl SocketIo {
    /// The socket inside, unless closed.
    pub fn get_ref(&self) -> Option<&Socket> {
        self.socket.as_ref()
    }

    /// Hands the socket out, unless closed.
    pub fn into_inner(self) -> Option<Socket> {
        self.socket
    }

    fn open(&mut self) -> Result<&mut Socket> {
        self.socket.as_mut().ok_or(Error::Closed)
    }

    fn refuse<T>(&mut self, operation: Operation) -> Result<T> {
        self.open()?;
        Err(Error::Unsupported { operation })
    }
}

impl From<Socket> for SocketIo {
    fn from(socket: Socket) -> SocketIo {
        SocketIo {
            socket: Some(socket),
        }
    }
}

impl From<TcpStream> for SocketIo {
    fn from(stream: TcpStream) -> SocketIo {
        SocketIo::from(Socket::from(stream))
    }
}

#[cfg(unix)]
impl From<std::os::unix::net::UnixStream> for SocketIo {
    fn from(stream: std::os::unix::net::UnixStream) -> SocketIo {
        SocketIo::from(Socket::from(std::os::fd::OwnedFd::from(stream)))
    }
}

impl IoBase for SocketIo {
    fn readable(&self) -> bool {
        !self.is_closed()
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

    fn close(&mut self) -> Result<()> {
        self.socket = None;
        Ok(())
    }

    fn truncate(&mut self, _: Option<u64>) -> Result<u64> {
        self.refuse(Operation::Truncate)
    }
}

impl RawIo for SocketIo {}

impl Read for SocketIo {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let socket = self.open()?;
        retry(|| socket.read(buf))
    }
}

impl Write for SocketIo {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let socket = self.open()?;
        retry(|| socket.write(buf))
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        let socket = self.open()?;
        retry(|| socket.write_vectored(bufs))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.open()?;
        Ok(())
    }
}

impl Seek for SocketIo {
    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        Ok(self.refuse(Operation::Seek)?)
    }

    fn stream_position(&mut self) -> io::Result<u64> {
        Ok(self.refuse(Operation::Tell)?)
    }
}
