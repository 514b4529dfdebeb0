//! [`Lines`]: lines as strings of their own.

use super::text_io::TextIo;
use crate::error::Result;

/// An iterator over the lines of a stream: see [`TextIo::lines`].
///
/// It ends at the end of the stream, which is not remembered: asked again, it looks again. An error
/// does not end it: malformed bytes are passed, and the next line follows; most other errors stay,
/// so a loop that goes on whatever comes may never end.
#[derive(Debug)]
pub struct Lines<T> {
    stream: T,
}

impl<T> Lines<T> {
    pub(super) fn new(stream: T) -> Lines<T> {
        Lines { stream }
    }

    /// Hands the stream out, which stands behind the last line that was given.
    pub fn into_inner(self) -> T {
        self.stream
    }
}

impl<T: TextIo> Iterator for Lines<T> {
    type Item = Result<String>;

    fn next(&mut self) -> Option<Result<String>> {
        let line = self.stream.next_line();
        line.map(|line| line.map(|line| line.as_str().to_owned()))
            .transpose()
    }
}
