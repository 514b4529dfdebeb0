//! [`Chars`]: the characters of a stream of text, as an iterator.

use scopeguard::ScopeGuard;

use super::text_io::TextIo;
use crate::error::{Error, Result};

/// How much text is copied at a time, in bytes: what asking the stream costs is then nothing for each
/// character, and the copy stays in the first-level cache.
const PIECE: usize = 1024;

/// An iterator over the characters of a stream: see [`TextIoExt::chars`](crate::TextIoExt::chars).
///
/// It ends at the end of the stream, which is not remembered: asked again, it looks again.
///
/// An error does not end it: after malformed bytes the text after them comes next, and "try again
/// later" ([`Error::is_would_block`]) and errors of the device are given each time they are met. A
/// permanent one (the stream is closed or not readable, or a custom encoding made no progress) is
/// given once, and then the end, so that a loop that ignores errors ends.
///
/// The stream stands after the last character that was given as soon as the iterator is gone.
#[derive(Debug)]
pub struct Chars<T: TextIo> {
    /// Guarded, instead of a `Drop` of this type, from which nothing could be moved out.
    core: ScopeGuard<CharsCore<T>, fn(CharsCore<T>)>,
}

/// Invariant: `piece` is how the text begins that the stream shows, or empty.
#[derive(Debug)]
struct CharsCore<T> {
    stream: T,
    piece: String,
    /// How much of it was given; the stream is told when the piece is used up.
    given: usize,
    /// Whether a permanent error was given last.
    is_stopped: bool,
}

impl<T: TextIo> Chars<T> {
    pub(super) fn new(stream: T) -> Chars<T> {
        let core = CharsCore {
            stream,
            piece: String::new(),
            given: 0,
            is_stopped: false,
        };
        Chars {
            core: scopeguard::guard(core, |mut core| core.consume()),
        }
    }

    /// The stream, positioned after the last character that was given.
    pub fn into_inner(self) -> T {
        let mut core = ScopeGuard::into_inner(self.core);
        core.consume();
        core.stream
    }
}

impl<T: TextIo> Iterator for Chars<T> {
    type Item = Result<char>;

    #[inline]
    fn next(&mut self) -> Option<Result<char>> {
        let core = &mut *self.core;
        if let Some(&byte) = core.piece.as_bytes().get(core.given)
            && byte.is_ascii()
        {
            core.given += 1;
            return Some(Ok(char::from(byte)));
        }
        core.next_wide().map(Ok).or_else(|| core.next_piece())
    }
}

impl<T: TextIo> CharsCore<T> {
    /// The next character of the piece.
    #[inline]
    fn next_wide(&mut self) -> Option<char> {
        let next = self.piece[self.given..].chars().next();
        self.given += next.map_or(0, char::len_utf8);
        next
    }

    #[cold] // row 10k
    fn next_piece(&mut self) -> Option<Result<char>> {
        self.consume();
        match self.stream.fill_str() {
            Ok(text) => {
                let mut end = text.len().min(PIECE);
                while !text.is_char_boundary(end) {
                    end -= 1;
                }
                self.piece.push_str(&text[..end]);
                self.is_stopped = false;
                self.next_wide().map(Ok)
            }
            Err(error) => {
                let is_permanent = is_permanent(&error);
                let is_known = is_permanent && self.is_stopped;
                self.is_stopped = is_permanent && !is_known;
                (!is_known).then_some(Err(error))
            }
        }
    }

    /// Tells the stream what was given.
    fn consume(&mut self) {
        if self.given > 0 {
            self.stream.consume(self.given);
        }
        self.piece.clear();
        self.given = 0;
    }
}

/// Whether the same call will fail again, whatever happens in between.
pub(super) fn is_permanent(error: &Error) -> bool {
    matches!(
        error,
        Error::Closed
            | Error::Unsupported { .. }
            | Error::InvalidArgument { .. }
            | Error::NoProgress { .. }
            | Error::BadCount { .. }
    )
}
