//! SPEC.md, "Chunks": what a chunk keeps, and memory that is not there.

use std::io::ErrorKind;
use std::thread;

use iolite::chunk::LocalChunk;
use iolite::{Chunk, Error, Pool, StrChunk};
use rstest::rstest;

#[test]
fn chk_41_a_chunk_says_what_it_keeps() {
    let mut tail = Pool::new().acquire(4000);
    tail.append(b"key=value");
    let chunk = tail.chunk(..3);
    assert_eq!(chunk.pinned(), 4096, "all of the block");
    assert_eq!(
        (chunk.slice(1..).pinned(), chunk.slice(..0).pinned()),
        (4096, 4096)
    );
    assert_eq!(Chunk::from("for ever").pinned(), 0);
    assert_eq!(Chunk::new().pinned(), 0);
    let mut vec = Vec::with_capacity(1000);
    vec.extend_from_slice(b"ten bytes!");
    assert_eq!(Chunk::from(vec).pinned(), 1000, "the vector's room, too");
    assert_eq!(Chunk::from_owner([7; 20]).slice(..5).pinned(), 20);
    assert_eq!(LocalChunk::from(chunk).pinned(), 4096);
    assert_eq!(LocalChunk::new().pinned(), 0);
}

#[rstest]
#[case::chk_42_nothing(0, true)]
#[case::chk_42_one_byte(1, true)]
#[case::chk_42_just_under_half(499, true)]
#[case::chk_42_half(500, false)]
#[case::chk_42_all(1000, false)]
fn compacting(#[case] len: usize, #[case] is_moved: bool) {
    let whole = Chunk::from(vec![b'x'; 1000]);
    let part = whole.slice(..len);
    let address = part.as_ptr();
    let compact = part.compact();
    assert_eq!(compact, vec![b'x'; len]);
    assert_eq!(compact.as_ptr() != address, is_moved);
    assert!(compact.pinned() <= 2 * len, "{}", compact.pinned());
    let local = LocalChunk::from(whole).slice(..len).compact();
    assert_eq!(local, vec![b'x'; len]);
    assert!(local.pinned() <= 2 * len);
    let other = thread::spawn(move || compact.len());
    assert_eq!(other.join().unwrap(), len);
}

#[test]
fn chk_42_a_compact_chunk_lets_the_block_go() {
    let pool = Pool::new();
    let mut tail = pool.acquire(4096);
    tail.append(b"key=value");
    let key = tail.chunk(..3).compact();
    drop(tail);
    assert_eq!((pool.stats().outstanding, &key[..]), (0, &b"key"[..]));
    assert_eq!(key.pinned(), 3);
    let again = key.clone().compact();
    assert_eq!(again.as_ptr(), key.as_ptr(), "it is compact already");
    let for_ever = Chunk::from("for ever").compact();
    assert_eq!((&for_ever[..], for_ever.pinned()), (&b"for ever"[..], 0));
}

#[test]
fn chk_42_text_is_compacted_too() {
    let mut bytes = Chunk::from("é".repeat(1000));
    let (mut text, _) = StrChunk::take_valid(&mut bytes);
    let head = text.split_to(4);
    assert_eq!(head.pinned(), 2000);
    let head = head.compact();
    assert_eq!((&*head, head.pinned()), ("éé", 4));
    assert_eq!(StrChunk::new().compact().pinned(), 0);
}

#[rstest]
#[case::chk_44_the_largest(usize::MAX)]
#[case::chk_44_no_power_of_two(usize::MAX / 2 + 2)]
#[case::chk_44_beyond_what_may_be_allocated(1 << (usize::BITS - 1))]
#[case::chk_44_more_than_there_is(if usize::BITS == 64 { 1 << 62 } else { 1 << 31 })]
fn memory_that_is_not_there(#[case] capacity: usize) {
    let pool = Pool::new();
    for pool in [&pool, Pool::global()] {
        let error = pool.try_acquire(capacity).unwrap_err();
        assert!(matches!(error, Error::Io(_)), "{error:?}");
        assert_eq!(error.kind(), ErrorKind::OutOfMemory);
    }
    assert_eq!(pool.stats().allocated, 0);
    assert_eq!(pool.try_acquire(100).unwrap().capacity(), 128);
}

#[test]
fn chk_14_room_that_nobody_looked_at_is_zero_when_it_is_frozen() {
    let pool = Pool::new();
    for size in [64, 4096, 65_536, 1 << 20] {
        let mut tail = pool.acquire(size);
        tail.append(b"abc");
        tail.commit(5);
        assert_eq!(tail.filled(), b"abc\0\0\0\0\0");
        tail.append(b"def");
        assert!(tail.spare_mut().iter().all(|&byte| byte == 0));
        tail.spare_mut().fill(0xEE);
        tail.commit(size - 11);
        let view = tail.chunk(..);
        assert!(view.starts_with(b"abc\0\0\0\0\0def\xee"));
        drop(tail);
    }
    // Recycled: appended over what was never looked at, then looked at.
    let mut tail = pool.acquire(4096);
    tail.append(&[1; 100]);
    drop(tail);
    let mut tail = pool.acquire(4096);
    tail.append(&[2; 10]);
    assert!(tail.reclaim(5));
    assert_eq!(tail.filled(), [2; 5]);
    assert_eq!(tail.spare_mut().len(), 4091);
}
