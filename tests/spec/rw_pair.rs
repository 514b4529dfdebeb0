//! Chapter "Duplex streams".

use std::io::{BufRead, Read, Seek, SeekFrom, Write};

use iolite::buffered::DEFAULT_BUFFER_SIZE;
use iolite::error::Operation;
use iolite::{
    BufferedIo, BufferedReader, BufferedRwPair, BufferedWriter, BytesIo, Chunk, Error, IoBase,
    Newline, TextIo, TextIoWrapper, TextOptions,
};

use crate::support::contracts::{self, unsupported};
use crate::support::devices::{Behaviour, EIO, Hostile, Probe, hampering};
use crate::support::is_tried;
use crate::support::naive;

type Pair = BufferedRwPair<Hostile, Hostile>;

/// A pair with buffers of `capacity` bytes, and its two devices.
fn pair(capacity: usize, content: &[u8], writes: &[Behaviour]) -> (Pair, Probe, Probe) {
    let reader = Hostile::new(content);
    let writer = Hostile::new(b"").with_all(writes);
    let probes = (reader.probe(), writer.probe());
    let pair = BufferedRwPair::with_capacity(capacity, reader, writer);
    (pair, probes.0, probes.1)
}

#[test]
fn rwp_1_reads_and_writes_have_nothing_to_do_with_each_other() {
    let (mut pair, from, to) = pair(4, b"abcdefgh", &[]);
    pair.write_all(b"12").unwrap();
    let mut two = [0; 2];
    pair.read_exact(&mut two).unwrap();
    pair.write_chunk(Chunk::from(b"34")).unwrap();
    assert_eq!((&two, pair.peek(3).unwrap()), (b"ab", &b"cde"[..]));
    assert_eq!((to.calls().writes, to.calls().seeks), (0, 0));
    pair.flush().unwrap();
    assert_eq!((to.content(), from.calls().writes), (b"1234".to_vec(), 0));
    assert_eq!(pair.read_chunk(9).unwrap(), b"cdefgh");
    assert_eq!((from.calls().seeks, to.calls().reads), (0, 0));
}

#[test]
fn rwp_1_the_contracts_of_both_halves_hold() {
    let content = naive::text(150);
    let mut turn = 0;
    for behaviours in hampering() {
        for capacity in 1..=40 {
            turn += 1;
            if !is_tried(turn, 8) {
                continue;
            }
            let device = |content: &[u8]| Hostile::new(content).with_all(&behaviours);
            let at = format!("pair, device {behaviours:?}, buffer of {capacity}");
            let open = || BufferedRwPair::with_capacity(capacity, device(&content), device(b""));
            contracts::reading(open, &content, &at);
            let open = || {
                let writer = device(b"");
                let probe = writer.probe();
                (
                    BufferedRwPair::with_capacity(capacity, device(b""), writer),
                    probe,
                )
            };
            contracts::writing(open, &content, &at);
        }
    }
}

#[test]
fn rwp_2_each_ability_is_that_of_its_half_and_a_terminal_is_either() {
    for (reads, writes) in [(false, false), (false, true), (true, false), (true, true)] {
        let device = |is_terminal: bool| {
            let behaviours = [
                Behaviour::Terminal,
                Behaviour::Unreadable,
                Behaviour::Unwritable,
            ];
            Hostile::new(b"").with_all(if is_terminal { &behaviours } else { &[] })
        };
        let (from, to) = (device(reads), device(writes));
        let pair = BufferedRwPair::new(from, to);
        assert_eq!((pair.readable(), pair.writable()), (!reads, !writes));
        assert_eq!(pair.is_terminal(), reads || writes);
    }
}

#[test]
fn rwp_3_a_pair_has_no_position() {
    let (mut pair, from, to) = pair(4, b"abcdefgh", &[]);
    assert!(!pair.seekable());
    unsupported(pair.rewind(), Operation::Seek);
    unsupported(pair.seek(SeekFrom::Current(1)), Operation::Seek);
    unsupported(pair.stream_position(), Operation::Tell);
    unsupported(pair.truncate(None), Operation::Truncate);
    unsupported(pair.truncate(Some(0)), Operation::Truncate);
    assert_eq!((from.calls(), to.calls()), Default::default());
}

