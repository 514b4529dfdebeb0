//! Chapter "Buffered streams", the reader.

use std::io::{BufRead, ErrorKind, Read, Seek, SeekFrom, Write};

use iolite::error::Operation;
use iolite::{BufferedIo, BufferedReader, BufferedWriter, BytesIo, Error, IoBase};
use rstest::rstest;

use crate::support::devices::{Behaviour, EIO, Hostile, Probe};
use crate::support::naive;

/// A reader with a buffer of `capacity` bytes over a well-behaved device.
fn reader(capacity: usize, content: &[u8]) -> (BufferedReader<Hostile>, Probe) {
    let device = Hostile::new(content);
    let probe = device.probe();
    (BufferedReader::with_capacity(capacity, device), probe)
}

fn take(reader: &mut impl Read, n: usize) -> Vec<u8> {
    let mut buf = vec![0; n];
    reader.read_exact(&mut buf).unwrap();
    buf
}

#[test]
fn buf_10_one_device_read_fills_the_buffer() {
    let (mut reader, probe) = reader(100, &naive::ramp(250));
    for _ in 0..250 {
        take(&mut reader, 1);
    }
    assert_eq!(probe.read_sizes(), [100, 100, 100]);
    assert_eq!(probe.calls().seeks, 0);
}

#[test]
fn buf_10_making_a_reader_reads_nothing() {
    let (reader, probe) = reader(100, b"abc");
    assert_eq!(reader.buffer(), b"");
    drop(reader);
    assert_eq!(probe.calls().reads, 0);
}

#[test]
fn buf_11_read_gives_what_is_buffered_and_asks_the_device_only_if_nothing_is() {
    let (mut reader, probe) = reader(4, b"abcdefgh");
    let mut buf = [0; 3];
    assert_eq!(reader.read(&mut buf).unwrap(), 3);
    assert_eq!(reader.read(&mut buf).unwrap(), 1);
    assert_eq!(probe.calls().reads, 1);
    assert_eq!(reader.read(&mut buf).unwrap(), 3);
    assert_eq!(probe.calls().reads, 2);
}

#[test]
fn buf_11_nothing_is_read_for_an_empty_slice() {
    let (mut reader, probe) = reader(4, b"abc");
    assert_eq!(reader.read(&mut []).unwrap(), 0);
    reader.read_exact(&mut []).unwrap();
    assert_eq!(reader.read_chunk(0).unwrap(), b"");
    assert_eq!(reader.peek(0).unwrap(), b"");
    assert_eq!(probe.calls().reads, 0);
}

#[test]
fn buf_12_large_reads_go_straight_into_the_callers_memory() {
    let (mut reader, probe) = reader(8, &naive::ramp(100));
    let mut buf = [0; 8];
    assert_eq!(reader.read(&mut buf).unwrap(), 8);
    assert_eq!(probe.targets(), [buf.as_ptr() as usize]);
    let mut small = [0; 7];
    assert_eq!(reader.read(&mut small).unwrap(), 7);
    assert_ne!(probe.targets()[1], small.as_ptr() as usize);
}

#[test]
fn buf_12_the_large_part_of_read_exact_goes_straight_into_the_callers_memory() {
    let (mut reader, probe) = reader(8, &naive::ramp(100));
    take(&mut reader, 3);
    let mut buf = [0; 50];
    reader.read_exact(&mut buf).unwrap();
    assert_eq!(buf[..], naive::ramp(100)[3..53]);
    assert_eq!(probe.targets()[1], buf[5..].as_ptr() as usize);
    assert_eq!(probe.read_sizes(), [8, 45]);
}

#[test]
fn buf_13_a_chunk_shares_the_buffers_memory() {
    let (mut reader, probe) = reader(10, b"abcdefgh");
    let buffered = reader.fill_buf().unwrap().as_ptr();
    let chunk = reader.read_chunk(3).unwrap();
    assert_eq!((&chunk[..], chunk.as_ptr()), (&b"abc"[..], buffered));
    assert_eq!(probe.targets(), [buffered as usize]);
    assert_eq!(reader.read_chunk(100).unwrap(), b"defgh");
    assert_eq!(probe.calls().reads, 1);
}

