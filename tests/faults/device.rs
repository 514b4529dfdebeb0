//! [`Faulty`]: a file or a pipe in memory of which one call goes wrong, and [`Plan`], which says
//! how and which one.

use std::io::{self, IoSlice, Read, Seek, SeekFrom, Write};
use std::panic::panic_any;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use iolite::error::Operation;
use iolite::testing::FileModel;
use iolite::{Error, IoBase, RawIo, Result};

use crate::fault::{Call, Fault};

/// What a panic of the device carries: every other panic is the library's.
pub(crate) struct Told;

/// Which call goes wrong, of one device or of several that share the plan.
#[derive(Clone, Debug)]
pub(crate) struct Plan(Arc<Mutex<Progress>>);

#[derive(Debug)]
struct Progress {
    fault: Fault,
    /// The number of the call, among those that can go wrong like that.
    at: usize,
    /// At most this many bytes are moved by one call.
    piece: usize,
    /// So many calls were there.
    calls: usize,
    /// How often it went wrong.
    struck: usize,
    is_healed: bool,
    /// Which call went wrong first.
    struck_call: Option<Call>,
    /// How much a write took that panicked late.
    taken_late: usize,
}

/// What becomes of a call.
enum Verdict {
    Works,
    Short,
    Lies,
    Nothing,
    PanicsLate,
}

impl Plan {
    pub(crate) fn new(fault: Fault, at: usize, piece: usize) -> Plan {
        Plan(Arc::new(Mutex::new(Progress {
            fault,
            at,
            piece,
            calls: 0,
            struck: 0,
            is_healed: false,
            struck_call: None,
            taken_late: 0,
        })))
    }

    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn fault(&self) -> Fault {
        self.lock().fault
    }

    pub(crate) fn struck(&self) -> usize {
        self.lock().struck
    }

    pub(crate) fn struck_call(&self) -> Option<Call> {
        self.lock().struck_call
    }

    pub(crate) fn taken_late(&self) -> usize {
        self.lock().taken_late
    }

    /// From now on all works.
    pub(crate) fn heal(&self) {
        self.lock().is_healed = true;
    }

    fn piece(&self) -> usize {
        self.lock().piece
    }

    fn call(&self, call: Call) -> io::Result<Verdict> {
        let mut plan = self.lock();
        let fault = plan.fault;
        if plan.is_healed || !fault.strikes(call) {
            return Ok(Verdict::Works);
        }
        let number = plan.calls;
        plan.calls += 1;
        if number < plan.at || (number > plan.at && !fault.lasts()) {
            return Ok(Verdict::Works);
        }
        plan.struck += 1;
        plan.struck_call.get_or_insert(call);
        let is_first = plan.struck == 1;
        drop(plan);
        match fault {
            Fault::Short => Ok(Verdict::Short),
            Fault::Lies => Ok(Verdict::Lies),
            Fault::Stuck => Ok(Verdict::Nothing),
            Fault::Panics => panic_any(Told),
            Fault::PanicsLate => Ok(Verdict::PanicsLate),
            // The peer's end.
            Fault::Reset if !is_first && call == Call::Read => Ok(Verdict::Nothing),
            _ => Err(fault.error(is_first).expect("one that fails")),
        }
    }
}

/// The device.
#[derive(Debug)]
pub(crate) struct Faulty {
    file: Probe,
    plan: Plan,
    seeks: bool,
    is_positioned: bool,
    is_closed: bool,
}

/// What the test sees of it.
#[derive(Clone, Debug)]
pub(crate) struct Probe(Arc<Mutex<FileModel>>);

