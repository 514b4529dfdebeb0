//! Records: bytes up to and with what ends them.

use std::ops::Range;

use memchr::memchr;

use super::ReadWindow;
use crate::chunk::{Chunk, Separator, Tail};
use crate::error::{Error, Result};
use crate::raw::RawIo;
use crate::scan::Pattern;

/// So many searches are remembered that go on in turn with the first one.
const OTHERS: usize = 7;

/// What ends a record.
#[derive(Clone)]
pub(in crate::buffered) enum Ending {
    Byte(u8),
    Any(Separator),
}

/// No `ending` begins in this range of the bytes that the device gave, counted from the first
/// one it ever gave: so a search that is repeated goes on where it stopped. Bytes that were given
/// do not change, which makes this true forever.
struct Known {
    ending: Ending,
    range: Range<u64>,
}

/// What is known by the last searches, each for another ending, that did not come to their end.
#[derive(Default)]
pub(super) struct Searches {
    /// Most streams are searched for one ending: that allocates nothing.
    first: Option<Known>,
    others: Vec<Known>,
    /// Nothing is known of the bytes from this one on.
    end: u64,
}

impl Searches {
    /// How many bytes from number `here` on are known not to begin with `ending`.
    fn seen(&self, ending: &Ending, here: u64) -> u64 {
        let all = self.first.iter().chain(&self.others);
        let same = all.filter(|known| known.range.contains(&here) && known.ending.is(ending));
        same.map(|known| known.range.end - here).max().unwrap_or(0)
    }

    fn remember(&mut self, ending: &Ending, range: Range<u64>) {
        self.end = self.end.max(range.end);
        let mut all = self.first.iter_mut().chain(&mut self.others);
        if let Some(known) = all.find(|known| known.ending.is(ending)) {
            known.range = range;
            return;
        }
        // What is known of bytes that are gone is of no use.
        let here = range.start;
        let is_of_use = |known: &Known| known.range.end > here;
        self.others.retain(is_of_use);
        let ending = ending.clone();
        let known = Known { ending, range };
        if self.first.as_ref().is_some_and(is_of_use) {
            if self.others.len() == OTHERS {
                self.others.remove(0);
            }
            self.others.push(known);
        } else {
            self.first = Some(known);
        }
    }
}

impl Ending {
    /// Where this stands first in `bytes`, of which none begins before `from`; or before where
    /// none begins. With `ended` nothing can follow that would decide otherwise.
    fn find_in(&self, bytes: &[u8], from: usize, ended: bool) -> Result<Range<usize>, usize> {
        match self {
            Ending::Byte(byte) => match memchr(*byte, &bytes[from..]) {
                Some(at) => Ok(from + at..from + at + 1),
                None => Err(bytes.len()),
            },
            Ending::Any(separator) => separator.find_in(bytes, from, ended),
        }
    }

    fn is(&self, other: &Ending) -> bool {
        match (self, other) {
            (Ending::Byte(one), Ending::Byte(other)) => one == other,
            (Ending::Any(one), Ending::Any(other)) => one.is(other),
            _ => false,
        }
    }
}

impl ReadWindow {
    /// How long a record may be, in bytes without what ends it.
    pub(in crate::buffered) fn limit(&self) -> Option<usize> {
        (self.limit < usize::MAX).then_some(self.limit)
    }

    pub(in crate::buffered) fn set_limit(&mut self, limit: Option<usize>) {
        self.limit = limit.unwrap_or(usize::MAX);
        self.refused = None;
    }

    /// How many unread bytes are known not to begin with `ending`.
    #[inline]
    fn seen(&self, ending: &Ending) -> usize {
        let here = self.number();
        // Most records end within one block, of which nothing is known before it is looked at: one
        // comparison then, many times a block.
        if here >= self.known.end {
            return 0;
        }
        self.seen_slow(ending, here)
    }

    #[cold]
    fn seen_slow(&self, ending: &Ending, here: u64) -> usize {
        let seen = self.known.seen(ending, here);
        usize::try_from(seen).map_or(self.len(), |seen| seen.min(self.len()))
    }

    fn remember(&mut self, ending: &Ending, seen: usize) {
        let here = self.number();
        self.known.remember(ending, here..here + seen as u64);
    }

    fn check_limit(&self, length: usize) -> Result<()> {
        let limit = self.limit;
        if length > limit {
            Err(Error::LineTooLong { limit })
        } else {
            Ok(())
        }
    }

    /// Reads until the record is complete or the device ends. Returns its length with what ends
    /// it, or that of everything; takes nothing. Each byte is looked at once, however often this
    /// is called within one search.
    pub(super) fn find(&mut self, device: &mut impl RawIo, ending: &Ending) -> Result<usize> {
        let mut seen = self.seen(ending);
        let mut ended = false;
        loop {
            match ending.find_in(self.data(), seen, ended) {
                Ok(found) => {
                    self.check_limit(found.start)?;
                    return Ok(found.end);
                }
                Err(none_before) => seen = none_before,
            }
            if ended {
                self.check_limit(self.len())?;
                return Ok(self.len());
            }
            self.remember(ending, seen);
            self.check_limit(seen)?;
            ended = self.fill(device, 0)? == 0;
        }
    }

    /// The next record, without a copy of what is in one block.
    pub(in crate::buffered) fn read_record(
        &mut self,
        device: &mut impl RawIo,
        ending: &Ending,
    ) -> Result<Chunk> {
        let n = self.find(device, ending)?;
        Ok(self.take_chunk(n))
    }

