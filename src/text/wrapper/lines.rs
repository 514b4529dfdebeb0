//! [`TextWindow`], the third stage of reading: blocks of text to lines.
//!
//! ```text
//!   block:   0 ........ start .......... clear .......... visible \r
//!            taken      no line end      line ends, searched by and by
//! ```
//!
//! The window shows one block and holds a place in it. When a line goes on in the next block, what
//! is left of this one and the line's part of the next are put together; the rest of the next one
//! is put back, and comes again. Text is never translated here: lines are given without their
//! terminator, and [`fill`](TextWindow::fill) leaves the `\r`s out between the pieces it gives.
//!
//! A `\r` at the end of a block cannot be judged before what follows is there. It stays hidden
//! until then, so that `\r\n` is one line end however the stream was cut.
//!
//! Invariants: `start <= visible`, both between two characters; `visible` is the length of the
//! block's text, or one less where a `\r` is hidden; the index of line ends has seen nothing of
//! what is hidden.

use super::super::batch::TextBatch;
use super::super::line::{Line, copy_of, index};
use super::super::newline::{LineEnding, LineEndings, Newline, Within};
use super::super::position::TextPosition;
use super::blocks::TextBlocks;
use super::fill::Shown;
use super::options::TextOptions;
use super::text_block::{Text, TextBlock};
use crate::buffered::BufferedIo;
use crate::error::{Error, Result};
use crate::scan::{LineEnds, RecordEnds};

pub(super) struct TextWindow {
    pub(super) blocks: TextBlocks,
    pub(super) newline: Newline,
    /// In bytes without the end; the largest number where there is no limit.
    line_limit: usize,
    pub(super) block: TextBlock,
    /// The first byte of the block's text that was not taken yet.
    pub(super) start: usize,
    /// Where the text ends that can be judged.
    pub(super) visible: usize,
    /// The line ends from `start` on.
    ends: LineEnds,
    /// No line ends between `start` and here: a line that is taken in parts, and looked at in
    /// between, is searched once.
    clear: usize,
    /// Whether the next character is the `\n` of a pair whose `\r` was taken.
    pub(super) is_half: bool,
    /// The first `\r` in the block's text from `start` on, or where the text ended when it was
    /// looked for, if it was. May be before `start`: then it is out of date.
    next_cr: Option<usize>,
    pub(super) shown: Shown,
    /// What is known of the line at `start` that `next_line_within` could not finish.
    counted: Counted,
    /// The line ends that lie before `start`, wholly or in part; kept where the policy takes any.
    pub(super) seen: LineEndings,
}

/// Where a line ends in its block, and how: a function of its own for each kind is faster than one
/// for all.
pub(super) enum ReadyEnd {
    Lf(usize),
    CrLf(usize),
    Cr(usize),
}

/// For lines that are shorter than so many bytes no more room is made beforehand.
const SHORT: usize = 16;

impl TextWindow {
    /// A window on the bytes from `start` on. `seekable`: the buffer can go back to them.
    pub(super) fn new(options: &TextOptions, start: u64, seekable: bool) -> TextWindow {
        TextWindow {
            blocks: TextBlocks::new(options, start, seekable),
            newline: options.newline,
            line_limit: options.line_limit.unwrap_or(usize::MAX),
            block: TextBlock::empty(TextPosition::new(start, 0)),
            start: 0,
            visible: 0,
            ends: index(options.newline),
            clear: 0,
            is_half: false,
            next_cr: None,
            shown: Shown::default(),
            counted: Counted::default(),
            seen: LineEndings::new(),
        }
    }

    /// Goes on as `options` say. Nothing may have been read ahead.
    pub(super) fn reconfigure(&mut self, options: &TextOptions) {
        if self.blocks.reconfigure(options) {
            self.show_end();
        }
        self.newline = options.newline;
        self.ends = index(options.newline);
        self.ends.restart(self.start);
        self.clear = 0;
        self.line_limit = options.line_limit.unwrap_or(usize::MAX);
    }

    /// Forgets what was read and goes on at a place. At the start of a stream a decoder knows
    /// nothing yet, whatever state the place has.
    pub(super) fn restart(&mut self, mut place: TextPosition) {
        if place.offset == 0 && place.state != 0 {
            place.state = 0;
        }
        self.blocks.restart(place);
        self.show(TextBlock::empty(place));
    }

