//! Where the stream stands, and how it gets elsewhere.

use std::io::{ErrorKind, SeekFrom};

use super::ReadWindow;
use crate::error::{BEFORE_START, Error, Operation, Result, moved_by, retry};
use crate::raw::RawIo;

impl ReadWindow {
    /// The position of the first unread byte.
    pub(in crate::buffered) fn position(&mut self, device: &mut impl RawIo) -> Result<u64> {
        let end = self.end.get(device)?;
        let position = end.checked_sub(self.len() as u64);
        Ok(position.unwrap_or_else(|| {
            // It gave more bytes than that: they do not count (CPython says 0, too).
            self.end.found_to_vary();
            0
        }))
    }

    /// The place of the first unread byte: its position, or where that cannot be had, the number
    /// of bytes since reading began.
    pub(super) fn offset(&mut self, device: &mut impl RawIo) -> Result<u64> {
        if !device.seekable() {
            return Ok(self.number());
        }
        match self.position(device) {
            Err(error) if has_none(&error) => Ok(self.number()),
            position => position,
        }
    }

    /// Moves the position: inside the window without a device call, else with one. An answer of
    /// the device is what counts.
    pub(in crate::buffered) fn seek(
        &mut self,
        device: &mut impl RawIo,
        to: SeekFrom,
    ) -> Result<u64> {
        let target = match to {
            SeekFrom::Start(target) => target,
            SeekFrom::Current(distance) => {
                let position = self.position(device)?;
                if self.end.varies() {
                    return self.seek_by(device, distance);
                }
                moved_by(position, distance)?
            }
            SeekFrom::End(_) => return self.seek_device(device, to, None),
        };
        if self.may_have(target) {
            // That may have been wrong, if the device had to be asked now.
            let position = self.position(device)?;
            // No overflow: both are in or at the window.
            let distance = target.wrapping_sub(position).cast_signed();
            if self.may_have(target) && self.step(distance) {
                return Ok(target);
            }
        }
        self.seek_device(device, SeekFrom::Start(target), Some(target))
    }

    /// Moves by so many bytes: inside the window without a device call, else as far as the device
    /// says.
    pub(in crate::buffered) fn seek_by(
        &mut self,
        device: &mut impl RawIo,
        distance: i64,
    ) -> Result<u64> {
        let start = self.start;
        if !self.step(distance) {
            let ahead = i64::try_from(self.len()).ok();
            let distance = ahead.and_then(|ahead| distance.checked_sub(ahead));
            let distance = distance.ok_or(BEFORE_START)?;
            let target = self.end.counted();
            let target = target.and_then(|end| end.checked_add_signed(distance));
            return self.seek_device(device, SeekFrom::Current(distance), target);
        }
        let position = self.position(device);
        if position.is_err() {
            self.start = start;
            self.ends.restart(start);
        }
        position
    }

    /// Whether the window may have the byte at `target`, as far as that is known.
    fn may_have(&self, target: u64) -> bool {
        let read = self.block()[self.base..].len() as u64;
        match self.end.counted() {
            Some(end) => read > 0 && end.saturating_sub(read) <= target && target <= end,
            None => read > 0 && !self.end.varies(),
        }
    }

    /// Moves so many bytes inside the window, or says that this leads out of it.
    fn step(&mut self, distance: i64) -> bool {
        let window = self.base..=self.block().len();
        let start = isize::try_from(distance).ok();
        let start = start.and_then(|distance| self.start.checked_add_signed(distance));
        match start.filter(|start| window.contains(start) && *window.end() > self.base) {
            Some(start) => {
                self.start = start;
                self.refused = None;
                self.ends.restart(start);
                true
            }
            None => false,
        }
    }

    /// Moves the device, and forgets what was read ahead. But a device that says yes and stays
    /// where it is has not gone away from that: it still comes next.
    fn seek_device(
        &mut self,
        device: &mut impl RawIo,
        to: SeekFrom,
        target: Option<u64>,
    ) -> Result<u64> {
        let is_ahead = self.len() > 0;
        if is_ahead && self.end.must_ask(target) {
            match self.position(device) {
                Err(error) if !has_none(&error) => return Err(error),
                _ => {}
            }
        }
        let position = retry(|| device.seek(to))?;
        self.refused = None;
        if is_ahead && self.end.stayed(target, position) {
            self.end.found_to_vary();
        } else {
            self.clear();
        }
        self.end.set(Some(position));
        Ok(position)
    }

    /// Moves the device back by the `n` bytes that it gave last and that are in no window, or has
    /// changed nothing. Its answer is not believed unless it is the right one.
    pub(super) fn move_back(&mut self, device: &mut impl RawIo, n: usize) -> Result<()> {
        let refused = Error::Unsupported {
            operation: Operation::Seek,
        };
        let position = match self.end.get(device) {
            Err(error) if has_none(&error) => return Err(refused),
            position => position?,
        };
        let target = position.checked_sub(n as u64);
        let Some(target) = target.filter(|_| !self.end.varies()) else {
            return Err(refused);
        };
        let answer = retry(|| device.seek(SeekFrom::Start(target)))?;
        if answer == target {
            self.end.set(Some(target));
            return Ok(());
        }
        if answer != position {
            // It went elsewhere: as good as it can, it goes to where it was.
            let _ = retry(|| device.seek(SeekFrom::Start(position)));
        }
        self.end.set(None);
        self.end.found_to_vary();
        Err(refused)
    }

    /// Moves the device to the stream's position, and forgets what was read ahead; or leaves
    /// everything in place, where it cannot.
    pub(in crate::buffered) fn hand_over(&mut self, device: &mut impl RawIo) -> Result<()> {
        let ahead = self.len();
        if ahead > 0 {
            self.move_back(device, ahead)?;
            self.clear();
        }
        Ok(())
    }

    /// The device was moved by somebody else, to a place that may be known.
    #[cfg(unix)]
    pub(in crate::buffered) fn device_moved(&mut self, end: Option<u64>) {
        self.clear();
        self.end.set(end);
    }
}

/// Whether this is the error of a device that has no position, and not one of having it now.
fn has_none(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Unsupported | ErrorKind::NotSeekable
    )
}
