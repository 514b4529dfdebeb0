//! [`Pool`]: memory that is used again instead of being asked for again.
//!
//! Blocks are kept by size class, a power of two each. Fresh memory costs about three times what
//! copying into it costs (first touch of every page), so a stream in steady state should never
//! see any.
//!
//! The process-wide pool has two levels: a small store in every thread, which costs no locked
//! operation, and behind it the store that all threads share. A private pool has only the shared
//! one, so that its limit and its counters are exact and its memory goes when it goes.
//!
//! Nobody waits for the shared store: if another thread has it, a block comes from the allocator,
//! or goes back to it. That keeps threads from each other, and it is what makes a `fork` harmless:
//! the child has only the thread that forked, and a lock that another one held is held there
//! forever. So every lock here is only tried, what is asked without one (the counts) is published
//! in atomics, and the process-wide pool is a constant that no thread has to build first.

mod free_lists;
mod options;
mod thread_cache;

use std::fmt;
use std::io::ErrorKind;
use std::sync::atomic::{AtomicU64, AtomicUsize};

use self::free_lists::{FreeLists, class, size_of_block};
use self::options::OnRelease;
pub use self::options::PoolOptions;
use super::memory::{ChunkBuilder, RawBlock};
use super::sync::{Arc, Mutex, Ordering, constants, patiently};
use crate::error::{Error, Result};

/// Recycled memory, capped in bytes and counted.
///
/// Cloning a pool gives another handle to the same one. Blocks come back by themselves when the
/// last [`Chunk`](super::Chunk) and the [`ChunkBuilder`] of a block are gone, from whichever
/// thread. What does not fit under the cap, and blocks above 128 KiB, are given back to the
/// allocator; so is a block that comes back just while another thread is at the pool, as nobody
/// waits for it.
///
/// Take a pool of its own where memory is to be accounted for apart, or wiped
/// ([`PoolOptions`]). The [global](Pool::global) one is faster: it also keeps up to 1 MiB in each
/// thread.
///
/// # Forks
///
/// After a `fork` the child can use every pool, whatever the other threads of its parent were
/// doing: no call waits for a lock. Where one of them was at the pool at that very moment, the
/// child works on with fresh memory; what was held for later use there stays unused in it, `trim`
/// cannot give it back, and `stats` may leave out what threads counted. What the parent's other
/// threads kept for themselves stays unused in the child in any case: at most 1 MiB each.
///
/// # Examples
///
/// ```
/// use iolite::Pool;
///
/// let pool = Pool::with_limit(1 << 20);
/// let first = pool.acquire(1000);
/// assert_eq!(first.capacity(), 1024);
/// drop(first);
/// let again = pool.acquire(1024);          // the same block, recycled
/// let stats = pool.stats();
/// assert_eq!((stats.allocated, stats.recycled, stats.outstanding), (1, 1, 1));
/// # drop(again);
/// ```
#[derive(Clone, Debug)]
pub struct Pool(PoolHandle);

/// What a [`Pool`] has done so far, and what it holds.
///
/// Exact while no other thread uses the pool; else every number was right a moment ago, though
/// not all at the same moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolStats {
    /// Number of blocks that came from the allocator.
    #[doc(alias = "misses")]
    pub allocated: u64,
    /// Number of times that a block was handed out again.
    #[doc(alias = "hits")]
    pub recycled: u64,
    /// Number of blocks that were given back to the allocator.
    pub freed: u64,
    /// Number of blocks that builders and chunks are using.
    pub outstanding: u64,
    /// Bytes held for later use, those in the threads included.
    pub cached_bytes: usize,
}

constants! {
    /// The store of the process-wide pool. There from the start: a thread that had to build it
    /// could be gone, and leave the others waiting, in the child of a fork.
    static SHARED: Shared = Shared {
        limit: Pool::DEFAULT_LIMIT,
        on_release: OnRelease::Leave,
        lists: Mutex::new(FreeLists::new()),
        counters: Counters::new(),
    };
    static GLOBAL: Pool = Pool(PoolHandle::Global(&SHARED));
}

impl Pool {
    /// What the process-wide pool and a [`Pool::new`] hold at most, in bytes; the process-wide
    /// one holds up to 1 MiB more in each thread.
    pub const DEFAULT_LIMIT: usize = 16 << 20;

    /// A pool of its own that holds at most [`DEFAULT_LIMIT`](Pool::DEFAULT_LIMIT) bytes.
    pub fn new() -> Pool {
        PoolOptions::new().build()
    }

    /// A pool of its own that holds at most `bytes` bytes for later use.
    pub fn with_limit(bytes: usize) -> Pool {
        PoolOptions::new().limit(bytes).build()
    }

