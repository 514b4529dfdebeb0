//! Chapter "Raw streams": the calls that deliver whole things, several slices, and numbers.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::{self, BufRead, ErrorKind, IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use iolite::error::Operation;
use iolite::raw::FileMode;
use iolite::{Adapter, BytesIo, Error, FileIo, IoBase, RawIo};
use rstest::rstest;

use crate::support::CpuTime;
use crate::support::devices::Behaviour::{ErrorAfter, LyingCounts, Standing};
use crate::support::devices::Hostile;
#[cfg(any(target_os = "linux", all(feature = "socket", any(unix, windows))))]
use crate::support::gone::Peer;
use crate::support::naive;

/// What one side writes and the other reads; it has nothing now until it has something or is
/// closed.
#[derive(Clone, Default)]
struct Channel(Arc<Mutex<(VecDeque<u8>, bool)>>);

impl Read for Channel {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let (bytes, is_closed) = &mut *self.0.lock().unwrap();
        match bytes.is_empty() && !*is_closed && !buf.is_empty() {
            true => Err(ErrorKind::WouldBlock.into()),
            false => bytes.read(buf),
        }
    }
}

struct Sender(Channel);

impl Write for Sender {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.0.0.lock().unwrap().0.extend(buf);
        Ok(buf.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
impl Drop for Sender {
    fn drop(&mut self) {
        self.0.0.lock().unwrap().1 = true;
    }
}

type Ends = (&'static str, Box<dyn RawIo>, Box<dyn Write>);

/// Raw streams that cannot seek and do not wait, and what feeds them.
fn channels() -> Vec<Ends> {
    let channel = Channel::default();
    let sender = Box::new(Sender(channel.clone()));
    #[cfg_attr(
        not(any(unix, windows)),
        expect(unused_mut, reason = "nothing else is there")
    )]
    let mut all: Vec<Ends> = vec![("adapter", Box::new(Adapter::reader(channel)), sender)];
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{OFlags, fcntl_setfl};
        let (reader, writer) = io::pipe().unwrap();
        fcntl_setfl(&reader, OFlags::NONBLOCK).unwrap();
        let writer = Box::new(Peer::new(writer, &reader));
        all.push(("pipe", Box::new(FileIo::from(reader)), writer));
    }
    #[cfg(all(feature = "socket", any(unix, windows)))]
    for is_half in [false, true] {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let socket = iolite::SocketIo::connect(listener.local_addr().unwrap()).unwrap();
        let short = Some(Duration::from_millis(30));
        socket.get_ref().unwrap().set_read_timeout(short).unwrap();
        let sender = Peer::new(listener.accept().unwrap().0, &socket);
        if !is_half {
            all.push(("socket", Box::new(socket), Box::new(sender)));
            continue;
        }
        // The other half stays open as long as its peer.
        let (reader, writer) = socket.split().unwrap();
        std::mem::forget(writer);
        all.push(("half of a socket", Box::new(reader), Box::new(sender)));
    }
    all
}

/// Raw streams of these bytes that can seek.
fn seekable(content: &[u8]) -> Vec<(&'static str, Box<dyn RawIo>)> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(content).unwrap();
    file.rewind().unwrap();
    let cursor = io::Cursor::new(content.to_vec());
    let all: Vec<(&str, Box<dyn RawIo>)> = vec![
        (
            "file",
            Box::new(FileIo::from_file(file, FileMode::Read).unwrap()),
        ),
        ("memory", Box::new(BytesIo::from(content.to_vec()))),
        ("adapter", Box::new(Adapter::reader(cursor).with_seek())),
        ("one that stands still", Box::new(standing(content))),
    ];
    #[cfg(all(feature = "mmap", any(unix, windows)))]
    let all = {
        let mut map = iolite::MmapIo::anonymous(content.len()).unwrap();
        map.as_mut_slice().unwrap().copy_from_slice(content);
        let map: Box<dyn RawIo> = Box::new(map);
        all.into_iter().chain([("map", map)]).collect()
    };
    all
}

