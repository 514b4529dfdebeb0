//! Lines out of [`Fills`]: as values or borrowed, by peers, by hand and ours.

use std::hint::black_box;
use std::io::{self, BufRead, BufReader, Read};
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::{Bytes, BytesMut};
use iolite::chunk::{ChunkBuilder, LocalChunk, Progress, Terminator};
use iolite::{Adapter, BufferedReader, Chunk, Pipe, Pool, Separator};

use super::fills::{Count, Fills};
use super::masks::Marks;

/// The size of a buffer in every row.
pub(crate) const BLOCK: usize = 64 * 1024;

/// Gives every line to `take`, as `bytes` codecs make them.
pub(crate) fn lines_of_bytes(fills: &Fills, mut take: impl FnMut(Bytes)) {
    let mut buffer = BytesMut::with_capacity(BLOCK);
    for fill in fills.iter() {
        buffer.extend_from_slice(fill);
        while let Some(end) = memchr::memchr(b'\n', &buffer) {
            take(buffer.split_to(end + 1).freeze());
        }
    }
}

/// Gives every line to `take`, as chunks of pooled blocks.
pub(crate) fn lines_of_tail(fills: &Fills, mut take: impl FnMut(Chunk)) -> io::Result<()> {
    through_a_tail(fills, |tail, start| {
        while let Some(length) = memchr::memchr(b'\n', &tail.filled()[*start..]) {
            take(tail.prepaid_chunk(*start..=*start + length));
            *start += length + 1;
        }
    })
}

/// The same as local chunks.
pub(crate) fn local_lines(fills: &Fills, mut take: impl FnMut(LocalChunk)) -> io::Result<()> {
    local_blocks(fills, |block| {
        block
            .split_records(b'\n', Terminator::Keep)
            .for_each(&mut take);
    })
}

/// Gives what was read to `take`, which takes off what it can use.
pub(crate) fn local_blocks(fills: &Fills, mut take: impl FnMut(&mut LocalChunk)) -> io::Result<()> {
    through_a_tail(fills, |tail, start| {
        let mut block = LocalChunk::from(tail.chunk(*start..));
        take(&mut block);
        *start = tail.filled().len() - block.len();
    })
}

/// Fills pooled blocks, and lets `take` have what lies there from a start on after each fill.
pub(crate) fn through_a_tail(
    fills: &Fills,
    mut take: impl FnMut(&mut ChunkBuilder, &mut usize),
) -> io::Result<()> {
    let (mut tail, mut start) = (Pool::global().acquire(BLOCK), 0);
    for mut fill in fills.iter() {
        while !fill.is_empty() {
            make_room(&mut tail, &mut start);
            let n = fill.read(tail.spare_mut())?;
            tail.commit(n);
            take(&mut tail, &mut start);
        }
    }
    Ok(())
}

/// Gives every line to `take`, by bit masks over one buffer; what is behind the last line is
/// carried on.
pub(crate) fn lines_by_hand(fills: &Fills, mut take: impl FnMut(&[u8])) {
    let mut buffer = Vec::with_capacity(2 * BLOCK);
    for fill in fills.iter() {
        buffer.extend_from_slice(fill);
        let (mut marks, mut start) = (Marks::default(), 0);
        while let Some(end) = marks.next(&buffer) {
            take(&buffer[start..=end]);
            start = end + 1;
        }
        buffer.drain(..start);
    }
}

/// Uses the block again from its start if nobody has a view of it, else a new one; what is behind
/// `start` goes along.
fn make_room(tail: &mut ChunkBuilder, start: &mut usize) {
    if !tail.reclaim(*start) {
        let mut next = Pool::global().acquire(BLOCK);
        next.append(&tail.filled()[*start..]);
        *tail = next;
    }
    *start = 0;
}

pub(crate) fn split_lines(fills: &Fills) -> io::Result<u64> {
    let (mut count, mut buffer) = (Count::default(), BytesMut::with_capacity(BLOCK));
    for fill in fills.iter() {
        buffer.extend_from_slice(fill);
        while let Some(end) = memchr::memchr(b'\n', &buffer) {
            count.add(&buffer.split_to(end + 1));
        }
    }
    Ok(count.check())
}

pub(crate) fn split_batches(fills: &Fills) -> io::Result<u64> {
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
pub(crate) fn counted_lines(fills: &Fills) -> io::Result<u64> {
    let (mut count, references) = (Count::default(), AtomicU64::new(fills.lines()));
    lines_by_hand(fills, |line| {
        count.add(line);
        references.fetch_sub(1, Ordering::Release);
    });
    Ok(count.check())
}

/// The same of a line that stays in its thread.
pub(crate) fn locally_counted_lines(fills: &Fills) -> io::Result<u64> {
    // Out of the compiler's sight, which would not count otherwise.
    let (mut count, memory) = (Count::default(), black_box(Rc::new(())));
    lines_by_hand(fills, |line| {
        let reference = Rc::clone(&memory);
        count.add(line);
        drop(reference);
    });
    Ok(count.check())
}

pub(crate) fn std_read_until(fills: &Fills) -> io::Result<u64> {
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

pub(crate) fn sliced_lines(fills: &Fills) -> io::Result<u64> {
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
pub(crate) fn through_a_pipe(
    fills: &Fills,
    mut take: impl FnMut(&mut Pipe, &mut Count) -> iolite::Result<()>,
) -> io::Result<u64> {
    let (mut pipe, mut count) = (Pipe::new(), Count::default());
    for fill in fills.iter() {
        pipe.spare_mut(fill.len())?[..fill.len()].copy_from_slice(fill);
        pipe.commit(fill.len())?;
        take(&mut pipe, &mut count)?;
    }
    Ok(count.check())
}

pub(crate) fn borrowed_of_pipe(fills: &Fills) -> io::Result<u64> {
    let lf = Separator::lf();
    through_a_pipe(fills, |pipe, count| {
        while let Progress::Ready(line) = pipe.next_record(&lf, Terminator::Keep, BLOCK)? {
            count.add(line.take());
        }
        Ok(())
    })
}

pub(crate) fn owned_of_pipe(fills: &Fills) -> io::Result<u64> {
    let lf = Separator::lf();
    through_a_pipe(fills, |pipe, count| {
        while let Progress::Ready(line) = pipe.next_record(&lf, Terminator::Keep, BLOCK)? {
            count.add(&line.take_chunk());
        }
        Ok(())
    })
}

pub(crate) fn batches_of_pipe(fills: &Fills) -> io::Result<u64> {
    let lf = Separator::lf();
    through_a_pipe(fills, |pipe, count| {
        while let Progress::Ready(batch) = pipe.next_batch(&lf, BLOCK)? {
            for line in batch.iter() {
                count.add(line);
                count.bytes += 1; // its `\n`
            }
        }
        Ok(())
    })
}

/// The same as local chunks.
pub(crate) fn local_batches_of_pipe(fills: &Fills) -> io::Result<u64> {
    let lf = Separator::lf();
    through_a_pipe(fills, |pipe, count| {
        while let Progress::Ready(batch) = pipe.next_batch(&lf, BLOCK)? {
            for line in batch.local_chunks() {
                count.add(&line);
                count.bytes += 1; // its `\n`
            }
        }
        Ok(())
    })
}
