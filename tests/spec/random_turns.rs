//! SPEC.md, "Random access": a stream that reads and writes in turns, made of a reader and a writer
//! as the binding for Python has it.

use std::fs;
use std::io::{BufRead, Read, Seek, SeekFrom, Write};

use iolite::error::Operation;
use iolite::raw::FileMode;
use iolite::{BufferedIo, BufferedRandom, BytesIo, FileIo, IoBase};
use rstest::rstest;

use crate::support::contracts::{self, unsupported};
use crate::support::devices::{Behaviour, EIO, Hostile, Probe};
use crate::support::layer::cache;

#[path = "../cpython/src/turns.rs"]
mod turns;

pub(crate) use self::turns::Turns;

fn turns(content: &[u8], behaviours: &[Behaviour]) -> (Turns<Hostile>, Probe) {
    let device = Hostile::new(content).with_all(behaviours);
    let probe = device.probe();
    (Turns::new(4, device).unwrap(), probe)
}

fn take(stream: &mut impl Read, n: usize) -> Vec<u8> {
    let mut buf = vec![0; n];
    stream.read_exact(&mut buf).unwrap();
    buf
}

#[rstest]
#[case::rnd_32_from_the_start(SeekFrom::Start(1), 1)]
#[case::rnd_32_from_here(SeekFrom::Current(-1), 1)]
#[case::rnd_32_from_the_end(SeekFrom::End(-2), 6)]
fn a_seek_writes_first_and_moves_the_device(#[case] to: SeekFrom, #[case] expected: u64) {
    let (mut file, probe) = turns(b"abcdefgh", &[]);
    file.write_all(b"XY").unwrap();
    assert_eq!(probe.content(), b"abcdefgh", "it waits");
    assert_eq!(file.seek(to).unwrap(), expected);
    assert_eq!((file.pending(), &*probe.content()), (0, &b"XYcdefgh"[..]));
    assert_eq!(probe.position(), expected);
}

#[test]
fn rnd_32_a_read_writes_first() {
    let (mut file, probe) = turns(b"abcdefgh", &[]);
    file.write_all(b"XY").unwrap();
    assert_eq!(
        file.read_chunk(9).unwrap(),
        b"cdef",
        "and reads a whole buffer"
    );
    assert_eq!(probe.content(), b"XYcdefgh");
    assert_eq!(file.stream_position().unwrap(), 6);
}

#[test]
fn rnd_32_a_write_goes_to_where_reading_stopped() {
    let (mut file, probe) = turns(b"abcdefgh", &[]);
    assert_eq!(take(&mut file, 1), b"a");
    assert_eq!(probe.position(), 4, "read ahead");
    file.write_all(b"X").unwrap();
    assert_eq!(probe.position(), 1);
    assert_eq!(
        (take(&mut file, 1), file.buffer()),
        (b"c".to_vec(), &b"def"[..])
    );
    assert_eq!(probe.content(), b"aXcdefgh");
}

#[test]
fn rnd_32_a_seek_to_what_was_read_ahead_calls_nobody() {
    let (mut file, probe) = turns(b"abcdefgh", &[]);
    take(&mut file, 3);
    file.stream_position().unwrap();
    let before = probe.calls();
    for place in [0, 4, 1] {
        assert_eq!(file.seek(SeekFrom::Start(place)).unwrap(), place);
    }
    file.seek_relative(2).unwrap();
    assert_eq!(probe.calls(), before);
    assert_eq!(take(&mut file, 1), b"d");
}

#[test]
fn rnd_32_the_device_answers_the_seek() {
    let (mut file, probe) = turns(b"abcdefgh", &[]);
    take(&mut file, 1);
    file.stream_position().unwrap();
    probe.fail_next(EIO);
    let error = file.seek(SeekFrom::Start(7)).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(EIO));
    assert_eq!(
        (file.stream_position().unwrap(), take(&mut file, 1)),
        (1, b"b".to_vec())
    );

    file.write_all(b"X").unwrap();
    probe.fail_next(EIO);
    let error = file.rewind().unwrap_err();
    assert_eq!(error.raw_os_error(), Some(EIO));
    assert_eq!(
        (file.pending(), file.stream_position().unwrap()),
        (1, 3),
        "not written, not moved"
    );
    file.rewind().unwrap();
    assert_eq!(probe.content(), b"abXdefgh");
}

#[test]
fn rnd_32_a_device_that_stays_where_it_is_is_believed() {
    let (mut file, probe) = turns(b"abcdefgh", &[Behaviour::Standing]);
    assert_eq!(file.stream_position().unwrap(), 0);
    for expected in [b"a", b"b", b"c", b"d", b"e"] {
        assert_eq!(take(&mut file, 1), expected);
        assert_eq!(file.stream_position().unwrap(), 0);
    }
    assert_eq!(file.seek(SeekFrom::Start(7)).unwrap(), 0);
    unsupported(file.write(b"X"), Operation::Seek);
    assert_eq!(
        take(&mut file, 3),
        b"fgh",
        "nothing that was read ahead is lost"
    );
    file.write_all(b"X").unwrap();
    file.flush().unwrap();
    assert_eq!(file.stream_position().unwrap(), 0);
    assert_eq!(probe.content(), b"abcdefghX", "wherever that is");
}

