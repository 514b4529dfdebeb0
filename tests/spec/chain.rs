//! SPEC.md, "Chains".

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::io::{BufRead, ErrorKind, IoSlice, IoSliceMut, Read, Write};

use crate::support::full_or_quick;
use iolite::testing::assert_chunking_invariant;
use iolite::{Chain, Chunk};
use proptest::prelude::*;
use rstest::rstest;

/// A chain of three pieces: `abc`, `defgh`, `ij`.
fn three() -> Chain {
    Chain::from_iter([Chunk::from("abc"), Chunk::from("defgh"), Chunk::from("ij")])
}

fn large(byte: u8) -> Chunk {
    Chunk::from(vec![byte; 4000])
}

fn bytes(chain: &Chain) -> Vec<u8> {
    chain.views().flatten().copied().collect()
}

#[test]
fn chn_1_large_chunks_go_in_and_out_as_they_are() {
    let (first, second) = (large(b'1'), large(b'2'));
    let mut chain = Chain::new();
    chain.push(second.clone());
    chain.push_front(first.clone());
    assert_eq!((chain.len(), chain.views().count()), (8000, 2));
    assert_eq!(chain.pop().unwrap().as_ptr(), second.as_ptr());
    assert_eq!(chain.pop_front().unwrap().as_ptr(), first.as_ptr());
    assert!(chain.pop().is_none() && chain.pop_front().is_none() && chain.is_empty());
}

#[test]
fn chn_2_small_pieces_are_put_together() {
    let mut chain = Chain::new();
    for byte in 0..=255u8 {
        chain.append(&[byte]);
        chain.push(Chunk::copy_from_slice(&[byte; 3]));
    }
    assert_eq!((chain.len(), chain.views().count()), (1024, 1));
    chain.push(large(b'x'));
    chain.append(b"after");
    assert_eq!((chain.len(), chain.views().count()), (5029, 3));
    chain.push_shared(Chunk::from("as it is"));
    assert_eq!(chain.views().count(), 4);
}

#[test]
fn chn_2_the_block_goes_on_behind_what_was_linked() {
    let mut chain = Chain::with_block_size(4096);
    chain.append(b"one");
    chain.push(large(b'x'));
    chain.append(b"two");
    let [first, _, last] = chain.views().collect::<Vec<_>>()[..] else {
        panic!("three pieces")
    };
    assert_eq!(first.as_ptr_range().end, last.as_ptr());
}

#[test]
fn chn_3_an_empty_chunk_is_no_piece() {
    let mut chain = Chain::from(Chunk::new());
    chain.push(Chunk::new());
    chain.push_shared(Chunk::new());
    chain.push_front(Chunk::new());
    chain.append(b"");
    assert_eq!((chain.len(), chain.views().count()), (0, 0));
    assert!(chain.pop_front().is_none());
}

#[test]
fn chn_4_chains_are_cut_and_joined_without_a_copy() {
    let mut chain = Chain::from_iter([large(b'1'), large(b'2')]);
    let addresses: Vec<_> = chain.views().map(<[u8]>::as_ptr).collect();
    let mut head = chain.split_to(5000);
    assert_eq!((head.len(), chain.len()), (5000, 3000));
    head.join(&mut chain);
    assert_eq!((head.len(), chain.len(), chain.is_empty()), (8000, 0, true));
    let joined: Vec<_> = head.views().map(<[u8]>::as_ptr).collect();
    assert_eq!((joined[0], joined[1]), (addresses[0], addresses[1]));
    assert_eq!(joined[2], addresses[1].wrapping_add(1000));
}

#[test]
#[should_panic(expected = "beyond the end")]
fn chn_4_cutting_beyond_the_end_panics() {
    let _ = three().split_to(11);
}

