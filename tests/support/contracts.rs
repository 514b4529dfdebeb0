//! What a buffered stream promises, as functions that are run over every stream, every device
//! and every small buffer. `at` names the place in that table; it is in every failure message.

use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};

use iolite::{BufferedIo, Chunk, Error, IoBase, Operation, Result};

use super::devices::{EIO, Probe};
use super::naive::{Dice, File};

/// So often a call is repeated before it counts as hanging.
const PATIENCE: usize = 20_000;

/// Whether the device is expected to fail like this, and to go on afterwards.
/// `Interrupted` is not in the list: it must never come out of a stream.
pub(crate) fn passes(error: &Error) -> bool {
    let passing = [ErrorKind::WouldBlock, ErrorKind::TimedOut];
    passing.contains(&error.kind()) || error.raw_os_error() == Some(EIO)
}

/// Repeats a call as long as its error is a passing one.
pub(crate) fn persist<T>(at: &str, mut call: impl FnMut() -> Result<T>) -> Result<T> {
    for _ in 0..PATIENCE {
        match call() {
            Err(error) if passes(&error) => {}
            outcome => return outcome,
        }
    }
    panic!("{at}: no progress in {PATIENCE} calls");
}

fn must<T>(at: &str, call: impl FnMut() -> Result<T>) -> T {
    persist(at, call).unwrap_or_else(|error| panic!("{at}: {error}"))
}

/// How bytes are taken from a stream.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Taking {
    Read,
    ReadExact,
    ReadChunk,
    FillAndConsume,
    ReadUntil,
    ReadLine,
    PeekThenRead,
}

impl Taking {
    pub(crate) const ALL: [Taking; 7] = [
        Taking::Read,
        Taking::ReadExact,
        Taking::ReadChunk,
        Taking::FillAndConsume,
        Taking::ReadUntil,
        Taking::ReadLine,
        Taking::PeekThenRead,
    ];

    /// Takes the next bytes in this way, `n` or up to `n` of them where it goes by number.
    /// Nothing is the end.
    fn take<S: BufferedIo + ?Sized>(self, stream: &mut S, n: usize, at: &str) -> Vec<u8> {
        match self {
            Taking::Read => must(at, || read(stream, n)),
            Taking::ReadExact => read_exact_or_rest(stream, n, at),
            Taking::ReadChunk => must(at, || stream.read_chunk(n)).to_vec(),
            Taking::FillAndConsume => {
                let all = must(at, || Ok(stream.fill_buf()?.to_vec()));
                let some = all[..n.min(all.len())].to_vec();
                stream.consume(some.len());
                some
            }
            Taking::ReadUntil => must(at, || read_until(stream, b'\n', at)),
            Taking::ReadLine => must(at, || read_line(stream, at)).into_bytes(),
            Taking::PeekThenRead => {
                let seen = must(at, || Ok(stream.peek(n)?.to_vec()));
                let taken = read_exact_or_rest(stream, n, at);
                assert_eq!(seen, taken, "{at}: peek of {n} and what was read then");
                taken
            }
        }
    }
}

pub(crate) fn read<S: Read + ?Sized>(stream: &mut S, n: usize) -> Result<Vec<u8>> {
    let mut buf = vec![0xEE; n];
    let k = stream.read(&mut buf)?;
    buf.truncate(k);
    Ok(buf)
}

/// `n` bytes, or what is left at the end: a read that is too short says how much that is and
/// leaves it in place.
fn read_exact_or_rest<S: BufferedIo + ?Sized>(stream: &mut S, n: usize, at: &str) -> Vec<u8> {
    let mut buf = vec![0xEE; n];
    let outcome = persist(at, || Ok(stream.read_exact(&mut buf)?));
    match outcome {
        Ok(()) => buf,
        Err(Error::PartialRead {
            available,
            expected,
        }) => {
            assert_eq!(expected, n, "{at}: what was expected");
            assert!(available < n, "{at}: {available} of {n} is not partial");
            let mut rest = vec![0; available];
            must(at, || Ok(stream.read_exact(&mut rest)?));
            rest
        }
        Err(error) => panic!("{at}: {error}"),
    }
}

