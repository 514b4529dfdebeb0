//! [`TextIoWrapper`]: text over any buffered stream of bytes.
//!
//! Reading is a chain of three stages, each of which pulls from the one before it and knows nothing
//! of the one after it:
//!
//! ```text
//!   buffered stream -> input: bytes -> blocks: decoded text -> lines, fill: what the caller takes
//! ```
//!
//! Writing ([`write`]) goes the other way in one step. [`direction`] keeps the two from getting in
//! each other's way, and changes the options on the way.

mod blocks;
mod direction;
mod fill;
mod input;
mod io_base;
mod lines;
mod options;
#[cfg(test)]
mod tests;
mod text_block;
mod write;

use std::io::SeekFrom;

use scopeguard::ScopeGuard;

use self::direction::Direction;
use self::lines::TextWindow;
pub use self::options::TextOptions;
use self::write::TextSink;
use super::batch::TextBatch;
use super::codec::{Encoding, OnError};
use super::line::Line;
use super::newline::{LineEnding, LineEndings, Newline};
use super::position::TextPosition;
use super::text_io::TextIo;
use crate::buffered::BufferedIo;
use crate::error::{DetachError, Result};

/// Reads and writes text over a buffered stream of bytes (CPython's `TextIOWrapper`).
///
/// UTF-8 is checked in place, a block at a time, and handed out without a copy; a line that
/// straddles two blocks is stitched together in a string that is used again. Memory use depends
/// on the longest line that is asked for, not on the file: see
/// [`TextOptions::line_limit`] for input that is not to be trusted.
///
/// Writing goes through at once to the buffer below, which writes to the device when it is full,
/// on [`flush`](TextIo::flush), on [`close`](crate::IoBase::close), or at each line with
/// [`TextOptions::line_buffering`]. **Call `close` and look at its answer**: drop can only try.
/// Where nothing can be written any more, [`into_parts`](TextIoWrapper::into_parts) hands out what
/// is pending.
///
/// Reading and writing may alternate on a seekable stream that does both: a write goes to where
/// reading stopped (CPython's goes to the end of what was read ahead).
///
/// Not for you where UTF-8 with `\n` is certain and bytes are all you need: the check costs a
/// pass over them.
///
/// # Examples
///
/// ```
/// use iolite::{BufferedReader, BytesIo, Encoding, TextIo, TextIoWrapper, TextOptions};
///
/// let bytes = BytesIo::from(b"\xff\xfeh\0i\0\r\0\n\0".to_vec());
/// let options = TextOptions::new().encoding(Encoding::UTF_16);
/// let mut text = TextIoWrapper::with_options(BufferedReader::new(bytes), options);
/// let mut line = String::new();
/// text.read_line(&mut line)?;
/// assert_eq!(line, "hi\n");
/// # Ok::<(), iolite::Error>(())
/// ```
#[doc(alias = "TextIOWrapper")]
pub struct TextIoWrapper<B: BufferedIo> {
    /// Guarded, not a `Drop` of this type, so that it can be taken apart.
    core: ScopeGuard<TextCore<B>, fn(TextCore<B>)>,
}

struct TextCore<B> {
    buffer: B,
    window: TextWindow,
    sink: TextSink,
    options: TextOptions,
    direction: Direction,
    /// Whether the buffer has one position for reading and writing.
    one_position: bool,
}

impl<B: BufferedIo> TextCore<B> {
    /// Hands what is pending to the buffer as well as it can; the buffer's own drop writes it.
    fn finish(mut self) {
        self.sink.push_at_drop(&mut self.buffer);
    }

    /// A line whose end was not looked for, or that has to be put together.
    #[inline(never)] // row 1f
    fn next_line_slow(&mut self) -> Result<Option<Line<'_>>> {
        let (buffer, window) = self.reading()?;
        window.next_line(buffer)
    }

    /// Writes where text does not just go into the buffer's room.
    #[cold] // row 3a
    fn write_slow(&mut self, text: &str) -> Result<()> {
        let (buffer, sink) = self.writing()?;
        sink.write(buffer, text)
    }
}

/// What a text stream had on the way when it was taken apart; see
/// [`into_parts`](crate::TextIoWrapper::into_parts).
///
/// The bytes of `read` and `undecoded` were read from the buffer, which stands behind them; those of
/// `unwritten` come behind everything that the buffer was given.
///
/// # Examples
///
/// ```
/// use iolite::{BufferedReader, BytesIo, TextIo, TextIoWrapper};
///
/// let bytes = BytesIo::from(b"one\ntwo\r\n\xff".to_vec());
/// let mut text = TextIoWrapper::new(BufferedReader::new(bytes));
/// assert_eq!(text.next_line()?.as_deref(), Some("one"));
/// let (_, pending) = text.into_parts();
/// assert_eq!(pending.read, "two\r\n");
/// assert_eq!(pending.undecoded, b"\xff");
/// assert_eq!(pending.unwritten, b"");
/// # Ok::<(), iolite::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PendingText {
    /// Text that was read and decoded and nobody took, with its newlines as they stand in the
    /// stream.
    pub read: String,
    /// Bytes behind that which are not decoded: what was not looked at yet, the start of a
    /// character, malformed bytes that were not reported yet.
    pub undecoded: Vec<u8>,
    /// Bytes of text that was written and that the buffer did not take, with what ends them: a
    /// character that waited for the second one of a pair, the end of a shift.
    pub unwritten: Vec<u8>,
}

