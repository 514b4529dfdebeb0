//! Streams that are polled: what they have is never there when it is asked for, and nobody has the
//! patience to wait.

use std::future::Future;
use std::io::{self, ErrorKind, IoSlice};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use proptest::collection::vec;
use proptest::prelude::*;

/// What a device does when it is polled.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Pending,
    /// Gives or takes so many bytes at most, and 1 at least.
    Some(usize),
    TimedOut,
    Interrupted,
}

/// A device that goes by a script, and afterwards does what it is asked at once.
#[derive(Debug, Default)]
pub(crate) struct Scripted {
    pub(crate) content: Vec<u8>,
    pub(crate) given: usize,
    pub(crate) taken: Vec<u8>,
    pub(crate) steps: Vec<Step>,
    pub(crate) flushes: usize,
    pub(crate) is_closed: bool,
    /// Claims counts that cannot be.
    pub(crate) lies: Option<usize>,
}

impl Scripted {
    pub(crate) fn new(content: &[u8], steps: &[Step]) -> Scripted {
        Scripted {
            content: content.to_vec(),
            steps: steps.iter().rev().copied().collect(),
            ..Scripted::default()
        }
    }

    /// How many bytes may be moved now.
    fn step(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        match self.steps.pop() {
            None => Poll::Ready(Ok(usize::MAX)),
            Some(Step::Some(n)) => Poll::Ready(Ok(n.max(1))),
            Some(Step::TimedOut) => Poll::Ready(Err(ErrorKind::TimedOut.into())),
            Some(Step::Interrupted) => Poll::Ready(Err(ErrorKind::Interrupted.into())),
            Some(Step::Pending) => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }

    fn poll_read_some(&mut self, cx: &mut Context<'_>, room: &mut [u8]) -> Poll<io::Result<usize>> {
        self.step(cx).map_ok(|most| {
            let rest = &self.content[self.given..];
            let n = room.len().min(most).min(rest.len());
            room[..n].copy_from_slice(&rest[..n]);
            self.given += n;
            n
        })
    }

    fn poll_write_some(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let Some(claimed) = self.lies {
            return Poll::Ready(Ok(claimed));
        }
        self.step(cx).map_ok(|most| {
            let before = self.taken.len();
            let all = slices.iter().flat_map(|slice| slice.iter());
            self.taken.extend(all.take(most));
            self.taken.len() - before
        })
    }

    fn poll_done(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.step(cx).map_ok(drop)
    }
}

impl tokio::io::AsyncRead for Scripted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        room: &mut tokio::io::ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.poll_read_some(cx, room.initialize_unfilled())
            .map_ok(|n| room.advance(n))
    }
}

impl tokio::io::AsyncWrite for Scripted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_some(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_some(cx, slices)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.flushes += 1;
        self.poll_done(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = self.poll_done(cx);
        self.is_closed |= done.is_ready();
        done
    }
}

impl futures_io::AsyncRead for Scripted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        room: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        match self.lies {
            Some(claimed) => Poll::Ready(Ok(claimed)),
            None => self.poll_read_some(cx, room),
        }
    }
}

/// Only one slice at a time: as streams that do not know better.
impl futures_io::AsyncWrite for Scripted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_some(cx, &[IoSlice::new(bytes)])
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.flushes += 1;
        self.poll_done(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = self.poll_done(cx);
        self.is_closed |= done.is_ready();
        done
    }
}

pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => Just(Step::Pending),
        4 => (1_usize..8).prop_map(Step::Some),
        1 => Just(Step::TimedOut),
        1 => Just(Step::Interrupted),
    ];
    vec(step, 0..120)
}

/// How often each future is polled before it is given up; after the last one, until it is done.
pub(crate) fn patience() -> impl Strategy<Value = Vec<usize>> {
    vec(1_usize..4, 0..80)
}

/// Polls a future so often, and drops it.
pub(crate) fn attempt<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..polls {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return Some(output);
        }
    }
    None
}

/// Polls a future to its end.
pub(crate) fn finish<F: Future>(future: F) -> F::Output {
    attempt(future, 100_000).expect("it ends")
}

/// How much patience there is for each call.
pub(crate) struct Patience(Vec<usize>);

impl Patience {
    pub(crate) fn new(polls: &[usize]) -> Patience {
        Patience(polls.iter().rev().copied().collect())
    }

    /// How often the next future is polled.
    pub(crate) fn next(&mut self) -> usize {
        self.0.pop().unwrap_or(100_000)
    }
}
