//! [`SocketIo`]: a stream socket as a raw stream, and its two halves.
//!
//! [`SocketReader`] and [`SocketWriter`] share the socket of a [`SocketIo`], so that one thread
//! can read while another writes; no descriptor is duplicated.

#[cfg(unix)]
mod connect;
#[cfg(not(unix))]
#[path = "connect_std.rs"]
mod connect;
mod stream;

pub use self::stream::{ReuniteError, SocketIo, SocketReader, SocketStream, SocketWriter};
