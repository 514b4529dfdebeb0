//! Chapter "Chunks".

use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Bound;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;

use iolite::chunk::ChunkBuilder;
use iolite::chunk::Utf8Rest;
use iolite::{Chunk, Error, Pool, StrChunk};
use rstest::rstest;

fn panics<T>(call: impl FnOnce() -> T) -> bool {
    catch_unwind(AssertUnwindSafe(call)).is_err()
}

#[test]
fn chk_1_clones_slices_and_splits_share_the_memory() {
    let mut whole = Chunk::from(b"0123456789".to_vec());
    let start = whole.as_ptr();
    assert_eq!(whole.clone().as_ptr(), start);
    let middle = whole.slice(3..6);
    assert_eq!(
        (&middle[..], middle.as_ptr()),
        (&b"345"[..], start.wrapping_add(3))
    );
    let head = whole.split_to(4);
    assert_eq!((&head[..], head.as_ptr()), (&b"0123"[..], start));
    assert_eq!(
        (&whole[..], whole.as_ptr()),
        (&b"456789"[..], start.wrapping_add(4))
    );
    whole.advance(1);
    whole.truncate(2);
    assert_eq!(
        (&whole[..], whole.as_ptr()),
        (&b"56"[..], start.wrapping_add(5))
    );
    assert_eq!((head, middle), (Chunk::from(b"0123"), Chunk::from(b"345")));
}

#[test]
fn chk_2_a_chunk_is_three_words_also_where_it_is_optional() {
    assert_eq!(size_of::<Chunk>(), 3 * size_of::<usize>());
    assert_eq!(size_of::<Option<Chunk>>(), 3 * size_of::<usize>());
    #[cfg(target_pointer_width = "64")]
    assert_eq!(size_of::<Chunk>(), 24);
}

#[test]
fn chk_3_chunks_and_tails_go_to_other_threads() {
    fn assert_shareable<T: Send + Sync + 'static>() {}
    assert_shareable::<Chunk>();
    assert_shareable::<StrChunk>();
    assert_shareable::<ChunkBuilder>();
    assert_shareable::<Pool>();
}

#[test]
fn chk_4_equality_order_and_hash_are_those_of_the_bytes() {
    let (a, b) = (
        Chunk::from(b"abc".to_vec()),
        Chunk::from_static(b"xabcx").slice(1..4),
    );
    assert_ne!(a.as_ptr(), b.as_ptr());
    assert!(a == b && a == b"abc" && a == *"abc" && a == vec![b'a', b'b', b'c']);
    let (longer, shorter) = (Chunk::from("abd"), Chunk::from("ab"));
    assert!(a < longer && a > shorter && a != longer);
    let hash = |value: &dyn Fn(&mut DefaultHasher)| {
        let mut hasher = DefaultHasher::new();
        value(&mut hasher);
        hasher.finish()
    };
    assert_eq!(hash(&|h| a.hash(h)), hash(&|h| b.hash(h)));
    assert_eq!(hash(&|h| a.hash(h)), hash(&|h| b"abc"[..].hash(h)));
    let map = HashMap::from([(a, 1)]);
    assert_eq!(map.get(&b"abc"[..]), Some(&1), "found by a plain slice");
    let set = BTreeSet::from([b]);
    assert!(set.contains(&b"abc"[..]));
}

#[rstest]
#[case::chk_5_all((Bound::Unbounded, Bound::Unbounded), Some("abcd"))]
#[case::chk_5_inside((Bound::Included(1), Bound::Excluded(3)), Some("bc"))]
#[case::chk_5_inclusive((Bound::Included(1), Bound::Included(3)), Some("bcd"))]
#[case::chk_5_exclusive_start((Bound::Excluded(0), Bound::Unbounded), Some("bcd"))]
#[case::chk_5_empty_at_the_end((Bound::Included(4), Bound::Unbounded), Some(""))]
#[case::chk_5_ends_outside((Bound::Included(1), Bound::Excluded(5)), None)]
#[case::chk_5_starts_outside((Bound::Included(5), Bound::Unbounded), None)]
#[case::chk_5_backwards((Bound::Included(3), Bound::Excluded(1)), None)]
#[case::chk_5_starts_behind_the_last_number((Bound::Excluded(usize::MAX), Bound::Unbounded), None)]
#[case::chk_5_ends_at_the_last_number((Bound::Unbounded, Bound::Included(usize::MAX)), None)]
fn ranges(#[case] range: (Bound<usize>, Bound<usize>), #[case] expected: Option<&str>) {
    let chunk = Chunk::from("abcd");
    match expected {
        Some(part) => assert_eq!(chunk.slice(range), part),
        None => assert!(panics(|| chunk.slice(range))),
    }
}

