//! [`Chunk`]: an immutable view of shared memory.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::{Bound, Deref, Range, RangeBounds};
use std::slice;

use super::like_bytes::{like_bytes, mirrored};
use super::memory::View;

/// A piece of bytes that never changes and that clones share.
///
/// Cloning, slicing and splitting copy no byte and allocate nothing. The memory lives until its
/// last chunk is gone, so a small chunk can keep a large block alive: [`pinned`](Chunk::pinned)
/// says how large, and where a few bytes of it are to be kept for long,
/// [`compact`](Chunk::compact) moves them.
///
/// 24 bytes; `Send` and `Sync`. Where one thread cuts many and keeps them to itself,
/// [`LocalChunk`](crate::chunk::LocalChunk)s are cheaper. Equality, order and hash are those of the
/// bytes.
///
/// # Examples
///
/// ```
/// use iolite::Chunk;
///
/// let mut request = Chunk::from(b"GET /index.html".to_vec());
/// let method = request.split_to(3);
/// request.advance(1);
/// assert_eq!(method, b"GET");
/// assert_eq!(request, b"/index.html");
/// assert_eq!(request.slice(1..6), b"index");
/// ```
#[derive(Clone)]
pub struct Chunk(pub(super) View);

impl Chunk {
    /// An empty chunk. Allocates nothing.
    pub const fn new() -> Chunk {
        Chunk::from_static(b"")
    }

    /// A chunk of `'static` bytes. Copies and allocates nothing.
    pub const fn from_static(bytes: &'static [u8]) -> Chunk {
        Chunk(View::from_static(bytes))
    }

    /// A chunk of bytes that `owner` holds: a memory map, an `Arc<[u8]>`, a `bytes`-like handle.
    ///
    /// Allocates a small header once and copies no byte; `owner` is dropped with the last chunk.
    /// `owner.as_ref()` is called once.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use iolite::Chunk;
    ///
    /// let shared: Arc<[u8]> = Arc::from(&b"shared"[..]);
    /// let chunk = Chunk::from_owner(Arc::clone(&shared));
    /// assert_eq!(chunk.as_ptr(), shared.as_ptr());
    /// ```
    pub fn from_owner<T: AsRef<[u8]> + Send + Sync + 'static>(owner: T) -> Chunk {
        Chunk(View::from_owner(owner, 0))
    }

    /// A chunk with a copy of `bytes` in memory of its own.
    pub fn copy_from_slice(bytes: &[u8]) -> Chunk {
        Chunk::from(bytes.to_vec())
    }

    /// How many bytes of memory this chunk keeps alive: all of the block that it is a view of, all
    /// of the vector it was made from; of another owner, as many as it lent. 0 for `'static`
    /// bytes. Headers, of some 100 bytes, are not counted. What several chunks keep together,
    /// each of them names.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{Chunk, Pool};
    ///
    /// let mut builder = Pool::default().acquire(4096);
    /// builder.append(b"key=value");
    /// let key = builder.chunk(..3);
    /// assert_eq!((key.len(), key.pinned()), (3, 4096));
    /// assert_eq!(Chunk::from("static").pinned(), 0);
    /// ```
    pub fn pinned(&self) -> usize {
        self.0.pinned()
    }

    /// The same bytes, for long: copied into memory of their own if this chunk
    /// [pins](Chunk::pinned) more than twice as many, else this chunk as it is. What comes back
    /// pins at most twice what it shows, and an empty one nothing.
    ///
    /// That sets memory free only when the other chunks of it go, too: where all the pieces of a
    /// block are kept, their sum is what is kept, and compacting each would only copy.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::Chunk;
    ///
    /// let page = Chunk::from(vec![b'x'; 65_536]);
    /// let title = page.slice(..20).compact();
    /// assert_eq!((&title[..], title.pinned()), (&[b'x'; 20][..], 20));
    /// let half = page.slice(..40_000).compact();
    /// assert_eq!(half.as_ptr(), page.as_ptr());           // not worth a copy
    /// ```
    #[must_use = "the compact chunk is returned"]
    pub fn compact(self) -> Chunk {
        Chunk(self.0.compact())
    }

    /// The part `range` of this chunk, in bytes. Shares the memory.
    ///
    /// # Panics
    ///
    /// If the range is not inside the chunk.
    #[must_use = "the chunk itself stays as it is"]
    pub fn slice(&self, range: impl RangeBounds<usize>) -> Chunk {
        let Range { start, end } = within(range, self.len());
        let mut part = self.clone();
        part.truncate(end);
        part.advance(start);
        part
    }

    /// Takes the first `n` bytes off and returns them. Shares the memory.
    ///
    /// # Panics
    ///
    /// If the chunk is shorter than `n` bytes.
    #[must_use = "what is not kept is gone; `advance` drops it"]
    pub fn split_to(&mut self, n: usize) -> Chunk {
        let head = self.slice(..n);
        self.advance(n);
        head
    }

    /// Takes off what comes after the first `n` bytes and returns it. Shares the memory.
    ///
    /// # Panics
    ///
    /// If the chunk is shorter than `n` bytes.
    #[must_use = "what is not kept is gone; `truncate` drops it"]
    pub fn split_off(&mut self, n: usize) -> Chunk {
        let rest = self.slice(n..);
        self.truncate(n);
        rest
    }

    /// The part of this chunk that `part` is, which was borrowed from it: for parsers that answer
    /// in slices. Shares the memory.
    ///
    /// # Panics
    ///
    /// If `part` does not lie inside the chunk.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::Chunk;
    ///
    /// let line = Chunk::from(b"  name = value ".to_vec());
    /// let name = line.slice_ref(line[..7].trim_ascii());
    /// assert_eq!(name, "name");
    /// ```
    #[must_use = "the chunk itself stays as it is"]
    pub fn slice_ref(&self, part: &[u8]) -> Chunk {
        if part.is_empty() {
            return Chunk::new();
        }
        let start = part.as_ptr().addr().wrapping_sub(self.as_ptr().addr());
        let is_inside = start <= self.len() && part.len() <= self.len() - start;
        assert!(is_inside, "the slice does not lie inside the chunk");
        self.slice(start..start + part.len())
    }

    /// Drops the first `n` bytes from this view.
    ///
    /// # Panics
    ///
    /// If the chunk is shorter than `n` bytes.
    pub fn advance(&mut self, n: usize) {
        self.0.advance(n);
    }

    /// Drops all but the first `n` bytes from this view; does nothing if it is shorter.
    pub fn truncate(&mut self, n: usize) {
        self.0.truncate(n);
    }
}

