//! Streams of bytes: how each of Python's calls is spelled here.
//!
//! Where Python leaves the amount open (`read1`, `peek`) or gives what it has of a line when a
//! device has nothing yet, we take as much as it took and compare what that is: the answer is
//! right if it is the next bytes of the stream.

use std::io::{BufRead, Read, Seek, SeekFrom};

use iolite::error::DetachError;
use iolite::{
    BufferedIo, BufferedRandom, BufferedReader, BufferedRwPair, BufferedWriter, BytesIo, Error,
    FileIo, IoBase,
};

use crate::answer::{self, Answer, NOTHING, bytes, length, list, number};
use crate::device::{Content, Device};
use crate::faults;
use crate::program::{Program, data};

/// Each class, so that it can be taken apart at the end.
#[allow(
    clippy::large_enum_variant,
    reason = "there is one for a program, and it is not moved"
)]
pub(crate) enum Bytes {
    Memory(BytesIo),
    Reader(BufferedReader<Device>),
    Writer(BufferedWriter<Device>),
    Random(BufferedRandom<Device>),
    Pair(BufferedRwPair<Device, Device>),
    RandomFile(BufferedRandom<FileIo>),
    File(Box<dyn BufferedIo>),
}

impl Bytes {
    pub(crate) fn stream(&mut self) -> &mut dyn BufferedIo {
        match self {
            Bytes::Memory(stream) => stream,
            Bytes::Reader(stream) => stream,
            Bytes::Writer(stream) => stream,
            Bytes::Random(stream) => stream,
            Bytes::Pair(stream) => stream,
            Bytes::RandomFile(stream) => stream,
            Bytes::File(stream) => stream,
        }
    }

    /// Whether a device fails at times.
    pub(crate) fn fails(&self) -> bool {
        match self {
            Bytes::Reader(stream) => stream.get_ref().fails,
            Bytes::Writer(stream) => stream.get_ref().fails,
            Bytes::Random(stream) => stream.get_ref().fails,
            Bytes::Pair(stream) => {
                stream.reader().get_ref().fails || stream.writer().get_ref().fails
            }
            _ => false,
        }
    }

    /// The answer, and the stream if it comes back.
    fn detach(self) -> (String, Option<Bytes>) {
        let failed = match self {
            Bytes::Writer(stream) => stream.detach().map_err(|e| take_back(e, Bytes::Writer)),
            Bytes::Random(stream) => stream.detach().map_err(|e| take_back(e, Bytes::Random)),
            _ => panic!("only what is written to is detached"),
        };
        match failed {
            Ok(_) => (NOTHING.to_owned(), None),
            Err((error, stream)) => (answer::word(Err(error)), Some(stream)),
        }
    }
}

fn take_back<S>(error: DetachError<S>, wrap: fn(S) -> Bytes) -> (Error, Bytes) {
    let (error, stream) = error.into_parts();
    (error, wrap(stream))
}

/// The stream, and the bytes of the device that it ends in.
fn make(setup: &[String]) -> Result<(Bytes, Option<Content>), Error> {
    let setup: Vec<&str> = setup.iter().map(String::as_str).collect();
    if let ["bytesio", content] = setup[..] {
        return Ok((Bytes::Memory(BytesIo::from(data(content))), None));
    }
    let cap: usize = setup[1].parse().unwrap();
    let (device, content) = Device::new(setup[2]);
    let stream = match (setup[0], cap) {
        ("reader", 0) => Bytes::Reader(BufferedReader::new(device)),
        ("reader", cap) => Bytes::Reader(BufferedReader::with_capacity(cap, device)),
        ("writer", 0) => Bytes::Writer(BufferedWriter::new(device)),
        ("writer", cap) => Bytes::Writer(BufferedWriter::with_capacity(cap, device)),
        ("random", 0) => Bytes::Random(BufferedRandom::new(device)?),
        ("random", cap) => Bytes::Random(BufferedRandom::with_capacity(cap, device)?),
        ("pair", cap) => {
            let (target, content) = Device::new(setup[3]);
            let pair = match cap {
                0 => BufferedRwPair::new(device, target),
                cap => BufferedRwPair::with_capacity(cap, device, target),
            };
            return Ok((Bytes::Pair(pair), Some(content)));
        }
        other => panic!("no such stream: {other:?}"),
    };
    Ok((stream, Some(content)))
}

