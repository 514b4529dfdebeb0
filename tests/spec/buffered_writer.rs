//! Chapter "Buffered streams", the writer.

use std::io::{ErrorKind, Seek, SeekFrom, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use iolite::{BufferedIo, BufferedWriter, BytesIo, Chunk, Error, IoBase};
use rstest::rstest;

use crate::support::contracts;
use crate::support::devices::{Behaviour, EIO, Hostile, Probe};
use crate::support::naive;

/// A writer with a buffer of `capacity` bytes over a device that behaves so.
fn writer(capacity: usize, behaviours: &[Behaviour]) -> (BufferedWriter<Hostile>, Probe) {
    let device = Hostile::new(b"").with_all(behaviours);
    let probe = device.probe();
    (BufferedWriter::with_capacity(capacity, device), probe)
}

/// A writer that is full to its capacity of 10 bytes, and nothing reached the device.
fn full(behaviours: &[Behaviour]) -> (BufferedWriter<Hostile>, Probe) {
    let (mut writer, probe) = writer(10, behaviours);
    writer.write_all(b"01234").unwrap();
    writer.write_all(b"56789").unwrap();
    assert_eq!(probe.calls().writes, 0);
    (writer, probe)
}

fn errno(outcome: std::io::Result<impl std::fmt::Debug>) -> Option<i32> {
    Error::from(outcome.unwrap_err()).raw_os_error()
}

#[test]
fn buf_34_small_writes_are_collected() {
    let (mut writer, probe) = writer(100, &[]);
    for i in 0..250_u8 {
        assert_eq!(writer.write(&[i]).unwrap(), 1);
        assert_eq!(writer.pending(), usize::from(i) % 100 + 1);
    }
    assert_eq!(probe.calls().writes, 2);
    writer.flush().unwrap();
    assert_eq!(probe.calls().writes, 3);
    assert_eq!((probe.content(), writer.pending()), (naive::ramp(250), 0));
}

#[test]
fn buf_35_a_full_buffer_waits_for_the_next_byte() {
    let (mut writer, probe) = full(&[]);
    assert_eq!(writer.write(b"").unwrap(), 0);
    assert_eq!(probe.calls().writes, 0);
    writer.write_all(b"a").unwrap();
    assert_eq!(
        (&probe.content()[..], writer.pending()),
        (&b"0123456789"[..], 1)
    );
}

#[test]
fn buf_36_a_drain_is_one_gather_write() {
    let (mut writer, probe) = writer(1 << 20, &[]);
    let large = Chunk::from(naive::ramp(3000));
    writer.write_all(b"head").unwrap();
    writer.write_chunk(large.clone()).unwrap();
    writer.write_all(b"mid").unwrap();
    writer.write_chunk(large.clone()).unwrap();
    writer.write_all(b"tail").unwrap();
    assert_eq!(probe.calls().writes, 0);
    writer.flush().unwrap();
    assert_eq!(probe.gathers(), [5]);
    let expected = [&b"head"[..], &large, b"mid", &large, b"tail"].concat();
    assert!(probe.content() == expected);
}

#[test]
fn buf_36_more_pieces_than_one_call_takes() {
    let (mut writer, probe) = writer(1 << 20, &[]);
    let content = naive::ramp(100 * 2048);
    let mut rest = Chunk::from(content.clone());
    while !rest.is_empty() {
        writer.write_chunk(rest.split_to(2048)).unwrap();
    }
    writer.flush().unwrap();
    assert_eq!(probe.gathers().iter().sum::<usize>(), 100);
    assert_eq!(probe.calls().writes, 4);
    assert!(probe.content() == content);
}

#[test]
fn buf_37_large_slices_go_past_the_buffer() {
    let (mut writer, probe) = writer(10, &[]);
    writer.write_all(b"abc").unwrap();
    let large = naive::ramp(50);
    writer.write_all(&large).unwrap();
    let pieces = probe.pieces();
    assert_eq!(pieces.len(), 2, "first what was pending, then the slice");
    assert_eq!(pieces[1], (large.as_ptr() as usize, 50));
    assert_eq!(
        (probe.content(), writer.pending()),
        ([b"abc", &large[..]].concat(), 0)
    );
}

/// A slice of exactly the buffer's size was copied into the empty buffer.
#[test]
fn buf_37_a_slice_of_the_buffers_size_goes_past_it() {
    let (mut writer, probe) = writer(10, &[]);
    let slice = naive::ramp(10);
    writer.write_all(&slice).unwrap();
    assert_eq!(writer.write(&slice).unwrap(), 10);
    let expected = (slice.as_ptr() as usize, 10);
    assert_eq!(probe.pieces(), [expected, expected]);
    assert_eq!(writer.pending(), 0);
}

#[test]
fn buf_38_large_chunks_are_queued_by_reference() {
    let (mut writer, probe) = writer(1 << 20, &[]);
    let large = Chunk::from(naive::ramp(2048));
    let small = Chunk::from(naive::ramp(2047));
    writer.write_chunk(large.clone()).unwrap();
    writer.write_chunk(small.clone()).unwrap();
    assert_eq!(writer.pending(), 4095);
    writer.flush().unwrap();
    let addresses: Vec<usize> = probe.pieces().iter().map(|piece| piece.0).collect();
    assert_eq!(
        addresses[0],
        large.as_ptr() as usize,
        "from 2 KiB on not a byte is copied"
    );
    assert_ne!(addresses[1], small.as_ptr() as usize, "below it is");
}

#[test]
fn buf_38_a_chunk_that_fills_the_buffer_is_written_by_reference() {
    let (mut writer, probe) = writer(10, &[]);
    let chunk = Chunk::from(b"more than ten bytes".to_vec());
    writer.write_chunk(chunk.clone()).unwrap();
    assert_eq!(probe.pieces(), [(chunk.as_ptr() as usize, chunk.len())]);
    assert_eq!(writer.pending(), 0);
}

#[test]
fn buf_39_write_takes_what_there_is_room_for_when_the_device_would_block() {
    let (mut writer, probe) = writer(10, &[Behaviour::Interrupted]);
    writer.write_all(b"0123456").unwrap();
    probe.answer_next(ErrorKind::WouldBlock);
    assert_eq!(writer.write(b"abcdef").unwrap(), 3);
    assert_eq!((writer.pending(), probe.content().len()), (10, 0));
    probe.answer_next(ErrorKind::WouldBlock);
    let error = writer.write(b"def").unwrap_err();
    assert_eq!(
        (error.kind(), writer.pending()),
        (ErrorKind::WouldBlock, 10)
    );
    writer.write_all(b"def").unwrap();
    writer.flush().unwrap();
    assert_eq!(probe.content(), b"0123456abcdef");
}

#[test]
fn buf_39_a_large_slice_that_would_block_is_taken_up_to_the_buffer() {
    let (mut writer, probe) = writer(10, &[]);
    probe.answer_next(ErrorKind::WouldBlock);
    assert_eq!(writer.write(&[b'x'; 25]).unwrap(), 10);
    assert_eq!((writer.pending(), probe.content()), (10, vec![]));
}

#[test]
fn buf_40_write_all_says_how_much_was_taken() {
    let (mut writer, probe) = writer(10, &[Behaviour::Room(5)]);
    let text = b"the quick brown fox jumps over the lazy dog";
    let (mut given, mut refusals) = (0, Vec::new());
    while let Err(error) = writer.write_all(&text[given..]) {
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
        let Error::WouldBlock { written } = error.into() else {
            panic!("not typed");
        };
        given += written;
        refusals.push(written);
        assert_eq!(probe.content().len() + writer.pending(), given);
        probe.make_room(12);
    }
    assert_eq!(
        refusals,
        [15, 12, 12],
        "what the device and the buffer had room for"
    );
    probe.make_room(12);
    writer.flush().unwrap();
    assert_eq!(probe.content(), text);
}

#[test]
fn buf_40_a_device_that_would_block_is_not_asked_again_in_the_same_call() {
    // Found by CPython's own tests: the device was asked a second time after it had refused.
    let (mut writer, probe) = writer(8, &[]);
    probe.answer_next(ErrorKind::WouldBlock);
    let error = writer.write_all(b"0123456789").unwrap_err();
    assert!(matches!(error.into(), Error::WouldBlock { written: 8 }));
    assert_eq!((writer.pending(), probe.content()), (8, vec![]));
    writer.write_all(b"89").unwrap();
    writer.flush().unwrap();
    assert_eq!(probe.content(), b"0123456789");
}

#[test]
fn buf_41_a_chunk_that_is_refused_was_not_taken_at_all() {
    // Found by the writing contract: the chunk was queued before the device failed, the caller
    // was told of the failure, and a retry wrote the chunk twice.
    for size in [5, 20, 3000] {
        let (mut writer, probe) = full(&[]);
        let chunk = Chunk::from(naive::ramp(size));
        for attempt in [ErrorKind::WouldBlock, ErrorKind::StorageFull] {
            probe.answer_next(attempt);
            let error = writer.write_chunk(chunk.clone()).unwrap_err();
            assert_eq!((error.kind(), writer.pending()), (attempt, 10), "{size}");
        }
        writer.write_chunk(chunk.clone()).unwrap();
        writer.flush().unwrap();
        assert!(
            probe.content() == [b"0123456789", &chunk[..]].concat(),
            "{size}"
        );
    }
}

#[test]
fn buf_41_an_error_at_a_chunk_with_bytes_before_it() {
    let (mut writer, probe) = writer(10, &[]);
    writer.write_all(b"abc").unwrap();
    let chunk = Chunk::from(naive::ramp(3000));
    probe.fail_next(EIO);
    assert_eq!(
        writer
            .write_chunk(chunk.clone())
            .unwrap_err()
            .raw_os_error(),
        Some(EIO)
    );
    assert_eq!(writer.pending(), 3);
    writer.write_chunk(chunk.clone()).unwrap();
    assert!(probe.content() == [b"abc", &chunk[..]].concat());
}

#[test]
fn buf_41_a_chunk_that_went_out_in_part_was_taken() {
    let (mut writer, probe) = writer(
        10,
        &[Behaviour::ErrorAfter(100), Behaviour::ShortWrites(50)],
    );
    let chunk = Chunk::from(naive::ramp(3000));
    writer.write_chunk(chunk.clone()).unwrap();
    assert_eq!((probe.content().len(), writer.pending()), (100, 2900));
    writer.flush().unwrap();
    assert!(chunk == probe.content());
}

#[test]
fn buf_41_what_would_block_at_a_chunk_is_typed() {
    let (mut writer, probe) = full(&[]);
    probe.answer_next(ErrorKind::WouldBlock);
    let error = writer.write_chunk(Chunk::from(b"x")).unwrap_err();
    assert!(
        matches!(error, Error::WouldBlock { written: 0 }),
        "{error:?}"
    );
}

#[test]
fn buf_42_after_a_failed_drain_the_rest_is_kept() {
    for at in 0..10 {
        let (mut writer, probe) = full(&[Behaviour::ErrorAfter(at)]);
        assert_eq!(errno(writer.flush()), Some(EIO));
        assert_eq!((probe.content().len(), writer.pending()), (at, 10 - at));
        writer.flush().unwrap();
        assert_eq!(probe.content(), b"0123456789", "{at}");
    }
}

#[test]
fn buf_43_after_an_error_the_position_says_how_much_was_taken() {
    let (mut writer, probe) = writer(4, &[Behaviour::ErrorAfter(10), Behaviour::ShortWrites(3)]);
    let text = naive::ramp(30);
    assert_eq!(errno(writer.write_all(&text)), Some(EIO));
    let taken = writer.stream_position().unwrap() as usize;
    assert_eq!(taken, probe.content().len() + writer.pending());
    assert!((10..30).contains(&taken));
    writer.write_all(&text[taken..]).unwrap();
    writer.flush().unwrap();
    assert_eq!(probe.content(), text);
}

#[test]
fn buf_44_the_position_counts_what_is_pending() {
    let mut device = Hostile::new(&naive::ramp(50));
    device.seek(SeekFrom::Start(20)).unwrap();
    let probe = device.probe();
    let mut writer = BufferedWriter::with_capacity(10, device);
    for i in 0..25_u64 {
        assert_eq!(writer.stream_position().unwrap(), 20 + i);
        writer.write_all(b"x").unwrap();
    }
    assert_eq!(probe.calls().seeks, 2, "one of the test, one to ask");
    assert_eq!(probe.calls().writes, 2, "and telling writes nothing");
}

/// CPython answers the number that it would be without O_APPEND.
#[test]
fn buf_45_telling_an_appending_device_writes_first() {
    let device = Hostile::new(b"12345").with(Behaviour::Appending);
    let probe = device.probe();
    let mut writer = BufferedWriter::with_capacity(10, device);
    writer.rewind().unwrap();
    writer.write_all(b"ab").unwrap();
    assert_eq!(writer.stream_position().unwrap(), 7);
    assert_eq!(probe.content(), b"12345ab");
    probe.grow(b"other");
    writer.write_all(b"c").unwrap();
    assert_eq!(writer.stream_position().unwrap(), 13);
}

#[rstest]
#[case::buf_46_absolute(SeekFrom::Start(2), 2)]
#[case::buf_46_relative_to_the_logical_position(SeekFrom::Current(-3), 2)]
#[case::buf_46_from_the_end(SeekFrom::End(-1), 4)]
fn seeking_writes_first(#[case] to: SeekFrom, #[case] expected: u64) {
    let (mut writer, probe) = writer(10, &[]);
    writer.write_all(b"abcde").unwrap();
    assert_eq!(writer.seek(to).unwrap(), expected);
    assert_eq!((&probe.content()[..], writer.pending()), (&b"abcde"[..], 0));
    writer.write_all(b"X").unwrap();
    assert_eq!(writer.stream_position().unwrap(), expected + 1);
    writer.flush().unwrap();
    assert_eq!(probe.content()[expected as usize], b'X');
}

#[test]
fn buf_46_a_seek_that_cannot_write_does_not_move() {
    let (mut writer, probe) = full(&[]);
    assert_eq!(writer.stream_position().unwrap(), 10);
    probe.fail_next(EIO);
    assert_eq!(errno(writer.seek(SeekFrom::Start(100))), Some(EIO));
    assert_eq!(writer.stream_position().unwrap(), 10);
    writer.flush().unwrap();
    assert_eq!(probe.content(), b"0123456789");
}

#[rstest]
#[case::buf_47_at_the_logical_position(None, 3, b"abc")]
#[case::buf_47_shorter(Some(1), 1, b"a")]
#[case::buf_47_longer(Some(5), 5, b"abc\0\0")]
fn truncating_writes_first(#[case] size: Option<u64>, #[case] answer: u64, #[case] left: &[u8]) {
    let device = Hostile::new(b"oldcontent");
    let probe = device.probe();
    let mut writer = BufferedWriter::new(device);
    writer.write_all(b"abc").unwrap();
    assert_eq!(writer.truncate(size).unwrap(), answer);
    assert_eq!(writer.stream_position().unwrap(), 3, "the position stays");
    let content = probe.content();
    assert_eq!(&content[..3.min(content.len())], &left[..3.min(left.len())]);
    assert_eq!(content.len() as u64, answer);
}

#[test]
fn buf_48_flush_flushes_the_device_too() {
    let (mut writer, probe) = writer(10, &[]);
    writer.write_all(b"a").unwrap();
    writer.flush().unwrap();
    assert_eq!((probe.calls().writes, probe.calls().flushes), (1, 1));
}

#[test]
fn buf_49_drop_writes_what_is_pending() {
    let (writer, probe) = full(&[Behaviour::Interrupted, Behaviour::ShortWrites(3)]);
    drop(writer);
    assert_eq!(probe.content(), b"0123456789");
}

#[test]
fn buf_49_drop_swallows_errors() {
    let (writer, probe) = full(&[]);
    probe.fail_next(EIO);
    drop(writer);
    assert_eq!((probe.content(), probe.calls().writes), (vec![], 1));
}

#[test]
fn buf_50_nothing_is_written_at_drop_after_a_panic_in_the_device() {
    let (mut writer, probe) = full(&[Behaviour::PanicOnWrite]);
    assert!(catch_unwind(AssertUnwindSafe(|| writer.flush())).is_err());
    assert_eq!(probe.calls().writes, 1);
    drop(writer);
    assert_eq!(
        probe.calls().writes,
        1,
        "how much the device took is unknown"
    );
}

#[test]
fn buf_50_a_panic_in_a_large_write() {
    let (mut writer, probe) = writer(4, &[Behaviour::PanicOnWrite]);
    assert!(catch_unwind(AssertUnwindSafe(|| writer.write(&[1; 9]))).is_err());
    drop(writer);
    assert_eq!(probe.calls().writes, 1);
}

#[test]
fn buf_50_after_a_panic_in_the_device_nothing_goes_on_and_close_says_so() {
    let (mut writer, probe) = full(&[Behaviour::PanicOnWrite]);
    assert!(catch_unwind(AssertUnwindSafe(|| writer.flush())).is_err());
    for outcome in [writer.flush(), writer.write_all(b"x"), writer.rewind()] {
        assert!(matches!(Error::from(outcome.unwrap_err()), Error::Poisoned));
    }
    assert!(matches!(writer.close(), Err(Error::Poisoned)));
    assert!(probe.is_closed());
    assert_eq!(probe.calls().writes, 1);
}

#[test]
fn buf_51_drop_does_not_panic_where_the_device_does() {
    let (writer, probe) = full(&[Behaviour::PanicOnWrite]);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(writer))).is_ok());
    assert_eq!(probe.calls().writes, 1);
}

