//! Encodings of the caller's own.
//!
//! A [`Codec`] is one; it answers in [`Decoded`]s. [`Own`] is its place in an
//! [`Encoding`](crate::Encoding). [`Reading`] and [`Writing`] hold it to its contract: nothing it
//! answers makes a stream panic, hang or lose its place.

mod codec;
mod decoded;
mod own;
mod reading;
mod writing;

pub use self::codec::Codec;
pub use self::decoded::Decoded;
pub(super) use self::own::Own;
pub(super) use self::reading::Reading;
pub(in crate::text) use self::writing::Writing;
use super::handler::{Missing, Substitute, Substitutes};
use super::step::Step;
