//! SPEC.md, "Chunks", "Buffered streams" and "Errors": what threads keep of the process-wide pool,
//! what streams take of it, and what the process-wide hook is told. A program of its own, since
//! everything else in a process uses that pool and that hook, too.

#![allow(
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helpers too"
)]

#[path = "../../support/mod.rs"]
mod support;

mod at_drop;
mod finishing;
#[cfg(unix)]
mod fork;
mod interrupted;
#[cfg(target_os = "linux")]
mod memory;

use std::cell::RefCell;
use std::io::{self, BufRead, ErrorKind, Read, Write};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

use iolite::chunk::ChunkBuilder;
use iolite::{Adapter, BufferedReader, BufferedWriter, Chunk, Pool};

const SIZE: usize = 128 << 10;

/// Runs one test after the other, each in a thread that has ended, with all it kept, before the
/// next begins.
fn alone(test: impl FnOnce() + Send + 'static) {
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Err(panic) = thread::spawn(test).join() {
        resume_unwind(panic);
    }
}

/// What one test writes into its blocks: the thread of the test before may still be ending, and
/// hand its own back.
#[derive(Clone, Copy)]
struct Mark(u64);

impl Mark {
    fn new() -> Mark {
        static NEXT: AtomicU64 = AtomicU64::new(0x6d61_726b_6564_0000);
        Mark(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    fn block(self) -> ChunkBuilder {
        let mut tail = Pool::global().acquire(SIZE);
        tail.append(&self.0.to_le_bytes());
        tail
    }

    fn is_on(self, tail: &mut ChunkBuilder) -> bool {
        tail.spare_mut().starts_with(&self.0.to_le_bytes())
    }
}

#[test]
fn chk_28_the_blocks_of_an_ended_thread_serve_others() {
    alone(|| {
        let pool = Pool::global();
        pool.trim();
        let mark = Mark::new();
        thread::spawn(move || drop(mark.block())).join().unwrap();
        let mut blocks: Vec<ChunkBuilder> = (0..200).map(|_| pool.acquire(SIZE)).collect();
        assert!(blocks.iter_mut().any(|block| mark.is_on(block)));
    });
}

thread_local! {
    static LAST: RefCell<Option<Chunk>> = const { RefCell::new(None) };
    static FIRST: RefCell<Option<Chunk>> = const { RefCell::new(None) };
}

/// Thread-local values are dropped in no promised order: one that is made before the pool's own
/// and one that is made after it stand for both.
#[test]
fn chk_28_a_block_that_comes_back_while_its_thread_ends_is_not_lost() {
    alone(|| {
        let pool = Pool::global();
        pool.trim();
        let before = pool.stats();
        thread::spawn(|| {
            FIRST.set(Some(Chunk::new()));
            drop(Pool::global().acquire(SIZE));
            let (first, last) = (Mark::new().block(), Mark::new().block());
            LAST.set(Some(last.freeze()));
            FIRST.set(Some(first.freeze()));
        })
        .join()
        .unwrap();
        let after = pool.stats();
        assert!(
            after.cached_bytes + (after.freed as usize - before.freed as usize) * SIZE >= 2 * SIZE,
            "{before:?} {after:?}"
        );
    });
}

#[test]
fn chk_29_a_trim_reaches_what_threads_keep() {
    alone(|| {
        let pool = Pool::global();
        let mark = Mark::new();
        let (to_thread, orders) = mpsc::channel::<()>();
        let (answer, answers) = mpsc::channel::<bool>();
        let thread = thread::spawn(move || {
            let pool = Pool::global();
            drop(mark.block());
            // The block has to be back before the answer goes out: a trim does not touch what is used.
            let kept = mark.is_on(&mut pool.acquire(SIZE));
            answer.send(kept).unwrap();
            orders.recv().unwrap();
            let kept = mark.is_on(&mut pool.acquire(SIZE));
            answer.send(kept).unwrap();
        });
        assert!(answers.recv().unwrap(), "the thread has it still");
        drop(mark.block());
        pool.trim();
        assert!(!mark.is_on(&mut pool.acquire(SIZE)), "ours is gone");
        to_thread.send(()).unwrap();
        assert!(!answers.recv().unwrap(), "the thread's too");
        thread.join().unwrap();
    });
}

/// Blocks of the process-wide pool that are in use.
fn outstanding() -> u64 {
    Pool::global().stats().outstanding
}

/// Gives a little, and then nothing for now, in turns.
struct Slow(bool);

impl Read for Slow {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0 = !self.0;
        match self.0 {
            true => (&b"some data"[..]).read(buf),
            false => Err(ErrorKind::WouldBlock.into()),
        }
    }
}

#[test]
fn buf_56_a_reader_that_waits_owns_no_block() {
    alone(|| {
        let before = outstanding();
        let mut reader = BufferedReader::new(Adapter::reader(Slow(false)));
        assert_eq!(outstanding(), before);
        for _ in 0..3 {
            assert_eq!(reader.fill_buf().unwrap(), b"some data");
            assert_eq!(outstanding(), before + 1);
            reader.consume(9);
            let error = reader.fill_buf().unwrap_err();
            assert_eq!(
                (error.kind(), outstanding()),
                (ErrorKind::WouldBlock, before)
            );
        }
    });
}

#[test]
fn buf_56_a_flushed_writer_owns_no_block() {
    alone(|| {
        let before = outstanding();
        let mut writer = BufferedWriter::new(Adapter::writer(Vec::new()));
        for _ in 0..3 {
            writer.write_all(b"some data").unwrap();
            assert_eq!(outstanding(), before + 1);
            writer.flush().unwrap();
            assert_eq!(outstanding(), before);
        }
    });
}
