//! Where there is no `poll`: a pipe, a terminal or a file. An abort ends the next call, and not one
//! that is waiting.

use std::io;
use std::process::{ChildStdin, ChildStdout};
use std::sync::Arc;

use super::device::{DeviceSink, DeviceSource};
use super::error::LinkError;
use crate::chunk::Chain;
use crate::raw::{Adapter, FileIo, RawIo};

/// As in `interruptible.rs`, and does nothing.
pub(super) struct WakePipe;

impl WakePipe {
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere the system is asked")]
    pub(super) fn new() -> io::Result<Arc<WakePipe>> {
        Ok(Arc::new(WakePipe))
    }

    pub(super) fn wake(&self) {}
}

/// As in `interruptible.rs`, without interruption.
pub(super) struct Interruptible(Device);

impl Interruptible {
    pub(super) fn new(device: impl Into<Device>, _: &Arc<WakePipe>) -> Interruptible {
        Interruptible(device.into())
    }
}

/// A file, or the end of a child's pipe, which is no file here.
pub(super) struct Device(Box<dyn RawIo + Send>);

impl From<FileIo> for Device {
    fn from(file: FileIo) -> Device {
        Device(Box::new(file))
    }
}

impl From<ChildStdin> for Device {
    fn from(pipe: ChildStdin) -> Device {
        Device(Box::new(Adapter::writer(pipe)))
    }
}

impl From<ChildStdout> for Device {
    fn from(pipe: ChildStdout) -> Device {
        Device(Box::new(Adapter::reader(pipe)))
    }
}

impl DeviceSource for Interruptible {
    fn read_to(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.0.read(buf)
    }
}

impl DeviceSink for Interruptible {
    fn write_chain(&mut self, chain: &mut Chain) -> io::Result<()> {
        chain.write_to(&mut self.0.0).map(drop)
    }

    fn end(mut self) -> Result<(), LinkError> {
        Ok(self.0.0.close()?)
    }
}