#[test]
fn chk_6_cutting_off_more_than_there_is() {
    let mut chunk = Chunk::from("abcd");
    assert!(panics(|| chunk.clone().advance(5)));
    assert!(panics(|| chunk.clone().split_to(5)));
    chunk.truncate(5);
    assert_eq!(chunk, "abcd", "truncate does nothing");
    chunk.truncate(0);
    chunk.advance(0);
    assert_eq!(chunk.split_to(0), "");
}

#[test]
fn chk_7_bytes_that_live_for_ever_are_not_copied() {
    static BYTES: [u8; 5] = *b"hello";
    static TEXT: &str = "text";
    assert_eq!(Chunk::from_static(&BYTES).as_ptr(), BYTES.as_ptr());
    assert_eq!(Chunk::from(&BYTES).as_ptr(), BYTES.as_ptr());
    assert_eq!(Chunk::from(&BYTES[..]).as_ptr(), BYTES.as_ptr());
    assert_eq!(Chunk::from(TEXT).as_ptr(), TEXT.as_ptr());
    assert!(Chunk::new().is_empty() && Chunk::default().is_empty());
    const CONSTANT: Chunk = Chunk::from_static(b"const");
    assert_eq!(CONSTANT, "const");
}

#[test]
fn chk_8_vectors_and_strings_are_taken_over() {
    let bytes = b"bytes".to_vec();
    let address = bytes.as_ptr();
    assert_eq!(Chunk::from(bytes).as_ptr(), address);
    let text = String::from("text");
    let address = text.as_ptr();
    assert_eq!(Chunk::from(text).as_ptr(), address);
    let bytes = b"copied".to_vec();
    let copy = Chunk::copy_from_slice(&bytes);
    assert_ne!(copy.as_ptr(), bytes.as_ptr());
    drop(bytes);
    assert_eq!(copy, "copied");
}

/// Bytes with a counter of drops and of calls of `as_ref`.
struct Owner(Vec<u8>, Arc<AtomicUsize>, Arc<AtomicUsize>);

impl Owner {
    fn new() -> (Owner, Arc<AtomicUsize>, Arc<AtomicUsize>) {
        let (drops, calls) = (Arc::default(), Arc::default());
        let owner = Owner(
            b"owned bytes".to_vec(),
            Arc::clone(&drops),
            Arc::clone(&calls),
        );
        (owner, drops, calls)
    }
}