#[test]
fn buf_13_read_chunk_calls_the_device_once_at_most() {
    let device = Hostile::new(b"abcdef").with(Behaviour::OneByte);
    let probe = device.probe();
    let mut reader = BufferedReader::new(device);
    assert_eq!(reader.read_chunk(100).unwrap(), b"a");
    assert_eq!(probe.calls().reads, 1);
}

#[test]
fn buf_14_chunks_that_are_kept_never_change() {
    let content = naive::ramp(5000);
    for capacity in [1, 3, 8, 64, 100] {
        let (mut reader, _) = reader(capacity, &content);
        let mut kept = Vec::new();
        loop {
            let chunk = reader.read_chunk(7).unwrap();
            if chunk.is_empty() {
                break;
            }
            kept.push(chunk);
        }
        assert_eq!(kept.concat(), content, "buffer of {capacity}");
    }
}

#[test]
fn buf_15_memory_lends_its_own_bytes() {
    let mut memory = BytesIo::from(b"abcdef".to_vec());
    memory.seek(SeekFrom::Start(1)).unwrap();
    let address = memory.as_slice().as_ptr();
    let mut reader = BufferedReader::with_capacity(2, memory);
    let chunk = reader.read_chunk(4).unwrap();
    assert_eq!(chunk, b"bcde");
    assert_eq!(chunk.as_ptr(), address.wrapping_add(1));
    assert_eq!(reader.stream_position().unwrap(), 5);
    assert_eq!(reader.read_chunk(4).unwrap(), b"f");
    assert_eq!(reader.read_chunk(4).unwrap(), b"");
}

#[test]
fn buf_15_what_is_buffered_comes_before_what_is_lent() {
    let mut reader = BufferedReader::with_capacity(2, BytesIo::from(b"abcdef".to_vec()));
    assert_eq!(take(&mut reader, 1), b"a");
    assert_eq!(reader.read_chunk(9).unwrap(), b"b");
    assert_eq!(reader.read_chunk(9).unwrap(), b"cdef");
}

#[test]
fn buf_16_peek_takes_nothing_and_may_exceed_the_buffer() {
    let content = naive::text(300);
    for capacity in 1..=40 {
        let (mut reader, _) = reader(capacity, &content);
        take(&mut reader, 5);
        for n in [1, 10, 40, 100, 7, 290] {
            assert_eq!(
                reader.peek(n).unwrap(),
                &content[5..5 + n],
                "{capacity}, {n}"
            );
            assert_eq!(reader.stream_position().unwrap(), 5);
        }
        assert_eq!(take(&mut reader, 295), content[5..], "{capacity}");
    }
}

#[rstest]
#[case::buf_17_peek_is_short_only_at_the_end(7)]
#[case::buf_17_peek_takes_any_number(usize::MAX)]
fn peek_at_the_end(#[case] n: usize) {
    let device = Hostile::new(b"abc").with(Behaviour::OneByte);
    let mut reader = BufferedReader::with_capacity(2, device);
    assert_eq!(reader.peek(n).unwrap(), b"abc");
    assert_eq!(take(&mut reader, 3), b"abc");
    assert_eq!(reader.peek(n).unwrap(), b"");
}

