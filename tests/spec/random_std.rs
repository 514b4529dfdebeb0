//! SPEC.md, "Random access": what std's traits provide, in every way to get a stream.

use std::io::{self, BufRead, ErrorKind, IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write};

use iolite::{Adapter, BufferedIo, BufferedRandom, Chunk, Error, RawIo};
use rstest::rstest;

use crate::support::devices::{Behaviour, EIO, Hostile};
use crate::support::layer::{Layer, take_apart, with_and_without};
use crate::support::naive;

type Stream<D> = BufferedRandom<Layer<D>>;

/// A stream of `size` bytes over each of these, and over a cache of blocks of that size, with its
/// name.
fn every_way<D: RawIo>(size: usize, device: impl Fn() -> D) -> Vec<(String, Stream<D>)> {
    with_and_without(size, device)
        .map(|(way, stream)| (format!("{way} of {size}"), stream))
        .into()
}

/// The same in blocks of several sizes, with and without positioned calls.
fn everything(content: &[u8], behaviours: &[Behaviour]) -> Vec<(String, Stream<Hostile>)> {
    let mut streams = Vec::new();
    for size in [1, 3, 4, 7, 64] {
        for positioned in [&[][..], &[Behaviour::Positioned]] {
            let device = || Hostile::new(content).with_all(&[positioned, behaviours].concat());
            let found = every_way(size, device).into_iter();
            streams.extend(found.map(|(way, stream)| (format!("{way}, {positioned:?}"), stream)));
        }
    }
    streams
}

fn place<D: RawIo>(stream: &mut Stream<D>) -> u64 {
    stream.stream_position().unwrap()
}

/// `é` and `字` and `🦀` begin at every place of a block.
const TEXT: &str = "aé字🦀bé字字🦀é.";

#[rstest]
#[case::rnd_36_would_block(Behaviour::WouldBlock, ErrorKind::WouldBlock)]
#[case::rnd_36_timed_out(Behaviour::TimedOut, ErrorKind::TimedOut)]
fn a_string_gets_whole_characters_however_they_come(
    #[case] behaviour: Behaviour,
    #[case] kind: ErrorKind,
) {
    for (at, mut stream) in everything(TEXT.as_bytes(), &[behaviour, Behaviour::OneByte]) {
        let mut text = String::from("before ");
        let mut tries = 0;
        loop {
            let before = text.len();
            let outcome = stream.read_to_string(&mut text);
            let taken = &text["before ".len()..];
            assert!(TEXT.starts_with(taken), "{at}: {taken:?}");
            assert_eq!(place(&mut stream), taken.len() as u64, "{at}");
            match outcome {
                Ok(n) => {
                    assert_eq!(n, text.len() - before, "{at}: the count");
                    break;
                }
                Err(error) => assert_eq!(error.kind(), kind, "{at}: {error}"),
            }
            tries += 1;
            assert!(tries < 1000, "{at}: it does not go on");
        }
        assert_eq!(text, format!("before {TEXT}"), "{at}");
    }
}

#[rstest]
#[case::rnd_36_malformed(b"caf\xc3\xa9 \xff rest", 6, b"\xff")]
#[case::rnd_36_cut_by_another(b"caf\xc3\xa9 \xe5\xad rest", 6, b"\xe5\xad")]
#[case::rnd_36_cut_by_the_end(b"caf\xc3\xa9 \xf0\x9f\xa6", 6, b"\xf0\x9f\xa6")]
fn what_is_no_text_stays(#[case] content: &[u8], #[case] valid: usize, #[case] bad: &[u8]) {
    for (at, mut stream) in everything(content, &[]) {
        let mut text = String::new();
        for _ in 0..2 {
            let error = Error::from(stream.read_to_string(&mut text).unwrap_err());
            match &error {
                Error::Decode { offset, bytes, .. } => {
                    assert_eq!((*offset, &bytes[..]), (valid as u64, bad), "{at}");
                }
                _ => panic!("{at}: {error:?}"),
            }
            assert_eq!(
                (&*text, place(&mut stream)),
                ("café ", valid as u64),
                "{at}"
            );
        }
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).unwrap();
        assert_eq!(rest, content[valid..], "{at}: nothing is lost");
    }
}

