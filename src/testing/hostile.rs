//! [`HostileDevice`]: a device in memory that misbehaves as it is told, and its [`Probe`].

use std::io::{self, ErrorKind, IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::behaviour::Behaviour::{
    self, Appending, BlockSize, ErrorAfter, FailingClose, Halves, Interrupted, KindAfter, Lies,
    LyingCounts, LyingLender, NoProgress, OneByte, PanicAfter, PanicOnWrite, Positioned, Room,
    ShortWrites, Standing, Terminal, TimedOut, Unreadable, Unseekable, Unwritable, WouldBlock,
    Zeros,
};
use super::file_model::FileModel;
use crate::chunk::Chunk;
use crate::error::{Error, Operation, Result};
use crate::io_base::IoBase;
use crate::raw::{RawIo, scatter, total};

/// The system's number of the error that [`Behaviour::ErrorAfter`] and
/// [`Behaviour::FailingClose`] return: an I/O error.
pub const EIO: i32 = 5;

/// How often a [`HostileDevice`] was called, failed calls included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallCounts {
    /// Reads, positioned ones included.
    pub reads: usize,
    /// Writes, positioned ones included.
    pub writes: usize,
    /// Seeks; asking for the position is one.
    pub seeks: usize,
    /// Flushes.
    pub flushes: usize,
    /// Truncations.
    pub truncates: usize,
    /// Closes, those of a closed device included.
    pub closes: usize,
    /// Questions for the descriptor.
    pub descriptors: usize,
}

/// A device in memory that misbehaves as it is told; see [`Behaviour`].
///
/// Use it where your code takes a [`RawIo`], or anything of std's traits. Behaviours are
/// composable. Without any it is a well-behaved file that counts its calls.
///
/// # Examples
///
/// One byte at every other call; the call between fails and loses nothing:
///
/// ```
/// use std::io::Read;
/// use iolite::testing::{Behaviour, HostileDevice};
///
/// let mut device = HostileDevice::new(b"abc")
///     .with(Behaviour::OneByte)
///     .with(Behaviour::WouldBlock);
/// let probe = device.probe();
/// let mut buf = [0; 8];
/// assert!(device.read(&mut buf).is_err());
/// assert_eq!(device.read(&mut buf)?, 1);
/// assert_eq!(probe.calls().reads, 2);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct HostileDevice {
    behaviours: Vec<Behaviour>,
    shared: Probe,
}

/// What a test sees of a [`HostileDevice`] while a stream owns it.
///
/// # Examples
///
/// ```
/// use std::io::Write;
/// use iolite::BufferedWriter;
/// use iolite::testing::HostileDevice;
///
/// let device = HostileDevice::new(b"");
/// let probe = device.probe();
/// let mut writer = BufferedWriter::new(device);
/// writer.write_all(b"two ")?;
/// writer.write_all(b"pieces")?;
/// assert_eq!(probe.calls().writes, 0);
/// writer.flush()?;
/// assert_eq!((probe.content(), probe.calls().writes), (b"two pieces".to_vec(), 1));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Probe(Arc<Mutex<DeviceState>>);

#[derive(Debug, Default)]
struct DeviceState {
    file: FileModel,
    calls: CallCounts,
    /// Where each positioned write went.
    write_places: Vec<u64>,
    /// How much each read asked for.
    read_sizes: Vec<usize>,
    /// Address and length of each piece that a write was given.
    pieces: Vec<(usize, usize)>,
    /// How many pieces each write had.
    gathers: Vec<usize>,
    /// Address of each piece of memory that a read was given.
    targets: Vec<usize>,
    /// How many bytes went through it, in either direction.
    moved: usize,
    /// How many of those were written.
    written: usize,
    failed: bool,
    /// Whether the error of `Behaviour::KindAfter` was returned.
    has_failed: bool,
    /// See `Behaviour::Room`.
    room_made: usize,
    panicked: bool,
    /// Toggles of the behaviours of every other call.
    signal: bool,
    block: bool,
    late: bool,
    lie: bool,
    zero: bool,
    next_error: Option<i32>,
    next_kind: Option<ErrorKind>,
    closed: bool,
}

