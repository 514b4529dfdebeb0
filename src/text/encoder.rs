//! [`TextEncoder`]: text to bytes, for the streams and for callers who send the bytes themselves.
//!
//! Newlines are translated on the way, by the encodings themselves where a character is written alike
//! wherever it stands. In the others the text is translated into a string first: expanding `\n` after
//! encoding works only in encodings in which it is one byte.

use std::fmt;

use memchr::{memchr, memchr_iter};

use super::codec::{EncodeReplacements, Encoded, Encoder, Encoding, ErrorPolicy};
use super::newline::{Newline, NewlineEncoder};
use super::options::TextOptions;
use super::position::TextPosition;
use crate::error::{Error, Result};

/// How much text is translated at a time, or tried for what a custom codec lacks, in bytes of UTF-8:
/// little enough to stay in the first-level cache.
const PIECE: usize = 8 * 1024;

/// Text in pieces to bytes: Python's incremental encoder, and the writing half of a
/// [`TextIoWrapper`](crate::TextIoWrapper) without the stream.
///
/// A byte-order mark comes before the first text, line ends are translated, and a shift that one text
/// opened stays open for the next. [`finish`](TextEncoder::finish) ends it. The bytes of any pieces are
/// those of the whole text, so it may be cut anywhere.
///
/// For a text that is there as a whole see [`Encoding::encode`].
///
/// # Examples
///
/// ```
/// use iolite::{Encoding, Newline, TextOptions};
/// use iolite::text::TextEncoder;
///
/// let options = TextOptions::new().encoding(Encoding::UTF_16).newline(Newline::CrLf);
/// let mut encoder = TextEncoder::with_options(options);
/// let mut bytes = Vec::new();
/// encoder.encode("a", &mut bytes)?;
/// encoder.encode("\n", &mut bytes)?;
/// encoder.finish(&mut bytes);
/// assert_eq!(bytes, b"\xff\xfea\0\r\0\n\0");
/// # Ok::<(), iolite::Error>(())
/// ```
#[doc(alias = "IncrementalEncoder")]
#[doc(alias = "getincrementalencoder")]
#[doc(alias = "iterencode")]
pub struct TextEncoder {
    pub(super) codec: Encoder,
    replacements: EncodeReplacements,
    newline: Newline,
    /// Memory for what a custom codec is tried with, used again.
    tried: Vec<u8>,
    /// Memory for text with its newlines translated, used again.
    translated: String,
}

/// What a [`TextEncoder`] remembers between two texts: whether the mark was written, a shift that is
/// open, a character that waits for the next one.
///
/// A few words, to go back to in the same program. To go on in another one,
/// [finish](TextEncoder::finish) the text and keep the place: [`TextEncoder::resume_at`].
#[derive(Clone, Copy, Debug)]
pub struct EncoderState(Encoder);

impl TextEncoder {
    /// In an encoding, for the start of a stream; strict, with `\n` as it is.
    pub fn new(encoding: Encoding) -> TextEncoder {
        let options = TextOptions::new().encoding(encoding);
        TextEncoder::with_options(options.newline(Newline::Lf))
    }

    /// With the encoding, the error policy and the newline policy for writing of some options.
    pub fn with_options(options: TextOptions) -> TextEncoder {
        let mut codec = Encoder::new(options.encoding);
        codec.place(true, 0);
        TextEncoder {
            codec,
            replacements: EncodeReplacements::new(options.errors),
            newline: options.written,
            tried: Vec::new(),
            translated: String::new(),
        }
    }

    /// The encoding.
    pub fn encoding(&self) -> Encoding {
        self.codec.encoding()
    }

    /// What happens with a character that the encoding lacks.
    pub fn errors(&self) -> ErrorPolicy {
        self.replacements.errors()
    }

