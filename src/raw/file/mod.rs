//! Files of the operating system: [`FileIo`] and its [`FileMode`].
//!
//! What only one system has stands in a file of its own: descriptors, positioned calls and the
//! pipes of a child process in `unix`, handles in `windows`, holes in `sparse`.

mod access;
mod calls;
mod file_io;
mod mode;
mod opening;
mod seeks;

#[cfg(not(unix))]
mod portable;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(any(target_os = "linux", target_os = "android"))]
mod sparse;

#[cfg(not(unix))]
use self::portable as system;
#[cfg(unix)]
use self::unix as system;

pub use self::file_io::FileIo;
pub use self::mode::FileMode;
