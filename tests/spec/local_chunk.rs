//! SPEC.md, chapter Chunks: chunks whose references one thread counts for itself.

use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use iolite::chunk::{LocalChunk, Terminator};
use iolite::{Chunk, Pipe, Pool, Separator};
use proptest::prelude::*;
use rstest::rstest;

fn local(bytes: &[u8]) -> LocalChunk {
    LocalChunk::from(Chunk::copy_from_slice(bytes))
}

/// What a call returns, or `None` if it panics.
fn outcome<T>(call: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(call)).ok()
}

#[test]
fn chk_35_clones_slices_and_splits_share_the_memory() {
    let chunk = Chunk::from(b"0123456789".to_vec());
    let start = chunk.as_ptr();
    let mut whole = LocalChunk::from(chunk);
    let part = |local: &LocalChunk| {
        let offset = local.as_ptr().addr() - start.addr();
        String::from_utf8(local.to_vec()).unwrap() + "@" + &offset.to_string()
    };
    let middle = whole.slice(3..6);
    let (clone, inner) = (middle.clone(), middle.slice(1..=1));
    let head = whole.split_to(4);
    whole.advance(1);
    whole.truncate(2);
    let all = [&middle, &clone, &inner, &head, &whole].map(part);
    assert_eq!(all, ["345@3", "345@3", "4@4", "0123@0", "56@5"]);
    assert_eq!(whole.split_to(2), "56");
    assert!(whole.is_empty() && whole.slice(..).is_empty());
}

#[test]
fn chk_35_a_part_of_a_chunk_becomes_a_local_chunk_of_that_part() {
    let part = Chunk::from("0123456789").slice(2..7);
    let mut local = LocalChunk::from(part.clone());
    assert_eq!((&local, local.as_ptr()), (&local.slice(..), part.as_ptr()));
    let head = local.split_to(2);
    assert!(head == "23" && local == "456");
}

#[test]
fn chk_35_nothing_is_a_local_chunk_too() {
    let mut nothing = LocalChunk::new();
    assert_eq!(nothing, LocalChunk::default());
    assert_eq!(nothing, LocalChunk::from(Chunk::new()));
    nothing.advance(0);
    nothing.truncate(7);
    assert!(nothing.split_to(0).is_empty() && nothing.to_chunk().is_empty());
    assert_eq!(nothing.split_records(b'\n', Terminator::Keep).count(), 0);
}

/// Asks whether a type is `Send` and `Sync`: its own methods, where it has them, come before the
/// trait's.
struct Ask<T>(PhantomData<T>);

trait Otherwise {
    fn is_send(&self) -> bool {
        false
    }
    fn is_sync(&self) -> bool {
        false
    }
}

impl<T> Otherwise for Ask<T> {}

impl<T: Send> Ask<T> {
    fn is_send(&self) -> bool {
        true
    }
}

impl<T: Sync> Ask<T> {
    fn is_sync(&self) -> bool {
        true
    }
}

#[test]
fn chk_36_it_stays_in_its_thread() {
    let (chunk, local) = (Ask::<Chunk>(PhantomData), Ask::<LocalChunk>(PhantomData));
    assert!(chunk.is_send() && chunk.is_sync());
    assert!(!local.is_send() && !local.is_sync());
}

#[test]
fn chk_36_it_is_three_words() {
    assert_eq!(size_of::<LocalChunk>(), 3 * size_of::<usize>());
}

#[test]
fn chk_37_it_becomes_a_chunk_that_goes_to_another_thread() {
    let bytes = local(b"one two three");
    let address = bytes.as_ptr();
    let chunk = bytes.slice(4..7).to_chunk();
    let other = thread::spawn(move || (chunk.as_ptr().addr(), chunk == "two"));
    assert_eq!(other.join().unwrap(), (address.addr() + 4, true));
    let last = Chunk::from(bytes.slice(8..));
    drop(bytes);
    assert_eq!(
        (&last[..], last.as_ptr()),
        (&b"three"[..], address.wrapping_add(8))
    );
}

