//! What allocates nothing, measured: a global allocator that counts, per thread.

#[path = "support/counting.rs"]
mod counting;

use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};

use iolite::chunk::{LocalChunk, PipeOptions, Progress, RecordBatch, Span, Terminator};
use iolite::raw::FileMode;
use iolite::text::TextPosition;
use iolite::{
    Adapter, BlockCache, BufferedIo, BufferedRandom, BufferedReader, BufferedWriter, BytesIo,
    Chain, Chunk, FileIo, IoBase, Pipe, Pool, Separator, StringIo, TextIo, TextIoWrapper,
};

use counting::{allocations, live};

/// A source of `n` bytes that is no memory of its own.
fn source(n: u64) -> Adapter<io::Take<io::Repeat>> {
    Adapter::reader(io::repeat(b'x').take(n))
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations(|| drop(Vec::<u8>::with_capacity(10))), 1);
}

/// A far peek, or a long line, makes the buffer grow; what comes after it does not pay for it.
#[test]
fn the_memory_of_a_far_peek_is_given_back() {
    const FAR: usize = 4 << 20;
    let mut reader = BufferedReader::new(source(2 * FAR as u64));
    let before = live();
    assert_eq!(reader.peek(FAR).unwrap().len(), FAR);
    assert!(live() - before >= FAR as isize);
    while reader.fill_buf().unwrap().len() > 64 * 1024 {
        reader.consume(64 * 1024);
    }
    reader.consume(64 * 1024);
    reader.fill_buf().unwrap();
    assert!(live() - before < 200 * 1024, "{}", live() - before);
}

/// Also where what comes after it goes past the buffer.
#[test]
fn the_memory_of_a_far_peek_is_given_back_to_large_reads() {
    const FAR: usize = 4 << 20;
    fn large_reads_after_a_peek(stream: &mut impl BufferedIo) {
        let mut large = vec![0; FAR / 4];
        let before = live();
        assert_eq!(stream.peek(FAR).unwrap().len(), FAR);
        assert!(live() - before >= FAR as isize);
        for _ in 0..5 {
            let n = stream.read(&mut large).unwrap();
            assert_eq!(n, large.len());
        }
        assert!(live() - before < 200 * 1024, "{}", live() - before);
    }
    large_reads_after_a_peek(&mut BufferedReader::new(source(2 * FAR as u64)));
    let memory = BytesIo::from(vec![b'x'; 2 * FAR]);
    large_reads_after_a_peek(&mut BufferedRandom::new(memory).unwrap());
}

#[test]
fn the_memory_of_a_long_line_is_given_back() {
    const LONG: u64 = 20 << 20;
    let lines = source(LONG)
        .into_inner()
        .unwrap()
        .chain(&b"\nshort\nlines\n"[..]);
    let before = live();
    let mut text = TextIoWrapper::new(BufferedReader::new(Adapter::reader(lines)));
    assert_eq!(text.next_line().unwrap().unwrap().len() as u64, LONG);
    assert!(live() - before >= LONG as isize);
    assert_eq!(text.next_line().unwrap().unwrap(), "short");
    assert!(live() - before < 200 * 1024, "{}", live() - before);
}

/// Gives a little, and then nothing for now.
struct Idle(bool);

impl Read for Idle {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0 = !self.0;
        match self.0 {
            true => (&b"some data"[..]).read(buf),
            false => Err(io::ErrorKind::WouldBlock.into()),
        }
    }
}

/// Blocks of this size are not kept by the pool, so that what is live can be seen.
const UNPOOLED: usize = 256 * 1024;

#[test]
fn an_idle_reader_owns_no_block() {
    let mut reader = BufferedReader::with_capacity(UNPOOLED, Adapter::reader(Idle(false)));
    let before = live();
    assert_eq!(reader.fill_buf().unwrap(), b"some data");
    assert!(live() - before >= UNPOOLED as isize);
    reader.consume(9);
    assert!(reader.fill_buf().is_err());
    assert!(live() - before < 1000);
    assert_eq!(reader.fill_buf().unwrap(), b"some data");
}

