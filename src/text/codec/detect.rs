//! [`Encoding::detect`]: what a byte-order mark says.

use super::registry::Encoding;

/// A mark, the encoding that drops it and the encoding to which it is text.
type Mark = (&'static [u8], Encoding, Encoding);

/// UTF-32's marks stand before UTF-16's, one of which is the start of one of them.
const MARKS: [Mark; 5] = [
    (b"\xef\xbb\xbf", Encoding::UTF_8_SIG, Encoding::UTF_8),
    (b"\xff\xfe\0\0", Encoding::UTF_32, Encoding::UTF_32LE),
    (b"\0\0\xfe\xff", Encoding::UTF_32, Encoding::UTF_32BE),
    (b"\xff\xfe", Encoding::UTF_16, Encoding::UTF_16LE),
    (b"\xfe\xff", Encoding::UTF_16, Encoding::UTF_16BE),
];

impl Encoding {
    /// The encoding that the byte-order mark at the start of a stream names, and the mark's
    /// length in bytes; `fallback` and 0 if there is none. Nothing is guessed from the text.
    ///
    /// `start` is the first four bytes of the stream at least, or all of it: `ff fe` alone may go
    /// on as a mark of UTF-32. `ff fe 00 00` is taken for one, not for UTF-16 with a NUL.
    ///
    /// The encoding is [`UTF_8_SIG`](Encoding::UTF_8_SIG), [`UTF_16`](Encoding::UTF_16) or
    /// [`UTF_32`](Encoding::UTF_32): it drops the mark when it is read and writes one at the start
    /// of a file. [`keeping_mark`](Encoding::keeping_mark) is the one to which the mark is text.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::Encoding;
    ///
    /// assert_eq!(Encoding::detect(b"\xfe\xff\0a", Encoding::UTF_8), (Encoding::UTF_16, 2));
    /// assert_eq!(Encoding::detect(b"abcd", Encoding::LATIN_1), (Encoding::LATIN_1, 0));
    /// ```
    #[doc(alias = "BOM")]
    pub fn detect(start: &[u8], fallback: Encoding) -> (Encoding, usize) {
        let found = MARKS.iter().find(|(mark, ..)| start.starts_with(mark));
        found.map_or((fallback, 0), |(mark, encoding, _)| (*encoding, mark.len()))
    }

    /// The same encoding in the byte order of the mark at the start of a stream, with the mark as
    /// text, U+FEFF: what is read and written again is the same bytes. Without a mark that this
    /// encoding would drop: itself.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::Encoding;
    ///
    /// let bytes = b"\xfe\xff\0a";
    /// let (encoding, _) = Encoding::detect(bytes, Encoding::UTF_8);
    /// assert_eq!(encoding.keeping_mark(bytes), Encoding::UTF_16BE);
    /// ```
    #[must_use]
    pub fn keeping_mark(self, start: &[u8]) -> Encoding {
        let is_it = |(mark, dropping, _): &&Mark| *dropping == self && start.starts_with(mark);
        MARKS.iter().find(is_it).map_or(self, |mark| mark.2)
    }
}
