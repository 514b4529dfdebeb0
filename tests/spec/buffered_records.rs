//! Chapter "Buffered streams": records, limits, time-outs, panics, descriptors.

use std::io::{BufRead, ErrorKind, Read, Seek, SeekFrom, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use iolite::{BufferedIo, BufferedReader, BufferedWriter, Chunk, Error, IoBase, Separator};
use rstest::rstest;

use crate::support::devices::{Behaviour, EIO, Hostile, Probe};
use crate::support::naive;

/// A call of a reader.
type Call<T> = fn(&mut BufferedReader<Hostile>) -> iolite::Result<T>;

/// A reader with a buffer of `capacity` bytes over a device that behaves so.
fn reader(
    capacity: usize,
    content: &[u8],
    behaviours: &[Behaviour],
) -> (BufferedReader<Hostile>, Probe) {
    let device = Hostile::new(content).with_all(behaviours);
    let probe = device.probe();
    (BufferedReader::with_capacity(capacity, device), probe)
}

/// A writer with a buffer of `capacity` bytes over a device that behaves so.
fn writer(capacity: usize, behaviours: &[Behaviour]) -> (BufferedWriter<Hostile>, Probe) {
    let device = Hostile::new(b"").with_all(behaviours);
    let probe = device.probe();
    (BufferedWriter::with_capacity(capacity, device), probe)
}

fn rest(reader: &mut impl Read) -> Vec<u8> {
    let mut rest = Vec::new();
    reader.read_to_end(&mut rest).unwrap();
    rest
}

#[rstest]
#[case::buf_57_write(|w: &mut BufferedWriter<Hostile>| Ok(w.write(b"x").map(drop)?))]
#[case::buf_57_write_all(|w: &mut BufferedWriter<Hostile>| Ok(w.write_all(b"x")?))]
#[case::buf_57_format(|w: &mut BufferedWriter<Hostile>| Ok(write!(w, "{}", 1)?))]
#[case::buf_57_write_chunk(|w: &mut BufferedWriter<Hostile>| w.write_chunk(Chunk::from(b"x")))]
#[case::buf_57_flush(|w: &mut BufferedWriter<Hostile>| Ok(w.flush()?))]
#[case::buf_57_seek(|w: &mut BufferedWriter<Hostile>| Ok(w.rewind()?))]
#[case::buf_57_truncate(|w: &mut BufferedWriter<Hostile>| w.truncate(None).map(drop))]
#[case::buf_57_close(|w: &mut BufferedWriter<Hostile>| w.close())]
fn one_form(#[case] call: fn(&mut BufferedWriter<Hostile>) -> iolite::Result<()>) {
    let (mut writer, _) = writer(3, &[Behaviour::Room(0)]);
    writer.write_all(b"abc").unwrap();
    let error = call(&mut writer).unwrap_err();
    assert!(
        matches!(error, Error::WouldBlock { written: 0 }),
        "{error:?}"
    );
}

#[test]
fn buf_57_flushing_the_device_has_the_same_form() {
    let (mut writer, probe) = writer(3, &[]);
    probe.answer_next(ErrorKind::WouldBlock);
    let error = Error::from(writer.flush().unwrap_err());
    assert!(
        matches!(error, Error::WouldBlock { written: 0 }),
        "{error:?}"
    );
}

#[test]
fn buf_58_a_failed_write_all_says_how_much_was_taken() {
    for at in 1..30 {
        let (mut writer, probe) =
            writer(4, &[Behaviour::ErrorAfter(at), Behaviour::ShortWrites(3)]);
        let text = naive::ramp(40);
        let error = writer.write_all(&text).unwrap_err();
        match Error::from(error) {
            Error::WriteFailed { written, source } => {
                assert_eq!(source.raw_os_error(), Some(EIO));
                assert_eq!(written, probe.content().len() + writer.pending(), "{at}");
                writer.write_all(&text[written..]).unwrap();
            }
            other => panic!("{at}: {other:?}"),
        }
        writer.flush().unwrap();
        assert_eq!(probe.content(), text, "{at}");
    }
}

#[test]
fn buf_58_any_other_error_took_nothing() {
    let (mut writer, probe) = writer(4, &[]);
    writer.write_all(b"ab").unwrap();
    writer.write_all(b"cd").unwrap();
    probe.fail_next(EIO);
    let error = Error::from(writer.write_all(b"efghijkl").unwrap_err());
    assert!(matches!(error, Error::Io(_)), "{error:?}");
    assert_eq!((writer.pending(), probe.content().len()), (4, 0));
    writer.write_all(b"efghijkl").unwrap();
    writer.flush().unwrap();
    assert_eq!(probe.content(), b"abcdefghijkl");
}

/// std counts nothing at all, and its pieces would not be the caller's.
#[rstest]
#[case::buf_59_a_failure(Behaviour::ErrorAfter(7))]
#[case::buf_59_a_full_device(Behaviour::Room(7))]
fn formatted_text_is_one_call(#[case] behaviour: Behaviour) {
    let (mut writer, probe) = writer(2, &[behaviour]);
    let text = format!("{}, {} and {}", 12, 34, 56);
    let error = write!(writer, "{}, {} and {}", 12, 34, 56).unwrap_err();
    let (Error::WriteFailed { written, .. } | Error::WouldBlock { written }) = error.into() else {
        panic!("it does not say");
    };
    assert_eq!(written, probe.content().len() + writer.pending());
    assert!((7..10).contains(&written), "{written}");
    probe.make_room(100);
    writer.write_all(&text.as_bytes()[written..]).unwrap();
    writer.flush().unwrap();
    assert_eq!(probe.content(), text.as_bytes());
}

#[rstest]
fn buf_60_a_time_out_loses_nothing_that_is_read(
    #[values(ErrorKind::WouldBlock, ErrorKind::TimedOut)] kind: ErrorKind,
) {
    let slow = match kind {
        ErrorKind::TimedOut => Behaviour::TimedOut,
        _ => Behaviour::WouldBlock,
    };
    for capacity in 1..=40 {
        let (mut reader, _) = reader(capacity, &naive::text(60), &[slow, Behaviour::OneByte]);
        let calls: [Call<Vec<u8>>; 4] = [
            |r| Ok(r.peek(50)?.to_vec()),
            |r| {
                r.next_record(&Separator::new("?!")?)
                    .map(|record| record.to_vec())
            },
            |r| {
                let mut buf = vec![0; 50];
                r.read_exact(&mut buf)?;
                Ok(buf)
            },
            |r| {
                let mut line = Vec::new();
                r.read_until(b'?', &mut line)?;
                Ok(line)
            },
        ];
        let mut refusals = 0;
        for call in calls.iter().cycle().take(100) {
            match call(&mut reader) {
                Ok(bytes) => assert!(naive::text(60).starts_with(&bytes) && bytes.len() >= 50),
                Err(error) => {
                    assert_eq!(error.kind(), kind, "{error}");
                    refusals += 1;
                }
            }
            reader.seek(SeekFrom::Start(0)).unwrap();
        }
        assert!(refusals > 50, "{refusals}");
    }
}

#[test]
fn buf_60_a_time_out_loses_nothing_that_is_written() {
    let (mut writer, probe) = writer(4, &[Behaviour::TimedOut, Behaviour::ShortWrites(3)]);
    let text = naive::ramp(50);
    let (mut given, mut counted) = (0, 0);
    while given < text.len() {
        match writer.write_all(&text[given..]).map_err(Error::from) {
            Ok(()) => given = text.len(),
            Err(Error::WriteFailed { written, source }) => {
                assert_eq!(source.kind(), ErrorKind::TimedOut);
                (given, counted) = (given + written, counted + 1);
            }
            Err(error) => assert_eq!(error.kind(), ErrorKind::TimedOut),
        }
        assert_eq!(probe.content().len() + writer.pending(), given);
    }
    assert!(counted > 5, "{counted}");
    while let Err(error) = writer.flush() {
        assert_eq!(error.kind(), ErrorKind::TimedOut);
    }
    assert_eq!(probe.content(), text);
}

/// Every way to take a line, and whether it was too long.
fn lines() -> [Call<usize>; 4] {
    [
        |r| Ok(r.read_until(b'\n', &mut Vec::new())?),
        |r| Ok(r.read_line(&mut String::new())?),
        |r| Ok(r.slice_until(b'\n')?.len()),
        |r| Ok(r.next_record(&Separator::lf())?.len()),
    ]
}

#[test]
fn buf_61_a_line_longer_than_the_limit_is_an_error_and_stays() {
    for capacity in 1..=40 {
        for take in lines() {
            let (mut reader, _) = reader(capacity, b"12345\n123456\nlast", &[]);
            reader.set_line_limit(Some(5));
            assert_eq!(take(&mut reader).unwrap(), 6, "the limit itself is allowed");
            let error = take(&mut reader).unwrap_err();
            assert!(
                matches!(error, Error::LineTooLong { limit: 5, .. }),
                "{error:?}"
            );
            assert_eq!(reader.stream_position().unwrap(), 6);
            reader.set_line_limit(Some(6));
            assert_eq!(take(&mut reader).unwrap(), 7);
            reader.set_line_limit(Some(3));
            assert!(
                take(&mut reader).is_err(),
                "a last line without an end as well"
            );
            reader.set_line_limit(None);
            assert_eq!((take(&mut reader).unwrap(), reader.line_limit()), (4, None));
        }
    }
}

/// Ours stay before such a line for good; those that std's iterators are made of do not.
#[test]
fn buf_61_std_s_calls_pass_over_a_line_that_was_refused() {
    for capacity in 1..=40 {
        for (i, take) in lines().iter().enumerate() {
            let (mut reader, _) = reader(capacity, b"123456\nabc\n", &[]);
            reader.set_line_limit(Some(5));
            assert!(take(&mut reader).is_err());
            match i {
                0 | 1 => assert_eq!(take(&mut reader).unwrap(), 4),
                _ => assert!(matches!(
                    take(&mut reader),
                    Err(Error::LineTooLong { limit: 5, .. })
                )),
            }
        }
    }
}

#[rstest]
#[case::buf_61_a_higher_limit(|r: &mut BufferedReader<Hostile>| r.set_line_limit(Some(6)), b"123456\n")]
#[case::buf_61_a_seek(|r: &mut BufferedReader<Hostile>| r.seek_relative(1).unwrap(), b"23456\n")]
#[case::buf_61_bytes_that_were_taken(|r: &mut BufferedReader<Hostile>| r.consume(2), b"3456\n")]
fn the_line_is_wanted(#[case] change: fn(&mut BufferedReader<Hostile>), #[case] expected: &[u8]) {
    let (mut reader, _) = reader(10, b"123456\nabc\n", &[]);
    reader.set_line_limit(Some(5));
    let mut line = Vec::new();
    assert!(reader.read_until(b'\n', &mut line).is_err());
    change(&mut reader);
    reader.read_until(b'\n', &mut line).unwrap();
    assert_eq!(line, expected);
}

#[test]
fn buf_61_no_more_is_read_than_the_limit_and_a_buffer() {
    for take in &lines()[2..] {
        let (mut reader, probe) = reader(16, &[b'x'; 100_000], &[]);
        reader.set_line_limit(Some(100));
        assert!(matches!(take(&mut reader), Err(Error::LineTooLong { .. })));
        assert!(probe.position() <= 100 + 2 * 16, "{}", probe.position());
        let before = probe.calls();
        assert!(matches!(take(&mut reader), Err(Error::LineTooLong { .. })));
        assert_eq!(probe.calls(), before, "asking again reads nothing");
    }
}

#[test]
fn buf_61_a_record_with_a_long_end() {
    let end = Separator::new("--end--").unwrap();
    for capacity in 1..=20 {
        let (mut reader, _) = reader(
            capacity,
            b"12345--end--123456--end--",
            &[Behaviour::OneByte],
        );
        reader.set_line_limit(Some(5));
        assert_eq!(reader.next_record(&end).unwrap(), b"12345--end--");
        assert!(matches!(
            reader.next_record(&end),
            Err(Error::LineTooLong { limit: 5, .. })
        ));
        assert_eq!(reader.skip_record(&end).unwrap(), 13);
        assert_eq!(reader.next_record(&end).unwrap(), b"");
    }
}

#[test]
fn buf_62_a_line_is_skipped_in_constant_memory() {
    let content = [&vec![b'x'; 300_000][..], b"\nnext\n"].concat();
    let (mut reader, probe) = reader(64, &content, &[]);
    assert_eq!(reader.skip_until(b'\n').unwrap(), 300_001);
    assert!(probe.read_sizes().iter().all(|&size| size <= 64));
    assert_eq!(rest(&mut reader), b"next\n");
}

#[test]
fn buf_62_skipping_goes_on_after_an_error() {
    let end = Separator::any_of(["\r\n", "\r\n.\r\n"]).unwrap();
    for capacity in 1..=20 {
        let slow = [Behaviour::WouldBlock, Behaviour::OneByte];
        let (mut reader, _) = reader(capacity, b"some\rmore\r\n.\r\nnext", &slow);
        let mut refusals = 0;
        while let Err(error) = reader.skip_record(&end) {
            assert!(error.is_would_block());
            refusals += 1;
        }
        assert!(refusals > 10, "{refusals}");
        assert_eq!(reader.stream_position().unwrap(), 14);
    }
}

#[test]
fn buf_62_skipping_at_the_end_and_to_the_end() {
    let (mut reader, _) = reader(4, b"no end", &[]);
    assert_eq!(reader.skip_record(&Separator::crlf()).unwrap(), 6);
    assert_eq!(reader.skip_record(&Separator::crlf()).unwrap(), 0);
    assert_eq!(reader.skip_until(b'\n').unwrap(), 0);
}

#[rstest]
#[case::buf_63_several_bytes(&["\r\n\r\n"], b"a\r\nb\r\n\r\nc", &["a\r\nb\r\n\r\n", "c"])]
#[case::buf_63_the_longest_of_several(&["\r", "\n", "\r\n"], b"a\r\nb\rc\n", &["a\r\n", "b\r", "c\n"])]
#[case::buf_63_the_one_that_begins_first(&["bcde", "c"], b"abcdabcdec", &["abc", "dabcde", "c"])]
#[case::buf_63_one_that_is_nowhere(&["\0", "\n"], b"a\nb\n", &["a\n", "b\n"])]
fn records(#[case] ends: &[&str], #[case] content: &[u8], #[case] expected: &[&str]) {
    let separator = Separator::any_of(ends).unwrap();
    for capacity in 1..=40 {
        for slow in [&[][..], &[Behaviour::OneByte]] {
            let (mut reader, _) = reader(capacity, content, slow);
            for record in expected {
                assert_eq!(reader.next_record(&separator).unwrap(), record.as_bytes());
            }
            assert_eq!(reader.next_record(&separator).unwrap(), b"", "the end");
        }
    }
}

#[test]
fn buf_63_a_record_shares_the_buffers_memory() {
    let (mut reader, probe) = reader(100, b"first;second;", &[]);
    let end = Separator::byte(b';');
    let (first, second) = (
        reader.next_record(&end).unwrap(),
        reader.next_record(&end).unwrap(),
    );
    assert_eq!(probe.targets(), [first.as_ptr() as usize]);
    assert_eq!(second.as_ptr(), first.as_ptr().wrapping_add(6));
}

#[test]
fn buf_64_a_slice_is_lent_from_the_buffer() {
    let (mut reader, probe) = reader(100, b"first\nsecond\nlast", &[]);
    assert_eq!(reader.slice_until(b'\n').unwrap(), b"first\n");
    let slice = reader.slice_until(b'\n').unwrap();
    assert_eq!(slice, b"second\n");
    assert_eq!([slice.as_ptr() as usize - 6], probe.targets()[..]);
    assert_eq!(reader.slice_until(b'\n').unwrap(), b"last");
    assert_eq!(reader.slice_until(b'\n').unwrap(), b"");
}

/// A long read lost what it had taken when the device panicked.
#[test]
fn buf_65_a_panic_while_reading_loses_nothing() {
    for capacity in [1, 4, 16, 40] {
        for at in 0..20 {
            let (mut reader, _) = reader(capacity, &naive::ramp(50), &[Behaviour::PanicAfter(at)]);
            let outcome = catch_unwind(AssertUnwindSafe(|| reader.read_exact(&mut [0; 30])));
            assert!(outcome.is_err());
            assert_eq!(reader.stream_position().unwrap(), 0, "{capacity}, {at}");
            assert_eq!(rest(&mut reader), naive::ramp(50), "{capacity}, {at}");
        }
    }
}

#[test]
fn buf_66_a_panic_while_writing_keeps_what_is_pending_in_order() {
    for at in 0..10 {
        let (mut writer, probe) = writer(10, &[Behaviour::PanicAfter(at)]);
        writer.write_all(b"01234").unwrap();
        writer.write_all(b"56789").unwrap();
        let outcome = catch_unwind(AssertUnwindSafe(|| writer.write(b"more")));
        assert!(outcome.is_err());
        assert_eq!((probe.content().len(), writer.pending()), (at, 10 - at));
        let (_, pending) = writer.into_parts();
        assert_eq!(&pending[..], &b"0123456789"[at..]);
    }
}

#[test]
fn buf_66_after_a_panic_while_writing_drop_writes_nothing() {
    let (mut writer, probe) = writer(4, &[Behaviour::PanicAfter(6), Behaviour::ShortWrites(3)]);
    let text = naive::ramp(30);
    let outcome = catch_unwind(AssertUnwindSafe(|| writer.write_all(&text)));
    assert!(outcome.is_err());
    let before = probe.calls().writes;
    let error = Error::from(writer.flush().and(writer.write_all(&text)).unwrap_err());
    assert!(matches!(error, Error::Poisoned), "{error:?}");
    drop(writer);
    assert_eq!(
        (probe.calls().writes, probe.content()),
        (before, text[..6].to_vec())
    );
}
