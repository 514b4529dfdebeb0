//! [`SocketStream`]: a stream socket, or the half of one.
//!
//! The three kinds of stream, [`SocketIo`], [`SocketReader`] and [`SocketWriter`], are one type
//! with the directions as parameters: all of them hold the socket in the same way, and refuse what
//! they have no direction for.
//!
//! Invariants: a [`SocketIo`] is the only owner of its socket; the halves of one are its only two.
//! Only what reads has anything that was given back.

use std::fmt;
use std::io::{self, ErrorKind, IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write};
use std::net::{Shutdown, SocketAddr, TcpStream, ToSocketAddrs};
#[cfg(unix)]
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
#[cfg(windows)]
use std::os::windows::io::OwnedSocket;
use std::sync::Arc;
use std::time::Duration;

use socket2::Socket;

use super::connect;
use crate::error::{Error, ErrorWith, Operation, Result, retry};
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
pub type SocketIo = SocketStream<true, true>;

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
pub type SocketReader = SocketStream<true, false>;

/// The half of a socket that writes; see [`SocketIo::split`].
///
/// Closing it ends this direction, so that the other side reads the end and may still answer;
/// **so does dropping it**, or the other side would wait for as long as the reading half lives.
/// Where the end of the stream tells the other side that the message is whole, and it is not,
/// [reunite](SocketReader::reunite) the halves instead and do with the socket as you like.
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
pub type SocketWriter = SocketStream<false, true>;

/// Two halves that do not belong to one open socket; see [`SocketReader::reunite`].
pub type ReuniteError = ErrorWith<(SocketReader, SocketWriter)>;

/// A stream socket in the directions that it has here: [`SocketIo`] both, [`SocketReader`] and
/// [`SocketWriter`] one each. Use it by these names.
#[derive(Debug)]
pub struct SocketStream<const READS: bool, const WRITES: bool> {
    /// `None` once closed.
    socket: Option<Arc<Socket>>,
    /// What a call could not deliver, and the next read answers.
    unread: Unread,
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

    /// Hands the socket out, unless closed. What is [`unread`](SocketIo::unread) is gone with the
    /// stream: look there first if a `read_to_string` or `read_exact` has failed.
    pub fn into_inner(mut self) -> Option<Socket> {
        self.socket.take().and_then(Arc::into_inner)
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
    pub fn split(mut self) -> Result<(SocketReader, SocketWriter)> {
        let socket = self.socket.take().ok_or(Error::Closed)?;
        let reader = SocketReader {
            socket: Some(Arc::clone(&socket)),
            unread: std::mem::take(&mut self.unread),
        };
        let writer = SocketWriter {
            socket: Some(socket),
            unread: Unread::default(),
        };
        Ok((reader, writer))
    }
}

impl SocketReader {
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
        // Taken out, so that dropping the writer ends nothing.
        writer.socket = None;
        Ok(SocketIo {
            socket: self.socket.take(),
            unread: std::mem::take(&mut self.unread),
        })
    }
}

impl<const WRITES: bool> SocketStream<true, WRITES> {
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
}

impl<const READS: bool, const WRITES: bool> SocketStream<READS, WRITES> {
    /// The socket inside, unless closed: for addresses, options, time-outs, and as a descriptor. Both halves have
    /// the same one.
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
        self.socket.as_deref()
    }

    fn open(&self) -> Result<&Socket> {
        self.get_ref().ok_or(Error::Closed)
    }

    /// The socket, if the stream has such a direction. (An `io::Result`, which is two words: on the
    /// way of each call, 5a and 5d.)
    #[inline]
    fn directed(&self, is_there: bool, operation: Operation) -> io::Result<&Socket> {
        match &self.socket {
            Some(socket) if is_there => Ok(socket),
            _ => Ok(self.refuse(operation)?),
        }
    }

    fn refuse<T>(&self, operation: Operation) -> Result<T> {
        self.open()?;
        Err(Error::Unsupported { operation })
    }
}

impl<const READS: bool, const WRITES: bool> IoBase for SocketStream<READS, WRITES> {
    fn readable(&self) -> bool {
        READS && !self.is_closed()
    }

    fn writable(&self) -> bool {
        WRITES && !self.is_closed()
    }

    fn seekable(&self) -> bool {
        false
    }

    fn is_closed(&self) -> bool {
        self.socket.is_none()
    }