    /// Takes the text that was read ahead back into bytes, if they are still here.
    pub(super) fn take_back(&mut self) -> bool {
        let mut place = self.position();
        let mut is_back = self.is_at_rest() || self.blocks.take_back(place);
        if !is_back && self.start == 0 {
            // Bytes before it that are no text, a byte-order mark for one, need not be read again.
            place = self.block.first_byte();
            is_back = self.blocks.take_back(place);
        }
        if is_back {
            self.show(TextBlock::empty(place));
        }
        is_back
    }

    /// Takes the text that is here, untranslated, and the bytes after it that are none yet.
    pub(super) fn take_all(&mut self) -> (String, Vec<u8>) {
        let mut text = self.left().to_owned();
        let bytes = self.blocks.take_all(&mut text);
        self.show_end();
        (text, bytes)
    }

    /// Whether the buffer stands where this window does: nothing was read ahead, neither text nor
    /// an error that is not reported yet nor bytes that are no text.
    pub(super) fn is_at_rest(&self) -> bool {
        self.position().offset == self.blocks.end()
    }

    /// The place of the next character.
    pub(super) fn position(&self) -> TextPosition {
        self.block.position(self.start)
    }

    /// The same where it is but a sum.
    #[inline]
    pub(super) fn plain_position(&self) -> Option<TextPosition> {
        self.block.plain_position(self.start)
    }

    /// The text that can be judged, and what was taken before it.
    pub(super) fn text(&self) -> &str {
        &self.block.text[..self.visible]
    }

    /// The text that can be judged and was not taken.
    pub(super) fn rest(&self) -> &str {
        &self.block.text[self.start..self.visible]
    }

    /// The same with what is hidden.
    fn left(&self) -> &str {
        &self.block.text[self.start..]
    }

    fn has_hidden_cr(&self) -> bool {
        self.visible < self.block.text.len()
    }

    /// The byte of the text at `at`, if there is one.
    #[inline]
    pub(super) fn text_at(&self, at: usize) -> Option<u8> {
        self.block.text.as_bytes().get(at).copied()
    }

    /// Makes `block` the one that is shown.
    fn show(&mut self, block: TextBlock) {
        self.start = 0;
        self.ends.restart(0);
        self.clear = 0;
        self.is_half = false;
        self.next_cr = None;
        self.counted = Counted::default();
        self.shown.forget();
        let used = std::mem::replace(&mut self.block, block);
        self.blocks.recycle(used);
        self.hide_cr();
    }

    /// Hides a `\r` at the end of the block.
    fn hide_cr(&mut self) {
        let is_open = self.newline.pairs_cr() && self.block.text.ends_with('\r');
        self.visible = self.block.text.len() - usize::from(is_open);
    }

    /// Shows no text, at the place where the blocks are.
    fn show_end(&mut self) {
        self.show(TextBlock::empty(self.blocks.place()));
    }

    /// The first `\r` from `start` on, if it matters, or where the text ends.
    pub(super) fn cr(&mut self) -> usize {
        match self.next_cr {
            Some(at) if at >= self.start => at,
            _ => {
                let at = self.newline.first_cr(self.text(), self.start);
                *self.next_cr.insert(at)
            }
        }
    }

    /// The next block.
    fn pull(&mut self, buffer: &mut impl BufferedIo) -> Result<Option<TextBlock>> {
        let (block, start) = (&self.block, self.start);
        self.blocks.next(buffer, || match block.text {
            Text::Shared(_) if start < block.text.len() => None,
            _ => Some(block.position(start).offset),
        })
    }

    /// Shows the next block if this one is used up; `false` at the end.
    pub(super) fn refill(&mut self, buffer: &mut impl BufferedIo) -> Result<bool> {
        while self.rest().is_empty() {
            if self.has_hidden_cr() {
                self.extend(buffer)?;
                continue;
            }
            if self.block.has_share() && !self.block.text.is_empty() {
                // The buffer fills its memory again where nobody else has a share in it.
                self.show(TextBlock::empty(self.position()));
            }
            match self.pull(buffer) {
                Ok(Some(block)) => self.show(block),
                Ok(None) => {
                    // After bytes that are no text, too.
                    self.show_end();
                    return Ok(false);
                }
                Err(error) => {
                    if matches!(error, Error::Decode { .. }) {
                        self.show_end();
                    }
                    return Err(error);
                }
            }
        }
        Ok(true)
    }

