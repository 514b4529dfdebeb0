//! Chapter "Bytes in memory": `BytesIo` as a buffered stream, and as one that grows.

use std::io::{BufRead, ErrorKind, IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write};

use iolite::{
    BufferedIo, BytesIo, Chunk, Encoding, Error, IoBase, Newline, RawIo, TextIo, TextIoWrapper,
    TextOptions,
};
use proptest::prelude::*;
use rstest::rstest;

use crate::support::contracts::{self, Op, Rules};
use crate::support::naive::{self, Dice, File};

const MEMORY: Rules = Rules {
    appends: false,
    memory: true,
};

/// Like [`contracts::like_a_file`], for a stream whose relative seeks stop at the start.
fn like_memory(content: &[u8], ops: &[Op]) {
    let (mut memory, mut file) = (BytesIo::from(content.to_vec()), File::new(content));
    for (i, op) in ops.iter().enumerate() {
        let at = format!("call {i} of {ops:?}");
        let before = -i64::try_from(file.position).unwrap();
        match op {
            Op::SeekCurrent(by) if *by < before => {
                assert_eq!(memory.seek(SeekFrom::Current(*by)).unwrap(), 0, "{at}");
                file.position = 0;
            }
            op => {
                let op = std::slice::from_ref(op);
                contracts::like_a_file(&mut memory, &mut file, MEMORY, op, &at);
            }
        }
        assert_eq!(memory.as_slice(), file.content, "{at}");
    }
}

#[test]
fn mem_1_any_calls_are_like_those_of_a_file() {
    for seed in 0..200 {
        like_memory(
            &naive::text(60),
            &contracts::some_ops(&mut Dice::new(seed), 60, true),
        );
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
        (0..90_u64).prop_map(Op::SeekStart),
        (-40..40_i64).prop_map(Op::SeekCurrent),
        (-90..20_i64).prop_map(Op::SeekEnd),
        prop::option::of(0..90_u64).prop_map(Op::Truncate),
    ]
}

proptest! {
    #[test]
    fn mem_1_any_calls(ops in prop::collection::vec(any_op(), 1..40)) {
        like_memory(&naive::ramp(50), &ops);
    }
}

#[test]
fn mem_1_everything_arrives_whichever_way_it_is_taken() {
    let content = naive::text(150);
    contracts::reading(|| BytesIo::from(content.clone()), &content, "BytesIo");
}

#[test]
fn mem_1_closed_memory_refuses_every_buffered_call() {
    contracts::closing_buffered(&mut BytesIo::from(b"abc".to_vec()), "BytesIo");
}

#[test]
fn mem_2_chunks_and_glances_are_its_own_memory() {
    let mut memory = BytesIo::from(b"abcdef".to_vec());
    let address = memory.as_slice().as_ptr();
    assert_eq!(memory.peek(2).unwrap(), b"ab");
    assert_eq!(memory.peek(2).unwrap().as_ptr(), address);
    assert_eq!(memory.peek(99).unwrap(), b"abcdef");
    let chunk = memory.read_chunk(4).unwrap();
    assert_eq!((&chunk[..], chunk.as_ptr()), (&b"abcd"[..], address));
    assert_eq!(memory.fill_buf().unwrap(), b"ef");
    memory.consume(99);
    assert_eq!(
        memory.stream_position().unwrap(),
        6,
        "no further than the end"
    );
    assert_eq!(memory.read_chunk(4).unwrap(), b"");
}

#[test]
fn mem_2_a_written_chunk_is_copied() {
    let mut memory = BytesIo::new();
    let chunk = Chunk::from(naive::ramp(10_000));
    memory.write_chunk(chunk.clone()).unwrap();
    assert_eq!(memory.as_slice(), &chunk[..]);
    assert_ne!(memory.as_slice().as_ptr(), chunk.as_ptr());
}

#[test]
fn mem_3_read_exact_takes_all_or_nothing() {
    let mut memory = BytesIo::from(b"abc".to_vec());
    let error = memory.read_exact(&mut [0; 4]).unwrap_err();
    assert!(matches!(
        error.into(),
        Error::PartialRead {
            available: 3,
            expected: 4
        }
    ));
    let mut three = [0; 3];
    memory.read_exact(&mut three).unwrap();
    assert_eq!(&three, b"abc");
}

