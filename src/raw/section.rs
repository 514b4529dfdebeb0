//! [`Section`]: a part of a device as a device.

use std::fmt;
use std::io::{self, IoSliceMut, Read, Seek, SeekFrom};
use std::ops::Range;

use crate::chunk::Chunk;
use crate::error::{AFTER_LAST, Error, Operation, Result, checked_count, moved_by, retry};
use crate::io_base::IoBase;
use crate::raw::positioned::{go_to, read_at};
use crate::raw::read_only::{check_open, refuse, refuse_writes};
use crate::raw::unread::{self, GiveBack, Unread};
use crate::raw::{RawIo, whole};

/// A part of a device, read as a device of its own: Go's `io.SectionReader`, and a limit that seeks.
///
/// It has a position of its own. Where the device has positioned reads
/// ([`supports_read_at`](RawIo::supports_read_at), files on Unix and memory maps) the device's position is
/// neither used nor moved, so that sections over [clones](crate::FileIo::try_clone) of one file can be
/// read by several threads. Any other device is moved before each read, and must not be used meanwhile.
///
/// Positions count from the section's start ([`new`](Section::new)), or stay those of the device
/// ([`until`](Section::until)). Closing a section closes its device; to keep it open, lend it as `&mut`.
///
/// What is written to the device shows here; a section of a device that ends before it ends there.
///
/// # Examples
///
/// ```
/// use std::io::{Read, Seek, SeekFrom};
/// use iolite::BytesIo;
/// use iolite::raw::Section;
///
/// let archive = BytesIo::from(b"header|one|two".to_vec());
/// let mut member = Section::new(archive, 7..10);
/// let mut text = String::new();
/// member.read_to_string(&mut text)?;
/// assert_eq!(text, "one");
/// assert_eq!(member.seek(SeekFrom::End(-1))?, 2);
/// assert_eq!(member.read(&mut [0; 9])?, 1);
/// # Ok::<(), iolite::Error>(())
/// ```
#[doc(alias = "SectionReader")]
#[doc(alias = "LimitedReader")]
#[doc(alias = "take")]
pub struct Section<D> {
    device: D,
    /// Where positions count from: in bytes from the device's start, as all that follow.
    origin: u64,
    end: u64,
    position: u64,
    unread: Unread,
}

impl<D: RawIo> Section<D> {
    /// The bytes in a range of the device, from its start. Positions count from the start of the range.
    pub fn new(device: D, bytes: Range<u64>) -> Section<D> {
        Section {
            device,
            origin: bytes.start,
            end: bytes.end.max(bytes.start),
            position: bytes.start,
            unread: Unread::default(),
        }
    }

    /// The device up to `end`, in bytes from its start, from where it stands. Positions stay those of
    /// the device, also those before.
    ///
    /// # Errors
    ///
    /// That of asking the device for its position.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Read, Seek};
    /// use iolite::BytesIo;
    /// use iolite::raw::Section;
    ///
    /// let mut device = BytesIo::from(b"0123456789".to_vec());
    /// device.read_exact(&mut [0; 4])?;
    /// let mut first = Section::until(device, 6)?;
    /// assert_eq!(first.stream_position()?, 4);
    /// let mut text = String::new();
    /// first.read_to_string(&mut text)?;
    /// first.rewind()?;
    /// first.read_to_string(&mut text)?;
    /// assert_eq!(text, "45012345");
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn until(mut device: D, end: u64) -> Result<Section<D>> {
        let position = retry(|| device.stream_position())?;
        Ok(Section {
            device,
            origin: 0,
            end,
            position,
            unread: Unread::default(),
        })
    }

    /// The range, in bytes from the device's start.
    pub fn range(&self) -> Range<u64> {
        self.origin..self.end
    }

    /// The device.
    pub fn get_ref(&self) -> &D {
        &self.device
    }

    /// The device, to change something on it. Moving it does not move this stream.
    pub fn get_mut(&mut self) -> &mut D {
        &mut self.device
    }

    /// The device, wherever it stands.
    pub fn into_inner(self) -> D {
        self.device
    }

    /// How many of `n` bytes at `offset` are in the section.
    fn room(&self, n: usize, offset: u64) -> usize {
        let rest = self.end.saturating_sub(offset);
        usize::try_from(rest).map_or(n, |rest| rest.min(n))
    }
}

impl<D: RawIo> IoBase for Section<D> {
    fn readable(&self) -> bool {
        self.device.readable()
    }

    fn writable(&self) -> bool {
        false
    }

    fn seekable(&self) -> bool {
        self.device.seekable()
    }

    fn is_closed(&self) -> bool {
        self.device.is_closed()
    }

    fn close(&mut self) -> Result<()> {
        self.unread.clear();
        self.device.close()
    }

    fn truncate(&mut self, _: Option<u64>) -> Result<u64> {
        refuse(self, Operation::Truncate)
    }
}

impl<D: RawIo> RawIo for Section<D> {
    fn read_shared(&mut self, max: usize) -> Result<Option<Chunk>> {
        check_open(self)?;
        let max = self.room(max, self.position);
        // Nothing is moved by a request for nothing: is it a device that lends?
        if self.device.read_shared(0)?.is_none() {
            return Ok(None);
        }
        go_to(&mut self.device, self.position)?;
        let chunk = self.device.read_shared(max)?;
        let len = chunk.as_ref().map_or(0, |chunk| chunk.len());
        self.position += checked_count(Operation::Read, len, max)? as u64;
        Ok(chunk)
    }

    fn block_size(&self) -> Option<usize> {
        self.device.block_size()
    }

    fn supports_read_at(&self) -> bool {
        self.device.supports_read_at()
    }

    fn read_at(&mut self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        let offset = self.origin.checked_add(offset).ok_or(AFTER_LAST)?;
        let room = self.room(buf.len(), offset);
        let n = self.device.read_at(&mut buf[..room], offset)?;
        Ok(checked_count(Operation::Read, n, room)?)
    }
}

impl<D: RawIo> GiveBack for Section<D> {
    fn read_device(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        check_open(self)?;
        let room = self.room(buf.len(), self.position);
        if room == 0 && self.device.readable() {
            return Ok(0);
        }
        let n = read_at(&mut self.device, &mut buf[..room], self.position)?;
        self.position += n as u64;
        Ok(n)
    }

    /// Into the first slice that has room.
    fn read_device_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.read_device(whole::first_with_room(bufs))
    }

    fn seek_device(&mut self, to: SeekFrom) -> io::Result<u64> {
        check_open(self)?;
        let operation = Operation::Seek;
        if !self.device.seekable() {
            return Err(Error::Unsupported { operation }.into());
        }
        let here = self.position.saturating_sub(self.origin);
        let position = match to {
            SeekFrom::Start(position) => position,
            SeekFrom::Current(distance) => moved_by(here, distance)?,
            SeekFrom::End(distance) => moved_by(self.end - self.origin, distance)?,
        };
        self.position = self.origin.checked_add(position).ok_or(AFTER_LAST)?;
        Ok(position)
    }

    fn unread(&mut self) -> &mut Unread {
        &mut self.unread
    }
}

impl<D: RawIo> Read for Section<D> {
    unread::read_calls!(self => self, "crate::Adapter");
}

refuse_writes!([D: RawIo] Section<D>);

impl<D: RawIo> Seek for Section<D> {
    /// The end is the section's, also where the device ends before it.
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        unread::seek(self, to)
    }
}

impl<D: fmt::Debug> fmt::Debug for Section<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Section")
            .field("device", &self.device)
            .field("range", &(self.origin..self.end))
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}
