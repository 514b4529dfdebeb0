//! [`CacheCursor`]: one position over the blocks of a device.
//!
//! Invariants: the position is where the caller is, and the device's own does not matter before the
//! next flush. It is `None` until it is asked for, and after a write that appended. A closed cache
//! can neither be read nor written, so the paths without a device call check nothing else.

use std::io::{ErrorKind, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::blocks::{Blocks, EVERYTHING};
use crate::buffered::device_position::{in_reach, moved};
use crate::buffered::permissions::Permissions;
use crate::buffered::positioned_device::PositionedDevice;
use crate::error::{Error, Operation, Result, both, report_at_drop, whole_chars};
use crate::raw::RawIo;

/// The length of the longest character of UTF-8, in bytes.
const LONGEST: usize = 4;

pub(super) struct CacheCursor<D> {
    pub(super) device: PositionedDevice<D>,
    pub(super) blocks: Blocks,
    pub(super) position: Option<u64>,
    /// What a `read_exact` or `read_to_string` that failed had read, and its offset. The next try
    /// goes on with it: the blocks that it came from may have made way for the ones after them.
    unfinished: (u64, Vec<u8>),
    /// An error that came after a part of a call's bytes was accepted. The next call that writes,
    /// or the flush, returns it: the device may not report it again.
    failed: Option<Box<Error>>,
    pub(super) permissions: Permissions,
    pub(super) appends: bool,
}

impl<D: RawIo> CacheCursor<D> {
    pub(super) fn new(blocks: Blocks, device: D) -> CacheCursor<D> {
        CacheCursor {
            permissions: Permissions::of(&device),
            appends: device.is_append_only(),
            device: PositionedDevice::new(device),
            blocks,
            position: None,
            unfinished: (0, Vec::new()),
            failed: None,
        }
    }

    /// Where the stream stands. Asks the device if that is not known.
    #[inline]
    pub(super) fn tell(&mut self) -> Result<u64> {
        match self.position {
            Some(at) => Ok(at),
            None => self.ask(),
        }
    }

    fn ask(&mut self) -> Result<u64> {
        self.permissions.check_open()?;
        let at = in_reach(self.device.position()?)?;
        self.position = Some(at);
        Ok(at)
    }

    /// Asks a device where it stands before it is moved to be read or written elsewhere.
    fn find_position(&mut self) -> Result<()> {
        if self.position.is_none() && !self.device.device.supports_read_at() {
            self.ask()?;
        }
        Ok(())
    }

    /// Fills `buf` where all of it is in one block.
    #[inline]
    pub(super) fn read_ready(&mut self, buf: &mut [u8], at: u64) -> bool {
        if !self.permissions.readable {
            return false;
        }
        match self.blocks.ready(at, buf.len()) {
            Some(bytes) => {
                buf.copy_from_slice(bytes);
                true
            }
            None => false,
        }
    }

    /// Reads what a block has at `at`, after reading the block if it is not in memory. A `buf` of a
    /// block or more is read into directly, but only from a device with positioned reads: one that
    /// has to be moved may refuse to go back, so what it gave stays in a block.
    pub(super) fn read_slow(&mut self, buf: &mut [u8], at: u64) -> Result<usize> {
        self.permissions.check_readable()?;
        if buf.is_empty() || in_reach(at).is_err() {
            return Ok(0);
        }
        self.find_position()?;
        if self.blocks.get(at).is_empty() {
            if buf.len() >= self.blocks.size() && self.device.device.supports_read_at() {
                return self.blocks.read_past(&mut self.device, buf, at);
            }
            self.blocks.load(&mut self.device, at)?;
        }
        let bytes = self.blocks.get(at);
        let n = bytes.len().min(buf.len());
        buf[..n].copy_from_slice(&bytes[..n]);
        Ok(n)
    }

    /// Reads at the position, and moves it.
    #[inline]
    pub(super) fn read_here(&mut self, buf: &mut [u8]) -> Result<usize> {
        let at = self.tell()?;
        let n = if self.read_ready(buf, at) {
            buf.len()
        } else {
            self.read_slow(buf, at)?
        };
        self.position = Some(at + n as u64);
        Ok(n)
    }

    /// Fills `buf`, or leaves the position and keeps what was read for the next call. What an
    /// earlier try kept is not touched before the last byte is there, so that tries cost no more
    /// than what comes in them.
    pub(super) fn read_exact_slow(&mut self, buf: &mut [u8]) -> Result<()> {
        self.permissions.check_readable()?;
        let (at, expected) = (self.tell()?, buf.len());
        let kept = self.go_on(at).min(expected);
        let mut available = kept;
        while available < expected {
            let outcome = self.read_slow(&mut buf[available..], at + available as u64);
            match outcome {
                Ok(n) if n > 0 => available += n,
                outcome => {
                    let fresh = &buf[kept..available];
                    if self.unfinished.1.try_reserve(fresh.len()).is_ok() {
                        self.unfinished.1.extend_from_slice(fresh);
                    }
                    let end = Error::partial_read(available, expected);
                    return Err(outcome.err().unwrap_or(end));
                }
            }
        }
        // Last, so that a try that fails again has not copied them.
        buf[..kept].copy_from_slice(&self.unfinished.1[..kept]);
        self.forget_unfinished();
        self.position = Some(at + expected as u64);
        Ok(())
    }

    /// How many bytes from `at` on an earlier try has kept; others are forgotten.
    fn go_on(&mut self, at: u64) -> usize {
        if self.unfinished.0 != at {
            self.unfinished = (at, Vec::new());
        }
        self.unfinished.1.len()
    }

    pub(super) fn forget_unfinished(&mut self) {
        self.unfinished.1 = Vec::new();
    }

    /// Appends everything to the end as text. The string gets the whole characters, and the stream
    /// then stands after them.
    pub(super) fn read_to_string(&mut self, buf: &mut String) -> Result<usize> {
        self.permissions.check_readable()?;
        let before = buf.len();
        loop {
            let at = self.tell()?;
            if self.go_on(at) > 0 {
                self.read_char(buf, at)?;
                continue;
            }
            if self.blocks.get(at).is_empty() {
                self.blocks.load(&mut self.device, at)?;
            }
            let bytes = self.blocks.get(at);
            if bytes.is_empty() {
                return Ok(buf.len() - before);
            }
            let (text, _) = whole_chars(bytes, false);
            buf.push_str(text);
            self.position = Some(at + text.len() as u64);
            if text.is_empty() {
                self.read_char(buf, at)?;
            }
        }
    }

    /// Appends the character at `at`, which may lie in several blocks.
    fn read_char(&mut self, buf: &mut String, at: u64) -> Result<()> {
        for wanted in 1..=LONGEST {
            let mut came = self.go_on(at);
            if came < wanted {
                let mut next = [0];
                came += self.read_slow(&mut next, at + came as u64)?;
                self.unfinished
                    .1
                    .extend(&next[..came - self.unfinished.1.len()]);
            }
            let bytes = &self.unfinished.1[..came.min(wanted)];
            let (text, wrong) = whole_chars(bytes, came < wanted);
            if let Some(ch) = text.chars().next() {
                buf.push(ch);
                self.position = Some(at + ch.len_utf8() as u64);
                self.forget_unfinished();
                return Ok(());
            }
            if let Some(wrong) = wrong {
                return Err(wrong.at(at));
            }
        }
        Ok(())
    }

    /// Takes `buf` where all of it replaces bytes that are in one block. One of a block or more is
    /// written at once, and one of nothing changes nothing.
    #[inline]
    pub(super) fn write_ready(&mut self, buf: &[u8], at: u64) -> bool {
        self.permissions.writable
            && !self.appends
            && self.unfinished.1.is_empty()
            && (1..self.blocks.size()).contains(&buf.len())
            && self.blocks.replace(at, buf).is_some()
    }

    /// Takes `buf`: all of it if it is smaller than a block and the device does not fail.
    pub(super) fn write_slow(&mut self, buf: &[u8], at: u64) -> Result<usize> {
        self.permissions.check_writable()?;
        if buf.is_empty() {
            return Ok(0);
        }
        self.take_failed()?;
        in_reach(at.saturating_add(buf.len() as u64))?;
        self.find_position()?;
        self.forget_unfinished();
        if buf.len() < self.blocks.size() {
            return self.put(buf, at);
        }
        match self.blocks.write_past(&mut self.device, buf, at) {
            // A block takes what it has room for until the device has some.
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                let block = self.blocks.size();
                self.put(&buf[..block], at)
            }
            outcome => outcome,
        }
    }

    fn put(&mut self, buf: &[u8], at: u64) -> Result<usize> {
        let mut done = 0;
        while done < buf.len() {
            let place = at + done as u64;
            match self.blocks.put(&mut self.device, place, &buf[done..]) {
                Ok(n) => done += n,
                // The count has to be returned now; "not now" is not kept for the next call.
                Err(error) if done > 0 => {
                    self.failed = Some(Box::new(error)).filter(|it| !it.is_would_block());
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    /// The error that an earlier call could not return.
    fn take_failed(&mut self) -> Result<()> {
        match self.failed.take() {
            None => Ok(()),
            Some(error) => Err(*error),
        }
    }

    /// Takes some of `buf` at the position, or at the end of a device that appends.
    pub(super) fn write_here(&mut self, buf: &[u8]) -> Result<usize> {
        self.permissions.check_writable()?;
        if buf.is_empty() {
            return Ok(0);
        }
        if self.appends {
            let n = self.device.append(buf)?;
            self.forget_unfinished();
            // Only the system knows where that was.
            self.position = None;
            return Ok(n);
        }
        let at = self.tell()?;
        let n = self.write_slow(buf, at)?;
        self.position = Some(at + n as u64);
        Ok(n)
    }

    pub(super) fn write_all_slow(&mut self, buf: &[u8]) -> Result<()> {
        self.permissions.check_writable()?;
        let mut written = 0;
        while written < buf.len() {
            let some = self.write_here(&buf[written..]);
            written += some.map_err(|error| error.after_writing(written))?;
        }
        Ok(())
    }

    pub(super) fn seek_slow(&mut self, to: SeekFrom) -> Result<u64> {
        self.permissions.check_open()?;
        let target = match to {
            SeekFrom::Start(target) => target,
            SeekFrom::Current(distance) => moved(self.tell()?, distance)?,
            SeekFrom::End(distance) => {
                self.tell()?;
                let pending_end = self.blocks.pending_end();
                match self.device.seek_end(distance, pending_end)? {
                    Some(target) => target,
                    None => {
                        self.write_back()?;
                        self.device.seek(SeekFrom::End(distance))?
                    }
                }
            }
        };
        Ok(*self.position.insert(in_reach(target)?))
    }

    /// Writes everything pending to the device.
    pub(super) fn write_back(&mut self) -> Result<()> {
        self.blocks.write_back(&mut self.device, EVERYTHING)
    }

    /// Writes everything pending to the device, which is then where the stream is; what was read is
    /// forgotten. If the device cannot be moved, what was read stays: it could not be read again.
    pub(super) fn flush(&mut self) -> Result<()> {
        self.permissions.check_open()?;
        self.write_back()?;
        let is_there = match self.position {
            Some(at) => self.device.try_to_go(at)?,
            None => true,
        };
        if self.permissions.writable {
            self.device.flush()?;
        }
        if is_there {
            self.blocks.clear();
            self.forget_unfinished();
        }
        self.take_failed()
    }

    /// Whether bytes were read ahead and not taken; after a flush only if the device does not move.
    pub(super) fn has_ahead(&self) -> bool {
        let at = self.position;
        at.is_some_and(|at| !self.blocks.peek(at).is_empty())
    }

    /// Writes what is pending as well as it can. Nothing is written after a panic in the device.
    pub(super) fn finish(mut self) {
        // A `close` that failed has reported what is still pending.
        if self.blocks.pending() == 0 || self.permissions.is_closed() {
            return;
        }
        // A panic in a destructor may abort the process; what is lost by the device's is reported.
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            self.write_back()?;
            self.device.flush()
        }));
        if let Err(error) = outcome.unwrap_or(Err(Error::Poisoned)) {
            report_at_drop(&error, self.blocks.pending());
        }
    }

    /// Flushes, and closes the device even if that failed. What it did not accept stays.
    pub(super) fn close(&mut self) -> Result<()> {
        let flushed = self.flush();
        if self.blocks.pending() == 0 {
            self.blocks.clear();
        }
        let closed = self.device.device.close();
        self.permissions.close();
        self.position = None;
        both(flushed, closed)
    }
}

pub(super) fn unsupported(operation: Operation) -> Error {
    Error::Unsupported { operation }
}
