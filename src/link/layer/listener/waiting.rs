//! Unix: waiting for a connection, or for the end of the waiting.

use std::fmt;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;

use rustix::event::{PollFd, PollFlags};

use super::{Bound, Peer};
use crate::link::layer::interruptible::WakePipe;
use crate::raw::SocketIo;

pub(super) struct Waiting(Arc<WakePipe>);

impl Waiting {
    pub(super) fn new(bound: &Bound) -> io::Result<Waiting> {
        // A client may be gone between `poll` and `accept`, which would then wait.
        match bound {
            Bound::Tcp(listener) => listener.set_nonblocking(true)?,
            Bound::Unix(file) => file.listener().set_nonblocking(true)?,
        }
        Ok(Waiting(WakePipe::new()?))
    }

    pub(super) fn waker(&self) -> impl Fn() + Send + Sync + 'static {
        let wake = Arc::clone(&self.0);
        move || wake.wake()
    }

    pub(super) fn accept(&self, bound: &Bound) -> io::Result<(SocketIo, Peer)> {
        self.0.wait(PollFd::new(bound, PollFlags::IN), None)?;
        match bound {
            Bound::Tcp(listener) => {
                let (stream, address) = listener.accept()?;
                Ok((stream.into(), Peer::Tcp(address)))
            }
            Bound::Unix(file) => Ok((file.listener().accept()?.0.into(), Peer::Unix)),
        }
    }
}

impl AsFd for Bound {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Bound::Tcp(listener) => listener.as_fd(),
            Bound::Unix(file) => file.listener().as_fd(),
        }
    }
}

impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Waiting")
    }
}
