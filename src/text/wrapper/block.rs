//! [`Block`]: a piece of decoded text that knows which bytes it came from.

use std::ops::Deref;
use std::sync::{Arc, Mutex};

use super::super::codec::Measure;
use super::super::position::TextPosition;
use super::trace::Trace;
use crate::chunk::StrChunk;

/// Text, and for each place in it the byte offset in the stream.
pub(super) struct Block {
    pub(super) text: Text,
    /// Where the text came from, from its start on.
    origin: Origin,
    /// The same for what was joined to it, in order.
    joined: Vec<Origin>,
    /// The last place that was measured, so that telling the place of each line measures no text
    /// twice. Nobody waits for the lock: it is there for those who ask through a shared reference,
    /// and whoever does not get it measures anew.
    mark: Mutex<Mark>,
    /// How many places inside the text, from 1 on, are as many bytes behind the start: all of
    /// them where the text is one run of the stream's own bytes, else none.
    plain: usize,
}

/// A place in the text, and in the stream.
#[derive(Clone, Copy)]
struct Mark {
    at: usize,
    place: TextPosition,
}

/// Text in a chunk's memory or in its own.
pub(super) enum Text {
    Shared(StrChunk),
    Own(String),
}

/// Bytes of the stream that became one run of text.
#[derive(Clone)]
struct Origin {
    /// The first byte of the run in the block's text.
    at: usize,
    start: TextPosition,
    /// The place behind the run. Inside it the decoder's state is the one here.
    end: TextPosition,
    measure: Measure,
    /// The bytes, where the text can be measured only by decoding them again.
    trace: Option<Arc<Trace>>,
}

impl Block {
    /// Text from the bytes between two places of the stream.
    pub(super) fn new(
        text: Text,
        start: TextPosition,
        end: TextPosition,
        measure: Measure,
    ) -> Block {
        let origin = Origin {
            at: 0,
            start,
            end,
            measure,
            trace: None,
        };
        let mut block = Block {
            text,
            origin,
            joined: Vec::new(),
            mark: Mark::new(0, start),
            plain: 0,
        };
        block.count_plain();
        block
    }

    /// The same, measured by decoding its bytes again.
    pub(super) fn traced(mut self, trace: Option<Arc<Trace>>) -> Block {
        self.origin.trace = trace;
        self.count_plain();
        self
    }

    fn count_plain(&mut self) {
        let run = &self.origin;
        let is_verbatim = run.measure == Measure::Verbatim && run.trace.is_none();
        self.plain = if is_verbatim && self.joined.is_empty() {
            self.text.len().saturating_sub(1)
        } else {
            0
        };
    }

    /// No text, at a place.
    pub(super) fn empty(place: TextPosition) -> Block {
        let text = Text::Shared(StrChunk::new());
        Block::new(text, place, place, Measure::Verbatim)
    }

    /// Says where the text from byte `at` on came from.
    pub(super) fn push_run(
        &mut self,
        at: usize,
        start: TextPosition,
        end: TextPosition,
        measure: Measure,
        trace: Option<Arc<Trace>>,
    ) {
        let run = Origin {
            at,
            start,
            end,
            measure,
            trace,
        };
        self.push_origin(run);
        self.plain = 0;
    }

    /// Whether it keeps a chunk of the buffer's alive.
    pub(super) fn has_share(&self) -> bool {
        matches!(self.text, Text::Shared(_)) || self.origin.trace.is_some()
    }

    /// How many runs of different origin there are.
    pub(super) fn runs(&self) -> usize {
        1 + self.joined.len()
    }

    /// The run that the text before byte `at` ends in, and its number.
    fn run(&self, at: usize) -> (&Origin, usize) {
        let before = self.joined.partition_point(|run| run.at < at);
        match before {
            0 => (&self.origin, 0),
            n => (&self.joined[n - 1], n),
        }
    }

    /// [`position`](Block::position) where that is but a sum.
    #[inline(always)]
    pub(super) fn plain_position(&self, at: usize) -> Option<TextPosition> {
        let Origin { start, end, .. } = &self.origin;
        (at.wrapping_sub(1) < self.plain)
            .then(|| TextPosition::new(start.offset + at as u64, end.state))
    }

    /// The place behind the text's first `at` bytes; that of its start if `at` is 0.
    ///
    /// Remembers what it measured: asking after each line measures no text twice.
    pub(super) fn position(&self, at: usize) -> TextPosition {
        if let Some(place) = self.plain_position(at) {
            return place;
        }
        let (run, before) = self.run(at);
        let end = self.joined.get(before).map_or(self.text.len(), |r| r.at);
        let place = match (at, &run.trace) {
            (0, _) => return run.start,
            (at, None) if at == end => return run.end,
            (at, Some(trace)) => self.traced_position(run, trace, at),
            (at, None) => {
                let (from, first) = self.measured(run, at);
                if run.measure == Measure::Whole {
                    // Bytes that became several characters cannot be cut.
                    first.inside(self.text[from..at].chars().count())
                } else {
                    let measure = |text| run.measure.bytes(text) as u64;
                    // From the nearer side: the end, where a line goes on in the next block.
                    let offset = if at - from <= end - at {
                        first.offset + measure(&self.text[from..at])
                    } else {
                        run.end.offset - measure(&self.text[at..end])
                    };
                    TextPosition::new(offset, run.end.state)
                }
            }
        };
        if let Ok(mut mark) = self.mark.try_lock() {
            *mark = Mark { at, place };
        }
        place
    }

