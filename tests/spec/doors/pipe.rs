//! `Pipe` as a stream, and as `bytes` sees it.

use std::io::{BufRead, ErrorKind, Read, Seek, SeekFrom};

use iolite::chunk::{PipeOptions, Terminator};
use iolite::error::Operation;
use iolite::testing::{
    assert_closes_buffered, assert_reads_all, assert_reads_text, assert_says_closed,
};
use iolite::{
    BufferedIo, Chunk, Encoding, Error, IoBase, Newline, Pipe, Separator, TextIo, TextIoWrapper,
    TextOptions,
};
use proptest::prelude::*;

use crate::input::{Event, failed, of_stream, unlimited};

/// A pipe that was written to and has ended.
fn filled(content: &[u8], size: usize) -> Pipe {
    let mut pipe = PipeOptions::new().copy_threshold(0).build().unwrap();
    for piece in content.chunks(size) {
        pipe.push(piece.to_vec()).unwrap();
    }
    pipe.close(None);
    pipe
}

#[test]
fn dor_14_a_pipe_keeps_the_contracts_of_a_buffered_stream() {
    let content = "lines\nof bytes, and é\n\n".repeat(12);
    for size in [1, 2, 3, 7, 16, 1000] {
        let at = format!("a pipe in pieces of {size}");
        assert_reads_all(|| filled(content.as_bytes(), size), content.as_bytes(), &at);
        assert_closes_buffered(&mut filled(content.as_bytes(), size), &at);
        let open = || TextIoWrapper::new(filled(content.as_bytes(), size));
        assert_reads_text(open, &content, &at);
    }
}

#[test]
fn dor_14_nothing_yet_is_would_block_and_loses_nothing() {
    let mut pipe = Pipe::new();
    let would_block = |outcome: iolite::Result<()>| {
        assert!(outcome.unwrap_err().is_would_block());
    };
    would_block(BufferedIo::read_chunk(&mut pipe, 9).map(drop));
    would_block(pipe.peek(1).map(drop));
    assert_eq!(pipe.read_chunk(0).unwrap(), b"");
    pipe.append(b"abc").unwrap();
    would_block(pipe.peek(4).map(drop));
    assert_eq!(pipe.peek(2).unwrap(), b"ab");
    assert_eq!(pipe.read_chunk(2).unwrap(), b"ab");
    pipe.close(None);
    assert_eq!(pipe.peek(4).unwrap(), b"c");
    assert_eq!(pipe.read_chunk(9).unwrap(), b"c");
    assert_eq!(
        (pipe.read_chunk(9).unwrap(), pipe.peek(9).unwrap()),
        (Chunk::new(), &b""[..])
    );
}

#[test]
fn dor_14_chunks_go_through_without_a_copy_and_into_a_full_pipe_not_at_all() {
    let chunk = Chunk::from(vec![b'x'; 4000]);
    let mut pipe = PipeOptions::new().limit(5000).build().unwrap();
    pipe.write_chunk(chunk.clone()).unwrap();
    let refused = pipe.write_chunk(chunk.clone()).unwrap_err();
    assert!(matches!(refused, Error::WouldBlock { written: 0 }));
    assert_eq!(pipe.read_chunk(5000).unwrap().as_ptr(), chunk.as_ptr());
    pipe.write_chunk(chunk).unwrap();
    assert!(matches!(pipe.peek(6000), Err(Error::TooLarge { .. })));
}

#[test]
fn dor_14_room_is_lent_and_committed() {
    let mut pipe = PipeOptions::new().limit(8).build().unwrap();
    let stream: &mut dyn BufferedIo = &mut pipe;
    let room = stream.spare_mut();
    room[..3].copy_from_slice(b"abc");
    stream.commit(3);
    assert!(stream.append_if_room(b"de") && !stream.append_if_room(b"fghi"));
    assert!(!stream.append_if_room(b""));
    stream.write_all(b"fgh").unwrap();
    assert!(stream.spare_mut().is_empty());
    assert_eq!(stream.read_chunk(99).unwrap(), b"abcdefgh");
}

