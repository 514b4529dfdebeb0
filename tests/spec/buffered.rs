//! Chapter "Buffered streams", what holds for all of them.

use std::io::{BufRead, Read, Seek, SeekFrom, Write};

use iolite::buffered::DEFAULT_BUFFER_SIZE;
use iolite::error::Operation;
use iolite::{BufferedIo, BufferedRandom, BufferedReader, BufferedWriter, BytesIo, Chunk, IoBase};
use proptest::prelude::*;
use rstest::rstest;

use crate::support::contracts::{self, Op, Rules, unsupported};
use crate::support::devices::{Behaviour, Hostile, Probe, hampering};
use crate::support::is_tried;
use crate::support::naive::{self, Dice, File};

/// Every buffer size of the tables, in bytes.
const CAPACITIES: std::ops::RangeInclusive<usize> = 1..=40;

#[rstest]
#[case::buf_1_no_block_size(None, 64 << 10)]
#[case::buf_1_a_small_block_size(Some(4096), 64 << 10)]
#[case::buf_1_a_large_block_size(Some(1 << 20), 1 << 20)]
#[case::buf_1_a_huge_block_size(Some(1 << 30), 8 << 20)]
fn buffer_size(#[case] block: Option<usize>, #[case] expected: usize) {
    let device = |content: &[u8]| {
        let device = Hostile::new(content);
        block
            .into_iter()
            .fold(device, |d, n| d.with(Behaviour::BlockSize(n)))
    };
    assert_eq!(DEFAULT_BUFFER_SIZE, 64 << 10);
    assert_eq!(BufferedReader::new(device(b"")).capacity(), expected);
    assert_eq!(BufferedWriter::new(device(b"")).capacity(), expected);
    let device = device(b"x");
    let probe = device.probe();
    BufferedRandom::new(device).unwrap().peek(1).unwrap();
    assert_eq!(probe.read_sizes(), [expected]);
}

#[test]
fn buf_2_a_capacity_of_0_is_1() {
    assert_eq!(
        BufferedReader::with_capacity(0, BytesIo::new()).capacity(),
        1
    );
    assert_eq!(
        BufferedWriter::with_capacity(0, BytesIo::new()).capacity(),
        1
    );
    let device = Hostile::new(b"ab");
    let probe = device.probe();
    let mut random = BufferedRandom::with_capacity(0, device).unwrap();
    assert_eq!(random.fill_buf().unwrap(), b"a");
    assert_eq!(probe.read_sizes(), [1]);
}

#[test]
fn buf_3_the_direction_is_not_checked_when_made() {
    let mut reader = BufferedReader::new(iolite::Adapter::writer(Vec::new()));
    assert!(!reader.readable());
    unsupported(reader.peek(1), Operation::Read);
    let mut writer = BufferedWriter::new(iolite::Adapter::reader(&b"x"[..]));
    assert!(!writer.writable());
    assert_eq!(writer.write(b"y").unwrap(), 1);
    unsupported(writer.flush(), Operation::Write);
    assert_eq!(writer.pending(), 1);
}

#[test]
fn buf_3_random_access_needs_a_device_that_seeks() {
    let pipe = || Hostile::new(b"x").with(Behaviour::Unseekable);
    unsupported(BufferedRandom::new(pipe()), Operation::Seek);
    unsupported(BufferedRandom::with_capacity(9, pipe()), Operation::Seek);
}

#[test]
fn buf_4_a_reader_does_not_write() {
    let mut reader = BufferedReader::new(Hostile::new(b"abc"));
    assert_eq!(
        (reader.readable(), reader.writable(), reader.seekable()),
        (true, false, true)
    );
    unsupported(reader.write(b"x"), Operation::Write);
    unsupported(reader.write(b""), Operation::Write);
    unsupported(reader.write_all(b"x"), Operation::Write);
    unsupported(reader.write_chunk(Chunk::from(b"x")), Operation::Write);
    unsupported(reader.truncate(None), Operation::Truncate);
}

#[test]
fn buf_4_a_writer_does_not_read() {
    let mut writer = BufferedWriter::new(Hostile::new(b"abc"));
    assert_eq!(
        (writer.readable(), writer.writable(), writer.seekable()),
        (false, true, true)
    );
    unsupported(writer.read(&mut [0]), Operation::Read);
    unsupported(writer.read(&mut []), Operation::Read);
    unsupported(writer.read_chunk(1), Operation::Read);
    unsupported(writer.peek(1).map(drop), Operation::Read);
    unsupported(writer.fill_buf().map(drop), Operation::Read);
    writer.consume(3);
    assert_eq!(writer.stream_position().unwrap(), 0);
}

