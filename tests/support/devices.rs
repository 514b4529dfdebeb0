//! [`Hostile`]: a device in memory that misbehaves as it is told, and its [`Probe`].
//!
//! Behaviours are composable: `Hostile::new(b"abc").with(OneByte).with(WouldBlock)` gives one
//! byte at every other call. Without any it is a well-behaved file that counts its calls.

use std::io::{self, ErrorKind, IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use iolite::{Chunk, Error, IoBase, Operation, RawIo, Result};

use super::naive::File;

/// The number of the error that `ErrorAfter` and `fail_next` answer: EIO.
pub(crate) const EIO: i32 = 5;

/// One way to misbehave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// Moves one byte at a time.
    OneByte,
    /// Moves half of what it is asked for, rounded up.
    Halves,
    /// Moves at most so many bytes in one write, and as many as asked for in one read.
    ShortWrites(usize),
    /// Every other call of any kind is interrupted by a signal, the first one too.
    Interrupted,
    /// Every other read, write and flush would block, the first one too.
    WouldBlock,
    /// Every other read, write and flush times out, the first one too.
    TimedOut,
    /// Every other read and write moves nothing and claims one byte more than it was given room
    /// for, the first one too.
    Lies,
    /// Every other write takes nothing and says so: 0. The first one too.
    Zeros,
    /// Once so many bytes went through it, in whichever direction, one call panics.
    PanicAfter(usize),
    /// Has room for so many bytes, as a pipe that nobody reads; then every write would block until
    /// [`Probe::make_room`].
    Room(usize),
    /// Once so many bytes went through it, in whichever direction, one call fails with [`EIO`].
    /// It then goes on as if nothing had been.
    ErrorAfter(usize),
    /// Once so many bytes went through it, in whichever direction, one call fails with this kind.
    /// It then goes on as if nothing had been.
    KindAfter(usize, ErrorKind),
    /// Claims one byte more than it was given room for.
    LyingCounts,
    /// Writes take nothing and say so: 0.
    NoProgress,
    /// Lends one byte more than it was asked for.
    LyingLender,
    /// Says that it cannot be read.
    Unreadable,
    /// Says that it cannot be written.
    Unwritable,
    /// Says that it is a terminal.
    Terminal,
    /// Cannot seek, tell or truncate, as a pipe.
    Unseekable,
    /// Always says that it is at 0, and moves nowhere when it is told to: a character device.
    Standing,
    /// Every write goes to the end, as with `O_APPEND`.
    Appending,
    /// Has positioned calls, which misbehave as the others do.
    Positioned,
    /// Every write panics.
    PanicOnWrite,
    /// Likes its transfers to be of this size.
    BlockSize(usize),
    /// Flushing fails with [`EIO`], closing with the number after it; it is closed all the same.
    FailingClose,
}

use Behaviour::{
    Appending, BlockSize, ErrorAfter, FailingClose, Halves, Interrupted, KindAfter, Lies,
    LyingCounts, LyingLender, NoProgress, OneByte, PanicAfter, PanicOnWrite, Positioned, Room,
    ShortWrites, Standing, Terminal, TimedOut, Unreadable, Unseekable, Unwritable, WouldBlock,
    Zeros,
};

/// The devices that hamper reading and writing but lose nothing: a stream on top of them must
/// deliver everything.
pub(crate) fn hampering() -> Vec<Vec<Behaviour>> {
    vec![
        vec![],
        vec![OneByte],
        vec![Halves],
        vec![ShortWrites(3)],
        vec![Interrupted],
        vec![WouldBlock],
        vec![WouldBlock, OneByte],
        vec![TimedOut],
        vec![TimedOut, OneByte, WouldBlock],
        vec![Interrupted, Halves],
        vec![ErrorAfter(0)],
        vec![ErrorAfter(17)],
        vec![ErrorAfter(60), Halves],
        vec![WouldBlock, Interrupted, ShortWrites(2)],
    ]
}

