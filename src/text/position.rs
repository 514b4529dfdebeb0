//! [`TextPosition`]: a place in a text stream.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use crate::error::Error;

/// A place in a text stream that [`tell`](crate::TextIo::tell) gave and
/// [`seek`](crate::TextIo::seek) goes back to.
///
/// Opaque, as PEP 3116 wants it: there is no arithmetic on it. It holds a byte offset, the decoder's
/// state there, and how many characters to skip from there: an error policy may turn one malformed
/// sequence into several characters, a custom encoding any sequence, and a position may be between
/// them. It is valid for any stream over the same bytes in the same encoding with the same error
/// policy. `Display` and `FromStr` write it down and read it again.
///
/// # Examples
///
/// ```
/// use iolite::{StringIo, TextIo};
/// use iolite::text::TextPosition;
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
    pub(super) state: u64,
    /// How many characters to skip, of those that the bytes at the offset became. Not 0 only inside
    /// what malformed bytes, or a sequence of a custom codec, became.
    pub(super) skip: u32,
}

impl TextPosition {
    /// The start of a stream, before a byte-order mark.
    pub const START: TextPosition = TextPosition {
        offset: 0,
        state: 0,
        skip: 0,
    };

    /// At a byte offset where a character begins.
    #[inline]
    pub(super) fn new(offset: u64, state: u64) -> TextPosition {
        TextPosition {
            offset,
            state,
            skip: 0,
        }
    }

    /// So many characters farther, inside the text of the same bytes.
    pub(super) fn inside(self, characters: usize) -> TextPosition {
        let characters = u32::try_from(characters).unwrap_or(u32::MAX);
        TextPosition {
            skip: self.skip.saturating_add(characters),
            ..self
        }
    }
}

impl fmt::Display for TextPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.offset, self.state)?;
        match self.skip {
            0 => Ok(()),
            skip => write!(f, "/{skip}"),
        }
    }
}

impl FromStr for TextPosition {
    type Err = Error;

    /// Takes what `Display` wrote.
    fn from_str(text: &str) -> Result<TextPosition, Error> {
        read(text).ok_or(Error::InvalidArgument {
            argument: "text position",
            problem: "not what a text position is written as",
        })
    }
}

fn read(text: &str) -> Option<TextPosition> {
    let mut parts = text.split('/');
    let position = TextPosition {
        offset: parts.next()?.parse().ok()?,
        state: parts.next()?.parse().ok()?,
        skip: match parts.next() {
            Some(skip) => skip.parse::<NonZeroU32>().ok()?.get(),
            None => 0,
        },
    };
    parts.next().is_none().then_some(position)
}
