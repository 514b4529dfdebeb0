//! Floor 2, buffered: many small calls above, few large device calls below.
//!
//! * [`BufferedReader`] reads ahead into a window over one recycled block.
//! * [`BufferedWriter`] collects writes in a queue and drains it with one gather write.
//! * [`BufferedRwPair`] is one of each, for sockets and other devices with two directions.
//! * [`BufferedRandom`] does both on one position, for files that are read *and* written.
//! * [`BlockCache`] is a device over a device, with the blocks used last in memory.
//!
//! All index arithmetic of this floor is in a few private types: `ReadWindow` (reads in order),
//! `CachedBlock` (reads and writes at an offset) and `WriteQueue`. `lookahead` has the calls that
//! need several bytes at once, such as records, `peek` and `read_exact`, for the reader and for
//! random access.

mod block_cache;
mod buffered_io;
mod cached_block;
mod device_position;
mod lookahead;
mod pending_write;
mod permissions;
mod pipe;
mod positioned_device;
mod random;
mod read_window;
mod reader;
mod resume;
mod rw_pair;
mod write_queue;
mod writer;

pub use self::block_cache::{BlockCache, BlockCacheBuilder};
pub use self::buffered_io::BufferedIo;
pub use self::pending_write::PendingWrite;
pub use self::random::BufferedRandom;
pub use self::reader::BufferedReader;
pub use self::rw_pair::BufferedRwPair;
pub use self::writer::BufferedWriter;

use crate::chunk::ChunkBuilder;
use crate::error::{Error, Result, retry};
use crate::raw::RawIo;

/// The size of a buffer, in bytes, where nothing else is asked for: 64 KiB.
///
/// CPython's was 8 KiB and is 128 KiB now; on cached files 64 KiB is where more stops helping.
pub const DEFAULT_BUFFER_SIZE: usize = 64 * 1024;

/// The buffer size for a device: its own block size where that is larger, up to 8 MiB.
fn capacity_for(device: &impl RawIo) -> usize {
    let block = device.block_size().unwrap_or(0);
    block.clamp(DEFAULT_BUFFER_SIZE, 8 << 20)
}

/// Truncates the device, again if a signal interrupts it.
fn truncate(device: &mut impl RawIo, size: Option<u64>) -> Result<u64> {
    Ok(retry(|| Ok(device.truncate(size)?))?)
}

/// The size of a buffer, which is 1 at least, if a machine can have one so large.
fn memory_size(argument: &'static str, size: usize) -> Result<usize> {
    // Memory comes in powers of two, of which this is the largest.
    const LARGEST: usize = isize::MAX.cast_unsigned() / 2 + 1;
    if size <= LARGEST {
        Ok(size.max(1))
    } else {
        Err(too_much_memory(argument))
    }
}

fn too_much_memory(argument: &'static str) -> Error {
    Error::InvalidArgument {
        argument,
        problem: "more memory than there can be",
    }
}

/// Whether a block was enlarged for one long line or peek, and `size` bytes are enough now.
fn is_outgrown(block: &ChunkBuilder, size: usize) -> bool {
    /// The smallest block that the pool gives.
    const SMALLEST: usize = 64;
    block.capacity() / 4 > size.max(SMALLEST)
}

/// Makes room for `rest` more bytes, if there is memory.
///
/// The device says how many are left, and may be wrong: then there is no error here, but when that
/// memory is needed. More than what is there already gets exactly its room, once. Less, as when a
/// growing file is followed and each call adds a little, makes the vector double: with exact room
/// each call would move all that came before.
fn reserve(bytes: &mut Vec<u8>, rest: usize) {
    let _ = if rest < bytes.len() {
        bytes.try_reserve(rest)
    } else {
        bytes.try_reserve_exact(rest)
    };
}

/// The same for text.
fn reserve_text(text: &mut String, rest: usize) {
    let _ = if rest < text.len() {
        text.try_reserve(rest)
    } else {
        text.try_reserve_exact(rest)
    };
}