impl Probe {
    /// All bytes that the device has.
    #[must_use]
    pub fn content(&self) -> Vec<u8> {
        self.state().file.content.clone()
    }

    /// Where the device stands.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.state().file.position
    }

    /// How often the device was called.
    #[must_use]
    pub fn calls(&self) -> CallCounts {
        self.state().calls
    }

    /// How much each read asked for, in bytes.
    #[must_use]
    pub fn read_sizes(&self) -> Vec<usize> {
        self.state().read_sizes.clone()
    }

    /// Address and length of every piece of every write: equal to those of the caller's memory
    /// where nothing was copied.
    #[must_use]
    pub fn pieces(&self) -> Vec<(usize, usize)> {
        self.state().pieces.clone()
    }

    /// How many pieces each write had: more than one is a gather write.
    #[must_use]
    pub fn gathers(&self) -> Vec<usize> {
        self.state().gathers.clone()
    }

    /// Where each positioned write went, in bytes from the start.
    #[must_use]
    pub fn write_places(&self) -> Vec<u64> {
        self.state().write_places.clone()
    }

    /// The address of the memory that each read was given.
    #[must_use]
    pub fn targets(&self) -> Vec<usize> {
        self.state().targets.clone()
    }

    /// Whether the device was closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.state().closed
    }

    /// Somebody reads this many bytes from a full device; see [`Behaviour::Room`].
    pub fn make_room(&self, bytes: usize) {
        self.state().room_made += bytes;
    }

    /// Somebody else appends to the file.
    pub fn grow(&self, bytes: &[u8]) {
        self.state().file.content.extend_from_slice(bytes);
    }

    /// Somebody else changes the file in place.
    ///
    /// # Panics
    ///
    /// If the bytes would reach beyond the end.
    pub fn overwrite(&self, at: usize, bytes: &[u8]) {
        self.state().file.content[at..at + bytes.len()].copy_from_slice(bytes);
    }

    /// The next call of any kind fails with this error number of the system.
    pub fn fail_next(&self, errno: i32) {
        self.state().next_error = Some(errno);
    }

    /// The next call of any kind fails with this kind.
    pub fn answer_next(&self, kind: ErrorKind) {
        self.state().next_kind = Some(kind);
    }

    fn state(&self) -> MutexGuard<'_, DeviceState> {
        // A panicking device poisons the lock, and the test wants to look at it all the same.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HostileDevice {
    /// A well-behaved device with this content, at position 0.
    #[must_use]
    pub fn new(content: &[u8]) -> HostileDevice {
        let probe = Probe::default();
        probe.state().file.content = content.to_vec();
        HostileDevice {
            behaviours: Vec::new(),
            shared: probe,
        }
    }

    /// The same device with one more behaviour.
    #[must_use]
    pub fn with(mut self, behaviour: Behaviour) -> HostileDevice {
        self.behaviours.push(behaviour);
        self
    }

    /// The same device with these behaviours as well.
    #[must_use]
    pub fn with_all(mut self, behaviours: &[Behaviour]) -> HostileDevice {
        self.behaviours.extend_from_slice(behaviours);
        self
    }

    /// The test's own view of the device; it stays valid when a stream takes the device.
    #[must_use]
    pub fn probe(&self) -> Probe {
        self.shared.clone()
    }

    fn is(&self, behaviour: Behaviour) -> bool {
        self.behaviours.contains(&behaviour)
    }

    /// What every call starts with.
    fn enter(&self) -> io::Result<MutexGuard<'_, DeviceState>> {
        let mut state = self.shared.state();
        if state.closed {
            return Err(Error::Closed.into());
        }
        if let Some(errno) = state.next_error.take() {
            return Err(io::Error::from_raw_os_error(errno));
        }
        if let Some(kind) = state.next_kind.take() {
            return Err(kind.into());
        }
        if self.is(Interrupted) {
            state.signal = !state.signal;
            if state.signal {
                return Err(ErrorKind::Interrupted.into());
            }
        }
        Ok(state)
    }

    /// What every call that moves bytes starts with.
    fn transfer(&self) -> io::Result<MutexGuard<'_, DeviceState>> {
        let mut state = self.enter()?;
        if self.is(WouldBlock) {
            state.block = !state.block;
            if state.block {
                return Err(ErrorKind::WouldBlock.into());
            }
        }
        if self.is(TimedOut) {
            state.late = !state.late;
            if state.late {
                return Err(ErrorKind::TimedOut.into());
            }
        }
        let panics = |b: &Behaviour| matches!(b, PanicAfter(n) if state.moved >= *n);
        if !state.panicked && self.behaviours.iter().any(panics) {
            state.panicked = true;
            panic!("the device panics, as it was told");
        }
        let due = |b: &Behaviour| matches!(b, ErrorAfter(n) if state.moved >= *n);
        if !state.failed && self.behaviours.iter().any(due) {
            state.failed = true;
            return Err(io::Error::from_raw_os_error(EIO));
        }
        let due = self.behaviours.iter().find_map(|b| match *b {
            KindAfter(n, kind) if !state.has_failed && state.moved >= n => Some(kind),
            _ => None,
        });
        if let Some(kind) = due {
            state.has_failed = true;
            return Err(kind.into());
        }
        Ok(state)
    }

    /// How much of `asked` bytes is moved.
    fn limit(&self, asked: usize, writing: bool, state: &DeviceState) -> usize {
        self.behaviours.iter().fold(asked, |n, b| match *b {
            OneByte => n.min(1),
            Halves => n.div_ceil(2),
            ShortWrites(most) if writing => n.min(most),
            ErrorAfter(at) if !state.failed => n.min(at - state.moved),
            PanicAfter(at) if !state.panicked => n.min(at - state.moved),
            KindAfter(at, _) if !state.has_failed => n.min(at - state.moved),
            Room(size) if writing => n.min(size + state.room_made - state.written),
            NoProgress if writing => 0,
            _ => n,
        })
    }

    /// Makes a call at `offset`, after which the position is where it was.
    fn positioned_at<T>(&mut self, offset: u64, call: impl FnOnce(&mut Self) -> T) -> T {
        assert!(self.is(Positioned), "nobody calls what is not there");
        let before = std::mem::replace(&mut self.shared.state().file.position, offset);
        let outcome = call(self);
        self.shared.state().file.position = before;
        outcome
    }

    /// Whether this read or write is one that lies.
    fn lies(&self, state: &mut DeviceState) -> bool {
        state.lie = self.is(Lies) && !state.lie;
        state.lie
    }

    fn seeking(&self, operation: Operation) -> io::Result<MutexGuard<'_, DeviceState>> {
        let state = self.enter()?;
        if self.is(Unseekable) {
            return Err(Error::Unsupported { operation }.into());
        }
        Ok(state)
    }
}

