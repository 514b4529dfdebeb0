//! [`Device`]: a raw device in memory that misbehaves at marked offsets, the twin of driver.py's.
//!
//! A transfer never goes across a mark, so counts are short. One that begins at a mark meets it
//! once: `w` has nothing yet (or no room), `e` is an end that is none, `x` fails with EIO, `n` with
//! ENOSPC, and as capitals for ever; `c` only cuts. Marks belong to offsets, not to calls, so that two implementations meet them at the
//! same place however they cut their calls. Flags say what it can do (`r`, `w`, `s`) and which other
//! calls fail with EIO: `t` truncates, `k` seeks, both as capitals for ever; `F` flushes, `C` closes.

use std::cell::RefCell;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::rc::Rc;

use iolite::error::Operation;
use iolite::{Error, IoBase, RawIo, Result};

use crate::program::data;

const EIO: i32 = 5;
const EINVAL: i32 = 22;
const ENOSPC: i32 = 28;

/// What a device has, seen also when a stream has it.
pub(crate) type Content = Rc<RefCell<Vec<u8>>>;

#[derive(Debug)]
pub(crate) struct Device {
    content: Content,
    at: u64,
    reads: Vec<(u64, char)>,
    writes: Vec<(u64, char)>,
    flags: String,
    closed: bool,
    /// Whether it may have no room for what is written.
    pub(crate) stalls: bool,
    /// Whether it may fail.
    pub(crate) fails: bool,
}

impl Device {
    /// Reads `content/marks/marks/flags`.
    pub(crate) fn new(word: &str) -> (Device, Content) {
        let parts: Vec<&str> = word.split('/').collect();
        let content = Content::new(data(parts[0]).into());
        let device = Device {
            content: content.clone(),
            at: 0,
            reads: marks(parts[1]),
            writes: marks(parts[2]),
            flags: parts[3].to_owned(),
            closed: false,
            stalls: parts[2].contains('w'),
            fails: parts[1..].concat().contains(FAULTS),
        };
        (device, content)
    }

    /// Fails once, or for ever if the flag is a capital.
    fn fail(&mut self, kind: char) -> io::Result<()> {
        let for_ever = self.flags.contains(kind.to_ascii_uppercase());
        if !for_ever && !self.flags.contains(kind) {
            return Ok(());
        }
        self.flags = self.flags.replace(kind, "");
        Err(io::Error::from_raw_os_error(EIO))
    }

    fn can(&self, flag: char) -> bool {
        !self.closed && self.flags.contains(flag)
    }

    fn check(&self, flag: char, operation: Operation) -> Result<()> {
        match (self.closed, self.can(flag)) {
            (true, _) => Err(Error::Closed),
            (_, false) => Err(Error::Unsupported { operation }),
            _ => Ok(()),
        }
    }
}

/// Marks and flags that make a device fail.
pub(crate) const FAULTS: [char; 10] = ['x', 'X', 'n', 'N', 't', 'T', 'k', 'K', 'F', 'C'];

fn marks(word: &str) -> Vec<(u64, char)> {
    let ends = word.split_inclusive(|ch: char| !ch.is_ascii_digit());
    ends.map(|mark| {
        let (at, kind) = mark.split_at(mark.len() - 1);
        (at.parse().unwrap(), kind.chars().next().unwrap())
    })
    .collect()
}

/// How much a transfer from `at` may move.
fn room(marks: &mut [(u64, char)], at: u64, mut size: usize) -> io::Result<usize> {
    for mark in marks {
        if mark.0 == at && mark.1 != 'c' {
            let kind = mark.1;
            if !['X', 'N'].contains(&kind) {
                mark.1 = 'c';
            }
            return match kind {
                'x' | 'X' => Err(io::Error::from_raw_os_error(EIO)),
                'n' | 'N' => Err(io::Error::from_raw_os_error(ENOSPC)),
                'w' => Err(ErrorKind::WouldBlock.into()),
                _ => Ok(0),
            };
        }
        if mark.0 > at {
            size = size.min((mark.0 - at) as usize);
        }
    }
    Ok(size)
}

impl IoBase for Device {
    fn readable(&self) -> bool {
        self.can('r')
    }
    fn writable(&self) -> bool {
        self.can('w')
    }
    fn seekable(&self) -> bool {
        self.can('s')
    }
    fn is_closed(&self) -> bool {
        self.closed
    }
    fn close(&mut self) -> Result<()> {
        if self.closed {
            return Ok(());
        }
        let flushed = self.fail('f');
        self.closed = true;
        self.fail('c')?;
        Ok(flushed?)
    }
    fn truncate(&mut self, size: Option<u64>) -> Result<u64> {
        self.check('w', Operation::Truncate)?;
        self.fail('t')?;
        let size = size.unwrap_or(self.at);
        self.content.borrow_mut().resize(size as usize, 0);
        Ok(size)
    }
}

impl RawIo for Device {}

impl Read for Device {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.check('r', Operation::Read)?;
        let size = room(&mut self.reads, self.at, buf.len())?;
        let content = self.content.borrow();
        let rest = content.get(self.at as usize..).unwrap_or_default();
        let n = size.min(rest.len());
        buf[..n].copy_from_slice(&rest[..n]);
        self.at += n as u64;
        Ok(n)
    }
}

impl Write for Device {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.check('w', Operation::Write)?;
        let n = room(&mut self.writes, self.at, buf.len())?;
        let mut content = self.content.borrow_mut();
        let (start, end) = (self.at as usize, self.at as usize + n);
        if n > 0 && end > content.len() {
            content.resize(end, 0);
        }
        if n > 0 {
            content[start..end].copy_from_slice(&buf[..n]);
        }
        self.at += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.fail('f')
    }
}

impl Seek for Device {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.check('s', Operation::Seek)?;
        if to != SeekFrom::Current(0) {
            self.fail('k')?;
        }
        let end = self.content.borrow().len() as u64;
        let to = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => end.checked_add_signed(by),
        };
        self.at = to.ok_or_else(|| io::Error::from_raw_os_error(EINVAL))?;
        Ok(self.at)
    }
}
