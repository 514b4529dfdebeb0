//! SPEC.md, "Random access": what it costs, in calls of the device, in copies and in blocks.

use std::io::{Read, Seek, SeekFrom, Write};

use iolite::{BlockCache, BufferedIo, BufferedRandom, Chunk, RawIo};

use crate::support::devices::{Behaviour, Calls, Hostile, Probe};
use crate::support::{layer, naive};

/// How many bytes the devices here have.
const SIZE: usize = 1 << 16;

fn device() -> (Hostile, Probe) {
    let device = Hostile::new(&naive::ramp(SIZE)).with(Behaviour::Positioned);
    let probe = device.probe();
    (device, probe)
}

/// One window of 1000 bytes.
fn window() -> (BufferedRandom<Hostile>, Probe) {
    let (device, probe) = device();
    (BufferedRandom::with_capacity(1000, device).unwrap(), probe)
}

/// Blocks of 100 bytes.
fn cache(blocks: usize) -> (BlockCache<Hostile>, Probe) {
    let (device, probe) = device();
    (layer::cache(blocks, 100, device), probe)
}

/// Reads `n` bytes at a place, and checks them against what the device began with.
fn read_at(file: &mut (impl Read + Seek), place: usize, n: usize) {
    let mut buf = vec![0; n];
    file.seek(SeekFrom::Start(place as u64)).unwrap();
    file.read_exact(&mut buf).unwrap();
    let expected = (place..place + n).map(|at| (at % 251) as u8);
    assert!(buf.into_iter().eq(expected), "{n} at {place}");
}

fn write_at(file: &mut (impl Write + Seek), place: u64, bytes: &[u8]) {
    file.seek(SeekFrom::Start(place)).unwrap();
    file.write_all(bytes).unwrap();
}

fn read_calls(probe: &Probe) -> usize {
    probe.calls().reads
}

#[test]
fn rnd_9_the_position_is_asked_once() {
    let (device, probe) = device();
    let mut file = BufferedRandom::new(device).unwrap();
    for i in 0..10 {
        assert_eq!(file.stream_position().unwrap(), i);
        file.read_exact(&mut [0]).unwrap();
    }
    assert_eq!((probe.calls().seeks, probe.calls().reads), (1, 1));
}

#[test]
fn rnd_10_a_seek_calls_nothing_wherever_it_goes() {
    let (mut file, probe) = window();
    file.read_exact(&mut [0; 10]).unwrap();
    file.write_all(b"pending").unwrap();
    let before = probe.calls();
    for to in [
        SeekFrom::Start(5),
        SeekFrom::Start(40_000),
        SeekFrom::Current(-20_000),
        SeekFrom::Start(1 << 40),
    ] {
        file.seek(to).unwrap();
    }
    assert_eq!(file.stream_position().unwrap(), 1 << 40);
    assert_eq!(probe.calls(), before);
    assert_eq!(file.seek(SeekFrom::End(-1)).unwrap(), SIZE as u64 - 1);
    let one_more = Calls {
        seeks: before.seeks + 1,
        ..before
    };
    assert_eq!(probe.calls(), one_more);
}

#[test]
fn rnd_10_pending_bytes_count_for_the_end() {
    let (mut file, probe) = window();
    write_at(&mut file, SIZE as u64 - 2, b"abcde");
    assert_eq!(file.seek(SeekFrom::End(0)).unwrap(), SIZE as u64 + 3);
    assert_eq!(file.seek(SeekFrom::End(-4)).unwrap(), SIZE as u64 - 1);
    assert_eq!(probe.calls().writes, 0);
    let error = file.seek(SeekFrom::End(-(SIZE as i64) - 4)).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
    assert_eq!(file.stream_position().unwrap(), SIZE as u64 - 1);
}