/// A device that lets itself be sought, and gives what comes next wherever that was to.
struct Script(Vec<Option<&'static [u8]>>);

impl Read for Script {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self.0.pop() {
            None => Ok(0),
            Some(None) => Err(ErrorKind::WouldBlock.into()),
            Some(Some(bytes)) => {
                let (now, later) = bytes.split_at(bytes.len().min(buf.len()));
                buf[..now.len()].copy_from_slice(now);
                if !later.is_empty() {
                    self.0.push(Some(later));
                }
                Ok(now.len())
            }
        }
    }
}

impl Write for Script {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Script {
    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        Ok(0)
    }
}

#[test]
fn rnd_36_nothing_is_read_twice_from_a_device_without_places() {
    let script = || Script(vec![Some(b"\xa9! and more"), None, Some(b"caf\xc3")]);
    let device = || Adapter::duplex(script()).with_seek();
    for size in [1, 2, 4, 64] {
        for (at, mut stream) in every_way(size, device) {
            let mut text = String::new();
            let error = stream.read_to_string(&mut text).unwrap_err();
            assert_eq!(
                (error.kind(), &*text),
                (ErrorKind::WouldBlock, "caf"),
                "{at}"
            );
            stream.read_to_string(&mut text).unwrap();
            assert_eq!(text, "café! and more", "{at}");
        }
        // Blocks that begin at multiples of their size need a device with places.
        for (at, mut stream) in every_way(size, device) {
            if at.starts_with("cache") {
                continue;
            }
            let mut all = [0; 15];
            let error = stream.read_exact(&mut all).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::WouldBlock, "{at}");
            let mut longer = [0; 16];
            let error = stream.read_exact(&mut longer).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnexpectedEof, "{at}");
            stream.read_exact(&mut all).unwrap();
            assert_eq!(&all, b"caf\xc3\xa9! and more", "{at}");
        }
    }
}

#[test]
fn rnd_36_everything_to_the_end_is_what_came_before_an_error() {
    let content = naive::ramp(200);
    for failure in [Behaviour::ErrorAfter(70), Behaviour::WouldBlock] {
        for (at, mut stream) in everything(&content, &[failure, Behaviour::ShortWrites(5)]) {
            stream.seek(SeekFrom::Start(3)).unwrap();
            let mut all = vec![0, 1, 2];
            let mut tries = 0;
            loop {
                let before = all.len();
                let outcome = stream.read_to_end(&mut all);
                assert!(content.starts_with(&all), "{at}");
                assert_eq!(
                    place(&mut stream),
                    all.len() as u64,
                    "{at}: exactly that is taken"
                );
                match outcome {
                    Ok(n) => {
                        assert_eq!(n, all.len() - before, "{at}: the count");
                        break;
                    }
                    Err(error) => {
                        let error = Error::from(error);
                        let expected = error.raw_os_error() == Some(EIO) || error.is_would_block();
                        assert!(expected, "{at}: {error:?}");
                    }
                }
                tries += 1;
                assert!(tries < 1000, "{at}: it does not go on");
            }
            assert_eq!(all, content, "{at}");
        }
    }
}

/// What is pending is read as well, and counts for the room.
#[test]
fn rnd_36_there_is_room_for_the_rest_at_once() {
    for size in [16, 1000, 4096] {
        let memory = || iolite::BytesIo::from(naive::ramp(100_000));
        for (at, mut stream) in every_way(size, memory) {
            stream.seek(SeekFrom::Start(100_000)).unwrap();
            stream.write_all(&naive::ramp(10)).unwrap();
            stream.seek(SeekFrom::Start(40_000)).unwrap();
            let mut rest = Vec::new();
            assert_eq!(stream.read_to_end(&mut rest).unwrap(), 60_010, "{at}");
            assert_eq!(rest.capacity(), 60_010, "{at}: no more than there is");
            assert_eq!(rest[60_000..], naive::ramp(10), "{at}");
        }
    }
}

#[test]
fn rnd_37_a_line_that_is_no_text_is_handed_back_and_the_next_ones_follow() {
    let content = b"one\ntw\xff\xfeo\nthree\n\xc3\nfi\xe5\xad";
    for (at, mut stream) in everything(content, &[]) {
        let mut line = String::from("kept ");
        stream.read_line(&mut line).unwrap();
        let error = Error::from(stream.read_line(&mut line).unwrap_err());
        match &error {
            Error::NotUtf8 { line, source } => {
                assert_eq!(line, b"tw\xff\xfeo\n", "{at}");
                let expected = matches!(
                    &**source,
                    Error::Decode { offset: 6, bytes, .. } if bytes == b"\xff"
                );
                assert!(expected, "{at}: {source:?}");
            }
            _ => panic!("{at}: {error:?}"),
        }
        assert_eq!((&*line, place(&mut stream)), ("kept one\n", 10), "{at}");
        let rest: Vec<_> = Read::by_ref(&mut stream).lines().map(Result::ok).collect();
        assert_eq!(
            rest,
            [Some("three".into()), None, None],
            "{at}: std's lines go on and end"
        );
        assert_eq!(place(&mut stream), content.len() as u64, "{at}");
    }
}

