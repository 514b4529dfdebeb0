//! Work on many threads whose results come in the order of the work.

use std::collections::BTreeMap;
use std::sync::{Mutex, mpsc};
use std::thread;

use crate::status::Failure;

/// How many pieces of work are under way for each thread at most: results wait for a slow one before
/// them, and their number, so the memory that they take, ends here.
const AHEAD: usize = 64;

/// Does `work` for each item, on so many threads, and gives `done` the items with their results in
/// order. Each thread has a buffer that its work may use.
pub(super) fn in_order<T: Send, R: Send>(
    items: impl Iterator<Item = T>,
    threads: usize,
    work: impl Fn(&T, &mut Vec<u8>) -> R + Sync,
    mut done: impl FnMut(T, R) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut items = items.peekable();
    let Some(first) = items.next() else {
        return Ok(());
    };
    let all = std::iter::once(first);
    if threads == 1 || items.peek().is_none() {
        let mut buffer = Vec::new();
        for item in all.chain(items) {
            let result = work(&item, &mut buffer);
            done(item, result)?;
        }
        return Ok(());
    }
    let (jobs, queue) = mpsc::channel::<(usize, T)>();
    let queue = Mutex::new(queue);
    thread::scope(|scope| {
        let (finished, results) = mpsc::channel();
        for _ in 0..threads {
            let (finished, queue, work) = (finished.clone(), &queue, &work);
            scope.spawn(move || {
                let mut buffer = Vec::new();
                // The lock is free again before the work begins.
                let next = || queue.lock().ok()?.recv().ok();
                while let Some((number, item)) = next() {
                    let result = work(&item, &mut buffer);
                    if finished.send((number, item, result)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(finished);
        // Dropped at the end of the closure, also early: the threads end with the queue.
        let jobs = jobs;
        let mut numbered = all.chain(items).enumerate().fuse();
        let (mut sent, mut next) = (0, 0);
        let mut waiting = BTreeMap::new();
        loop {
            while sent < next + threads * AHEAD {
                let Some(job) = numbered.next() else { break };
                sent += 1;
                if jobs.send(job).is_err() {
                    break;
                }
            }
            if next == sent {
                return Ok(());
            }
            // None is missing: a thread that panicked ends the program when the scope ends.
            let Ok((number, item, result)) = results.recv() else {
                return Ok(());
            };
            waiting.insert(number, (item, result));
            while let Some((item, result)) = waiting.remove(&next) {
                next += 1;
                done(item, result)?;
            }
        }
    })
}
