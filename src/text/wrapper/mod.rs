//! [`TextIoWrapper`]: text over any buffered stream of bytes.
//!
//! What happens where: [`decode`] turns chunks of bytes into [`block`]s of text; [`window`] finds
//! lines in them and knows where everything came from; [`encode`] turns text into bytes; [`life`]
//! is what every stream has. [`turns`] keeps the two directions from getting in each other's way,
//! and [`reconfigure`] changes the options on the way.

mod block;
mod decode;
mod encode;
mod feed;
mod life;
mod lines;
mod options;
mod pending_text;
mod reconfigure;
mod refused;
mod trace;
mod turns;
mod window;

use std::io::SeekFrom;

use self::encode::TextSink;
pub use self::options::TextOptions;
pub use self::pending_text::PendingText;
use self::turns::step_back;
use self::window::TextWindow;
use super::codec::{Encoding, OnError};
use super::line::Line;
use super::newline::{LineEndings, Newline};
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
    /// `None` only while `self` is being taken apart.
    buffer: Option<B>,
    window: TextWindow,
    sink: TextSink,
    options: TextOptions,
    last: Last,
    /// Whether the buffer has one position for reading and writing.
    one_position: bool,
}

/// What the last call did, as far as it matters to the next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// None, and the stream began in the middle of one that begins with a byte-order mark.
    Nothing,
    /// The window knows where the stream is.
    Read,
    /// The window is behind.
    Wrote,
    /// The descriptor was handed out: nobody knows, and the buffer has to be asked.
    #[cfg_attr(not(unix), expect(dead_code, reason = "only Unix has descriptors"))]
    Lent,
    /// Nothing was done, as the buffer did not say where it stands: it has to be asked again.
    Unplaced,
}

impl Last {
    /// Whether the buffer has to be asked where the stream is.
    fn is_unknown(self) -> bool {
        matches!(self, Last::Lent | Last::Unplaced)
    }
}

const TAKEN_APART: &str = "the buffer is there until the stream is consumed";

impl<B: BufferedIo> TextIoWrapper<B> {
    /// Text in UTF-8 with [`Newline::Universal`], strict.
    pub fn new(buffer: B) -> TextIoWrapper<B> {
        TextIoWrapper::with_options(buffer, TextOptions::new())
    }

    /// Text as `options` say, from the buffer's position on. Asks a seekable buffer for it; if that
    /// fails, the first call that needs the position asks again, and reports it.
    pub fn with_options(mut buffer: B, options: TextOptions) -> TextIoWrapper<B> {
        let seekable = buffer.seekable();
        let (start, last) = match seekable.then(|| buffer.stream_position()) {
            None => (0, Last::Read),
            Some(Ok(start)) => (start, Last::Read),
            Some(Err(_)) => (0, Last::Unplaced),
        };
        let sink = TextSink::new(&options, start == 0);
        TextIoWrapper {
            window: TextWindow::new(&options, start, seekable),
            last: match last {
                Last::Read if start > 0 && sink.has_mark() => Last::Nothing,
                last => last,
            },
            sink,
            options,
            one_position: seekable && buffer.readable() && buffer.writable(),
            buffer: Some(buffer),
        }
    }

    /// The buffer, which may be ahead of this stream or behind it.
    ///
    /// # Panics
    ///
    /// Never: the buffer is there as long as the stream is.
    #[doc(alias = "buffer")]
    pub fn get_ref(&self) -> &B {
        self.buffer.as_ref().expect(TAKEN_APART)
    }

    /// The encoding that was asked for.
    pub fn encoding(&self) -> Encoding {
        self.options.encoding
    }

    /// What happens on errors.
    pub fn errors(&self) -> OnError {
        self.options.errors
    }

    /// The newline policy for reading.
    pub fn newline(&self) -> Newline {
        self.options.newline
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
        self.window.position().offset
    }

