//! The chunk core beside `bytes` and std, in one run, in turn.
//!
//! ```text
//! cargo bench --bench chunk -- [MEBIBYTES] [ROUNDS]
//! ```
//!
//! Every row of a group does the same work, and that is checked. What counts is the ratio to the
//! group's first row in the same round: the machine's speed drifts, and all rows drift with it.

use std::collections::VecDeque;
use std::hint::black_box;
use std::io::{self, BufRead, BufReader, Read};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use iolite::{Adapter, BufferedIo, BufferedReader, Chunk, Edge, Got, Pipe, Pool, Separator};

/// What a row counted: operations and bytes.
type Check = (u64, u64);
type Row = (&'static str, fn(&'static [u8]) -> io::Result<Check>);

/// The size of a buffer in every row.
const BLOCK: usize = 64 * 1024;
/// The size of a block that is taken and given back.
const SMALL: usize = 8 * 1024;
/// How many of the last lines are kept.
const KEPT: usize = 1000;

const BLOCKS: [Row; 3] = [
    ("BytesMut::with_capacity, freeze, drop", blocks_of_bytes),
    ("global Pool::acquire, freeze, drop", |text| {
        blocks_of_pool(Pool::global(), text)
    }),
    ("private Pool::acquire, freeze, drop", |text| {
        blocks_of_pool(&Pool::new(), text)
    }),
];
const HANDED_OVER: [Row; 3] = [
    ("BytesMut::with_capacity, freeze", |text| {
        handed_over(text, |part| {
            let mut block = BytesMut::with_capacity(SMALL);
            block.extend_from_slice(part);
            block.freeze()
        })
    }),
    ("global Pool::acquire, freeze", |text| {
        handed_over(text, |part| block_of_pool(Pool::global(), part))
    }),
    ("private Pool::acquire, freeze", |text| {
        let pool = Pool::new();
        handed_over(text, |part| block_of_pool(&pool, part))
    }),
];
const BORROWED: [Row; 3] = [
    ("std BufReader::read_until, reused Vec", std_read_until),
    ("BufferedReader::slice_until", sliced_lines),
    ("BufferedReader::fill_buf + memchr", borrowed_lines),
];
const OWNED: [Row; 2] = [
    ("BytesMut::split_to().freeze()", lines_of_bytes),
    ("Tail::share", lines_of_tail),
];
const KEEPING: [Row; 2] = [
    ("BytesMut::split_to().freeze()", kept_lines_of_bytes),
    ("Tail::share", kept_lines_of_tail),
];
const PIPES: [Row; 5] = [
    ("BytesMut::split_to().freeze()", lines_of_bytes),
    ("VecDeque<u8>, drained into a reused Vec", lines_of_deque),
    ("Pipe::read_until_slice", borrowed_lines_of_pipe),
    ("Pipe::read_batch", batches_of_pipe),
    ("Pipe::read_until", lines_of_pipe),
];

fn main() -> io::Result<()> {
    // `cargo bench` adds a flag of its own; a plain test run only has to see that this works.
    let numbers: Vec<usize> = std::env::args()
        .filter_map(|arg| arg.parse().ok())
        .collect();
    let mebibytes = numbers.first().copied().unwrap_or(16);
    let rounds = numbers.get(1).copied().unwrap_or(11).max(1);
    let line = format!("{}\n", "x".repeat(63));
    let text: &'static [u8] = line
        .repeat((mebibytes << 20) / line.len())
        .leak()
        .as_bytes();
    compare("8 KiB blocks, one byte written", &BLOCKS, text, rounds)?;
    compare(
        "8 KiB blocks, dropped in another thread",
        &HANDED_OVER,
        text,
        rounds,
    )?;
    compare("lines, borrowed", &BORROWED, text, rounds)?;
    compare("lines as values, dropped at once", &OWNED, text, rounds)?;
    compare("lines through a protocol's buffer", &PIPES, text, rounds)?;
    compare(
        "lines as values, the last 1000 kept",
        &KEEPING,
        text,
        rounds,
    )
}

