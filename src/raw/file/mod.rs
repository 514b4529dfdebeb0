//! Files of the operating system: [`FileIo`] and its [`FileMode`].
//!
//! What one system has and another has not stands in files of its own: the calls in `unix` and
//! `portable`, of which one is the `system`; descriptors in `descriptor`, handles in `handle`.

mod file_io;
mod mode;
mod opening;

#[cfg(unix)]
mod descriptor;
#[cfg(windows)]
mod handle;

#[cfg_attr(unix, path = "unix.rs")]
#[cfg_attr(not(unix), path = "portable.rs")]
mod system;

pub use self::file_io::FileIo;
pub use self::mode::FileMode;
