//! Floor 2, buffered: many small calls above, few large device calls below.
//!
//! * [`BufferedReader`] reads ahead into a window over one recycled block.
//! * [`BufferedWriter`] collects writes in a queue and drains it with one gather write.
//! * [`BufferedRwPair`] is one of each, for sockets and other devices with two directions.
//! * [`BufferedRandom`] does both on one position, for files that are read *and* written.
//!
//! What they share is in two private types: `ReadWindow` and `WriteQueue`. All index arithmetic
//! of this floor is there.

mod buffered_io;
mod bytes;
mod device_position;
mod expected;
mod random;
mod read_window;
mod reader;
mod rw_pair;
mod slices;
mod write_queue;
mod writer;

pub use self::buffered_io::BufferedIo;
pub use self::random::{BufferedRandom, PendingWrite};
pub use self::reader::BufferedReader;
pub use self::rw_pair::BufferedRwPair;
pub use self::writer::BufferedWriter;

use crate::error::{Result, retry};
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

/// Truncates the device; a signal is no reason to give up.
fn truncate(device: &mut impl RawIo, size: Option<u64>) -> Result<u64> {
    Ok(retry(|| Ok(device.truncate(size)?))?)
}
