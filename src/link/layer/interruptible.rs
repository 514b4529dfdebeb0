//! Unix: a pipe, a terminal or a file whose calls another thread can end.
//!
//! No system call takes a waiting thread out of a `read` of a pipe. So nobody waits in one: `poll`
//! waits, for the device and for a pipe of our own whose other end is closed by an abort.

use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pipe::{PIPE_BUF, PipeFlags, pipe_with};

use super::device::{DeviceSink, DeviceSource};
use super::error::LinkError;
use crate::chunk::Chain;
use crate::error::{checked_write, retry};
use crate::io_base::IoBase;
use crate::raw::FileIo;

/// What ends the waiting of all devices that share it.
pub(super) struct WakePipe {
    /// Readable from then on, once the other end is closed.
    reader: OwnedFd,
    writer: Mutex<Option<OwnedFd>>,
}

impl WakePipe {
    pub(super) fn new() -> io::Result<Arc<WakePipe>> {
        let (reader, writer) = pipe_with(PipeFlags::CLOEXEC)?;
        let writer = Mutex::new(Some(writer));
        Ok(Arc::new(WakePipe { reader, writer }))
    }

    pub(super) fn wake(&self) {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        *writer = None;
    }

    /// Waits for the device: false if the time is over before.
    ///
    /// # Errors
    ///
    /// `ConnectionAborted` after [`wake`](WakePipe::wake).
    pub(super) fn wait(&self, device: PollFd<'_>, deadline: Option<Instant>) -> io::Result<bool> {
        let mut devices = [device, PollFd::new(&self.reader, PollFlags::IN)];
        let ready = retry(|| {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            let left = left.and_then(|left| Timespec::try_from(left).ok());
            Ok(poll(&mut devices, left.as_ref())?)
        })?;
        if devices[1].revents().is_empty() {
            Ok(ready > 0)
        } else {
            Err(ErrorKind::ConnectionAborted.into())
        }
    }
}

/// A descriptor that is waited for together with a [`WakePipe`].
pub(super) struct Interruptible {
    file: FileIo,
    wake: Arc<WakePipe>,
}

impl Interruptible {
    pub(super) fn new(file: impl Into<FileIo>, wake: &Arc<WakePipe>) -> Interruptible {
        let (file, wake) = (file.into(), Arc::clone(wake));
        Interruptible { file, wake }
    }

    fn wait_until(&self, flags: PollFlags, deadline: Option<Instant>) -> io::Result<bool> {
        match self.file.get_ref() {
            Some(file) => self.wake.wait(PollFd::new(file, flags), deadline),
            None => Err(ErrorKind::NotConnected.into()),
        }
    }
}

impl DeviceSource for Interruptible {
    fn read_to(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.wait_until(PollFlags::IN, None)?;
        self.file.read(buf)
    }

    fn wait(&mut self, timeout: Duration) -> Result<bool, LinkError> {
        let deadline = Instant::now().checked_add(timeout);
        Ok(self.wait_until(PollFlags::IN, deadline)?)
    }
}

impl DeviceSink for Interruptible {
    fn write_chain(&mut self, chain: &mut Chain) -> io::Result<()> {
        while !chain.is_empty() {
            // A pipe that is ready takes so much without waiting, and perhaps no more. (It could be
            // made non-blocking, but standard output is shared with other programs.)
            let mut block = [0; PIPE_BUF];
            let filled = gather(chain, &mut block);
            self.wait_until(PollFlags::OUT, None)?;
            let taken = self.file.write(&block[..filled])?;
            chain.skip(checked_write(taken, filled)?);
        }
        Ok(())
    }

    fn end(mut self) -> Result<(), LinkError> {
        Ok(self.file.close()?)
    }
}

/// Copies the beginning of a chain into a block, and returns how many bytes that are.
fn gather(chain: &Chain, block: &mut [u8]) -> usize {
    let mut filled = 0;
    for view in chain.views() {
        let room = &mut block[filled..];
        let n = view.len().min(room.len());
        room[..n].copy_from_slice(&view[..n]);
        filled += n;
    }
    filled
}