impl Probe {
    pub(crate) fn file(&self) -> FileModel {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, FileModel> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Faulty {
    /// A file, which can seek.
    pub(crate) fn file(content: &[u8], plan: &Plan) -> Faulty {
        Faulty {
            file: Probe(Arc::new(Mutex::new(FileModel::new(content)))),
            plan: plan.clone(),
            seeks: true,
            is_positioned: false,
            is_closed: false,
        }
    }

    /// A pipe or a socket, which cannot.
    pub(crate) fn pipe(content: &[u8], plan: &Plan) -> Faulty {
        Faulty {
            seeks: false,
            ..Faulty::file(content, plan)
        }
    }

    /// With reads and writes at an offset.
    pub(crate) fn positioned(mut self) -> Faulty {
        self.is_positioned = true;
        self
    }

    pub(crate) fn probe(&self) -> Probe {
        self.file.clone()
    }

    fn transfer(
        &mut self,
        call: Call,
        asked: usize,
        place: Option<u64>,
        mut transfer: impl FnMut(&mut FileModel, usize) -> usize,
    ) -> io::Result<usize> {
        self.check_open()?;
        if asked == 0 {
            return Ok(0);
        }
        let verdict = self.plan.call(call)?;
        let piece = self.plan.piece();
        let mut file = self.file.lock();
        let before = file.position;
        file.position = place.unwrap_or(before);
        let moved = match verdict {
            Verdict::Works => transfer(&mut file, asked.min(piece)),
            Verdict::Short => transfer(&mut file, 1),
            Verdict::PanicsLate => {
                let taken = transfer(&mut file, asked.min(piece).div_ceil(2));
                self.plan.lock().taken_late = taken;
                drop(file);
                panic_any(Told);
            }
            Verdict::Lies => asked + 1,
            Verdict::Nothing => 0,
        };
        if place.is_some() {
            file.position = before;
        }
        Ok(moved)
    }

    fn read_from(&mut self, buf: &mut [u8], place: Option<u64>) -> io::Result<usize> {
        let asked = buf.len();
        self.transfer(Call::Read, asked, place, |file, n| file.read(&mut buf[..n]))
    }

    fn write_to(&mut self, bytes: &[u8], place: Option<u64>) -> io::Result<usize> {
        self.transfer(Call::Write, bytes.len(), place, |file, n| {
            file.write(&bytes[..n]);
            n
        })
    }

    fn check_open(&self) -> io::Result<()> {
        match self.is_closed {
            true => Err(Error::Closed.into()),
            false => Ok(()),
        }
    }
}

impl IoBase for Faulty {
    fn readable(&self) -> bool {
        !self.is_closed
    }

    fn writable(&self) -> bool {
        !self.is_closed
    }

    fn seekable(&self) -> bool {
        !self.is_closed && self.seeks
    }

    fn is_closed(&self) -> bool {
        self.is_closed
    }

    fn close(&mut self) -> Result<()> {
        self.is_closed = true;
        Ok(())
    }

    fn truncate(&mut self, size: Option<u64>) -> Result<u64> {
        self.check_open()?;
        self.plan.call(Call::Truncate)?;
        let mut file = self.file.lock();
        let size = size.unwrap_or(file.position);
        file.set_len(usize::try_from(size).expect("a small file"));
        Ok(size)
    }
}

impl RawIo for Faulty {
    fn supports_read_at(&self) -> bool {
        self.is_positioned
    }

    fn read_at(&mut self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        self.read_from(buf, Some(offset))
    }

    fn write_at(&mut self, buf: &[u8], offset: u64) -> io::Result<usize> {
        self.write_to(buf, Some(offset))
    }
}

impl Read for Faulty {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.read_from(buf, None)
    }
}

impl Write for Faulty {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.write_to(buf, None)
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        let all: Vec<&[u8]> = bufs.iter().map(|buf| &buf[..]).collect();
        self.write_to(&all.concat(), None)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.check_open()?;
        self.plan.call(Call::Flush).map(drop)
    }
}

impl Seek for Faulty {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.check_open()?;
        if !self.seeks {
            let operation = Operation::Seek;
            return Err(Error::Unsupported { operation }.into());
        }
        self.plan.call(Call::Seek)?;
        let moved = self.file.lock().seek(to);
        moved.ok_or_else(|| io::ErrorKind::InvalidInput.into())
    }
}
