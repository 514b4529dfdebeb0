//! SPEC.md, "Pipes": writing, reading by number, positions. Searching is in `pipe_search.rs`.

use std::io::{self, ErrorKind};
use std::ops::RangeInclusive;

use crate::pipe_forms::Forms;
use iolite::chunk::{Backpressure, PipeError, PipeOptions, Progress, PushError, Terminator};
use iolite::{Chain, Chunk, Error, Pipe, Pool, Separator};
use rstest::rstest;

/// A pipe that shares what is pushed, however small.
pub(crate) fn sharing() -> Pipe {
    PipeOptions::new().copy_threshold(0).build().unwrap()
}

/// A pipe whose bytes lie in these pieces.
pub(crate) fn pieces<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Pipe {
    let mut pipe = sharing();
    for piece in pieces {
        pipe.push(Chunk::copy_from_slice(piece)).unwrap();
    }
    pipe
}

/// A pipe whose bytes lie in a piece each.
fn scattered(bytes: &[u8]) -> Pipe {
    pieces(bytes.chunks(1))
}

/// The smallest blocks there are.
fn tiny() -> Pipe {
    PipeOptions::new().block_sizes(1..=1).build().unwrap()
}

fn limited(limit: usize) -> Pipe {
    PipeOptions::new().limit(limit).build().unwrap()
}

pub(crate) fn put(pipe: &mut Pipe, bytes: &[u8]) {
    pipe.spare_mut(bytes.len()).unwrap()[..bytes.len()].copy_from_slice(bytes);
    pipe.commit(bytes.len()).unwrap();
}

#[test]
fn pip_1_chunkedbuffer_ignored_the_hint() {
    // There the tail was lent as long as it had any room: a hint of 1000 got three bytes.
    let mut pipe = tiny();
    for hint in [0, 1, 63, 64, 65, 1000, 100_000, 3] {
        pipe.append(b"x").unwrap();
        let room = pipe.spare_mut(hint).unwrap();
        assert!(room.len() >= hint.max(1), "{hint}");
        room.fill(b'y');
        pipe.commit(hint).unwrap();
    }
    assert_eq!(pipe.len(), 8 + 101_196);
}

#[test]
fn pip_1_reading_leaves_the_room_where_it_is() {
    let mut pipe = Pipe::new();
    put(&mut pipe, b"abc");
    pipe.spare_mut(4).unwrap()[..4].copy_from_slice(b"defg");
    assert_eq!(pipe.slice_at_most(2).unwrap(), Progress::Ready(&b"ab"[..]));
    assert_eq!(pipe.chunk_at_most(9).unwrap().ready().unwrap(), "c");
    assert!(pipe.chunk_at_most(9).unwrap().is_pending());
    pipe.commit(4).unwrap();
    assert_eq!(pipe.drain_rest(), b"defg");
}

#[test]
fn pip_1_named_options_reach_where_they_should() {
    // chunkedbuffer took no notice of its minimum size, and a pool given as the only argument
    // became that size.
    let pool = Pool::new();
    let mut pipe = PipeOptions::new()
        .pool(&pool)
        .block_sizes(1..=1)
        .build()
        .unwrap();
    assert_eq!(pipe.spare_mut(1).unwrap().len(), 64);
    assert_eq!(pool.stats().allocated, 1);
}

#[test]
fn pip_2_chunkedbuffer_took_any_count() {
    // There 10**6 bytes could be declared written after 5 had been lent; the length was wrong
    // from then on, and reading gave what nobody had written.
    let mut pipe = Pipe::new();
    assert!(matches!(
        pipe.commit(1),
        Err(PipeError::Overrun {
            claimed: 1,
            lent: 0,
            ..
        })
    ));
    let lent = pipe.spare_mut(5).unwrap().len();
    let error = pipe.commit(1_000_000).unwrap_err();
    assert!(matches!(error, PipeError::Overrun { claimed: 1_000_000, lent: l, .. } if l == lent));
    assert!(pipe.is_empty());
    pipe.commit(lent).unwrap();
    assert!(pipe.commit(1).is_err());
    assert_eq!(pipe.len(), lent);
}

#[test]
fn pip_2_another_write_takes_the_room_back() {
    let mut pipe = Pipe::new();
    pipe.spare_mut(5).unwrap();
    pipe.append(b"ab").unwrap();
    assert!(pipe.commit(1).is_err());
    pipe.spare_mut(5).unwrap();
    pipe.push("cd").unwrap();
    assert!(pipe.commit(1).is_err());
    assert_eq!(pipe.drain_rest(), b"abcd");
}

