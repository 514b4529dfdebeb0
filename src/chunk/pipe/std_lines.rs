//! [`StdLines`]: what std's lines of a [`Pipe`] need besides the bytes.
//!
//! A call takes a whole line, or nothing: std's iterators begin each line anew, so what a call had
//! taken before its error would be lost. A line that does not fit into the pipe can never be
//! taken. It is an error once; then it is passed by, as it comes, so that the iterators go on.

use std::io::{self, ErrorKind};

use super::answer::{Got, PipeError};
use super::search::Hit;
use super::{Pipe, count};
use crate::chunk::find::Separator;

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
        if let Hit::At(at) = self.search_byte(byte) {
            return Ok(count(&(self.position..at.end)));
        }
        match self.lacking::<()>(self.len() + 1) {
            Ok(Got::Pending) => Err(ErrorKind::WouldBlock.into()),
            Ok(Got::Data(()) | Got::Eof) => Ok(0),
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
        if self.room() == 0 && !self.closed() && !matches!(self.search_byte(byte), Hit::At(_)) {
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
        self.lines.overlong = Some(Overlong { byte, at, passed });
    }

    /// If the line that comes next was reported as too long, drops what there is of it. Returns how
    /// long it was, when all of it is gone; `None` if there is no such line.
    fn pass_overlong(&mut self, byte: u8) -> io::Result<Option<usize>> {
        let overlong = self.lines.overlong.take();
        let is_next = |line: &Overlong| line.byte == byte && line.at == self.position;
        let Some(Overlong { passed, .. }) = overlong.filter(is_next) else {
            return Ok(None);
        };
        let end = self.search_byte(byte);
        let n = match &end {
            Hit::At(at) => count(&(self.position..at.end)),
            Hit::NotBefore(_) => self.len(),
        };
        let passed = passed.saturating_add(self.skip(n));
        if let Hit::At(_) = end {
            return Ok(Some(passed));
        }
        match self.lacking::<()>(1)? {
            Got::Pending => {
                self.report(byte, passed);
                Err(ErrorKind::WouldBlock.into())
            }
            Got::Data(()) | Got::Eof => Ok(Some(passed)),
        }
    }

    fn search_byte(&mut self, byte: u8) -> Hit {
        let separator = self.lines.separator.take();
        let separator = separator.filter(|known| known.is_byte(byte));
        let separator = separator.unwrap_or_else(|| Separator::byte(byte));
        let hit = self.search(&separator, 0);
        self.lines.separator = Some(separator);
        hit
    }
}
