//! Chapter "Chunks": pages that nobody uses.

use std::io::{self, Read, Write};

use iolite::{Adapter, BufferedReader, BufferedWriter, Chain, Pipe, Pool};

use super::alone;

/// How much of the process is in memory, in bytes.
fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = pages.split(' ').nth(1).unwrap().parse().unwrap();
    pages * rustix::param::page_size()
}

/// What `make` adds to that.
fn costs<T>(make: impl FnOnce() -> T) -> usize {
    Pool::global().trim();
    let before = resident();
    let made = make();
    let after = resident();
    drop(made);
    after.saturating_sub(before)
}

const COUNT: usize = 2000;

/// Two pages for what is written and for what stands around it, and some for the rest.
const FEW: usize = COUNT * 3 * 4096;

#[test]
fn chk_43_a_fresh_block_costs_what_is_written_into_it() {
    alone(|| {
        let blocks = costs(|| {
            let acquire = |_| {
                let mut block = Pool::global().acquire(65_536);
                block.append(b"x");
                block
            };
            (0..COUNT).map(acquire).collect::<Vec<_>>()
        });
        assert!(blocks < FEW, "{blocks} bytes for {COUNT} blocks");
    });
}

#[test]
fn chk_43_writers_pipes_and_chains_of_one_byte_touch_no_block() {
    alone(|| {
        let writers = costs(|| {
            let write = |_| {
                let mut writer = BufferedWriter::new(Adapter::writer(io::sink()));
                writer.write_all(b"x").unwrap();
                writer
            };
            (0..COUNT).map(write).collect::<Vec<_>>()
        });
        assert!(writers < FEW, "{writers} bytes for {COUNT} writers");
        let chains = costs(|| {
            let append = |_| {
                let mut chain = Chain::with_block_size(65_536);
                chain.append(b"x");
                chain
            };
            (0..COUNT).map(append).collect::<Vec<_>>()
        });
        assert!(chains < FEW, "{chains} bytes for {COUNT} chains");
        let pipes = costs(|| {
            let append = |_| {
                let options = iolite::chunk::PipeOptions::new().block_sizes(65_536..=65_536);
                let mut pipe: Pipe = options.build().unwrap();
                pipe.append(b"x").unwrap();
                pipe
            };
            (0..COUNT).map(append).collect::<Vec<_>>()
        });
        assert!(pipes < FEW, "{pipes} bytes for {COUNT} pipes");
    });
}

#[test]
fn chk_43_a_huge_block_is_not_touched_before_it_is_used() {
    alone(|| {
        let reader = costs(|| {
            let mut reader = BufferedReader::with_capacity(256 << 20, Adapter::reader(&b"abc"[..]));
            reader.read_exact(&mut [0]).unwrap();
            reader
        });
        assert!(reader < 8 << 20, "{reader} bytes for one byte");
        let pipe = costs(|| {
            let mut pipe = Pipe::new();
            pipe.spare_mut(256 << 20).unwrap()[0] = b'x';
            let _ = pipe.commit(1).unwrap();
            pipe
        });
        assert!(pipe < 8 << 20, "{pipe} bytes for one byte");
    });
}
