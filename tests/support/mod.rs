//! What the tests of every floor share.
//!
//! * `devices`: a device in memory that can be told to misbehave in every way a real one does,
//!   and that records what it was told.
//! * `contracts`: what a stream promises, as plain functions that are run over every device and
//!   every small buffer. Their failure messages name all coordinates.
//! * `layer`: a device, or a cache of its blocks, as one type.
//! * `naive`: the oracles, a few obvious lines each.
//! * `programs`: the examples, run as programs.
//! * `traced`: a test of this binary, run again under `strace`.
//!
//! Use it from a test binary with `#[path = "../support/mod.rs"] mod support;`.
#![allow(dead_code, reason = "no test binary uses everything")]

pub(crate) mod contracts;
pub(crate) mod devices;
pub(crate) mod layer;
pub(crate) mod naive;
pub(crate) mod programs;
pub(crate) mod traced;