#[test]
fn pip_3_small_is_copied_large_is_shared() {
    let (small, large) = (Chunk::from(vec![1; 2047]), Chunk::from(vec![2; 2048]));
    let mut pipe = Pipe::new();
    pipe.push(small.clone()).unwrap();
    pipe.push(large.clone()).unwrap();
    pipe.push(Chain::from_iter([small.clone(), large.clone()]))
        .unwrap();
    let is_shared = |view: &[u8]| [small.as_ptr(), large.as_ptr()].contains(&view.as_ptr());
    let pieces = |pipe: &mut Pipe| pipe.rest().views().map(is_shared).collect::<Vec<_>>();
    assert_eq!(pieces(&mut pipe), [false, true, false, true]);

    let mut pipe = sharing();
    pipe.push(small.clone()).unwrap();
    pipe.push(Chunk::new()).unwrap();
    assert_eq!(pieces(&mut pipe), [true]);
    let mut pipe = PipeOptions::new().copy_threshold(4000).build().unwrap();
    pipe.push(large.clone()).unwrap();
    assert_eq!(pieces(&mut pipe), [false]);
}

#[test]
fn pip_3_whatever_owns_bytes_can_be_pushed() {
    let mut pipe = Pipe::new();
    pipe.push(vec![b'a'; 3000]).unwrap();
    pipe.push(String::from("bc")).unwrap();
    pipe.push("de").unwrap();
    pipe.push(b"fg").unwrap();
    pipe.push(Chain::new()).unwrap();
    assert_eq!(pipe.skip(2999), 2999);
    assert_eq!(pipe.drain_rest(), b"abcdefg");
}

#[test]
fn pip_3_what_is_not_taken_comes_back() {
    let mut pipe = limited(3);
    let rejected: PushError<Chain> = pipe.push(Chunk::from("abcd")).unwrap_err();
    assert_eq!(
        rejected.to_string(),
        "4 bytes at once are needed, and the pipe holds at most 3"
    );
    assert_eq!(rejected.into_parts().1, b"abcd");
    pipe.append(b"x").unwrap();
    let chain = Chain::from_iter([Chunk::from("ab"), Chunk::from("c")]);
    let (error, chain) = pipe.push(chain).unwrap_err().into_parts();
    assert!(matches!(error, PipeError::Full { limit: 3, .. }));
    assert_eq!(
        error.to_string(),
        "the pipe is full: it holds at most 3 bytes"
    );
    assert_eq!((chain.len(), pipe.len()), (3, 1));
}

#[test]
fn pip_4_chunkedbuffer_wrote_on_behind_the_end() {
    // There a reader that had seen the end could be given more bytes.
    let mut pipe = Pipe::new();
    pipe.spare_mut(4).unwrap();
    pipe.close(None);
    pipe.close(Some(Error::Closed));
    assert!(matches!(pipe.append(b""), Err(PipeError::Closed)));
    assert!(matches!(pipe.spare_mut(0), Err(PipeError::Closed)));
    assert!(matches!(pipe.commit(1), Err(PipeError::Closed)));
    assert!(pipe.push(Chunk::from("a")).is_err());
    assert!(pipe.push(Chain::new()).is_err());
    assert_eq!(
        (pipe.chunk_at_most(1).unwrap(), pipe.error().is_none()),
        (Progress::End, true)
    );
    let error: Error = pipe.append(b"a").unwrap_err().into();
    assert!(matches!(error, Error::Closed));
}

#[test]
fn pip_5_a_full_pipe_says_so_to_both_sides() {
    let mut pipe = limited(10);
    pipe.append(b"12345678").unwrap();
    assert!(matches!(
        pipe.append(b"9ab"),
        Err(PipeError::Full { limit: 10, .. })
    ));
    assert!(matches!(pipe.spare_mut(3), Err(PipeError::Full { .. })));
    assert_eq!(pipe.spare_mut(0).unwrap().len(), 2);
    assert_eq!(pipe.chunk_exactly(10).unwrap(), Progress::Pending);
    pipe.commit(2).unwrap();
    assert_eq!((pipe.room(), pipe.len()), (0, 10));
    assert!(matches!(pipe.spare_mut(0), Err(PipeError::Full { .. })));
    let record = pipe.chunk_record(&Separator::lf(), Terminator::Keep, 99);
    assert!(matches!(record, Err(PipeError::TooLarge { .. })));
    assert_eq!(pipe.skip(1), 1);
    assert!(pipe.spare_mut(1).is_ok());
    let full = pipe.spare_mut(10).unwrap_err();
    assert!(matches!(full, PipeError::Full { limit: 10, .. }));
    assert_eq!(io::Error::from(full).kind(), ErrorKind::WouldBlock);
}