#[test]
fn rwp_4_closing_works_once_and_then_every_call_says_so() {
    let (mut closed, from, to) = pair(4, b"abcdefgh", &[]);
    closed.write_all(b"12").unwrap();
    contracts::closing_buffered(&mut closed, "a pair");
    assert!(from.is_closed() && to.is_closed());
    assert_eq!(to.content(), b"12");
    assert_eq!((from.calls().closes, to.calls().closes), (2, 1));
}

#[test]
fn rwp_4_both_errors_are_reported_and_both_are_closed() {
    let (failing, full) = (Behaviour::FailingClose, Behaviour::ErrorAfter(1));
    for (reads, writes, expected) in [
        (Some(failing), None, vec![EIO + 1]),
        (None, Some(full), vec![EIO]),
        (Some(failing), Some(full), vec![EIO, EIO + 1]),
    ] {
        let reader = Hostile::new(b"").with_all(reads.as_slice());
        let writer = Hostile::new(b"").with_all(writes.as_slice());
        let (from, to) = (reader.probe(), writer.probe());
        let mut pair = BufferedRwPair::new(reader, writer);
        pair.write_all(b"12").unwrap();
        match expected[..] {
            [one, other] => contracts::both(pair.close(), one, other),
            _ => assert_eq!(
                pair.close().unwrap_err().raw_os_error(),
                expected.first().copied()
            ),
        }
        assert!(pair.is_closed() && from.is_closed() && to.is_closed());
        pair.close().unwrap();
        let (_, (_, pending)) = pair.into_parts();
        assert_eq!([&to.content()[..], &pending].concat(), b"12");
    }
}

#[test]
fn rwp_4_a_pair_is_closed_when_its_writing_half_is() {
    let (mut pair, from, _) = pair(4, b"abcdefgh", &[]);
    pair.writer_mut().close().unwrap();
    assert!(pair.is_closed() && !from.is_closed());
    assert_eq!(
        pair.read_chunk(9).unwrap(),
        b"abcd",
        "a half-closed socket is read on"
    );
    pair.close().unwrap();
    assert!(from.is_closed());
}

#[test]
fn rwp_5_into_parts_gives_everything_and_moves_nothing() {
    let (mut pair, from, to) = pair(4, b"abcdefgh", &[]);
    pair.read_exact(&mut [0; 1]).unwrap();
    pair.write_all(b"12").unwrap();
    let ((mut reader, ahead), (_, pending)) = pair.into_parts();
    assert_eq!((&ahead[..], &pending[..]), (&b"bcd"[..], &b"12"[..]));
    assert_eq!((from.calls().seeks, to.calls().writes), (0, 0));
    let mut rest = Vec::new();
    reader.read_to_end(&mut rest).unwrap();
    assert_eq!(rest, b"efgh");
}

#[test]
fn rwp_5_the_halves_go_apart_and_together_with_all_that_is_in_them() {
    let (mut pair, _, to) = pair(4, b"abcdefgh", &[]);
    pair.read_exact(&mut [0; 1]).unwrap();
    pair.write_all(b"12").unwrap();
    let (reader, writer) = pair.into_halves();
    assert_eq!((reader.buffer(), writer.pending()), (&b"bcd"[..], 2));
    let mut pair = BufferedRwPair::from_halves(reader, writer);
    let mut rest = Vec::new();
    pair.read_to_end(&mut rest).unwrap();
    pair.flush().unwrap();
    assert_eq!(
        (&rest[..], &to.content()[..]),
        (&b"bcdefgh"[..], &b"12"[..])
    );
}

#[test]
fn rwp_6_detach_writes_and_gives_both_devices_at_their_place() {
    let (mut pair, from, to) = pair(4, b"abcdefgh", &[]);
    pair.read_exact(&mut [0; 1]).unwrap();
    pair.write_all(b"12").unwrap();
    pair.detach().unwrap();
    assert_eq!((from.position(), to.content()), (1, b"12".to_vec()));
    assert!(!from.is_closed() && !to.is_closed());
}

