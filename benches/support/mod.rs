//! What the benchmarks share.
//!
//! * `bench`: one benchmark program: its arguments, its inputs, its tables.
//! * `table`: rows that do the same work, run in turn, and what came out.
//! * `inputs`: files made by a generator, the same in every run.
//! * `places`: where a file is read or written, in ways that programs do it.
//! * `direct_mapped`: caches written by hand, for limit rows.
//! * `connection`: two ends of a socket and a thread at the far one; `pin`: both on one processor.
//! * `foreign`: decoding by encoding_rs, for peers.
//! * `record`: what a run leaves behind for `report`, which makes `RESULTS.md` of it.
//! * `report`, `plot`: that page, its tables and plots.
//! * `python`: the same work by CPython, timed inside it.
//!
//! Use it from a benchmark with `mod support;`.
#![allow(dead_code, reason = "no benchmark uses everything")]

pub(crate) mod bench;
#[cfg(unix)]
pub(crate) mod connection;
#[cfg(unix)]
pub(crate) mod direct_mapped;
pub(crate) mod foreign;
pub(crate) mod inputs;
pub(crate) mod pin;
pub(crate) mod places;
mod plot;
pub(crate) mod python;
pub(crate) mod record;
pub(crate) mod report;
pub(crate) mod table;
