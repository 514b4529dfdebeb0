//! Writing whole things, and several slices at once: what std's provided methods leave out.
//!
//! std's `write_all` and `write_fmt` do not say how much was taken before an error, and ask nobody
//! where there is nothing to write; so a closed stream would take nothing without a word.

use std::fmt;
use std::io::{self, Write};
use std::ops::{Deref, Range};

use crate::error::{self, Error, checked_write};

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

/// The error of a call that had taken `written` bytes; where it took none, the error as it is,
/// which may be std's own and allocate nothing.
#[cold]
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
        // A piece of nothing is not worth a call of the device, which may have an answer to it.
        if piece.is_empty() {
            return Ok(());
        }
        is_empty = false;
        Ok(write_all(stream, piece)?)
    })?;
    if is_empty {
        // Even of an empty text a closed stream says that it is closed.
        write_all(stream, &[])?;
    }
    Ok(())
}

/// How many slices one call of the system takes (`IOV_MAX`). More are an error to it, not a short
/// count.
const MOST_SLICES: usize = 1024;

/// The slices that one call of the system is given: no more than it takes, and none of the empty
/// ones in front, which could be all that it looks at, and an answer 0 would be taken for the end.
pub(super) fn for_one_call<S: Deref<Target = [u8]>>(slices: &[S]) -> Range<usize> {
    let first = slices.iter().position(|slice| !slice.is_empty());
    let first = first.unwrap_or(slices.len());
    first..slices.len().min(first.saturating_add(MOST_SLICES))
}

/// How many bytes all slices have together.
pub(super) fn total<S: Deref<Target = [u8]>>(slices: &[S]) -> usize {
    let lens = slices.iter().map(|slice| slice.len());
    lens.fold(0, usize::saturating_add)
}

/// Fills the slices one after the other from `bytes`, as far as those go; how many went.
pub(super) fn scatter(mut bytes: &[u8], slices: &mut [io::IoSliceMut<'_>]) -> usize {
    let before = bytes.len();
    for slice in slices {
        let n = slice.len().min(bytes.len());
        slice[..n].copy_from_slice(&bytes[..n]);
        bytes = &bytes[n..];
    }
    before - bytes.len()
}
