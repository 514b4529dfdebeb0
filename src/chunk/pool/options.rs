//! [`PoolOptions`]: how a pool of its own is made.

use super::super::sync::Arc;
use super::{Pool, PoolHandle, Shared};

/// How a private [`Pool`] is to behave.
///
/// # Examples
///
/// ```
/// use iolite::chunk::PoolOptions;
///
/// let secrets = PoolOptions::new().limit(1 << 20).zero_on_release().build();
/// let mut builder = secrets.acquire(64);
/// builder.append(b"hunter2");
/// drop(builder);
/// assert_eq!(secrets.acquire(64).spare_mut()[..7], [0; 7]);
/// ```
#[derive(Clone, Debug)]
#[must_use = "options do nothing until `build` is called"]
pub struct PoolOptions {
    pub(super) limit: usize,
    pub(super) on_release: OnRelease,
}

/// What becomes of the bytes of a block that comes back.
#[derive(Clone, Copy, Debug)]
pub(super) enum OnRelease {
    /// They stay as they are until they are written over.
    Leave,
    /// They are overwritten with zeros.
    Wipe,
}

impl PoolOptions {
    /// A limit of [`Pool::DEFAULT_LIMIT`] bytes, and blocks that are recycled as they are.
    pub fn new() -> PoolOptions {
        PoolOptions {
            limit: Pool::DEFAULT_LIMIT,
            on_release: OnRelease::Leave,
        }
    }

    /// How many bytes the pool holds at most for later use.
    pub fn limit(mut self, bytes: usize) -> PoolOptions {
        self.limit = bytes;
        self
    }

    /// Overwrites every block with zeros when it comes back, before it is kept for later use.
    ///
    /// A [`ChunkBuilder`](crate::chunk::ChunkBuilder) shows what its block held before in the room
    /// it has; with this, a recycled block shows only zeros, so that a program error cannot hand
    /// old bytes out. It is no protection against somebody who reads the process's memory: blocks
    /// that are given back to the allocator, those above 128 KiB among them, are not wiped. Costs
    /// one pass over the block's whole capacity.
    pub fn zero_on_release(mut self) -> PoolOptions {
        self.on_release = OnRelease::Wipe;
        self
    }

    /// A new pool.
    pub fn build(self) -> Pool {
        Pool(PoolHandle::Private(Arc::new(Shared::new(&self))))
    }
}

impl Default for PoolOptions {
    fn default() -> PoolOptions {
        PoolOptions::new()
    }
}