    /// Appends the bytes of `text` to `bytes`, after the byte-order mark if it is due (also before an
    /// empty text). Allocates nothing where `bytes` has the room.
    ///
    /// The last character may be held back, in the few encodings in which two characters may be one
    /// code.
    ///
    /// # Errors
    ///
    /// [`Encode`](Error::Encode) for the first character that the encoding lacks, with its place in
    /// `text`; [`InvalidArgument`](Error::InvalidArgument) for an error policy that cannot be kept in
    /// the encoding; what a custom codec breaks. Nothing was appended then, and the next text goes on
    /// as if this one had not been there.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{Encoding, Error};
    /// use iolite::text::TextEncoder;
    ///
    /// let mut encoder = TextEncoder::new(Encoding::LATIN_1);
    /// let mut bytes = Vec::new();
    /// encoder.encode("caf", &mut bytes)?;
    /// let error = encoder.encode("é €", &mut bytes).unwrap_err();
    /// assert!(matches!(error, Error::Encode { ch: '€', offset: 3, .. }));
    /// encoder.encode("é", &mut bytes)?;
    /// assert_eq!(bytes, b"caf\xe9");
    /// # Ok::<(), Error>(())
    /// ```
    pub fn encode(&mut self, text: &str, bytes: &mut Vec<u8>) -> Result<()> {
        if self.can_refuse_late() {
            self.errors().check(self.encoding())?;
            self.begin_unchecked();
            // The check says where in the whole text the character is that is lacking.
            let done = self.append(text, bytes);
            return done.or_else(|error| self.check(text).and(Err(error)));
        }
        self.check(text)?;
        self.append(text, bytes)
    }

    /// Appends the mark that is due and the bytes of `text`, or nothing.
    fn append(&mut self, text: &str, bytes: &mut Vec<u8>) -> Result<()> {
        let (mut codec, before) = (self.codec, bytes.len());
        let done = codec
            .begin(bytes)
            .and_then(|()| self.append_with(&mut codec, text, bytes));
        match done {
            Ok(()) => self.codec = codec,
            Err(_) => bytes.truncate(before),
        }
        done
    }

    /// Appends what the last character's bytes lack until they can be read: in UTF-7 the end of its
    /// run. More text may follow. Nothing in any other encoding.
    pub fn flush(&mut self, bytes: &mut Vec<u8>) {
        self.codec.pause(bytes);
    }

    /// Appends what is still due at the end of the text: a character that was held back, the end of a
    /// shift. Text may follow all the same, but a byte-order mark is not written again.
    pub fn finish(&mut self, bytes: &mut Vec<u8>) {
        self.codec.finish(bytes);
        self.codec.end(bytes);
    }

    /// What it remembers, to go back to: see [`set_state`](TextEncoder::set_state).
    #[doc(alias = "getstate")]
    pub fn state(&self) -> EncoderState {
        EncoderState(self.codec)
    }

    /// Goes back to a state that it was in, or another encoder for the same encoding.
    ///
    /// # Errors
    ///
    /// [`InvalidArgument`](Error::InvalidArgument) for a state of another encoding.
    ///
    /// # Examples
    ///
    /// A text that was encoded and could not be sent is as if it had never been:
    ///
    /// ```
    /// use iolite::Encoding;
    /// use iolite::text::TextEncoder;
    ///
    /// let mut encoder = TextEncoder::new(Encoding::UTF_16);
    /// let (before, mut bytes) = (encoder.state(), Vec::new());
    /// encoder.encode("lost", &mut bytes)?;
    /// bytes.clear();
    /// encoder.set_state(before)?;
    /// encoder.encode("a", &mut bytes)?;
    /// assert_eq!(bytes, b"\xff\xfea\0"); // with the mark
    /// # Ok::<(), iolite::Error>(())
    /// ```
    #[doc(alias = "setstate")]
    pub fn set_state(&mut self, state: EncoderState) -> Result<()> {
        if state.0.encoding() != self.encoding() {
            return Err(Error::InvalidArgument {
                argument: "state",
                problem: "is one of another encoding",
            });
        }
        self.codec = state.0;
        Ok(())
    }

    /// Goes on at a place of a stream, as [`tell`](crate::TextIo::tell) or a
    /// [`TextDecoder`](super::TextDecoder) told it: with a byte-order mark only at the start, in the byte
    /// order and the shift that are found there.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::Encoding;
    /// use iolite::text::{TextDecoder, TextEncoder};
    ///
    /// // Appends in the order of the mark that the file has.
    /// let mut file = b"\xfe\xff\0a".to_vec();
    /// let mut decoder = TextDecoder::new(Encoding::UTF_16);
    /// decoder.decode(&file, &mut String::new())?;
    /// let mut encoder = TextEncoder::new(Encoding::UTF_16);
    /// encoder.resume_at(decoder.position());
    /// encoder.encode("b", &mut file)?;
    /// assert_eq!(file, b"\xfe\xff\0a\0b");
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn resume_at(&mut self, position: TextPosition) {
        self.codec.place(position.offset == 0, position.state);
    }

