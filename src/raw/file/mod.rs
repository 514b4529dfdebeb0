//! Files of the operating system: [`FileIo`] and its [`FileMode`].
//!
//! Differences between systems are in files of their own: the system calls in `unix` and `portable`,
//! one of which is the module `system`; descriptors in `descriptor`, handles in `handle`.

mod file_io;
mod mode;
mod open_file;
mod opening;
mod std_impls;

#[cfg(unix)]
mod descriptor;
#[cfg(windows)]
mod handle;

#[cfg_attr(unix, path = "unix.rs")]
#[cfg_attr(not(unix), path = "portable.rs")]
mod system;

pub use self::file_io::FileIo;
pub use self::mode::FileMode;
