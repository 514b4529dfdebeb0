//! What all links over a device have in common: an abort is [`LinkError::Closed`], and a connection
//! that was lost stays lost.

use std::io;
use std::time::Duration;

use super::abort::AbortHandle;
use super::byte_link::{ByteReceiver, ByteSender};
use super::error::LinkError;
use crate::chunk::Chain;
use crate::error::Operation;

/// A device that can be read, and perhaps waited for. It repeats interrupted calls itself.
pub(super) trait DeviceSource: Send {
    /// As std's `read`.
    fn read_to(&mut self, buf: &mut [u8]) -> io::Result<usize>;

    /// As [`ByteReceiver::wait`].
    fn wait(&mut self, timeout: Duration) -> Result<bool, LinkError> {
        let _ = timeout;
        Err(LinkError::unsupported(Operation::Wait))
    }
}

/// A device that can be written. A drop of it ends the direction.
pub(super) trait DeviceSink: Send {
    /// Writes everything. What it has taken is gone from the chain.
    fn write_chain(&mut self, chain: &mut Chain) -> io::Result<()>;

    /// Ends the direction.
    fn end(self) -> Result<(), LinkError>;
}

/// The receiving half over a device.
pub(super) struct DeviceReceiver<S> {
    source: S,
    fate: Fate,
}

impl<S> DeviceReceiver<S> {
    pub(super) fn new(source: S, abort: AbortHandle) -> DeviceReceiver<S> {
        let fate = Fate::new(abort);
        DeviceReceiver { source, fate }
    }
}

impl<S: DeviceSource> ByteReceiver for DeviceReceiver<S> {
    fn recv_to(&mut self, buf: &mut [u8]) -> Result<usize, LinkError> {
        self.fate.check()?;
        match self.source.read_to(buf) {
            // What an abort does to a device looks like its end.
            Ok(0) if self.fate.abort.is_aborted() => Err(LinkError::Closed),
            Ok(received) => Ok(received),
            Err(error) => Err(self.fate.after(error.into())),
        }
    }

    fn wait(&mut self, timeout: Duration) -> Result<bool, LinkError> {
        match self.fate.check() {
            Ok(()) => self.source.wait(timeout),
            Err(_) => Ok(true),
        }
    }
}

/// The sending half over a device.
pub(super) struct DeviceSender<D> {
    /// `None` after the end.
    sink: Option<D>,
    fate: Fate,
}

impl<D> DeviceSender<D> {
    pub(super) fn new(sink: D, abort: AbortHandle) -> DeviceSender<D> {
        DeviceSender {
            sink: Some(sink),
            fate: Fate::new(abort),
        }
    }
}

impl<D: DeviceSink> ByteSender for DeviceSender<D> {
    fn send_chain(&mut self, chain: &mut Chain) -> Result<(), LinkError> {
        self.fate.check()?;
        let sink = self.sink.as_mut().ok_or(LinkError::Closed)?;
        let sent = sink.write_chain(chain);
        sent.map_err(|error| self.fate.after(error.into()))
    }

    fn shutdown(&mut self) -> Result<(), LinkError> {
        self.sink.take().map_or(Ok(()), DeviceSink::end)
    }
}

/// What has become of a half.
struct Fate {
    abort: AbortHandle,
    /// Why the connection is lost. Kept, because after a reset the system reports an end, which
    /// would look as if the peer had sent all it had to send.
    lost: Option<LinkError>,
}

impl Fate {
    fn new(abort: AbortHandle) -> Fate {
        Fate { abort, lost: None }
    }

    fn check(&self) -> Result<(), LinkError> {
        match &self.lost {
            _ if self.abort.is_aborted() => Err(LinkError::Closed),
            Some(lost) => Err(lost.clone()),
            None => Ok(()),
        }
    }

    /// The error for the caller after this one of the device.
    fn after(&mut self, error: LinkError) -> LinkError {
        if self.abort.is_aborted() {
            return LinkError::Closed;
        }
        if !error.is_would_block() {
            self.lost = Some(error.clone());
        }
        error
    }
}
