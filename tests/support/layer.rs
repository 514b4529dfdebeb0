//! [`Layer`]: a device, or a cache of its blocks, as one type.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Deref;
#[cfg(unix)]
use std::os::fd::BorrowedFd;

use iolite::buffered::PendingWrite;
use iolite::{BlockCache, BufferedRandom, Chunk, IoBase, RawIo, Result};

#[allow(clippy::large_enum_variant, reason = "tests have few of them")]
pub(crate) enum Layer<D: RawIo> {
    Plain(D),
    Cached(BlockCache<D>),
}

/// A cache of so many blocks.
pub(crate) fn cache<D: RawIo>(blocks: usize, block_size: usize, device: D) -> BlockCache<D> {
    let numbers = BlockCache::builder().blocks(blocks).block_size(block_size);
    numbers.build(device).expect("it can seek")
}

/// A stream over the device, and one over a cache of three blocks of it.
pub(crate) fn with_and_without<D: RawIo>(
    size: usize,
    device: impl Fn() -> D,
) -> [(&'static str, BufferedRandom<Layer<D>>); 2] {
    let cached = Layer::Cached(cache(3, size, device()));
    [("window", Layer::Plain(device())), ("cache", cached)].map(|(way, layer)| {
        (
            way,
            BufferedRandom::with_capacity(size, layer).expect("it can seek"),
        )
    })
}

/// The device, and all that it does not have yet, in the order in which it was given.
pub(crate) fn take_apart<D: RawIo>(stream: BufferedRandom<Layer<D>>) -> (D, Vec<PendingWrite>) {
    let (layer, mut newer) = stream.into_parts();
    let (device, mut pending) = match layer {
        Layer::Plain(device) => (device, Vec::new()),
        Layer::Cached(cache) => cache.into_parts(),
    };
    pending.append(&mut newer);
    (device, pending)
}

impl<D: RawIo> Deref for Layer<D> {
    type Target = D;

    fn deref(&self) -> &D {
        match self {
            Layer::Plain(device) => device,
            Layer::Cached(cache) => cache.get_ref(),
        }
    }
}

impl<D: RawIo> Layer<D> {
    fn raw(&self) -> &dyn RawIo {
        match self {
            Layer::Plain(device) => device,
            Layer::Cached(cache) => cache,
        }
    }

    fn raw_mut(&mut self) -> &mut dyn RawIo {
        match self {
            Layer::Plain(device) => device,
            Layer::Cached(cache) => cache,
        }
    }
}

impl<D: RawIo> IoBase for Layer<D> {
    fn readable(&self) -> bool {
        self.raw().readable()
    }

    fn writable(&self) -> bool {
        self.raw().writable()
    }

    fn seekable(&self) -> bool {
        self.raw().seekable()
    }

    fn is_closed(&self) -> bool {
        self.raw().is_closed()
    }

    fn close(&mut self) -> Result<()> {
        self.raw_mut().close()
    }

    fn truncate(&mut self, size: Option<u64>) -> Result<u64> {
        self.raw_mut().truncate(size)
    }

    #[cfg(unix)]
    fn flush_and_borrow_fd(&mut self) -> Result<Option<BorrowedFd<'_>>> {
        self.raw_mut().flush_and_borrow_fd()
    }
}

impl<D: RawIo> RawIo for Layer<D> {
    fn read_shared(&mut self, max: usize) -> Result<Option<Chunk>> {
        self.raw_mut().read_shared(max)
    }

    fn block_size(&self) -> Option<usize> {
        self.raw().block_size()
    }

    fn rest_hint(&mut self) -> Option<u64> {
        self.raw_mut().rest_hint()
    }

    fn is_append_only(&self) -> bool {
        self.raw().is_append_only()
    }

    fn supports_read_at(&self) -> bool {
        self.raw().supports_read_at()
    }

    fn read_at(&mut self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        self.raw_mut().read_at(buf, offset)
    }

    fn write_at(&mut self, buf: &[u8], offset: u64) -> io::Result<usize> {
        self.raw_mut().write_at(buf, offset)
    }
}

impl<D: RawIo> Read for Layer<D> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.raw_mut().read(buf)
    }
}

impl<D: RawIo> Write for Layer<D> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.raw_mut().write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.raw_mut().flush()
    }
}

impl<D: RawIo> Seek for Layer<D> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.raw_mut().seek(to)
    }
}