    /// The pool that all streams of the process share unless they are given another one.
    pub fn global() -> &'static Pool {
        &GLOBAL
    }

    /// A block of at least `capacity` bytes (rounded up to a power of two, 64 at least) and the
    /// right to write it. Allocates if the pool has none of this size. Pages of a fresh block cost
    /// memory only when they are touched.
    ///
    /// # Panics
    ///
    /// If `capacity` is beyond what the address space can hold. Aborts where there is no memory,
    /// as `Vec` does. Where the size is somebody else's choice, take
    /// [`try_acquire`](Pool::try_acquire).
    #[must_use = "a block that is not kept goes back at once"]
    pub fn acquire(&self, capacity: usize) -> ChunkBuilder {
        match self.find(capacity) {
            Some(block) => block,
            None => RawBlock::refused(capacity),
        }
    }

    /// [`acquire`](Pool::acquire), with an error where that panics or aborts.
    ///
    /// # Errors
    ///
    /// One of the kind [`OutOfMemory`](ErrorKind::OutOfMemory), if there is no memory of that size,
    /// or can be none.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::ErrorKind;
    /// use iolite::Pool;
    ///
    /// let pool = Pool::new();
    /// assert_eq!(pool.try_acquire(1000)?.capacity(), 1024);
    /// assert_eq!(pool.try_acquire(usize::MAX).unwrap_err().kind(), ErrorKind::OutOfMemory);
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn try_acquire(&self, capacity: usize) -> Result<ChunkBuilder> {
        let none = || Error::Io(ErrorKind::OutOfMemory.into());
        self.find(capacity).ok_or_else(none)
    }

    #[inline]
    fn find(&self, capacity: usize) -> Option<ChunkBuilder> {
        let capacity = size_of_block(capacity)?;
        // Blocks above the largest class have no list: mapping fresh pages costs less than keeping
        // them.
        let cached = class(capacity).and_then(|class| self.0.take(class));
        let block = match cached {
            Some(block) => block,
            None => self.0.shared().allocate(capacity)?,
        };
        Some(block.into_builder(self.0.clone()))
    }

    /// Gives everything that is held for later use back to the allocator. What other threads
    /// hold of the global pool they give back when they use it next.
    pub fn trim(&self) {
        if let PoolHandle::Global(_) = self.0 {
            thread_cache::trim();
        }
        let shared = self.0.shared();
        if let Some(blocks) = patiently(|| shared.with_lists(FreeLists::empty)) {
            shared.counters.freed(blocks.count() as u64);
        }
    }

    /// What the pool has done so far, and what it holds now.
    pub fn stats(&self) -> PoolStats {
        let mut total = self.0.shared().counters.read();
        if let PoolHandle::Global(_) = self.0 {
            thread_cache::add_to(&mut total);
        }
        PoolStats {
            allocated: total.allocated,
            recycled: total.recycled,
            freed: total.freed,
            // Other threads go on meanwhile, so the difference may seem to be less than none.
            outstanding: total
                .allocated
                .saturating_sub(total.freed)
                .saturating_sub(total.blocks),
            cached_bytes: total.bytes,
        }
    }
}

impl Default for Pool {
    /// Another handle to the [global](Pool::global) pool.
    fn default() -> Pool {
        Pool::global().clone()
    }
}

/// Where blocks go when their last reference is gone, and come from.
#[derive(Clone)]
pub(super) enum PoolHandle {
    /// The process-wide pool: lives forever, so that nobody has to count who uses it.
    Global(&'static Shared),
    Private(Arc<Shared>),
}

/// The store that the threads share.
pub(super) struct Shared {
    /// At most so many bytes are held.
    limit: usize,
    on_release: OnRelease,
    lists: Mutex<FreeLists>,
    counters: Counters,
}

/// Counts, to be read without a lock. All `Relaxed`: they are statistics, and no memory is handed
/// over by them.
struct Counters {
    allocated: AtomicU64,
    /// Taken from the stores of threads that have ended.
    recycled: AtomicU64,
    freed: AtomicU64,
    /// What the lists said when they were last let go.
    in_lists: InLists,
}

/// What is on the lists; changed only by whoever has their lock.
struct InLists {
    taken: AtomicU64,
    blocks: AtomicU64,
    bytes: AtomicUsize,
}

/// Sums of counts: blocks, and the bytes and blocks held.
#[derive(Default)]
struct Total {
    allocated: u64,
    recycled: u64,
    freed: u64,
    blocks: u64,
    bytes: usize,
}

impl PoolHandle {
    fn shared(&self) -> &Shared {
        match self {
            PoolHandle::Global(shared) => shared,
            PoolHandle::Private(shared) => shared,
        }
    }

    #[inline]
    fn take(&self, class: usize) -> Option<RawBlock> {
        let own = match self {
            PoolHandle::Global(_) => thread_cache::take(class),
            PoolHandle::Private(_) => None,
        };
        own.or_else(|| self.shared().take(class))
    }

