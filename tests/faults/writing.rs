//! Writing bytes: each call of each buffered stream, continued after each error as it says, and
//! each way in which writing ends.

use std::cell::Cell;
use std::io::{IoSlice, SeekFrom, Write};

use iolite::error::set_global_drop_hook;
use iolite::testing::FileModel;
use iolite::{
    BlockCache, BufferedIo, BufferedRandom, BufferedRwPair, BufferedWriter, Chunk, Error,
};

use crate::device::{Faulty, Plan, Probe};
use crate::fault::{Call, Fault};
use crate::ledger::{Outcome, Row, guarded};

/// So often a call fails before the caller gives up, or somebody does something about it.
const TRIES: usize = 3;

thread_local! {
    /// What the drop hook was told of streams that this thread dropped.
    static LOST: Cell<usize> = const { Cell::new(0) };
}

/// Bytes that the drop of a stream reported as lost.
pub(crate) fn watch_drops() {
    set_global_drop_hook(Some(Box::new(|_, bytes| {
        LOST.with(|lost| lost.set(lost.get() + bytes));
    })));
}

pub(crate) fn lost_at_drop(drop: impl FnOnce()) -> usize {
    LOST.with(|lost| lost.set(0));
    drop();
    LOST.with(Cell::get)
}

/// What is written: every byte once, in pieces that fit into the buffer, and that do not.
pub(crate) fn data() -> Vec<u8> {
    (0x20..0x20 + 61).collect()
}

/// Where the pieces end.
const CUTS: [usize; 8] = [1, 3, 10, 11, 30, 32, 60, 61];

/// How it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Flush,
    Close,
    Detach,
    Apart,
    Drop,
}

/// What is pending: bytes, and where they go; `None` is where the device stands.
pub(crate) type Pending = Vec<(Option<u64>, Vec<u8>)>;

/// A buffered stream that is written.
pub(crate) trait Sink: BufferedIo + Sized + 'static {
    const NAME: &'static str;

    fn open(content: &[u8], plan: &Plan, capacity: usize) -> (Self, Probe);
    fn apart(self) -> Pending;
    fn let_go(self) -> Result<(), (Error, Self)>;
}

impl Sink for BufferedWriter<Faulty> {
    const NAME: &'static str = "`BufferedWriter`";

    fn open(content: &[u8], plan: &Plan, capacity: usize) -> (Self, Probe) {
        let device = Faulty::file(content, plan);
        let probe = device.probe();
        (BufferedWriter::with_capacity(capacity, device), probe)
    }

    fn apart(self) -> Pending {
        vec![(None, self.into_parts().1.to_vec())]
    }

    fn let_go(self) -> Result<(), (Error, Self)> {
        self.detach().map(drop).map_err(|error| error.into_parts())
    }
}

impl Sink for BufferedRwPair<Faulty, Faulty> {
    const NAME: &'static str = "`BufferedRwPair`";

    fn open(content: &[u8], plan: &Plan, capacity: usize) -> (Self, Probe) {
        let (reader, writer) = (Faulty::pipe(b"", plan), Faulty::pipe(content, plan));
        let probe = writer.probe();
        (
            BufferedRwPair::with_capacity(capacity, reader, writer),
            probe,
        )
    }

    fn apart(self) -> Pending {
        vec![(None, self.into_parts().1.1.to_vec())]
    }

    fn let_go(self) -> Result<(), (Error, Self)> {
        self.detach().map(drop).map_err(|error| error.into_parts())
    }
}

impl Sink for BufferedRandom<Faulty> {
    const NAME: &'static str = "`BufferedRandom`";

    fn open(content: &[u8], plan: &Plan, capacity: usize) -> (Self, Probe) {
        let device = Faulty::file(content, plan);
        let probe = device.probe();
        let stream = BufferedRandom::with_capacity(capacity, device);
        (stream.expect("it can seek"), probe)
    }

    fn apart(self) -> Pending {
        let pending = self.into_parts().1.into_iter();
        pending.map(|p| (p.offset, p.bytes.to_vec())).collect()
    }

