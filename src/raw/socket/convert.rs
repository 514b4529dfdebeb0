//! [`SocketIo`] from the sockets of std, of socket2 and of the system, and back.
//!
//! The way back is a `TryFrom` whose only error is [`Error::Closed`]. Whether the socket speaks
//! TCP or something else is not checked in either direction, as std's own conversions do not.

use std::net::TcpStream;
#[cfg(unix)]
use std::os::fd::OwnedFd;
#[cfg(unix)]
use std::os::unix::net::UnixStream;
#[cfg(windows)]
use std::os::windows::io::OwnedSocket;

use socket2::Socket;

use super::{SocketIo, quiet};
use crate::error::{Error, Result};
use crate::raw::unread::Unread;

impl From<Socket> for SocketIo {
    fn from(socket: Socket) -> SocketIo {
        quiet::silence(&socket);
        SocketIo {
            socket: Some(socket),
            unread: Unread::default(),
            taken: 0,
        }
    }
}

impl TryFrom<SocketIo> for Socket {
    type Error = Error;

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