    /// The next record, in the window's own memory.
    #[inline]
    pub(in crate::buffered) fn slice_until(
        &mut self,
        device: &mut impl RawIo,
        byte: u8,
    ) -> Result<&[u8]> {
        let start = self.start;
        match self.near_end(byte) {
            Some(end) => self.start = end,
            None => return self.take_far(device, byte),
        }
        self.ends.advance();
        Ok(&self.block()[start..self.start])
    }

    /// The place behind the next record, if that is as nearly always: looked at, all here, and not
    /// too long.
    #[inline(always)]
    fn near_end(&mut self, byte: u8) -> Option<usize> {
        let end = self.ends.peek_byte(byte)?;
        let is_here = self.start <= end && end < self.block().len();
        (is_here && end - self.start <= self.limit).then_some(end + 1)
    }

    /// Takes a record that was not looked for, ends behind the block, is too long, or is behind
    /// bytes that were taken in another way.
    #[inline(never)]
    fn take_far(&mut self, device: &mut impl RawIo, byte: u8) -> Result<&[u8]> {
        let (start, ending) = (self.start, Ending::Byte(byte));
        let seen = self.seen(&ending);
        if seen < self.len() {
            self.ends.set_pattern(Pattern::Byte(byte));
            let block = self.tail.as_ref().map_or(&[][..], Tail::frozen);
            if self.ends.find(block, start + seen).is_none() {
                self.remember(&ending, self.len());
            }
            if let Some(end) = self.near_end(byte) {
                self.start = end;
                self.ends.advance();
                return Ok(&self.block()[start..end]);
            }
        }
        let n = self.find(device, &ending)?;
        let start = self.start;
        self.start += n;
        Ok(&self.block()[start..self.start])
    }

    /// Drops what is left of the record, and what ends it; returns how many bytes these were.
    /// Needs no more memory than a block; after an error it goes on when it is called again.
    pub(in crate::buffered) fn skip_record(
        &mut self,
        device: &mut impl RawIo,
        ending: &Ending,
    ) -> Result<u64> {
        let (mut skipped, mut ended) = (0, false);
        loop {
            let (n, done) = match ending.find_in(self.data(), self.seen(ending), ended) {
                Ok(found) => (found.end, true),
                Err(_) if ended => (self.len(), true),
                Err(none_before) => (none_before, false),
            };
            self.consume(n);
            skipped += n as u64;
            if done {
                return Ok(skipped);
            }
            ended = self.fill(device, 0)? == 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raw::Adapter;
    use std::io::{self, Read};

    /// Gives one byte, and then nothing for now, in turns.
    struct Trickle(usize);

    impl Read for Trickle {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            self.0 += 1;
            match self.0 % 2 {
                0 => Err(io::ErrorKind::WouldBlock.into()),
                _ => io::repeat(b'.').read(&mut buf[..1]),
            }
        }
    }

    #[test]
    fn a_repeated_search_goes_on_where_it_stopped() {
        let lines = Ending::Byte(b'\n');
        let heads = Ending::Any(Separator::new("\r\n\r\n").expect("it is not empty"));
        let mut device = Adapter::reader(Trickle(0));
        let mut window = ReadWindow::new(4);
        for there in 1..50 {
            for ending in [&heads, &lines] {
                assert!(window.find(&mut device, ending).is_err());
                assert_eq!(
                    window.seen(ending),
                    window.len(),
                    "not one byte is left to look at"
                );
            }
            assert_eq!(window.len(), 2 * there);
            assert_eq!(
                window.seen(&heads),
                2 * there - 1,
                "and so is the other one"
            );
        }
        window.consume(30);
        assert_eq!(window.seen(&lines), window.len());
    }

    /// Marks for one byte are gone when those for another are wanted.
    #[test]
    fn slices_that_are_wanted_in_turn_are_searched_for_once() {
        let mut device = Adapter::reader(Trickle(0));
        let mut window = ReadWindow::new(1000);
        for there in 1..200 {
            for byte in *b"\n,;" {
                assert!(window.slice_until(&mut device, byte).is_err());
            }
            assert_eq!(window.len(), 3 * there);
            for (byte, unseen) in [(b'\n', 2), (b',', 1), (b';', 0)] {
                assert_eq!(window.seen(&Ending::Byte(byte)), 3 * there - unseen);
            }
        }
    }

    /// However many are searched for, what is remembered does not grow.
    #[test]
    fn only_some_searches_are_remembered_and_none_of_bytes_that_are_gone() {
        let mut device = Adapter::reader(Trickle(0));
        let mut window = ReadWindow::new(100);
        for byte in 0..40 {
            assert!(window.slice_until(&mut device, byte).is_err());
        }
        assert_eq!(window.known.others.len(), OTHERS);
        window.consume(window.len());
        assert!(window.slice_until(&mut device, b'\n').is_err());
        assert_eq!(window.known.others.len(), 0);
    }

    /// Bytes that were taken in another way cost the lines behind them nothing.
    #[test]
    fn marks_that_were_passed_by_are_dropped() {
        let mut device = Adapter::reader(&b"a\nb\nc\nd\n"[..]);
        let mut window = ReadWindow::new(64);
        window.fill_if_empty(&mut device).expect("bytes");
        assert_eq!(
            window.slice_until(&mut device, b'\n').ok(),
            Some(&b"a\n"[..])
        );
        window.consume(2);
        assert_eq!(
            window.near_end(b'\n'),
            None,
            "what is ready was taken already"
        );
        assert_eq!(
            window.slice_until(&mut device, b'\n').ok(),
            Some(&b"c\n"[..])
        );
        assert_eq!(
            window.near_end(b'\n'),
            Some(8),
            "the next line is as near as ever"
        );
    }
}
