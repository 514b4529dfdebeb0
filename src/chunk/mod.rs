//! Floor 0, the chunk core: values that hold bytes. No I/O happens here.
//!
//! A [`Chunk`] is an immutable view of reference-counted memory: cloning and slicing it copies
//! no byte; a [`LocalChunk`] does that for one thread, at a lower price. A [`Pool`] recycles that
//! memory, and a [`Tail`] is the one writer of a piece of it. The law between them is Okio's: one
//! writer may append behind any number of views, and memory is reused from its start only when no
//! view is left.

mod chain;
mod chaos;
#[cfg(feature = "bytes")]
mod interop_bytes;
mod like_bytes;
mod local;
#[allow(unsafe_code)]
mod memory;
mod pipe;
mod pool;
mod segments;
mod separator;
#[cfg_attr(all(test, loom), path = "sync_loom.rs")]
mod sync;
mod tail;
mod text;
mod utf8;
mod view;

pub use self::chain::Chain;
pub use self::chaos::same_for_every_cut;
pub use self::local::LocalChunk;
pub use self::pipe::{
    Backpressure, LineBatch, Mark, Pipe, PipeError, PipeOptions, PipeStats, Progress, PushError,
    Span, Terminator,
};
pub use self::pool::{Pool, PoolOptions, PoolStats};
pub(crate) use self::segments::{LINK_FROM, Segments};
pub use self::separator::Separator;
pub use self::tail::Tail;
pub use self::text::StrChunk;
pub use self::view::Chunk;
