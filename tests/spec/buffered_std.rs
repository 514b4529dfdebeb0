//! Chapters "Buffered streams" and "Duplex streams": the methods that std's traits provide.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, BufRead, ErrorKind, IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write};

use iolite::{
    Adapter, BufferedIo, BufferedReader, BufferedRwPair, BufferedWriter, BytesIo, Chunk, Error,
};
use rstest::rstest;

use crate::support::devices::{Behaviour, EIO, Hostile};
use crate::support::naive;

/// A device that gives what the script says, step by step, and then the end.
struct Script(VecDeque<Result<&'static [u8], ErrorKind>>);

impl Read for Script {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self.0.pop_front() {
            None => Ok(0),
            Some(Err(kind)) => Err(kind.into()),
            Some(Ok(bytes)) => {
                let n = bytes.len().min(buf.len());
                buf[..n].copy_from_slice(&bytes[..n]);
                if n < bytes.len() {
                    self.0.push_front(Ok(&bytes[n..]));
                }
                Ok(n)
            }
        }
    }
}

type Steps<'a> = &'a [Result<&'static [u8], ErrorKind>];

/// A reader and a pair over such a device, with a buffer of `capacity` bytes.
fn both(capacity: usize, steps: Steps<'_>) -> [Box<dyn BufferedIo>; 2] {
    let script = || Adapter::reader(Script(steps.iter().copied().collect()));
    [
        Box::new(BufferedReader::with_capacity(capacity, script())),
        Box::new(BufferedRwPair::with_capacity(
            capacity,
            script(),
            BytesIo::new(),
        )),
    ]
}

/// The same over bytes that come as they are asked for.
fn over(capacity: usize, content: &'static [u8]) -> [Box<dyn BufferedIo>; 2] {
    both(capacity, &[Ok(content)])
}

fn decode(outcome: io::Result<usize>) -> (u64, Vec<u8>) {
    match Error::from(outcome.unwrap_err()) {
        Error::Decode { offset, bytes, .. } => (offset, bytes),
        other => panic!("{other:?}"),
    }
}

/// The first call threw everything away, and the second one found half a character.
#[rstest]
fn buf_72_a_character_that_is_not_all_there_stays(
    #[values(ErrorKind::WouldBlock, ErrorKind::TimedOut, ErrorKind::ConnectionReset)]
    kind: ErrorKind,
) {
    for capacity in 1..=12 {
        for mut stream in both(capacity, &[Ok(b"caf\xc3"), Err(kind), Ok(b"\xa9\nnext\n")]) {
            let mut text = String::from(">");
            let error = stream.read_to_string(&mut text).unwrap_err();
            assert_eq!((error.kind(), &*text), (kind, ">caf"));
            assert_eq!(stream.read_to_string(&mut text).unwrap(), 8);
            assert_eq!(text, ">caf\u{e9}\nnext\n");
            assert_eq!(stream.read_to_string(&mut text).unwrap(), 0, "the end");
        }
    }
}

#[rstest]
#[case::buf_72_a_malformed_byte(b"line 1\nbad \xff\nline 3\n", 11, b"\xff")]
#[case::buf_72_a_sequence_that_does_not_go_on(b"ab\xe2\x82\xe2\x82\xac", 2, b"\xe2\x82")]
#[case::buf_72_a_character_that_is_cut_off_by_the_end(b"abc\xf0\x9f\x98", 3, b"\xf0\x9f\x98")]
#[case::buf_72_half_a_surrogate(b"\xed\xa0\x80", 0, b"\xed")]
fn text_up_to_what_is_none(
    #[case] content: &'static [u8],
    #[case] at: u64,
    #[case] malformed: &[u8],
) {
    let before = std::str::from_utf8(&content[..at as usize]).unwrap();
    for capacity in 1..=12 {
        for mut stream in over(capacity, content) {
            let mut text = String::new();
            for _ in 0..3 {
                let error = decode(stream.read_to_string(&mut text));
                assert_eq!(error, (at, malformed.to_vec()));
                assert_eq!(text, before, "repeating takes nothing");
            }
            let mut rest = Vec::new();
            stream.read_to_end(&mut rest).unwrap();
            assert_eq!(rest, content[at as usize..]);
        }
    }
}

#[test]
fn buf_72_the_place_counts_from_the_start_of_the_file() {
    let mut device = Hostile::new(b"skip.text\xfftext");
    device.seek(SeekFrom::Start(5)).unwrap();
    let mut reader = BufferedReader::with_capacity(4, device);
    let mut text = String::new();
    assert_eq!(decode(reader.read_to_string(&mut text)).0, 9);
    assert_eq!((&*text, reader.stream_position().unwrap()), ("text", 9));
    reader.consume(1);
    reader.read_to_string(&mut text).unwrap();
    assert_eq!(text, "texttext");
}

#[test]
fn buf_72_text_of_any_width_in_any_pieces() {
    let text = "a\u{e9}\u{20ac}\u{1f600}\n".repeat(40);
    for behaviours in [
        vec![Behaviour::OneByte],
        vec![Behaviour::OneByte, Behaviour::WouldBlock],
        vec![Behaviour::Halves, Behaviour::TimedOut],
        vec![Behaviour::ErrorAfter(2)],
        vec![Behaviour::Lies],
    ] {
        for capacity in 1..=20 {
            let device = Hostile::new(text.as_bytes()).with_all(&behaviours);
            let mut reader = BufferedReader::with_capacity(capacity, device);
            let mut got = String::new();
            while reader.read_to_string(&mut got).is_err() {
                assert!(text.starts_with(&got), "{behaviours:?}, {capacity}");
                let position = reader.stream_position().unwrap();
                assert_eq!(position, got.len() as u64, "{behaviours:?}, {capacity}");
            }
            assert_eq!(got, text, "{behaviours:?}, {capacity}");
        }
    }
}

#[test]
fn buf_73_what_came_before_an_error_is_in_the_vector_and_nothing_else_is_taken() {
    for capacity in 1..=40 {
        for at in 0..40 {
            let content = naive::ramp(60);
            let device = Hostile::new(&content).with(Behaviour::ErrorAfter(at));
            let mut reader = BufferedReader::with_capacity(capacity, device);
            let mut got = b">".to_vec();
            let error = reader.read_to_end(&mut got).unwrap_err();
            assert_eq!(error.raw_os_error(), Some(EIO));
            assert_eq!((&got[..1], &got[1..]), (&b">"[..], &content[..at]));
            assert_eq!(reader.stream_position().unwrap(), at as u64);
            assert_eq!(reader.read_to_end(&mut got).unwrap(), 60 - at);
            assert_eq!(got[1..], content);
        }
    }
}

/// Reads a file of 200,000 bytes to its end, in the way of the call.
fn capacity_of(mut stream: impl Read, call: fn(&mut dyn Read) -> usize) -> usize {
    stream.read_exact(&mut [0; 10]).unwrap();
    call(&mut stream)
}

#[test]
fn buf_73_room_for_the_rest_is_made_at_once_where_the_device_knows_it() {
    const SIZE: usize = 200_000;
    let content = vec![b'x'; SIZE];
    let file = || {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&content).unwrap();
        file.rewind().unwrap();
        iolite::FileIo::from_file(file, iolite::raw::FileMode::Read).unwrap()
    };
    let bytes: fn(&mut dyn Read) -> usize = |stream| {
        let mut all = Vec::new();
        assert_eq!(stream.read_to_end(&mut all).unwrap(), SIZE - 10);
        all.capacity()
    };
    let text: fn(&mut dyn Read) -> usize = |stream| {
        let mut all = String::new();
        assert_eq!(stream.read_to_string(&mut all).unwrap(), SIZE - 10);
        all.capacity()
    };
    for call in [bytes, text] {
        for capacity in [1, 100, 64 * 1024] {
            let memory = BytesIo::from(content.clone());
            let pair = BufferedRwPair::with_capacity(capacity, file(), BytesIo::new());
            let capacities = [
                capacity_of(BufferedReader::with_capacity(capacity, file()), call),
                capacity_of(BufferedReader::with_capacity(capacity, memory), call),
                capacity_of(pair, call),
            ];
            assert_eq!(capacities, [SIZE - 10; 3], "buffer of {capacity}");
        }
    }
}