#[test]
fn buf_18_read_exact_is_all_or_nothing() {
    for capacity in 1..=40 {
        for expected in [6, 7, 39, 40, 41, 500] {
            let (mut reader, _) = reader(capacity, b"abcdef");
            take(&mut reader, 1);
            let error = reader.read_exact(&mut vec![0; expected]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
            let at = format!("{expected} bytes, buffer of {capacity}");
            match Error::from(error) {
                Error::PartialRead {
                    available: 5,
                    expected: e,
                } => assert_eq!(e, expected, "{at}"),
                other => panic!("{at}: {other:?}"),
            }
            assert_eq!(reader.stream_position().unwrap(), 1, "{at}");
            assert_eq!(take(&mut reader, 5), b"bcdef", "{at}");
        }
    }
}

/// CPython loses the bytes that it took before the error.
#[test]
fn buf_19_an_error_in_the_middle_loses_nothing() {
    for capacity in 1..=40 {
        for at in 0..20 {
            let device = Hostile::new(&naive::ramp(30)).with(Behaviour::ErrorAfter(at));
            let mut reader = BufferedReader::with_capacity(capacity, device);
            let error = reader.read_exact(&mut [0; 25]).unwrap_err();
            assert_eq!(error.raw_os_error(), Some(EIO));
            assert_eq!(reader.stream_position().unwrap(), 0, "{capacity}, {at}");
            assert_eq!(take(&mut reader, 30), naive::ramp(30), "{capacity}, {at}");
        }
    }
}

#[test]
fn buf_20_a_line_that_is_not_there_yet_stays_in_place() {
    let device = Hostile::new(b"ab\ncd").with_all(&[Behaviour::WouldBlock, Behaviour::OneByte]);
    let mut reader = BufferedReader::with_capacity(4, device);
    let mut line = String::from(">");
    let mut refusals = 0;
    while let Err(error) = reader.read_line(&mut line) {
        assert_eq!((error.kind(), &*line), (ErrorKind::WouldBlock, ">"));
        refusals += 1;
        assert!(refusals < 10);
    }
    assert_eq!((&*line, refusals), (">ab\n", 3));
}

#[test]
fn buf_20_read_until_gives_up_to_its_byte_or_the_end() {
    let (mut reader, _) = reader(2, b"a,bb,c");
    let mut out = Vec::new();
    assert_eq!(reader.read_until(b',', &mut out).unwrap(), 2);
    assert_eq!(reader.read_until(b',', &mut out).unwrap(), 3);
    assert_eq!(reader.read_until(b',', &mut out).unwrap(), 1);
    assert_eq!(reader.read_until(b',', &mut out).unwrap(), 0);
    assert_eq!(out, b"a,bb,c");
}

#[rstest]
#[case::buf_21_a_bad_byte(b"ok\n..\xff!\nrest", b"..\xff!\n", 5, b"\xff")]
#[case::buf_21_a_bad_sequence(b"ok\n\xe2\x82!\nrest", b"\xe2\x82!\n", 3, b"\xe2\x82")]
#[case::buf_21_cut_off_by_the_line(b"ok\na\xe2\x82\nrest", b"a\xe2\x82\n", 4, b"\xe2\x82")]
#[case::buf_21_cut_off_at_the_end(b"ok\nab\xe2\x82", b"ab\xe2\x82", 5, b"\xe2\x82")]
fn not_utf8(
    #[case] content: &[u8],
    #[case] bad_line: &[u8],
    #[case] bad_at: u64,
    #[case] bad: &[u8],
    #[values(None, Some(Behaviour::Unseekable))] behaviour: Option<Behaviour>,
) {
    for capacity in 1..=20 {
        let device = Hostile::new(content).with_all(behaviour.as_slice());
        let mut reader = BufferedReader::with_capacity(capacity, device);
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let error = reader.read_line(&mut line).unwrap_err();
        assert_eq!((error.kind(), &*line), (ErrorKind::InvalidData, "ok\n"));
        let Error::NotUtf8 { line, source } = error.into() else {
            panic!("another error");
        };
        assert_eq!(line, bad_line);
        match *source {
            Error::Decode {
                encoding,
                offset,
                bytes,
                ..
            } => assert_eq!((encoding, offset, &bytes[..]), ("utf-8", bad_at, bad)),
            other => panic!("{other:?}"),
        }
        let mut rest = Vec::new();
        reader.read_to_end(&mut rest).unwrap();
        assert_eq!(rest, content[3 + bad_line.len()..], "buffer of {capacity}");
    }
}

/// The place was a number of bytes since reading began, whatever the reason.
#[test]
fn buf_21_a_device_that_cannot_say_its_place_now_is_asked_again() {
    let mut device = Hostile::new(b"....\xff\n");
    device.seek(SeekFrom::Start(2)).unwrap();
    let probe = device.probe();
    let mut reader = BufferedReader::new(device);
    reader.fill_buf().unwrap();
    probe.fail_next(EIO);
    let error = reader.read_line(&mut String::new()).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(EIO));
    let error = reader.read_line(&mut String::new()).unwrap_err();
    let Error::NotUtf8 { line, source } = error.into() else {
        panic!("another error");
    };
    assert_eq!(line, b"..\xff\n", "nothing was taken before");
    assert!(
        matches!(*source, Error::Decode { offset: 4, .. }),
        "{source}"
    );
}

