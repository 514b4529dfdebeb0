//! Sessions over links, with threads: [`Connection`]s, the [`Workers`] of a program, and [`Server`]s.
//!
//! The thread that waits for an answer reads the connection itself, and the thread that has read a
//! call runs it: see `turns` for how somebody always reads all the same.

mod connection;
mod keeper;
mod options;
mod reader;
mod sender;
#[cfg(all(feature = "socket", any(unix, windows)))]
mod server;
mod shared;
mod turns;
mod workers;

pub use self::connection::Connection;
pub use self::options::ConnectionOptions;
#[cfg(all(feature = "socket", any(unix, windows)))]
pub use self::server::{Server, ServerOptions};
pub(in crate::link) use self::shared::{ConnectionState, State, after};
pub(in crate::link) use self::workers::StreamPlace;
pub use self::workers::Workers;
