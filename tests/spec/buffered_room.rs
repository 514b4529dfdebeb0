//! Chapter "Buffered streams": room for bytes that are made in place.

use std::io::{Seek, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use iolite::{
    BufferedIo, BufferedRandom, BufferedReader, BufferedRwPair, BufferedWriter, BytesIo, IoBase,
};

use crate::support::devices::Behaviour::{FailingClose, Halves, OneByte, ShortWrites};
use crate::support::devices::Hostile;
use crate::support::naive;

fn fill(stream: &mut impl BufferedIo, bytes: &[u8]) {
    stream.spare_mut()[..bytes.len()].copy_from_slice(bytes);
    stream.commit(bytes.len());
}

#[test]
fn buf_71_the_room_is_what_the_buffer_has_left() {
    let device = Hostile::new(b"");
    let probe = device.probe();
    let mut writer = BufferedWriter::with_capacity(10, device);
    writer.write_all(b"abc").unwrap();
    assert_eq!(writer.spare_mut().len(), 7);
    fill(&mut writer, b"de");
    assert_eq!((writer.spare_mut().len(), writer.pending()), (5, 5));
    assert_eq!(writer.stream_position().unwrap(), 5);
    fill(&mut writer, b"fghij");
    assert_eq!((writer.spare_mut().len(), writer.pending()), (0, 10));
    assert_eq!(probe.calls().writes, 0);
    writer.flush().unwrap();
    assert_eq!(probe.content(), b"abcdefghij");
}

#[test]
fn buf_71_what_is_not_committed_is_forgotten() {
    let mut writer = BufferedWriter::with_capacity(10, BytesIo::new());
    writer.write_all(b"a").unwrap();
    writer.spare_mut().fill(b'?');
    writer.commit(0);
    writer.spare_mut()[..2].copy_from_slice(b"b?");
    writer.commit(1);
    writer.write_all(b"c").unwrap();
    assert_eq!(writer.detach().unwrap().as_slice(), b"abc");
}

#[test]
fn buf_71_append_takes_all_or_nothing() {
    let device = Hostile::new(b"");
    let probe = device.probe();
    let mut writer = BufferedWriter::with_capacity(10, device);
    writer.write_all(b"abc").unwrap();
    assert!(!writer.append_if_room(b"too large"));
    assert_eq!(writer.pending(), 3);
    assert!(writer.append_if_room(b"fitting"));
    assert!(!writer.append_if_room(b"!"));
    assert_eq!((writer.pending(), probe.calls().writes), (10, 0));
    writer.flush().unwrap();
    assert_eq!(probe.content(), b"abcfitting");
}

/// Whatever is done in whichever order, the device gets the bytes in that order.
#[test]
fn buf_71_bytes_made_in_place_are_in_line_with_all_others() {
    for behaviours in [vec![], vec![OneByte], vec![Halves], vec![ShortWrites(3)]] {
        for capacity in [1, 7, 64] {
            let device = Hostile::new(b"").with_all(&behaviours);
            let probe = device.probe();
            let mut writer = BufferedWriter::with_capacity(capacity, device);
            let (mut expected, mut appended) = (Vec::new(), 0);
            for (step, byte) in naive::ramp(400).into_iter().enumerate() {
                let bytes = vec![byte; 1 + step % 5];
                let is_in = match step % 4 {
                    0 => writer.append_if_room(&bytes),
                    1 if writer.spare_mut().len() >= bytes.len() => {
                        fill(&mut writer, &bytes);
                        true
                    }
                    2 if step % 24 == 2 => {
                        writer.flush().unwrap();
                        false
                    }
                    _ => false,
                };
                if !is_in {
                    writer.write_all(&bytes).unwrap();
                }
                appended += usize::from(is_in);
                expected.extend_from_slice(&bytes);
                assert!(writer.pending() <= capacity, "{behaviours:?}, {capacity}");
            }
            writer.flush().unwrap();
            assert_eq!(probe.content(), expected, "{behaviours:?}, {capacity}");
            assert_eq!(appended > 0, capacity > 1, "{behaviours:?}, {capacity}");
        }
    }
}

#[test]
fn buf_71_a_pair_a_reference_and_a_box_pass_it_on() {
    let pair = BufferedRwPair::new(BytesIo::new(), BytesIo::new());
    let mut boxed: Box<BufferedRwPair<BytesIo, BytesIo>> = Box::new(pair);
    boxed.write_all(b"a").unwrap();
    let mut by_reference = &mut boxed;
    fill(&mut by_reference, b"b");
    assert!(by_reference.append_if_room(b"c"));
    let (_, writer) = boxed.detach().unwrap();
    assert_eq!(writer.as_slice(), b"abc");
}

fn lends_none(stream: &mut impl BufferedIo) {
    assert!(stream.spare_mut().is_empty());
    assert!(!stream.append_if_room(b"x"));
    stream.commit(0);
    assert!(catch_unwind(AssertUnwindSafe(|| stream.commit(1))).is_err());
}

#[test]
fn buf_71_streams_without_room_lend_none() {
    lends_none(&mut BufferedReader::new(BytesIo::from(b"text".to_vec())));
    lends_none(&mut BytesIo::from(b"text".to_vec()));
    lends_none(&mut BufferedRandom::new(BytesIo::new()).unwrap());
}

#[test]
fn buf_71_a_closed_stream_lends_none() {
    for behaviours in [vec![], vec![FailingClose]] {
        let device = Hostile::new(b"").with_all(&behaviours);
        let mut writer = BufferedWriter::with_capacity(10, device);
        writer.write_all(b"abc").unwrap();
        assert_eq!(writer.close().is_err(), !behaviours.is_empty());
        lends_none(&mut writer);
    }
}

#[test]
fn buf_71_to_commit_more_than_there_is_panics_and_writes_nothing() {
    let mut writer = BufferedWriter::with_capacity(10, BytesIo::new());
    writer.write_all(b"abc").unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| writer.commit(8))).is_err());
    assert_eq!(writer.pending(), 3);
    assert_eq!(writer.detach().unwrap().as_slice(), b"abc");
}

/// There are so many addresses, and nowhere is there so much memory.
#[cfg(target_pointer_width = "64")]
#[test]
fn buf_84_a_buffer_that_there_is_no_memory_for_is_an_error() {
    use std::io::{BufRead, ErrorKind, Read};
    let memory = || BytesIo::from(b"one\ntwo\n".to_vec());
    for capacity in [1 << 61, usize::MAX] {
        let mut reader = BufferedReader::with_capacity(capacity, memory());
        for _ in 0..2 {
            let error = reader.read(&mut [0; 2]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::OutOfMemory);
            let error = reader.read_until(b'\n', &mut Vec::new()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::OutOfMemory);
        }
        assert_eq!(reader.stream_position().unwrap(), 0);
        let mut memory = reader.detach().unwrap();
        assert_eq!(memory.stream_position().unwrap(), 0);
        let mut writer = BufferedWriter::with_capacity(capacity, BytesIo::new());
        let long = vec![b'.'; 200_000];
        writer.write_all(&long).unwrap();
        writer.write_all(b"x").unwrap();
        assert_eq!(writer.pending(), 200_001);
        let all = writer.detach().unwrap().into_inner();
        assert!(all == [&long[..], b"x"].concat());
    }
}
