//! One processor for both ends of a connection: what is measured is then the work of both, and
//! not where the scheduler put them.

/// Pins this thread, and with it all that it starts, to the first processor it may use.
#[cfg(target_os = "linux")]
pub(crate) fn to_one_processor() {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

    let pinned = sched_getaffinity(None).and_then(|all| {
        let first = (0..CpuSet::MAX_CPU).find(|&number| all.is_set(number));
        let mut one = CpuSet::new();
        one.set(first.unwrap_or(0));
        sched_setaffinity(None, &one)
    });
    if let Err(error) = pinned {
        eprintln!("not pinned to one processor: {error}");
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn to_one_processor() {
    eprintln!("not pinned to one processor: that is Linux's");
}