#[test]
fn an_idle_writer_owns_no_block() {
    let mut writer = BufferedWriter::with_capacity(UNPOOLED, Adapter::writer(io::sink()));
    let before = live();
    writer.write_all(b"some data").unwrap();
    assert!(live() - before >= UNPOOLED as isize);
    writer.flush().unwrap();
    assert!(live() - before < 1000);
}

/// Each event is kept, and nothing else comes in between: each had a block for itself.
#[test]
fn events_of_an_idle_reader_share_a_block() {
    let mut reader = BufferedReader::with_capacity(UNPOOLED, Adapter::reader(Idle(false)));
    let mut kept: Vec<Chunk> = Vec::with_capacity(1000);
    let before = live();
    for _ in 0..1000 {
        kept.push(reader.read_chunk(100).unwrap());
        assert!(reader.read_chunk(100).is_err());
    }
    assert!(live() - before < UNPOOLED as isize + 1000);
    kept.clear();
    assert!(
        reader
            .read_chunk(100)
            .is_ok_and(|event| event == b"some data")
    );
    assert!(reader.read_chunk(100).is_err());
    assert!(live() - before < 1000, "and then none");
}

/// Some bytes, and nothing more for now; each time that it is asked.
struct Trickle(usize, bool);

impl Read for Trickle {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.1 = !self.1;
        match self.1 {
            true => Ok(buf.len().min(self.0)),
            false => Err(io::ErrorKind::WouldBlock.into()),
        }
    }
}

#[test]
fn a_read_that_is_repeated_allocates_what_came_and_seldom() {
    const SEGMENT: usize = 1000;
    let mut body = vec![0; 100 << 20];
    let mut reader = BufferedReader::with_capacity(4096, Adapter::reader(Trickle(SEGMENT, false)));
    let before = live();
    let count = allocations(|| {
        for segment in 1..1000 {
            assert!(reader.read_exact(&mut body).is_err());
            assert_eq!(reader.buffer().len(), segment * SEGMENT);
            // A block is a power of two, and a quarter of what is in it may be room. Small blocks
            // that have served are with the pool.
            let came = 256 * 1024 + segment * SEGMENT * 5 / 2;
            assert!(live() - before < came as isize, "{segment}");
        }
    });
    assert!(count < 20, "{count}");
}

#[test]
fn a_read_that_is_longer_than_a_file_keeps_no_copy_of_it() {
    let file = tempfile::tempfile().unwrap();
    file.set_len(8 << 20).unwrap();
    let file = FileIo::from_file(file, FileMode::Read).unwrap();
    let mut reader = BufferedReader::new(file);
    let mut body = vec![0; (8 << 20) + 1];
    let before = live();
    let count = allocations(|| assert!(reader.read_exact(&mut body).is_err()));
    assert!(live() - before < 1000 && count < 4, "{count}");
}

#[test]
fn a_whole_file_is_one_allocation() {
    let file = tempfile::tempfile().unwrap();
    file.set_len(8 << 20).unwrap();
    let file = FileIo::from_file(file, FileMode::Read).unwrap();
    let mut reader = BufferedReader::new(file);
    reader.fill_buf().unwrap();
    let mut all = Vec::new();
    let count = allocations(|| assert_eq!(reader.read_to_end(&mut all).unwrap(), 8 << 20));
    assert_eq!((count, all.capacity()), (1, 8 << 20));
    let mut reader = BufferedReader::new(BytesIo::from(all));
    reader.fill_buf().unwrap();
    let mut text = String::new();
    let count = allocations(|| assert_eq!(reader.read_to_string(&mut text).unwrap(), 8 << 20));
    assert_eq!((count, text.capacity()), (1, 8 << 20));
}

#[test]
fn reading_a_large_stream_allocates_nothing_after_the_first_fill() {
    let mut reader = BufferedReader::new(source(8 << 20));
    let mut buf = [0; 1000];
    reader.read_exact(&mut buf).unwrap();
    let mut total = 1000;
    let count = allocations(|| {
        while total < 8 << 20 {
            total += reader.read(&mut buf).unwrap();
        }
    });
    assert_eq!((count, total), (0, 8 << 20));
}

