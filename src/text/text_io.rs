//! [`TextIo`]: what a stream of text can be asked and told; [`Lines`] and [`FmtWriter`], which its
//! provided methods give.

use std::fmt;

use super::line::Line;
use super::newline::{LineEnding, LineEndings};
use super::position::TextPosition;
use crate::error::{Error, Result, report_at_drop};
use crate::io_base::IoBase;

/// A stream of text: [`str`] in and out (PEP 3116's `TextIOBase`).
///
/// [`next_line`](TextIo::next_line) is the fast way through a file: no allocation and no copy
/// for each line. [`fill_str`](TextIo::fill_str) and [`consume`](TextIo::consume) are to text
/// what `BufRead`'s are to bytes, and everything else is built on them. `write!` works, too.
///
/// Text before malformed bytes is always delivered before the error, and reading goes on behind
/// them. When the device has no data *now*, or its time is up, an incomplete line stays where it
/// is: call again. [`Error::is_would_block`] is the one question for both.
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
    /// Where `\r\n` ends a line ([`Newline::Universal`], [`Newline::Keep`], [`Newline::CrLf`]), a
    /// `\r` that is the last byte there is waits for the one behind it, or for the end: only that
    /// says what ended the line. A peer that ends its lines with `\r` alone and waits for an answer
    /// is to be read with [`Newline::Cr`].
    ///
    /// [`Newline::Universal`]: crate::Newline::Universal
    /// [`Newline::Keep`]: crate::Newline::Keep
    /// [`Newline::CrLf`]: crate::Newline::CrLf
    /// [`Newline::Cr`]: crate::Newline::Cr
    ///
    /// # Errors
    ///
    /// What the device says; [`Decode`](crate::Error::Decode) behind the text that precedes the
    /// malformed bytes, which comes as a line without terminator;
    /// [`LineTooLong`](crate::Error::LineTooLong) if a limit is set. The line stays in place,
    /// except for malformed bytes.
    #[doc(alias = "__next__")]
    fn next_line(&mut self) -> Result<Option<Line<'_>>>;

    /// The next line, or as much of it as fits in `max` characters (code points), borrowed; `None`
    /// at the end. What ends the line counts, too: as one character where it is read as one. A line
    /// that is cut has no ending, and the next call goes on in it. If `max` is 0 the line is empty
    /// and nothing is read.
    ///
    /// # Errors
    ///
    /// As for [`next_line`](TextIo::next_line).
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{LineEnding, StringIo, TextIo};
    ///
    /// let mut text = StringIo::from("été\n");
    /// let part = text.next_line_within(2)?.expect("a part");
    /// assert_eq!((part.as_str(), part.ending()), ("ét", LineEnding::None));
    /// assert_eq!(text.next_line_within(2)?.map(|rest| rest.ending()), Some(LineEnding::Lf));
    /// # Ok::<(), iolite::Error>(())
    /// ```
    #[doc(alias = "readline")]
    fn next_line_within(&mut self, max: usize) -> Result<Option<Line<'_>>>;

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

    /// Which line ends were met so far, where more than one counts ([`Newline::Universal`],
    /// [`Newline::Keep`]); empty under the other policies, which know theirs beforehand.
    ///
    /// In a stream that reads they are those of the text that was *taken*, however it arrived;
    /// a seek to the start forgets them. CPython counts what it has decoded ahead, too.
    ///
    /// [`Newline::Universal`]: crate::Newline::Universal
    /// [`Newline::Keep`]: crate::Newline::Keep
    fn newlines(&self) -> LineEndings;

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
        let next = self.next_line()?;
        Ok(next.map_or(0, |next| append(next, line)))
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
    /// use iolite::{StringIo, TextIo};
    ///
    /// let (mut text, mut line) = (StringIo::from("été\n"), String::new());
    /// text.read_line_within(2, &mut line)?;
    /// assert_eq!(line, "ét");
    /// text.read_line_within(2, &mut line)?;
    /// assert_eq!(line, "été\n");
    /// # Ok::<(), iolite::Error>(())
    /// ```
    #[doc(alias = "readline")]
    fn read_line_within(&mut self, max: usize, line: &mut String) -> Result<usize> {
        let next = self.next_line_within(max)?;
        Ok(next.map_or(0, |next| append(next, line)))
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
    /// use iolite::{Result, StringIo, TextIo};
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
    ) -> Result<(), E>
    where
        Self: Sized,
    {
        while let Some(line) = self.next_line()? {
            f(line)?;
        }
        Ok(())
    }

    /// An iterator over the lines, each as a `String` of its own, without what ended it.
    /// [`next_line`](TextIo::next_line) is faster: it allocates nothing. What errors do is said at
    /// [`Lines`].
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{StringIo, TextIo};
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

    /// Appends the next `n` characters (code points) to `text` and returns how many there were:
    /// fewer only at the end.
    ///
    /// # Errors
    ///
    /// As for [`fill_str`](TextIo::fill_str); what was read before the error is in `text`, and
    /// the next call goes on behind it.
    #[doc(alias = "read")]
    fn read_chars(&mut self, n: usize, text: &mut String) -> Result<usize> {
        if self.is_closed() {
            return Err(Error::Closed);
        }
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
        let mut writer = FmtWriter::new(self);
        let done = fmt::write(&mut writer, args);
        writer.take_outcome()?;
        assert!(
            done.is_ok(),
            "a formatting trait implementation returned an error"
        );
        Ok(())
    }
}

