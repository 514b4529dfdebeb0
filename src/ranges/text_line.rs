//! [`TextLine`]: a line that is owned, with its place.

use std::fmt;
use std::ops::{Deref, Range};

use crate::chunk::StrChunk;
use crate::text::{LineEnding, TextPosition};

/// A line of a text, without its line end, that knows where it stands. It is owned and shares its memory,
/// so it can be kept, cloned and sent.
///
/// # Examples
///
/// ```
/// use iolite::BytesIo;
/// use iolite::ranges::RevLines;
/// use iolite::text::{LineEnding, TextOptions};
///
/// let device = BytesIo::from("one\r\nzwölf\r\n".as_bytes().to_vec());
/// let line = RevLines::new(device, TextOptions::new())?.next().expect("two lines")?;
/// assert_eq!((&*line, line.ending()), ("zwölf", LineEnding::CrLf));
/// assert_eq!(line.byte_range(), 5..13);
/// # Ok::<(), iolite::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextLine {
    text: StrChunk,
    ending: LineEnding,
    start: TextPosition,
    bytes: Range<u64>,
}

impl TextLine {
    pub(super) fn new(
        text: StrChunk,
        ending: LineEnding,
        start: TextPosition,
        bytes: Range<u64>,
    ) -> TextLine {
        TextLine {
            text,
            ending,
            start,
            bytes,
        }
    }

    /// The text, without the line end.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What ended it; [`None`](LineEnding::None) for the last line of a text that does not end with a
    /// line end, and for what stands before malformed bytes.
    pub fn ending(&self) -> LineEnding {
        self.ending
    }

    /// Where it begins, for [`seek`](crate::TextIo::seek) of a text stream over the same bytes.
    pub fn position(&self) -> TextPosition {
        self.start
    }

    /// Where its bytes are in the device, with those of its line end.
    #[doc(alias = "span")]
    pub fn byte_range(&self) -> Range<u64> {
        self.bytes.clone()
    }

    /// The text as a shared piece of memory.
    pub fn into_chunk(self) -> StrChunk {
        self.text
    }
}

impl Deref for TextLine {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl AsRef<str> for TextLine {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for TextLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}
