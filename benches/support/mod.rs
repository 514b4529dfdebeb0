//! What the benchmarks share.
//!
//! * `bench`: one benchmark program: its arguments, its inputs, its tables.
//! * `table`: rows that do the same work, run in turn, and what came out.
//! * `inputs`: files made by a generator, the same in every run.
//! * `connection`: two ends of a socket and a thread at the far one; `pin`: both on one processor.
//! * `link`: two ends of a link, and calls between them.
//! * `direct_mapped`: caches written by hand, for limit rows.
//! * `masks`: lines by bit masks, written by hand.
//! * `places`: where a file is read or written, in ways that programs do it.
//! * `foreign`: decoding by encoding_rs, for peers.
//! * `ways`: lines of a file in the ways that programs read them.
//! * `record`: what a run leaves behind for `report`, which makes `RESULTS.md` of it.
//! * `report`, `plot`: that page, its tables and plots.
//! * `python`: the same work by CPython, timed inside it; `cpython`: a file decoded by it and by us.
//! * `by_hand`: writing without errors and layers: the limit rows; `encode_by_hand`: the same in an
//!   encoding; `sink`: our own streams to the same place.
//! * `fills`: lines as they come from a device: some straddle two reads; `records`: those lines
//!   as values or borrowed.
//!
//! Use it from a benchmark with `mod support;`.
#![allow(dead_code, reason = "no benchmark uses everything")]

pub(crate) mod bench;
pub(crate) mod by_hand;
#[cfg(unix)]
pub(crate) mod connection;
pub(crate) mod cpython;
#[cfg(unix)]
pub(crate) mod direct_mapped;
pub(crate) mod encode_by_hand;
pub(crate) mod fills;
pub(crate) mod foreign;
pub(crate) mod inputs;
#[cfg(all(unix, feature = "link", feature = "socket"))]
pub(crate) mod link;
pub(crate) mod masks;
pub(crate) mod pin;
pub(crate) mod places;
mod plot;
pub(crate) mod python;
pub(crate) mod record;
pub(crate) mod records;
pub(crate) mod report;
pub(crate) mod sink;
pub(crate) mod table;
pub(crate) mod ways;
