//! [`TextBlock`]: a piece of decoded text that knows which bytes it came from.
//!
//! The text of a block is one [`TextRun`] after the other, each made of bytes that lie side by side
//! in the stream and are measured in one way. To tell the place of a character, its run is looked
//! up and the text between it and the nearer end of the run is measured. A run that cannot be
//! measured has a [`SourceMap`].
//!
//! Invariants: runs are in order, and there is always one, at 0 (`first`); a run begins where the
//! one before it ends in the text, and in the stream where that one ends or later.

use std::ops::Deref;
use std::sync::{Arc, Mutex};

use super::super::codec::{DecodeStop, Decoder, FixedReplacement, Gaps, Measure};
use super::super::position::TextPosition;
#[cfg(test)]
use super::tests;
use crate::chunk::{Chunk, StrChunk};

pub(super) struct TextBlock {
    pub(super) text: Text,
    /// The place of the text's first character: before the bytes that are no text, such as an
    /// escape sequence or ignored bytes, if some come first. So the place is the same before and
    /// after the text is looked at, and however the input was cut.
    before: TextPosition,
    first: TextRun,
    /// The runs after that. Most blocks have one run and need no list.
    more: Vec<TextRun>,
    /// The last place that was measured, so that asking for the place of each line measures no text
    /// twice. A lock, because `position` takes a shared reference; it is only tried, and a caller
    /// that does not get it measures again.
    mark: Mutex<MeasuredPlace>,
    /// How many places inside the text, from 1 on, are as many bytes after the start: all of
    /// them where the text is one run of the stream's own bytes, else none.
    plain: usize,
}

/// Text in a chunk's memory or in its own.
pub(super) enum Text {
    Shared(StrChunk),
    Own(String),
}

/// A place in the text, and in the stream.
#[derive(Clone, Copy)]
struct MeasuredPlace {
    at: usize,
    place: TextPosition,
}

/// Bytes of the stream that became one run of text.
#[derive(Clone)]
pub(super) struct TextRun {
    /// The first byte of the run in the block's text.
    pub(super) at: usize,
    pub(super) start: TextPosition,
    /// The place after the run. Inside it the decoder's state is the one here.
    pub(super) end: TextPosition,
    pub(super) measure: Measure,
    /// What maps places to bytes, where the text alone is not enough.
    pub(super) map: Option<Arc<SourceMap>>,
}

impl TextBlock {
    /// Text that is one run.
    pub(super) fn new(text: Text, run: TextRun) -> TextBlock {
        let mut block = TextBlock {
            text,
            before: run.start,
            mark: MeasuredPlace::new(0, run.start),
            first: run,
            more: Vec::new(),
            plain: 0,
        };
        block.count_plain();
        block
    }

    /// The same text, after bytes that are no text and begin at `before`.
    pub(super) fn after(mut self, before: TextPosition) -> TextBlock {
        self.before = before;
        self
    }

    /// Where the bytes of the text itself begin.
    pub(super) fn first_byte(&self) -> TextPosition {
        self.first.start
    }

    /// The place after the text. Where finding it would take decoding all of the run again, it is
    /// the end of the run, which may be after some bytes that are no text.
    pub(super) fn end(&self) -> TextPosition {
        let last = self.more.last().unwrap_or(&self.first);
        if last.is_indexed() {
            self.position(self.text.len())
        } else {
            last.end
        }
    }

    /// No text, at a place.
    pub(super) fn empty(place: TextPosition) -> TextBlock {
        let text = Text::Shared(StrChunk::new());
        TextBlock::new(text, TextRun::new(place, place, Measure::Verbatim))
    }

    fn count_plain(&mut self) {
        let run = &self.first;
        let is_verbatim = run.measure == Measure::Verbatim && run.map.is_none();
        self.plain = if is_verbatim && self.more.is_empty() {
            self.text.len().saturating_sub(1)
        } else {
            0
        };
    }

    /// Whether it should be dropped before the buffer is asked for more, because it keeps memory of
    /// the buffer alive. Dropping a block whose bytes are kept for decoding them again costs that
    /// very decoding, so such a block is dropped only if the buffer is asked next.
    pub(super) fn holds_bytes(&self, is_buffer_next: bool) -> bool {
        match self.text {
            Text::Shared(_) => true,
            Text::Own(_) => {
                let mut runs = self.more.iter().rev().chain([&self.first]);
                is_buffer_next && runs.any(TextRun::keeps_bytes)
            }
        }
    }

    /// How many runs there are.
    pub(super) fn runs(&self) -> usize {
        1 + self.more.len()
    }

