//! Text to bytes.
//!
//! A [`TextSink`] translates and encodes a piece of text at a time and hands the bytes to the
//! buffer. It keeps bytes only when the buffer, for lack of a willing device, took a piece in
//! part: then the rest of the piece, so that the caller is never told of half a character.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::super::codec::{Encoder, Encoding, OnError, Substitutes, Writing};
use super::super::newline::{Newline, NewlineEncoder};
use super::options::TextOptions;
use crate::buffered::BufferedIo;
use crate::error::{Error, Operation, Result, report_at_drop};

/// How much text is encoded at a time, in bytes of UTF-8.
pub(super) const PIECE: usize = 8 * 1024;

pub(super) struct TextSink {
    pub(super) encoder: Encoder,
    pub(super) substitutes: Substitutes,
    pub(super) newline: Newline,
    flushes: Flushes,
    direct: Direct,
    /// Whether nothing was written since the stream began, at its start.
    at_start: bool,
    /// Bytes that belong to text that was taken, and that the buffer did not take yet.
    pending: Vec<u8>,
    /// What the buffer said after it had taken a part of something. Said before the call ends,
    /// with the count, for the buffer may not say it again.
    failed: Option<Error>,
    /// Whether that was reported.
    is_closed: bool,
    /// Memory for translated text and for encoded bytes, used again.
    pub(super) translated: String,
    pub(super) encoded: Vec<u8>,
}

/// When what was written is given to the device.
#[derive(Clone, Copy)]
enum Flushes {
    WhenFull,
    Lines,
    Always,
}

