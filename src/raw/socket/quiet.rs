//! Sending without a signal. A write to a socket that the other side has left raises `SIGPIPE`,
//! which ends a program that has its default action (as command-line tools set it); the error says
//! as much, and is the only thing wanted. So each call says so, or the socket does once.

use std::io::{self, IoSlice};

use socket2::Socket;

/// What each call that sends is told.
#[cfg(all(unix, not(any(target_vendor = "apple", target_os = "redox"))))]
const FLAGS: i32 = rustix::net::SendFlags::NOSIGNAL.bits().cast_signed();
#[cfg(not(all(unix, not(any(target_vendor = "apple", target_os = "redox")))))]
const FLAGS: i32 = 0;

#[inline]
pub(super) fn send(socket: &Socket, bytes: &[u8]) -> io::Result<usize> {
    socket.send_with_flags(bytes, FLAGS)
}

#[inline]
pub(super) fn send_vectored(socket: &Socket, slices: &[IoSlice<'_>]) -> io::Result<usize> {
    socket.send_vectored_with_flags(slices, FLAGS)
}

/// Apple's systems have no such flag, but an option, which the sockets of std and socket2 have set
/// already. One that cannot be set (the other side is gone) leaves the socket as it came.
#[cfg(target_vendor = "apple")]
pub(super) fn silence(socket: &Socket) {
    let _ = rustix::net::sockopt::set_socket_nosigpipe(socket, true);
}

#[cfg(not(target_vendor = "apple"))]
pub(super) fn silence(_: &Socket) {}