/// A line of bytes; checks that a failure appends nothing.
fn read_until<S: BufferedIo + ?Sized>(stream: &mut S, byte: u8, at: &str) -> Result<Vec<u8>> {
    let mut line = b"kept".to_vec();
    let outcome = stream.read_until(byte, &mut line);
    if let Err(error) = outcome {
        assert_eq!(line, b"kept", "{at}: a failed call appended something");
        return Err(error.into());
    }
    let line = line.split_off(4);
    assert_eq!(
        outcome.ok(),
        Some(line.len()),
        "{at}: the count of read_until"
    );
    let inside = line
        .split_last()
        .is_some_and(|(_, head)| head.contains(&byte));
    assert!(!inside, "{at}: read_until went past its byte");
    Ok(line)
}

fn read_line<S: BufferedIo + ?Sized>(stream: &mut S, at: &str) -> Result<String> {
    let mut line = String::from("kept");
    let outcome = stream.read_line(&mut line);
    if let Err(error) = outcome {
        assert_eq!(line, "kept", "{at}: a failed call appended something");
        return Err(error.into());
    }
    Ok(line.split_off(4))
}

/// Sizes that are smaller than, equal to and larger than every buffer of the tables.
pub(crate) const SIZES: [usize; 6] = [1, 2, 7, 16, 41, 1000];

/// Everything arrives byte for byte in whichever way and sizes it is taken, errors that pass
/// lose nothing, and the end is an empty answer as often as one asks.
pub(crate) fn reading<S: BufferedIo>(open: impl Fn() -> S, content: &[u8], at: &str) {
    for way in Taking::ALL {
        for size in SIZES {
            let at = format!("{at}, {way:?} of {size}");
            read_to_end(&mut open(), |_| (way, size), content, &at);
        }
    }
    let mut dice = Dice::new(content.len() as u64);
    // Not by lines of text: the other ways stop inside characters.
    let bytes = Taking::ALL.map(|way| match way {
        Taking::ReadLine => Taking::ReadUntil,
        way => way,
    });
    let mixed = |_| (bytes[dice.roll(7)], SIZES[dice.roll(6)]);
    read_to_end(
        &mut open(),
        mixed,
        content,
        &format!("{at}, all ways mixed"),
    );
}

fn read_to_end<S: BufferedIo>(
    stream: &mut S,
    mut choose: impl FnMut(usize) -> (Taking, usize),
    content: &[u8],
    at: &str,
) {
    let mut got = Vec::new();
    loop {
        let (way, size) = choose(got.len());
        let piece = way.take(stream, size, at);
        if piece.is_empty() {
            break;
        }
        got.extend(piece);
        assert!(
            content.starts_with(&got),
            "{at}: wrong bytes before {}",
            got.len()
        );
    }
    assert_eq!(got.len(), content.len(), "{at}: it ended early");
    for way in Taking::ALL {
        assert_eq!(way.take(stream, 3, at), b"", "{at}: {way:?} behind the end");
    }
}

/// How bytes are given to a stream.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Giving {
    Write,
    WriteAll,
    WriteChunk,
}

impl Giving {
    pub(crate) const ALL: [Giving; 3] = [Giving::Write, Giving::WriteAll, Giving::WriteChunk];

    /// Gives some of `bytes`; returns how much was taken.
    fn give<S: BufferedIo + ?Sized>(self, stream: &mut S, bytes: &[u8], at: &str) -> usize {
        match self {
            Giving::Write => must(at, || Ok(stream.write(bytes)?)),
            Giving::WriteAll => write_all(stream, bytes, at),
            Giving::WriteChunk => {
                let chunk = Chunk::copy_from_slice(bytes);
                must(at, || stream.write_chunk(chunk.clone()));
                bytes.len()
            }
        }
    }
}

/// Whatever the error is, it says how much was taken; and so does the position, if there is one.
fn write_all<S: BufferedIo + ?Sized>(stream: &mut S, bytes: &[u8], at: &str) -> usize {
    let tell = |stream: &mut S| match stream.seekable() {
        true => must(at, || Ok(stream.stream_position()?)),
        false => 0,
    };
    let before = tell(stream);
    let taken = match stream.write_all(bytes).map_err(Error::from) {
        Ok(()) => bytes.len(),
        Err(Error::WouldBlock { written }) => written,
        Err(Error::WriteFailed { written, source }) if passes(&source) => {
            assert_ne!(written, 0, "{at}: {source}");
            written
        }
        Err(error) if passes(&error) => 0,
        Err(error) => panic!("{at}: {error}"),
    };
    if stream.seekable() {
        let position = tell(stream);
        assert_eq!(position - before, taken as u64, "{at}: what the error says");
    }
    taken
}

