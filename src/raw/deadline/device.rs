//! [`Deadline`]: the device, its handle, and what a device below it has to know.

use std::fmt;
use std::io::{self, ErrorKind, IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::error::{Operation, Result, checked_count, retry};
use crate::io_base::{BorrowedDevice, IoBase};
use crate::raw::unread::{self, GiveBack, Unread};
use crate::raw::{RawIo, whole};

/// A device that can wait for bytes a certain time.
pub trait WaitRead {
    /// Waits until a read would not block, which is also so at the end and where it would fail. `false`:
    /// the time is over.
    ///
    /// # Errors
    ///
    /// What the system says; [`Interrupted`](ErrorKind::Interrupted) for a signal.
    fn wait_read(&mut self, time: Duration) -> io::Result<bool>;
}

/// A device whose reads end at a certain time: a time for a whole line, record or request.
///
/// A socket's own time-out begins anew with each read, so that a peer that sends a byte now and then is
/// waited for forever. This asks for the time that is left before each read, and after the deadline returns
/// an error of kind [`TimedOut`](ErrorKind::TimedOut), whatever is there. It goes for all reads of the streams
/// above: **nothing is lost**, and after a new deadline the same call goes on, in the middle of a line or a
/// character.
///
/// The [handle](Deadline::handle) sets the deadline, past any number of layers, for the next read. Without one
/// reads wait as those of the device do. Writes pass through.
///
/// For sockets, and on Unix for pipes, terminals and all other files.
///
/// # Examples
///
#[cfg_attr(unix, doc = "```")]
#[cfg_attr(not(unix), doc = "```ignore")]
/// use std::io::Write;
/// use std::time::{Duration, Instant};
/// use iolite::raw::Deadline;
/// use iolite::{BufferedReader, FileIo, TextIo, TextIoWrapper};
///
/// let (reader, mut writer) = std::io::pipe()?;
/// let device = Deadline::new(FileIo::from(reader));
/// let deadline = device.handle();
/// let mut requests = TextIoWrapper::new(BufferedReader::new(device));
///
/// writer.write_all(b"half a li")?;
/// deadline.set(Some(Instant::now() + Duration::from_millis(20)));
/// assert!(requests.next_line().is_err_and(|error| error.is_would_block()));
/// writer.write_all(b"ne\n")?;
/// deadline.set(Some(Instant::now() + Duration::from_secs(20)));
/// assert_eq!(requests.next_line()?.as_deref(), Some("half a line"));
/// # Ok::<(), iolite::Error>(())
/// ```
#[doc(alias = "SetReadDeadline")]
#[doc(alias = "timeout")]
pub struct Deadline<D> {
    device: D,
    handle: DeadlineHandle,
    unread: Unread,
}

/// Sets the time at which the reads of a [`Deadline`] end, from anywhere. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct DeadlineHandle {
    at: Arc<Mutex<Option<Instant>>>,
}

impl DeadlineHandle {
    /// Sets the deadline for the reads that begin from now on; `None`: they wait as those of the device
    /// do.
    pub fn set(&self, at: Option<Instant>) {
        *self.at.lock().unwrap_or_else(PoisonError::into_inner) = at;
    }

    /// The deadline.
    #[must_use]
    pub fn get(&self) -> Option<Instant> {
        *self.at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<D: RawIo + WaitRead> Deadline<D> {
    /// A device without a deadline so far.
    pub fn new(device: D) -> Deadline<D> {
        Deadline {
            device,
            handle: DeadlineHandle::default(),
            unread: Unread::default(),
        }
    }

    /// What sets its deadline.
    pub fn handle(&self) -> DeadlineHandle {
        self.handle.clone()
    }

    /// The device.
    pub fn get_ref(&self) -> &D {
        &self.device
    }

    /// The device, for what only it can do.
    pub fn get_mut(&mut self) -> &mut D {
        &mut self.device
    }

    /// The device, and the bytes that were read from it and could not be delivered by a `read_exact` or
    /// `read_to_string`; nearly always none.
    #[must_use = "what was not delivered is lost otherwise"]
    pub fn into_parts(self) -> (D, Vec<u8>) {
        let unread = self.unread.as_slice().to_vec();
        (self.device, unread)
    }

    /// Waits until there is something to read, or the deadline has passed.
    fn wait(&mut self) -> io::Result<()> {
        let Some(deadline) = self.handle.get() else {
            return Ok(());
        };
        let is_in_time = retry(|| {
            // Again after a signal. Once it has passed nothing counts: a peer that always has one byte more
            // would never be stopped.
            let rest = deadline.saturating_duration_since(Instant::now());
            Ok(!rest.is_zero() && self.device.wait_read(rest)?)
        })?;
        if is_in_time {
            Ok(())
        } else {
            Err(ErrorKind::TimedOut.into())
        }
    }
}

impl<D: RawIo + WaitRead> IoBase for Deadline<D> {
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
        self.unread.clear();
        self.device.close()
    }

    fn truncate(&mut self, size: Option<u64>) -> Result<u64> {
        let size = match size {
            None if !self.unread.is_empty() => Some(unread::position(self)?),
            size => size,
        };
        self.device.truncate(size)
    }

    fn is_terminal(&self) -> bool {
        self.device.is_terminal()
    }

    fn flush_and_borrow_fd(&mut self) -> Result<Option<BorrowedDevice<'_>>> {
        let is_empty = self.unread.is_empty();
        Ok(self.device.flush_and_borrow_fd()?.filter(|_| is_empty))
    }
}

impl<D: RawIo + WaitRead> RawIo for Deadline<D> {
    fn block_size(&self) -> Option<usize> {
        self.device.block_size()
    }

    fn rest_hint(&mut self) -> Option<u64> {
        self.device.rest_hint()
    }

    fn is_append_only(&self) -> bool {
        self.device.is_append_only()
    }
}

impl<D: RawIo + WaitRead> GiveBack for Deadline<D> {
    fn read_device(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.device.readable() && !buf.is_empty() {
            self.wait()?;
        }
        let n = retry(|| self.device.read(buf))?;
        Ok(checked_count(Operation::Read, n, buf.len())?)
    }

    /// Into the first slice that has room.
    fn read_device_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.read_device(whole::first_with_room(bufs))
    }

    fn seek_device(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.device.seek(to)
    }

    fn unread(&mut self) -> &mut Unread {
        &mut self.unread
    }
}

impl<D: RawIo + WaitRead> Read for Deadline<D> {
    unread::read_calls!(self => self, "crate::Adapter");
}

impl<D: RawIo + WaitRead> Write for Deadline<D> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.device.write(buf)
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.device.write_vectored(bufs)
    }

    whole::write_calls!(self);

    fn flush(&mut self) -> io::Result<()> {
        self.device.flush()
    }
}

impl<D: RawIo + WaitRead> Seek for Deadline<D> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        unread::seek(self, to)
    }

    fn stream_position(&mut self) -> io::Result<u64> {
        unread::position(self)
    }
}

impl<D: fmt::Debug> fmt::Debug for Deadline<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deadline")
            .field("device", &self.device)
            .field("at", &self.handle.get())
            .finish_non_exhaustive()
    }
}
