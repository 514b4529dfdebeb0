//! [`ResumePoints`]: where searches for a [`Delimiter`] go on when they are repeated.

use std::ops::Range;

use memchr::memchr;

use crate::chunk::{Search, Separator};

/// How many searches, each for another delimiter, are remembered besides the first: with it eight,
/// more than a parser alternates between, and few enough to be looked through.
const OTHERS: usize = 7;

/// What ends a record.
#[derive(Clone)]
pub(super) enum Delimiter {
    Byte(u8),
    Any(Separator),
}

impl Delimiter {
    /// Goes on with a search in `bytes`, which stand where it stopped.
    pub(super) fn feed(&self, search: &mut Search, bytes: &[u8]) {
        let byte = match self {
            Delimiter::Byte(byte) => *byte,
            Delimiter::Any(separator) => {
                separator.feed(search, bytes);
                return;
            }
        };
        match memchr(byte, bytes) {
            Some(at) => {
                let start = search.at + at as u64;
                *search = Search::starting_at(start + 1);
                (search.best, search.is_decided) = (Some(start..start + 1), true);
            }
            None => search.at += bytes.len() as u64,
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

/// No `delimiter` begins between `from` and where the search may still find one.
struct ResumePoint {
    delimiter: Delimiter,
    from: u64,
    search: Search,
}

impl ResumePoints {
    /// The search for the first `delimiter` in the bytes of these numbers, as far as it has come.
    #[inline]
    pub(super) fn resume(&self, delimiter: &Delimiter, bytes: Range<u64>) -> Search {
        // Most records end within one block, of which nothing is known before it is looked at: one
        // comparison then, many times a block.
        if bytes.start >= self.end {
            return Search::starting_at(bytes.start);
        }
        self.resume_slow(delimiter, bytes)
    }

    fn resume_slow(&self, delimiter: &Delimiter, bytes: Range<u64>) -> Search {
        let mut all = self.first.iter().chain(&self.others);
        let known = all.find(|it| {
            (it.from..=it.search.earliest()).contains(&bytes.start)
                && it.search.at <= bytes.end
                && it.delimiter.is(delimiter)
        });
        known.map_or_else(|| Search::starting_at(bytes.start), |it| it.search.clone())
    }

    /// Whether no search has left anything.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.end == 0
    }

    /// A search that began at `from` has come so far and found nothing.
    pub(super) fn remember(&mut self, delimiter: &Delimiter, from: u64, search: Search) {
        self.end = self.end.max(search.at);
        let mut all = self.first.iter_mut().chain(&mut self.others);
        if let Some(point) = all.find(|it| it.delimiter.is(delimiter)) {
            (point.from, point.search) = (from, search);
            return;
        }
        // What is known of bytes that are gone is of no use.
        let is_of_use = |point: &ResumePoint| point.search.at > from;
        self.others.retain(is_of_use);
        let point = ResumePoint {
            delimiter: delimiter.clone(),
            from,
            search,
        };
        if self.first.as_ref().is_some_and(is_of_use) {
            if self.others.len() == OTHERS {
                // The oldest. A delimiter that comes back later is searched for anew.
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
        let resumed = |points: &ResumePoints, bytes| points.resume(&Delimiter::Byte(39), bytes).at;
        for byte in 0..40 {
            points.remember(&Delimiter::Byte(byte), 0, Search::starting_at(100));
        }
        assert_eq!(points.others.len(), OTHERS);
        assert_eq!(resumed(&points, 30..120), 100);
        assert_eq!(resumed(&points, 30..99), 30, "there are not so many bytes");
        points.remember(&Delimiter::Byte(b'\n'), 100, Search::starting_at(200));
        assert_eq!(points.others.len(), 0);
        assert_eq!(resumed(&points, 30..120), 30);
    }
}
