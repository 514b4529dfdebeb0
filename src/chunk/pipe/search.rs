//! [`SearchCache`]: where a separator is, without looking twice at what was looked at.
//!
//! For each separator that is asked for there is one place where its search goes on, so reading
//! what arrives byte by byte looks at each byte about as often as reading it at once, also with
//! several separators in turn. Where records end in one byte and the place is beyond all that is
//! known, the [`RecordIndex`] looks ahead for many at a time. Positions are those of the stream:
//! consuming bytes does not make the memory wrong.

use std::ops::Range;

use super::batch::RecordBatch;
use super::record_index::RecordIndex;
use super::store::Store;
use crate::chunk::separator::{Search, Separator};

#[derive(Default)]
pub(super) struct SearchCache {
    /// What was asked for last comes first.
    resumes: Vec<Resume>,
    pub(super) index: RecordIndex,
    /// Bytes looked at, in all searches.
    pub(super) scanned: u64,
}

/// Where a search goes on: no match of `separator` begins in `from..search.earliest()`.
struct Resume {
    separator: Separator,
    from: u64,
    search: Search,
}

/// The result of a search.
pub(super) enum Hit {
    /// The separator stands there.
    Found(Range<u64>),
    /// Not there yet; it cannot begin before this position.
    ResumeAt(u64),
}

impl Resume {
    /// Nothing is known from `from` on.
    fn restart(&mut self, from: u64) {
        self.from = from;
        self.search = Search::starting_at(from);
    }

    /// Goes on up to `end`; returns how many bytes were looked at.
    fn run(&mut self, store: &Store, end: u64) -> u64 {
        let mut looked_at = 0;
        while self.search.at < end && !self.search.is_decided {
            let piece = store.first(&(self.search.at..end));
            looked_at += self.separator.feed(&mut self.search, piece) as u64;
        }
        looked_at
    }

    /// The result after everything up to `end` was looked at; with `is_ended` nothing follows.
    fn hit(&self, end: u64, is_ended: bool) -> Hit {
        match self.search.found(is_ended) {
            Some(found) => Hit::Found(found),
            None if is_ended => Hit::ResumeAt(end),
            // `memmem` does not say how much of the string stands at the end: all but a byte may.
            None if self.separator.is_one() => {
                let begun = self.separator.longest() as u64 - 1;
                Hit::ResumeAt(end.saturating_sub(begun).max(self.from))
            }
            None => Hit::ResumeAt(self.search.earliest()),
        }
    }
}

impl SearchCache {
    /// The first match that begins at or after `from`; of those that begin together, the
    /// longest. Undecided as long as a better one may still come.
    pub(super) fn next(
        &mut self,
        store: &Store,
        separator: &Separator,
        from: u64,
        is_ended: bool,
    ) -> Hit {
        let end = store.end();
        let mut gap = None;
        let resume = self.resume(separator, from);
        if from < resume.from {
            // After going back: what is known about the part from there on stays.
            let overlap = separator.longest() as u64 - 1;
            gap = Some(end.min(resume.from + overlap));
        // Bytes were consumed without this search, so it begins anew.
        } else if from > resume.search.earliest() {
            resume.restart(from);
        }
        if let Some(gap_end) = gap
            && let Some(hit) = self.close_gap(store, separator, from, gap_end)
        {
            return hit;
        }
        let resume = &mut self.resumes[0];
        self.scanned += resume.run(store, end);
        match resume.hit(end, is_ended) {
            Hit::ResumeAt(earliest) => Hit::ResumeAt(earliest.max(from)),
            found @ Hit::Found(_) => found,
        }
    }

    /// Searches from `from` on, which is before what is known, up to `gap_end`. Returns a match
    /// before that, if there is one; else what is known begins at `from` now.
    fn close_gap(
        &mut self,
        store: &Store,
        separator: &Separator,
        from: u64,
        gap_end: u64,
    ) -> Option<Hit> {
        let known = &mut self.resumes[0];
        let mut gap = Resume {
            separator: separator.clone(),
            from,
            search: Search::starting_at(from),
        };
        self.scanned += gap.run(store, gap_end);
        if gap_end == store.end() {
            // Nothing is known beyond that.
            *known = gap;
            return None;
        }
        match gap.search.best {
            Some(best) if best.start < known.from => Some(Hit::Found(best)),
            _ => {
                known.from = from;
                None
            }
        }
    }

    /// The entry of `separator`, made the first.
    fn resume(&mut self, separator: &Separator, from: u64) -> &mut Resume {
        let is_it = |resume: &Resume| resume.separator.is(separator);
        let index = self.resumes.iter().position(is_it).unwrap_or_else(|| {
            // Searches that ended before `from` are of no use any more.
            self.resumes.retain(|resume| resume.search.at > from);
            self.resumes.push(Resume {
                separator: separator.clone(),
                from,
                search: Search::starting_at(from),
            });
            self.resumes.len() - 1
        });
        // The last one used is then found at once: most protocols have one separator.
        self.resumes.swap(0, index);
        &mut self.resumes[0]
    }

    /// How long the record is that begins at `from`, where its `separator` is one byte and lies in
    /// the piece that is read from, and nothing is known there. The next ones are in the index
    /// then.
    pub(super) fn look_ahead(
        &mut self,
        store: &Store,
        separator: &Separator,
        from: u64,
    ) -> Option<usize> {
        let (byte, last) = (separator.single()?, self.resumes.first_mut()?);
        // Only for the separator that was used last: two in turn would each discard what the index
        // has found for the other.
        if from <= last.search.earliest() || !last.separator.is_clone_of(separator) {
            return None;
        }
        let (found, seen, looked_at) = self.index.look(store.front(), byte, from)?;
        // The index and the resume agree from here on: a longer search goes on where the index
        // ended.
        last.restart(from);
        last.search.at = from + seen as u64;
        if let Some(found) = found {
            let start = from + found as u64;
            last.search.at = start + 1;
            last.search.best = Some(start..start + 1);
            last.search.is_decided = true;
        }
        self.scanned += looked_at as u64;
        found
    }

    /// Puts the records of up to `limit` bytes that `here`, which stands at `start`, begins with
    /// into `batch`; returns where the last one ends. Remembers nothing: they are to be consumed.
    pub(super) fn run(
        &mut self,
        here: &[u8],
        separator: &Separator,
        limit: usize,
        start: usize,
        batch: &mut RecordBatch,
    ) -> usize {
        if let Some(byte) = separator.single() {
            let done = batch.ends.push_all(here, byte, limit, start);
            self.scanned += (done - start) as u64;
            return done;
        }
        let mut done = 0;
        while let Ok(at) = separator.first_in(&here[done..])
            && at.start <= limit
        {
            done += at.end;
            batch.push(start + done, at.len());
        }
        self.scanned += done as u64;
        start + done
    }

    /// Where `separator` stands in `range` as a whole, without a memory.
    pub(super) fn once(
        &mut self,
        store: &Store,
        separator: &Separator,
        range: Range<u64>,
    ) -> Option<Range<u64>> {
        let mut search = Search::starting_at(range.start);
        while search.at < range.end && !search.is_decided {
            let piece = store.first(&(search.at..range.end));
            self.scanned += separator.feed(&mut search, piece) as u64;
        }
        search.best
    }

    /// Forgets what was known about the bytes before `position`: they are others now.
    pub(super) fn forget_before(&mut self, position: u64) {
        self.index.go_back();
        self.resumes.retain(|resume| resume.search.at >= position);
        for resume in &mut self.resumes {
            if resume.search.earliest() < position {
                resume.restart(position);
            }
            resume.from = resume.from.max(position);
        }
    }
}