pub(crate) fn run(program: &Program, theirs: &[&str]) -> Vec<String> {
    let (stream, end) = match make(&program.setup) {
        Ok(made) => made,
        Err(error) => return vec![answer::word(Err(error))],
    };
    // What was not detached, or came back, is dropped only when the bytes were looked at.
    let (mut results, stream) = calls(stream, program, theirs);
    results.push(match (&end, &stream) {
        (Some(content), _) => bytes(&content.borrow()),
        (None, Some(Bytes::Memory(memory))) => bytes(memory.as_slice()),
        _ => panic!("nothing to look at"),
    });
    results
}

/// The words of all calls and of the last `close`, and the stream if it is still there.
pub(crate) fn calls(
    mut stream: Bytes,
    program: &Program,
    theirs: &[&str],
) -> (Vec<String>, Option<Bytes>) {
    let mut results = Vec::new();
    for (i, call) in program.calls.iter().enumerate() {
        if call[0] == "detach" {
            let flushed = match stream.fails() {
                true => faults::before_leaving(&mut stream),
                false => again(|| Ok(stream.stream().flush()?)),
            };
            let (word, mut back) = match flushed {
                Ok(()) => stream.detach(),
                Err(error) => (answer::word(Err(error)), Some(stream)),
            };
            results.push(match &mut back {
                Some(stream) => with_position(program, stream.stream(), word),
                None if program.tells() => word + "@",
                None => word,
            });
            return (results, back);
        }
        if let (Bytes::Memory(memory), "getvalue") = (&mut stream, call[0].as_str()) {
            let value = bytes(memory.as_slice());
            results.push(with_position(program, memory, value));
            continue;
        }
        let theirs = theirs.get(i).copied().unwrap_or_default();
        let word = answer::word(faults::attentive(&mut stream, call, theirs));
        results.push(with_position(program, stream.stream(), word));
    }
    let close = ["close".to_owned()];
    results.push(answer::word(faults::attentive(&mut stream, &close, "")));
    (results, Some(stream))
}

pub(crate) fn with_position(
    program: &Program,
    stream: &mut (impl Seek + ?Sized),
    word: String,
) -> String {
    if !program.tells() {
        return word;
    }
    match stream.stream_position() {
        Ok(at) => format!("{word}@{at}"),
        Err(_) => format!("{word}@"),
    }
}

/// Calls until the device is not in the way any more.
pub(crate) fn again<T>(mut call: impl FnMut() -> Result<T, Error>) -> Result<T, Error> {
    for _ in 0..100 {
        match call() {
            Err(error) if error.is_would_block() => {}
            outcome => return outcome,
        }
    }
    panic!("blocked for ever");
}

/// Writes all, sending the rest again where the device had no room.
fn write(stream: &mut dyn BufferedIo, data: &[u8]) -> Result<(), Error> {
    if data.is_empty() {
        // std's `write_all` asks nobody when there is nothing to write.
        return Ok(stream.write(data).map(drop)?);
    }
    let mut rest = data;
    again(|| {
        let outcome = stream.write_all(rest).map_err(Error::from);
        if let Err(Error::WouldBlock { written }) = outcome {
            rest = &rest[written..];
        }
        outcome
    })
}

/// Closes a stream; what is pending must not be in the way of it, unless that is what is tried.
fn close_bytes(stream: &mut Bytes) -> String {
    let fails = stream.fails();
    let stream = stream.stream();
    if !fails
        && !stream.is_closed()
        && let Err(error) = again(|| Ok(stream.flush()?))
    {
        return answer::word(Err(error));
    }
    close(stream)
}

