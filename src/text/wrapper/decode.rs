//! Bytes to blocks of text.
//!
//! A [`TextSource`] asks the buffer for a chunk and cuts it into [`Block`]s. Post-conditions:
//!
//! 1. No block ends inside a character, and none is empty.
//! 2. Text that is UTF-8 already shares the chunk's memory; other text is in a string that is
//!    handed back and used again.
//! 3. A block knows the bytes it came from, to the character.
//! 4. Text before malformed bytes comes first, then the error, once; then the text behind them.
//! 5. An error of the buffer changes nothing: what was read before it is still here.

mod malformed;

use std::mem;
use std::sync::Arc;

use super::super::codec::{Decoder, Malformed, Measure, OnError, Room, Step};
use super::super::position::TextPosition;
use super::block::{Block, Text};
use super::feed::Feed;
use super::options::TextOptions;
use super::trace::Trace;
use crate::buffered::BufferedIo;
use crate::chunk::StrChunk;
use crate::error::{Error, Operation, Result};

/// Memory of this size is kept for the next block, in bytes: a chunk becomes no more text. Memory
/// that grew beyond it for a long line goes with that line: the next one may be short.
const KEEP: usize = 3 * CHUNK;

/// How many bytes the buffer is asked for at a time. Text is checked this much at once: more
/// would leave the cache before the lines are looked at.
const CHUNK: usize = 64 * 1024;

pub(super) struct TextSource {
    decoder: Decoder,
    errors: OnError,
    feed: Feed,
    /// The memory of a string block that is used up.
    spare: String,
    /// Memory for what is decoded with malformed bytes in it.
    room: Option<Box<Room>>,
    /// What was to be decoded when the last chunk came, if the buffer cannot go back to it.
    last: Option<Feed>,
    seekable: bool,
    /// How many characters of what comes next were taken before, if that is malformed or one code
    /// for several.
    skip: u32,
    /// Whether the last block, or that there was none, is what the buffer's end made of the rest.
    met_end: bool,
}

impl TextSource {
    pub(super) fn new(options: &TextOptions, start: u64, seekable: bool) -> TextSource {
        let mut decoder = Decoder::new(options.encoding);
        decoder.set_errors(options.errors);
        TextSource {
            decoder,
            errors: options.errors,
            feed: Feed::new(start),
            spare: String::new(),
            room: None,
            last: None,
            seekable,
            skip: 0,
            met_end: false,
        }
    }

    /// Goes on as `options` say. Another encoding starts afresh, with a byte-order mark if it has
    /// one, and with another error policy what was half taken of malformed bytes comes anew;
    /// returns whether either is another.
    pub(super) fn reconfigure(&mut self, options: &TextOptions) -> bool {
        let is_other = options.encoding != self.decoder.encoding();
        if is_other {
            self.decoder = Decoder::new(options.encoding);
        }
        if !is_other && options.errors == self.errors {
            return false;
        }
        self.errors = options.errors;
        self.decoder.set_errors(options.errors);
        self.skip = 0;
        true
    }

    /// The place behind the last block.
    pub(super) fn place(&self) -> TextPosition {
        TextPosition::new(self.feed.offset, self.decoder.state())
    }

    /// The stream's byte offset behind everything that was read: where the buffer stands.
    pub(super) fn end(&self) -> u64 {
        self.feed.end()
    }

    /// Forgets what was read and goes on at a place, where the buffer stands.
    pub(super) fn restart(&mut self, place: TextPosition) {
        self.feed = Feed::new(place.offset);
        self.last = None;
        self.set_place(place);
    }

    /// Takes the bytes that were read and are not decoded.
    pub(super) fn take_undecoded(&mut self) -> Vec<u8> {
        let bytes = self.feed.to_vec();
        self.feed = Feed::new(self.feed.end());
        bytes
    }

    /// Goes back to a place without the buffer, if the bytes from there on are still here.
    pub(super) fn take_back(&mut self, place: TextPosition) -> bool {
        if place.offset == self.feed.offset {
            self.set_place(place);
            return true;
        }
        let Some(last) = &self.last else { return false };
        if !(last.offset..=self.feed.offset).contains(&place.offset) {
            return false;
        }
        self.feed = last.clone();
        self.feed.skip_to(place.offset);
        self.set_place(place);
        true
    }

    fn set_place(&mut self, place: TextPosition) {
        self.decoder.set_state(place.state);
        self.skip = place.skip;
    }

