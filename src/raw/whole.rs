//! Writing everything, calls with several slices, and reading from memory: where std's provided
//! methods are not enough.
//!
//! std's `write_all` and `write_fmt` do not say how much was taken before an error, and do not call
//! the stream at all for zero bytes, so that a closed stream would accept them silently.

use std::fmt;
use std::io::{self, Write};
use std::ops::{Deref, Range};

use crate::error::{self, Error, checked_write, out_of_memory, whole_chars};

/// Writes all of `bytes`, or the error says how many of them were taken.
pub(super) fn write_all(stream: &mut (impl Write + ?Sized), bytes: &[u8]) -> io::Result<()> {
    let mut written = 0;
    loop {
        let rest = &bytes[written..];
        let taken = stream.write(rest);
        match taken.and_then(|n| Ok(checked_write(n, rest.len())?)) {
            Ok(n) if n == rest.len() => return Ok(()),
            Ok(n) => written += n,
            Err(error) => return Err(after(written, error)),
        }
    }
}

/// The error of a call that had taken `written` bytes; if it took none, the error unchanged, which
/// may be std's own and allocate nothing.
fn after(written: usize, error: io::Error) -> io::Error {
    match written {
        0 => error,
        written => Error::from(error).after_writing(written).into(),
    }
}

/// Writes formatted text; an error counts the bytes of the whole text.
///
/// # Panics
///
/// If a formatting trait implementation reports an error of its own, as std's does.
pub(super) fn write_fmt(
    stream: &mut (impl Write + ?Sized),
    args: fmt::Arguments<'_>,
) -> io::Result<()> {
    let mut is_empty = true;
    error::write_fmt(args, |piece| {
        // An empty piece is skipped: the device might fail even a call with zero bytes.
        if piece.is_empty() {
            return Ok(());
        }
        is_empty = false;
        Ok(write_all(stream, piece)?)
    })?;
    if is_empty {
        // A closed stream is an error even for an empty text.
        write_all(stream, &[])?;
    }
    Ok(())
}

/// The calls of [`Write`] that write everything, for a device of which std's own say too little.
macro_rules! write_calls {
    ($self:ident) => {
        /// Writes all of `buf`, or the error says how much of it was taken:
        /// [`WouldBlock`](crate::Error::WouldBlock) or [`WriteFailed`](crate::Error::WriteFailed);
        /// any other took nothing.
        fn write_all(&mut $self, buf: &[u8]) -> io::Result<()> {
            whole::write_all($self, buf)
        }

        /// As [`write_all`](std::io::Write::write_all), for the whole formatted text.
        fn write_fmt(&mut $self, args: fmt::Arguments<'_>) -> io::Result<()> {
            whole::write_fmt($self, args)
        }
    };
}
pub(super) use write_calls;

/// How many slices one system call accepts (`IOV_MAX` on Linux, the BSDs and macOS). More are an
/// error, not a short count.
const MOST_SLICES: usize = 1024;

/// The slices to pass to one system call: no more than it accepts, and without the empty ones in
/// front. If only those were passed the result would be 0, which means the end.
pub(crate) fn for_one_call<S: Deref<Target = [u8]>>(slices: &[S]) -> Range<usize> {
    let first = slices.iter().position(|slice| !slice.is_empty());
    let first = first.unwrap_or(slices.len());
    first..slices.len().min(first.saturating_add(MOST_SLICES))
}

/// The number of bytes in all slices together.
pub(crate) fn total<S: Deref<Target = [u8]>>(slices: &[S]) -> usize {
    let lens = slices.iter().map(|slice| slice.len());
    lens.fold(0, usize::saturating_add)
}

/// The first slice that has room, for a device that fills one at a time; an empty one if none has.
pub(super) fn first_with_room<'a>(slices: &'a mut [io::IoSliceMut<'_>]) -> &'a mut [u8] {
    let first = slices.iter_mut().find(|slice| !slice.is_empty());
    first.map_or(&mut [], |slice| slice)
}

/// Fills the slices one after the other from `bytes`, and returns how many bytes were copied.
pub(crate) fn scatter(mut bytes: &[u8], slices: &mut [io::IoSliceMut<'_>]) -> usize {
    let before = bytes.len();
    for slice in slices {
        let n = slice.len().min(bytes.len());
        slice[..n].copy_from_slice(&bytes[..n]);
        bytes = &bytes[n..];
    }
    before - bytes.len()
}

/// The bytes from `offset` on; none past the end, also for offsets larger than any memory.
#[inline]
pub(super) fn from_offset(bytes: &[u8], offset: u64) -> &[u8] {
    let start = usize::try_from(offset).unwrap_or(usize::MAX);
    bytes.get(start..).unwrap_or_default()
}

/// Fills `buf` from the start of `rest`, or leaves it as it is: [`Error::PartialRead`].
pub(super) fn read_exact_from(rest: &[u8], buf: &mut [u8]) -> io::Result<()> {
    let Some(bytes) = rest.get(..buf.len()) else {
        return Err(Error::partial_read(rest.len(), buf.len()).into());
    };
    buf.copy_from_slice(bytes);
    Ok(())
}

/// Appends all of `rest` after reserving room for exactly that, or nothing; returns its length.
pub(super) fn read_to_end_from(rest: &[u8], buf: &mut Vec<u8>) -> io::Result<usize> {
    buf.try_reserve(rest.len()).map_err(out_of_memory)?;
    buf.extend_from_slice(rest);
    Ok(rest.len())
}

/// Appends the valid text at the start of `rest` and moves `position` past it; returns its length,
/// or the error of the malformed bytes that follow.
pub(super) fn read_to_string_from(
    rest: &[u8],
    position: &mut u64,
    buf: &mut String,
) -> io::Result<usize> {
    let (text, wrong) = whole_chars(rest, true);
    buf.push_str(text);
    *position += text.len() as u64;
    match wrong {
        None => Ok(text.len()),
        Some(wrong) => Err(wrong.at(*position).into()),
    }
}
