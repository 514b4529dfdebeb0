//! Text to bytes.
//!
//! A [`TextSink`] encodes text, newlines included, straight into the room that the buffer lends:
//! one pass, no copy. If all of it fits there and can be written, it is committed, and nothing else
//! has to be done. Otherwise nothing is, and the slow way follows: the text is looked through for
//! what cannot be written, so that a call is refused as a whole, and then goes to the buffer in
//! pieces, by way of memory of its own where the room is too small.
//!
//! Bytes are kept here only when the buffer, for lack of a willing device, took a piece in part:
//! then the rest of the piece, so that the caller is never told of half a character.
//!
//! Newlines are encoded on the way: what lies before each, then what it becomes. Translating a line
//! into a string first costs a pass and a copy more, and expanding `\n` in encoded bytes works for
//! those encodings only in which it is one byte.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

use memchr::memchr;

use super::super::codec::{Encoded, Encoder, OnError, Stop, Substitutes};
use super::super::newline::{Newline, NewlineEncoder};
use super::options::TextOptions;
use crate::buffered::BufferedIo;
use crate::error::{Error, Operation, Result, both, report_at_drop};

/// How much text is encoded at a time, in bytes of UTF-8: little enough to stay in the cache until
/// the buffer has it.
const PIECE: usize = 8 * 1024;

/// How much memory for encoded bytes is there from the first write on: enough for most lines.
const SCRATCH: usize = 1024;

pub(super) struct TextSink {
    pub(super) encoder: Encoder,
    substitutes: Substitutes,
    newline: Newline,
    flushes: Flushes,
    fast: FastPath,
    /// Whether nothing was written since the stream began, at its start.
    at_start: bool,
    /// Bytes that belong to text that was taken, and that the buffer did not take yet.
    pending: Vec<u8>,
    /// What the buffer said after it had taken a part of something. Said before the call ends,
    /// with the count, for the buffer may not say it again.
    failed: Option<Error>,
    /// Whether that was reported.
    is_closed: bool,
    /// Memory for encoded bytes, used again.
    encoded: Vec<u8>,
}

/// When what was written is given to the device.
#[derive(Clone, Copy)]
enum Flushes {
    WhenFull,
    Lines,
    Always,
}

/// How text goes straight into the buffer's room.
#[derive(Clone, Copy)]
enum FastPath {
    /// Not at all: something has to be done before it or after it.
    None,
    /// As it is.
    Verbatim,
    /// As it is, with `\r\n` for `\n`.
    CrLf,
    /// As it is, with its newlines translated.
    Translated,
    /// Encoded.
    Encoded,
    /// The same, but ASCII with its newlines translated.
    Ascii,
}

impl Flushes {
    fn new(options: &TextOptions) -> Flushes {
        match (options.write_through, options.line_buffering) {
            (true, _) => Flushes::Always,
            (false, true) => Flushes::Lines,
            (false, false) => Flushes::WhenFull,
        }
    }
}

impl TextSink {
    pub(super) fn new(options: &TextOptions, at_start: bool) -> TextSink {
        let mut encoder = Encoder::new(options.encoding);
        encoder.place(at_start, 0);
        TextSink {
            encoder,
            substitutes: Substitutes::new(options.errors),
            newline: options.written,
            flushes: Flushes::new(options),
            fast: FastPath::None,
            at_start,
            pending: Vec::new(),
            failed: None,
            is_closed: false,
            encoded: Vec::new(),
        }
    }

    /// Number of bytes that the buffer did not take yet.
    pub(super) fn pending(&self) -> usize {
        self.pending.len()
    }

    /// Says where the next text goes; see [`Encoder::place`].
    pub(super) fn place(&mut self, at_start: bool, state: u64) {
        self.fast = FastPath::None;
        self.at_start = at_start;
        self.encoder.place(at_start, state);
    }

    /// Goes on as `options` say. The encoder is a new one if the encoding changes, and no
    /// byte-order mark is due where text was written before.
    pub(super) fn reconfigure(&mut self, options: &TextOptions) {
        self.fast = FastPath::None;
        if options.encoding != self.encoder.encoding() {
            self.encoder = Encoder::new(options.encoding);
            self.encoder.place(self.at_start, 0);
        }
        if options.errors != self.substitutes.errors() {
            self.substitutes = Substitutes::new(options.errors);
        }
        self.newline = options.written;
        self.flushes = Flushes::new(options);
    }

    /// Takes all of `text` if it goes straight into the buffer's room, or nothing.
    #[inline]
    pub(super) fn take(&mut self, buffer: &mut impl BufferedIo, text: &str) -> bool {
        match self.fast {
            FastPath::Verbatim => buffer.append_if_room(text.as_bytes()),
            FastPath::CrLf => translate_crlf(buffer, text),
            _ => self.take_encoded(buffer, text),
        }
    }

