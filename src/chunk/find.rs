//! [`Separator`]: what ends a record, and what bytes are searched for.

use std::cmp::Reverse;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use memchr::memmem::Finder;

use crate::error::{Error, Result};

/// What ends a record: some bytes, one of several such, or the end of a line.
///
/// Never empty: an empty separator would end a record everywhere. Where several could match, the
/// one that begins first does, and of those that begin together the longest. So `\r\n` is one
/// end of line also where `\r` alone is one, however the bytes arrive.
///
/// Building one prepares the search, so keep it where it is used often. Clones share it.
///
/// # Examples
///
/// ```
/// use iolite::Separator;
///
/// let head = Separator::new(b"\r\n\r\n")?;
/// let fields = Separator::any_of([",", ";", "\n"])?;
/// assert_eq!((head.longest(), fields.longest()), (4, 1));
/// assert!(Separator::new(b"").is_err());
/// # Ok::<(), iolite::Error>(())
/// ```
#[derive(Clone)]
pub struct Separator(Arc<Set>);

/// All strings of a separator, and how they are searched for together.
struct Set {
    needles: Vec<Arc<Needle>>,
    scan: Scan,
    /// The byte that this is, if it is just one; else a number that is none.
    byte: u16,
}

/// How one pass over the bytes finds the first of all strings.
#[derive(Clone, Copy)]
enum Scan {
    /// There is only one string, longer than a byte.
    One,
    Byte(u8),
    Two(u8, u8),
    Three(u8, u8, u8),
    /// The strings are the [`LINE_ENDS`].
    AnyLine,
    /// No way but a pass for each.
    Apart,
}

const LINE_ENDS: [&[u8]; 3] = [b"\n", b"\r\n", b"\r"];

/// One string of bytes and its prepared search.
pub(super) struct Needle {
    pub(super) bytes: Box<[u8]>,
    finder: Finder<'static>,
    /// For each beginning of the bytes, how long the longest shorter one is that it ends with. (The
    /// table of Knuth, Morris and Pratt.)
    borders: Box<[usize]>,
}

const EMPTY: Error = Error::InvalidArgument {
    argument: "separator",
    problem: "is empty",
};

impl Separator {
    /// Exactly these bytes.
    ///
    /// # Errors
    ///
    /// [`InvalidArgument`](Error::InvalidArgument) if there are none.
    pub fn new(bytes: impl AsRef<[u8]>) -> Result<Separator> {
        Separator::any_of([bytes])
    }

    /// Any one of these strings of bytes.
    ///
    /// # Errors
    ///
    /// [`InvalidArgument`](Error::InvalidArgument) if there are none or one is empty.
    pub fn any_of<T: AsRef<[u8]>>(strings: impl IntoIterator<Item = T>) -> Result<Separator> {
        let mut needles: Vec<Arc<Needle>> = Vec::new();
        for string in strings {
            let bytes = string.as_ref();
            if bytes.is_empty() {
                return Err(EMPTY);
            }
            if needles.iter().all(|needle| *needle.bytes != *bytes) {
                needles.push(Arc::new(Needle::new(bytes)));
            }
        }
        if needles.is_empty() {
            return Err(EMPTY);
        }
        Ok(Separator::of(needles))
    }

    /// This byte.
    pub fn byte(byte: u8) -> Separator {
        Separator::known(&[&[byte]])
    }

    /// The end of a line: `\n`.
    pub fn lf() -> Separator {
        Separator::byte(b'\n')
    }

    /// The end of a line: `\r\n`.
    pub fn crlf() -> Separator {
        Separator::known(&[b"\r\n"])
    }

    /// The end of a line: `\n`, `\r\n` or `\r`. A `\r` that is the last byte so far ends the line
    /// only when it is known what follows.
    pub fn any_line() -> Separator {
        Separator::known(&LINE_ENDS)
    }

    fn known(strings: &[&[u8]]) -> Separator {
        let needles = strings.iter().map(|bytes| Arc::new(Needle::new(bytes)));
        Separator::of(needles.collect())
    }

    fn of(needles: Vec<Arc<Needle>>) -> Separator {
        let scan = Scan::of(&needles);
        let byte = match scan {
            Scan::Byte(byte) => u16::from(byte),
            _ => u16::MAX,
        };
        Separator(Arc::new(Set {
            needles,
            scan,
            byte,
        }))
    }

    /// The length of the longest string that matches, in bytes.
    pub fn longest(&self) -> usize {
        let lengths = self.0.needles.iter().map(|needle| needle.len());
        lengths.max().unwrap_or(0)
    }

    /// How long every match is, if all are as long as each other.
    pub(super) fn width(&self) -> Option<usize> {
        let longest = self.longest();
        let is_long = |needle: &Arc<Needle>| needle.len() == longest;
        self.needles().iter().all(is_long).then_some(longest)
    }

