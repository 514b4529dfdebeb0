//! Where the stream stands, and how it gets elsewhere.

use std::io::{ErrorKind, SeekFrom};

use super::ReadWindow;
use crate::error::{BEFORE_START, Error, Operation, Result, moved_by, retry};
use crate::raw::RawIo;

impl<D: RawIo> ReadWindow<D> {
    /// The position of the first unread byte.
    pub(in crate::buffered) fn position(&mut self) -> Result<u64> {
        let end = self.end.get(&mut self.device)?;
        let position = end.checked_sub(self.len() as u64);
        Ok(position.unwrap_or_else(|| {
            // It gave more bytes than its position says, so that does not count them (CPython
            // returns 0, too).
            self.end.set_unreliable();
            0
        }))
    }

    /// The position of the first unread byte, or if the device has none, the number of bytes since
    /// reading began.
    pub(super) fn offset(&mut self) -> Result<u64> {
        if !self.device.seekable() {
            return Ok(self.number());
        }
        match self.position() {
            Err(error) if has_none(&error) => Ok(self.number()),
            position => position,
        }
    }

    /// Moves the position: inside the window without a device call, else with one. Where the device
    /// is moved, the position that it reports counts.
    pub(in crate::buffered) fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        let target = match to {
            SeekFrom::Start(target) => target,
            SeekFrom::Current(distance) => {
                let position = self.position()?;
                if self.end.is_unreliable() {
                    return self.seek_by(distance);
                }
                moved_by(position, distance)?
            }
            // Only the device knows its end, which may have moved.
            SeekFrom::End(_) => return self.seek_device(to, None),
        };
        if self.may_have(target) {
            // A guess as long as the device was not asked: look again when it was.
            let position = self.position()?;
            // No overflow: both are inside the window or at its edges.
            let distance = target.wrapping_sub(position).cast_signed();
            if self.may_have(target) && self.step(distance) {
                return Ok(target);
            }
        }
        self.seek_device(SeekFrom::Start(target), Some(target))
    }

    /// Moves by so many bytes: inside the window without a device call, else as far as the device
    /// says.
    fn seek_by(&mut self, distance: i64) -> Result<u64> {
        let start = self.start;
        if !self.step(distance) {
            let ahead = i64::try_from(self.len()).ok();
            let distance = ahead.and_then(|ahead| distance.checked_sub(ahead));
            let distance = distance.ok_or(BEFORE_START)?;
            let target = self.end.expected();
            let target = target.and_then(|end| end.checked_add_signed(distance));
            return self.seek_device(SeekFrom::Current(distance), target);
        }
        let position = self.position();
        if position.is_err() {
            self.start = start;
            self.ends.restart(start);
        }
        position
    }

    /// Whether the window may have the byte at `target`, as far as that is known.
    fn may_have(&self, target: u64) -> bool {
        let read = self.block()[self.base..].len() as u64;
        match self.end.expected() {
            Some(end) => read > 0 && end.saturating_sub(read) <= target && target <= end,
            None => read > 0 && !self.end.is_unreliable(),
        }
    }

    /// Moves so many bytes inside the window, or returns `false` if that leads out of it.
    fn step(&mut self, distance: i64) -> bool {
        let window = self.base..=self.block().len();
        let start = isize::try_from(distance).ok();
        let start = start.and_then(|distance| self.start.checked_add_signed(distance));
        match start.filter(|start| window.contains(start) && *window.end() > self.base) {
            Some(start) => {
                self.start = start;
                self.unfinished.moved();
                self.ends.restart(start);
                true
            }
            None => false,
        }
    }

    /// Moves the device, and forgets what was read ahead. But after a seek that succeeds without
    /// moving the device, what was read ahead is still what comes next, and stays.
    fn seek_device(&mut self, to: SeekFrom, target: Option<u64>) -> Result<u64> {
        let is_ahead = self.len() > 0;
        if is_ahead && self.end.must_ask(target) {
            match self.position() {
                Err(error) if !has_none(&error) => return Err(error),
                _ => {}
            }
        }
        let position = retry(|| self.device.seek(to))?;
        self.unfinished.moved();
        self.pace.slow_down();
        if is_ahead && self.end.stayed(target, position) {
            self.end.set_unreliable();
        } else {
            self.clear();
        }
        self.end.set(Some(position));
        Ok(position)
    }

    /// Moves the device back by the last `n` bytes that were read from it and are not in the
    /// window, or changes nothing. It succeeds only if the device reports exactly the position it
    /// should reach.
    pub(super) fn move_device_back(&mut self, n: usize) -> Result<()> {
        let refused = Error::Unsupported {
            operation: Operation::Seek,
        };
        let position = match self.end.get(&mut self.device) {
            Err(error) if has_none(&error) => return Err(refused),
            position => position?,
        };
        let target = position.checked_sub(n as u64);
        let Some(target) = target.filter(|_| !self.end.is_unreliable()) else {
            return Err(refused);
        };
        let reached = retry(|| self.device.seek(SeekFrom::Start(target)))?;
        if reached == target {
            self.end.set(Some(target));
            return Ok(());
        }
        if reached != position {
            // It went elsewhere: try to bring it back to where it was.
            let _ = retry(|| self.device.seek(SeekFrom::Start(position)));
        }
        self.end.set(None);
        self.end.set_unreliable();
        Err(refused)
    }

    /// Moves the device to the stream's position, and forgets what was read ahead; or leaves
    /// everything in place, where it cannot.
    pub(in crate::buffered) fn hand_over(&mut self) -> Result<()> {
        let ahead = self.len();
        if ahead > 0 {
            self.move_device_back(ahead)?;
            self.clear();
        }
        Ok(())
    }

    /// The device was moved from outside, to a position that may be known.
    pub(in crate::buffered) fn device_moved(&mut self, end: Option<u64>) {
        self.clear();
        self.end.set(end);
    }
}

/// Whether this is the error of a device that has no position, and not a failure to tell it.
fn has_none(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Unsupported | ErrorKind::NotSeekable
    )
}
