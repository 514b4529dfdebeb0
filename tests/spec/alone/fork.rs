//! Chapter "Chunks": what the child of a fork can do.

use std::hint::black_box;
use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use iolite::{Chain, Pipe, Pool};

use super::alone;

/// What a child does: every way to the pools.
fn use_pools(private: &Pool) {
    for pool in [Pool::global(), private] {
        let mut block = pool.acquire(1000);
        block.append(b"a block that comes back");
        let view = block.chunk(..);
        drop(block);
        assert_eq!(view, "a block that comes back");
        drop(view);
        black_box(pool.stats());
        pool.trim();
    }
    let mut pipe = Pipe::new();
    pipe.write_all(b"through a pipe").unwrap();
    let mut chain = Chain::new();
    chain.append(pipe.at_most(99).unwrap().ready().unwrap().take());
    let mut text = String::new();
    chain.read_to_string(&mut text).unwrap();
    assert_eq!(text, "through a pipe");
}

/// Runs `child` in a forked process; whether it came to its end within some seconds.
#[allow(
    unsafe_code,
    reason = "there is no safe fork; the child only allocates, which the C library allows, and exits"
)]
fn forked(child: impl FnOnce()) -> bool {
    // SAFETY: the child has this thread only. It calls what is tried here, the allocator, which the
    // C library keeps usable, and `_exit`; a panic of it does not get further.
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        // SAFETY: no memory is concerned.
        unsafe { libc::alarm(20) };
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(child));
        // SAFETY: ends the process, and with it everything that borrows.
        unsafe { libc::_exit(i32::from(outcome.is_err())) };
    }
    assert!(pid > 0, "no child");
    let mut status = 0;
    // SAFETY: `status` is a place to write to.
    let waited = unsafe { libc::waitpid(pid, &raw mut status, 0) };
    assert_eq!(waited, pid);
    libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0
}

/// Other threads hold every lock of the pools most of the time; some of the children are forked in
/// such a moment.
#[test]
fn chk_45_a_child_waits_for_no_thread_that_is_gone() {
    alone(|| {
        let private = Pool::new();
        let done = Arc::new(AtomicBool::new(false));
        let busy = |act: fn(&Pool)| {
            let (done, private) = (Arc::clone(&done), private.clone());
            thread::spawn(move || {
                while !done.load(Ordering::Relaxed) {
                    act(Pool::global());
                    act(&private);
                }
            })
        };
        let threads = [
            busy(|pool| {
                black_box(pool.stats());
            }),
            busy(|pool| {
                drop((pool.acquire(64), pool.acquire(4096)));
                pool.trim();
            }),
            // Each new thread puts itself into the list, and takes itself out.
            busy(|pool| {
                let pool = pool.clone();
                thread::spawn(move || drop(pool.acquire(64)))
                    .join()
                    .unwrap();
            }),
        ];
        let hung = (0..150).filter(|_| !forked(|| use_pools(&private))).count();
        done.store(true, Ordering::Relaxed);
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        assert_eq!(hung, 0, "of 150 children");
    });
}
