//! Blocks of text to lines, and where everything came from.
//!
//! The window holds one block and a place in it. When a line goes on in the next block, the rest
//! of this one and the line's part of the next are put together into a block of their own; what
//! remains of the next one waits behind it. Text is never translated here: lines are given without
//! their terminator, and [`TextWindow::fill`] leaves the `\r`s out between the pieces it gives.
//!
//! Where a `\r` at the end of a block cannot be judged alone it is held back until the next block
//! is there, so that `\r\n` is one line end however the stream was cut.

mod ahead;
mod extend;
mod given;
mod lines;
mod whole;

use self::extend::Counted;
use self::given::Given;
use super::super::line::index;
use super::super::newline::{LineEnding, LineEndings, Newline};
use super::super::position::TextPosition;
use super::block::Block;
use super::decode::TextSource;
use super::options::TextOptions;
use crate::buffered::BufferedIo;
use crate::error::{Error, Result};
use crate::scan::LineEnds;

pub(super) struct TextWindow {
    source: TextSource,
    newline: Newline,
    /// In bytes without the end; the largest number where there is no limit.
    line_limit: usize,
    block: Block,
    /// The first byte of the block's text that was not taken yet.
    start: usize,
    /// The line ends behind `start`.
    ends: LineEnds,
    /// No line ends between `start` and here: a line that is taken in parts, and looked at in
    /// between, is searched once.
    clear: usize,
    /// Whether the next character is the `\n` of a pair whose `\r` was taken.
    is_half: bool,
    /// The first `\r` in the block's text at or behind `start`, or the text's length; looked for
    /// where it matters. May be before `start`: then it is out of date.
    next_cr: Option<usize>,
    given: Given,
    /// What is known of the line at `start` that `next_line_within` could not finish.
    counted: Counted,
    /// What comes behind the block, if it was split.
    after: Option<Block>,
    /// A `\r` that was the last of a block; it comes behind everything else here.
    held: Option<Block>,
    /// An error that comes behind the text that is still here.
    deferred: Option<Error>,
    /// The line ends that lie before `start`, wholly or in part; kept where the policy takes any.
    seen: LineEndings,
}

impl TextWindow {
    /// A window on the bytes from `start` on. `seekable`: the buffer can go back to them.
    pub(super) fn new(options: &TextOptions, start: u64, seekable: bool) -> TextWindow {
        TextWindow {
            source: TextSource::new(options, start, seekable),
            newline: options.newline,
            line_limit: options.line_limit.unwrap_or(usize::MAX),
            block: Block::empty(TextPosition::new(start, 0)),
            start: 0,
            ends: index(options.newline),
            clear: 0,
            is_half: false,
            next_cr: None,
            given: Given::default(),
            counted: Counted::default(),
            after: None,
            held: None,
            deferred: None,
            seen: LineEndings::new(),
        }
    }

    /// Goes on as `options` say. Nothing may have been read ahead.
    pub(super) fn reconfigure(&mut self, options: &TextOptions) {
        if self.source.reconfigure(options) {
            self.show_end();
        }
        self.newline = options.newline;
        self.ends = index(options.newline);
        self.ends.restart(self.start);
        self.clear = 0;
        self.line_limit = options.line_limit.unwrap_or(usize::MAX);
    }

    /// Which line ends were read.
    pub(super) fn seen(&self) -> LineEndings {
        self.seen
    }

    /// Forgets which line ends were read.
    pub(super) fn forget_seen(&mut self) {
        self.seen = LineEndings::new();
    }

    /// Forgets what was read and goes on at a place. At the start of a stream a decoder knows
    /// nothing yet, whatever state the place has.
    pub(super) fn restart(&mut self, place: TextPosition) {
        let place = match place {
            TextPosition {
                offset: 0,
                state: 1..,
                ..
            } => TextPosition::START,
            place => place,
        };
        self.source.restart(place);
        self.drop_text(place);
    }

    /// Takes the text that was read ahead back into bytes, if they are still here.
    pub(super) fn take_back(&mut self) -> bool {
        let place = self.position();
        let is_back = self.is_at_rest() || self.source.take_back(place);
        if is_back {
            self.drop_text(place);
        }
        is_back
    }

    fn drop_text(&mut self, place: TextPosition) {
        self.after = None;
        self.held = None;
        self.deferred = None;
        self.show(Block::empty(place));
    }

