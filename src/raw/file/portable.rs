//! Systems other than Unix: what std does not offer is unsupported.

use std::fs::{File, Metadata};
use std::io::{self, IoSlice, Write};
use std::path::Path;

use super::mode::FileMode;
use super::opening::Access;
use crate::error::{Error, Operation, Result};
use crate::io_base::BorrowedDevice;

/// Windows has calls that take an offset, but they move the position.
pub(super) const POSITIONED: bool = false;

pub(super) fn read_at(_: &File, _: &mut [u8], _: u64) -> io::Result<usize> {
    let operation = Operation::Read;
    Err(Error::Unsupported { operation }.into())
}

pub(super) fn write_at(_: &File, _: &[u8], _: u64) -> io::Result<usize> {
    let operation = Operation::Write;
    Err(Error::Unsupported { operation }.into())
}

/// std has no call that reports the error.
pub(super) fn close(file: File) -> io::Result<()> {
    drop(file);
    Ok(())
}

/// On Windows even an empty write to an appending file would move to its end.
pub(super) fn write(mut file: &File, buf: &[u8]) -> io::Result<usize> {
    if buf.is_empty() {
        return Ok(0);
    }
    file.write(buf)
}

/// As [`write`].
pub(super) fn write_vectored(mut file: &File, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
    if bufs.iter().all(|buf| buf.is_empty()) {
        return Ok(0);
    }
    file.write_vectored(bufs)
}

/// Only for files on a disk. For pipes and consoles, as standard streams are, Windows returns an
/// error; they are not directories, and do not seek even though some accept the call.
pub(super) fn metadata(file: &File) -> io::Result<Option<Metadata>> {
    Ok(file.metadata().ok())
}

pub(super) fn block_size(_: &Metadata) -> Option<usize> {
    None
}

#[cfg(windows)]
pub(super) fn borrow(file: &File) -> Option<BorrowedDevice<'_>> {
    Some(std::os::windows::io::AsHandle::as_handle(file))
}

#[cfg(not(windows))]
pub(super) fn borrow(_: &File) -> Option<BorrowedDevice<'_>> {
    None
}

pub(super) fn access(_: &File) -> Result<Option<Access>> {
    Ok(None)
}

pub(super) fn open(path: &Path, mode: FileMode) -> io::Result<File> {
    mode.options().open(path)
}

/// Which error means that is not known here, so any does.
pub(super) fn never_seeks(_: &io::Error) -> bool {
    true
}

pub(super) fn set_len(file: &File, len: u64) -> io::Result<()> {
    file.set_len(len)
}

pub(super) fn sync_all(file: &File) -> io::Result<()> {
    file.sync_all()
}

pub(super) fn sync_data(file: &File) -> io::Result<()> {
    file.sync_data()
}
