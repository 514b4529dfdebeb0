//! [`BlockCache`]: a device over a device, with the blocks used last in memory.

mod blocks;
mod cursor;
mod dirty;
mod recency;
mod table;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io::{self, Read, Seek, SeekFrom, Write};

use scopeguard::ScopeGuard;

use self::blocks::Blocks;
use self::cursor::{CacheCursor, unsupported};
use super::device_position::in_reach;
use super::pending_write::PendingWrite;
use super::{memory_size, too_much_memory, truncate};
use crate::chunk::Chunk;
use crate::error::{DetachError, Operation, Result, write_fmt};
use crate::io_base::{BorrowedDevice, IoBase};
use crate::raw::{BytesIo, RawIo};

/// A device with a number of its blocks in memory, which is a device itself.
///
/// For work that comes back to the same places, if the blocks hold most of them: small reads and
/// writes there need no system call. For other work it is slower than no cache, because each miss
/// reads a whole block. A block begins at a multiple of its size; the one used longest ago makes
/// way. Memory is taken from the pool as blocks are needed.
///
/// Bytes that are written wait in their block until it makes way, [`flush`](Write::flush),
/// [`close`](IoBase::close) or drop: **call `close` and look at its result**. When the device
/// fails, what it did not take stays, and flushing again goes on exactly there. Two places that are
/// written to in one block go to the device in one write, together with the bytes between them. A
/// read or write of a block's size or more goes to the device at once, up to, or after, what is
/// pending there. An appending device is written to at once.
///
/// It is [positioned](RawIo::supports_read_at) over any device that can seek, and its own position
/// is no call of the device. For lines, peeks and single bytes put a
/// [`BufferedRandom`](super::BufferedRandom) or a [`BufferedReader`](super::BufferedReader) on it,
/// with a buffer that is smaller than a block: what asks for a block or more goes past the cache.
///
/// # Examples
///
/// Two records far from each other, each of them read and written without another call of the
/// device:
///
/// ```
/// use std::io::{Read, Seek, SeekFrom, Write};
/// use iolite::{BlockCache, BytesIo};
///
/// let memory = BytesIo::from(vec![b'.'; 100_000]);
/// let mut file = BlockCache::builder().blocks(64).block_size(4096).build(memory)?;
/// for place in [10, 90_000, 11, 90_001] {
///     file.seek(SeekFrom::Start(place))?;
///     file.read_exact(&mut [0])?;
///     file.seek_relative(-1)?;
///     file.write_all(b"x")?;
/// }
/// assert_eq!(file.pending(), 4);
/// assert_eq!(file.detach()?.as_slice()[9..13], *b".xx.");
/// # Ok::<(), iolite::Error>(())
/// ```
pub struct BlockCache<D: RawIo> {
    /// Guarded, not a `Drop` of this type, so that it can be taken apart.
    cursor: ScopeGuard<CacheCursor<D>, fn(CacheCursor<D>)>,
}

/// The numbers of a [`BlockCache`], each by its name; see [`BlockCache::builder`].
#[derive(Clone, Debug)]
pub struct BlockCacheBuilder {
    blocks: usize,
    block_size: usize,
}

impl BlockCacheBuilder {
    /// How many blocks there may be in memory, 1 at least; 256 if nothing is said.
    #[must_use]
    pub fn blocks(mut self, blocks: usize) -> BlockCacheBuilder {
        self.blocks = blocks;
        self
    }

    /// How many bytes a block has, 1 at least; 4096 if nothing is said. A power of two is fastest.
    #[must_use]
    pub fn block_size(mut self, bytes: usize) -> BlockCacheBuilder {
        self.block_size = bytes;
        self
    }

    /// The cache, over a device.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](crate::Error::Unsupported) if the device cannot seek,
    /// [`InvalidArgument`](crate::Error::InvalidArgument) if no machine of this kind has memory for
    /// so many blocks of this size, or if there are 2^32 or more. Whether this one has is seen by
    /// the first call that needs it: its error is then of the kind
    /// [`OutOfMemory`](io::ErrorKind::OutOfMemory).
    pub fn build<D: RawIo>(self, device: D) -> Result<BlockCache<D>> {
        let block_size = memory_size("block size", self.block_size)?;
        let blocks = self.blocks.max(1);
        let whole = blocks.checked_mul(block_size);
        if whole.is_none_or(|whole| isize::try_from(whole).is_err())
            || u32::try_from(blocks).is_err()
        {
            return Err(too_much_memory("blocks"));
        }
        if !device.seekable() {
            return Err(unsupported(Operation::Seek));
        }
        let cursor = CacheCursor::new(Blocks::new(blocks, block_size), device);
        Ok(BlockCache {
            cursor: scopeguard::guard(cursor, CacheCursor::finish),
        })
    }
}

