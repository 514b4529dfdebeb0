//! Text to bytes.
//!
//! A [`TextSink`] encodes text, with a [`TextEncoder`], straight into the room that the buffer
//! lends: one pass, no copy. If all of it fits there and can be encoded, it is committed. If not,
//! nothing is committed, and the slow way follows: the whole text is checked for characters that
//! cannot be encoded, so that a call is refused as a whole; then it is encoded in pieces, through
//! the memory `encoded` where the buffer's room is too small for one.
//!
//! Bytes stay here only when the buffer took a piece in part because the device takes nothing more:
//! the rest of the piece is kept, so that the caller's count never ends inside a character.
//!
//! Invariants: `pending` comes before everything that is written later, so it is empty whenever
//! text goes into the buffer; `fast` is not `None` only while the stream writes and text can go there
//! without anything before or after it; `failed` is empty between two calls.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::super::codec::{EncodeStop, Encoded};
use super::super::encoder::{TextEncoder, piece_len};
use super::super::newline::{Newline, NewlineEncoder};
use super::super::options::TextOptions;
use super::super::utf8_piece::Utf8Piece;
use crate::buffered::BufferedIo;
use crate::error::{Error, Result, both, checked_write, report_at_drop};

/// How much text is encoded at a time where it does not fit into the buffer's room, in bytes of
/// UTF-8: little enough that its encoding stays in the first-level cache until the buffer has it.
const PIECE: usize = 8 * 1024;

/// How much memory for encoded bytes is reserved at the first write: enough for most lines.
const SCRATCH: usize = 1024;

pub(super) struct TextSink {
    pub(super) encoder: TextEncoder,
    flushes: Flushes,
    fast: FastPath,
    /// Whether nothing was written since the stream began, at its start.
    at_start: bool,
    /// Bytes that belong to text that was taken, and that the buffer did not take yet.
    pending: Vec<u8>,
    /// An error that the buffer reported after it had accepted a part of something. The same call
    /// returns it with the count, because the buffer may not report it again.
    failed: Option<Error>,
    /// Whether the stream was closed, which reported what is still pending.
    is_closed: bool,
    /// Memory for encoded bytes, used again.
    encoded: Vec<u8>,
    /// The file, for errors, if it is known.
    pub(super) path: Option<Box<Path>>,
}