pub(crate) fn close(stream: &mut (impl IoBase + ?Sized)) -> String {
    answer::word(stream.close().map(|()| NOTHING.to_owned()))
}

/// Python's `None`, `-1` and other negative numbers: no limit.
pub(crate) fn limit(word: &str) -> Option<usize> {
    word.parse().ok()
}

/// The calls that pending bytes may be in the way of. CPython's stream is elsewhere then (BUF-46).
pub(crate) const READS: &[&str] = &[
    "read",
    "read1",
    "readinto",
    "readinto1",
    "readline",
    "readlines",
    "list",
    "next",
    "peek",
    "seek",
    "truncate",
];

/// One call.
pub(crate) fn one(stream: &mut Bytes, call: &[String], theirs: &str) -> Answer {
    if call[0] == "close" {
        return Ok(close_bytes(stream));
    }
    let is_memory = matches!(stream, Bytes::Memory(_));
    let is_random = matches!(stream, Bytes::Random(_) | Bytes::RandomFile(_));
    // CPython's `read1` does not see what was written (RND-2).
    let stalls = matches!(stream, Bytes::Random(stream) if stream.get_ref().stalls);
    let stream = stream.stream();
    let blind = is_random && call[0] == "read1" || stalls && READS.contains(&&*call[0]);
    if blind && !stream.is_closed() {
        again(|| Ok(stream.flush()?))?;
    }
    let first = call.get(1).map_or("none", String::as_str);
    match call[0].as_str() {
        "read" => read(stream, limit(first)),
        "readinto" => read(stream, limit(first)),
        "read1" | "readinto1" => read_some(stream, limit(first), theirs),
        "peek" => peek(stream, theirs),
        "readline" => Ok(bytes(&line(stream, limit(first), length(theirs))?)),
        "readlines" => lines(stream, limit(first), theirs, is_memory),
        "list" => lines(stream, None, theirs, is_memory),
        "next" => Ok(match line(stream, None, length(theirs))? {
            line if line.is_empty() => NOTHING.to_owned(),
            line => bytes(&line),
        }),
        "write" => {
            let data = data(first);
            write(stream, &data)?;
            Ok(number(data.len() as u64))
        }
        "writelines" => {
            for line in &call[1..] {
                write(stream, &data(line))?;
            }
            Ok(NOTHING.to_owned())
        }
        "seek" => {
            let target = target(first, &call[2]);
            Ok(number(again(|| Ok(stream.seek(target)?))?))
        }
        "tell" => Ok(number(stream.stream_position()?)),
        "truncate" => {
            let size = first.parse().ok();
            Ok(number(again(|| stream.truncate(size))?))
        }
        "flush" => {
            again(|| Ok(stream.flush()?))?;
            Ok(NOTHING.to_owned())
        }
        name => predicate(stream, name),
    }
}

pub(crate) fn target(offset: &str, whence: &str) -> SeekFrom {
    let offset: i64 = offset.parse().unwrap();
    match whence {
        "0" => SeekFrom::Start(offset as u64),
        "1" => SeekFrom::Current(offset),
        _ => SeekFrom::End(offset),
    }
}

pub(crate) fn predicate(stream: &mut (impl IoBase + ?Sized), name: &str) -> Answer {
    let yes = match name {
        "readable" => stream.readable(),
        "writable" => stream.writable(),
        "seekable" => stream.seekable(),
        "isatty" => stream.is_terminal(),
        "closed" => stream.is_closed(),
        name => panic!("no such call: {name}"),
    };
    Ok(number(yes))
}

/// Whether an error is "not now" after something was read, which Python's `read` does not tell.
fn not_now(error: std::io::Error, read: &[u8]) -> Result<bool, Error> {
    let error = Error::from(error);
    if !error.is_would_block() {
        return Err(error);
    }
    Ok(!read.is_empty())
}