/// Every byte arrives exactly once and in order, however it is given and whatever passing errors
/// the device has; repeating a failed call goes on exactly.
pub(crate) fn writing<S: BufferedIo>(open: impl Fn() -> (S, Probe), content: &[u8], at: &str) {
    for way in Giving::ALL {
        for size in SIZES {
            let at = format!("{at}, {way:?} of {size}");
            write_to_end(open(), |_| (way, size), content, &at);
        }
    }
    let mut dice = Dice::new(content.len() as u64);
    let mixed = |_| (Giving::ALL[dice.roll(3)], SIZES[dice.roll(6)]);
    write_to_end(open(), mixed, content, &format!("{at}, all ways mixed"));
}

fn write_to_end<S: BufferedIo>(
    (mut stream, probe): (S, Probe),
    mut choose: impl FnMut(usize) -> (Giving, usize),
    content: &[u8],
    at: &str,
) {
    let mut given = 0;
    for _ in 0..PATIENCE {
        if given == content.len() {
            break;
        }
        let (way, size) = choose(given);
        let piece = &content[given..content.len().min(given + size)];
        let taken = way.give(&mut stream, piece, at);
        assert!(
            taken <= piece.len(),
            "{at}: took {taken} of {}",
            piece.len()
        );
        given += taken;
        assert!(
            content[..given].starts_with(&probe.content()),
            "{at}: wrong bytes"
        );
    }
    assert_eq!(given, content.len(), "{at}: no progress");
    must(at, || Ok(stream.flush()?));
    assert_eq!(probe.content(), content, "{at}: after the flush");
    drop(stream);
    assert_eq!(probe.content(), content, "{at}: after the drop");
}

/// One call of a stream that reads, writes and seeks.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Read(usize),
    ReadExact(usize),
    ReadChunk(usize),
    ReadUntil(u8),
    FillAndConsume(usize),
    Peek(usize),
    Write(Vec<u8>),
    WriteChunk(Vec<u8>),
    Flush,
    SeekStart(u64),
    SeekCurrent(i64),
    SeekEnd(i64),
    Tell,
    Truncate(Option<u64>),
}

/// Where the device differs from a plain file.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rules {
    /// Every write goes to the end.
    pub(crate) appends: bool,
    /// `BytesIo`: truncating never extends, and a seek before the start from the end stops there.
    pub(crate) memory: bool,
}

/// Any calls in any order do to the stream what they do to a plain file without a buffer.
pub(crate) fn like_a_file<S: BufferedIo>(
    stream: &mut S,
    file: &mut File,
    rules: Rules,
    ops: &[Op],
    at: &str,
) {
    for (i, op) in ops.iter().enumerate() {
        let at = format!("{at}, call {i} of {ops:?}");
        apply(stream, file, rules, op, &at);
    }
    must(at, || Ok(stream.flush()?));
    let position = must(at, || Ok(stream.stream_position()?));
    assert_eq!(position, file.position, "{at}: the position after {ops:?}");
}