/// With `filter_map(Result::ok)` an error that stays is a loop without end.
#[test]
#[expect(clippy::lines_filter_map_ok, reason = "that it ends is what is tested")]
fn buf_74_lines_go_on_after_a_line_that_is_not_text() {
    let bad = b"good\nb\xffad\nfine\ncut \xe2\x82";
    let theirs: Vec<String> = io::BufReader::new(&bad[..])
        .lines()
        .map_while(|line| line.map_or_else(|_| Some(String::from("?")), Some))
        .collect();
    for capacity in [1, 5, 100] {
        for stream in over(capacity, bad) {
            let lines: Vec<io::Result<String>> = stream.lines().take(10).collect();
            let ours = lines.iter().map(|line| match line {
                Ok(line) => line.clone(),
                Err(_) => String::from("?"),
            });
            assert_eq!(ours.collect::<Vec<_>>(), theirs, "buffer of {capacity}");
        }
        for stream in over(capacity, bad) {
            let good: Vec<String> = stream.lines().filter_map(Result::ok).collect();
            assert_eq!(good, ["good", "fine"]);
        }
    }
}

#[test]
#[expect(clippy::lines_filter_map_ok, reason = "that it ends is what is tested")]
fn buf_74_lines_and_pieces_go_on_after_one_that_is_too_long() {
    for capacity in [1, 5, 100] {
        let reader = || {
            let mut reader = BufferedReader::with_capacity(
                capacity,
                BytesIo::from(b"ab\nmuch too long\ncd\nlong, too".to_vec()),
            );
            reader.set_line_limit(Some(5));
            reader
        };
        let lines: Vec<_> = reader().lines().take(10).map(Result::ok).collect();
        assert_eq!(
            lines,
            [Some("ab".into()), None, Some("cd".into()), None],
            "buffer of {capacity}"
        );
        let pieces: Vec<_> = reader().split(b'\n').take(10).map(Result::ok).collect();
        assert_eq!(
            pieces,
            [Some(b"ab".into()), None, Some(b"cd".into()), None],
            "buffer of {capacity}"
        );
        let pair = BufferedRwPair::from_halves(reader(), BufferedWriter::new(BytesIo::new()));
        let lines: Vec<_> = pair.lines().filter_map(Result::ok).collect();
        assert_eq!(lines, ["ab", "cd"]);
    }
}

