//! Linux: how a file was opened stands in `/proc`, where it can be read without unsafe code.

use std::fs::{self, File};
use std::os::fd::AsRawFd;

use super::access::Access;

const O_ACCMODE: u32 = 0o3;
const O_RDONLY: u32 = 0o0;
const O_WRONLY: u32 = 0o1;

#[cfg(not(any(
    target_arch = "mips",
    target_arch = "mips32r6",
    target_arch = "mips64",
    target_arch = "mips64r6",
    target_arch = "sparc",
    target_arch = "sparc64"
)))]
const O_APPEND: u32 = 0o2000;
#[cfg(any(
    target_arch = "mips",
    target_arch = "mips32r6",
    target_arch = "mips64",
    target_arch = "mips64r6",
    target_arch = "sparc",
    target_arch = "sparc64"
))]
const O_APPEND: u32 = 0o10;

/// `None` where `/proc` is missing or says nothing.
pub(super) fn access(file: &File) -> Option<Access> {
    // The thread's, not the process's: a thread can have descriptors of its own.
    let path = format!("/proc/thread-self/fdinfo/{}", file.as_raw_fd());
    let info = fs::read_to_string(path).ok()?;
    let flags = info.lines().find_map(|line| line.strip_prefix("flags:"))?;
    let flags = u32::from_str_radix(flags.trim(), 8).ok()?;
    Some(Access {
        readable: flags & O_ACCMODE != O_WRONLY,
        writable: flags & O_ACCMODE != O_RDONLY,
        appends: flags & O_APPEND != 0,
    })
}
