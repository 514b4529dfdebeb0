//! The asynchronous example programs, run as programs, each against a client that means no good.
//!
//! `cargo test --features tokio --test async`; half a minute, of which the server's patience is most.
#![allow(
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helpers too"
)]

#[allow(dead_code, reason = "not all of it is used here")]
#[path = "../../support/programs.rs"]
mod programs;

mod jsonrpc_stdio;
mod latin1_server;