    /// The half that writes ends its direction. That the other side is gone already is no error.
    fn close(&mut self) -> Result<()> {
        self.unread.clear();
        let Some(socket) = self.socket.take().filter(|_| !READS) else {
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

    /// `None` while something is [`unread`](SocketIo::unread).
    #[cfg(unix)]
    fn descriptor(&mut self) -> Result<Option<BorrowedFd<'_>>> {
        let socket = self.open()?;
        Ok(self.unread.is_empty().then(|| socket.as_fd()))
    }
}

impl<const READS: bool, const WRITES: bool> RawIo for SocketStream<READS, WRITES> {}

impl<const READS: bool, const WRITES: bool> GiveBack for SocketStream<READS, WRITES> {
    #[inline]
    fn read_device(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let mut socket = self.directed(READS, Operation::Read)?;
        retry(|| socket.read(buf))
    }

    fn read_device_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        let mut socket = self.directed(READS, Operation::Read)?;
        let range = for_one_call(bufs);
        retry(|| socket.read_vectored(&mut bufs[range.clone()]))
    }

    fn seek_device(&mut self, _: SeekFrom) -> io::Result<u64> {
        Ok(self.refuse(Operation::Seek)?)
    }

    fn unread(&mut self) -> &mut Unread {
        &mut self.unread
    }
}

impl<const READS: bool, const WRITES: bool> Read for SocketStream<READS, WRITES> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        unread::read(self, buf)
    }

    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        unread::read_vectored(self, bufs)
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

impl<const READS: bool, const WRITES: bool> Write for SocketStream<READS, WRITES> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let socket = self.directed(WRITES, Operation::Write)?;
        retry(|| socket.send_with_flags(buf, FLAGS))
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        let socket = self.directed(WRITES, Operation::Write)?;
        let bufs = &bufs[for_one_call(bufs)];
        retry(|| socket.send_vectored_with_flags(bufs, FLAGS))
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

impl<const READS: bool, const WRITES: bool> Seek for SocketStream<READS, WRITES> {
    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        Ok(self.refuse(Operation::Seek)?)
    }

    fn stream_position(&mut self) -> io::Result<u64> {
        Ok(self.refuse(Operation::Tell)?)
    }
}

impl<const READS: bool, const WRITES: bool> Drop for SocketStream<READS, WRITES> {
    fn drop(&mut self) {
        // All bytes went to the system long ago: an error here would lose none of them.
        let _ = self.close();
    }
}

impl From<Socket> for SocketIo {
    fn from(socket: Socket) -> SocketIo {
        silence(&socket);
        SocketIo {
            socket: Some(Arc::new(socket)),
            unread: Unread::default(),
        }
    }
}

// Whether a socket speaks TCP or something else is not checked in either direction, as std's own
// conversions do not.

impl TryFrom<SocketIo> for Socket {
    type Error = Error;

    /// # Errors
    ///
    /// [`Error::Closed`].
    fn try_from(socket: SocketIo) -> Result<Socket> {
        socket.into_inner().ok_or(Error::Closed)
    }
}

macro_rules! like_a_socket {
    ($($other:ty as $between:ty),*) => {$(
        impl From<$other> for SocketIo {
            fn from(other: $other) -> SocketIo {
                SocketIo::from(Socket::from(<$between>::from(other)))
            }
        }

        impl TryFrom<SocketIo> for $other {
            type Error = Error;

            fn try_from(socket: SocketIo) -> Result<$other> {
                Ok(<$between>::from(Socket::try_from(socket)?).into())
            }
        }
    )*};
}
like_a_socket!(TcpStream as Socket);
#[cfg(unix)]
like_a_socket!(UnixStream as OwnedFd, OwnedFd as OwnedFd);
#[cfg(windows)]
like_a_socket!(OwnedSocket as OwnedSocket);

// A write to a socket that the other side has left raises `SIGPIPE`, which ends a program that has
// its default action (as command-line tools set it); the error says as much, and is the only thing
// wanted. So each call says so, or the socket does once.

/// What each call that sends is told.
#[cfg(all(unix, not(any(target_vendor = "apple", target_os = "redox"))))]
const FLAGS: i32 = rustix::net::SendFlags::NOSIGNAL.bits().cast_signed();
#[cfg(not(all(unix, not(any(target_vendor = "apple", target_os = "redox")))))]
const FLAGS: i32 = 0;

/// Apple's systems have no such flag, but an option, which the sockets of std and socket2 have set
/// already. One that cannot be set (the other side is gone) leaves the socket as it came.
#[cfg(target_vendor = "apple")]
fn silence(socket: &Socket) {
    let _ = rustix::net::sockopt::set_socket_nosigpipe(socket, true);
}

#[cfg(not(target_vendor = "apple"))]
fn silence(_: &Socket) {}
