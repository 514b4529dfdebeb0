//! Closing so that it is closed.
//!
//! The tests of a binary run side by side, and some of them start programs. Such a child has every
//! descriptor of this process until its program begins, whichever thread opened it and although all of
//! them are closed then: for that moment, which is long on a busy machine, what another test has
//! closed is still open. A pipe has its reader, a socket its peer, a listener listens, and a program
//! that was just written may not be run. So nothing happens at once that follows from a close: not the
//! end, no broken pipe, no refusal. A read that waits comes to the end all the same; everything else
//! that needs the close uses what is here.

use std::io::{self, Read, Write};
#[cfg(unix)]
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::thread;
use std::time::Duration;

/// Closes one end of a pipe, a named pipe or a connection, and waits until the other end knows.
///
/// On a connection that is shut down already that may be before: such a test needs no close.
#[cfg(unix)]
pub(crate) fn hang_up(theirs: impl Sized, ours: &impl AsFd) {
    drop(theirs);
    wait_for_the_close(ours.as_fd());
}

/// Where a child is not a copy of its parent a closed descriptor is closed.
#[cfg(not(unix))]
pub(crate) fn hang_up<T>(theirs: impl Sized, _ours: &T) {
    drop(theirs);
}

#[cfg(unix)]
fn wait_for_the_close(ours: BorrowedFd<'_>) {
    use rustix::event::{PollFd, PollFlags, poll};
    use rustix::io::Errno;

    #[cfg(target_os = "linux")]
    const END: PollFlags = PollFlags::RDHUP;
    // An error and that nobody is there are told without being asked for.
    #[cfg(not(target_os = "linux"))]
    const END: PollFlags = PollFlags::empty();
    let mut ends = [PollFd::from_borrowed_fd(ours, END)];
    // Without a limit: a child that never runs would hang whoever started it as well.
    while matches!(poll(&mut ends, None), Err(Errno::INTR)) {}
    let gone = PollFlags::HUP | PollFlags::ERR | END;
    assert!(
        ends[0].revents().intersects(gone),
        "{:?}",
        ends[0].revents()
    );
}

/// One end of a pipe or connection, which is closed, and known to be, once it is dropped.
///
/// It has a copy of the other end until then: that one is not closed before, however often it is.
pub(crate) struct Peer<E> {
    end: Option<E>,
    #[cfg(unix)]
    other: OwnedFd,
}

impl<E> Peer<E> {
    #[cfg(unix)]
    pub(crate) fn new(end: E, other: &impl AsFd) -> Peer<E> {
        Peer {
            end: Some(end),
            other: other.as_fd().try_clone_to_owned().unwrap(),
        }
    }

    #[cfg(not(unix))]
    pub(crate) fn new<T>(end: E, _other: &T) -> Peer<E> {
        Peer { end: Some(end) }
    }

    fn end(&mut self) -> &mut E {
        self.end.as_mut().expect("it is there until the drop")
    }
}

impl<E> Drop for Peer<E> {
    fn drop(&mut self) {
        drop(self.end.take());
        #[cfg(unix)]
        wait_for_the_close(self.other.as_fd());
    }
}

impl<E: Read> Read for Peer<E> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.end().read(buf)
    }
}

impl<E: Write> Write for Peer<E> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.end().write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.end().flush()
    }
}

/// A pipe that nobody reads.
#[cfg(unix)]
pub(crate) fn unread_pipe() -> io::PipeWriter {
    let (reader, writer) = io::pipe().unwrap();
    hang_up(reader, &writer);
    writer
}

/// Tries until it fails, or does what it can do only after a close: `None` is "not yet".
pub(crate) fn eventually<T>(mut attempt: impl FnMut() -> Option<T>) -> T {
    // A minute and more.
    for _ in 0..60_000 {
        if let Some(outcome) = attempt() {
            return outcome;
        }
        thread::sleep(Duration::from_millis(1));
    }
    panic!("it does not happen");
}
