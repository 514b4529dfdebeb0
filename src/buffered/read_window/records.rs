//! Records: bytes up to and with what ends them.
//!
//! Those of this crate leave everything in place when they fail. std's `read_until` and `read_line`,
//! which its iterators `lines` and `split` are made of, get past what is wrong with the data: an
//! iterator that is asked again must not meet the same error forever.

use super::ReadWindow;
use crate::buffered::resume::Delimiter;
use crate::chunk::{Chunk, Tail};
use crate::error::{Error, Result, not_utf8};
use crate::raw::RawIo;
use crate::scan::Pattern;

impl ReadWindow {
    /// How long a record may be, in bytes without what ends it.
    pub(in crate::buffered) fn limit(&self) -> Option<usize> {
        (self.limit < usize::MAX).then_some(self.limit)
    }

    pub(in crate::buffered) fn set_limit(&mut self, limit: Option<usize>) {
        self.limit = limit.unwrap_or(usize::MAX);
        self.refused = None;
    }

    /// How many unread bytes are known not to begin with `delimiter`.
    #[inline]
    fn seen(&self, delimiter: &Delimiter) -> usize {
        let seen = self.searches.seen(delimiter, self.number());
        usize::try_from(seen).map_or(self.len(), |seen| seen.min(self.len()))
    }

    fn remember(&mut self, delimiter: &Delimiter, seen: usize) {
        let here = self.number();
        self.searches.remember(delimiter, here..here + seen as u64);
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
    pub(super) fn find(&mut self, device: &mut impl RawIo, delimiter: &Delimiter) -> Result<usize> {
        let mut seen = self.seen(delimiter);
        let mut ended = false;
        loop {
            match delimiter.find_in(self.data(), seen, ended) {
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
            self.remember(delimiter, seen);
            self.check_limit(seen)?;
            ended = self.fill(device, 0)? == 0;
        }
    }

    /// The next record, without a copy of what is in one block.
    pub(in crate::buffered) fn read_record(
        &mut self,
        device: &mut impl RawIo,
        delimiter: &Delimiter,
    ) -> Result<Chunk> {
        let n = self.find(device, delimiter)?;
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
        match self.ready_end(byte) {
            Some(end) => self.start = end,
            None => return self.take_slow(device, byte),
        }
        self.ends.advance();
        Ok(&self.block()[start..self.start])
    }

    /// The place after the next record, if that is as nearly always: looked at, all here, and not
    /// too long.
    #[inline]
    fn ready_end(&mut self, byte: u8) -> Option<usize> {
        let end = self.ends.peek_byte(byte)?;
        let is_here = self.start <= end && end < self.block().len();
        (is_here && end - self.start <= self.limit).then_some(end + 1)
    }

    /// Takes a record that was not looked for, ends after the block, is too long, or comes after
    /// bytes that were taken in another way.
    #[inline(never)] // row 1b
    fn take_slow(&mut self, device: &mut impl RawIo, byte: u8) -> Result<&[u8]> {
        let (start, delimiter) = (self.start, Delimiter::Byte(byte));
        let seen = self.seen(&delimiter);
        if seen < self.len() {
            self.ends.set_pattern(Pattern::Byte(byte));
            let block = self.tail.as_ref().map_or(&[][..], Tail::frozen);
            if self.ends.find(block, start + seen).is_none() {
                self.remember(&delimiter, self.len());
            }
            if let Some(end) = self.ready_end(byte) {
                self.start = end;
                self.ends.advance();
                return Ok(&self.block()[start..end]);
            }
        }
        let n = self.find(device, &delimiter)?;
        let start = self.start;
        self.start += n;
        Ok(&self.block()[start..self.start])
    }

    /// Drops what is left of the record, and what ends it; returns how many bytes these were.
    /// Needs no more memory than a block; after an error it goes on when it is called again.
    pub(in crate::buffered) fn skip_record(
        &mut self,
        device: &mut impl RawIo,
        delimiter: &Delimiter,
    ) -> Result<u64> {
        let (mut skipped, mut ended) = (0, false);
        loop {
            let (n, done) = match delimiter.find_in(self.data(), self.seen(delimiter), ended) {
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

    /// Appends up to and with `byte`, or to the end, or leaves everything in place. A record that
    /// was too long for the last call is passed over.
    pub(in crate::buffered) fn read_until(
        &mut self,
        device: &mut impl RawIo,
        byte: u8,
        buf: &mut Vec<u8>,
    ) -> Result<usize> {
        if self.refused.is_some() {
            self.pass_over(device, byte)?;
        }
        match self.slice_until(device, byte) {
            Ok(record) => {
                buf.extend_from_slice(record);
                Ok(record.len())
            }
            Err(error) => Err(self.refuse(error, byte)),
        }
    }

    /// Appends a line of UTF-8, or leaves everything in place. A line that is not UTF-8 is taken,
    /// and handed back in the error.
    pub(in crate::buffered) fn read_line(
        &mut self,
        device: &mut impl RawIo,
        buf: &mut String,
    ) -> Result<usize> {
        if self.refused.is_some() {
            self.pass_over(device, b'\n')?;
        }
        let n = match self.find(device, &Delimiter::Byte(b'\n')) {
            Ok(n) => n,
            Err(error) => return Err(self.refuse(error, b'\n')),
        };
        match simdutf8::compat::from_utf8(&self.data()[..n]) {
            Ok(line) => buf.push_str(line),
            Err(_) => return Err(self.hand_back(device, n)),
        }
        self.consume(n);
        Ok(n)
    }

    /// Takes the next `n` bytes, a line, into an error. Where that cannot say the line's place,
    /// nothing is taken, and the error is that of the device.
    fn hand_back(&mut self, device: &mut impl RawIo, n: usize) -> Error {
        let offset = match self.offset(device) {
            Ok(offset) => offset,
            Err(error) => return error,
        };
        let line = self.data()[..n].to_vec();
        self.consume(n);
        not_utf8(offset, line)
    }

    /// The error of a call for a record. One that is too long will be passed over.
    fn refuse(&mut self, error: Error, byte: u8) -> Error {
        if let Error::LineTooLong { .. } = error {
            self.refused = Some((self.number(), byte));
        }
        error
    }

    /// Passes over the record that was refused, if the stream still stands there. After an error
    /// the next call goes on with that.
    fn pass_over(&mut self, device: &mut impl RawIo, byte: u8) -> Result<()> {
        if self.refused.take() != Some((self.number(), byte)) {
            return Ok(());
        }
        let outcome = self.skip_record(device, &Delimiter::Byte(byte));
        if outcome.is_err() {
            self.refused = Some((self.number(), byte));
        }
        outcome.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chunk::Separator;
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
        let lines = Delimiter::Byte(b'\n');
        let heads = Delimiter::Any(Separator::new("\r\n\r\n").expect("it is not empty"));
        let mut device = Adapter::reader(Trickle(0));
        let mut window = ReadWindow::new(4);
        for there in 1..50 {
            for delimiter in [&heads, &lines] {
                assert!(window.find(&mut device, delimiter).is_err());
                assert_eq!(
                    window.seen(delimiter),
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
                assert_eq!(window.seen(&Delimiter::Byte(byte)), 3 * there - unseen);
            }
        }
    }

    /// Bytes that were taken in another way cost the lines after them nothing.
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
            window.ready_end(b'\n'),
            None,
            "what is ready was taken already"
        );
        assert_eq!(
            window.slice_until(&mut device, b'\n').ok(),
            Some(&b"c\n"[..])
        );
        assert_eq!(
            window.ready_end(b'\n'),
            Some(8),
            "the next line is as near as ever"
        );
    }
}