/// How the local chunks of a block end: dropped, or as chunks.
type End = fn(LocalChunk) -> Option<Chunk>;

#[rstest]
#[case::chk_37_dropped(|_: LocalChunk| None)]
#[case::chk_37_as_its_own_reference(|local: LocalChunk| Some(Chunk::from(local)))]
#[case::chk_37_as_another_reference(|local: LocalChunk| Some(local.to_chunk()))]
fn a_tail_is_unique_when_all_are_gone(#[case] end: End) {
    let pool = Pool::new();
    let mut tail = pool.acquire(64);
    tail.append(b"0123456789");
    let block = LocalChunk::from(tail.chunk(..));
    let mut parts = vec![block.slice(8..), block.clone(), block.slice(10..)];
    drop(block);
    while let Some(part) = parts.pop() {
        assert!(!tail.is_unique() && !tail.reclaim(0));
        if let Some(chunk) = end(part) {
            assert!(!tail.is_unique());
            thread::spawn(move || drop(chunk)).join().unwrap();
        }
    }
    assert!(tail.is_unique() && tail.reclaim(8));
    let last = LocalChunk::from(tail.chunk(..));
    drop(tail);
    assert_eq!((&last[..], pool.stats().outstanding), (&b"89"[..], 1));
    drop(end(last));
    assert_eq!((pool.stats().outstanding, pool.stats().freed), (0, 0));
}

#[test]
fn chk_38_it_is_compared_as_the_bytes() {
    let (a, b) = (local(b"abc"), local(b"xabcx").slice(1..4));
    assert_ne!(a.as_ptr(), b.as_ptr());
    assert!(a == b && a == b"abc" && a == *"abc" && a == b.to_chunk());
    assert!(a < local(b"abd") && a > local(b"ab") && a != local(b"abd"));
    let state = RandomState::new();
    assert_eq!(state.hash_one(&a), state.hash_one(&b"abc"[..]));
    let map = HashMap::from([(a, 1)]);
    assert_eq!(map.get(&b"abc"[..]), Some(&1), "found by a plain slice");
    assert!(BTreeSet::from([b]).contains(&b"abc"[..]));
}

#[test]
fn chk_38_debug_shows_32_bytes_at_most() {
    let short = format!("{:?}", local(b"xa\n\xff").slice(1..));
    assert_eq!(short, "LocalChunk(3 bytes: \"a\\n\\xff\")");
    let long = format!("{:?}", local(&[b'x'; 5000]));
    let shown = "x".repeat(32);
    assert_eq!(long, format!("LocalChunk(5000 bytes: \"{shown}\"…)"));
}

#[test]
fn chk_38_it_is_cut_as_a_chunk_and_panics_where_that_does() {
    let chunk = Chunk::from("0123456789").slice(3..7);
    let local = LocalChunk::from(Chunk::from("0123456789")).slice(3..7);
    let of_chunk = |call: &dyn Fn(&mut Chunk) -> Chunk| {
        let mut chunk = chunk.clone();
        outcome(|| call(&mut chunk)).map(|head| (head.to_vec(), chunk.to_vec()))
    };
    let of_local = |call: &dyn Fn(&mut LocalChunk) -> LocalChunk| {
        let mut local = local.clone();
        outcome(|| call(&mut local)).map(|head| (head.to_vec(), local.to_vec()))
    };
    for n in [0, 1, 3, 4, 5, 6, 7, usize::MAX - 2, usize::MAX] {
        let all = [
            (
                of_local(&|it| it.split_to(n)),
                of_chunk(&|it| it.split_to(n)),
            ),
            (of_local(&|it| it.slice(n..)), of_chunk(&|it| it.slice(n..))),
            (
                of_local(&|it| it.slice(2..n)),
                of_chunk(&|it| it.slice(2..n)),
            ),
            (
                of_local(&|it| it.slice(..=n)),
                of_chunk(&|it| it.slice(..=n)),
            ),
            (
                of_local(&|it| {
                    it.advance(n);
                    it.clone()
                }),
                of_chunk(&|it| {
                    it.advance(n);
                    it.clone()
                }),
            ),
            (
                of_local(&|it| {
                    it.truncate(n);
                    it.clone()
                }),
                of_chunk(&|it| {
                    it.truncate(n);
                    it.clone()
                }),
            ),
        ];
        for (number, (local, chunk)) in all.into_iter().enumerate() {
            assert_eq!(local, chunk, "call {number} with {n}");
        }
    }
}

