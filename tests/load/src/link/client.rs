//! Clients whose connections nobody cuts.

use std::fmt;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use iolite::link::driver::{Connection, ConnectionOptions};
use iolite::link::frame::CborSequence;
use iolite::link::layer::{ByteLink, Framed, Layer, LinkError, tcp, unix};
use iolite::link::object::Payload;
use iolite::link::request::{Channel, Pending};
use iolite::link::session::{CallError, CallMode};

use super::Counts;
use crate::random::Random;

/// An answer that has not come by then is lost.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where the server is.
pub(super) enum Address {
    Tcp(u16),
    Unix(PathBuf),
}

impl Address {
    pub(super) fn link(&self) -> Result<ByteLink, LinkError> {
        match self {
            Address::Tcp(port) => tcp(("127.0.0.1", *port), PATIENCE),
            Address::Unix(path) => unix(path),
        }
    }

    pub(super) fn open(&self) -> Result<Connection, LinkError> {
        connection(self.link()?)
    }
}

pub(super) fn connection(link: ByteLink) -> Result<Connection, LinkError> {
    let cbor = Framed::new("cbor_buf", CborSequence::default);
    ConnectionOptions::new()
        .deadline(PATIENCE)
        .open(cbor.set_up(link)?)
}

/// One connection after the other, until it is enough.
pub(super) fn stay(
    address: &Address,
    number: u64,
    seed: u64,
    counts: &Counts,
) -> Result<(), String> {
    let mut random = Random::new(seed);
    while !counts.stop.load(Ordering::Relaxed) {
        let failed = |what: &str| format!("client {number}: {what}");
        let connection = address.open().map_err(|error| failed(&error.to_string()))?;
        counts.connections.fetch_add(1, Ordering::Relaxed);
        let rounds = 1 + random.below(300);
        for _ in 0..rounds {
            match converse(&connection, &mut random, counts) {
                Ok(()) => {}
                Err(Wrong::Call(error)) if is_busy(&error) => {
                    counts.refused.fetch_add(1, Ordering::Relaxed);
                }
                Err(wrong) => return Err(failed(&wrong.to_string())),
            }
            if counts.stop.load(Ordering::Relaxed) {
                break;
            }
            thread::sleep(Duration::from_millis(100));
        }
        if random.one_in(2) {
            connection
                .close()
                .map_err(|ending| failed(&format!("closed: {ending:?}")))?;
        }
    }
    Ok(())
}

/// What may go wrong.
enum Wrong {
    Call(CallError),
    Answer(String),
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Wrong::Call(error) => error.fmt(f),
            Wrong::Answer(wrong) => wrong.fmt(f),
        }
    }
}

impl From<CallError> for Wrong {
    fn from(error: CallError) -> Wrong {
        Wrong::Call(error)
    }
}

/// Whether the server has all its workers at work on streams, and refuses another one: an answer, too.
pub(super) fn is_busy(error: &CallError) -> bool {
    matches!(error, CallError::Remote(error) if error.name == "Busy")
}

fn converse(connection: &Connection, random: &mut Random, counts: &Counts) -> Result<(), Wrong> {
    let request = connection.request();
    match random.below(6) {
        0 | 1 => {
            let said = payload(random)?;
            counts.calls.fetch_add(1, Ordering::Relaxed);
            let answer = request.call_payload("echo", said.clone())?;
            check(&said, &answer, counts)
        }
        2 => {
            // Many at once, answered in whatever order, and taken in another one.
            let mut open = Vec::new();
            for _ in 0..1 + random.below(30) {
                let said = payload(random)?;
                counts.calls.fetch_add(1, Ordering::Relaxed);
                let pending: Pending<()> = request.start_payload("echo", said.clone())?;
                open.push((said, pending));
            }
            while !open.is_empty() {
                let (said, pending) = open.swap_remove(random.below(open.len()));
                check(&said, &pending.wait_payload()?, counts)?;
            }
            Ok(())
        }
        3 => {
            let number = random.below(40) as u64;
            let stream = count(connection, Some(number))?;
            counts.calls.fetch_add(1, Ordering::Relaxed);
            let taken = take(stream, u64::MAX, counts)?;
            if taken != number {
                return Err(Wrong::Answer(format!("{taken} items of {number}")));
            }
            counts.answers.fetch_add(1, Ordering::Relaxed);
            Ok(())
        }
        4 => {
            // Without end.
            let stream = count(connection, None)?;
            counts.cancelled.fetch_add(1, Ordering::Relaxed);
            take(stream, random.below(20) as u64, counts).map(drop)
        }
        _ => both_ways(connection, random, counts),
    }
}

