//! SPEC.md, chapter Chunks: what a tail does with its frozen bytes and its references.

use std::thread;

use iolite::{Chunk, Pool};

#[test]
fn chk_33_frozen_bytes_change_only_while_no_view_is_left() {
    let mut tail = Pool::new().acquire(64);
    assert_eq!(tail.filled_mut(), Some(&mut [][..]));
    tail.append(b"12345678");
    tail.filled_mut().expect("no view yet")[..2].copy_from_slice(b"xy");
    let view = tail.chunk(1..3);
    let other = view.clone();
    drop(view);
    assert!(tail.filled_mut().is_none(), "the clone lives");
    assert_eq!((&other[..], tail.filled()), (&b"y3"[..], &b"xy345678"[..]));
    drop(other);
    let frozen = tail.filled_mut().expect("no view any more");
    frozen.reverse();
    assert_eq!((frozen.len(), tail.filled()), (8, &b"876543yx"[..]));
    assert_eq!(tail.append(b"9"), 1);
    assert_eq!(tail.freeze(), b"876543yx9");
}

#[test]
fn chk_33_a_view_in_another_thread_is_a_view() {
    let mut tail = Pool::new().acquire(64);
    tail.append(b"abc");
    let view = tail.prepaid_chunk(..);
    let reader = thread::spawn(move || {
        assert_eq!(view, "abc");
        view
    });
    let view = reader.join().unwrap();
    assert!(tail.filled_mut().is_none());
    thread::spawn(move || drop(view)).join().unwrap();
    assert!(tail.filled_mut().is_some());
}

/// More than are counted at once.
const MANY: usize = 1000;

#[test]
fn chk_34_as_many_shares_as_one_likes() {
    let pool = Pool::new();
    let mut tail = pool.acquire(64);
    tail.append(b"0123456789");
    let (start, mut views) = (tail.filled().as_ptr(), Vec::new());
    for i in 0..MANY {
        let view = tail.prepaid_chunk(i % 10..);
        assert_eq!(
            (view.as_ptr(), &view[..]),
            (start.wrapping_add(i % 10), &b"0123456789"[i % 10..])
        );
        assert_eq!(view, tail.chunk(i % 10..));
        views.push(view);
        assert!(!tail.is_unique());
    }
    let last = views.pop();
    views.clear();
    assert!(!tail.is_unique() && !tail.reclaim(0));
    drop(last);
    assert!(tail.is_unique() && tail.reclaim(5));
    assert_eq!(tail.prepaid_chunk(..), "56789");
}

#[test]
fn chk_34_what_is_in_reserve_keeps_no_block() {
    let pool = Pool::new();
    for views in [0, 1, 255, 256, 257, MANY] {
        let mut tail = pool.acquire(64);
        tail.append(b"abc");
        let views: Vec<Chunk> = (0..views).map(|_| tail.prepaid_chunk(..)).collect();
        drop(tail);
        assert_eq!(pool.stats().outstanding, u64::from(!views.is_empty()));
        drop(views);
        assert_eq!(pool.stats().outstanding, 0);

        let mut tail = pool.acquire(64);
        tail.append(b"abc");
        drop(tail.prepaid_chunk(..1));
        let whole = tail.freeze();
        assert_eq!((pool.stats().outstanding, &whole[..]), (1, &b"abc"[..]));
        drop(whole);
        assert_eq!(pool.stats().outstanding, 0);
    }
    assert_eq!(pool.stats().allocated, 1);
}

#[test]
fn chk_34_shares_are_dropped_in_other_threads_meanwhile() {
    let pool = Pool::new();
    let mut tail = pool.acquire(64);
    tail.append(b"abc");
    for _ in 0..20 {
        let views: Vec<Chunk> = (0..MANY).map(|_| tail.prepaid_chunk(..)).collect();
        let other = thread::spawn(move || assert!(views.iter().all(|view| view == "abc")));
        drop(
            (0..MANY)
                .map(|_| tail.prepaid_chunk(1..))
                .collect::<Vec<_>>(),
        );
        other.join().unwrap();
        assert!(tail.is_unique());
    }
    drop(tail);
    assert_eq!(pool.stats().outstanding, 0);
}

#[test]
#[should_panic(expected = "is not inside")]
fn chk_13_sharing_more_than_is_frozen_panics() {
    let _ = Pool::new().acquire(64).prepaid_chunk(..1);
}
