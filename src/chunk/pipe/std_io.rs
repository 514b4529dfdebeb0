//! [`Pipe`] as std sees it: two ends of a non-blocking device.

use std::fmt;
use std::io::{self, BufRead, ErrorKind, IoSlice, IoSliceMut, Read, Write};
use std::sync::Arc;

use super::search::Hit;
use super::types::{PipeError, Progress};
use super::{Pipe, WriterState, count};
use crate::chunk::separator::Separator;
use crate::chunk::utf8::{append_text, reserve, reserve_text};
use crate::error::{Error, MalformedUtf8, append_line, write_fmt};

/// Reading as from a non-blocking device: where nothing is there yet, that is
/// [`WouldBlock`](ErrorKind::WouldBlock), and the end is 0 bytes, or the error that the writer
/// gave. Copies. What does not fit into the pipe is [`Error::TooLarge`].
///
/// After an error what was not handed out is still there, and the same call goes on.
///
/// The methods of [`Pipe`] itself come first where the names are the same: `Read::read(&mut pipe,
/// …)` is this one.
///
/// # Examples
///
/// ```
/// use std::io::{ErrorKind, Read};
/// use iolite::Pipe;
///
/// let mut pipe = Pipe::new();
/// pipe.append(b"abc")?;
/// let mut two = [0; 2];
/// Read::read_exact(&mut pipe, &mut two)?;
/// let error = Read::read_exact(&mut pipe, &mut two).unwrap_err();      // nothing is taken
/// assert_eq!((error.kind(), pipe.len()), (ErrorKind::WouldBlock, 1));
/// pipe.close(None);
/// let mut rest = String::new();
/// assert_eq!((pipe.read_to_string(&mut rest)?, &*rest), (1, "c"));
/// # Ok::<(), std::io::Error>(())
/// ```
impl Read for Pipe {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.check_open()?;
        match self.has_at_most(buf.len())? {
            Progress::Ready(n) => {
                self.copy_to(&mut buf[..n]);
                Ok(n)
            }
            Progress::Pending => Err(ErrorKind::WouldBlock.into()),
            Progress::End => Ok(0),
        }
    }

    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.check_open()?;
        let room = bufs
            .iter()
            .fold(0, |room, buf| buf.len().saturating_add(room));
        match self.has_at_most(room)? {
            Progress::Ready(n) => {
                let mut rest = n;
                for buf in bufs {
                    let part = buf.len().min(rest);
                    self.copy_to(&mut buf[..part]);
                    rest -= part;
                }
                Ok(n)
            }
            Progress::Pending => Err(ErrorKind::WouldBlock.into()),
            Progress::End => Ok(0),
        }
    }

    /// All of `buf` or nothing: after an error everything is still there.
    fn read_exact(&mut self, buf: &mut [u8]) -> io::Result<()> {
        self.check_open()?;
        match self.has_exactly(buf.len())? {
            Progress::Ready(_) => {
                self.copy_to(buf);
                Ok(())
            }
            Progress::Pending => Err(ErrorKind::WouldBlock.into()),
            Progress::End => Err(Error::PartialRead {
                available: 0,
                expected: buf.len(),
            }
            .into()),
        }
    }

    /// Takes everything there is. Even if an error follows, `buf` has it.
    fn read_to_end(&mut self, buf: &mut Vec<u8>) -> io::Result<usize> {
        self.check_open()?;
        let n = self.len();
        reserve(buf, n)?;
        let views = self.store.views(self.next(n));
        views.for_each(|view| buf.extend_from_slice(view));
        self.consume(n);
        self.all_read(n)
    }

    /// Takes the text that there is, in whole characters. The bytes of one that has not come as a
    /// whole stay, and so do malformed ones, which are an [`Error::Decode`].
    fn read_to_string(&mut self, buf: &mut String) -> io::Result<usize> {
        self.check_open()?;
        reserve_text(buf, self.len())?;
        let (n, wrong) = append_text(self.store.views(self.next(self.len())), buf);
        self.consume(n);
        match wrong {
            None => self.all_read(n),
            Some(wrong) => Err(self.stopped(wrong).into()),
        }
    }
}

impl Pipe {
    /// What to say when everything was read, `n` bytes of it in this call.
    fn all_read(&mut self, n: usize) -> io::Result<usize> {
        match self.lacking::<()>(1)? {
            Progress::Pending => Err(ErrorKind::WouldBlock.into()),
            Progress::Ready(()) | Progress::End => Ok(n),
        }
    }

    /// Why the bytes that come next are no text.
    fn stopped(&mut self, wrong: MalformedUtf8) -> Error {
        if let Some(begun) = wrong.cut() {
            match &self.writer {
                WriterState::Done => {}
                // Its rest will not come, and this is why.
                WriterState::Failed(error) => return PipeError::Failed(Arc::clone(error)).into(),
                WriterState::Open => {
                    return match self.lacking::<()>(begun + 1) {
                        Ok(_) => Error::WouldBlock { written: 0 },
                        Err(error) => error.into(),
                    };
                }
            }
        }
        wrong.at(self.position)
    }

