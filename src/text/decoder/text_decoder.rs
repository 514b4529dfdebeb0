//! [`TextDecoder`]: bytes in any pieces to lines and text, without a stream.

use std::fmt;

use super::super::batch::LineBatch;
use super::super::codec::Encoding;
use super::super::newline::{LineEnding, LineEndings};
use super::super::options::TextOptions;
use super::super::position::TextPosition;
use super::decoded::{DecodedLine, TextPiece};
use super::lines::TextWindow;
use super::pushed_bytes::PushedBytes;
use crate::chunk::{Chunk, Progress};
use crate::error::{Error, Operation, Result};

/// Bytes in pieces to text: Python's incremental decoder, and the reading half of a
/// [`TextIoWrapper`](crate::TextIoWrapper) without the stream. For programs that bring the bytes
/// themselves: a protocol, a database, an editor, an event loop.
///
/// **In:** [`append`](TextDecoder::append) copies bytes, [`push`](TextDecoder::push) shares them,
/// [`spare_mut`](TextDecoder::spare_mut) and [`commit`](TextDecoder::commit) lend room to whatever
/// reads them; [`finish`](TextDecoder::finish) says that no more will come.
///
/// **Out:** [`next_line`](TextDecoder::next_line), [`next_batch`](TextDecoder::next_batch) and
/// [`next_text`](TextDecoder::next_text) give what is complete, or [`Pending`](Progress::Pending);
/// lines and text know which bytes they are. [`decode`](TextDecoder::decode) does both in one call.
///
/// Bytes may be cut anywhere: text, errors and offsets are always those of a stream over all of
/// them. A character or line that is not complete waits, and nothing is searched or decoded
/// twice. Malformed bytes are an error after the text before them, and the next call goes on after
/// them; another [`ErrorPolicy`](crate::ErrorPolicy) replaces or escapes them.
///
/// UTF-8 that was pushed is not copied but for a line that lies in two pieces, and no line
/// allocates. Memory: what was not decoded yet, the text of one line (see
/// [`line_limit`](TextOptions::line_limit)), and up to 1 MiB of the bytes of that text.
///
/// To read a device take a [`TextIoWrapper`](crate::TextIoWrapper); for bytes that are all there
/// [`Encoding::decode`].
///
/// # Examples
///
/// Lines of Shift_JIS, cut inside a character, with their places in the bytes:
///
/// ```
/// # #[cfg(feature = "encodings")] {
/// use iolite::Encoding;
/// use iolite::chunk::Progress;
/// use iolite::text::TextDecoder;
///
/// let mut decoder = TextDecoder::new(Encoding::SHIFT_JIS);
/// let (mut lines, mut places) = (Vec::new(), Vec::new());
/// for piece in [&b"\x93"[..], b"\xfa\x96", b"\x7b\r", b"\nend"] {
///     decoder.append(piece)?;
///     while let Progress::Ready(line) = decoder.next_line()? {
///         lines.push(line.to_string());
///         places.push(line.byte_range());
///     }
/// }
/// decoder.finish();
/// while let Progress::Ready(line) = decoder.next_line()? {
///     lines.push(line.to_string());
/// }
/// assert_eq!((lines, places), (vec!["日本".to_owned(), "end".to_owned()], vec![0..6]));
/// # }
/// # Ok::<(), iolite::Error>(())
/// ```
#[doc(alias = "IncrementalDecoder")]
#[doc(alias = "getincrementaldecoder")]
#[doc(alias = "iterdecode")]
pub struct TextDecoder {
    window: TextWindow,
    bytes: PushedBytes,
    options: TextOptions,
}

/// Where a [`TextDecoder`] stands: what another one needs to go on in its place. Python's
/// `getstate()`, whose bytes these are wherever it is the bytes that tell.
///
/// The position can be written down as text (it has `Display` and `FromStr`), the bytes as they
/// are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DecoderState {
    /// The place of the next character; if no text is left, after bytes that are none.
    pub position: TextPosition,
    /// The bytes from there on that the decoder was given: the start of a character or a line, and
    /// whatever else was not taken.
    pub pending: Vec<u8>,
}

