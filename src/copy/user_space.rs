//! Copying in user space: through a buffer of our own.
//!
//! Invariant: between two steps the buffer contains nothing of value. What a step read and could
//! not write it puts back into the source, or returns with the error.

use std::io::{Read, Seek, SeekFrom, Write};

use super::error::{CopyError, CopySide};
use super::options::CopyProgress;
use crate::chunk::Chunk;
use crate::error::{Error, Operation, Result, checked_count, checked_write, retry};
use crate::io_base::IoBase;

/// How many bytes are read at once: the size that GNU coreutils measured to be best on many
/// systems, enough to make the cost of the system calls negligible.
pub(super) const SIZE: usize = 128 * 1024;

/// How many bytes are read to find out whether there are any: little, because the kernel copies the
/// rest.
pub(super) const PROBE: usize = 4 * 1024;

pub(super) struct UserSpace {
    /// Empty before the first step, because the kernel needs no buffer.
    buffer: Vec<u8>,
}

impl UserSpace {
    pub(super) fn new() -> UserSpace {
        UserSpace { buffer: Vec::new() }
    }

    /// Reads once, `most` bytes at most, and writes all of them. `false` is the end.
    pub(super) fn step<R, W>(
        &mut self,
        most: usize,
        from: &mut R,
        to: &mut W,
        progress: &mut CopyProgress<'_>,
    ) -> Result<bool, CopyError>
    where
        R: IoBase + Read + Seek + ?Sized,
        W: Write + ?Sized,
    {
        if self.buffer.len() < most {
            self.buffer = vec![0; most];
        }
        let room = usize::try_from(progress.room()).unwrap_or(most).min(most);
        let bytes = read_once(from, &mut self.buffer[..room]);
        let bytes = bytes.map_err(|error| CopyError::new(CopySide::Source, error))?;
        match write_out(to, bytes, progress) {
            Ok(()) => Ok(!bytes.is_empty()),
            Err((error, written)) => {
                let rest = &bytes[written..];
                Err(match put_back(from, rest) {
                    Ok(true) => CopyError::new(CopySide::Target, error),
                    Ok(false) => target_failed(error, rest),
                    Err(second) => target_failed(error.and_then(second), rest),
                })
            }
        }
    }
}

/// Writes what an earlier copy left.
pub(super) fn write_prefix<W: Write + ?Sized>(
    to: &mut W,
    mut prefix: Chunk,
    progress: &mut CopyProgress<'_>,
) -> Result<(), CopyError> {
    write_out(to, &prefix, progress).map_err(|(error, written)| {
        prefix.advance(written);
        CopyError::new(CopySide::Target, error).holding(prefix)
    })
}

fn read_once<'b, R: Read + ?Sized>(from: &mut R, buffer: &'b mut [u8]) -> Result<&'b [u8]> {
    let claimed = retry(|| from.read(buffer))?;
    let n = checked_count(Operation::Read, claimed, buffer.len())?;
    Ok(&buffer[..n])
}

/// Writes all of `bytes`, or returns how many of them were written.
fn write_out<W: Write + ?Sized>(
    to: &mut W,
    bytes: &[u8],
    progress: &mut CopyProgress<'_>,
) -> Result<(), (Error, usize)> {
    let mut written = 0;
    while written < bytes.len() {
        let rest = &bytes[written..];
        let n = retry(|| to.write(rest)).map_err(Error::from);
        let n = n.and_then(|n| checked_write(n, rest.len()));
        let n = n.map_err(|error| (error, written))?;
        written += n;
        progress.add(n as u64);
    }
    Ok(())
}

/// Moves the source back to before `bytes`, or returns `false` if it cannot: some devices cannot
/// seek, and some accept a seek and do not move, so the result is compared.
fn put_back<R: IoBase + Seek + ?Sized>(from: &mut R, bytes: &[u8]) -> Result<bool> {
    if !from.seekable() {
        return Ok(false);
    }
    let distance = i64::try_from(bytes.len()).expect("it is a part of our buffer");
    let before = retry(|| from.stream_position())?;
    let after = retry(|| from.seek(SeekFrom::Current(-distance)))?;
    Ok(after.checked_add(bytes.len() as u64) == Some(before))
}

/// The error of a target, with bytes that were not put back.
fn target_failed(error: Error, unwritten: &[u8]) -> CopyError {
    let unwritten = Chunk::copy_from_slice(unwritten);
    CopyError::new(CopySide::Target, error).holding(unwritten)
}
