//! SPEC.md, "Random access": what any device shows. What it costs is in `random_cost`.

use std::io::{BufRead, Read, Seek, SeekFrom, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use iolite::error::Operation;
use iolite::raw::FileMode;
use iolite::{BufferedIo, BufferedRandom, BufferedReader, BytesIo, Chunk, Error, FileIo, IoBase};
use rstest::rstest;

use crate::support::contracts;
use crate::support::contracts::unsupported;
use crate::support::devices::{Behaviour, EIO, Hostile, Probe};
use crate::support::layer::{Layer, cache};

fn random(content: &[u8], behaviours: &[Behaviour]) -> (BufferedRandom<Hostile>, Probe) {
    let device = Hostile::new(content).with_all(behaviours);
    let probe = device.probe();
    (BufferedRandom::with_capacity(10, device).unwrap(), probe)
}

fn take(stream: &mut impl Read, n: usize) -> Vec<u8> {
    let mut buf = vec![0; n];
    stream.read_exact(&mut buf).unwrap();
    buf
}

#[test]
fn rnd_2_reads_see_what_was_written() {
    let (mut file, probe) = random(b"abcdef", &[]);
    file.write_all(b"XY").unwrap();
    assert_eq!(probe.calls().writes, 0);
    assert_eq!(take(&mut file, 2), b"cd");
    file.rewind().unwrap();
    assert_eq!(take(&mut file, 3), b"XYc");
    assert_eq!(probe.calls().writes, 0, "and still nothing is written");
}

#[test]
fn rnd_3_writes_go_where_the_reads_stopped() {
    let (mut file, probe) = random(b"abcdef", &[]);
    assert_eq!(take(&mut file, 2), b"ab");
    assert_eq!(probe.position(), 6, "read ahead");
    file.write_all(b"XY").unwrap();
    assert_eq!(file.stream_position().unwrap(), 4);
    assert_eq!(probe.calls().writes, 0, "until the drain");
    file.flush().unwrap();
    assert_eq!(probe.content(), b"abXYef");
}

/// CPython's own example of the rule.
#[test]
fn rnd_3_reads_and_writes_in_turn() {
    let (mut file, probe) = random(b"abcdefgh", &[]);
    for (digit, letter) in [(b"1", b"b"), (b"2", b"d"), (b"3", b"f")] {
        file.write_all(digit).unwrap();
        assert_eq!(take(&mut file, 1), letter);
    }
    file.flush().unwrap();
    assert_eq!(probe.content(), b"1b2d3fgh");
    file.write_all(b"4").unwrap();
    assert_eq!(file.read_chunk(9).unwrap(), b"h");
    file.flush().unwrap();
    assert_eq!(probe.content(), b"1b2d3f4h");
}

#[test]
fn rnd_3_a_peek_or_a_fill_does_not_move_where_a_write_goes() {
    let (mut file, probe) = random(b"abcdef", &[]);
    file.peek(3).unwrap();
    file.write_all(b"X").unwrap();
    file.fill_buf().unwrap();
    file.consume(1);
    file.write_all(b"Y").unwrap();
    file.flush().unwrap();
    assert_eq!(probe.content(), b"XbYdef");
}

#[test]
fn rnd_4_an_appending_device_writes_at_the_end_and_is_then_there() {
    let (mut file, probe) = random(b"abcdef", &[Behaviour::Appending]);
    assert_eq!(take(&mut file, 2), b"ab");
    file.write_all(b"XY").unwrap();
    assert_eq!(file.stream_position().unwrap(), 8);
    assert_eq!(
        file.read(&mut [0; 3]).unwrap(),
        0,
        "behind what was written is the end"
    );
    file.seek(SeekFrom::Start(4)).unwrap();
    assert_eq!(take(&mut file, 4), b"efXY");
    assert_eq!(probe.content(), b"abcdefXY");
}

#[test]
fn rnd_5_truncate_cuts_at_the_logical_position() {
    let (mut file, probe) = random(b"abcdef", &[]);
    assert_eq!(take(&mut file, 2), b"ab");
    assert_eq!(file.truncate(None).unwrap(), 2);
    assert_eq!(probe.content(), b"ab");
    file.write_all(b"X").unwrap();
    assert_eq!(file.truncate(None).unwrap(), 3);
    assert_eq!(
        (&probe.content()[..], file.stream_position().unwrap()),
        (&b"abX"[..], 3)
    );
}

#[test]
fn rnd_5_what_was_cut_off_is_not_read_from_the_buffer() {
    let (mut file, probe) = random(b"abcdef", &[]);
    file.peek(6).unwrap();
    assert_eq!(file.truncate(Some(3)).unwrap(), 3);
    let mut rest = Vec::new();
    file.read_to_end(&mut rest).unwrap();
    assert_eq!((rest, probe.content()), (b"abc".to_vec(), b"abc".to_vec()));
}

#[test]
fn rnd_6_flush_moves_the_device_and_forgets_what_was_read_ahead() {
    let (mut file, probe) = random(b"abcdef", &[]);
    assert_eq!(take(&mut file, 2), b"ab");
    probe.overwrite(2, b"XY");
    file.flush().unwrap();
    assert_eq!((probe.position(), file.stream_position().unwrap()), (2, 2));
    assert_eq!(take(&mut file, 4), b"XYef");
}

#[test]
fn rnd_7_detach_gives_the_device_at_the_logical_position() {
    let (mut file, probe) = random(b"abcdef", &[]);
    take(&mut file, 2);
    file.write_all(b"X").unwrap();
    take(&mut file, 1);
    let mut device = file.detach().unwrap();
    assert_eq!(
        (&probe.content()[..], probe.position()),
        (&b"abXdef"[..], 4)
    );
    assert_eq!(take(&mut device, 2), b"ef");
}

#[test]
fn rnd_7_a_failed_detach_hands_the_stream_back() {
    let (mut file, probe) = random(b"abcdef", &[Behaviour::ErrorAfter(0)]);
    file.write_all(b"XY").unwrap();
    let error = file.detach().unwrap_err();
    assert_eq!(error.error().raw_os_error(), Some(EIO));
    let (_, mut file) = error.into_parts();
    file.flush().unwrap();
    assert_eq!(probe.content(), b"XYcdef");
}

#[test]
fn rnd_8_drop_writes_what_is_pending() {
    let (mut file, probe) = random(b"abcdef", &[]);
    take(&mut file, 2);
    file.write_all(b"XY").unwrap();
    drop(file);
    assert_eq!(probe.content(), b"abXYef");
}

#[test]
fn rnd_8_drop_writes_nothing_after_a_panic() {
    let (mut file, probe) = random(b"abcdef", &[Behaviour::PanicOnWrite]);
    file.write_all(b"XY").unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| file.flush())).is_err());
    drop(file);
    assert_eq!(probe.calls().writes, 1);
}