#[test]
fn reading_chunks_and_dropping_them_allocates_nothing() {
    let mut reader = BufferedReader::new(source(4 << 20));
    reader.fill_buf().unwrap();
    let mut total = 0;
    let count = allocations(|| {
        while total < 4 << 20 {
            total += reader.read_chunk(3000).unwrap().len();
        }
    });
    assert_eq!((count, total), (0, 4 << 20));
}

#[test]
fn peeking_and_taking_lines_allocates_nothing() {
    let text = "a line of text\n".repeat(50_000);
    let mut reader = BufferedReader::with_capacity(4096, Adapter::reader(text.as_bytes()));
    let mut line = String::with_capacity(100);
    reader.peek(20).unwrap();
    let mut lines = 0;
    let count = allocations(|| {
        while reader.read_line(&mut line).unwrap() > 0 {
            lines += 1;
            line.clear();
            assert!(reader.peek(10).unwrap().len() <= 10);
        }
    });
    assert_eq!((count, lines), (0, 50_000));
}

/// Of a line that lies in two blocks the first part is moved; nothing else is.
#[test]
fn lending_lines_allocates_nothing() {
    let text = "a line of text\n".repeat(50_000);
    let device = Adapter::reader(text.as_bytes());
    let mut reader = BufferedReader::with_capacity(4096, device);
    let mut memory = BytesIo::from(text.clone().into_bytes());
    reader.slice_until(b'\n').unwrap();
    let (mut lines, mut of_memory) = (1, 0);
    let count = allocations(|| {
        while !reader.slice_until(b'\n').unwrap().is_empty() {
            lines += 1;
        }
        while !memory.slice_until(b'\n').unwrap().is_empty() {
            of_memory += 1;
        }
    });
    assert_eq!((count, lines, of_memory), (0, 50_000, 50_000));
}

#[test]
fn writing_a_large_stream_allocates_nothing_after_the_first_drain() {
    let mut writer = BufferedWriter::with_capacity(10_000, Adapter::writer(io::sink()));
    let large = Chunk::from(vec![b'x'; 5000]);
    let mut round = || {
        writer.write_all(&[b'x'; 700]).unwrap();
        writer.write_chunk(large.clone()).unwrap();
        writer.write_all(&[b'x'; 30_000]).unwrap();
        writer.write_all(b"small").unwrap();
    };
    for _ in 0..10 {
        round();
    }
    assert_eq!(allocations(|| (0..500).for_each(|_| round())), 0);
}

#[test]
fn reading_and_writing_in_turn_allocates_nothing() {
    let memory = BytesIo::from(vec![b'x'; 1 << 16]);
    let mut file = BufferedRandom::with_capacity(512, memory).unwrap();
    let mut round = |i: u64| {
        file.seek(SeekFrom::Start(i * 50)).unwrap();
        file.write_all(b"written").unwrap();
        file.read_exact(&mut [0; 30]).unwrap();
    };
    (0..10).for_each(&mut round);
    assert_eq!(allocations(|| (0..1000).for_each(&mut round)), 0);
}

fn cache(blocks: usize, block_size: usize, memory: BytesIo) -> BlockCache<BytesIo> {
    let numbers = BlockCache::builder().blocks(blocks).block_size(block_size);
    numbers.build(memory).unwrap()
}

#[test]
fn a_cache_that_is_full_allocates_nothing() {
    let memory = BytesIo::from(vec![b'x'; 1 << 16]);
    let mut file = cache(8, 512, memory);
    let mut place = 1;
    let mut round = |i: u64| {
        place = (place * 25_173 + 13_849) % 65_000; // all over the place
        file.seek(SeekFrom::Start(place)).unwrap();
        file.read_exact(&mut [0; 30]).unwrap();
        file.seek(SeekFrom::Current(-30)).unwrap();
        file.write_all(b"written").unwrap();
        if i.is_multiple_of(200) {
            file.flush().unwrap();
        }
    };
    (0..2000).for_each(&mut round);
    assert_eq!(allocations(|| (0..100).for_each(&mut round)), 0);
    (100..150).for_each(&mut round);
    assert_eq!(allocations(|| (150..200).for_each(&mut round)), 0);
}