/// Says that it can seek, as whoever made it believed.
#[test]
fn buf_21_the_line_of_a_pipe_that_is_told_to_seek() {
    struct Pipe(&'static [u8]);
    impl Read for Pipe {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            self.0.read(buf)
        }
    }
    impl Seek for Pipe {
        fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
            Err(ErrorKind::NotSeekable.into())
        }
    }
    let device = Adapter::reader(Pipe(b"ok\n\xff\nok\n")).with_seek();
    let mut reader = BufferedReader::new(device);
    reader.read_line(&mut String::new()).unwrap();
    match Error::from(reader.read_line(&mut String::new()).unwrap_err()) {
        Error::NotUtf8 { source, .. } => {
            assert!(
                matches!(*source, Error::Decode { offset: 3, .. }),
                "{source}"
            );
        }
        other => panic!("{other:?}"),
    }
    let reader = reader.detach().unwrap_err().into_parts().1;
    assert_eq!(reader.into_parts().1, b"ok\n");
}

/// The rest of such a line comes in pieces, too.
#[test]
fn buf_74_a_line_that_is_passed_over_may_trickle_in() {
    let slow = [Behaviour::OneByte, Behaviour::WouldBlock];
    let device = Hostile::new(b"much too long\nok\n").with_all(&slow);
    let mut reader = BufferedReader::with_capacity(3, device);
    reader.set_line_limit(Some(4));
    let (mut line, mut too_long) = (String::new(), 0);
    while let Err(error) = reader.read_line(&mut line) {
        assert_eq!(line, "");
        match Error::from(error) {
            Error::LineTooLong { limit: 4, .. } => too_long += 1,
            error => assert!(error.is_would_block(), "{error}"),
        }
    }
    assert_eq!((&*line, too_long), ("ok\n", 1));
}

