//! What happens to malformed bytes, and to characters that an encoding does not have.
//!
//! [`ErrorPolicy`] names the policy; [`ErrorHandler`] is one that the user writes. A reader asks
//! the policy for the text of [`MalformedBytes`]; an encoder asks its [`EncodeReplacements`] for
//! what is written for an [`UnencodableChar`]. [`Replacer`] decodes text with many malformed bytes
//! in one pass. [`escape`] is the mapping of bytes to characters and back, and [`RoundTrip`] makes
//! sure that the way back gives the same bytes.

mod encode_replacements;
mod error_policy;
mod escape;
mod fixed_replacement;
mod handler;
mod replacer;
mod round_trip;

pub(in crate::text) use self::encode_replacements::EncodeReplacements;
pub use self::error_policy::ErrorPolicy;
pub(in crate::text) use self::fixed_replacement::FixedReplacement;
pub use self::handler::{ErrorHandler, MalformedBytes, Replacement, UnencodableChar};
pub(in crate::text) use self::replacer::{Gaps, ReplaceBuffer, Replacer};
pub(in crate::text) use self::round_trip::RoundTrip;
use super::encoder::Encoder;
use super::encoding::Encoding;
use super::family::Family;
