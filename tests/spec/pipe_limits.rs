//! SPEC.md, "Pipes": what can never succeed, and how much memory chunks keep.

use std::io::{self, ErrorKind, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::pipe::{put, sharing};
use crate::pipe_forms::Forms;
use iolite::chunk::{PipeError, PipeOptions, Progress, PushError, Terminator};
use iolite::{Chain, Chunk, Error, Pipe, Pool, Separator};
use rstest::rstest;

/// A size that memory could have on 64 bit; on 32 bit there may be as much, so it is one beyond.
const MORE_THAN_THERE_IS: usize = match usize::BITS {
    64 => 1 << 61,
    _ => 1 << 31,
};

fn limited(limit: usize) -> Pipe {
    PipeOptions::new().limit(limit).build().unwrap()
}

/// A pipe that may hold ten bytes and holds so many.
fn holding(bytes: usize) -> Pipe {
    let mut pipe = limited(10);
    pipe.append(&vec![b'x'; bytes]).unwrap();
    pipe
}

/// Every way to ask for bytes by their number, without the bytes.
fn by_number(pipe: &mut Pipe, n: usize) -> Vec<Result<Progress<()>, PipeError>> {
    vec![
        pipe.chunk_exactly(n).map(|got| got.map(drop)),
        pipe.chain_exactly(n).map(|got| got.map(drop)),
        pipe.slice_exactly(n).map(|got| got.map(drop)),
        pipe.peek_chunk_exactly(n).map(|got| got.map(drop)),
        pipe.peek_chain_exactly(n).map(|got| got.map(drop)),
        pipe.peek_slice_exactly(n).map(|got| got.map(drop)),
        pipe.skip_exactly(n).map(|got| got.map(drop)),
    ]
}

#[rstest]
#[case::pip_31_empty(0)]
#[case::pip_31_half_full(5)]
#[case::pip_31_full(10)]
fn more_than_the_limit_is_refused_at_once(#[case] unread: usize) {
    let mut pipe = holding(unread);
    for got in by_number(&mut pipe, 20) {
        let Err(error @ PipeError::TooLarge { .. }) = got else {
            panic!("{got:?}");
        };
        assert_eq!(
            error.to_string(),
            "20 bytes at once are needed, and the pipe holds at most 10"
        );
        let ours: Error = error.clone().into();
        assert!(!ours.is_would_block(), "{ours:?}");
        assert!(matches!(
            ours,
            Error::TooLarge {
                expected: 20,
                limit: 10,
                ..
            }
        ));
        let std: io::Error = error.into();
        assert_eq!(std.kind(), ErrorKind::InvalidData);
        assert!(matches!(Error::from(std), Error::TooLarge { .. }));
    }
    let error = Read::read_exact(&mut pipe, &mut [0; 20]).unwrap_err();
    assert!(!Error::from(error).is_would_block());
    let prefix: &[u8] = &[b'x'; 20];
    if unread > 0 {
        let error = pipe.choose(&[prefix]).unwrap_err();
        assert!(matches!(error, Error::TooLarge { expected: 20, .. }));
    }
    assert_eq!(pipe.len(), unread, "nothing is lost");
}

#[test]
fn pip_31_a_record_that_cannot_end_is_refused_when_the_pipe_is_full() {
    let lf = Separator::lf();
    let mut pipe = holding(9);
    assert!(
        pipe.chunk_record(&lf, Terminator::Strip, 99)
            .unwrap()
            .is_pending()
    );
    pipe.append(b"y").unwrap();
    let outcomes = [
        pipe.chunk_record(&lf, Terminator::Strip, 99).map(drop),
        pipe.chain_record(&lf, Terminator::Strip, 99).map(drop),
        pipe.slice_record(&lf, Terminator::Strip, 99).map(drop),
        pipe.next_batch(&lf, 99).map(drop),
    ];
    for outcome in outcomes {
        let error = outcome.unwrap_err();
        assert!(matches!(
            error,
            PipeError::TooLarge {
                expected: 11,
                limit: 10,
                ..
            }
        ));
        assert!(!Error::from(error).is_would_block());
    }
    assert_eq!(pipe.drain_rest(), b"xxxxxxxxxy");
    pipe.append(b"ab\n").unwrap();
    assert_eq!(
        pipe.chunk_record(&lf, Terminator::Strip, 99)
            .unwrap()
            .ready()
            .unwrap(),
        "ab"
    );
}

#[test]
fn pip_31_a_full_pipe_that_ended_has_its_leftover() {
    let mut pipe = holding(10);
    pipe.close(None);
    let error = pipe.chunk_exactly(20).unwrap_err();
    assert!(matches!(
        error,
        PipeError::PartialRead {
            available: 10,
            expected: 20,
            ..
        }
    ));
}

#[test]
fn pip_31_a_writer_is_told_full_from_too_large() {
    let mut pipe = holding(8);
    let refusals = |pipe: &mut Pipe, n: usize| {
        let bytes = vec![b'y'; n];
        let rejected = |rejected: PushError<Chain>| rejected.into_parts().0;
        vec![
            pipe.append(&bytes).unwrap_err(),
            pipe.spare_mut(n).unwrap_err(),
            pipe.push(Chunk::copy_from_slice(&bytes))
                .map_err(rejected)
                .unwrap_err(),
            pipe.push(Chain::from(bytes)).map_err(rejected).unwrap_err(),
        ]
    };
    for error in refusals(&mut pipe, 3) {
        assert!(matches!(error, PipeError::Full { limit: 10, .. }));
        assert!(Error::from(error).is_would_block(), "room may come");
    }
    for error in refusals(&mut pipe, 11) {
        assert!(matches!(
            error,
            PipeError::TooLarge {
                expected: 11,
                limit: 10,
                ..
            }
        ));
        assert!(!Error::from(error).is_would_block(), "no room will do");
    }
    assert_eq!(pipe.len(), 8);
}

#[rstest]
#[case::pip_32_more_than_the_address_space(usize::MAX)]
#[case::pip_32_its_largest_power_of_two(1 << (usize::BITS - 1))]
#[case::pip_32_more_than_there_is(MORE_THAN_THERE_IS)]
fn room_of_an_absurd_size(#[case] hint: usize) {
    for unread in [&b""[..], b"some bytes"] {
        let mut pipe = Pipe::new();
        pipe.append(unread).unwrap();
        let error = pipe.spare_mut(hint).unwrap_err();
        // Of a pipe without a limit, the limit is what can be counted.
        assert!(
            matches!(error, PipeError::NoMemory { .. } | PipeError::Full { .. }),
            "{error:?}"
        );
        assert!(pipe.commit(1).is_err(), "nothing was lent");
        pipe.append(b"!").unwrap();
        assert_eq!(pipe.drain_rest(), [unread, b"!"].concat().as_slice());
    }
    let mut pipe = Pipe::new();
    let error: Error = pipe.spare_mut(hint).unwrap_err().into();
    assert_eq!(error.kind(), ErrorKind::OutOfMemory);
}

#[test]
fn pip_32_blocks_of_an_absurd_size() {
    for start in [usize::MAX, 1 << (usize::BITS - 1)] {
        let refused = PipeOptions::new().block_sizes(start..=usize::MAX).build();
        let Err(Error::InvalidArgument { argument, .. }) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(argument, "block_sizes");
    }
    // More than there is, but memory has such sizes: a block is then as large as it has to be.
    let large = 1 << (usize::BITS - 2);
    let mut pipe = PipeOptions::new()
        .block_sizes(large..=usize::MAX)
        .build()
        .unwrap();
    pipe.append(b"abc").unwrap();
    pipe.spare_mut(5).unwrap()[..5].copy_from_slice(b"defgh");
    let _ = pipe.commit(5).unwrap();
    assert_eq!(pipe.drain_rest(), b"abcdefgh");
}

/// How a device is lent room, and how much of it there is at least.
#[derive(Clone, Copy, Debug)]
enum Fed {
    Lent(usize),
    Appended,
    Written,
}

/// Puts a message of 16 bytes in.
fn feed(pipe: &mut Pipe, fed: Fed, number: usize) {
    let message = format!("{number:016}");
    match fed {
        Fed::Appended => drop(pipe.append(message.as_bytes()).unwrap()),
        Fed::Written => pipe.write_all(message.as_bytes()).unwrap(),
        Fed::Lent(hint) => {
            pipe.spare_mut(hint).unwrap()[..16].copy_from_slice(message.as_bytes());
            let _ = pipe.commit(16).unwrap();
        }
    }
}

#[rstest]
#[case::pip_33_lent_one(Fed::Lent(16))]
#[case::pip_33_lent_a_page(Fed::Lent(4096))]
#[case::pip_33_lent_the_smallest_block(Fed::Lent(8192))]
#[case::pip_33_lent_the_largest_block(Fed::Lent(65_536))]
#[case::pip_33_lent_an_odd_number(Fed::Lent(5000))]
#[case::pip_33_appended(Fed::Appended)]
#[case::pip_33_written(Fed::Written)]
fn messages_that_are_all_kept(#[case] fed: Fed) {
    const MESSAGES: usize = 10_000;
    let pool = Pool::new();
    let mut pipe = PipeOptions::new().pool(&pool).build().unwrap();
    let mut kept = Vec::new();
    let (mut pinned, mut largest) = (0, 0);
    for number in 0..MESSAGES {
        let allocated = pool.stats().allocated;
        feed(&mut pipe, fed, number);
        let chunk = pipe.chunk_exactly(16).unwrap().ready().unwrap();
        assert!(pipe.chunk_at_most(1).unwrap().is_pending(), "read empty");
        if pool.stats().allocated > allocated {
            pinned += chunk.pinned();
            largest = largest.max(chunk.pinned());
        }
        kept.push(chunk);
    }
    assert!(
        pinned <= 2 * 16 * MESSAGES + 2 * largest,
        "{pinned} bytes are kept for {} in {} blocks",
        16 * MESSAGES,
        pool.stats().allocated
    );
    for (number, chunk) in kept.iter().enumerate() {
        assert_eq!(*chunk, format!("{number:016}"));
    }
    drop(kept);
    assert!(pipe.chunk_at_most(1).unwrap().is_pending());
    assert_eq!(pool.stats().outstanding, 0, "an idle pipe holds no block");
}

#[test]
fn pip_33_a_few_of_many_are_compacted() {
    let mut pipe = Pipe::new();
    let mut kept = Vec::new();
    for number in 0..1000 {
        feed(&mut pipe, Fed::Lent(8192), number);
        let chunk = pipe.chunk_exactly(16).unwrap().ready().unwrap();
        if number % 100 == 0 {
            kept.push(chunk.compact());
        }
    }
    let pinned: usize = kept.iter().map(Chunk::pinned).sum();
    assert_eq!((kept.len(), pinned), (10, 160));
    assert_eq!(kept[9], "0000000000000900");
}

#[test]
fn pip_34_two_separators_in_turn_are_linear_however_the_bytes_trickle_in() {
    const LEN: usize = 30_000;
    let (colon, crlf) = (Separator::byte(b':'), Separator::crlf());
    let (either, long) = (
        Separator::any_of(["x", "yz"]).unwrap(),
        Separator::new("-".repeat(60)).unwrap(),
    );
    for linked in [false, true] {
        let mut pipe = sharing();
        for _ in 0..LEN {
            match linked {
                true => drop(pipe.push("-").unwrap()),
                false => drop(pipe.append(b".").unwrap()),
            }
            for separator in [&colon, &crlf, &either] {
                let got = pipe.slice_record(separator, Terminator::Keep, usize::MAX);
                assert!(got.unwrap().is_pending());
            }
            if !linked {
                let got = pipe.slice_record(&long, Terminator::Keep, usize::MAX);
                assert!(got.unwrap().is_pending());
            }
        }
        let scanned = pipe.stats().scanned;
        // Twice for each string, and as many bytes as it is long for each call.
        let bound = (2 * 5 + 1 + 2 + 1 + 2 + 60) * LEN as u64;
        assert!(scanned <= bound, "{scanned} of {bound}");
    }
}

#[test]
fn pip_27_an_empty_pipe_holds_no_block() {
    let pool = Pool::new();
    let mut pipe = PipeOptions::new().pool(&pool).build().unwrap();
    for _ in 0..3 {
        put(&mut pipe, b"abc");
        assert_eq!(pool.stats().cached_bytes, 0);
        let mut three = [0; 3];
        Read::read_exact(&mut pipe, &mut three).unwrap();
        assert_eq!(pool.stats().cached_bytes, 8192);
    }
    for _ in 0..3 {
        put(&mut pipe, b"abc");
        let chunk = pipe.chunk_at_most(3).unwrap();
        put(&mut pipe, b"def");
        assert_eq!(pipe.skip(3), 3);
        assert_eq!(pool.stats().cached_bytes, 0, "the chunk has it anyway");
        drop(chunk);
        assert!(pipe.chunk_at_most(1).unwrap().is_pending());
        assert_eq!(pool.stats().cached_bytes, 8192, "seen at the next call");
    }
    assert_eq!(pool.stats().allocated, 1);
}

#[test]
fn pip_27_an_empty_pipe_holds_no_block_for_what_did_not_come() {
    let pool = Pool::new();
    let mut pipe = PipeOptions::new().pool(&pool).build().unwrap();
    let mut answers: Vec<Box<dyn FnMut() -> io::Result<usize>>> = vec![
        Box::new(|| Err(ErrorKind::WouldBlock.into())),
        Box::new(|| Err(ErrorKind::ConnectionReset.into())),
        Box::new(|| Ok(usize::MAX)),
        Box::new(|| Ok(0)),
        Box::new(|| panic!("a device that panics")),
    ];
    for answer in &mut answers {
        let mut device = Answer(answer);
        let _ = catch_unwind(AssertUnwindSafe(|| pipe.fill_from(&mut device)));
        assert_eq!(pool.stats().outstanding, 0);
        // What is there stays, and its block with it.
        put(&mut pipe, b"abc");
        let _ = catch_unwind(AssertUnwindSafe(|| pipe.fill_from(&mut device)));
        assert_eq!(pool.stats().outstanding, 1);
        assert_eq!(pipe.drain_rest(), b"abc");
        pipe.skip(0);
    }
    assert!(pipe.spare_mut(1).unwrap().len() > 1);
    pipe.commit(0).unwrap();
    assert_eq!(pool.stats().outstanding, 0);
}

/// A device that answers this, and brings nothing.
struct Answer<'a>(&'a mut dyn FnMut() -> io::Result<usize>);