#[test]
fn mem_3_a_line_that_is_no_text_is_taken_and_handed_back() {
    let mut memory = BytesIo::from(b"good\nbad \xff!\nmore\n\xc3".to_vec());
    let mut line = String::new();
    memory.read_line(&mut line).unwrap();
    let bad = |memory: &mut BytesIo, line: &mut String| {
        let Err(Error::NotUtf8 { line, source }) = memory.read_line(line).map_err(Error::from)
        else {
            panic!("it is no text");
        };
        let Error::Decode { offset, bytes, .. } = *source else {
            panic!("{source:?}");
        };
        (line, offset, bytes)
    };
    let expected = (b"bad \xff!\n".to_vec(), 9, b"\xff".to_vec());
    assert_eq!(bad(&mut memory, &mut line), expected);
    assert_eq!(line, "good\n", "nothing was appended");
    assert_eq!(memory.read_line(&mut line).unwrap(), 5);
    let expected = (b"\xc3".to_vec(), 17, b"\xc3".to_vec());
    assert_eq!(bad(&mut memory, &mut line), expected);
    assert_eq!(memory.read_line(&mut line).unwrap(), 0);
    assert_eq!(line, "good\nmore\n");
}

#[test]
fn mem_7_a_scatter_read_fills_all() {
    let mut memory = BytesIo::from(b"abcdef".to_vec());
    let mut room = ([0; 2], [0; 3], [0; 4]);
    let mut pieces = [
        IoSliceMut::new(&mut room.0),
        IoSliceMut::new(&mut room.1),
        IoSliceMut::new(&mut room.2),
    ];
    assert_eq!(memory.read_vectored(&mut pieces).unwrap(), 6);
    assert_eq!(room, (*b"ab", *b"cde", *b"f\0\0\0"));
}

