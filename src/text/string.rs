//! [`StringIo`]: text in memory as a text stream.
//!
//! ```text
//!   text:   taken or skipped | gap: NULs that are no text | rest of the text
//!                            ^ position
//! ```
//!
//! Invariants: `position` is between two characters or beyond the end; where there is a gap, it begins at
//! `position` and ends inside the text; `joined` is empty or holds the text as it is now.

use std::sync::OnceLock;
use std::{fmt, iter};

use super::line::{Line, index};
use super::newline::{LineEnding, LineEndings, Newline, NewlineDecoder, NewlineEncoder, Within};
use super::position::TextPosition;
use super::text_io::{TextIo, next_shown_char};
use crate::error::{Error, Result, out_of_memory};
use crate::io_base::IoBase;
use crate::scan::LineEnds;

/// A text stream over a string in memory: readable, writable, seekable (CPython's `StringIO`).
///
/// The position starts at 0, and writing overwrites characters. The text is kept as UTF-8, and
/// newlines are translated when they are *written*, as in CPython: reading gives what
/// [`as_str`](StringIo::as_str) shows.
///
/// # Examples
///
/// ```
/// use iolite::{StringIo, TextIo};
/// use iolite::text::TextPosition;
///
/// let mut text = StringIo::new();
/// writeln!(text, "{} and {}", 1, 2)?;
/// text.seek(TextPosition::START)?;
/// assert_eq!(text.next_line()?.as_deref(), Some("1 and 2"));
/// assert_eq!(text.as_str(), "1 and 2\n");
/// # Ok::<(), iolite::Error>(())
/// ```
#[derive(Clone)]
#[doc(alias = "StringIO")]
pub struct StringIo {
    text: String,
    /// In bytes: between two characters, or beyond the end (where a write fills the gap).
    position: usize,
    /// How many bytes from the position on are no text: NULs, left where longer characters were
    /// overwritten by shorter ones, or room made for longer ones. The text after them is moved once,
    /// by the first call that does not write, and not for each character: that would make overwriting
    /// a long text quadratic.
    gap: usize,
    /// The text without the gap, made by [`as_str`](StringIo::as_str), which has only `&self`.
    joined: OnceLock<String>,
    newline: Newline,
    /// The line ends after the position. Restarted where the position moves in another way than by
    /// lines, where text changes, and where the stream is closed: so [`ready_end`](StringIo::ready_end)
    /// need not ask whether the stream is open.
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
    #[doc(alias = "getvalue")]
    pub fn as_str(&self) -> &str {
        match self.gap {
            0 => &self.text,
            gap => self.joined.get_or_init(|| {
                let (before, after) = self.text.split_at(self.position);
                [before, &after[gap..]].concat()
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
    /// assert_eq!(text.as_str(), "ét");
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
        self.text.try_reserve(more).map_err(out_of_memory)?;
        self.text.extend(iter::repeat_n('\0', missing));
        Ok(())
    }

    /// Writes where that is not just appending.
    fn write_slow(&mut self, text: &str) -> Result<()> {
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
        let after = &self.text[self.position + self.gap..];
        let overwritten = after
            .char_indices()
            .nth(stored.chars().count())
            .map_or(after.len(), |(end, _)| end);
        let left = after.len() - overwritten;
        // Replaced by as many bytes, so nothing is moved.
        let from = self.position + self.gap;
        self.text
            .replace_range(from..from + overwritten, &nuls(overwritten));
        self.gap += overwritten;
        if left > 0 && self.gap < stored.len() {
            // More room than needed now, in proportion to what is moved for it: else every longer
            // character would move the rest of the text again.
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

    /// Moves the text after the gap to the position.
    #[inline]
    fn close_gap(&mut self) {
        if self.gap > 0 {
            self.close_gap_slow();
        }
    }

    fn close_gap_slow(&mut self) {
        self.text.drain(self.position..self.position + self.gap);
        self.gap = 0;
        self.joined.take();
    }

    /// Appends `text` at the end, translated.
    fn append(&mut self, text: &str) {
        if self.newline.takes_any() {
            let mut decoder = NewlineDecoder::new(self.newline);
            decoder.decode(text, true, &mut self.text);
            self.seen.extend(decoder.newlines().iter());
        } else {
            NewlineEncoder::new(self.newline).encode(text, &mut self.text);
        }
    }

    /// Where the next line ends, if that was looked for, which it is only while the stream is open.
    #[inline]
    fn ready_end(&mut self) -> Option<(usize, LineEnding)> {
        let end = self.ends.peek()?;
        let ending = self.newline.ending(self.text.as_bytes(), end);
        (self.position <= end).then_some((end, ending))
    }

    /// The line whose end was not looked for, or that ends with the text.
    fn next_line_slow(&mut self) -> Result<Option<Line<'_>>> {
        self.open()?;
        self.close_gap();
        let (text, start) = (self.text.as_bytes(), self.position);
        let (end, ending) = match self.ends.find(text, start) {
            Some(end) => (end, self.newline.ending(text, end)),
            None if start < text.len() => (text.len(), LineEnding::None),
            None => return Ok(None),
        };
        Ok(Some(self.take(end, ending)))
    }

    /// Takes the line that ends at byte `end`.
    #[inline]
    fn take(&mut self, end: usize, ending: LineEnding) -> Line<'_> {
        let start = self.position;
        self.position = end + ending.len();
        self.ends.advance();
        Line::new(&self.text, start..end, ending, self.newline)
    }

    /// Takes the line at the position, or its first `max` characters, 1 at least.
    fn line_within(&mut self, max: usize) -> Line<'_> {
        let start = self.position;
        let (end, ending) = match self.newline.find_within(&self.text, start, max) {
            Within::Ends(end, ending) => (end, ending),
            Within::GoesOn(_) => (self.text.len(), LineEnding::None),
        };
        self.move_to(end + ending.len());
        Line::new(&self.text, start..end, ending, self.newline)
    }

    fn move_to(&mut self, position: usize) {
        self.position = position;
        self.ends.restart(position);
    }

    /// The text from the position on.
    fn rest(&self) -> &str {
        // The position may lie beyond the end.
        self.text.get(self.position..).unwrap_or_default()
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
            .field("text", &self.as_str())
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

    /// Closes the stream. The text can still be had by [`StringIo::as_str`] (unlike CPython).
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
        match self.ready_end() {
            Some((end, ending)) => Ok(Some(self.take(end, ending))),
            None => self.next_line_slow(),
        }
    }

    fn next_line_part(&mut self, max: usize) -> Result<Option<Line<'_>>> {
        self.open()?;
        self.close_gap();
        let rest = self.rest();
        if rest.is_empty() {
            // The position may be beyond the end, where there is nothing to cut.
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

    #[inline]
    fn next_char(&mut self) -> Result<Option<char>> {
        let next = match self.text.as_bytes().get(self.position) {
            // A `\r` may be half of a line end that was found ahead.
            Some(&byte) if byte.is_ascii() && byte != b'\r' => Some(char::from(byte)),
            Some(128..) => self.rest().chars().next(),
            _ => None,
        };
        match next.filter(|_| !self.closed && self.gap == 0) {
            None => next_shown_char(self),
            next => {
                self.position += next.map_or(0, char::len_utf8);
                Ok(next)
            }
        }
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
        self.write_slow(text)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::TextPosition;
    use crate::{IoBase, Newline, TextIo};

    /// Beside lines that are searched for one by one, whatever happens between them.
    #[test]
    fn lines_are_the_same_whatever_moves_or_changes() {
        let policies = ["universal", "keep", "lf", "cr", "crlf"];
        for seed in 0..500_u64 {
            let mut state = seed;
            let mut random = move |below: usize| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                (state >> 33) as usize % below
            };
            let newline: Newline = policies[random(5)].parse().expect("a policy");
            let mut streams = ["", ""].map(|text| StringIo::with_newline(text, newline));
            for _ in 0..100 {
                let text: String = (0..random(200))
                    .map(|_| char::from(*b"\r\n..".get(random(40)).unwrap_or(&b'x')))
                    .collect();
                let (step, place) = (random(9), random(1000) as u64);
                let [one, other] = streams.each_mut().map(|stream| {
                    let behind = stream.fill_str().expect("it is open").len();
                    let to = TextPosition::new(place.min(stream.text.len() as u64), 0);
                    match step {
                        0 | 1 => stream.write_str(&text),
                        2 => stream.seek(to),
                        3 => stream.truncate(Some(place)).map(drop),
                        4 => {
                            stream.consume(behind.min(text.len()));
                            Ok(())
                        }
                        _ => Ok(()),
                    }
                    .expect("a stream in memory");
                    stream
                });
                let line = one.next_line().expect("it is open");
                let expected = other.next_line_part(usize::MAX).expect("it is open");
                assert_eq!(line, expected, "{seed} {newline}");
                assert_eq!(one.position, other.position, "{seed} {newline}");
            }
        }
    }
}
