//! SPEC.md, "Random access": what lies in several blocks, and what fails.

use std::io::{BufRead, Read, Seek, SeekFrom, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use iolite::{BufferedIo, BufferedRandom, Chunk, Error, IoBase};
use rstest::rstest;

use crate::support::devices::{Behaviour, EIO, Hostile, Probe};
use crate::support::layer::{Layer, with_and_without};
use crate::support::naive;

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

/// A stream of blocks of 4 bytes; what is asked for lies in several of them.
fn small_blocks(content: &[u8], behaviours: &[Behaviour]) -> [BufferedRandom<Layer<Hostile>>; 2] {
    let device = || Hostile::new(content).with_all(behaviours);
    with_and_without(4, device).map(|(_, stream)| stream)
}

#[test]
fn rnd_27_lines_and_peeks_go_across_blocks() {
    for mut file in small_blocks(b"a line of text\nand more", &[]) {
        assert_eq!(file.peek(11).unwrap(), b"a line of t");
        let mut line = String::new();
        assert_eq!(file.read_line(&mut line).unwrap(), 15);
        assert_eq!(line, "a line of text\n");
        assert_eq!(file.stream_position().unwrap(), 15);
        assert_eq!(file.peek(99).unwrap(), b"and more");
        file.consume(6);
        let mut rest = Vec::new();
        assert_eq!(file.read_until(b'\n', &mut rest).unwrap(), 2);
        assert_eq!(rest, b"re");
    }
}

#[test]
fn rnd_27_what_cannot_be_completed_takes_nothing() {
    for mut file in small_blocks(b"0123456789\xff\nrest", &[Behaviour::ErrorAfter(6)]) {
        let error = file.read_until(b'\n', &mut Vec::new()).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(EIO));
        assert_eq!(file.stream_position().unwrap(), 0);
        let error = Error::from(file.read_exact(&mut [0; 17]).unwrap_err());
        assert!(
            matches!(
                error,
                Error::PartialRead {
                    available: 16,
                    expected: 17
                }
            ),
            "{error:?}"
        );
        assert_eq!(take(&mut file, 10), b"0123456789");
    }
}

#[test]
fn rnd_28_a_chunk_that_fails_at_once_was_not_taken() {
    let (mut file, probe) = random(b"", &[Behaviour::ErrorAfter(0)]);
    let error = file.write_chunk(Chunk::from(vec![b'x'; 30])).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(EIO));
    assert_eq!((file.pending(), file.stream_position().unwrap()), (0, 0));
    assert_eq!(probe.content(), b"");
}

#[test]
fn rnd_28_the_rest_of_a_chunk_goes_before_anything_else() {
    let (mut file, probe) = random(b"", &[Behaviour::Room(12), Behaviour::ShortWrites(7)]);
    let chunk: Vec<u8> = naive::ramp(30);
    file.write_chunk(Chunk::from(chunk.clone())).unwrap();
    assert_eq!((file.pending(), file.stream_position().unwrap()), (18, 30));
    let error = Error::from(file.write(b"X").unwrap_err());
    assert!(
        matches!(error, Error::WouldBlock { written: 0 }),
        "{error:?}"
    );
    assert_eq!(file.pending(), 18);
    probe.make_room(5);
    assert!(Error::from(file.flush().unwrap_err()).is_would_block());
    assert_eq!(
        (file.pending(), probe.content()),
        (13, chunk[..17].to_vec())
    );
    probe.make_room(99);
    file.write_all(b"X").unwrap();
    file.flush().unwrap();
    assert_eq!(probe.content(), [&chunk[..], b"X"].concat());
}

#[test]
fn rnd_29_positions_that_no_device_has_are_refused() {
    let (mut file, probe) = random(b"abc", &[]);
    let last = i64::MAX as u64;
    let refused = |outcome: std::io::Result<u64>| {
        let error = Error::from(outcome.unwrap_err());
        assert!(matches!(error, Error::InvalidArgument { .. }), "{error:?}");
    };
    refused(file.seek(SeekFrom::Start(last + 1)));
    refused(file.seek(SeekFrom::Start(u64::MAX)));
    assert_eq!(file.seek(SeekFrom::Start(last)).unwrap(), last);
    refused(file.seek(SeekFrom::Current(1)));
    refused(file.write(b"x").map(|n| n as u64));
    assert_eq!(file.write(b"").unwrap(), 0);
    assert_eq!(file.read(&mut [0; 30]).unwrap(), 0);
    assert_eq!(file.peek(9).unwrap(), b"");
    assert_eq!((file.stream_position().unwrap(), file.pending()), (last, 0));
    assert_eq!(probe.content(), b"abc");
}

