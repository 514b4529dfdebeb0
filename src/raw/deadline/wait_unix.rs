//! Waiting for bytes on Unix: `poll`, which every descriptor has.

use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::WaitRead;
use crate::error::Error;
use crate::raw::FileIo;
#[cfg(feature = "socket")]
use crate::raw::socket::SocketStream;
#[cfg(feature = "socket")]
use crate::raw::unread::GiveBack;

fn wait(descriptor: impl AsFd, time: Duration) -> io::Result<bool> {
    // A time beyond all clocks is none.
    let time = Timespec::try_from(time).ok();
    let ready = poll(
        &mut [PollFd::new(&descriptor, PollFlags::IN)],
        time.as_ref(),
    )?;
    Ok(ready > 0)
}

impl WaitRead for FileIo {
    fn wait_read(&mut self, time: Duration) -> io::Result<bool> {
        if !self.unread().is_empty() {
            return Ok(true);
        }
        wait(self.get_ref().ok_or(Error::Closed)?, time)
    }
}

#[cfg(feature = "socket")]
impl<const READS: bool, const WRITES: bool> WaitRead for SocketStream<READS, WRITES> {
    fn wait_read(&mut self, time: Duration) -> io::Result<bool> {
        if !GiveBack::unread(self).is_empty() {
            return Ok(true);
        }
        wait(self.get_ref().ok_or(Error::Closed)?, time)
    }
}
