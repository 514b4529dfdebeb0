//! Connecting by TCP where no signals interrupt a call.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use socket2::Socket;

/// The inner error says that this address cannot be connected to; there is no outer one.
#[expect(
    clippy::unnecessary_wraps,
    reason = "elsewhere the interrupt hook has an error"
)]
pub(super) fn connect(address: &SocketAddr) -> io::Result<io::Result<Socket>> {
    Ok(TcpStream::connect(address).map(Socket::from))
}

pub(super) fn connect_timeout(address: &SocketAddr, timeout: Duration) -> io::Result<Socket> {
    Ok(TcpStream::connect_timeout(address, timeout)?.into())
}