#[test]
fn buf_52_close_writes_and_reports() {
    let (mut writer, probe) = full(&[]);
    writer.close().unwrap();
    assert_eq!(probe.content(), b"0123456789");
    assert!(probe.is_closed());
    assert_eq!((probe.calls().flushes, probe.calls().closes), (1, 1));
}

#[test]
fn buf_52_close_closes_even_if_it_cannot_write() {
    let (mut writer, probe) = full(&[]);
    probe.fail_next(EIO);
    assert_eq!(writer.close().unwrap_err().raw_os_error(), Some(EIO));
    assert!(writer.is_closed() && probe.is_closed());
    assert_eq!(
        (writer.pending(), probe.content()),
        (10, vec![]),
        "it is kept, and was reported"
    );
    writer.close().unwrap();
    drop(writer);
    assert_eq!((probe.calls().writes, probe.calls().closes), (1, 1));
}

#[test]
fn buf_52_what_a_close_could_not_write_comes_out_of_into_parts() {
    let large = Chunk::from(naive::ramp(4000));
    let all = [b"head", &large[..], b"tail"].concat();
    for taken in [0, 3, 100, all.len() - 1] {
        let (mut writer, probe) = writer(1 << 20, &[Behaviour::Room(taken)]);
        writer.write_all(b"head").unwrap();
        writer.write_chunk(large.clone()).unwrap();
        writer.write_all(b"tail").unwrap();
        assert!(writer.close().unwrap_err().is_would_block());
        // There was room for more in the block.
        contracts::closing_buffered(&mut writer, "BufferedWriter after a failed close");
        assert!(!writer.append_if_room(b"x") && writer.spare_mut().is_empty());
        assert_eq!(writer.pending(), all.len() - taken);
        let writer = writer.detach().unwrap_err().into_parts().1;
        let (device, pending) = writer.into_parts();
        assert!(device.is_closed() && probe.content() == all[..taken]);
        assert!(pending == all[taken..]);
    }
}

