//! [`Tee`]: what is read is also written elsewhere.

use std::fmt;
use std::io::{self, IoSliceMut, Read, Seek, SeekFrom, Write};

use crate::error::{Error, Operation, Result, both, checked_count, checked_write, retry};
use crate::io_base::IoBase;
use crate::raw::read_only::{check_open, refuse, refuse_writes};
use crate::raw::unread::{self, GiveBack, Unread};
use crate::raw::{RawIo, whole};

/// A device of which every byte that is read is also written to a writer of std: a record of what a peer
/// has sent, a checksum on the way. Go's `io.TeeReader`.
///
/// Bytes are written before they are delivered, once and in order. Where the writer fails, the read
/// returns its error, and the bytes wait: the next read writes and delivers them. So nothing is lost on
/// either side, and a writer that would block is waited for as a device is.
///
/// It cannot seek, since the copy could not.
///
/// # Examples
///
/// ```
/// use iolite::raw::Tee;
/// use iolite::{BufferedReader, BytesIo, TextIo, TextIoWrapper};
///
/// let device = BytesIo::from(b"one\r\ntwo\r\n".to_vec());
/// let mut text = TextIoWrapper::new(BufferedReader::new(Tee::new(device, Vec::new())));
/// while text.next_line()?.is_some() {}
/// assert_eq!(text.get_ref().get_ref().copy(), b"one\r\ntwo\r\n");
/// # Ok::<(), iolite::Error>(())
/// ```
#[doc(alias = "TeeReader")]
pub struct Tee<D, W> {
    device: D,
    copy: W,
    /// What was read, and neither written nor delivered.
    waiting: Unread,
    unread: Unread,
}

impl<D: RawIo, W: Write> Tee<D, W> {
    /// Reads from `device`, and writes what was read to `copy`.
    pub fn new(device: D, copy: W) -> Tee<D, W> {
        Tee {
            device,
            copy,
            waiting: Unread::default(),
            unread: Unread::default(),
        }
    }

    /// The device.
    pub fn get_ref(&self) -> &D {
        &self.device
    }

    /// The writer.
    pub fn copy(&self) -> &W {
        &self.copy
    }

    /// The writer, for what only it can do. What is written to it here comes between the copied bytes.
    pub fn copy_mut(&mut self) -> &mut W {
        &mut self.copy
    }

    /// The bytes that were read and written, and could not be delivered by a `read_exact` or
    /// `read_to_string`; nearly always none. The next read returns them.
    pub fn unread(&self) -> &[u8] {
        self.unread.as_slice()
    }

    /// The device, the writer, and the bytes that were read and neither written nor delivered. Those in
    /// [`unread`](Tee::unread) were read before these.
    #[must_use = "what was not delivered is lost otherwise"]
    pub fn into_parts(self) -> (D, W, Vec<u8>) {
        let waiting = self.waiting.as_slice().to_vec();
        (self.device, self.copy, waiting)
    }

    /// Writes `bytes` to the copy: how many it took, and what stopped it.
    fn write_copy(&mut self, bytes: &[u8]) -> (usize, io::Result<()>) {
        let mut taken = 0;
        while taken < bytes.len() {
            let rest = &bytes[taken..];
            let written = retry(|| self.copy.write(rest));
            match written.and_then(|n| Ok(checked_write(n, rest.len())?)) {
                Ok(n) => taken += n,
                Err(error) => return (taken, Err(error)),
            }
        }
        (taken, Ok(()))
    }
}

impl<D: RawIo, W: Write> IoBase for Tee<D, W> {
    fn readable(&self) -> bool {
        self.device.readable()
    }

    fn writable(&self) -> bool {
        false
    }

    fn seekable(&self) -> bool {
        false
    }

    fn is_closed(&self) -> bool {
        self.device.is_closed()
    }

    /// Writes what waits, flushes the writer, and closes the device.
    fn close(&mut self) -> Result<()> {
        if self.is_closed() {
            return Ok(());
        }
        let waiting = std::mem::take(&mut self.waiting);
        let (taken, written) = self.write_copy(waiting.as_slice());
        self.waiting.append(&waiting.as_slice()[taken..]);
        let flushed = written.and_then(|()| retry(|| self.copy.flush()));
        self.unread.clear();
        both(flushed.map_err(Error::from), self.device.close())
    }

    fn truncate(&mut self, _: Option<u64>) -> Result<u64> {
        refuse(self, Operation::Truncate)
    }

    fn is_terminal(&self) -> bool {
        self.device.is_terminal()
    }
}

impl<D: RawIo, W: Write> RawIo for Tee<D, W> {
    fn block_size(&self) -> Option<usize> {
        self.device.block_size()
    }

    fn rest_hint(&mut self) -> Option<u64> {
        self.device.rest_hint()
    }
}

impl<D: RawIo, W: Write> GiveBack for Tee<D, W> {
    /// What the writer has taken is delivered; what stopped it is reported by the next call, if it
    /// still stops it then.
    fn read_device(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        check_open(self)?;
        let waits = !self.waiting.is_empty();
        let n = if waits {
            let waiting = self.waiting.as_slice();
            let n = waiting.len().min(buf.len());
            buf[..n].copy_from_slice(&waiting[..n]);
            n
        } else {
            let n = retry(|| self.device.read(buf))?;
            checked_count(Operation::Read, n, buf.len())?
        };
        let (taken, stopped) = self.write_copy(&buf[..n]);
        if waits {
            self.waiting.take(taken);
        } else {
            self.waiting.append(&buf[taken..n]);
        }
        match stopped {
            Err(error) if taken == 0 => Err(error),
            _ => Ok(taken),
        }
    }

    /// Into the first slice that has room.
    fn read_device_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.read_device(whole::first_with_room(bufs))
    }

    fn seek_device(&mut self, _: SeekFrom) -> io::Result<u64> {
        Ok(refuse(self, Operation::Seek)?)
    }

    fn unread(&mut self) -> &mut Unread {
        &mut self.unread
    }
}

impl<D: RawIo, W: Write> Read for Tee<D, W> {
    unread::read_calls!(self => self, "crate::Adapter");
}

refuse_writes!([D: RawIo, W: Write] Tee<D, W>);

impl<D: RawIo, W: Write> Seek for Tee<D, W> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        unread::seek(self, to)
    }
}

impl<D: fmt::Debug, W> fmt::Debug for Tee<D, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tee")
            .field("device", &self.device)
            .field("waiting", &self.waiting)
            .finish_non_exhaustive()
    }
}