#[test]
fn rnd_8_drop_does_not_panic_where_the_device_does() {
    let (mut file, _) = random(b"abcdef", &[Behaviour::PanicOnWrite]);
    file.write_all(b"XY").unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| drop(file))).is_ok());
}

#[test]
fn rnd_9_the_position_counts_what_is_pending_and_writes_nothing() {
    let (mut file, probe) = random(b"abcdef", &[]);
    take(&mut file, 3);
    assert_eq!(file.stream_position().unwrap(), 3);
    file.write_all(b"XY").unwrap();
    assert_eq!(file.stream_position().unwrap(), 5);
    assert_eq!(probe.calls().writes, 0);
}

#[test]
fn rnd_10_seeks_inside_what_was_read_ahead_cost_no_call() {
    let (mut file, probe) = random(b"abcdef", &[]);
    take(&mut file, 4);
    file.stream_position().unwrap();
    let before = probe.calls();
    file.seek(SeekFrom::Start(1)).unwrap();
    file.seek(SeekFrom::Current(2)).unwrap();
    assert_eq!(probe.calls(), before);
    assert_eq!(take(&mut file, 1), b"d");
}

#[test]
fn rnd_11_an_error_while_writing_back_loses_no_write() {
    let (mut file, probe) = random(&[b'.'; 40], &[Behaviour::ErrorAfter(1), Behaviour::OneByte]);
    file.write_all(b"XY").unwrap();
    file.seek(SeekFrom::Start(30)).unwrap();
    let error = file.read(&mut [0; 2]).unwrap_err();
    assert_eq!(
        (error.raw_os_error(), file.stream_position().unwrap()),
        (Some(EIO), 30)
    );
    assert_eq!((file.pending(), &probe.content()[..3]), (1, &b"X.."[..]));
    assert_eq!(take(&mut file, 2), b"..");
    assert_eq!(&probe.content()[..3], b"XY.");
    assert_eq!(probe.pieces()[1].1, 1, "only the rest was written again");
}