/// A window, and CPython's buffer, would write the `b` back that was there before.
#[test]
fn rnd_33_what_others_write_in_between_stays() {
    let (mut file, probe) = turns(b"abc", &[]);
    file.write_all(b"X").unwrap();
    assert_eq!(take(&mut file, 1), b"b");
    file.write_all(b"Y").unwrap();
    probe.overwrite(1, b"-");
    file.flush().unwrap();
    assert_eq!(probe.content(), b"X-Y");
}

#[test]
fn rnd_33_two_streams_on_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shared");
    fs::write(&path, b"0 0 0 0 ").unwrap();
    let open = || {
        let file = FileIo::open(&path, FileMode::ReadUpdate).unwrap();
        Turns::new(64, file).unwrap()
    };
    let mut streams = [open(), open()];
    // Each adds one to the record that the other has just changed.
    for round in 0..36 {
        let stream = &mut streams[round % 2];
        let place = SeekFrom::Start(2 * (round as u64 / 9));
        stream.seek(place).unwrap();
        stream.flush().unwrap();
        let digit = take(stream, 1)[0];
        stream.seek(place).unwrap();
        stream.write_all(&[digit + 1]).unwrap();
        stream.seek(place).unwrap();
    }
    assert_eq!(fs::read(&path).unwrap(), b"9 9 9 9 ");
}

#[test]
fn rnd_34_closing_detaching_and_cutting_are_as_with_any_other() {
    let (mut file, probe) = turns(b"abcdefgh", &[]);
    take(&mut file, 3);
    assert_eq!(file.truncate(None).unwrap(), 3);
    assert_eq!(
        (take(&mut file, 0), probe.content()),
        (vec![], b"abc".to_vec())
    );
    file.write_all(b"XY").unwrap();
    assert_eq!(file.truncate(Some(9)).unwrap(), 9);
    assert_eq!(file.stream_position().unwrap(), 5);
    assert_eq!(probe.content(), b"abcXY\0\0\0\0");
    take(&mut file, 1);
    let device = file.detach().map_err(|failed| failed.0).unwrap();
    assert_eq!(probe.position(), 6);

    let mut file = Turns::new(4, device).unwrap();
    file.write_all(b"Z").unwrap();
    contracts::closing_buffered(&mut file, "in turns");
    assert_eq!(probe.content(), b"abcXY\0Z\0\0");
}

#[test]
fn rnd_34_a_missing_side_is_unsupported_and_pipes_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let open = |mode| Turns::new(4, FileIo::open(&path, mode).unwrap()).unwrap();
    let mut file = open(FileMode::Write);
    unsupported(file.read(&mut [0]), Operation::Read);
    file.write_all(b"abcdef").unwrap();
    file.seek(SeekFrom::Start(1)).unwrap();
    file.write_all(b"X").unwrap();
    file.close().unwrap();
    let mut file = open(FileMode::Read);
    assert_eq!(take(&mut file, 3), b"aXc");
    unsupported(file.write(b"x"), Operation::Write);
    assert_eq!(file.stream_position().unwrap(), 3);
    file.flush().unwrap();
    assert_eq!(take(&mut file, 3), b"def");
    let pipe = Hostile::new(b"").with(Behaviour::Unseekable);
    unsupported(Turns::new(4, pipe), Operation::Seek);
}

#[test]
fn rnd_34_drop_writes_too() {
    let (mut file, probe) = turns(b"abc", &[]);
    file.write_all(b"X").unwrap();
    drop(file);
    assert_eq!(probe.content(), b"Xbc");
}

#[cfg(unix)]
#[test]
fn rnd_34_the_descriptor_is_where_the_stream_is() {
    use std::os::fd::AsFd;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, b"abcdef").unwrap();
    let file = FileIo::open(&path, FileMode::ReadUpdate).unwrap();
    let mut file = Turns::new(4, file).unwrap();
    take(&mut file, 1);
    file.write_all(b"X").unwrap();
    let owned = file
        .flush_and_borrow_fd()
        .unwrap()
        .unwrap()
        .try_clone_to_owned();
    let mut own = fs::File::from(owned.unwrap());
    assert_eq!(take(&mut own, 2), b"cd");
    assert_eq!(
        (
            take(&mut file, 2),
            file.get_ref().as_fd().try_clone_to_owned().is_ok()
        ),
        (b"ef".to_vec(), true)
    );
}

macro_rules! shows {
    ($stream:expr) => {
        let mut file = $stream.unwrap();
        assert_eq!((file.capacity(), file.buffer()), (4, &b""[..]));
        take(&mut file, 1);
        assert_eq!(file.buffer(), b"bcd");
        file.consume(3);
        assert_eq!(file.buffer(), b"");
        file.peek(2).unwrap();
        assert_eq!(file.buffer(), b"efgh");
    };
}

#[test]
fn rnd_35_buffer_shows_what_can_be_read_without_the_device() {
    let device = || Hostile::new(b"abcdefgh");
    shows!(Turns::new(4, device()));
    shows!(BufferedRandom::with_capacity(4, device()));
    shows!(BufferedRandom::with_capacity(4, cache(2, 4, device())));
    let memory = BytesIo::from(b"abcdefgh".to_vec());
    assert_eq!(BufferedRandom::new(memory).unwrap().buffer(), b"");
}
