//! Chapter "Buffered streams", random access.

use std::io::{BufRead, Read, Seek, SeekFrom, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use iolite::{BufferedIo, BufferedRandom, BufferedReader, BytesIo, Error, IoBase};

use crate::support::devices::{Behaviour, EIO, Hostile, Probe};

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
fn buf_56_reads_see_what_was_written() {
    let (mut file, probe) = random(b"abcdef", &[]);
    file.write_all(b"XY").unwrap();
    assert_eq!(probe.calls().writes, 0);
    assert_eq!(take(&mut file, 2), b"cd");
    assert_eq!(probe.content(), b"XYcdef");
    file.rewind().unwrap();
    assert_eq!(take(&mut file, 3), b"XYc");
}

#[test]
fn buf_57_writes_go_where_the_reads_stopped() {
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
fn buf_57_reads_and_writes_in_turn() {
    let (mut file, probe) = random(b"abcdefgh", &[]);
    for (digit, letter) in [(b"1", b"b"), (b"2", b"d"), (b"3", b"f")] {
        file.write_all(digit).unwrap();
        assert_eq!(take(&mut file, 1), letter);
    }
    file.flush().unwrap();
    assert_eq!(probe.content(), b"1b2d3fgh");
    file.write_all(b"4").unwrap();
    assert_eq!(file.read_chunk(9).unwrap(), b"h");
    assert_eq!(probe.content(), b"1b2d3f4h");
}

#[test]
fn buf_57_a_peek_or_a_fill_does_not_move_where_a_write_goes() {
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
fn buf_58_an_appending_device_writes_at_the_end_and_is_then_there() {
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
fn buf_59_truncate_cuts_at_the_logical_position() {
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
fn buf_59_what_was_cut_off_is_not_read_from_the_buffer() {
    let (mut file, probe) = random(b"abcdef", &[]);
    file.peek(6).unwrap();
    assert_eq!(file.truncate(Some(3)).unwrap(), 3);
    let mut rest = Vec::new();
    file.read_to_end(&mut rest).unwrap();
    assert_eq!((rest, probe.content()), (b"abc".to_vec(), b"abc".to_vec()));
}

#[test]
fn buf_60_flush_moves_the_device_and_forgets_what_was_read_ahead() {
    let (mut file, probe) = random(b"abcdef", &[]);
    assert_eq!(take(&mut file, 2), b"ab");
    probe.overwrite(2, b"XY");
    file.flush().unwrap();
    assert_eq!((probe.position(), file.stream_position().unwrap()), (2, 2));
    assert_eq!(take(&mut file, 4), b"XYef");
}

#[test]
fn buf_61_detach_gives_the_device_at_the_logical_position() {
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
fn buf_61_a_failed_detach_hands_the_stream_back() {
    let (mut file, probe) = random(b"abcdef", &[Behaviour::ErrorAfter(0)]);
    file.write_all(b"XY").unwrap();
    let error = file.detach().unwrap_err();
    assert_eq!(error.error().raw_os_error(), Some(EIO));
    let (_, mut file) = error.into_parts();
    file.flush().unwrap();
    assert_eq!(probe.content(), b"XYcdef");
}

#[test]
fn buf_62_drop_writes_what_is_pending() {
    let (mut file, probe) = random(b"abcdef", &[]);
    take(&mut file, 2);
    file.write_all(b"XY").unwrap();
    drop(file);
    assert_eq!(probe.content(), b"abXYef");
}

#[test]
fn buf_62_drop_writes_nothing_after_a_panic() {
    let (mut file, probe) = random(b"abcdef", &[Behaviour::PanicOnWrite]);
    file.write_all(b"XY").unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| file.flush())).is_err());
    drop(file);
    assert_eq!(probe.calls().writes, 1);
}

#[test]
fn buf_62_drop_does_not_panic_where_the_device_does() {
    let (mut file, _) = random(b"abcdef", &[Behaviour::PanicOnWrite]);
    file.write_all(b"XY").unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| drop(file))).is_ok());
}

#[test]
fn buf_63_the_position_counts_what_is_pending_and_writes_nothing() {
    let (mut file, probe) = random(b"abcdef", &[]);
    take(&mut file, 3);
    assert_eq!(file.stream_position().unwrap(), 3);
    file.write_all(b"XY").unwrap();
    assert_eq!(file.stream_position().unwrap(), 5);
    assert_eq!(probe.calls().writes, 0);
}

#[test]
fn buf_64_seeks_inside_what_was_read_ahead_cost_no_call() {
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
fn buf_65_an_error_while_switching_to_reading_loses_no_write() {
    let (mut file, probe) = random(b"abcdef", &[Behaviour::ErrorAfter(1), Behaviour::OneByte]);
    file.write_all(b"XY").unwrap();
    let error = file.read(&mut [0; 2]).unwrap_err();
    assert_eq!(
        (error.raw_os_error(), file.stream_position().unwrap()),
        (Some(EIO), 2)
    );
    assert_eq!(take(&mut file, 2), b"cd");
    assert_eq!(probe.content(), b"XYcdef");
}

#[test]
fn buf_65_an_error_while_switching_to_writing_loses_no_position() {
    let (mut file, probe) = random(b"abcdef", &[]);
    take(&mut file, 2);
    probe.fail_next(EIO);
    assert_eq!(file.write(b"X").unwrap_err().raw_os_error(), Some(EIO));
    assert_eq!(file.stream_position().unwrap(), 2);
    file.write_all(b"X").unwrap();
    assert_eq!(take(&mut file, 1), b"d");
    assert_eq!(probe.content(), b"abXdef");
}

#[test]
fn buf_66_close_writes_and_reports() {
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
fn buf_66_close_after_reading_writes_nothing() {
    let (mut file, probe) = random(b"abcdef", &[]);
    take(&mut file, 2);
    file.close().unwrap();
    assert!(probe.is_closed());
    assert_eq!((probe.calls().writes, probe.calls().closes), (0, 1));
}

#[test]
fn buf_67_memory_lends_to_a_random_access_stream_too() {
    let mut file = BufferedRandom::new(BytesIo::from(b"abcdef".to_vec())).unwrap();
    let chunk = file.read_chunk(3).unwrap();
    assert_eq!(chunk.as_ptr(), file.get_ref().getvalue().as_ptr());
    file.write_all(b"X").unwrap();
    assert_eq!(file.read_chunk(9).unwrap(), b"ef");
    assert_eq!(chunk, b"abc", "and the chunk stays as it was");
    assert_eq!(file.detach().unwrap().getvalue(), b"abcXef");
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
        shown.contains("pending: 6") && !shown.contains("secret"),
        "{shown}"
    );
    let error = Error::from(file.read_exact(&mut [0; 4]).unwrap_err());
    assert!(matches!(error, Error::PartialRead { available: 0, .. }));
}
