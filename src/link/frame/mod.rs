//! Frames: how objects stand in a stream of bytes, so that a reader finds where each ends. No I/O
//! happens here.
//!
//! Both ends of a connection agree on a [`Framing`] beforehand.
//!
//! | | for | finds the next frame after a broken one |
//! |---|---|---|
//! | [`CborSequence`] | TCP, Unix sockets, pipes: MoaT's default | no |
//! | [`Prefixed`] | a line that also carries text for people | yes |
//! | [`SerialPacker`] | a serial line, which loses and changes bytes | yes |
//! | [`LengthPrefixed`] | other programs' framing: four bytes of length | yes |
//! | [`JsonLines`] | programs that only read JSON | yes |

mod cbor_sequence;
mod error;
mod failure;
mod framing;
mod json_lines;
mod length_prefixed;
mod prefixed;
mod serial_packer;
mod take;

pub use self::cbor_sequence::CborSequence;
pub use self::error::FrameError;
pub use self::framing::Framing;
pub use self::json_lines::JsonLines;
pub use self::length_prefixed::LengthPrefixed;
pub use self::prefixed::Prefixed;
pub use self::serial_packer::{SerialPacker, SerialPackerOptions};