#[test]
fn buf_74_lines_that_are_not_there_yet_are_neither_lost_nor_torn() {
    let steps: Steps<'_> = &[
        Ok(b"fir"),
        Err(ErrorKind::WouldBlock),
        Ok(b"st\ncaf\xc3"),
        Err(ErrorKind::TimedOut),
        Ok(b"\xa9\nlast"),
    ];
    for capacity in [1, 5, 100] {
        for stream in both(capacity, steps) {
            let lines: Vec<_> = stream.lines().map(Result::ok).collect();
            let all = [
                None,
                Some("first".into()),
                None,
                Some("caf\u{e9}".into()),
                Some("last".into()),
            ];
            assert_eq!(lines, all);
        }
        for stream in both(capacity, steps) {
            let pieces: Vec<_> = stream.split(b'\n').filter_map(Result::ok).collect();
            assert_eq!(pieces, ["first", "caf\u{e9}", "last"].map(|s| s.as_bytes()));
        }
        for stream in both(capacity, steps) {
            let bytes: Vec<u8> = stream.bytes().filter_map(Result::ok).collect();
            assert_eq!(bytes, "first\ncaf\u{e9}\nlast".as_bytes());
        }
    }
}

#[test]
fn buf_75_a_scattered_read_fills_all_slices_that_are_there() {
    for capacity in [4, 8, 100] {
        for mut stream in over(capacity, b"abcdefgh") {
            assert_eq!(stream.peek(4).unwrap(), b"abcd");
            let (mut one, mut two, mut three) = ([0; 1], [0; 2], [0; 3]);
            let n = stream
                .read_vectored(&mut [
                    IoSliceMut::new(&mut []),
                    IoSliceMut::new(&mut one),
                    IoSliceMut::new(&mut two),
                    IoSliceMut::new(&mut three),
                ])
                .unwrap();
            let all = [&one[..], &two, &three].concat();
            assert_eq!(all[..n], b"abcdef"[..n]);
            assert!(
                n == 6 || n == 4 && capacity == 4,
                "{n} of a buffer of {capacity}"
            );
            let mut rest = Vec::new();
            stream.read_to_end(&mut rest).unwrap();
            assert_eq!(rest, b"abcdefgh"[n..]);
        }
    }
}

#[test]
fn buf_75_many_small_slices_take_a_whole_buffer() {
    let mut bytes = vec![[0; 1]; 5000];
    let mut slices: Vec<_> = bytes.iter_mut().map(|byte| IoSliceMut::new(byte)).collect();
    for mut stream in over(100, b"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx") {
        assert_eq!(stream.read_vectored(&mut slices).unwrap(), 40);
        assert_eq!(stream.read_vectored(&mut slices).unwrap(), 0, "the end");
    }
    assert_eq!(
        bytes.concat().iter().filter(|&&byte| byte == b'x').count(),
        40
    );
}

/// How many slices the last write had.
struct Counts(usize);

