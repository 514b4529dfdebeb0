//! The part of the process-wide pool that a thread has for itself.
//!
//! Nobody else reaches it, so taking and giving costs no locked operation. What others want to
//! know of it, its counts, it publishes with plain stores; what they want of it, a trim, it
//! notices at its next use. When its thread ends, its blocks go to the shared store. A block that
//! comes back after that, from another thread-local value, goes to the shared store directly.
//!
//! The list of what threads publish is the one thing here that has a lock. Nobody waits for it: a
//! thread that cannot get it works on unlisted and tries again with its next block, and whoever
//! sums up leaves out what cannot be had. It may be held by a thread that was lost in a fork.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use super::shelves::{Shelves, class};
use super::{Block, SHARED, Total};
use crate::chunk::sync::patiently;

/// What a thread holds at most, in bytes: several blocks of the largest class.
const LIMIT: usize = 1 << 20;

/// How many blocks of one class a thread holds at most, so that many small ones stay cheap.
const COUNT: usize = 64;

/// How often the pool was trimmed.
static TRIMS: AtomicUsize = AtomicUsize::new(0);

/// What the threads have published.
static THREADS: Mutex<Vec<Arc<Published>>> = Mutex::new(Vec::new());

thread_local! {
    static MAGAZINE: RefCell<Magazine> = const { RefCell::new(Magazine::new()) };
}

struct Magazine {
    shelves: Shelves,
    /// The value of [`TRIMS`] that this thread has seen.
    trims: usize,
    /// `None` until the first block, and as long as the list of [`THREADS`] is somebody else's.
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
pub(super) fn take(class: usize) -> Option<Block> {
    let block = MAGAZINE.try_with(|own| own.try_borrow_mut().ok()?.take(class));
    block.ok().flatten()
}

/// Keeps the block for this thread, or hands it back where there is no room for it.
#[inline]
pub(super) fn put(class: usize, block: Block) -> Option<Block> {
    let mut block = Some(block);
    // While the thread ends there is no magazine any more, and the block stays where it is.
    let _ = MAGAZINE.try_with(|own| {
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
    let _ = MAGAZINE.try_with(|own| own.borrow_mut().notice_trim());
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

impl Magazine {
    const fn new() -> Magazine {
        Magazine {
            shelves: Shelves::new(),
            trims: 0,
            published: None,
        }
    }

    #[inline]
    fn take(&mut self, class: usize) -> Option<Block> {
        self.notice_trim();
        let block = self.shelves.take(class)?;
        if let Some(published) = &self.published {
            published
                .recycled
                .store(self.shelves.taken(), Ordering::Relaxed);
            published.holds(&self.shelves);
        }
        Some(block)
    }

    fn has_room(&self, class: usize) -> bool {
        self.shelves.count(class) < COUNT
    }

    #[inline]
    fn put(&mut self, class: usize, block: Block) -> Option<Block> {
        self.notice_trim();
        let refused = self.shelves.put(class, block, LIMIT);
        if refused.is_none() {
            match &self.published {
                Some(published) => published.holds(&self.shelves),
                None => self.published = Published::register(&self.shelves),
            }
        }
        refused
    }

    #[inline]
    fn notice_trim(&mut self) {
        let trims = TRIMS.load(Ordering::Relaxed);
        if trims != self.trims {
            self.trims = trims;
            self.empty(|shared, block| shared.free(block));
        }
    }

    /// Gives all blocks to `to`.
    #[cold]
    fn empty(&mut self, to: impl Fn(&super::Shared, Block)) {
        for block in self.shelves.empty() {
            to(&SHARED, block);
        }
        if let Some(published) = &self.published {
            published.holds(&self.shelves);
        }
    }

    /// Leaves the counts with the shared store. Where the list cannot be had they stay in it: the
    /// sums are right all the same.
    fn retire(&mut self) {
        let listed = self.published.take();
        let threads = match listed {
            Some(_) => patiently(threads),
            None => None,
        };
        if let (Some(own), Some(mut threads)) = (&listed, threads) {
            threads.retain(|other| !Arc::ptr_eq(other, own));
        } else if listed.is_some() {
            return;
        }
        let total = &SHARED.counters.recycled;
        total.fetch_add(self.shelves.taken(), Ordering::Relaxed);
    }
}

impl Drop for Magazine {
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
    #[cold]
    fn register(shelves: &Shelves) -> Option<Arc<Published>> {
        let published = Arc::<Published>::default();
        published.recycled.store(shelves.taken(), Ordering::Relaxed);
        published.holds(shelves);
        threads()?.push(Arc::clone(&published));
        Some(published)
    }

    /// Counts what is on the shelves now.
    #[inline]
    fn holds(&self, shelves: &Shelves) {
        self.blocks.store(shelves.blocks(), Ordering::Relaxed);
        self.bytes.store(shelves.bytes(), Ordering::Relaxed);
    }
}
