//! [`ResumePoints`]: where searches for a [`Delimiter`] go on when they are repeated.

use std::ops::Range;

use memchr::memchr;

use crate::chunk::Separator;

/// How many searches, each for another delimiter, are remembered besides the newest.
const OTHERS: usize = 7;

/// What ends a record.
#[derive(Clone)]
pub(super) enum Delimiter {
    Byte(u8),
    Any(Separator),
}

impl Delimiter {
    /// The first place of this in `bytes`, where none begins before `from`; else the place before
    /// which none begins. With `ended` nothing can follow that would decide otherwise.
    pub(super) fn find_in(
        &self,
        bytes: &[u8],
        from: usize,
        ended: bool,
    ) -> Result<Range<usize>, usize> {
        match self {
            Delimiter::Byte(byte) => match memchr(*byte, &bytes[from..]) {
                Some(at) => Ok(from + at..from + at + 1),
                None => Err(bytes.len()),
            },
            Delimiter::Any(separator) => separator.find_in(bytes, from, ended),
        }
    }

    fn is(&self, other: &Delimiter) -> bool {
        match (self, other) {
            (Delimiter::Byte(one), Delimiter::Byte(other)) => one == other,
            (Delimiter::Any(one), Delimiter::Any(other)) => one.is(other),
            _ => false,
        }
    }
}

/// What the last searches found out that did not come to their end, each for another delimiter.
///
/// Bytes are numbered as their owner does, and must not change unless everything is forgotten.
#[derive(Default)]
pub(super) struct ResumePoints {
    /// Most streams are searched for one delimiter: that allocates nothing.
    first: Option<ResumePoint>,
    others: Vec<ResumePoint>,
    /// Nothing is known of the bytes from this one on.
    end: u64,
}

/// No `delimiter` begins in `range`.
struct ResumePoint {
    delimiter: Delimiter,
    range: Range<u64>,
}

impl ResumePoints {
    /// How many bytes from number `here` on are known not to begin with `delimiter`.
    #[inline]
    pub(super) fn seen(&self, delimiter: &Delimiter, here: u64) -> u64 {
        // Most records end within one block, of which nothing is known before it is looked at: one
        // comparison then, many times a block.
        if here >= self.end {
            return 0;
        }
        self.seen_slow(delimiter, here)
    }

    fn seen_slow(&self, delimiter: &Delimiter, here: u64) -> u64 {
        let all = self.first.iter().chain(&self.others);
        let same = all.filter(|it| it.range.contains(&here) && it.delimiter.is(delimiter));
        same.map(|it| it.range.end - here).max().unwrap_or(0)
    }

    /// No `delimiter` begins in `range`.
    pub(super) fn remember(&mut self, delimiter: &Delimiter, range: Range<u64>) {
        self.end = self.end.max(range.end);
        let mut all = self.first.iter_mut().chain(&mut self.others);
        if let Some(point) = all.find(|it| it.delimiter.is(delimiter)) {
            point.range = range;
            return;
        }
        // What is known of bytes that are gone is of no use.
        let here = range.start;
        let is_of_use = |point: &ResumePoint| point.range.end > here;
        self.others.retain(is_of_use);
        let delimiter = delimiter.clone();
        let point = ResumePoint { delimiter, range };
        if self.first.as_ref().is_some_and(is_of_use) {
            if self.others.len() == OTHERS {
                self.others.remove(0);
            }
            self.others.push(point);
        } else {
            self.first = Some(point);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// However many are searched for, what is remembered does not grow.
    #[test]
    fn only_some_searches_are_remembered_and_none_of_bytes_that_are_gone() {
        let mut points = ResumePoints::default();
        for byte in 0..40 {
            points.remember(&Delimiter::Byte(byte), 0..100);
        }
        assert_eq!(points.others.len(), OTHERS);
        assert_eq!(points.seen(&Delimiter::Byte(39), 30), 70);
        points.remember(&Delimiter::Byte(b'\n'), 100..200);
        assert_eq!(points.others.len(), 0);
        assert_eq!(points.seen(&Delimiter::Byte(39), 30), 0);
    }
}