/// An adapter of something that lets itself be sought, says that it is at 0, and does not move.
fn standing(content: &[u8]) -> Adapter<Hostile> {
    Adapter::duplex(Hostile::new(content).with(Standing)).with_seek()
}

fn is_not_now(error: io::Error) -> bool {
    Error::from(error).is_would_block()
}

/// Offset and bytes of what is no text.
fn malformed(outcome: io::Result<usize>) -> (u64, Vec<u8>) {
    match outcome.map_err(Error::from) {
        Err(Error::Decode {
            encoding: "utf-8",
            offset,
            bytes,
            ..
        }) => (offset, bytes),
        other => panic!("{other:?}"),
    }
}

/// std's `read_to_string` threw away what it had read when the device had nothing now.
#[test]
fn raw_39_a_cut_character_waits_for_its_rest() {
    for (name, mut stream, mut sender) in channels() {
        sender.write_all(b"caf\xc3").unwrap();
        let mut text = String::from("> ");
        for _ in 0..2 {
            let error = stream.read_to_string(&mut text).unwrap_err();
            assert!(is_not_now(error), "{name}");
            assert_eq!(text, "> caf", "{name}");
        }
        sender.write_all(b"\xa9!\xff").unwrap();
        let mut again = || malformed(stream.read_to_string(&mut text));
        assert_eq!(
            (again(), again()),
            ((6, vec![0xff]), (6, vec![0xff])),
            "{name}"
        );
        assert_eq!(text, "> caf\u{e9}!", "{name}");
    }
}

#[test]
fn raw_39_the_stream_stands_before_what_is_no_text() {
    let content = b"good\xf0\x9f\x98bad more";
    let mut streams = seekable(content);
    let mut senders = Vec::new();
    for (name, stream, mut sender) in channels() {
        sender.write_all(content).unwrap();
        streams.push((name, stream));
        senders.push(sender);
    }
    drop(senders);
    for (name, mut stream) in streams {
        let (mut text, mut four) = (String::new(), [0; 4]);
        for _ in 0..2 {
            let at = malformed(stream.read_to_string(&mut text));
            assert_eq!(at, (4, b"\xf0\x9f\x98".to_vec()), "{name}");
            assert_eq!(text, "good", "{name}");
        }
        if stream.seekable() && name != "one that stands still" {
            assert_eq!(stream.stream_position().unwrap(), 4, "{name}");
        }
        stream.read_exact(&mut four).unwrap();
        assert_eq!(&four, b"\xf0\x9f\x98b", "{name}");
        assert_eq!(stream.read_to_string(&mut text).unwrap(), 7, "{name}");
        assert_eq!(text, "goodad more", "{name}");
        assert_eq!(stream.read_to_string(&mut text).unwrap(), 0, "{name}");
    }
}

#[test]
fn raw_39_a_character_that_the_end_cuts_is_no_text() {
    for (name, mut stream) in seekable(b"ab\xe2\x82") {
        let (mut text, mut rest) = (String::new(), Vec::new());
        let at = malformed(stream.read_to_string(&mut text));
        assert_eq!((at, &*text), ((2, b"\xe2\x82".to_vec()), "ab"), "{name}");
        assert_eq!(stream.read_to_end(&mut rest).unwrap(), 2, "{name}");
        assert_eq!(rest, b"\xe2\x82", "{name}");
    }
}

/// The rest of the stream is not read only to be thrown away.
#[test]
fn raw_39_a_stream_without_an_end_stops_at_what_is_no_text() {
    let mut stream = Adapter::reader(b"\xff".chain(io::repeat(b'x')));
    let mut text = String::new();
    assert_eq!(malformed(stream.read_to_string(&mut text)).0, 0);
    assert!(
        stream.unread().len() <= 64 << 10,
        "{}",
        stream.unread().len()
    );
}