#[test]
fn pip_6_the_flow_changes_at_two_different_marks() {
    // chunkedbuffer's wrapper paused and resumed at the same mark, so it flickered there; and it
    // never waited, because it tested a method instead of calling it.
    let mut pipe = PipeOptions::new().watermarks(2..=6).build().unwrap();
    assert_eq!(pipe.append(b"12345").unwrap(), Backpressure::Continue);
    assert_eq!(pipe.append(b"6").unwrap(), Backpressure::Pause);
    assert_eq!(
        (pipe.skip(1), pipe.backpressure()),
        (1, Backpressure::Pause)
    );
    assert_eq!(
        (pipe.skip(3), pipe.backpressure()),
        (3, Backpressure::Continue)
    );
    assert_eq!(pipe.append(b"789").unwrap(), Backpressure::Continue);
    assert_eq!(pipe.append(b"a").unwrap(), Backpressure::Pause);
    assert!(pipe.exactly(7).unwrap().is_pending());
    assert_eq!(
        (pipe.backpressure(), pipe.len()),
        (Backpressure::Continue, 6)
    );
}

#[test]
fn pip_6_what_was_read_counts_also_if_nobody_asked_meanwhile() {
    let mut pipe = PipeOptions::new().watermarks(2..=6).build().unwrap();
    let start = pipe.mark();
    assert_eq!(pipe.append(b"123456").unwrap(), Backpressure::Pause);
    assert_eq!(
        pipe.slice_exactly(4).unwrap(),
        Progress::Ready(&b"1234"[..])
    );
    assert_eq!(pipe.append(b"789").unwrap(), Backpressure::Continue);
    assert_eq!(pipe.append(b"a").unwrap(), Backpressure::Pause);
    assert!(pipe.chunk_exactly(4).unwrap().is_ready());
    pipe.rewind(&start).unwrap();
    assert_eq!(pipe.backpressure(), Backpressure::Continue);
    // Two of them have not been examined.
    assert_eq!(pipe.append(b"bcd").unwrap(), Backpressure::Continue);
    assert_eq!(pipe.append(b"e").unwrap(), Backpressure::Pause);
}

#[rstest]
#[case::pip_6_an_exact_read(|pipe: &mut Pipe| pipe.chunk_exactly(100).unwrap().is_pending())]
#[case::pip_6_a_peek(|pipe: &mut Pipe| pipe.peek_chunk_exactly(100).unwrap().is_pending())]
#[case::pip_6_a_record(|pipe: &mut Pipe| pipe.chunk_record(&Separator::lf(), Terminator::Keep, 99).unwrap().is_pending())]
#[case::pip_6_a_choice(|pipe: &mut Pipe| pipe.choose(&[b"1234567"]).unwrap().is_pending())]
fn a_reader_that_waits_lets_the_writer_go_on(#[case] wait: fn(&mut Pipe) -> bool) {
    let mut pipe = PipeOptions::new().watermarks(2..=6).build().unwrap();
    assert_eq!(pipe.append(b"123456").unwrap(), Backpressure::Pause);
    assert!(wait(&mut pipe));
    assert_eq!(
        (pipe.backpressure(), pipe.position()),
        (Backpressure::Continue, 0)
    );
}

#[rstest]
#[case::pip_7_no_room_at_all(PipeOptions::new().limit(0), "limit")]
#[case::pip_7_the_same_mark_twice(PipeOptions::new().watermarks(4..=4), "watermarks")]
#[case::pip_7_marks_upside_down(PipeOptions::new().watermarks(RangeInclusive::new(5, 4)), "watermarks")]
#[case::pip_7_a_mark_beyond_the_limit(PipeOptions::new().watermarks(1..=9).limit(8), "watermarks")]
#[case::pip_7_blocks_of_nothing(PipeOptions::new().block_sizes(0..=8), "block_sizes")]
#[case::pip_7_no_size(PipeOptions::new().block_sizes(RangeInclusive::new(9, 8)), "block_sizes")]
fn contradictions_are_refused(#[case] options: PipeOptions, #[case] culprit: &str) {
    let error = options.build().unwrap_err();
    assert!(matches!(error, Error::InvalidArgument { argument, .. } if argument == culprit));
}

