//! [`TextBlocks`], the second stage of reading: bytes to blocks of text.
//!
//! It takes chunks from an [`InputBuffer`] and decodes them, a [`TextBlock`] at a time.
//! Post-conditions:
//!
//! 1. No block ends inside a character, and none is empty.
//! 2. Text that is UTF-8 already shares the chunk's memory; other text is in a string that is
//!    handed back and used again.
//! 3. A block knows the bytes it came from, to the character.
//! 4. Text before malformed bytes comes first, then the error, once; then the text after them.
//! 5. An error of the buffer changes nothing: what was read before it is still here.
//! 6. The buffer is asked only when nothing is left here. A chunk that is used up is dropped before
//!    that, so that the buffer can fill the same block again.

use std::mem;
use std::path::Path;
use std::sync::Arc;

use super::super::codec::{
    DecodeStop, Decoder, ErrorPolicy, FixedReplacement, MalformedBytes, Measure, NO_MARK,
    ReplaceBuffer, Replacer,
};
use super::super::options::TextOptions;
use super::super::position::TextPosition;
use super::input::{CHUNK, ChunkSource, InputBuffer};
use super::text_block::{SourceMap, Text, TextBlock, TextRun};
use crate::chunk::StrChunk;
use crate::error::{Error, Result};

/// Most memory that is kept for the next block's text, in bytes: one byte becomes 3 bytes of UTF-8
/// at most, so a chunk never needs more. Memory that grew beyond it for a long line is freed with
/// that line.
pub(super) const KEEP: usize = 3 * CHUNK;

/// How many bytes are shown to a decoder at a time among malformed ones. It decodes up to the next
/// malformed byte, and what it was shown after that is looked at twice: so not the whole chunk.
const PIECE: usize = 512;

/// How many bytes behind malformed ones are looked at before it is known that they are, at most: those of an
/// escape sequence.
const LONGEST: usize = 16;

/// How much text is put together out of pieces around malformed bytes, in bytes, and how many
/// pieces: each has a [`TextRun`].
const PIECES: usize = 16 * 1024;
const RUNS: usize = 512;

pub(super) struct TextBlocks {
    decoder: Decoder,
    errors: ErrorPolicy,
    /// Whether the encoding is one in which the error policy cannot be kept.
    is_refused: bool,
    input: InputBuffer,
    /// What was to be decoded when the last chunk came, kept where the buffer cannot go back to it:
    /// with it, text that was not taken can be decoded again in another encoding.
    replay: Option<InputBuffer>,
    seekable: bool,
    /// Whether the stream was sought: only a line of what comes is decoded at first.
    is_sought: bool,
    /// What was pulled and put back.
    next: Option<Result<TextBlock>>,
    /// The memory of a string block that is used up.
    spare: String,
    /// Memory for what is decoded with malformed bytes in it.
    room: Option<Box<ReplaceBuffer>>,
    /// How many characters of what comes next were taken before, if that is malformed or one code
    /// for several.
    skip: u32,
    /// The place after the last text or error. The next block begins there, with the bytes before
    /// its text that are no text.
    reported_end: TextPosition,
    /// Whether the buffer had reported its end when the last block was made.
    met_end: bool,
    /// The file, for errors, if it is known.
    pub(super) path: Option<Box<Path>>,
}

impl TextBlocks {
    pub(super) fn new(options: &TextOptions, start: u64, seekable: bool) -> TextBlocks {
        let mut decoder = Decoder::new(options.encoding);
        decoder.set_errors(options.errors);
        TextBlocks {
            decoder,
            errors: options.errors,
            is_refused: options.check().is_err(),
            input: InputBuffer::new(start),
            replay: None,
            seekable,
            is_sought: false,
            next: None,
            spare: String::new(),
            room: None,
            skip: 0,
            reported_end: TextPosition::new(start, 0),
            met_end: false,
            path: None,
        }
    }

