//! Copying by the kernel, from descriptor to descriptor (Linux).
//!
//! std's `io::copy` knows the same system calls, but forgets what it copied when one of them
//! fails, and falls back to a loop that then loses what it has read. So they are called here.

use std::io;
use std::os::fd::BorrowedFd;

use rustix::fs::{FileType, copy_file_range, fstat, sendfile};
use rustix::io::Errno;
use rustix::pipe::{SpliceFlags, splice};

use super::error::CopyError;
use super::side::CopySide;
use crate::io_base::IoBase;

/// What one step of the kernel came to.
pub(super) enum Step {
    /// So many bytes were copied.
    Moved(u64),
    /// The source is at its end.
    End,
    /// Not these two streams, or not now: read once, and ask again.
    Refused,
}

/// A system call that copies so many bytes at most.
type Call = fn(BorrowedFd<'_>, BorrowedFd<'_>, usize) -> rustix::io::Result<usize>;

/// Files with files, files with anything, pipes with anything.
const CALLS: [Call; 3] = [
    |from, to, n| copy_file_range(from, None, to, None, n),
    |from, to, n| sendfile(to, from, None, n),
    |from, to, n| splice(from, None, to, None, n, SpliceFlags::empty()),
];

/// More at once would only delay the answer to a signal.
const MOST: u64 = 1 << 30;

pub(super) struct Kernel {
    /// The calls that were not refused yet.
    calls: &'static [Call],
    /// Whether the first of them has copied anything.
    moved: bool,
    /// Whether it is settled that a file's pages may be put into the target.
    may_share: bool,
}

impl Kernel {
    /// `share_pages`: sockets get the pages of files, too.
    pub(super) fn new(share_pages: bool) -> Kernel {
        Kernel {
            calls: &CALLS,
            moved: false,
            may_share: share_pages,
        }
    }

    /// Copies up to `room` bytes with one system call that works, if there is one.
    pub(super) fn step<R, W>(
        &mut self,
        from: &mut R,
        to: &mut W,
        room: u64,
    ) -> Result<Step, CopyError>
    where
        R: IoBase + ?Sized,
        W: IoBase + ?Sized,
    {
        if self.calls.is_empty() {
            return Ok(Step::Refused);
        }
        // The source first: a target would write what is pending only to be asked.
        let from = from.descriptor();
        let Some(from) = from.map_err(|error| CopyError::new(CopySide::Source, error))? else {
            return Ok(Step::Refused);
        };
        let to = to.descriptor();
        let Some(to) = to.map_err(|error| CopyError::new(CopySide::Target, error))? else {
            self.calls = &[];
            return Ok(Step::Refused);
        };
        if !self.may_share && is(from, FileType::RegularFile) && is(to, FileType::Socket) {
            self.calls = &[];
            return Ok(Step::Refused);
        }
        self.may_share = true;
        self.call(from, to, room.min(MOST) as usize)
    }

    fn call(
        &mut self,
        from: BorrowedFd<'_>,
        to: BorrowedFd<'_>,
        n: usize,
    ) -> Result<Step, CopyError> {
        while let Some((call, others)) = self.calls.split_first() {
            match rustix::io::retry_on_intr(|| call(from, to, n)) {
                Ok(0) if self.moved => return Ok(Step::End),
                Ok(n) if n > 0 => {
                    self.moved = true;
                    return Ok(Step::Moved(n as u64));
                }
                Err(error) if said_once(error) => {
                    let error = io::Error::from(error).into();
                    return Err(CopyError::new(CopySide::Either, error));
                }
                // 0 may mean the end or a file without a size (`/proc`), and an error that the
                // call is not for these two. The next knows better; in the end, reading does.
                Ok(_) | Err(_) => (self.calls, self.moved) = (others, false),
            }
        }
        Ok(Step::Refused)
    }
}

fn is(descriptor: BorrowedFd<'_>, kind: FileType) -> bool {
    fstat(descriptor).is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == kind)
}

/// Errors that the next call would not meet again, or only differently: those of sockets, and
/// "not now".
fn said_once(error: Errno) -> bool {
    matches!(error, Errno::AGAIN | Errno::CONNRESET | Errno::TIMEDOUT)
}
