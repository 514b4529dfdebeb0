//! [`TextIoWrapper`]: text over any buffered stream of bytes.
//!
//! Reading is the window of [`decoder`](super::decoder) over the buffer, writing ([`write`]) the
//! encoder of [`encoder`](super::encoder) in front of it. [`direction`] decides which of the two
//! knows the stream's position, and changes the options.

mod direction;
mod io_base;
mod write;

use std::io::SeekFrom;
use std::path::Path;

use scopeguard::ScopeGuard;

use self::direction::Direction;
use self::write::TextSink;
use super::batch::LineBatch;
use super::codec::{Encoding, ErrorPolicy};
use super::decoder::{LineAt, TextWindow};
use super::line::Line;
use super::newline::{LineEnding, LineEndings, Newline};
use super::options::TextOptions;
use super::position::TextPosition;
use super::text_io::TextIo;
use super::utf8_piece::Utf8Piece;
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
/// [`TextOptions::line_buffering`]. **Call `close` and check its result**: drop writes too, but
/// cannot return an error. Where nothing can be written any more, also after a `close` that failed,
/// [`into_parts`](TextIoWrapper::into_parts) returns what is pending.
///
/// Reading and writing may alternate on a seekable stream that does both: a write goes to where
/// reading stopped (CPython's goes to the end of what was read ahead).
///
/// **With the default options, reading a text and writing it back is no round trip**: as in Python,
/// every newline is read as `\n` and the platform's is written, so `a\r\nb\rc\n` comes back as
/// `a\nb\nc\n` on Unix. [`Newline::Keep`] leaves every line end as it is.
///
/// If your input is known to be UTF-8 with `\n` and bytes are all you need, use a
/// [`BufferedReader`](crate::BufferedReader): this type validates every byte.
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
    /// Guarded, instead of a `Drop` of this type, from which nothing could be moved out.
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

    /// A line whose end was not found yet, or that has to be put together from two blocks.
    #[inline(never)] // row 1f
    fn next_line_slow(&mut self) -> Result<Option<Line<'_>>> {
        let at = self.take_line()?;
        Ok(at.map(|at| self.window.line(at)))
    }

    /// A character of which it is not known that it is shown as it is.
    #[inline(never)] // row 10k
    fn next_char_slow(&mut self) -> Result<Option<char>> {
        let (buffer, window) = self.reading()?;
        window.next_char(buffer)
    }

    /// Takes the next line.
    fn take_line(&mut self) -> Result<Option<LineAt>> {
        let (buffer, window) = self.reading()?;
        window.next_line(buffer)
    }

    /// Writes text that is not just copied.
    #[inline(never)] // row 3a
    fn write_encoded(&mut self, text: &str) -> Result<()> {
        match self.sink.take_encoded(&mut self.buffer, text) {
            Some(written) => written,
            None => self.write_slow(text),
        }
    }

    /// Writes text that does not simply fit into the buffer's room.
    #[cold]
    fn write_slow(&mut self, text: &str) -> Result<()> {
        let (buffer, sink) = self.writing()?;
        sink.write(buffer, text)
    }
}

