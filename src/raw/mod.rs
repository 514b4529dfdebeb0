//! Floor 1, raw: devices. One call is one system call, and nothing is buffered.
//!
//! A [`RawIo`] is a `Read + Write + Seek` of std that also knows what it can do. The devices are
//! files ([`FileIo`]), memory ([`BytesIo`]), anything of std ([`Adapter`]) and, with their
//! features, sockets (`SocketIo`) and memory maps (`MmapIo`).

mod adapter;
mod bytes;
mod file;
#[cfg(all(feature = "mmap", any(unix, windows)))]
mod mmap;
mod raw_io;
#[cfg(all(feature = "socket", any(unix, windows)))]
mod socket;
mod unread;
mod whole;

pub use self::adapter::{Adapter, Finishing};
pub use self::bytes::BytesIo;
pub use self::file::{FileIo, FileMode};
#[cfg(all(feature = "mmap", any(unix, windows)))]
pub use self::mmap::{MmapAccess, MmapIo, MmapOptions};
pub use self::raw_io::RawIo;
#[cfg(all(feature = "socket", any(unix, windows)))]
pub use self::socket::{ReuniteError, SocketIo, SocketReader, SocketStream, SocketWriter};