impl IoBase for HostileDevice {
    fn readable(&self) -> bool {
        !self.is_closed() && !self.is(Unreadable)
    }

    fn writable(&self) -> bool {
        !self.is_closed() && !self.is(Unwritable)
    }

    fn seekable(&self) -> bool {
        !self.is_closed() && !self.is(Unseekable)
    }

    fn is_closed(&self) -> bool {
        self.shared.is_closed()
    }

    fn close(&mut self) -> Result<()> {
        let mut state = self.shared.state();
        state.calls.closes += 1;
        if state.closed {
            return Ok(());
        }
        state.closed = true;
        if self.is(FailingClose) {
            return Err(io::Error::from_raw_os_error(EIO + 1).into());
        }
        Ok(())
    }

    fn truncate(&mut self, size: Option<u64>) -> Result<u64> {
        self.shared.state().calls.truncates += 1;
        let mut state = self.seeking(Operation::Truncate)?;
        let size = size.unwrap_or(state.file.position);
        state
            .file
            .set_len(usize::try_from(size).expect("it fits in memory"));
        Ok(size)
    }

    fn is_terminal(&self) -> bool {
        self.is(Terminal)
    }

    #[cfg(unix)]
    fn flush_and_borrow_fd(&mut self) -> Result<Option<std::os::fd::BorrowedFd<'_>>> {
        self.shared.state().calls.descriptors += 1;
        Ok(None)
    }
}

