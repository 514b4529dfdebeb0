//! Encodings: bytes to text and text to bytes. Pure: no stream in sight.
//!
//! A [`Decoder`] takes one [`Step`] at a time over the bytes it is shown and keeps a few bytes of
//! state; an [`Encoder`] fills the room it is given. What they know of an encoding they ask its
//! [`Family`](family::Family): `family.rs` says what one can do, `table.rs` has a row for each
//! encoding. What happens on an error is decided by whoever calls, with an [`OnError`] and
//! [`Substitutes`].
//!
//! To add an encoding: a family, or a table for one that is there, in a file of its own, and a row
//! in the table.
//!
//! The rest of `text` uses what is listed below, and nothing else.

mod code_index;
mod custom;
mod decoder;
#[cfg(feature = "encodings")]
mod east_asian;
mod encoder;
mod encoding;
mod family;
mod names;
mod policy;
mod single_byte;
mod table;
mod unicode;
mod utf8_buffer;

pub use self::custom::{Codec, Decoded};
pub(super) use self::decoder::Decoder;
pub(super) use self::encoder::Encoder;
pub use self::encoding::Encoding;
pub(super) use self::family::{Encoded, Measure, Step, Stop};
pub use self::policy::{ErrorHandler, Malformed, Missing, OnError, Substitute};
pub(super) use self::policy::{Gaps, Replacing, Room, Substitutes};

#[cfg(test)]
mod tests;