#[test]
fn buf_52_what_was_written_before_the_flush_failed_is_not_handed_out() {
    let (mut writer, probe) = full(&[Behaviour::FailingClose]);
    writer.close().unwrap_err();
    assert_eq!((writer.pending(), probe.content().len()), (0, 10));
    assert_eq!(writer.into_parts().1, b"");
}

#[test]
fn buf_52_close_reports_two_errors() {
    let (mut writer, probe) = full(&[Behaviour::FailingClose]);
    contracts::both(writer.close(), EIO, EIO + 1);
    assert!(probe.is_closed());
}

#[test]
fn buf_52_close_that_would_block_says_so() {
    let (mut writer, probe) = full(&[Behaviour::WouldBlock]);
    assert!(writer.close().unwrap_err().is_would_block());
    assert!(probe.is_closed());
}

#[test]
fn buf_53_abandon_throws_away_what_is_pending() {
    let (writer, probe) = full(&[]);
    drop(writer.into_parts().0);
    assert_eq!((probe.content(), probe.calls().writes), (vec![], 0));
}

#[test]
fn buf_54_into_parts_gives_what_is_pending() {
    let (mut writer, probe) = writer(1 << 20, &[]);
    writer.write_all(b"head").unwrap();
    let (mut device, pending) = writer.into_parts();
    assert_eq!(pending, b"head");
    assert_eq!(probe.calls().writes, 0);
    device.write_all(&pending).unwrap();
    assert_eq!(probe.content(), b"head");
}

