//! Where there is no Unix: what std does not have is not supported.

use std::fs::{File, Metadata};
use std::io::{self, IoSlice, Write};
use std::path::Path;

use super::mode::FileMode;
use super::opening::Access;
use crate::error::{Error, Operation, Result};

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

/// What the system says to that is not known here.
pub(super) fn close(file: File) -> io::Result<()> {
    drop(file);
    Ok(())
}

/// Where a file is appended to, Windows goes to the end also for nothing.
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

/// Of a disk's files only. Windows refuses to say anything of pipes and consoles, which standard
/// streams are; they are not directories, and do not seek, though some answer that they did.
pub(super) fn metadata(file: &File) -> io::Result<Option<Metadata>> {
    Ok(file.metadata().ok())
}

pub(super) fn block_size(_: &Metadata) -> Option<usize> {
    None
}

pub(super) fn access(_: &File) -> Result<Option<Access>> {
    Ok(None)
}

pub(super) fn open(path: &Path, mode: FileMode) -> io::Result<File> {
    mode.options().open(path)
}

/// Which errors mean that is not known here: one says it all.
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
