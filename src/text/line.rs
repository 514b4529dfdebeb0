//! [`Line`]: a line that is still in the stream's own memory.

use std::fmt;
use std::ops::Deref;

use super::newline::{LineEnding, Newline};

/// A line of text, borrowed from the stream it was read from; `Deref`s to its text without what
/// ended it.
///
/// # Examples
///
/// ```
/// use iolite::{LineEnding, Newline, StringIo, TextIo};
///
/// let mut text = StringIo::with_newline("one\r\ntwo", Newline::Keep);
/// let line = text.next_line()?.expect("a line");
/// assert_eq!((&*line, line.ending()), ("one", LineEnding::CrLf));
/// let line = text.next_line()?.expect("another");
/// assert_eq!((&*line, line.ending()), ("two", LineEnding::None));
/// assert!(text.next_line()?.is_none());
/// # Ok::<(), iolite::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    text: &'a str,
    ending: LineEnding,
    translated: bool,
}

impl<'a> Line<'a> {
    pub(super) fn new(text: &'a str, ending: LineEnding, newline: Newline) -> Line<'a> {
        Line {
            text,
            ending,
            translated: newline.translates(),
        }
    }

    /// The text without what ended it, for as long as the stream is borrowed.
    pub fn as_str(&self) -> &'a str {
        self.text
    }

    /// What ended the line in the stream.
    pub fn ending(&self) -> LineEnding {
        self.ending
    }

    /// What the line is read with: under [`Newline::Universal`] every end is `"\n"`.
    pub fn terminator(&self) -> &'static str {
        match self.ending {
            LineEnding::None => "",
            _ if self.translated => "\n",
            ending => ending.as_str(),
        }
    }
}

impl Deref for Line<'_> {
    type Target = str;

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

impl PartialEq<str> for Line<'_> {
    fn eq(&self, other: &str) -> bool {
        self.text == other
    }
}

impl PartialEq<&str> for Line<'_> {
    fn eq(&self, other: &&str) -> bool {
        self.text == *other
    }
}
