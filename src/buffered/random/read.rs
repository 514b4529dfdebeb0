//! How a [`Cursor`] reads: from the window, from the scratch, or past both.

use std::io::{self, IoSliceMut, Read};

use memchr::memchr;

use super::cursor::Cursor;
use crate::buffered::resume::Delimiter;
use crate::buffered::{reserve, reserve_text};
use crate::chunk::Chunk;
use crate::error::{Error, Result, append_line, whole_chars};
use crate::raw::RawIo;

/// A character of UTF-8 has so many bytes at most.
const LONGEST: usize = 4;

impl<D: RawIo> Cursor<D> {
    #[inline]
    pub(super) fn read(&mut self, buf: &mut [u8]) -> Result<usize> {
        let at = self.reading()?;
        let n = match self.window.from(at).get(..buf.len()) {
            Some(bytes) => {
                buf.copy_from_slice(bytes);
                buf.len()
            }
            None => self.read_some(at, buf)?,
        };
        self.moved_to(at + n as u64);
        Ok(n)
    }

    #[inline]
    pub(super) fn moved_to(&mut self, end: u64) {
        (self.position, self.read_end) = (Some(end), end);
    }

    /// Reads what is there, or else once from the device: straight into a large `buf`, or a
    /// small one if what is around it will not be wanted.
    fn read_some(&mut self, at: u64, buf: &mut [u8]) -> Result<usize> {
        if self.cached(at).is_empty() {
            self.forget_scratch();
        }
        self.read_on(at, buf)
    }