#[test]
fn chn_5_taking_copies_only_what_lies_in_pieces() {
    let mut chain = Chain::from_iter([large(b'1'), large(b'2')]);
    let address = chain.views().next().unwrap().as_ptr();
    let one = chain.take_chunk(1000);
    assert_eq!((one.as_ptr(), one.len()), (address, 1000));
    let two = chain.take_chunk(4000);
    assert_eq!(
        (&two[..3000], &two[3000..]),
        (&[b'1'; 3000][..], &[b'2'; 1000][..])
    );
    assert_eq!(chain.take_chunk(usize::MAX), vec![b'2'; 3000]);
    assert_eq!(chain.take_chunk(1), b"");
}

#[test]
fn chn_5_a_view_ends_with_its_piece() {
    let mut chain = three();
    assert_eq!(chain.take_view(2), b"ab");
    assert_eq!(chain.take_view(usize::MAX), b"c");
    assert_eq!(chain.take_view(0), b"");
    assert_eq!((bytes(&chain), chain.len()), (b"defghij".to_vec(), 7));
}

#[test]
fn chn_6_contiguous_puts_only_the_pieces_it_needs_together() {
    let mut chain = three();
    assert_eq!(chain.make_contiguous(2), Some(&b"ab"[..]));
    assert_eq!(chain.views().count(), 3);
    assert_eq!(chain.make_contiguous(5), Some(&b"abcde"[..]));
    assert_eq!(
        chain.views().collect::<Vec<_>>(),
        [&b"abcde"[..], b"fgh", b"ij"]
    );
    assert_eq!(chain.make_contiguous(11), None);
    assert_eq!(chain.make_contiguous(10), Some(&b"abcdefghij"[..]));
    assert_eq!(chain.len(), 10);
}

#[test]
fn chn_7_skip_and_truncate_say_or_do_nothing_beyond_the_end() {
    let mut chain = three();
    chain.truncate(11);
    assert_eq!(chain, b"abcdefghij");
    chain.truncate(4);
    assert_eq!(chain, b"abcd");
    assert_eq!((chain.skip(2), chain.skip(5), chain.skip(1)), (2, 2, 0));
    assert!(chain.is_empty());
}

#[test]
fn chn_8_a_gather_write_in_parts_writes_everything_once() {
    let mut chain = three();
    let mut device = Vec::new();
    while !chain.is_empty() {
        let mut slices = [IoSlice::new(&[]); 2];
        let n = chain.io_slices(&mut slices);
        // A device that takes three bytes at a time, across pieces.
        let offered: Vec<u8> = slices[..n]
            .iter()
            .flat_map(|slice| slice.to_vec())
            .collect();
        let taken = offered.len().min(3);
        device.extend_from_slice(&offered[..taken]);
        assert_eq!(chain.skip(taken), taken);
    }
    assert_eq!(device, b"abcdefghij");
}

#[test]
fn chn_9_it_is_a_queue_of_bytes() {
    let mut chain = Chain::new();
    write!(chain, "first line\nsecond").unwrap();
    chain.push_shared(Chunk::from(" line\nrest"));
    let mut line = String::new();
    chain.read_line(&mut line).unwrap();
    chain.read_line(&mut line).unwrap();
    assert_eq!(line, "first line\nsecond line\n");
    let mut two = [0; 2];
    assert_eq!((chain.read(&mut two).unwrap(), &two), (2, b"re"));
    let mut rest = Vec::new();
    assert_eq!(chain.read_to_end(&mut rest).unwrap(), 2);
    assert_eq!((rest, chain.read(&mut two).unwrap()), (b"st".to_vec(), 0));
    chain.append(b"!");
    assert_eq!((chain.read(&mut two).unwrap(), two[0]), (1, b'!'));
}

#[test]
fn chn_10_equality_and_hash_are_those_of_the_bytes() {
    let (one, hasher) = (Chain::from(Chunk::from("abcdefghij")), RandomState::new());
    assert_eq!(three(), one);
    assert_eq!(hasher.hash_one(three()), hasher.hash_one(&one));
    assert_ne!(three(), Chain::from(Chunk::from("abcdefghik")));
    assert_ne!(three(), Chain::from(Chunk::from("abc")));
}

