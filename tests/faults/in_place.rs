//! Reading and writing one file in turns: scripts of calls, each repeated after an error, beside a
//! plain file.

use std::io::SeekFrom;

use iolite::testing::FileModel;
use iolite::{BufferedRandom, Error, RawIo};

use crate::device::{Plan, Probe};
use crate::fault::Fault;
use crate::ledger::{Outcome, Row, guarded};
use crate::writing::{Sink, Stop, Writing, counted, together};

/// What is there at first, every byte once.
const CONTENT: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// One call.
#[derive(Clone, Copy, Debug)]
enum Op {
    Read(usize),
    Write(&'static [u8]),
    ReadAt(usize, u64),
    WriteAt(&'static [u8], u64),
    Seek(SeekFrom),
    Truncate(u64),
    Flush,
}

use Op::{Flush, Read, ReadAt, Seek, Truncate, Write, WriteAt};
use SeekFrom::{Current, End, Start};

const EDITS: &[Op] = &[
    Seek(Start(5)),
    Write(b"12"),
    Seek(Start(30)),
    Write(b"3456789"),
    Seek(Start(1)),
    Write(b"0"),
];

const RECORDS: &[Op] = &[
    Read(3),
    Seek(Current(-3)),
    Write(b"123"),
    Seek(Current(10)),
    Read(3),
    Seek(Current(-3)),
    Write(b"456"),
    Seek(Current(2)),
    Read(9),
    Seek(Current(-9)),
    Write(b"789!@#$%^"),
];

const TURNS: &[Op] = &[
    Read(4),
    Write(b"123"),
    Read(5),
    Write(b"4567890!@"),
    Flush,
    Read(2),
    Write(b"#"),
    Read(20),
    Write(b"$%"),
];

const SIZES: &[Op] = &[
    Seek(Start(20)),
    Write(b"1234"),
    Truncate(30),
    Seek(End(3)),
    Write(b"56"),
    Seek(Start(22)),
    Read(20),
    Truncate(34),
    Write(b"789"),
];

const PLACES: &[Op] = &[
    WriteAt(b"12", 40),
    ReadAt(4, 38),
    Read(2),
    WriteAt(b"345", 0),
    Write(b"67"),
    ReadAt(6, 1),
    WriteAt(b"89", 55),
];

/// A stream with one position, and with calls that leave it where it is.
pub(crate) trait InPlace: Sink {
    fn get(&mut self, buf: &mut [u8], at: u64) -> Result<usize, Error>;
    fn put(&mut self, bytes: &[u8], at: u64) -> Result<usize, Error>;
}

impl<D: RawIo> InPlace for BufferedRandom<D>
where
    BufferedRandom<D>: Sink,
{
    fn get(&mut self, buf: &mut [u8], at: u64) -> Result<usize, Error> {
        Ok(self.read_at(buf, at)?)
    }

    fn put(&mut self, bytes: &[u8], at: u64) -> Result<usize, Error> {
        Ok(self.write_at(bytes, at)?)
    }
}

/// A run: the stream beside the file.
struct Edit<'a, S> {
    stream: S,
    file: FileModel,
    writing: Writing<'a>,
    /// What was read, of the stream and of the file.
    got: Vec<u8>,
    expected: Vec<u8>,
}

impl<S: InPlace> Edit<'_, S> {
    /// Calls until all of it is done.
    fn perform(&mut self, op: Op) -> Result<(), Stop> {
        match op {
            Read(n) => self.read(n, None),
            ReadAt(n, at) => self.read(n, Some(at)),
            Write(bytes) => self.write(bytes, None),
            WriteAt(bytes, at) => self.write(bytes, Some(at)),
            Seek(to) => {
                // From where it stands: the same place each time.
                let place = self.file.seek(to).expect("in the file");
                self.repeat(move |stream| stream.seek(Start(place)).map_err(Error::from))?;
                Ok(())
            }
            Truncate(size) => {
                self.repeat(move |stream| stream.truncate(Some(size)))?;
                self.file.set_len(usize::try_from(size).expect("small"));
                Ok(())
            }
            Flush => self.repeat(|stream| stream.flush().map_err(Error::from)),
        }
    }

    fn repeat<T>(&mut self, call: impl Fn(&mut S) -> Result<T, Error>) -> Result<T, Stop> {
        loop {
            let stream = &mut self.stream;
            match guarded(&mut self.writing.outcome, || call(stream)) {
                None => return Err(Stop::Panicked(0)),
                Some(Ok(value)) => return Ok(value),
                Some(Err(error)) if self.writing.is_hopeless(&error) => return Err(Stop::GaveUp),
                Some(Err(_)) => {}
            }
        }
    }