#[test]
fn random_access_that_was_flushed_owns_no_block() {
    let memory = BytesIo::from(vec![b'x'; 1 << 20]);
    let mut file = cache(2, UNPOOLED, memory);
    let before = live();
    file.read_exact(&mut [0; 10]).unwrap();
    file.seek(SeekFrom::Start(UNPOOLED as u64)).unwrap();
    file.write_all(b"some data").unwrap();
    assert!(live() - before >= 2 * UNPOOLED as isize);
    file.flush().unwrap();
    assert!(live() - before < 2000, "{}", live() - before);
}

/// PIP-3: one chunk is taken as it is, and no list is made for it.
#[test]
fn pushing_a_chunk_allocates_nothing() {
    let (mut pipe, body) = (Pipe::new(), Chunk::from(vec![b'x'; 4096]));
    let mut round = || {
        pipe.push("head").unwrap();
        pipe.push(body.clone()).unwrap();
        let _ = pipe.exactly(4100).unwrap().map(Span::consume);
    };
    round();
    assert_eq!(allocations(|| (0..100).for_each(|_| round())), 0);
}

/// CHN-14: after an error the chain is as it was, without a block if it had none.
#[test]
fn a_chain_that_read_nothing_owns_no_block() {
    struct NotNow;
    impl Read for NotNow {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::WouldBlock.into())
        }
    }
    let mut chain = Chain::with_block_size(UNPOOLED);
    let before = live();
    for max in [10, 3 * UNPOOLED] {
        assert!(chain.read_from(&mut NotNow, max).is_err());
        assert!(live() - before < 1000, "{}", live() - before);
        assert_eq!(chain.read_from(&mut io::empty(), max).unwrap(), 0);
        assert!(live() - before < 1000, "{}", live() - before);
    }
}

#[test]
fn writing_to_memory_allocates_only_to_grow() {
    let mut bytes = BytesIo::new();
    let mut text = StringIo::new();
    let mut write = || {
        bytes.rewind().unwrap();
        bytes.truncate(Some(0)).unwrap();
        text.seek(TextPosition::START).unwrap();
        text.truncate(Some(0)).unwrap();
        allocations(|| {
            for _ in 0..16 * 1024 {
                bytes.write_all(&[b'x'; 64]).unwrap();
                text.write_str("sixteen bytes, \n").unwrap();
            }
        })
    };
    // Twice 2^20 bytes, by doubling.
    assert!(write() <= 2 * 20);
    assert_eq!(write(), 0);
}

#[test]
fn a_small_write_after_a_small_write_allocates_nothing() {
    let mut writer = BufferedWriter::new(Adapter::writer(io::sink()));
    let mut round = || {
        for i in 0..10_000 {
            writer.write_all(b"sixteen bytes, \n").unwrap();
            writeln!(writer, "{i} and {i}").unwrap();
        }
    };
    round();
    assert_eq!(allocations(round), 0);
}

#[test]
fn blocks_of_a_pool_are_recycled_without_an_allocation() {
    let pool = Pool::new();
    drop([pool.acquire(4096), pool.acquire(4096)]);
    let count = allocations(|| {
        for _ in 0..1000 {
            let mut tail = pool.acquire(4096);
            tail.append(b"abc");
            let view = tail.chunk(..);
            drop((tail, view.clone(), view.slice(1..)));
        }
    });
    assert_eq!(count, 0);
}

#[test]
fn chunks_of_static_bytes_and_empty_ones_allocate_nothing() {
    let count = allocations(|| {
        let mut chunk = Chunk::from_static(b"static");
        drop((
            chunk.split_to(3),
            chunk.clone(),
            Chunk::new(),
            Chunk::from("text"),
        ));
    });
    assert_eq!(count, 0);
}