#[test]
fn chn_11_a_clone_shares_and_is_its_own() {
    let mut chain = Chain::from(large(b'1'));
    chain.append(b"open");
    let copy = chain.clone();
    let addresses = |chain: &Chain| chain.views().map(<[u8]>::as_ptr).collect::<Vec<_>>();
    assert_eq!(addresses(&chain), addresses(&copy));
    chain.append(b" and more");
    chain.skip(1);
    assert_eq!((copy.len(), chain.len()), (4004, 4012));
    assert!(copy.to_chunk().ends_with(b"1open"));
}

#[test]
fn chn_11_one_piece_becomes_a_chunk_without_a_copy() {
    let chain = Chain::from(large(b'1'));
    assert_eq!(
        chain.to_chunk().as_ptr(),
        chain.views().next().unwrap().as_ptr()
    );
    let mut open = Chain::new();
    open.append(b"open");
    assert_eq!(
        open.to_chunk().as_ptr(),
        open.views().next().unwrap().as_ptr()
    );
    assert_eq!(
        (three().to_chunk(), Chain::new().to_chunk()),
        (Chunk::from("abcdefghij"), Chunk::new())
    );
}

/// A device that takes and gives a few bytes at a time, and fails in between.
struct Moody {
    content: Vec<u8>,
    calls: usize,
    slices: usize,
}

impl Moody {
    fn new() -> Moody {
        Moody {
            content: Vec::new(),
            calls: 0,
            slices: 0,
        }
    }

    fn mood(&mut self, slices: usize) -> std::io::Result<()> {
        self.calls += 1;
        self.slices = self.slices.max(slices);
        match self.calls % 3 {
            1 => Err(ErrorKind::Interrupted.into()),
            2 => Err(ErrorKind::WouldBlock.into()),
            _ => Ok(()),
        }
    }
}

