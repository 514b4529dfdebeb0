//! [`ThreadCache`]: the part of the process-wide pool that belongs to one thread. (Allocators call it
//! a magazine, after Bonwick and Adams, 2001.)
//!
//! No other thread reaches it, so taking and giving back need no atomic read-modify-write. Its
//! counts are published by plain stores, and it notices that the pool was trimmed at its next use.
//! When its thread ends, its blocks go to the shared store. A block that comes back after that,
//! from another thread-local value, goes to the shared store directly.
//!
//! Only the list of published counts has a lock, and no thread waits for it, as its holder may have
//! been lost in a fork. A thread that does not get it works on unlisted and tries again with its
//! next block; statistics that do not get it leave the threads out. Lock order: this lock is never
//! held while another one is taken.
//!
//! All atomics here are `Relaxed`: they are counts for statistics, and no memory is handed over by
//! them.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use super::free_lists::{FreeLists, class};
use super::{RawBlock, SHARED, Total};
use crate::chunk::sync::patiently;

/// What a thread holds at most, in bytes: eight blocks of the largest class, which is what a few
/// streams in turn need.
const LIMIT: usize = 1 << 20;

/// How many blocks of one class a thread holds at most, so that many small ones stay cheap.
const COUNT: usize = 64;

/// How often the pool was trimmed.
static TRIMS: AtomicUsize = AtomicUsize::new(0);

/// What the threads have published.
static THREADS: Mutex<Vec<Arc<Published>>> = Mutex::new(Vec::new());

thread_local! {
    static CACHE: RefCell<ThreadCache> = const { RefCell::new(ThreadCache::new()) };
}

struct ThreadCache {
    lists: FreeLists,
    /// The value of [`TRIMS`] that this thread has seen.
    trims: usize,
    /// `None` until the first block, and while another thread has the lock of [`THREADS`].
    published: Option<Arc<Published>>,
}

/// A thread's counts. Only the thread stores, so no addition is locked.
#[derive(Default)]
pub(super) struct Published {
    recycled: AtomicU64,
    blocks: AtomicU64,
    bytes: AtomicUsize,
}

/// Takes a block of this class, if this thread has one.
#[inline]
pub(super) fn take(class: usize) -> Option<RawBlock> {
    // While the thread ends there is no cache any more.
    let block = CACHE.try_with(|own| own.try_borrow_mut().ok()?.take(class));
    block.ok().flatten()
}

/// Keeps the block for this thread, or hands it back where there is no room for it.
#[inline]
pub(super) fn put(class: usize, block: RawBlock) -> Option<RawBlock> {
    let mut block = Some(block);
    // While the thread ends the block stays where it is, in `block`.
    let _ = CACHE.try_with(|own| {
        if let Ok(mut own) = own.try_borrow_mut()
            && own.has_room(class)
        {
            block = block.take().and_then(|block| own.put(class, block));
        }
    });
    block
}

/// Gives back what this thread holds, and tells the others to do so.
pub(super) fn trim() {
    TRIMS.fetch_add(1, Ordering::Relaxed);
    let _ = CACHE.try_with(|own| own.borrow_mut().notice_trim());
}

/// Adds what the threads have counted.
pub(super) fn add_to(total: &mut Total) {
    let Some(threads) = patiently(threads) else {
        return;
    };
    for thread in threads.iter() {
        total.recycled += thread.recycled.load(Ordering::Relaxed);
        total.blocks += thread.blocks.load(Ordering::Relaxed);
        total.bytes += thread.bytes.load(Ordering::Relaxed);
    }
}

pub(super) fn threads() -> Option<MutexGuard<'static, Vec<Arc<Published>>>> {
    THREADS.try_lock().ok()
}

impl ThreadCache {
    const fn new() -> ThreadCache {
        ThreadCache {
            lists: FreeLists::new(),
            trims: 0,
            published: None,
        }
    }

    #[inline]
    fn take(&mut self, class: usize) -> Option<RawBlock> {
        self.notice_trim();
        let block = self.lists.take(class)?;
        if let Some(published) = &self.published {
            published
                .recycled
                .store(self.lists.taken(), Ordering::Relaxed);
            published.holds(&self.lists);
        }
        Some(block)
    }

