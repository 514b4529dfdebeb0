//! A stream that reads, writes and seeks is like a file: calls in any order, compared with a model.

use std::io::SeekFrom;

use super::dice::Dice;
use super::file_model::FileModel;
use super::persist::{must, retry_transient};
use super::streams::{Giving, Taking, read, read_exact_or_rest, read_until};
use crate::buffered::BufferedIo;

/// One call of a stream that reads, writes and seeks.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum FileOp {
    /// `read`, into room for this many bytes.
    Read(usize),
    /// `read_exact`, and at the end what is left.
    ReadExact(usize),
    /// [`read_chunk`](BufferedIo::read_chunk) of at most this many bytes.
    ReadChunk(usize),
    /// `read_until` this byte.
    ReadUntil(u8),
    /// `fill_buf`, and `consume` of at most this many bytes.
    FillAndConsume(usize),
    /// [`peek`](BufferedIo::peek) at this many bytes.
    Peek(usize),
    /// `write` until all is written.
    Write(Vec<u8>),
    /// [`write_chunk`](BufferedIo::write_chunk).
    WriteChunk(Vec<u8>),
    /// `flush`.
    Flush,
    /// `seek` from the start.
    SeekStart(u64),
    /// `seek` from the position.
    SeekCurrent(i64),
    /// `seek` from the end.
    SeekEnd(i64),
    /// `stream_position`.
    Tell,
    /// [`truncate`](crate::IoBase::truncate).
    Truncate(Option<u64>),
}

/// Where a stream differs from a plain file.
#[derive(Clone, Copy, Debug, Default)]
pub struct FileRules {
    /// Every write goes to the end.
    pub appends: bool,
    /// As [`BytesIo`](crate::BytesIo): truncating never extends, and a seek from the end to a place
    /// before the start stops at the start.
    pub memory: bool,
}

/// Asserts that any calls in any order do to a stream of your own what they do to a plain file
/// without a buffer.
///
/// [`some_file_ops`] gives calls; a strategy of proptest gives those that shrink. The `file` is the
/// model, and stands where the stream stands. `at` names the case in every failure message.
///
/// # Panics
///
/// At the first call whose result differs from the file's.
///
/// # Examples
///
/// ```
/// use iolite::BufferedRandom;
/// use iolite::testing::{
///     Dice, FileModel, FileRules, HostileDevice, assert_like_a_file, some_file_ops,
/// };
///
/// for seed in 0..20 {
///     let mut stream = BufferedRandom::with_capacity(7, HostileDevice::new(b"0123456789"))?;
///     let mut file = FileModel::new(b"0123456789");
///     let ops = some_file_ops(&mut Dice::new(seed), 50, true);
///     assert_like_a_file(&mut stream, &mut file, FileRules::default(), &ops, "seven bytes");
/// }
/// # Ok::<(), iolite::Error>(())
/// ```
pub fn assert_like_a_file<S: BufferedIo>(
    stream: &mut S,
    file: &mut FileModel,
    rules: FileRules,
    ops: &[FileOp],
    at: &str,
) {
    for (i, op) in ops.iter().enumerate() {
        let at = format!("{at}, call {i} of {ops:?}");
        apply_file_op(stream, file, rules, op, &at);
    }
    must(at, || Ok(stream.flush()?));
    let position = must(at, || Ok(stream.stream_position()?));
    assert_eq!(position, file.position, "{at}: the position after {ops:?}");
}

