//! [`StdLines`]: what std's lines of a [`Pipe`] need besides the bytes.
//!
//! A call takes a whole line, or nothing: std's iterators begin each line anew, so what a call had
//! taken before its error would be lost. A line that does not fit into the pipe can never be
//! taken. It is an error once; then it is passed by, as it comes, so that the iterators go on.

use std::io::{self, ErrorKind};

use super::search::Hit;
use super::types::{PipeError, Progress};
use super::{Pipe, count};
use crate::chunk::separator::Separator;

#[derive(Default)]
pub(super) struct StdLines {
    /// What ended the last line, prepared for a search.
    separator: Option<Separator>,
    overlong: Option<Overlong>,
}

/// A line that does not fit into the pipe, and was reported.
#[derive(Clone, Copy)]
struct Overlong {
    /// What it ends with.
    byte: u8,
    /// What is left of it begins here. Where reading is elsewhere, it was read in another way.
    at: u64,
    /// How much of it was passed by.
    passed: usize,
}

impl Pipe {
    /// How long the line is that comes next, with its `byte` if it ends with one; 0 at the end.
    pub(super) fn std_line(&mut self, byte: u8) -> io::Result<usize> {
        self.pass_overlong(byte)?;
        if let Hit::Found(at) = self.search_byte(byte) {
            return Ok(count(&(self.position..at.end)));
        }
        match self.lacking::<()>(self.len() + 1) {
            Ok(Progress::Pending) => Err(ErrorKind::WouldBlock.into()),
            Ok(Progress::Ready(()) | Progress::End) => Ok(0),
            // The last line, which does not end. An error of the writer comes behind it.
            Err(PipeError::PartialRead { available, .. }) => Ok(available),
            Err(error) => {
                if let PipeError::TooLarge { .. } = error {
                    self.report(byte, 0);
                }
                Err(error.into())
            }
        }
    }

    /// Drops the next line, and says how long it was.
    pub(super) fn skip_std_line(&mut self, byte: u8) -> io::Result<usize> {
        if let Some(passed) = self.pass_overlong(byte)? {
            return Ok(passed);
        }
        if self.room() == 0 && !self.is_closed() && !matches!(self.search_byte(byte), Hit::Found(_))
        {
            // It need not fit to be dropped.
            self.report(byte, 0);
            return self
                .pass_overlong(byte)
                .map(|passed| passed.unwrap_or_default());
        }
        let n = self.std_line(byte)?;
        Ok(self.skip(n))
    }

    fn report(&mut self, byte: u8, passed: usize) {
        let at = self.position;
        self.std_lines.overlong = Some(Overlong { byte, at, passed });
    }

    /// If the line that comes next was reported as too long, drops what there is of it. Returns how
    /// long it was, when all of it is gone; `None` if there is no such line.
    fn pass_overlong(&mut self, byte: u8) -> io::Result<Option<usize>> {
        let overlong = self.std_lines.overlong.take();
        let is_next = |line: &Overlong| line.byte == byte && line.at == self.position;
        let Some(Overlong { passed, .. }) = overlong.filter(is_next) else {
            return Ok(None);
        };
        let end = self.search_byte(byte);
        let n = match &end {
            Hit::Found(at) => count(&(self.position..at.end)),
            Hit::ResumeAt(_) => self.len(),
        };
        let passed = passed.saturating_add(self.skip(n));
        if let Hit::Found(_) = end {
            return Ok(Some(passed));
        }
        match self.lacking::<()>(1)? {
            Progress::Pending => {
                self.report(byte, passed);
                Err(ErrorKind::WouldBlock.into())
            }
            Progress::Ready(()) | Progress::End => Ok(Some(passed)),
        }
    }

    fn search_byte(&mut self, byte: u8) -> Hit {
        let separator = self.std_lines.separator.take();
        let separator = separator.filter(|known| known.is_byte(byte));
        let separator = separator.unwrap_or_else(|| Separator::byte(byte));
        let hit = self.search(&separator, 0);
        self.std_lines.separator = Some(separator);
        hit
    }
}
