//! [`Lines`]: lines as strings of their own.

use super::newline::LineEnding;
use super::text_io::TextIo;
use crate::error::{Error, Result};

/// An iterator over the lines of a stream: see [`TextIo::lines`].
///
/// It ends at the end of the stream, which is not remembered: asked again, it looks again.
///
/// An error does not end it. Malformed bytes are passed, and what follows them comes next; what is
/// left of a line that is [too long](crate::Error::LineTooLong) is passed as well, and the next
/// line comes. "Try again later" ([`Error::is_would_block`](crate::Error::is_would_block)) and
/// what a device says come as often as they are met. Every other error stays: the stream is closed
/// or not for reading, or an encoding of your own made no progress. It comes once, and then the
/// end, so that a loop that goes on whatever comes does end.
#[derive(Debug)]
pub struct Lines<T> {
    stream: T,
    before: Before,
}

/// What came before the next line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    Line,
    /// The start of a line that is longer than so many bytes.
    TooLong(usize),
    /// An error that stays.
    Stop,
}

impl<T> Lines<T> {
    pub(super) fn new(stream: T) -> Lines<T> {
        Lines {
            stream,
            before: Before::Line,
        }
    }

    /// Hands the stream out, which stands behind the last line that was given.
    pub fn into_inner(self) -> T {
        self.stream
    }

    #[cold]
    fn failed(&mut self, error: Error) -> Option<Result<String>> {
        let stays = matches!(
            error,
            Error::Closed
                | Error::Unsupported { .. }
                | Error::InvalidArgument { .. }
                | Error::NoProgress { .. }
                | Error::BadCount { .. }
        );
        self.before = match (&error, self.before) {
            (Error::LineTooLong { limit }, _) => Before::TooLong(*limit),
            (_, Before::Stop) if stays => {
                self.before = Before::Line;
                return None;
            }
            _ if stays => Before::Stop,
            (_, Before::Stop) => Before::Line,
            (_, before) => before,
        };
        Some(Err(error))
    }
}

impl<T: TextIo> Iterator for Lines<T> {
    type Item = Result<String>;

    fn next(&mut self) -> Option<Result<String>> {
        if let Before::TooLong(limit) = self.before {
            if let Err(error) = pass_line(&mut self.stream, limit) {
                return self.failed(error);
            }
            self.before = Before::Line;
        }
        match self.stream.next_line() {
            Ok(line) => {
                let line = line.map(|line| Ok(line.as_str().to_owned()));
                self.before = Before::Line;
                line
            }
            Err(error) => self.failed(error),
        }
    }
}

/// Goes behind the end of a line that is longer than `limit` bytes, in parts that are not.
fn pass_line(stream: &mut impl TextIo, limit: usize) -> Result<()> {
    // No character is longer than four bytes.
    let characters = (limit / 4).max(1);
    loop {
        match stream.next_line_within(characters) {
            Ok(None) => return Ok(()),
            Ok(Some(part)) if part.ending() != LineEnding::None => return Ok(()),
            Ok(Some(_)) => {}
            // So is one character, which is no line end: that would have no length.
            Err(Error::LineTooLong { .. }) => {
                let one = stream.fill_str()?.chars().next().map_or(0, char::len_utf8);
                stream.consume(one);
            }
            Err(error) => return Err(error),
        }
    }
}
