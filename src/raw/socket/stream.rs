//! [`SocketIo`]: a stream socket, both directions in one.

use std::fmt;
use std::io::{self, ErrorKind, IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write};
use std::net::{Shutdown, SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use socket2::Socket;

use super::{SocketReader, SocketWriter, connect, quiet};
use crate::error::{Error, Operation, Result, retry};
use crate::io_base::IoBase;
use crate::raw::RawIo;
use crate::raw::unread::{self, GiveBack, Unread};
use crate::raw::whole::{self, for_one_call};

/// A connected stream socket: readable, writable, not seekable (Python's `socket.SocketIO`).
///
/// TCP and Unix sockets, made by `connect` or taken over from std or socket2 and given back
/// (`TryFrom`: a closed one has nothing to give). Options, addresses and time-outs are set and
/// asked through [`get_ref`](SocketIo::get_ref).
///
/// A non-blocking socket and one with a time-out answer "try again later": an error of kind
/// [`WouldBlock`](ErrorKind::WouldBlock) or `TimedOut`, as the system has it. **Ask
/// [`Error::is_would_block`]**, which knows both: `Error::from(error).is_would_block()` of std's.
/// Nothing is lost, and the same call can be repeated. (CPython's refuses every read after a
/// time-out.) On Windows only without time-outs: nobody knows there how much a write had sent
/// that timed out, and such a socket is to be given up. A
/// reset by the peer is the system's error *once*, `ConnectionReset`; many systems answer later
/// reads with the end of the stream, so do not go on after it.
///
/// Writing to a socket that the other side has left is an error of the kind `BrokenPipe`, and
/// never the signal `SIGPIPE`. A call that a signal interrupts asks the
/// [interrupt hook](crate::set_interrupt_hook), connecting too. (Accept connections by std, whose
/// listeners repeat the call without asking, or by socket2, whose do not.)
///
/// # What could not be delivered
///
/// `read_exact` fills its buffer or takes nothing, and `read_to_string` takes exactly the
/// characters that it delivers, whatever comes in between: what is left over is kept here, 64 KiB
/// at most or what one read brought, and the next read answers it first. Meanwhile
/// [`descriptor`](IoBase::descriptor) is `None`, and [`unread`](SocketIo::unread) shows it.
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
    /// What a call could not deliver, and the next read answers.
    pub(super) unread: Unread,
    /// How many bytes were read.
    pub(super) taken: u64,
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
        let mut outcome = Err(ErrorKind::InvalidInput.into());
        for address in address.to_socket_addrs()? {
            outcome = connect::connect(&address)?;
            if outcome.is_ok() {
                break;
            }
        }
        Ok(outcome?.into())
    }

    /// Connects by TCP, and gives up after `timeout`. The socket itself has no time-out then.
    ///
    /// # Errors
    ///
    /// `TimedOut` ([`is_would_block`](Error::is_would_block): there may be an answer later), or
    /// what the system says; `InvalidInput` for a time-out of zero.
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
        Ok(connect::connect_timeout(address, timeout)?.into())
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
    /// // A read that takes longer is an error for which `Error::is_would_block` is true.
    /// socket.set_read_timeout(Some(Duration::from_secs(30)))?;
    /// assert_eq!(socket.peer_addr()?.as_socket(), Some(listener.local_addr()?));
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn get_ref(&self) -> Option<&Socket> {
        self.socket.as_ref()
    }

    /// The bytes that were read from the socket and
    /// [given back](#what-could-not-be-delivered), and that the next read answers; nearly always
    /// none.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{ErrorKind, Read, Write};
    /// use std::net::{TcpListener, TcpStream};
    /// use std::time::Duration;
    /// use iolite::{Error, SocketIo};
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let mut client = SocketIo::connect(listener.local_addr()?)?;
    /// let (mut server, _) = listener.accept()?;
    /// let socket = client.get_ref().expect("it is open");
    /// socket.set_read_timeout(Some(Duration::from_millis(50)))?;
    ///
    /// server.write_all(b"caf\xc3")?;
    /// let mut text = String::new();
    /// let error = Error::from(client.read_to_string(&mut text).unwrap_err());
    /// assert!(error.is_would_block());
    /// assert_eq!((&*text, client.unread()), ("caf", &b"\xc3"[..]));
    ///
    /// server.write_all(b"\xa9")?;
    /// drop(server);
    /// client.read_to_string(&mut text)?;
    /// assert_eq!(text, "caf\u{e9}");
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn unread(&self) -> &[u8] {
        self.unread.as_slice()
    }

    /// Hands the socket out, unless closed. What is [`unread`](SocketIo::unread) is gone with the
    /// stream: look there first if a `read_to_string` or `read_exact` has failed.
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
            unread: self.unread,
            taken: self.taken,
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

impl RawIo for SocketIo {}

impl GiveBack for SocketIo {
    #[inline]
    fn read_device(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let socket = self.open()?;
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

impl Read for SocketIo {
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
        let socket = self.open()?;
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

impl Write for SocketIo {
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

impl Seek for SocketIo {
    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        Ok(self.refuse(Operation::Seek)?)
    }

    fn stream_position(&mut self) -> io::Result<u64> {
        Ok(self.refuse(Operation::Tell)?)
    }
}
