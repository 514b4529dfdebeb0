//! [`MmapIo`]: mapped memory with a position.

use std::fmt;
use std::io::{self, ErrorKind, IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write};

use memmap2::{Mmap, MmapMut};

use crate::chunk::Chunk;
use crate::error::{Error, Operation, Result, moved_by, retry};
use crate::io_base::IoBase;
use crate::raw::RawIo;
use crate::raw::whole::{
    self, from_offset, read_exact_from, read_to_end_from, read_to_string_from, scatter,
};

/// A file mapped into memory, or memory without a file, as a raw stream.
///
/// A read-only map lends its pages instead of copying them, and chunks of it keep it alive. One
/// that can be written ([`access`](super::MmapOptions::access)) is read by copying, so that no
/// chunk ever changes. Its size is that of the moment when it was mapped, and never changes: a
/// write takes what fits, and at the end and after it is an error of the kind
/// [`StorageFull`](ErrorKind::StorageFull) (CPython takes nothing then). An empty file works.
///
/// Three ways are safe: [`anonymous`](MmapIo::anonymous) memory, [`sealed`](MmapIo::sealed)
/// files, and a [`FileIo`](crate::FileIo) instead. Any other file can change or be cut while it
/// is mapped, which is undefined behaviour or ends the process; see
/// [`MmapOptions::map`](super::MmapOptions::map).
///
/// What was written is with the system at once, as with any file, and on the disk after a
/// [`flush`](Write::flush) (`msync`); a buffer above flushes it with each flush of its own.
///
/// Reading a map is not always faster than reading the file: page faults cost too.
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
#[doc(alias = "mmap")]
pub struct MmapIo {
    /// `None` once closed.
    pages: Option<Pages>,
    position: u64,
}

/// The mapped memory. Either shared as chunks or written, never both, so that no chunk changes.
enum Pages {
    /// Read-only: lent as chunks, which keep it alive.
    Frozen(Chunk),
    /// Written by this stream, and never lent.
    Writable(MmapMut),
}

impl Pages {
    fn as_slice(&self) -> &[u8] {
        match self {
            Pages::Frozen(chunk) => chunk,
            Pages::Writable(map) => map,
        }
    }
}

impl MmapIo {
    /// Private memory of `len` zero bytes. The position is 0.
    ///
    /// # Errors
    ///
    /// What the system says: there is not so much memory.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Read, Seek, Write};
    /// use iolite::MmapIo;
    ///
    /// let mut scratch = MmapIo::anonymous(4096)?;
    /// scratch.write_all(b"note")?;
    /// assert_eq!(&scratch.as_slice()[..6], b"note\0\0");
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn anonymous(len: usize) -> Result<MmapIo> {
        Ok(MmapIo::writable(MmapMut::map_anon(len)?))
    }

    pub(super) fn read_only(map: Mmap) -> MmapIo {
        MmapIo::over(Pages::Frozen(Chunk::from_owner(map)))
    }

    pub(super) fn writable(map: MmapMut) -> MmapIo {
        MmapIo::over(Pages::Writable(map))
    }

    fn over(pages: Pages) -> MmapIo {
        MmapIo {
            pages: Some(pages),
            position: 0,
        }
    }

    /// All mapped bytes; none once closed.
    pub fn as_slice(&self) -> &[u8] {
        self.pages.as_ref().map_or(&[], Pages::as_slice)
    }

    /// All mapped bytes for changing them in place; `None` if the map is read-only or closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::MmapIo;
    ///
    /// let mut scratch = MmapIo::anonymous(3)?;
    /// scratch.as_mut_slice().expect("it is writable").fill(b'x');
    /// assert_eq!(scratch.as_slice(), b"xxx");
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn as_mut_slice(&mut self) -> Option<&mut [u8]> {
        match &mut self.pages {
            Some(Pages::Writable(map)) => Some(map),
            _ => None,
        }
    }

    /// Reads at `offset` in bytes from the start, and leaves the position where it is. Several
    /// threads may do so at once. (Writing changes the memory, and takes `&mut`.)
    ///
    /// # Errors
    ///
    /// [`Error::Closed`].
    pub fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        from_offset(self.open()?.as_slice(), offset).read(buf)
    }

    /// Starts writing changes to the disk, without waiting.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`], and what the system says.
    pub fn flush_async(&mut self) -> Result<()> {
        self.sync(MmapMut::flush_async)
    }

    /// Writes the `len` bytes from `offset`, counted from the start of the map, to the disk, and
    /// waits.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`], kind `InvalidInput` beyond the end of a map that can be written, and
    /// what the system says.
    pub fn flush_range(&mut self, offset: usize, len: usize) -> Result<()> {
        self.sync(|map| map.flush_range(offset, len))
    }

    /// A read-only map has nothing to write.
    fn sync(&self, call: impl Fn(&MmapMut) -> io::Result<()>) -> Result<()> {
        match self.open()? {
            Pages::Frozen(_) => Ok(()),
            Pages::Writable(map) => Ok(retry(|| call(map))?),
        }
    }

    fn open(&self) -> Result<&Pages> {
        self.pages.as_ref().ok_or(Error::Closed)
    }

    /// The bytes from the position on.
    fn rest(&self) -> Result<&[u8]> {
        Ok(from_offset(self.open()?.as_slice(), self.position))
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
        matches!(self.pages, Some(Pages::Writable(_)))
    }

    fn seekable(&self) -> bool {
        !self.is_closed()
    }

    fn is_closed(&self) -> bool {
        self.pages.is_none()
    }

    /// Releases the map; chunks of it keep the memory alive. The system has what was written, and
    /// writes it to the disk at some time: [`flush`](Write::flush) first to be sure.
    fn close(&mut self) -> Result<()> {
        self.pages = None;
        Ok(())
    }

    /// A map keeps its size.
    fn truncate(&mut self, _: Option<u64>) -> Result<u64> {
        self.refuse(Operation::Truncate)
    }
}

