//! [`StrChunk`]: a chunk whose bytes were found to be UTF-8, once.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::{Deref, Range, RangeBounds};

use super::memory::TextView;
use super::view::{Chunk, within};
use crate::error::{ErrorWith, whole_chars};

/// A [`Chunk`] of UTF-8: text that shares its memory and was checked once.
///
/// Cloning, slicing and splitting copy no byte. Equality, order and hash are those of the text, so
/// a `StrChunk` can be the key of a map that is asked with a `&str`.
///
/// # Examples
///
/// ```
/// use std::collections::HashMap;
/// use iolite::StrChunk;
///
/// let line = StrChunk::from("name = Ada");
/// let (key, value) = (line.slice(..4), line.slice(7..));
/// assert_eq!(value, "Ada");
/// let settings = HashMap::from([(key, value)]);
/// assert_eq!(settings["name"], "Ada");
/// ```
#[derive(Clone)]
pub struct StrChunk(TextView);

/// What comes after the text that [`StrChunk::take_valid`] took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Utf8Rest {
    /// Nothing: all of the bytes are text.
    Empty,
    /// The start of a character, 1 to 3 bytes, whose other bytes may come later.
    Incomplete,
    /// So many malformed bytes, 1 to 3: the "maximal subpart" of the Unicode standard, chapter 3.9.
    Malformed(usize),
}

impl StrChunk {
    /// Empty text. Allocates nothing.
    pub const fn new() -> StrChunk {
        StrChunk::from_static("")
    }

    /// `'static` text. Copies and allocates nothing.
    pub const fn from_static(text: &'static str) -> StrChunk {
        StrChunk(TextView::from_static(text))
    }

    /// Takes the longest prefix that is UTF-8 off `bytes`, and says what comes after it. Copies
    /// nothing. Where all of the bytes have to be text, `StrChunk::try_from` is the call.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::chunk::Utf8Rest;
    /// use iolite::{Chunk, StrChunk};
    ///
    /// let mut bytes = Chunk::from_static(b"caf\xc3\xa9 \xff!");
    /// let (text, rest) = StrChunk::take_valid(&mut bytes);
    /// assert_eq!((text, rest), ("café ".into(), Utf8Rest::Malformed(1)));
    /// assert_eq!(bytes, b"\xff!");          // still there
    /// ```
    pub fn take_valid(bytes: &mut Chunk) -> (StrChunk, Utf8Rest) {
        let (text, error) = TextView::take_valid(&mut bytes.0);
        let rest = match error.map(|error| error.error_len()) {
            None => Utf8Rest::Empty,
            Some(None) => Utf8Rest::Incomplete,
            Some(Some(len)) => Utf8Rest::Malformed(len),
        };
        (StrChunk(text), rest)
    }

    /// Drops all but the first `n` bytes.
    ///
    /// # Panics
    ///
    /// If `n` is inside a character or beyond the end.
    pub fn truncate(&mut self, n: usize) {
        self.0.truncate(n);
    }

    /// The part `range` of this text, in bytes. Shares the memory.
    ///
    /// # Panics
    ///
    /// If the range is not inside the text, or begins or ends inside a character.
    #[must_use = "the text itself stays as it is"]
    pub fn slice(&self, range: impl RangeBounds<usize>) -> StrChunk {
        let Range { start, end } = within(range, self.len());
        self.part(start, end)
    }

    /// Takes the first `n` bytes off and returns them. Shares the memory.
    ///
    /// # Panics
    ///
    /// If `n` is inside a character or beyond the end.
    pub fn split_to(&mut self, n: usize) -> StrChunk {
        let head = self.slice(..n);
        self.0.advance(n);
        head
    }

    /// How many bytes of memory this text keeps alive; see [`Chunk::pinned`].
    pub fn pinned(&self) -> usize {
        self.0.pinned()
    }

    /// The same text, to be kept for long: copied into memory of its own if this one
    /// [pins](StrChunk::pinned) more than twice as much; see [`Chunk::compact`].
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::StrChunk;
    ///
    /// let page = StrChunk::from("é".repeat(9000));
    /// let title = page.slice(..2).compact();
    /// assert_eq!((&*title, title.pinned()), ("é", 2));
    /// ```
    #[must_use = "the compact text is returned"]
    pub fn compact(self) -> StrChunk {
        StrChunk(self.0.compact())
    }

    /// The part between two bytes. Takes one reference to the memory and no other, where the
    /// general [`slice`](StrChunk::slice) would check its bounds twice: row 9d.
    #[inline]
    pub(crate) fn part(&self, from: usize, to: usize) -> StrChunk {
        let mut part = self.clone();
        part.0.truncate(to);
        part.0.advance(from);
        part
    }