    /// Shows more than what is left; `false` at the end of the stream or before an error that waits
    /// until that was taken.
    fn lengthen(&mut self, buffer: &mut impl BufferedIo) -> Result<bool> {
        if self.rest().is_empty() {
            return self.refill(buffer);
        }
        self.check_limit(self.rest().len())?;
        self.extend(buffer)
    }

    /// Puts what is left and the next block together, or shows what was hidden where nothing can
    /// follow it; `false`: neither.
    fn extend(&mut self, buffer: &mut impl BufferedIo) -> Result<bool> {
        match self.pull(buffer) {
            Ok(Some(next)) if self.has_hidden_cr() && self.is_line_end_before(&next) => {
                self.blocks.put_back(Ok(next));
            }
            Ok(Some(next)) => {
                self.join(next);
                return Ok(true);
            }
            Ok(None) => {}
            Err(error @ Error::Decode { .. }) => self.blocks.put_back(Err(error)),
            Err(error) => return Err(error),
        }
        let had_hidden = self.has_hidden_cr();
        self.visible = self.block.text.len();
        Ok(had_hidden)
    }

    /// Whether a hidden `\r` is a line end by itself, if this follows.
    fn is_line_end_before(&self, next: &TextBlock) -> bool {
        self.newline.takes_any() && !next.text.starts_with('\n')
    }

    /// Adds `next` to what is left of the block: all of it where it lies after that in memory, else
    /// up to a line end if there is one and `next` can be cut there without a copy. Looks only at
    /// what is new: a line may be put together from any number of blocks.
    fn join(&mut self, next: TextBlock) {
        let (old, had_hidden) = (self.rest().len(), self.has_hidden_cr());
        let mut searched = 0;
        let gone = if self.block.join_in_place(self.start, &next) {
            self.start
        } else {
            let found = match self.newline.find(&next.text, 0) {
                // The second half of a pair.
                _ if had_hidden && next.text.starts_with('\n') => Some((0, LineEnding::Lf)),
                found => found,
            };
            searched = found.map_or(next.text.len(), |(at, _)| at);
            let cut = match (found, &next.text) {
                (Some((at, ending)), Text::Shared(_)) => at + ending.len(),
                // To cut it would copy what follows the line end, and allocate for that.
                _ => next.text.len(),
            };
            let (next, rest) = next.split(cut);
            self.blocks.put_back(Ok(rest));
            let spare = || self.blocks.spare();
            let gone = self.block.join(self.start, &next, spare);
            self.blocks.recycle(next);
            gone
        };
        self.start -= gone;
        self.hide_cr();
        self.counted = self.counted.shift(gone);
        // It is told by places in the block.
        self.shown.forget();
        let end = self.start + old;
        // What was hidden was not searched.
        self.clear = end + if had_hidden { 0 } else { searched };
        self.ends.restart(self.clear);
        self.next_cr = match self.next_cr.and_then(|at| at.checked_sub(gone)) {
            Some(at) if at < end => Some(at),
            Some(_) => Some(self.newline.first_cr(self.text(), end)),
            None => None,
        };
    }

    /// Makes the next line wait until this was asked to look for ends.
    pub(super) fn park(&mut self) {
        self.ends.restart(self.start);
    }

    /// Where the next line ends, if that was looked for and it is not too long. Ends are ready only
    /// while the stream is open and reads.
    #[inline(always)] // row 1f
    pub(super) fn ready_end(&mut self) -> Option<ReadyEnd> {
        let end = self.ends.peek()?;
        let text = self.block.text.as_bytes();
        if end.wrapping_sub(self.start) > self.line_limit {
            return None;
        }
        match text.get(end)? {
            b'\n' => Some(ReadyEnd::Lf(end)),
            _ if self.newline != Newline::Cr && text.get(end + 1) == Some(&b'\n') => {
                Some(ReadyEnd::CrLf(end))
            }
            // A `\r` that something may follow is hidden.
            _ => Some(ReadyEnd::Cr(end)),
        }
    }

