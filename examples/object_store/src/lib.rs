//! Objects in a store as devices: read from any place, written in parts.
//!
//! Any store that the crate `object_store` has (S3, Azure, Google, HTTP, a folder, memory) is then read by all
//! streams of iolite, and its lines by ranges.

mod count;
mod reader;
mod writer;

pub use self::count::count_lines;
pub use self::reader::ObjectIo;
pub use self::writer::ObjectWriter;
