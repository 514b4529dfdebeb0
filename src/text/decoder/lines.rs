//! [`TextWindow`], the third stage of reading: blocks of text to lines.
//!
//! ```text
//!   block:   0 ........ start .......... clear .......... visible \r
//!            taken      no line end      line ends, found a few at a time
//! ```
//!
//! The window shows one block and knows a place in it. When a line goes on in the next block, the
//! rest of this one and the line's part of the next are put together; the rest of the next one is
//! put back, and comes again. Text is never translated here: lines are given without their
//! terminator, and [`fill`](TextWindow::fill) skips the `\r`s between the pieces it gives.
//!
//! What a `\r` at the end of a block is, only the next block says. It stays hidden until then, so
//! that `\r\n` is one line end however the stream was cut.
//!
//! Invariants: `start <= visible`, both between two characters; `visible` is the length of the
//! block's text, or one less where a `\r` is hidden; the index of line ends has seen nothing of
//! what is hidden.

use std::path::Path;

use super::super::line::index;
use super::super::newline::{LineEnding, LineEndings, Newline, Within};
use super::super::options::TextOptions;
use super::super::position::TextPosition;
use super::blocks::TextBlocks;
use super::fill::Shown;
use super::input::ChunkSource;
use super::partial_line::PartialLine;
use super::ready::LineAt;
use super::text_block::{Text, TextBlock};
use crate::error::{Error, Result};
use crate::scan::LineEnds;

pub(in crate::text) struct TextWindow {
    pub(super) blocks: TextBlocks,
    pub(super) newline: Newline,
    /// In bytes without the end; the largest number where there is no limit.
    pub(super) line_limit: usize,
    pub(super) block: TextBlock,
    /// The first byte of the block's text that was not taken yet.
    pub(super) start: usize,
    /// Where the text ends, without a hidden `\r`.
    pub(super) visible: usize,
    /// The line ends from `start` on.
    pub(super) ends: LineEnds,
    /// No line ends between `start` and here: a line that is taken in parts, and looked at in
    /// between, is searched once.
    clear: usize,
    /// If this is after `start`: so far the text is shown as it is, and no line ends in it.
    pub(super) calm: usize,
    /// Whether the position is inside a `\r\n`: the `\r` was taken, the `\n` comes next.
    pub(super) inside_crlf: bool,
    /// The first `\r` in the block's text from `start` on, or where the text ended when it was
    /// looked for, if it was. May be before `start`: then it is out of date.
    next_cr: Option<usize>,
    pub(super) shown: Shown,
    /// How far `next_line_part` has searched the line at `start`, whose end had not come.
    partial: PartialLine,
    /// Which line ends there were before `start`, whole or in part; kept where the policy takes
    /// any.
    pub(in crate::text) seen: LineEndings,
}

impl TextWindow {
    /// A window on the bytes from `start` on. `seekable`: the buffer can go back to them.
    pub(in crate::text) fn new(options: &TextOptions, start: u64, seekable: bool) -> TextWindow {
        TextWindow {
            blocks: TextBlocks::new(options, start, seekable),
            newline: options.newline,
            line_limit: options.line_limit.unwrap_or(usize::MAX),
            block: TextBlock::empty(TextPosition::new(start, 0)),
            start: 0,
            visible: 0,
            ends: index(options.newline),
            clear: 0,
            calm: 0,
            inside_crlf: false,
            next_cr: None,
            shown: Shown::default(),
            partial: PartialLine::default(),
            seen: LineEndings::new(),
        }
    }

    /// Continues with other options. Nothing may have been read ahead.
    pub(in crate::text) fn reconfigure(&mut self, options: &TextOptions) {
        if self.blocks.reconfigure(options) {
            self.show_end();
        }
        self.newline = options.newline;
        self.ends = index(options.newline);
        self.ends.restart(self.start);
        (self.clear, self.calm) = (0, 0);
        self.line_limit = options.line_limit.unwrap_or(usize::MAX);
    }

