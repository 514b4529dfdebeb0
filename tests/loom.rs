//! Models of the chunk core: every order in which threads may see each other's steps.
//!
//! ```text
//! RUSTFLAGS="--cfg loom" cargo test --release --test loom
//! ```
//!
//! The core's files are compiled into this test with loom's atomics and locks in the place of
//! std's. The library itself never is: a program that models itself with loom may use it.
#![cfg(loom)]
#![allow(dead_code, unused_imports, unreachable_pub, missing_docs)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;

#[path = "../src/chunk"]
mod chunk {
    mod chunk_builder;
    mod like_bytes;
    #[allow(unsafe_code)]
    mod memory;
    mod pool;
    #[path = "sync_loom.rs"]
    mod sync;
    mod view;

    pub use self::chunk_builder::ChunkBuilder;
    pub use self::pool::{Pool, PoolOptions};
    pub use self::view::Chunk;
}
/// What the core's files name of the floor below.
mod error {
    pub use iolite::{Error, Result};
}
use chunk::{Chunk, ChunkBuilder, Pool, PoolOptions};

/// Bytes whose drops are counted.
struct Owner(Arc<AtomicUsize>);

impl AsRef<[u8]> for Owner {
    fn as_ref(&self) -> &[u8] {
        b"owned"
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn clones_and_drops_free_a_memory_exactly_once() {
    loom::model(|| {
        let drops = Arc::new(AtomicUsize::new(0));
        let chunk = Chunk::from_owner(Owner(Arc::clone(&drops)));
        let threads = [chunk.clone(), chunk.slice(1..)].map(|view| {
            thread::spawn(move || {
                let other = view.clone();
                drop(view);
                assert!(b"owned".ends_with(&other));
            })
        });
        drop(chunk);
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        assert_eq!(drops.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn a_tail_takes_back_only_what_no_other_thread_reads() {
    loom::model(|| {
        let mut tail = Pool::new().acquire(64);
        tail.append(b"0123");
        let view = tail.chunk(1..3);
        let reader = thread::spawn(move || {
            assert_eq!(&view[..], b"12");
            let other = view.clone();
            drop(view);
            assert_eq!(&other[..], b"12");
        });
        tail.append(b"45");
        if tail.reclaim(4) {
            assert_eq!(tail.filled(), b"45");
            tail.append(b"rewritten");
        } else {
            assert_eq!(tail.filled(), b"012345");
        }
        reader.join().unwrap();
        assert!(tail.is_unique());
    });
}

#[test]
fn references_in_reserve_are_no_views_and_none_is_lost() {
    loom::model(|| {
        let pool = Pool::new();
        let mut tail = pool.acquire(64);
        tail.append(b"012");
        // Three: one is counted alone, then four, of which two are left over.
        let views = [
            tail.prepaid_chunk(..1),
            tail.prepaid_chunk(1..2),
            tail.prepaid_chunk(2..),
        ];
        let reader = thread::spawn(move || {
            views
                .into_iter()
                .zip([b"0", b"1", b"2"])
                .for_each(|(view, byte)| assert_eq!(view, byte));
        });
        if let Some(bytes) = tail.filled_mut() {
            bytes.fill(b'x');
        }
        drop(tail);
        reader.join().unwrap();
        assert_eq!(pool.stats().outstanding, 0);
    });
}

#[test]
fn a_frozen_tail_gives_its_reserve_back() {
    loom::model(|| {
        let mut tail = Pool::new().acquire(64);
        tail.append(b"ab");
        let view = tail.prepaid_chunk(1..);
        let reader = thread::spawn(move || assert_eq!(view, "b"));
        let whole = tail.freeze();
        let other = thread::spawn(move || assert_eq!(whole, "ab"));
        reader.join().unwrap();
        other.join().unwrap();
    });
}

#[test]
fn a_block_that_comes_back_in_one_thread_is_handed_out_in_another() {
    loom::model(|| {
        let pool = PoolOptions::new().zero_on_release().build();
        let mut tail = pool.acquire(64);
        tail.append(b"from here");
        let view = tail.chunk(..);
        let own = pool.clone();
        let other = thread::spawn(move || {
            assert_eq!(&view[..], b"from here");
            drop(view);
            let mut tail = own.acquire(64);
            assert!(tail.spare_mut().iter().all(|&byte| byte == 0));
            tail.append(b"from there");
        });
        drop(tail);
        let mut again = pool.acquire(64);
        assert!(again.spare_mut().iter().all(|&byte| byte == 0));
        again.append(b"again");
        drop(again);
        other.join().unwrap();
        let stats = pool.stats();
        assert_eq!(
            (stats.outstanding, stats.allocated + stats.recycled),
            (0, 3)
        );
    });
}

#[test]
fn a_pool_that_is_trimmed_meanwhile_loses_no_block() {
    loom::model(|| {
        let pool = Pool::with_limit(64);
        let tails = [pool.acquire(64), pool.acquire(64)];
        let own = pool.clone();
        let other = thread::spawn(move || own.trim());
        drop(tails);
        other.join().unwrap();
        let stats = pool.stats();
        assert_eq!(stats.outstanding, 0);
        assert_eq!(
            (stats.allocated - stats.freed) * 64,
            stats.cached_bytes as u64
        );
    });
}

#[test]
fn the_last_reference_to_a_pool_may_be_a_chunk_in_another_thread() {
    loom::model(|| {
        let pool = Pool::new();
        let mut tail = pool.acquire(64);
        tail.append(b"abc");
        let view = tail.chunk(..);
        let other = thread::spawn(move || assert_eq!(&view[..], b"abc"));
        drop(pool);
        drop(tail);
        other.join().unwrap();
    });
}

/// The models would be worth nothing if they saw nothing.
#[test]
#[should_panic(expected = "Causality violation")]
fn a_rewrite_during_a_read_is_seen() {
    loom::model(|| {
        let tail = Arc::new(loom::cell::UnsafeCell::new(()));
        let other = Arc::clone(&tail);
        let reader = thread::spawn(move || other.with(|_| ()));
        tail.with_mut(|_| ());
        reader.join().unwrap();
    });
}