#[test]
fn rnd_37_a_line_that_has_not_come_as_a_whole_is_not_taken() {
    let behaviours = [Behaviour::WouldBlock, Behaviour::OneByte];
    for (at, mut stream) in everything("é\nsecond".as_bytes(), &behaviours) {
        let mut lines = Vec::new();
        let mut all = Read::by_ref(&mut stream).lines();
        for _ in 0..100 {
            match all.next() {
                Some(Ok(line)) => lines.push(line),
                Some(Err(error)) => assert_eq!(error.kind(), ErrorKind::WouldBlock, "{at}"),
                None => break,
            }
        }
        assert_eq!(lines, ["é", "second"], "{at}");
    }
}

#[test]
fn rnd_37_records_and_bytes_of_std_go_on_after_an_error() {
    let behaviours = [Behaviour::TimedOut, Behaviour::Halves];
    for (at, mut stream) in everything(b"ab,c,,def", &behaviours) {
        let records: Vec<_> = Read::by_ref(&mut stream)
            .split(b',')
            .flatten()
            .take(9)
            .collect();
        assert_eq!(records, [&b"ab"[..], b"c", b"", b"def"], "{at}");
        stream.rewind().unwrap();
        let mut skipped = 0;
        while skipped < 5 {
            skipped += stream.skip_until(b',').unwrap_or(0);
            skipped = skipped.max(usize::try_from(place(&mut stream)).unwrap());
        }
        assert_eq!(place(&mut stream), 5, "{at}: two records");
        let rest: Vec<u8> = stream.bytes().flatten().collect();
        assert_eq!(rest, b",def", "{at}");
    }
}

/// Has room for so many bytes, and is full then.
struct Disk(io::Cursor<Vec<u8>>, u64);

