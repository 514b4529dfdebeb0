//! Links over sockets: [`tcp`], [`unix`], and [`ByteLink`]s made of sockets that are there.

use std::io::{self, ErrorKind, Read};
use std::net::{Shutdown, ToSocketAddrs};
#[cfg(unix)]
use std::path::Path;
use std::time::{Duration, Instant};

use super::abort::AbortHandle;
use super::byte_link::ByteLink;
use super::device::{DeviceReceiver, DeviceSender, DeviceSink, DeviceSource};
use super::error::LinkError;
use crate::chunk::Chain;
use crate::error::{Error, retry};
use crate::io_base::IoBase;
use crate::raw::{SocketIo, SocketReader, SocketWriter, WaitRead};

/// Connects by TCP to the first of the addresses that answers, each in `timeout` at most.
///
/// Small messages go out at once: `TCP_NODELAY` is set.
///
/// # Errors
///
/// The system's for the last address: `ConnectionRefused`, `TimedOut` …; `InvalidInput` if there is
/// none.
///
/// # Examples
///
/// ```
/// use std::net::TcpListener;
/// use std::time::Duration;
/// use iolite::Chunk;
/// use iolite::link::layer::{ByteLink, tcp};
///
/// let listener = TcpListener::bind("127.0.0.1:0")?;
/// let mut client = tcp(listener.local_addr()?, Duration::from_secs(5))?;
/// let mut server = ByteLink::try_from(listener.accept()?.0)?;
/// client.send(Chunk::from("ping"))?;
/// assert_eq!(server.recv(10)?, "ping");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "TcpLink")]
pub fn tcp(address: impl ToSocketAddrs, timeout: Duration) -> Result<ByteLink, LinkError> {
    let mut outcome = Err(Error::from(io::Error::from(ErrorKind::InvalidInput)));
    for address in address.to_socket_addrs()? {
        outcome = SocketIo::connect_timeout(&address, timeout);
        if outcome.is_ok() {
            break;
        }
    }
    let socket = outcome?;
    if let Some(socket) = socket.get_ref() {
        socket.set_tcp_nodelay(true)?;
    }
    ByteLink::try_from(socket)
}

/// Connects to the Unix socket at `path`.
///
/// # Errors
///
/// The system's: `NotFound`, `ConnectionRefused` (nothing listens there) …
///
/// # Examples
///
/// ```
/// use iolite::Chunk;
/// use iolite::link::layer::{ByteLink, unix};
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("socket");
/// let listener = std::os::unix::net::UnixListener::bind(&path)?;
/// let mut client = unix(&path)?;
/// client.send(Chunk::from("ping"))?;
/// let mut server = ByteLink::try_from(listener.accept()?.0)?;
/// assert_eq!(server.recv(10)?, "ping");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[cfg(unix)]
#[doc(alias = "UnixLink")]
pub fn unix(path: impl AsRef<Path>) -> Result<ByteLink, LinkError> {
    ByteLink::try_from(SocketIo::connect_unix(path)?)
}

/// Makes a link of a connected socket.
impl TryFrom<SocketIo> for ByteLink {
    type Error = LinkError;

    /// # Errors
    ///
    /// [`Error::Closed`] if the socket is.
    fn try_from(socket: SocketIo) -> Result<ByteLink, LinkError> {
        let (reader, writer) = socket.split()?;
        let shared = reader.downgrade();
        let abort = AbortHandle::new(move || {
            if let Some(socket) = shared.upgrade() {
                // Fails where the peer is gone, and then nobody waits.
                let _ = socket.shutdown(Shutdown::Both);
            }
        });
        let receiver = DeviceReceiver::new(reader, abort.clone());
        let sender = DeviceSender::new(writer, abort.clone());
        Ok(ByteLink::new(receiver, sender, abort))
    }
}

macro_rules! from_std {
    ($($socket:ty),*) => {$(
        /// Makes a link of a connected socket.
        impl TryFrom<$socket> for ByteLink {
            type Error = LinkError;

            /// # Errors
            ///
            /// None is known.
            fn try_from(socket: $socket) -> Result<ByteLink, LinkError> {
                ByteLink::try_from(SocketIo::from(socket))
            }
        }
    )*};
}
from_std!(std::net::TcpStream);
#[cfg(unix)]
from_std!(std::os::unix::net::UnixStream);

impl DeviceSink for SocketWriter {
    fn write_chain(&mut self, chain: &mut Chain) -> io::Result<()> {
        chain.write_to(self).map(drop)
    }

    fn end(mut self) -> Result<(), LinkError> {
        Ok(self.close()?)
    }
}

impl DeviceSource for SocketReader {
    fn read_to(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.read(buf)
    }

    fn wait(&mut self, timeout: Duration) -> Result<bool, LinkError> {
        if self.is_closed() {
            return Err(LinkError::Closed);
        }
        // Later than the clock can count is never.
        let deadline = Instant::now().checked_add(timeout);
        Ok(retry(|| {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            self.wait_read(left.unwrap_or(Duration::MAX))
        })?)
    }
}
