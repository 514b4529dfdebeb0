//! [`Pool`]: memory that is used again instead of being asked for again.
//!
//! Blocks are kept by size class, a power of two each. Fresh memory costs about three times what
//! copying into it costs (first touch of every page), so a stream in steady state should never
//! see any.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::memory::{Block, Home, Tail};

/// The smallest and the largest block that is kept, as powers of two (64 B and 128 KiB).
const SMALLEST: u32 = 6;
const LARGEST: u32 = 17;
const CLASSES: usize = (LARGEST - SMALLEST + 1) as usize;

/// Recycled memory, capped in bytes and counted.
///
/// Cloning a pool gives another handle to the same one. Blocks come back by themselves when the
/// last [`Chunk`](super::Chunk) and the [`Tail`] of a block are gone, from whichever thread. What
/// does not fit under the cap, and blocks above 128 KiB, are given back to the allocator.
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
/// assert_eq!((stats.allocated, stats.recycled, stats.cached_bytes), (1, 1, 0));
/// # drop(again);
/// ```
#[derive(Clone, Debug)]
pub struct Pool(Arc<Shared>);

/// What a [`Pool`] has done so far, and what it holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolStats {
    /// Blocks that came from the allocator.
    pub allocated: u64,
    /// Blocks that were handed out again.
    pub recycled: u64,
    /// Blocks that were given back to the allocator.
    pub freed: u64,
    /// Bytes held for later use.
    pub cached_bytes: usize,
}

#[derive(Debug)]
struct Shared {
    /// At most so many bytes are held.
    limit: usize,
    shelves: Mutex<Shelves>,
    allocated: AtomicU64,
    recycled: AtomicU64,
    freed: AtomicU64,
}

#[derive(Default)]
struct Shelves {
    blocks: [Vec<Block>; CLASSES],
    bytes: usize,
}

impl Pool {
    /// What the process-wide pool and a [`Pool::new`] hold at most, in bytes.
    pub const DEFAULT_LIMIT: usize = 16 << 20;

    /// A pool of its own that holds at most [`DEFAULT_LIMIT`](Pool::DEFAULT_LIMIT) bytes.
    pub fn new() -> Pool {
        Pool::with_limit(Pool::DEFAULT_LIMIT)
    }

    /// A pool of its own that holds at most `bytes` bytes for later use.
    pub fn with_limit(bytes: usize) -> Pool {
        Pool(Arc::new(Shared {
            limit: bytes,
            shelves: Mutex::default(),
            allocated: AtomicU64::new(0),
            recycled: AtomicU64::new(0),
            freed: AtomicU64::new(0),
        }))
    }

    /// The pool that all streams of the process share unless told otherwise.
    pub fn global() -> &'static Pool {
        static GLOBAL: OnceLock<Pool> = OnceLock::new();
        GLOBAL.get_or_init(Pool::new)
    }

    /// A block of at least `capacity` bytes (rounded up to a power of two, 64 at least) and the
    /// right to write it.
    ///
    /// # Panics
    ///
    /// If `capacity` is beyond what the address space can hold. Aborts where there is no memory,
    /// as `Vec` does.
    pub fn acquire(&self, capacity: usize) -> Tail {
        let capacity = capacity
            .checked_next_power_of_two()
            .expect("a block of this capacity exceeds the address space")
            .max(1 << SMALLEST);
        let cached = class(capacity).and_then(|class| self.0.shelves().take(class, capacity));
        let block = match cached {
            Some(block) => {
                self.0.recycled.fetch_add(1, Ordering::Relaxed);
                block
            }
            None => {
                self.0.allocated.fetch_add(1, Ordering::Relaxed);
                Block::new(capacity)
            }
        };
        block.into_tail(Arc::<Shared>::clone(&self.0))
    }

    /// Gives everything that is held for later use back to the allocator.
    pub fn trim(&self) {
        let shelves = std::mem::take(&mut *self.0.shelves());
        let count: usize = shelves.blocks.iter().map(Vec::len).sum();
        self.0.freed.fetch_add(count as u64, Ordering::Relaxed);
    }

    /// What the pool has done so far.
    pub fn stats(&self) -> PoolStats {
        PoolStats {
            allocated: self.0.allocated.load(Ordering::Relaxed),
            recycled: self.0.recycled.load(Ordering::Relaxed),
            freed: self.0.freed.load(Ordering::Relaxed),
            cached_bytes: self.0.shelves().bytes,
        }
    }
}

impl Default for Pool {
    /// Another handle to the [global](Pool::global) pool.
    fn default() -> Pool {
        Pool::global().clone()
    }
}

/// The shelf for blocks of this size, if they are kept.
fn class(capacity: usize) -> Option<usize> {
    let exponent = capacity.trailing_zeros();
    (SMALLEST..=LARGEST)
        .contains(&exponent)
        .then(|| (exponent - SMALLEST) as usize)
}

impl Shared {
    fn shelves(&self) -> MutexGuard<'_, Shelves> {
        // No code that can panic runs under the lock, so a poisoned one is as good as any.
        self.shelves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Home for Shared {
    fn take_back(&self, block: Block) {
        let refused = match class(block.capacity()) {
            Some(class) => self.shelves().put(class, block, self.limit),
            None => Some(block),
        };
        if refused.is_some() {
            self.freed.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Shelves {
    fn take(&mut self, class: usize, capacity: usize) -> Option<Block> {
        let block = self.blocks[class].pop()?;
        self.bytes -= capacity;
        Some(block)
    }

    /// Keeps the block, or hands it back if that would exceed the limit.
    fn put(&mut self, class: usize, block: Block, limit: usize) -> Option<Block> {
        let bytes = self.bytes + block.capacity();
        if bytes > limit {
            return Some(block);
        }
        self.bytes = bytes;
        self.blocks[class].push(block);
        None
    }
}

impl std::fmt::Debug for Shelves {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shelves")
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}
