//! `write!` into a stream of bytes, with errors that count the bytes of the whole text.

use std::fmt;

use super::{Error, Result};

/// Writes formatted text piece by piece. std reports what was taken of the last piece only; an
/// error here counts the bytes of all pieces, and no piece is written after one that failed.
///
/// # Panics
///
/// If a formatting trait implementation reports an error of its own (as std's `write_fmt`).
pub(crate) fn write_fmt(
    args: fmt::Arguments<'_>,
    write_all: impl FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    let mut pieces = FormattedPieces {
        write_all,
        written: 0,
        outcome: Ok(()),
    };
    match fmt::write(&mut pieces, args) {
        // Also if the formatted value ignored the error and carried on.
        _ if pieces.outcome.is_err() => pieces.outcome,
        Ok(()) => Ok(()),
        Err(fmt::Error) => panic!("a formatting trait implementation returned an error"),
    }
}

/// A target for `fmt::write`, whose own error type cannot carry one.
struct FormattedPieces<W> {
    write_all: W,
    /// Bytes of all pieces so far.
    written: usize,
    outcome: Result<()>,
}

impl<W> FormattedPieces<W> {
    /// Keeps the error of a piece.
    // Out of the loop over the pieces (row 3c).
    #[cold]
    fn stop(&mut self, error: Error, piece: &str) -> fmt::Result {
        self.outcome = Err(error.after_writing(self.written - piece.len()));
        Err(fmt::Error)
    }
}

impl<W: FnMut(&[u8]) -> Result<()>> fmt::Write for FormattedPieces<W> {
    #[inline]
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.outcome.is_err() {
            // After a missing piece, further text would be in the wrong place.
            return Err(fmt::Error);
        }
        // Counted first, so that nothing is left to do after the copy.
        self.written += text.len();
        match (self.write_all)(text.as_bytes()) {
            Ok(()) => Ok(()),
            Err(error) => self.stop(error, text),
        }
    }
}