    fn let_go(self) -> Result<(), (Error, Self)> {
        self.detach().map(drop).map_err(|error| error.into_parts())
    }
}

impl Sink for BufferedRandom<BlockCache<Faulty>> {
    const NAME: &'static str = "`BufferedRandom` of a `BlockCache`";

    fn open(content: &[u8], plan: &Plan, capacity: usize) -> (Self, Probe) {
        let device = Faulty::file(content, plan).positioned();
        let probe = device.probe();
        let cache = BlockCache::builder().blocks(2).block_size(capacity);
        let cache = cache.build(device).expect("it can seek");
        let stream = BufferedRandom::with_capacity(3, cache);
        (stream.expect("it can seek"), probe)
    }

    /// The cache's first: what waits above it was written later.
    fn apart(self) -> Pending {
        let (cache, above) = self.into_parts();
        let all = cache.into_parts().1.into_iter().chain(above);
        all.map(|p| (p.offset, p.bytes.to_vec())).collect()
    }

    fn let_go(self) -> Result<(), (Error, Self)> {
        let mut cache = self.detach().map_err(|error| error.into_parts())?;
        // Only what was written above is of interest here; the cache's own is another row's.
        let mut tries = 0;
        while cache.flush().is_err() && tries < TRIES {
            tries += 1;
        }
        Ok(())
    }
}

fn name<S: Sink>() -> String {
    format!("{}, written", S::NAME)
}

/// What the device has, with what is pending.
pub(crate) fn together(probe: &Probe, pending: Pending) -> Vec<u8> {
    let mut file: FileModel = probe.file();
    for (offset, bytes) in pending {
        if let Some(offset) = offset {
            file.position = offset;
        }
        file.write(&bytes);
    }
    file.content
}

/// Writes some of the bytes: how many were taken, and what stopped it.
pub(crate) type Put<S> = fn(&mut S, &[u8]) -> (usize, Result<(), Error>);

/// What an error says was taken.
pub(crate) fn counted(error: Error) -> (usize, Result<(), Error>) {
    let taken = match &error {
        Error::WouldBlock { written } | Error::WriteFailed { written, .. } => *written,
        _ => 0,
    };
    (taken, Err(error))
}

pub(crate) fn whole(result: Result<(), Error>, len: usize) -> (usize, Result<(), Error>) {
    match result {
        Ok(()) => (len, Ok(())),
        Err(error) => counted(error),
    }
}

/// Why writing stopped before all was taken.
pub(crate) enum Stop {
    GaveUp,
    /// The device panicked in a call that was given so many bytes.
    Panicked(usize),
}

/// One that writes, what it was given so far, and what has happened.
pub(crate) struct Writing<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) outcome: Outcome,
    pub(crate) accepted: usize,
    failures: usize,
}