#[test]
fn buf_22_consume_takes_at_most_what_is_buffered() {
    let (mut reader, _) = reader(4, b"abcdefgh");
    reader.consume(3);
    assert_eq!(reader.fill_buf().unwrap(), b"abcd");
    reader.consume(usize::MAX);
    assert_eq!(reader.buffer(), b"");
    assert_eq!(take(&mut reader, 1), b"e");
}

#[rstest]
#[case::buf_23_seek_forward(SeekFrom::Start(9))]
#[case::buf_23_seek_back(SeekFrom::Start(0))]
#[case::buf_23_seek_to_the_end_of_the_buffer(SeekFrom::Start(10))]
#[case::buf_23_seek_ahead_of_here(SeekFrom::Current(3))]
#[case::buf_23_seek_before_here(SeekFrom::Current(-5))]
#[case::buf_23_seek_nowhere(SeekFrom::Current(0))]
fn seeks_inside_the_buffer(#[case] to: SeekFrom) {
    let (mut reader, probe) = reader(10, &naive::ramp(100));
    take(&mut reader, 5);
    assert_eq!(reader.stream_position().unwrap(), 5);
    let before = probe.calls();
    let position = reader.seek(to).unwrap();
    assert_eq!(reader.stream_position().unwrap(), position);
    assert_eq!(probe.calls(), before, "the device was called");
    assert_eq!(take(&mut reader, 1), [position as u8]);
}

#[test]
fn buf_24_the_device_is_asked_for_its_position_twice() {
    let (mut reader, probe) = reader(10, &naive::ramp(100));
    for _ in 0..40 {
        let before = reader.stream_position().unwrap();
        assert_eq!(take(&mut reader, 1), [before as u8]);
    }
    assert_eq!((probe.calls().seeks, probe.calls().reads), (2, 4));
}

#[test]
fn buf_24_the_position_is_the_devices_from_the_start() {
    let mut device = Hostile::new(&naive::ramp(100));
    device.seek(SeekFrom::Start(40)).unwrap();
    let mut reader = BufferedReader::with_capacity(10, device);
    assert_eq!(take(&mut reader, 3), [40, 41, 42]);
    assert_eq!(reader.stream_position().unwrap(), 43);
}

#[rstest]
#[case::buf_25_far_ahead(SeekFrom::Start(50), 50)]
#[case::buf_25_before_the_buffer(SeekFrom::Start(3), 3)]
#[case::buf_25_from_the_end(SeekFrom::End(-30), 70)]
#[case::buf_25_relative_to_the_logical_position(SeekFrom::Current(20), 42)]
#[case::buf_25_behind_the_end(SeekFrom::Start(1000), 1000)]
fn seeks_outside_the_buffer(#[case] to: SeekFrom, #[case] expected: u64) {
    let (mut reader, probe) = reader(10, &naive::ramp(100));
    reader.seek(SeekFrom::Start(20)).unwrap();
    take(&mut reader, 2);
    reader.stream_position().unwrap();
    let before = probe.calls().seeks;
    assert_eq!(reader.seek(to).unwrap(), expected);
    assert_eq!(probe.calls().seeks, before + 1);
    assert_eq!((reader.buffer(), probe.position()), (&b""[..], expected));
    assert_eq!(reader.read(&mut [0]).unwrap(), usize::from(expected < 100));
}