impl Write for Counts {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        panic!("not in one slice");
    }
    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0 = bufs.len();
        assert!(!bufs[0].is_empty(), "that would look like no progress");
        Ok(bufs.iter().map(|buf| buf.len()).sum())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn buf_75_large_vectors_go_to_the_device_with_as_many_slices_as_systems_take() {
    let mut slices = vec![IoSlice::new(b"x"); 5000];
    slices[..2000].fill(IoSlice::new(b""));
    let mut writer = BufferedWriter::with_capacity(100, Adapter::writer(Counts(0)));
    assert_eq!(writer.write_vectored(&slices).unwrap(), 1024);
    assert_eq!(writer.get_ref().get_ref().unwrap().0, 1024);
}

#[test]
fn buf_75_a_gathered_write_is_collected_or_goes_out_as_one() {
    let device = Hostile::new(b"");
    let probe = device.probe();
    let mut pair = BufferedRwPair::with_capacity(10, BytesIo::new(), device);
    let small = [&b"ab"[..], b"", b"cde"].map(IoSlice::new);
    assert_eq!(pair.write_vectored(&small).unwrap(), 5);
    assert_eq!((pair.writer().pending(), probe.calls().writes), (5, 0));
    let large = [&b"0123456"[..], b"789", b"ABC"].map(IoSlice::new);
    assert_eq!(pair.write_vectored(&large).unwrap(), 13);
    assert_eq!(probe.gathers(), [1, 3], "behind what was pending");
    assert_eq!(probe.content(), b"abcde0123456789ABC");
    assert_eq!(pair.write_vectored(&[]).unwrap(), 0);
}

#[test]
fn buf_75_vectors_over_a_device_that_would_block_or_lies() {
    let slices = [&b"abcd"[..], b"efgh", b"ijkl"].map(IoSlice::new);
    let device = Hostile::new(b"").with(Behaviour::Room(0));
    let mut writer = BufferedWriter::with_capacity(6, device);
    assert_eq!(writer.write_vectored(&slices).unwrap(), 6, "what fits");
    let error = writer.write_vectored(&slices).unwrap_err();
    assert!(matches!(error.into(), Error::WouldBlock { written: 0 }));
    drop(writer.into_parts());

    let device = Hostile::new(b"").with(Behaviour::LyingCounts);
    let mut writer = BufferedWriter::with_capacity(6, device);
    let error = writer.write_vectored(&slices).unwrap_err();
    assert!(matches!(error.into(), Error::BadCount { limit: 12, .. }));

    let device = Hostile::new(b"abc").with(Behaviour::LyingCounts);
    let mut reader = BufferedReader::with_capacity(6, device);
    let (mut one, mut two) = ([0; 4], [0; 4]);
    let mut room = [IoSliceMut::new(&mut one), IoSliceMut::new(&mut two)];
    let error = reader.read_vectored(&mut room).unwrap_err();
    assert!(matches!(error.into(), Error::BadCount { .. }));
}

/// The table above runs over pairs, too; this is one as it is used.
#[test]
fn rwp_15_text_that_comes_in_halves_of_characters() {
    let steps: Steps<'_> = &[
        Ok(b"caf\xc3"),
        Err(ErrorKind::TimedOut),
        Ok(b"\xa9\n\xff\nok\n"),
    ];
    let script = Adapter::reader(Script(steps.iter().copied().collect()));
    let mut pair = BufferedRwPair::new(script, BytesIo::new());
    let mut text = String::new();
    let error = Error::from(pair.read_to_string(&mut text).unwrap_err());
    assert!(error.is_would_block() && text == "caf");
    assert_eq!(pair.read_line(&mut text).unwrap(), 3);
    assert_eq!(text, "caf\u{e9}\n");
    match Error::from(pair.read_line(&mut text).unwrap_err()) {
        Error::NotUtf8 { line, source } => {
            assert_eq!(line, b"\xff\n");
            assert!(
                matches!(*source, Error::Decode { offset: 6, .. }),
                "{source}"
            );
        }
        other => panic!("{other:?}"),
    }
    let (mut one, mut two) = ([0; 1], [0; 9]);
    let n = pair
        .read_vectored(&mut [IoSliceMut::new(&mut one), IoSliceMut::new(&mut two)])
        .unwrap();
    assert_eq!((n, &one, &two[..2]), (3, b"o", &b"k\n"[..]));
}