    /// Continues with other options; returns whether the encoding or the error policy has changed.
    /// Another encoding starts afresh, with a byte-order mark if it has one. With another error
    /// policy, malformed bytes of whose replacement a part was taken are replaced again, by that
    /// policy.
    pub(super) fn reconfigure(&mut self, options: &TextOptions) -> bool {
        let is_other = options.encoding != self.decoder.encoding();
        if !is_other && options.errors == self.errors {
            return false;
        }
        if is_other {
            self.decoder = Decoder::new(options.encoding);
        }
        self.decoder.set_errors(options.errors);
        self.errors = options.errors;
        self.is_refused = options.check().is_err();
        self.skip = 0;
        self.reported_end = self.place();
        true
    }

    /// The place after the last block.
    pub(super) fn place(&self) -> TextPosition {
        TextPosition::new(self.input.offset, self.decoder.state())
    }

    /// The stream's byte offset after everything that was read: where the buffer stands.
    pub(super) fn end(&self) -> u64 {
        self.input.end()
    }

    /// Forgets what was read and goes on at a place, where the buffer stands.
    pub(super) fn restart(&mut self, place: TextPosition) {
        self.input = InputBuffer::after_seek(place.offset);
        self.replay = None;
        self.is_sought = true;
        self.go_to(place);
    }

    /// Goes back to a place without the buffer, if the bytes from there on are still here.
    pub(super) fn take_back(&mut self, place: TextPosition) -> bool {
        if place.offset != self.input.offset {
            let replay = self.replay.clone();
            let Some(input) = replay.and_then(|replay| replay.since(place.offset)) else {
                return false;
            };
            self.input = input;
        }
        self.go_to(place);
        true
    }

    fn go_to(&mut self, place: TextPosition) {
        self.next = None;
        self.decoder.set_state(place.state);
        self.skip = place.skip;
        self.reported_end = place;
    }

    /// Takes the text that was put back, and the bytes that were read and are not decoded. An error
    /// that waits for its turn is among the bytes again.
    pub(super) fn take_all(&mut self, text: &mut String) -> Vec<u8> {
        let mut bytes = match self.next.take() {
            Some(Err(Error::Decode { bytes, .. })) => bytes,
            Some(Ok(block)) => {
                text.push_str(&block.text);
                Vec::new()
            }
            _ => Vec::new(),
        };
        bytes.extend(self.input.to_vec());
        self.input = InputBuffer::new(self.input.end());
        bytes
    }

    /// Keeps the memory of a block's string for the next one.
    pub(super) fn recycle(&mut self, block: TextBlock) {
        if let Text::Own(mut text) = block.text
            && (self.spare.capacity()..=KEEP).contains(&text.capacity())
        {
            text.clear();
            self.spare = text;
        }
    }

    /// An empty string with memory that was used before.
    pub(super) fn spare(&mut self) -> String {
        mem::take(&mut self.spare)
    }

    /// How much memory that is, in bytes.
    #[cfg(test)]
    pub(super) fn spared(&self) -> usize {
        self.spare.capacity()
    }

    /// Whether the buffer is at its end, as far as it was asked for the last block.
    pub(super) fn has_met_end(&self) -> bool {
        self.met_end && self.is_used_up()
    }

    /// Whether the buffer is asked for the next block.
    pub(super) fn is_used_up(&self) -> bool {
        self.input.is_empty() && self.next.is_none()
    }

    /// Whether nothing was put back and nothing has to be skipped: what comes next is just what the
    /// decoder makes of the next bytes.
    pub(super) fn is_clear(&self) -> bool {
        self.next.is_none() && self.skip == 0
    }

    /// Puts back what was pulled: it comes next.
    pub(super) fn put_back(&mut self, pulled: Result<TextBlock>) {
        debug_assert!(self.next.is_none(), "only what was pulled last is put back");
        if !matches!(&pulled, Ok(block) if block.text.is_empty()) {
            self.next = Some(pulled);
        }
    }