    /// Takes the line with its [ready end](TextWindow::ready_end).
    #[inline(always)] // row 1f
    pub(super) fn take_ready(&mut self, end: ReadyEnd) -> Line<'_> {
        match end {
            ReadyEnd::Lf(end) => self.take_at(end, LineEnding::Lf),
            ReadyEnd::CrLf(end) => self.take_at(end, LineEnding::CrLf),
            ReadyEnd::Cr(end) => self.take_at(end, LineEnding::Cr),
        }
    }

    #[inline(always)] // row 1f
    fn take_at(&mut self, end: usize, ending: LineEnding) -> Line<'_> {
        let start = self.start;
        self.pass_ready(end, ending);
        self.line(start, end, ending)
    }

    /// Goes past the [ready end](TextWindow::ready_end).
    #[inline(always)] // row 1f
    fn pass_ready(&mut self, end: usize, ending: LineEnding) {
        self.start = end + ending.len();
        self.ends.advance();
        self.shown.len = 0;
        if self.newline.takes_any() {
            self.seen.insert(ending);
        }
    }

    #[inline(always)] // row 1f
    fn line(&self, start: usize, end: usize, ending: LineEnding) -> Line<'_> {
        let (text, chunk) = self.block.text.parts();
        Line::new(text, start..end, ending, self.newline).of_chunk(chunk)
    }

    /// The next line; `None` at the end.
    pub(super) fn next_line(&mut self, buffer: &mut impl BufferedIo) -> Result<Option<Line<'_>>> {
        self.shown.len = 0;
        let found = match self.next_end() {
            Some(found) => Some(found),
            None => self.next_end_slow(buffer)?,
        };
        match found {
            Some((end, ending)) => self.take(end, ending).map(Some),
            None => Ok(None),
        }
    }

    /// Where the next line ends, if it does in what is shown.
    #[inline]
    fn next_end(&mut self) -> Option<(usize, LineEnding)> {
        let text = &self.block.text.as_bytes()[..self.visible];
        let Some(at) = self.ends.find(text, self.start) else {
            self.clear = text.len();
            return None;
        };
        self.ends.advance();
        Some((at, self.newline.ending(text, at)))
    }

    /// Where a line ends that does not in what is shown; `None` at the end of the stream.
    fn next_end_slow(
        &mut self,
        buffer: &mut impl BufferedIo,
    ) -> Result<Option<(usize, LineEnding)>> {
        while self.lengthen(buffer)? {
            if let Some(found) = self.next_end() {
                return Ok(Some(found));
            }
        }
        let is_there = !self.rest().is_empty();
        Ok(is_there.then_some((self.visible, LineEnding::None)))
    }

    /// The next line, or its first `max` characters (1 at least), its end included; `None` at the
    /// end.
    pub(super) fn next_line_within(
        &mut self,
        buffer: &mut impl BufferedIo,
        max: usize,
    ) -> Result<Option<Line<'_>>> {
        self.shown.len = 0;
        let (mut from, mut left) = self.counted.go_on(self.start, max);
        let (end, ending) = loop {
            match self.newline.find_within(self.text(), from, left) {
                Within::Ends(end, ending) => break (end, ending),
                Within::GoesOn(characters) => left -= characters,
            }
            // Whatever comes now, these are not counted again.
            let end = self.visible;
            self.counted = Counted {
                from: self.start,
                to: end,
                characters: max - left,
            };
            if !self.lengthen(buffer)? {
                if self.rest().is_empty() {
                    return Ok(None);
                }
                break (end, LineEnding::None);
            }
            (from, left) = self.counted.go_on(self.start, max);
        };
        self.check_limit(end - self.start)?;
        let start = self.start;
        self.pass(end, ending);
        self.look_again();
        Ok(Some(self.line(start, end, ending)))
    }

    /// Takes everything up to the next line end, and that; `None` if the stream ends before.
    /// Keeps nothing of it; what was passed when an error comes stays passed.
    pub(super) fn skip_line(&mut self, buffer: &mut impl BufferedIo) -> Result<LineEnding> {
        self.shown.len = 0;
        loop {
            if let Some((end, ending)) = self.next_end() {
                self.pass(end, ending);
                return Ok(ending);
            }
            self.pass(self.visible, LineEnding::None);
            if !self.refill(buffer)? {
                return Ok(LineEnding::None);
            }
        }
    }

    /// The next line and all further ones that are complete without asking the buffer.
    pub(super) fn next_batch(&mut self, buffer: &mut impl BufferedIo) -> Result<Option<TextBatch>> {
        let (len, ending) = match self.next_line(buffer)? {
            Some(line) => (line.len(), line.ending()),
            None => return Ok(None),
        };
        let start = self.start - len - ending.len();
        // As many as there would be if all were as long as this one, but not too much room for them.
        let expected = self.rest().len() / (len + ending.len()).max(SHORT);
        let mut ends = RecordEnds::new(expected);
        ends.push(self.start - start);
        while self.pass_complete() {
            ends.push(self.start - start);
        }
        let text = match &self.block.text {
            Text::Shared(text) => text.part(start, self.start),
            Text::Own(text) => copy_of(&text[start..self.start]),
        };
        Ok(Some(TextBatch::new(text, ends, self.newline)))
    }

    /// Passes the next line by, if it ends in what is shown and is not too long; whether it does.
    #[inline]
    fn pass_complete(&mut self) -> bool {
        let (end, ending) = match self.ready_end() {
            Some(ReadyEnd::Lf(end)) => (end, LineEnding::Lf),
            Some(ReadyEnd::CrLf(end)) => (end, LineEnding::CrLf),
            Some(ReadyEnd::Cr(end)) => (end, LineEnding::Cr),
            None => return self.pass_complete_slow(),
        };
        self.pass_ready(end, ending);
        true
    }

    fn pass_complete_slow(&mut self) -> bool {
        match self.next_end() {
            Some((end, ending)) => self.take(end, ending).is_ok(),
            None => false,
        }
    }

    /// Takes the line that ends at byte `end`.
    #[inline]
    fn take(&mut self, end: usize, ending: LineEnding) -> Result<Line<'_>> {
        if let Err(error) = self.check_limit(end - self.start) {
            self.park();
            return Err(error);
        }
        let start = self.start;
        self.pass(end, ending);
        Ok(self.line(start, end, ending))
    }

    /// Goes past what ends at byte `end`.
    #[inline]
    fn pass(&mut self, end: usize, ending: LineEnding) {
        if self.newline.takes_any() {
            self.seen.insert(match ending {
                // Halves of a pair count as the pair, and once.
                LineEnding::Lf if end == self.start && self.is_half => LineEnding::None,
                LineEnding::Cr if self.text_at(end + 1) == Some(b'\n') => LineEnding::CrLf,
                whole => whole,
            });
        }
        self.start = end + ending.len();
        self.is_half = false;
    }

    #[inline]
    fn check_limit(&self, len: usize) -> Result<()> {
        let limit = self.line_limit;
        if len > limit {
            Err(Error::LineTooLong { limit })
        } else {
            Ok(())
        }
    }

    /// Begins again to look for line ends, after a place that may lie in a pair.
    pub(super) fn look_again(&mut self) {
        let at = |at| self.text_at(at);
        let is_lf = at(self.start) == Some(b'\n');
        self.is_half = is_lf && self.start > 0 && at(self.start - 1) == Some(b'\r');
        self.ends.restart(self.start.max(self.clear));
    }
}

/// Text without a line end whose characters were counted.
#[derive(Clone, Copy, Default)]
struct Counted {
    from: usize,
    to: usize,
    characters: usize,
}

impl Counted {
    /// Where to go on in a line that begins at `start`, and with how many characters, if it may
    /// have `max`.
    fn go_on(self, start: usize, max: usize) -> (usize, usize) {
        if self.from == start && self.characters < max {
            (self.to.max(start), max - self.characters)
        } else {
            (start, max)
        }
    }

    /// The text begins so many bytes later.
    fn shift(self, gone: usize) -> Counted {
        match (self.from.checked_sub(gone), self.to.checked_sub(gone)) {
            (Some(from), Some(to)) => Counted { from, to, ..self },
            _ => Counted::default(),
        }
    }
}
