//! [`Searches`]: what is found in the piece that is read from.

use std::ops::Range;

use super::{Searches, count_up};
use crate::chunk::find::Separator;
use crate::chunk::pipe::ends::Ends;
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

    /// Puts the records of up to `limit` bytes that `here`, which stands at `start`, begins with
    /// into `ends`; returns where the last one ends. Remembers nothing: they are to be consumed.
    pub(in crate::chunk::pipe) fn run(
        &self,
        here: &[u8],
        separator: &Separator,
        limit: usize,
        start: usize,
        ends: &mut Ends,
    ) -> usize {
        if let Some(byte) = separator.single() {
            let done = ends.push_lines(here, byte, limit, start);
            count_up(&self.scanned, (done - start) as u64);
            return done;
        }
        let mut done = 0;
        while let Ok(at) = separator.first_in(&here[done..])
            && at.start <= limit
        {
            done += at.end;
            ends.push(start + done, at.len());
        }
        count_up(&self.scanned, done as u64);
        start + done
    }
}