impl PendingText {
    /// Whether nothing is there.
    pub fn is_empty(&self) -> bool {
        self.read.is_empty() && self.undecoded.is_empty() && self.unwritten.is_empty()
    }
}

impl<B: BufferedIo> TextIoWrapper<B> {
    /// Text in UTF-8 with [`Newline::Universal`], strict.
    pub fn new(buffer: B) -> TextIoWrapper<B> {
        TextIoWrapper::with_options(buffer, TextOptions::new())
    }

    /// Text as `options` say, from the buffer's position on. Asks a seekable buffer for it; if that
    /// fails, the first call that needs the position asks again, and reports it.
    pub fn with_options(mut buffer: B, options: TextOptions) -> TextIoWrapper<B> {
        let seekable = buffer.seekable();
        let start = if seekable {
            buffer.stream_position().ok()
        } else {
            Some(0)
        };
        let mut core = TextCore {
            window: TextWindow::new(&options, start.unwrap_or(0), seekable),
            direction: Direction::Unplaced,
            sink: TextSink::new(&options, start.unwrap_or(0) == 0),
            options,
            one_position: seekable && buffer.readable() && buffer.writable(),
            buffer,
        };
        if start.is_some() {
            core.direction = core.first_direction(true);
        }
        TextIoWrapper {
            core: scopeguard::guard(core, TextCore::finish),
        }
    }

    /// The buffer, which may be ahead of this stream or behind it.
    #[doc(alias = "buffer")]
    pub fn get_ref(&self) -> &B {
        &self.core.buffer
    }

    /// The encoding that was asked for.
    pub fn encoding(&self) -> Encoding {
        self.core.options.encoding
    }

    /// What happens on errors.
    pub fn errors(&self) -> OnError {
        self.core.options.errors
    }

    /// The newline policy for reading.
    pub fn newline(&self) -> Newline {
        self.core.options.newline
    }

    /// How many bytes of the stream lie before the next character; counted from where reading
    /// began if the device cannot tell its position. At the end of the stream: its length. Inside
    /// of what an error policy made of malformed bytes: those before them. It does not move while
    /// text is written; [`tell`](TextIo::tell) does.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{BufferedReader, BytesIo, TextIo, TextIoWrapper};
    ///
    /// let bytes = BytesIo::from("é\r\nrest".as_bytes().to_vec());
    /// let mut text = TextIoWrapper::new(BufferedReader::new(bytes));
    /// text.next_line()?;
    /// assert_eq!(text.byte_offset(), 4);
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn byte_offset(&self) -> u64 {
        self.core.window.position().offset
    }

    /// The buffer, after everything was written, at this stream's position if it can seek.
    ///
    /// # Errors
    ///
    /// What the buffer says; the error holds the stream. A stream that cannot seek and has read
    /// ahead cannot be taken apart without loss: [`Unsupported`](crate::Error::Unsupported).
    pub fn detach(mut self) -> Result<B, DetachError<Self>> {
        match self.core.finish_direction() {
            Ok(()) => Ok(ScopeGuard::into_inner(self.core).buffer),
            Err(error) => Err(DetachError::new(error, self)),
        }
    }

    /// The buffer, and everything that is on its way through this stream: writes nothing, reads
    /// nothing, loses nothing. The way out where [`detach`](TextIoWrapper::detach) fails, on a full
    /// disk or a pipe that nobody reads any more; also after [`close`](crate::IoBase::close), which
    /// reported that it failed. What the buffer has, it hands out by its own `into_parts`.
    ///
    /// # Examples
    ///
    /// A disk that is full in the middle of a character:
    ///
    /// ```
    /// use iolite::{Adapter, BufferedWriter, TextIo, TextIoWrapper};
    ///
    /// let mut disk = [0; 4];
    /// let buffer = BufferedWriter::with_capacity(4, Adapter::writer(&mut disk[..]));
    /// let mut text = TextIoWrapper::new(buffer);
    /// let mut taken = 0;
    /// while text.write_str("日").is_ok() {
    ///     taken += "日".len();
    /// }
    /// let (buffer, pending) = text.into_parts();
    /// let (_, queued) = buffer.into_parts();
    /// assert_eq!(4 + queued.len() + pending.unwritten.len(), taken);
    /// ```
    #[must_use = "what is pending is lost otherwise"]
    pub fn into_parts(self) -> (B, PendingText) {
        let mut core = ScopeGuard::into_inner(self.core);
        let (read, undecoded) = core.window.take_all();
        let pending = PendingText {
            read,
            undecoded,
            unwritten: core.sink.take_pending(),
        };
        (core.buffer, pending)
    }