#[test]
fn rnd_14_a_seek_and_a_small_read_cost_nothing_inside_and_one_call_outside() {
    let (mut file, probe) = window();
    read_at(&mut file, 0, 16);
    for (place, reads) in [(900, 1), (3, 1), (500, 1), (1400, 2), (1300, 3), (900, 3)] {
        read_at(&mut file, place, 16);
        assert_eq!(read_calls(&probe), reads, "at {place}");
    }
    assert_eq!((probe.calls().seeks, probe.position()), (0, 0));
    let (mut file, probe) = cache(3);
    for (place, reads) in [(50, 1), (0, 1), (250, 2), (420, 3), (200, 3), (80, 3)] {
        read_at(&mut file, place, 16);
        assert_eq!(read_calls(&probe), reads, "at {place}");
    }
    assert_eq!((probe.calls().seeks, probe.position()), (0, 0));
    file.flush().unwrap();
    assert_eq!(probe.position(), 96, "where the stream is");
}

#[test]
fn rnd_15_two_writes_in_a_block_are_one_with_what_lies_between() {
    let (mut file, probe) = window();
    read_at(&mut file, 0, 16);
    write_at(&mut file, 100, b"XY");
    write_at(&mut file, 50, b"Z");
    read_at(&mut file, 200, 16);
    file.flush().unwrap();
    assert_eq!((probe.calls().reads, probe.calls().writes), (1, 1));
    assert_eq!((probe.write_places(), probe.pieces()[0].1), (vec![50], 52));
    let mut expected = naive::ramp(SIZE);
    expected[100..102].copy_from_slice(b"XY");
    expected[50] = b'Z';
    assert_eq!(probe.content(), expected);
}

/// Reads 4096 records of 16 bytes, changes each and writes it back.
fn update_records(mut file: impl Read + Write + Seek) {
    let mut record = [0; 16];
    for _ in 0..4096 {
        file.read_exact(&mut record).unwrap();
        record[0] = !record[0];
        file.seek(SeekFrom::Current(-16)).unwrap();
        file.write_all(&record).unwrap();
    }
    file.flush().unwrap();
}

#[test]
fn rnd_16_an_update_of_every_record_is_one_read_and_one_write_for_each_block() {
    let mut expected = naive::ramp(SIZE);
    expected
        .iter_mut()
        .step_by(16)
        .for_each(|byte| *byte = !*byte);
    for blocks in [None, Some(1), Some(4)] {
        let (device, probe) = device();
        match blocks {
            None => update_records(BufferedRandom::with_capacity(1024, device).unwrap()),
            Some(blocks) => update_records(layer::cache(blocks, 1024, device)),
        }
        let calls = probe.calls();
        assert_eq!((calls.reads, calls.writes), (64, 64), "{blocks:?}");
        assert_eq!(probe.content(), expected, "{blocks:?}");
    }
}

#[test]
fn rnd_17_a_write_reads_nothing_and_a_read_around_it_reads_once() {
    fn check((mut file, probe): (impl Read + Write + Seek, Probe)) {
        write_at(&mut file, 250, b"XY");
        file.write_all(b"Z").unwrap();
        assert_eq!(read_calls(&probe), 0);
        read_at(&mut file, 253, 10);
        assert_eq!(read_calls(&probe), 1);
        read_at(&mut file, 240, 10);
        assert_eq!(read_calls(&probe), 2, "what is before it");
        let mut three = [0; 3];
        file.read_exact(&mut three).unwrap();
        assert_eq!((&three, read_calls(&probe)), (b"XYZ", 2));
    }
    check(window());
    check(cache(2));
}

#[test]
fn rnd_18_a_large_read_goes_straight_to_the_caller_up_to_what_is_pending() {
    let (mut file, probe) = cache(4);
    write_at(&mut file, 350, b"XY");
    file.seek(SeekFrom::Start(10)).unwrap();
    let mut buf = [0; 500];
    assert_eq!(file.read(&mut buf).unwrap(), 340);
    assert_eq!(probe.targets(), [buf.as_ptr() as usize]);
    assert_eq!(file.read(&mut buf[340..]).unwrap(), 2, "what is pending");
    file.read_exact(&mut buf[342..]).unwrap();
    let mut expected = naive::ramp(SIZE);
    expected[350..352].copy_from_slice(b"XY");
    assert_eq!(buf, expected[10..510]);
    assert_eq!(probe.calls().writes, 0);
}