/// Runs a check over every hampering device and every small buffer.
fn over_all(check: impl Fn(&dyn Fn(&[u8]) -> Hostile, usize, &str)) {
    let mut turn = 0;
    for behaviours in hampering() {
        for capacity in CAPACITIES {
            turn += 1;
            if !is_tried(turn, 8) {
                continue;
            }
            let device = |content: &[u8]| Hostile::new(content).with_all(&behaviours);
            let at = format!("device {behaviours:?}, buffer of {capacity}");
            check(&device, capacity, &at);
        }
    }
}

#[test]
fn buf_5_a_reader_delivers_everything() {
    let content = naive::text(150);
    over_all(|device, capacity, at| {
        let open = || BufferedReader::with_capacity(capacity, device(&content));
        contracts::reading(open, &content, &format!("BufferedReader, {at}"));
    });
}

#[test]
fn buf_5_random_access_delivers_everything() {
    let content = naive::text(150);
    over_all(|device, capacity, at| {
        let open = || BufferedRandom::with_capacity(capacity, device(&content)).unwrap();
        contracts::reading(open, &content, &format!("BufferedRandom, {at}"));
    });
}

#[test]
fn buf_5_a_pipe_delivers_everything() {
    let content = naive::text(150);
    for capacity in CAPACITIES {
        let pipe = || Hostile::new(&content).with_all(&[Behaviour::Unseekable, Behaviour::Halves]);
        let open = || BufferedReader::with_capacity(capacity, pipe());
        contracts::reading(open, &content, &format!("a pipe, buffer of {capacity}"));
    }
}

#[test]
fn buf_5_memory_delivers_everything() {
    let content = naive::text(150);
    for capacity in CAPACITIES {
        let open = || BufferedReader::with_capacity(capacity, BytesIo::from(content.clone()));
        contracts::reading(open, &content, &format!("BytesIo, buffer of {capacity}"));
    }
}

#[test]
fn buf_6_a_writer_gives_everything_once_and_in_order() {
    let content = naive::ramp(150);
    over_all(|device, capacity, at| {
        let open = || {
            let device = device(b"");
            let probe = device.probe();
            (BufferedWriter::with_capacity(capacity, device), probe)
        };
        contracts::writing(open, &content, &format!("BufferedWriter, {at}"));
    });
}

#[test]
fn buf_6_random_access_gives_everything_once_and_in_order() {
    let content = naive::ramp(150);
    over_all(|device, capacity, at| {
        let open = || {
            let device = device(b"");
            let probe = device.probe();
            let stream = BufferedRandom::with_capacity(capacity, device).unwrap();
            (stream, probe)
        };
        contracts::writing(open, &content, &format!("BufferedRandom, {at}"));
    });
}

#[test]
fn buf_6_large_pieces_arrive_as_well() {
    // From 2 KiB on chunks are linked instead of copied, among small ones that are copied.
    let content = naive::ramp(40_000);
    for behaviours in hampering() {
        let open = || {
            let device = Hostile::new(b"").with_all(&behaviours);
            let probe = device.probe();
            (BufferedWriter::with_capacity(5000, device), probe)
        };
        if behaviours.contains(&Behaviour::OneByte) || behaviours.contains(&Behaviour::WouldBlock) {
            continue; // 40 000 calls each, and nothing that the small buffers do not show
        }
        large_pieces(open(), &content, &format!("device {behaviours:?}"));
    }
}

fn large_pieces((mut stream, probe): (BufferedWriter<Hostile>, Probe), content: &[u8], at: &str) {
    let mut rest = Chunk::copy_from_slice(content);
    let mut dice = Dice::new(7);
    while !rest.is_empty() {
        let n = [1, 100, 2047, 2048, 4999, 5000, 9000][dice.roll(7)].min(rest.len());
        let piece = rest.split_to(n);
        contracts::persist(at, || stream.write_chunk(piece.clone())).unwrap();
    }
    contracts::persist(at, || Ok(stream.flush()?)).unwrap();
    assert!(probe.content() == content, "{at}");
}

#[test]
fn buf_7_a_reader_seeks_like_a_file() {
    let content = naive::text(100);
    let mut dice = Dice::new(1);
    over_all(|device, capacity, at| {
        let mut file = File::new(&content);
        let mut stream = BufferedReader::with_capacity(capacity, device(&content));
        let ops = contracts::some_ops(&mut Dice::new(capacity as u64), 60, false);
        contracts::like_a_file(&mut stream, &mut file, Rules::default(), &ops, at);
    });
    for capacity in CAPACITIES {
        let mut file = File::new(&content);
        let mut stream = BufferedReader::with_capacity(capacity, BytesIo::from(content.clone()));
        let rules = Rules {
            memory: true,
            ..Rules::default()
        };
        let ops = contracts::some_ops(&mut dice, 100, false);
        contracts::like_a_file(&mut stream, &mut file, rules, &ops, "BytesIo");
    }
}

