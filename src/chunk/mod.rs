//! Floor 0, the chunk core: values that hold bytes. No I/O happens here.
//!
//! A [`Chunk`] is an immutable view of reference-counted memory: cloning and slicing it copies
//! no byte. A [`Pool`] recycles that memory, and a [`Tail`] is the one writer of a piece of it.
//! The law between them is Okio's: one writer may append behind any number of views, and memory
//! is reused from its start only when no view is left.

mod chain;
mod find;
#[allow(unsafe_code)]
mod memory;
mod pipe;
mod pool;
mod tail;
mod text;
mod view;

pub use self::chain::Chain;
pub use self::find::Separator;
pub use self::pipe::{
    Edge, Flow, Got, LineBatch, Mark, Pipe, PipeError, PipeOptions, PipeStats, Rejected,
};
pub use self::pool::{Pool, PoolStats};
pub use self::tail::Tail;
pub use self::text::StrChunk;
pub use self::view::Chunk;