    /// Where this stands first in `bytes`, of which none begins before `from`; or before where
    /// none begins. With `ended` nothing can follow that would decide otherwise.
    pub(crate) fn find_in(
        &self,
        bytes: &[u8],
        from: usize,
        ended: bool,
    ) -> Result<Range<usize>, usize> {
        let best = self.first_whole(bytes, from);
        let decided = |best: &Range<usize>| best.start + self.longest() <= bytes.len();
        if ended || best.as_ref().is_some_and(decided) {
            return best.ok_or(bytes.len());
        }
        let begun = self.needles().iter().filter_map(|needle| {
            let at = needle.begun_in(bytes, from)?;
            Some(at..at + needle.len())
        });
        let begun = begun.min_by_key(|open| (open.start, Reverse(open.end)));
        match (best, begun) {
            (Some(best), Some(open)) if precedes(&open, &best) => Err(open.start),
            (Some(best), _) => Ok(best),
            (None, open) => Err(open.map_or(bytes.len(), |open| open.start)),
        }
    }

    /// The first match that is there as a whole. Searches for all strings in one piece after the
    /// other, so that one that is nowhere is not searched for far behind another's match.
    fn first_whole(&self, bytes: &[u8], from: usize) -> Option<Range<usize>> {
        let (mut start, mut step) = (
            from,
            if self.needles().len() == 1 {
                bytes.len()
            } else {
                64
            },
        );
        while start < bytes.len() {
            let end = bytes.len().min(start + step);
            let found = self.needles().iter().filter_map(|needle| {
                let piece = &bytes[start..bytes.len().min(end + needle.len() - 1)];
                let at = start + needle.find_in(piece)?;
                Some(at..at + needle.len())
            });
            if let Some(best) = found.min_by_key(|found| (found.start, Reverse(found.end))) {
                return Some(best);
            }
            (start, step) = (end, step * 2);
        }
        None
    }

    /// The byte that this is, if it is just one.
    #[inline]
    pub(super) fn single(&self) -> Option<u8> {
        match self.0.scan {
            Scan::Byte(byte) => Some(byte),
            _ => None,
        }
    }

    /// Whether this is just that byte.
    #[inline]
    pub(super) fn is_byte(&self, byte: u8) -> bool {
        self.0.byte == u16::from(byte)
    }

    pub(super) fn needles(&self) -> &[Arc<Needle>] {
        &self.0.needles
    }

    /// Whether the other one matches the same.
    pub(crate) fn is(&self, other: &Separator) -> bool {
        let own = self.0.needles.iter().map(|needle| &needle.bytes);
        self.is_clone_of(other) || own.eq(other.0.needles.iter().map(|needle| &needle.bytes))
    }

    #[inline]
    pub(super) fn is_clone_of(&self, other: &Separator) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The first match in `haystack`, if it is certain there; else from where on one can begin.
    /// One pass, however many strings there are; none at all where that cannot be done.
    #[inline]
    pub(super) fn first_in(&self, haystack: &[u8]) -> std::result::Result<Range<usize>, usize> {
        match self.0.scan {
            Scan::Byte(byte) => match memchr::memchr(byte, haystack) {
                Some(at) => Ok(at..at + 1),
                None => Err(haystack.len()),
            },
            scan => self.first_by(scan, haystack),
        }
    }

    fn first_by(&self, scan: Scan, haystack: &[u8]) -> std::result::Result<Range<usize>, usize> {
        let single = |found: Option<usize>| match found {
            Some(at) => Ok(at..at + 1),
            None => Err(haystack.len()),
        };
        match scan {
            Scan::Byte(byte) => single(memchr::memchr(byte, haystack)),
            Scan::One => self.0.needles[0].first_in(haystack),
            Scan::Two(a, b) => single(memchr::memchr2(a, b, haystack)),
            Scan::Three(a, b, c) => single(memchr::memchr3(a, b, c, haystack)),
            Scan::AnyLine => match memchr::memchr2(b'\n', b'\r', haystack) {
                None => Err(haystack.len()),
                Some(at) => match haystack[at..] {
                    [b'\r', b'\n', ..] => Ok(at..at + 2),
                    [b'\r'] => Err(at),
                    _ => Ok(at..at + 1),
                },
            },
            Scan::Apart => Err(0),
        }
    }
}

/// Whether a match begins before another, or together with it and is longer.
fn precedes(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.start || one.start == other.start && one.end > other.end
}

impl fmt::Debug for Separator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let strings = self
            .0
            .needles
            .iter()
            .map(|needle| needle.bytes.escape_ascii());
        f.write_str("Separator")?;
        f.debug_set()
            .entries(strings.map(|bytes| bytes.to_string()))
            .finish()
    }
}