#[test]
fn pip_8_nothing_yet_the_end_and_nothing_are_three_answers() {
    let mut pipe = Pipe::new();
    assert_eq!(
        pipe.chunk_at_most(0).unwrap(),
        Progress::Ready(Chunk::new())
    );
    assert_eq!(
        pipe.chunk_exactly(0).unwrap(),
        Progress::Ready(Chunk::new())
    );
    assert_eq!(pipe.chunk_at_most(1).unwrap(), Progress::Pending);
    pipe.append(b"abc").unwrap();
    assert_eq!(pipe.chunk_at_most(0).unwrap().ready().unwrap(), "");
    assert_eq!(pipe.chunk_at_most(2).unwrap().ready().unwrap(), "ab");
    pipe.close(None);
    assert!(pipe.is_closed() && !pipe.is_at_end());
    assert_eq!(
        pipe.chain_at_most(usize::MAX).unwrap().ready().unwrap(),
        b"c"
    );
    assert!(pipe.is_at_end());
    assert_eq!(pipe.chunk_at_most(1).unwrap(), Progress::End);
    assert_eq!(pipe.slice_at_most(1).unwrap(), Progress::End);
    assert_eq!(
        pipe.chunk_at_most(0).unwrap(),
        Progress::Ready(Chunk::new())
    );
}

#[test]
fn pip_9_chunkedbuffer_drained_what_was_only_asked_for() {
    // There a peek for more than was left took everything out of the pipe.
    let mut pipe = pieces([&b"ab"[..], b"c"]);
    pipe.close(None);
    for _ in 0..2 {
        let error = pipe.peek_chunk_exactly(4).unwrap_err();
        assert!(matches!(
            error,
            PipeError::PartialRead {
                available: 3,
                expected: 4,
                ..
            }
        ));
        assert!(matches!(
            Error::from(error),
            Error::PartialRead {
                available: 3,
                expected: 4
            }
        ));
        assert!(pipe.chunk_exactly(4).is_err() && pipe.skip_exactly(5).is_err());
    }
    assert_eq!(pipe.chunk_exactly(1).unwrap().ready().unwrap(), "a");
    assert_eq!(pipe.drain_rest(), b"bc");
    assert_eq!(pipe.chunk_exactly(4).unwrap(), Progress::End);
}

#[test]
fn pip_10_the_data_comes_before_the_error() {
    let mut pipe = pieces([&b"abc"[..]]);
    pipe.close(Some(io::Error::from_raw_os_error(104).into()));
    assert!(pipe.error().is_some() && !pipe.is_at_end());
    assert!(matches!(
        pipe.chunk_exactly(4),
        Err(PipeError::PartialRead { .. })
    ));
    assert_eq!(pipe.chunk_at_most(9).unwrap().ready().unwrap(), "abc");
    for _ in 0..2 {
        assert!(matches!(pipe.chunk_at_most(1), Err(PipeError::Failed(_))));
        let error: io::Error = pipe.peek_chunk_exactly(1).unwrap_err().into();
        assert_eq!(error.raw_os_error(), Some(104));
    }
    assert_eq!(
        pipe.chunk_at_most(0).unwrap(),
        Progress::Ready(Chunk::new())
    );
}

#[test]
fn pip_10_an_error_of_ours_keeps_its_kind_and_sentence() {
    let mut pipe = Pipe::new();
    pipe.close(Some(Error::Poisoned));
    let error: Error = pipe.skip_exactly(1).unwrap_err().into();
    assert_eq!(error.kind(), ErrorKind::InvalidData);
    assert_eq!(
        error.to_string(),
        "the device panicked while it was written to"
    );
}

