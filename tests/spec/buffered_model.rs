//! Chapters "Buffered streams" and "Duplex streams": any calls on hostile devices, against plain
//! memory. After every call, failed or not, all that can be seen is compared.

use std::io::{ErrorKind, SeekFrom};

use iolite::{BufferedIo, BufferedReader, BufferedRwPair, BufferedWriter, Chunk, Error, Separator};
use proptest::prelude::*;

use crate::support::devices::{Behaviour, EIO, Hostile, Probe, hampering};
use crate::support::naive::{self, File};

/// So often a call is repeated before it counts as hanging.
const PATIENCE: usize = 20_000;

/// The separators that are asked for, with their strings.
const SEPARATORS: [&[&str]; 5] = [
    &["\n"],
    &["\r\n"],
    &["\n", "\r\n", "\r"],
    &["a", "ab", "ba\r\n"],
    &["aab"],
];

/// Devices that also lie, or take nothing.
fn hostile() -> Vec<Vec<Behaviour>> {
    let mut devices = hampering();
    devices.extend([
        vec![Behaviour::Lies],
        vec![Behaviour::Lies, Behaviour::Halves],
        vec![Behaviour::Zeros],
        vec![
            Behaviour::Zeros,
            Behaviour::TimedOut,
            Behaviour::ShortWrites(2),
        ],
        vec![Behaviour::Room(9)],
        vec![Behaviour::Room(5), Behaviour::OneByte],
    ]);
    devices
}

fn device(content: &[u8], behaviours: &[Behaviour], pipe: bool) -> (Hostile, Probe) {
    let mut device = Hostile::new(content).with_all(behaviours);
    if pipe {
        device = device.with(Behaviour::Unseekable);
    }
    let probe = device.probe();
    (device, probe)
}

/// Whether the device is expected to fail like this. "Not now" has one form where it is written.
fn passes(error: &Error) -> bool {
    match error {
        Error::WouldBlock { written: 0 } | Error::BadCount { .. } | Error::NoProgress { .. } => {
            true
        }
        error => error.kind() == ErrorKind::TimedOut || error.raw_os_error() == Some(EIO),
    }
}

/// A call that reads.
#[derive(Clone, Debug)]
enum Take {
    Read(usize),
    ReadExact(usize),
    ReadChunk(usize),
    Fill(usize),
    Peek(usize),
    ReadUntil(u8),
    ReadLine,
    Slice(u8),
    Record(usize),
    SkipUntil(u8),
    SkipRecord(usize),
    Limit(Option<usize>),
    Seek(SeekFrom),
    Tell,
}

/// What a call answered, or has to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Said {
    Bytes(Vec<u8>),
    /// That many, and more to come.
    Skipped,
    Position(u64),
    Partial(usize),
    TooLong,
    /// Malformed bytes at that offset.
    NotText(u64),
    Refused,
    Unsupported,
    Nothing,
}

/// An error of the stream that is an answer; one of the device is not.
fn said(error: Error) -> Result<Said, Error> {
    match error {
        Error::PartialRead { available, .. } => Ok(Said::Partial(available)),
        Error::LineTooLong { .. } => Ok(Said::TooLong),
        Error::Decode { offset, .. } => Ok(Said::NotText(offset)),
        Error::Unsupported { .. } => Ok(Said::Unsupported),
        error if error.kind() == ErrorKind::InvalidInput => Ok(Said::Refused),
        error => Err(error),
    }
}

/// A stream that reads, and what only its reading half can do.
trait Reads: BufferedIo {
    fn half(&mut self) -> &mut BufferedReader<Hostile>;
}

impl Reads for BufferedReader<Hostile> {
    fn half(&mut self) -> &mut BufferedReader<Hostile> {
        self
    }
}

impl Reads for BufferedRwPair<Hostile, Hostile> {
    fn half(&mut self) -> &mut BufferedReader<Hostile> {
        self.reader_mut()
    }
}

fn separator(i: usize) -> Separator {
    Separator::any_of(SEPARATORS[i]).unwrap()
}