impl AsRef<[u8]> for Owner {
    fn as_ref(&self) -> &[u8] {
        self.2.fetch_add(1, Ordering::SeqCst);
        &self.0
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.1.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn chk_9_an_owner_is_dropped_once_with_the_last_view() {
    let (owner, drops, calls) = Owner::new();
    let address = owner.0.as_ptr();
    let chunk = Chunk::from_owner(owner);
    assert_eq!(chunk.as_ptr(), address);
    let mut views = vec![chunk.clone(), chunk.slice(3..5), chunk.slice(11..)];
    drop(chunk);
    while let Some(view) = views.pop() {
        assert_eq!(drops.load(Ordering::SeqCst), 0);
        assert!(b"owned bytes".starts_with(&view) || view == "ed" || view.is_empty());
        drop(view);
    }
    assert_eq!(drops.load(Ordering::SeqCst), 1);
    assert_eq!(calls.load(Ordering::SeqCst), 1, "as_ref is called once");
}

#[test]
fn chk_9_an_owner_is_dropped_in_whichever_thread_the_last_view_is() {
    for _ in 0..50 {
        let (owner, drops, _) = Owner::new();
        let chunk = Chunk::from_owner(owner);
        let start = Arc::new(Barrier::new(4));
        let threads: Vec<_> = (0..4)
            .map(|i| {
                let (view, start) = (chunk.slice(i..i + 2), Arc::clone(&start));
                thread::spawn(move || {
                    start.wait();
                    let more: Vec<Chunk> = (0..20).map(|_| view.clone()).collect();
                    assert!(more.iter().all(|other| *other == view));
                })
            })
            .collect();
        drop(chunk);
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(drops.load(Ordering::SeqCst), 1);
    }
}

#[test]
fn chk_10_an_owner_that_panics_is_dropped() {
    struct Panicking(Arc<AtomicUsize>);
    impl AsRef<[u8]> for Panicking {
        fn as_ref(&self) -> &[u8] {
            panic!("as it was told")
        }
    }
    impl Drop for Panicking {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let drops = Arc::default();
    let owner = Panicking(Arc::clone(&drops));
    assert!(panics(|| Chunk::from_owner(owner)));
    assert_eq!(drops.load(Ordering::SeqCst), 1);
}

#[test]
fn chk_11_a_tail_appends_behind_its_views() {
    let mut tail = Pool::new().acquire(64);
    assert_eq!(tail.append(b"hello"), 5);
    let hello = tail.chunk(..);
    let address = hello.as_ptr();
    assert_eq!(tail.append(b" world"), 6);
    let both = tail.chunk(0..);
    assert_eq!(
        (&hello[..], &both[..]),
        (&b"hello"[..], &b"hello world"[..])
    );
    assert_eq!((hello.as_ptr(), both.as_ptr()), (address, address));
    assert_eq!(tail.chunk(6..=10), "world");
}

#[test]
fn chk_11_a_tail_takes_only_what_there_is_room_for() {
    let mut tail = Pool::new().acquire(64);
    assert_eq!(tail.append(&[1; 60]), 60);
    assert_eq!(tail.append(&[2; 60]), 4);
    assert_eq!(tail.append(&[3; 60]), 0);
    assert_eq!(tail.filled(), [[1; 60].as_slice(), &[2; 4]].concat());
    assert!(tail.spare_mut().is_empty());
}

#[test]
fn chk_12_memory_is_taken_back_only_when_no_view_is_left() {
    let mut tail = Pool::new().acquire(64);
    tail.append(b"0123456789");
    let view = tail.chunk(8..);
    let (other, far) = (view.clone(), view.slice(2..));
    drop(view);
    for last in [other, far] {
        assert!(!tail.is_unique() && !tail.reclaim(7));
        assert_eq!(tail.filled(), b"0123456789", "nothing was touched");
        drop(last);
    }
    assert!(tail.is_unique() && tail.reclaim(7));
    assert_eq!(tail.filled(), b"789");
    assert_eq!(tail.spare_mut().len(), 61);
    assert!(tail.reclaim(3));
    assert_eq!(tail.filled(), b"");
    assert_eq!(tail.spare_mut().len(), 64);
}

#[test]
fn chk_12_the_rest_may_overlap_its_new_place() {
    let mut tail = Pool::new().acquire(64);
    let ramp: Vec<u8> = (0..64).collect();
    tail.append(&ramp);
    assert!(tail.reclaim(1));
    assert_eq!(tail.filled(), &ramp[1..]);
}

#[test]
fn chk_13_a_tail_refuses_what_is_outside() {
    let mut tail = Pool::new().acquire(64);
    tail.append(b"abc");
    assert!(panics(|| tail.commit(62)));
    assert!(panics(|| tail.reclaim(4)));
    assert!(panics(|| tail.chunk(..4)));
    assert!(panics(|| tail.chunk(4..)));
    tail.commit(61);
    assert_eq!(tail.filled().len(), 64);
}

#[test]
fn chk_14_fresh_memory_is_zeroed_and_all_of_it_is_writable() {
    for size in [1, 64, 65, 4096, 300_000] {
        let mut tail = Pool::new().acquire(size);
        assert!(tail.spare_mut().iter().all(|&byte| byte == 0), "{size}");
        tail.spare_mut().fill(0xEE);
        let n = tail.spare_mut().len();
        tail.commit(n);
        assert!(
            n >= size && tail.filled().iter().all(|&byte| byte == 0xEE),
            "{size}"
        );
    }
}

#[rstest]
#[case::chk_15_nothing(0, 64)]
#[case::chk_15_one(1, 64)]
#[case::chk_15_the_least(64, 64)]
#[case::chk_15_rounded_up(65, 128)]
#[case::chk_15_a_power_of_two(65_536, 65_536)]
#[case::chk_15_a_large_one(200_000, 262_144)]
fn block_sizes(#[case] asked: usize, #[case] expected: usize) {
    let mut tail = Pool::new().acquire(asked);
    assert_eq!(
        (tail.capacity(), tail.spare_mut().len()),
        (expected, expected)
    );
}

#[test]
fn chk_15_a_block_that_no_memory_can_hold_panics() {
    assert!(panics(|| Pool::new().acquire(usize::MAX)));
    assert!(panics(|| Pool::new().acquire(isize::MAX as usize)));
}

#[test]
fn chk_16_blocks_are_used_again() {
    let pool = Pool::new();
    let mut tail = pool.acquire(1000);
    tail.append(b"old");
    let address = tail.filled().as_ptr();
    drop(tail);
    assert_eq!(pool.stats().cached_bytes, 1024);
    let again = pool.acquire(600);
    assert_eq!(again.filled(), b"", "with nothing frozen");
    assert_eq!(again.chunk(..).as_ptr(), address);
    let other = pool.acquire(2000);
    let stats = pool.stats();
    assert_eq!((stats.allocated, stats.recycled, stats.freed), (2, 1, 0));
    assert_eq!(stats.cached_bytes, 0);
    drop((again, other));
    assert_eq!(pool.stats().cached_bytes, 1024 + 2048);
}

#[test]
fn chk_16_a_block_comes_back_when_the_tail_and_all_views_are_gone() {
    let pool = Pool::new();
    let mut tail = pool.acquire(64);
    tail.append(b"abc");
    let (view, other) = (tail.chunk(..), tail.chunk(1..));
    drop(tail);
    drop(view);
    assert_eq!(pool.stats().cached_bytes, 0);
    assert_eq!(other, "bc");
    drop(other);
    assert_eq!(pool.stats().cached_bytes, 64);
}

#[test]
fn chk_17_a_pool_keeps_no_more_than_its_limit() {
    let pool = Pool::with_limit(128);
    let tails: Vec<ChunkBuilder> = (0..3).map(|_| pool.acquire(64)).collect();
    drop(tails);
    let stats = pool.stats();
    assert_eq!((stats.cached_bytes, stats.freed), (128, 1));
    drop(pool.acquire(128));
    assert_eq!(pool.stats().freed, 2, "a block that does not fit is freed");
}

#[test]
fn chk_17_blocks_above_128_kib_are_not_kept() {
    let pool = Pool::new();
    drop(pool.acquire(128 << 10));
    assert_eq!(
        (pool.stats().cached_bytes, pool.stats().freed),
        (128 << 10, 0)
    );
    drop(pool.acquire((128 << 10) + 1));
    assert_eq!(
        (pool.stats().cached_bytes, pool.stats().freed),
        (128 << 10, 1)
    );
}

#[test]
fn chk_18_trim_gives_everything_back() {
    let pool = Pool::new();
    drop([pool.acquire(64), pool.acquire(64), pool.acquire(4096)]);
    pool.trim();
    let stats = pool.stats();
    assert_eq!((stats.cached_bytes, stats.freed), (0, 3));
    drop(pool.acquire(64));
    assert_eq!(pool.stats().allocated, 4, "and it goes on");
}

#[test]
fn chk_19_blocks_come_back_from_other_threads() {
    let pool = Pool::new();
    let (sender, receiver) = mpsc::channel::<Chunk>();
    let reader = thread::spawn(move || receiver.iter().map(|chunk| chunk.len()).sum::<usize>());
    for i in 0..100_u8 {
        let mut tail = pool.acquire(4096);
        tail.append(&[i; 100]);
        sender.send(tail.chunk(..)).unwrap();
    }
    drop(sender);
    assert_eq!(reader.join().unwrap(), 10_000);
    let stats = pool.stats();
    assert_eq!(stats.allocated + stats.recycled, 100);
    assert_eq!(
        stats.cached_bytes as u64,
        (stats.allocated - stats.freed) * 4096,
        "all are back, here or where the two were in each other's way at the allocator"
    );
    assert_eq!(stats.outstanding, 0);
}

#[test]
fn chk_19_views_stay_the_same_while_the_writer_goes_on_in_another_thread() {
    let pool = Pool::new();
    let (sender, receiver) = mpsc::channel::<(u8, Chunk)>();
    let reader = thread::spawn(move || {
        for (i, chunk) in receiver {
            assert!(chunk.len() == 7 && chunk.iter().all(|&byte| byte == i));
        }
    });
    let mut tail = pool.acquire(64);
    for i in 0..=255 {
        if tail.spare_mut().len() < 7 && !tail.reclaim(tail.filled().len()) {
            tail = pool.acquire(64);
        }
        let start = tail.filled().len();
        tail.append(&[i; 7]);
        sender.send((i, tail.chunk(start..))).unwrap();
    }
    drop(sender);
    reader.join().unwrap();
}

#[test]
fn chk_20_a_chunk_outlives_its_pool() {
    let pool = Pool::new();
    let mut tail = pool.acquire(64);
    tail.append(b"abc");
    let chunk = tail.chunk(..);
    drop(pool);
    tail.append(b"def");
    drop(tail);
    assert_eq!(chunk, "abc");
}

#[test]
fn chk_21_clones_are_the_same_pool_and_the_default_is_the_global_one() {
    let pool = Pool::new();
    drop(pool.clone().acquire(64));
    assert_eq!(pool.stats().cached_bytes, 64);
    let before = Pool::global().stats();
    let _tail = Pool::default().acquire(64);
    let after = Pool::global().stats();
    assert!(after.allocated + after.recycled > before.allocated + before.recycled);
    assert!(after.outstanding > 0);
    assert_eq!(Pool::DEFAULT_LIMIT, 16 << 20);
}

#[rstest]
#[case::chk_22_all_is_text(b"caf\xc3\xa9", "café", Utf8Rest::Empty, b"")]
#[case::chk_22_nothing(b"", "", Utf8Rest::Empty, b"")]
#[case::chk_22_the_start_of_a_character(b"a\xe2\x82", "a", Utf8Rest::Incomplete, b"\xe2\x82")]
#[case::chk_22_one_bad_byte(b"a\xffb", "a", Utf8Rest::Malformed(1), b"\xffb")]
#[case::chk_22_two_bad_bytes(b"\xe2\x82!", "", Utf8Rest::Malformed(2), b"\xe2\x82!")]
#[case::chk_22_three_bad_bytes(b"\xf0\x9f\x98!", "", Utf8Rest::Malformed(3), b"\xf0\x9f\x98!")]
fn taking_text(
    #[case] bytes: &'static [u8],
    #[case] expected: &str,
    #[case] stop: Utf8Rest,
    #[case] rest: &[u8],
) {
    let mut chunk = Chunk::from(bytes);
    let (text, why) = StrChunk::take_valid(&mut chunk);
    assert_eq!((&*text, why, &chunk[..]), (expected, stop, rest));
    assert_eq!(text.as_ptr(), bytes.as_ptr(), "without a copy");
    assert_eq!(text.into_chunk().as_ptr(), bytes.as_ptr());
}

#[test]
fn chk_23_text_is_never_cut_inside_a_character() {
    let (mut text, _) = StrChunk::take_valid(&mut Chunk::from("aé"));
    assert!(panics(|| text.clone().truncate(2)));
    assert!(panics(|| text.clone().truncate(4)));
    text.truncate(1);
    assert_eq!(&*text, "a");
    assert!(StrChunk::new().is_empty() && StrChunk::default().is_empty());
}

#[test]
fn chk_24_debug_shows_32_bytes_at_most() {
    let short = format!("{:?}", Chunk::from(b"a\n\xff"));
    assert_eq!(short, "Chunk(3 bytes: \"a\\n\\xff\")");
    let long = format!("{:?}", Chunk::from(vec![b'x'; 5000]));
    assert_eq!(long, format!("Chunk(5000 bytes: \"{}\"…)", "x".repeat(32)));
    let (text, _) = StrChunk::take_valid(&mut Chunk::from("é".repeat(100)));
    assert_eq!(
        format!("{text:?}"),
        format!("StrChunk(200 bytes: \"{}\")", "é".repeat(32))
    );
}

#[test]
fn chk_46_text_is_compared_ordered_hashed_and_shown_as_a_string_is() {
    let words = ["", "a", "ab", "b", "é", "日本"];
    let chunks = words.map(StrChunk::from);
    for (one, left) in words.iter().zip(&chunks) {
        let string = one.to_string();
        for (other, right) in words.iter().zip(&chunks) {
            assert_eq!(left.cmp(right), one.cmp(other));
            assert_eq!(
                (left == right, left == *other),
                (one == other, one == other)
            );
            assert_eq!(
                (one == right, string == *right),
                (one == other, one == other)
            );
        }
        assert_eq!(format!("{left:>4}|"), format!("{one:>4}|"));
        assert_eq!(String::from(left.clone()), *one);
    }
    let places: HashMap<StrChunk, usize> = chunks.into_iter().zip(0..).collect();
    for (place, word) in words.iter().enumerate() {
        assert_eq!(places.get(*word), Some(&place), "the hash of a `str`");
    }
}

#[test]
fn chk_46_a_string_and_bytes_become_text_without_a_copy() {
    let text = "no copy".to_owned();
    let memory = text.as_ptr();
    let text = StrChunk::from(text);
    assert_eq!(text.as_ptr(), memory);
    assert_eq!(text.slice(3..), "copy");
    assert_eq!(text.slice(3..).as_ptr(), memory.wrapping_add(3));
    let bytes = Chunk::from(text);
    assert_eq!(bytes.as_ptr(), memory);
    let text = StrChunk::try_from(bytes).expect("it was text");
    assert_eq!(text.as_ptr(), memory);

    let error = StrChunk::try_from(Chunk::from(b"a\xc3\xa9\xff!")).unwrap_err();
    assert!(
        matches!(error.error(), Error::Decode { offset: 3, .. }),
        "{error}"
    );
    assert_eq!(error.value(), b"a\xc3\xa9\xff!", "all of it comes back");
    assert!(panics(|| StrChunk::from("é").slice(1..)));
}