impl RawIo for MmapIo {
    /// The next bytes of a read-only map; `None` for one that can be written.
    fn read_shared(&mut self, max: usize) -> Result<Option<Chunk>> {
        let Pages::Frozen(whole) = self.open()? else {
            return Ok(None);
        };
        let rest = from_offset(whole, self.position).len();
        let start = whole.len() - rest;
        let chunk = whole.slice(start..start + max.min(rest));
        self.position += chunk.len() as u64;
        Ok(Some(chunk))
    }

    fn rest_hint(&mut self) -> Option<u64> {
        let whole = self.pages.as_ref()?.as_slice();
        Some(from_offset(whole, self.position).len() as u64)
    }

    fn supports_read_at(&self) -> bool {
        true
    }

    fn read_at(&mut self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        MmapIo::read_at(self, buf, offset)
    }

    /// Takes what fits; at the end and past it nothing does.
    fn write_at(&mut self, buf: &[u8], offset: u64) -> io::Result<usize> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let Some(pages) = self.as_mut_slice() else {
            return Ok(self.refuse(Operation::Write)?);
        };
        let room = pages.get_mut(start..).unwrap_or_default();
        if room.is_empty() && !buf.is_empty() {
            return Err(ErrorKind::StorageFull.into());
        }
        let n = room.len().min(buf.len());
        room[..n].copy_from_slice(&buf[..n]);
        Ok(n)
    }
}

impl Read for MmapIo {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.read_at(buf, self.position)?;
        self.position += n as u64;
        Ok(n)
    }

    /// Fills one slice after the other, as far as there are bytes.
    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        let n = scatter(self.rest()?, bufs);
        self.position += n as u64;
        Ok(n)
    }

    /// Fills `buf`, or leaves everything in place: see [`Error::PartialRead`].
    fn read_exact(&mut self, buf: &mut [u8]) -> io::Result<()> {
        read_exact_from(self.rest()?, buf)?;
        self.position += buf.len() as u64;
        Ok(())
    }

    /// Appends everything that is left, after reserving room for exactly that; takes nothing if
    /// there is no memory for it.
    fn read_to_end(&mut self, buf: &mut Vec<u8>) -> io::Result<usize> {
        let n = read_to_end_from(self.rest()?, buf)?;
        self.position += n as u64;
        Ok(n)
    }

    /// Appends everything that is left, or the text before the first malformed bytes
    /// ([`Error::Decode`]); the position is right after what was appended.
    fn read_to_string(&mut self, buf: &mut String) -> io::Result<usize> {
        let pages = self.pages.as_ref().ok_or(Error::Closed)?.as_slice();
        let rest = from_offset(pages, self.position);
        read_to_string_from(rest, &mut self.position, buf)
    }
}

impl Write for MmapIo {
    /// Takes what fits; at the end and past it nothing does, which is an error of kind
    /// `StorageFull`.
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let n = self.write_at(buf, self.position)?;
        self.position += n as u64;
        Ok(n)
    }

    /// Takes what fits of all slices.
    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut written = 0;
        let pieces = bufs.iter().filter(|buf| !buf.is_empty());
        for buf in pieces {
            match self.write(buf) {
                Ok(n) if n == buf.len() => written += n,
                Ok(n) => return Ok(written + n),
                Err(_) if written > 0 => return Ok(written),
                Err(error) => return Err(error),
            }
        }
        match written {
            0 => self.write(&[]),
            written => Ok(written),
        }
    }

    whole::write_calls!(self);

    /// Writes changes to the disk, and waits (`msync`).
    fn flush(&mut self) -> io::Result<()> {
        Ok(self.sync(MmapMut::flush)?)
    }
}

impl Seek for MmapIo {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let len = self.open()?.as_slice().len() as u64;
        self.position = match to {
            SeekFrom::Start(position) => position,
            SeekFrom::Current(distance) => moved_by(self.position, distance)?,
            SeekFrom::End(distance) => moved_by(len, distance)?,
        };
        Ok(self.position)
    }
}

impl fmt::Debug for MmapIo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MmapIo")
            .field("len", &self.as_slice().len())
            .field("position", &self.position)
            .field("writable", &self.writable())
            .finish_non_exhaustive()
    }
}
