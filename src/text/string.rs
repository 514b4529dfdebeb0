//! [`StringIo`]: text in memory as a text stream.

mod lines;

use std::sync::OnceLock;
use std::{fmt, io, iter};

use super::line::{Line, index};
use super::newline::{LineEndings, Newline, NewlineDecoder, NewlineEncoder};
use super::position::TextPosition;
use super::text_io::TextIo;
use crate::error::{Error, Result};
use crate::io_base::IoBase;
use crate::scan::LineEnds;

/// A text stream over a string in memory: readable, writable, seekable (CPython's `StringIO`).
///
/// The position starts at 0, and writing overwrites characters. The text is kept as UTF-8, and
/// newlines are translated when they are *written*, as in CPython: reading gives what
/// [`getvalue`](StringIo::getvalue) shows.
///
/// # Examples
///
/// ```
/// use iolite::{StringIo, TextIo, TextPosition};
///
/// let mut text = StringIo::new();
/// writeln!(text, "{} and {}", 1, 2)?;
/// text.seek(TextPosition::START)?;
/// assert_eq!(text.next_line()?.as_deref(), Some("1 and 2"));
/// assert_eq!(text.getvalue(), "1 and 2\n");
/// # Ok::<(), iolite::Error>(())
/// ```
#[doc(alias = "StringIO")]
pub struct StringIo {
    text: String,
    /// In bytes: between two characters, or beyond the end (where a write fills the gap).
    position: usize,
    /// How many bytes from the position on stand for nothing: NULs, in the place of characters that
    /// were written over by shorter ones, or room for longer ones. What is behind them is moved
    /// once, when something else than writing comes, and not with each character.
    gap: usize,
    /// The text without the gap, if somebody asked for it.
    joined: OnceLock<String>,
    newline: Newline,
    /// The line ends behind the position. Restarts where that moves in another way than by lines,
    /// where text changes, and where the stream is closed.
    ends: LineEnds,
    /// The line ends of what was written.
    seen: LineEndings,
    closed: bool,
}

/// No string is that long.
const BEYOND_MEMORY: Error = Error::InvalidArgument {
    argument: "position",
    problem: "beyond what memory can hold",
};

impl StringIo {
    /// An empty stream that changes no newline ([`Newline::Lf`], CPython's default).
    pub fn new() -> StringIo {
        StringIo::from("")
    }

    /// A stream over `text`, translated as `newline` says; the position is 0.
    ///
    /// [`Newline::Universal`] stores `\n` for every newline (and never the platform's);
    /// [`Newline::Cr`] and [`Newline::CrLf`] store themselves for `\n`; the others change nothing.
    pub fn with_newline(text: &str, newline: Newline) -> StringIo {
        let mut stream = StringIo {
            newline,
            ends: index(newline),
            ..StringIo::from(String::with_capacity(text.len()))
        };
        stream.append(text);
        stream
    }

    /// All of the text, wherever the position is.
    pub fn getvalue(&self) -> &str {
        match self.gap {
            0 => &self.text,
            gap => self.joined.get_or_init(|| {
                let (before, behind) = self.text.split_at(self.position);
                [before, &behind[gap..]].concat()
            }),
        }
    }

    /// The position in bytes of UTF-8, which is what a [`TextPosition`] of this stream is made of.
    pub fn byte_offset(&self) -> u64 {
        self.position as u64
    }

    /// The position in characters (code points), as CPython counts it. Counts those before it.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`].
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{StringIo, TextIo};
    ///
    /// let mut text = StringIo::from("été");
    /// text.seek_chars(2)?;
    /// assert_eq!((text.tell_chars()?, text.byte_offset()), (2, 3));
    /// assert_eq!(text.fill_str()?, "é");
    /// # Ok::<(), iolite::Error>(())
    /// ```
    #[doc(alias = "tell")]
    pub fn tell_chars(&self) -> Result<u64> {
        self.open()?;
        let before = self.text.get(..self.position).unwrap_or(&self.text);
        let beyond = self.position - before.len();
        Ok((before.chars().count() + beyond) as u64)
    }

    /// Goes to a position in characters (code points), as CPython counts it; it may lie beyond the
    /// end. Counts the characters before it.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`], and [`Error::InvalidArgument`] for a position that no memory has.
    #[doc(alias = "seek")]
    pub fn seek_chars(&mut self, position: u64) -> Result<()> {
        self.open()?;
        self.close_gap();
        let position = self.char_place(position).ok_or(BEYOND_MEMORY)?;
        self.move_to(position);
        Ok(())
    }

