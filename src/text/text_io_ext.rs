//! [`TextIoExt`]: convenience on top of [`TextIo`]; [`Lines`], the iterator that it gives.

use super::chars::{Chars, is_permanent};
use super::line::Line;
use super::text_io::TextIo;
use crate::error::{Error, Result};
use crate::io_base::is_over;

/// Convenience methods for every [`TextIo`]: a number of characters, a part of a line, lines as an
/// iterator or for a closure.
///
/// Implemented for every [`TextIo`]. It is a separate trait so that [`TextIo`] stays small for those who
/// implement it, and no wrapper has to forward these methods.
///
/// # Examples
///
/// ```
/// use iolite::{StringIo, TextIoExt};
///
/// let mut text = StringIo::from("name: Ada\nborn: 1815\n");
/// let mut key = String::new();
/// text.read_chars(6, &mut key)?;
/// assert_eq!(key, "name: ");
/// let lines: Vec<String> = text.lines().collect::<iolite::Result<_>>()?;
/// assert_eq!(lines, ["Ada", "born: 1815"]);
/// # Ok::<(), iolite::Error>(())
/// ```
pub trait TextIoExt: TextIo {
    /// Appends the next `n` characters (code points) to `text` and returns how many there were:
    /// fewer only at the end.
    ///
    /// # Errors
    ///
    /// As for [`fill_str`](TextIo::fill_str); what was read before the error is in `text`, and
    /// the next call goes on after it.
    #[doc(alias = "read")]
    #[inline] // row 10k
    fn read_chars(&mut self, n: usize, text: &mut String) -> Result<usize> {
        if n != 1 {
            return read_chars(self, n, text);
        }
        match self.next_char()? {
            Some(ch) => {
                text.push(ch);
                Ok(1)
            }
            None => Ok(0),
        }
    }

    /// Appends the next line with its terminator, but no more than `max` characters (code points)
    /// of it, to `line` and returns its length in bytes; 0 is the end (or `max` is 0).
    ///
    /// # Errors
    ///
    /// As for [`next_line`](TextIo::next_line); nothing is appended then.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{StringIo, TextIoExt};
    ///
    /// let (mut text, mut line) = (StringIo::from("été\n"), String::new());
    /// text.read_line_part(2, &mut line)?;
    /// assert_eq!(line, "ét");
    /// text.read_line_part(2, &mut line)?;
    /// assert_eq!(line, "été\n");
    /// # Ok::<(), iolite::Error>(())
    /// ```
    #[doc(alias = "readline")]
    fn read_line_part(&mut self, max: usize, line: &mut String) -> Result<usize> {
        let next = self.next_line_part(max)?;
        Ok(next.map_or(0, |next| next.append_to(line)))
    }

