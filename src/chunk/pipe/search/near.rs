//! [`Searches`]: what is found in the piece that is read from.

use std::ops::Range;

use super::{Searches, count_up};
use crate::chunk::find::Separator;
use crate::chunk::index::places;
use crate::chunk::pipe::store::Store;

impl Searches {
    /// Where the next record ends, its `separator` of one byte included, if that was found
    /// before; no more than the place if there is nothing. To be [`pass`](Searches::pass)ed when
    /// it is taken.
    #[inline(always)]
    pub(in crate::chunk::pipe) fn ready(&self, separator: &Separator) -> Option<u64> {
        self.ahead.ready(separator)
    }

    /// How long the record is that begins at `from`, where its `separator` is one byte and lies
    /// in the piece that is read from. To be [`pass`](Searches::pass)ed when it is taken.
    /// The record that was [`ready`](Searches::ready) or [`near`](Searches::near) is taken.
    #[inline(always)]
    pub(in crate::chunk::pipe) fn pass(&mut self) {
        self.ahead.pass();
    }

    /// How long the record is that begins at `from`, where its `separator` is one byte and lies
    /// in the piece that is read from. Nothing that is known to be without a match is looked at
    /// again.
    pub(in crate::chunk::pipe) fn near(
        &mut self,
        store: &Store,
        separator: &Separator,
        from: u64,
    ) -> Option<usize> {
        let (byte, last) = (separator.single()?, self.passed.first_mut()?);
        if from <= last.to || !last.separator.is_clone_of(separator) {
            return None;
        }
        let (found, seen, looked_at) = self.ahead.look(store.block(), byte, from)?;
        (last.from, last.to) = (from, from + found.unwrap_or(seen) as u64);
        count_up(&self.scanned, looked_at as u64);
        found
    }

    /// Reading has gone back: what was looked at ahead may be something else now.
    pub(in crate::chunk::pipe) fn go_back(&mut self) {
        self.ahead.go_back();
    }

    /// The first match in `here`, the bytes from `from` on that are at hand, where none of them
    /// was looked at before; else `None`, and [`next`](Searches::next) knows more.
    #[inline]
    pub(in crate::chunk::pipe) fn at_hand(
        &mut self,
        here: &[u8],
        separator: &Separator,
        from: u64,
    ) -> Option<Range<usize>> {
        let last = self.passed.first_mut()?;
        if from <= last.to || !last.separator.is_clone_of(separator) {
            return None;
        }
        let found = separator.first_in(here);
        let (seen, looked_at) = match &found {
            Ok(at) => (at.start, at.end),
            Err(0) => (0, 0),
            Err(seen) => (*seen, here.len()),
        };
        (last.from, last.to) = (from, from + seen as u64);
        count_up(&self.scanned, looked_at as u64);
        found.ok()
    }

    /// Gives `take` the records of up to `limit` bytes that `here` begins with, by their ends and
    /// those of their separators; returns the last. Remembers nothing: they are to be consumed.
    #[inline]
    pub(in crate::chunk::pipe) fn run(
        &self,
        here: &[u8],
        separator: &Separator,
        limit: usize,
        mut take: impl FnMut(usize, usize),
    ) -> usize {
        if let Some(byte) = separator.single() {
            return self.run_of_lines(here, byte, limit, take);
        }
        let mut done = 0;
        while let Ok(at) = separator.first_in(&here[done..])
            && at.start <= limit
        {
            take(done + at.start, done + at.end);
            done += at.end;
        }
        count_up(&self.scanned, done as u64);
        done
    }

    /// [`run`](Searches::run), 64 bytes at a time: records are short, and a search for each would
    /// cost more than they do.
    fn run_of_lines(
        &self,
        here: &[u8],
        byte: u8,
        limit: usize,
        mut take: impl FnMut(usize, usize),
    ) -> usize {
        let (groups, rest) = here.as_chunks::<64>();
        let mut last = [!byte; 64];
        last[..rest.len()].copy_from_slice(rest);
        let (mut base, mut done) = (0, 0);
        for group in groups.iter().chain([&last]) {
            let mut found = places(group, byte);
            while found != 0 {
                let at = base + found.trailing_zeros() as usize;
                found &= found - 1;
                if at - done > limit {
                    count_up(&self.scanned, done as u64);
                    return done;
                }
                take(at, at + 1);
                done = at + 1;
            }
            base += 64;
        }
        count_up(&self.scanned, done as u64);
        done
    }
}