#[test]
fn buf_76_nothing_to_write_changes_nothing() {
    let device = Hostile::new(b"");
    let probe = device.probe();
    let mut writer = BufferedWriter::with_capacity(4, device);
    writer.write_all(b"ab").unwrap();
    writer.write_all(b"cd").unwrap();
    let before = probe.calls();
    assert_eq!(writer.write(b"").unwrap(), 0);
    writer.write_all(b"").unwrap();
    writer.write_chunk(Chunk::new()).unwrap();
    write!(writer, "").unwrap();
    assert_eq!(writer.write_vectored(&[IoSlice::new(b"")]).unwrap(), 0);
    assert_eq!((probe.calls(), writer.pending()), (before, 4));
    assert_eq!(writer.stream_position().unwrap(), 4);
}

/// Text that goes on after a piece of it could not be written.
struct Stubborn;

impl fmt::Display for Stubborn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let _ = f.write_str("abcdef");
        f.write_str("gh")
    }
}

#[test]
fn buf_59_no_piece_is_written_after_one_that_was_not() {
    let device = Hostile::new(b"").with(Behaviour::ErrorAfter(5));
    let probe = device.probe();
    let mut writer = BufferedWriter::with_capacity(2, device);
    let error = Error::from(write!(writer, "{Stubborn}!").unwrap_err());
    let Error::WriteFailed { written, .. } = error else {
        panic!("{error:?}");
    };
    assert_eq!(written, probe.content().len() + writer.pending());
    writer.write_all(&b"abcdefgh!"[written..]).unwrap();
    writer.flush().unwrap();
    assert_eq!(probe.content(), b"abcdefgh!");
}

/// What a stream does not do it refuses also where nothing would be done.
#[test]
fn buf_4_nothing_is_refused_as_something_is() {
    let mut writer = BufferedWriter::new(BytesIo::new());
    let mut reader = BufferedReader::new(BytesIo::new());
    let outcomes = [
        writer.read_exact(&mut []).map(|()| 0),
        writer.read_vectored(&mut []),
        writer.read_to_end(&mut Vec::new()),
        writer.read_to_string(&mut String::new()),
        writer.read_until(b'\n', &mut Vec::new()),
        writer.read_line(&mut String::new()),
        writer.skip_until(b'\n'),
        reader.write_vectored(&[]),
        reader.write_fmt(format_args!("")).map(|()| 0),
    ];
    for outcome in outcomes {
        assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Unsupported);
    }
}

#[test]
fn buf_73_following_a_file_that_grows_does_not_move_all_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let mut writer = std::fs::File::create(&path).unwrap();
    let open = || {
        let file = iolite::FileIo::open(&path, iolite::raw::FileMode::Read).unwrap();
        BufferedReader::new(file)
    };
    let (mut bytes, mut text) = (open(), open());
    let (mut all, mut words) = (Vec::new(), String::new());
    let mut moves = [0, 0];
    for _ in 0..500 {
        writer.write_all(b"0123456789").unwrap();
        let before = [all.capacity(), words.capacity()];
        assert_eq!(bytes.read_to_end(&mut all).unwrap(), 10);
        assert_eq!(text.read_to_string(&mut words).unwrap(), 10);
        moves[0] += usize::from(all.capacity() != before[0]);
        moves[1] += usize::from(words.capacity() != before[1]);
    }
    assert_eq!((all.len(), words.len()), (5000, 5000));
    assert!(moves.iter().all(|&moves| moves < 20), "{moves:?}");
}
