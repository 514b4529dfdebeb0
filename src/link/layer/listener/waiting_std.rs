//! Where there is no `poll`: waiting for a connection. Who ends the waiting connects itself.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::{Bound, Peer};
use crate::raw::SocketIo;

#[derive(Debug)]
pub(super) struct Waiting(SocketAddr);

impl Waiting {
    pub(super) fn new(bound: &Bound) -> io::Result<Waiting> {
        let Bound::Tcp(listener) = bound;
        Ok(Waiting(listener.local_addr()?))
    }

    pub(super) fn waker(&self) -> impl Fn() + Send + Sync + 'static {
        let mut address = self.0;
        if address.ip().is_unspecified() {
            address.set_ip(match address {
                SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
                SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
            });
        }
        // Fails only where nobody listens any more.
        move || drop(TcpStream::connect_timeout(&address, Duration::from_secs(1)))
    }

    pub(super) fn accept(&self, bound: &Bound) -> io::Result<(SocketIo, Peer)> {
        let Bound::Tcp(listener) = bound;
        let (stream, address) = listener.accept()?;
        Ok((stream.into(), Peer::Tcp(address)))
    }
}