#[test]
fn rnd_11_an_error_while_asking_for_the_position_loses_nothing() {
    let (mut file, probe) = random(b"abcdef", &[]);
    probe.fail_next(EIO);
    assert_eq!(file.write(b"X").unwrap_err().raw_os_error(), Some(EIO));
    assert_eq!(file.pending(), 0);
    file.write_all(b"X").unwrap();
    assert_eq!(take(&mut file, 1), b"b");
    file.flush().unwrap();
    assert_eq!(probe.content(), b"Xbcdef");
}

#[test]
fn rnd_11_a_long_read_that_would_block_goes_on_where_it_stopped() {
    let behaviours = [Behaviour::WouldBlock, Behaviour::OneByte];
    let device = Hostile::new(b"abcdefgh").with_all(&behaviours);
    let probe = device.probe();
    let mut file = BufferedRandom::with_capacity(2, device).unwrap();
    let mut buf = [0; 7];
    let attempts = (1..100).find(|_| file.read_exact(&mut buf).is_ok());
    assert_eq!((attempts, &buf), (Some(8), b"abcdefg"));
    assert_eq!(probe.calls().reads, 14, "each byte was read once");
}

#[test]
fn rnd_12_close_writes_and_reports() {
    let (mut file, probe) = random(b"abcdef", &[]);
    take(&mut file, 2);
    file.write_all(b"XY").unwrap();
    probe.fail_next(EIO);
    assert_eq!(file.close().unwrap_err().raw_os_error(), Some(EIO));
    assert!(file.is_closed() && probe.is_closed());
    file.close().unwrap();
    drop(file);
    assert_eq!(probe.content(), b"abcdef");
}

#[test]
fn rnd_12_what_a_close_could_not_write_comes_out_of_into_parts() {
    for behaviour in [Behaviour::Positioned, Behaviour::OneByte] {
        let (mut file, probe) = random(b"abcdef", &[behaviour]);
        take(&mut file, 2);
        file.write_all(b"XYZ").unwrap();
        probe.fail_next(EIO);
        file.close().unwrap_err();
        contracts::closing_buffered(&mut file, "BufferedRandom after a failed close");
        assert_eq!((file.pending(), file.buffer()), (3, &b""[..]));
        let file = file.detach().unwrap_err().into_parts().1;
        let (_, pending) = file.into_parts();
        assert_eq!(pending.len(), 1);
        assert_eq!(
            (pending[0].offset, &pending[0].bytes),
            (Some(2), &"XYZ".into())
        );
        assert_eq!(probe.content(), b"abcdef");
    }
}

/// What waits for the end, and the rest of a chunk that went out in part, too.
#[test]
fn rnd_12_so_does_what_was_not_in_the_window() {
    let (mut file, probe) = random(b"abcdef", &[Behaviour::Appending]);
    file.write_all(b"XYZ").unwrap();
    probe.fail_next(EIO);
    file.close().unwrap_err();
    contracts::closing_buffered(&mut file, "an appending stream");
    let (_, pending) = file.into_parts();
    assert_eq!(
        (pending[0].offset, &pending[0].bytes),
        (None, &"XYZ".into())
    );

    let (mut file, probe) = random(b"", &[Behaviour::Room(4)]);
    file.write_chunk(Chunk::from(b"0123456789abc")).unwrap();
    file.close().unwrap_err();
    let (_, pending) = file.into_parts();
    assert_eq!(
        (pending[0].offset, &pending[0].bytes),
        (Some(4), &"456789abc".into())
    );
    assert_eq!(probe.content(), b"0123");
}

