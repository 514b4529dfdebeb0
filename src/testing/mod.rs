//! Tools to test streams, devices, codecs and parsers of your own (feature `testing`).
//!
//! ```toml
//! [dev-dependencies]
//! iolite = { version = "0.1", features = ["testing"] }
//! ```
//!
//! | you wrote | test it with |
//! |---|---|
//! | code over a [`RawIo`](crate::RawIo), or over `Read`, `Write` and `Seek` | [`HostileDevice`]: short, stalling, timing out, lying, stuck, failing, panicking, full …; [`Delegate`] changes single calls of a device |
//! | a [`RawIo`](crate::RawIo) | [`assert_raw_device`], [`assert_closes`] |
//! | a [`BufferedIo`](crate::BufferedIo) | [`assert_reads_all`], [`assert_writes_all`], [`assert_like_a_file`], [`assert_closes_buffered`] |
//! | a [`TextIo`](crate::TextIo) | [`assert_reads_text`] |
//! | a [`Codec`](crate::text::Codec) | [`assert_codec`], [`assert_decoding_ends`] |
//! | a parser | [`assert_chunking_invariant`] |
//!
//! Run each contract over every set of [`hampering_behaviours`] and over all small capacities: most
//! mistakes show where a buffer of 1 to 40 bytes ends. The tests of this crate do the same, with
//! these functions.

mod behaviour;
mod chunking;
mod closing;
mod codec;
mod delegate;
mod dice;
mod file_model;
mod file_ops;
mod hostile;
mod persist;
mod raw;
mod streams;
mod text;

pub use self::behaviour::{Behaviour, hampering_behaviours};
pub use self::chunking::assert_chunking_invariant;
pub use self::closing::{
    assert_closed, assert_closed_buffered, assert_closes, assert_closes_buffered,
    assert_says_closed,
};
pub use self::codec::{assert_codec, assert_decoding_ends};
pub use self::delegate::Delegate;
pub use self::dice::Dice;
pub use self::file_model::FileModel;
pub use self::file_ops::{
    FileOp, FileRules, apply_file_op, assert_like_a_file, give_to_both, some_file_ops,
};
pub use self::hostile::{CallCounts, EIO, HostileDevice, Probe};
pub use self::persist::{is_transient, retry_transient};
pub use self::raw::assert_raw_device;
pub use self::streams::{Giving, Taking, assert_reads_all, assert_writes_all};
pub use self::text::assert_reads_text;
