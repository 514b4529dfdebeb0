//! [`Concat`]: devices one after another, as one.

use std::fmt;
use std::io::{self, IoSliceMut, Read, Seek, SeekFrom};

use crate::error::{AFTER_LAST, Error, Operation, Result, both, checked_count, moved_by, retry};
use crate::io_base::IoBase;
use crate::raw::positioned::{go_to, size};
use crate::raw::read_only::{check_open, refuse, refuse_writes};
use crate::raw::unread::{self, GiveBack, Unread};
use crate::raw::{RawIo, whole};

/// Devices that are read one after another, as one: the files of a rotated log, the parts of a download.
/// Go's `io.MultiReader`, and it seeks where all of them do.
///
/// Each is read from its start where it seeks, and from where it is where not. The end of the last one is
/// not remembered: if it grows, reading goes on. One that grows after it was left behind is not read
/// further, and positions behind it would no longer be true.
///
/// # Examples
///
/// A line that goes from one device into the next:
///
/// ```
/// use std::io::{Seek, SeekFrom};
/// use iolite::raw::Concat;
/// use iolite::{BufferedReader, BytesIo, TextIo, TextIoWrapper};
///
/// let parts = [&b"one\ntw"[..], b"", b"o\nthree\n"].map(|part| BytesIo::from(part.to_vec()));
/// let mut all = Concat::new(parts);
/// assert_eq!(all.seek(SeekFrom::End(0))?, 14);
/// all.rewind()?;
/// let mut text = TextIoWrapper::new(BufferedReader::new(all));
/// assert_eq!(text.next_line()?.as_deref(), Some("one"));
/// assert_eq!(text.next_line()?.as_deref(), Some("two"));
/// assert_eq!(text.byte_offset(), 8);
/// # Ok::<(), iolite::Error>(())
/// ```
#[doc(alias = "MultiReader")]
#[doc(alias = "SequenceInputStream")]
pub struct Concat<D> {
    devices: Vec<D>,
    /// The one that is read.
    current: usize,
    /// Whether it was moved to where it is to be read.
    is_entered: bool,
    /// In bytes from the start of all.
    position: u64,
    unread: Unread,
    is_closed: bool,
}

impl<D: RawIo> Concat<D> {
    /// All of some devices, in their order.
    pub fn new(devices: impl IntoIterator<Item = D>) -> Concat<D> {
        Concat {
            devices: devices.into_iter().collect(),
            current: 0,
            is_entered: false,
            position: 0,
            unread: Unread::default(),
            is_closed: false,
        }
    }

    /// The devices.
    pub fn get_ref(&self) -> &[D] {
        &self.devices
    }

    /// The number of the device that is read now, from 0.
    pub fn current(&self) -> usize {
        self.current
    }

    /// The bytes that were read and could not be delivered by a `read_exact` or `read_to_string`, where
    /// not all devices seek; nearly always none. The next read returns them.
    pub fn unread(&self) -> &[u8] {
        self.unread.as_slice()
    }

    /// The devices, wherever they stand.
    pub fn into_inner(self) -> Vec<D> {
        self.devices
    }

    /// The device that is read now, at its start when it comes to that.
    fn enter(&mut self) -> Result<Option<&mut D>> {
        let Some(device) = self.devices.get_mut(self.current) else {
            return Ok(None);
        };
        if !self.is_entered && device.seekable() {
            go_to(device, 0)?;
        }
        self.is_entered = true;
        Ok(Some(device))
    }

    /// Goes to the device that has a position, and there. Positions after the end are in the last one.
    fn go_to_position(&mut self, position: u64) -> Result<()> {
        let mut start = 0;
        let last = self.devices.len().saturating_sub(1);
        for (number, device) in self.devices.iter_mut().enumerate() {
            // The last one need not be asked: whatever is left is in it.
            let end = match number {
                number if number == last => u64::MAX,
                _ => size(device)?.saturating_add(start),
            };
            if position < end || number == last {
                go_to(device, position - start)?;
                (self.current, self.is_entered) = (number, true);
                break;
            }
            start = end;
        }
        self.position = position;
        Ok(())
    }

    fn end(&mut self) -> Result<u64> {
        self.devices.iter_mut().try_fold(0_u64, |end, device| {
            end.checked_add(size(device)?).ok_or(AFTER_LAST)
        })
    }
}

impl<D: RawIo> IoBase for Concat<D> {
    fn readable(&self) -> bool {
        !self.is_closed && self.devices.iter().all(IoBase::readable)
    }

    fn writable(&self) -> bool {
        false
    }

    fn seekable(&self) -> bool {
        !self.is_closed && self.devices.iter().all(IoBase::seekable)
    }

    fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// Closes all devices, whatever the others say.
    fn close(&mut self) -> Result<()> {
        self.is_closed = true;
        self.unread.clear();
        let mut closed = Ok(());
        for device in &mut self.devices {
            closed = both(closed, device.close());
        }
        closed
    }

    fn truncate(&mut self, _: Option<u64>) -> Result<u64> {
        refuse(self, Operation::Truncate)
    }
}

impl<D: RawIo> RawIo for Concat<D> {
    /// That of the first.
    fn block_size(&self) -> Option<usize> {
        self.devices.first()?.block_size()
    }
}

impl<D: RawIo> GiveBack for Concat<D> {
    fn read_device(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        check_open(self)?;
        loop {
            let Some(device) = self.enter()? else {
                return Ok(0);
            };
            let n = retry(|| device.read(buf))?;
            let n = checked_count(Operation::Read, n, buf.len())?;
            if n > 0 || buf.is_empty() || self.current + 1 == self.devices.len() {
                self.position += n as u64;
                return Ok(n);
            }
            (self.current, self.is_entered) = (self.current + 1, false);
        }
    }

    /// Into the first slice that has room.
    fn read_device_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.read_device(whole::first_with_room(bufs))
    }

    fn seek_device(&mut self, to: SeekFrom) -> io::Result<u64> {
        check_open(self)?;
        let operation = Operation::Seek;
        if !self.seekable() {
            return Err(Error::Unsupported { operation }.into());
        }
        let position = match to {
            SeekFrom::Start(position) => position,
            SeekFrom::Current(0) => return Ok(self.position),
            SeekFrom::Current(distance) => moved_by(self.position, distance)?,
            SeekFrom::End(distance) => moved_by(self.end()?, distance)?,
        };
        self.go_to_position(position)?;
        Ok(position)
    }

    fn unread(&mut self) -> &mut Unread {
        &mut self.unread
    }
}

impl<D: RawIo> Read for Concat<D> {
    unread::read_calls!(self => self, "crate::Adapter");
}

refuse_writes!([D: RawIo] Concat<D>);

impl<D: RawIo> Seek for Concat<D> {
    /// Asks the devices before the target how long they are.
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        unread::seek(self, to)
    }
}

impl<D: fmt::Debug> fmt::Debug for Concat<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Concat")
            .field("devices", &self.devices)
            .field("current", &self.current)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}
