//! [`TextIo`]: the methods of every stream of text; [`FmtWriter`], which makes `write!` work.

use std::fmt;

use super::line::Line;
use super::newline::{LineEnding, LineEndings};
use super::position::TextPosition;
use super::utf8_piece::Utf8Piece;
use crate::error::{Error, Result, report_at_drop};
use crate::io_base::IoBase;

/// A stream of text: [`str`] in and out (PEP 3116's `TextIOBase`).
///
/// [`next_line`](TextIo::next_line) is the fast way through a file: no allocation and no copy
/// for each line. [`fill_str`](TextIo::fill_str) and [`consume`](TextIo::consume) are to text
/// what `BufRead`'s are to bytes, and everything else is built on them. `write!` works, too.
///
/// Text before malformed bytes is always delivered before the error, and reading goes on after
/// them. When the device has no data *now*, or its time is up, an incomplete line stays where it
/// is: call again. For both, [`Error::is_would_block`] returns true. A time-out of the
/// device is for each of its reads: a peer that sends a byte just before each can keep a call waiting.
/// A [`Deadline`](crate::raw::Deadline) below the buffer is for the whole line, and a
/// [line limit](crate::TextOptions::line_limit) for its length.
///
/// At the end of a file that still grows, an incomplete last line is returned as a line; a
/// character cut at that point is reported as malformed bytes: the stream cannot know that more
/// will come. To follow such a file, read it through a device that returns "would block" at the end
/// instead of 0.
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
    /// `\r` at the end of what has arrived is held back until the next byte (or the end of the
    /// stream) shows whether it is `\r` or `\r\n`. So `cmd\r` of an interactive peer that waits
    /// for a reply is not delivered: read such a peer with [`Newline::Cr`].
    ///
    /// [`Newline::Universal`]: crate::Newline::Universal
    /// [`Newline::Keep`]: crate::Newline::Keep
    /// [`Newline::CrLf`]: crate::Newline::CrLf
    /// [`Newline::Cr`]: crate::Newline::Cr
    ///
    /// # Errors
    ///
    /// The device's error; [`Decode`](crate::Error::Decode) for malformed bytes, after the text
    /// before them, which is returned as a line without terminator;
    /// [`LineTooLong`](crate::Error::LineTooLong) if a limit is set. After `LineTooLong`, and after
    /// an error of the device, the line can be read again; malformed bytes are passed over.
    #[doc(alias = "__next__")]
    fn next_line(&mut self) -> Result<Option<Line<'_>>>;

    /// The next line, or as much of it as fits in `max` characters (code points), borrowed; `None`
    /// at the end. The line end counts, too: `\n` and `\r` as one character, and `\r\n` as one
    /// under [`Newline::Universal`], which reads it as `\n`, but as two under the other policies,
    /// where `max` may fall between its halves. A part that is cut off in the middle of a line has
    /// no ending, and the next call goes on in that line. If `max` is 0 the line is empty and
    /// nothing is read.
    ///
    /// [`Newline::Universal`]: crate::Newline::Universal
    ///
    /// # Errors
    ///
    /// As for [`next_line`](TextIo::next_line).
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{StringIo, TextIo};
    /// use iolite::text::LineEnding;
    ///
    /// let mut text = StringIo::from("été\n");
    /// let part = text.next_line_part(2)?.expect("a part");
    /// assert_eq!((part.as_str(), part.ending()), ("ét", LineEnding::None));
    /// assert_eq!(text.next_line_part(2)?.map(|rest| rest.ending()), Some(LineEnding::Lf));
    /// # Ok::<(), iolite::Error>(())
    /// ```
    #[doc(alias = "readline")]
    fn next_line_part(&mut self, max: usize) -> Result<Option<Line<'_>>>;

    /// Some of the text that comes next, translated as the newline policy wants; empty at the
    /// end. Reads from the device only if nothing is there.
    ///
    /// # Errors
    ///
    /// As for [`next_line`](TextIo::next_line), except `LineTooLong`, which this call never
    /// returns.
    fn fill_str(&mut self) -> Result<&str>;

    /// Consumes the first `n` bytes of what [`fill_str`](TextIo::fill_str) returned last.
    ///
    /// # Panics
    ///
    /// If `n` is more than that, or inside a character.
    fn consume(&mut self, n: usize);

    /// Writes all of `text`.
    ///
    /// # Errors
    ///
    /// [`Encode`](crate::Error::Encode): nothing of `text` was accepted. [`WouldBlock { written
    /// }`](crate::Error::WouldBlock): the first `written` bytes of `text` were accepted, always
    /// whole characters; send `&text[written..]` later. Otherwise the device's error; in
    /// [`WriteFailed { written, .. }`](crate::Error::WriteFailed) `written` has the same meaning.
    fn write_str(&mut self, text: &str) -> Result<()>;

    /// Takes all of a piece that was looked at, if that is nothing but a copy, or nothing: for
    /// [`Utf8Writer`](crate::Utf8Writer).
    #[doc(hidden)]
    #[inline]
    fn take_piece(&mut self, _piece: Utf8Piece<'_>) -> bool {
        false
    }

    /// Gives everything written to the device.
    ///
    /// # Errors
    ///
    /// The device's error; what the device did not accept is kept, and can be flushed again.
    fn flush(&mut self) -> Result<()>;

    /// Which line ends were met so far, where more than one counts ([`Newline::Universal`],
    /// [`Newline::Keep`]); empty under the other policies, which know theirs beforehand.
    ///
    /// In a stream that reads they are those of the text that was *consumed*, however it arrived;
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
    /// [`Unsupported`](crate::Error::Unsupported) if the device cannot seek; otherwise the
    /// device's error when it writes what is pending, seeks or reads.
    fn seek(&mut self, to: TextPosition) -> Result<()>;

    /// The next character, translated as the newline policy wants; `None` at the end. For a parser that
    /// looks at one after the other; [`chars`](crate::TextIoExt::chars) is an iterator.
    ///
    /// # Errors
    ///
    /// As for [`fill_str`](TextIo::fill_str).
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{StringIo, TextIo};
    ///
    /// let mut text = StringIo::from("été");
    /// assert_eq!(text.next_char()?, Some('é'));
    /// assert_eq!(text.fill_str()?, "té");
    /// # Ok::<(), iolite::Error>(())
    /// ```
    fn next_char(&mut self) -> Result<Option<char>> {
        next_shown_char(self)
    }

    /// Appends the next line with its terminator to `line` and returns its length in bytes;
    /// 0 is the end.
    ///
    /// # Errors
    ///
    /// As for [`next_line`](TextIo::next_line); nothing is appended then.
    fn read_line(&mut self, line: &mut String) -> Result<usize> {
        let next = self.next_line()?;
        Ok(next.map_or(0, |next| next.append_to(line)))
    }

    /// Goes past the end of the current line and returns that line end; [`LineEnding::None`]: the
    /// stream ended. Keeps nothing of the line, however long it is: the way past one that is
    /// [too long](crate::Error::LineTooLong).
    ///
    /// # Errors
    ///
    /// The device's error, and [`Decode`](crate::Error::Decode) at malformed bytes. What was
    /// passed before that stays passed: call again to get to the end of the line.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{BufferedReader, BytesIo, Error, TextIo, TextIoWrapper, TextOptions};
    ///
    /// let bytes = BufferedReader::new(BytesIo::from(b"much too long\nfine\n".to_vec()));
    /// let options = TextOptions::new().line_limit(Some(4));
    /// let mut text = TextIoWrapper::with_options(bytes, options);
    /// while let Err(Error::LineTooLong { .. }) = text.next_line() {
    ///     text.skip_line()?;
    /// }
    /// assert_eq!(text.byte_offset(), 19);
    /// # Ok::<(), iolite::Error>(())
    /// ```
    fn skip_line(&mut self) -> Result<LineEnding> {
        let mut characters = 1024;
        loop {
            match self.next_line_part(characters) {
                Ok(None) => return Ok(LineEnding::None),
                Ok(Some(part)) if part.ending() != LineEnding::None => return Ok(part.ending()),
                Ok(Some(_)) => {}
                // The limit is for parts, too. No character is longer than four bytes.
                Err(Error::LineTooLong { limit, .. }) if characters > (limit / 4).max(1) => {
                    characters = (limit / 4).max(1);
                }
                // It is below the length of one character, which is no line end: their length does
                // not count.
                Err(Error::LineTooLong { .. }) => {
                    let one = self.fill_str()?.chars().next().map_or(0, char::len_utf8);
                    self.consume(one);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Appends everything up to the end to `text` and returns how many bytes that are.
    ///
    /// # Errors
    ///
    /// As for [`fill_str`](TextIo::fill_str); what was read before the error is in `text`, and
    /// the next call goes on after it.
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
    /// As for [`write_str`](TextIo::write_str), but the count is that of the whole formatted text,
    /// which is written piece by piece: after earlier pieces an [`Encode`](crate::Error::Encode) is
    /// the `source` of a [`WriteFailed`](crate::Error::WriteFailed).
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

/// All methods, the provided ones as well: the stream that the reference leads to may have its own.
macro_rules! forward_text_io {
    ($($stream:ty),*) => {$(
        impl<T: TextIo + ?Sized> TextIo for $stream {
            fn next_line(&mut self) -> Result<Option<Line<'_>>> {
                (**self).next_line()
            }
            fn next_line_part(&mut self, max: usize) -> Result<Option<Line<'_>>> {
                (**self).next_line_part(max)
            }
            fn fill_str(&mut self) -> Result<&str> {
                (**self).fill_str()
            }
            fn consume(&mut self, n: usize) {
                (**self).consume(n);
            }
            #[inline]
            fn next_char(&mut self) -> Result<Option<char>> {
                (**self).next_char()
            }
            #[inline]
            fn read_line(&mut self, line: &mut String) -> Result<usize> {
                (**self).read_line(line)
            }
            fn skip_line(&mut self) -> Result<LineEnding> {
                (**self).skip_line()
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
            #[inline]
            fn take_piece(&mut self, piece: Utf8Piece<'_>) -> bool {
                (**self).take_piece(piece)
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

/// The first character that a stream shows.
pub(super) fn next_shown_char<T: TextIo + ?Sized>(stream: &mut T) -> Result<Option<char>> {
    let first = stream.fill_str()?.chars().next();
    stream.consume(first.map_or(0, char::len_utf8));
    Ok(first)
}

/// Makes a text stream an [`fmt::Write`], whose errors have no content, and keeps the stream's own
/// error for you.
///
/// `write!` works on every stream without it; this is for code that is generic over `fmt::Write`.
/// After an error nothing more is written until you ask for it. Drop reports an error that was never
/// asked for to the hook ([`set_global_drop_hook`](crate::error::set_global_drop_hook)).
///
/// # Examples
///
/// ```
/// use std::fmt::Write;
/// use iolite::{BufferedWriter, BytesIo, Encoding, Error, TextIoWrapper, TextOptions};
/// use iolite::text::FmtWriter;
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
    /// It was never asked for.
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
    /// says how much was accepted, it counts everything since the last call of this method.
    ///
    /// # Errors
    ///
    /// The error that [`TextIo::write_str`] returned for the piece that failed.
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
        // Counted before the copy, so that the stream's result is this call's: a tail call, row 3c.
        self.written += text.len();
        match self.stream.write_str(text) {
            Ok(()) => Ok(()),
            Err(error) => self.stop(error, text),
        }
    }
}