impl Write for Moody {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        unreachable!("a gather write is asked for")
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> std::io::Result<usize> {
        self.mood(bufs.len())?;
        let offered: Vec<u8> = bufs.iter().flat_map(|slice| slice.to_vec()).collect();
        let taken = offered.len().min(700);
        self.content.extend_from_slice(&offered[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Read for Moody {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        unreachable!("a scatter read is asked for")
    }

    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> std::io::Result<usize> {
        self.mood(bufs.len())?;
        self.content.as_slice().read_vectored(bufs)
    }
}

#[test]
fn chn_13_writing_to_a_device_goes_on_after_an_error() {
    let mut chain = Chain::new();
    for i in 0..100u8 {
        chain.push_shared(Chunk::from(vec![i; 50]));
    }
    let mut device = Moody::new();
    let mut errors = 0;
    while let Err(error) = chain.write_to(&mut device) {
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
        errors += 1;
        assert_eq!(device.content.len() + chain.len(), 5000);
    }
    assert!(errors > 1 && device.slices == 64);
    assert_eq!(
        device.content,
        (0..100u8).flat_map(|i| [i; 50]).collect::<Vec<_>>()
    );
    assert_eq!(chain.write_to(&mut device).unwrap(), 0);
}

#[test]
fn chn_13_a_device_that_takes_nothing_or_lies_is_an_error() {
    let mut nothing: &mut [u8] = &mut [];
    let mut chain = three();
    let error = chain.write_to(&mut nothing).unwrap_err();
    assert_eq!((error.kind(), chain.len()), (ErrorKind::WriteZero, 10));
    struct Liar;
    impl Write for Liar {
        fn write(&mut self, buf: &[u8]) -> std::io::Result<usize> {
            Ok(buf.len() + 100)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    impl Read for Liar {
        fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
            Ok(buf.len() + 1)
        }
    }
    let error = chain.write_to(&mut Liar).unwrap_err();
    assert_eq!((error.kind(), chain.len()), (ErrorKind::InvalidData, 10));
    let error = chain.read_from(&mut Liar, 5).unwrap_err();
    assert_eq!(
        (error.kind(), bytes(&chain)),
        (ErrorKind::InvalidData, b"abcdefghij".to_vec())
    );
}

#[test]
fn chn_14_one_scatter_read_fills_several_blocks() {
    let mut chain = Chain::with_block_size(64);
    chain.append(b"before ");
    let mut source = Moody::new();
    source.content = (0..=255).collect();
    assert_eq!(
        chain.read_from(&mut source, 200).unwrap_err().kind(),
        ErrorKind::WouldBlock
    );
    assert_eq!(chain, b"before ");
    assert_eq!(chain.read_from(&mut source, 200).unwrap(), 200);
    chain.append(b" behind");
    let mut expected = b"before ".to_vec();
    expected.extend(0..200u8);
    expected.extend(b" behind");
    assert_eq!((bytes(&chain), source.slices), (expected, 4));
    // The last block's room is used on.
    assert_eq!(chain.views().last().unwrap().len() % 64, (7 + 200 + 7) % 64);
}

#[rstest]
#[case::chn_14_exactly_the_room(57, 57)]
#[case::chn_14_less_than_there_is(5, 5)]
#[case::chn_14_more_than_there_is(5000, 1000)]
#[case::chn_14_nothing(0, 0)]
fn reads_once(#[case] max: usize, #[case] expected: usize) {
    let mut chain = Chain::with_block_size(64);
    chain.append(b"before ");
    let mut source = &[9; 1000][..];
    assert_eq!(chain.read_from(&mut source, max).unwrap(), expected);
    chain.append(b"!");
    assert_eq!(
        (chain.len(), source.len()),
        (7 + expected + 1, 1000 - expected)
    );
    assert_eq!(
        bytes(&chain),
        [b"before ".as_slice(), &vec![9; expected], b"!"].concat()
    );
}

#[test]
fn chn_4_joining_crumbs_makes_no_long_chain() {
    let mut chain = Chain::new();
    for _ in 0..1000 {
        chain.join(&mut three());
    }
    assert_eq!((chain.len(), chain.views().count()), (10_000, 2));
}

#[test]
fn chn_15_every_cut_of_a_short_input_is_tried() {
    let mut ways = HashSet::new();
    let sum = assert_chunking_invariant(b"abcdef", 0, |pieces| {
        ways.insert(pieces.iter().map(|piece| piece.len()).collect::<Vec<_>>());
        pieces
            .iter()
            .flat_map(|piece| piece.iter())
            .copied()
            .collect::<Vec<_>>()
    });
    assert_eq!((sum, ways.len()), (b"abcdef".to_vec(), 32));
    assert_eq!(
        assert_chunking_invariant(b"", 0, |pieces| pieces.concat()),
        b""
    );
}

#[test]
fn chn_15_a_seed_decides_about_a_long_input() {
    let ways = |seed| {
        let mut ways = Vec::new();
        let input: Vec<u8> = (0..100).collect();
        assert_chunking_invariant(&input, seed, |pieces| {
            ways.push(pieces.iter().map(|piece| piece.len()).collect::<Vec<_>>());
            pieces.concat()
        });
        ways
    };
    assert_eq!(ways(1), ways(1));
    assert_ne!(ways(1), ways(2));
    let distinct: HashSet<_> = ways(1).into_iter().collect();
    assert!(distinct.len() > 500 && distinct.contains(&vec![1; 100]));
}

#[test]
#[should_panic(expected = "cut into pieces of [1, 1, 1] bytes: 3, whole: 1")]
fn chn_15_a_parser_that_minds_the_cuts_is_found_out() {
    assert_chunking_invariant(b"abc", 0, |pieces| pieces.len() / 3 * 2 + 1);
}

/// What can be done to a chain; every number is taken modulo what there is.
#[derive(Clone, Debug)]
enum Act {
    Append(Vec<u8>),
    Push(u8, usize),
    Link(Vec<u8>),
    PushFront(Vec<u8>),
    Pop,
    PopFront,
    Take(usize),
    TakeView(usize),
    Skip(usize),
    Truncate(usize),
    Contiguous(usize),
    CutAndJoin(usize),
    MoveFront(usize),
    Read(usize),
}

fn act() -> impl Strategy<Value = Act> {
    let small = || proptest::collection::vec(any::<u8>(), 0..9);
    prop_oneof![
        small().prop_map(Act::Append),
        (any::<u8>(), 2040..2060usize).prop_map(|(byte, n)| Act::Push(byte, n)),
        small().prop_map(Act::Link),
        small().prop_map(Act::PushFront),
        Just(Act::Pop),
        Just(Act::PopFront),
        any::<usize>().prop_map(Act::Take),
        any::<usize>().prop_map(Act::TakeView),
        any::<usize>().prop_map(Act::Skip),
        any::<usize>().prop_map(Act::Truncate),
        any::<usize>().prop_map(Act::Contiguous),
        any::<usize>().prop_map(Act::CutAndJoin),
        any::<usize>().prop_map(Act::MoveFront),
        (0..20usize).prop_map(Act::Read),
    ]
}

/// Does the same to a chain and to a plain queue, and compares what comes out.
fn perform(act: Act, chain: &mut Chain, plain: &mut VecDeque<u8>) {
    let within = |n: usize| n % (chain.len() + 1);
    match act {
        Act::Append(data) => {
            chain.append(&data);
            plain.extend(data);
        }
        Act::Push(byte, n) => {
            chain.push(Chunk::from(vec![byte; n]));
            plain.extend(vec![byte; n]);
        }
        Act::Link(data) => {
            plain.extend(&data);
            chain.push_shared(Chunk::from(data));
        }
        Act::PushFront(data) => {
            data.iter().rev().for_each(|&byte| plain.push_front(byte));
            chain.push_front(Chunk::from(data));
        }
        Act::Pop => {
            let popped = chain.pop().unwrap_or_default();
            assert_eq!(
                popped,
                plain
                    .split_off(plain.len() - popped.len())
                    .make_contiguous()
            );
        }
        Act::PopFront => {
            let popped = chain.pop_front().unwrap_or_default();
            assert_eq!(popped, plain.drain(..popped.len()).collect::<Vec<_>>());
        }
        Act::Take(n) => {
            let n = within(n);
            assert_eq!(chain.take_chunk(n), plain.drain(..n).collect::<Vec<_>>());
        }
        Act::TakeView(n) => {
            let max = within(n);
            let view = chain.take_view(max);
            assert!(view.len() <= max && (!view.is_empty() || max == 0));
            assert_eq!(view, plain.drain(..view.len()).collect::<Vec<_>>());
        }
        Act::Skip(n) => {
            let n = within(n);
            assert_eq!(chain.skip(n), plain.drain(..n).count());
        }
        Act::Truncate(n) => {
            let n = within(n);
            chain.truncate(n);
            plain.truncate(n);
        }
        Act::Contiguous(n) => {
            let n = within(n);
            assert_eq!(
                chain.make_contiguous(n),
                Some(&plain.make_contiguous()[..n])
            );
        }
        Act::CutAndJoin(n) => {
            let mut head = chain.split_to(within(n));
            head.join(chain);
            *chain = head;
        }
        Act::MoveFront(n) => {
            let n = within(n);
            let mut head = chain.split_to(n);
            chain.join(&mut head);
            plain.rotate_left(n);
        }
        Act::Read(n) => {
            let mut buf = vec![0; n];
            let n = chain.read(&mut buf).unwrap();
            assert_eq!(buf[..n], plain.drain(..n).collect::<Vec<_>>());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: full_or_quick(300, 150) as u32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn chn_12_any_calls_do_what_they_do_to_a_plain_queue(
        block in 1..100usize,
        acts in proptest::collection::vec(act(), 1..40),
    ) {
        let (mut chain, mut plain) = (Chain::with_block_size(block), VecDeque::new());
        for act in acts {
            perform(act, &mut chain, &mut plain);
            prop_assert_eq!(chain.len(), plain.len());
            prop_assert_eq!(bytes(&chain), Vec::from(plain.clone()));
            prop_assert!(chain.views().all(|view| !view.is_empty()));
        }
    }
}