impl Writing<'_> {
    pub(crate) fn new<'a>(plan: &'a Plan, expected: &[u8]) -> Writing<'a> {
        Writing {
            plan,
            outcome: Outcome::new(expected),
            accepted: 0,
            failures: 0,
        }
    }

    /// Notes an error; whether to give up.
    pub(crate) fn is_hopeless(&mut self, error: &Error) -> bool {
        let fault = self.plan.fault();
        if self.plan.struck() == 0 || !fault.explains(error) {
            self.outcome
                .is_wrong(|| format!("an error that is not the device's: {error}"));
        }
        self.failures += 1;
        if self.failures >= TRIES && fault.heals() {
            self.plan.heal();
        }
        self.failures >= TRIES && fault.lasts() && !fault.heals() || self.failures > 50
    }

    /// Writes a piece, and goes on after errors.
    pub(crate) fn put<S>(&mut self, stream: &mut S, bytes: &[u8], put: Put<S>) -> Result<(), Stop> {
        let mut rest = bytes;
        let mut calls = 0;
        while !rest.is_empty() {
            calls += 1;
            if calls > 4 * bytes.len() + 50 {
                self.outcome.is_hung = true;
                return Err(Stop::GaveUp);
            }
            let Some((taken, stopped)) = guarded(&mut self.outcome, || put(stream, rest)) else {
                return Err(Stop::Panicked(rest.len()));
            };
            if taken > rest.len() {
                self.outcome
                    .is_wrong(|| format!("{taken} bytes of {} were taken", rest.len()));
            }
            let taken = taken.min(rest.len());
            self.accepted += taken;
            rest = &rest[taken..];
            if let Err(error) = stopped
                && self.is_hopeless(&error)
            {
                return Err(Stop::GaveUp);
            }
        }
        Ok(())
    }

    /// Repeats a call that moves nothing of the caller's.
    pub(crate) fn repeat<S>(
        &mut self,
        stream: &mut S,
        call: fn(&mut S) -> Result<(), Error>,
    ) -> Result<(), Stop> {
        loop {
            match guarded(&mut self.outcome, || call(stream)) {
                None => return Err(Stop::Panicked(0)),
                Some(Ok(())) => return Ok(()),
                Some(Err(error)) => {
                    if self.is_hopeless(&error) {
                        return Err(Stop::GaveUp);
                    }
                }
            }
        }
    }

    /// After a panic nothing more is written; what was taken before it is there, on the device or
    /// pending. Of the call itself the device may have taken a part.
    pub(crate) fn after_panic(&mut self, probe: &Probe, before: &[u8], pending: Pending) {
        let mut file = probe.file();
        if file.content != before {
            self.outcome
                .is_wrong(|| "something was written after a panic".to_owned());
        }
        // What it took when it panicked is still pending, too: nobody knows how much it was.
        file.position = (file.content.len() - self.plan.taken_late()) as u64;
        for (offset, bytes) in pending {
            file.position = offset.unwrap_or(file.position);
            file.write(&bytes);
        }
        self.outcome.got = file.content;
    }

    /// Whether what the device does not have is what the drop hook was told; of what it took when
    /// it panicked nobody knows.
    pub(crate) fn is_told(&self, got: &[u8], lost: usize) -> bool {
        let expected = self.outcome.expected.iter().enumerate();
        let missing = expected
            .filter(|(at, byte)| got.get(*at) != Some(byte))
            .count();
        let told = missing..=missing + self.plan.taken_late();
        got.len() <= self.outcome.expected.len() && told.contains(&lost)
    }

    /// The call that panicked may have taken any part of what it was given.
    pub(crate) fn expect_between(&mut self, most: usize) {
        let len = self.outcome.got.len();
        let len = len.clamp(self.accepted, self.accepted + most);
        self.outcome.expected.truncate(len);
    }
}

/// Writes all, and ends it; then compares.
fn run<S: Sink>(plan: &Plan, capacity: usize, put: Put<S>, end: End) -> Outcome {
    let data = data();
    let (mut stream, probe) = S::open(b"", plan, capacity);
    let mut writing = Writing::new(plan, &data);
    let mut stopped = Ok(());
    for (start, end) in [0].into_iter().chain(CUTS).zip(CUTS) {
        stopped = writing.put(&mut stream, &data[start..end], put);
        if stopped.is_err() {
            break;
        }
    }
    if stopped.is_ok() && end == End::Flush {
        stopped = writing.repeat(&mut stream, |stream| Ok(stream.flush()?));
    }
    finish(writing, stream, &probe, stopped, end)
}