impl RawIo for HostileDevice {
    fn is_append_only(&self) -> bool {
        self.is(Appending)
    }

    fn block_size(&self) -> Option<usize> {
        self.behaviours.iter().find_map(|b| match b {
            BlockSize(size) => Some(*size),
            _ => None,
        })
    }

    fn read_shared(&mut self, max: usize) -> Result<Option<Chunk>> {
        let lent = self.is(LyingLender).then(|| vec![0; max + 1]);
        Ok(lent.map(Chunk::from))
    }

    fn supports_read_at(&self) -> bool {
        self.is(Positioned)
    }

    fn read_at(&mut self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        self.positioned_at(offset, |device| device.read(buf))
    }

    fn write_at(&mut self, buf: &[u8], offset: u64) -> io::Result<usize> {
        assert!(!self.is_append_only(), "every write goes to the end");
        self.shared.state().write_places.push(offset);
        self.positioned_at(offset, |device| device.write(buf))
    }
}

impl Read for HostileDevice {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let mut state = self.shared.state();
        state.calls.reads += 1;
        state.read_sizes.push(buf.len());
        state.targets.push(buf.as_ptr() as usize);
        drop(state);
        let mut state = self.transfer()?;
        if self.lies(&mut state) {
            return Ok(buf.len() + 1);
        }
        let limit = self.limit(buf.len(), false, &state);
        let n = state.file.read(&mut buf[..limit]);
        state.moved += n;
        Ok(if self.is(LyingCounts) {
            buf.len() + 1
        } else {
            n
        })
    }

    /// As one read into all of the slices: so a lie is one about all of them.
    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        let mut all = vec![0; total(bufs)];
        let n = self.read(&mut all)?;
        scatter(&all[..n.min(all.len())], bufs);
        Ok(n)
    }
}

impl Write for HostileDevice {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(buf)])
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut state = self.shared.state();
        state.calls.writes += 1;
        state.gathers.push(bufs.len());
        for piece in bufs {
            state.pieces.push((piece.as_ptr() as usize, piece.len()));
        }
        drop(state);
        assert!(!self.is(PanicOnWrite), "the device panics, as it was told");
        let mut state = self.transfer()?;
        let whole = bufs
            .iter()
            .map(|piece| &piece[..])
            .collect::<Vec<_>>()
            .concat();
        if self.lies(&mut state) {
            return Ok(whole.len() + 1);
        }
        state.zero = self.is(Zeros) && !state.zero;
        if state.zero {
            return Ok(0);
        }
        let limit = self.limit(whole.len(), true, &state);
        if limit == 0 && self.behaviours.iter().any(|b| matches!(b, Room(_))) {
            return Err(ErrorKind::WouldBlock.into());
        }
        if self.is(Appending) && limit > 0 {
            state.file.position = state.file.content.len() as u64;
        }
        state.file.write(&whole[..limit]);
        state.moved += limit;
        state.written += limit;
        Ok(if self.is(LyingCounts) {
            whole.len() + 1
        } else {
            limit
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.shared.state().calls.flushes += 1;
        let _record = self.transfer()?;
        if self.is(FailingClose) {
            return Err(io::Error::from_raw_os_error(EIO));
        }
        Ok(())
    }
}

impl Seek for HostileDevice {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.shared.state().calls.seeks += 1;
        let mut state = self.seeking(Operation::Seek)?;
        if self.is(Standing) {
            return Ok(0);
        }
        state
            .file
            .seek(to)
            .ok_or_else(|| ErrorKind::InvalidInput.into())
    }
}