    /// Goes back to the start of a stream.
    pub fn reset(&mut self) {
        self.resume_at(TextPosition::START);
    }
}

/// What a stream's sink uses, too.
impl TextEncoder {
    /// Goes on as `options` say; whether the encoding is another, which then has to be placed.
    pub(super) fn reconfigure(&mut self, options: &TextOptions) -> bool {
        let is_other = options.encoding != self.encoding();
        if is_other {
            self.codec = Encoder::new(options.encoding);
        }
        if options.errors != self.errors() {
            self.replacements = EncodeReplacements::new(options.errors);
        }
        self.newline = options.written;
        is_other
    }

    /// What each `\n` becomes.
    pub(super) fn newline(&self) -> Newline {
        self.newline
    }

    /// Whether some characters are bytes in disguise ([`ErrorPolicy::Escape`]) and not written as they are.
    pub(super) fn escapes(&self) -> bool {
        self.errors() == ErrorPolicy::Escape
    }

    /// Begins with a text that need not be [checked](TextEncoder::check), or ends with one that was.
    #[inline]
    pub(super) fn begin_unchecked(&mut self) {
        self.replacements.begin();
    }

    /// Whether all of a text can be encoded that comes after one that was, without replacements, and
    /// after which `codec` stands. If not, or if a handler would have to be told where in the whole text a
    /// character is, the whole has to be [checked](TextEncoder::check).
    pub(super) fn can_go_on(&mut self, codec: &Encoder, text: &str) -> bool {
        self.can_refuse_late() && codec.first_refused(text, &mut self.replacements).is_none()
    }

    /// Whether a text may be encoded before it is known that all of it can be. A handler is asked
    /// beforehand, and a custom codec may not be used after an error.
    fn can_refuse_late(&self) -> bool {
        let has_handler = matches!(self.errors(), ErrorPolicy::Custom(_));
        !has_handler && !self.codec.is_custom()
    }

    /// Refuses a text that cannot be encoded as a whole.
    pub(super) fn check(&mut self, text: &str) -> Result<()> {
        self.errors().check(self.encoding())?;
        match self.first_refused(text)? {
            None => Ok(()),
            Some((offset, ch)) => Err(Error::Encode {
                encoding: self.encoding().name(),
                offset,
                ch,
                path: None,
            }),
        }
    }

    /// The first character of `text` that cannot be written, and its place in bytes.
    fn first_refused(&mut self, text: &str) -> Result<Option<(usize, char)>> {
        if !self.codec.is_custom() {
            return Ok(self.codec.first_refused(text, &mut self.replacements));
        }
        // A custom codec cannot be asked beforehand, so it encodes the text once for nothing. What
        // newlines become may be missing from it, too.
        self.replacements.begin();
        let (mut trial, mut start) = (self.codec, 0);
        while start < text.len() {
            let (len, segment) = self.segment(first_piece(&text[start..]));
            let offset = |at: usize| start + at.min(len - 1);
            let (replacements, bytes) = (&mut self.replacements, &mut self.tried);
            let refused = trial.refused(segment, offset, replacements, bytes)?;
            if refused.is_some() {
                return Ok(refused);
            }
            start += len;
        }
        Ok(None)
    }

    /// Encodes as much of `text` as goes into a room, newlines translated. `codec` is a copy of this
    /// encoder's own, which becomes the state when the bytes were taken.
    #[inline(always)] // benches/encode.rs, row 10b
    pub(super) fn encode_into(
        &mut self,
        codec: &mut Encoder,
        text: &str,
        room: &mut [u8],
    ) -> Result<Encoded> {
        match self.newline.written() {
            Some(newline) if !codec.translates() => {
                self.encode_translated(newline, codec, text, room)
            }
            newline => codec.encode_into(text, newline, &mut self.replacements, room),
        }
    }