impl TextDecoder {
    /// For an encoding; strict, with [`Newline::Universal`](crate::Newline::Universal), without a
    /// limit.
    pub fn new(encoding: Encoding) -> TextDecoder {
        TextDecoder::with_options(TextOptions::new().encoding(encoding))
    }

    /// With the encoding, error policy, newline policy for reading and line limit of some options.
    pub fn with_options(options: TextOptions) -> TextDecoder {
        TextDecoder {
            window: TextWindow::new(&options, 0, true),
            bytes: PushedBytes::new(0),
            options,
        }
    }

    /// Copies `bytes` to the end of what is there.
    ///
    /// # Errors
    ///
    /// [`Closed`](crate::Error::Closed) after [`finish`](TextDecoder::finish).
    pub fn append(&mut self, bytes: &[u8]) -> Result<()> {
        self.release();
        Ok(self.bytes.append(bytes)?)
    }

    /// Puts bytes that are owned at the end of what is there: a [`Chunk`], a vector. From 2 KiB on
    /// they are shared, not copied.
    ///
    /// # Errors
    ///
    /// [`Closed`](crate::Error::Closed) after [`finish`](TextDecoder::finish).
    pub fn push(&mut self, bytes: impl Into<Chunk>) -> Result<()> {
        self.release();
        Ok(self.bytes.push(bytes.into())?)
    }

    /// Lends room for at least `hint` bytes, and at least one, for a device to read into. All of it
    /// is initialised. What was put there [`commit`](TextDecoder::commit) takes in.
    ///
    /// # Errors
    ///
    /// [`Closed`](crate::Error::Closed) after [`finish`](TextDecoder::finish); an error of kind
    /// [`OutOfMemory`](std::io::ErrorKind::OutOfMemory).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Read;
    /// use iolite::Encoding;
    /// use iolite::chunk::Progress;
    /// use iolite::text::TextDecoder;
    ///
    /// let mut device = &b"caf\xe9\n"[..];
    /// let mut decoder = TextDecoder::new(Encoding::LATIN_1);
    /// let n = device.read(decoder.spare_mut(4096)?)?;
    /// decoder.commit(n)?;
    /// assert!(matches!(decoder.next_line()?, Progress::Ready(line) if line.as_str() == "café"));
    /// # Ok::<(), iolite::Error>(())
    /// ```
    #[doc(alias = "get_buffer")]
    pub fn spare_mut(&mut self, hint: usize) -> Result<&mut [u8]> {
        self.release();
        Ok(self.bytes.spare_mut(hint)?)
    }

    /// Takes in the first `n` bytes of the room that [`spare_mut`](TextDecoder::spare_mut) lent.
    ///
    /// # Errors
    ///
    /// [`InvalidArgument`](crate::Error::InvalidArgument) if that is more than was lent;
    /// [`Closed`](crate::Error::Closed).
    #[doc(alias = "buffer_written")]
    pub fn commit(&mut self, n: usize) -> Result<()> {
        Ok(self.bytes.commit(n)?)
    }

    /// Says that no more bytes will come: a line or character that is not complete will not be.
    #[doc(alias = "final")]
    #[doc(alias = "eof")]
    pub fn finish(&mut self) {
        self.bytes.close();
    }

    /// Whether that was said. There may be text left to take.
    pub fn is_finished(&self) -> bool {
        self.bytes.is_closed()
    }

