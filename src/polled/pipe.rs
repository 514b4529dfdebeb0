//! [`PolledPipe`]: a pipe, and a device that is polled into it.

use std::future::poll_fn;
use std::task::{Poll, ready};

use super::device::{PollRead, poll_fill};
use crate::chunk::{Pipe, PipeError, Progress, Span};
use crate::error::Result;

pub(crate) struct PolledPipe<D> {
    pub(crate) device: D,
    pub(crate) pipe: Pipe,
}

impl<D: PollRead> PolledPipe<D> {
    pub(crate) async fn fill(&mut self) -> Result<usize> {
        poll_fn(|cx| poll_fill(&mut self.device, &mut self.pipe, cx)).await
    }

    /// What `find` finds; `None` at the end.
    pub(crate) async fn find<F>(&mut self, find: F) -> Result<Option<Span<'_>>>
    where
        F: for<'p> Fn(&'p mut Pipe) -> Result<Progress<Span<'p>>, PipeError>,
    {
        // Asks only whether it is there: a span that is dropped has taken nothing.
        poll_fn(|cx| {
            while find(&mut self.pipe)?.is_pending() {
                ready!(poll_fill(&mut self.device, &mut self.pipe, cx))?;
            }
            Poll::Ready(Ok::<_, crate::error::Error>(()))
        })
        .await?;
        Ok(find(&mut self.pipe)?.ready())
    }
}