    /// [`position`](TextBlock::position), if that takes no more than an addition.
    #[inline]
    pub(super) fn plain_position(&self, at: usize) -> Option<TextPosition> {
        let TextRun { start, end, .. } = &self.first;
        (at.wrapping_sub(1) < self.plain)
            .then(|| TextPosition::new(start.offset + at as u64, end.state))
    }

    /// The place after the text's first `at` bytes; that of its start if `at` is 0.
    ///
    /// Remembers what it measured, so that asking after each line measures no text twice.
    pub(super) fn position(&self, at: usize) -> TextPosition {
        if let Some(place) = self.plain_position(at) {
            return place;
        }
        if at == 0 {
            return self.before;
        }
        // The run that ends at `at`, and not the one that begins there: a place after the last
        // character is before the bytes without text that follow.
        let next = self.more.partition_point(|run| run.at < at);
        let run = next.checked_sub(1).map_or(&self.first, |n| &self.more[n]);
        let end = self.more.get(next).map_or(self.text.len(), |run| run.at);
        if at == end && run.ends_with_text() {
            return run.end;
        }
        let (from, place) = self.measured(run, at);
        let (before, rest) = (&self.text[from..at], &self.text[at..end]);
        let place = run.position(place, before, rest);
        if let Ok(mut mark) = self.mark.try_lock() {
            *mark = MeasuredPlace { at, place };
        }
        place
    }

    /// The last place of a run up to byte `at` that is known.
    fn measured(&self, run: &TextRun, at: usize) -> (usize, TextPosition) {
        match self.mark.try_lock().map(|mark| *mark) {
            Ok(mark) if run.at < mark.at && mark.at <= at && !run.is_indexed() => {
                (mark.at, mark.place)
            }
            _ => (run.at, run.start),
        }
    }

    /// Cuts a block in two; the first has `at` bytes of text.
    pub(super) fn split(mut self, at: usize) -> (TextBlock, TextBlock) {
        let middle = self.position(at);
        if at == self.text.len() {
            return (self, TextBlock::empty(middle));
        }
        let tail = match &mut self.text {
            Text::Shared(text) => {
                let head = text.split_to(at);
                Text::Shared(std::mem::replace(text, head))
            }
            Text::Own(text) => Text::Own(text.split_off(at)),
        };
        let mut rest = TextBlock {
            text: tail,
            before: middle,
            first: self.first.clone(),
            more: self.more.clone(),
            mark: MeasuredPlace::new(0, middle),
            plain: 0,
        };
        rest.forget(at, middle);
        rest.count_plain();
        self.more.retain(|run| run.at < at);
        self.more.last_mut().unwrap_or(&mut self.first).end = middle;
        self.mark = MeasuredPlace::new(0, self.first.start);
        self.count_plain();
        (self, rest)
    }

    /// Appends the text of `next`, if it comes right after this one's in memory, and forgets the
    /// text before byte `from`, which was taken; returns whether it did.
    pub(super) fn join_in_place(&mut self, from: usize, next: &TextBlock) -> bool {
        let (Text::Shared(text), Text::Shared(more)) = (&self.text, &next.text) else {
            return false;
        };
        let mut whole = text.part(from, text.len());
        let len = whole.len();
        let is_next = whole.join(more);
        if is_next {
            self.forget(from, self.position(from));
            self.text = Text::Shared(whole);
            self.push_runs_of(next, len);
        }
        is_next
    }

    /// The same with a copy, where `next` is elsewhere in memory; returns how much was forgotten.
    /// `spare` is memory for text that shares a chunk's so far.
    ///
    /// Costs no more than `next` is long, and what was taken since the last time: a line may be put
    /// together from any number of blocks, of any number of runs. So text that was taken goes only
    /// where no less of it is there than of what would have to be moved for that.
    pub(super) fn join(
        &mut self,
        from: usize,
        next: &TextBlock,
        spare: impl FnOnce() -> String,
    ) -> usize {
        let gone = match &mut self.text {
            // The text that was taken stays while less of it is there than of what would have to be
            // moved.
            Text::Own(text) if from < text.len() - from => 0,
            _ => from,
        };
        if gone > 0 {
            self.forget(gone, self.position(gone));
        }
        #[cfg(test)]
        tests::count(next.text.len() + if gone > 0 { self.text.len() - gone } else { 0 });
        let mut own = match &mut self.text {
            Text::Own(text) => {
                text.drain(..gone);
                std::mem::take(text)
            }
            Text::Shared(text) => {
                let mut own = spare();
                own.push_str(&text[gone..]);
                own
            }
        };
        let len = own.len();
        own.push_str(&next.text);
        self.text = Text::Own(own);
        self.push_runs_of(next, len);
        gone
    }