/// Makes the call once.
fn take(stream: &mut impl Reads, call: &Take) -> iolite::Result<Said> {
    let mut buf = [0xEE; 64];
    Ok(match *call {
        Take::Read(n) => {
            let n = stream.read(&mut buf[..n])?;
            Said::Bytes(buf[..n].to_vec())
        }
        Take::ReadExact(n) => {
            stream.read_exact(&mut buf[..n])?;
            Said::Bytes(buf[..n].to_vec())
        }
        Take::ReadChunk(n) => Said::Bytes(stream.read_chunk(n)?.to_vec()),
        Take::Fill(n) => {
            let shown = stream.fill_buf()?;
            let some = shown[..n.min(shown.len())].to_vec();
            stream.consume(some.len());
            Said::Bytes(some)
        }
        Take::Peek(n) => Said::Bytes(stream.peek(n)?.to_vec()),
        Take::ReadUntil(byte) => {
            let mut line = Vec::new();
            let outcome = stream.read_until(byte, &mut line);
            assert!(
                outcome.is_ok() || line.is_empty(),
                "a failed call gave {line:?}"
            );
            assert_eq!(outcome?, line.len());
            Said::Bytes(line)
        }
        Take::ReadLine => {
            let mut line = String::new();
            let outcome = stream.read_line(&mut line);
            assert!(
                outcome.is_ok() || line.is_empty(),
                "a failed call gave {line:?}"
            );
            assert_eq!(outcome?, line.len());
            Said::Bytes(line.into_bytes())
        }
        Take::Slice(byte) => Said::Bytes(stream.half().slice_until(byte)?.to_vec()),
        Take::Record(i) => Said::Bytes(stream.half().read_record(&separator(i))?.to_vec()),
        Take::SkipUntil(byte) => {
            stream.skip_until(byte)?;
            Said::Skipped
        }
        Take::SkipRecord(i) => {
            stream.half().skip_record(&separator(i))?;
            Said::Skipped
        }
        Take::Limit(limit) => {
            stream.half().set_line_limit(limit);
            Said::Nothing
        }
        Take::Seek(to) => Said::Position(stream.seek(to)?),
        Take::Tell => Said::Position(stream.stream_position()?),
    })
}

/// What is read, as plain memory.
struct Source {
    file: File,
    limit: Option<usize>,
    seekable: bool,
}

impl Source {
    /// Where the record that comes next ends, without and with what ends it.
    fn record(&self, strings: &[&[u8]]) -> (usize, usize) {
        let rest = self.file.rest();
        for at in 0..rest.len() {
            let here = strings.iter().filter(|s| rest[at..].starts_with(s));
            if let Some(longest) = here.map(|s| s.len()).max() {
                return (at, at + longest);
            }
        }
        (rest.len(), rest.len())
    }

    fn line(&mut self, strings: &[&[u8]], text: bool) -> Said {
        let (length, end) = self.record(strings);
        let line = self.file.rest()[..end].to_vec();
        if self.limit.is_some_and(|limit| length > limit) {
            return Said::TooLong;
        }
        if text && let Err(error) = std::str::from_utf8(&line) {
            return Said::NotText(self.file.position + error.valid_up_to() as u64);
        }
        self.file.position += end as u64;
        Said::Bytes(line)
    }

    fn skip(&mut self, strings: &[&[u8]]) -> Said {
        self.file.position += self.record(strings).1 as u64;
        Said::Skipped
    }

    /// What the call has to answer; moves on. `answer` decides where there is a choice.
    fn take(&mut self, call: &Take, answer: &Said) -> Said {
        let strings =
            |i: usize| -> Vec<&[u8]> { SEPARATORS[i].iter().map(|s| s.as_bytes()).collect() };
        match *call {
            Take::Read(n) | Take::ReadChunk(n) | Take::Fill(n) => self.some(n, answer),
            Take::ReadExact(n) if n > self.file.rest().len() => {
                Said::Partial(self.file.rest().len())
            }
            Take::ReadExact(n) => {
                let bytes = self.file.rest()[..n].to_vec();
                self.file.position += n as u64;
                Said::Bytes(bytes)
            }
            Take::Peek(n) => {
                let rest = self.file.rest();
                Said::Bytes(rest[..n.min(rest.len())].to_vec())
            }
            Take::ReadUntil(byte) | Take::Slice(byte) => self.line(&[&[byte]], false),
            Take::ReadLine => self.line(&[b"\n"], true),
            Take::Record(i) => self.line(&strings(i), false),
            Take::SkipUntil(byte) => self.skip(&[&[byte]]),
            Take::SkipRecord(i) => self.skip(&strings(i)),
            Take::Limit(limit) => {
                self.limit = limit;
                Said::Nothing
            }
            Take::Seek(_) | Take::Tell if !self.seekable => Said::Unsupported,
            Take::Seek(to) => self.file.seek(to).map_or(Said::Refused, Said::Position),
            Take::Tell => Said::Position(self.file.position),
        }
    }

