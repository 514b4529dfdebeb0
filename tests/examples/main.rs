//! The example programs, run as programs on real files and beside the system's own where it has
//! them (`wc`). What each promises stands at its head.
//!
//! `cargo test --test examples` runs them, `-- linecount` one of them. A minute, of which the programs
//! themselves take a few seconds: those that are not built yet are built first.
#![allow(
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helpers too"
)]

#[allow(dead_code, reason = "the conformance suite needs the rest")]
#[path = "../support/programs.rs"]
mod programs;

mod linecount;