    /// Forgets where the text before byte `from`, which is at `place`, came from. Touches every
    /// run that is left.
    fn forget(&mut self, from: usize, place: TextPosition) {
        if from == 0 {
            return;
        }
        self.before = place;
        let gone = self.more.partition_point(|run| run.at <= from);
        if let Some(run) = self.more.drain(..gone).next_back() {
            self.first = run;
        }
        if self.first.at < from {
            self.first.start = place;
        }
        self.first.at = 0;
        self.mark = MeasuredPlace::new(0, self.first.start);
        #[cfg(test)]
        tests::count(gone + self.more.len());
        for run in &mut self.more {
            run.at -= from;
        }
    }

    /// Records where the text of `next` came from, which begins at byte `len` now.
    fn push_runs_of(&mut self, next: &TextBlock, len: usize) {
        #[cfg(test)]
        tests::count(next.runs());
        for run in [&next.first].into_iter().chain(&next.more) {
            let at = run.at + len;
            self.push_run(TextRun { at, ..run.clone() });
        }
    }

    /// Records where the text from byte `run.at` on came from.
    pub(super) fn push_run(&mut self, run: TextRun) {
        let last = self.more.last_mut().unwrap_or(&mut self.first);
        if last.is_seamless(&run) {
            last.end = run.end;
        } else {
            self.more.push(run);
        }
        self.count_plain();
    }
}

impl MeasuredPlace {
    fn new(at: usize, place: TextPosition) -> Mutex<MeasuredPlace> {
        Mutex::new(MeasuredPlace { at, place })
    }
}

impl TextRun {
    /// A run at the start of a text.
    pub(super) fn new(start: TextPosition, end: TextPosition, measure: Measure) -> TextRun {
        TextRun {
            at: 0,
            start,
            end,
            measure,
            map: None,
        }
    }

    /// The place after the text `before`, which begins at the place `from`; `rest` is what is left
    /// of the run.
    fn position(&self, from: TextPosition, before: &str, rest: &str) -> TextPosition {
        let measure = |text| self.measure.bytes(text) as u64;
        let inside = || from.inside(before.chars().count());
        match &self.map {
            Some(map) => map.place(from, before).unwrap_or_else(inside),
            // Bytes that became several characters cannot be cut.
            None if self.measure == Measure::Whole => inside(),
            // From the nearer side: the end, where a line goes on in the next block.
            None => {
                let offset = if before.len() <= rest.len() {
                    from.offset + measure(before)
                } else {
                    self.end.offset - measure(rest)
                };
                TextPosition::new(offset, self.end.state)
            }
        }
    }

    /// Whether any place is found by an index, so that no remembered one is nearer than another.
    fn is_indexed(&self) -> bool {
        matches!(
            self.map.as_deref(),
            Some(SourceMap {
                mapping: Mapping::Gaps(_),
                ..
            })
        )
    }

    /// Whether no bytes that are no text are at its end, as far as that is known without decoding it again.
    fn ends_with_text(&self) -> bool {
        match self.map.as_deref().map(|map| &map.mapping) {
            None => true,
            Some(Mapping::Redecode(redecode)) => !redecode.decoder.is_custom(),
            Some(Mapping::Gaps(_)) => false,
        }
    }

    /// Whether it keeps the bytes that it came from.
    fn keeps_bytes(&self) -> bool {
        self.map.is_some() && !self.is_indexed()
    }

    /// Whether `next` goes on where this one ends, measured in the same way.
    fn is_seamless(&self, next: &TextRun) -> bool {
        self.end == next.start
            && self.measure == next.measure
            && self.measure != Measure::Whole
            && self.start.state == self.end.state
            && next.start.state == next.end.state
    }
}

impl Text {
    /// The text, and the chunk that it is in, if it is in one.
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

/// What maps a run of text back to its bytes, where the text alone is not enough.
pub(super) struct SourceMap {
    /// Where they start in the stream.
    offset: u64,
    mapping: Mapping,
}

enum Mapping {
    Redecode(Redecode),
    Gaps(Gaps),
}

/// The bytes of text across shifts or malformed bytes, and those that a custom codec was shown. Which of them
/// became a part of the text is found by decoding them again, and only when a place in it is asked for.
struct Redecode {
    /// Of the encoding; in any state.
    decoder: Decoder,
    bytes: Chunk,
    /// Whether nothing follows them.
    last: bool,
    /// What was read for malformed bytes, if there are such among them.
    replacement: Option<FixedReplacement>,
}

impl SourceMap {
    /// Of text that was decoded from `bytes`, the first of which is at `offset`.
    pub(super) fn redecoding(
        decoder: Decoder,
        offset: u64,
        bytes: Chunk,
        last: bool,
        replacement: Option<FixedReplacement>,
    ) -> SourceMap {
        let mapping = Mapping::Redecode(Redecode {
            decoder,
            bytes,
            last,
            replacement,
        });
        SourceMap { offset, mapping }
    }