    /// At least one byte unless at the end, and at most `n`.
    fn some(&mut self, n: usize, answer: &Said) -> Said {
        let most = n.min(self.file.rest().len());
        let len = match answer {
            Said::Bytes(bytes) => bytes.len().clamp(most.min(1), most),
            _ => most,
        };
        let bytes = self.file.rest()[..len].to_vec();
        self.file.position += len as u64;
        Said::Bytes(bytes)
    }
}

/// Makes the call until the device does not fail any more, and compares. A failed call has taken
/// nothing; one that skips is somewhere in its record.
fn check_take(stream: &mut impl Reads, source: &mut Source, call: &Take) {
    for _ in 0..PATIENCE {
        match take(stream, call).or_else(said) {
            Ok(answer) => {
                assert_eq!(answer, source.take(call, &answer), "{call:?}");
                return check_place(stream, source, call);
            }
            Err(error) => {
                assert!(
                    passes(&error) || error.is_would_block(),
                    "{call:?}: {error:?}"
                );
                if !matches!(call, Take::SkipUntil(_) | Take::SkipRecord(_)) {
                    check_place(stream, source, call);
                }
            }
        }
    }
    panic!("{call:?}: no progress in {PATIENCE} calls");
}

fn check_place(stream: &mut impl Reads, source: &Source, call: &Take) {
    assert!(
        source.file.rest().starts_with(stream.half().buffer()),
        "{call:?}: what is buffered does not come next"
    );
    if source.seekable {
        let position = stream.stream_position().unwrap();
        assert_eq!(position, source.file.position, "{call:?}");
    }
}

/// A call that writes, or somebody who makes room in the device.
#[derive(Clone, Debug)]
enum Give {
    Write(usize),
    WriteAll(usize),
    Format(usize),
    WriteChunk(usize),
    Flush,
    Seek(SeekFrom),
    Tell,
    Truncate(Option<u64>),
    MakeRoom(usize),
}

/// What is written, as plain memory.
struct Sink {
    file: File,
    probe: Probe,
    seekable: bool,
    /// How many bytes were made up so far: no two of them are alike, nearly.
    made: usize,
}

impl Sink {
    fn make(&mut self, n: usize) -> Vec<u8> {
        let bytes = naive::ramp(self.made + n).split_off(self.made);
        self.made += n;
        bytes
    }
}

/// A stream that writes, and how much of it is pending.
trait Writes: BufferedIo {
    fn pending(&self) -> usize;
}

impl Writes for BufferedWriter<Hostile> {
    fn pending(&self) -> usize {
        self.pending()
    }
}

impl Writes for BufferedRwPair<Hostile, Hostile> {
    fn pending(&self) -> usize {
        self.writer().pending()
    }
}

/// How much of `all` bytes was taken, by the outcome of a call that says so.
fn counted(outcome: std::io::Result<()>, all: usize) -> usize {
    match outcome.map_err(Error::from) {
        Ok(()) => all,
        Err(Error::WouldBlock { written }) => written,
        Err(Error::WriteFailed { written, source }) => {
            assert!(passes(&source) && (1..all).contains(&written), "{source:?}");
            written
        }
        Err(error) => {
            assert!(passes(&error), "{error:?}");
            0
        }
    }
}