// Of one device, whichever, so that `BlockCache::builder()` needs no type: `build` has that.
impl BlockCache<BytesIo> {
    /// Begins with the numbers of a cache, a mebibyte in 256 blocks.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{BufRead, Write};
    /// use iolite::{BlockCache, BufferedReader, BytesIo};
    ///
    /// let cache = BlockCache::builder().blocks(16).build(BytesIo::from(b"a\nb\n".to_vec()))?;
    /// let lines: Result<Vec<_>, _> = BufferedReader::with_capacity(512, cache).lines().collect();
    /// assert_eq!(lines?, ["a", "b"]);
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn builder() -> BlockCacheBuilder {
        BlockCacheBuilder {
            blocks: 256,
            block_size: 4096,
        }
    }
}

impl<D: RawIo> BlockCache<D> {
    /// The device, whose own position does not matter to this stream before the next flush.
    pub fn get_ref(&self) -> &D {
        &self.cursor.device.device
    }

    /// The device, to set something on it: a lock, a sparse region, its times.
    ///
    /// Its own position does not matter to this stream. What is changed on it directly is not seen
    /// where a block has bytes already, and what is [pending](BlockCache::pending) overwrites it:
    /// [`flush`](Write::flush) first, which also forgets what was read.
    pub fn get_mut(&mut self) -> &mut D {
        self.cursor.device.moved();
        &mut self.cursor.device.device
    }

    /// How many blocks there may be in memory.
    pub fn blocks(&self) -> usize {
        self.cursor.blocks.most()
    }

    /// How many bytes wait for the device.
    pub fn pending(&self) -> usize {
        self.cursor.blocks.pending()
    }

    /// The device, and what it does not have yet, in ascending order: writes nothing, loses
    /// nothing, after a [`close`](IoBase::close) that failed, too. Shares the memory of the blocks,
    /// without a copy.
    #[must_use = "what is pending is lost with the returned value"]
    pub fn into_parts(self) -> (D, Vec<PendingWrite>) {
        let mut cursor = ScopeGuard::into_inner(self.cursor);
        let pending = cursor.blocks.take_pending().into_iter();
        let pending = pending.map(|(offset, bytes)| PendingWrite {
            offset: Some(offset),
            bytes,
        });
        (cursor.device.device, pending.collect())
    }

    /// The device, after everything was written, at this stream's position.
    ///
    /// # Errors
    ///
    /// What the device says, and [`Unsupported`](crate::Error::Unsupported) if it does not move
    /// although it let itself be sought, and something was read ahead of it. The error holds the
    /// cache, with what is still pending and what was read.
    pub fn detach(mut self) -> Result<D, DetachError<Self>> {
        let flushed = self.cursor.flush();
        match flushed {
            Ok(()) if self.cursor.has_ahead() => {
                Err(DetachError::new(unsupported(Operation::Seek), self))
            }
            Ok(()) => Ok(self.into_parts().0),
            Err(error) => Err(DetachError::new(error, self)),
        }
    }
}

impl<D: RawIo> IoBase for BlockCache<D> {
    fn readable(&self) -> bool {
        !self.cursor.permissions.is_closed() && self.get_ref().readable()
    }

    fn writable(&self) -> bool {
        !self.cursor.permissions.is_closed() && self.get_ref().writable()
    }

    fn seekable(&self) -> bool {
        !self.cursor.permissions.is_closed() && self.get_ref().seekable()
    }

    fn is_closed(&self) -> bool {
        self.cursor.permissions.is_closed()
    }

    fn close(&mut self) -> Result<()> {
        if self.cursor.permissions.is_closed() {
            return Ok(());
        }
        self.cursor.close()
    }

    /// Cuts at this stream's position, not at the device's, if no size is given.
    fn truncate(&mut self, size: Option<u64>) -> Result<u64> {
        let cursor = &mut *self.cursor;
        cursor.permissions.check_open()?;
        if let Some(size) = size {
            in_reach(size)?;
        }
        cursor.write_back()?;
        let size = match size {
            Some(size) => size,
            None => cursor.tell()?,
        };
        truncate(&mut cursor.device.device, Some(size))?;
        cursor.blocks.forget_from(size);
        cursor.forget_unfinished();
        Ok(size)
    }

    fn is_terminal(&self) -> bool {
        self.get_ref().is_terminal()
    }

    /// The device's, which is at this stream's position; the stream goes on where it is left.
    /// `None` also where a device does not move and something was read ahead of it.
    fn flush_and_borrow_fd(&mut self) -> Result<Option<BorrowedDevice<'_>>> {
        let cursor = &mut *self.cursor;
        cursor.flush()?;
        if cursor.has_ahead() {
            return Ok(None);
        }
        cursor.position = None;
        cursor.device.moved();
        cursor.device.device.flush_and_borrow_fd()
    }
}

impl<D: RawIo> RawIo for BlockCache<D> {
    /// Shares the memory of a block, which never changes then: a write copies it first.
    fn read_shared(&mut self, max: usize) -> Result<Option<Chunk>> {
        let cursor = &mut *self.cursor;
        cursor.permissions.check_readable()?;
        if max == 0 {
            return Ok(Some(Chunk::new()));
        }
        let at = cursor.tell()?;
        if cursor.blocks.get(at).is_empty() {
            cursor.blocks.load(&mut cursor.device, at)?;
        }
        let chunk = cursor.blocks.chunk(at, max);
        cursor.position = Some(at + chunk.len() as u64);
        Ok(Some(chunk))
    }