    /// Of text in which malformed bytes were replaced.
    pub(super) fn with_gaps(offset: u64, gaps: Gaps) -> SourceMap {
        let mapping = Mapping::Gaps(gaps);
        SourceMap { offset, mapping }
    }

    /// The place after `text`, which begins at the place `from` in the bytes: as far in them as
    /// decoding can start without losing a character. `None`: the codec does not read as it did.
    fn place(&self, from: TextPosition, text: &str) -> Option<TextPosition> {
        let at = usize::try_from(from.offset.checked_sub(self.offset)?).ok()?;
        let taken = usize::try_from(from.skip).ok()?;
        let (at, state, inside) = match &self.mapping {
            Mapping::Redecode(redecode) => {
                let characters = text.chars().count().checked_add(taken)?;
                redecode.place(at, from.state, characters)?
            }
            Mapping::Gaps(gaps) => {
                let (at, inside) = gaps.place((at, taken), text.len());
                (at, from.state, inside)
            }
        };
        Some(TextPosition::new(self.offset + at as u64, state).inside(inside))
    }
}

impl Redecode {
    /// The place so many characters after another one: the byte, the state there, and how many
    /// characters of what begins there.
    fn place(&self, mut at: usize, mut state: u64, mut left: usize) -> Option<(usize, u64, usize)> {
        let (mut decoder, mut text) = (self.decoder.clone(), String::new());
        while left > 0 {
            decoder.set_state(state);
            let (bytes, characters, next) = self.read(&mut decoder, at, left, &mut text)?;
            if characters > left {
                break;
            }
            (at, state) = (at + bytes, next);
            left -= characters;
        }
        Some((at, state, left))
    }

    /// Decodes less than `left` characters from a place on, or the first sequence if it alone has
    /// as many: how many bytes and characters, and the state after them. How many bytes are to be
    /// shown for that is found by halves, from as many as characters on. The decoder is in the state
    /// there; it and `text` are memory to be used.
    fn read(
        &self,
        decoder: &mut Decoder,
        at: usize,
        left: usize,
        text: &mut String,
    ) -> Option<(usize, usize, u64)> {
        let state = decoder.state();
        let bytes = self.bytes.get(at..).filter(|bytes| !bytes.is_empty())?;
        // With `few` bytes nothing is read, with `many` too much.
        let (mut few, mut many) = (0, None);
        // No character takes less than a byte, so this many bytes at least.
        let mut n = left.min(bytes.len());
        loop {
            text.clear();
            decoder.set_state(state);
            match decoder.step(&bytes[..n], self.last && n == bytes.len(), text) {
                Ok(read) => {
                    let characters = text.chars().count();
                    let is_least = n == few + 1;
                    if is_least
                        && characters > left
                        && let Some(first) = self.read_looked_at(&bytes[..few], state)
                    {
                        return Some(first);
                    }
                    if characters < left || is_least {
                        return Some((read, characters, decoder.state()));
                    }
                    many = Some(n);
                }
                Err(DecodeStop::Unfinished) if n < many.unwrap_or(bytes.len()) => few = n,
                Err(DecodeStop::Malformed { len, .. }) => {
                    let characters = self.replacement?.chars(len);
                    return Some((len, characters, decoder.state()));
                }
                _ => return None,
            }
            n = match many {
                Some(many) => few + (many - few).div_ceil(2),
                None => bytes.len().min(2 * few),
            };
        }
    }

    /// The same of bytes that were read only with the next one, which is a character by itself:
    /// what ends a run of base64 is not part of it.
    fn read_looked_at(&self, bytes: &[u8], state: u64) -> Option<(usize, usize, u64)> {
        if bytes.is_empty() || self.decoder.is_custom() {
            return None;
        }
        let (mut decoder, mut text) = (self.decoder.clone(), String::new());
        decoder.set_state(state);
        let is_all = decoder.step(bytes, true, &mut text) == Ok(bytes.len());
        is_all.then(|| (bytes.len(), text.chars().count(), decoder.state()))
    }
}