    /// Reads as many bytes as the file has.
    fn read(&mut self, n: usize, at: Option<u64>) -> Result<(), Stop> {
        let here = self.file.position;
        self.file.position = at.unwrap_or(here);
        let mut wanted = vec![0; n];
        let there = self.file.read(&mut wanted);
        wanted.truncate(there);
        let (mut read, mut ends) = (Vec::new(), 0);
        while read.len() < there && ends < 3 {
            let place = at.map(|at| at + read.len() as u64);
            let left = there - read.len();
            let piece = self.repeat(|stream| {
                let mut buf = vec![0; left];
                let n = match place {
                    Some(at) => stream.get(&mut buf, at)?,
                    None => stream.read(&mut buf)?,
                };
                buf.truncate(n);
                Ok(buf)
            })?;
            ends += usize::from(piece.is_empty());
            read.extend(piece);
        }
        if at.is_some() {
            self.file.position = here;
        }
        self.got.extend(read);
        self.expected.extend(wanted);
        Ok(())
    }

    fn write(&mut self, bytes: &[u8], at: Option<u64>) -> Result<(), Stop> {
        let here = self.file.position;
        self.file.position = at.unwrap_or(here);
        let mut rest = bytes;
        while !rest.is_empty() {
            let (stream, place) = (&mut self.stream, self.file.position);
            let call = || match at {
                Some(_) => match stream.put(rest, place) {
                    Ok(n) => (n, Ok(())),
                    Err(error) => counted(error),
                },
                None => match stream.write_all(rest).map_err(Error::from) {
                    Ok(()) => (rest.len(), Ok(())),
                    Err(error) => counted(error),
                },
            };
            let Some((taken, stopped)) = guarded(&mut self.writing.outcome, call) else {
                return Err(Stop::Panicked(rest.len()));
            };
            self.file.write(&rest[..taken]);
            rest = &rest[taken..];
            if let Err(error) = stopped
                && self.writing.is_hopeless(&error)
            {
                return Err(Stop::GaveUp);
            }
        }
        if at.is_some() {
            self.file.position = here;
        }
        Ok(())
    }

    /// Takes the stream apart, and compares.
    fn end(mut self, probe: &Probe, stopped: Result<(), Stop>) -> Outcome {
        let mut got = together(probe, self.stream.apart());
        let mut expected = self.file.content;
        if let Err(Stop::Panicked(given)) = stopped {
            // What became of the call itself nobody knows.
            let start = usize::try_from(self.file.position).expect("small");
            let end = start + given;
            expected.resize(expected.len().max(got.len().min(end)), 0);
            let end = end.min(got.len()).min(expected.len());
            if start < end {
                expected[start..end].copy_from_slice(&got[start..end]);
            }
            // A gap is filled, and a file is cut, before it panics or not at all.
            let len = expected.len().min(got.len());
            if given == 0 || self.writing.plan.taken_late() > 0 {
                expected.truncate(len);
                got.truncate(len);
            }
        }
        self.got.extend(got);
        self.expected.extend(expected);
        Outcome {
            expected: self.expected,
            got: self.got,
            ..self.writing.outcome
        }
    }
}

fn run<S: InPlace>(plan: &Plan, capacity: usize, script: &[Op]) -> Outcome {
    let (stream, probe) = S::open(CONTENT, plan, capacity);
    let mut edit = Edit {
        stream,
        file: FileModel::new(CONTENT),
        writing: Writing::new(plan, b""),
        got: Vec::new(),
        expected: Vec::new(),
    };
    let stopped = script.iter().try_for_each(|op| edit.perform(*op));
    let stopped = stopped.and_then(|()| edit.perform(Flush));
    edit.end(&probe, stopped)
}

pub(crate) fn rows<S: InPlace>() -> Vec<Row> {
    let row = |call, script: &'static [Op]| {
        let name = format!("{}, in place", S::NAME);
        Row::new(name, call, move |plan, capacity| {
            run::<S>(plan, capacity, script)
        })
        // Who reads after an end that was none has read what was there; the others go on.
        .without(&[Fault::Reset])
    };
    vec![
        row("`seek`, `write_all`", EDITS),
        row("records changed", RECORDS),
        row("in turns", TURNS),
        row("`truncate`, gaps", SIZES),
        row("`read_at`, `write_at`", PLACES),
    ]
}