    /// The same, and what is in the scratch stays there.
    fn read_on(&mut self, at: u64, buf: &mut [u8]) -> Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        if self.cached(at).is_empty() {
            if self.goes_past(at, buf.len()) {
                return self.read_past(at, buf);
            }
            self.window.load(&mut self.device, at, buf.len())?;
        }
        let bytes = self.cached(at);
        let n = bytes.len().min(buf.len());
        buf[..n].copy_from_slice(&bytes[..n]);
        Ok(n)
    }

    /// Whether a read of `n` bytes at `at`, which are not in memory, had better be past the window:
    /// it is large, or it goes far away and the last one that did was not gone on with.
    #[inline]
    fn goes_past(&mut self, at: u64, n: usize) -> bool {
        let size = self.window.size();
        if n >= size {
            return true;
        }
        if !self.jumps(at) {
            return false;
        }
        let alone = self.read_end == self.jump_end;
        self.jump_end = at + n as u64;
        alone
    }

    /// Whether `at` is far from where the last read ended, and from the window.
    #[inline]
    fn jumps(&self, at: u64) -> bool {
        self.read_end.abs_diff(at) > self.window.size() as u64 && self.window.is_far(at)
    }

    /// Reads once past the window, up to the next byte that the device does not have yet.
    #[inline]
    fn read_past(&mut self, at: u64, buf: &mut [u8]) -> Result<usize> {
        if self.window.is_clean() {
            self.device.read_at(buf, at)
        } else {
            self.read_past_pending(at, buf)
        }
    }

    fn read_past_pending(&mut self, at: u64, buf: &mut [u8]) -> Result<usize> {
        loop {
            self.window.close_hole(&mut self.device)?;
            let range = at..=at + (buf.len() as u64 - 1);
            let free = self.window.first_dirty(range).map(|dirty| dirty - at);
            let len = free.map_or(buf.len(), |free| {
                usize::try_from(free).expect("it lies inside the memory that is read to")
            });
            let n = self.device.read_at(&mut buf[..len], at)?;
            if n > 0 || !self.window.found_hole(at) {
                return Ok(n);
            }
        }
    }

    /// Fills `buf` where all of it is in the window; else does nothing.
    #[inline]
    pub(super) fn read_ready(&mut self, buf: &mut [u8]) -> bool {
        if !self.permissions.readable || !self.owed.1.is_empty() {
            return false;
        }
        let Some(at) = &mut self.position else {
            return false;
        };
        let Some(bytes) = self.window.ready(*at, buf.len()) else {
            return false;
        };
        buf.copy_from_slice(bytes);
        *at += bytes.len() as u64;
        self.read_end = *at;
        true
    }

    /// Fills `buf`, or leaves the position and keeps what was read for the next call.
    pub(super) fn read_exact(&mut self, buf: &mut [u8]) -> Result<()> {
        let at = self.reading()?;
        match self.window.from(at).get(..buf.len()) {
            Some(bytes) => buf.copy_from_slice(bytes),
            None => {
                if self.is_lone_jump(at, buf.len()) {
                    self.read_lone(at, buf)?;
                } else {
                    self.read_pieces(at, buf, 0)?;
                }
            }
        }
        self.moved_to(at + buf.len() as u64);
        Ok(())
    }

    /// Whether a read of `n` bytes at `at` [goes past](Cursor::goes_past) because it jumps, and
    /// nothing that is in memory matters to it.
    #[inline]
    fn is_lone_jump(&self, at: u64, n: usize) -> bool {
        self.read_end == self.jump_end
            && self.window.is_clean()
            && self.scratch.is_idle()
            && (1..self.window.size()).contains(&n)
            && self.jumps(at)
    }

    /// The short way for a lone jump: one call of the device as a rule.
    #[inline]
    fn read_lone(&mut self, at: u64, buf: &mut [u8]) -> Result<()> {
        let expected = buf.len();
        self.jump_end = at + expected as u64;
        match self.device.read_at(buf, at)? {
            n if n == expected => Ok(()),
            0 => Err(Error::PartialRead {
                available: 0,
                expected,
            }),
            n => self.read_pieces(at, buf, n),
        }
    }

    /// Fills `buf`, in which there are `done` bytes already. What an earlier try kept is not
    /// touched before the last byte is there, so that tries cost no more than what comes in them.
    #[inline(never)] // row 4c
    fn read_pieces(&mut self, at: u64, buf: &mut [u8], mut done: usize) -> Result<()> {
        let kept = match done {
            0 => self.scratch.from(at).len().min(buf.len()),
            _ => 0,
        };
        done += kept;
        while done < buf.len() {
            let here = at + done as u64;
            match self.read_on(here, &mut buf[done..]) {
                Ok(0) => {
                    // What has positions gives all of this again. It may be a whole file.
                    if !self.device.device.positioned() {
                        self.keep(at, kept, &buf[kept..done]);
                    }
                    return Err(Error::PartialRead {
                        available: done,
                        expected: buf.len(),
                    });
                }
                Ok(n) => done += n,
                Err(error) => {
                    self.keep(at, kept, &buf[kept..done]);
                    return Err(error);
                }
            }
        }
        buf[..kept].copy_from_slice(&self.scratch.from(at)[..kept]);
        if self.scratch.from(at + done as u64).is_empty() {
            self.forget_scratch();
        }
        Ok(())
    }

    /// Keeps what a failed call has read, as far as there is memory for it: after the `kept` bytes
    /// that are in the scratch already.
    fn keep(&mut self, at: u64, kept: usize, fresh: &[u8]) {
        if kept == 0 {
            self.scratch.clear();
            self.scratch.begin(at, &[]);
        }
        self.scratch.extend_if_possible(fresh);
    }

    /// The next bytes, at most `max`: shared with the window, or lent by the device.
    pub(super) fn read_chunk(&mut self, max: usize) -> Result<Chunk> {
        let at = self.reading()?;
        let chunk = match self.lent(at, max)? {
            Some(chunk) => chunk,
            None => self.shared(at, max)?,
        };
        self.position = Some(at + chunk.len() as u64);
        Ok(chunk)
    }

    /// The next bytes, if the device is memory and lends them; what is pending it has then.
    fn lent(&mut self, at: u64, max: usize) -> Result<Option<Chunk>> {
        if !self.cached(at).is_empty() || !self.device.lends()? {
            return Ok(None);
        }
        self.write_back()?;
        self.device.lend_at(max, at)
    }

    /// The next bytes in the window, which they share.
    fn shared(&mut self, at: u64, max: usize) -> Result<Chunk> {
        let n = self.filled(at, max)?.len().min(max);
        Ok(if self.window.from(at).is_empty() {
            Chunk::copy_from_slice(&self.scratch.from(at)[..n])
        } else {
            self.window.chunk(at, n)
        })
    }

    /// The bytes from `at` on that are in memory.
    pub(super) fn cached(&self, at: u64) -> &[u8] {
        match self.window.from(at) {
            [] => self.scratch.from(at),
            bytes => bytes,
        }
    }

    /// The bytes from `at` on; reads if none are in memory. Nothing is the end. Of these bytes
    /// `want` are wanted at least.
    fn filled(&mut self, at: u64, want: usize) -> Result<&[u8]> {
        if self.cached(at).is_empty() {
            self.load(at, want)?;
        }
        Ok(self.cached(at))
    }

    /// Reads the bytes from `at` on, of which none are in memory.
    fn load(&mut self, at: u64, want: usize) -> Result<()> {
        self.window.load(&mut self.device, at, want)?;
        self.forget_scratch();
        Ok(())
    }

    /// The next bytes, as many as there are in one piece; reads if none are.
    pub(super) fn fill(&mut self) -> Result<&[u8]> {
        let at = self.reading()?;
        self.filled(at, self.window.size())
    }

    /// Takes `n` bytes; at most what is in memory.
    pub(super) fn consume(&mut self, mut n: usize) {
        while let Some(at) = self.position {
            let taken = self.cached(at).len().min(n);
            if taken == 0 {
                break;
            }
            self.position = Some(at + taken as u64);
            n -= taken;
        }
    }

    pub(super) fn peek(&mut self, n: usize) -> Result<&[u8]> {
        let n = self.gather(n, |bytes, _| (bytes.len() >= n).then_some(n))?;
        Ok(self.gathered(n))
    }

    /// Appends up to and with `byte`, or to the end, or takes nothing.
    pub(super) fn read_until(&mut self, byte: u8, buf: &mut Vec<u8>) -> Result<usize> {
        let n = self.find(byte)?;
        buf.extend_from_slice(self.gathered(n));
        self.consume(n);
        Ok(n)
    }

    /// How long the next line is, with its `byte`, or all that is left. A repeated call looks only
    /// at what came since.
    pub(super) fn find(&mut self, byte: u8) -> Result<usize> {
        let at = self.reading()?;
        let delimiter = Delimiter::Byte(byte);
        let seen = self.scratch.searches.seen(&delimiter, at);
        let mut looked_at = usize::try_from(seen).unwrap_or(usize::MAX);
        let outcome = self.gather(usize::MAX, |bytes, seen| {
            let from = looked_at.max(seen);
            let found = memchr(byte, bytes.get(from..).unwrap_or_default());
            looked_at = bytes.len().max(from);
            found.map(|i| from + i + 1)
        });
        if outcome.is_err() && self.scratch.from(at).len() >= looked_at {
            let searched = at..at + looked_at as u64;
            self.scratch.searches.remember(&delimiter, searched);
        }
        outcome
    }

    /// Reads until `enough` finds, in the bytes from the position on, how many are wanted, or the
    /// device ends; they are then in one piece. Its second argument is how many bytes it was
    /// shown before; it is shown `most` at most. An error keeps what was read.
    fn gather(
        &mut self,
        most: usize,
        mut enough: impl FnMut(&[u8], usize) -> Option<usize>,
    ) -> Result<usize> {
        let at = self.reading()?;
        let bytes = self.filled(at, self.window.size())?;
        let mut seen = bytes.len();
        if let Some(n) = enough(bytes, 0) {
            return Ok(n);
        }
        self.scratch.begin(at, self.window.from(at));
        while seen > 0 {
            let bytes = self.scratch.from(at);
            if let Some(n) = enough(bytes, seen) {
                return Ok(n);
            }
            seen = bytes.len();
            let end = at + seen as u64;
            if self.window.from(end).is_empty() {
                self.window
                    .load(&mut self.device, end, self.window.size())?;
            }
            match self.window.from(end) {
                [] => break,
                more => self.scratch.extend(&more[..more.len().min(most - seen)]),
            }
        }
        Ok(seen)
    }

    /// The `n` bytes that were gathered.
    pub(super) fn gathered(&mut self, n: usize) -> &[u8] {
        let at = self.position.unwrap_or_default();
        if self.cached(at).len() < n {
            &self.scratch.from(at)[..n]
        } else {
            &self.cached(at)[..n]
        }
    }

    /// Fills the slices, of which one has room at least, with what is in memory; if nothing is,
    /// after one call of the device.
    pub(super) fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> Result<usize> {
        let mut bufs = bufs.iter_mut().filter(|buf| !buf.is_empty());
        let Some(first) = bufs.next() else {
            return Ok(0);
        };
        if first.len() >= self.window.size() && !self.has_ahead() {
            return self.read(first);
        }
        self.fill()?;
        let mut done = self.take(first);
        let mut is_full = done == first.len();
        while is_full && let Some(buf) = bufs.next() {
            let n = self.take(buf);
            is_full = n == buf.len();
            done += n;
        }
        Ok(done)
    }

    /// Fills `buf` as far as that is possible without the device; returns how far.
    fn take(&mut self, buf: &mut [u8]) -> usize {
        let mut done = 0;
        while let Some(at) = self.position {
            let bytes = self.cached(at);
            let n = bytes.len().min(buf.len() - done);
            if n == 0 {
                break;
            }
            buf[done..done + n].copy_from_slice(&bytes[..n]);
            done += n;
            self.moved_to(at + n as u64);
        }
        done
    }

    /// Appends everything to the end. What was appended before an error is taken.
    pub(super) fn read_to_end(&mut self, buf: &mut Vec<u8>) -> Result<usize> {
        let rest = self.expected()?;
        reserve(buf, rest);
        Ok(Plain(self).read_to_end(buf)?)
    }

    /// Appends everything to the end as text. The string gets the whole characters, and the stream
    /// then stands after them: before malformed bytes, or before what has come of a character
    /// whose rest has not.
    pub(super) fn read_to_string(&mut self, buf: &mut String) -> Result<usize> {
        let rest = self.expected()?;
        reserve_text(buf, rest);
        let before = buf.len();
        loop {
            let bytes = self.fill()?;
            let is_end = bytes.is_empty();
            let (text, _) = whole_chars(bytes, false);
            buf.push_str(text);
            let taken = text.len();
            self.consume(taken);
            if is_end {
                return Ok(buf.len() - before);
            }
            if taken == 0 {
                self.read_char(buf)?;
            }
        }
    }

    /// Appends the next character, which may reach beyond the window.
    fn read_char(&mut self, buf: &mut String) -> Result<()> {
        // No more than it has: the device may have nothing now after a whole character.
        for n in 1..=LONGEST {
            let bytes = self.peek(n)?;
            let (text, wrong) = whole_chars(bytes, bytes.len() < n);
            if let Some(ch) = text.chars().next() {
                buf.push(ch);
                self.consume(ch.len_utf8());
                return Ok(());
            }
            if let Some(wrong) = wrong {
                return Err(wrong.at(self.tell()?));
            }
        }
        Ok(())
    }

    /// Appends a line of UTF-8. A line that is not UTF-8 is taken and handed back in the error; any
    /// other error takes nothing.
    pub(super) fn read_line(&mut self, buf: &mut String) -> Result<usize> {
        let n = self.find(b'\n')?;
        let at = self.tell()?;
        let outcome = append_line(buf, self.gathered(n), at);
        self.consume(n);
        outcome
    }
}

/// A stream without calls of its own but one: what std makes of that.
struct Plain<'a, D: RawIo>(&'a mut Cursor<D>);

impl<D: RawIo> Read for Plain<'_, D> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        Ok(self.0.read(buf)?)
    }
}