#[rstest]
#[case::chk_39_with_its_end(Terminator::Keep, &["one\n", "\n", "two\n"])]
#[case::chk_39_without_its_end(Terminator::Strip, &["one", "", "two"])]
fn records(#[case] edge: Terminator, #[case] expected: &[&str]) {
    let whole = local(b"one\n\ntwo\nthr\nee");
    let mut block = whole.slice(..12);
    let records: Vec<LocalChunk> = block.split_records(b'\n', edge).collect();
    assert_eq!(records, expected);
    assert_eq!(records[2].as_ptr(), whole[5..].as_ptr());
    assert_eq!(block, "thr", "the end behind it is none of its bytes");
    assert_eq!(block.split_records(b'\n', edge).count(), 0);
    assert_eq!(block, "thr");
}

#[test]
fn chk_39_what_is_not_asked_for_stays() {
    let mut block = local(b"name: x; y; z\nrest");
    let mut fields = block.split_records(b':', Terminator::Strip);
    assert_eq!(fields.next().unwrap(), "name");
    drop(fields);
    assert_eq!(block, " x; y; z\nrest");
    let mut line = block
        .split_records(b'\n', Terminator::Strip)
        .next()
        .unwrap();
    let values: Vec<LocalChunk> = line.split_records(b';', Terminator::Strip).collect();
    assert_eq!(values, [" x", " y"]);
    assert_eq!(line, " z");
    assert_eq!(block, "rest");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    /// Ends that lie near and far, in groups of 64 bytes and behind the last, from anywhere on.
    #[test]
    fn chk_39_records_are_those_of_a_plain_search(
        gaps in prop::collection::vec(prop_oneof![0..5_usize, 60..70_usize, 0..3000_usize], 0..60),
        rest in 0..200_usize,
        skipped in 0..300_usize,
        cut in 0..300_usize,
        stop in 0..80_usize,
    ) {
        let mut bytes = Vec::new();
        for gap in gaps {
            bytes.extend((0..gap).map(|i| b'a' + (i % 26) as u8));
            bytes.push(b'\n');
        }
        bytes.extend(vec![b'z'; rest]);
        let end = bytes.len().saturating_sub(cut);
        let start = skipped.min(end);
        let shown = &bytes[start..end];
        let lines = || shown.split_inclusive(|&b| b == b'\n').filter(|l| l.ends_with(b"\n"));

        let mut block = local(&bytes).slice(start..end);
        let first: Vec<_> = block.split_records(b'\n', Terminator::Keep).take(stop).collect();
        let second: Vec<_> = block.split_records(b'\n', Terminator::Strip).collect();
        let all = first.iter().map(|line| line.to_vec());
        let all = all.chain(second.iter().map(|line| [&line[..], b"\n"].concat()));
        prop_assert!(all.eq(lines().map(<[u8]>::to_vec)));
        prop_assert_eq!(first.len(), lines().count().min(stop));
        prop_assert_eq!(&block[..], &shown[lines().map(<[u8]>::len).sum()..]);
    }
}

#[test]
fn chk_40_the_records_of_a_batch() {
    let mut pipe = Pipe::new();
    pipe.append(b"one\r\n\rtwo\nthree").unwrap();
    let batch = pipe.next_batch(&Separator::any_line(), 99).unwrap();
    let batch = batch.ready().unwrap();
    let lines: Vec<LocalChunk> = batch.local_chunks().collect();
    assert_eq!(lines, ["one", "", "two"]);
    assert!(
        lines
            .iter()
            .zip(batch.iter())
            .all(|(one, other)| one.as_ptr() == other.as_ptr())
    );
    drop(batch);
    assert_eq!(lines[2], "two");
}
