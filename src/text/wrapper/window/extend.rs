//! Lines that do not end in their block: what follows is added to it.

use super::super::block::{Block, Text};
use super::{Error, Result, TextWindow};
use crate::buffered::BufferedIo;

/// Text without a line end whose characters were counted.
#[derive(Clone, Copy, Default)]
pub(super) struct Counted {
    from: usize,
    to: usize,
    characters: usize,
}

impl Counted {
    pub(super) fn new(from: usize, to: usize, characters: usize) -> Counted {
        Counted {
            from,
            to,
            characters,
        }
    }

    /// Where to go on in a line that begins at `start`, and with how many characters, if it may
    /// have `max`.
    pub(super) fn go_on(self, start: usize, max: usize) -> (usize, usize) {
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

impl TextWindow {
    /// Adds what follows to the rest of the block; `false` at the end of the stream or before an
    /// error that waits until the rest was taken.
    #[cold]
    pub(super) fn lengthen(&mut self, buffer: &mut impl BufferedIo) -> Result<bool> {
        if self.rest().is_empty() {
            return self.refill(buffer);
        }
        self.check_limit(self.rest().len())?;
        match self.next_block(buffer) {
            Ok(Some(next)) => {
                self.extend(next);
                Ok(true)
            }
            Ok(None) => Ok(false),
            Err(error @ Error::Decode { .. }) => {
                self.deferred = Some(error);
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Adds `next` to the rest of the block: all of it where it lies behind that in memory, else
    /// up to a line end if there is one and `next` can be cut there without a copy. Looks only at
    /// what is new: a line may be put together from any number of blocks.
    fn extend(&mut self, next: Block) {
        let (old, mut searched) = (self.rest().len(), 0);
        let gone = if self.block.join_in_place(self.start, &next) {
            self.start
        } else {
            let found = self.newline.find(&next.text, 0);
            searched = found.map_or(next.text.len(), |(at, _)| at);
            let cut = match (found, &next.text) {
                (Some((at, ending)), Text::Shared(_)) => at + ending.len(),
                // To cut it would copy what is behind the line end, and allocate for that.
                _ => next.text.len(),
            };
            let (next, rest) = next.split(cut);
            self.put_after(rest);
            let spare = || self.source.spare();
            let gone = self.block.join(self.start, &next, spare);
            self.source.recycle(next);
            gone
        };
        self.start -= gone;
        self.counted = self.counted.shift(gone);
        // It is told by places in the block.
        self.given.forget();
        let end = self.start + old;
        self.clear = end + searched;
        self.ends.restart(self.clear);
        self.next_cr = match self.next_cr.and_then(|at| at.checked_sub(gone)) {
            Some(at) if at < end => Some(at),
            Some(_) => Some(self.newline.first_cr(&self.block.text, end)),
            None => None,
        };
    }
}
