//! `write!` into a buffered stream, as one call.

use std::fmt;

use crate::error::Result;

/// Writes formatted text piece by piece. std's way reports what was taken of the last piece
/// only; an error here counts the bytes of all of them.
pub(super) fn write_fmt(
    args: fmt::Arguments<'_>,
    write_all: impl FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    let mut pieces = Pieces {
        write_all,
        written: 0,
        outcome: Ok(()),
    };
    match fmt::write(&mut pieces, args) {
        Ok(()) => Ok(()),
        Err(fmt::Error) if pieces.outcome.is_err() => pieces.outcome,
        Err(fmt::Error) => panic!("a formatting trait implementation returned an error"),
    }
}

/// A stream for `fmt::write`, which cannot carry errors.
struct Pieces<W> {
    write_all: W,
    /// How much of the text before this piece was taken, in bytes.
    written: usize,
    outcome: Result<()>,
}

impl<W: FnMut(&[u8]) -> Result<()>> fmt::Write for Pieces<W> {
    #[inline]
    fn write_str(&mut self, text: &str) -> fmt::Result {
        match (self.write_all)(text.as_bytes()) {
            Ok(()) => {
                self.written += text.len();
                Ok(())
            }
            Err(error) => {
                self.outcome = Err(error.after_writing(self.written));
                Err(fmt::Error)
            }
        }
    }
}