#[test]
fn rnd_12_close_reports_two_errors() {
    let (mut file, probe) = random(b"abcdef", &[Behaviour::FailingClose]);
    file.write_all(b"XY").unwrap();
    contracts::both(file.close(), EIO, EIO + 1);
    assert!(file.is_closed() && probe.is_closed());
}

#[test]
fn rnd_12_close_after_reading_writes_nothing() {
    let (mut file, probe) = random(b"abcdef", &[]);
    take(&mut file, 2);
    file.close().unwrap();
    assert!(probe.is_closed());
    assert_eq!((probe.calls().writes, probe.calls().closes), (0, 1));
}

#[test]
fn rnd_13_memory_lends_to_a_random_access_stream_too() {
    let mut file = BufferedRandom::new(BytesIo::from(b"abcdef".to_vec())).unwrap();
    let chunk = file.read_chunk(3).unwrap();
    assert_eq!(chunk.as_ptr(), file.get_ref().as_slice().as_ptr());
    file.write_all(b"X").unwrap();
    assert_eq!(file.read_chunk(9).unwrap(), b"ef");
    assert_eq!(chunk, b"abc", "and the chunk stays as it was");
    assert_eq!(file.detach().unwrap().as_slice(), b"abcXef");
}

#[test]
fn buf_9_debug_shows_sizes_and_no_content() {
    let mut reader = BufferedReader::with_capacity(9, BytesIo::from(b"secret".to_vec()));
    reader.peek(1).unwrap();
    let shown = format!("{reader:?}");
    assert!(
        shown.contains("capacity: 9") && shown.contains("buffered: 6"),
        "{shown}"
    );
    let (mut file, _) = random(b"", &[]);
    file.write_all(b"secret").unwrap();
    let shown = format!("{file:?}");
    assert!(
        shown.contains("capacity: 10") && shown.contains("pending: 6") && !shown.contains("secret"),
        "{shown}"
    );
    let error = Error::from(file.read_exact(&mut [0; 4]).unwrap_err());
    assert!(matches!(error, Error::PartialRead { available: 0, .. }));
}

#[rstest]
#[case::rnd_22_in_small_reads(3, 10)]
#[case::rnd_22_in_large_reads(30, 10)]
#[case::rnd_22_in_a_cache(3, 4)]
fn zeros_before_what_is_pending_behind_the_end(#[case] piece: usize, #[case] size: usize) {
    let device = Hostile::new(b"abc");
    let probe = device.probe();
    let layer = match size {
        10 => Layer::Plain(device),
        _ => Layer::Cached(cache(3, size, device)),
    };
    let mut file = BufferedRandom::with_capacity(size, layer).unwrap();
    file.seek(SeekFrom::Start(21)).unwrap();
    file.write_all(b"XY").unwrap();
    file.seek(SeekFrom::Start(1)).unwrap();
    let (mut got, mut buf) = (Vec::new(), vec![0xEE; piece]);
    loop {
        match file.read(&mut buf).unwrap() {
            0 => break,
            n => got.extend_from_slice(&buf[..n]),
        }
    }
    let expected = [&b"bc"[..], &[0; 18], b"XY"].concat();
    assert_eq!(got, expected);
    assert_eq!(&probe.content()[1..], expected);
}

#[test]
fn rnd_23_a_file_that_is_only_read_has_random_access() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    std::fs::write(&path, b"abcdef").unwrap();
    let device = FileIo::open(&path, FileMode::Read).unwrap();
    let mut file = BufferedRandom::new(device).unwrap();
    assert_eq!((file.readable(), file.writable()), (true, false));
    file.seek(SeekFrom::End(-2)).unwrap();
    assert_eq!(take(&mut file, 2), b"ef");
    unsupported(file.write(b"x"), Operation::Write);
    unsupported(file.write(b""), Operation::Write);
    unsupported(file.write_chunk(Chunk::from("x")), Operation::Write);
    unsupported(file.truncate(None), Operation::Truncate);
    file.flush().unwrap();
    file.rewind().unwrap();
    assert_eq!(take(&mut file, 3), b"abc");
    file.close().unwrap();
}