#[test]
fn rnd_18_a_large_write_goes_out_at_once_behind_what_was_pending() {
    let (mut file, probe) = cache(4);
    read_at(&mut file, 120, 10);
    write_at(&mut file, 250, b"old");
    write_at(&mut file, 650, b"far");
    let large = [b'L'; 300];
    write_at(&mut file, 100, &large);
    assert_eq!(probe.write_places(), [250, 100]);
    assert_eq!(probe.pieces()[1], (large.as_ptr() as usize, 300));
    file.seek(SeekFrom::Start(120)).unwrap();
    let mut buf = [0; 290];
    file.read_exact(&mut buf).unwrap();
    assert_eq!(buf[..280], large[..280], "and nothing old is read");
    assert_eq!(buf[280..], naive::ramp(SIZE)[400..410]);
    assert_eq!(file.pending(), 3);
}

#[test]
fn rnd_19_the_block_used_longest_ago_makes_way() {
    let (mut file, probe) = cache(3);
    for place in [0, 100, 200, 0, 300] {
        read_at(&mut file, place, 10);
    }
    assert_eq!(read_calls(&probe), 4, "0, 200 and 300 are left");
    for place in [250, 350, 50] {
        read_at(&mut file, place, 10);
    }
    assert_eq!(read_calls(&probe), 4);
    read_at(&mut file, 150, 10);
    assert_eq!(read_calls(&probe), 5, "200 made way for it");
    read_at(&mut file, 350, 10);
    read_at(&mut file, 50, 10);
    assert_eq!(read_calls(&probe), 5);
}

#[test]
fn rnd_19_what_makes_way_is_written_then() {
    let (mut file, probe) = cache(2);
    write_at(&mut file, 10, b"AB");
    write_at(&mut file, 510, b"CD");
    assert_eq!((file.pending(), probe.calls().writes), (4, 0));
    read_at(&mut file, 900, 10);
    assert_eq!((file.pending(), probe.write_places()), (2, vec![10]));
    read_at(&mut file, 100, 10);
    assert_eq!((file.pending(), probe.write_places()), (0, vec![10, 510]));
}

#[test]
fn rnd_19_a_thousand_blocks_are_found_again() {
    let (device, probe) = device();
    let mut file = layer::cache(1000, 64, device);
    let mut dice = naive::Dice::new(5);
    for _ in 0..20_000 {
        read_at(&mut file, dice.roll(1000) * 64 + dice.roll(32), 32);
    }
    assert_eq!(read_calls(&probe), 1000);
}

#[test]
fn rnd_20_flush_writes_in_ascending_order() {
    let (mut file, probe) = cache(5);
    for place in [410, 30, 999, 250] {
        write_at(&mut file, place, b"x");
    }
    file.flush().unwrap();
    assert_eq!(probe.write_places(), [30, 250, 410, 999]);
}

#[test]
fn rnd_21_a_chunk_shares_the_block_and_never_changes() {
    fn check<S: Read + Write + Seek>(
        (mut file, probe): (S, Probe),
        read_chunk: fn(&mut S, usize) -> iolite::Result<Chunk>,
    ) {
        file.seek(SeekFrom::Start(7)).unwrap();
        let first = read_chunk(&mut file, 10).unwrap();
        file.seek(SeekFrom::Start(7)).unwrap();
        let again = read_chunk(&mut file, 10).unwrap();
        assert_eq!(first.as_ptr(), again.as_ptr(), "no byte was copied");
        write_at(&mut file, 9, b"XY");
        assert_eq!(first, naive::ramp(SIZE)[7..17]);
        file.seek(SeekFrom::Start(7)).unwrap();
        let changed = read_chunk(&mut file, 4).unwrap();
        assert_eq!(changed, b"\x07\x08XY");
        assert_eq!(read_calls(&probe), 1);
    }
    check(window(), BufferedRandom::read_chunk);
    check(cache(2), |file, max| {
        Ok(file.read_shared(max)?.expect("a block"))
    });
}