impl Read for Answer<'_> {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        (self.0)()
    }
}

#[test]
fn pip_22_a_mark_for_each_level_costs_no_look_at_all_others() {
    // How deep it goes is up to whoever sends it: a look at all marks for each would take minutes.
    const DEPTH: usize = 100_000;
    let mut pipe = Pipe::new();
    put(&mut pipe, &[b'['; DEPTH]);
    let mut marks = Vec::new();
    for level in 0..DEPTH {
        marks.push(pipe.mark());
        // One that is dropped at once, behind all others, as a parser tries something.
        pipe.skip(1);
        let tried = pipe.mark();
        assert_eq!(tried.position(), level as u64 + 1);
    }
    assert!(pipe.is_empty());
    while let Some(mark) = marks.pop() {
        pipe.rewind(&mark).unwrap();
        assert_eq!(pipe.len(), DEPTH - marks.len());
    }
}

#[test]
fn pip_22_marks_of_one_place_are_dropped_one_by_one() {
    let pool = Pool::new();
    let mut pipe = PipeOptions::new().pool(&pool).build().unwrap();
    let (one, other) = (pipe.mark(), pipe.mark());
    put(&mut pipe, b"abc");
    pipe.skip(3);
    drop(one);
    pipe.skip(0);
    pipe.rewind(&other).unwrap();
    assert_eq!(pipe.drain_rest(), b"abc");
    drop(other);
    pipe.skip(0);
    assert_eq!(pool.stats().outstanding, 0);
}

#[test]
fn pip_27_chunkedbuffer_grew_without_end_and_shrank_by_chance() {
    // There the size doubled with every full read, unbounded, and eleven small reads in the
    // whole life of the pipe, not in a row, made it smaller.
    let mut pipe = PipeOptions::new().block_sizes(64..=256).build().unwrap();
    let mut exchange = |full: bool| {
        let lent = pipe.spare_mut(1).unwrap().len();
        pipe.commit(if full { lent } else { 1 }).unwrap();
        pipe.skip(lent);
        lent
    };
    let grown: Vec<_> = (0..5).map(|_| exchange(true)).collect();
    assert_eq!(grown, [64, 128, 256, 256, 256]);
    for _ in 0..5 {
        assert!((0..7).all(|_| exchange(false) == 256) && exchange(true) == 256);
    }
    let shrunk: Vec<_> = (0..17).map(|_| exchange(false)).collect();
    assert_eq!((shrunk[7], shrunk[8], shrunk[16]), (256, 128, 64));
}