#[test]
fn rnd_23_a_file_that_is_only_written_has_random_access() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let device = FileIo::open(&path, FileMode::Write).unwrap();
    let mut file = BufferedRandom::with_capacity(8, device).unwrap();
    assert_eq!((file.readable(), file.writable()), (false, true));
    file.write_all(b"abcdef").unwrap();
    file.seek(SeekFrom::Start(1)).unwrap();
    file.write_all(b"X").unwrap();
    unsupported(file.read(&mut [0]), Operation::Read);
    unsupported(file.read_chunk(1), Operation::Read);
    unsupported(file.peek(1).map(drop), Operation::Read);
    unsupported(file.fill_buf().map(drop), Operation::Read);
    file.write_all(b"Y").unwrap();
    file.close().unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"aXYdef");
}

#[test]
fn rnd_24_into_parts_gives_what_is_pending_with_its_places() {
    let device = Hostile::new(&[b'.'; 60]);
    let probe = device.probe();
    let mut file = cache(4, 10, device);
    for (place, bytes) in [(35, &b"XY"[..]), (8, b"ABCD")] {
        file.seek(SeekFrom::Start(place)).unwrap();
        file.write_all(bytes).unwrap();
    }
    let (_, pending) = file.into_parts();
    let found: Vec<(Option<u64>, &[u8])> = pending
        .iter()
        .map(|it| (it.offset, &it.bytes[..]))
        .collect();
    let expected: [(Option<u64>, &[u8]); 3] =
        [(Some(8), b"AB"), (Some(10), b"CD"), (Some(35), b"XY")];
    assert_eq!(found, expected);
    assert_eq!(probe.content(), [b'.'; 60]);
}

#[test]
fn rnd_24_what_waits_for_the_end_has_no_place() {
    let (mut file, probe) = random(b"abc", &[Behaviour::Appending]);
    file.write_all(b"XY").unwrap();
    let (_, pending) = file.into_parts();
    assert_eq!(
        (pending[0].offset, &pending[0].bytes[..]),
        (None, &b"XY"[..])
    );
    assert_eq!((pending.len(), &probe.content()[..]), (1, &b"abc"[..]));
}

#[test]
fn rnd_24_abandon_writes_nothing() {
    let (mut file, probe) = random(b"abc", &[]);
    file.write_all(b"XY").unwrap();
    assert_eq!(file.pending(), 2);
    file.into_parts().0.rewind().unwrap();
    assert_eq!(probe.content(), b"abc");
}

#[cfg(unix)]
#[test]
fn rnd_25_the_descriptor_is_at_the_position_and_the_stream_goes_on_where_it_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    std::fs::write(&path, b"abcdef").unwrap();
    let device = FileIo::open(&path, FileMode::ReadUpdate).unwrap();
    let mut file = BufferedRandom::new(device).unwrap();
    take(&mut file, 1);
    file.write_all(b"X").unwrap();
    let descriptor = file.flush_and_borrow_fd().unwrap().unwrap();
    let mut other = std::fs::File::from(descriptor.try_clone_to_owned().unwrap());
    assert_eq!(take(&mut other, 1), b"c");
    other.write_all(b"Y").unwrap();
    assert_eq!(file.stream_position().unwrap(), 4);
    assert_eq!(take(&mut file, 2), b"ef");
    assert_eq!(std::fs::read(&path).unwrap(), b"aXcYef");
}