impl Read for Disk {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

impl Write for Disk {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let room = usize::try_from(self.1.saturating_sub(self.0.position())).unwrap();
        match room {
            0 => Err(ErrorKind::StorageFull.into()),
            room => self.0.write(&buf[..buf.len().min(room)]),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Disk {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

fn disk(room: u64) -> Adapter<Disk> {
    Adapter::duplex(Disk(io::Cursor::new(Vec::new()), room)).with_seek()
}

#[test]
fn rnd_38_the_count_of_a_format_is_that_of_the_whole_text() {
    let pieces = ["aaaaaaaaaa", "bbbbbbbbbb", "cccccccccc"];
    for size in [1, 4, 9, 10, 11, 25] {
        for room in [0, 1, 9, 10, 12, 20, 29] {
            for (at, mut stream) in every_way(size, || disk(room)) {
                let [a, b, c] = pieces;
                let outcome = write!(stream, "{a}{b}{c}");
                let written = match outcome.map_err(Error::from) {
                    Ok(()) => 30,
                    Err(Error::WriteFailed { written, source }) => {
                        assert_eq!(source.kind(), ErrorKind::StorageFull, "{at}, {room}");
                        written
                    }
                    Err(error) => {
                        assert_eq!(error.kind(), ErrorKind::StorageFull, "{at}, {room}");
                        0
                    }
                };
                assert_eq!(place(&mut stream), written as u64, "{at}, {room}");
                // What was taken and not written comes back with its place.
                let (device, pending) = take_apart(stream);
                let mut all = device.into_inner().unwrap().0.into_inner();
                for write in pending {
                    let start = usize::try_from(write.offset.unwrap()).unwrap();
                    all.truncate(start);
                    assert_eq!(all.len(), start, "{at}, {room}: a gap");
                    all.extend_from_slice(&write.bytes);
                }
                assert_eq!(all, pieces.concat().as_bytes()[..written], "{at}, {room}");
            }
        }
    }
}

/// A call that is given nothing, or asked for nothing.
#[derive(Clone, Copy, Debug)]
enum Nothing {
    Write,
    WriteAll,
    WriteVectored,
    WriteVectoredOfNothings,
    WriteChunk,
    Format,
    FormatOfNothings,
    Read,
    ReadExact,
    ReadVectored,
    ReadChunk,
    Peek,
}

impl Nothing {
    fn call<D: RawIo>(self, stream: &mut Stream<D>) -> io::Result<()> {
        match self {
            Nothing::Write => stream.write(b"").map(drop),
            Nothing::WriteAll => stream.write_all(b""),
            Nothing::WriteVectored => stream.write_vectored(&[]).map(drop),
            Nothing::WriteVectoredOfNothings => {
                let bufs = [IoSlice::new(b""), IoSlice::new(b"")];
                stream.write_vectored(&bufs).map(drop)
            }
            Nothing::WriteChunk => Ok(stream.write_chunk(Chunk::new())?),
            Nothing::Format => write!(stream, ""),
            Nothing::FormatOfNothings => {
                let nothing = String::new();
                write!(stream, "{nothing}{nothing}")
            }
            Nothing::Read => stream.read(&mut []).map(drop),
            Nothing::ReadExact => stream.read_exact(&mut []),
            Nothing::ReadVectored => stream.read_vectored(&mut []).map(drop),
            Nothing::ReadChunk => Ok(stream.read_chunk(0).map(drop)?),
            Nothing::Peek => Ok(stream.peek(0).map(drop)?),
        }
    }
}

#[rstest]
#[case::rnd_39_write(Nothing::Write)]
#[case::rnd_39_write_all(Nothing::WriteAll)]
#[case::rnd_39_write_vectored(Nothing::WriteVectored)]
#[case::rnd_39_write_vectored_of_nothings(Nothing::WriteVectoredOfNothings)]
#[case::rnd_39_write_chunk(Nothing::WriteChunk)]
#[case::rnd_39_write_fmt(Nothing::Format)]
#[case::rnd_39_write_fmt_of_nothings(Nothing::FormatOfNothings)]
#[case::rnd_39_read(Nothing::Read)]
#[case::rnd_39_read_exact(Nothing::ReadExact)]
#[case::rnd_39_read_vectored(Nothing::ReadVectored)]
#[case::rnd_39_read_chunk(Nothing::ReadChunk)]
#[case::rnd_39_peek(Nothing::Peek)]
fn a_call_for_nothing_changes_nothing(#[case] nothing: Nothing) {
    for behaviours in [&[Behaviour::Appending][..], &[]] {
        for size in [3, 64] {
            let device = || Hostile::new(b"0123456789").with_all(behaviours);
            for (at, mut stream) in every_way(size, device) {
                let at = format!("{at}, {behaviours:?}");
                // While nothing is known, between two reads, and with something pending.
                nothing.call(&mut stream).unwrap();
                let calls = stream.get_ref().probe().calls();
                assert_eq!((calls.reads, calls.writes), (0, 0), "{at}");
                stream.seek(SeekFrom::Start(2)).unwrap();
                stream.read_exact(&mut [0; 3]).unwrap();
                let before = stream.get_ref().probe().calls();
                nothing.call(&mut stream).unwrap();
                assert_eq!(stream.get_ref().probe().calls(), before, "{at}");
                assert_eq!(place(&mut stream), 5, "{at}");
                let mut rest = String::new();
                stream.read_to_string(&mut rest).unwrap();
                assert_eq!(rest, "56789", "{at}");
                stream.write_all(b"X").unwrap();
                let before = stream.get_ref().probe().calls();
                nothing.call(&mut stream).unwrap();
                assert_eq!(stream.get_ref().probe().calls(), before, "{at}, pending");
                let pending = stream.pending();
                assert_eq!((pending, place(&mut stream)), (1, 11), "{at}");
            }
        }
    }
}

#[test]
fn rnd_39_a_call_for_nothing_is_refused_where_something_would_be() {
    for (at, mut stream) in every_way(4, || Adapter::reader(io::Cursor::new([1])).with_seek()) {
        let unsupported = |outcome: io::Result<()>| {
            let error = outcome.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unsupported, "{at}");
        };
        unsupported(stream.write(b"").map(drop));
        unsupported(stream.write_all(b""));
        unsupported(stream.write_vectored(&[]).map(drop));
        unsupported(write!(stream, ""));
        unsupported(stream.write_chunk(Chunk::new()).map_err(io::Error::from));
    }
    for (at, mut stream) in every_way(4, || Adapter::writer(io::Cursor::new(vec![1])).with_seek()) {
        let unsupported = |outcome: io::Result<()>| {
            let error = outcome.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unsupported, "{at}");
        };
        unsupported(stream.read(&mut []).map(drop));
        unsupported(stream.read_exact(&mut []));
        unsupported(stream.read_vectored(&mut []).map(drop));
        unsupported(stream.read_to_end(&mut Vec::new()).map(drop));
        unsupported(stream.read_to_string(&mut String::new()).map(drop));
        unsupported(stream.read_chunk(0).map(drop).map_err(io::Error::from));
    }
}

#[test]
fn rnd_40_vectored_calls_use_all_slices_that_fit() {
    let content = naive::ramp(60);
    for positioned in [&[][..], &[Behaviour::Positioned]] {
        let device = || Hostile::new(&content).with_all(positioned);
        for (at, mut stream) in every_way(64, device) {
            let (mut one, mut two, mut three) = ([0; 5], [0; 0], [0; 20]);
            let mut bufs = [&mut one[..], &mut two, &mut three].map(IoSliceMut::new);
            assert_eq!(stream.read_vectored(&mut bufs).unwrap(), 25, "{at}");
            assert_eq!([&one[..], &three].concat(), content[..25], "{at}");
            assert_eq!(stream.get_ref().probe().calls().reads, 1, "{at}");

            let pieces = [&b"X"[..], b"", b"YZ", b"abc"].map(IoSlice::new);
            assert_eq!(stream.write_vectored(&pieces).unwrap(), 6, "{at}");
            assert_eq!((stream.pending(), place(&mut stream)), (6, 31), "{at}");
            stream.flush().unwrap();
            let expected = [&content[..25], b"XYZabc", &content[31..]].concat();
            assert_eq!(stream.get_ref().probe().content(), expected, "{at}");
        }
    }
}

#[test]
fn rnd_40_vectored_calls_over_small_blocks_and_devices_that_fail_lose_nothing() {
    let content = naive::ramp(90);
    let behaviours = [
        Behaviour::WouldBlock,
        Behaviour::ErrorAfter(50),
        Behaviour::Halves,
    ];
    for (at, mut stream) in everything(&content, &behaviours) {
        let mut all = Vec::new();
        for _ in 0..2000 {
            let (mut one, mut two, mut three) = ([0; 2], [0; 9], [0; 1]);
            let mut bufs = [&mut one[..], &mut two, &mut three].map(IoSliceMut::new);
            let n = match stream.read_vectored(&mut bufs) {
                Ok(0) => break,
                Ok(n) => n,
                Err(_) => continue,
            };
            all.extend_from_slice(&[&one[..], &two, &three].concat()[..n]);
            assert_eq!(place(&mut stream), all.len() as u64, "{at}");
        }
        assert_eq!(all, content, "{at}");
    }
    for (at, mut stream) in everything(b"", &behaviours) {
        let mut written = 0;
        for _ in 0..2000 {
            let (one, rest) = content[written..].split_at(2.min(90 - written));
            let (two, three) = rest.split_at(9.min(rest.len()));
            let bufs = [one, two, three].map(IoSlice::new);
            written += stream.write_vectored(&bufs).unwrap_or(0);
            assert_eq!(place(&mut stream), written as u64, "{at}");
            if written == 90 {
                break;
            }
        }
        while stream.flush().is_err() {}
        assert_eq!(stream.get_ref().probe().content(), content, "{at}");
    }
}

#[test]
fn rnd_36_following_a_file_that_grows_does_not_move_all_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let mut writer = std::fs::File::create(&path).unwrap();
    let open = || iolite::FileIo::open(&path, iolite::raw::FileMode::ReadUpdate).unwrap();
    for (way, mut bytes) in every_way(64, open) {
        writer.set_len(0).unwrap();
        writer.rewind().unwrap();
        let mut text = BufferedRandom::new(open()).unwrap();
        let (mut all, mut words) = (Vec::new(), String::new());
        let mut moves = [0, 0];
        for _ in 0..500 {
            writer.write_all(b"0123456789").unwrap();
            let before = [all.capacity(), words.capacity()];
            assert_eq!(bytes.read_to_end(&mut all).unwrap(), 10, "{way}");
            assert_eq!(text.read_to_string(&mut words).unwrap(), 10);
            moves[0] += usize::from(all.capacity() != before[0]);
            moves[1] += usize::from(words.capacity() != before[1]);
        }
        assert_eq!((all.len(), words.len()), (5000, 5000), "{way}");
        assert!(moves.iter().all(|&moves| moves < 20), "{way}: {moves:?}");
    }
}