/// It saturated: a seek answered `Ok` and was somewhere else.
#[test]
fn mem_11_a_position_after_the_last_is_refused() {
    let mut memory = BytesIo::from(b"abc".to_vec());
    memory.seek(SeekFrom::Start(u64::MAX - 1)).unwrap();
    assert_eq!(memory.seek(SeekFrom::Current(1)).unwrap(), u64::MAX);
    for distance in [1, 2, i64::MAX] {
        let error = memory.seek(SeekFrom::Current(distance)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert_eq!(memory.stream_position().unwrap(), u64::MAX);
    }
    assert_eq!(
        memory.seek(SeekFrom::End(i64::MAX)).unwrap(),
        i64::MAX as u64 + 3
    );
}

#[test]
fn mem_12_reading_to_the_end_asks_for_memory_once() {
    let mut memory = BytesIo::from(vec![b'x'; 100_000]);
    let mut all = Vec::new();
    assert_eq!(memory.read_to_end(&mut all).unwrap(), 100_000);
    assert_eq!(all.capacity(), 100_000);
}

#[rstest]
#[case::mem_4_utf_8(Encoding::UTF_8)]
#[case::mem_4_utf_16(Encoding::UTF_16)]
#[case::mem_4_latin_1(Encoding::LATIN_1)]
fn text_both_ways(#[case] encoding: Encoding) {
    let options = TextOptions::new().encoding(encoding).newline(Newline::CrLf);
    let mut text = TextIoWrapper::with_options(BytesIo::new(), options);
    text.write_str("eins\nzwölf\n").unwrap();
    text.flush().unwrap();
    let mut bytes = text.detach().unwrap();
    bytes.rewind().unwrap();
    let options = options.newline(Newline::Universal);
    let mut text = TextIoWrapper::with_options(bytes, options);
    let mut all = String::new();
    text.read_to_string(&mut all).unwrap();
    assert_eq!(all, "eins\nzwölf\n");
}

#[test]
fn mem_4_reading_and_writing_text_take_turns() {
    let mut text = TextIoWrapper::with_options(
        BytesIo::from("one\ntwo\nsix\n".as_bytes().to_vec()),
        TextOptions::new().newline(Newline::Lf),
    );
    assert_eq!(text.next_line().unwrap().as_deref(), Some("one"));
    text.write_str("TWO\n").unwrap();
    assert_eq!(text.next_line().unwrap().as_deref(), Some("six"));
    text.write_str("zehn\n").unwrap();
    text.flush().unwrap();
    assert_eq!(text.get_ref().as_slice(), b"one\nTWO\nsix\nzehn\n");
}

#[test]
fn mem_4_taking_turns_copies_nothing() {
    let memory = BytesIo::from(b"one\ntwo\n".repeat(1000));
    let address = memory.as_slice().as_ptr();
    let options = TextOptions::new().newline(Newline::Lf);
    let mut text = TextIoWrapper::with_options(memory, options);
    while text.next_line().unwrap().is_some() {
        text.write_str("TWO\n").unwrap();
    }
    let memory = text.detach().unwrap();
    // The last turn found the end, and wrote nothing behind it.
    assert!(memory.as_slice() == b"one\nTWO\n".repeat(1000));
    assert_eq!(memory.as_slice().as_ptr(), address);
}

#[test]
fn mem_4_valid_text_is_handed_out_where_it_lies() {
    let memory = BytesIo::from("Zeile\nnoch eine\n".as_bytes().to_vec());
    let range = memory.as_slice().as_ptr_range();
    let mut text = TextIoWrapper::new(memory);
    let shown = text.fill_str().unwrap();
    assert_eq!(shown, "Zeile\nnoch eine\n");
    assert_eq!(shown.as_ptr(), range.start);
}

#[test]
fn mem_5_bytes_change_in_place() {
    let mut memory = BytesIo::from(b"abcdef".to_vec());
    let address = memory.as_slice().as_ptr();
    memory.get_mut()[2..4].copy_from_slice(b"56");
    assert_eq!(memory.as_slice(), b"ab56ef");
    assert_eq!(memory.as_slice().as_ptr(), address, "nothing was copied");
    let chunk = memory.read_chunk(9).unwrap();
    memory.get_mut()[0] = b'X';
    assert_eq!(
        (&chunk[..], memory.as_slice()),
        (&b"ab56ef"[..], &b"Xb56ef"[..])
    );
    memory.rewind().unwrap();
    assert_eq!(memory.read_chunk(9).unwrap(), b"Xb56ef");
}

#[test]
fn mem_6_reading_and_writing_at_an_offset_keep_the_position() {
    let mut memory = BytesIo::from(b"abcdef".to_vec());
    memory.seek(SeekFrom::Start(1)).unwrap();
    let mut three = [0; 3];
    assert!(memory.supports_read_at());
    assert_eq!(memory.read_at(&mut three, 4).unwrap(), 2);
    assert_eq!(&three, b"ef\0");
    assert_eq!(memory.read_at(&mut three, u64::MAX).unwrap(), 0);
    assert_eq!(memory.write_at(b"XY", 8).unwrap(), 2);
    assert_eq!(memory.write_at(b"", 99).unwrap(), 0);
    assert_eq!(memory.as_slice(), b"abcdef\0\0XY");
    assert_eq!(memory.stream_position().unwrap(), 1);
    memory.close().unwrap();
    let closed = |outcome: std::io::Result<usize>| {
        contracts::says_closed(outcome.map_err(Error::from), "closed", "at");
    };
    closed(memory.read_at(&mut [], 0));
    closed(memory.write_at(b"", 0));
}

#[test]
fn mem_7_a_gather_write_takes_all() {
    let mut memory = BytesIo::from(b"abcdef".to_vec());
    memory.seek(SeekFrom::Start(4)).unwrap();
    let slices = [b"12".as_slice(), b"", b"3", b"45"].map(IoSlice::new);
    assert_eq!(memory.write_vectored(&slices).unwrap(), 5);
    assert_eq!(memory.as_slice(), b"abcd12345");
    assert_eq!(memory.stream_position().unwrap(), 9);
    assert_eq!(memory.write_vectored(&[]).unwrap(), 0);
}

#[test]
fn mem_8_it_grows_by_doubling() {
    for at_once in [1, 7, 100] {
        let mut memory = BytesIo::new();
        let mut capacities = std::collections::BTreeSet::new();
        for _ in 0..3000 {
            memory.write_all(&naive::ramp(at_once)).unwrap();
            let position = memory.stream_position().unwrap();
            let content = memory.into_inner();
            capacities.insert(content.capacity());
            memory = BytesIo::from(content);
            memory.seek(SeekFrom::Start(position)).unwrap();
        }
        assert_eq!(memory.as_slice().len(), 3000 * at_once);
        assert!(capacities.len() < 25, "{at_once}: {capacities:?}");
    }
}

#[test]
fn mem_8_what_no_memory_can_hold_changes_nothing() {
    let mut memory = BytesIo::from(b"abcdef".to_vec());
    let chunk = memory.read_chunk(3).unwrap();
    for position in [1 << 60, isize::MAX as u64, u64::MAX] {
        memory.seek(SeekFrom::Start(position)).unwrap();
        for error in [
            memory.write(b"x").unwrap_err(),
            memory.write_at(b"x", position).unwrap_err(),
            memory.write_chunk(Chunk::from(b"x")).unwrap_err().into(),
        ] {
            let kinds = [ErrorKind::OutOfMemory, ErrorKind::InvalidInput];
            assert!(kinds.contains(&error.kind()), "{error}");
        }
        assert_eq!(memory.stream_position().unwrap(), position);
    }
    assert_eq!(
        (&chunk[..], memory.as_slice()),
        (&b"abc"[..], &b"abcdef"[..])
    );
}

#[test]
fn mem_9_it_shows_sizes_and_has_no_descriptor() {
    let mut memory = BytesIo::from(b"secret".to_vec());
    memory.seek(SeekFrom::End(0)).unwrap();
    let shown = format!("{memory:?}");
    assert_eq!(shown, "BytesIo { len: 6, position: 6, closed: false, .. }");
    #[cfg(unix)]
    assert!(memory.flush_and_borrow_fd().unwrap().is_none());
}

/// Whatever happens in between: the marks of line ends that were found ahead must not outlive the
/// bytes, nor a place that went back.
#[test]
fn mem_10_a_record_is_lent_whatever_happened_in_between() {
    for seed in 1..300 {
        let mut dice = Dice::new(seed);
        let content: Vec<u8> = (0..dice.roll(400))
            .map(|_| b"ab\n;"[dice.roll(4)])
            .collect();
        let (mut memory, mut model) = (BytesIo::from(content.clone()), content);
        let mut position = 0;
        for call in 0..60 {
            let at = format!("seed {seed}, call {call}");
            match dice.roll(12) {
                0 => {
                    position = dice.roll(model.len() + 3);
                    memory.seek(SeekFrom::Start(position as u64)).unwrap();
                }
                1 => {
                    let n = dice.roll(70).min(model.len().saturating_sub(position));
                    memory.consume(n);
                    position += n;
                }
                2 => {
                    let bytes = [b'\n'; 3];
                    memory.write_all(&bytes[..1 + dice.roll(2)]).unwrap();
                    memory.seek(SeekFrom::Start(position as u64)).unwrap();
                    model = memory.as_slice().to_vec();
                }
                3 => {
                    let end = dice.roll(model.len() + 1);
                    memory.truncate(Some(end as u64)).unwrap();
                    model.truncate(end);
                }
                4 => {
                    if let Some(byte) = memory.get_mut().last_mut() {
                        *byte = b'\n';
                    }
                    model = memory.as_slice().to_vec();
                }
                5 => {
                    let offset = dice.roll(model.len() + 1);
                    memory.write_at(b"\n;", offset as u64).unwrap();
                    model = memory.as_slice().to_vec();
                }
                other => {
                    let byte = if other < 10 { b'\n' } else { b';' };
                    let rest = model.get(position..).unwrap_or_default();
                    let end = rest.iter().position(|&it| it == byte);
                    let expected = &rest[..end.map_or(rest.len(), |end| end + 1)];
                    assert_eq!(memory.slice_until(byte).unwrap(), expected, "{at}");
                    position += expected.len();
                }
            }
            assert_eq!(memory.stream_position().unwrap(), position as u64, "{at}");
        }
        memory.rewind().unwrap();
        let there = memory.as_slice().as_ptr();
        assert_eq!(memory.slice_until(b'\n').unwrap().as_ptr(), there);
        memory.close().unwrap();
        assert!(matches!(memory.slice_until(b'\n'), Err(Error::Closed)));
    }
}

#[test]
fn mem_13_it_is_made_from_bytes_and_text_of_any_kind() {
    let text = String::from("text");
    let address = text.as_ptr();
    let owned = BytesIo::from(text);
    assert_eq!(owned.as_slice().as_ptr(), address);
    let all = [
        owned,
        BytesIo::from("text"),
        BytesIo::from(&b"text"[..]),
        BytesIo::from(b"text"),
        BytesIo::from(*b"text"),
        BytesIo::from(iolite::Chunk::from(&b"text"[..])),
    ];
    for mut memory in all {
        memory.read_exact(&mut [0; 2]).unwrap();
        let mut clone = memory.clone();
        clone.write_all(b"!!").unwrap();
        assert_eq!(
            (clone.as_slice(), memory.as_slice()),
            (&b"te!!"[..], &b"text"[..])
        );
        memory.close().unwrap();
        assert!(memory.clone().is_closed() && !clone.is_closed());
    }
}
