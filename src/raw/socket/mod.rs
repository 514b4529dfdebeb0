//! [`SocketIo`]: a stream socket as a raw stream, and its two halves.
//!
//! [`SocketReader`] and [`SocketWriter`] share the socket of a [`SocketIo`], so that one thread
//! can read while another writes; no descriptor is duplicated.

#[cfg(unix)]
mod connect;
#[cfg(not(unix))]
#[path = "connect_std.rs"]
mod connect;
mod convert;
mod quiet;
mod reader;
mod stream;
mod writer;

pub use self::reader::SocketReader;
pub use self::stream::SocketIo;
pub use self::writer::SocketWriter;

/// Two halves that do not belong to one open socket; see [`SocketReader::reunite`].
pub type ReuniteError = crate::error::ErrorWith<(SocketReader, SocketWriter)>;