pub(crate) fn apply<S: BufferedIo>(
    stream: &mut S,
    file: &mut File,
    rules: Rules,
    op: &Op,
    at: &str,
) {
    match op {
        Op::Read(n) => some(file, &must(at, || read(stream, *n)), *n, at),
        Op::ReadChunk(n) => some(file, &must(at, || stream.read_chunk(*n)), *n, at),
        Op::FillAndConsume(n) => some(file, &Taking::FillAndConsume.take(stream, *n, at), *n, at),
        Op::ReadExact(n) => {
            let taken = read_exact_or_rest(stream, *n, at);
            assert_eq!(taken.len(), (*n).min(file.rest().len()), "{at}: length");
            some(file, &taken, *n, at);
        }
        Op::ReadUntil(byte) => {
            let line = must(at, || read_until(stream, *byte, at));
            let found = file.rest().iter().position(|b| b == byte);
            let n = found.map_or(file.rest().len(), |i| i + 1);
            assert_eq!(line, file.rest()[..n], "{at}");
            file.position += n as u64;
        }
        Op::Peek(n) => {
            let seen = must(at, || Ok(stream.peek(*n)?.to_vec()));
            assert_eq!(seen, file.rest()[..(*n).min(file.rest().len())], "{at}");
        }
        Op::Write(bytes) => give(stream, file, rules, Giving::Write, bytes, at),
        Op::WriteChunk(bytes) => give(stream, file, rules, Giving::WriteChunk, bytes, at),
        Op::Flush => must(at, || Ok(stream.flush()?)),
        Op::SeekStart(to) => seek(stream, file, rules, SeekFrom::Start(*to), at),
        Op::SeekCurrent(by) => seek(stream, file, rules, SeekFrom::Current(*by), at),
        Op::SeekEnd(by) => seek(stream, file, rules, SeekFrom::End(*by), at),
        Op::Tell => {
            let position = must(at, || Ok(stream.stream_position()?));
            assert_eq!(position, file.position, "{at}");
        }
        Op::Truncate(size) => {
            let target = size.unwrap_or(file.position);
            assert_eq!(must(at, || stream.truncate(*size)), target, "{at}");
            if !rules.memory || target < file.content.len() as u64 {
                file.set_len(target as usize);
            }
        }
    }
}

/// A read of up to `n` bytes: what it gave is what comes next, and nothing only at the end.
fn some(file: &mut File, taken: &[u8], n: usize, at: &str) {
    assert!(taken.len() <= n, "{at}: {} bytes of {n}", taken.len());
    assert!(
        file.rest().starts_with(taken),
        "{at}: {taken:?} of {:?}",
        file.rest()
    );
    let ended = n == 0 || file.rest().is_empty();
    assert_eq!(taken.is_empty(), ended, "{at}: empty is the end");
    file.position += taken.len() as u64;
}

pub(crate) fn give<S: BufferedIo>(
    stream: &mut S,
    file: &mut File,
    rules: Rules,
    way: Giving,
    bytes: &[u8],
    at: &str,
) {
    let mut rest = bytes;
    while !rest.is_empty() {
        let taken = way.give(stream, rest, at);
        // What would block says how much it took, which may be nothing.
        let may_wait = matches!(way, Giving::WriteAll);
        assert!(taken > 0 || may_wait, "{at}: took nothing");
        if rules.appends {
            file.position = file.content.len() as u64;
        }
        file.write(&rest[..taken]);
        rest = &rest[taken..];
    }
}

fn seek<S: BufferedIo>(stream: &mut S, file: &mut File, rules: Rules, to: SeekFrom, at: &str) {
    let mut expected = file.seek(to);
    if expected.is_none() && rules.memory && matches!(to, SeekFrom::End(_)) {
        expected = file.seek(SeekFrom::Start(0));
    }
    match persist(at, || Ok(stream.seek(to)?)) {
        Ok(position) => assert_eq!(Some(position), expected, "{at}"),
        Err(error) => assert_eq!(expected, None, "{at}: {error}"),
    }
}

/// Calls in an order that looks random and is the same in every run.
pub(crate) fn some_ops(dice: &mut Dice, count: usize, writes: bool) -> Vec<Op> {
    (0..count).map(|_| some_op(dice, writes)).collect()
}

fn some_op(dice: &mut Dice, writes: bool) -> Op {
    let n = [0, 1, 2, 3, 5, 9, 20, 50][dice.roll(8)];
    match dice.roll(if writes { 20 } else { 13 }) {
        0 | 1 => Op::Read(n),
        2 => Op::ReadExact(n),
        3 => Op::ReadChunk(n),
        4 => Op::ReadUntil(b'\n'),
        5 => Op::FillAndConsume(n),
        6 => Op::Peek(n),
        7 => Op::SeekStart(dice.roll(120) as u64),
        8 | 9 => Op::SeekCurrent(dice.roll(21) as i64 - 10),
        10 => Op::SeekEnd(dice.roll(40) as i64 - 30),
        11 => Op::Tell,
        12 => Op::SeekCurrent(0),
        13..=15 => Op::Write(super::naive::ramp(n)),
        16 => Op::WriteChunk(super::naive::ramp(n)),
        17 => Op::Flush,
        18 => Op::Truncate(Some(dice.roll(100) as u64)),
        _ => Op::Truncate(None),
    }
}