    /// Takes the memory of a block back.
    pub(super) fn recycle(&mut self, block: Block) {
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

    /// Whether the buffer is at its end, as far as it was asked for the last block.
    pub(super) fn has_met_end(&self) -> bool {
        self.met_end && self.feed.is_empty()
    }

    /// The next block; `None` at the end. Asks the buffer only when nothing is left. `place`: the
    /// byte offset of what comes next for the caller, if nothing of what was read is left there.
    pub(super) fn next(
        &mut self,
        buffer: &mut impl BufferedIo,
        place: Option<u64>,
    ) -> Result<Option<Block>> {
        self.errors.check(self.decoder.encoding())?;
        let mut last = false;
        self.met_end = false;
        loop {
            if let Some(block) = self.cut(last)? {
                self.met_end = last;
                return Ok(Some(block));
            }
            if last {
                self.met_end = true;
                return Ok(None);
            }
            if place == Some(self.feed.offset) {
                // Nobody goes back to before it, and the buffer may fill that memory again.
                self.last = None;
            }
            self.feed.let_go();
            let chunk = buffer.read_chunk(CHUNK)?;
            last = chunk.is_empty();
            self.feed.refill(chunk);
            if !self.seekable && !last {
                self.last = Some(self.feed.clone());
            }
        }
    }

    /// The next block out of what is there, if that is enough for one.
    fn cut(&mut self, last: bool) -> Result<Option<Block>> {
        while !self.feed.is_empty() {
            if let Some(block) = self.verbatim() {
                return Ok(Some(block));
            }
            let start = self.place();
            let mut text = self.spare();
            match self.decoder.step(self.feed.front(), last, &mut text) {
                Step::Read(n) => {
                    let (trace, measure) = (self.trace(last), self.decoder.measure());
                    self.feed.consume(n);
                    let start = match measure {
                        Measure::Whole => self.drop_taken(start, &mut text),
                        _ => start,
                    };
                    if trace.is_none() {
                        self.skip = 0;
                    }
                    if !text.is_empty() {
                        let block = Block::new(Text::Own(text), start, self.place(), measure);
                        return Ok(Some(block.traced(trace)));
                    }
                }
                Step::Broken { claimed, limit } => {
                    self.spare = text;
                    return Err(broken(claimed, limit));
                }
                Step::Unfinished if self.feed.unite() => {}
                Step::Unfinished => {
                    self.feed.save();
                    self.spare = text;
                    return Ok(None);
                }
                Step::NoMark { len } => {
                    self.spare = text;
                    let bytes = self.feed.front()[..len].to_vec();
                    return Err(self.decode_error(bytes, "no byte-order mark at the start"));
                }
                Step::Malformed { len, reason } => {
                    let malformed = self.malformed(len, reason);
                    if !self.errors.decode(&malformed, &mut text) {
                        let error = self.decode_error(malformed.bytes.to_vec(), reason);
                        self.spare = text;
                        self.skip = 0;
                        self.feed.consume(len);
                        return Err(error);
                    }
                    self.feed.consume(len);
                    let start = self.drop_taken(start, &mut text);
                    self.skip = 0;
                    let block = self.with_more(text, start, last);
                    if !block.text.is_empty() {
                        return Ok(Some(block));
                    }
                    self.recycle(block);
                    continue;
                }
            }
            self.spare = text;
        }
        Ok(None)
    }

    /// What stands at the front, and is no text.
    fn malformed(&self, len: usize, reason: &'static str) -> Malformed<'_> {
        Malformed {
            encoding: self.decoder.encoding().name(),
            offset: self.feed.offset,
            bytes: &self.feed.front()[..len],
            reason,
        }
    }

    /// A block that shares the chunk's memory, if its bytes are text as they are.
    fn verbatim(&mut self) -> Option<Block> {
        let bytes = self.feed.whole()?;
        let n = self.decoder.verbatim(bytes);
        if n == 0 {
            return None;
        }
        let (text, _) = StrChunk::take_valid(&mut bytes.slice(..n));
        if text.is_empty() {
            return None;
        }
        let start = self.place();
        self.feed.consume(text.len());
        self.skip = 0;
        Some(Block::new(
            Text::Shared(text),
            start,
            self.place(),
            Measure::Verbatim,
        ))
    }

    /// The bytes at the front for measuring what was just read of them, if that takes them.
    fn trace(&self, last: bool) -> Option<Arc<Trace>> {
        let front = self.feed.front();
        let shown = self.decoder.looked_at()?.min(front.len());
        let (bytes, last) = (self.feed.first(shown), last && shown == front.len());
        let trace = Trace::new(self.decoder.clone(), self.feed.offset, bytes, last);
        Some(Arc::new(trace))
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

    fn decode_error(&self, bytes: Vec<u8>, reason: &'static str) -> Error {
        Error::Decode {
            encoding: self.decoder.encoding().name(),
            offset: self.feed.offset,
            bytes,
            reason,
        }
    }
}

/// What a codec of the caller's own cannot have read.
fn broken(claimed: usize, limit: usize) -> Error {
    let operation = Operation::Decode;
    match claimed {
        0 => Error::NoProgress { operation },
        claimed => Error::BadCount {
            operation,
            claimed,
            limit,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_of_a_long_line_goes_with_it() {
        let mut source = TextSource::new(&TextOptions::new(), 0, false);
        let start = TextPosition::START;
        let block = |text| Block::new(Text::Own(text), start, start, Measure::Whole);
        source.recycle(block("x".repeat(KEEP)));
        assert_eq!(source.spare.capacity(), KEEP);
        source.recycle(block("x".repeat(8 << 20)));
        assert_eq!(source.spare.capacity(), KEEP);
    }
}
