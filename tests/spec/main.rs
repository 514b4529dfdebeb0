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

mod adapter_finish;
mod base;
mod block_cache;
mod buffered;
mod buffered_edges;
mod buffered_model;
mod buffered_random;
mod buffered_reader;
mod buffered_records;
mod buffered_room;
#[cfg(all(target_os = "linux", feature = "socket"))]
mod buffered_signals;
#[cfg(all(unix, feature = "socket"))]
mod buffered_socket;
mod buffered_std;
mod buffered_writer;
mod bytes_in_memory;
mod chain;
mod chain_cutoff;
mod chain_seeds;
mod chain_std;
mod chunk;
mod chunk_memory;
mod chunk_traits;
#[cfg(unix)]
mod copy;
#[cfg(target_os = "linux")]
mod copy_traced;
#[cfg(unix)]
mod descriptor;
mod error;
#[cfg(unix)]
mod file_close;
#[cfg(unix)]
mod file_faults;
mod files;
#[cfg(unix)]
mod files_given;
mod files_shared;
#[cfg(unix)]
mod files_unix;
#[cfg(feature = "bytes")]
mod interop_bytes;
mod local_chunk;
mod pipe;
mod pipe_forms;
mod pipe_limits;
mod pipe_lines;
mod pipe_model;
mod pipe_search;
mod pipe_std;
mod positions;
mod random_bounds;
mod random_cost;
mod random_errors;
mod random_model;
mod random_std;
mod random_turns;
mod raw;
mod raw_memory;
mod raw_panics;
mod raw_whole;
mod rw_pair;
#[cfg(unix)]
mod stdio;

#[path = "../support/text_codecs.rs"]
mod text_codecs;
#[path = "../support/text_contracts.rs"]
mod text_contracts;
#[path = "../support/text_naive.rs"]
mod text_naive;
#[path = "../support/text_policies.rs"]
mod text_policies;

mod codec;
mod codec_every;
mod codec_names;
mod codec_nonsense;
mod codec_pairs;
mod codec_runs;
mod codec_tables;
mod codecs_broken;
mod codecs_own;
mod decode_groups;
mod decode_malformed;
#[cfg(all(feature = "mmap", any(unix, windows)))]
mod memory_map;
mod newline;
mod open;
mod open_stream;
mod policies;
mod policies_custom;
mod policies_escape;
mod pool;
#[cfg(all(feature = "socket", any(unix, windows)))]
mod socket;
mod std_methods;
mod string;
#[cfg(target_os = "linux")]
mod system_traced;
mod tail;
mod testing;
mod text;
