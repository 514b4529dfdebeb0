//! [`Separator`]: what ends a record, and what bytes are searched for.

use std::fmt;
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
pub struct Separator(Arc<[Arc<Needle>]>);

/// One string of bytes and its prepared search.
pub(super) struct Needle {
    pub(super) bytes: Box<[u8]>,
    finder: Finder<'static>,
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
        Ok(Separator(needles.into()))
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
        Separator::known(&[b"\n", b"\r\n", b"\r"])
    }

    fn known(strings: &[&[u8]]) -> Separator {
        let needles = strings.iter().map(|bytes| Arc::new(Needle::new(bytes)));
        Separator(needles.collect())
    }

    /// The length of the longest string that matches, in bytes.
    pub fn longest(&self) -> usize {
        self.0.iter().map(|needle| needle.len()).max().unwrap_or(0)
    }

    pub(super) fn needles(&self) -> &[Arc<Needle>] {
        &self.0
    }
}

impl fmt::Debug for Separator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let strings = self.0.iter().map(|needle| needle.bytes.escape_ascii());
        f.write_str("Separator")?;
        f.debug_set()
            .entries(strings.map(|bytes| bytes.to_string()))
            .finish()
    }
}

impl Needle {
    fn new(bytes: &[u8]) -> Needle {
        Needle {
            bytes: bytes.into(),
            finder: Finder::new(bytes).into_owned(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Where these bytes stand in `haystack` first. Linear in its length.
    pub(super) fn find_in(&self, haystack: &[u8]) -> Option<usize> {
        match *self.bytes {
            [byte] => memchr::memchr(byte, haystack),
            _ => self.finder.find(haystack),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_string_twice_is_searched_for_once() {
        let separator = Separator::any_of(["a", "bc", "a"]).expect("none is empty");
        assert_eq!(separator.needles().len(), 2);
        assert_eq!(format!("{separator:?}"), r#"Separator{"a", "bc"}"#);
    }
}
