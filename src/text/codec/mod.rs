//! Encodings: bytes to text and text to bytes. Pure: no stream in sight.
//!
//! A [`Decoder`] makes text of the bytes it is shown, a step at a time, and keeps a few bytes of
//! state; an [`Encoder`] fills the room it is given. All that they know of an encoding comes from its
//! [`Family`](family::Family): `family.rs` says what a family does, `table.rs` has a row for each
//! encoding. The caller decides what happens on an error, with an [`ErrorPolicy`] and
//! [`EncodeReplacements`].
//!
//! To add an encoding, write a family, or a table for one that exists, in a file of its own, and add
//! a row to the table.
//!
//! The rest of `text` uses what is listed below, and nothing else.

mod code_index;
mod custom;
mod decode_all;
mod decoder;
#[cfg(feature = "encodings")]
mod east_asian;
mod encode_blocks;
mod encoder;
mod encoding;
mod family;
mod line_bytes;
mod locale;
mod names;
mod policy;
mod single_byte;
mod table;
mod unicode;
mod utf8_room;

pub use self::custom::{Codec, DecodeStep};
pub(super) use self::decode_all::decode_all;
pub(super) use self::decoder::Decoder;
pub(super) use self::encoder::Encoder;
pub use self::encoding::Encoding;
pub(super) use self::family::{DecodeStop, EncodeStop, Encoded, Measure, NO_MARK};
pub(super) use self::line_bytes::{CodeUnit, LineBytes};
pub(super) use self::policy::{
    EncodeReplacements, FixedReplacement, Gaps, ReplaceBuffer, Replacer,
};
pub use self::policy::{ErrorHandler, ErrorPolicy, MalformedBytes, Replacement, UnencodableChar};

#[cfg(test)]
mod tests;
