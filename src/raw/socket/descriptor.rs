//! Conversions between a [`SocketIo`] and the sockets of std and of the system.

use std::net::TcpStream;
#[cfg(unix)]
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, IntoRawFd, OwnedFd, RawFd};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
#[cfg(windows)]
use std::os::windows::io::{
    AsRawSocket, AsSocket, BorrowedSocket, IntoRawSocket, OwnedSocket, RawSocket,
};

use socket2::Socket;

use super::stream::{SocketIo, SocketStream};
use crate::error::{Error, Result};

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

macro_rules! as_descriptor {
    ($borrow:ident::$borrow_fn:ident -> $borrowed:ident<'_>,
     $raw:ident::$raw_fn:ident, $into:ident::$into_fn:ident -> $number:ident) => {
        impl<const READS: bool, const WRITES: bool> $borrow for SocketStream<READS, WRITES> {
            /// # Panics
            ///
            /// On a closed stream, which has none; [`get_ref`](SocketIo::get_ref) says so instead.
            fn $borrow_fn(&self) -> $borrowed<'_> {
                self.get_ref().expect(CLOSED).$borrow_fn()
            }
        }

        impl<const READS: bool, const WRITES: bool> $raw for SocketStream<READS, WRITES> {
            /// # Panics
            ///
            /// On a closed stream, which has none; [`get_ref`](SocketIo::get_ref) says so instead.
            fn $raw_fn(&self) -> $number {
                self.get_ref().expect(CLOSED).$raw_fn()
            }
        }

        impl $into for SocketIo {
            /// # Panics
            ///
            /// On a closed stream, which has none; `TryFrom` and
            /// [`into_inner`](SocketIo::into_inner) say so instead.
            fn $into_fn(self) -> $number {
                self.into_inner().expect(CLOSED).$into_fn()
            }
        }
    };
}
#[cfg(unix)]
as_descriptor!(AsFd::as_fd -> BorrowedFd<'_>, AsRawFd::as_raw_fd, IntoRawFd::into_raw_fd -> RawFd);
#[cfg(windows)]
as_descriptor!(
    AsSocket::as_socket -> BorrowedSocket<'_>,
    AsRawSocket::as_raw_socket, IntoRawSocket::into_raw_socket -> RawSocket
);

/// The panic of a closed stream: std's traits allow no error.
#[cfg(any(unix, windows))]
const CLOSED: &str = "a closed socket has no descriptor";