/// A seek, a call and a seek back, which the model does by hand.
#[rstest]
#[case::rnd_48_seeking(&[])]
#[case::rnd_48_positioned(&[Behaviour::Positioned])]
#[case::rnd_48_little_at_a_time(&[Behaviour::Positioned, Behaviour::OneByte])]
fn positioned_calls(#[case] behaviours: &[Behaviour]) {
    let content: Vec<u8> = (0..100).collect();
    let (mut file, _) = random(&content, behaviours);
    let mut model = std::io::Cursor::new(content);
    for step in 0..500_u64 {
        let (offset, n) = (step * 37 % 120, step as usize * 7 % 15);
        if step % 3 == 0 {
            let bytes = vec![step as u8; n];
            let written = file.write_at(&bytes, offset).unwrap();
            let at = usize::try_from(offset).unwrap();
            if n > 0 {
                let content = model.get_mut();
                content.resize(content.len().max(at + written), 0);
                content[at..at + written].copy_from_slice(&bytes[..written]);
            }
        } else if step % 3 == 1 {
            let mut buf = [0; 15];
            let read = file.read_at(&mut buf[..n], offset).unwrap();
            let rest = model.get_ref().get(offset as usize..).unwrap_or_default();
            assert_eq!(buf[..read], rest[..read], "step {step}");
            assert_eq!(read == 0, n == 0 || rest.is_empty(), "step {step}");
        } else {
            let to = SeekFrom::Start(step % 90);
            assert_eq!(file.seek(to).unwrap(), model.seek(to).unwrap());
            let (mut ours, mut theirs) = ([0; 3], [0; 3]);
            file.read_exact(&mut ours).unwrap();
            model.read_exact(&mut theirs).unwrap();
            assert_eq!(ours, theirs, "step {step}");
        }
        let position = file.stream_position().unwrap();
        assert_eq!(position, model.position(), "step {step}");
    }
    assert_eq!(file.detach().unwrap().probe().content(), *model.get_ref());
}

#[test]
fn rnd_48_the_position_stays_after_an_error_and_a_panic() {
    let (mut file, _) = random(
        b"abcdef",
        &[Behaviour::Positioned, Behaviour::ErrorAfter(4)],
    );
    take(&mut file, 2);
    let error = file.write_at(b"X", u64::MAX).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
    let failed = (0..20).any(|i| file.read_at(&mut [0; 4], 1000 * i).is_err());
    assert!(failed, "the device fails once");
    assert_eq!(file.stream_position().unwrap(), 2);
    let (mut file, _) = random(b"abcdef", &[Behaviour::PanicOnWrite]);
    let large = catch_unwind(AssertUnwindSafe(|| file.write_at(&[0; 20], 5)));
    assert!(large.is_err());
    assert_eq!(file.stream_position().unwrap(), 0);
}

#[test]
fn rnd_48_an_appending_device_is_written_to_at_its_end_only() {
    let (mut file, probe) = random(b"abc", &[Behaviour::Appending]);
    unsupported(file.write_at(b"X", 0), Operation::Write);
    let mut two = [0; 2];
    assert_eq!(file.read_at(&mut two, 1).unwrap(), 2);
    assert_eq!((&two, &probe.content()[..]), (b"bc", &b"abc"[..]));
}

#[test]
fn rnd_48_nothing_is_read_or_written_without_the_device() {
    for behaviours in [&[][..], &[Behaviour::Appending]] {
        let (mut file, probe) = random(b"abc", behaviours);
        file.write_all(b"X").unwrap();
        let before = probe.calls();
        assert_eq!(file.read_at(&mut [], 1).unwrap(), 0);
        assert_eq!(file.write_at(&[], 1).is_ok(), behaviours.is_empty());
        assert_eq!((probe.calls(), file.pending()), (before, 1));
    }
}

#[test]
fn rnd_49_the_device_may_be_moved_and_changed_in_between() {
    let (mut file, _) = random(b"abcdefghijklmnopqrstuvwxyz", &[]);
    take(&mut file, 2);
    file.write_all(b"XY").unwrap();
    file.get_mut().seek(SeekFrom::Start(20)).unwrap();
    assert_eq!((file.stream_position().unwrap(), file.pending()), (4, 2));
    assert_eq!(take(&mut file, 20), b"efghijklmnopqrstuvwx");
    let content = file.detach().unwrap().probe().content();
    assert_eq!(content, b"abXYefghijklmnopqrstuvwxyz");
    let mut cache = cache(2, 8, Hostile::new(b"abcdefghijklmnop"));
    cache.write_all(b"XY").unwrap();
    cache.get_mut().seek(SeekFrom::Start(9)).unwrap();
    assert_eq!(take(&mut cache, 10), b"cdefghijkl");
    assert_eq!(cache.stream_position().unwrap(), 12);
}
