//! [`Engine`]: the two ways to read and write at one position.

use std::io::{IoSlice, IoSliceMut, SeekFrom};

use super::cursor::Cursor;
use super::pending_write::PendingWrite;
use super::turns::Turns;
use crate::chunk::Chunk;
use crate::error::Result;
use crate::raw::RawIo;

#[allow(
    clippy::large_enum_variant,
    reason = "there is one a stream, and it is not moved"
)]
pub(super) enum Engine<D: RawIo> {
    /// A place in memory that the device gets later.
    Blocks(Cursor<D>),
    /// The device's own place.
    Turns(Turns<D>),
}

/// Both ways have the same calls.
macro_rules! forward {
    ($(fn $call:ident(&mut self $(, $name:ident: $kind:ty)*) -> $answer:ty;)*) => {$(
        #[inline]
        pub(super) fn $call(&mut self $(, $name: $kind)*) -> $answer {
            match self {
                Engine::Blocks(cursor) => cursor.$call($($name),*),
                Engine::Turns(turns) => turns.$call($($name),*),
            }
        }
    )*};
}

impl<D: RawIo> Engine<D> {
    forward! {
        fn read(&mut self, buf: &mut [u8]) -> Result<usize>;
        fn read_exact(&mut self, buf: &mut [u8]) -> Result<()>;
        fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> Result<usize>;
        fn read_to_end(&mut self, buf: &mut Vec<u8>) -> Result<usize>;
        fn read_to_string(&mut self, buf: &mut String) -> Result<usize>;
        fn has_ahead(&mut self) -> bool;
        fn read_chunk(&mut self, max: usize) -> Result<Chunk>;
        fn fill(&mut self) -> Result<&[u8]>;
        fn consume(&mut self, n: usize) -> ();
        fn peek(&mut self, n: usize) -> Result<&[u8]>;
        fn read_until(&mut self, byte: u8, buf: &mut Vec<u8>) -> Result<usize>;
        fn read_line(&mut self, buf: &mut String) -> Result<usize>;
        fn write(&mut self, buf: &[u8]) -> Result<usize>;
        fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> Result<usize>;
        fn write_all(&mut self, buf: &[u8]) -> Result<()>;
        fn write_chunk(&mut self, chunk: Chunk) -> Result<()>;
        fn tell(&mut self) -> Result<u64>;
        fn seek(&mut self, to: SeekFrom) -> Result<u64>;
        fn truncate(&mut self, size: Option<u64>) -> Result<u64>;
        fn write_out(&mut self) -> Result<()>;
        fn flush(&mut self) -> Result<()>;
        fn forget(&mut self) -> ();
        fn take_pending(&mut self) -> Vec<PendingWrite>;
    }

    /// Whether the stream can be read.
    pub(super) fn check_readable(&self) -> Result<()> {
        match self {
            Engine::Blocks(cursor) => cursor.check_readable(),
            Engine::Turns(turns) => turns.check_readable(),
        }
    }

    /// Whether the stream can be written to.
    pub(super) fn check_writable(&self) -> Result<()> {
        match self {
            Engine::Blocks(cursor) => cursor.check_writable(),
            Engine::Turns(turns) => turns.check_writable(),
        }
    }

    #[cfg(unix)]
    forward! {
        fn lend_device(&mut self) -> &mut D;
    }

    pub(super) fn device(&self) -> &D {
        match self {
            Engine::Blocks(cursor) => &cursor.medium.device,
            Engine::Turns(turns) => &turns.device,
        }
    }

    pub(super) fn device_mut(&mut self) -> &mut D {
        match self {
            Engine::Blocks(cursor) => &mut cursor.medium.device,
            Engine::Turns(turns) => &mut turns.device,
        }
    }

    pub(super) fn into_device(self) -> D {
        match self {
            Engine::Blocks(cursor) => cursor.medium.device,
            Engine::Turns(turns) => turns.device,
        }
    }

    pub(super) fn pending(&self) -> usize {
        match self {
            Engine::Blocks(cursor) => cursor.pending(),
            Engine::Turns(turns) => turns.pending(),
        }
    }

    /// Bytes in a block, or in one of the two buffers.
    pub(super) fn block_size(&self) -> usize {
        match self {
            Engine::Blocks(cursor) => cursor.cache.size(),
            Engine::Turns(turns) => turns.capacity(),
        }
    }

    /// How many blocks there may be.
    pub(super) fn blocks(&self) -> usize {
        match self {
            Engine::Blocks(cursor) => cursor.cache.count(),
            Engine::Turns(_) => 1,
        }
    }

    /// What can be read without the device, as far as it lies in one piece.
    pub(super) fn ahead(&self) -> &[u8] {
        match self {
            Engine::Blocks(cursor) => cursor.ahead(),
            Engine::Turns(turns) => turns.ahead(),
        }
    }
}
