//! Connecting by TCP on systems where signals do not interrupt calls.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use socket2::Socket;

/// As in `connect.rs`; there is no outer error here.
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