#[test]
fn dor_14_a_pipe_has_no_position_to_move() {
    let mut pipe = filled(b"abc", 3);
    assert!(pipe.readable() && pipe.writable() && !pipe.seekable());
    let unsupported = |outcome: iolite::Result<u64>, expected| {
        assert!(matches!(outcome, Err(Error::Unsupported { operation }) if operation == expected));
    };
    unsupported(
        pipe.seek(SeekFrom::Start(0)).map_err(Error::from),
        Operation::Seek,
    );
    unsupported(
        pipe.seek(SeekFrom::End(0)).map_err(Error::from),
        Operation::Seek,
    );
    unsupported(pipe.stream_position().map_err(Error::from), Operation::Tell);
    unsupported(pipe.truncate(None), Operation::Truncate);
    assert_eq!(pipe.position(), 0);
}

/// To close is to end both directions of the stream; the writer's own `close` ends one.
#[test]
fn dor_15_a_stream_that_is_closed_still_gives_what_is_in_it_to_the_pipes_own_calls() {
    let mut text = TextIoWrapper::new(Pipe::new());
    text.write_str("a line").unwrap();
    text.close().unwrap();
    assert!(text.is_closed());
    assert_says_closed(text.next_line().map(drop), "text", "next_line");
    let pipe = text.get_mut();
    assert!(IoBase::is_closed(pipe) && Pipe::is_closed(pipe));
    let error = Read::read(pipe, &mut [0; 9]).unwrap_err();
    assert_eq!(Error::from(error).kind(), ErrorKind::InvalidInput);
    assert_eq!(pipe.at_most(99).unwrap().ready().unwrap().take(), b"a line");

    let mut ended = filled(b"abc", 3);
    assert!(!IoBase::is_closed(&ended) && Pipe::is_closed(&ended));
    assert_eq!(ended.fill_buf().unwrap(), b"abc");
}

proptest! {
    /// The text floor without I/O: bytes are pushed through `get_mut` in the middle.
    #[test]
    fn dor_16_text_over_a_pipe_is_the_text_of_a_stream(input in unlimited()) {
        let mut text = TextIoWrapper::with_options(Pipe::new(), input.options);
        let mut events = Vec::new();
        let mut drain = |text: &mut TextIoWrapper<Pipe>| loop {
            let event = match text.next_line() {
                Ok(Some(line)) => Event::Line {
                    text: line.as_str().to_owned(),
                    ending: line.ending(),
                    terminator: line.terminator(),
                },
                Ok(None) => break,
                Err(error) if error.is_would_block() => break,
                Err(error) => failed(error),
            };
            events.push((event, text.byte_offset()));
        };
        for piece in input.pieces() {
            text.get_mut().append(piece).unwrap();
            drain(&mut text);
        }
        text.get_mut().close(None);
        drain(&mut text);
        let whole = of_stream(&input).into_iter();
        let offset = |place: iolite::text::TextPosition| {
            place.to_string().split('/').next().unwrap().parse().unwrap()
        };
        let whole: Vec<(Event, u64)> = whole.map(|(event, at)| (event, offset(at))).collect();
        prop_assert_eq!(events, whole);
    }
}

/// Both ways: what is written comes out as bytes, and bytes as text.
#[test]
fn dor_16_text_that_is_written_comes_out_as_bytes() {
    let options = TextOptions::new()
        .encoding(Encoding::UTF_16)
        .newline(Newline::CrLf);
    let mut text = TextIoWrapper::with_options(Pipe::new(), options);
    text.write_str("é\n").unwrap();
    text.flush().unwrap();
    let bytes = text.get_mut().at_most(99).unwrap().ready().unwrap().take();
    assert_eq!(bytes, b"\xff\xfe\xe9\0\r\0\n\0");
}

#[test]
fn dor_16_text_into_a_full_pipe_says_how_much_went_in() {
    let pipe = PipeOptions::new().limit(5).build().unwrap();
    let mut text = TextIoWrapper::with_options(pipe, TextOptions::new().newline(Newline::Lf));
    let error = text.write_str("abcdéf").unwrap_err();
    assert!(
        matches!(error, Error::WouldBlock { written: 6 }),
        "{error:?}"
    );
    let lf = Separator::lf();
    let pipe = text.get_mut();
    assert!(pipe.next_record(&lf, Terminator::Strip, 99).is_err());
    assert_eq!(
        pipe.at_most(99).unwrap().ready().unwrap().take(),
        "abcdé".as_bytes()[..5].to_vec()
    );
    text.write_str("f").unwrap();
    assert_eq!(
        text.get_mut().at_most(99).unwrap().ready().unwrap().take(),
        b"\xa9f"
    );
}

