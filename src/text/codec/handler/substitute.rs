//! [`Substitute`]: what is written in the place of a character.

use std::borrow::Cow;

/// What an [`ErrorHandler`](super::ErrorHandler) has written in the place of a character.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Substitute {
    /// Text, which is encoded. If the encoding does not have all of it, the character is an error.
    Text(Cow<'static, str>),
    /// Bytes, as they are. In an encoding with shifts (`utf-7`, `iso2022_jp`) they are read as
    /// whatever the text before them left.
    Bytes(Cow<'static, [u8]>),
}