#[test]
fn pip_11_chunkedbuffer_consumed_by_peeking_over_pieces() {
    // There peek(6) gave 'testin', and the same again 'testg!': the second piece had moved.
    let mut pipe = pieces([&b"test"[..], b"ing!"]);
    for _ in 0..2 {
        assert_eq!(
            pipe.peek_chunk_at_most(6).unwrap().ready().unwrap(),
            "testin"
        );
        assert_eq!(
            pipe.peek_chunk_exactly(6).unwrap().ready().unwrap(),
            "testin"
        );
        assert_eq!(
            pipe.peek_chain_at_most(6).unwrap().ready().unwrap(),
            b"testin"
        );
        assert_eq!(
            pipe.peek_chain_exactly(6).unwrap().ready().unwrap(),
            b"testin"
        );
        assert_eq!(
            (pipe.len(), pipe.position(), pipe.rest().views().count()),
            (8, 0, 2)
        );
    }
    assert_eq!(
        pipe.peek_slice_at_most(6).unwrap(),
        Progress::Ready(&b"testin"[..])
    );
    assert_eq!(
        pipe.peek_slice_exactly(8).unwrap(),
        Progress::Ready(&b"testing!"[..])
    );
    assert_eq!(pipe.peek_slice_exactly(9).unwrap(), Progress::Pending);
    assert_eq!(
        pipe.peek_chunk_at_most(99).unwrap().ready().unwrap(),
        "testing!"
    );
}

#[test]
fn pip_12_chunkedbuffer_returned_what_was_left_to_skip() {
    // There skip(6) over two pieces said 2; and skipping exactly nothing at the end gave bytes.
    let mut pipe = pieces([&b"test"[..], b"ing!"]);
    assert_eq!(pipe.skip(6), 6);
    assert_eq!(pipe.skip_exactly(3).unwrap(), Progress::Pending);
    assert_eq!(pipe.skip_exactly(1).unwrap(), Progress::Ready(1));
    assert_eq!((pipe.skip(5), pipe.skip(5)), (1, 0));
    pipe.close(None);
    assert_eq!(pipe.skip_exactly(3).unwrap(), Progress::End);
}

#[test]
fn pip_13_one_piece_is_not_copied() {
    let whole = Chunk::from(vec![b'x'; 5000]);
    let (address, at) = (whole.as_ptr(), |n| whole.as_ptr().wrapping_add(n));
    let mut pipe = Pipe::new();
    pipe.push(whole.clone()).unwrap();
    assert_eq!(
        pipe.peek_chunk_at_most(4)
            .unwrap()
            .ready()
            .unwrap()
            .as_ptr(),
        address
    );
    assert_eq!(
        pipe.chunk_at_most(4).unwrap().ready().unwrap().as_ptr(),
        address
    );
    assert_eq!(
        pipe.slice_exactly(4).unwrap().ready().unwrap().as_ptr(),
        at(4)
    );
    let chain = pipe.chain_at_most(4).unwrap().ready().unwrap();
    assert_eq!(chain.views().next().unwrap().as_ptr(), at(8));
    pipe.push(vec![b'\n'; 2048]).unwrap();
    let chain = pipe.chain_record(&Separator::lf(), Terminator::Keep, 5000);
    let chain = chain.unwrap().ready().unwrap();
    assert_eq!(chain.views().next().unwrap().as_ptr(), at(12));
    assert_eq!((chain.views().count(), pipe.stats().copied), (2, 0));
}

#[test]
fn pip_13_a_slice_over_pieces_is_put_together_once() {
    let mut pipe = scattered(b"abcdef");
    pipe.skip(1);
    for _ in 0..3 {
        assert_eq!(
            pipe.peek_slice_at_most(3).unwrap(),
            Progress::Ready(&b"bcd"[..])
        );
    }
    assert_eq!(pipe.stats().copied, 3);
    let pieces = pipe.rest();
    assert_eq!(
        pieces.views().collect::<Vec<_>>(),
        [&b"bcd"[..], b"e", b"f"]
    );
    drop(pieces);
    assert_eq!(
        pipe.slice_at_most(4).unwrap(),
        Progress::Ready(&b"bcde"[..])
    );
    assert_eq!(pipe.drain_rest(), b"f");
}

#[test]
fn pip_14_chunkedbuffer_recycled_what_it_had_handed_out() {
    // There a view of 'ab' read 'ZZ' after something else was written: the memory had gone back
    // to the pool while the view lived. And a read that was never finished lost its memory.
    let pool = Pool::new();
    let mut pipe = PipeOptions::new().pool(&pool).build().unwrap();
    put(&mut pipe, b"abcdef\n");
    let chunk = pipe.chunk_at_most(2).unwrap().ready().unwrap();
    let chain = pipe.chain_at_most(2).unwrap().ready().unwrap();
    let batch = pipe
        .next_batch(&Separator::lf(), 9)
        .unwrap()
        .ready()
        .unwrap();
    for _ in 0..100 {
        put(&mut pipe, &[b'Z'; 1000]);
        pipe.skip(1000);
    }
    assert_eq!((&*chunk, batch.get(0)), (&b"ab"[..], Some(&b"ef"[..])));
    assert_eq!(chain, b"cd");
}