#[test]
fn rwp_6_a_detach_that_would_lose_something_hands_the_pair_back() {
    let reader = Hostile::new(b"abcdefgh").with(Behaviour::Unseekable);
    let writer = Hostile::new(b"").with(Behaviour::Room(1));
    let to = writer.probe();
    let mut pair = BufferedRwPair::with_capacity(4, reader, writer);
    pair.read_exact(&mut [0; 1]).unwrap();
    pair.write_all(b"12").unwrap();
    let (error, pair) = pair.detach().unwrap_err().into_parts();
    assert!(error.is_would_block());
    assert_eq!(
        (pair.reader().buffer(), pair.writer().pending()),
        (&b"bcd"[..], 1)
    );
    to.make_room(10);
    let (error, mut pair) = pair.detach().unwrap_err().into_parts();
    let seek = Operation::Seek;
    assert!(matches!(error, Error::Unsupported { operation } if operation == seek));
    assert_eq!(to.content(), b"12");
    pair.consume(3);
    pair.detach().unwrap();
}

#[test]
fn rwp_7_the_buffers_are_those_of_a_reader_and_a_writer() {
    let pair = BufferedRwPair::new(
        Hostile::new(b"").with(Behaviour::BlockSize(1 << 20)),
        BytesIo::new(),
    );
    assert_eq!(pair.reader().capacity(), 1 << 20);
    assert_eq!(pair.writer().capacity(), DEFAULT_BUFFER_SIZE);
    let pair = BufferedRwPair::with_capacity(0, BytesIo::new(), BytesIo::new());
    assert_eq!((pair.reader().capacity(), pair.writer().capacity()), (1, 1));
    let debug = format!("{pair:?}");
    assert!(
        debug.contains("pending: 0") && debug.contains("buffered: 0"),
        "{debug}"
    );
}

#[test]
fn rwp_7_lines_have_a_limit_here_too() {
    let (mut pair, ..) = pair(4, b"much too long\nok\n", &[]);
    pair.reader_mut().set_line_limit(Some(5));
    let mut line = String::new();
    let error = pair.read_line(&mut line).unwrap_err();
    assert!(matches!(error.into(), Error::LineTooLong { limit: 5, .. }));
    assert_eq!(pair.skip_until(b'\n').unwrap(), 14);
    assert_eq!(pair.read_line(&mut line).unwrap(), 3);
}

#[test]
fn rwp_8_text_goes_both_ways() {
    let (pair, _, to) = pair(4, "HELO caf\u{e9}\r\nQUIT\r\n".as_bytes(), &[]);
    let options = TextOptions::new().newlines(Newline::Universal, Newline::Lf);
    let mut chat = TextIoWrapper::with_options(pair, options);
    assert_eq!(chat.next_line().unwrap().as_deref(), Some("HELO caf\u{e9}"));
    chat.write_str("250 caf\u{e9}\n").unwrap();
    assert_eq!(chat.next_line().unwrap().as_deref(), Some("QUIT"));
    chat.write_str("221\n").unwrap();
    assert!(chat.next_line().unwrap().is_none());
    chat.close().unwrap();
    assert_eq!(to.content(), "250 caf\u{e9}\n221\n".as_bytes());
}