/// Makes the call once, and compares.
fn check_give(stream: &mut impl Writes, sink: &mut Sink, call: &Give) {
    match *call {
        Give::Write(n) => {
            let bytes = sink.make(n);
            let outcome = stream.write(&bytes).map_err(Error::from);
            let failed = outcome.as_ref().is_err_and(passes);
            let n = outcome.unwrap_or(0);
            assert!(n > 0 || failed || bytes.is_empty(), "took nothing");
            sink.file.write(&bytes[..n]);
        }
        Give::WriteAll(n) => {
            let bytes = sink.make(n);
            let taken = counted(stream.write_all(&bytes), n);
            sink.file.write(&bytes[..taken]);
        }
        Give::Format(n) => {
            let text: String = sink
                .make(n)
                .iter()
                .map(|b| char::from(b'a' + b % 26))
                .collect();
            let (head, tail) = text.split_at(n / 3);
            let taken = counted(write!(stream, "{head}-{tail}"), n + 1);
            sink.file
                .write(&format!("{head}-{tail}").as_bytes()[..taken]);
        }
        Give::WriteChunk(n) => {
            let bytes = sink.make(n);
            match stream.write_chunk(Chunk::copy_from_slice(&bytes)) {
                Ok(()) => sink.file.write(&bytes),
                Err(error) => assert!(passes(&error), "{error:?}"),
            }
        }
        Give::Flush => match stream.flush().map_err(Error::from) {
            Ok(()) => assert_eq!(stream.pending(), 0),
            Err(error) => assert!(passes(&error), "{error:?}"),
        },
        Give::Seek(to) => match stream.seek(to).map(Said::Position).map_err(Error::from) {
            Err(error) if passes(&error) => {}
            outcome => {
                let expected = match sink.seekable {
                    true => sink.file.seek(to).map_or(Said::Refused, Said::Position),
                    false => Said::Unsupported,
                };
                assert_eq!(outcome.or_else(said).unwrap(), expected);
            }
        },
        Give::Tell => {
            let outcome = stream.stream_position().map_err(Error::from);
            assert_eq!(outcome.is_ok(), sink.seekable);
        }
        Give::Truncate(size) => match stream.truncate(size) {
            Ok(cut) => {
                assert_eq!(cut, size.unwrap_or(sink.file.position));
                sink.file.set_len(cut as usize);
            }
            Err(Error::Unsupported { .. }) => assert!(!sink.seekable),
            Err(error) => assert!(passes(&error), "{error:?}"),
        },
        Give::MakeRoom(n) => sink.probe.make_room(n),
    }
    check_pending(stream, sink, call);
}

/// The device and behind it what is pending are together what was given, byte for byte.
fn check_pending(stream: &mut impl Writes, sink: &Sink, call: &Give) {
    let (content, position) = (sink.probe.content(), sink.probe.position());
    let mut device = File { content, position };
    let pending = stream.pending();
    assert_eq!(
        position + pending as u64,
        sink.file.position,
        "{call:?}: pending"
    );
    let (start, end) = (position as usize, position as usize + pending);
    if pending > 0 {
        device.write(&sink.file.content[start..end]);
    }
    assert_eq!(device.content, sink.file.content, "{call:?}");
    if sink.seekable {
        assert_eq!(
            stream.stream_position().unwrap(),
            sink.file.position,
            "{call:?}"
        );
    }
}

/// Repeats the flush until the device has everything.
fn flush_at_last(stream: &mut impl Writes, sink: &Sink) {
    sink.probe.make_room(100_000);
    for _ in 0..PATIENCE {
        match stream.flush().map_err(Error::from) {
            Ok(()) => {
                assert_eq!(sink.probe.content(), sink.file.content);
                return;
            }
            Err(error) => assert!(passes(&error), "{error:?}"),
        }
    }
    panic!("no end of flushing");
}

fn any_seek() -> impl Strategy<Value = SeekFrom> {
    prop_oneof![
        (0..120_u64).prop_map(SeekFrom::Start),
        (-40..40_i64).prop_map(SeekFrom::Current),
        (-130..20_i64).prop_map(SeekFrom::End),
    ]
}

fn any_take() -> impl Strategy<Value = Take> {
    let n = 0..64_usize;
    let byte = prop::sample::select(b"ab\n\r\xc3".to_vec());
    prop_oneof![
        n.clone().prop_map(Take::Read),
        n.clone().prop_map(Take::ReadExact),
        n.clone().prop_map(Take::ReadChunk),
        n.clone().prop_map(Take::Fill),
        n.prop_map(Take::Peek),
        byte.clone().prop_map(Take::ReadUntil),
        Just(Take::ReadLine),
        byte.clone().prop_map(Take::Slice),
        (0..SEPARATORS.len()).prop_map(Take::Record),
        byte.prop_map(Take::SkipUntil),
        (0..SEPARATORS.len()).prop_map(Take::SkipRecord),
        prop::option::of(0..30_usize).prop_map(Take::Limit),
        any_seek().prop_map(Take::Seek),
        Just(Take::Tell),
    ]
}