/// Whatever the pieces, text arrives whole: also over the edges of what is read at once.
#[test]
fn raw_39_text_arrives_whole_in_any_pieces() {
    let content = "aß漢😀\r\n".repeat(20_000);
    for step in [1, 7, 4096, 1 << 20] {
        let pieces = content.as_bytes().chunks(step).collect();
        let mut text = String::new();
        let mut stream = Adapter::reader(Pieces(pieces));
        assert_eq!(stream.read_to_string(&mut text).unwrap(), content.len());
        assert!(text == content, "{step}");
        let mut bytes = b"> ".to_vec();
        let pieces = content.as_bytes().chunks(step).collect();
        Adapter::reader(Pieces(pieces))
            .read_to_end(&mut bytes)
            .unwrap();
        assert!(&bytes[2..] == content.as_bytes(), "{step}");
    }
}

/// Gives what there is in these pieces.
struct Pieces<'a>(VecDeque<&'a [u8]>);

impl Read for Pieces<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let Some(piece) = self.0.front_mut() else {
            return Ok(0);
        };
        let n = piece.read(buf)?;
        if piece.is_empty() {
            self.0.pop_front();
        }
        Ok(n)
    }
}

#[test]
fn raw_40_read_exact_takes_nothing_when_it_fails() {
    for (name, mut stream, mut sender) in channels() {
        sender.write_all(b"abc").unwrap();
        let mut five = [0; 5];
        for _ in 0..2 {
            assert!(
                is_not_now(stream.read_exact(&mut five).unwrap_err()),
                "{name}"
            );
        }
        let mut two = [0; 2];
        assert_eq!(stream.read(&mut two).unwrap(), 2, "{name}");
        assert_eq!(&two, b"ab", "{name}");
        sender.write_all(b"defghi").unwrap();
        stream.read_exact(&mut five).unwrap();
        assert_eq!(&five, b"cdefg", "{name}");
        drop(sender);
        short(stream.read_exact(&mut five), 2, name);
        let mut rest = Vec::new();
        assert_eq!(stream.read_to_end(&mut rest).unwrap(), 2, "{name}");
        assert_eq!(rest, b"hi", "{name}");
    }
    for (name, mut stream) in seekable(b"abc") {
        let mut five = [0; 5];
        short(stream.read_exact(&mut five), 3, name);
        short(stream.read_exact(&mut five), 3, name);
        if name != "one that stands still" {
            assert_eq!(stream.stream_position().unwrap(), 0, "{name}");
        }
        stream.read_exact(&mut five[..3]).unwrap();
        assert_eq!(&five[..3], b"abc", "{name}");
    }
}

fn short(outcome: io::Result<()>, there: usize, name: &str) {
    match outcome.map_err(Error::from) {
        Err(Error::PartialRead {
            available,
            expected: 5,
        }) => assert_eq!(available, there, "{name}"),
        other => panic!("{name}: {other:?}"),
    }
}

/// A million bytes, one by one, each with "not now" before: copied anew each time that would be
/// half a billion kilobytes.
#[test]
fn raw_40_bytes_that_trickle_in_are_not_copied_again_and_again() {
    const N: usize = 1_000_000;
    let channel = Channel::default();
    let mut sender = Sender(channel.clone());
    let mut stream = Adapter::reader(channel);
    let mut buf = vec![0; N];
    let begin = CpuTime::now();
    let content = naive::ramp(N);
    for byte in content.chunks(1) {
        assert!(stream.read_exact(&mut buf).is_err());
        sender.write_all(byte).unwrap();
    }
    stream.read_exact(&mut buf).unwrap();
    assert!(buf == content);
    assert!(
        begin.elapsed() < Duration::from_secs(40),
        "{:?}",
        begin.elapsed()
    );
}

/// A device that stands still is not moved by being told to, and loses nothing by it.
#[test]
fn raw_40_what_was_given_back_stays_until_it_is_read() {
    let mut stream = standing(b"012");
    short(stream.read_exact(&mut [0; 5]), 3, "three were there");
    assert_eq!(stream.unread(), b"012");
    // Asking for the position moves nothing, and neither does a device that stands still.
    stream.stream_position().unwrap();
    stream.seek_relative(0).unwrap();
    stream.seek(SeekFrom::Start(2)).unwrap();
    assert_eq!(stream.unread(), b"012");
    let mut slices = [[0; 2], [0; 2]];
    let [one, two] = &mut slices;
    let mut pieces = [IoSliceMut::new(one), IoSliceMut::new(two)];
    assert_eq!(stream.read_vectored(&mut pieces).unwrap(), 3);
    assert_eq!(slices, [*b"01", *b"2\0"]);
}