impl Scan {
    fn of(needles: &[Arc<Needle>]) -> Scan {
        let strings: Vec<&[u8]> = needles.iter().map(|needle| &*needle.bytes).collect();
        match strings[..] {
            [&[a]] => Scan::Byte(a),
            [_] => Scan::One,
            [&[a], &[b]] => Scan::Two(a, b),
            [&[a], &[b], &[c]] => Scan::Three(a, b, c),
            [_, _, _] if LINE_ENDS.iter().all(|end| strings.contains(end)) => Scan::AnyLine,
            _ => Scan::Apart,
        }
    }
}

impl Needle {
    fn new(bytes: &[u8]) -> Needle {
        Needle {
            bytes: bytes.into(),
            finder: Finder::new(bytes).into_owned(),
            borders: borders(bytes),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Where the last bytes of `haystack` are the beginning of these, but not all of them.
    fn begun_in(&self, haystack: &[u8], from: usize) -> Option<usize> {
        let first = haystack.len().saturating_sub(self.len() - 1).max(from);
        let last = haystack.get(first..).unwrap_or_default();
        let begun = self.begun_at_end(last.iter().copied());
        (begun > 0).then(|| haystack.len() - begun)
    }

    /// How many of these bytes, the first ones, `last` ends with; it must have fewer than they are.
    /// Linear in its length, however alike the bytes are.
    pub(super) fn begun_at_end(&self, last: impl Iterator<Item = u8>) -> usize {
        last.fold(0, |begun, byte| {
            longer(&self.bytes, &self.borders, begun, byte)
        })
    }

    /// Where these bytes stand in `haystack` first. Linear in its length.
    pub(super) fn find_in(&self, haystack: &[u8]) -> Option<usize> {
        match *self.bytes {
            [byte] => memchr::memchr(byte, haystack),
            _ => self.finder.find(haystack),
        }
    }

    fn first_in(&self, haystack: &[u8]) -> std::result::Result<Range<usize>, usize> {
        match self.finder.find(haystack) {
            Some(at) => Ok(at..at + self.len()),
            None => Err(haystack.len().saturating_sub(self.len() - 1)),
        }
    }
}

/// How many of the first bytes stand in front of a place when `begun` of them stand in front of the
/// `byte` before it.
fn longer(bytes: &[u8], borders: &[usize], mut begun: usize, byte: u8) -> usize {
    while begun > 0 && bytes[begun] != byte {
        begun = borders[begun - 1];
    }
    begun + usize::from(bytes[begun] == byte)
}

/// For each beginning of `bytes`, how long the longest shorter one is that it ends with.
fn borders(bytes: &[u8]) -> Box<[usize]> {
    let mut borders = vec![0; bytes.len()];
    for end in 1..bytes.len() {
        borders[end] = longer(bytes, &borders, borders[end - 1], bytes[end]);
    }
    borders.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_begun_at_the_end_is_found_however_alike_the_bytes_are() {
        let words = |len: u32| {
            (0..1_u32 << len).map(move |bits| {
                (0..len)
                    .map(|at| b'a' + (bits >> at & 1) as u8)
                    .collect::<Vec<_>>()
            })
        };
        for bytes in (1..=6).flat_map(words) {
            let needle = Needle::new(&bytes);
            for haystack in (0..=7).flat_map(words) {
                let first = haystack.len().saturating_sub(bytes.len() - 1);
                let naive = (first..haystack.len()).find(|&at| bytes.starts_with(&haystack[at..]));
                assert_eq!(
                    needle.begun_in(&haystack, 0),
                    naive,
                    "{bytes:?} in {haystack:?}"
                );
            }
        }
    }

    #[test]
    fn a_match_is_found_wherever_it_stands() {
        let separator = Separator::any_of(["bcd", "bcdef", "\0"]).expect("none is empty");
        for at in 0..400 {
            let bytes = [&vec![b'.'; at][..], b"bcd....\0"].concat();
            for from in [0, at / 2, at] {
                assert_eq!(separator.find_in(&bytes, from, false), Ok(at..at + 3));
                assert_eq!(separator.find_in(&bytes[..at + 3], from, false), Err(at));
                assert_eq!(
                    separator.find_in(&bytes[..at + 3], from, true),
                    Ok(at..at + 3)
                );
                assert_eq!(separator.find_in(&bytes[..at + 2], from, false), Err(at));
            }
        }
    }

    #[test]
    fn the_same_string_twice_is_searched_for_once() {
        let separator = Separator::any_of(["a", "bc", "a"]).expect("none is empty");
        assert_eq!(separator.needles().len(), 2);
        assert_eq!(format!("{separator:?}"), r#"Separator{"a", "bc"}"#);
    }
}
