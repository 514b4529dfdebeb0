//! Encodings: bytes to text and text to bytes. Pure: no stream in sight.
//!
//! A [`Decoder`] takes one [`Step`] at a time over the bytes it is shown and keeps a few bytes of
//! state; an [`Encoder`] appends to a buffer. What happens on an error is decided by whoever
//! calls, with an [`OnError`] and [`Substitutes`].

mod byte_order;
mod byte_table;
mod charmap;
#[cfg(feature = "encodings")]
mod code_index;
mod custom;
mod decoder;
mod detect;
#[cfg(feature = "encodings")]
mod deviations;
mod encoder;
mod form;
mod gaps;
#[cfg(feature = "encodings")]
mod gb18030;
mod guard;
mod handler;
#[cfg(feature = "encodings")]
mod hangul;
#[cfg(feature = "encodings")]
mod hz;
#[cfg(feature = "encodings")]
mod iso2022;
#[cfg(feature = "encodings")]
mod iso2022_sets;
#[cfg(feature = "encodings")]
mod iso2022_writer;
#[cfg(feature = "encodings")]
mod jisx0213;
#[cfg(feature = "encodings")]
mod johab;
#[cfg(feature = "encodings")]
mod multi_byte;
#[cfg(feature = "encodings")]
mod multi_byte_table;
mod names;
#[cfg(feature = "encodings")]
mod paired;
#[cfg(feature = "encodings")]
mod paired_table;
mod piece;
mod registry;
mod replacing;
#[cfg(feature = "encodings")]
mod short_chars;
mod single_byte;
mod step;
mod utf16;
mod utf32;
mod utf7;
mod utf8;

pub(super) use self::custom::Writing;
pub use self::custom::{Codec, Decoded};
pub(super) use self::decoder::Decoder;
pub(super) use self::encoder::Encoder;
pub(super) use self::gaps::Gaps;
pub(super) use self::handler::Substitutes;
pub use self::handler::{ErrorHandler, Malformed, Missing, OnError, Substitute};
pub use self::registry::Encoding;
pub(super) use self::replacing::{Replacing, Room};
pub(super) use self::step::{Measure, Step};
