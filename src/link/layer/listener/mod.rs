//! [`Listener`]: waits for connections, and makes a link of each.

#[cfg(unix)]
mod socket_file;
#[cfg_attr(not(unix), path = "waiting_std.rs")]
mod waiting;

use std::fmt;
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
#[cfg(unix)]
use std::path::Path;

#[cfg(unix)]
use self::socket_file::SocketFile;
use self::waiting::Waiting;
use super::abort::AbortHandle;
use super::byte_link::ByteLink;
use super::error::LinkError;
use crate::raw::SocketIo;

/// Waits for connections by TCP or on a Unix socket, and makes a link of each.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use iolite::Chunk;
/// use iolite::link::layer::{Listener, tcp};
///
/// let listener = Listener::tcp("127.0.0.1:0")?;
/// let address = listener.local_addr().expect("TCP has one");
/// let mut client = tcp(address, Duration::from_secs(5))?;
/// let (mut server, _) = listener.accept()?;
/// client.send(Chunk::from("ping"))?;
/// assert_eq!(server.recv(10)?, "ping");
/// # Ok::<(), iolite::link::layer::LinkError>(())
/// ```
#[doc(alias = "TcpIter")]
#[doc(alias = "UnixIter")]
#[derive(Debug)]
pub struct Listener {
    bound: Bound,
    waiting: Waiting,
    abort: AbortHandle,
}

/// Who has connected; see [`Listener::accept`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Peer {
    /// By TCP, from this address.
    Tcp(SocketAddr),
    /// On a Unix socket, from a program of this machine.
    Unix,
}

#[derive(Debug)]
enum Bound {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(SocketFile),
}

impl Listener {
    /// Listens on the first of the addresses that is free; port 0 is any free port.
    ///
    /// # Errors
    ///
    /// The system's: `AddrInUse`, `PermissionDenied` …
    pub fn tcp(address: impl ToSocketAddrs) -> Result<Listener, LinkError> {
        Listener::new(Bound::Tcp(TcpListener::bind(address)?))
    }

    /// Listens on a Unix socket that is made at `path`. The file is removed when the listener is
    /// closed or dropped.
    ///
    /// A socket that a program left there when it crashed, so that nobody listens on it, is replaced.
    /// Any other file stays.
    ///
    /// # Errors
    ///
    /// The system's: `AddrInUse` if somebody listens there or the file is no socket,
    /// `PermissionDenied` …
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::link::layer::{Listener, unix};
    ///
    /// let dir = tempfile::tempdir()?;
    /// let path = dir.path().join("socket");
    /// let listener = Listener::unix(&path)?;
    /// unix(&path)?;
    /// listener.accept()?;
    /// drop(listener);
    /// assert!(!path.exists());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(unix)]
    pub fn unix(path: impl AsRef<Path>) -> Result<Listener, LinkError> {
        Listener::new(Bound::Unix(SocketFile::bind(path.as_ref())?))
    }

    fn new(bound: Bound) -> Result<Listener, LinkError> {
        let waiting = Waiting::new(&bound)?;
        let abort = AbortHandle::new(waiting.waker());
        Ok(Listener {
            bound,
            waiting,
            abort,
        })
    }

    /// Waits for the next connection. Several threads may wait at once.
    ///
    /// # Errors
    ///
    /// [`LinkError::Closed`] after an abort; otherwise the system's, above all that there are too many
    /// open files, which passes: wait a little, and go on.
    pub fn accept(&self) -> Result<(ByteLink, Peer), LinkError> {
        loop {
            if self.abort.is_aborted() {
                return Err(LinkError::Closed);
            }
            match self.waiting.accept(&self.bound) {
                // Who connects while we are woken up may be nobody but ourselves.
                Ok(_) if self.abort.is_aborted() => {}
                Ok((socket, peer)) => {
                    // It fails only where the client is gone, and that is no error of the listener.
                    if let Ok(link) = prepare(socket, &peer) {
                        return Ok((link, peer));
                    }
                }
                Err(error) if is_gone(error.kind()) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Where it listens, by TCP.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        match &self.bound {
            Bound::Tcp(listener) => listener.local_addr().ok(),
            #[cfg(unix)]
            Bound::Unix(_) => None,
        }
    }

    /// What ends [`accept`](Listener::accept) from another thread. The connections go on.
    pub fn abort_handle(&self) -> AbortHandle {
        self.abort.clone()
    }
}

/// Whether the client was gone before it was accepted, or another thread accepted it.
fn is_gone(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::WouldBlock
    )
}

fn prepare(socket: SocketIo, peer: &Peer) -> Result<ByteLink, LinkError> {
    if let Some(socket) = socket.get_ref() {
        // On some systems it is as the listener.
        socket.set_nonblocking(false)?;
        if matches!(peer, Peer::Tcp(_)) {
            socket.set_tcp_nodelay(true)?;
        }
    }
    ByteLink::try_from(socket)
}

/// As in `tcp 127.0.0.1:4711` and `unix /run/x.sock`.
impl fmt::Display for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.bound {
            Bound::Tcp(listener) => match listener.local_addr() {
                Ok(address) => write!(f, "tcp {address}"),
                Err(_) => f.write_str("tcp"),
            },
            #[cfg(unix)]
            Bound::Unix(file) => write!(f, "unix {}", file.path().display()),
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Peer::Tcp(address) => write!(f, "tcp {address}"),
            Peer::Unix => f.write_str("unix"),
        }
    }
}