/// Ends what was written, in the way that is asked for or that is left.
pub(crate) fn finish<S: Sink>(
    mut writing: Writing<'_>,
    mut stream: S,
    probe: &Probe,
    stopped: Result<(), Stop>,
    end: End,
) -> Outcome {
    writing.outcome.expected.truncate(writing.accepted);
    match (stopped, end) {
        (Err(Stop::Panicked(given)), _) => {
            let before = probe.file().content;
            // Nobody knows how much of a write was taken, so none is tried again.
            if writing.plan.struck_call() == Some(Call::Write) {
                drop(guarded(&mut writing.outcome, || stream.flush()));
            }
            writing.outcome.expected = data();
            let pending = stream.apart();
            writing.after_panic(probe, &before, pending);
            writing.expect_between(given);
        }
        (Err(Stop::GaveUp), _) | (Ok(()), End::Apart | End::Flush) => {
            let pending = stream.apart();
            let is_flushed = end == End::Flush && writing.accepted == data().len();
            if is_flushed
                && !writing.plan.fault().lasts()
                && pending.iter().any(|p| !p.1.is_empty())
            {
                writing
                    .outcome
                    .is_wrong(|| "something is pending after a flush".to_owned());
            }
            writing.outcome.got = together(probe, pending);
        }
        (Ok(()), End::Close) => {
            let first = guarded(&mut writing.outcome, || stream.close());
            if let Some(Err(error)) = &first {
                writing.is_hopeless(error);
            }
            // One that panicked did not close.
            let before = probe.file().content;
            if first.is_none() {
                drop(guarded(&mut writing.outcome, || stream.close()));
            }
            let again = guarded(&mut writing.outcome, || stream.close());
            if !matches!(again, Some(Ok(()))) || !stream.is_closed() {
                writing
                    .outcome
                    .is_wrong(|| format!("one more close: {again:?}"));
            }
            let is_poisoned = first.is_none() && writing.plan.struck_call() == Some(Call::Write);
            let pending = stream.apart();
            match is_poisoned {
                true => writing.after_panic(probe, &before, pending),
                false => writing.outcome.got = together(probe, pending),
            }
        }
        (Ok(()), End::Detach) => {
            let outcome = loop {
                let detached = guarded(&mut writing.outcome, || stream.let_go());
                match detached {
                    Some(Ok(())) => break probe.file().content,
                    Some(Err((error, kept))) => {
                        stream = kept;
                        if writing.is_hopeless(&error) {
                            break together(probe, stream.apart());
                        }
                    }
                    None => return writing.outcome,
                }
            };
            writing.outcome.got = outcome;
        }
        (Ok(()), End::Drop) => {
            let outcome = &mut writing.outcome;
            let lost = lost_at_drop(|| _ = guarded(outcome, || drop(stream)));
            let mut got = probe.file().content;
            if writing.is_told(&got, lost) {
                got.clone_from(&writing.outcome.expected);
            }
            writing.outcome.got = got;
        }
    }
    writing.outcome
}

/// The calls that take bytes, each followed by flushes until all is out; and each way to end.
pub(crate) fn rows<S: Sink>() -> Vec<Row> {
    let row = |call, put: Put<S>| {
        Row::new(name::<S>(), call, move |plan, capacity| {
            run(plan, capacity, put, End::Flush)
        })
    };
    let ends = |call, end| {
        Row::new(name::<S>(), call, move |plan, capacity| {
            let put: Put<S> =
                |stream, bytes| whole(stream.write_all(bytes).map_err(Error::from), bytes.len());
            run(plan, capacity, put, end)
        })
    };
    let mut rows = vec![
        row("`write`", |stream, bytes| match stream.write(bytes) {
            Ok(n) => (n, Ok(())),
            Err(error) => counted(error.into()),
        }),
        row("`write_vectored`", |stream, bytes| {
            let (one, two) = bytes.split_at(bytes.len() / 3);
            match stream.write_vectored(&[one, two].map(IoSlice::new)) {
                Ok(n) => (n, Ok(())),
                Err(error) => counted(error.into()),
            }
        }),
        row("`write_all`", |stream, bytes| {
            whole(stream.write_all(bytes).map_err(Error::from), bytes.len())
        }),
        row("`write_counted`", |stream, bytes| {
            stream.write_counted(bytes)
        }),
        row("`write!`", |stream, bytes| {
            let text = str::from_utf8(bytes).expect("ASCII");
            let (one, two) = text.split_at(text.len() / 2);
            whole(
                write!(stream, "{one}{two}").map_err(Error::from),
                bytes.len(),
            )
        }),
        row("`write_chunk`", |stream, bytes| {
            // An error took nothing.
            match stream.write_chunk(Chunk::copy_from_slice(bytes)) {
                Ok(()) => (bytes.len(), Ok(())),
                Err(error) => (0, Err(error)),
            }
        }),
        row("`spare_mut`, `commit`", |stream, bytes| {
            let room = stream.spare_mut();
            let n = room.len().min(bytes.len());
            room[..n].copy_from_slice(&bytes[..n]);
            stream.commit(n);
            match n {
                0 => whole(stream.write_all(&bytes[..1]).map_err(Error::from), 1),
                n => (n, Ok(())),
            }
        }),
        row("`append_if_room`", |stream, bytes| {
            match stream.append_if_room(bytes) {
                true => (bytes.len(), Ok(())),
                false => whole(stream.write_all(bytes).map_err(Error::from), bytes.len()),
            }
        }),
        ends("`close`, `into_parts`", End::Close),
        ends("`detach`", End::Detach).without(&[Fault::Panics, Fault::PanicsLate]),
        ends("`into_parts`", End::Apart),
        ends("drop, and its hook", End::Drop),
    ];
    let mut large = Row::new(
        name::<S>(),
        "`write_chunk` of 2,100 bytes",
        large_chunks::<S>,
    );
    large.pieces = &[700, usize::MAX];
    large.capacities = &[1, 64, 8192];
    rows.push(large);
    rows
}