/// `read(n)` goes on until there are `n` bytes, the end, or nothing now.
fn read(stream: &mut dyn BufferedIo, n: Option<usize>) -> Answer {
    let mut taken = Vec::new();
    let outcome = match n {
        None => stream.read_to_end(&mut taken),
        Some(n) => stream.take(n as u64).read_to_end(&mut taken),
    };
    match outcome {
        Ok(0) if n == Some(0) => stream.read(&mut []).map(drop)?,
        Ok(_) => {}
        Err(error) => {
            if !not_now(error, &taken)? {
                return Ok(NOTHING.to_owned());
            }
        }
    }
    Ok(bytes(&taken))
}

/// `read1` takes any number of bytes that are there, `n` at most.
fn read_some(stream: &mut dyn BufferedIo, n: Option<usize>, theirs: &str) -> Answer {
    let expected = length(theirs).unwrap_or(1);
    let n = n.unwrap_or(usize::MAX).min(expected.max(1));
    let mut taken = Vec::new();
    while taken.len() < expected.max(1) && (n > 0 || taken.is_empty()) {
        match stream.read_chunk(n - taken.len()) {
            Ok(chunk) if chunk.is_empty() => break,
            Ok(chunk) => taken.extend_from_slice(&chunk),
            Err(error) if error.is_would_block() && taken.is_empty() => {
                // Python has no bytes for it, and no count: `readinto1` says `None`.
                return Ok(match theirs.starts_with('n') {
                    true => NOTHING.to_owned(),
                    false => bytes(&[]),
                });
            }
            Err(error) => return Err(error),
        }
    }
    Ok(bytes(&taken))
}

/// `peek` shows any number of bytes, one at least if there are any.
fn peek(stream: &mut dyn BufferedIo, theirs: &str) -> Answer {
    let ours = match stream.fill_buf() {
        Ok(ours) => ours.to_vec(),
        Err(error) => {
            not_now(error, &[])?;
            Vec::new()
        }
    };
    let word = theirs.split('@').next().unwrap_or_default();
    let expected = data(word.strip_prefix('b').unwrap_or_default());
    let common = ours.len().min(expected.len());
    match common > 0 && ours[..common] == expected[..common] {
        true => Ok(word.to_owned()),
        false => Ok(bytes(&ours)),
    }
}

/// `readline` gives what there is of a line when the device has nothing now. Ours leaves that in
/// place (BUF-20), and it is to be as much as theirs.
fn line(
    stream: &mut dyn BufferedIo,
    limit: Option<usize>,
    theirs: Option<usize>,
) -> Result<Vec<u8>, Error> {
    let mut line = Vec::new();
    let outcome = match limit {
        None => stream.read_until(b'\n', &mut line),
        Some(limit) => stream.take(limit as u64).read_until(b'\n', &mut line),
    };
    match outcome {
        Ok(_) if limit == Some(0) => stream.read(&mut []).map(drop)?,
        Ok(_) => {}
        Err(error) => {
            if !not_now(error, &line)? {
                let part = theirs.unwrap_or(0) as u64;
                stream.take(part).read_to_end(&mut line)?;
            }
        }
    }
    Ok(line)
}

/// `readlines` stops behind the line with which there are more than `hint` bytes, or as many for
/// a `BytesIO`.
fn lines(
    stream: &mut dyn BufferedIo,
    hint: Option<usize>,
    theirs: &str,
    is_memory: bool,
) -> Answer {
    let theirs = theirs.split('@').next().unwrap_or_default();
    let mut expected = theirs.strip_prefix('l').unwrap_or_default().split(',');
    let mut lines = Vec::new();
    let mut total = 0;
    loop {
        let line = line(stream, None, expected.next().and_then(length))?;
        if line.is_empty() {
            break;
        }
        total += line.len();
        lines.push(bytes(&line));
        if hint.is_some_and(|hint| hint > 0 && total + usize::from(is_memory) > hint) {
            break;
        }
    }
    Ok(list(&lines))
}
