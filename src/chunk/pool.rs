//! [`Pool`]: memory that is used again instead of being asked for again.
//!
//! Blocks are kept by size class, a power of two each. Fresh memory costs about three times what
//! copying into it costs (first touch of every page), so a stream in steady state should never
//! see any.
//!
//! The process-wide pool has two levels: a small store in every thread, which costs no locked
//! operation, and behind it the store that all threads share. A private pool has only the shared
//! one, so that its limit and its counters are exact and its memory goes when it goes. Nobody
//! waits for the shared store: if another thread has it, a block comes from the allocator, or
//! goes back to it.

mod magazine;
mod options;
mod shelves;

use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::{OnceLock, PoisonError};

use self::options::OnRelease;
pub use self::options::PoolOptions;
use self::shelves::{Shelves, class, size_of_block};
use super::memory::{Block, Tail};
use super::sync::{Arc, Mutex, MutexGuard, Ordering};

/// Recycled memory, capped in bytes and counted.
///
/// Cloning a pool gives another handle to the same one. Blocks come back by themselves when the
/// last [`Chunk`](super::Chunk) and the [`Tail`] of a block are gone, from whichever thread. What
/// does not fit under the cap, and blocks above 128 KiB, are given back to the allocator; so is a
/// block that comes back just while another thread is at the pool, as nobody waits for it.
///
/// Take a pool of its own where memory is to be accounted for apart, or wiped
/// ([`PoolOptions`]). The [global](Pool::global) one is faster: it also keeps up to 1 MiB in each
/// thread.
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
pub struct Pool(Home);

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
    /// Number of blocks that tails and chunks are using.
    pub outstanding: u64,
    /// Bytes held for later use, those in the threads included.
    pub cached_bytes: usize,
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

    /// The pool that all streams of the process share unless told otherwise.
    pub fn global() -> &'static Pool {
        static SHARED: OnceLock<Shared> = OnceLock::new();
        static GLOBAL: OnceLock<Pool> = OnceLock::new();
        GLOBAL.get_or_init(|| {
            let shared = SHARED.get_or_init(|| Shared::new(&PoolOptions::new()));
            Pool(Home::Global(shared))
        })
    }

    /// A block of at least `capacity` bytes (rounded up to a power of two, 64 at least) and the
    /// right to write it. Allocates if the pool has none of this size.
    ///
    /// # Panics
    ///
    /// If `capacity` is beyond what the address space can hold. Aborts where there is no memory,
    /// as `Vec` does.
    pub fn acquire(&self, capacity: usize) -> Tail {
        let capacity = size_of_block(capacity);
        let cached = class(capacity).and_then(|class| self.0.take(class));
        let block = cached.unwrap_or_else(|| self.0.shared().allocate(capacity));
        block.into_tail(self.0.clone())
    }

    /// Gives everything that is held for later use back to the allocator. What other threads
    /// hold of the global pool they give back when they use it next.
    pub fn trim(&self) {
        if let Home::Global(_) = self.0 {
            magazine::trim();
        }
        let shared = self.0.shared();
        let blocks = shared.shelves().empty();
        shared.counters.freed(blocks.count() as u64);
    }

    /// What the pool has done so far, and what it holds now.
    pub fn stats(&self) -> PoolStats {
        let shared = self.0.shared();
        let mut total = shared.counters.read();
        let shelves = shared.shelves();
        (total.blocks, total.bytes) = shelves.held();
        total.recycled += shelves.taken();
        drop(shelves);
        if let Home::Global(_) = self.0 {
            magazine::add_to(&mut total);
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
pub(super) enum Home {
    /// The process-wide pool: lives for ever, so that nobody has to count who uses it.
    Global(&'static Shared),
    Private(Arc<Shared>),
}

/// The store that the threads share.
pub(super) struct Shared {
    /// At most so many bytes are held.
    limit: usize,
    on_release: OnRelease,
    shelves: Mutex<Shelves>,
    counters: Counters,
}

/// Counts, apart from what the shelves know themselves.
#[derive(Default)]
struct Counters {
    allocated: AtomicU64,
    /// Taken from the stores of threads that have ended.
    recycled: AtomicU64,
    freed: AtomicU64,
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

impl Home {
    fn shared(&self) -> &Shared {
        match self {
            Home::Global(shared) => shared,
            Home::Private(shared) => shared,
        }
    }

    #[inline]
    fn take(&self, class: usize) -> Option<Block> {
        let own = match self {
            Home::Global(_) => magazine::take(class),
            Home::Private(_) => None,
        };
        own.or_else(|| self.shared().take(class))
    }

    /// Takes in a block that nobody refers to any more.
    pub(super) fn take_back(&self, block: Block) {
        match (self, class(block.capacity())) {
            (_, None) => self.shared().free(block),
            (Home::Private(shared), Some(class)) => shared.put(class, block),
            (Home::Global(shared), Some(class)) => {
                if let Some(refused) = magazine::put(class, block) {
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
            shelves: Mutex::new(Shelves::default()),
            counters: Counters::default(),
        }
    }

    fn shelves(&self) -> MutexGuard<'_, Shelves> {
        // No code that can panic runs under the lock, so a poisoned one is as good as any.
        self.shelves.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn allocate(&self, capacity: usize) -> Block {
        let block = Block::new(capacity);
        self.counters.allocated.fetch_add(1, Ordering::Relaxed);
        block
    }

    fn free(&self, block: Block) {
        drop(block);
        self.counters.freed(1);
    }

    fn take(&self, class: usize) -> Option<Block> {
        self.shelves.try_lock().ok()?.take(class)
    }

    /// Keeps the block if there is room for it and nobody else is at the shelves; else frees it.
    fn put(&self, class: usize, mut block: Block) {
        if let OnRelease::Wipe = self.on_release {
            block.wipe();
        }
        let refused = match self.shelves.try_lock() {
            Ok(mut shelves) => shelves.put(class, block, self.limit),
            Err(_) => Some(block),
        };
        if let Some(block) = refused {
            self.free(block);
        }
    }
}

impl Counters {
    fn freed(&self, blocks: u64) {
        self.freed.fetch_add(blocks, Ordering::Relaxed);
    }

    fn read(&self) -> Total {
        Total {
            allocated: self.allocated.load(Ordering::Relaxed),
            recycled: self.recycled.load(Ordering::Relaxed),
            freed: self.freed.load(Ordering::Relaxed),
            ..Total::default()
        }
    }
}

impl fmt::Debug for Home {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Home::Global(_) => "Global",
            Home::Private(_) => "Private",
        };
        f.debug_struct(kind)
            .field("limit", &self.shared().limit)
            .finish_non_exhaustive()
    }
}
