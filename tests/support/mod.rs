//! What the tests of every floor share.
//!
//! * `devices`: a device in memory that can be told to misbehave in every way a real one does,
//!   and that records what it was told.
//! * `contracts`: what a stream promises, as plain functions that are run over every device and
//!   every small buffer. Their failure messages name all coordinates.
//! * `gone`: closing so that it is closed, whatever other tests start just now.
//! * `layer`: a device, or a cache of its blocks, as one type.
//! * `naive`: the oracles, a few obvious lines each.
//! * `programs`: the examples, run as programs.
//! * `progress`: a sign of life from a test that takes long.
//! * `traced`: a test of this binary, run again under `strace`.
//!
//! Use it from a test binary with `#[path = "../support/mod.rs"] mod support;`.
#![allow(dead_code, reason = "no test binary uses everything")]

#[cfg(not(target_os = "linux"))]
use std::sync::LazyLock;
use std::time::Duration;
#[cfg(not(target_os = "linux"))]
use std::time::Instant;

pub(crate) mod contracts;
pub(crate) mod devices;
pub(crate) mod gone;
pub(crate) mod layer;
pub(crate) mod naive;
pub(crate) mod programs;
pub(crate) mod progress;
pub(crate) mod traced;

/// `full` with `--release`, which `.ci/run` does, else, ten times as slow, `quick`.
pub(crate) const fn full_or_quick(full: usize, quick: usize) -> usize {
    if cfg!(debug_assertions) { quick } else { full }
}

/// What the work of this thread costs: its processor time, however busy the machine is.
///
/// Where the system does not tell it, the time of day.
#[derive(Clone, Copy)]
pub(crate) struct CpuTime(Duration);

impl CpuTime {
    pub(crate) fn now() -> CpuTime {
        CpuTime(cpu_time())
    }

    pub(crate) fn elapsed(self) -> Duration {
        cpu_time() - self.0
    }
}

#[cfg(target_os = "linux")]
fn cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

#[cfg(not(target_os = "linux"))]
fn cpu_time() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed()
}

/// Whether case `number` of a long loop is tried: every one with `--release`, which `.ci/run` does,
/// else about one in `of`. They are scattered, so that loops within loops meet everything whatever
/// their lengths are; and they are the same ones in every run.
pub(crate) fn is_tried(number: usize, of: usize) -> bool {
    naive::Dice::new(number as u64).roll(full_or_quick(1, of)) == 0
}