    /// The same where the encoding does not translate: a piece after the other in which newlines were
    /// translated before. To encode each line and each newline by itself takes twice as long where lines
    /// are short.
    fn encode_translated(
        &mut self,
        newline: &str,
        codec: &mut Encoder,
        text: &str,
        room: &mut [u8],
    ) -> Result<Encoded> {
        let (mut read, mut written) = (0, 0);
        loop {
            let piece = first_piece(&text[read..]);
            self.translate(piece);
            let (translated, replacements) = (self.translated.as_str(), &mut self.replacements);
            let (before, used, room) = (*codec, replacements.used(), &mut room[written..]);
            let mut part = codec.encode_into(translated, None, replacements, room)?;
            if newline.len() > 1 && translated[part.read..].starts_with('\n') {
                // Both halves of a pair are written, or none.
                *codec = before;
                replacements.go_back(used);
                let whole = &translated[..part.read - 1];
                part = Encoded {
                    stop: part.stop,
                    ..codec.encode_into(whole, None, replacements, room)?
                };
            }
            let newlines = memchr_iter(b'\n', &translated.as_bytes()[..part.read]).count();
            let done = part.read == translated.len();
            (read, written) = (
                read + part.read - newlines * (newline.len() - 1),
                written + part.written,
            );
            if !done || read == text.len() {
                let stop = part.stop;
                return Ok(Encoded {
                    read,
                    written,
                    stop,
                });
            }
        }
    }

    /// Translates newlines into memory that is used again.
    fn translate(&mut self, text: &str) {
        self.translated.clear();
        NewlineEncoder::new(self.newline).encode(text, &mut self.translated);
    }

    /// Appends the bytes of all of `text`, newlines translated; `codec` as in
    /// [`encode_into`](TextEncoder::encode_into).
    pub(super) fn append_with(
        &mut self,
        codec: &mut Encoder,
        text: &str,
        bytes: &mut Vec<u8>,
    ) -> Result<()> {
        let mut read = 0;
        while read < text.len() {
            match self.verbatim(&text[read..], PIECE) {
                0 => {
                    let piece = first_piece(&text[read..]);
                    let (text, newline) = match self.newline.written() {
                        Some(_) if !codec.translates() => {
                            self.translate(piece);
                            (self.translated.as_str(), None)
                        }
                        newline => (piece, newline),
                    };
                    codec.encode(text, newline, &mut self.replacements, bytes)?;
                    read += piece.len();
                }
                n => {
                    bytes.extend_from_slice(&text.as_bytes()[read..read + n]);
                    read += n;
                }
            }
        }
        Ok(())
    }

    /// How much of `text` comes first, and as what it is written: a newline, or all up to one.
    fn segment<'a>(&self, text: &'a str) -> (usize, &'a str) {
        let Some(newline) = self.newline.written() else {
            return (text.len(), text);
        };
        match memchr(b'\n', text.as_bytes()) {
            Some(0) => (1, newline),
            end => {
                let end = end.unwrap_or(text.len());
                (end, &text[..end])
            }
        }
    }

    /// Whether all of a text that begins a stream is written as it is.
    pub(super) fn keeps(&self, text: &str) -> bool {
        let translates = self.newline.written().is_some() && text.contains('\n');
        let is_kept = self.codec.is_verbatim() || self.codec.keeps_ascii() && text.is_ascii();
        let is_plain = self.replacements.plain(text) == text.len();
        is_kept && is_plain && !translates && !self.codec.has_mark()
    }

    /// How much at the start of `text` is written as it is: all, a piece of at most so many bytes, or
    /// nothing. Searches no farther than such a piece: else a long text would be searched again for
    /// each of its pieces.
    pub(super) fn verbatim(&self, text: &str, most: usize) -> usize {
        let piece = piece_len(text, most);
        let escapes = self.escapes();
        match (self.codec.is_verbatim(), self.newline.written()) {
            (false, _) => 0,
            (true, None) if !escapes => text.len(),
            (true, Some(_)) if text[..piece].contains('\n') => 0,
            (true, _) if escapes => self.replacements.plain(&text[..piece]),
            (true, _) => piece,
        }
    }
}

/// The first piece of `text`.
fn first_piece(text: &str) -> &str {
    &text[..piece_len(text, PIECE)]
}

/// The length of the first piece of `text`: no more than `most` bytes of whole characters.
pub(super) fn piece_len(text: &str, most: usize) -> usize {
    let mut len = text.len().min(most);
    while !text.is_char_boundary(len) {
        len -= 1;
    }
    len
}

impl fmt::Debug for TextEncoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextEncoder")
            .field("encoding", &self.encoding())
            .field("errors", &self.errors())
            .field("newline", &self.newline)
            .finish_non_exhaustive()
    }
}