/// How often the device was called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Calls {
    pub(crate) reads: usize,
    pub(crate) writes: usize,
    pub(crate) seeks: usize,
    pub(crate) flushes: usize,
    pub(crate) truncates: usize,
    pub(crate) closes: usize,
    pub(crate) descriptors: usize,
}

/// A device that misbehaves; see [`Behaviour`].
#[derive(Debug)]
pub(crate) struct Hostile {
    behaviours: Vec<Behaviour>,
    shared: Probe,
}

/// What the test sees of a device while a stream has it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Probe(Arc<Mutex<Record>>);

#[derive(Debug, Default)]
struct Record {
    file: File,
    calls: Calls,
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
    moved: usize,
    failed: bool,
    /// Whether the error of `Behaviour::KindAfter` was answered.
    answered: bool,
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
    pub(crate) fn content(&self) -> Vec<u8> {
        self.record().file.content.clone()
    }

    /// Where the device stands.
    pub(crate) fn position(&self) -> u64 {
        self.record().file.position
    }

    pub(crate) fn calls(&self) -> Calls {
        self.record().calls
    }

    /// How much each read asked for, in bytes.
    pub(crate) fn read_sizes(&self) -> Vec<usize> {
        self.record().read_sizes.clone()
    }

    /// Address and length of every piece of every write.
    pub(crate) fn pieces(&self) -> Vec<(usize, usize)> {
        self.record().pieces.clone()
    }

    /// How many pieces each write had: more than one is a gather write.
    pub(crate) fn gathers(&self) -> Vec<usize> {
        self.record().gathers.clone()
    }

    /// Where each positioned write went.
    pub(crate) fn write_places(&self) -> Vec<u64> {
        self.record().write_places.clone()
    }

    /// Where each read put its bytes.
    pub(crate) fn targets(&self) -> Vec<usize> {
        self.record().targets.clone()
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.record().closed
    }

    /// Somebody read so many bytes from the full device; see [`Behaviour::Room`].
    pub(crate) fn make_room(&self, bytes: usize) {
        self.record().room_made += bytes;
    }

    /// Somebody else appends to the file.
    pub(crate) fn grow(&self, bytes: &[u8]) {
        self.record().file.content.extend_from_slice(bytes);
    }

    /// Somebody else changes the file in place.
    pub(crate) fn overwrite(&self, at: usize, bytes: &[u8]) {
        self.record().file.content[at..at + bytes.len()].copy_from_slice(bytes);
    }

    /// The next call of any kind fails with this number of the system.
    pub(crate) fn fail_next(&self, errno: i32) {
        self.record().next_error = Some(errno);
    }

    /// The next call of any kind fails with this kind.
    pub(crate) fn answer_next(&self, kind: ErrorKind) {
        self.record().next_kind = Some(kind);
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        // A panicking device poisons the lock, and the test wants to look at it all the same.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hostile {
    /// A well-behaved device with this content, at position 0.
    pub(crate) fn new(content: &[u8]) -> Hostile {
        let probe = Probe::default();
        probe.record().file.content = content.to_vec();
        Hostile {
            behaviours: Vec::new(),
            shared: probe,
        }
    }

    /// The same device, behaving so as well.
    pub(crate) fn with(mut self, behaviour: Behaviour) -> Hostile {
        self.behaviours.push(behaviour);
        self
    }

    /// The same device, behaving so as well.
    pub(crate) fn with_all(mut self, behaviours: &[Behaviour]) -> Hostile {
        self.behaviours.extend_from_slice(behaviours);
        self
    }

    /// The test's own view of the device.
    pub(crate) fn probe(&self) -> Probe {
        self.shared.clone()
    }

    fn is(&self, behaviour: Behaviour) -> bool {
        self.behaviours.contains(&behaviour)
    }

    /// What every call starts with.
    fn enter(&self) -> io::Result<MutexGuard<'_, Record>> {
        let mut record = self.shared.record();
        if record.closed {
            return Err(Error::Closed.into());
        }
        if let Some(errno) = record.next_error.take() {
            return Err(io::Error::from_raw_os_error(errno));
        }
        if let Some(kind) = record.next_kind.take() {
            return Err(kind.into());
        }
        if self.is(Interrupted) {
            record.signal = !record.signal;
            if record.signal {
                return Err(ErrorKind::Interrupted.into());
            }
        }
        Ok(record)
    }