#[test]
fn buf_54_into_parts_puts_several_pieces_in_order() {
    let (mut writer, _) = writer(1 << 20, &[]);
    let large = Chunk::from(naive::ramp(4000));
    writer.write_all(b"head").unwrap();
    writer.write_chunk(large.clone()).unwrap();
    writer.write_all(b"tail").unwrap();
    let (_, pending) = writer.into_parts();
    assert!(pending == [b"head", &large[..], b"tail"].concat());
}

#[test]
fn buf_54_into_parts_after_a_failed_drain_gives_the_rest() {
    let (mut writer, probe) = full(&[Behaviour::ErrorAfter(4)]);
    writer.flush().unwrap_err();
    let (_, pending) = writer.into_parts();
    assert_eq!(
        (&probe.content()[..], &pending[..]),
        (&b"0123"[..], &b"456789"[..])
    );
}

#[test]
fn buf_54_into_parts_copies_no_large_chunk() {
    let (mut writer, _) = writer(1 << 20, &[]);
    let large = Chunk::from(naive::ramp(4000));
    writer.write_chunk(large.clone()).unwrap();
    assert_eq!(writer.into_parts().1.as_ptr(), large.as_ptr());
}

#[test]
fn buf_55_detach_writes_and_gives_the_device() {
    let mut writer = BufferedWriter::new(BytesIo::new());
    writer.write_all(b"abc").unwrap();
    assert_eq!(writer.detach().unwrap().as_slice(), b"abc");
}

#[test]
fn buf_55_a_failed_detach_hands_the_stream_back() {
    let (writer, probe) = full(&[Behaviour::ErrorAfter(4)]);
    let error = writer.detach().unwrap_err();
    assert_eq!(error.error().raw_os_error(), Some(EIO));
    assert_eq!(error.value().pending(), 6);
    let (_, mut writer) = error.into_parts();
    writer.flush().unwrap();
    assert_eq!(probe.content(), b"0123456789");
}

/// It wrote what was pending, and failed with that.
#[test]
fn buf_4_a_seek_that_cannot_be_writes_nothing() {
    let (mut writer, probe) = writer(10, &[Behaviour::Unseekable]);
    writer.write_all(b"abc").unwrap();
    let error = Error::from(writer.seek(SeekFrom::Start(0)).unwrap_err());
    assert!(matches!(error, Error::Unsupported { .. }), "{error:?}");
    assert_eq!((probe.calls().writes, writer.pending()), (0, 3));
}
