//! The guide: a page for each task. Every example on these pages runs as a test, on real files and
//! sockets.
//!
//! | task | page |
//! |---|---|
//! | read a log that is not UTF-8, and go on after bad bytes | [A log in windows-1252](windows_1252_log) |
//! | change a text file and nothing else in it | [Edit a file, keep its encoding and line ends](edit_in_place) |
//! | answer lines on a socket, with time-outs and limits | [A line protocol](line_protocol) |
//! | parse a protocol without doing its I/O, also in async code | [Frames from a non-blocking socket](frames) |
#![cfg_attr(
    feature = "tokio",
    doc = "| lines in async code, with limits, time-outs and `select!` | [Text in async code](async_text) |"
)]
//! | decode and encode bytes that come from nowhere in particular | [Text without a stream](text_without_a_stream) |
//! | talk to another program | [A child process, both ways](child_process) |
#![cfg_attr(
    all(feature = "link", feature = "socket", any(unix, windows)),
    doc = "| call commands of another program, and stream items to it | [Two programs talk](two_programs_talk) |"
)]
//! | put a compressor or a cipher under text | [Gzip both ways](gzip) |
//! | keep records in a file, read and written through one position | [A record file](record_file) |
//! | wait for what is appended to a file | [Follow a growing file](follow_a_file) |
//! | use all processors for the lines of one file | [Lines to worker threads](worker_threads) |
//! | read one file with many threads or machines | [Ranges for workers](ranges_for_workers) |
//! | read an encoding that is not there | [Write a codec](write_a_codec) |
//! | test code over streams, a device, a codec, a parser | [Test your own](test_your_own) |
//! | find what I know from elsewhere | [From Python](from_python), [From std](from_std) |
//!
//! All examples begin with `use iolite::prelude::*;`, which brings the traits of the layers. How it
//! works inside is told in [`_design`](crate::_design).

#[doc = include_str!("windows_1252_log.md")]
pub mod windows_1252_log {}

#[doc = include_str!("edit_in_place.md")]
pub mod edit_in_place {}

#[cfg(feature = "socket")]
#[doc = include_str!("line_protocol.md")]
pub mod line_protocol {}

#[doc = include_str!("frames.md")]
pub mod frames {}

#[cfg(feature = "tokio")]
#[doc = include_str!("async_text.md")]
pub mod async_text {}

#[doc = include_str!("text_without_a_stream.md")]
pub mod text_without_a_stream {}

#[doc = include_str!("child_process.md")]
pub mod child_process {}

#[cfg(all(feature = "link", feature = "socket", any(unix, windows)))]
#[doc = include_str!("two_programs_talk.md")]
pub mod two_programs_talk {}

#[doc = include_str!("gzip.md")]
pub mod gzip {}

#[doc = include_str!("record_file.md")]
pub mod record_file {}

#[doc = include_str!("follow_a_file.md")]
pub mod follow_a_file {}

#[doc = include_str!("worker_threads.md")]
pub mod worker_threads {}

#[doc = include_str!("ranges_for_workers.md")]
pub mod ranges_for_workers {}

#[doc = include_str!("write_a_codec.md")]
pub mod write_a_codec {}

#[doc = include_str!("from_python.md")]
pub mod from_python {}

#[doc = include_str!("from_std.md")]
pub mod from_std {}

#[doc = include_str!("test_your_own.md")]
pub mod test_your_own {}