    /// The next line together with all further ones that are there already: at most one block of
    /// the buffer is asked for. `None` at the end. For lines that go to other threads.
    ///
    /// Shares the memory of the chunk that was read where [`Line::to_chunk`] would, else copies
    /// all of it once; allocates the list of the line ends.
    ///
    /// # Errors
    ///
    /// As for [`TextIo::next_line`], about the first line; one that is too long behind others
    /// ends the batch before it.
    ///
    /// [`Line::to_chunk`]: crate::Line::to_chunk
    /// [`TextIo::next_line`]: crate::TextIo::next_line
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{BufferedReader, BytesIo, TextIoWrapper};
    ///
    /// let bytes = BytesIo::from(b"one\n\nthree\n".to_vec());
    /// let mut text = TextIoWrapper::new(BufferedReader::new(bytes));
    /// let batch = text.next_batch()?.expect("three lines");
    /// let lengths = std::thread::spawn(move || batch.iter().map(|l| l.len()).collect::<Vec<_>>());
    /// assert_eq!(lengths.join().expect("no panic"), [3, 0, 5]);
    /// assert!(text.next_batch()?.is_none());
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn next_batch(&mut self) -> Result<Option<TextBatch>> {
        let (buffer, window) = self.core.reading()?;
        window.next_batch(buffer)
    }

    /// Goes past the end of the current line and says what that was; [`LineEnding::None`]: the
    /// stream ended. Keeps nothing of the line, however long it is: the way past one that is
    /// [too long](crate::Error::LineTooLong).
    ///
    /// # Errors
    ///
    /// What the device says, and [`Decode`](crate::Error::Decode) at malformed bytes. What was
    /// passed before stays behind: call again to get to the end of the line.
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
    pub fn skip_line(&mut self) -> Result<LineEnding> {
        let (buffer, window) = self.core.reading()?;
        window.skip_line(buffer)
    }

    /// Goes to the end of the stream, in bytes. Text written there gets no byte-order mark unless
    /// the stream is empty.
    ///
    /// # Errors
    ///
    /// As for [`seek`](TextIo::seek).
    pub fn seek_end(&mut self) -> Result<()> {
        // The byte order that was read, if any was; else that of the file's mark, if it can be
        // looked at, or the one that is written.
        let can_look = self.get_ref().readable();
        let state = match self.core.window.position().state {
            0 if can_look => 0,
            read => self.core.sink.encoder.state_at_end(read),
        };
        self.core.go(SeekFrom::End(0), state, 0)?;
        if can_look {
            self.core.look_at_mark()
        } else {
            Ok(())
        }
    }
}

impl<B: BufferedIo> TextIo for TextIoWrapper<B> {
    #[inline(always)] // row 1f
    fn next_line(&mut self) -> Result<Option<Line<'_>>> {
        match self.core.window.ready_end() {
            Some(end) => Ok(Some(self.core.window.take_ready(end))),
            None => self.core.next_line_slow(),
        }
    }

    fn next_line_within(&mut self, max: usize) -> Result<Option<Line<'_>>> {
        let (buffer, window) = self.core.reading()?;
        match max {
            0 => Ok(Some(Line::EMPTY)),
            _ => window.next_line_within(buffer, max),
        }
    }

    fn fill_str(&mut self) -> Result<&str> {
        let (buffer, window) = self.core.reading()?;
        window.fill(buffer)
    }

    fn consume(&mut self, n: usize) {
        self.core.window.consume(n);
    }

    fn read_to_string(&mut self, text: &mut String) -> Result<usize> {
        let before = text.len();
        let (buffer, window) = self.core.reading()?;
        window.read_to_end(buffer, text)?;
        Ok(text.len() - before)
    }

    #[inline(always)] // row 3a
    fn write_str(&mut self, text: &str) -> Result<()> {
        let core = &mut *self.core;
        if core.direction == Direction::Write && core.sink.take(&mut core.buffer, text) {
            return Ok(());
        }
        core.write_slow(text)
    }

    fn flush(&mut self) -> Result<()> {
        self.core.check_open()?;
        let core = &mut *self.core;
        core.sink.flush(&mut core.buffer)
    }

    fn newlines(&self) -> LineEndings {
        self.core.window.seen
    }

    /// Costs no decoding and, once the buffer knows its position, no system call.
    #[inline]
    fn tell(&mut self) -> Result<TextPosition> {
        if self.core.direction == Direction::Read
            && self.core.buffer.seekable()
            && let Some(place) = self.core.window.plain_position()
        {
            return Ok(place);
        }
        self.core.tell_slow()
    }

    fn seek(&mut self, to: TextPosition) -> Result<()> {
        self.core
            .go(SeekFrom::Start(to.offset), to.state, to.skip)?;
        if to == TextPosition::START {
            self.core.window.seen = LineEndings::new();
        }
        Ok(())
    }
}
