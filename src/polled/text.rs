//! [`PolledText`]: a text stream over two pipes, and a device that is polled into one and out of the
//! other.

use std::future::poll_fn;
use std::mem;
use std::task::{Context, Poll, ready};

use super::device::{PollRead, PollWrite, poll_again, poll_drain, poll_fill};
use super::pipe_pair::PipePair;
use crate::error::{Result, both};
use crate::io_base::IoBase;
use crate::text::{Line, LineBatch, LineEnding, PendingText, TextIo, TextIoWrapper, TextOptions};

/// From so many bytes on that wait to be written, a write waits until the device has taken them: as
/// many as a buffered stream holds.
const HIGH: usize = crate::buffered::DEFAULT_BUFFER_SIZE;

pub(crate) struct PolledText<D> {
    pub(crate) device: D,
    pub(crate) text: TextIoWrapper<PipePair>,
    closing: Closing,
}

/// How far a `close` has come that may be asked several times.
enum Closing {
    No,
    /// The text stream was closed; how that and the flush after it went so far.
    Draining(Result<()>),
    /// All was written, or could not be: the device is being closed.
    Device(Result<()>),
    Done,
}

impl<D> PolledText<D> {
    pub(crate) fn new(device: D, options: TextOptions) -> PolledText<D> {
        PolledText {
            device,
            text: TextIoWrapper::with_options(PipePair::default(), options),
            closing: Closing::No,
        }
    }

    /// How many bytes wait to be written.
    pub(crate) fn pending(&self) -> usize {
        self.text.get_ref().output.len()
    }

    pub(crate) fn into_parts(self) -> (D, PendingText) {
        let (mut pipes, mut pending) = self.text.into_parts();
        let (input, mut output) = pipes.take_bytes();
        pending.undecoded.extend(input);
        output.append(&mut pending.unwritten);
        pending.unwritten = output;
        (self.device, pending)
    }
}

impl<D: PollRead> PolledText<D> {
    pub(crate) async fn next_line(&mut self) -> Result<Option<Line<'_>>> {
        let taken = match self.text.take_ready_line() {
            // As nearly all are: row 12c.
            Some(at) => Some(at),
            None => self.read_with(TextIoWrapper::take_line).await?,
        };
        Ok(taken.map(|at| self.text.line_at(at)))
    }

    pub(crate) async fn next_batch(&mut self) -> Result<Option<LineBatch>> {
        self.read_with(TextIoWrapper::next_batch).await
    }

    pub(crate) async fn skip_line(&mut self) -> Result<LineEnding> {
        self.read_with(TextIoWrapper::skip_line).await
    }

    pub(crate) async fn fill_str(&mut self) -> Result<&str> {
        self.read_with(|text| text.fill_str().map(drop)).await?;
        // It is there, and costs nothing to be shown again.
        self.text.fill_str()
    }

    pub(crate) async fn read_to_string(&mut self, text: &mut String) -> Result<usize> {
        let before = text.len();
        self.read_with(|stream| stream.read_to_string(text).map(drop))
            .await?;
        Ok(text.len() - before)
    }

    /// Asks the text stream, and as long as it has nothing yet polls the device and asks again.
    async fn read_with<T>(
        &mut self,
        mut ask: impl FnMut(&mut TextIoWrapper<PipePair>) -> Result<T>,
    ) -> Result<T> {
        poll_fn(|cx| {
            loop {
                match ask(&mut self.text) {
                    Err(error) if error.is_would_block() => {}
                    answer => return Poll::Ready(answer),
                }
                let input = &mut self.text.get_mut().input;
                ready!(poll_fill(&mut self.device, input, cx))?;
            }
        })
        .await
    }
}

impl<D: PollWrite> PolledText<D> {
    pub(crate) async fn write_str(&mut self, text: &str) -> Result<()> {
        poll_fn(|cx| {
            ready!(self.poll_room(cx))?;
            // From here on nothing waits: a future that is dropped has written all of it or nothing.
            Poll::Ready(self.accept(cx, text))
        })
        .await
    }

    /// Waits as long as too much is pending; of a stream that is closed nothing is written any more.
    fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        if self.pending() < HIGH || self.text.is_closed() {
            return Poll::Ready(Ok(()));
        }
        match self.poll_drain(cx) {
            Poll::Pending if self.pending() < HIGH => Poll::Ready(Ok(())),
            drained => drained,
        }
    }

    /// Takes a text, and tries once to write it where the options ask for a flush. That the device
    /// cannot take it now is no error: see [`TextOptions::line_buffering`].
    fn accept(&mut self, cx: &mut Context<'_>, text: &str) -> Result<()> {
        self.text.get_mut().is_flush_due = false;
        self.text.write_str(text)?;
        if self.text.get_ref().is_flush_due
            && let Poll::Ready(Err(error)) = self.poll_flush_device(cx)
        {
            return Err(error.after_writing(text.len()));
        }
        Ok(())
    }

    pub(crate) async fn flush(&mut self) -> Result<()> {
        poll_fn(|cx| {
            self.text.flush()?;
            self.poll_flush_device(cx)
        })
        .await
    }

    pub(crate) async fn close(&mut self) -> Result<()> {
        poll_fn(|cx| self.poll_close(cx)).await
    }

    /// Goes on with closing where the last call stopped. The device is closed even if what was pending
    /// could not be written.
    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        loop {
            self.closing = match mem::replace(&mut self.closing, Closing::Done) {
                Closing::No => Closing::Draining(self.text.close()),
                Closing::Draining(so_far) => match self.poll_flush_device(cx) {
                    Poll::Ready(flushed) => Closing::Device(both(so_far, flushed)),
                    Poll::Pending => {
                        self.closing = Closing::Draining(so_far);
                        return Poll::Pending;
                    }
                },
                Closing::Device(so_far) => match poll_again(|| self.device.poll_close(cx)) {
                    Poll::Ready(closed) => {
                        self.text.get_mut().is_reported = true;
                        return Poll::Ready(both(so_far, closed.map_err(Into::into)));
                    }
                    Poll::Pending => {
                        self.closing = Closing::Device(so_far);
                        return Poll::Pending;
                    }
                },
                Closing::Done => return Poll::Ready(Ok(())),
            };
        }
    }

    fn poll_flush_device(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        ready!(self.poll_drain(cx))?;
        poll_again(|| self.device.poll_flush(cx)).map_err(Into::into)
    }

    fn poll_drain(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        poll_drain(&mut self.device, &mut self.text.get_mut().output, cx)
    }
}
