//! The chunk core beside `bytes` and std.
//!
//! ```text
//! cargo bench --bench chunk -- [MEBIBYTES] [ROUNDS] [record] [only=TABLE]
//! ```
//!
//! Lines of 64 bytes come in fills of 65 000, so that some straddle two; every row counts them and
//! their bytes, and that is checked.

mod support;

use std::hint::black_box;
use std::io;
use std::sync::mpsc;
use std::thread;

use bytes::{Bytes, BytesMut};
use iolite::chunk::{LocalChunk, Progress};
use iolite::{Chunk, Pool};

use support::bench::Bench;
use support::fills::{Count, Fills, LINE};
use support::records::{
    BLOCK, batches_of_pipe, borrowed_of_pipe, counted_lines, lines_by_hand, lines_of_bytes,
    lines_of_tail, local_batches_of_pipe, local_blocks, local_lines, locally_counted_lines,
    owned_of_pipe, sliced_lines, split_batches, split_lines, std_read_until, through_a_pipe,
    through_a_tail,
};

/// The size of a block that is taken and given back.
const SMALL: usize = 8 * 1024;
/// For so many bytes of the run's size there is a block.
const SHARE: usize = 1024;
/// How many lines go to another thread at a time.
const BATCH: usize = 256;
/// How many of the last lines are kept.
const KEPT: usize = 1000;

fn main() -> io::Result<()> {
    let mut bench = Bench::new("chunk", 128)?;
    borrowed(&mut bench)?;
    local(&mut bench)?;
    sendable(&mut bench)?;
    batches(&mut bench)?;
    parts(&mut bench)?;
    kept(&mut bench)?;
    blocks(&mut bench)?;
    handed_over(&mut bench)?;
    lines_handed_over(&mut bench)?;
    bench.finish()
}

fn borrowed(bench: &mut Bench) -> io::Result<()> {
    let Some(table) = bench.table("6a", "64-byte lines, borrowed") else {
        return Ok(());
    };
    let fills = &Fills::new(bench.size);
    bench.run(
        table
            .bytes(fills.bytes())
            .items(fills.lines(), "line")
            .peer("BytesMut::split_to a line", || split_lines(fills))
            .peer("std BufReader::read_until, reused Vec", || {
                std_read_until(fills)
            })
            .limit("one buffer by hand, bit masks", || {
                let mut count = Count::default();
                lines_by_hand(fills, |line| count.add(line));
                Ok(count.check())
            })
            .ours("Pipe::next_record, borrowed", || borrowed_of_pipe(fills))
            .at_most(0.20)
            .ours("BufferedReader::slice_until", || sliced_lines(fills)),
    )
}

fn local(bench: &mut Bench) -> io::Result<()> {
    let Some(table) = bench.table("6b", "64-byte lines as values on one thread") else {
        return Ok(());
    };
    let fills = &Fills::new(bench.size);
    bench.run(
        table
            .bytes(fills.bytes())
            .items(fills.lines(), "line")
            .peer("BytesMut::split_to a line", || split_lines(fills))
            .limit("one buffer by hand, an Rc cloned for a line", || {
                locally_counted_lines(fills)
            })
            .ours("LocalChunk::split_records", || {
                let mut count = Count::default();
                local_lines(fills, |line| count.add(&line))?;
                Ok(count.check())
            })
            .at_most(0.36)
            .ours("Pipe::next_batch, RecordBatch::local_chunks", || {
                local_batches_of_pipe(fills)
            })
            .ours("ChunkBuilder::prepaid_chunk", || {
                let mut count = Count::default();
                lines_of_tail(fills, |line| count.add(&line))?;
                Ok(count.check())
            }),
    )
}

fn sendable(bench: &mut Bench) -> io::Result<()> {
    let Some(table) = bench.table("6c", "64-byte lines as values that can be sent") else {
        return Ok(());
    };
    let fills = &Fills::new(bench.size);
    bench.run(
        table
            .bytes(fills.bytes())
            .items(fills.lines(), "line")
            .peer("BytesMut::split_to a line", || split_lines(fills))
            .peer("BytesMut::split_to().freeze()", || {
                let mut count = Count::default();
                lines_of_bytes(fills, |line| count.add(&line));
                Ok(count.check())
            })
            .limit("one buffer by hand, a locked count down a line", || {
                counted_lines(fills)
            })
            .ours("ChunkBuilder::prepaid_chunk", || {
                let mut count = Count::default();
                lines_of_tail(fills, |line| count.add(&line))?;
                Ok(count.check())
            })
            .at_most(0.72)
            .ours("Pipe::next_record, a Chunk each", || owned_of_pipe(fills)),
    )
}