    /// Fills `slices` with the first of the unread pieces for a gather write, and returns how many those are.
    #[cfg(any(feature = "bytes", feature = "futures-io", feature = "tokio"))]
    pub(crate) fn io_slices<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        crate::chunk::segments::fill_io_slices(slices, self.views())
    }

    /// Takes as many bytes as `buf` is long; they are there.
    fn copy_to(&mut self, buf: &mut [u8]) {
        let mut rest = &mut *buf;
        for view in self.store.views(self.next(rest.len())) {
            let (head, tail) = rest.split_at_mut(view.len());
            head.copy_from_slice(view);
            rest = tail;
        }
        self.consume(buf.len());
    }
}

/// The bytes at hand, in one piece, without a copy. An empty slice is the end.
///
/// A line is taken as a whole or not at all, so that std's [`lines`](BufRead::lines) and
/// [`split`](BufRead::split) go on after "not yet" without a loss. One that is not UTF-8 is taken,
/// and handed back in the error ([`Error::NotUtf8`]). One that does not fit into the pipe is an
/// error once ([`Error::TooLarge`]), and stays; the next call at the same place passes it by and
/// goes on with the next line. The error that the writer gave comes after the last line, also if
/// that does not end.
impl BufRead for Pipe {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.check_open()?;
        match self.has_at_most(1)? {
            Progress::Ready(_) => Ok(self.store.first(&self.next(self.len()))),
            Progress::Pending => Err(ErrorKind::WouldBlock.into()),
            Progress::End => Ok(&[]),
        }
    }

    fn consume(&mut self, n: usize) {
        self.consume(n.min(self.len()));
    }

    fn read_until(&mut self, byte: u8, buf: &mut Vec<u8>) -> io::Result<usize> {
        let n = self.std_line(byte)?;
        reserve(buf, n)?;
        let views = self.store.views(self.next(n));
        views.for_each(|view| buf.extend_from_slice(view));
        self.consume(n);
        Ok(n)
    }

    /// Drops a line; one that does not fit into the pipe, as it comes.
    fn skip_until(&mut self, byte: u8) -> io::Result<usize> {
        self.skip_std_line(byte)
    }

    fn read_line(&mut self, buf: &mut String) -> io::Result<usize> {
        let n = self.std_line(b'\n')?;
        reserve_text(buf, n)?;
        let at = self.position;
        let line = self.store.chunk(self.next(n));
        self.consume(n);
        Ok(append_line(buf, &line, at)?)
    }
}

/// Writing as to a non-blocking device: what does not fit under the limit is
/// [`WouldBlock`](ErrorKind::WouldBlock). Copies.
impl Write for Pipe {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let n = buf.len().min(self.room());
        self.append(&buf[..n])?;
        match n {
            0 if !buf.is_empty() => Err(ErrorKind::WouldBlock.into()),
            n => Ok(n),
        }
    }

    /// Takes what fits of all slices, one after another.
    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut written = 0;
        for buf in bufs.iter().filter(|buf| !buf.is_empty()) {
            match self.write(buf) {
                Ok(n) => written += n,
                Err(_) if written > 0 => break,
                Err(error) => return Err(error),
            }
        }
        if written == 0 {
            // Only empty ones: what a write of nothing says.
            return self.write(&[]);
        }
        Ok(written)
    }

    /// Writes as much as fits; the [`WouldBlock`](Error::WouldBlock) in the error says how much
    /// that was.
    fn write_all(&mut self, buf: &[u8]) -> io::Result<()> {
        let written = buf.len().min(self.room());
        self.append(&buf[..written])?;
        if written < buf.len() {
            return Err(Error::WouldBlock { written }.into());
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(self.check_open()?)
    }

    /// Writes as much as fits; the error counts the bytes of the whole text, not of its last piece.
    fn write_fmt(&mut self, args: fmt::Arguments<'_>) -> io::Result<()> {
        Ok(write_fmt(args, |piece| Ok(self.write_all(piece)?))?)
    }
}

/// What std's lines need besides the bytes.
///
/// A call takes a whole line, or nothing: std's iterators start each line with an empty buffer, so
/// what a call had taken before its error would be lost. A line that does not fit into the pipe can
/// never be taken. It is an error once; then it is passed by, as it comes, so that the iterators go
/// on.
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
        self.check_open()?;
        self.pass_overlong(byte)?;
        if let Hit::Found(at) = self.search_byte(byte) {
            return Ok(count(&(self.position..at.end)));
        }
        match self.lacking::<()>(self.len() + 1) {
            Ok(Progress::Pending) => Err(ErrorKind::WouldBlock.into()),
            Ok(Progress::Ready(()) | Progress::End) => Ok(0),
            // The last line, which does not end. An error of the writer comes after it.
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
        self.check_open()?;
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
        self.consume(n);
        Ok(n)
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
        self.consume(n);
        let passed = passed.saturating_add(n);
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