    /// What every call that moves bytes starts with.
    fn transfer(&self) -> io::Result<MutexGuard<'_, Record>> {
        let mut record = self.enter()?;
        if self.is(WouldBlock) {
            record.block = !record.block;
            if record.block {
                return Err(ErrorKind::WouldBlock.into());
            }
        }
        if self.is(TimedOut) {
            record.late = !record.late;
            if record.late {
                return Err(ErrorKind::TimedOut.into());
            }
        }
        let panics = |b: &Behaviour| matches!(b, PanicAfter(n) if record.moved >= *n);
        if !record.panicked && self.behaviours.iter().any(panics) {
            record.panicked = true;
            panic!("the device panics, as it was told");
        }
        let due = |b: &Behaviour| matches!(b, ErrorAfter(n) if record.moved >= *n);
        if !record.failed && self.behaviours.iter().any(due) {
            record.failed = true;
            return Err(io::Error::from_raw_os_error(EIO));
        }
        let due = self.behaviours.iter().find_map(|b| match *b {
            KindAfter(n, kind) if !record.answered && record.moved >= n => Some(kind),
            _ => None,
        });
        if let Some(kind) = due {
            record.answered = true;
            return Err(kind.into());
        }
        Ok(record)
    }

    /// How much of `asked` bytes is moved.
    fn limit(&self, asked: usize, writing: bool, record: &Record) -> usize {
        self.behaviours.iter().fold(asked, |n, b| match *b {
            OneByte => n.min(1),
            Halves => n.div_ceil(2),
            ShortWrites(most) if writing => n.min(most),
            ErrorAfter(at) if !record.failed => n.min(at - record.moved),
            PanicAfter(at) if !record.panicked => n.min(at - record.moved),
            KindAfter(at, _) if !record.answered => n.min(at - record.moved),
            Room(size) if writing => n.min(size + record.room_made - record.moved),
            NoProgress if writing => 0,
            _ => n,
        })
    }

    /// Makes a call at `offset`, after which the position is where it was.
    fn positioned_at<T>(&mut self, offset: u64, call: impl FnOnce(&mut Self) -> T) -> T {
        assert!(self.is(Positioned), "nobody calls what is not there");
        let before = std::mem::replace(&mut self.shared.record().file.position, offset);
        let outcome = call(self);
        self.shared.record().file.position = before;
        outcome
    }

    /// Whether this read or write is one that lies.
    fn lies(&self, record: &mut Record) -> bool {
        record.lie = self.is(Lies) && !record.lie;
        record.lie
    }

    fn seeking(&self, operation: Operation) -> io::Result<MutexGuard<'_, Record>> {
        let record = self.enter()?;
        if self.is(Unseekable) {
            return Err(Error::Unsupported { operation }.into());
        }
        Ok(record)
    }
}

impl IoBase for Hostile {
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
        let mut record = self.shared.record();
        record.calls.closes += 1;
        if record.closed {
            return Ok(());
        }
        record.closed = true;
        if self.is(FailingClose) {
            return Err(io::Error::from_raw_os_error(EIO + 1).into());
        }
        Ok(())
    }

    fn truncate(&mut self, size: Option<u64>) -> Result<u64> {
        self.shared.record().calls.truncates += 1;
        let mut record = self.seeking(Operation::Truncate)?;
        let size = size.unwrap_or(record.file.position);
        record.file.set_len(size as usize);
        Ok(size)
    }

    fn is_terminal(&self) -> bool {
        self.is(Terminal)
    }

    #[cfg(unix)]
    fn descriptor(&mut self) -> Result<Option<std::os::fd::BorrowedFd<'_>>> {
        self.shared.record().calls.descriptors += 1;
        Ok(None)
    }
}

