//! [`StrChunk`]: a chunk whose bytes were found to be UTF-8, once.

use std::fmt;
use std::ops::Deref;

use super::memory::TextView;
use super::view::Chunk;

/// A [`Chunk`] of UTF-8: text that shares its memory, checked once and never again.
///
/// # Examples
///
/// ```
/// use iolite::{Chunk, StrChunk};
///
/// let mut bytes = Chunk::from_static(b"caf\xc3\xa9 \xff!");
/// let (text, stop) = StrChunk::take_valid(&mut bytes);
/// assert_eq!(&*text, "café ");
/// assert_eq!(stop, Some(Some(1)));      // one malformed byte follows …
/// assert_eq!(bytes, b"\xff!");          // … and is still there
/// ```
#[derive(Clone)]
pub struct StrChunk(TextView);

impl StrChunk {
    /// Empty text. Allocates nothing.
    pub const fn new() -> StrChunk {
        StrChunk(TextView::EMPTY)
    }

    /// Takes the longest prefix that is UTF-8 off `bytes`. Copies nothing.
    ///
    /// The second value says why it ends before the end of `bytes`: `None`, it does not;
    /// `Some(None)`, the rest is the start of a character; `Some(Some(n))`, the next `n` bytes
    /// are malformed (1 to 3: the "maximal subpart" of the Unicode standard, chapter 3.9).
    pub fn take_valid(bytes: &mut Chunk) -> (StrChunk, Option<Option<usize>>) {
        let (text, error) = TextView::take_valid(&mut bytes.0);
        (StrChunk(text), error.map(|error| error.error_len()))
    }

    /// Drops all but the first `n` bytes.
    ///
    /// # Panics
    ///
    /// If `n` is inside a character or beyond the end.
    pub fn truncate(&mut self, n: usize) {
        self.0.truncate(n);
    }

    /// Takes the first `n` bytes off and returns them. Shares the memory.
    ///
    /// # Panics
    ///
    /// If `n` is inside a character or beyond the end.
    pub fn split_to(&mut self, n: usize) -> StrChunk {
        let mut head = self.clone();
        head.truncate(n);
        self.0.advance(n);
        head
    }

    /// How many bytes of memory this text keeps alive; see [`Chunk::pinned`].
    pub fn pinned(&self) -> usize {
        self.0.pinned()
    }

    /// The same text, for long: copied into memory of its own if this one
    /// [pins](StrChunk::pinned) more than twice as much; see [`Chunk::compact`].
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{Chunk, StrChunk};
    ///
    /// let mut page = Chunk::from("é".repeat(9000));
    /// let (mut text, _) = StrChunk::take_valid(&mut page);
    /// let title = text.split_to(2).compact();
    /// assert_eq!((&*title, title.pinned()), ("é", 2));
    /// ```
    #[must_use = "the compact text is returned"]
    pub fn compact(self) -> StrChunk {
        StrChunk(self.0.compact())
    }

    /// The part between two bytes, sharing the memory: one reference more, and no other.
    #[inline]
    pub(crate) fn part(&self, from: usize, to: usize) -> StrChunk {
        let mut part = self.clone();
        part.0.truncate(to);
        part.0.advance(from);
        part
    }

    /// Takes `next` in at the end without a copy, if it is what lies there in the same memory;
    /// says whether.
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

impl Default for StrChunk {
    fn default() -> StrChunk {
        StrChunk::new()
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
    fn text_is_joined_only_to_what_lies_behind_it_in_the_same_memory() {
        let mut bytes = Chunk::copy_from_slice("héllo wörld".as_bytes());
        let (text, _) = StrChunk::take_valid(&mut bytes);
        let part = |from, to| text.part(from, to);
        let mut joined = part(0, 3);
        assert!(joined.join(&part(3, 7)) && joined.join(&part(7, 7)));
        assert_eq!((&*joined, joined.as_ptr()), ("héllo ", text.as_ptr()));
        assert!(!joined.join(&part(8, 13)), "a byte lies between");
        assert!(!joined.join(&part(6, 7)), "it lies there twice");
        let mut other = Chunk::copy_from_slice(b"w");
        assert!(!joined.join(&StrChunk::take_valid(&mut other).0));
        assert!(!joined.join(&StrChunk::new()), "forever, and anywhere");
        drop(text);
        assert_eq!(&*joined, "héllo ");
    }
}
