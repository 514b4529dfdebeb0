//! Text and records over the streams of `futures-io`, which async-std, smol and others have (feature
//! `futures-io`).
//!
//! [`AsyncText`] gives lines and text of anything that is an `AsyncRead`, and writes text to an
//! `AsyncWrite`; [`AsyncPipe`] finds records of bytes. Both ask the synchronous engine and poll the stream
//! only where that has nothing, so nothing of it is written twice, and every method may be cancelled.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use ::futures_io::{AsyncRead, AsyncWrite};

use crate::polled::{PollRead, async_face};

async_face!("futures", FuturesDevice, AsyncRead, AsyncWrite, poll_close);

impl<S: AsyncRead + Unpin> PollRead for FuturesDevice<S> {
    fn poll_read(&mut self, cx: &mut Context<'_>, room: &mut [u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_read(cx, room)
    }
}