#[rstest]
#[case::buf_8_any_calls_are_like_those_of_a_file(false)]
#[case::buf_8_any_calls_are_like_those_of_an_appending_file(true)]
fn random_access_is_like_a_file(#[case] appends: bool) {
    let rules = Rules {
        appends,
        memory: false,
    };
    let mode: &[Behaviour] = if appends {
        &[Behaviour::Appending]
    } else {
        &[]
    };
    for seed in 0..4 {
        over_all(|device, capacity, at| {
            let content = naive::text(60);
            let device = device(&content).with_all(mode);
            let probe = device.probe();
            let mut file = File::new(&content);
            let mut stream = BufferedRandom::with_capacity(capacity, device).unwrap();
            let ops = contracts::some_ops(&mut Dice::new(seed * 100 + capacity as u64), 50, true);
            contracts::like_a_file(&mut stream, &mut file, rules, &ops, at);
            assert_eq!(probe.content(), file.content, "{at}, after {ops:?}");
            assert_eq!(probe.position(), file.position, "{at}, after {ops:?}");
        });
    }
}

fn any_op() -> impl Strategy<Value = Op> {
    let n = 0..40_usize;
    prop_oneof![
        n.clone().prop_map(Op::Read),
        n.clone().prop_map(Op::ReadExact),
        n.clone().prop_map(Op::ReadChunk),
        (0..16_u8).prop_map(Op::ReadUntil),
        n.clone().prop_map(Op::FillAndConsume),
        n.prop_map(Op::Peek),
        prop::collection::vec(0..16_u8, 0..40).prop_map(Op::Write),
        prop::collection::vec(0..16_u8, 0..40).prop_map(Op::WriteChunk),
        Just(Op::Flush),
        Just(Op::Tell),
        (0..90_u64).prop_map(Op::SeekStart),
        (-40..40_i64).prop_map(Op::SeekCurrent),
        (-90..20_i64).prop_map(Op::SeekEnd),
        prop::option::of(0..90_u64).prop_map(Op::Truncate),
    ]
}

fn any_ops() -> impl Strategy<Value = Vec<Op>> {
    prop::collection::vec(any_op(), 1..30)
}

proptest! {
    #[test]
    fn buf_8_any_calls_on_any_device(
        ops in any_ops(),
        capacity in 1..70_usize,
        device in prop::sample::select(hampering()),
        appends: bool,
    ) {
        let content = naive::ramp(50);
        let mut device = Hostile::new(&content).with_all(&device);
        if appends {
            device = device.with(Behaviour::Appending);
        }
        let probe = device.probe();
        let mut file = File::new(&content);
        let mut stream = BufferedRandom::with_capacity(capacity, device).unwrap();
        let rules = Rules { appends, memory: false };
        contracts::like_a_file(&mut stream, &mut file, rules, &ops, "proptest");
        prop_assert_eq!(probe.content(), file.content);
    }

    #[test]
    fn buf_8_any_calls_on_memory(ops in any_ops(), capacity in 1..70_usize) {
        let content = naive::ramp(50);
        let mut file = File::new(&content);
        let memory = BytesIo::from(content);
        let mut stream = BufferedRandom::with_capacity(capacity, memory).unwrap();
        let rules = Rules { appends: false, memory: true };
        contracts::like_a_file(&mut stream, &mut file, rules, &ops, "BytesIo");
        let memory = stream.detach().unwrap();
        prop_assert_eq!(memory.as_slice(), file.content);
    }
}

#[test]
fn buf_8_the_oracle_is_stds_cursor() {
    // The naive file that all of the above is compared with agrees with std's.
    let mut dice = Dice::new(3);
    let mut cursor = std::io::Cursor::new(naive::ramp(30));
    let mut file = File::new(&naive::ramp(30));
    for _ in 0..3000 {
        let n = dice.roll(12);
        match dice.roll(5) {
            0 => {
                let (mut a, mut b) = ([0; 12], [0; 12]);
                let got = (cursor.read(&mut a[..n]).unwrap(), file.read(&mut b[..n]));
                assert_eq!((got.0, a), (got.1, b));
            }
            1 if n > 0 => {
                cursor.write_all(&naive::ramp(n)).unwrap();
                file.write(&naive::ramp(n));
            }
            2 => both_seek(&mut cursor, &mut file, SeekFrom::Start(n as u64 * 3)),
            3 => both_seek(&mut cursor, &mut file, SeekFrom::Current(n as i64 - 6)),
            _ => both_seek(&mut cursor, &mut file, SeekFrom::End(n as i64 - 20)),
        }
        assert_eq!(cursor.get_ref(), &file.content);
    }
}

fn both_seek(cursor: &mut std::io::Cursor<Vec<u8>>, file: &mut File, to: SeekFrom) {
    assert_eq!(cursor.seek(to).ok(), file.seek(to));
}
