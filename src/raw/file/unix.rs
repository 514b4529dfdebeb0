//! Unix: the calls of the system on a file.

use std::fs::{File, Metadata};
use std::io::{self, IoSlice, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use super::mode::FileMode;
use super::opening::Access;
use crate::error::Result;

pub(super) const POSITIONED: bool = true;

// By rustix, whose call of the system is inlined here: after a system call the processor has
// forgotten where functions return to, so each of the two that std puts around it costs a
// misprediction (reads anywhere, 4c).
#[inline]
pub(super) fn read_at(file: &File, buf: &mut [u8], offset: u64) -> io::Result<usize> {
    Ok(rustix::io::pread(file, buf, offset)?)
}

/// Reads into the memory that `bytes` has left, as much as one call gives.
pub(super) fn read_spare(file: &File, bytes: &mut Vec<u8>) -> io::Result<usize> {
    Ok(rustix::io::read(
        file,
        rustix::buffer::spare_capacity(bytes),
    )?)
}

#[inline]
pub(super) fn write_at(file: &File, buf: &[u8], offset: u64) -> io::Result<usize> {
    Ok(rustix::io::pwrite(file, buf, offset)?)
}

// Those of std repeat an interrupted call by themselves, and the interrupt hook is not asked: opening
// a named pipe, or waiting for a file server, could not be stopped.
pub(super) fn open(path: &Path, mode: FileMode) -> io::Result<File> {
    // What others may do is for the process's mask to say, as in std.
    let permissions = Mode::RUSR | Mode::WUSR | Mode::RGRP | Mode::WGRP | Mode::ROTH | Mode::WOTH;
    Ok(File::from(rustix::fs::open(
        path,
        flags(mode),
        permissions,
    )?))
}

/// The mode as `open` of the system has it. No child process inherits the file.
fn flags(mode: FileMode) -> OFlags {
    let direction = match (mode.readable(), mode.writable()) {
        (true, true) => OFlags::RDWR,
        (false, true) => OFlags::WRONLY,
        (_, false) => OFlags::RDONLY,
    };
    let creation = match mode {
        FileMode::Read | FileMode::ReadUpdate => OFlags::empty(),
        FileMode::Write | FileMode::WriteUpdate => OFlags::CREATE | OFlags::TRUNC,
        FileMode::Append | FileMode::AppendUpdate => OFlags::CREATE | OFlags::APPEND,
        FileMode::CreateNew | FileMode::CreateNewUpdate => OFlags::CREATE | OFlags::EXCL,
    };
    direction | creation | OFlags::CLOEXEC
}

pub(super) fn set_len(file: &File, len: u64) -> io::Result<()> {
    Ok(rustix::fs::ftruncate(file, len)?)
}

#[cfg(not(target_vendor = "apple"))]
pub(super) fn sync_all(file: &File) -> io::Result<()> {
    Ok(rustix::fs::fsync(file)?)
}

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn sync_data(file: &File) -> io::Result<()> {
    Ok(rustix::fs::fdatasync(file)?)
}

/// Where `fsync` does not wait for the disk std knows what does.
#[cfg(target_vendor = "apple")]
pub(super) fn sync_all(file: &File) -> io::Result<()> {
    file.sync_all()
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn sync_data(file: &File) -> io::Result<()> {
    file.sync_data()
}

/// Whether an error means that the file never seeks, as pipes, sockets and terminals do not.
pub(super) fn never_seeks(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::SPIPE.raw_os_error())
}

/// Closes a file, and tells what the system says.
///
/// By nix, because nobody else has a safe call for it: std has none, rustix's `close` reports nothing,
/// and its `try_close` takes a number instead of the file and is `unsafe`. (The other use of nix are
/// the signals in `copy`, which rustix leaves to its runtime.)
pub(super) fn close(file: File) -> io::Result<()> {
    match nix::unistd::close(file) {
        // The descriptor is gone, and to close it again could close another's.
        Ok(()) | Err(nix::Error::EINTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

#[inline]
pub(super) fn write(mut file: &File, buf: &[u8]) -> io::Result<usize> {
    file.write(buf)
}

#[inline]
pub(super) fn write_vectored(mut file: &File, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
    file.write_vectored(bufs)
}

/// Everything has some here.
pub(super) fn metadata(file: &File) -> io::Result<Option<Metadata>> {
    file.metadata().map(Some)
}

pub(super) fn block_size(metadata: &Metadata) -> Option<usize> {
    usize::try_from(metadata.blksize()).ok().filter(|&n| n > 1)
}

/// How the file was opened.
pub(super) fn access(file: &File) -> Result<Option<Access>> {
    let flags = rustix::fs::fcntl_getfl(file).map_err(io::Error::from)?;
    let direction = flags & OFlags::RWMODE;
    Ok(Some(Access {
        readable: matches!(direction, OFlags::RDONLY | OFlags::RDWR) && !is_only_a_place(flags),
        writable: matches!(direction, OFlags::WRONLY | OFlags::RDWR),
        appends: flags.contains(OFlags::APPEND),
    }))
}

/// Whether the descriptor stands for a place in the file system and not for an open file.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn is_only_a_place(flags: OFlags) -> bool {
    flags.contains(OFlags::PATH)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn is_only_a_place(_: OFlags) -> bool {
    false
}