/// Over a socket: the peer sees the end and replies. What the encoding needs at the end comes first.
#[cfg(all(feature = "socket", unix, feature = "encodings"))]
#[test]
fn rwp_16_text_is_read_on_after_its_writing_half_was_closed() {
    use std::os::unix::net::UnixStream;

    use iolite::text::LineEnding;
    use iolite::{SocketIo, TextIoExt};
    for by_text in [true, false] {
        let (one, mut peer) = UnixStream::pair().unwrap();
        let pair = BufferedRwPair::from_socket(SocketIo::from(one)).unwrap();
        let options = TextOptions::new().encoding("iso2022_jp".parse().unwrap());
        let mut text = TextIoWrapper::with_options(pair, options);
        peer.write_all(b"ready\n").unwrap();
        assert_eq!(text.next_line().unwrap().as_deref(), Some("ready"));
        text.write_str("\u{3042}").unwrap();
        if by_text {
            text.close_writer().unwrap();
            text.close_writer().unwrap();
        } else {
            text.flush().unwrap();
            text.get_mut().writer_mut().close().unwrap();
        }
        let mut sent = Vec::new();
        peer.read_to_end(&mut sent).unwrap();
        let shift: &[u8] = if by_text { b"\x1b(B" } else { b"" };
        assert_eq!(sent, [b"\x1b$B$\"", shift].concat());
        assert!(matches!(text.write_str("more"), Err(Error::Closed)));
        assert!(matches!(text.write_str(""), Err(Error::Closed)));

        peer.write_all(b"reply\nrest\nchars").unwrap();
        assert_eq!(text.skip_line().unwrap(), LineEnding::Lf);
        assert_eq!(text.next_line().unwrap().as_deref(), Some("rest"));
        let mut chars = String::new();
        assert_eq!(text.read_chars(5, &mut chars).unwrap(), 5);
        assert_eq!(text.close().is_ok(), by_text, "the end of the shift");
        assert!(matches!(text.next_line(), Err(Error::Closed)));
        assert!(matches!(text.read_chars(1, &mut chars), Err(Error::Closed)));
    }
}

#[test]
fn rwp_16_a_stream_of_one_has_no_writing_half() {
    let mut text = TextIoWrapper::new(BufferedWriter::new(BytesIo::new()));
    text.write_str("one, ").unwrap();
    unsupported(text.close_writer(), Operation::Close);
    text.write_str("two").unwrap();
    let buffer = text.detach().unwrap();
    assert_eq!(buffer.detach().unwrap().as_slice(), b"one, two");
}

#[test]
fn rwp_16_the_writer_is_closed_even_if_the_device_fails() {
    let full = Hostile::new(b"").with_all(&[Behaviour::ErrorAfter(1)]);
    let to = full.probe();
    let mut text = TextIoWrapper::new(BufferedRwPair::new(Hostile::new(b"in\n"), full));
    text.write_str("out").unwrap();
    assert_eq!(text.close_writer().unwrap_err().raw_os_error(), Some(EIO));
    assert!(to.is_closed());
    assert_eq!(text.next_line().unwrap().as_deref(), Some("in"));
    text.close().unwrap();
}

/// The halves are what they are alone, so a box of either kind fits everywhere.
#[test]
fn rwp_8_a_pair_is_a_buffered_stream_like_any_other() {
    let boxes: Vec<Box<dyn BufferedIo + Send>> = vec![
        Box::new(BufferedReader::new(BytesIo::from(b"a\n".to_vec()))),
        Box::new(BufferedWriter::new(BytesIo::new())),
        Box::new(BufferedRwPair::new(
            BytesIo::from(b"a\n".to_vec()),
            BytesIo::new(),
        )),
    ];
    let able = boxes
        .iter()
        .map(|stream| (stream.readable(), stream.writable()));
    assert_eq!(
        able.collect::<Vec<_>>(),
        [(true, false), (false, true), (true, true)]
    );
}

#[cfg(all(feature = "socket", unix))]
#[test]
fn rwp_14_a_socket_becomes_a_pair() {
    use std::os::unix::net::UnixStream;

    use iolite::SocketIo;
    let (one, other) = UnixStream::pair().unwrap();
    let mut asking = BufferedRwPair::from_socket(SocketIo::from(one)).unwrap();
    let mut answering = BufferedRwPair::from_socket(SocketIo::from(other)).unwrap();
    asking.write_all(b"all of it").unwrap();
    asking.writer_mut().close().unwrap();
    let mut question = Vec::new();
    answering.read_to_end(&mut question).unwrap();
    assert_eq!(question, b"all of it");
    answering.write_all(b"yes\n").unwrap();
    answering.close().unwrap();
    let mut answer = String::new();
    asking.read_line(&mut answer).unwrap();
    assert_eq!((&*answer, asking.read(&mut [0]).unwrap()), ("yes\n", 0));
    let mut closed = SocketIo::from(UnixStream::pair().unwrap().0);
    closed.close().unwrap();
    let refused = BufferedRwPair::from_socket(closed);
    assert!(matches!(refused, Err(Error::Closed)));
}