fn compare(kind: &str, rows: &[Row], text: &'static [u8], rounds: usize) -> io::Result<()> {
    let expected = rows[0].1(text)?;
    let mut times = vec![Vec::new(); rows.len()];
    for _ in 0..rounds {
        for ((name, run), times) in rows.iter().zip(&mut times) {
            let start = Instant::now();
            let check = run(text)?;
            times.push(start.elapsed());
            assert_eq!(check, expected, "{name}");
        }
    }
    println!("{kind}: {} of them, {rounds} rounds", expected.0);
    for ((name, _), own) in rows.iter().zip(&times) {
        let ratios = own.iter().zip(&times[0]);
        let ratios = ratios.map(|(own, first)| own.as_secs_f64() / first.as_secs_f64());
        let ratio = median(ratios.collect(), f64::total_cmp);
        let time = median(own.clone(), Duration::cmp).as_secs_f64() * 1e9 / expected.0 as f64;
        println!("  {name:<45} {time:>8.1} ns   {ratio:.2} x");
    }
    Ok(())
}

fn median<T: Copy>(mut values: Vec<T>, order: fn(&T, &T) -> std::cmp::Ordering) -> T {
    values.sort_by(order);
    values[values.len() / 2]
}

fn blocks_of_bytes(text: &'static [u8]) -> io::Result<Check> {
    let mut check = (0, 0);
    for part in text.chunks(64) {
        let mut block = BytesMut::with_capacity(SMALL);
        block.extend_from_slice(&part[..1]);
        check.1 += black_box(block.freeze()).len() as u64;
        check.0 += 1;
    }
    Ok(check)
}

fn blocks_of_pool(pool: &Pool, text: &'static [u8]) -> io::Result<Check> {
    let mut check = (0, 0);
    for part in text.chunks(64) {
        check.1 += black_box(block_of_pool(pool, &part[..1])).len() as u64;
        check.0 += 1;
    }
    Ok(check)
}

fn block_of_pool(pool: &Pool, bytes: &[u8]) -> Chunk {
    let mut block = pool.acquire(SMALL);
    block.append(bytes);
    block.freeze()
}

/// One thread makes blocks, another drops them, a few dozen at a time.
fn handed_over<T: AsRef<[u8]> + Send>(
    text: &'static [u8],
    make: impl Fn(&[u8]) -> T,
) -> io::Result<Check> {
    thread::scope(|scope| {
        let (sender, receiver) = mpsc::sync_channel::<Vec<T>>(4);
        let other = scope.spawn(move || {
            let mut check = (0, 0);
            for block in receiver.into_iter().flatten() {
                count(&mut check, block.as_ref());
            }
            check
        });
        for parts in text.chunks(64 * 32) {
            let blocks = parts.chunks(64).map(|part| make(&part[..1]));
            let sent = sender.send(blocks.collect());
            sent.map_err(|_| io::ErrorKind::BrokenPipe)?;
        }
        drop(sender);
        other.join().map_err(|_| io::ErrorKind::BrokenPipe.into())
    })
}

fn std_read_until(text: &'static [u8]) -> io::Result<Check> {
    let mut reader = BufReader::with_capacity(BLOCK, text);
    let (mut check, mut line) = ((0, 0), Vec::new());
    while reader.read_until(b'\n', &mut line)? > 0 {
        check.0 += 1;
        check.1 += black_box(&line).len() as u64;
        line.clear();
    }
    Ok(check)
}

fn sliced_lines(text: &'static [u8]) -> io::Result<Check> {
    let mut reader = BufferedReader::with_capacity(BLOCK, Adapter::reader(text));
    let mut check = (0, 0);
    loop {
        match black_box(reader.slice_until(b'\n')?).len() {
            0 => return Ok(check),
            n => check = (check.0 + 1, check.1 + n as u64),
        }
    }
}

fn borrowed_lines(text: &'static [u8]) -> io::Result<Check> {
    let mut reader = BufferedReader::with_capacity(BLOCK, Adapter::reader(text));
    let mut check = (0, 0);
    loop {
        let buffered = reader.fill_buf()?.len();
        if buffered == 0 {
            return Ok(check);
        }
        // A line over the edge of the buffer: `peek` brings the rest of it in.
        let mut window = reader.fill_buf()?;
        if memchr::memrchr(b'\n', window).is_none() {
            window = reader.peek(buffered + 64)?;
        }
        let mut taken = 0;
        for end in memchr::memchr_iter(b'\n', window) {
            check.0 += 1;
            check.1 += black_box(&window[taken..=end]).len() as u64;
            taken = end + 1;
        }
        reader.consume(taken);
    }
}

/// Gives every line of `text` to `take`, as `bytes` codecs make them.
fn each_line_of_bytes(mut text: &[u8], mut take: impl FnMut(Bytes)) -> io::Result<()> {
    let mut buffer = BytesMut::with_capacity(BLOCK);
    while !text.is_empty() {
        buffer.reserve(BLOCK);
        let room = text.len().min(BLOCK);
        buffer.extend_from_slice(&text[..room]);
        text = &text[room..];
        while let Some(end) = memchr::memchr(b'\n', &buffer) {
            take(buffer.split_to(end + 1).freeze());
        }
    }
    Ok(())
}