/// More slices than the system takes at once, after more empty ones than it would look at.
#[test]
fn raw_41_many_slices_move_what_fits() {
    let empty = std::iter::repeat_n(&b""[..], 1500);
    let slices: Vec<IoSlice<'_>> = empty
        .chain(std::iter::repeat_n(&b"x"[..], 2000))
        .map(IoSlice::new)
        .collect();
    let read = |stream: &mut dyn RawIo| {
        let mut room = vec![[0u8; 1]; 2000];
        let mut pieces: Vec<IoSliceMut<'_>> = Vec::new();
        pieces.resize_with(1500, || IoSliceMut::new(&mut []));
        pieces.extend(room.iter_mut().map(|byte| IoSliceMut::new(byte)));
        let n = stream.read_vectored(&mut pieces).unwrap();
        drop(pieces);
        assert!(room[..n].iter().all(|byte| byte == b"x"));
        n
    };
    let mut file = FileIo::from_file(tempfile::tempfile().unwrap(), FileMode::ReadUpdate).unwrap();
    let n = file.write_vectored(&slices).unwrap();
    file.rewind().unwrap();
    assert!(n > 0 && read(&mut file) == n, "{n}");
    assert_eq!(read(&mut file), 0, "the end");

    let mut memory = BytesIo::new();
    assert_eq!(memory.write_vectored(&slices).unwrap(), 2000);
    memory.rewind().unwrap();
    assert_eq!(read(&mut memory), 2000);
    let mut adapter = Adapter::duplex(io::Cursor::new(Vec::new())).with_seek();
    assert_eq!(adapter.write_vectored(&slices).unwrap(), 2000);
    adapter.rewind().unwrap();
    assert_eq!(read(&mut adapter), 2000);
    #[cfg(all(feature = "mmap", any(unix, windows)))]
    {
        let mut map = iolite::MmapIo::anonymous(1999).unwrap();
        assert_eq!(map.write_vectored(&slices).unwrap(), 1999, "what fits");
        let full = map.write_vectored(&slices).unwrap_err();
        assert_eq!(full.kind(), ErrorKind::StorageFull);
        map.rewind().unwrap();
        assert_eq!(read(&mut map), 1999);
    }
    #[cfg(all(feature = "socket", any(unix, windows)))]
    {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let one = iolite::SocketIo::connect(listener.local_addr().unwrap()).unwrap();
        let mut two = iolite::SocketIo::from(listener.accept().unwrap().0);
        let (mut reader, mut writer) = one.split().unwrap();
        let n = writer.write_vectored(&slices).unwrap();
        assert!(n > 0 && read(&mut two) > 0);
        let n = two.write_vectored(&slices).unwrap();
        assert!(n > 0 && read(&mut reader) > 0);
    }
}

/// Streams that have room for five bytes.
fn five_bytes(room: &mut [u8; 5]) -> Vec<(&'static str, Box<dyn Write + '_>)> {
    vec![
        ("adapter", Box::new(Adapter::writer(&mut room[..]))),
        #[cfg(all(feature = "mmap", any(unix, windows)))]
        ("map", Box::new(iolite::MmapIo::anonymous(5).unwrap())),
    ]
}

