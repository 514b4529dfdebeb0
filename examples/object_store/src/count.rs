//! Counting the lines of an object by ranges.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;

use iolite::ranges::LineRange;
use iolite::{Encoding, Result, TextOptions};
use object_store::ObjectStore;
use object_store::path::Path;
use tokio::runtime::Handle;

use crate::ObjectIo;

/// How many lines an object has: each thread, or each machine, counts a range of them.
///
/// # Errors
///
/// What the store says, and malformed bytes.
///
/// # Panics
///
/// If a thread does.
pub fn count_lines(
    store: &Arc<dyn ObjectStore>,
    path: &Path,
    runtime: &Handle,
    encoding: Encoding,
    threads: NonZeroUsize,
) -> Result<usize> {
    let open = || ObjectIo::open(Arc::clone(store), path.clone(), runtime.clone());
    let options = TextOptions::new().encoding(encoding);
    let ranges = LineRange::split(&mut open()?, options, threads)?;
    let count = |range: &LineRange| {
        let (mut text, mut lines) = (range.read(open()?)?, 0);
        while let Some(batch) = text.next_batch()? {
            lines += batch.len();
        }
        Ok(lines)
    };
    thread::scope(|scope| {
        let workers: Vec<_> = ranges
            .iter()
            .map(|range| scope.spawn(|| count(range)))
            .collect();
        let counts = workers.into_iter();
        counts.map(|worker| worker.join().expect("no panic")).sum()
    })
}
