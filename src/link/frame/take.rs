//! Taking bytes and objects out of a pipe, which all framings do.

use super::error::FrameError;
use crate::chunk::{Pipe, PipeError, Progress, Span};
use crate::link::object::{Object, Scanner};

/// What is ready; where nothing is, the function answers so, as with [`std::task::ready`].
macro_rules! ready {
    ($progress:expr) => {
        match $progress {
            Progress::Ready(ready) => ready,
            Progress::Pending => return Ok(Progress::Pending),
            Progress::End => return Ok(Progress::End),
        }
    };
}
pub(super) use ready;

/// Where the next frame begins: at the next byte, if there is one.
#[inline]
pub(super) fn start(from: &mut Pipe) -> Result<Progress<u64>, FrameError> {
    if !from.is_empty() {
        return Ok(Progress::Ready(from.position()));
    }
    // Whether one can come.
    Ok(from.at_most(1)?.map(|_| 0))
}

/// The next `n` bytes of the frame that begins at `start`. The end of the stream there is an error.
pub(super) fn exactly(
    from: &mut Pipe,
    n: usize,
    start: u64,
) -> Result<Progress<Span<'_>>, FrameError> {
    let position = from.position() + from.len() as u64;
    match from.exactly(n) {
        Ok(Progress::End) | Err(PipeError::PartialRead { .. }) => {
            Err(FrameError::CutShort { start, position })
        }
        Ok(progress) => Ok(progress),
        Err(error) => Err(error.into()),
    }
}

/// Takes the item that `from` begins with, of which `scanner` has looked at the first bytes. The frame
/// it belongs to begins at `start`.
pub(super) fn item(
    scanner: &mut Scanner,
    from: &mut Pipe,
    start: u64,
) -> Result<Progress<Object>, FrameError> {
    let item_start = from.position();
    let needed = loop {
        let length = scanner.length();
        let piece = from.piece_from(length);
        if piece.is_empty() {
            // One byte more than there is, at least: the pipe knows whether it can come.
            break length + 1;
        }
        let scanned = scanner.scan(piece);
        if let Some(n) = scanned.map_err(|error| FrameError::in_object(item_start, error))? {
            break length + n as u64;
        }
    };
    let needed = usize::try_from(needed).unwrap_or(usize::MAX);
    let bytes = exactly(from, needed, start)?.map(Span::take_chunk);
    Ok(bytes.map(Object::from_well_formed))
}

/// Drops the next `n` bytes, or as many as are there; returns how many that were.
pub(super) fn skip(from: &mut Pipe, n: u64) -> Result<u64, FrameError> {
    let n = usize::try_from(n).unwrap_or(usize::MAX);
    match from.at_most(n.min(from.len()))? {
        Progress::Ready(span) => Ok(span.consume() as u64),
        Progress::Pending | Progress::End => Ok(0),
    }
}