#[test]
fn raw_42_a_failed_write_says_how_much_of_all_was_taken() {
    let taken = |outcome: io::Result<()>, kind: ErrorKind| match outcome.map_err(Error::from) {
        Err(Error::WriteFailed { written, source }) => {
            assert_eq!(source.kind(), kind);
            written
        }
        other => panic!("{other:?}"),
    };
    let kinds = [ErrorKind::WriteZero, ErrorKind::StorageFull];
    let mut room = [0; 5];
    for ((name, mut stream), kind) in five_bytes(&mut room).into_iter().zip(kinds) {
        let outcome = write!(stream, "{}-{}", 123, 456);
        assert_eq!(taken(outcome, kind), 5, "{name}");
        assert_eq!(stream.write_all(b"x").unwrap_err().kind(), kind, "{name}");
    }
    assert_eq!(&room, b"123-4");
    for ((name, mut stream), kind) in five_bytes(&mut room).into_iter().zip(kinds) {
        assert_eq!(taken(stream.write_all(b"abcdefg"), kind), 5, "{name}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn raw_42_a_full_pipe_says_how_much_it_took() {
    use rustix::fs::{OFlags, fcntl_setfl};
    let (mut reader, writer) = io::pipe().unwrap();
    fcntl_setfl(&writer, OFlags::NONBLOCK).unwrap();
    let mut pipe = FileIo::from(writer);
    let all = vec![b'x'; 1 << 21];
    let outcome = write!(pipe, "{}{}", 12, String::from_utf8_lossy(&all));
    let Err(Error::WouldBlock { written }) = outcome.map_err(Error::from) else {
        panic!("it is full");
    };
    // Nothing was taken: std's own error, which costs nothing.
    let error = pipe.write_all(b"y").unwrap_err();
    assert!(error.kind() == ErrorKind::WouldBlock && error.get_ref().is_none());
    drop(pipe);
    let mut arrived = Vec::new();
    reader.read_to_end(&mut arrived).unwrap();
    assert_eq!(arrived.len(), written);
    assert!(arrived.starts_with(b"12xx"));
}

/// std's provided methods ask nobody where there is nothing to move.
#[test]
fn raw_42_a_closed_stream_says_so_where_nothing_moves_too() {
    let mut streams = seekable(b"abc");
    streams.extend(
        channels()
            .into_iter()
            .map(|(name, stream, _)| (name, stream)),
    );
    for (name, mut stream) in streams {
        stream.close().unwrap();
        let (mut bytes, mut text) = (Vec::new(), String::new());
        let outcomes = [
            stream.write_all(b""),
            stream.write_fmt(format_args!("")),
            stream.write_fmt(format_args!("{}", "")),
            stream.read_exact(&mut []),
            stream.read_to_end(&mut bytes).map(drop),
            stream.read_to_string(&mut text).map(drop),
            stream.write_vectored(&[]).map(drop),
            stream.read_vectored(&mut []).map(drop),
        ];
        for (i, outcome) in outcomes.into_iter().enumerate() {
            let outcome = outcome.map_err(Error::from);
            assert!(
                matches!(outcome, Err(Error::Closed)),
                "{name}, call {i}: {outcome:?}"
            );
        }
    }
}

#[expect(clippy::unbuffered_bytes, reason = "std's own method is what is tried")]
fn byte(stream: impl Read) -> io::Result<u8> {
    stream.bytes().next().unwrap()
}

/// std's own methods panicked over an adapter that passed such a claim on.
#[test]
fn raw_43_an_adapter_checks_what_is_claimed() {
    let liar = || Adapter::duplex(Hostile::new(b"some content").with(LyingCounts));
    let lied = |outcome: io::Result<()>, reading: bool| match outcome.map_err(Error::from) {
        Err(Error::BadCount {
            operation,
            claimed,
            limit,
        }) => {
            let expected = match reading {
                true => Operation::Read,
                false => Operation::Write,
            };
            assert_eq!((operation, claimed), (expected, limit + 1));
        }
        other => panic!("{other:?}"),
    };
    let mut three = [0; 3];
    let mut pieces = [IoSliceMut::new(&mut three)];
    lied(liar().read(&mut [0; 8]).map(drop), true);
    lied(liar().read_vectored(&mut pieces).map(drop), true);
    lied(liar().read_exact(&mut [0; 8]), true);
    lied(liar().read_to_end(&mut Vec::new()).map(drop), true);
    lied(liar().read_to_string(&mut String::new()).map(drop), true);
    lied(byte(liar()).map(drop), true);
    lied(liar().take(5).read_to_end(&mut Vec::new()).map(drop), true);
    lied(liar().chain(&b""[..]).read(&mut [0; 8]).map(drop), true);
    lied(io::BufReader::new(liar()).fill_buf().map(drop), true);
    lied(liar().write(b"abc").map(drop), false);
    let slices = [IoSlice::new(b"ab"), IoSlice::new(b"c")];
    lied(liar().write_vectored(&slices).map(drop), false);
    lied(liar().write_all(b"abc"), false);
    lied(liar().write_fmt(format_args!("{}", 12)), false);
}

#[rstest]
#[case::raw_44_after_the_last(
    SeekFrom::Start(u64::MAX),
    SeekFrom::Current(1),
    "beyond the largest possible position"
)]
#[case::raw_44_far_after_the_last(SeekFrom::Start(u64::MAX - 2), SeekFrom::Current(i64::MAX), "beyond the largest possible position")]
#[case::raw_44_before_the_start(SeekFrom::Start(2), SeekFrom::Current(-3), "before the start")]
#[case::raw_44_far_before_the_start(
    SeekFrom::Start(2),
    SeekFrom::Current(i64::MIN),
    "before the start"
)]
#[case::raw_44_before_the_start_from_the_end(SeekFrom::Start(2), SeekFrom::End(-7), "before the start")]
fn both_ends_of_the_range(#[case] first: SeekFrom, #[case] then: SeekFrom, #[case] problem: &str) {
    let check = |name: &str, stream: &mut dyn RawIo| {
        let before = stream.seek(first).unwrap();
        let error = stream.seek(then).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{name}");
        assert!(error.to_string().contains(problem), "{name}: {error}");
        assert_eq!(stream.stream_position().unwrap(), before, "{name}");
        // Nothing is there, and nobody panics.
        if before > 6 {
            assert_eq!(stream.read(&mut [0; 4]).unwrap(), 0, "{name}");
            assert_eq!(stream.read_to_end(&mut Vec::new()).unwrap(), 0, "{name}");
            assert!(stream.write(b"x").is_err(), "{name}");
        }
    };
    // Memory stops at the start instead (RAW-24).
    if problem.starts_with("after") {
        check("memory", &mut BytesIo::from(b"abcdef".to_vec()));
    }
    #[cfg(all(feature = "mmap", any(unix, windows)))]
    check("map", &mut iolite::MmapIo::anonymous(6).unwrap());
}

