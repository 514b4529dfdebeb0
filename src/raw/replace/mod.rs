//! [`AtomicFile`]: a new file that takes the place of an old one when it is closed.
//!
//! [`Draft`](draft::Draft) is the new file until then. On Linux it has no name, so that nothing stays
//! behind whatever ends the program; `unnamed` and `ownership` are chosen for the system.

mod atomic_file;
mod draft;
mod target;

#[cfg_attr(target_os = "linux", path = "unnamed_linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "unnamed_none.rs")]
mod unnamed;

#[cfg_attr(unix, path = "ownership_unix.rs")]
#[cfg_attr(not(unix), path = "ownership_none.rs")]
mod ownership;

pub use self::atomic_file::AtomicFile;
