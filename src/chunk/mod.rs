//! Floor 0, the chunk core: values that hold bytes. No I/O happens here.
//!
//! A [`Chunk`] is an immutable view of reference-counted memory: cloning and slicing it copies no
//! byte; a [`LocalChunk`] does that for one thread, at a lower price. A [`Pool`] recycles that
//! memory, and a [`ChunkBuilder`] is the one writer of a piece of it. The law between them is
//! Okio's: one writer may append after any number of views, and memory is reused from its start
//! only when no view is left.

#[cfg(feature = "bytes")]
#[allow(unsafe_code)]
mod buf_mut;
mod chain;
mod chunk_builder;
#[cfg(feature = "bytes")]
mod interop_bytes;
mod like_bytes;
mod local;
#[allow(unsafe_code)]
mod memory;
mod pipe;
mod pool;
mod segment;
mod segments;
mod separator;
#[cfg_attr(all(test, loom), path = "sync_loom.rs")]
mod sync;
mod text;
mod utf8;
mod view;

pub use self::chain::Chain;
pub use self::chunk_builder::ChunkBuilder;
pub use self::local::LocalChunk;
pub use self::pipe::{
    Backpressure, Mark, OwnedBytes, Pipe, PipeError, PipeOptions, PipeStats, Progress, PushError,
    RecordBatch, RecordBatchIter, Span, Terminator,
};
pub use self::pool::{Pool, PoolOptions, PoolStats};
pub(crate) use self::segments::{COPY_THRESHOLD, Segments};
pub(crate) use self::separator::Search;
pub use self::separator::Separator;
pub use self::text::{StrChunk, Utf8Rest};
pub use self::view::Chunk;