/// When what was written is passed on to the device.
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
        let mut encoder = TextEncoder::with_options(*options);
        encoder.codec.place(at_start, 0);
        TextSink {
            encoder,
            flushes: Flushes::new(options),
            fast: FastPath::None,
            at_start,
            pending: Vec::new(),
            failed: None,
            is_closed: false,
            encoded: Vec::new(),
            path: None,
        }
    }

    /// Number of bytes that the buffer did not take yet.
    pub(super) fn pending(&self) -> usize {
        self.pending.len()
    }

    /// Lets the next text go the slow way, which finds out what has to be done before it.
    pub(super) fn stop(&mut self) {
        self.fast = FastPath::None;
    }

    /// Sets where the next text goes; see [`TextEncoder::resume_at`].
    pub(super) fn place(&mut self, at_start: bool, state: u64) {
        self.fast = FastPath::None;
        self.at_start = at_start;
        self.encoder.codec.place(at_start, state);
    }

    /// Continues with other options. The encoder is a new one if the encoding changes, and no
    /// byte-order mark is due where text was written before.
    pub(super) fn reconfigure(&mut self, options: &TextOptions) {
        self.fast = FastPath::None;
        if self.encoder.reconfigure(options) {
            self.encoder.codec.place(self.at_start, 0);
        }
        self.flushes = Flushes::new(options);
    }

    /// Takes all of `text` if it goes straight into the buffer's room and only its newlines may have to
    /// be looked at, or nothing. Two comparisons and no table of jumps: that alone took a third of the
    /// time of a short line.
    #[inline]
    pub(super) fn take(&mut self, buffer: &mut impl BufferedIo, text: &str) -> bool {
        match self.fast {
            FastPath::Verbatim => buffer.append_if_room(text.as_bytes()),
            FastPath::CrLf => translate_crlf(buffer, text),
            _ => false,
        }
    }

    /// The same for a piece of UTF-8, where that is written as it is.
    #[inline]
    pub(super) fn take_piece(
        &mut self,
        buffer: &mut impl BufferedIo,
        piece: Utf8Piece<'_>,
    ) -> bool {
        matches!(self.fast, FastPath::Verbatim) && buffer.append_if_room(piece.as_bytes())
    }

    /// Takes all of `text` if nothing has to be done before it or after it, and it goes straight into
    /// the buffer's room, translated or encoded; or says how much of it. `None`: not that way.
    pub(super) fn take_encoded(
        &mut self,
        buffer: &mut impl BufferedIo,
        text: &str,
    ) -> Option<Result<()>> {
        if self.take_translated(buffer, text) {
            return Some(Ok(()));
        }
        // `tell` ends a run of UTF-7, and the bytes for that come first.
        let only_encodes =
            matches!(self.fast, FastPath::Ascii | FastPath::Encoded) && self.pending.is_empty();
        only_encodes.then(|| self.write_encoded(buffer, text))
    }

    fn take_translated(&mut self, buffer: &mut impl BufferedIo, text: &str) -> bool {
        match self.fast {
            FastPath::Translated => translate(buffer, text, self.encoder.newline()),
            // Most text is ASCII, and then need not be looked at by the character: a line of 80
            // bytes in windows-1252 takes half the instructions.
            FastPath::Ascii if text.is_ascii() => match self.encoder.newline().written() {
                None => buffer.append_if_room(text.as_bytes()),
                Some(_) => translate(buffer, text, self.encoder.newline()),
            },
            _ => false,
        }
    }

    /// Takes all of `text` where it only has to be encoded, in one pass if it fits into the buffer's
    /// room; or says how much of it.
    fn write_encoded(&mut self, buffer: &mut impl BufferedIo, text: &str) -> Result<()> {
        self.encoder.begin_unchecked();
        let mut codec = self.encoder.codec;
        let part = self
            .encoder
            .encode_into(&mut codec, text, buffer.spare_mut());
        match part {
            // 0 may mean a closed buffer, which has no room: the slow way finds out.
            Ok(Encoded {
                written: n @ 1..,
                stop: EncodeStop::Done,
                ..
            }) => {
                self.encoder.codec = codec;
                buffer.commit(n);
                Ok(())
            }
            // Nothing is committed before it is known that the rest can be encoded, too.
            Ok(Encoded {
                read,
                written: n @ 1..,
                stop: EncodeStop::Full,
            }) if self.encoder.can_go_on(&codec, &text[read..]) => {
                self.encoder.codec = codec;
                buffer.commit(n);
                self.fast = FastPath::None;
                self.write_pieces(buffer, &text[read..])
                    .map_err(|error| error.after_writing(read))?;
                self.set_fast_path();
                Ok(())
            }
            _ => self.write(buffer, text),
        }
    }

    /// Takes all of `text`, or the error says how much of it.
    #[cold]
    pub(super) fn write(&mut self, buffer: &mut impl BufferedIo, text: &str) -> Result<()> {
        // Text of which nothing is left once it is encoded never reaches the buffer, which would
        // find this out.
        if buffer.is_closed() {
            return Err(Error::Closed);
        }
        self.fast = FastPath::None;
        if !matches!(self.fast_path(), FastPath::Verbatim) {
            // Reserved now, and not when a line first meets a full buffer: later writes allocate
            // nothing.
            self.encoded.clear();
            self.encoded.reserve(SCRATCH);
        }
        self.write_whole(buffer, text)?;
        self.encoder.begin_unchecked();
        self.set_fast_path();
        Ok(())
    }

    fn set_fast_path(&mut self) {
        self.fast = match self.flushes {
            Flushes::WhenFull if self.pending.is_empty() => self.fast_path(),
            _ => FastPath::None,
        };
    }

    /// How text is written where nothing has to be done before it.
    fn fast_path(&self) -> FastPath {
        let codec = &self.encoder.codec;
        match self.encoder.newline().written() {
            _ if !codec.keeps_ascii() => FastPath::Encoded,
            _ if !codec.is_verbatim() || self.encoder.escapes() => FastPath::Ascii,
            None => FastPath::Verbatim,
            Some("\r\n") => FastPath::CrLf,
            Some(_) => FastPath::Translated,
        }
    }

    fn write_whole(&mut self, buffer: &mut impl BufferedIo, text: &str) -> Result<()> {
        if let Err(error) = self.encoder.check(text) {
            return Err(self.in_file(error));
        }
        self.push_pending(buffer)?;
        self.encoder.codec.begin(&mut self.pending)?;
        self.at_start = false;
        self.push_pending(buffer)?;
        let is_blocked = self.write_pieces(buffer, text)?;
        let flushes = match self.flushes {
            // Asked again, the device would say the same, perhaps after another time-out.
            _ if is_blocked => false,
            Flushes::WhenFull => false,
            Flushes::Lines => text.contains(['\n', '\r']),
            Flushes::Always => true,
        };
        if flushes {
            match self.flush(buffer) {
                // "Try again later" is not reported: the text was taken, and the caller would send
                // it twice.
                Err(error) if !error.is_would_block() => {
                    return Err(error.after_writing(text.len()));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The error about a character, with the file's name.
    fn in_file(&self, mut refused: Error) -> Error {
        if let Error::Encode { path, .. } = &mut refused {
            path.clone_from(&self.path);
        }
        refused
    }

    /// Takes all of `text`, or the error says how much of it. The result is true where the device
    /// would block and the buffer had room for the rest.
    fn write_pieces(&mut self, buffer: &mut impl BufferedIo, text: &str) -> Result<bool> {
        let mut written = 0;
        while written < text.len() {
            let rest = &text[written..];
            let taken =
                self.push_pending(buffer)
                    .and_then(|()| match self.encoder.verbatim(rest, PIECE) {
                        0 => self.write_piece(buffer, rest),
                        n => self.write_verbatim(buffer, &rest[..n]),
                    });
            written += taken.map_err(|error| error.after_writing(written))?;
            match self.failed.take() {
                // All was taken, if not by the device: there is nothing to try again.
                Some(error) if error.is_would_block() && written == text.len() => return Ok(true),
                Some(error) => return Err(error.after_writing(written)),
                None => {}
            }
        }
        Ok(false)
    }

    /// Hands text to the buffer as it is; returns how much of it was taken, in whole characters.
    fn write_verbatim(&mut self, buffer: &mut impl BufferedIo, text: &str) -> Result<usize> {
        let taken = write_some(buffer, text.as_bytes(), &mut self.failed)?;
        let mut whole = taken;
        // The rest of a character that went out in part is kept here, so that it counts as taken.
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
        if self.encoder.codec.is_verbatim() && !self.encoder.escapes() {
            let fits = NewlineEncoder::fits_in(buffer.spare_mut().len());
            let piece = &text[..piece_len(text, fits)];
            if translate(buffer, piece, self.encoder.newline()) {
                return Ok(piece.len());
            }
        }
        let text = &text[..piece_len(text, PIECE)];
        // A copy, which becomes the state only when the buffer took something: after an error or a
        // panic a character that waits, or the end of a shift, is still to be written.
        let mut codec = self.encoder.codec;
        // A custom codec has encoded the whole text once already, to find what it lacks; into a
        // room that is too small it would do so a third time.
        if !codec.is_custom() {
            let room = buffer.spare_mut();
            let done = self.encoder.encode_into(&mut codec, text, room)?;
            if done.read > 0 {
                self.encoder.codec = codec;
                buffer.commit(done.written);
                return Ok(done.read);
            }
        }
        // There is room again after this: no more is copied than has to be.
        let text = &text[..piece_len(text, SCRATCH)];
        self.encoded.clear();
        self.encoder
            .append_with(&mut codec, text, &mut self.encoded)?;
        let taken = if self.encoded.is_empty() {
            0
        } else {
            write_some(buffer, &self.encoded, &mut self.failed)?
        };
        self.encoder.codec = codec;
        self.pending.extend_from_slice(&self.encoded[taken..]);
        Ok(text.len())
    }

    /// Hands over what the buffer did not take before. If the device then would block, that is the
    /// error, even where the buffer has room for all of it: the device is not to be asked again.
    #[inline]
    fn push_pending(&mut self, buffer: &mut impl BufferedIo) -> Result<()> {
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
    /// Also the buffer's error when it is asked whether text follows: taking that for "no" would
    /// leave that text in another character set than it was written in.
    pub(super) fn finish_pending(&mut self, buffer: &mut impl BufferedIo) -> Result<()> {
        self.finish_held(buffer)?;
        let is_followed = self.encoder.codec.resumes() && is_followed(buffer)?;
        self.leave(is_followed);
        self.hand_over(buffer)
    }

    /// The same for the last time: if the buffer fails to tell whether text follows, none does.
    /// Once: after a failed `close` the pending bytes are only for `into_parts`.
    pub(super) fn finish_last(&mut self, buffer: &mut impl BufferedIo) -> Result<()> {
        if self.is_closed {
            return Ok(());
        }
        match self.finish_pending(buffer) {
            Err(error) if self.pending.is_empty() => {
                self.leave(false);
                both(Err(error), self.hand_over(buffer))
            }
            finished => finished,
        }
    }

    /// Appends the end of a shift.
    fn leave(&mut self, is_followed: bool) {
        if is_followed {
            self.encoder.codec.resume(&mut self.pending);
        } else {
            self.encoder.codec.end(&mut self.pending);
        }
    }

    /// The same but for the end of the shift: later text goes on in it.
    pub(super) fn finish_held(&mut self, buffer: &mut impl BufferedIo) -> Result<()> {
        self.encoder.codec.finish(&mut self.pending);
        self.hand_over(buffer)
    }

    /// Makes what was written readable as far as it goes; see [`TextEncoder::flush`].
    pub(super) fn pause(&mut self) {
        self.encoder.flush(&mut self.pending);
    }

    /// The same where the device need not be asked again: it is enough that the buffer has it all.
    fn hand_over(&mut self, buffer: &mut impl BufferedIo) -> Result<()> {
        match self.push_pending(buffer) {
            Err(error) if error.is_would_block() && self.pending.is_empty() => Ok(()),
            pushed => pushed,
        }
    }

    fn push_all(&mut self, buffer: &mut impl BufferedIo) -> Result<()> {
        while !self.pending.is_empty() {
            let taken = write_some(buffer, &self.pending, &mut self.failed)
                .map_err(|error| error.after_writing(0))?;
            // One by one in the worst case, but no more than a piece is ever pending.
            self.pending.drain(..taken);
            if let Some(error) = self.failed.take() {
                return Err(error.after_writing(0));
            }
        }
        Ok(())
    }

    /// Writes everything to the device, except a character that waits for the next one. A shift
    /// stays open: what is there can be read, and the next text may continue in it.
    pub(super) fn flush(&mut self, buffer: &mut impl BufferedIo) -> Result<()> {
        self.pause();
        self.push_pending(buffer)?;
        Ok(buffer.flush()?)
    }

    /// Hands over what is pending as well as it can, reports a failure to the drop hook, and never
    /// panics.
    pub(super) fn push_at_drop(&mut self, buffer: &mut impl BufferedIo) {
        let is_reported = self.is_closed;
        if is_reported || self.pending.is_empty() && !self.encoder.codec.holds() {
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
        mem::take(&mut self.pending)
    }

    /// The stream was closed, which reported what is still pending: drop does not report it again,
    /// and only `into_parts` returns it.
    pub(super) fn close(&mut self) {
        self.is_closed = true;
    }
}

/// Whether something comes after the place that was written to, where the buffer can look.
fn is_followed(buffer: &mut impl BufferedIo) -> Result<bool> {
    let can_look = buffer.readable() && buffer.seekable();
    Ok(can_look && !buffer.peek(1)?.is_empty())
}

/// Writes as much as the buffer takes: at least one byte, or its error. An error after that is in
/// `failed`. A device that would block is not asked again: each time may cost a time-out.
fn write_some(
    buffer: &mut impl BufferedIo,
    bytes: &[u8],
    failed: &mut Option<Error>,
) -> Result<usize> {
    let (taken, stopped) = buffer.write_counted(bytes);
    match stopped {
        Err(error) if taken == 0 => Err(error),
        stopped => {
            *failed = stopped.err();
            checked_write(taken, bytes.len())
        }
    }
}

/// Writes `text`, translated, into the buffer's room; or nothing.
#[inline(always)] // row 3b
fn translate(buffer: &mut impl BufferedIo, text: &str, newline: Newline) -> bool {
    let encoder = NewlineEncoder::new(newline);
    match encoder.encode_to(text, buffer.spare_mut()) {
        // 0 may mean a closed buffer, which has no room: the slow way asks it.
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
