//! What happens to bytes that are no text and to text that has no bytes.
//!
//! [`OnError`] names the policy; [`ErrorHandler`] is a caller's own. A decoder's caller asks for
//! the text of [`Malformed`] bytes; an encoder asks its [`Substitutes`] for what is written in the
//! place of a [`Missing`] character. [`Replacing`] does the former for many malformed bytes at
//! once. [`escape`] is the mapping of bytes to characters and back, and [`RoundTrip`] keeps to it.

mod escape;
mod handlers;
mod on_error;
mod replacement;
mod replacing;
mod round_trip;
mod substitutes;

pub use self::handlers::{ErrorHandler, Malformed, Missing, Substitute};
pub use self::on_error::OnError;
use self::replacement::Replacement;
pub(in crate::text) use self::replacing::{Gaps, Replacing, Room};
pub(in crate::text) use self::round_trip::RoundTrip;
pub(in crate::text) use self::substitutes::Substitutes;
use super::encoder::Encoder;
use super::encoding::Encoding;
use super::family::Family;