    fn has_room(&self, class: usize) -> bool {
        self.lists.count(class) < COUNT
    }

    #[inline]
    fn put(&mut self, class: usize, block: RawBlock) -> Option<RawBlock> {
        self.notice_trim();
        let refused = self.lists.put(class, block, LIMIT);
        if refused.is_none() {
            match &self.published {
                Some(published) => published.holds(&self.lists),
                None => self.published = Published::register(&self.lists),
            }
        }
        refused
    }

    #[inline]
    fn notice_trim(&mut self) {
        let trims = TRIMS.load(Ordering::Relaxed);
        // The number hardly ever changes, so its cache line stays in every processor's cache.
        if trims != self.trims {
            self.trims = trims;
            self.empty(|shared, block| shared.free(block));
        }
    }

    /// Gives all blocks to `to`.
    #[cold] // row 6p
    fn empty(&mut self, to: impl Fn(&super::Shared, RawBlock)) {
        for block in self.lists.empty() {
            to(&SHARED, block);
        }
        if let Some(published) = &self.published {
            published.holds(&self.lists);
        }
    }

    /// Leaves the counts with the shared store. Where the list cannot be had they stay in it, and the
    /// sums are right all the same, until the next thread that ends takes them off.
    fn retire(&mut self) {
        let listed = self.published.take();
        let threads = match listed {
            Some(_) => patiently(threads),
            None => None,
        };
        if let (Some(own), Some(mut threads)) = (&listed, threads) {
            threads.retain_mut(|other| {
                // Nobody else has them: their thread could not take them off.
                if let Some(left) = Arc::get_mut(other) {
                    let total = &SHARED.counters.recycled;
                    total.fetch_add(*left.recycled.get_mut(), Ordering::Relaxed);
                    return false;
                }
                !Arc::ptr_eq(other, own)
            });
        // They stay on the list, so they must not be in the total as well.
        } else if listed.is_some() {
            return;
        }
        let total = &SHARED.counters.recycled;
        total.fetch_add(self.lists.taken(), Ordering::Relaxed);
    }
}

impl Drop for ThreadCache {
    /// The thread ends.
    fn drop(&mut self) {
        self.empty(|shared, block| {
            if let Some(class) = class(block.capacity()) {
                shared.put(class, block);
            }
        });
        self.retire();
    }
}

impl Published {
    /// Puts the counts of a thread into the list.
    #[cold] // row 6p
    fn register(lists: &FreeLists) -> Option<Arc<Published>> {
        let published = Arc::<Published>::default();
        published.recycled.store(lists.taken(), Ordering::Relaxed);
        published.holds(lists);
        threads()?.push(Arc::clone(&published));
        Some(published)
    }

    /// Counts what is on the lists now.
    #[inline]
    fn holds(&self, lists: &FreeLists) {
        self.blocks.store(lists.blocks(), Ordering::Relaxed);
        self.bytes.store(lists.bytes(), Ordering::Relaxed);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::sync::mpsc::channel;
    use std::thread;
    use std::time::{Duration, Instant};

    use super::*;
    use crate::chunk::Pool;

    /// Each thread that ended while another one had the list left its counts there for ever.
    #[test]
    fn the_counts_of_threads_that_have_ended_do_not_pile_up() {
        let in_a_thread = || thread::spawn(|| drop(Pool::global().acquire(64))).join();
        let left = || {
            let threads = patiently(threads)?;
            let alone = |published: &&Arc<Published>| Arc::strong_count(published) == 1;
            Some(threads.iter().filter(alone).count())
        };
        let (end, ended) = channel();
        let (listed, is_listed) = channel();
        let ending = thread::spawn(move || {
            // Again where another test has the list.
            while CACHE.with(|own| own.borrow().published.is_none()) {
                drop(Pool::global().acquire(64));
            }
            listed.send(()).expect("the test waits");
            ended.recv().expect("the test goes on");
        });
        is_listed.recv().expect("it is listed");
        let list = THREADS.lock();
        end.send(()).expect("it waits");
        ending.join().expect("no panic");
        drop(list);
        let start = Instant::now();
        // Other tests have threads that end, too.
        while left() != Some(0) {
            assert!(start.elapsed() < Duration::from_secs(100), "{:?}", left());
            in_a_thread().expect("no panic");
        }
    }
}
