//! How a [`Cursor`] reads all that is left, as bytes or as text, and lines of text.

use std::io::{self, Read};

use super::cursor::Cursor;
use crate::buffered::expected::{reserve, reserve_text};
use crate::error::{Result, append_line, whole_chars};
use crate::raw::RawIo;

/// A character of UTF-8 has so many bytes at most.
const LONGEST: usize = 4;

impl<D: RawIo> Cursor<D> {
    /// Appends everything to the end. What was appended before an error is taken.
    pub(super) fn read_to_end(&mut self, buf: &mut Vec<u8>) -> Result<usize> {
        let rest = self.expected()?;
        reserve(buf, rest);
        Ok(Plain(self).read_to_end(buf)?)
    }

    /// Appends everything to the end as text. The string gets the whole characters, and the stream
    /// then stands after them: before malformed bytes, or before what has come of a character
    /// whose rest has not.
    pub(super) fn read_to_string(&mut self, buf: &mut String) -> Result<usize> {
        let rest = self.expected()?;
        reserve_text(buf, rest);
        let before = buf.len();
        loop {
            let bytes = self.fill()?;
            let is_end = bytes.is_empty();
            let (text, _) = whole_chars(bytes, false);
            buf.push_str(text);
            let taken = text.len();
            self.consume(taken);
            if is_end {
                return Ok(buf.len() - before);
            }
            if taken == 0 {
                self.read_char(buf)?;
            }
        }
    }

    /// Appends the next character, which may lie in two blocks.
    fn read_char(&mut self, buf: &mut String) -> Result<()> {
        // No more than it has: the device may have nothing now behind a whole character.
        for n in 1..=LONGEST {
            let bytes = self.peek(n)?;
            let (text, wrong) = whole_chars(bytes, bytes.len() < n);
            if let Some(ch) = text.chars().next() {
                buf.push(ch);
                self.consume(ch.len_utf8());
                return Ok(());
            }
            if let Some(wrong) = wrong {
                return Err(wrong.at(self.tell()?));
            }
        }
        Ok(())
    }

    /// Appends a line of UTF-8. A line that is none is taken and handed back in the error; any
    /// other error takes nothing.
    pub(super) fn read_line(&mut self, buf: &mut String) -> Result<usize> {
        let n = self.find(b'\n')?;
        let at = self.tell()?;
        let outcome = append_line(buf, self.gathered(n), at);
        self.consume(n);
        outcome
    }
}

/// A stream without calls of its own but one: what std makes of that.
struct Plain<'a, D: RawIo>(&'a mut Cursor<D>);

impl<D: RawIo> Read for Plain<'_, D> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        Ok(self.0.read(buf)?)
    }
}
