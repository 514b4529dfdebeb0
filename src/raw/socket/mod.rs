//! [`SocketIo`]: a stream socket as a raw stream, and its two halves.
//!
//! [`SocketReader`] and [`SocketWriter`] share the socket of a [`SocketIo`], so that one thread can
//! read while another writes, without duplicating the descriptor.

#[cfg(unix)]
mod connect;
#[cfg(not(unix))]
#[path = "connect_std.rs"]
mod connect;
mod descriptor;
mod stream;

pub use self::stream::{ReuniteError, SocketIo, SocketReader, SocketStream, SocketWriter};