#[test]
fn pip_21_positions_are_those_of_the_stream() {
    let mut pipe = scattered(b"0123456789");
    assert_eq!((pipe.position(), pipe.len()), (0, 10));
    assert_eq!(pipe.skip_exactly(4).unwrap(), Progress::Ready(4));
    let mark = pipe.mark();
    assert_eq!(pipe.peek_chunk_at_most(1).unwrap().ready().unwrap(), "4");
    pipe.skip(6);
    pipe.append(b"a").unwrap();
    assert_eq!((pipe.position(), pipe.len()), (10, 1));
    assert_eq!(mark.position(), 4);
    pipe.rewind(&mark).unwrap();
    assert_eq!((pipe.position(), pipe.len()), (4, 7));
}

#[test]
fn pip_22_a_mark_keeps_what_it_may_go_back_to() {
    let mut pipe = pieces([&b"abc"[..], b"def"]);
    pipe.skip(1);
    let outer = pipe.mark();
    pipe.skip(3);
    let inner = pipe.mark();
    pipe.append(b"ghi").unwrap();
    let addresses =
        |pipe: &mut Pipe| -> Vec<_> { pipe.rest().views().map(<[u8]>::as_ptr).collect() };
    let first = addresses(&mut pipe);
    for _ in 0..2 {
        assert_eq!(pipe.drain_rest(), b"efghi");
        pipe.rewind(&inner).unwrap();
        assert_eq!((addresses(&mut pipe), pipe.position()), (first.clone(), 4));
        pipe.rewind(&outer).unwrap();
        assert_eq!(
            pipe.peek_chunk_at_most(5).unwrap().ready().unwrap(),
            "bcdef"
        );
        pipe.rewind(&inner).unwrap();
    }
}

#[test]
fn pip_22_a_mark_of_another_pipe_is_refused() {
    let (mut one, mut other) = (Pipe::new(), Pipe::new());
    let mark = one.mark();
    assert!(matches!(other.rewind(&mark), Err(PipeError::ForeignMark)));
    one.append(b"abc").unwrap();
    one.skip(3);
    one.rewind(&mark).unwrap();
    assert_eq!(one.len(), 3);
}

#[test]
fn pip_22_a_dropped_mark_keeps_nothing() {
    let pool = Pool::new();
    let mut pipe = PipeOptions::new().pool(&pool).build().unwrap();
    let mark = pipe.mark();
    put(&mut pipe, &[1; 4000]);
    pipe.skip(4000);
    assert_eq!(pool.stats().cached_bytes, 0);
    drop(mark);
    pipe.skip(0);
    assert_eq!(pool.stats().cached_bytes, 8192);
}

#[test]
fn pip_23_what_was_read_can_be_put_back_changed() {
    let mut pipe = pieces([&b"abc"[..], b"def"]);
    assert_eq!(
        pipe.slice_at_most(5).unwrap(),
        Progress::Ready(&b"abcde"[..])
    );
    pipe.unread(Chunk::from("XY")).unwrap();
    assert_eq!((pipe.position(), pipe.len()), (3, 3));
    assert_eq!(pipe.peek_chunk_at_most(9).unwrap().ready().unwrap(), "XYf");
    let (error, chunk) = pipe.unread(Chunk::from("1234")).unwrap_err().into_parts();
    assert!(matches!(error, PipeError::OutOfReach { .. }));
    assert_eq!(chunk, "1234");
    pipe.unread(Chunk::from("123")).unwrap();
    pipe.unread(Chunk::new()).unwrap();
    assert_eq!(pipe.drain_rest(), b"123XYf");
}

#[test]
fn pip_23_a_mark_sees_what_was_put_back() {
    let mut pipe = scattered(b"abcdef");
    let mark = pipe.mark();
    pipe.skip(4);
    pipe.unread(Chunk::from("XY")).unwrap();
    pipe.rewind(&mark).unwrap();
    assert_eq!(pipe.drain_rest(), b"abXYef");
}
