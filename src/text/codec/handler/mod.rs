//! What happens to bytes that are no text and to text that has no bytes.
//!
//! [`OnError`] names the policy; [`ErrorHandler`] is a caller's own. A decoder's caller asks for
//! the text of [`Malformed`] bytes; an encoder asks its [`Substitutes`] for what is written in the
//! place of a [`Missing`] character. [`escape`] is the mapping of bytes to characters and back.

mod error_handler;
pub(super) mod escape;
mod malformed;
mod missing;
mod on_error;
mod replacement;
mod spelling;
mod substitute;
mod substitutes;

pub use self::error_handler::ErrorHandler;
pub use self::malformed::Malformed;
pub use self::missing::Missing;
pub use self::on_error::OnError;
pub(super) use self::replacement::Replacement;
pub use self::substitute::Substitute;
pub(in crate::text) use self::substitutes::Substitutes;
use super::registry::Encoding;