    /// Whether the buffer stands where this window does: nothing was read ahead, be it text, an
    /// error that is not reported yet, or bytes that are no text.
    pub(super) fn is_at_rest(&self) -> bool {
        self.position().offset == self.source.end()
    }

    /// The place of the next character.
    pub(super) fn position(&self) -> TextPosition {
        self.block.position(self.start)
    }

    /// The same where it is but a sum.
    #[inline(always)]
    pub(super) fn plain_position(&self) -> Option<TextPosition> {
        self.block.plain_position(self.start)
    }

    fn rest(&self) -> &str {
        &self.block.text[self.start..]
    }

    /// Makes `block` the one that is shown.
    fn show(&mut self, block: Block) {
        self.start = 0;
        self.ends.restart(0);
        self.clear = 0;
        self.is_half = false;
        self.next_cr = None;
        self.counted = Counted::default();
        self.given.forget();
        let used = std::mem::replace(&mut self.block, block);
        self.source.recycle(used);
    }

    /// Shows no text, at the place where the source is.
    fn show_end(&mut self) {
        self.show(Block::empty(self.source.place()));
    }

    /// The first `\r` at or behind `start`, if it matters, or the text's length.
    fn cr(&mut self) -> usize {
        match self.next_cr {
            Some(at) if at >= self.start => at,
            _ => *self
                .next_cr
                .insert(self.newline.first_cr(&self.block.text, self.start)),
        }
    }

    /// Shows the next block if this one is used up; `false` at the end.
    fn refill(&mut self, buffer: &mut impl BufferedIo) -> Result<bool> {
        while self.rest().is_empty() {
            self.let_go();
            match self.next_block(buffer) {
                Ok(Some(block)) => self.show(block),
                Ok(None) => {
                    // Behind bytes that are no text, too.
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

    /// Lets a block go that is used up, before another one is read: the buffer fills its memory
    /// again where nobody has a share in it.
    fn let_go(&mut self) {
        if self.block.has_share() && !self.block.text.is_empty() {
            self.show(Block::empty(self.position()));
        }
    }

    /// The block behind this one, which ends with `\r` only if nothing else can follow that.
    fn next_block(&mut self, buffer: &mut impl BufferedIo) -> Result<Option<Block>> {
        // A `\r` that is held back comes behind what was split off before it.
        if self.held.is_some() && self.after.is_some() {
            return Ok(self.after.take());
        }
        loop {
            let Some(block) = self.raw_block(buffer)? else {
                return Ok(self.held.take());
            };
            match self.held.take() {
                Some(cr) if block.text.starts_with('\n') => {
                    let (lf, rest) = block.split(1);
                    self.put_after(rest);
                    return Ok(Some(pair(cr, &lf)));
                }
                Some(cr) => {
                    self.put_after(block);
                    return Ok(Some(cr));
                }
                None if self.newline.pairs_cr() && block.text.ends_with('\r') => {
                    let at = block.text.len() - 1;
                    let (head, cr) = block.split(at);
                    self.held = Some(cr);
                    if !head.text.is_empty() {
                        return Ok(Some(head));
                    }
                }
                None => return Ok(Some(block)),
            }
        }
    }

    fn put_after(&mut self, block: Block) {
        if !block.text.is_empty() {
            debug_assert!(self.after.is_none());
            self.after = Some(block);
        }
    }

    /// The next block as the source cut it. A decode error waits until a `\r` that is held back
    /// has gone: nothing can follow that any more.
    fn raw_block(&mut self, buffer: &mut impl BufferedIo) -> Result<Option<Block>> {
        if let Some(block) = self.after.take() {
            return Ok(Some(block));
        }
        if let Some(error) = self.deferred.take() {
            return Err(error);
        }
        // Nothing of what was read is left, unless it is held back.
        let is_used_up = self.rest().is_empty();
        let place = is_used_up.then(|| self.position().offset);
        match self.source.next(buffer, place) {
            Err(error @ Error::Decode { .. }) if self.held.is_some() => {
                self.deferred = Some(error);
                Ok(None)
            }
            outcome => outcome,
        }
    }
}

/// The byte of a block's text at `at`, if there is one.
#[inline]
fn text_at(block: &Block, at: usize) -> Option<u8> {
    block.text.as_bytes().get(at).copied()
}

/// A `\r` and the `\n` behind it as one block.
fn pair(mut cr: Block, lf: &Block) -> Block {
    cr.join(0, lf, String::new);
    cr
}