    /// The next line, if it is complete; the last one may have no terminator. As
    /// [`TextIo::next_line`](crate::TextIo::next_line), also in what it holds back.
    ///
    /// # Errors
    ///
    /// [`Decode`](crate::Error::Decode) for malformed bytes, after the text before them, which
    /// comes as a line without terminator; [`LineTooLong`](crate::Error::LineTooLong), as soon as
    /// that is certain: the line stays, and [`skip_line`](TextDecoder::skip_line) passes it by.
    /// [`InvalidArgument`](crate::Error::InvalidArgument) for an error policy that cannot be kept
    /// in the encoding; what a custom codec breaks.
    #[inline(always)] // row 14a
    pub fn next_line(&mut self) -> Result<Progress<DecodedLine<'_>>> {
        match self.window.ready_end() {
            Some(end) => {
                let line = self.window.take_ready(end, TextWindow::decoded_line);
                Ok(Progress::Ready(line))
            }
            None => self.next_line_slow(),
        }
    }

    #[inline(never)] // row 14a
    fn next_line_slow(&mut self) -> Result<Progress<DecodedLine<'_>>> {
        let at = progress(self.window.next_line(&mut self.bytes))?;
        Ok(at.map(|at| self.window.decoded_line(at)))
    }

    /// The lines that are complete, as one value, which can go to another thread. As
    /// [`TextIoWrapper::next_batch`](crate::TextIoWrapper::next_batch).
    ///
    /// # Errors
    ///
    /// As for [`next_line`](TextDecoder::next_line), about the first line.
    pub fn next_batch(&mut self) -> Result<Progress<LineBatch>> {
        progress(self.window.next_batch(&mut self.bytes))
    }

    /// Goes past the end of the current line and says what that was; keeps nothing of the line,
    /// however long it is. While that end has not come, [`Pending`](Progress::Pending): what was
    /// passed stays passed, and the call is repeated. [`End`](Progress::End): the bytes ended
    /// before the line did.
    ///
    /// # Errors
    ///
    /// [`Decode`](crate::Error::Decode) at malformed bytes; call again.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{Error, TextOptions};
    /// use iolite::chunk::Progress;
    /// use iolite::text::TextDecoder;
    ///
    /// let mut decoder = TextDecoder::with_options(TextOptions::new().line_limit(Some(4)));
    /// decoder.append(b"much too lo")?;
    /// assert!(matches!(decoder.next_line(), Err(Error::LineTooLong { limit: 4, .. })));
    /// assert!(decoder.skip_line()?.is_pending());
    /// decoder.append(b"ng\nfine\n")?;
    /// assert!(decoder.skip_line()?.is_ready());
    /// assert!(matches!(decoder.next_line()?, Progress::Ready(line) if line.as_str() == "fine"));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn skip_line(&mut self) -> Result<Progress<LineEnding>> {
        let ending = self.window.skip_line(&mut self.bytes);
        progress(ending.map(|ending| Some(ending).filter(|&it| it != LineEnding::None)))
    }

    /// The next piece of text, whatever lines it is of: as much as lies in one piece, newlines
    /// translated.
    ///
    /// # Errors
    ///
    /// As for [`next_line`](TextDecoder::next_line), without a limit.
    ///
    /// # Examples
    ///
    /// What is good and what is not, with the places of both:
    ///
    /// ```
    /// use iolite::{Encoding, Error};
    /// use iolite::chunk::Progress;
    /// use iolite::text::TextDecoder;
    ///
    /// let mut decoder = TextDecoder::new(Encoding::UTF_8);
    /// decoder.append(b"ab\xffcd")?;
    /// decoder.finish();
    /// let mut found = Vec::new();
    /// loop {
    ///     match decoder.next_text() {
    ///         Ok(Progress::Ready(text)) => found.push((text.to_string(), text.byte_range())),
    ///         Ok(_) => break,
    ///         Err(Error::Decode { offset, bytes, .. }) => {
    ///             found.push(("bad".to_owned(), offset..offset + bytes.len() as u64));
    ///         }
    ///         Err(error) => return Err(error),
    ///     }
    /// }
    /// assert_eq!(found.len(), 3);
    /// assert_eq!(found[1..], [("bad".to_owned(), 2..3), ("cd".to_owned(), 3..5)]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn next_text(&mut self) -> Result<Progress<TextPiece<'_>>> {
        let at = progress(self.window.take_text(&mut self.bytes))?;
        Ok(at.map(|at| self.window.text_piece(at)))
    }

    /// Appends `bytes`, and takes all text that is complete then to the end of `text`, newlines
    /// translated (Python's `decode(input)`). Allocates nothing where `text` has the room.
    ///
    /// # Errors
    ///
    /// As for [`next_text`](TextDecoder::next_text): the text before malformed bytes is in `text`,
    /// and `decode(b"", text)` goes on after them. [`Closed`](crate::Error::Closed) after
    /// [`finish`](TextDecoder::finish), unless `bytes` is empty: what is left comes then.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::Encoding;
    /// use iolite::text::TextDecoder;
    ///
    /// let (mut decoder, mut text) = (TextDecoder::new(Encoding::UTF_8), String::new());
    /// decoder.decode(b"caf\xc3", &mut text)?;
    /// assert_eq!(text, "caf");
    /// decoder.decode(b"\xa9", &mut text)?;
    /// decoder.finish();
    /// decoder.decode(b"", &mut text)?;
    /// assert_eq!(text, "café");
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn decode(&mut self, bytes: &[u8], text: &mut String) -> Result<()> {
        if !bytes.is_empty() {
            self.append(bytes)?;
        }
        match self.window.read_to_end(&mut self.bytes, text) {
            Err(error) if error.is_would_block() => Ok(()),
            done => done,
        }
    }

    /// How many bytes of the input lie before the next character, those before the
    /// [position](TextDecoder::restart_at) it began at included. At the end: all.
    pub fn byte_offset(&self) -> u64 {
        self.position().offset
    }

    /// The place of the next character. A decoder [that begins there](TextDecoder::restart_at), and
    /// is given the bytes from there on, goes on as this one does.
    #[doc(alias = "tell")]
    pub fn position(&self) -> TextPosition {
        self.window.position()
    }

    /// Which line ends were met in what was taken: as
    /// [`TextIo::newlines`](crate::TextIo::newlines).
    pub fn newlines(&self) -> LineEndings {
        self.window.seen
    }

    /// The options.
    pub fn options(&self) -> TextOptions {
        self.options
    }

    /// Goes on with other options from the position on, also with the bytes that were decoded but
    /// not taken: as [`TextIoWrapper::reconfigure`](crate::TextIoWrapper::reconfigure).
    ///
    /// # Errors
    ///
    /// [`InvalidArgument`](crate::Error::InvalidArgument) for an error policy that cannot be kept
    /// in the encoding; [`Unsupported`](crate::Error::Unsupported) in the middle of a line of more
    /// than 1 MiB, whose bytes are not kept. Nothing has changed then.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::Encoding;
    /// use iolite::chunk::Progress;
    /// use iolite::text::TextDecoder;
    ///
    /// let mut decoder = TextDecoder::new(Encoding::LATIN_1);
    /// decoder.append(b"<?xml encoding='koi8-r'?>\n\xf0\xf2\n")?;
    /// assert!(decoder.next_line()?.is_ready());
    /// decoder.reconfigure(decoder.options().encoding(Encoding::KOI8_R))?;
    /// assert!(matches!(decoder.next_line()?, Progress::Ready(line) if line.as_str() == "ПР"));
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn reconfigure(&mut self, options: TextOptions) -> Result<()> {
        options.check()?;
        let position = self.kept_position(Operation::Seek)?;
        self.bytes.show_again(position.offset);
        self.window.restart(position);
        self.window.reconfigure(&options);
        self.options = options;
        Ok(())
    }

    /// Where it stands, to [go on](TextDecoder::set_state) later or elsewhere; copies the bytes
    /// that are pending.
    ///
    /// Where all text was taken, these are the bytes that CPython's incremental decoder holds back:
    /// the start of a character. What is no text, a byte-order mark, an escape sequence, is in the
    /// position then. (So is an unfinished run of UTF-7's base64, of which CPython keeps all; and
    /// half a `\r\n` is among the bytes, which CPython has in a number.)
    ///
    /// # Errors
    ///
    /// [`Unsupported`](crate::Error::Unsupported) in the middle of a line of more than 1 MiB, whose
    /// bytes are not kept.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::Encoding;
    /// use iolite::text::TextDecoder;
    ///
    /// let (mut decoder, mut text) = (TextDecoder::new(Encoding::UTF_8), String::new());
    /// decoder.decode(b"caf\xc3", &mut text)?;
    /// let state = decoder.state()?;
    /// assert_eq!((state.position.to_string().as_str(), &*state.pending), ("3/0", &b"\xc3"[..]));
    ///
    /// let mut other = TextDecoder::new(Encoding::UTF_8);
    /// other.set_state(state)?;
    /// other.decode(b"\xa9", &mut text)?;
    /// assert_eq!((text.as_str(), other.byte_offset()), ("café", 5));
    /// # Ok::<(), iolite::Error>(())
    /// ```
    #[doc(alias = "getstate")]
    pub fn state(&self) -> Result<DecoderState> {
        let position = match self.window.end_position() {
            Some(end) => end,
            None => self.kept_position(Operation::Tell)?,
        };
        let pending = self.bytes.rest(position.offset);
        Ok(DecoderState { position, pending })
    }

    /// Goes on as a decoder with these options that was in this state.
    ///
    /// # Errors
    ///
    /// None today; a state that was made up is met as malformed bytes.
    #[doc(alias = "setstate")]
    pub fn set_state(&mut self, state: DecoderState) -> Result<()> {
        self.restart_at(state.position);
        self.push(state.pending)
    }

    /// Forgets what it was given and goes on at a place: the bytes from there on come next, also
    /// after [`finish`](TextDecoder::finish).
    ///
    /// # Examples
    ///
    /// A program that reads a growing file from where it was the last time:
    ///
    /// ```
    /// use iolite::Encoding;
    /// use iolite::chunk::Progress;
    /// use iolite::text::TextDecoder;
    ///
    /// let file = b"\xfe\xff\0a\0\n\0b\0\n";
    /// let mut decoder = TextDecoder::new(Encoding::UTF_16);
    /// decoder.append(file)?;
    /// assert!(decoder.next_line()?.is_ready());
    /// let (place, offset) = (decoder.position().to_string(), decoder.byte_offset() as usize);
    ///
    /// let mut later = TextDecoder::new(Encoding::UTF_16);
    /// later.restart_at(place.parse()?); // knows the byte order
    /// later.append(&file[offset..])?;
    /// assert!(matches!(later.next_line()?, Progress::Ready(line) if line.as_str() == "b"));
    /// # Ok::<(), iolite::Error>(())
    /// ```
    #[doc(alias = "seek")]
    pub fn restart_at(&mut self, position: TextPosition) {
        self.bytes = PushedBytes::new(position.offset);
        self.window.restart(position);
        if position == TextPosition::START {
            self.window.seen = LineEndings::new();
        }
    }

    /// Forgets everything: for another input.
    pub fn reset(&mut self) {
        self.restart_at(TextPosition::START);
    }

    /// The place of the next character, if the bytes from there on are kept.
    fn kept_position(&self, operation: Operation) -> Result<TextPosition> {
        let position = Some(self.position()).filter(|place| self.bytes.has(place.offset));
        let position = position.or_else(|| self.window.end_position());
        position.ok_or(Error::Unsupported { operation })
    }

    /// Lets the bytes go whose text was taken.
    fn release(&mut self) {
        self.bytes.release(self.window.position().offset);
    }
}

/// What the window returns, as the progress of a stream of which more may come.
fn progress<T>(outcome: Result<Option<T>>) -> Result<Progress<T>> {
    match outcome {
        Ok(Some(found)) => Ok(Progress::Ready(found)),
        Ok(None) => Ok(Progress::End),
        Err(error) if error.is_would_block() => Ok(Progress::Pending),
        Err(error) => Err(error),
    }
}

impl Default for TextDecoder {
    /// For UTF-8.
    fn default() -> TextDecoder {
        TextDecoder::with_options(TextOptions::new())
    }
}

impl fmt::Debug for TextDecoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextDecoder")
            .field("encoding", &self.options.get_encoding())
            .field("position", &self.position())
            .finish_non_exhaustive()
    }
}