/// Appends a line with its terminator; returns its length.
#[inline]
fn append(next: Line<'_>, line: &mut String) -> usize {
    line.push_str(next.as_str());
    line.push_str(next.terminator());
    next.len() + next.terminator().len()
}

/// Every method that can be called on what a reference leads to, the provided ones as well: the
/// stream may have its own. (`for_each_line` and `lines` need a sized stream, and ask for its lines
/// one by one in any case.)
macro_rules! forward_text_io {
    ($($stream:ty),*) => {$(
        impl<T: TextIo + ?Sized> TextIo for $stream {
            fn next_line(&mut self) -> Result<Option<Line<'_>>> {
                (**self).next_line()
            }
            fn next_line_within(&mut self, max: usize) -> Result<Option<Line<'_>>> {
                (**self).next_line_within(max)
            }
            fn fill_str(&mut self) -> Result<&str> {
                (**self).fill_str()
            }
            fn consume(&mut self, n: usize) {
                (**self).consume(n);
            }
            #[inline]
            fn read_line(&mut self, line: &mut String) -> Result<usize> {
                (**self).read_line(line)
            }
            fn read_line_within(&mut self, max: usize, line: &mut String) -> Result<usize> {
                (**self).read_line_within(max, line)
            }
            fn read_chars(&mut self, n: usize, text: &mut String) -> Result<usize> {
                (**self).read_chars(n, text)
            }
            fn read_to_string(&mut self, text: &mut String) -> Result<usize> {
                (**self).read_to_string(text)
            }
            fn write_fmt(&mut self, args: fmt::Arguments<'_>) -> Result<()> {
                (**self).write_fmt(args)
            }
            #[inline]
            fn write_str(&mut self, text: &str) -> Result<()> {
                (**self).write_str(text)
            }
            fn flush(&mut self) -> Result<()> {
                (**self).flush()
            }
            fn newlines(&self) -> LineEndings {
                (**self).newlines()
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

/// An iterator over the lines of a stream: see [`TextIo::lines`].
///
/// It ends at the end of the stream, which is not remembered: asked again, it looks again.
///
/// An error does not end it. Malformed bytes are passed, and what follows them comes next; what is
/// left of a line that is [too long](crate::Error::LineTooLong) is passed as well, and the next
/// line comes. "Try again later" ([`Error::is_would_block`](crate::Error::is_would_block)) and
/// what a device says come as often as they are met. Every other error stays: the stream is closed
/// or not for reading, or an encoding of your own made no progress. It comes once, and then the
/// end, so that a loop that goes on whatever comes does end.
#[derive(Debug)]
pub struct Lines<T> {
    stream: T,
    before: Before,
}

/// What came before the next line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    Line,
    /// The start of a line that is longer than so many bytes.
    TooLong(usize),
    /// An error that stays.
    Stop,
}

impl<T> Lines<T> {
    pub(super) fn new(stream: T) -> Lines<T> {
        Lines {
            stream,
            before: Before::Line,
        }
    }

    /// Hands the stream out, which stands behind the last line that was given.
    pub fn into_inner(self) -> T {
        self.stream
    }

    fn failed(&mut self, error: Error) -> Option<Result<String>> {
        let stays = matches!(
            error,
            Error::Closed
                | Error::Unsupported { .. }
                | Error::InvalidArgument { .. }
                | Error::NoProgress { .. }
                | Error::BadCount { .. }
        );
        self.before = match (&error, self.before) {
            (Error::LineTooLong { limit }, _) => Before::TooLong(*limit),
            (_, Before::Stop) if stays => {
                self.before = Before::Line;
                return None;
            }
            _ if stays => Before::Stop,
            (_, Before::Stop) => Before::Line,
            (_, before) => before,
        };
        Some(Err(error))
    }
}

impl<T: TextIo> Iterator for Lines<T> {
    type Item = Result<String>;

    fn next(&mut self) -> Option<Result<String>> {
        if let Before::TooLong(limit) = self.before {
            if let Err(error) = pass_line(&mut self.stream, limit) {
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

/// Goes behind the end of a line that is longer than `limit` bytes, in parts that are not.
fn pass_line(stream: &mut impl TextIo, limit: usize) -> Result<()> {
    // No character is longer than four bytes.
    let characters = (limit / 4).max(1);
    loop {
        match stream.next_line_within(characters) {
            Ok(None) => return Ok(()),
            Ok(Some(part)) if part.ending() != LineEnding::None => return Ok(()),
            Ok(Some(_)) => {}
            // So is one character, which is no line end: that would have no length.
            Err(Error::LineTooLong { .. }) => {
                let one = stream.fill_str()?.chars().next().map_or(0, char::len_utf8);
                stream.consume(one);
            }
            Err(error) => return Err(error),
        }
    }
}

/// Makes a text stream an [`fmt::Write`], whose errors say nothing, and keeps the stream's own
/// error for you.
///
/// `write!` works on every stream without it; this is for code that is generic over `fmt::Write`.
/// Nothing more is written behind an error until it was asked for. Drop tells the hook
/// ([`set_drop_hook`](crate::set_drop_hook)) of one that nobody asked for.
///
/// # Examples
///
/// ```
/// use std::fmt::Write;
/// use iolite::{BufferedWriter, BytesIo, Encoding, Error, FmtWriter, TextIoWrapper, TextOptions};
///
/// fn greet(to: &mut impl Write) -> std::fmt::Result {
///     to.write_str("hello, ")?;
///     to.write_char('世')
/// }
/// let options = TextOptions::new().encoding(Encoding::LATIN_1);
/// let text = TextIoWrapper::with_options(BufferedWriter::new(BytesIo::new()), options);
/// let mut out = FmtWriter::new(text);
/// assert!(greet(&mut out).is_err());
/// assert!(matches!(out.take_outcome(), Err(Error::WriteFailed { written: 7, .. })));
/// # Ok::<(), iolite::Error>(())
/// ```
#[derive(Debug)]
pub struct FmtWriter<T> {
    stream: T,
    /// How much was given since the outcome was asked for, in bytes.
    written: usize,
    outcome: Outcome,
}

/// What stopped the writing, and how many bytes of the piece that it stopped were not written.
#[derive(Debug)]
struct Outcome(Result<(), (Error, usize)>);

impl Outcome {
    fn take(&mut self) -> Result<()> {
        std::mem::replace(&mut self.0, Ok(())).map_err(|(error, _)| error)
    }
}

impl Drop for Outcome {
    /// Nobody asked for it.
    fn drop(&mut self) {
        if let Err((error, lost)) = &self.0 {
            report_at_drop(error, *lost);
        }
    }
}

impl<T: TextIo> FmtWriter<T> {
    /// A writer to `stream`, which may be a `&mut` of one.
    pub fn new(stream: T) -> FmtWriter<T> {
        FmtWriter {
            stream,
            written: 0,
            outcome: Outcome(Ok(())),
        }
    }

    /// What stopped the writing, if something did. Afterwards writing goes on. Where the error
    /// says how much was taken, it counts everything since the last call of this.
    ///
    /// # Errors
    ///
    /// What [`TextIo::write_str`] said to the piece that failed.
    pub fn take_outcome(&mut self) -> Result<()> {
        self.written = 0;
        self.outcome.take()
    }

    /// Hands the stream out, and with it what stopped the writing. Flushes nothing.
    #[must_use = "what stopped the writing is lost otherwise"]
    pub fn into_parts(mut self) -> (T, Result<()>) {
        (self.stream, self.outcome.take())
    }
}

impl<T> FmtWriter<T> {
    /// Keeps the error of a piece.
    #[cold] // row 3c
    fn stop(&mut self, error: Error, piece: &str) -> fmt::Result {
        let before = self.written - piece.len();
        let error = error.after_writing(before);
        let lost = match &error {
            Error::WouldBlock { written } | Error::WriteFailed { written, .. } => {
                self.written.saturating_sub(*written)
            }
            _ => piece.len(),
        };
        self.outcome = Outcome(Err((error, lost)));
        Err(fmt::Error)
    }
}

impl<T: TextIo> fmt::Write for FmtWriter<T> {
    #[inline]
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.outcome.0.is_err() {
            return Err(fmt::Error);
        }
        // Counted first, so that nothing is left to do behind the copy.
        self.written += text.len();
        match self.stream.write_str(text) {
            Ok(()) => Ok(()),
            Err(error) => self.stop(error, text),
        }
    }
}