#[test]
fn raw_45_a_line_that_is_no_text_is_handed_back_and_the_next_one_read() {
    let content = b"one\nbad \xff!\ntwo\ncut \xc3".to_vec();
    let memory = BytesIo::from(content.clone());
    let mut seen = String::new();
    for line in memory.lines() {
        match line.map_err(Error::from) {
            Ok(line) => writeln!(seen, "{line}").unwrap(),
            Err(Error::NotUtf8 { line, source }) => {
                writeln!(seen, "{line:?}: {source}").unwrap();
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    let expected = "one\n[98, 97, 100, 32, 255, 33, 10]: utf-8: invalid start byte at byte 8: ff\n\
                    two\n[99, 117, 116, 32, 195]: utf-8: unexpected end of data at byte 19: c3\n";
    assert_eq!(seen, expected);
    let ours = BytesIo::from(content.clone())
        .lines()
        .map_while(|line| Some(line.ok()));
    let theirs = io::Cursor::new(content).lines().map(Result::ok);
    assert!(ours.eq(theirs), "as std's reader");
}

/// Text that goes on after a piece of it could not be written, and says nothing about it.
struct Stubborn;

impl std::fmt::Display for Stubborn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for piece in ["ab", "cd", "ef"] {
            let _ = f.write_str(piece);
        }
        Ok(())
    }
}

#[test]
fn raw_42_no_piece_is_written_after_one_that_was_not() {
    let device = Hostile::new(b"").with(ErrorAfter(2));
    let probe = device.probe();
    // The device fails once, and would take what comes next.
    let mut adapter = Adapter::writer(device);
    let error = Error::from(write!(adapter, "{Stubborn}").unwrap_err());
    assert!(
        matches!(error, Error::WriteFailed { written: 2, .. }),
        "{error:?}"
    );
    assert_eq!(probe.content(), b"ab");
}
