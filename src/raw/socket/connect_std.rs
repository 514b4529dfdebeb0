//! Connecting by TCP where no signals interrupt a call.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use socket2::Socket;

pub(super) fn connect(address: &SocketAddr) -> io::Result<Socket> {
    Ok(TcpStream::connect(address)?.into())
}

pub(super) fn connect_timeout(address: &SocketAddr, timeout: Duration) -> io::Result<Socket> {
    Ok(TcpStream::connect_timeout(address, timeout)?.into())
}
