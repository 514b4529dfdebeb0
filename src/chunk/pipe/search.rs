//! [`Searches`]: where a separator is, without looking twice at what was looked at.
//!
//! For every string of bytes that is searched for, it is remembered from where to where none
//! begins. A search goes on behind that, so reading what arrives byte by byte looks at each byte
//! about as often as reading it at once. Positions are those of the stream: consuming bytes does
//! not make the memory wrong.

mod near;

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::ahead::Ahead;
use super::store::{Store, count};
use crate::chunk::find::{Needle, Separator};

/// Pieces too short to be searched one by one are put together in a scratch of this size at
/// least; on the stack up to [`STACK`].
const SCRATCH: usize = 64;
const STACK: usize = 256;

#[derive(Default)]
pub(super) struct Searches {
    /// What was asked for last comes first.
    passed: Vec<Passed>,
    known: Vec<Known>,
    ahead: Ahead,
    /// Bytes looked at, in all searches; atomic so that finding needs no `&mut`.
    pub(super) scanned: AtomicU64,
}

/// No match of `separator` begins in `from..to`.
struct Passed {
    separator: Separator,
    from: u64,
    to: u64,
}

/// No `needle` begins in `from..to`; if `found`, one begins at `to`.
struct Known {
    needle: Arc<Needle>,
    from: u64,
    to: u64,
    found: bool,
}

/// The answer of a search.
pub(super) enum Hit {
    /// The separator stands there.
    At(Range<u64>),
    /// Not there yet; it cannot begin before this position.
    NotBefore(u64),
}

impl Hit {
    /// No match begins before.
    fn earliest(&self) -> u64 {
        match self {
            Hit::At(at) => at.start,
            Hit::NotBefore(earliest) => *earliest,
        }
    }
}

/// Whether more bytes can follow.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum More {
    May,
    Never,
}

impl Searches {
    /// The first match that begins at `from` or behind; of those that begin together, the
    /// longest. Undecided as long as a better one may still come.
    pub(super) fn next(
        &mut self,
        store: &Store,
        separator: &Separator,
        from: u64,
        more: More,
    ) -> Hit {
        let passed = self.passed(separator, from);
        let known_from = passed.from;
        let start = from.max(passed.to);
        if from < known_from {
            // After a rewind: what is known about the part behind it stays.
            let hit = self.every(store, separator, from, more);
            if hit.earliest() >= known_from {
                self.passed[0].from = from;
            }
            return hit;
        }
        if from > passed.to {
            passed.from = from;
        }
        let here = store.here(start);
        let hit = match separator.first_in(here) {
            Ok(at) => {
                count_up(&self.scanned, at.end as u64);
                Hit::At(start + at.start as u64..start + at.end as u64)
            }
            Err(0) => self.every(store, separator, start, more),
            Err(seen) => {
                count_up(&self.scanned, here.len() as u64);
                self.every(store, separator, start + seen as u64, more)
            }
        };
        self.passed[0].to = hit.earliest();
        hit
    }

    /// The entry of `separator`, made the first.
    fn passed(&mut self, separator: &Separator, from: u64) -> &mut Passed {
        let same = |passed: &Passed| passed.separator.is(separator);
        let index = self.passed.iter().position(same).unwrap_or_else(|| {
            // What ends before `from` says nothing that is still asked.
            self.passed.retain(|passed| passed.to > from);
            self.passed.push(Passed {
                separator: separator.clone(),
                from,
                to: from,
            });
            self.passed.len() - 1
        });
        self.passed.swap(0, index);
        &mut self.passed[0]
    }

    /// [`next`](Searches::next), string by string, over whatever pieces.
    fn every(&mut self, store: &Store, separator: &Separator, from: u64, more: More) -> Hit {
        let mut best: Option<Range<u64>> = None;
        let mut undecided = (store.end(), 0);
        for needle in separator.needles() {
            let (at, found) = self.look(store, needle, from);
            let length = needle.len() as u64;
            if found && is_better(at, length, best.as_ref()) {
                best = Some(at..at + length);
            }
            if more == More::Never {
                continue;
            }
            if separator.needles().len() == 1 {
                undecided = (at, 0);
            } else if let Some(begun) = self.begun(store, needle, from) {
                undecided = earlier(undecided, (begun, length));
            }
        }
        decide(best, undecided)
    }

    /// Where `needle` begins first from `from` on, and `true`; or `false`, and where it can begin
    /// at the earliest. Looks only at what was not looked at.
    fn look(&mut self, store: &Store, needle: &Arc<Needle>, from: u64) -> (u64, bool) {
        let index = self.remembered(needle, from);
        let known = &mut self.known[index];
        let overlap = needle.len() as u64 - 1;
        if from < known.from {
            // After a rewind: what comes before the part that is known.
            let gap = from..store.end().min(known.from + overlap);
            if let Some(at) = search(store, needle, gap, &self.scanned) {
                return (at, true);
            }
            known.from = from;
        }
        // A match can begin among the last bytes, also where `from` was behind them before.
        let open = store.end().saturating_sub(overlap).max(from);
        if !known.found {
            known.to = known.to.min(open);
            let range = known.to..store.end();
            let found = search(store, needle, range.clone(), &self.scanned);
            known.found = found.is_some();
            known.to = found.unwrap_or(open);
        }
        (known.to, known.found)
    }