fn any_give() -> impl Strategy<Value = Give> {
    let n = 0..50_usize;
    prop_oneof![
        n.clone().prop_map(Give::Write),
        n.clone().prop_map(Give::WriteAll),
        n.clone().prop_map(Give::Format),
        prop_oneof![9 => n.clone(), 1 => 2000..2100_usize].prop_map(Give::WriteChunk),
        Just(Give::Flush),
        any_seek().prop_map(Give::Seek),
        Just(Give::Tell),
        prop::option::of(0..90_u64).prop_map(Give::Truncate),
        n.prop_map(Give::MakeRoom),
    ]
}

/// Text with characters of one and two bytes, with lines of all kinds, and malformed here and there.
fn any_content() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        &b"a"[..],
        b"a",
        b"b",
        b"b",
        b"\n",
        b"\r",
        b"\r\n",
        "\u{e9}".as_bytes(),
        b"\xc3",
    ]);
    prop::collection::vec(piece, 0..120).prop_map(|pieces| pieces.concat())
}

fn source(content: Vec<u8>, seekable: bool) -> Source {
    Source {
        file: File::new(&content),
        limit: None,
        seekable,
    }
}

fn sink(probe: Probe, seekable: bool) -> Sink {
    Sink {
        file: File::default(),
        probe,
        seekable,
        made: 0,
    }
}

proptest! {
    #[test]
    fn buf_80_any_calls_on_a_reader(
        calls in prop::collection::vec(any_take(), 1..40),
        content in any_content(),
        capacity in 1..=40_usize,
        behaviours in prop::sample::select(hostile()),
        pipe: bool,
    ) {
        let (device, probe) = device(&content, &behaviours, pipe);
        let mut stream = BufferedReader::with_capacity(capacity, device);
        let mut source = source(content, !pipe);
        for call in &calls {
            check_take(&mut stream, &mut source, call);
        }
        let (_, ahead) = stream.into_parts();
        prop_assert!(source.file.rest().starts_with(&ahead));
        prop_assert_eq!(probe.position(), source.file.position + ahead.len() as u64);
    }

    #[test]
    fn buf_81_any_calls_on_a_writer(
        calls in prop::collection::vec(any_give(), 1..40),
        capacity in 1..=40_usize,
        behaviours in prop::sample::select(hostile()),
        pipe: bool,
        apart: bool,
    ) {
        let (device, probe) = device(b"", &behaviours, pipe);
        let mut stream = BufferedWriter::with_capacity(capacity, device);
        let mut sink = sink(probe.clone(), !pipe);
        for call in &calls {
            check_give(&mut stream, &mut sink, call);
        }
        if apart {
            let (_, pending) = stream.into_parts();
            let mut file = File { content: probe.content(), position: probe.position() };
            file.write(&pending);
            prop_assert_eq!(file.content, sink.file.content);
        } else {
            flush_at_last(&mut stream, &sink);
            drop(stream);
            prop_assert_eq!(probe.content(), sink.file.content);
        }
    }

    #[test]
    fn rwp_9_any_calls_on_a_pair(
        calls in prop::collection::vec(
            prop_oneof![any_take().prop_map(Ok), any_give().prop_map(Err)], 1..60),
        content in any_content(),
        capacity in 1..=40_usize,
        reads in prop::sample::select(hostile()),
        writes in prop::sample::select(hostile()),
    ) {
        let (reader, _) = device(&content, &reads, true);
        let (writer, probe) = device(b"", &writes, true);
        let mut stream = BufferedRwPair::with_capacity(capacity, reader, writer);
        let (mut source, mut sink) = (source(content, false), sink(probe, false));
        for call in &calls {
            match call {
                Ok(call) => check_take(&mut stream, &mut source, call),
                Err(call) => check_give(&mut stream, &mut sink, call),
            }
        }
        flush_at_last(&mut stream, &sink);
        let ((_, ahead), (_, pending)) = stream.into_parts();
        prop_assert!(source.file.rest().starts_with(&ahead));
        prop_assert!(pending.is_empty());
    }
}