/// Gives every line of `text` to `take`, as chunks of pooled blocks.
fn each_line_of_tail(mut text: &[u8], mut take: impl FnMut(Chunk)) -> io::Result<()> {
    let pool = Pool::global();
    let (mut tail, mut start) = (pool.acquire(BLOCK), 0);
    while !text.is_empty() {
        if !tail.reclaim(start) {
            let mut next = pool.acquire(BLOCK);
            next.append(&tail.frozen()[start..]);
            tail = next;
        }
        start = 0;
        let room = text.read(tail.spare_mut())?;
        tail.commit(room);
        while let Some(length) = memchr::memchr(b'\n', &tail.frozen()[start..]) {
            take(tail.share(start..=start + length));
            start += length + 1;
        }
    }
    Ok(())
}

/// Fills a pipe a block at a time, and lets `take` have what is in it after each.
fn through_a_pipe(
    mut text: &[u8],
    mut take: impl FnMut(&mut Pipe, &Separator) -> iolite::Result<()>,
) -> io::Result<()> {
    let (mut pipe, lf) = (Pipe::new(), Separator::lf());
    while !text.is_empty() {
        let n = text.read(pipe.get_buffer(BLOCK)?)?;
        pipe.buffer_written(n)?;
        take(&mut pipe, &lf)?;
    }
    Ok(())
}

fn borrowed_lines_of_pipe(text: &'static [u8]) -> io::Result<Check> {
    let mut check = (0, 0);
    through_a_pipe(text, |pipe, lf| {
        while let Got::Data(line) = pipe.read_until_slice(lf, Edge::Keep, BLOCK)? {
            count(&mut check, line);
        }
        Ok(())
    })?;
    Ok(check)
}

fn batches_of_pipe(text: &'static [u8]) -> io::Result<Check> {
    let mut check = (0, 0);
    through_a_pipe(text, |pipe, lf| {
        while let Got::Data(batch) = pipe.read_batch(lf, BLOCK)? {
            for line in batch.iter() {
                count(&mut check, line);
                check.1 += 1; // its `\n`
            }
        }
        Ok(())
    })?;
    Ok(check)
}

fn lines_of_pipe(text: &'static [u8]) -> io::Result<Check> {
    let mut check = (0, 0);
    through_a_pipe(text, |pipe, lf| {
        while let Got::Data(line) = pipe.read_until(lf, Edge::Keep, BLOCK)? {
            count(&mut check, &line);
        }
        Ok(())
    })?;
    Ok(check)
}

fn lines_of_deque(mut text: &'static [u8]) -> io::Result<Check> {
    let (mut check, mut queue, mut line) = ((0, 0), VecDeque::with_capacity(2 * BLOCK), Vec::new());
    while !text.is_empty() {
        let (head, rest) = text.split_at(text.len().min(BLOCK));
        queue.extend(head);
        text = rest;
        while queue.read_until(b'\n', &mut line)? > 0 && line.ends_with(b"\n") {
            count(&mut check, &line);
            line.clear();
        }
    }
    Ok(check)
}

/// Counts lines and drops them.
fn count(check: &mut Check, line: &[u8]) {
    check.0 += 1;
    check.1 += black_box(line).len() as u64;
}

fn lines_of_bytes(text: &'static [u8]) -> io::Result<Check> {
    let mut check = (0, 0);
    each_line_of_bytes(text, |line| count(&mut check, &line))?;
    Ok(check)
}

fn lines_of_tail(text: &'static [u8]) -> io::Result<Check> {
    let mut check = (0, 0);
    each_line_of_tail(text, |line| count(&mut check, &line))?;
    Ok(check)
}

fn kept_lines_of_bytes(text: &'static [u8]) -> io::Result<Check> {
    let (mut check, mut kept) = ((0, 0), vec![Bytes::new(); KEPT]);
    each_line_of_bytes(text, |line| {
        count(&mut check, &line);
        kept[check.0 as usize % KEPT] = line;
    })?;
    Ok(check)
}

fn kept_lines_of_tail(text: &'static [u8]) -> io::Result<Check> {
    let (mut check, mut kept) = ((0, 0), vec![Chunk::new(); KEPT]);
    each_line_of_tail(text, |line| {
        count(&mut check, &line);
        kept[check.0 as usize % KEPT] = line;
    })?;
    Ok(check)
}
