//! [`SocketIo`]: a stream socket, both directions in one.

use std::io::{self, IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write};
use std::net::{Shutdown, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use socket2::Socket;

use super::{SocketReader, SocketWriter};
use crate::error::{Error, Operation, Result, retry};
use crate::io_base::IoBase;
use crate::raw::RawIo;

/// A connected stream socket: readable, writable, not seekable (Python's `socket.SocketIO`).
///
/// TCP and Unix sockets, made by `connect` or taken over from std or socket2 and given back
/// (`TryFrom`: a closed one has nothing to give). Options, addresses and time-outs are set and
/// asked through [`get_ref`](SocketIo::get_ref).
///
/// A non-blocking socket and one with a time-out answer with an error of kind
/// [`WouldBlock`](io::ErrorKind::WouldBlock) (or `TimedOut`, as the system has it); nothing is
/// lost, and the same call can be repeated. (CPython's refuses every read after a time-out.) A
/// reset by the peer is the system's error *once*, `ConnectionReset`; many systems answer later
/// reads with the end of the stream, so do not go on after it.
///
/// To read and write at the same time, [`split`](SocketIo::split) it. For small reads and writes
/// put a buffer above.
///
/// # Examples
///
/// ```
/// use std::io::{Read, Write};
/// use std::net::{Shutdown, TcpListener};
/// use iolite::SocketIo;
///
/// let listener = TcpListener::bind("127.0.0.1:0")?;
/// let mut client = SocketIo::connect(listener.local_addr()?)?;
/// client.write_all(b"ping")?;
/// client.shutdown(Shutdown::Write)?;
/// let mut received = String::new();
/// SocketIo::from(listener.accept()?.0).read_to_string(&mut received)?;
/// assert_eq!(received, "ping");
/// # Ok::<(), iolite::Error>(())
/// ```
#[doc(alias = "SocketIO")]
#[derive(Debug)]
pub struct SocketIo {
    /// `None` once closed.
    pub(super) socket: Option<Socket>,
}

impl SocketIo {
    /// Connects by TCP to the first of the addresses that answers (Python:
    /// `socket.create_connection`).
    ///
    /// # Errors
    ///
    /// What the system says of the last address: `ConnectionRefused`, `TimedOut` …; `InvalidInput`
    /// if there is no address.
    #[doc(alias = "create_connection")]
    pub fn connect(address: impl ToSocketAddrs) -> Result<SocketIo> {
        Ok(TcpStream::connect(address)?.into())
    }

    /// Connects by TCP, and gives up after `timeout`. The socket itself has no time-out then.
    ///
    /// # Errors
    ///
    /// `TimedOut`, or what the system says; `InvalidInput` for a time-out of zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::net::TcpListener;
    /// use std::time::Duration;
    /// use iolite::SocketIo;
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// SocketIo::connect_timeout(&listener.local_addr()?, Duration::from_secs(5))?;
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn connect_timeout(address: &SocketAddr, timeout: Duration) -> Result<SocketIo> {
        Ok(TcpStream::connect_timeout(address, timeout)?.into())
    }

    /// Connects to the Unix socket at `path`.
    ///
    /// # Errors
    ///
    /// What the system says: `NotFound`, `ConnectionRefused` (a socket that nobody listens at) …
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::SocketIo;
    ///
    /// let dir = tempfile::tempdir()?;
    /// let path = dir.path().join("socket");
    /// let listener = std::os::unix::net::UnixListener::bind(&path)?;
    /// SocketIo::connect_unix(&path)?;
    /// # Ok::<(), iolite::Error>(())
    /// ```
    #[cfg(unix)]
    pub fn connect_unix(path: impl AsRef<std::path::Path>) -> Result<SocketIo> {
        let path = path.as_ref();
        Ok(retry(|| std::os::unix::net::UnixStream::connect(path))?.into())
    }

    /// The socket inside, unless closed: for addresses, options, time-outs, and as a descriptor.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::net::TcpListener;
    /// use std::time::Duration;
    /// use iolite::SocketIo;
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let client = SocketIo::connect(listener.local_addr()?)?;
    /// let socket = client.get_ref().expect("it is open");
    /// socket.set_read_timeout(Some(Duration::from_secs(30)))?;
    /// assert_eq!(socket.peer_addr()?.as_socket(), Some(listener.local_addr()?));
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn get_ref(&self) -> Option<&Socket> {
        self.socket.as_ref()
    }

    /// Hands the socket out, unless closed.
    pub fn into_inner(self) -> Option<Socket> {
        self.socket
    }

    /// Ends one direction, or both; the stream stays open. The other side reads the end after
    /// what was written before (half-close).
    ///
    /// # Errors
    ///
    /// [`Error::Closed`], and what the system says: `NotConnected` if the other side is gone.
    pub fn shutdown(&self, how: Shutdown) -> Result<()> {
        let socket = self.get_ref().ok_or(Error::Closed)?;
        Ok(retry(|| socket.shutdown(how))?)
    }

    /// Two halves that work at the same time, in two threads if need be. They share the socket:
    /// its descriptor is not duplicated, and its options are those of both.
    ///
    /// Closing or dropping the [`SocketWriter`] ends its direction, so that the other side reads
    /// the end; the socket is closed when both halves are.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`].
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Read, Write};
    /// use std::net::TcpListener;
    /// use iolite::{IoBase, SocketIo};
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let (mut answers, mut questions) = SocketIo::connect(listener.local_addr()?)?.split()?;
    /// let mut server = SocketIo::from(listener.accept()?.0);
    ///
    /// let asking = std::thread::spawn(move || questions.write_all(b"what?"));
    /// let mut question = String::new();
    /// server.read_to_string(&mut question)?;           // ends when the writer is dropped
    /// server.write_all(b"that.")?;
    /// server.close()?;
    /// let mut answer = String::new();
    /// answers.read_to_string(&mut answer)?;
    /// assert_eq!((&*question, &*answer), ("what?", "that."));
    /// # asking.join().expect("no panic")?;
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn split(self) -> Result<(SocketReader, SocketWriter)> {
        let socket = Arc::new(self.socket.ok_or(Error::Closed)?);
        let reader = SocketReader {
            socket: Some(Arc::clone(&socket)),
        };
        let writer = SocketWriter {
            socket: Some(socket),
        };
        Ok((reader, writer))
    }

    fn open(&mut self) -> Result<&mut Socket> {
        self.socket.as_mut().ok_or(Error::Closed)
    }

    fn refuse<T>(&mut self, operation: Operation) -> Result<T> {
        self.open()?;
        Err(Error::Unsupported { operation })
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

    #[cfg(unix)]
    fn descriptor(&mut self) -> Result<Option<std::os::fd::BorrowedFd<'_>>> {
        Ok(Some(std::os::fd::AsFd::as_fd(self.open()?)))
    }
}

impl RawIo for SocketIo {}

impl Read for SocketIo {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let socket = self.open()?;
        retry(|| socket.read(buf))
    }

    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        let socket = self.open()?;
        retry(|| socket.read_vectored(bufs))
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
