//! [`Deadline`]: a time for a whole line or record, however many reads it takes.
//!
//! How a device waits for bytes is in `wait`, chosen for the system.

mod device;

#[cfg_attr(unix, path = "wait_unix.rs")]
#[cfg_attr(not(unix), path = "wait_std.rs")]
mod wait;

pub use self::device::{Deadline, DeadlineHandle, WaitRead};