#[test]
fn buf_26_a_failed_seek_loses_nothing() {
    let (mut reader, probe) = reader(10, &naive::ramp(100));
    take(&mut reader, 5);
    reader.stream_position().unwrap();
    probe.fail_next(EIO);
    let error = reader.seek(SeekFrom::Start(90)).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(EIO));
    assert_eq!(reader.stream_position().unwrap(), 5);
    assert_eq!(reader.buffer(), [5, 6, 7, 8, 9]);
    assert_eq!(take(&mut reader, 95), naive::ramp(100)[5..]);
}

#[rstest]
#[case::buf_27_from_here(SeekFrom::Current(-6))]
#[case::buf_27_far_from_here(SeekFrom::Current(i64::MIN))]
#[case::buf_27_from_the_end(SeekFrom::End(-101))]
fn seeks_before_the_start(#[case] to: SeekFrom) {
    let (mut reader, _) = reader(10, &naive::ramp(100));
    take(&mut reader, 5);
    assert_eq!(reader.seek(to).unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(reader.stream_position().unwrap(), 5);
    assert_eq!(take(&mut reader, 1), [5]);
}

#[test]
fn buf_28_a_pipe_has_no_position() {
    let device = Hostile::new(b"abc").with(Behaviour::Unseekable);
    let mut reader = BufferedReader::new(device);
    assert!(!reader.seekable());
    take(&mut reader, 1);
    for outcome in [
        reader.stream_position(),
        reader.rewind().map(|()| 0),
        reader.seek(SeekFrom::Current(1)),
        reader.seek(SeekFrom::End(0)),
    ] {
        assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Unsupported);
    }
    assert_eq!(take(&mut reader, 2), b"bc");
}

#[test]
fn buf_29_into_parts_gives_what_was_read_ahead() {
    let (mut reader, probe) = reader(5, b"abcdefgh");
    take(&mut reader, 2);
    let address = reader.buffer().as_ptr();
    let (mut device, ahead) = reader.into_parts();
    assert_eq!((&ahead[..], ahead.as_ptr()), (&b"cde"[..], address));
    assert_eq!(probe.calls().seeks, 0);
    let mut rest = String::new();
    device.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "fgh");
}

/// CPython's loses what was read ahead.
#[test]
fn buf_30_detach_moves_the_device_back() {
    let (mut reader, probe) = reader(5, b"abcdefgh");
    take(&mut reader, 2);
    let mut device = reader.detach().unwrap();
    assert_eq!(probe.position(), 2);
    assert_eq!(take(&mut device, 6), b"cdefgh");
}

#[test]
fn buf_30_detaching_a_pipe_hands_the_stream_back() {
    let pipe = || Hostile::new(b"abcdef").with(Behaviour::Unseekable);
    let mut reader = BufferedReader::with_capacity(3, pipe());
    take(&mut reader, 1);
    let error = reader.detach().unwrap_err();
    let seek = Operation::Seek;
    assert!(matches!(error.error(), Error::Unsupported { operation } if *operation == seek));
    let (_, mut reader) = error.into_parts();
    assert_eq!(take(&mut reader, 2), b"bc");
    assert!(reader.detach().is_ok(), "nothing was read ahead");
}

#[test]
fn buf_31_flushing_a_reader_does_nothing() {
    let (mut reader, probe) = reader(5, b"abcdefgh");
    take(&mut reader, 2);
    let before = probe.calls();
    probe.overwrite(2, b"XXX");
    reader.flush().unwrap();
    assert_eq!(probe.calls(), before);
    assert_eq!(
        take(&mut reader, 4),
        b"cdef",
        "the buffer is kept, stale as it is"
    );
}

#[test]
fn buf_32_closing_a_reader_closes_the_device() {
    let (mut reader, probe) = reader(5, b"abcdefgh");
    take(&mut reader, 2);
    reader.close().unwrap();
    assert!(probe.is_closed() && reader.is_closed());
    assert_eq!((reader.buffer(), probe.calls().flushes), (&b""[..], 0));
}

