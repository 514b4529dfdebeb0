#![doc = include_str!("../README.md")]
#![deny(clippy::unwrap_used)]
#![deny(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap
)]

pub mod buffered;
pub mod chunk;
pub mod copy;
mod error;
mod io_base;
pub mod open;
pub mod prelude;
pub mod raw;
mod scan;
#[cfg(any(unix, windows))]
pub mod stdio;
pub mod text;

pub use crate::buffered::{
    BlockCache, BlockCacheBuilder, BufferedIo, BufferedRandom, BufferedReader, BufferedRwPair,
    BufferedWriter, DEFAULT_BUFFER_SIZE, PendingWrite,
};
pub use crate::chunk::{
    Backpressure, Chain, Chunk, LineBatch, LocalChunk, Mark, Pipe, PipeError, PipeOptions,
    PipeStats, Pool, PoolOptions, PoolStats, Progress, PushError, Separator, Span, StrChunk, Tail,
    Terminator,
};
pub use crate::copy::{CopyError, CopyOptions, CopySide, copy, copy_with};
pub use crate::error::{
    DetachError, DropHook, Error, ErrorWith, InterruptHook, ModeProblem, Operation, Result,
    set_drop_hook, set_interrupt_hook,
};
pub use crate::io_base::IoBase;
pub use crate::open::{
    Buffering, Mode, OpenOptions, Stream, TextReader, TextUpdater, TextWriter, open,
};
pub use crate::raw::{Adapter, BytesIo, FileIo, FileMode, Finishing, RawIo};
#[cfg(all(feature = "mmap", any(unix, windows)))]
pub use crate::raw::{MmapAccess, MmapIo, MmapOptions};
#[cfg(all(feature = "socket", any(unix, windows)))]
pub use crate::raw::{ReuniteError, SocketIo, SocketReader, SocketWriter};
pub use crate::text::{
    Codec, Decoded, Encoding, ErrorHandler, FmtWriter, Line, LineCounter, LineEnding, LineEndings,
    Lines, Malformed, Missing, Newline, NewlineDecoder, NewlineEncoder, OnError, PendingText,
    StringIo, Substitute, TextBatch, TextIo, TextIoWrapper, TextOptions, TextPosition, Utf8Reader,
    Utf8Writer,
};
