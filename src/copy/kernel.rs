//! Copying by the kernel, from descriptor to descriptor (Linux).
//!
//! std's `io::copy` knows the same system calls, but forgets what it copied when one of them
//! fails, and falls back to a loop that then loses what it has read. So they are called here.

use std::io::{self, ErrorKind};
use std::os::fd::BorrowedFd;

use nix::sys::signal::{SigSet, SigmaskHow, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use rustix::fs::{FileType, copy_file_range, fstat, sendfile};
use rustix::io::Errno;
use rustix::pipe::{SpliceFlags, splice};

use super::error::{CopyError, CopySide};
use crate::error::{Error, retry};
use crate::io_base::IoBase;

/// What one step of the kernel came to.
pub(super) enum CopyStep {
    /// So many bytes were copied.
    Moved(u64),
    /// It says that the source is at its end, after it has copied something. Some file systems do
    /// so in the middle: read once to be sure, and ask again.
    SaysEnd,
    /// Not these two streams, or not now: read once, and ask again.
    Refused,
}

/// A system call that copies so many bytes at most.
type KernelCall = fn(BorrowedFd<'_>, BorrowedFd<'_>, usize) -> rustix::io::Result<usize>;

fn by_range(from: BorrowedFd<'_>, to: BorrowedFd<'_>, n: usize) -> rustix::io::Result<usize> {
    copy_file_range(from, None, to, None, n)
}

fn by_sendfile(from: BorrowedFd<'_>, to: BorrowedFd<'_>, n: usize) -> rustix::io::Result<usize> {
    sendfile(to, from, None, n)
}

fn by_splice(from: BorrowedFd<'_>, to: BorrowedFd<'_>, n: usize) -> rustix::io::Result<usize> {
    splice(from, None, to, None, n, SpliceFlags::empty())
}

/// More at once would only delay the answer to a signal.
const MOST: usize = 1 << 30;

pub(super) struct Kernel {
    /// Whether a file's pages may be put into the target.
    share_pages: bool,
    /// The calls that were not refused yet; `None` before anybody has looked at the two streams.
    calls: Option<&'static [KernelCall]>,
    /// Whether the first of them has copied anything since it last said that this is the end.
    moved: bool,
    /// For a target that is a socket.
    no_sigpipe: Option<NoSigpipe>,
}

impl Kernel {
    /// `share_pages`: pipes and sockets get the pages of files, too.
    pub(super) fn new(share_pages: bool) -> Kernel {
        Kernel {
            share_pages,
            calls: None,
            moved: false,
            no_sigpipe: None,
        }
    }

    /// Copies up to `room` bytes with one system call that works, if there is one.
    pub(super) fn step<R, W>(
        &mut self,
        from: &mut R,
        to: &mut W,
        room: u64,
    ) -> Result<CopyStep, CopyError>
    where
        R: IoBase + ?Sized,
        W: IoBase + ?Sized,
    {
        if self.calls.is_some_and(<[KernelCall]>::is_empty) {
            return Ok(CopyStep::Refused);
        }
        // The source first: asking the target makes it write what is pending, for nothing if the
        // source has no descriptor.
        let from = from.descriptor();
        let Some(from) = from.map_err(|error| CopyError::new(CopySide::Source, error))? else {
            return Ok(CopyStep::Refused);
        };
        let to = to.descriptor();
        let Some(to) = to.map_err(|error| CopyError::new(CopySide::Target, error))? else {
            self.calls = Some(&[]);
            return Ok(CopyStep::Refused);
        };
        if self.calls.is_none() {
            self.calls = Some(self.choose(kind(from), kind(to)));
        }
        self.call(from, to, usize::try_from(room).unwrap_or(MOST).min(MOST))
    }

    /// The calls for a source and a target of these kinds.
    ///
    /// Not every call that the kernel would accept: `sendfile` and `splice` take what a character
    /// device gives, and drop it if the target does not.
    fn choose(&mut self, from: Option<FileType>, to: Option<FileType>) -> &'static [KernelCall] {
        let into_socket = to == Some(FileType::Socket);
        let calls: &'static [KernelCall] = match from {
            Some(FileType::RegularFile | FileType::BlockDevice) => {
                // What lies in a pipe or a socket would still be the file's.
                let shares = into_socket || to == Some(FileType::Fifo);
                if shares && !self.share_pages {
                    &[]
                } else {
                    &[by_range, by_sendfile, by_splice]
                }
            }
            Some(FileType::Fifo) => &[by_splice],
            // From a socket the kernel moves bytes into a pipe only.
            Some(FileType::Socket) if to == Some(FileType::Fifo) => &[by_splice],
            _ => &[],
        };
        if into_socket && !calls.is_empty() {
            self.no_sigpipe = NoSigpipe::new();
            if self.no_sigpipe.is_none() {
                return &[];
            }
        }
        calls
    }

    fn call(
        &mut self,
        from: BorrowedFd<'_>,
        to: BorrowedFd<'_>,
        n: usize,
    ) -> Result<CopyStep, CopyError> {
        while let Some((call, others)) = self.calls.and_then(<[KernelCall]>::split_first) {
            // The outer error is the interrupt hook's.
            let said = retry(|| match self.quietly(|| call(from, to, n)) {
                Err(Errno::INTR) => Err(ErrorKind::Interrupted.into()),
                said => Ok(said),
            });
            let said = said.map_err(|error| CopyError::new(CopySide::Either, error.into()))?;
            match said {
                Ok(0) if self.moved => {
                    self.moved = false;
                    return Ok(CopyStep::SaysEnd);
                }
                Ok(n) if n > 0 => {
                    self.moved = true;
                    return Ok(CopyStep::Moved(n as u64));
                }
                Err(error) if said_once(error) => {
                    let error = Error::Io(io::Error::from(error));
                    return Err(CopyError::new(CopySide::Either, error));
                }
                // 0 may mean the end or a file without a size (`/proc`), and an error that the
                // call is not for these two. The next knows better; in the end, reading does.
                Ok(_) | Err(_) => (self.calls, self.moved) = (Some(others), false),
            }
        }
        Ok(CopyStep::Refused)
    }

    /// Makes a call without a signal from a socket; one that cannot be made so is refused.
    fn quietly(
        &self,
        call: impl FnOnce() -> rustix::io::Result<usize>,
    ) -> rustix::io::Result<usize> {
        match &self.no_sigpipe {
            None => call(),
            Some(without) => without.during(call).unwrap_or(Err(Errno::INVAL)),
        }
    }
}