#[test]
fn buf_33_a_lender_that_lies_is_found_out() {
    let mut reader = BufferedReader::new(Hostile::new(b"").with(Behaviour::LyingLender));
    let operation = Operation::Read;
    match reader.read_chunk(5).unwrap_err() {
        Error::BadCount {
            operation: o,
            claimed: 6,
            limit: 5,
        } => assert_eq!(o, operation),
        other => panic!("{other:?}"),
    }
}

#[test]
fn buf_18_a_clean_end_is_told_from_a_frame_that_was_cut_short() {
    for capacity in 1..=10 {
        let (mut frames, _) = reader(capacity, b"onetwoth");
        let mut frame = [0; 3];
        frames.read_exact(&mut frame).unwrap();
        frames.read_exact(&mut frame).unwrap();
        for available in [2, 0] {
            let error = Error::from(frames.read_exact(&mut frame).unwrap_err());
            let expected = Error::PartialRead {
                available,
                expected: 3,
            };
            assert_eq!(error.to_string(), expected.to_string());
            frames.consume(2);
        }
    }
}

#[test]
fn buf_85_the_stream_goes_on_where_the_device_is_left() {
    let (mut reader, _) = reader(4, b"abcdefghij");
    take(&mut reader, 4);
    assert!(reader.buffer().is_empty());
    reader.get_mut().seek(SeekFrom::Start(8)).unwrap();
    assert_eq!(reader.stream_position().unwrap(), 8);
    assert_eq!(take(&mut reader, 2), b"ij");
}

#[test]
fn buf_85_bytes_from_before_the_device_was_moved_are_not_sought() {
    for to in [SeekFrom::Current(-2), SeekFrom::Start(6)] {
        let (mut reader, _) = reader(4, b"abcdefghij");
        take(&mut reader, 1);
        take(&mut reader, 3);
        reader.get_mut().seek(SeekFrom::Start(8)).unwrap();
        assert_eq!(reader.seek(to).unwrap(), 6);
        assert_eq!(take(&mut reader, 2), b"gh");
    }
}

#[test]
fn buf_85_what_was_read_ahead_and_what_is_pending_still_comes_next() {
    let (mut reader, _) = reader(4, b"abcdefghij");
    take(&mut reader, 1);
    let _ = reader.get_mut().stream_position().unwrap();
    assert_eq!(take(&mut reader, 9), b"bcdefghij");
    let mut writer = BufferedWriter::new(BytesIo::from(b"......".to_vec()));
    writer.write_all(b"XY").unwrap();
    writer.get_mut().seek(SeekFrom::Start(3)).unwrap();
    assert_eq!(writer.stream_position().unwrap(), 5);
    assert_eq!(writer.detach().unwrap().as_slice(), b"...XY.");
}

/// A jump costs what is needed at its end, and who then goes on reading soon has whole buffers again.
#[test]
fn buf_86_little_is_read_ahead_after_a_jump() {
    let (mut reader, probe) = reader(64 * 1024, &naive::ramp(1 << 20));
    take(&mut reader, 1);
    for place in [500_000, 100_000, 900_000] {
        assert_eq!(reader.seek(SeekFrom::Start(place)).unwrap(), place);
        take(&mut reader, 100);
    }
    assert_eq!(probe.read_sizes(), [65_536, 4096, 4096, 4096]);
    reader.seek(SeekFrom::Start(0)).unwrap();
    for _ in 0..256 * 1024 {
        take(&mut reader, 1);
    }
    let sizes = [4096, 8192, 16_384, 32_768, 65_536, 65_536, 65_536, 65_536];
    assert_eq!(probe.read_sizes()[4..], sizes);
}

#[test]
fn buf_86_what_is_asked_for_at_once_is_read_at_once() {
    let (mut reader, probe) = reader(64 * 1024, &naive::ramp(1 << 20));
    reader.seek(SeekFrom::Start(1000)).unwrap();
    assert_eq!(reader.peek(50_000).unwrap().len(), 50_000);
    assert_eq!(probe.calls().reads, 1);
}