/// What a text stream had on the way when it was taken apart; see
/// [`into_parts`](crate::TextIoWrapper::into_parts).
///
/// `read` and `undecoded` were read from the buffer, whose position is after them; `unwritten`
/// comes after everything that the buffer accepted.
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
    /// Text that was read and decoded and not consumed, with its newlines as they are in the
    /// stream.
    pub read: String,
    /// The bytes after that, which are not decoded yet: the start of a character, malformed bytes
    /// that were not reported yet, and what comes after those.
    pub undecoded: Vec<u8>,
    /// Bytes of text that was written and that the buffer did not accept, complete: with a
    /// character that waited for the second one of a pair, and with the end of a shift. After a panic
    /// in the device, of which nobody knows how much it took, the first of them may be there already.
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
    pub fn with_options(buffer: B, options: TextOptions) -> TextIoWrapper<B> {
        TextIoWrapper::over(buffer, options, false)
    }

    /// The same. `is_at_start`: it is known without asking the buffer that it can seek, and stands at
    /// its start.
    pub(crate) fn over(mut buffer: B, options: TextOptions, is_at_start: bool) -> TextIoWrapper<B> {
        let seekable = is_at_start || buffer.seekable();
        let start = if seekable && !is_at_start {
            buffer.stream_position().ok()
        } else {
            Some(0)
        };
        let offset = start.unwrap_or(0);
        let sink = TextSink::new(&options, offset == 0);
        let direction = match start {
            Some(_) => Direction::first(offset, sink.encoder.codec.has_mark()),
            None => Direction::Unplaced,
        };
        // In one expression, so that it is built where it stays: it is as large as a small file.
        TextIoWrapper {
            core: scopeguard::guard(
                TextCore {
                    window: TextWindow::new(&options, offset, seekable),
                    direction,
                    sink,
                    options,
                    one_position: seekable && buffer.readable() && buffer.writable(),
                    buffer,
                },
                TextCore::finish,
            ),
        }
    }

    /// Names the file in the errors of this stream.
    pub(crate) fn name_file(&mut self, path: &Path) {
        self.core.window.name_file(path);
        self.core.sink.path = Some(path.into());
    }

    /// The buffer, whose position may be after that of this stream (read ahead) or before it.
    #[doc(alias = "buffer")]
    pub fn get_ref(&self) -> &B {
        &self.core.buffer
    }

    /// The buffer, for what only it or the device can do: set a time-out, shut down one direction
    /// of a socket.
    ///
    /// This stream does not see what is done to it. Reading, writing or seeking there breaks the
    /// stream: text that was read ahead comes all the same, in the place of what the buffer now
    /// shows; positions count from where the buffer was; a character, a byte-order mark
    /// or a shift sequence may be written in two halves. [`detach`](TextIoWrapper::detach) brings
    /// both to one place.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{BufferedWriter, BytesIo, TextIo, TextIoWrapper};
    ///
    /// let mut text = TextIoWrapper::new(BufferedWriter::new(BytesIo::new()));
    /// text.write_str("queued")?;
    /// std::io::Write::flush(text.get_mut())?;
    /// assert_eq!(text.get_ref().get_ref().as_slice(), b"queued");
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn get_mut(&mut self) -> &mut B {
        &mut self.core.buffer
    }

    /// The encoding that was asked for.
    pub fn encoding(&self) -> Encoding {
        self.core.options.encoding
    }

    /// What happens on errors.
    pub fn errors(&self) -> ErrorPolicy {
        self.core.options.errors
    }

    /// The newline policy for reading.
    pub fn newline(&self) -> Newline {
        self.core.options.newline
    }

    /// How many bytes of the stream lie before the next character; counted from where reading
    /// began if the device cannot tell its position. At the end of the stream: its length. Inside
    /// a replacement for malformed bytes: the offset where those bytes begin. The offset does not
    /// move while text is written; the place that [`tell`](TextIo::tell) returns does.
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
    /// The buffer's error, together with the stream. A stream that cannot seek and has read
    /// ahead cannot be taken apart without loss: [`Unsupported`](crate::Error::Unsupported).
    pub fn detach(mut self) -> Result<B, DetachError<Self>> {
        match self.core.finish_direction() {
            Ok(()) => Ok(ScopeGuard::into_inner(self.core).buffer),
            Err(error) => Err(DetachError::new(error, self)),
        }
    }

    /// The buffer, and everything that is on its way through this stream: writes nothing, reads
    /// nothing, loses nothing. The way out where [`detach`](TextIoWrapper::detach) fails, on a full
    /// disk or a pipe whose reader is gone. What the buffer had accepted is returned by its own
    /// `into_parts`.
    ///
    /// Works after a [`close`](crate::IoBase::close) that failed, too: what was read ahead is
    /// dropped then, and all that was written is on the device, in the buffer or in
    /// [`PendingText::unwritten`].
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

    /// Takes the next line if its end was found ahead; [`line_at`](TextIoWrapper::line_at) shows it.
    #[cfg(any(feature = "futures-io", feature = "tokio"))]
    #[inline]
    pub(crate) fn take_ready_line(&mut self) -> Option<LineAt> {
        let end = self.core.window.ready_end()?;
        Some(self.core.window.take_ready(end, |_, at| at))
    }

    /// Takes the next line, which [`line_at`](TextIoWrapper::line_at) then shows.
    #[cfg(any(feature = "futures-io", feature = "tokio"))]
    pub(crate) fn take_line(&mut self) -> Result<Option<LineAt>> {
        self.core.take_line()
    }

    /// The line that was taken last.
    #[cfg(any(feature = "futures-io", feature = "tokio"))]
    pub(crate) fn line_at(&self, at: LineAt) -> Line<'_> {
        self.core.window.line(at)
    }

    /// The next line together with all further ones that are there already: at most one block of
    /// the buffer is asked for. `None` at the end. For lines that go to other threads.
    ///
    /// Shares the memory of the chunk that was read where [`Line::to_chunk`] would, else copies
    /// all of it once; allocates the list of the line ends.
    ///
    /// # Errors
    ///
    /// As for [`TextIo::next_line`], about the first line; a later one that is too long
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
    pub fn next_batch(&mut self) -> Result<Option<LineBatch>> {
        let (buffer, window) = self.core.reading()?;
        window.next_batch(buffer)
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
            read => self.core.sink.encoder.codec.state_at_end(read),
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
            Some(end) => Ok(Some(self.core.window.take_ready(end, TextWindow::line))),
            None => self.core.next_line_slow(),
        }
    }

    fn next_line_part(&mut self, max: usize) -> Result<Option<Line<'_>>> {
        let (buffer, window) = self.core.reading()?;
        if max == 0 {
            return Ok(Some(Line::EMPTY));
        }
        let at = window.next_line_part(buffer, max)?;
        Ok(at.map(|at| window.line(at)))
    }

    fn fill_str(&mut self) -> Result<&str> {
        let (buffer, window) = self.core.reading()?;
        window.fill(buffer)
    }

    fn consume(&mut self, n: usize) {
        self.core.window.consume(n);
    }

    fn skip_line(&mut self) -> Result<LineEnding> {
        let (buffer, window) = self.core.reading()?;
        window.skip_line(buffer)
    }

    #[inline(always)] // row 10k
    fn next_char(&mut self) -> Result<Option<char>> {
        match self.core.window.ready_char() {
            Some(ch) => Ok(Some(ch)),
            None => self.core.next_char_slow(),
        }
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
        if core.sink.take(&mut core.buffer, text) {
            return Ok(());
        }
        core.write_encoded(text)
    }

    #[inline]
    fn take_piece(&mut self, piece: Utf8Piece<'_>) -> bool {
        let core = &mut *self.core;
        core.sink.take_piece(&mut core.buffer, piece)
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