    #[inline(never)] // row 3a
    fn take_encoded(&mut self, buffer: &mut impl BufferedIo, text: &str) -> bool {
        match self.fast {
            FastPath::Translated => return translate(buffer, text, self.newline),
            // Most text is ASCII, and then need not be looked at by the character: a line of 80
            // bytes in windows-1252 takes half the instructions.
            FastPath::Ascii if text.is_ascii() => return translate(buffer, text, self.newline),
            // What ends a run of UTF-7, after a place was told, comes first.
            FastPath::Ascii | FastPath::Encoded if self.pending.is_empty() => {}
            FastPath::Ascii | FastPath::Encoded => return false,
            FastPath::None | FastPath::Verbatim | FastPath::CrLf => return false,
        }
        self.substitutes.begin();
        let mut encoder = self.encoder;
        match self.encode_into(&mut encoder, text, buffer.spare_mut()) {
            // A closed buffer has no room, and has to be asked.
            Ok(Encoded {
                written: n @ 1..,
                stop: Stop::Done,
                ..
            }) => {
                self.encoder = encoder;
                buffer.commit(n);
                true
            }
            _ => false,
        }
    }

    /// Encodes as much of `text` as goes into a room, newlines translated.
    fn encode_into(
        &mut self,
        encoder: &mut Encoder,
        text: &str,
        room: &mut [u8],
    ) -> Result<Encoded> {
        let (mut read, mut written) = (0, 0);
        loop {
            let (len, segment) = self.segment(&text[read..]);
            let before = *encoder;
            let part = encoder.encode_into(segment, &mut self.substitutes, &mut room[written..])?;
            if part.stop != Stop::Done {
                if len == segment.len() {
                    (read, written) = (read + part.read, written + part.written);
                } else {
                    // Both halves of a pair are written, or none.
                    *encoder = before;
                }
            } else {
                (read, written) = (read + len, written + part.written);
            }
            if part.stop != Stop::Done || read == text.len() {
                let stop = part.stop;
                return Ok(Encoded {
                    read,
                    written,
                    stop,
                });
            }
        }
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

    /// Takes all of `text`, or says how much of it.
    pub(super) fn write(&mut self, buffer: &mut impl BufferedIo, text: &str) -> Result<()> {
        self.fast = FastPath::None;
        if !matches!(self.fast_path(), FastPath::Verbatim) {
            // Now, and not when a line first meets a full buffer: nothing is allocated later.
            self.encoded.clear();
            self.encoded.reserve(SCRATCH);
        }
        self.write_whole(buffer, text)?;
        self.fast = match self.flushes {
            Flushes::WhenFull if self.pending.is_empty() => self.fast_path(),
            _ => FastPath::None,
        };
        Ok(())
    }

    /// How text is written where nothing has to be done before it.
    fn fast_path(&self) -> FastPath {
        match self.newline.written() {
            _ if !self.encoder.keeps_ascii() => FastPath::Encoded,
            _ if !self.encoder.is_verbatim() || self.escapes() => FastPath::Ascii,
            None => FastPath::Verbatim,
            Some("\r\n") => FastPath::CrLf,
            Some(_) => FastPath::Translated,
        }
    }

    /// Whether some characters stand for bytes.
    fn escapes(&self) -> bool {
        self.substitutes.errors() == OnError::Escape
    }

    fn write_whole(&mut self, buffer: &mut impl BufferedIo, text: &str) -> Result<()> {
        self.substitutes.errors().check(self.encoder.encoding())?;
        if let Some((offset, ch)) = self.first_refused(text)? {
            return Err(Error::Encode {
                encoding: self.encoder.encoding().name(),
                offset,
                ch,
            });
        }
        self.push_pending(buffer)?;
        self.encoder.begin(&mut self.pending)?;
        self.at_start = false;
        self.push_pending(buffer)?;
        self.write_pieces(buffer, text)?;
        let flushes = match self.flushes {
            Flushes::WhenFull => false,
            Flushes::Lines => text.contains(['\n', '\r']),
            Flushes::Always => true,
        };
        if flushes {
            match self.flush(buffer) {
                // "Try again later" is no error: the text was taken, and would be sent twice.
                Err(error) if !error.is_would_block() => {
                    return Err(error.after_writing(text.len()));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The first character of `text` that cannot be written, and its place in bytes.
    fn first_refused(&mut self, text: &str) -> Result<Option<(usize, char)>> {
        if !self.encoder.is_custom() {
            return Ok(self.encoder.first_refused(text, &mut self.substitutes));
        }
        // A codec of the caller's own writes the text to nowhere, as it will be written. What
        // newlines become may be missing, too.
        self.substitutes.begin();
        let (mut trial, mut start) = (self.encoder, 0);
        while start < text.len() {
            let piece = &text[start..start + piece_len(&text[start..], PIECE)];
            let (len, segment) = self.segment(piece);
            let offset = |at: usize| start + at.min(len - 1);
            let (substitutes, bytes) = (&mut self.substitutes, &mut self.encoded);
            let refused = trial.refused(segment, offset, substitutes, bytes)?;
            if refused.is_some() {
                return Ok(refused);
            }
            start += len;
        }
        Ok(None)
    }

    fn write_pieces(&mut self, buffer: &mut impl BufferedIo, text: &str) -> Result<()> {
        let mut written = 0;
        while written < text.len() {
            let rest = &text[written..];
            let taken = self
                .push_pending(buffer)
                .and_then(|()| match self.verbatim(rest) {
                    0 => self.write_piece(buffer, rest),
                    n => self.write_verbatim(buffer, &rest[..n]),
                });
            written += taken.map_err(|error| error.after_writing(written))?;
            if let Some(error) = self.failed.take() {
                return Err(error.after_writing(written));
            }
        }
        Ok(())
    }

    /// How much at the start of `text` is written as it is: all, a piece, or nothing. Looks no
    /// farther than a piece, or a long text would be searched again for each of its pieces.
    fn verbatim(&self, text: &str) -> usize {
        let piece = piece_len(text, PIECE);
        let escapes = self.escapes();
        match (self.encoder.is_verbatim(), self.newline.written()) {
            (false, _) => 0,
            (true, None) if !escapes => text.len(),
            (true, Some(_)) if text[..piece].contains('\n') => 0,
            (true, _) if escapes => self.substitutes.plain(&text[..piece]),
            (true, _) => piece,
        }
    }

    /// Hands text to the buffer as it is; returns how much of it was taken, in whole characters.
    fn write_verbatim(&mut self, buffer: &mut impl BufferedIo, text: &str) -> Result<usize> {
        let taken = write_some(buffer, text.as_bytes(), &mut self.failed)?;
        let mut whole = taken;
        while !text.is_char_boundary(whole) {
            whole += 1;
        }
        self.pending
            .extend_from_slice(&text.as_bytes()[taken..whole]);
        Ok(whole)
    }

    /// Encodes and hands over a piece, or what of it goes into the buffer's room; returns its
    /// length.
    fn write_piece(&mut self, buffer: &mut impl BufferedIo, text: &str) -> Result<usize> {
        if self.encoder.is_verbatim() && !self.escapes() {
            let fits = NewlineEncoder::fits_in(buffer.spare_mut().len());
            let piece = &text[..piece_len(text, fits)];
            if translate(buffer, piece, self.newline) {
                return Ok(piece.len());
            }
        }
        let text = &text[..piece_len(text, PIECE)];
        // Unless the buffer takes something, nothing was written: neither a character that waited
        // nor the end of a shift, whatever failed or panicked.
        let mut encoder = self.encoder;
        // What the caller's codec lacks has been asked for once, so its text is encoded once.
        if !encoder.is_custom() {
            let done = self.encode_into(&mut encoder, text, buffer.spare_mut())?;
            if done.read > 0 {
                self.encoder = encoder;
                buffer.commit(done.written);
                return Ok(done.read);
            }
        }
        self.encoded.clear();
        let mut read = 0;
        while read < text.len() {
            let (len, segment) = self.segment(&text[read..]);
            encoder.encode(segment, &mut self.substitutes, &mut self.encoded)?;
            read += len;
        }
        let taken = if self.encoded.is_empty() {
            0
        } else {
            write_some(buffer, &self.encoded, &mut self.failed)?
        };
        self.encoder = encoder;
        self.pending.extend_from_slice(&self.encoded[taken..]);
        Ok(text.len())
    }

    /// Hands over what the buffer did not take before.
    #[inline]
    pub(super) fn push_pending(&mut self, buffer: &mut impl BufferedIo) -> Result<()> {
        if self.pending.is_empty() {
            Ok(())
        } else {
            self.push_all(buffer)
        }
    }

    /// The same, and what is still to be written if no text follows here: a character that waits
    /// for the next one, the end of a shift.
    ///
    /// # Errors
    ///
    /// Also what the buffer says to the question what stands behind: whoever took that for "nothing"
    /// would leave the text there in another character set than it was written in.
    pub(super) fn finish_pending(&mut self, buffer: &mut impl BufferedIo) -> Result<()> {
        self.finish_held(buffer)?;
        let is_followed = self.encoder.resumes() && is_followed(buffer)?;
        self.leave(is_followed);
        self.push_pending(buffer)
    }

    /// The same where nobody can ask again: if the buffer does not say what stands behind, nothing
    /// does.
    pub(super) fn finish_last(&mut self, buffer: &mut impl BufferedIo) -> Result<()> {
        match self.finish_pending(buffer) {
            Err(error) if self.pending.is_empty() => {
                self.leave(false);
                both(Err(error), self.push_pending(buffer))
            }
            finished => finished,
        }
    }

    /// Appends the end of a shift.
    fn leave(&mut self, is_followed: bool) {
        if is_followed {
            self.encoder.resume(&mut self.pending);
        } else {
            self.encoder.end(&mut self.pending);
        }
    }

    /// The same but for the shift: nothing follows now, and later text comes behind this.
    pub(super) fn finish_held(&mut self, buffer: &mut impl BufferedIo) -> Result<()> {
        self.encoder.finish(&mut self.pending);
        self.push_pending(buffer)
    }

    /// Makes what was written readable as far as it goes; see [`Encoder::pause`].
    pub(super) fn pause(&mut self) {
        self.encoder.pause(&mut self.pending);
    }

    fn push_all(&mut self, buffer: &mut impl BufferedIo) -> Result<()> {
        while !self.pending.is_empty() {
            let taken = write_some(buffer, &self.pending, &mut self.failed)
                .map_err(|error| error.after_writing(0))?;
            self.pending.drain(..taken);
            if let Some(error) = self.failed.take() {
                return Err(error);
            }
        }
        Ok(())
    }

    /// Gives everything to the device, but a character that waits for the next one. A shift stays
    /// open: what is there can be read, and the next text may go on in it.
    pub(super) fn flush(&mut self, buffer: &mut impl BufferedIo) -> Result<()> {
        self.pause();
        self.push_pending(buffer)?;
        Ok(buffer.flush()?)
    }

    /// Hands over what is pending as well as it can, tells the drop hook if that fails, and never
    /// panics.
    pub(super) fn push_at_drop(&mut self, buffer: &mut impl BufferedIo) {
        let is_reported = self.is_closed;
        if is_reported || self.pending.is_empty() && !self.encoder.holds() {
            return;
        }
        let outcome = catch_unwind(AssertUnwindSafe(|| self.finish_last(buffer)));
        if let Err(error) = outcome.unwrap_or(Err(Error::Poisoned)) {
            report_at_drop(&error, self.pending.len());
        }
    }

    /// Everything that the buffer did not take, to its end.
    pub(super) fn take_pending(&mut self) -> Vec<u8> {
        self.encoder.finish(&mut self.pending);
        self.encoder.end(&mut self.pending);
        mem::take(&mut self.pending)
    }

    /// The stream was closed: what is still pending was reported, and goes nowhere but out of a
    /// stream that is taken apart.
    pub(super) fn close(&mut self) {
        self.is_closed = true;
    }
}

/// Whether something stands behind the place that was written to, as far as one can see.
fn is_followed(buffer: &mut impl BufferedIo) -> Result<bool> {
    let can_look = buffer.readable() && buffer.seekable();
    Ok(can_look && !buffer.peek(1)?.is_empty())
}

/// Writes as much as the buffer takes: at least one byte, or its error. An error after that is in
/// `failed`, unless it is "try again later".
fn write_some(
    buffer: &mut impl BufferedIo,
    bytes: &[u8],
    failed: &mut Option<Error>,
) -> Result<usize> {
    let mut taken = 0;
    while taken < bytes.len() {
        let error = match buffer.write(&bytes[taken..]) {
            Ok(0) => Error::NoProgress {
                operation: Operation::Write,
            },
            Ok(n) => {
                taken += n;
                continue;
            }
            Err(error) => error.into(),
        };
        if taken == 0 {
            return Err(error);
        }
        *failed = Some(error).filter(|error| !error.is_would_block());
        break;
    }
    Ok(taken)
}

/// The length of the first piece of `text`: no more than `most` bytes of whole characters.
fn piece_len(text: &str, most: usize) -> usize {
    let mut len = text.len().min(most);
    while !text.is_char_boundary(len) {
        len -= 1;
    }
    len
}

/// Writes `text`, translated, into the buffer's room; or nothing.
#[inline(always)] // row 3b
fn translate(buffer: &mut impl BufferedIo, text: &str, newline: Newline) -> bool {
    let encoder = NewlineEncoder::new(newline);
    match encoder.encode_to(text, buffer.spare_mut()) {
        // A closed buffer has no room, and has to be asked.
        None | Some(0) => false,
        Some(n) => {
            buffer.commit(n);
            true
        }
    }
}

/// The same where the newline is known when this is compiled.
#[inline(never)] // row 3a
fn translate_crlf(buffer: &mut impl BufferedIo, text: &str) -> bool {
    translate(buffer, text, Newline::CrLf)
}
