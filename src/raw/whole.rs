//! Writing whole things, several slices at once, and reading out of memory: what std's provided
//! methods leave out.
//!
//! std's `write_all` and `write_fmt` do not say how much was taken before an error, and ask nobody
//! where there is nothing to write; so a closed stream would take nothing without a word.

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

/// The error of a call that had taken `written` bytes; where it took none, the error as it is,
/// which may be std's own and allocate nothing.
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

/// The bytes from `offset` on; none after the end, which offsets that no memory has lie after, too.
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

/// Appends all of `rest`, after making room for just that, or nothing; how much that is.
pub(super) fn read_to_end_from(rest: &[u8], buf: &mut Vec<u8>) -> io::Result<usize> {
    buf.try_reserve(rest.len()).map_err(out_of_memory)?;
    buf.extend_from_slice(rest);
    Ok(rest.len())
}

/// Appends the text at the start of `rest`, moves `position` after it, and says how much it is, or
/// that bytes follow which are no UTF-8.
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
