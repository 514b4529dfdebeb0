//! Unix: the system calls on a file.

use std::fs::{File, Metadata};
use std::io::{self, IoSlice, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use super::mode::FileMode;
use super::opening::Access;
use crate::error::Result;
use crate::io_base::BorrowedDevice;

pub(super) const POSITIONED: bool = true;

// rustix inlines the system call here. After a system call the processor's return predictor is cold
// (because of mitigations), so each of the two frames that std puts around the call costs a
// misprediction (row 4c, reads anywhere).
#[inline]
pub(super) fn read_at(file: &File, buf: &mut [u8], offset: u64) -> io::Result<usize> {
    Ok(rustix::io::pread(file, buf, offset)?)
}

/// Reads once into the spare capacity of `bytes`, which need not be zeroed for that.
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

// std's functions repeat an interrupted call themselves, without the interrupt hook: opening a named
// pipe, or waiting for a file server, could not be stopped.
pub(super) fn open(path: &Path, mode: FileMode) -> io::Result<File> {
    // 0666, as in std: the process's umask decides what others may do.
    let permissions = Mode::RUSR | Mode::WUSR | Mode::RGRP | Mode::WGRP | Mode::ROTH | Mode::WOTH;
    Ok(File::from(rustix::fs::open(
        path,
        flags(mode),
        permissions,
    )?))
}

/// The mode as flags of the system's `open`. Child processes do not inherit the file.
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

/// On Apple's systems `fsync` does not wait for the disk; std uses the call that does.
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

/// Closes a file, and returns the system's error.
///
/// With nix, which has the only safe call for that: std has none, rustix's `close` reports nothing,
/// and its `try_close` takes a number instead of the file and is `unsafe`. (nix is also used for the
/// signals in `copy`, which rustix does not offer.)
pub(super) fn close(file: File) -> io::Result<()> {
    match nix::unistd::close(file) {
        // On `EINTR` the descriptor is closed already; a second call could close another file.
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

/// Every file has metadata on Unix.
pub(super) fn metadata(file: &File) -> io::Result<Option<Metadata>> {
    file.metadata().map(Some)
}

pub(super) fn block_size(metadata: &Metadata) -> Option<usize> {
    // 0 and 1 mean that the file system does not say.
    usize::try_from(metadata.blksize()).ok().filter(|&n| n > 1)
}

#[expect(clippy::unnecessary_wraps, reason = "not every system has them")]
pub(super) fn borrow(file: &File) -> Option<BorrowedDevice<'_>> {
    Some(file.as_fd())
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

/// Whether the descriptor only names a file (`O_PATH`) and cannot read it.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn is_only_a_place(flags: OFlags) -> bool {
    flags.contains(OFlags::PATH)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn is_only_a_place(_: OFlags) -> bool {
    false
}