impl RawIo for Hostile {
    fn appends(&self) -> bool {
        self.is(Appending)
    }

    fn block_size(&self) -> Option<usize> {
        self.behaviours.iter().find_map(|b| match b {
            BlockSize(size) => Some(*size),
            _ => None,
        })
    }

    fn lend(&mut self, max: usize) -> Result<Option<Chunk>> {
        let lent = self.is(LyingLender).then(|| vec![0; max + 1]);
        Ok(lent.map(Chunk::from))
    }

    fn positioned(&self) -> bool {
        self.is(Positioned)
    }

    fn read_at(&mut self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        self.positioned_at(offset, |device| device.read(buf))
    }

    fn write_at(&mut self, buf: &[u8], offset: u64) -> io::Result<usize> {
        assert!(!self.appends(), "every write goes to the end");
        self.shared.record().write_places.push(offset);
        self.positioned_at(offset, |device| device.write(buf))
    }
}

impl Read for Hostile {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let mut record = self.shared.record();
        record.calls.reads += 1;
        record.read_sizes.push(buf.len());
        record.targets.push(buf.as_ptr() as usize);
        drop(record);
        let mut record = self.transfer()?;
        if self.lies(&mut record) {
            return Ok(buf.len() + 1);
        }
        let limit = self.limit(buf.len(), false, &record);
        let n = record.file.read(&mut buf[..limit]);
        record.moved += n;
        Ok(if self.is(LyingCounts) {
            buf.len() + 1
        } else {
            n
        })
    }

    /// As one read into all of the slices: so a lie is one about all of them.
    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        let mut all = vec![0; bufs.iter().map(|buf| buf.len()).sum()];
        let n = self.read(&mut all)?;
        let mut rest = &all[..];
        for buf in bufs {
            rest.read_exact(buf)?;
        }
        Ok(n)
    }
}

impl Write for Hostile {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(buf)])
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut record = self.shared.record();
        record.calls.writes += 1;
        record.gathers.push(bufs.len());
        for piece in bufs {
            record.pieces.push((piece.as_ptr() as usize, piece.len()));
        }
        drop(record);
        assert!(!self.is(PanicOnWrite), "the device panics, as it was told");
        let mut record = self.transfer()?;
        let whole = bufs
            .iter()
            .map(|piece| &piece[..])
            .collect::<Vec<_>>()
            .concat();
        if self.lies(&mut record) {
            return Ok(whole.len() + 1);
        }
        record.zero = self.is(Zeros) && !record.zero;
        if record.zero {
            return Ok(0);
        }
        let limit = self.limit(whole.len(), true, &record);
        if limit == 0 && self.behaviours.iter().any(|b| matches!(b, Room(_))) {
            return Err(ErrorKind::WouldBlock.into());
        }
        if self.is(Appending) && limit > 0 {
            record.file.position = record.file.content.len() as u64;
        }
        record.file.write(&whole[..limit]);
        record.moved += limit;
        Ok(if self.is(LyingCounts) {
            whole.len() + 1
        } else {
            limit
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.shared.record().calls.flushes += 1;
        let _record = self.transfer()?;
        if self.is(FailingClose) {
            return Err(io::Error::from_raw_os_error(EIO));
        }
        Ok(())
    }
}

impl Seek for Hostile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.shared.record().calls.seeks += 1;
        let mut record = self.seeking(Operation::Seek)?;
        if self.is(Standing) {
            return Ok(0);
        }
        record
            .file
            .seek(to)
            .ok_or_else(|| ErrorKind::InvalidInput.into())
    }
}
