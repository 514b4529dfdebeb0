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
use std::io::{self, BufRead, BufReader, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;

use bytes::{Bytes, BytesMut};
use iolite::{Adapter, BufferedReader, Chunk, Edge, Got, Pipe, Pool, Separator};

use support::bench::Bench;
use support::fills::{Count, Fills, LINE, lines_by_hand, lines_of_bytes, lines_of_tail, make_room};

/// The size of a buffer in every row.
const BLOCK: usize = 64 * 1024;
/// The size of a block that is taken and given back.
const SMALL: usize = 8 * 1024;
/// For so many bytes of the run's size there is a block.
const SHARE: usize = 1024;
/// How many of the last lines are kept.
const KEPT: usize = 1000;

fn main() -> io::Result<()> {
    let mut bench = Bench::new("chunk", 128)?;
    borrowed(&mut bench)?;
    owned(&mut bench)?;
    batches(&mut bench)?;
    parts(&mut bench)?;
    kept(&mut bench)?;
    blocks(&mut bench)?;
    handed_over(&mut bench)?;
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
            .ours("Pipe::read_until_slice", || borrowed_of_pipe(fills))
            .at_most(0.20)
            .ours("BufferedReader::slice_until", || sliced_lines(fills)),
    )
}

fn owned(bench: &mut Bench) -> io::Result<()> {
    let rows = [
        ("6b", "64-byte lines as values on one thread", 0.36),
        ("6c", "64-byte lines as values that can be sent", 0.72),
    ];
    for (id, work, target) in rows {
        let Some(table) = bench.table(id, work) else {
            continue;
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
                .ours("Tail::share", || {
                    let mut count = Count::default();
                    lines_of_tail(fills, |line| count.add(&line))?;
                    Ok(count.check())
                })
                .at_most(target)
                .ours("Pipe::read_until", || owned_of_pipe(fills)),
        )?;
    }
    Ok(())
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
            .ours("Pipe::read_batch", || batches_of_pipe(fills))
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
            .ours("Pipe::read_exact_slice(64), borrowed", || {
                through_a_pipe(fills, |pipe, count| {
                    while let Got::Data(part) = pipe.read_exact_slice(LINE)? {
                        count.add(part);
                    }
                    Ok(())
                })
            })
            .at_most(0.28)
            .ours("Tail::share, 64 bytes each", || {
                let mut count = Count::default();
                let (mut tail, mut start) = (Pool::global().acquire(BLOCK), 0);
                for mut fill in fills.iter() {
                    while !fill.is_empty() {
                        make_room(&mut tail, &mut start);
                        let n = fill.read(tail.spare_mut())?;
                        tail.commit(n);
                        while tail.frozen().len() - start >= LINE {
                            count.add(&tail.share(start..start + LINE));
                            start += LINE;
                        }
                    }
                }
                Ok(count.check())
            })
            .at_most(1.05)
            .ours("Pipe::read_exact(64)", || {
                through_a_pipe(fills, |pipe, count| {
                    while let Got::Data(part) = pipe.read_exact(LINE)? {
                        count.add(&part);
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
            .ours("Tail::share", || {
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

fn split_lines(fills: &Fills) -> io::Result<u64> {
    let (mut count, mut buffer) = (Count::default(), BytesMut::with_capacity(BLOCK));
    for fill in fills.iter() {
        buffer.extend_from_slice(fill);
        while let Some(end) = memchr::memchr(b'\n', &buffer) {
            count.add(&buffer.split_to(end + 1));
        }
    }
    Ok(count.check())
}

fn split_batches(fills: &Fills) -> io::Result<u64> {
    let (mut count, mut buffer) = (Count::default(), BytesMut::with_capacity(BLOCK));
    for fill in fills.iter() {
        buffer.extend_from_slice(fill);
        let whole = memchr::memrchr(b'\n', &buffer).map_or(0, |end| end + 1);
        let (batch, mut start) = (buffer.split_to(whole), 0);
        for end in memchr::memchr_iter(b'\n', &batch) {
            count.add(&batch[start..=end]);
            start = end + 1;
        }
    }
    Ok(count.check())
}

/// What a line that can be sent costs at least: references are counted in advance, and each is
/// given back.
fn counted_lines(fills: &Fills) -> io::Result<u64> {
    let (mut count, references) = (Count::default(), AtomicU64::new(fills.lines()));
    lines_by_hand(fills, |line| {
        count.add(line);
        references.fetch_sub(1, Ordering::Release);
    });
    Ok(count.check())
}

fn std_read_until(fills: &Fills) -> io::Result<u64> {
    let mut reader = BufReader::with_capacity(BLOCK, fills.read());
    let (mut count, mut line) = (Count::default(), Vec::new());
    while reader.read_until(b'\n', &mut line)? > 0 {
        if line.ends_with(b"\n") {
            count.add(&line);
        }
        line.clear();
    }
    Ok(count.check())
}

fn sliced_lines(fills: &Fills) -> io::Result<u64> {
    let mut reader = BufferedReader::with_capacity(BLOCK, Adapter::reader(fills.read()));
    let mut count = Count::default();
    loop {
        match reader.slice_until(b'\n')? {
            [] => return Ok(count.check()),
            line if line.ends_with(b"\n") => count.add(line),
            _ => {}
        }
    }
}

/// Fills a pipe, and lets `take` have what is in it after each fill.
fn through_a_pipe(
    fills: &Fills,
    mut take: impl FnMut(&mut Pipe, &mut Count) -> iolite::Result<()>,
) -> io::Result<u64> {
    let (mut pipe, mut count) = (Pipe::new(), Count::default());
    for fill in fills.iter() {
        pipe.get_buffer(fill.len())?[..fill.len()].copy_from_slice(fill);
        pipe.buffer_written(fill.len())?;
        take(&mut pipe, &mut count)?;
    }
    Ok(count.check())
}

fn borrowed_of_pipe(fills: &Fills) -> io::Result<u64> {
    let lf = Separator::lf();
    through_a_pipe(fills, |pipe, count| {
        while let Got::Data(line) = pipe.read_until_slice(&lf, Edge::Keep, BLOCK)? {
            count.add(line);
        }
        Ok(())
    })
}

fn owned_of_pipe(fills: &Fills) -> io::Result<u64> {
    let lf = Separator::lf();
    through_a_pipe(fills, |pipe, count| {
        while let Got::Data(line) = pipe.read_until(&lf, Edge::Keep, BLOCK)? {
            count.add(&line);
        }
        Ok(())
    })
}

fn batches_of_pipe(fills: &Fills) -> io::Result<u64> {
    let lf = Separator::lf();
    through_a_pipe(fills, |pipe, count| {
        while let Got::Data(batch) = pipe.read_batch(&lf, BLOCK)? {
            for line in batch.iter() {
                count.add(line);
                count.bytes += 1; // its `\n`
            }
        }
        Ok(())
    })
}
