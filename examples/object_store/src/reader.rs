//! [`ObjectIo`]: an object that is read.

use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::sync::Arc;

use iolite::error::Operation;
use iolite::{Error, IoBase, RawIo, Result};
use object_store::ObjectStore;
use object_store::path::Path;
use tokio::runtime::Handle;

/// An object in a store as a device that is read, from any place. Each read is a request for a range, so it
/// asks to be read in large blocks.
///
/// Its calls wait: use it outside the runtime's own threads, in threads of your own or by
/// `spawn_blocking`.
pub struct ObjectIo {
    store: Arc<dyn ObjectStore>,
    path: Path,
    runtime: Handle,
    /// In bytes, when it was opened. An object does not change but is replaced.
    size: u64,
    position: u64,
    is_closed: bool,
}

/// How many bytes a request is for. A request takes as long as a megabyte or more of data does.
const BLOCK: usize = 4 << 20;

impl ObjectIo {
    /// Asks for the size of an object.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub fn open(store: Arc<dyn ObjectStore>, path: Path, runtime: Handle) -> Result<ObjectIo> {
        let size = runtime.block_on(store.head(&path)).map_err(io_error)?.size;
        Ok(ObjectIo {
            store,
            path,
            runtime,
            size,
            position: 0,
            is_closed: false,
        })
    }

    fn check_open(&self) -> Result<()> {
        if self.is_closed {
            return Err(Error::Closed);
        }
        Ok(())
    }

    fn refuse<T>(&self, operation: Operation) -> Result<T> {
        self.check_open()?;
        Err(Error::Unsupported { operation })
    }
}

/// The store's error with the kind that a file's would have.
fn io_error(error: object_store::Error) -> io::Error {
    let kind = match error {
        object_store::Error::NotFound { .. } => ErrorKind::NotFound,
        object_store::Error::PermissionDenied { .. } => ErrorKind::PermissionDenied,
        _ => ErrorKind::InvalidData,
    };
    io::Error::new(kind, error)
}

impl IoBase for ObjectIo {
    fn readable(&self) -> bool {
        !self.is_closed
    }

    fn writable(&self) -> bool {
        false
    }

    fn seekable(&self) -> bool {
        !self.is_closed
    }

    fn is_closed(&self) -> bool {
        self.is_closed
    }

    fn close(&mut self) -> Result<()> {
        self.is_closed = true;
        Ok(())
    }

    fn truncate(&mut self, _: Option<u64>) -> Result<u64> {
        self.refuse(Operation::Truncate)
    }
}

impl RawIo for ObjectIo {
    fn block_size(&self) -> Option<usize> {
        Some(BLOCK)
    }

    fn rest_hint(&mut self) -> Option<u64> {
        Some(self.size.saturating_sub(self.position))
    }

    fn supports_read_at(&self) -> bool {
        true
    }

    fn read_at(&mut self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        self.check_open()?;
        let end = self.size.min(offset.saturating_add(buf.len() as u64));
        if offset >= end {
            return Ok(0);
        }
        let range = self.store.get_range(&self.path, offset..end);
        let bytes = self.runtime.block_on(range).map_err(io_error)?;
        let n = bytes.len().min(buf.len());
        buf[..n].copy_from_slice(&bytes[..n]);
        Ok(n)
    }
}

impl Read for ObjectIo {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.read_at(buf, self.position)?;
        self.position += n as u64;
        Ok(n)
    }
}

impl Write for ObjectIo {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Ok(self.refuse(Operation::Write)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(self.check_open()?)
    }
}

impl Seek for ObjectIo {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.check_open()?;
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::Current(distance) => self.position.checked_add_signed(distance),
            SeekFrom::End(distance) => self.size.checked_add_signed(distance),
        };
        self.position = position.ok_or(ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}