/// Asserts that a call says that the stream is closed.
pub(crate) fn says_closed<T>(outcome: Result<T>, at: &str, call: &str) {
    match outcome {
        Err(Error::Closed) => {}
        Err(other) => panic!("{at}: {call} says {other:?}, not that it is closed"),
        Ok(_) => panic!("{at}: {call} works on a closed stream"),
    }
}

/// Closing works once and is harmless twice; then every call says that the stream is closed, also
/// a call that it never supported or that would move nothing.
pub(crate) fn closing<S: IoBase + Read + Write + Seek>(stream: &mut S, at: &str) {
    stream
        .close()
        .unwrap_or_else(|error| panic!("{at}: {error}"));
    stream
        .close()
        .unwrap_or_else(|error| panic!("{at}: second close: {error}"));
    closed(stream, at);
}

/// See [`closing`].
pub(crate) fn closed<S: IoBase + Read + Write + Seek>(stream: &mut S, at: &str) {
    assert!(stream.is_closed(), "{at}");
    let abilities = [stream.readable(), stream.writable(), stream.seekable()];
    assert_eq!(abilities, [false; 3], "{at}: abilities");
    assert!(!stream.is_terminal(), "{at}");
    says_closed(read(stream, 1), at, "read");
    says_closed(read(stream, 0), at, "read of nothing");
    says_closed(stream.write(b"x").map_err(Error::from), at, "write");
    says_closed(
        stream.write(b"").map_err(Error::from),
        at,
        "write of nothing",
    );
    says_closed(stream.flush().map_err(Error::from), at, "flush");
    says_closed(stream.rewind().map_err(Error::from), at, "seek");
    says_closed(stream.stream_position().map_err(Error::from), at, "tell");
    says_closed(stream.truncate(None), at, "truncate here");
    says_closed(stream.truncate(Some(1)), at, "truncate");
}

/// [`closing`], and the calls that only a buffered stream has.
pub(crate) fn closing_buffered<S: BufferedIo>(stream: &mut S, at: &str) {
    closing(stream, at);
    closed_buffered(stream, at);
}

/// See [`closing_buffered`].
pub(crate) fn closed_buffered<S: BufferedIo>(stream: &mut S, at: &str) {
    closed(stream, at);
    says_closed(stream.read_chunk(1), at, "read_chunk");
    says_closed(stream.read_chunk(0), at, "read_chunk of nothing");
    says_closed(stream.write_chunk(Chunk::from(b"x")), at, "write_chunk");
    says_closed(stream.peek(1).map(drop), at, "peek");
    says_closed(stream.peek(0).map(drop), at, "peek at nothing");
    says_closed(
        stream.fill_buf().map(drop).map_err(Error::from),
        at,
        "fill_buf",
    );
    says_closed(
        stream.read_exact(&mut [0]).map_err(Error::from),
        at,
        "read_exact",
    );
    says_closed(read_until(stream, b'\n', at), at, "read_until");
    says_closed(read_line(stream, at), at, "read_line");
    says_closed(stream.write_all(b"x").map_err(Error::from), at, "write_all");
    says_closed(
        stream.write_all(b"").map_err(Error::from),
        at,
        "write_all of nothing",
    );
}

/// The call is refused, and says what was asked for.
pub(crate) fn unsupported<T, E: Into<Error>>(outcome: Result<T, E>, expected: Operation) {
    match outcome.map_err(Into::into) {
        Err(Error::Unsupported { operation }) => assert_eq!(operation, expected),
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("{expected} works"),
    }
}

/// The call failed twice, with these numbers of the system.
pub(crate) fn both<T>(outcome: Result<T>, one: i32, other: i32) {
    match outcome {
        Err(Error::Both { first, second }) => {
            let numbers = (first.raw_os_error(), second.raw_os_error());
            assert_eq!(numbers, (Some(one), Some(other)));
        }
        Err(error) => panic!("not two errors: {error:?}"),
        Ok(_) => panic!("it works"),
    }
}