    /// Forgets what was read and goes on at a place. At the start of a stream a decoder knows
    /// nothing yet, whatever state the place has.
    pub(in crate::text) fn restart(&mut self, mut place: TextPosition) {
        if place.offset == 0 && place.state != 0 {
            // A place written down by somebody else may claim anything; here only 0 is possible.
            place.state = 0;
        }
        self.blocks.restart(place);
        self.show(TextBlock::empty(place));
    }

    /// Names the file in errors.
    pub(in crate::text) fn name_file(&mut self, path: &Path) {
        self.blocks.path = Some(path.into());
    }

    /// Takes the text that was read ahead back into bytes, if they are still here.
    pub(in crate::text) fn take_back(&mut self) -> bool {
        let mut place = self.position();
        let mut is_back = self.has_nothing_ahead() || self.blocks.take_back(place);
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

    /// Takes the text that is here, untranslated, and the bytes after it that are not decoded yet.
    pub(in crate::text) fn take_all(&mut self) -> (String, Vec<u8>) {
        let mut text = self.left().to_owned();
        let bytes = self.blocks.take_all(&mut text);
        self.show_end();
        (text, bytes)
    }

    /// Whether the buffer stands where this window does: nothing was read ahead, neither text nor
    /// an error that is not reported yet, nor bytes that are no text.
    pub(in crate::text) fn has_nothing_ahead(&self) -> bool {
        self.position().offset == self.blocks.end()
    }

    /// The place of the next character.
    pub(in crate::text) fn position(&self) -> TextPosition {
        self.block.position(self.start)
    }

    /// Where decoding goes on, if nothing is left of what was decoded: after bytes that are no
    /// text.
    pub(super) fn end_position(&self) -> Option<TextPosition> {
        let is_end = self.left().is_empty() && self.blocks.is_clear();
        is_end.then(|| self.blocks.place())
    }

    /// The same, if it takes no more than an addition.
    #[inline]
    pub(in crate::text) fn plain_position(&self) -> Option<TextPosition> {
        self.block.plain_position(self.start)
    }

    /// The text without what is hidden, from the start of the block on.
    pub(super) fn text(&self) -> &str {
        &self.block.text[..self.visible]
    }

    /// The same without what was taken.
    pub(super) fn rest(&self) -> &str {
        &self.block.text[self.start..self.visible]
    }

    /// What was not taken, with what is hidden.
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
        (self.clear, self.calm) = (0, 0);
        self.inside_crlf = false;
        self.next_cr = None;
        self.partial = PartialLine::default();
        self.shown.forget();
        let used = std::mem::replace(&mut self.block, block);
        // Its string, if it has one, becomes the memory of the next block.
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
    fn pull(&mut self, buffer: &mut impl ChunkSource) -> Result<Option<TextBlock>> {
        let (block, start) = (&self.block, self.start);
        self.blocks.next(buffer, || match block.text {
            Text::Shared(_) if start < block.text.len() => None,
            _ => Some(block.position(start).offset),
        })
    }

    /// Shows the next block if this one is used up; `false` at the end.
    pub(super) fn refill(&mut self, buffer: &mut impl ChunkSource) -> Result<bool> {
        while self.rest().is_empty() {
            if self.has_hidden_cr() {
                self.extend(buffer)?;
                continue;
            }
            // The buffer reuses its block only if no chunk of it is left.
            let is_held = self.block.holds_bytes(self.blocks.is_used_up());
            if is_held && !self.block.text.is_empty() {
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
    fn lengthen(&mut self, buffer: &mut impl ChunkSource) -> Result<bool> {
        if self.rest().is_empty() {
            return self.refill(buffer);
        }
        // Before more is read: a line that is too long must not fill the memory first.
        self.check_limit(self.rest().len())?;
        self.extend(buffer)
    }

    /// Puts what is left and the next block together, or shows what was hidden where nothing can
    /// follow it; `false`: neither.
    fn extend(&mut self, buffer: &mut impl ChunkSource) -> Result<bool> {
        match self.pull(buffer) {
            Ok(Some(next)) if self.has_hidden_cr() && self.is_line_end_before(&next) => {
                self.blocks.put_back(Ok(next));
            }
            Ok(Some(next)) => {
                self.join(next);
                return Ok(true);
            }
            Ok(None) => {}
            // The text before malformed bytes comes first, and the error after it.
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

    /// Appends `next` to what is left of the block: all of it where it comes right after that in
    /// memory, else up to its first line end if it can be cut there without a copy. Searches only
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
        self.partial = self.partial.shift(gone);
        // It refers to places in the block, which have moved.
        self.shown.forget();
        let end = self.start + old;
        // What was hidden was not searched.
        self.clear = end + if had_hidden { 0 } else { searched };
        self.calm = 0;
        self.ends.restart(self.clear);
        self.next_cr = match self.next_cr.and_then(|at| at.checked_sub(gone)) {
            Some(at) if at < end => Some(at),
            Some(_) => Some(self.newline.first_cr(self.text(), end)),
            None => None,
        };
    }

    /// The next line; `None` at the end.
    pub(in crate::text) fn next_line(
        &mut self,
        buffer: &mut impl ChunkSource,
    ) -> Result<Option<LineAt>> {
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
    pub(super) fn next_end(&mut self) -> Option<(usize, LineEnding)> {
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
        buffer: &mut impl ChunkSource,
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
    pub(in crate::text) fn next_line_part(
        &mut self,
        buffer: &mut impl ChunkSource,
        max: usize,
    ) -> Result<Option<LineAt>> {
        self.shown.len = 0;
        let (mut from, mut left) = self.partial.go_on(self.start, max);
        let (end, ending) = loop {
            match self.newline.find_within(self.text(), from, left) {
                Within::Ends(end, ending) => break (end, ending),
                Within::GoesOn(characters) => left -= characters,
            }
            // Whatever comes now, these are not counted again.
            let end = self.visible;
            self.partial = PartialLine {
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
            (from, left) = self.partial.go_on(self.start, max);
        };
        self.check_limit(end - self.start)?;
        let start = self.start;
        self.pass(end, ending);
        self.look_again();
        Ok(Some(LineAt { start, end, ending }))
    }

    /// Takes everything up to the next line end, and that; `None` if the stream ends before.
    /// Keeps nothing of it; what was passed when an error comes stays passed.
    pub(in crate::text) fn skip_line(
        &mut self,
        buffer: &mut impl ChunkSource,
    ) -> Result<LineEnding> {
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

    /// Takes the line that ends at byte `end`.
    #[inline]
    pub(super) fn take(&mut self, end: usize, ending: LineEnding) -> Result<LineAt> {
        if let Err(error) = self.check_limit(end - self.start) {
            self.park();
            return Err(error);
        }
        let start = self.start;
        self.pass(end, ending);
        Ok(LineAt { start, end, ending })
    }

    /// Goes past what ends at byte `end`.
    #[inline]
    fn pass(&mut self, end: usize, ending: LineEnding) {
        if self.newline.takes_any() {
            self.seen.insert(match ending {
                // The two halves of a pair count as one pair, when the first is taken.
                LineEnding::Lf if end == self.start && self.inside_crlf => LineEnding::None,
                LineEnding::Cr if self.text_at(end + 1) == Some(b'\n') => LineEnding::CrLf,
                whole => whole,
            });
        }
        self.start = end + ending.len();
        self.inside_crlf = false;
    }

    #[inline]
    fn check_limit(&self, len: usize) -> Result<()> {
        if len > self.line_limit {
            Err(self.too_long())
        } else {
            Ok(())
        }
    }

    #[cold] // row 1f
    fn too_long(&self) -> Error {
        Error::LineTooLong {
            limit: self.line_limit,
            path: self.blocks.path.clone(),
        }
    }

    /// Searches for line ends again, from a place that may be inside a pair.
    pub(super) fn look_again(&mut self) {
        let at = |at| self.text_at(at);
        let is_lf = at(self.start) == Some(b'\n');
        self.inside_crlf = is_lf && self.start > 0 && at(self.start - 1) == Some(b'\r');
        self.ends.restart(self.start.max(self.clear));
    }
}