/// What goes through the queue by reference.
fn large_chunks<S: Sink>(plan: &Plan, capacity: usize) -> Outcome {
    let data: Vec<u8> = (0..6300_u32).map(|n| (n ^ (n >> 8)) as u8).collect();
    let (mut stream, probe) = S::open(b"", plan, capacity);
    let mut writing = Writing::new(plan, &data);
    let put: Put<S> = |stream, bytes| match stream.write_chunk(Chunk::copy_from_slice(bytes)) {
        Ok(()) => (bytes.len(), Ok(())),
        Err(error) => (0, Err(error)),
    };
    for piece in data.chunks(2100) {
        match writing.put(&mut stream, piece, put) {
            Ok(()) => {}
            Err(Stop::GaveUp) => break,
            Err(Stop::Panicked(given)) => {
                let before = probe.file().content;
                let pending = stream.apart();
                writing.after_panic(&probe, &before, pending);
                writing.expect_between(given);
                return writing.outcome;
            }
        }
    }
    writing.outcome.expected.truncate(writing.accepted);
    writing.outcome.got = together(&probe, stream.apart());
    writing.outcome
}

/// What only streams have that can seek: calls that write what is pending on their way.
pub(crate) fn seeking_rows<S: Sink>() -> Vec<Row> {
    let row = |call, put: Put<S>| {
        Row::new(name::<S>(), call, move |plan, capacity| {
            run(plan, capacity, put, End::Flush)
        })
    };
    vec![
        row("`seek` between writes", |stream, bytes| {
            let here = match stream.stream_position() {
                Ok(here) => here,
                Err(error) => return (0, Err(error.into())),
            };
            for to in [SeekFrom::Start(3), SeekFrom::Start(here)] {
                if let Err(error) = stream.seek(to) {
                    // To where it goes on.
                    let _ = (0..TRIES).any(|_| stream.seek(SeekFrom::Start(here)).is_ok());
                    return (0, Err(error.into()));
                }
            }
            whole(stream.write_all(bytes).map_err(Error::from), bytes.len())
        }),
        row("`stream_position`", |stream, bytes| {
            match stream.stream_position() {
                Ok(_) => whole(stream.write_all(bytes).map_err(Error::from), bytes.len()),
                Err(error) => (0, Err(error.into())),
            }
        }),
        row("`truncate` at the position", |stream, bytes| {
            match stream.truncate(None) {
                Ok(_) => whole(stream.write_all(bytes).map_err(Error::from), bytes.len()),
                Err(error) => (0, Err(error)),
            }
        }),
    ]
}
