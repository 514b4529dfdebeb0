//! [`TextPosition`]: a place in a text stream.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;

/// A place in a text stream that [`tell`](crate::TextIo::tell) gave and
/// [`seek`](crate::TextIo::seek) goes back to.
///
/// Opaque, as the PEP wants it: there is no arithmetic on it. It holds a byte offset and what a
/// decoder has to know there, and is good for any stream over the same bytes in the same
/// encoding. `Display` and `FromStr` write it down and read it again.
///
/// # Examples
///
/// ```
/// use iolite::{StringIo, TextIo, TextPosition};
///
/// let mut text = StringIo::from("one\ntwo\n");
/// text.next_line()?;
/// let second = text.tell()?;
/// text.seek(TextPosition::START)?;
/// text.seek(second.to_string().parse()?)?;
/// assert_eq!(text.next_line()?.as_deref(), Some("two"));
/// # Ok::<(), iolite::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextPosition {
    /// A byte offset in the stream at which decoding can start.
    pub(super) offset: u64,
    /// The decoder's state at the offset.
    pub(super) state: u8,
}

impl TextPosition {
    /// The start of a stream, before a byte-order mark.
    pub const START: TextPosition = TextPosition {
        offset: 0,
        state: 0,
    };
}

impl fmt::Display for TextPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.offset, self.state)
    }
}

impl FromStr for TextPosition {
    type Err = Error;

    /// Takes what `Display` wrote.
    fn from_str(text: &str) -> Result<TextPosition, Error> {
        let parts = text.split_once('/');
        let numbers = parts.and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
        match numbers {
            Some((offset, state)) => Ok(TextPosition { offset, state }),
            None => Err(Error::InvalidArgument {
                argument: "text position",
                problem: "not what a text position is written as",
            }),
        }
    }
}