    /// Cuts the text to so many characters (code points), as CPython counts them; `None` means the
    /// current position. The position stays, and the text is never extended. Returns the size
    /// asked for, in characters.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`].
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::StringIo;
    /// let mut text = StringIo::from("été");
    /// assert_eq!(text.truncate_chars(Some(2))?, 2);
    /// assert_eq!(text.getvalue(), "ét");
    /// # Ok::<(), iolite::Error>(())
    /// ```
    #[doc(alias = "truncate")]
    pub fn truncate_chars(&mut self, size: Option<u64>) -> Result<u64> {
        let size = match size {
            Some(size) => size,
            None => self.tell_chars()?,
        };
        self.open()?;
        self.close_gap();
        if let Some(end) = self.char_place(size) {
            self.text.truncate(end);
            self.ends.restart(0);
        }
        Ok(size)
    }

    /// Where in bytes the character of that number is, or would be.
    fn char_place(&self, position: u64) -> Option<usize> {
        let position = usize::try_from(position).ok()?;
        let mut places = self.text.char_indices().map(|(at, _)| at);
        match places.nth(position) {
            Some(at) => Some(at),
            None => self
                .text
                .len()
                .checked_add(position - self.text.chars().count()),
        }
    }

    /// Hands the text out.
    pub fn into_inner(mut self) -> String {
        self.close_gap();
        self.text
    }

    fn open(&self) -> Result<()> {
        if self.closed {
            Err(Error::Closed)
        } else {
            Ok(())
        }
    }

    /// Fills what is between the end and the position with NUL (as CPython does), if there is
    /// memory for that and for `text` after it, of which each `\n` may become two bytes.
    fn fill_up(&mut self, text: &str) -> Result<()> {
        let missing = self.position.saturating_sub(self.text.len());
        if missing == 0 {
            return Ok(());
        }
        let more = missing.saturating_add(text.len().saturating_mul(2));
        let room = self.text.try_reserve(more);
        room.map_err(|_| Error::Io(io::ErrorKind::OutOfMemory.into()))?;
        self.text.extend(iter::repeat_n('\0', missing));
        Ok(())
    }

    /// Writes where that is not just appending.
    #[cold]
    fn write_cold(&mut self, text: &str) -> Result<()> {
        self.open()?;
        if text.is_empty() {
            return Ok(());
        }
        self.fill_up(text)?;
        let end = self.text.len();
        self.append(text);
        if self.position < end {
            let stored = self.text.split_off(end);
            self.overwrite(&stored);
        } else {
            self.position = self.text.len();
        }
        self.ends.restart(self.position);
        Ok(())
    }

    /// Writes `stored` over as many characters.
    fn overwrite(&mut self, stored: &str) {
        self.joined.take();
        let behind = &self.text[self.position + self.gap..];
        let overwritten = behind
            .char_indices()
            .nth(stored.chars().count())
            .map_or(behind.len(), |(end, _)| end);
        let left = behind.len() - overwritten;
        // All of these are of one length with what they replace, so that nothing is moved.
        let from = self.position + self.gap;
        self.text
            .replace_range(from..from + overwritten, &nuls(overwritten));
        self.gap += overwritten;
        if left > 0 && self.gap < stored.len() {
            // More than that, or what is behind would be moved for each character.
            let more = stored.len() - self.gap + left / 8;
            self.text.insert_str(self.position, &nuls(more));
            self.gap += more;
        }
        let over = stored.len().min(self.gap);
        self.text
            .replace_range(self.position..self.position + over, stored);
        self.gap -= over;
        self.position += stored.len();
        if left == 0 {
            self.text.truncate(self.position);
            self.gap = 0;
        }
    }

    /// Moves what is behind the gap to the position.
    #[inline]
    fn close_gap(&mut self) {
        if self.gap > 0 {
            self.close_gap_cold();
        }
    }

    #[cold]
    fn close_gap_cold(&mut self) {
        self.text.drain(self.position..self.position + self.gap);
        self.gap = 0;
        self.joined.take();
    }

    /// Puts `text` behind the end, translated.
    fn append(&mut self, text: &str) {
        if self.newline.takes_any() {
            let mut decoder = NewlineDecoder::new(self.newline);
            decoder.decode(text, true, &mut self.text);
            self.seen.extend(decoder.newlines().iter());
        } else {
            NewlineEncoder::new(self.newline).encode(text, &mut self.text);
        }
    }

    fn move_to(&mut self, position: usize) {
        self.position = position;
        self.ends.restart(position);
    }

    /// The text from the position on.
    fn rest(&self) -> &str {
        match self.text.len() > self.position {
            true => &self.text[self.position..],
            // It may lie beyond the end.
            false => "",
        }
    }

