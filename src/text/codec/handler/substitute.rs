//! [`Substitute`]: what is written in the place of a character.

use std::borrow::Cow;

/// What an [`ErrorHandler`](super::ErrorHandler) has written in the place of a character.
///
/// # Examples
///
/// ```
/// use iolite::{
///     BufferedWriter, BytesIo, Encoding, ErrorHandler, Missing, OnError, Substitute, TextIo,
///     TextIoWrapper, TextOptions,
/// };
///
/// #[derive(Debug)]
/// struct Quotes;
///
/// impl ErrorHandler for Quotes {
///     fn name(&self) -> &str {
///         "quotes"
///     }
///
///     fn encode(&self, missing: &Missing) -> Option<Substitute> {
///         match missing.ch {
///             '“' | '”' => Some(Substitute::Text("\"".into())),
///             _ => None,
///         }
///     }
/// }
///
/// let options = TextOptions::new().encoding(Encoding::ASCII).errors(OnError::Custom(&Quotes));
/// let mut text = TextIoWrapper::with_options(BufferedWriter::new(BytesIo::new()), options);
/// text.write_str("“so”")?;
/// assert!(text.write_str("ä").is_err());
/// assert_eq!(text.detach()?.detach()?.getvalue(), b"\"so\"");
/// # Ok::<(), iolite::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Substitute {
    /// Text, which is encoded. If the encoding does not have all of it, the character is an error.
    Text(Cow<'static, str>),
    /// Bytes, as they are. In an encoding with shifts (`utf-7`, `hz`, `iso2022_*`) they are read as
    /// whatever the text before them left.
    Bytes(Cow<'static, [u8]>),
}