fn batches(bench: &mut Bench) -> io::Result<()> {
    let Some(table) = bench.table("6d", "64-byte lines, a batch a fill") else {
        return Ok(());
    };
    let fills = &Fills::new(bench.size);
    bench.run(
        table
            .bytes(fills.bytes())
            .items(fills.lines(), "line")
            .peer("BytesMut::split_to once, memchr_iter", || {
                split_batches(fills)
            })
            .ours("Pipe::next_batch", || batches_of_pipe(fills))
            .at_most(0.55),
    )
}

fn parts(bench: &mut Bench) -> io::Result<()> {
    let Some(table) = bench.table("6e", "64 bytes each, without a search") else {
        return Ok(());
    };
    let fills = &Fills::new(bench.size);
    bench.run(
        table
            .bytes(fills.bytes())
            .items(fills.lines(), "part")
            .peer("BytesMut::split_to(64)", || {
                let (mut count, mut buffer) = (Count::default(), BytesMut::with_capacity(BLOCK));
                for fill in fills.iter() {
                    buffer.extend_from_slice(fill);
                    while buffer.len() >= LINE {
                        count.add(&buffer.split_to(LINE));
                    }
                }
                Ok(count.check())
            })
            .ours("Pipe::exactly(64), borrowed", || {
                through_a_pipe(fills, |pipe, count| {
                    while let Progress::Ready(part) = pipe.exactly(LINE)? {
                        count.add(part.take());
                    }
                    Ok(())
                })
            })
            .ours("LocalChunk::split_to(64)", || {
                let mut count = Count::default();
                local_blocks(fills, |block| {
                    while block.len() >= LINE {
                        count.add(&block.split_to(LINE));
                    }
                })?;
                Ok(count.check())
            })
            .at_most(0.28)
            .ours("ChunkBuilder::prepaid_chunk, 64 bytes each", || {
                let mut count = Count::default();
                through_a_tail(fills, |tail, start| {
                    while tail.filled().len() - *start >= LINE {
                        count.add(&tail.prepaid_chunk(*start..*start + LINE));
                        *start += LINE;
                    }
                })?;
                Ok(count.check())
            })
            .at_most(1.05)
            .ours("Pipe::exactly(64), a Chunk each", || {
                through_a_pipe(fills, |pipe, count| {
                    while let Progress::Ready(part) = pipe.exactly(LINE)? {
                        count.add(&part.take_chunk());
                    }
                    Ok(())
                })
            })
            .at_most(1.05),
    )
}

fn kept(bench: &mut Bench) -> io::Result<()> {
    let Some(table) = bench.table("6k", "64-byte lines as values, the last 1000 kept") else {
        return Ok(());
    };
    let fills = &Fills::new(bench.size);
    bench.run(
        table
            .bytes(fills.bytes())
            .items(fills.lines(), "line")
            .peer("BytesMut::split_to().freeze()", || {
                let (mut count, mut kept) = (Count::default(), vec![Bytes::new(); KEPT]);
                lines_of_bytes(fills, |line| {
                    count.add(&line);
                    kept[count.pieces as usize % KEPT] = line;
                });
                Ok(count.check())
            })
            .ours("LocalChunk::split_records", || {
                let (mut count, mut kept) = (Count::default(), vec![LocalChunk::new(); KEPT]);
                local_lines(fills, |line| {
                    count.add(&line);
                    kept[count.pieces as usize % KEPT] = line;
                })?;
                Ok(count.check())
            })
            .ours("ChunkBuilder::prepaid_chunk", || {
                let (mut count, mut kept) = (Count::default(), vec![Chunk::new(); KEPT]);
                lines_of_tail(fills, |line| {
                    count.add(&line);
                    kept[count.pieces as usize % KEPT] = line;
                })?;
                Ok(count.check())
            }),
    )
}

