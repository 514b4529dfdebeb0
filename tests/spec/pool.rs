//! Chapter "Chunks": the pool's options, and what threads keep of the process-wide one.

use std::sync::Arc;
use std::thread;

use iolite::Pool;
use iolite::chunk::{ChunkBuilder, PoolOptions};

#[test]
fn chk_25_a_frozen_tail_is_a_chunk_of_what_was_written() {
    let pool = Pool::new();
    let mut tail = pool.acquire(64);
    tail.append(b"all of it");
    let address = tail.filled().as_ptr();
    let part = tail.chunk(4..);
    let all = tail.freeze();
    assert_eq!((&all[..], all.as_ptr()), (&b"all of it"[..], address));
    drop(all);
    assert_eq!((&part[..], pool.stats().cached_bytes), (&b"of it"[..], 0));
    drop(part);
    assert_eq!(pool.stats().cached_bytes, 64);
    assert_eq!(pool.acquire(64).freeze(), "", "nothing was written");
}

#[test]
fn chk_26_a_recycled_block_shows_only_zeros() {
    let pool = PoolOptions::new().zero_on_release().build();
    let mut tail = pool.acquire(4096);
    tail.spare_mut().fill(0xEE);
    tail.commit(100);
    let view = tail.chunk(..);
    drop(tail);
    assert_eq!(view, [0xEE; 100], "a view keeps its bytes");
    drop(view);
    let mut again = pool.acquire(4096);
    assert_eq!(pool.stats().recycled, 1);
    assert!(again.spare_mut().iter().all(|&byte| byte == 0));
}

#[test]
fn chk_26_the_options_keep_the_limit() {
    let pool = PoolOptions::default().limit(64).zero_on_release().build();
    drop([pool.acquire(64), pool.acquire(64)]);
    let stats = pool.stats();
    assert_eq!((stats.cached_bytes, stats.freed), (64, 1));
}

#[test]
fn chk_27_every_block_is_outstanding_kept_or_freed() {
    let pool = Pool::with_limit(128);
    let tails: Vec<ChunkBuilder> = (0..5).map(|_| pool.acquire(64)).collect();
    let chunk = tails[0].chunk(..);
    assert_eq!(pool.stats().outstanding, 5);
    drop(tails);
    let stats = pool.stats();
    assert_eq!(
        (stats.allocated, stats.outstanding, stats.freed),
        (5, 1, 2),
        "two are kept"
    );
    drop(chunk);
    assert_eq!((pool.stats().outstanding, pool.stats().freed), (0, 3));
}

#[test]
fn chk_29_trimming_in_many_threads_at_once_loses_no_block() {
    let pool = Arc::new(Pool::new());
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let pool = Arc::clone(&pool);
            thread::spawn(move || {
                for _ in 0..200 {
                    drop([pool.acquire(64), pool.acquire(4096)]);
                    pool.trim();
                }
            })
        })
        .collect();
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
    pool.trim();
    let stats = pool.stats();
    assert_eq!((stats.outstanding, stats.cached_bytes), (0, 0));
    assert_eq!(stats.allocated, stats.freed);
}
