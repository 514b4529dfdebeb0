//! Chapter "Chunks": the pool's options, and what threads keep of the process-wide one.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;

use iolite::{Chunk, Pool, PoolOptions, Tail};

/// A size of blocks that no other test of this suite uses of the process-wide pool.
const SIZE: usize = 128 << 10;

/// The tests of the process-wide pool go one after the other.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A block whose first bytes say so.
fn marked(pool: &Pool) -> Tail {
    let mut tail = pool.acquire(SIZE);
    tail.append(b"marked by a test");
    tail
}

fn is_marked(tail: &mut Tail) -> bool {
    tail.spare_mut().starts_with(b"marked by a test")
}

#[test]
fn chk_25_a_frozen_tail_is_a_chunk_of_what_was_written() {
    let pool = Pool::new();
    let mut tail = pool.acquire(64);
    tail.append(b"all of it");
    let address = tail.frozen().as_ptr();
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
    let tails: Vec<Tail> = (0..5).map(|_| pool.acquire(64)).collect();
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
fn chk_28_the_blocks_of_an_ended_thread_serve_others() {
    let _alone = alone();
    let pool = Pool::global();
    pool.trim();
    thread::spawn(|| drop(marked(Pool::global())))
        .join()
        .unwrap();
    let mut blocks: Vec<Tail> = (0..200).map(|_| pool.acquire(SIZE)).collect();
    assert!(blocks.iter_mut().any(is_marked));
}

thread_local! {
    static LAST: RefCell<Option<Chunk>> = const { RefCell::new(None) };
    static FIRST: RefCell<Option<Chunk>> = const { RefCell::new(None) };
}

/// Thread-local values are dropped in no promised order: one that is made before the pool's own
/// and one that is made after it stand for both.
#[test]
fn chk_28_a_block_that_comes_back_while_its_thread_ends_is_not_lost() {
    let _alone = alone();
    let pool = Pool::global();
    pool.trim();
    let before = pool.stats();
    thread::spawn(|| {
        FIRST.set(Some(Chunk::new()));
        drop(Pool::global().acquire(SIZE));
        let (first, last) = (marked(Pool::global()), marked(Pool::global()));
        LAST.set(Some(last.freeze()));
        FIRST.set(Some(first.freeze()));
    })
    .join()
    .unwrap();
    let after = pool.stats();
    assert!(
        after.cached_bytes + (after.freed as usize - before.freed as usize) * SIZE >= 2 * SIZE,
        "{before:?} {after:?}"
    );
}

#[test]
fn chk_29_a_trim_reaches_what_threads_keep() {
    let _alone = alone();
    let pool = Pool::global();
    let (to_thread, orders) = mpsc::channel::<()>();
    let (answer, answers) = mpsc::channel::<bool>();
    let thread = thread::spawn(move || {
        let pool = Pool::global();
        drop(marked(pool));
        answer.send(is_marked(&mut pool.acquire(SIZE))).unwrap();
        orders.recv().unwrap();
        answer.send(is_marked(&mut pool.acquire(SIZE))).unwrap();
    });
    assert!(answers.recv().unwrap(), "the thread has it still");
    drop(marked(pool));
    pool.trim();
    assert!(!is_marked(&mut pool.acquire(SIZE)), "ours is gone");
    to_thread.send(()).unwrap();
    assert!(!answers.recv().unwrap(), "the thread's too");
    thread.join().unwrap();
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