fn kind(descriptor: BorrowedFd<'_>) -> Option<FileType> {
    let stat = fstat(descriptor).ok()?;
    Some(FileType::from_raw_mode(stat.st_mode))
}

/// Errors that the next call would not meet again, or only differently: "not now", and those that
/// a socket keeps until it has said them once. A read after them may find the end.
fn said_once(error: Errno) -> bool {
    matches!(
        error,
        Errno::AGAIN
            | Errno::CONNRESET
            | Errno::TIMEDOUT
            | Errno::CONNREFUSED
            | Errno::CONNABORTED
            | Errno::HOSTDOWN
            | Errno::HOSTUNREACH
            | Errno::MSGSIZE
            | Errno::NETDOWN
            | Errno::NETRESET
            | Errno::NETUNREACH
            | Errno::NONET
            | Errno::NOPROTOOPT
            | Errno::PROTO
    )
}

/// What it takes to hold `SIGPIPE` back during a call that may send into a socket.
///
/// Where we send ourselves each call says that it wants no signal. `sendfile` and `splice` cannot
/// say so: the signal that they raise where the other side has left is held back in this thread
/// during the call, and taken away before it is let through again.
struct NoSigpipe {
    signal: SigSet,
    /// Where a signal that was held back is taken from.
    raised: SignalFd,
}

impl NoSigpipe {
    /// `None` where it cannot be done: the process has no descriptor left for it, or the program
    /// itself holds the signal back, so that one of ours could not be told from one of its own.
    fn new() -> Option<NoSigpipe> {
        if SigSet::thread_get_mask().ok()?.contains(Signal::SIGPIPE) {
            return None;
        }
        let signal = SigSet::from(Signal::SIGPIPE);
        let flags = SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC;
        let raised = SignalFd::with_flags(&signal, flags).ok()?;
        Some(NoSigpipe { signal, raised })
    }

    /// Makes the call; `None` if the signal could not be held back, and nothing was called.
    fn during<T>(&self, call: impl FnOnce() -> T) -> Option<T> {
        let before = self.signal.thread_swap_mask(SigmaskHow::SIG_BLOCK).ok()?;
        let outcome = call();
        // It goes to the thread that made the call: if it is there, it is there now. There may be
        // one although the call moved something, and then failed.
        let _ = self.raised.read_signal();
        before
            .thread_set_mask()
            .expect("a mask that was is one that can be");
        Some(outcome)
    }
}