    fn block_size(&self) -> Option<usize> {
        Some(self.cursor.blocks.size())
    }

    fn rest_hint(&mut self) -> Option<u64> {
        let cursor = &mut *self.cursor;
        let end = cursor.device.end_hint(cursor.blocks.pending_end()).ok()?;
        let rest = end.checked_sub(cursor.tell().ok()?);
        rest.filter(|&rest| rest > 0)
    }

    fn is_append_only(&self) -> bool {
        self.cursor.appends
    }

    fn supports_read_at(&self) -> bool {
        true
    }

    #[inline]
    fn read_at(&mut self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        if self.cursor.read_ready(buf, offset) {
            Ok(buf.len())
        } else {
            Ok(self.cursor.read_slow(buf, offset)?)
        }
    }

    #[inline]
    fn write_at(&mut self, buf: &[u8], offset: u64) -> io::Result<usize> {
        if self.cursor.write_ready(buf, offset) {
            return Ok(buf.len());
        }
        if self.cursor.appends {
            return Err(unsupported(Operation::Write).into());
        }
        Ok(self.cursor.write_slow(buf, offset)?)
    }
}

impl<D: RawIo> Read for BlockCache<D> {
    /// Reads what one block has; slices of a block's size or more are filled by the device
    /// directly, up to the next byte that it does not have.
    #[inline]
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        Ok(self.cursor.read_here(buf)?)
    }

    /// Appends everything up to the end to `buf`, or up to what is not UTF-8: that is a
    /// [`Decode`](crate::Error::Decode) error, and the stream stands before it. Any error leaves in
    /// `buf` all whole characters that came before it, and repeating the call goes on.
    fn read_to_string(&mut self, buf: &mut String) -> io::Result<usize> {
        Ok(self.cursor.read_to_string(buf)?)
    }

    /// Fills `buf`, or leaves the position where it is: see
    /// [`Error::PartialRead`](crate::Error::PartialRead).
    #[inline]
    fn read_exact(&mut self, buf: &mut [u8]) -> io::Result<()> {
        let cursor = &mut *self.cursor;
        if let Some(at) = cursor.position
            && cursor.read_ready(buf, at)
        {
            cursor.position = Some(at + buf.len() as u64);
            return Ok(());
        }
        Ok(cursor.read_exact_slow(buf)?)
    }
}

impl<D: RawIo> Write for BlockCache<D> {
    /// Takes all of `buf`, except that slices of the block's size or more may be taken in part, and
    /// others as far as they fit if the device then fails.
    #[inline]
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let cursor = &mut *self.cursor;
        if let Some(at) = cursor.position
            && cursor.write_ready(buf, at)
        {
            cursor.position = Some(at + buf.len() as u64);
            return Ok(buf.len());
        }
        Ok(cursor.write_here(buf)?)
    }

    /// Takes all of `buf`, or says how much of it: [`Error::WouldBlock`](crate::Error::WouldBlock)
    /// or [`Error::WriteFailed`](crate::Error::WriteFailed).
    #[inline]
    fn write_all(&mut self, buf: &[u8]) -> io::Result<()> {
        let cursor = &mut *self.cursor;
        if let Some(at) = cursor.position
            && cursor.write_ready(buf, at)
        {
            cursor.position = Some(at + buf.len() as u64);
            return Ok(());
        }
        Ok(cursor.write_all_slow(buf)?)
    }

    /// Takes all of the formatted text, or says how much of the whole of it.
    ///
    /// # Panics
    ///
    /// If a formatting trait implementation reports an error of its own (as std's `write_fmt`).
    fn write_fmt(&mut self, args: fmt::Arguments<'_>) -> io::Result<()> {
        self.cursor.permissions.check_writable()?;
        Ok(write_fmt(args, |piece| Ok(self.write_all(piece)?))?)
    }

    /// Gives everything to the device, moves it to this stream's position and forgets what was
    /// read, so that later reads see what others wrote.
    fn flush(&mut self) -> io::Result<()> {
        Ok(self.cursor.flush()?)
    }
}

impl<D: RawIo> Seek for BlockCache<D> {
    /// Moves this stream's position, and the device at the next flush. Calls the device only to ask
    /// where its end is ([`SeekFrom::End`]).
    #[inline]
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let cursor = &mut *self.cursor;
        if let (SeekFrom::Start(target), Some(_)) = (to, cursor.position)
            && in_reach(target).is_ok()
        {
            cursor.position = Some(target);
            return Ok(target);
        }
        Ok(cursor.seek_slow(to)?)
    }

    #[inline]
    fn stream_position(&mut self) -> io::Result<u64> {
        Ok(self.cursor.tell()?)
    }
}

impl<D: RawIo> fmt::Debug for BlockCache<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockCache")
            .field("blocks", &self.blocks())
            .field("block_size", &self.cursor.blocks.size())
            .field("pending", &self.pending())
            .field("closed", &self.cursor.permissions.is_closed())
            .finish_non_exhaustive()
    }
}
