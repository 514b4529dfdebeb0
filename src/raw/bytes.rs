//! [`BytesIo`]: bytes in memory as a raw stream.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::Arc;

use super::raw_io::RawIo;
use crate::chunk::Chunk;
use crate::error::{Error, Result};
use crate::io_base::IoBase;

/// A stream over bytes in memory: readable, writable, seekable (CPython's `BytesIO`).
///
/// A new stream over given bytes starts at position 0, so the first write overwrites. Positions
/// beyond the end are allowed; a write there fills the gap with zeros. Reading floors borrow the
/// memory instead of copying it ([`RawIo::lend`]); if such chunks are still alive at the next
/// write, the bytes are copied once (copy on write), so a chunk never changes.
///
/// # Examples
///
/// ```
/// use std::io::{Read, Seek, SeekFrom, Write};
/// use iolite::BytesIo;
///
/// let mut memory = BytesIo::from(b"hello world".to_vec());
/// memory.write_all(b"J")?;
/// memory.seek(SeekFrom::Start(13))?;
/// memory.write_all(b"!")?;
/// assert_eq!(memory.getvalue(), b"Jello world\0\0!");
/// # Ok::<(), std::io::Error>(())
/// ```
#[doc(alias = "BytesIO")]
#[derive(Debug, Default)]
pub struct BytesIo {
    content: Arc<Vec<u8>>,
    position: u64,
    closed: bool,
    /// The whole content as a chunk, once it was lent; dropped before the content changes.
    lent: Option<Chunk>,
}

impl BytesIo {
    /// An empty stream.
    pub fn new() -> BytesIo {
        BytesIo::default()
    }

    /// All bytes, wherever the position is. (Python: `getvalue`, `getbuffer`.)
    ///
    /// Borrows instead of copying; the borrow checker keeps the stream from changing meanwhile.
    #[doc(alias = "getbuffer")]
    pub fn getvalue(&self) -> &[u8] {
        &self.content
    }

    /// Hands the bytes out. Copies only if chunks of them are alive.
    pub fn into_inner(mut self) -> Vec<u8> {
        self.lent = None;
        Arc::unwrap_or_clone(self.content)
    }

    fn open(&self) -> Result<()> {
        if self.closed {
            Err(Error::Closed)
        } else {
            Ok(())
        }
    }

    /// The bytes from the position on.
    fn rest(&self) -> &[u8] {
        let start = usize::try_from(self.position).unwrap_or(usize::MAX);
        self.content.get(start..).unwrap_or_default()
    }

    /// The content for changing it; copies it if somebody else has a part of it.
    fn content_mut(&mut self) -> &mut Vec<u8> {
        self.lent = None;
        Arc::make_mut(&mut self.content)
    }
}

impl From<Vec<u8>> for BytesIo {
    /// Takes the bytes over without copying them; the position is 0.
    fn from(content: Vec<u8>) -> BytesIo {
        BytesIo {
            content: Arc::new(content),
            ..BytesIo::default()
        }
    }
}

impl IoBase for BytesIo {
    fn readable(&self) -> bool {
        !self.closed
    }

    fn writable(&self) -> bool {
        !self.closed
    }

    fn seekable(&self) -> bool {
        !self.closed
    }

    fn is_closed(&self) -> bool {
        self.closed
    }

    /// Closes the stream. The bytes can still be had by [`BytesIo::getvalue`] (unlike CPython).
    fn close(&mut self) -> Result<()> {
        self.closed = true;
        Ok(())
    }

    fn truncate(&mut self, size: Option<u64>) -> Result<u64> {
        self.open()?;
        let size = size.unwrap_or(self.position);
        if let Some(keep) = usize::try_from(size)
            .ok()
            .filter(|&n| n < self.content.len())
        {
            self.content_mut().truncate(keep);
        }
        Ok(size)
    }
}

impl RawIo for BytesIo {
    fn lend(&mut self, max: usize) -> Result<Option<Chunk>> {
        self.open()?;
        let len = self.rest().len().min(max);
        if len == 0 {
            return Ok(Some(Chunk::new()));
        }
        let start = self.content.len() - self.rest().len();
        let whole = self
            .lent
            .get_or_insert_with(|| Chunk::from_owner(Owner(Arc::clone(&self.content))));
        self.position += len as u64;
        Ok(Some(whole.slice(start..start + len)))
    }
}

/// `Arc<Vec<u8>>` as bytes.
struct Owner(Arc<Vec<u8>>);

impl AsRef<[u8]> for Owner {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Read for BytesIo {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.open()?;
        let n = self.rest().read(buf)?;
        self.position += n as u64;
        Ok(n)
    }
}

impl Write for BytesIo {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.open()?;
        if buf.is_empty() {
            return Ok(0);
        }
        let span = usize::try_from(self.position)
            .ok()
            .and_then(|start| Some((start, start.checked_add(buf.len())?)))
            .filter(|&(_, end)| end <= isize::MAX as usize);
        let Some((start, end)) = span else {
            return Err(Error::InvalidArgument {
                argument: "position",
                problem: "memory cannot hold so many bytes",
            }
            .into());
        };
        let content = self.content_mut();
        content
            .try_reserve(end.saturating_sub(content.len()))
            .map_err(|_| io::ErrorKind::OutOfMemory)?;
        if content.len() < start {
            content.resize(start, 0);
        }
        let overwritten = (content.len() - start).min(buf.len());
        content[start..start + overwritten].copy_from_slice(&buf[..overwritten]);
        content.extend_from_slice(&buf[overwritten..]);
        self.position = end as u64;
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(self.open()?)
    }
}

impl Seek for BytesIo {
    /// Moves the position. Like CPython's, a relative move before the start stops at the start;
    /// an absolute position is never negative here.
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.open()?;
        let (base, distance) = match to {
            SeekFrom::Start(position) => (position, 0),
            SeekFrom::Current(distance) => (self.position, distance),
            SeekFrom::End(distance) => (self.content.len() as u64, distance),
        };
        self.position = base.saturating_add_signed(distance);
        Ok(self.position)
    }
}
