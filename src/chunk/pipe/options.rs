//! [`PipeOptions`]: limits and sizes of a pipe, checked before there is one.

use std::ops::RangeInclusive;

use super::Pipe;
use super::write::FlowControl;
use crate::chunk::pool::Pool;
use crate::chunk::segments::COPY_THRESHOLD;
use crate::error::{Error, Result};

/// After this many commits in a row that leave three quarters of the room empty, blocks get
/// smaller. Several, as one short read says nothing about the traffic, and a smaller block costs
/// more calls.
const QUIET: u32 = 8;

/// No block is larger: the next power of two would be no size that memory has.
const LARGEST_BLOCK: usize = 1 << (usize::BITS - 2);

/// How to build a [`Pipe`].
///
/// # Examples
///
/// ```
/// use iolite::chunk::{Backpressure, PipeOptions, Progress, Span};
///
/// let mut pipe = PipeOptions::new()
///     .watermarks(4..=8)
///     .limit(100)
///     .build()?;
/// assert_eq!(pipe.append(b"1234567")?, Backpressure::Continue);
/// assert_eq!(pipe.append(b"8")?, Backpressure::Pause);
/// assert_eq!(pipe.at_most(3)?.map(Span::consume), Progress::Ready(3));
/// assert_eq!(pipe.backpressure(), Backpressure::Pause);       // 5 are above the low mark
/// assert_eq!(pipe.at_most(1)?.map(Span::consume), Progress::Ready(1));
/// assert_eq!(pipe.backpressure(), Backpressure::Continue);
/// assert!(PipeOptions::new().limit(5).watermarks(4..=8).build().is_err());
/// # Ok::<(), iolite::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "options do nothing before `build`"]
pub struct PipeOptions {
    limit: usize,
    low: usize,
    high: usize,
    blocks: RangeInclusive<usize>,
    copy_threshold: usize,
    pool: Pool,
}

impl PipeOptions {
    /// No limit, never a pause, blocks of 8 to 64 KiB from the global pool.
    pub fn new() -> PipeOptions {
        PipeOptions {
            limit: usize::MAX,
            low: 0,
            high: usize::MAX,
            blocks: Sizing::default().allowed,
            copy_threshold: COPY_THRESHOLD,
            pool: Pool::default(),
        }
    }

    /// At most so many unread bytes; writing more is refused. What a mark keeps does not count.
    ///
    /// A record, or a number of bytes that is read at once, has to fit: one that never will is
    /// [`TooLarge`](crate::chunk::PipeError::TooLarge) as soon as that is certain.
    pub fn limit(mut self, bytes: usize) -> PipeOptions {
        self.limit = bytes;
        self
    }

    /// When the reader has not examined `high` bytes or more, the writer should pause until
    /// there are `low` or fewer. A reader that waits has examined everything, so the two cannot
    /// wait for each other.
    pub fn watermarks(mut self, low_to_high: RangeInclusive<usize>) -> PipeOptions {
        (self.low, self.high) = low_to_high.into_inner();
        self
    }

    /// The sizes that blocks may have, in bytes: the first has the smallest, and they grow with the
    /// traffic and shrink again. A larger hint gets a larger block. Where there is no memory for
    /// the size it would have, a block gets as large as it has to be.
    pub fn block_sizes(mut self, sizes: RangeInclusive<usize>) -> PipeOptions {
        self.blocks = sizes;
        self
    }

    /// From how many bytes on [`push`](Pipe::push) shares a piece instead of copying it; 2 KiB
    /// unless set, 0 to share everything. Higher where small pieces must not keep large memory
    /// alive.
    pub fn copy_threshold(mut self, bytes: usize) -> PipeOptions {
        self.copy_threshold = bytes;
        self
    }

    /// Where blocks come from.
    pub fn pool(mut self, pool: &Pool) -> PipeOptions {
        self.pool = pool.clone();
        self
    }

    /// The pipe.
    ///
    /// # Errors
    ///
    /// [`InvalidArgument`](Error::InvalidArgument) unless `low < high <= limit`, the sizes are
    /// not empty, not 0, and memory can hold the smallest of them (a high mark that was not set is
    /// never in the way).
    pub fn build(self) -> Result<Pipe> {
        let invalid = |argument, problem| Err(Error::InvalidArgument { argument, problem });
        if self.limit == 0 {
            return invalid("limit", "is 0: nothing could be written");
        }
        if self.low >= self.high {
            return invalid("watermarks", "the low one is not below the high one");
        }
        if self.high != usize::MAX && self.high > self.limit {
            return invalid("watermarks", "the high one is above the limit");
        }
        if self.blocks.is_empty() || *self.blocks.start() == 0 {
            return invalid("block_sizes", "no size, or the size 0");
        }
        if *self.blocks.start() > LARGEST_BLOCK {
            return invalid("block_sizes", "the smallest is more than memory can hold");
        }
        let mut pipe = Pipe::new();
        pipe.limit = self.limit;
        pipe.copy_threshold = self.copy_threshold;
        let high = match self.high {
            // Not set.
            usize::MAX => u64::MAX,
            high => high as u64,
        };
        pipe.flow = FlowControl::new(self.low as u64, high);
        pipe.sizing = Sizing::new(self.blocks);
        pipe.store.segments.pool = self.pool;
        Ok(pipe)
    }
}

impl Default for PipeOptions {
    fn default() -> PipeOptions {
        PipeOptions::new()
    }
}

/// The size of the next block, after what was done with the room lent so far.
pub(super) struct Sizing {
    allowed: RangeInclusive<usize>,
    size: usize,
    /// Commits in a row that used less than a quarter.
    quiet: u32,
}

impl Default for Sizing {
    fn default() -> Sizing {
        Sizing::new(8 * 1024..=64 * 1024)
    }
}

impl Sizing {
    fn new(allowed: RangeInclusive<usize>) -> Sizing {
        Sizing {
            size: *allowed.start(),
            allowed,
            quiet: 0,
        }
    }

    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// `used` of `lent` bytes were written: twice the size after a full one, half of it after
    /// eight in a row that were nearly empty.
    pub(super) fn learn(&mut self, used: usize, lent: usize) {
        self.quiet = if used < lent / 4 { self.quiet + 1 } else { 0 };
        if used == lent && used > 0 {
            self.size = self.size.saturating_mul(2).min(*self.allowed.end());
        } else if self.quiet == QUIET {
            self.size = (self.size / 2).max(*self.allowed.start());
            self.quiet = 0;
        }
    }
}
