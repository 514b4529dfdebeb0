//! [`Line`]: a line that is still in the stream's own memory.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::{Deref, Range};

use super::newline::{LineEnding, Newline};
use crate::chunk::StrChunk;
use crate::scan::{LineEnds, Pattern};

/// A line of text, borrowed from the stream it was read from; `Deref`s to its text without the
/// terminator.
///
/// Two lines are equal if text and terminator are; compared with a string, only the text counts.
///
/// # Examples
///
/// ```
/// use iolite::{Newline, StringIo, TextIo};
/// use iolite::text::LineEnding;
///
/// let mut text = StringIo::with_newline("one\r\ntwo", Newline::Keep);
/// let line = text.next_line()?.expect("a line");
/// assert_eq!((&*line, line.ending()), ("one", LineEnding::CrLf));
/// let line = text.next_line()?.expect("another");
/// assert_eq!((&*line, line.ending()), ("two", LineEnding::None));
/// assert!(text.next_line()?.is_none());
/// # Ok::<(), iolite::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Line<'a> {
    text: &'a str,
    ending: LineEnding,
    translated: bool,
    /// The chunk that the text is in, if it is in one, and where it begins there.
    chunk: Option<&'a StrChunk>,
    start: usize,
}

impl<'a> Line<'a> {
    pub(super) const EMPTY: Line<'static> = Line {
        text: "",
        ending: LineEnding::None,
        translated: false,
        chunk: None,
        start: 0,
    };

    /// The line that lies `at` these bytes of a text.
    #[inline]
    pub(super) fn new(
        text: &'a str,
        at: Range<usize>,
        ending: LineEnding,
        newline: Newline,
    ) -> Line<'a> {
        Line {
            start: at.start,
            text: &text[at],
            ending,
            translated: newline.translates(),
            chunk: None,
        }
    }

    /// The same line, out of the text of a chunk, if that is one.
    #[inline]
    pub(super) fn of_chunk(self, chunk: Option<&'a StrChunk>) -> Line<'a> {
        Line { chunk, ..self }
    }

    /// The text without what ended it, for as long as the stream is borrowed.
    #[inline]
    pub fn as_str(&self) -> &'a str {
        self.text
    }

    /// What ended the line in the stream.
    #[inline]
    pub fn ending(&self) -> LineEnding {
        self.ending
    }

    /// The text without what ended it, to keep.
    ///
    /// Shares the memory of the chunk that was read, and then keeps all of that alive (a block of
    /// the buffer, a memory map). Copies if the text is in no chunk: if it was decoded from
    /// another encoding, straddled two chunks that are not adjacent in memory, or is a
    /// [`StringIo`](crate::StringIo)'s.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{BufferedReader, BytesIo, StrChunk, TextIo, TextIoWrapper};
    ///
    /// let bytes = BytesIo::from(b"# one\ntwo\n# three\n".to_vec());
    /// let mut text = TextIoWrapper::new(BufferedReader::new(bytes));
    /// let mut comments: Vec<StrChunk> = Vec::new();
    /// while let Some(line) = text.next_line()? {
    ///     if line.starts_with('#') {
    ///         comments.push(line.to_chunk());
    ///     }
    /// }
    /// assert_eq!(&*comments[1], "# three");
    /// # Ok::<(), iolite::Error>(())
    /// ```
    #[inline]
    pub fn to_chunk(&self) -> StrChunk {
        match self.chunk {
            Some(chunk) => chunk.part(self.start, self.start + self.text.len()),
            None => StrChunk::from(self.text),
        }
    }

    /// Appends the line with its terminator; returns its length in bytes.
    #[inline]
    pub(super) fn append_to(&self, text: &mut String) -> usize {
        text.push_str(self.text);
        text.push_str(self.terminator());
        self.text.len() + self.terminator().len()
    }

    /// What the line is read with: under [`Newline::Universal`] every end is `"\n"`.
    #[inline]
    pub fn terminator(&self) -> &'static str {
        match self.ending {
            LineEnding::None => "",
            _ if self.translated => "\n",
            ending => ending.as_str(),
        }
    }
}

/// An index of line ends.
pub(super) fn index(newline: Newline) -> LineEnds {
    LineEnds::new(match newline.resolve() {
        Newline::Cr => Pattern::Byte(b'\r'),
        Newline::CrLf => Pattern::CrLf,
        Newline::Universal | Newline::Keep => Pattern::AnyNewline,
        _ => Pattern::Byte(b'\n'),
    })
}

impl Deref for Line<'_> {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        self.text
    }
}

impl AsRef<str> for Line<'_> {
    fn as_ref(&self) -> &str {
        self.text
    }
}

impl fmt::Display for Line<'_> {
    /// The text without what ended it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.text)
    }
}

impl fmt::Debug for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line")
            .field("text", &self.text)
            .field("ending", &self.ending)
            .finish_non_exhaustive()
    }
}

impl From<Line<'_>> for String {
    /// The text without what ended it, copied.
    fn from(line: Line<'_>) -> String {
        line.text.to_owned()
    }
}

impl From<Line<'_>> for StrChunk {
    /// As [`to_chunk`](Line::to_chunk).
    fn from(line: Line<'_>) -> StrChunk {
        line.to_chunk()
    }
}

impl<'a> Line<'a> {
    /// What lines are compared by: the text, what ended it and what it is read with.
    fn compared(&self) -> (&'a str, LineEnding, bool) {
        (self.text, self.ending, self.translated)
    }
}

impl PartialEq for Line<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.compared() == other.compared()
    }
}

impl Eq for Line<'_> {}

impl PartialOrd for Line<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Line<'_> {
    /// By the text, then by what ended it.
    fn cmp(&self, other: &Self) -> Ordering {
        self.compared().cmp(&other.compared())
    }
}

impl Hash for Line<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.compared().hash(state);
    }
}

/// Comparisons of the text with the strings of std, from both sides.
macro_rules! compare_with {
    ($($text:ty),*) => {$(
        impl PartialEq<$text> for Line<'_> {
            fn eq(&self, other: &$text) -> bool {
                let other: &str = other;
                self.text == other
            }
        }

        impl PartialEq<Line<'_>> for $text {
            fn eq(&self, other: &Line<'_>) -> bool {
                other == self
            }
        }
    )*};
}
compare_with!(str, &str, String, StrChunk);