/// The header that counts them is the one allocation; where there are no bytes, there is none.
#[test]
fn local_chunks_of_a_block_allocate_once() {
    let block = Chunk::from(b"record\n".repeat(1000));
    let mut kept = Vec::with_capacity(5000);
    let count = allocations(|| {
        let mut local = LocalChunk::from(block.clone());
        for i in 0..1000 {
            kept.push(local.slice(i..));
            kept.push(local.clone());
            kept.push(local.split_to(1));
        }
        kept.extend(local.split_records(b'\n', Terminator::Keep));
        kept.clear();
        drop(Chunk::from(local));
    });
    assert_eq!((count, kept.capacity()), (1, 5000));
    let count = allocations(|| {
        let mut none = LocalChunk::from(block.slice(..0));
        drop((none.split_to(0), none.clone(), LocalChunk::new()));
        drop((
            none.split_records(b'\n', Terminator::Keep).count(),
            none.to_chunk(),
        ));
    });
    assert_eq!(count, 0);
}

#[test]
fn a_stream_that_is_never_used_allocates_nothing() {
    Pool::global(); // made once, at its first use in the process
    let memory = BytesIo::new();
    let count = allocations(|| {
        drop(BufferedReader::new(Adapter::reader(io::empty())));
        drop(BufferedWriter::new(Adapter::writer(io::sink())));
        drop(BufferedRandom::new(memory).unwrap());
    });
    assert_eq!(count, 0);
}

/// Fills a pipe's room with lines of 16 bytes, or some of it.
fn refill(pipe: &mut Pipe, n: usize) {
    let room = pipe.spare_mut(n).unwrap();
    let n = room.len().min(n);
    room[..n].fill(b'x');
    room[..n].chunks_mut(16).for_each(|line| line[0] = b'\n');
    pipe.commit(n).unwrap();
}

/// What a consumer does with a pipe that was just filled.
type Consume = fn(&mut Pipe, &Separator, &mut Vec<Chunk>);

fn borrowed(pipe: &mut Pipe, lf: &Separator, _: &mut Vec<Chunk>) {
    while let Progress::Ready(line) = pipe.next_record(lf, Terminator::Strip, 99).unwrap() {
        std::hint::black_box(line.take());
    }
}

/// Keeps the last hundred lines.
fn owned(pipe: &mut Pipe, lf: &Separator, kept: &mut Vec<Chunk>) {
    while let Progress::Ready(line) = pipe.next_record(lf, Terminator::Strip, 99).unwrap() {
        if kept.len() == 100 {
            kept.clear();
        }
        kept.push(line.take_chunk());
    }
}

/// Everything is read, and the block goes back to the pool each time.
fn idle_and_wake(pipe: &mut Pipe, _: &Separator, _: &mut Vec<Chunk>) {
    let _ = pipe.at_most(usize::MAX).unwrap().map(Span::consume);
}

#[test]
fn a_pipe_in_steady_state_allocates_nothing() {
    let lf = Separator::lf();
    for (consume, n) in [
        (borrowed as Consume, 5000),
        (owned, 5000),
        (owned, 100),
        (idle_and_wake, 3),
    ] {
        let pool = Pool::new();
        let mut pipe = PipeOptions::new().pool(&pool).build().unwrap();
        let mut kept = Vec::with_capacity(100);
        let mut rounds = |count: usize| {
            for _ in 0..count {
                refill(&mut pipe, n);
                consume(&mut pipe, &lf, &mut kept);
            }
        };
        rounds(1000);
        assert_eq!(allocations(|| rounds(1000)), 0, "{n}");
    }
}

#[test]
fn a_batch_of_lines_allocates_only_its_ends() {
    let lf = Separator::lf();
    let mut pipe = PipeOptions::new().pool(&Pool::new()).build().unwrap();
    let mut round = || -> Option<RecordBatch> {
        refill(&mut pipe, 4096);
        pipe.next_batch(&lf, 99).unwrap().ready()
    };
    for _ in 0..100 {
        drop(round());
    }
    // Numbers for 1024 lines at once.
    assert_eq!(allocations(|| drop(round())), 1);
    let batch = round().expect("256 lines");
    assert_eq!(
        allocations(|| assert_eq!(batch.local_chunks().count(), 256)),
        1
    );
}
