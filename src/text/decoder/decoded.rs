//! [`DecodedLine`] and [`TextPiece`]: text that knows which bytes it came from.

use std::fmt;
use std::ops::{Deref, Range};

use super::super::line::Line;
use super::text_block::TextBlock;

/// A line out of a [`TextDecoder`](super::TextDecoder): a [`Line`], and the bytes that it was
/// decoded from.
#[derive(Clone, Copy)]
pub struct DecodedLine<'a> {
    pub(super) line: Line<'a>,
    pub(super) source: Source<'a>,
}

/// A piece of text out of a [`TextDecoder`](super::TextDecoder), with its line ends translated as
/// the newline policy wants, and the bytes that it was decoded from.
#[derive(Clone, Copy)]
pub struct TextPiece<'a> {
    pub(super) text: &'a str,
    pub(super) source: Source<'a>,
}

/// Which part of a block a text was. Where that lies in the bytes is found when somebody asks.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) block: &'a TextBlock,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Source<'_> {
    fn byte_range(self) -> Range<u64> {
        let offset = |at| self.block.position(at).offset;
        offset(self.start)..offset(self.end)
    }
}

impl<'a> DecodedLine<'a> {
    /// The line.
    pub fn line(&self) -> Line<'a> {
        self.line
    }

    /// Which bytes of the input it is, what ended it included: offsets from the input's start.
    ///
    /// What is no text, a byte-order mark, an escape sequence, bytes that were ignored, belongs to
    /// what follows it. So the next line begins where this one ends, unless malformed bytes lie
    /// between, of which an error tells. In the middle of what an error policy made of malformed
    /// bytes, the offset is that of those bytes.
    ///
    /// Costs a sum where the input is UTF-8, else a look at the line's text.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::Encoding;
    /// use iolite::chunk::Progress;
    /// use iolite::text::TextDecoder;
    ///
    /// let mut decoder = TextDecoder::new(Encoding::UTF_16);
    /// decoder.append(b"\xff\xfea\0\n\0b\0")?;
    /// let Progress::Ready(line) = decoder.next_line()? else { panic!("it is there") };
    /// assert_eq!((line.as_str(), line.byte_range()), ("a", 0..6));
    /// # Ok::<(), iolite::Error>(())
    /// ```
    #[doc(alias = "span")]
    pub fn byte_range(&self) -> Range<u64> {
        self.source.byte_range()
    }
}

impl<'a> TextPiece<'a> {
    /// The text.
    pub fn as_str(&self) -> &'a str {
        self.text
    }

    /// Which bytes of the input it is: as [`DecodedLine::byte_range`].
    #[doc(alias = "span")]
    pub fn byte_range(&self) -> Range<u64> {
        self.source.byte_range()
    }
}

impl<'a> Deref for DecodedLine<'a> {
    type Target = Line<'a>;

    fn deref(&self) -> &Line<'a> {
        &self.line
    }
}

impl Deref for TextPiece<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        self.text
    }
}

impl fmt::Display for DecodedLine<'_> {
    /// The text without what ended it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.line.fmt(f)
    }
}

impl fmt::Display for TextPiece<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.text)
    }
}

impl fmt::Debug for DecodedLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecodedLine")
            .field("line", &self.line)
            .field("bytes", &self.byte_range())
            .finish()
    }
}

impl fmt::Debug for TextPiece<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextPiece")
            .field("text", &self.text)
            .field("bytes", &self.byte_range())
            .finish()
    }
}
