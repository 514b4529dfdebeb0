//! Chapters "Buffered streams" and "Duplex streams": any calls on hostile devices, against plain
//! memory. After every call, failed or not, all that can be seen is compared.

mod giving;
mod taking;

use std::io::{ErrorKind, SeekFrom};

use iolite::{BufferedReader, BufferedRwPair, BufferedWriter, Error};
use proptest::prelude::*;

use self::giving::{Give, Sink, check_give, flush_at_last};
use self::taking::{Source, Take, check_take};

use crate::support::devices::{Behaviour, EIO, Hostile, Probe, hampering};
use crate::support::naive::File;

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
        Error::NotUtf8 { source, .. } => match *source {
            Error::Decode { offset, .. } => Ok(Said::NotText(offset)),
            error => Err(error),
        },
        Error::Unsupported { .. } => Ok(Said::Unsupported),
        error if error.kind() == ErrorKind::InvalidInput => Ok(Said::Refused),
        error => Err(error),
    }
}

fn any_seek() -> impl Strategy<Value = SeekFrom> {
    prop_oneof![
        (0..120_u64).prop_map(SeekFrom::Start),
        (-40..40_i64).prop_map(SeekFrom::Current),
        (-130..20_i64).prop_map(SeekFrom::End),
    ]
}

/// Also where no number can follow, or none before.
fn any_seek_of_a_reader() -> impl Strategy<Value = SeekFrom> {
    let ends = vec![
        SeekFrom::Start(u64::MAX),
        SeekFrom::Current(i64::MAX),
        SeekFrom::Current(i64::MIN),
        SeekFrom::End(i64::MAX),
        SeekFrom::End(i64::MIN),
    ];
    prop_oneof![8 => any_seek(), 1 => prop::sample::select(ends)]
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
        any_seek_of_a_reader().prop_map(Take::Seek),
        Just(Take::Tell),
        (0..20_usize, 0..20_usize, 0..20_usize)
            .prop_map(|(one, two, three)| Take::ReadVectored(one, two, three)),
        Just(Take::ReadToEnd),
        Just(Take::ReadToString),
    ]
}

fn any_give() -> impl Strategy<Value = Give> {
    let n = 0..50_usize;
    prop_oneof![
        n.clone().prop_map(Give::Write),
        n.clone().prop_map(Give::WriteAll),
        (0..20_usize, 0..20_usize, 0..20_usize)
            .prop_map(|(one, two, three)| Give::WriteVectored(one, two, three)),
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

fn source(content: Vec<u8>, seekable: bool, keep: bool) -> Source {
    Source {
        file: File::new(&content),
        limit: None,
        seekable,
        refused: None,
        kept: keep.then(Vec::new),
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
    fn buf_68_any_calls_on_a_reader(
        calls in prop::collection::vec(any_take(), 1..40),
        content in any_content(),
        capacity in 1..=40_usize,
        behaviours in prop::sample::select(hostile()),
        pipe: bool,
        keep: bool,
    ) {
        let (device, probe) = device(&content, &behaviours, pipe);
        let mut stream = BufferedReader::with_capacity(capacity, device);
        let mut source = source(content, !pipe, keep);
        for call in &calls {
            check_take(&mut stream, &mut source, call);
        }
        source.check_kept();
        let (_, ahead) = stream.into_parts();
        prop_assert!(source.file.rest().starts_with(&ahead));
        prop_assert_eq!(probe.position(), source.file.position + ahead.len() as u64);
    }

    #[test]
    fn buf_69_any_calls_on_a_writer(
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
        let (mut source, mut sink) = (source(content, false, true), sink(probe, false));
        for call in &calls {
            match call {
                Ok(call) => check_take(&mut stream, &mut source, call),
                Err(call) => check_give(&mut stream, &mut sink, call),
            }
        }
        source.check_kept();
        flush_at_last(&mut stream, &sink);
        let ((_, ahead), (_, pending)) = stream.into_parts();
        prop_assert!(source.file.rest().starts_with(&ahead));
        prop_assert!(pending.is_empty());
    }
}