#[cfg(feature = "bytes")]
mod as_bytes {
    use std::io::IoSlice;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use bytes::{Buf, BufMut};
    use iolite::chunk::PipeOptions;
    use iolite::{Chunk, Pipe, Pool};

    #[test]
    fn dor_17_bytes_are_put_into_a_pipe() {
        let mut pipe = Pipe::new();
        pipe.put_u32(0x6162_6364);
        pipe.put_slice(&b"x".repeat(100_000));
        pipe.put(Chunk::from("end"));
        assert_eq!(pipe.len(), 4 + 100_000 + 3);
        assert_eq!(pipe.get_u32(), 0x6162_6364);
        pipe.advance(100_000);
        assert_eq!(pipe.copy_to_bytes(3), "end");
        assert!(!pipe.has_remaining());
    }

    /// As tokio's `read_buf` does: room is asked for, filled in part, and taken in, in steps too.
    #[test]
    fn dor_17_room_is_taken_in_in_steps() {
        let mut pipe = Pipe::new();
        let room = pipe.chunk_mut();
        room[..6].copy_from_slice(b"abcdef");
        let first = room.as_mut_ptr();
        for n in [2, 0, 4] {
            // SAFETY: six bytes were written.
            #[allow(unsafe_code, reason = "the trait asks for it")]
            unsafe {
                pipe.advance_mut(n);
            }
        }
        let next = pipe.chunk_mut().as_mut_ptr();
        assert_eq!(next, first.wrapping_add(6));
        assert_eq!(pipe.at_most(9).unwrap().ready().unwrap().take(), b"abcdef");
        let too_far = catch_unwind(AssertUnwindSafe(|| {
            let room = pipe.chunk_mut().len();
            // SAFETY: it panics, which is tested.
            #[allow(unsafe_code, reason = "the trait asks for it")]
            unsafe {
                pipe.advance_mut(room + 1);
            }
        }));
        assert!(too_far.is_err());
    }

    #[test]
    fn dor_17_a_full_pipe_and_one_that_ended_have_no_room() {
        let mut pipe = PipeOptions::new().limit(4).build().unwrap();
        assert_eq!(pipe.remaining_mut(), 4);
        pipe.put_slice(b"abc");
        assert_eq!((pipe.remaining_mut(), pipe.chunk_mut().len()), (1, 1));
        pipe.put_u8(b'd');
        assert!(!pipe.has_remaining_mut() && pipe.chunk_mut().len() == 0);
        pipe.advance(4);
        assert!(pipe.has_remaining_mut());
        pipe.close(None);
        assert!(!pipe.has_remaining_mut() && pipe.chunk_mut().len() == 0);
    }

    #[test]
    fn dor_17_a_pipe_is_a_buf() {
        let mut pipe = PipeOptions::new().copy_threshold(0).build().unwrap();
        let pieces = [b"ab".to_vec(), b"c".to_vec(), b"defgh".to_vec()].map(Chunk::from);
        for piece in &pieces {
            pipe.push(piece.clone()).unwrap();
        }
        assert_eq!((pipe.remaining(), Buf::chunk(&pipe)), (8, &b"ab"[..]));
        let mut slices = [IoSlice::new(b"untouched"); 4];
        assert_eq!(pipe.chunks_vectored(&mut slices), 3);
        assert_eq!(
            (&*slices[2], &*slices[3]),
            (&b"defgh"[..], &b"untouched"[..])
        );
        assert_eq!(pipe.copy_to_bytes(2).as_ptr(), pieces[0].as_ptr());
        assert_eq!(pipe.get_u16(), u16::from_be_bytes(*b"cd"));
        let panics = |call: &mut dyn FnMut()| catch_unwind(AssertUnwindSafe(call)).is_err();
        assert!(panics(&mut || pipe.advance(5)));
        assert!(panics(&mut || drop(pipe.copy_to_bytes(5))));
        assert_eq!(pipe.remaining(), 4);
    }

    #[test]
    fn dor_18_bytes_are_put_into_a_block_as_far_as_there_is_room() {
        let mut block = Pool::new().acquire(64);
        let room = block.remaining_mut();
        block.put_slice(b"abc");
        let view = block.chunk(..);
        block.put_u8(b'd');
        assert_eq!((view, block.filled()), ("abc".into(), &b"abcd"[..]));
        assert_eq!(block.remaining_mut(), room - 4);
        block.put_bytes(0, room - 4);
        assert!(!block.has_remaining_mut() && block.chunk_mut().len() == 0);
    }
}