#[rstest]
#[case::rnd_30_no_progress(Behaviour::NoProgress)]
#[case::rnd_30_wrong_counts(Behaviour::LyingCounts)]
fn what_a_device_must_not_answer(#[case] behaviour: Behaviour) {
    for positioned in [&[][..], &[Behaviour::Positioned]] {
        let (mut file, _) = random(b"abcdef", &[positioned, &[behaviour]].concat());
        file.write_all(b"XY").unwrap();
        let error = Error::from(file.flush().unwrap_err());
        let expected = match behaviour {
            Behaviour::NoProgress => matches!(error, Error::NoProgress { .. }),
            _ => matches!(
                error,
                Error::BadCount {
                    claimed: 3,
                    limit: 2,
                    ..
                }
            ),
        };
        assert!(expected, "{error:?}");
        assert_eq!(file.pending(), 2);
        assert_eq!(file.into_parts().0.probe().calls().writes, 1);
    }
}

#[test]
fn rnd_30_a_read_that_claims_too_much_shows_nothing() {
    let (mut file, _) = random(b"abcdef", &[Behaviour::LyingCounts]);
    for _ in 0..2 {
        let error = Error::from(file.fill_buf().unwrap_err());
        assert!(matches!(error, Error::BadCount { .. }), "{error:?}");
    }
    let error = Error::from(file.read(&mut [0; 20]).unwrap_err());
    assert!(matches!(error, Error::BadCount { .. }), "{error:?}");
    assert_eq!(file.stream_position().unwrap(), 0);
}

#[test]
fn rnd_31_a_device_that_would_block_is_told_with_what_was_taken() {
    let (mut file, probe) = random(b"", &[Behaviour::Room(5)]);
    assert_eq!(file.write(b"12345678").unwrap(), 8);
    assert_eq!(file.write(b"90ab").unwrap(), 2, "what fits into the block");
    let error = Error::from(file.write_all(b"abcdef").unwrap_err());
    assert!(
        matches!(error, Error::WouldBlock { written: 0 }),
        "{error:?}"
    );
    assert_eq!(probe.content(), b"12345");
    probe.make_room(8);
    let error = Error::from(file.write_all(b"abcdefghijklmno").unwrap_err());
    assert!(
        matches!(error, Error::WouldBlock { written: 13 }),
        "{error:?}"
    );
    probe.make_room(99);
    file.write_all(b"no").unwrap();
    file.flush().unwrap();
    assert_eq!(probe.content(), b"1234567890abcdefghijklmno");
}

#[rstest]
#[case::rnd_8_positioned(&[Behaviour::Positioned])]
#[case::rnd_8_not_positioned(&[])]
fn after_a_panic_every_call_that_writes_says_so(#[case] behaviours: &[Behaviour]) {
    let behaviours = [behaviours, &[Behaviour::PanicOnWrite]].concat();
    let (mut file, probe) = random(b"abcdef", &behaviours);
    file.write_all(b"XY").unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| file.flush())).is_err());
    let poisoned = |outcome: Result<(), Error>| {
        let error = outcome.unwrap_err();
        assert!(matches!(error, Error::Poisoned), "{error:?}");
    };
    poisoned(file.flush().map_err(Error::from));
    poisoned(file.truncate(Some(1)).map(drop));
    poisoned(file.write(&[b'L'; 20]).map(drop).map_err(Error::from));
    assert_eq!(file.read(&mut [0; 3]).unwrap(), 3, "reading goes on");
    poisoned(file.close());
    assert_eq!(
        (probe.calls().writes, &probe.content()[..]),
        (1, &b"abcdef"[..])
    );
    assert!(probe.is_closed());
}

#[test]
fn rnd_31_a_failure_is_told_with_what_was_taken() {
    let (mut file, probe) = random(b"", &[Behaviour::ErrorAfter(7)]);
    let error = Error::from(file.write_all(&[b'x'; 25]).unwrap_err());
    assert_eq!(error.raw_os_error(), Some(EIO));
    assert!(
        matches!(error, Error::WriteFailed { written: 7, .. }),
        "{error:?}"
    );
    assert_eq!(file.stream_position().unwrap(), 7);
    file.write_all(&[b'x'; 18]).unwrap();
    file.flush().unwrap();
    assert_eq!(probe.content(), [b'x'; 25]);
}