    /// The buffer, after everything was written, at this stream's position if it can seek.
    ///
    /// # Errors
    ///
    /// What the buffer says; the error holds the stream. A stream that cannot seek and has read
    /// ahead cannot be taken apart without loss: [`Unsupported`](crate::Error::Unsupported).
    ///
    /// # Panics
    ///
    /// Never: the buffer is there as long as the stream is.
    pub fn detach(mut self) -> Result<B, DetachError<Self>> {
        let last = self.last;
        let settled = self.parts().and_then(|(buffer, window, sink)| {
            // A pair's run may be open though reading was the last that was done.
            sink.settle(buffer)?;
            match last {
                Last::Wrote | Last::Lent | Last::Unplaced => sink.flush(buffer),
                Last::Read | Last::Nothing => step_back(buffer, window),
            }
        });
        match settled {
            Ok(()) => Ok(self.buffer.take().expect(TAKEN_APART)),
            Err(error) => Err(DetachError::new(error, self)),
        }
    }

    /// The buffer, and everything that is on its way through this stream: writes nothing, reads
    /// nothing, loses nothing. The way out where [`detach`](TextIoWrapper::detach) fails, on a full
    /// disk or a pipe that nobody reads any more; also after [`close`](crate::IoBase::close), which
    /// reported that it failed. What the buffer has, it hands out by its own `into_parts`.
    ///
    /// # Panics
    ///
    /// Never: the buffer is there as long as the stream is.
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
    pub fn into_parts(mut self) -> (B, PendingText) {
        let (read, undecoded) = self.window.take_ahead();
        let pending = PendingText {
            read,
            undecoded,
            unwritten: self.sink.take_pending(),
        };
        (self.buffer.take().expect(TAKEN_APART), pending)
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
        let state = match self.window.position().state {
            0 if can_look => 0,
            read => self.sink.state_at_end(read),
        };
        self.go(SeekFrom::End(0), state, 0)?;
        if can_look {
            self.look_at_mark()
        } else {
            Ok(())
        }
    }
}

impl<B: BufferedIo> TextIo for TextIoWrapper<B> {
    #[inline(always)]
    fn next_line(&mut self) -> Result<Option<Line<'_>>> {
        match self.window.usual_end() {
            Some(end) => Ok(Some(self.window.take_usual(end))),
            None => self.unusual_line(),
        }
    }

    fn next_line_within(&mut self, max: usize) -> Result<Option<Line<'_>>> {
        let (buffer, window) = self.reading()?;
        match max {
            0 => Ok(Some(Line::EMPTY)),
            _ => window.next_line_within(buffer, max),
        }
    }

    fn fill_str(&mut self) -> Result<&str> {
        let (buffer, window) = self.reading()?;
        window.fill(buffer)
    }

    fn consume(&mut self, n: usize) {
        self.window.consume(n);
    }

    fn read_to_string(&mut self, text: &mut String) -> Result<usize> {
        let before = text.len();
        let (buffer, window) = self.reading()?;
        window.read_to_end(buffer, text)?;
        Ok(text.len() - before)
    }

    #[inline(always)]
    fn write_str(&mut self, text: &str) -> Result<()> {
        if self.last == Last::Wrote
            && let Some(buffer) = &mut self.buffer
            && self.sink.take(buffer, text)
        {
            return Ok(());
        }
        self.write_cold(text)
    }

    fn flush(&mut self) -> Result<()> {
        let (buffer, _, sink) = self.parts()?;
        sink.flush(buffer)
    }

    fn newlines(&self) -> LineEndings {
        self.window.seen()
    }

    /// Costs no decoding and, once the buffer knows its position, no system call.
    #[inline(always)]
    fn tell(&mut self) -> Result<TextPosition> {
        if self.last == Last::Read
            && let Some(buffer) = &self.buffer
            && buffer.seekable()
            && let Some(place) = self.window.plain_position()
        {
            return Ok(place);
        }
        self.tell_measured()
    }

    fn seek(&mut self, to: TextPosition) -> Result<()> {
        self.go(SeekFrom::Start(to.offset), to.state, to.skip)?;
        if to == TextPosition::START {
            self.window.forget_seen();
        }
        Ok(())
    }
}
