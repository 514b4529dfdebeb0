//! Encodings: bytes to text and text to bytes. Pure: no stream in sight.
//!
//! A [`Decoder`] takes one [`Step`] at a time over the bytes it is shown and keeps a byte of
//! state; an [`Encoder`] appends to a buffer. What happens on an error is decided by whoever
//! calls, with an [`OnError`].

mod decoder;
mod encoder;
mod handler;
#[cfg(feature = "encodings")]
mod legacy;
mod registry;
mod single_byte;
mod step;
mod utf16;
mod utf8;

pub(super) use self::decoder::Decoder;
pub(super) use self::encoder::Encoder;
pub use self::handler::OnError;
pub use self::registry::Encoding;
pub(super) use self::step::{Measure, Step};