    /// Appends `next` without a copy, if it comes right after this text in the same memory; says
    /// whether.
    pub(crate) fn join(&mut self, next: &StrChunk) -> bool {
        self.0.join(&next.0)
    }

    /// The text as plain bytes, sharing the memory.
    pub fn into_chunk(self) -> Chunk {
        Chunk(self.0.into_view())
    }
}

impl Deref for StrChunk {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        self.0.as_str()
    }
}

impl AsRef<str> for StrChunk {
    fn as_ref(&self) -> &str {
        self
    }
}

impl AsRef<[u8]> for StrChunk {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl Borrow<str> for StrChunk {
    fn borrow(&self) -> &str {
        self
    }
}

impl Default for StrChunk {
    fn default() -> StrChunk {
        StrChunk::new()
    }
}

impl From<&str> for StrChunk {
    /// A copy.
    fn from(text: &str) -> StrChunk {
        StrChunk::from(text.to_owned())
    }
}

impl From<String> for StrChunk {
    /// Takes the text over without a copy.
    fn from(text: String) -> StrChunk {
        StrChunk::take_valid(&mut Chunk::from(text)).0
    }
}

impl TryFrom<Chunk> for StrChunk {
    /// Why the bytes are not text ([`Decode`](crate::Error::Decode), with the place in them), and
    /// the bytes.
    type Error = ErrorWith<Chunk>;

    /// All of the bytes, if they are UTF-8. Copies nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{Chunk, StrChunk};
    ///
    /// let text = StrChunk::try_from(Chunk::from_static(b"text"))?;
    /// assert_eq!(text, "text");
    /// let error = StrChunk::try_from(Chunk::from_static(b"\xff")).unwrap_err();
    /// assert_eq!(error.value(), b"\xff");
    /// # Ok::<(), iolite::Error>(())
    /// ```
    fn try_from(bytes: Chunk) -> Result<StrChunk, ErrorWith<Chunk>> {
        let (text, rest) = StrChunk::take_valid(&mut bytes.clone());
        if rest == Utf8Rest::Empty {
            return Ok(text);
        }
        let (_, malformed) = whole_chars(&bytes, true);
        let malformed = malformed.expect("something comes after the valid text");
        Err(ErrorWith::new(malformed.at(text.len() as u64), bytes))
    }
}

impl From<StrChunk> for Chunk {
    /// Shares the memory.
    fn from(text: StrChunk) -> Chunk {
        text.into_chunk()
    }
}

impl From<StrChunk> for String {
    /// A copy.
    fn from(text: StrChunk) -> String {
        (*text).to_owned()
    }
}

impl PartialEq for StrChunk {
    fn eq(&self, other: &StrChunk) -> bool {
        **self == **other
    }
}

impl Eq for StrChunk {}

impl PartialOrd for StrChunk {
    fn partial_cmp(&self, other: &StrChunk) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for StrChunk {
    fn cmp(&self, other: &StrChunk) -> Ordering {
        (**self).cmp(&**other)
    }
}

impl Hash for StrChunk {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

/// Comparisons with the strings of std, from both sides.
macro_rules! compare_with {
    ($($text:ty),*) => {$(
        impl PartialEq<$text> for StrChunk {
            fn eq(&self, other: &$text) -> bool {
                let other: &str = other;
                **self == *other
            }
        }

        impl PartialEq<StrChunk> for $text {
            fn eq(&self, other: &StrChunk) -> bool {
                other == self
            }
        }
    )*};
}
compare_with!(str, &str, String);

impl fmt::Display for StrChunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl fmt::Debug for StrChunk {
    /// Shows the length and the first 32 characters at most.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: String = self.chars().take(32).collect();
        write!(f, "StrChunk({} bytes: {shown:?})", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_joined_only_to_what_comes_after_it_in_the_same_memory() {
        let text = StrChunk::from("héllo wörld");
        let part = |from, to| text.part(from, to);
        let mut joined = part(0, 3);
        assert!(joined.join(&part(3, 7)) && joined.join(&part(7, 7)));
        assert_eq!((&*joined, joined.as_ptr()), ("héllo ", text.as_ptr()));
        assert!(!joined.join(&part(8, 13)), "a byte lies between");
        assert!(!joined.join(&part(6, 7)), "it lies there twice");
        assert!(!joined.join(&StrChunk::from("w")));
        assert!(!joined.join(&StrChunk::new()), "forever, and anywhere");
        drop(text);
        assert_eq!(&*joined, "héllo ");
    }
}