    /// The next block; `None` at the end. `unread`: the byte offset of what the caller has not
    /// taken yet of the block before; `None`: what it has shares memory with the buffer.
    pub(super) fn next(
        &mut self,
        buffer: &mut impl ChunkSource,
        unread: impl Fn() -> Option<u64>,
    ) -> Result<Option<TextBlock>> {
        if let Some(next) = self.next.take() {
            return next.map(Some);
        }
        if self.is_refused {
            self.errors.check(self.decoder.encoding())?;
        }
        let mut last = false;
        self.met_end = false;
        loop {
            match self.decode(last) {
                Ok(None) if !last => {}
                decoded => {
                    let now = match &decoded {
                        Ok(Some(block)) => block.end(),
                        _ => self.place(),
                    };
                    let before = mem::replace(&mut self.reported_end, now);
                    self.met_end = last && decoded.is_ok();
                    // Characters that were taken before a seek do not belong to this block.
                    let block = decoded?.map(|block| match before.skip {
                        0 => block.after(before),
                        _ => block,
                    });
                    return Ok(block);
                }
            }
            last = !self.read(buffer, &unread)?;
        }
    }

    /// Reads more; `false` at the end.
    fn read(
        &mut self,
        buffer: &mut impl ChunkSource,
        unread: impl Fn() -> Option<u64>,
    ) -> Result<bool> {
        if self.replay.is_some()
            && let Some(from) = unread()
        {
            // The part of a line that is still needed is short. It is copied, so that the buffer
            // can fill its block again; what is before it will not be decoded again.
            let replay = self.replay.take().and_then(|replay| replay.since(from));
            let replay = replay.filter(|_| from < self.input.offset);
            self.replay = replay.map(InputBuffer::detached);
        }
        let has_more = self.input.read(buffer)?;
        if !self.seekable && has_more {
            self.replay = Some(self.input.clone());
        }
        Ok(has_more)
    }

    /// The next block out of what is there, if that is enough for one.
    fn decode(&mut self, last: bool) -> Result<Option<TextBlock>> {
        while !self.input.is_empty() {
            let all = self.input.front().len();
            let shown = if self.is_sought {
                self.input.first_line()
            } else {
                all
            };
            // Some encodings read a line in pieces.
            let line_end = self.input.offset + shown as u64;
            if let Some(block) = self.verbatim(shown) {
                self.is_sought &= self.input.offset < line_end;
                return Ok(Some(block));
            }
            let (start, mut text) = (self.place(), self.spare());
            let (front, is_last) = (&self.input.front()[..shown], last && shown == all);
            let block = match self.decoder.step(front, is_last, &mut text) {
                Ok(n) => self.read_block(start, n, text, last),
                Err(DecodeStop::Malformed { len, reason }) => {
                    self.malformed_block(start, len, reason, text, last)?
                }
                Err(DecodeStop::Unfinished) => {
                    self.spare = text;
                    self.is_sought = false;
                    if shown < all || self.input.unite() {
                        continue;
                    }
                    // The start of a character: it waits for its other bytes.
                    self.input.carry();
                    return Ok(None);
                }
                Err(DecodeStop::NoMark { len }) => {
                    self.spare = text;
                    return Err(self.decode_error(len, NO_MARK));
                }
                Err(DecodeStop::Broken { claimed, limit }) => {
                    self.spare = text;
                    return Err(DecodeStop::broken(claimed, limit));
                }
            };
            self.is_sought &= self.input.offset < line_end;
            if !block.text.is_empty() {
                return Ok(Some(block));
            }
            self.recycle(block);
        }
        Ok(None)
    }

    /// A block that shares the chunk's memory, if its bytes are text as they are, `shown` at most.
    fn verbatim(&mut self, shown: usize) -> Option<TextBlock> {
        let bytes = self.input.whole()?;
        // UTF-8, or ASCII in an encoding that contains it: no copy, only a check.
        let n = self.decoder.verbatim(&bytes[..shown]);
        if n == 0 {
            return None;
        }
        let (text, _) = StrChunk::take_valid(&mut bytes.slice(..n));
        if text.is_empty() {
            return None;
        }
        let start = self.place();
        self.input.consume(text.len());
        self.skip = 0;
        let run = TextRun::new(start, self.place(), Measure::Verbatim);
        Some(TextBlock::new(Text::Shared(text), run))
    }

