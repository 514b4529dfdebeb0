//! [`Ends`]: where the records of a batch end.

use std::ops::Range;

use crate::scan::mask64;

/// For so many records room is made before they are found, at most.
const MOST_EXPECTED: usize = 1024;

/// Where records that lie one behind another end: one number for each, and a second one only
/// where their separators differ in length.
#[derive(Clone)]
pub(super) struct Ends {
    /// Behind the separator of each record.
    ends: Vec<usize>,
    /// How long each separator is; if all are the same, none, and `width` is it.
    widths: Vec<usize>,
    width: usize,
}

impl Ends {
    /// No end. `width` is the length of every separator, if that is known; about `expected` will
    /// come.
    pub(super) fn new(width: Option<usize>, expected: usize) -> Ends {
        Ends {
            ends: Vec::with_capacity(expected.min(MOST_EXPECTED) + 1),
            widths: Vec::new(),
            width: width.unwrap_or(0),
        }
    }

    /// The next record's separator, of `width` bytes, ends there.
    #[inline]
    pub(super) fn push(&mut self, end: usize, width: usize) {
        self.ends.push(end);
        if self.width == 0 {
            self.widths.push(width);
        }
    }

    /// Puts in the ends of the records of up to `limit` bytes that `lines`, which stands at
    /// `start`, begins with; returns where the last one ends. Goes through 64 bytes at a time:
    /// records are short, and a search for each would cost more than they do.
    pub(super) fn push_lines(
        &mut self,
        lines: &[u8],
        byte: u8,
        limit: usize,
        start: usize,
    ) -> usize {
        let (groups, rest) = lines.as_chunks::<64>();
        let mut last = [!byte; 64];
        last[..rest.len()].copy_from_slice(rest);
        let (mut base, mut done) = (start, start);
        for group in groups.iter().chain([&last]) {
            let mut found = mask64(group, byte);
            while found != 0 {
                let at = base + found.trailing_zeros() as usize;
                found &= found - 1;
                if at - done > limit {
                    return done;
                }
                done = at + 1;
                self.ends.push(done);
            }
            base += 64;
        }
        done
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Where the record at `index` lies, without its separator.
    #[inline]
    pub(super) fn record(&self, index: usize) -> Option<Range<usize>> {
        let end = self.ends.get(index)?;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        Some(start..end - self.width_of(index))
    }

    /// The same for all of them, in order.
    #[inline]
    pub(super) fn records(&self) -> impl Iterator<Item = Range<usize>> {
        let mut start = 0;
        self.ends.iter().enumerate().map(move |(index, &end)| {
            let content = start..end - self.width_of(index);
            start = end;
            content
        })
    }

    #[inline]
    fn width_of(&self, index: usize) -> usize {
        self.widths.get(index).copied().unwrap_or(self.width)
    }
}
