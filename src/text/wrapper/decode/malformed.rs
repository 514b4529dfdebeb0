//! Text with malformed bytes in it as one block.

use std::sync::Arc;

use super::super::super::codec::{Measure, Replacing, Room, Step};
use super::super::super::position::TextPosition;
use super::super::block::{Block, Text};
use super::super::trace::Trace;
use super::TextSource;

/// How many bytes are shown to a decoder.
const PIECE: usize = 512;

/// How much text is put together out of pieces, in bytes, and how many pieces.
const PIECES: usize = 16 * 1024;
const RUNS: usize = 512;

/// How many malformed sequences there are in one, with text between them or not.
const GAPS: usize = 4096;

impl TextSource {
    /// A block of `text` in the place of malformed bytes, which began at `start` and were taken,
    /// and of what follows as far as that is short pieces, too: a block for each would cost more
    /// than to decode them.
    pub(super) fn with_more(&mut self, text: String, start: TextPosition, last: bool) -> Block {
        let start = if text.is_empty() { self.place() } else { start };
        let mut block = Block::new(Text::Own(text), start, self.place(), Measure::Whole);
        if !self.errors.replaces() || self.decoder.is_traced() {
            return block;
        }
        let replacing = self.decoder.replacing(self.errors);
        // The few bytes that may be carried are not shown with all that follows.
        while replacing.is_none() || self.feed.whole().is_none() {
            if !self.add_step(&mut block, last) {
                return block;
            }
        }
        if let Some(replacing) = replacing {
            self.add_replaced(replacing, &mut block, last);
        }
        block
    }

    /// Adds what one step makes of the next bytes; `false`: no more is to be added.
    fn add_step(&mut self, block: &mut Block, last: bool) -> bool {
        let (start, runs) = (self.place(), block.runs());
        let Text::Own(text) = &mut block.text else {
            return false;
        };
        if text.len() >= PIECES || runs >= RUNS || self.feed.is_empty() {
            return false;
        }
        let at = text.len();
        let front = self.feed.front();
        let shown = &front[..front.len().min(PIECE)];
        let is_last = last && shown.len() == front.len();
        let (n, measure) = match self.decoder.step(shown, is_last, text) {
            Step::Read(n) => (n, self.decoder.measure()),
            Step::Malformed { len, reason } => {
                let malformed = self.malformed(len, reason);
                self.errors.decode(&malformed, text);
                // One byte that is one character, or of which nothing can be cut.
                let is_one = len == 1 && text[at..].chars().nth(1).is_none();
                if is_one {
                    (len, Measure::Each(1))
                } else {
                    (len, Measure::Whole)
                }
            }
            // It comes by itself.
            _ => return false,
        };
        let has_more = text.len() > at;
        self.feed.consume(n);
        if has_more {
            block.push_run(at, start, self.place(), measure, None);
        }
        n < PIECE
    }

    /// Adds what follows up to a long run of text without malformed bytes.
    fn add_replaced(&mut self, replacing: Replacing, block: &mut Block, last: bool) {
        let Text::Own(text) = &mut block.text else {
            return;
        };
        let mut room = self.room.take().unwrap_or_else(|| Box::new(Room::new()));
        room.clear();
        let (at, start) = (text.len(), self.place());
        while text.len() < PIECES && room.malformed() < GAPS {
            let before = room.malformed();
            let n = replacing.decode(self.feed.front(), last, &mut room, text);
            self.feed.consume(n);
            if room.malformed() == before {
                break;
            }
        }
        if text.len() > at {
            let trace = Trace::with_gaps(start.offset, replacing.gaps(&room));
            let trace = Some(Arc::new(trace));
            block.push_run(at, start, self.place(), Measure::Whole, trace);
        }
        self.room = Some(room);
    }
}
