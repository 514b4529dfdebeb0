//! `write!` into a stream of bytes, as one call.

use std::fmt;

use super::{Error, Result};

/// Writes formatted text piece by piece. std's way reports what was taken of the last piece
/// only; an error here counts the bytes of all of them, and no piece is written after it.
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
        // Also where what is formatted went on as if nothing had happened.
        _ if pieces.outcome.is_err() => pieces.outcome,
        Ok(()) => Ok(()),
        Err(fmt::Error) => panic!("a formatting trait implementation returned an error"),
    }
}

/// A stream for `fmt::write`, which cannot carry errors.
struct FormattedPieces<W> {
    write_all: W,
    /// How much was given, in bytes.
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
            // What comes after a piece that is missing would be in the wrong place.
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