fn check(said: &Payload, answer: &Payload, counts: &Counts) -> Result<(), Wrong> {
    if said.items() != answer.items() || said.len() != answer.len() {
        return Err(Wrong::Answer(format!("the answer to {said} is {answer}")));
    }
    counts.answers.fetch_add(1, Ordering::Relaxed);
    Ok(())
}

/// No two are the same.
fn payload(random: &mut Random) -> Result<Payload, CallError> {
    let most = *random.pick(&[1, 10, 100, 100, 1000, 20000]);
    let text = "text ".repeat(random.below(most) / 5 + 1);
    let builder = Payload::builder().push(&random.number())?.push(&text)?;
    Ok(builder.keyword("x", &random.number())?.finish())
}

/// A stream of numbers: so many, or without end.
pub(super) fn count(connection: &Connection, number: Option<u64>) -> Result<Channel, CallError> {
    let arguments = match number {
        Some(number) => Payload::builder().keyword("n", &number)?.finish(),
        None => Payload::new(),
    };
    let request = connection.request();
    let mut stream = request.stream_payload("count", arguments, CallMode::In)?;
    stream.initial_payload()?;
    Ok(stream)
}

/// Takes the numbers, which come in order, at most so many: then the stream is cancelled.
fn take(mut stream: Channel, most: u64, counts: &Counts) -> Result<u64, Wrong> {
    for expected in 0..most {
        match stream.recv::<u64>()? {
            Some(number) if number == expected => {
                counts.items.fetch_add(1, Ordering::Relaxed);
            }
            Some(number) => {
                let wrong = format!("item {number} instead of {expected}");
                return Err(Wrong::Answer(wrong));
            }
            None => {
                return match stream.result::<String>()? {
                    result if result == "done" => Ok(expected),
                    result => Err(Wrong::Answer(result)),
                };
            }
        }
    }
    stream.cancel();
    Ok(most)
}

/// Items that come back.
fn both_ways(connection: &Connection, random: &mut Random, counts: &Counts) -> Result<(), Wrong> {
    let mut stream = connection.request().stream("echo", &(1, 2))?;
    stream.initial_payload()?;
    for _ in 0..random.below(10) {
        let number = random.number();
        stream.send(&number)?;
        let back = stream.recv::<u64>()?;
        if back != Some(number) {
            return Err(Wrong::Answer(format!("item {back:?} instead of {number}")));
        }
        counts.items.fetch_add(1, Ordering::Relaxed);
    }
    if random.one_in(3) {
        counts.cancelled.fetch_add(1, Ordering::Relaxed);
        stream.cancel();
        return Ok(());
    }
    counts.calls.fetch_add(1, Ordering::Relaxed);
    let result = stream.finish::<(u64, u64)>(&())?;
    if result != (1, 2) {
        return Err(Wrong::Answer(format!(
            "the result of a stream is {result:?}"
        )));
    }
    counts.answers.fetch_add(1, Ordering::Relaxed);
    Ok(())
}

/// Writes lines to the file which is followed, each in two pieces.
pub(super) fn grow(log: &Path, counts: &Counts) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("the file: {error}");
    let mut log = OpenOptions::new().append(true).open(log).map_err(failed)?;
    let mut number: u64 = 0;
    while !counts.stop.load(Ordering::Relaxed) {
        write!(log, "line {number} ü").map_err(failed)?;
        thread::sleep(Duration::from_millis(50));
        number += 1;
        counts.lines.store(number, Ordering::Relaxed);
        writeln!(log, "ber").map_err(failed)?;
        thread::sleep(Duration::from_millis(50));
    }
    writeln!(log, "end").map_err(failed)
}

/// A stream of the lines of the file, which are none yet.
pub(super) fn follow(address: &Address) -> Result<(Channel, Connection), String> {
    let connection = address.open().map_err(|error| error.to_string())?;
    let open = || {
        let request = connection.request();
        let mut stream = request.stream_payload("log", Payload::new(), CallMode::In)?;
        stream.initial_payload()?;
        Ok(stream)
    };
    let stream = open().map_err(|error: CallError| format!("who follows: {error}"))?;
    Ok((stream, connection))
}

/// All lines come, in order, and then the last one.
pub(super) fn check_lines(following: (Channel, Connection), counts: &Counts) -> Result<(), String> {
    let (mut stream, _connection) = following;
    let mut number = 0;
    loop {
        let line = stream.recv::<String>();
        let line = line.map_err(|error| format!("who follows: {error}"))?;
        let written = counts.lines.load(Ordering::Relaxed);
        if line.as_deref() == Some("end") && number == written {
            stream.cancel();
            return Ok(());
        }
        if line.as_deref() != Some(&format!("line {number} über")) {
            return Err(format!("who follows: {line:?} instead of line {number}"));
        }
        number += 1;
    }
}
