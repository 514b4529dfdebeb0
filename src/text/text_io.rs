//! [`TextIo`]: what a stream of text can be asked and told.

use std::fmt;

use super::line::Line;
use super::position::TextPosition;
use crate::error::Result;
use crate::io_base::IoBase;

/// A stream of text: [`str`] in and out (PEP 3116's `TextIOBase`).
///
/// [`next_line`](TextIo::next_line) is the fast way through a file: no allocation and no copy
/// for each line. [`fill_str`](TextIo::fill_str) and [`consume`](TextIo::consume) are to text
/// what `BufRead`'s are to bytes, and everything else is built on them. `write!` works, too.
///
/// Text before malformed bytes is always delivered before the error, and reading goes on behind
/// them. When the device has no data *now*, an incomplete line stays where it is: call again.
///
/// # Examples
///
/// ```
/// use iolite::{StringIo, TextIo};
///
/// fn longest(text: &mut dyn TextIo) -> iolite::Result<usize> {
///     let mut longest = 0;
///     while let Some(line) = text.next_line()? {
///         longest = longest.max(line.chars().count());
///     }
///     Ok(longest)
/// }
/// assert_eq!(longest(&mut StringIo::from("a\nfour\nno\n"))?, 4);
/// # Ok::<(), iolite::Error>(())
/// ```
#[doc(alias = "TextIOBase")]
pub trait TextIo: IoBase {
    /// The next line, borrowed; `None` at the end. The last line may have no terminator.
    ///
    /// # Errors
    ///
    /// What the device says; [`Decode`](crate::Error::Decode) behind the text that precedes the
    /// malformed bytes, which comes as a line without terminator;
    /// [`LineTooLong`](crate::Error::LineTooLong) if a limit is set. The line stays in place,
    /// except for malformed bytes.
    #[doc(alias = "__next__")]
    fn next_line(&mut self) -> Result<Option<Line<'_>>>;

    /// Some of the text that comes next, translated as the newline policy wants; empty at the
    /// end. Reads from the device only if nothing is there.
    ///
    /// # Errors
    ///
    /// As for [`next_line`](TextIo::next_line), but no line is too long here.
    fn fill_str(&mut self) -> Result<&str>;

    /// Takes the first `n` bytes of what [`fill_str`](TextIo::fill_str) gave last.
    ///
    /// # Panics
    ///
    /// If that is more than there was, or inside a character.
    fn consume(&mut self, n: usize);

    /// Writes all of `text`.
    ///
    /// # Errors
    ///
    /// [`Encode`](crate::Error::Encode): nothing was written.
    /// [`WouldBlock`](crate::Error::WouldBlock): so many bytes of `text` were taken, always whole
    /// characters; send the rest again. Otherwise what the device says.
    fn write_str(&mut self, text: &str) -> Result<()>;

    /// Gives everything written to the device.
    ///
    /// # Errors
    ///
    /// What the device says; what it did not take is kept, and can be flushed again.
    fn flush(&mut self) -> Result<()>;

    /// Where the next character is.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](crate::Error::Unsupported) if the device cannot seek.
    fn tell(&mut self) -> Result<TextPosition>;

    /// Goes to a place that [`tell`](TextIo::tell) gave, or to [`TextPosition::START`].
    ///
    /// # Errors
    ///
    /// [`Unsupported`](crate::Error::Unsupported) if the device cannot seek; otherwise what the
    /// device says when it writes what is pending, seeks or reads.
    fn seek(&mut self, to: TextPosition) -> Result<()>;

    /// Appends the next line with its terminator to `line` and returns its length in bytes;
    /// 0 is the end.
    ///
    /// # Errors
    ///
    /// As for [`next_line`](TextIo::next_line); nothing is appended then.
    fn read_line(&mut self, line: &mut String) -> Result<usize> {
        let Some(next) = self.next_line()? else {
            return Ok(0);
        };
        line.push_str(next.as_str());
        line.push_str(next.terminator());
        Ok(next.len() + next.terminator().len())
    }

    /// Appends the next `n` characters (code points) to `text` and returns how many there were:
    /// fewer only at the end.
    ///
    /// # Errors
    ///
    /// As for [`fill_str`](TextIo::fill_str); what was read before the error is in `text`, and
    /// the next call goes on behind it.
    #[doc(alias = "read")]
    fn read_chars(&mut self, n: usize, text: &mut String) -> Result<usize> {
        let mut done = 0;
        while done < n {
            let piece = self.fill_str()?;
            let end = piece
                .char_indices()
                .nth(n - done)
                .map_or(piece.len(), |(end, _)| end);
            if end == 0 {
                break;
            }
            done += piece[..end].chars().count();
            text.push_str(&piece[..end]);
            self.consume(end);
        }
        Ok(done)
    }

    /// Appends everything up to the end to `text` and returns how many bytes that are.
    ///
    /// # Errors
    ///
    /// As for [`fill_str`](TextIo::fill_str); what was read before the error is in `text`, and
    /// the next call goes on behind it.
    #[doc(alias = "read")]
    fn read_to_string(&mut self, text: &mut String) -> Result<usize> {
        let before = text.len();
        loop {
            let piece = self.fill_str()?;
            if piece.is_empty() {
                return Ok(text.len() - before);
            }
            text.push_str(piece);
            let n = piece.len();
            self.consume(n);
        }
    }

    /// Writes formatted text: `write!` and `writeln!` call this.
    ///
    /// # Errors
    ///
    /// As for [`write_str`](TextIo::write_str); the count is that of the whole formatted text.
    ///
    /// # Panics
    ///
    /// If a formatting trait implementation reports an error of its own (as std's `write_fmt`).
    fn write_fmt(&mut self, args: fmt::Arguments<'_>) -> Result<()> {
        let mut writer = Formatter {
            stream: self,
            written: 0,
            outcome: Ok(()),
        };
        match fmt::write(&mut writer, args) {
            Ok(()) => Ok(()),
            Err(fmt::Error) if writer.outcome.is_err() => writer.outcome,
            Err(fmt::Error) => panic!("a formatting trait implementation returned an error"),
        }
    }
}

/// A text stream for `fmt::write`, which cannot carry errors.
struct Formatter<'a, T: ?Sized> {
    stream: &'a mut T,
    /// How much of the text before this piece was taken, in bytes.
    written: usize,
    outcome: Result<()>,
}

impl<T: TextIo + ?Sized> fmt::Write for Formatter<'_, T> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let outcome = self.stream.write_str(text);
        self.outcome = outcome.map_err(|error| error.after_writing(self.written));
        self.written += text.len();
        self.outcome.as_ref().map_err(|_| fmt::Error).copied()
    }
}

macro_rules! forward_text_io {
    ($($stream:ty),*) => {$(
        impl<T: TextIo + ?Sized> TextIo for $stream {
            fn next_line(&mut self) -> Result<Option<Line<'_>>> {
                (**self).next_line()
            }
            fn fill_str(&mut self) -> Result<&str> {
                (**self).fill_str()
            }
            fn consume(&mut self, n: usize) {
                (**self).consume(n);
            }
            fn write_str(&mut self, text: &str) -> Result<()> {
                (**self).write_str(text)
            }
            fn flush(&mut self) -> Result<()> {
                (**self).flush()
            }
            fn tell(&mut self) -> Result<TextPosition> {
                (**self).tell()
            }
            fn seek(&mut self, to: TextPosition) -> Result<()> {
                (**self).seek(to)
            }
        }
    )*};
}
forward_text_io!(&mut T, Box<T>);
