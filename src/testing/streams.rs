//! What a buffered stream promises about bytes that go through it, in every way and every size.

use std::io::Read;

use super::dice::Dice;
use super::hostile::Probe;
use super::persist::{PATIENCE, is_transient, must, retry_transient};
use crate::buffered::BufferedIo;
use crate::chunk::Chunk;
use crate::error::{Error, Result};

/// A way to take bytes from a buffered stream.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Taking {
    /// `read`.
    Read,
    /// `read_exact`, and at the end what is left.
    ReadExact,
    /// [`read_chunk`](BufferedIo::read_chunk).
    ReadChunk,
    /// `fill_buf`, and `consume` of some of it.
    FillAndConsume,
    /// `read_until` a newline.
    ReadUntil,
    /// `read_line`.
    ReadLine,
    /// [`peek`](BufferedIo::peek), and `read_exact` of the same bytes.
    PeekThenRead,
}

impl Taking {
    /// Every way.
    pub const ALL: &[Taking] = &[
        Taking::Read,
        Taking::ReadExact,
        Taking::ReadChunk,
        Taking::FillAndConsume,
        Taking::ReadUntil,
        Taking::ReadLine,
        Taking::PeekThenRead,
    ];

    /// Takes the next bytes in this way, `n` or up to `n` of them where it goes by number, and
    /// repeats calls that fail in passing. Nothing is the end.
    ///
    /// # Panics
    ///
    /// If a call fails for good, or breaks its contract.
    pub fn take<S: BufferedIo + ?Sized>(self, stream: &mut S, n: usize, at: &str) -> Vec<u8> {
        match self {
            Taking::Read => must(at, || read(stream, n, at)),
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

pub(super) fn read<S: Read + ?Sized>(stream: &mut S, n: usize, at: &str) -> Result<Vec<u8>> {
    let mut buf = vec![0xEE; n];
    let k = stream.read(&mut buf)?;
    assert!(k <= n, "{at}: {k} bytes into room for {n}");
    buf.truncate(k);
    Ok(buf)
}

/// `n` bytes, or what is left at the end: a read that is too short says how much that is and
/// leaves it in place.
pub(super) fn read_exact_or_rest<S: BufferedIo + ?Sized>(
    stream: &mut S,
    n: usize,
    at: &str,
) -> Vec<u8> {
    let mut buf = vec![0xEE; n];
    let outcome = retry_transient(at, || Ok(stream.read_exact(&mut buf)?));
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
pub(super) fn read_until<S: BufferedIo + ?Sized>(
    stream: &mut S,
    byte: u8,
    at: &str,
) -> Result<Vec<u8>> {
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

pub(super) fn read_line<S: BufferedIo + ?Sized>(stream: &mut S, at: &str) -> Result<String> {
    let mut line = String::from("kept");
    let outcome = stream.read_line(&mut line);
    if let Err(error) = outcome {
        assert_eq!(line, "kept", "{at}: a failed call appended something");
        return Err(error.into());
    }
    let line = line.split_off(4);
    assert_eq!(
        outcome.ok(),
        Some(line.len()),
        "{at}: the count of read_line"
    );
    Ok(line)
}

/// Sizes that are smaller than, equal to and larger than every buffer of the tables.
pub(super) const SIZES: [usize; 6] = [1, 2, 7, 16, 41, 1000];

/// Reads a stream of your own to its end in every way that there is, and asserts that all of
/// `content` arrives byte for byte.
///
/// `open` gives the stream anew each time. Errors [that pass](super::is_transient) must lose
/// nothing, and the end must be an empty result however often it is read. `at` names the case
/// in every failure message.
///
/// # Panics
///
/// If a byte is lost, changed or read twice, if a call breaks its contract, or if it never ends.
///
/// # Examples
///
/// ```
/// use iolite::BufferedReader;
/// use iolite::testing::{Behaviour, HostileDevice, assert_reads_all};
///
/// let content = b"some lines\nof bytes\n".repeat(9);
/// let open = || BufferedReader::new(HostileDevice::new(&content).with(Behaviour::Halves));
/// assert_reads_all(open, &content, "a reader over half reads");
/// ```
pub fn assert_reads_all<S: BufferedIo>(open: impl Fn() -> S, content: &[u8], at: &str) {
    // Lines of text are not among the ways where the content is no text, and not in the mixture:
    // the other ways stop inside characters.
    let by_bytes = |way: &&Taking| !matches!(way, Taking::ReadLine);
    let is_text = std::str::from_utf8(content).is_ok();
    for &way in Taking::ALL.iter().filter(|way| is_text || by_bytes(way)) {
        for size in SIZES {
            let at = format!("{at}, {way:?} of {size}");
            read_to_end(&mut open(), || (way, size), content, &at);
        }
    }
    let mut dice = Dice::new(content.len() as u64);
    let ways: Vec<Taking> = Taking::ALL.iter().filter(by_bytes).copied().collect();
    let mixed = || (ways[dice.roll(ways.len())], SIZES[dice.roll(SIZES.len())]);
    read_to_end(
        &mut open(),
        mixed,
        content,
        &format!("{at}, all ways mixed"),
    );
}

fn read_to_end<S: BufferedIo>(
    stream: &mut S,
    mut choose: impl FnMut() -> (Taking, usize),
    content: &[u8],
    at: &str,
) {
    let mut rest = content;
    loop {
        let (way, size) = choose();
        let piece = way.take(stream, size, at);
        if piece.is_empty() {
            break;
        }
        let place = content.len() - rest.len();
        assert!(rest.starts_with(&piece), "{at}: wrong bytes at {place}");
        let whole = match way {
            Taking::ReadExact | Taking::PeekThenRead => size.min(rest.len()),
            Taking::ReadUntil | Taking::ReadLine => {
                let end = rest.iter().position(|&byte| byte == b'\n');
                end.map_or(rest.len(), |end| end + 1)
            }
            _ => piece.len().min(size),
        };
        assert_eq!(piece.len(), whole, "{at}: the length of what is at {place}");
        rest = &rest[whole..];
    }
    assert_eq!(rest, b"", "{at}: it ended early");
    for way in Taking::ALL {
        let at = format!("{at}, {way:?} after the end");
        assert_eq!(way.take(stream, 3, &at), b"", "{at}");
    }
}

/// A way to give bytes to a buffered stream.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Giving {
    /// `write`.
    Write,
    /// `write_all`.
    WriteAll,
    /// [`write_chunk`](BufferedIo::write_chunk).
    WriteChunk,
}

impl Giving {
    /// Every way.
    pub const ALL: &[Giving] = &[Giving::Write, Giving::WriteAll, Giving::WriteChunk];

    /// Gives some of `bytes`, and repeats calls that fail in passing; returns how much was taken.
    pub(super) fn give<S: BufferedIo + ?Sized>(
        self,
        stream: &mut S,
        bytes: &[u8],
        at: &str,
    ) -> usize {
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
    let tell = |stream: &mut S| {
        if stream.seekable() {
            must(at, || Ok(stream.stream_position()?))
        } else {
            0
        }
    };
    let before = tell(stream);
    let taken = match stream.write_all(bytes).map_err(Error::from) {
        Ok(()) => bytes.len(),
        Err(Error::WouldBlock { written }) => written,
        Err(Error::WriteFailed { written, source }) if is_transient(&source) => {
            assert_ne!(written, 0, "{at}: {source}");
            written
        }
        Err(error) if is_transient(&error) => 0,
        Err(error) => panic!("{at}: {error}"),
    };
    if stream.seekable() {
        let position = tell(stream);
        assert_eq!(position - before, taken as u64, "{at}: what the error says");
    }
    taken
}

/// Writes `content` to a stream of your own in every way that there is, and asserts that the
/// device has every byte exactly once and in order, whatever errors
/// [pass](super::is_transient) in between.
///
/// `open` gives the stream anew each time, with the probe of the device below it. `at` names the
/// case in every failure message.
///
/// # Panics
///
/// If a byte is lost, changed or written twice, if a count is wrong, or if there is no progress.
///
/// # Examples
///
/// ```
/// use iolite::BufferedWriter;
/// use iolite::testing::{Behaviour, HostileDevice, assert_writes_all};
///
/// let open = || {
///     let device = HostileDevice::new(b"").with(Behaviour::WouldBlock);
///     let probe = device.probe();
///     (BufferedWriter::with_capacity(16, device), probe)
/// };
/// assert_writes_all(open, &[b'x'; 100], "a writer over a slow device");
/// ```
pub fn assert_writes_all<S: BufferedIo>(open: impl Fn() -> (S, Probe), content: &[u8], at: &str) {
    let ways = Giving::ALL;
    for &way in ways {
        for size in SIZES {
            let at = format!("{at}, {way:?} of {size}");
            write_to_end(open(), || (way, size), content, &at);
        }
    }
    let mut dice = Dice::new(content.len() as u64);
    let mixed = || (ways[dice.roll(ways.len())], SIZES[dice.roll(SIZES.len())]);
    write_to_end(open(), mixed, content, &format!("{at}, all ways mixed"));
}

fn write_to_end<S: BufferedIo>(
    (mut stream, probe): (S, Probe),
    mut choose: impl FnMut() -> (Giving, usize),
    content: &[u8],
    at: &str,
) {
    let (mut given, mut idle) = (0, 0);
    while given < content.len() {
        let (way, size) = choose();
        let piece = &content[given..content.len().min(given + size)];
        let taken = way.give(&mut stream, piece, at);
        assert!(
            taken <= piece.len(),
            "{at}: took {taken} of {}",
            piece.len()
        );
        given += taken;
        idle = if taken == 0 { idle + 1 } else { 0 };
        assert!(idle < PATIENCE, "{at}: no progress");
        assert!(
            content[..given].starts_with(&probe.content()),
            "{at}: wrong bytes"
        );
    }
    must(at, || Ok(stream.flush()?));
    assert_eq!(probe.content(), content, "{at}: after the flush");
    drop(stream);
    assert_eq!(probe.content(), content, "{at}: after the drop");
}