fn blocks(bench: &mut Bench) -> io::Result<()> {
    let Some(table) = bench.table("6p", "8 KiB blocks, one byte written, frozen, dropped") else {
        return Ok(());
    };
    let count = bench.size / SHARE;
    let of_pool = |pool: &Pool| {
        let mut sum = 0;
        for _ in 0..count {
            sum += black_box(block_of_pool(pool)).len() as u64;
        }
        Ok(sum)
    };
    bench.run(
        table
            .items(count as u64, "block")
            .peer("BytesMut::with_capacity, freeze", || {
                let mut sum = 0;
                for _ in 0..count {
                    sum += black_box(block_of_bytes()).len() as u64;
                }
                Ok(sum)
            })
            .ours("global Pool::acquire, freeze", || of_pool(Pool::global()))
            .ours("private Pool::acquire, freeze", || of_pool(&Pool::new())),
    )
}

fn handed_over(bench: &mut Bench) -> io::Result<()> {
    let Some(table) = bench.table("6q", "8 KiB blocks, dropped in another thread") else {
        return Ok(());
    };
    let count = bench.size / SHARE;
    bench.run(
        table
            .items(count as u64, "block")
            .peer("BytesMut::with_capacity, freeze", || {
                to_another_thread(count, block_of_bytes)
            })
            .ours("global Pool::acquire, freeze", || {
                to_another_thread(count, || block_of_pool(Pool::global()))
            })
            .ours("private Pool::acquire, freeze", || {
                let pool = Pool::new();
                to_another_thread(count, || block_of_pool(&pool))
            }),
    )
}

/// One thread makes values, another counts and drops them.
fn counted_elsewhere<T: AsRef<[u8]> + Send>(
    make: impl FnOnce(&mut dyn FnMut(T)) -> io::Result<()>,
) -> io::Result<u64> {
    thread::scope(|scope| {
        let (sender, receiver) = mpsc::sync_channel::<Vec<T>>(16);
        let other = scope.spawn(move || {
            let mut count = Count::default();
            for value in receiver.into_iter().flatten() {
                count.add(value.as_ref());
            }
            count.check()
        });
        let mut batch = Vec::with_capacity(BATCH);
        make(&mut |value| {
            batch.push(value);
            if batch.len() == BATCH {
                let full = std::mem::replace(&mut batch, Vec::with_capacity(BATCH));
                sender.send(full).expect("the other thread takes them all");
            }
        })?;
        sender.send(batch).map_err(|_| io::ErrorKind::BrokenPipe)?;
        drop(sender);
        other.join().map_err(|_| io::ErrorKind::BrokenPipe.into())
    })
}

fn lines_handed_over(bench: &mut Bench) -> io::Result<()> {
    let Some(table) = bench.table("10r", "64-byte lines that die in another thread") else {
        return Ok(());
    };
    let fills = &Fills::new(bench.size);
    bench.run(
        table
            .bytes(fills.bytes())
            .items(fills.lines(), "line")
            .peer("BytesMut::split_to().freeze()", || {
                counted_elsewhere(|give| {
                    lines_of_bytes(fills, give);
                    Ok(())
                })
            })
            .ours("ChunkBuilder::prepaid_chunk", || {
                counted_elsewhere(|give| lines_of_tail(fills, give))
            })
            .at_most(0.6),
    )
}

fn block_of_bytes() -> Bytes {
    let mut block = BytesMut::with_capacity(SMALL);
    block.extend_from_slice(b"x");
    block.freeze()
}

fn block_of_pool(pool: &Pool) -> Chunk {
    let mut block = pool.acquire(SMALL);
    block.append(b"x");
    block.freeze()
}

/// One thread makes blocks, another drops them, a few dozen at a time.
fn to_another_thread<T: AsRef<[u8]> + Send>(count: usize, make: impl Fn() -> T) -> io::Result<u64> {
    thread::scope(|scope| {
        let (sender, receiver) = mpsc::sync_channel::<Vec<T>>(4);
        let other = scope.spawn(move || {
            let blocks = receiver.into_iter().flatten();
            blocks.map(|block| block.as_ref().len() as u64).sum()
        });
        for _ in 0..count / 32 {
            let sent = sender.send((0..32).map(|_| make()).collect());
            sent.map_err(|_| io::ErrorKind::BrokenPipe)?;
        }
        drop(sender);
        other.join().map_err(|_| io::ErrorKind::BrokenPipe.into())
    })
}