    /// A block of what was just decoded of the first `n` bytes, which begin at `start`.
    fn read_block(
        &mut self,
        start: TextPosition,
        n: usize,
        mut text: String,
        last: bool,
    ) -> TextBlock {
        let (map, measure) = (self.source_map(last), self.decoder.measure());
        self.input.consume(n);
        let start = match measure {
            Measure::Whole => self.drop_taken(start, &mut text),
            _ => start,
        };
        if map.is_none() {
            self.skip = 0;
        }
        let run = TextRun {
            map,
            ..TextRun::new(start, self.place(), measure)
        };
        TextBlock::new(Text::Own(text), run)
    }

    /// The bytes at the front for telling places in what was just read of them, if that takes them.
    fn source_map(&self, last: bool) -> Option<Arc<SourceMap>> {
        let shown = self.decoder.looked_at()?;
        Some(self.redecoding(shown, last, None))
    }

    /// The same with the first `shown` bytes, if there are so many, and what was read for malformed ones.
    fn redecoding(
        &self,
        shown: usize,
        last: bool,
        replacement: Option<FixedReplacement>,
    ) -> Arc<SourceMap> {
        let front = self.input.front();
        let shown = shown.min(front.len());
        let (bytes, last) = (self.input.first(shown), last && shown == front.len());
        let (decoder, offset) = (self.decoder.clone(), self.input.offset);
        Arc::new(SourceMap::redecoding(
            decoder,
            offset,
            bytes,
            last,
            replacement,
        ))
    }

    /// Drops what was taken before of the text of bytes that begin at `start`; the place of what
    /// is left.
    fn drop_taken(&mut self, start: TextPosition, text: &mut String) -> TextPosition {
        let taken = self.skip as usize;
        let end = match text.char_indices().nth(taken) {
            Some((end, _)) => {
                self.skip = 0;
                end
            }
            None => {
                let all = u32::try_from(text.chars().count());
                self.skip -= all.expect("no more than are to be dropped");
                text.len()
            }
        };
        text.drain(..end);
        start.inside(taken)
    }

    /// A block of the replacement of the first `len` bytes, which begin at `start` and are
    /// malformed, and of the text after them up to the first long piece: a block for each short
    /// piece would cost more than decoding it.
    fn malformed_block(
        &mut self,
        start: TextPosition,
        len: usize,
        reason: &'static str,
        mut text: String,
        last: bool,
    ) -> Result<TextBlock> {
        if !self.replace(len, reason, &mut text) {
            let error = self.decode_error(len, reason);
            self.spare = text;
            self.skip = 0;
            self.input.consume(len);
            return Err(error);
        }
        self.input.consume(len);
        let start = self.drop_taken(start, &mut text);
        self.skip = 0;
        let start = if text.is_empty() { self.place() } else { start };
        let run = TextRun::new(start, self.place(), Measure::Whole);
        let mut block = TextBlock::new(Text::Own(text), run);
        // One block for many malformed bytes, unless a codec makes the text of which nothing is known.
        if self.errors.replaces() && !self.decoder.is_custom() {
            self.add_pieces(&mut block, last);
        }
        Ok(block)
    }

    /// Appends the error policy's replacement of the first `len` bytes; `false`: it has none.
    fn replace(&self, len: usize, reason: &'static str, text: &mut String) -> bool {
        self.errors.decode(&self.malformed(len, reason), text)
    }

