//! [`PollRead`] and [`PollWrite`]: what a door says of its streams; and polling between them and a pipe.

use std::io::{self, ErrorKind, IoSlice, Read};
use std::task::{Context, Poll, ready};

use crate::chunk::Pipe;
use crate::error::{Result, checked_write, retry};

/// A stream that is read by polling.
pub(crate) trait PollRead {
    /// Reads into `room`; 0 is the end.
    fn poll_read(&mut self, cx: &mut Context<'_>, room: &mut [u8]) -> Poll<io::Result<usize>>;
}

/// A stream that is written by polling.
pub(crate) trait PollWrite {
    /// Writes some of the slices.
    fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>>;

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
}

/// How many slices are written together: more would not make a call cheaper.
const SLICES: usize = 16;

/// Reads once from `device` into `pipe`, and ends the pipe with it. The pipe is as it was after an error
/// and while the device has nothing.
pub(super) fn poll_fill(
    device: &mut impl PollRead,
    pipe: &mut Pipe,
    cx: &mut Context<'_>,
) -> Poll<Result<usize>> {
    let mut reader = NonBlocking {
        device,
        cx,
        is_pending: false,
    };
    let filled = pipe.fill_from(&mut reader);
    match filled {
        Err(_) if reader.is_pending => return Poll::Pending,
        Ok(0) => pipe.close(None),
        _ => {}
    }
    Poll::Ready(filled)
}

/// Writes all that is in `pipe` to `device`; what was written is gone from it.
pub(super) fn poll_drain(
    device: &mut impl PollWrite,
    pipe: &mut Pipe,
    cx: &mut Context<'_>,
) -> Poll<Result<()>> {
    while !pipe.is_empty() {
        let mut slices = [IoSlice::new(&[]); SLICES];
        let count = pipe.io_slices(&mut slices);
        let slices = &slices[..count];
        let given = slices.iter().map(|slice| slice.len()).sum();
        let claimed = ready!(poll_again(|| device.poll_write(cx, slices)))?;
        pipe.consume(checked_write(claimed, given)?);
    }
    Poll::Ready(Ok(()))
}

/// Polls again as long as a signal interrupts it, as every call of a device is repeated here.
pub(super) fn poll_again<T>(mut poll: impl FnMut() -> Poll<io::Result<T>>) -> Poll<io::Result<T>> {
    let polled = retry(|| match poll() {
        Poll::Ready(done) => done.map(Poll::Ready),
        Poll::Pending => Ok(Poll::Pending),
    });
    match polled {
        Ok(Poll::Ready(done)) => Poll::Ready(Ok(done)),
        Ok(Poll::Pending) => Poll::Pending,
        Err(error) => Poll::Ready(Err(error)),
    }
}

/// A device that is polled, as one that would block. The waker is woken when that is over.
struct NonBlocking<'a, 'c, D> {
    device: &'a mut D,
    cx: &'a mut Context<'c>,
    /// Whether that was its last word. (An error of the device may be called "would block", too, or
    /// a time-out, and is no reason to wait.)
    is_pending: bool,
}

impl<D: PollRead> Read for NonBlocking<'_, '_, D> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        match self.device.poll_read(self.cx, room) {
            Poll::Ready(done) => done,
            Poll::Pending => {
                self.is_pending = true;
                Err(ErrorKind::WouldBlock.into())
            }
        }
    }
}
