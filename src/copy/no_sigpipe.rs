//! A call of the kernel that may send into a socket, without the signal `SIGPIPE`.
//!
//! Where we send ourselves each call says that it wants none. `sendfile` and `splice` cannot say
//! so: the signal that they raise where the other side has left is held back in this thread during
//! the call, and taken away before it is let through again.

use nix::sys::signal::{SigSet, SigmaskHow, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};

/// What it takes to hold the signal back.
pub(super) struct NoSigpipe {
    signal: SigSet,
    /// Where a signal that was held back is taken from.
    raised: SignalFd,
}

impl NoSigpipe {
    /// `None` where it cannot be done: the process has no descriptor left for it, or the program
    /// itself holds the signal back, so that one of ours could not be told from one of its own.
    pub(super) fn new() -> Option<NoSigpipe> {
        if SigSet::thread_get_mask().ok()?.contains(Signal::SIGPIPE) {
            return None;
        }
        let signal = SigSet::from(Signal::SIGPIPE);
        let flags = SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC;
        let raised = SignalFd::with_flags(&signal, flags).ok()?;
        Some(NoSigpipe { signal, raised })
    }

    /// Makes the call; `None` if the signal could not be held back, and nothing was called.
    pub(super) fn during<T>(&self, call: impl FnOnce() -> T) -> Option<T> {
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