    /// The entry of `needle`, made to speak about `from`.
    fn remembered(&mut self, needle: &Arc<Needle>, from: u64) -> usize {
        let same = |known: &Known| {
            Arc::ptr_eq(&known.needle, needle) || known.needle.bytes == needle.bytes
        };
        let index = self.known.iter().position(same).unwrap_or_else(|| {
            // What ends before `from` says nothing that is still asked.
            self.known.retain(|known| known.to > from);
            self.known.push(Known {
                needle: Arc::clone(needle),
                from,
                to: from,
                found: false,
            });
            self.known.len() - 1
        });
        let known = &mut self.known[index];
        if from > known.to {
            (known.from, known.to, known.found) = (from, from, false);
        }
        index
    }

    /// Where the last bytes are the beginning of `needle`, but not all of it.
    fn begun(&self, store: &Store, needle: &Needle, from: u64) -> Option<u64> {
        let longest = (needle.len() as u64 - 1).min(store.end() - from);
        count_up(&self.scanned, longest);
        let last = store.views(store.end() - longest..store.end());
        let begun = needle.begun_at_end(last.flatten().copied());
        (begun > 0).then(|| store.end() - begun as u64)
    }

    /// Forgets what was known about the bytes before `position`: they are others now.
    pub(super) fn forget_before(&mut self, position: u64) {
        self.ahead.go_back();
        self.passed.retain(|passed| passed.to >= position);
        for passed in &mut self.passed {
            passed.from = passed.from.max(position);
        }
        self.known.retain(|known| known.to >= position);
        for known in &mut self.known {
            known.from = known.from.max(position);
        }
    }

    /// Where `separator` stands in `range` as a whole, without a memory.
    pub(super) fn once(
        &self,
        store: &Store,
        separator: &Separator,
        range: Range<u64>,
    ) -> Option<Range<u64>> {
        let mut best: Option<Range<u64>> = None;
        for needle in separator.needles() {
            let length = needle.len() as u64;
            if let Some(at) = search(store, needle, range.clone(), &self.scanned)
                && is_better(at, length, best.as_ref())
            {
                best = Some(at..at + length);
            }
        }
        best
    }
}

/// Whether a match at `at` comes before `best`, or is a longer one at the same place.
fn is_better(at: u64, length: u64, best: Option<&Range<u64>>) -> bool {
    best.is_none_or(|best| at < best.start || at == best.start && at + length > best.end)
}

/// The earlier of two possible matches, given as start and length; the longer if they begin
/// together.
fn earlier(one: (u64, u64), other: (u64, u64)) -> (u64, u64) {
    if (other.0, one.1) < (one.0, other.1) {
        other
    } else {
        one
    }
}

/// The best match, unless one that is not complete yet would be better.
fn decide(best: Option<Range<u64>>, undecided: (u64, u64)) -> Hit {
    let (start, length) = undecided;
    match best {
        Some(best) if length == 0 || !is_better(start, length, Some(&best)) => Hit::At(best),
        Some(best) => Hit::NotBefore(best.start.min(start)),
        None => Hit::NotBefore(start),
    }
}

/// Where `needle` stands first in `range` as a whole. Looks at less than twice the bytes of the
/// range, whatever pieces they lie in.
fn search(store: &Store, needle: &Needle, range: Range<u64>, scanned: &AtomicU64) -> Option<u64> {
    let overlap = needle.len() - 1;
    let wanted = SCRATCH.max(4 * needle.len());
    let mut at = range.start;
    while count(&(at..range.end)) >= needle.len() {
        let here = store.first(&(at..range.end));
        let (found, seen) = if here.len() >= 2 * needle.len() || at + here.len() as u64 == range.end
        {
            (needle.find_in(here), here.len())
        } else {
            let end = range.end.min(at + wanted as u64);
            over_seams(store, needle, at..end)
        };
        let looked_at = found.map_or(seen, |found| found + needle.len());
        count_up(scanned, looked_at as u64);
        if let Some(found) = found {
            return Some(at + found as u64);
        }
        at += (seen - overlap) as u64;
    }
    None
}

/// Adds without locking the memory bus, which would cost as much as the search of a short line:
/// of two threads that search the same pipe at once, one may not be counted.
#[inline]
fn count_up(counter: &AtomicU64, n: u64) {
    counter.store(counter.load(Ordering::Relaxed) + n, Ordering::Relaxed);
}

/// Searches the bytes of `range`, put together from as many pieces as there are; also returns
/// how many those are.
fn over_seams(store: &Store, needle: &Needle, range: Range<u64>) -> (Option<usize>, usize) {
    let len = count(&range);
    let (mut small, mut large) = ([0; STACK], Vec::new());
    let scratch = if len <= STACK {
        &mut small[..len]
    } else {
        large.resize(len, 0);
        &mut large[..]
    };
    let mut filled = 0;
    for view in store.views(range) {
        scratch[filled..filled + view.len()].copy_from_slice(view);
        filled += view.len();
    }
    (needle.find_in(scratch), len)
}