/// What may go straight into the buffer's room.
#[derive(Clone, Copy)]
enum Direct {
    /// No text: something has to be done before it or after it.
    Nothing,
    /// Any text, as it is.
    AsItIs,
    /// Any text, with `\r\n` for `\n`.
    CrLf,
    /// Any text, with its newlines translated.
    Translated,
    /// Any text that is ASCII; its newlines may be translated.
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
            direct: Direct::Nothing,
            at_start,
            pending: Vec::new(),
            failed: None,
            is_closed: false,
            translated: String::new(),
            encoded: Vec::new(),
        }
    }

    pub(super) fn encoding(&self) -> Encoding {
        self.encoder.encoding()
    }

    /// Number of bytes that the buffer did not take yet.
    pub(super) fn pending(&self) -> usize {
        self.pending.len()
    }

    /// Whether something is still to be written if no text follows.
    pub(super) fn holds(&self) -> bool {
        self.encoder.holds()
    }

    /// Whether a stream begins with a byte-order mark.
    pub(super) fn has_mark(&self) -> bool {
        self.encoder.has_mark()
    }

    /// The state that a decoder has behind what was written.
    pub(super) fn decoder_state(&self) -> u64 {
        self.encoder.state()
    }

    /// The state that a decoder has at the end of the stream; see [`Encoder::state_at_end`].
    pub(super) fn state_at_end(&self, read: u64) -> u64 {
        self.encoder.state_at_end(read)
    }

    /// The state where nobody knows better; see [`Encoder::state_inside`].
    pub(super) fn state_inside(&self) -> Option<u64> {
        self.encoder.state_inside()
    }

    /// Says where the next text goes; see [`Encoder::place`].
    pub(super) fn place(&mut self, at_start: bool, state: u64) {
        self.direct = Direct::Nothing;
        self.at_start = at_start;
        self.encoder.place(at_start, state);
    }

    /// Goes on as `options` say. The encoder is a new one if the encoding changes, and no
    /// byte-order mark is due where text was written before.
    pub(super) fn reconfigure(&mut self, options: &TextOptions) {
        self.direct = Direct::Nothing;
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
    #[inline(always)]
    pub(super) fn take(&mut self, buffer: &mut impl BufferedIo, text: &str) -> bool {
        match self.direct {
            Direct::AsItIs => buffer.append_if_room(text.as_bytes()),
            Direct::CrLf => translate_crlf(buffer, text),
            _ => self.take_translated(buffer, text),
        }
    }

    #[inline(never)]
    fn take_translated(&mut self, buffer: &mut impl BufferedIo, text: &str) -> bool {
        match self.direct {
            Direct::Translated => translate_any(buffer, text, self.newline),
            Direct::Ascii => translate_ascii(buffer, text, self.newline),
            Direct::Nothing | Direct::AsItIs | Direct::CrLf => false,
        }
    }

    /// Takes all of `text`, or says how much of it.
    #[cold]
    pub(super) fn write(&mut self, buffer: &mut impl BufferedIo, text: &str) -> Result<()> {
        self.direct = Direct::Nothing;
        self.write_whole(buffer, text)?;
        self.direct = match self.flushes {
            Flushes::WhenFull if self.pending.is_empty() => self.direct(),
            _ => Direct::Nothing,
        };
        Ok(())
    }

    /// What needs no encoder, where nothing has to be done before it.
    fn direct(&self) -> Direct {
        match self.newline.written() {
            _ if !self.encoder.keeps_ascii() => Direct::Nothing,
            _ if !self.encoder.is_verbatim() || self.escapes() => Direct::Ascii,
            None => Direct::AsItIs,
            Some("\r\n") => Direct::CrLf,
            Some(_) => Direct::Translated,
        }
    }

    /// Whether some characters stand for bytes.
    fn escapes(&self) -> bool {
        self.substitutes.errors() == OnError::Escape
    }

    fn write_whole(&mut self, buffer: &mut impl BufferedIo, text: &str) -> Result<()> {
        self.substitutes.errors().check(self.encoding())?;
        if let Some((offset, ch)) = self.first_refused(text)? {
            return Err(Error::Encode {
                encoding: self.encoder.encoding().name(),
                offset,
                ch,
            });
        }
        self.push_pending(buffer)?;
        self.encoder.begin(text, &mut self.pending)?;
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
        match self.encoder.custom() {
            None => Ok(self.encoder.first_refused(text, &mut self.substitutes)),
            Some(trial) => self.first_refused_by(trial, text),
        }
    }

    /// The same for a codec of the caller's own: writes the text to nowhere, piece by piece as it
    /// will be written. What newlines become may be missing, too.
    fn first_refused_by(
        &mut self,
        mut trial: Writing,
        text: &str,
    ) -> Result<Option<(usize, char)>> {
        self.substitutes.begin();
        let longer = self.newline.written().map_or(0, |ending| ending.len() - 1);
        let mut start = 0;
        while start < text.len() {
            let piece = &text[start..start + piece_len(&text[start..], PIECE)];
            self.translated.clear();
            NewlineEncoder::new(self.newline).encode(piece, &mut self.translated);
            let translated = &self.translated;
            // Each `\n` up to there brought a `\r` with it, if it is written as a pair. Places are
            // asked for in order, so that none is counted twice.
            let (mut counted, mut newlines) = (0, 0);
            let offset = |at: usize| {
                let bytes = &translated.as_bytes()[counted..=at];
                newlines += bytes.iter().filter(|&&byte| byte == b'\n').count();
                counted = at + 1;
                start + at - longer * newlines
            };
            let refused =
                trial.refused(translated, offset, &mut self.substitutes, &mut self.encoded)?;
            if refused.is_some() {
                return Ok(refused);
            }
            start += piece.len();
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

    /// Translates, encodes and hands over a piece; returns its length.
    fn write_piece(&mut self, buffer: &mut impl BufferedIo, text: &str) -> Result<usize> {
        if self.encoder.is_verbatim() && !self.escapes() {
            let fits = NewlineEncoder::fits_in(buffer.spare_mut().len());
            let piece = &text[..piece_len(text, fits)];
            if translate_any(buffer, piece, self.newline) {
                return Ok(piece.len());
            }
        }
        let text = &text[..piece_len(text, PIECE)];
        let translated = match self.newline.written() {
            Some(_) if text.contains('\n') => {
                self.translated.clear();
                NewlineEncoder::new(self.newline).encode(text, &mut self.translated);
                &self.translated
            }
            _ => text,
        };
        self.encoded.clear();
        // Unless the buffer takes something, nothing was written: neither a character that waited
        // nor the end of a shift, whatever failed or panicked.
        let mut encoder = self.encoder;
        encoder.encode(translated, &mut self.substitutes, &mut self.encoded)?;
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
    pub(super) fn settle(&mut self, buffer: &mut impl BufferedIo) -> Result<()> {
        self.rest(buffer)?;
        if self.encoder.resumes() && is_followed(buffer) {
            self.encoder.resume(&mut self.pending);
        } else {
            self.encoder.end(&mut self.pending);
        }
        self.push_pending(buffer)
    }

    /// The same but for the shift: nothing follows now, and later text comes behind this.
    pub(super) fn rest(&mut self, buffer: &mut impl BufferedIo) -> Result<()> {
        self.encoder.finish(&mut self.pending);
        self.push_pending(buffer)
    }

    /// Makes what was written readable as far as it goes; see [`Encoder::pause`].
    pub(super) fn pause(&mut self) {
        self.encoder.pause(&mut self.pending);
    }

    #[cold]
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
        let outcome = catch_unwind(AssertUnwindSafe(|| self.settle(buffer)));
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
fn is_followed(buffer: &mut impl BufferedIo) -> bool {
    let can_look = buffer.readable() && buffer.seekable();
    can_look && buffer.peek(1).is_ok_and(|next| !next.is_empty())
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
        match buffer.write(&bytes[taken..]) {
            Ok(0) if taken == 0 => {
                return Err(Error::NoProgress {
                    operation: Operation::Write,
                });
            }
            Ok(0) => {
                *failed = Some(Error::NoProgress {
                    operation: Operation::Write,
                });
                break;
            }
            Ok(n) => taken += n,
            Err(error) if taken > 0 => {
                *failed = Some(Error::from(error)).filter(|error| !error.is_would_block());
                break;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(taken)
}

/// The length of the first piece of `text`: no more than `most` bytes of whole characters.
pub(super) fn piece_len(text: &str, most: usize) -> usize {
    let mut len = text.len().min(most);
    while !text.is_char_boundary(len) {
        len -= 1;
    }
    len
}

/// Writes `text`, translated, into the buffer's room; or nothing.
#[inline(always)]
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

#[inline(never)]
fn translate_crlf(buffer: &mut impl BufferedIo, text: &str) -> bool {
    translate(buffer, text, Newline::CrLf)
}

#[inline(never)]
fn translate_any(buffer: &mut impl BufferedIo, text: &str, newline: Newline) -> bool {
    translate(buffer, text, newline)
}

#[inline(never)]
fn translate_ascii(buffer: &mut impl BufferedIo, text: &str, newline: Newline) -> bool {
    text.is_ascii() && translate(buffer, text, newline)
}