    /// A position in bytes, if it is not inside a character.
    fn place(&self, offset: u64) -> Result<usize> {
        let at = usize::try_from(offset).map_err(|_| BEYOND_MEMORY)?;
        if at > self.text.len() || self.text.is_char_boundary(at) {
            Ok(at)
        } else {
            Err(Error::InvalidArgument {
                argument: "position",
                problem: "inside a character of the text",
            })
        }
    }
}

impl fmt::Debug for StringIo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StringIo")
            .field("text", &self.getvalue())
            .field("position", &self.position)
            .field("newline", &self.newline)
            .field("closed", &self.closed)
            .finish_non_exhaustive()
    }
}

impl Default for StringIo {
    fn default() -> StringIo {
        StringIo::new()
    }
}

impl From<&str> for StringIo {
    fn from(text: &str) -> StringIo {
        StringIo::from(text.to_owned())
    }
}

impl From<String> for StringIo {
    /// Takes the text over without copying it; changes no newline.
    fn from(text: String) -> StringIo {
        StringIo {
            text,
            position: 0,
            gap: 0,
            joined: OnceLock::new(),
            newline: Newline::Lf,
            ends: index(Newline::Lf),
            seen: LineEndings::new(),
            closed: false,
        }
    }
}

impl IoBase for StringIo {
    fn readable(&self) -> bool {
        !self.closed
    }

    fn writable(&self) -> bool {
        !self.closed
    }

    fn seekable(&self) -> bool {
        !self.closed
    }

    fn is_closed(&self) -> bool {
        self.closed
    }

    /// Closes the stream. The text can still be had by [`StringIo::getvalue`] (unlike CPython).
    fn close(&mut self) -> Result<()> {
        self.closed = true;
        self.ends.restart(0);
        Ok(())
    }

    /// Cuts to `size` bytes of UTF-8. Only cuts: a larger size changes nothing, as in CPython.
    /// A write beyond the new end fills the gap with NUL.
    fn truncate(&mut self, size: Option<u64>) -> Result<u64> {
        self.open()?;
        self.close_gap();
        let size = size.unwrap_or(self.position as u64);
        if size < self.text.len() as u64 {
            self.text.truncate(self.place(size)?);
            self.ends.restart(0);
        }
        Ok(size)
    }
}

impl TextIo for StringIo {
    #[inline]
    fn next_line(&mut self) -> Result<Option<Line<'_>>> {
        match self.near_end() {
            Some((end, ending)) => Ok(Some(self.take(end, ending))),
            None => self.far_line(),
        }
    }

    fn next_line_within(&mut self, max: usize) -> Result<Option<Line<'_>>> {
        self.open()?;
        self.close_gap();
        let rest = self.rest();
        if rest.is_empty() {
            // The position may lie beyond the end, where nothing can be cut.
            return Ok((max == 0).then_some(Line::EMPTY));
        }
        Ok(Some(match max {
            0 => Line::EMPTY,
            max => self.line_within(max),
        }))
    }

    fn fill_str(&mut self) -> Result<&str> {
        self.open()?;
        self.close_gap();
        Ok(self.rest())
    }

    fn consume(&mut self, n: usize) {
        self.close_gap();
        assert!(
            self.rest().is_char_boundary(n),
            "consume inside a character or beyond the end"
        );
        self.move_to(self.position + n);
    }

    /// Overwrites as many characters as `text` has, after translation, and appends the rest.
    #[inline]
    fn write_str(&mut self, text: &str) -> Result<()> {
        let room = self.text.capacity() - self.text.len();
        let is_append = self.position == self.text.len() && text.len() <= room;
        if is_append && self.newline == Newline::Lf && !self.closed {
            self.text.push_str(text);
            self.position += text.len();
            return Ok(());
        }
        self.write_cold(text)
    }

    fn flush(&mut self) -> Result<()> {
        self.open()
    }

    /// Those of everything that was written (CPython, too, counts here what is written).
    fn newlines(&self) -> LineEndings {
        self.seen
    }

    fn tell(&mut self) -> Result<TextPosition> {
        self.open()?;
        Ok(TextPosition {
            offset: self.position as u64,
            ..TextPosition::START
        })
    }

    fn seek(&mut self, to: TextPosition) -> Result<()> {
        self.open()?;
        self.close_gap();
        let position = self.place(to.offset)?;
        self.move_to(position);
        Ok(())
    }
}

/// So many NULs.
fn nuls(n: usize) -> String {
    "\0".repeat(n)
}
