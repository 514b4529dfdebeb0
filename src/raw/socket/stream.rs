//! [`SocketStream`]: a stream socket, or half of one.
//!
//! [`SocketIo`], [`SocketReader`] and [`SocketWriter`] are one type with the directions as
//! parameters, since all of them own the socket in the same way and refuse the direction that they
//! do not have.
//!
//! Invariants: a [`SocketIo`] is the only owner of its socket; two halves are its only two owners.
//! Only a stream that reads has unread bytes.

use std::fmt;
use std::io::{self, ErrorKind, IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write};
use std::net::{Shutdown, SocketAddr, ToSocketAddrs};
#[cfg(unix)]
use std::os::fd::AsFd;
use std::sync::Arc;
#[cfg(feature = "link")]
use std::sync::Weak;
use std::time::Duration;

use socket2::Socket;

use super::connect;
use crate::error::{Error, ErrorWith, Operation, Result, retry};
#[cfg(unix)]
use crate::io_base::BorrowedDevice;
use crate::io_base::IoBase;
use crate::raw::RawIo;
use crate::raw::unread::{self, GiveBack, Unread};
use crate::raw::whole::{self, for_one_call};

/// A connected stream socket: readable, writable, not seekable (Python's `socket.SocketIO`).
///
/// TCP and Unix sockets, made by `connect`, or converted from sockets of std or
/// [socket2](crate::raw::socket2) and back (`TryFrom`: a closed one is an error). Options,
/// addresses and time-outs are accessible through [`get_ref`](SocketIo::get_ref).
///
/// A non-blocking socket, or one with a time-out, returns an error of kind
/// [`WouldBlock`](ErrorKind::WouldBlock) or `TimedOut`, depending on the system. **Check
/// [`Error::is_would_block`]**, which knows both; for an error of std's traits
/// `Error::from(error).is_would_block()`. Nothing is lost, and the same call can be repeated.
/// (CPython's refuses every read after a time-out.) The exception are writes with a time-out on
/// Windows, which does not say how much was sent: give such a socket up. A reset by the peer is the
/// system's error *once*, `ConnectionReset`; on many systems later reads return the end of the
/// stream, so do not continue after it.
///
/// Writing to a socket that the peer has closed is an error of kind `BrokenPipe`, and never the
/// signal `SIGPIPE`. An interrupted call, connecting included, calls the
/// [interrupt hook](crate::error::set_global_interrupt_hook). (To accept connections use std, whose
/// listeners repeat an interrupted call without the hook, or socket2, whose do not repeat it.)
///
/// # What could not be delivered
///
/// `read_exact` fills its buffer or takes nothing, and `read_to_string` takes exactly the
/// characters that it delivers, whatever happens in between: the rest is kept here (at most 64 KiB,
/// or what one read brought), and the next read returns it first. Meanwhile
/// [`flush_and_borrow_fd`](IoBase::flush_and_borrow_fd) is `None`, and [`unread`](SocketIo::unread)
/// shows it.
///
/// To read and write at the same time, [`split`](SocketIo::split) it. For small reads and writes
/// put a buffer on top.
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
/// Closing or dropping it tells the peer nothing; the socket is closed with the second half.
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
/// Closing it shuts down this direction, so that the peer reads the end and can still answer. **So
/// does dropping it**: otherwise the peer would wait for as long as the reading half lives. If the
/// end would make the peer believe that an unfinished message is complete,
/// [reunite](SocketReader::reunite) the halves instead.
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

/// A stream socket with one or both directions. Use it by its names: [`SocketIo`], [`SocketReader`]
/// and [`SocketWriter`].
#[derive(Debug)]
pub struct SocketStream<const READS: bool, const WRITES: bool> {
    /// `None` once closed.
    socket: Option<Arc<Socket>>,
    /// What a call could not deliver, and the next read returns.
    unread: Unread,
}

impl SocketIo {
    /// Connects by TCP to the first of the addresses that answers (Python:
    /// `socket.create_connection`).
    ///
    /// # Errors
    ///
    /// The system's error for the last address: `ConnectionRefused`, `TimedOut` …; `InvalidInput`
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
    /// `TimedOut` (for which [`is_would_block`](Error::is_would_block) is true), or the system's
    /// error; `InvalidInput` for a time-out of zero.
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
    /// The system's error: `NotFound`, `ConnectionRefused` (nothing listens on the socket) …
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

    /// Returns the socket, unless closed. What is [`unread`](SocketIo::unread) is dropped with the
    /// stream: check it first if a `read_to_string` or `read_exact` has failed.
    pub fn into_inner(mut self) -> Option<Socket> {
        self.socket.take().and_then(Arc::into_inner)
    }

    /// Shuts down one direction or both; the stream stays open. The peer reads the end after what
    /// was written before (half-close).
    ///
    /// # Errors
    ///
    /// [`Error::Closed`], and the system's error: `NotConnected` if the peer is gone.
    pub fn shutdown(&self, how: Shutdown) -> Result<()> {
        let socket = self.get_ref().ok_or(Error::Closed)?;
        Ok(retry(|| socket.shutdown(how))?)
    }

    /// Two halves that can be used at the same time, in two threads. They share the socket: its
    /// descriptor is not duplicated, and its options apply to both.
    ///
    /// Closing or dropping the [`SocketWriter`] shuts down its direction, so that the peer reads
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
    /// Joins the two halves again; neither direction is shut down.
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
    /// [given back](#what-could-not-be-delivered), which the next read returns; nearly always none.
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
    /// The socket inside, unless closed: for addresses, options and time-outs. Both halves have the
    /// same one.
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

    /// The socket for a third party, who may end it and does not keep it open.
    #[cfg(feature = "link")]
    pub(crate) fn downgrade(&self) -> Weak<Socket> {
        self.socket.as_ref().map(Arc::downgrade).unwrap_or_default()
    }

    fn open(&self) -> Result<&Socket> {
        self.get_ref().ok_or(Error::Closed)
    }

    /// The socket, if the stream has that direction. (An `io::Result`, because it is two words and
    /// fits into registers: every read and write calls this, rows 5a and 5d.)
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

    /// The writing half shuts down its direction. It is no error if the peer is gone already.
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
    fn flush_and_borrow_fd(&mut self) -> Result<Option<BorrowedDevice<'_>>> {
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
    unread::read_calls!(self => self, "SocketIo");
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

    whole::write_calls!(self);

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
        // The system has all bytes already, so an error here loses none.
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

// A write to a socket that the peer has closed raises `SIGPIPE`, which ends a program that has the
// default action for it (as command-line tools do). The error `BrokenPipe` is enough, so the signal
// is turned off: by a flag of each call, or on Apple's systems by an option of the socket.

/// The flags of each call that sends.
#[cfg(all(unix, not(any(target_vendor = "apple", target_os = "redox"))))]
const FLAGS: i32 = rustix::net::SendFlags::NOSIGNAL.bits().cast_signed();
#[cfg(not(all(unix, not(any(target_vendor = "apple", target_os = "redox")))))]
const FLAGS: i32 = 0;

/// The sockets of std and socket2 have the option set already. It cannot be set if the peer is
/// gone; the socket is used all the same.
#[cfg(target_vendor = "apple")]
fn silence(socket: &Socket) {
    let _ = rustix::net::sockopt::set_socket_nosigpipe(socket, true);
}

#[cfg(not(target_vendor = "apple"))]
fn silence(_: &Socket) {}
