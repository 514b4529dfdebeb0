//! The conformance suite: one module per chapter of SPEC.md.
//!
//! Every test is named after the clause it proves: a plain test by its function
//! (`raw_12_a_directory_is_refused`), a row of a table by its case.

#![allow(
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helpers too"
)]

#[path = "../support/mod.rs"]
mod support;

mod base;
mod buffered;
mod buffered_random;
mod buffered_reader;
mod buffered_writer;
mod chain;
mod chain_seeds;
mod chunk;
mod error;
#[cfg(feature = "bytes")]
mod interop_bytes;
mod linecount;
mod pipe;
mod pipe_model;
mod pipe_search;
mod raw;
mod raw_memory;

#[path = "../support/text_contracts.rs"]
mod text_contracts;
#[path = "../support/text_naive.rs"]
mod text_naive;

mod codec;
mod newline;
mod open;
mod pool;
mod recode;
mod string;
mod text;
mod unix2dos;
