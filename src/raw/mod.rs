//! The raw layer: devices. One call is one system call, and nothing is buffered.
//!
//! A [`RawIo`] is a `Read + Write + Seek` of std that also knows what it can do. The devices are
//! files ([`FileIo`]), files that grow ([`Follow`]) or are replaced as a whole ([`AtomicFile`]),
//! memory ([`BytesIo`]), anything of std ([`Adapter`]) and, with their features, sockets
//! (`SocketIo`) and memory maps (`MmapIo`). [`Section`], [`Concat`] and [`Tee`] make devices of
//! devices, [`Deadline`] gives reads an end.

mod adapter;
mod bytes;
mod concat;
mod deadline;
mod file;
mod follow;
#[cfg(all(feature = "mmap", any(unix, windows)))]
mod mmap;
mod positioned;
mod raw_io;
mod read_only;
mod replace;
mod section;
#[cfg(all(feature = "socket", any(unix, windows)))]
mod socket;
mod tee;
mod unread;
mod whole;

pub use self::adapter::{Adapter, Finishing};
pub use self::bytes::BytesIo;
pub use self::concat::Concat;
pub use self::deadline::{Deadline, DeadlineHandle, WaitRead};
pub use self::file::{FileIo, FileMode};
pub use self::follow::{FileChange, Follow, FollowBy, FollowHandle, FollowOptions};
#[cfg(all(feature = "mmap", any(unix, windows)))]
pub use self::mmap::{MmapAccess, MmapIo, MmapOptions};
pub use self::raw_io::RawIo;
pub use self::replace::AtomicFile;
pub use self::section::Section;
pub use self::tee::Tee;
/// The crate whose `Socket` is inside a [`SocketIo`], for socket options and addresses.
#[cfg(all(feature = "socket", any(unix, windows)))]
pub use socket2;

pub(crate) use self::positioned::{read_at, size};
#[cfg(all(feature = "socket", any(unix, windows)))]
pub use self::socket::{ReuniteError, SocketIo, SocketReader, SocketStream, SocketWriter};
pub(crate) use self::whole::{for_one_call, scatter, total};
