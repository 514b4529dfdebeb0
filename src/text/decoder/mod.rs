//! Bytes to lines and pieces of text, for the streams and for callers that bring the bytes
//! themselves.
//!
//! A chain of three stages, each of which pulls from the one before it and knows nothing of the one
//! after it:
//!
//! ```text
//!   source -> input: bytes -> blocks: decoded text -> lines, fill: what the caller takes
//! ```

mod blocks;
mod decoded;
mod fill;
mod input;
mod lines;
mod partial_line;
mod pushed_bytes;
mod ready;
mod ready_chars;
#[cfg(test)]
mod tests;
mod text_block;
mod text_decoder;

pub use self::decoded::{DecodedLine, TextPiece};
pub(super) use self::lines::TextWindow;
pub(crate) use self::ready::LineAt;
pub use self::text_decoder::{DecoderState, TextDecoder};
