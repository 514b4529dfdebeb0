//! Text and records over tokio's streams (feature `tokio`).
//!
//! [`AsyncText`] gives lines and text of anything that is tokio's `AsyncRead`, and writes text to its
//! `AsyncWrite`; [`AsyncPipe`] finds records of bytes. Both ask the synchronous engine and poll the stream
//! only where that has nothing, so nothing of it is written twice, and every method may be cancelled.
//!
//! Only tokio's traits are used, not its runtime. (With the feature `bytes` a [`Pipe`] is a `BufMut`, too:
//! `socket.read_buf(&mut pipe).await` needs nothing of this module.)

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use ::tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::polled::{PollRead, async_face};

async_face!("tokio", TokioDevice, AsyncRead, AsyncWrite, poll_shutdown);

impl<S: AsyncRead + Unpin> PollRead for TokioDevice<S> {
    fn poll_read(&mut self, cx: &mut Context<'_>, room: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut room = ReadBuf::new(room);
        ready!(Pin::new(&mut self.0).poll_read(cx, &mut room))?;
        Poll::Ready(Ok(room.filled().len()))
    }
}
