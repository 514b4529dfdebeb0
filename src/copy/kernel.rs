//! Copying by the kernel, from descriptor to descriptor (Linux).
//!
//! std's `io::copy` uses the same system calls, but forgets how much it copied when one of them
//! fails, and falls back to a loop that loses what it has read. So they are called here.

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

/// The outcome of one step of the kernel.
pub(super) enum CopyStep {
    /// This many bytes were copied.
    Moved(u64),
    /// The kernel reports the end of the source, after having copied something. Some file systems
    /// do that in the middle of a file: read once to be sure, and try again.
    SaysEnd,
    /// The kernel does not copy between these two streams, or not now: read once, and try again.
    Refused,
}

/// A system call that copies at most the given number of bytes.
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

/// The most bytes per call: 1 GiB is close to the kernel's own limit of 2 GiB, and a larger call
/// would only delay the reaction to a signal.
const MOST: usize = 1 << 30;

pub(super) struct Kernel {
    /// Whether a file's own pages may be given to a pipe or a socket.
    zero_copy: bool,
    /// The calls that were not refused yet; `None` before the kinds of the two streams are known.
    calls: Option<&'static [KernelCall]>,
    /// Whether the first of them has copied anything since it last reported the end.
    moved: bool,
    /// For a target that is a socket.
    no_sigpipe: Option<NoSigpipe>,
}

impl Kernel {
    /// `zero_copy`: pipes and sockets get the pages of files, too.
    pub(super) fn new(zero_copy: bool) -> Kernel {
        Kernel {
            zero_copy,
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
        // Ask the source first: asking the target flushes it, which is wasted if the source has no
        // descriptor.
        let from = from.flush_and_borrow_fd();
        let Some(from) = from.map_err(|error| CopyError::new(CopySide::Source, error))? else {
            return Ok(CopyStep::Refused);
        };
        let to = to.flush_and_borrow_fd();
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
    /// Not every call that the kernel would accept: from a character device (a terminal) `sendfile`
    /// and `splice` read bytes and drop them if the target does not take them.
    fn choose(&mut self, from: Option<FileType>, to: Option<FileType>) -> &'static [KernelCall] {
        let into_socket = to == Some(FileType::Socket);
        let calls: &'static [KernelCall] = match from {
            Some(FileType::RegularFile | FileType::BlockDevice) => {
                // The reader of a pipe or a socket would see later changes of the file.
                let shares = into_socket || to == Some(FileType::Fifo);
                if shares && !self.zero_copy {
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
            let said = said.map_err(|error| CopyError::new(CopySide::Unknown, error.into()))?;
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
                    return Err(CopyError::new(CopySide::Unknown, error));
                }
                // 0 may be the end or a file without a size (`/proc`), and an error may mean that
                // this call does not support the two streams. Try the next call; in the end, read.
                Ok(_) | Err(_) => (self.calls, self.moved) = (Some(others), false),
            }
        }
        Ok(CopyStep::Refused)
    }

    /// Makes a call with `SIGPIPE` blocked if the target is a socket; if that is impossible the
    /// call is refused.
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

/// Errors that must be reported now, because the next call may not see them: "would block", and
/// those that a socket reports only once, after which a read may find the end.
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

/// Blocks `SIGPIPE` during a call that may send into a socket.
///
/// Our own sends have a flag against the signal; `sendfile` and `splice` have none. So the signal
/// is blocked in this thread during the call, and one that was raised is consumed before it is
/// unblocked.
struct NoSigpipe {
    signal: SigSet,
    /// For consuming a signal that was blocked.
    raised: SignalFd,
}

impl NoSigpipe {
    /// `None` if it is impossible: the process has no descriptor left, or the program itself blocks
    /// the signal, so that ours could not be distinguished from one of its own.
    fn new() -> Option<NoSigpipe> {
        if SigSet::thread_get_mask().ok()?.contains(Signal::SIGPIPE) {
            return None;
        }
        let signal = SigSet::from(Signal::SIGPIPE);
        let flags = SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC;
        let raised = SignalFd::with_flags(&signal, flags).ok()?;
        Some(NoSigpipe { signal, raised })
    }

    /// Makes the call; `None` if the signal could not be blocked, and nothing was called.
    fn during<T>(&self, call: impl FnOnce() -> T) -> Option<T> {
        let before = self.signal.thread_swap_mask(SigmaskHow::SIG_BLOCK).ok()?;
        let outcome = call();
        // The signal goes to the calling thread, so if there is one it is pending now. There may be
        // one even if the call moved some bytes before it failed.
        let _ = self.raised.read_signal();
        before
            .thread_set_mask()
            .expect("a mask that was is one that can be");
        Some(outcome)
    }
}