#[test]
fn rnd_21_a_block_that_nobody_shares_is_changed_in_place() {
    let (mut file, _) = window();
    let place = file.read_chunk(10).unwrap().as_ptr();
    write_at(&mut file, 0, b"XY");
    file.rewind().unwrap();
    assert_eq!(file.read_chunk(2).unwrap().as_ptr(), place);
}

#[test]
fn rnd_26_a_window_that_was_left_backwards_is_centred() {
    let (mut file, probe) = window();
    read_at(&mut file, 20_000, 10);
    read_at(&mut file, 19_990, 10);
    assert_eq!(read_calls(&probe), 2);
    for place in [19_500, 20_400, 19_600, 20_100] {
        read_at(&mut file, place, 10);
    }
    assert_eq!(read_calls(&probe), 2);
}

#[test]
fn rnd_26_a_jump_reads_little_and_what_follows_much() {
    let (mut file, probe) = window();
    read_at(&mut file, 100, 16);
    read_at(&mut file, 40_000, 16);
    read_at(&mut file, 10_000, 600);
    assert_eq!(probe.read_sizes(), [1000, 512, 600]);
    let mut rest = [0; 100];
    file.read_exact(&mut rest).unwrap();
    assert_eq!(
        probe.read_sizes()[3],
        512,
        "nothing was kept of what came before"
    );
    file.read_exact(&mut [0; 500]).unwrap();
    assert_eq!(probe.read_sizes()[4], 488, "up to the window's end");
}

#[test]
fn rnd_26_jumps_that_are_not_gone_on_with_read_what_was_asked_for() {
    let (mut file, probe) = window();
    for place in [100, 40_000, 10_000, 30_000, 5000] {
        read_at(&mut file, place, 16);
    }
    assert_eq!(probe.read_sizes(), [1000, 512, 16, 16, 16]);
    // A record in two parts: from the second one on its jump reads both.
    for (place, reads) in [(20_000, 2), (60_000, 1), (1000, 1), (50_000, 1)] {
        let before = read_calls(&probe);
        read_at(&mut file, place, 4);
        file.read_exact(&mut [0; 60]).unwrap();
        assert_eq!(read_calls(&probe) - before, reads, "at {place}");
    }
}

#[test]
fn rnd_26_a_jump_that_reads_what_was_asked_for_leaves_what_is_pending() {
    let (mut file, probe) = window();
    write_at(&mut file, 500, b"pending");
    for place in [40_000, 10_000, 30_000] {
        read_at(&mut file, place, 16);
    }
    write_at(&mut file, 20_000, b"x");
    for place in [40_000, 10_000] {
        read_at(&mut file, place, 16);
    }
    assert_eq!((file.pending(), probe.write_places()), (1, vec![500]));
    let mut byte = [0];
    file.seek(SeekFrom::Start(20_000)).unwrap();
    file.read_exact(&mut byte).unwrap();
    assert_eq!(&byte, b"x", "not what the device has");
}

#[test]
fn rnd_28_a_small_chunk_is_copied_and_a_large_one_goes_out_from_its_own_memory() {
    let (mut file, probe) = window();
    file.write_chunk(Chunk::from(b"small")).unwrap();
    assert_eq!(probe.calls().writes, 0);
    let large = Chunk::from(vec![b'L'; 1000]);
    file.write_chunk(large.clone()).unwrap();
    assert_eq!(probe.write_places(), [0, 5]);
    assert_eq!(probe.pieces()[1], (large.as_ptr() as usize, 1000));
}