    /// The last place of a run up to byte `at` that is known.
    fn measured(&self, run: &Origin, at: usize) -> (usize, TextPosition) {
        let mark = self.mark.try_lock().map(|mark| *mark).ok();
        match mark {
            Some(mark) if run.at < mark.at && mark.at <= at && !run.is_indexed() => {
                (mark.at, mark.place)
            }
            _ => (run.at, run.start),
        }
    }

    fn traced_position(&self, run: &Origin, trace: &Trace, at: usize) -> TextPosition {
        let (from, first) = self.measured(run, at);
        let text = &self.text[from..at];
        trace
            .place(first, text)
            .unwrap_or_else(|| first.inside(text.chars().count()))
    }

    /// Cuts a block in two; the first has `at` bytes of text.
    pub(super) fn split(mut self, at: usize) -> (Block, Block) {
        let middle = self.position(at);
        if at == self.text.len() {
            return (self, Block::empty(middle));
        }
        let (head, tail) = match self.text {
            Text::Shared(mut text) => (Text::Shared(text.split_to(at)), Text::Shared(text)),
            Text::Own(mut text) => {
                let tail = text.split_off(at);
                (Text::Own(text), Text::Own(tail))
            }
        };
        let mut rest = Block {
            text: tail,
            origin: self.origin.clone(),
            joined: self.joined.clone(),
            mark: Mark::new(0, middle),
            plain: 0,
        };
        rest.forget(at, middle);
        rest.count_plain();
        self.text = head;
        self.joined.retain(|run| run.at < at);
        self.joined.last_mut().unwrap_or(&mut self.origin).end = middle;
        self.mark = Mark::new(0, self.origin.start);
        self.count_plain();
        (self, rest)
    }

    /// Puts `next` behind the text, if it lies there in memory, and forgets the text before byte
    /// `from`, which was taken; says whether.
    pub(super) fn join_in_place(&mut self, from: usize, next: &Block) -> bool {
        let (Text::Shared(text), Text::Shared(more)) = (&self.text, &next.text) else {
            return false;
        };
        let mut whole = text.part(from, text.len());
        let behind = whole.len();
        let is_next = whole.join(more);
        if is_next {
            self.forget(from, self.position(from));
            self.text = Text::Shared(whole);
            self.push_origins(next, behind);
        }
        is_next
    }

    /// The same where it lies elsewhere; how much was forgotten. `spare` is memory for text that
    /// shares a chunk's so far.
    ///
    /// Costs no more than `next` is long, and what was taken since the last time: a line may be put
    /// together from any number of blocks, of any number of runs. So text that was taken goes only
    /// where no less of it is there than of what would have to be moved for that.
    pub(super) fn join(
        &mut self,
        from: usize,
        next: &Block,
        spare: impl FnOnce() -> String,
    ) -> usize {
        let gone = match &mut self.text {
            Text::Own(text) if from < text.len() - from => 0,
            _ => from,
        };
        if gone > 0 {
            self.forget(gone, self.position(gone));
        }
        #[cfg(test)]
        tests::count(next.text.len() + if gone > 0 { self.text.len() - gone } else { 0 });
        match &mut self.text {
            Text::Own(text) => drop(text.drain(..gone)),
            Text::Shared(text) => {
                let mut own = spare();
                own.push_str(&text[gone..]);
                self.text = Text::Own(own);
            }
        }
        let behind = self.text.len();
        if let Text::Own(text) = &mut self.text {
            text.push_str(&next.text);
        }
        self.push_origins(next, behind);
        gone
    }

    /// Forgets where the text before byte `from`, which is at `place`, came from. Touches every
    /// run that is left.
    fn forget(&mut self, from: usize, place: TextPosition) {
        if from == 0 {
            return;
        }
        let gone = self.joined.partition_point(|run| run.at <= from);
        if let Some(run) = self.joined.drain(..gone).next_back() {
            self.origin = run;
        }
        if self.origin.at < from {
            self.origin.start = place;
        }
        self.origin.at = 0;
        self.mark = Mark::new(0, self.origin.start);
        #[cfg(test)]
        tests::count(gone + self.joined.len());
        for run in &mut self.joined {
            run.at -= from;
        }
    }

    /// Where the text of `next` came from, which lies `behind` bytes behind the start now.
    fn push_origins(&mut self, next: &Block, behind: usize) {
        #[cfg(test)]
        tests::count(next.runs());
        for run in [&next.origin].into_iter().chain(&next.joined) {
            let at = run.at + behind;
            self.push_origin(Origin { at, ..run.clone() });
        }
        self.count_plain();
    }

    fn push_origin(&mut self, run: Origin) {
        let last = self.joined.last_mut().unwrap_or(&mut self.origin);
        let seamless = last.end == run.start
            && last.measure == run.measure
            && last.start.state == last.end.state
            && run.start.state == run.end.state;
        if seamless && run.measure != Measure::Whole {
            last.end = run.end;
            return;
        }
        self.joined.push(run);
    }
}

impl Mark {
    fn new(at: usize, place: TextPosition) -> Mutex<Mark> {
        Mutex::new(Mark { at, place })
    }
}

impl Origin {
    /// Whether no place is nearer than another.
    fn is_indexed(&self) -> bool {
        self.trace.as_ref().is_some_and(|trace| trace.is_index())
    }
}

impl Text {
    /// The text, and the chunk that it lies in, if it lies in one.
    #[inline]
    pub(super) fn parts(&self) -> (&str, Option<&StrChunk>) {
        match self {
            Text::Shared(text) => (text, Some(text)),
            Text::Own(text) => (text, None),
        }
    }
}

impl Deref for Text {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        self.parts().0
    }
}

#[cfg(test)]
mod tests;