    /// Gives each line up to the end to `f`, borrowed.
    ///
    /// # Errors
    ///
    /// As for [`next_line`](TextIo::next_line), and what `f` says: both end the walk, and another
    /// one goes on with the next line.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{Result, StringIo, TextIoExt};
    ///
    /// let mut longest = 0;
    /// StringIo::from("a\nfour\nno\n").for_each_line(|line| -> Result<()> {
    ///     longest = longest.max(line.len());
    ///     Ok(())
    /// })?;
    /// assert_eq!(longest, 4);
    /// # Ok::<(), iolite::Error>(())
    /// ```
    fn for_each_line<E: From<Error>>(
        &mut self,
        mut f: impl FnMut(Line<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        while let Some(line) = self.next_line()? {
            f(line)?;
        }
        Ok(())
    }

    /// An iterator over the characters, for a tokenizer or a parser. What errors do is said at
    /// [`Chars`]. To go on in another way, iterate over a `&mut` of the stream.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{StringIo, TextIo, TextIoExt};
    ///
    /// let (mut text, mut word) = (StringIo::from("été 2026"), String::new());
    /// for ch in (&mut text).chars() {
    ///     let ch = ch?;
    ///     if ch == ' ' {
    ///         break;
    ///     }
    ///     word.push(ch);
    /// }
    /// assert_eq!((&*word, text.fill_str()?), ("été", "2026"));
    /// # Ok::<(), iolite::Error>(())
    /// ```
    fn chars(self) -> Chars<Self>
    where
        Self: Sized,
    {
        Chars::new(self)
    }

    /// An iterator over the lines, each as a new `String` without its terminator.
    /// [`next_line`](TextIo::next_line) is faster: it allocates nothing. What errors do is said at
    /// [`Lines`].
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{StringIo, TextIoExt};
    ///
    /// let lines = StringIo::from("one\ntwo").lines();
    /// let lines: Vec<String> = lines.collect::<iolite::Result<_>>()?;
    /// assert_eq!(lines, ["one", "two"]);
    /// # Ok::<(), iolite::Error>(())
    /// ```
    #[doc(alias = "readlines")]
    fn lines(self) -> Lines<Self>
    where
        Self: Sized,
    {
        Lines::new(self)
    }
}

impl<T: TextIo + ?Sized> TextIoExt for T {}

/// How many characters are taken one by one: to ask for a piece of text costs more than they do.
const FEW: usize = 8;

/// Any number of characters, as [`TextIoExt::read_chars`].
fn read_chars<T: TextIo + ?Sized>(stream: &mut T, n: usize, text: &mut String) -> Result<usize> {
    if n == 0 && is_over(stream) {
        return Err(Error::Closed);
    }
    let mut done = 0;
    while done < n.min(FEW) {
        match stream.next_char()? {
            Some(ch) => text.push(ch),
            None => return Ok(done),
        }
        done += 1;
    }
    while done < n {
        let piece = stream.fill_str()?;
        let end = piece
            .char_indices()
            .nth(n - done)
            .map_or(piece.len(), |(end, _)| end);
        if end == 0 {
            break;
        }
        done += piece[..end].chars().count();
        text.push_str(&piece[..end]);
        stream.consume(end);
    }
    Ok(done)
}

/// An iterator over the lines of a stream: see [`TextIoExt::lines`].
///
/// It ends at the end of the stream, which is not remembered: asked again, it looks again.
///
/// An error does not end it. After malformed bytes the text after them comes next; the rest of a line
/// that is [too long](crate::Error::LineTooLong) is skipped. "Try again later"
/// ([`Error::is_would_block`](crate::Error::is_would_block)) and errors of the device are given each
/// time they are met. Any other error is permanent: the stream is closed or not readable, or a custom
/// encoding made no progress. It is given once, and then the end, so that a loop that ignores errors
/// ends.
#[derive(Debug)]
pub struct Lines<T> {
    stream: T,
    before: Before,
}

/// What came before the next line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    Line,
    /// The start of a line that is longer than the stream's limit.
    TooLong,
    /// A permanent error.
    Stop,
}

impl<T> Lines<T> {
    pub(super) fn new(stream: T) -> Lines<T> {
        Lines {
            stream,
            before: Before::Line,
        }
    }

    /// The stream, positioned after the last line that was given.
    pub fn into_inner(self) -> T {
        self.stream
    }

    fn failed(&mut self, error: Error) -> Option<Result<String>> {
        let is_permanent = is_permanent(&error);
        self.before = match (&error, self.before) {
            (Error::LineTooLong { .. }, _) => Before::TooLong,
            (_, Before::Stop) if is_permanent => {
                self.before = Before::Line;
                return None;
            }
            _ if is_permanent => Before::Stop,
            (_, Before::Stop) => Before::Line,
            (_, before) => before,
        };
        Some(Err(error))
    }
}

impl<T: TextIo> Iterator for Lines<T> {
    type Item = Result<String>;

    fn next(&mut self) -> Option<Result<String>> {
        if self.before == Before::TooLong {
            if let Err(error) = self.stream.skip_line() {
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