/// Makes one call and asserts that it does what it does to the file; for tests with rules of their
/// own between the calls.
///
/// # Panics
///
/// If the result differs from the file's.
pub fn apply_file_op<S: BufferedIo>(
    stream: &mut S,
    file: &mut FileModel,
    rules: FileRules,
    op: &FileOp,
    at: &str,
) {
    match op {
        FileOp::Read(n) => some(file, &must(at, || read(stream, *n, at)), *n, at),
        FileOp::ReadChunk(n) => some(file, &must(at, || stream.read_chunk(*n)), *n, at),
        FileOp::FillAndConsume(n) => {
            some(file, &Taking::FillAndConsume.take(stream, *n, at), *n, at);
        }
        FileOp::ReadExact(n) => {
            let taken = read_exact_or_rest(stream, *n, at);
            assert_eq!(taken.len(), (*n).min(file.rest().len()), "{at}: length");
            some(file, &taken, *n, at);
        }
        FileOp::ReadUntil(byte) => {
            let line = must(at, || read_until(stream, *byte, at));
            let found = file.rest().iter().position(|b| b == byte);
            let n = found.map_or(file.rest().len(), |i| i + 1);
            assert_eq!(line, file.rest()[..n], "{at}");
            file.position += n as u64;
        }
        FileOp::Peek(n) => {
            let seen = must(at, || Ok(stream.peek(*n)?.to_vec()));
            assert_eq!(seen, file.rest()[..(*n).min(file.rest().len())], "{at}");
        }
        FileOp::Write(bytes) => give_to_both(stream, file, rules, Giving::Write, bytes, at),
        FileOp::WriteChunk(bytes) => {
            give_to_both(stream, file, rules, Giving::WriteChunk, bytes, at);
        }
        FileOp::Flush => must(at, || Ok(stream.flush()?)),
        FileOp::SeekStart(to) => seek(stream, file, rules, SeekFrom::Start(*to), at),
        FileOp::SeekCurrent(by) => seek(stream, file, rules, SeekFrom::Current(*by), at),
        FileOp::SeekEnd(by) => seek(stream, file, rules, SeekFrom::End(*by), at),
        FileOp::Tell => {
            let position = must(at, || Ok(stream.stream_position()?));
            assert_eq!(position, file.position, "{at}");
        }
        FileOp::Truncate(size) => {
            let target = size.unwrap_or(file.position);
            assert_eq!(must(at, || stream.truncate(*size)), target, "{at}");
            if !rules.memory || target < file.content.len() as u64 {
                file.set_len(usize::try_from(target).expect("it fits in memory"));
            }
        }
    }
}

/// A read of up to `n` bytes: what it gave is what comes next, and nothing only at the end.
fn some(file: &mut FileModel, taken: &[u8], n: usize, at: &str) {
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

/// Writes all of `bytes` in this way, to the stream and to the file.
///
/// # Panics
///
/// If a call fails for good, or takes nothing.
pub fn give_to_both<S: BufferedIo>(
    stream: &mut S,
    file: &mut FileModel,
    rules: FileRules,
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

fn seek<S: BufferedIo>(
    stream: &mut S,
    file: &mut FileModel,
    rules: FileRules,
    to: SeekFrom,
    at: &str,
) {
    let mut expected = file.seek(to);
    if expected.is_none() && rules.memory && matches!(to, SeekFrom::End(_)) {
        expected = file.seek(SeekFrom::Start(0));
    }
    match retry_transient(at, || Ok(stream.seek(to)?)) {
        Ok(position) => assert_eq!(Some(position), expected, "{at}"),
        Err(error) => assert_eq!(expected, None, "{at}: {error}"),
    }
}

/// This many calls, in an order that looks random and is the same in every run; `writes`: those
/// that change the file are among them.
#[must_use]
pub fn some_file_ops(dice: &mut Dice, count: usize, writes: bool) -> Vec<FileOp> {
    (0..count).map(|_| some_file_op(dice, writes)).collect()
}

fn some_file_op(dice: &mut Dice, writes: bool) -> FileOp {
    let n = [0, 1, 2, 3, 5, 9, 20, 50][dice.roll(8)];
    match dice.roll(if writes { 20 } else { 13 }) {
        0 | 1 => FileOp::Read(n),
        2 => FileOp::ReadExact(n),
        3 => FileOp::ReadChunk(n),
        4 => FileOp::ReadUntil(b'\n'),
        5 => FileOp::FillAndConsume(n),
        6 => FileOp::Peek(n),
        7 => FileOp::SeekStart(dice.roll(120) as u64),
        8 | 9 => FileOp::SeekCurrent(distance(dice, 21) - 10),
        10 => FileOp::SeekEnd(distance(dice, 40) - 30),
        11 => FileOp::Tell,
        12 => FileOp::SeekCurrent(0),
        13..=15 => FileOp::Write(ramp(n)),
        16 => FileOp::WriteChunk(ramp(n)),
        17 => FileOp::Flush,
        18 => FileOp::Truncate(Some(dice.roll(100) as u64)),
        _ => FileOp::Truncate(None),
    }
}

fn distance(dice: &mut Dice, sides: usize) -> i64 {
    i64::try_from(dice.roll(sides)).expect("a small number")
}

/// Bytes that differ from their neighbours.
fn ramp(len: usize) -> Vec<u8> {
    (0..=250).cycle().take(len).collect()
}