    /// Takes in a block that nobody refers to any more.
    pub(super) fn take_back(&self, block: RawBlock) {
        match (self, class(block.capacity())) {
            (_, None) => self.shared().free(block),
            (PoolHandle::Private(shared), Some(class)) => shared.put(class, block),
            (PoolHandle::Global(shared), Some(class)) => {
                if let Some(refused) = thread_cache::put(class, block) {
                    shared.put(class, refused);
                }
            }
        }
    }
}

impl Shared {
    fn new(options: &PoolOptions) -> Shared {
        Shared {
            limit: options.limit,
            on_release: options.on_release,
            lists: Mutex::new(FreeLists::new()),
            counters: Counters::new(),
        }
    }

    /// Does something with the lists, and publishes what is on them then; `None`: another thread
    /// has them, or had them when this process was forked off.
    fn with_lists<T>(&self, act: impl FnOnce(&mut FreeLists) -> T) -> Option<T> {
        let mut lists = self.lists.try_lock().ok()?;
        let outcome = act(&mut lists);
        self.counters.in_lists.publish(&lists);
        Some(outcome)
    }

    fn allocate(&self, capacity: usize) -> Option<RawBlock> {
        let block = RawBlock::new(capacity)?;
        self.counters.allocated.fetch_add(1, Ordering::Relaxed);
        Some(block)
    }

    fn free(&self, block: RawBlock) {
        drop(block);
        self.counters.freed(1);
    }

    fn take(&self, class: usize) -> Option<RawBlock> {
        self.with_lists(|lists| lists.take(class))?
    }

    /// Keeps the block if there is room for it and nobody else is at the lists; else frees it.
    fn put(&self, class: usize, mut block: RawBlock) {
        if let OnRelease::Wipe = self.on_release {
            // Before the lock: a pass over 128 KiB would keep all other threads from the lists.
            block.wipe();
        }
        let mut block = Some(block);
        self.with_lists(|lists| {
            block = lists.put(class, block.take()?, self.limit);
            block.as_ref().map(drop)
        });
        // After the lock, for the same reason: the allocator may call the system.
        if let Some(refused) = block {
            self.free(refused);
        }
    }
}

impl Counters {
    const fn new() -> Counters {
        Counters {
            allocated: AtomicU64::new(0),
            recycled: AtomicU64::new(0),
            freed: AtomicU64::new(0),
            in_lists: InLists {
                taken: AtomicU64::new(0),
                blocks: AtomicU64::new(0),
                bytes: AtomicUsize::new(0),
            },
        }
    }

    fn freed(&self, blocks: u64) {
        self.freed.fetch_add(blocks, Ordering::Relaxed);
    }

    fn read(&self) -> Total {
        Total {
            allocated: self.allocated.load(Ordering::Relaxed),
            recycled: self.recycled.load(Ordering::Relaxed)
                + self.in_lists.taken.load(Ordering::Relaxed),
            freed: self.freed.load(Ordering::Relaxed),
            blocks: self.in_lists.blocks.load(Ordering::Relaxed),
            bytes: self.in_lists.bytes.load(Ordering::Relaxed),
        }
    }
}

impl InLists {
    fn publish(&self, lists: &FreeLists) {
        self.taken.store(lists.taken(), Ordering::Relaxed);
        self.blocks.store(lists.blocks(), Ordering::Relaxed);
        self.bytes.store(lists.bytes(), Ordering::Relaxed);
    }
}

impl fmt::Debug for PoolHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            PoolHandle::Global(_) => "Global",
            PoolHandle::Private(_) => "Private",
        };
        f.debug_struct(kind)
            .field("limit", &self.shared().limit)
            .finish_non_exhaustive()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::sync::mpsc::channel;
    use std::thread;
    use std::time::Duration;

    use super::*;

    /// What a child finds after a fork at the worst moment: locks that are held, and by nobody who
    /// will let go.
    #[test]
    fn nothing_waits_for_a_lock_that_is_held_for_ever() {
        let private = Pool::new();
        drop(private.acquire(64));
        let _shelves = [private.0.shared(), &SHARED].map(|shared| shared.lists.lock());
        let _threads = thread_cache::threads();
        let (done, is_done) = channel();
        let other = private.clone();
        let child = thread::spawn(move || {
            for pool in [&other, Pool::global()] {
                let blocks = [pool.acquire(64), pool.acquire(4096)];
                let views = blocks.map(ChunkBuilder::freeze);
                drop(views);
                drop(pool.try_acquire(64));
                pool.trim();
                let _ = pool.stats();
            }
            // A thread of its own, that begins and ends.
            thread::spawn(|| drop(Pool::global().acquire(64))).join()
        });
        thread::spawn(move || done.send(child.join()));
        let outcome = is_done.recv_timeout(Duration::from_secs(60));
        assert!(matches!(outcome, Ok(Ok(Ok(())))), "{outcome:?}");
        let stats = private.stats();
        assert_eq!((stats.outstanding, stats.cached_bytes), (0, 64));
    }
}