const BEYOND: &str = "the range ends beyond what memory can hold";

/// A range as numbers, checked against a length.
#[inline]
pub(super) fn within(range: impl RangeBounds<usize>, len: usize) -> Range<usize> {
    let start = match range.start_bound() {
        Bound::Included(&n) => n,
        Bound::Excluded(&n) => n.checked_add(1).expect(BEYOND),
        Bound::Unbounded => 0,
    };
    let end = match range.end_bound() {
        Bound::Included(&n) => n.checked_add(1).expect(BEYOND),
        Bound::Excluded(&n) => n,
        Bound::Unbounded => len,
    };
    assert!(
        start <= end && end <= len,
        "range {start}..{end} is not inside {len} bytes"
    );
    start..end
}

impl Deref for Chunk {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        self.0.as_slice()
    }
}

impl Default for Chunk {
    fn default() -> Chunk {
        Chunk::new()
    }
}

impl From<Vec<u8>> for Chunk {
    /// Takes the vector's memory over. Copies no byte; allocates a small header.
    fn from(bytes: Vec<u8>) -> Chunk {
        let room = bytes.capacity();
        Chunk(View::from_owner(bytes, room))
    }
}

impl From<Box<[u8]>> for Chunk {
    /// Takes the memory over. Copies no byte; allocates a small header.
    fn from(bytes: Box<[u8]>) -> Chunk {
        Chunk(View::from_owner(bytes, 0))
    }
}

impl From<Chunk> for Vec<u8> {
    /// Copies: others may share the chunk's memory.
    fn from(chunk: Chunk) -> Vec<u8> {
        chunk.to_vec()
    }
}

impl FromIterator<u8> for Chunk {
    fn from_iter<I: IntoIterator<Item = u8>>(bytes: I) -> Chunk {
        Chunk::from(Vec::from_iter(bytes))
    }
}

impl<'a> IntoIterator for &'a Chunk {
    type Item = &'a u8;
    type IntoIter = slice::Iter<'a, u8>;

    fn into_iter(self) -> slice::Iter<'a, u8> {
        self.iter()
    }
}

impl From<String> for Chunk {
    /// Takes the string's memory over. Copies no byte; allocates a small header.
    fn from(text: String) -> Chunk {
        Chunk::from(text.into_bytes())
    }
}

impl From<&'static [u8]> for Chunk {
    fn from(bytes: &'static [u8]) -> Chunk {
        Chunk::from_static(bytes)
    }
}

impl<const N: usize> From<&'static [u8; N]> for Chunk {
    fn from(bytes: &'static [u8; N]) -> Chunk {
        Chunk::from_static(bytes)
    }
}

impl From<&'static str> for Chunk {
    fn from(text: &'static str) -> Chunk {
        Chunk::from_static(text.as_bytes())
    }
}

like_bytes!(Chunk);
