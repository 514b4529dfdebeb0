//! [`MmapIo`]: a memory map as a raw stream.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use memmap2::Mmap;

use super::raw_io::RawIo;
use crate::chunk::Chunk;
use crate::error::{Error, Operation, Result};
use crate::io_base::IoBase;

/// A file mapped into memory, read-only: a raw stream that lends its pages instead of copying.
///
/// Chunks of it keep the map alive. An empty file works; the size is that of the moment when it
/// was mapped. Reading a map is not always faster than reading the file: page faults cost too.
///
/// # Examples
///
/// ```
/// use std::io::Write;
/// use iolite::{BufferedIo, BufferedReader, MmapIo};
///
/// let mut file = tempfile::tempfile()?;
/// file.write_all(b"mapped")?;
/// // SAFETY: the file has no name; nobody else can change it.
/// let map = unsafe { MmapIo::map(&file)? };
/// let address = map.as_slice().as_ptr();
/// let chunk = BufferedReader::new(map).read_chunk(100)?;
/// assert_eq!(chunk, b"mapped");
/// assert_eq!(chunk.as_ptr(), address);
/// # Ok::<(), iolite::Error>(())
/// ```
#[derive(Debug)]
pub struct MmapIo {
    /// The whole map; `None` once closed.
    map: Option<Chunk>,
    position: u64,
}

impl MmapIo {
    /// Maps the whole file for reading. The position is 0.
    ///
    /// # Errors
    ///
    /// What the system says: a pipe or a directory cannot be mapped.
    ///
    /// # Safety
    ///
    /// As long as the map or a chunk of it lives, nobody, in this process or another, may change
    /// the file or cut it shorter. Memory that changes under a `&[u8]` is undefined behaviour,
    /// and reading a page that was cut off ends the process with a signal.
    pub unsafe fn map(file: &File) -> Result<MmapIo> {
        // SAFETY: the caller promises that the file stays as it is.
        let map = unsafe { Mmap::map(file)? };
        Ok(MmapIo {
            map: Some(Chunk::from_owner(map)),
            position: 0,
        })
    }

    /// All mapped bytes; none once closed.
    pub fn as_slice(&self) -> &[u8] {
        self.map.as_deref().unwrap_or_default()
    }

    fn open(&self) -> Result<&Chunk> {
        self.map.as_ref().ok_or(Error::Closed)
    }

    fn refuse<T>(&self, operation: Operation) -> Result<T> {
        self.open()?;
        Err(Error::Unsupported { operation })
    }
}

impl IoBase for MmapIo {
    fn readable(&self) -> bool {
        !self.is_closed()
    }

    fn writable(&self) -> bool {
        false
    }

    fn seekable(&self) -> bool {
        !self.is_closed()
    }

    fn is_closed(&self) -> bool {
        self.map.is_none()
    }

    /// Gives the map up; chunks of it keep it alive.
    fn close(&mut self) -> Result<()> {
        self.map = None;
        Ok(())
    }

    fn truncate(&mut self, _: Option<u64>) -> Result<u64> {
        self.refuse(Operation::Truncate)
    }
}

impl RawIo for MmapIo {
    fn lend(&mut self, max: usize) -> Result<Option<Chunk>> {
        let map = self.open()?;
        let start = usize::try_from(self.position).map_or(map.len(), |start| start.min(map.len()));
        let end = start + max.min(map.len() - start);
        let chunk = map.slice(start..end);
        self.position += chunk.len() as u64;
        Ok(Some(chunk))
    }
}

impl Read for MmapIo {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let chunk = self.lend(buf.len())?.unwrap_or_default();
        buf[..chunk.len()].copy_from_slice(&chunk);
        Ok(chunk.len())
    }
}

impl Write for MmapIo {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Ok(self.refuse(Operation::Write)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.open()?;
        Ok(())
    }
}

impl Seek for MmapIo {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let len = self.open()?.len() as u64;
        let target = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::Current(distance) => self.position.checked_add_signed(distance),
            SeekFrom::End(distance) => len.checked_add_signed(distance),
        };
        let Some(target) = target else {
            return Err(Error::InvalidArgument {
                argument: "position",
                problem: "before the start of the map",
            }
            .into());
        };
        self.position = target;
        Ok(target)
    }
}