    /// Adds what follows malformed bytes up to a long piece without any.
    fn add_pieces(&mut self, block: &mut TextBlock, last: bool) {
        let replacer = self.decoder.replacer(self.errors);
        let replacement = self.decoder.replacement(self.errors);
        let in_steps = replacer.is_none() && replacement.is_none();
        // The few bytes that may be carried are not shown with all that follows.
        while in_steps || self.input.whole().is_none() {
            if !self.add_step(block, last) {
                return;
            }
        }
        match (replacer, replacement) {
            (Some(replacer), _) => self.add_replaced(replacer, block, last),
            (None, Some(replacement)) => self.add_decoded(replacement, block, last),
            (None, None) => {}
        }
    }

    /// Adds what one step makes of the next bytes; `false`: no more is to be added.
    fn add_step(&mut self, block: &mut TextBlock, last: bool) -> bool {
        let (start, runs) = (self.place(), block.runs());
        let Text::Own(text) = &mut block.text else {
            return false;
        };
        if text.len() >= PIECES || runs >= RUNS || self.input.is_empty() {
            return false;
        }
        let at = text.len();
        let front = self.input.front();
        let shown = &front[..front.len().min(PIECE)];
        let is_last = last && shown.len() == front.len();
        let (n, measure) = match self.decoder.step(shown, is_last, text) {
            // It would take the bytes to tell places in it.
            Ok(_) if self.decoder.looked_at().is_some() => {
                text.truncate(at);
                self.decoder.set_state(start.state);
                return false;
            }
            Ok(n) => (n, self.decoder.measure()),
            Err(DecodeStop::Malformed { len, reason }) => {
                self.replace(len, reason, text);
                // One byte that is one character, or of which nothing can be cut.
                let is_one = len == 1 && text[at..].chars().nth(1).is_none();
                if is_one {
                    (len, Measure::Each(1))
                } else {
                    (len, Measure::Whole)
                }
            }
            // Anything else ends the block; the next one begins with it.
            Err(_) => return false,
        };
        let has_more = text.len() > at;
        self.input.consume(n);
        if has_more {
            let run = TextRun::new(start, self.place(), measure);
            block.push_run(TextRun { at, ..run });
        }
        n < PIECE
    }

    /// Adds what follows where the decoder replaces malformed bytes itself.
    fn add_replaced(&mut self, replacer: Replacer, block: &mut TextBlock, last: bool) {
        let Text::Own(text) = &mut block.text else {
            return;
        };
        let mut room = self
            .room
            .take()
            .unwrap_or_else(|| Box::new(ReplaceBuffer::new()));
        room.clear();
        let (at, start) = (text.len(), self.place());
        let n = replacer.decode_run(self.input.front(), last, &mut room, text, PIECES);
        self.input.consume(n);
        if text.len() > at {
            let map = SourceMap::with_gaps(start.offset, replacer.gaps(&room));
            block.push_run(TextRun {
                at,
                map: Some(Arc::new(map)),
                ..TextRun::new(start, self.place(), Measure::Whole)
            });
        }
        self.room = Some(room);
    }

    /// The same where it stops at each.
    fn add_decoded(&mut self, replacement: FixedReplacement, block: &mut TextBlock, last: bool) {
        let Text::Own(text) = &mut block.text else {
            return;
        };
        let (at, start) = (text.len(), self.place());
        let bytes = self.input.front();
        let decoder = &mut self.decoder;
        let n = decoder.decode_replaced(replacement, bytes, last, text, PIECES);
        if text.len() > at {
            let map = self.redecoding(n + LONGEST, last, Some(replacement));
            self.input.consume(n);
            block.push_run(TextRun {
                at,
                map: Some(map),
                ..TextRun::new(start, self.place(), Measure::Whole)
            });
        } else {
            self.input.consume(n);
        }
    }

    /// The error about the first `len` bytes.
    fn decode_error(&self, len: usize, reason: &'static str) -> Error {
        self.malformed(len, reason).error(self.path.clone())
    }

    /// The first `len` bytes.
    fn malformed(&self, len: usize, reason: &'static str) -> MalformedBytes<'_> {
        MalformedBytes {
            encoding: self.decoder.encoding().name(),
            offset: self.input.offset,
            bytes: &self.input.front()[..len],
            reason,
        }
    }
}
