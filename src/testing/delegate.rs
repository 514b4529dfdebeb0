//! [`Delegate`]: a device with single calls replaced.

use std::fmt;
use std::io::{self, IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write};

use crate::chunk::Chunk;
use crate::error::Result;
use crate::io_base::{BorrowedDevice, IoBase};
use crate::raw::RawIo;

type Replaced<F> = Option<Box<F>>;
type ReadCall<D> = dyn FnMut(&mut D, &mut [u8]) -> io::Result<usize> + Send;
type WriteCall<D> = dyn FnMut(&mut D, &[u8]) -> io::Result<usize> + Send;
type FlushCall<D> = dyn FnMut(&mut D) -> io::Result<()> + Send;
type SeekCall<D> = dyn FnMut(&mut D, SeekFrom) -> io::Result<u64> + Send;

/// A device that passes every call on, except those that a test replaces with a closure.
///
/// Use it where no [`Behaviour`](super::Behaviour) is what you need: a device that fails at its
/// third call, records what it is told, or does something in between. The closure is given the
/// device, and may use it. A replaced `read` or `write` also stands for the gathering form, which
/// then moves the first slice that is not empty. So that no stream goes past a call that is
/// replaced, nothing is lent then, there are no positioned calls (nor where `seek` is replaced),
/// and no descriptor.
///
/// # Examples
///
/// ```
/// use std::io::{ErrorKind, Read};
/// use iolite::{BufferedReader, BytesIo};
/// use iolite::testing::Delegate;
///
/// let mut calls = 0;
/// let device = Delegate::new(BytesIo::from(b"abcdef".to_vec())).on_read(move |device, buf| {
///     calls += 1;
///     match calls {
///         2 => Err(ErrorKind::ConnectionReset.into()),
///         _ => device.read(&mut buf[..3]),
///     }
/// });
/// let mut reader = BufferedReader::new(device);
/// let error = reader.read_exact(&mut [0; 6]).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::ConnectionReset);
/// reader.read_exact(&mut [0; 6])?; // nothing was lost
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Delegate<D> {
    device: D,
    read: Replaced<ReadCall<D>>,
    write: Replaced<WriteCall<D>>,
    flush: Replaced<FlushCall<D>>,
    seek: Replaced<SeekCall<D>>,
}

impl<D> Delegate<D> {
    /// The device itself, with no call replaced.
    #[must_use]
    pub fn new(device: D) -> Delegate<D> {
        Delegate {
            device,
            read: None,
            write: None,
            flush: None,
            seek: None,
        }
    }

    /// Replaces `read`.
    #[must_use]
    pub fn on_read(
        mut self,
        call: impl FnMut(&mut D, &mut [u8]) -> io::Result<usize> + Send + 'static,
    ) -> Delegate<D> {
        self.read = Some(Box::new(call));
        self
    }

    /// Replaces `write`.
    #[must_use]
    pub fn on_write(
        mut self,
        call: impl FnMut(&mut D, &[u8]) -> io::Result<usize> + Send + 'static,
    ) -> Delegate<D> {
        self.write = Some(Box::new(call));
        self
    }

    /// Replaces `flush`.
    #[must_use]
    pub fn on_flush(
        mut self,
        call: impl FnMut(&mut D) -> io::Result<()> + Send + 'static,
    ) -> Delegate<D> {
        self.flush = Some(Box::new(call));
        self
    }

    /// Replaces `seek`, and with it `stream_position`.
    #[must_use]
    pub fn on_seek(
        mut self,
        call: impl FnMut(&mut D, SeekFrom) -> io::Result<u64> + Send + 'static,
    ) -> Delegate<D> {
        self.seek = Some(Box::new(call));
        self
    }

    /// Whether calls may go to the device by another way.
    fn is_plain(&self) -> bool {
        self.read.is_none() && self.write.is_none() && self.seek.is_none()
    }

    /// The device.
    #[must_use]
    pub fn get_ref(&self) -> &D {
        &self.device
    }

    /// The device.
    #[must_use]
    pub fn get_mut(&mut self) -> &mut D {
        &mut self.device
    }
}

impl<D: RawIo> Read for Delegate<D> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match &mut self.read {
            Some(call) => call(&mut self.device, buf),
            None => self.device.read(buf),
        }
    }

    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        if self.read.is_none() {
            return self.device.read_vectored(bufs);
        }
        let first = bufs.iter_mut().find(|buf| !buf.is_empty());
        self.read(first.map_or(&mut [], |buf| buf))
    }
}

impl<D: RawIo> Write for Delegate<D> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        match &mut self.write {
            Some(call) => call(&mut self.device, buf),
            None => self.device.write(buf),
        }
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        if self.write.is_none() {
            return self.device.write_vectored(bufs);
        }
        let first = bufs.iter().find(|buf| !buf.is_empty());
        self.write(first.map_or(&[], |buf| buf))
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.flush {
            Some(call) => call(&mut self.device),
            None => self.device.flush(),
        }
    }
}

impl<D: RawIo> Seek for Delegate<D> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match &mut self.seek {
            Some(call) => call(&mut self.device, to),
            None => self.device.seek(to),
        }
    }
}

impl<D: RawIo> IoBase for Delegate<D> {
    fn readable(&self) -> bool {
        self.device.readable()
    }

    fn writable(&self) -> bool {
        self.device.writable()
    }

    fn seekable(&self) -> bool {
        self.device.seekable()
    }

    fn is_closed(&self) -> bool {
        self.device.is_closed()
    }

    fn close(&mut self) -> Result<()> {
        self.device.close()
    }

    fn truncate(&mut self, size: Option<u64>) -> Result<u64> {
        self.device.truncate(size)
    }

    fn is_terminal(&self) -> bool {
        self.device.is_terminal()
    }

    fn flush_and_borrow_fd(&mut self) -> Result<Option<BorrowedDevice<'_>>> {
        if self.is_plain() {
            self.device.flush_and_borrow_fd()
        } else {
            Ok(None)
        }
    }
}

impl<D: RawIo> RawIo for Delegate<D> {
    fn read_shared(&mut self, max: usize) -> Result<Option<Chunk>> {
        match self.read {
            Some(_) => Ok(None),
            None => self.device.read_shared(max),
        }
    }

    fn block_size(&self) -> Option<usize> {
        self.device.block_size()
    }

    fn rest_hint(&mut self) -> Option<u64> {
        self.device.rest_hint()
    }

    fn is_append_only(&self) -> bool {
        self.device.is_append_only()
    }

    fn supports_read_at(&self) -> bool {
        self.is_plain() && self.device.supports_read_at()
    }

    fn read_at(&mut self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        self.device.read_at(buf, offset)
    }

    fn write_at(&mut self, buf: &[u8], offset: u64) -> io::Result<usize> {
        self.device.write_at(buf, offset)
    }
}

impl<D: fmt::Debug> fmt::Debug for Delegate<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let replaced = [
            ("read", self.read.is_some()),
            ("write", self.write.is_some()),
            ("flush", self.flush.is_some()),
            ("seek", self.seek.is_some()),
        ];
        let names = replaced.iter().filter(|(_, is)| *is).map(|(name, _)| name);
        f.debug_struct("Delegate")
            .field("device", &self.device)
            .field("replaced", &names.collect::<Vec<_>>())
            .finish()
    }
}
