//! Random access: what allocates nothing, and what gives memory back (RND-42, RND-44). Proved by
//! counting.

#[path = "support/counting.rs"]
mod counting;

use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};
use std::sync::Mutex;

use iolite::{Adapter, BlockCache, BufferedRandom, BytesIo, Pool, RawIo};

use counting::{allocations, live};

/// Held by the tests that count on the global pool, and by the one that empties it.
static POOL: Mutex<()> = Mutex::new(());

fn cache(blocks: usize, block_size: usize, memory: BytesIo) -> BlockCache<BytesIo> {
    let numbers = BlockCache::builder().blocks(blocks).block_size(block_size);
    numbers.build(memory).unwrap()
}

/// Changing a page and then writing it as a whole, over and over, made a list grow.
#[test]
fn pages_that_are_changed_and_then_replaced_allocate_nothing() {
    let _alone = POOL.lock();
    let memory = BytesIo::from(vec![0; 64 * 60]);
    let mut file = cache(1000, 64, memory);
    let mut round = |i: u64| {
        let page = SeekFrom::Start(i % 60 * 64);
        file.seek(page).unwrap();
        file.write_all(b"a field").unwrap();
        file.seek(page).unwrap();
        file.write_all(&[1; 64]).unwrap();
    };
    (0..200).for_each(&mut round);
    assert_eq!(allocations(|| (0..20_000).for_each(&mut round)), 0);
}

/// Gives ten bytes, and has nothing more for now.
struct Ten(usize);

impl Read for Ten {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.0.min(buf.len());
        self.0 -= n;
        match n {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            n => Ok(n),
        }
    }
}

impl Write for Ten {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Ten {
    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        Ok(0)
    }
}

#[test]
fn a_long_read_that_fails_keeps_what_came_and_no_room_for_the_rest() {
    let mut long = vec![0; 8 << 20];
    let device = Adapter::duplex(Ten(10)).with_seek();
    let mut file = BufferedRandom::with_capacity(16, device).unwrap();
    let before = live();
    for _ in 0..100 {
        let error = file.read_exact(&mut long).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
    }
    assert!(live() - before < 1000, "{}", live() - before);
    file.read_exact(&mut long[..10]).unwrap();
}

/// A far peek, and a long line, need memory once.
#[test]
fn what_a_long_line_needed_is_not_kept_for_the_next_one() {
    let _alone = POOL.lock();
    let mut content = vec![b'x'; 1 << 20];
    content.extend_from_slice(b"\nshort\n");
    content.resize(2 << 20, b'y');
    for blocks in [None, Some(4)] {
        let memory = BytesIo::from(content.clone());
        let layer: Box<dyn RawIo> = match blocks {
            None => Box::new(memory),
            Some(blocks) => Box::new(cache(blocks, 512, memory)),
        };
        let mut file = BufferedRandom::with_capacity(512, layer).unwrap();
        let mut line = Vec::with_capacity(2 << 20);
        let before = live();
        file.read_until(b'\n', &mut line).unwrap();
        file.read_until(b'\n', &mut line).unwrap();
        file.read_exact(&mut [0; 600]).unwrap();
        // What was given back to the pool is for anybody to use again, and not the stream's.
        Pool::global().trim();
        assert!(live() - before < 100_000, "{}", live() - before);
    }
}
