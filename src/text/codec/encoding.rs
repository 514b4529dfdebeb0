//! [`Encoding`]: encodings by name, and what a byte-order mark says.

use std::fmt;
use std::str::FromStr;

use super::custom::{Codec, CustomFamily};
#[cfg(feature = "encodings")]
use super::east_asian;
use super::family::Family;
use super::names;
use super::table::{self, EncodingRow, TABLES};
use crate::error::Error;

/// An encoding of text as bytes.
///
/// Names are Python's, IANA's and the WHATWG's. Case does not matter, nor which characters stand
/// between letters, digits and points, nor how many. A name means what Python means by it: ASCII
/// is ASCII and Latin-1 is ISO 8859-1, not windows-1252 as on the Web. A name that is not known
/// exactly is an error and never something similar.
///
/// The single-byte encodings are those of CPython, byte for byte. The multi-byte encodings of
/// East Asia need the feature `encodings`. In those of JIS X 0213, and in big5hkscs, two characters
/// may be one code: the first of them is held back, through a flush too, until the next text comes
/// or the stream goes elsewhere or is closed. [`Encoding::custom`] takes an encoding of your own.
///
/// Those that shift between character sets (`iso2022_*`, `hz`, and `utf-7` with its base64) are
/// written with a shift only where the character set changes, however the text comes in pieces. A
/// shift that is open stays so through a flush, and is ended where the stream is closed or goes
/// elsewhere; `utf-7` ends its run at a flush already, because the last character could not be read
/// without that.
///
/// A program is linked with the encodings whose constants it names, and with all only if it finds one
/// by name or number, or asks for [all](Encoding::all). Constants are therefore no patterns of `match`:
/// `==` compares encodings, and [`name`](Encoding::name) is a `&str` to match.
///
/// A table of East Asia is made when its encoding is first used in a process, which takes one to
/// six milliseconds of processor time and 100 to 400 KiB of memory, once.
///
/// # Examples
///
/// ```
/// use iolite::Encoding;
///
/// assert_eq!("utf8".parse::<Encoding>()?, Encoding::UTF_8);
/// assert_eq!("windows-1252".parse::<Encoding>()?, Encoding::WINDOWS_1252);
/// assert_eq!("ISO_8859-1".parse::<Encoding>()?, Encoding::LATIN_1);
/// assert_eq!(Encoding::WINDOWS_1252.to_string(), "cp1252");
/// assert!("klingon".parse::<Encoding>().is_err());
/// # Ok::<(), iolite::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[doc(alias = "CodecInfo")]
pub struct Encoding(Repr);

/// Where the name and the family are.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Repr {
    /// In that row of a table. A reference and not a number, so that a program has the families that
    /// it names and no others.
    Known(&'static EncodingRow),
    Custom(CustomFamily),
}

impl Encoding {
    /// UTF-8. A byte-order mark is text: U+FEFF.
    pub const UTF_8: Encoding = Encoding::known(&table::UTF_8);
    /// UTF-8 with a byte-order mark: written at the start of a file, dropped when read, where it
    /// may be missing.
    pub const UTF_8_SIG: Encoding = Encoding::known(&table::UTF_8_SIG);
    /// ASCII: bytes 0 to 127, nothing else.
    pub const ASCII: Encoding = Encoding::known(&table::ASCII);
    /// ISO 8859-1: each byte is the character of that number.
    pub const LATIN_1: Encoding = Encoding::known(&table::LATIN_1);
    /// UTF-16 with a byte-order mark, which must be there when read; written little-endian.
    pub const UTF_16: Encoding = Encoding::known(&table::UTF_16);
    /// UTF-16, little-endian. A byte-order mark is text: U+FEFF.
    pub const UTF_16LE: Encoding = Encoding::known(&table::UTF_16_LE);
    /// UTF-16, big-endian. A byte-order mark is text: U+FEFF.
    pub const UTF_16BE: Encoding = Encoding::known(&table::UTF_16_BE);
    /// UTF-32 with a byte-order mark, which must be there when read; written little-endian.
    pub const UTF_32: Encoding = Encoding::known(&table::UTF_32);
    /// UTF-32, little-endian. A byte-order mark is text: U+FEFF.
    pub const UTF_32LE: Encoding = Encoding::known(&table::UTF_32_LE);
    /// UTF-32, big-endian. A byte-order mark is text: U+FEFF.
    pub const UTF_32BE: Encoding = Encoding::known(&table::UTF_32_BE);
    /// UTF-7: ASCII, and other characters as base64 between `+` and `-`.
    pub const UTF_7: Encoding = Encoding::known(&table::UTF_7);

    /// All encodings that are there with the features the crate was built with.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::Encoding;
    ///
    /// assert!(Encoding::all().count() >= 80);
    /// assert!(Encoding::all().any(|encoding| encoding.name() == "koi8-r"));
    /// ```
    #[doc(alias = "encodings.aliases")]
    pub fn all() -> impl Iterator<Item = Encoding> {
        let rows = TABLES.iter().copied().flatten();
        rows.map(|row| Encoding::known(row))
    }

    /// The encoding of a code page, by the number it has in Windows and at IBM.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownEncoding`] with the name that Python would give it, such as `cp42`.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::Encoding;
    ///
    /// assert_eq!(Encoding::from_code_page(1252)?.name(), "cp1252");
    /// assert_eq!(Encoding::from_code_page(65001)?, Encoding::UTF_8);
    /// assert!(Encoding::from_code_page(42).is_err());
    /// # Ok::<(), iolite::Error>(())
    /// ```
    #[doc(alias = "GetACP")]
    pub fn from_code_page(number: u16) -> Result<Encoding, Error> {
        names::code_page(number).ok_or_else(|| Error::UnknownEncoding {
            name: ["cp", &number.to_string()].concat(),
        })
    }

    /// An encoding of your own. It is the same wherever the codec is the same object.
    ///
    /// The codec is `'static`, so that an `Encoding` is `Copy` and may be a constant whatever
    /// it is. A codec has no state of its own to share or to drop; what it is made of at
    /// run time can be kept in a `LazyLock` or leaked with `Box::leak`.
    ///
    /// # Examples
    ///
    /// See [`Codec`].
    #[doc(alias = "register")]
    #[must_use]
    pub const fn custom(codec: &'static dyn Codec) -> Encoding {
        Encoding(Repr::Custom(CustomFamily(codec)))
    }

    /// The encoding's name, in Python's spelling, or the codec's.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self.0 {
            Repr::Known(row) => row.name,
            Repr::Custom(codec) => codec.0.name(),
        }
    }

    const fn known(row: &'static EncodingRow) -> Encoding {
        Encoding(Repr::Known(row))
    }

    /// The names that it is found by.
    pub(super) fn aliases(self) -> impl Iterator<Item = &'static str> {
        let aliases = match self.0 {
            Repr::Known(row) => row.aliases,
            Repr::Custom(_) => "",
        };
        aliases.split(' ')
    }

    pub(super) fn is_custom(self) -> bool {
        matches!(self.0, Repr::Custom(_))
    }

    pub(super) fn family(&self) -> &dyn Family {
        match &self.0 {
            Repr::Known(row) => row.family,
            Repr::Custom(codec) => codec,
        }
    }
}

/// The usual encodings of files that are older than UTF-8. All others are found by name.
impl Encoding {
    /// windows-1250 (cp1250): Central Europe.
    pub const WINDOWS_1250: Encoding = Encoding::known(&table::CP1250);
    /// windows-1251 (cp1251): Cyrillic.
    pub const WINDOWS_1251: Encoding = Encoding::known(&table::CP1251);
    /// windows-1252 (cp1252): Western Europe. Not [`LATIN_1`](Encoding::LATIN_1): it has `€` and
    /// quotation marks from 0x80 to 0x9f, and five bytes there are no characters.
    pub const WINDOWS_1252: Encoding = Encoding::known(&table::CP1252);
    /// windows-1253 (cp1253): Greek.
    pub const WINDOWS_1253: Encoding = Encoding::known(&table::CP1253);
    /// windows-1254 (cp1254): Turkish.
    pub const WINDOWS_1254: Encoding = Encoding::known(&table::CP1254);
    /// windows-1255 (cp1255): Hebrew.
    pub const WINDOWS_1255: Encoding = Encoding::known(&table::CP1255);
    /// windows-1256 (cp1256): Arabic.
    pub const WINDOWS_1256: Encoding = Encoding::known(&table::CP1256);
    /// windows-1257 (cp1257): Baltic.
    pub const WINDOWS_1257: Encoding = Encoding::known(&table::CP1257);
    /// windows-1258 (cp1258): Vietnamese.
    pub const WINDOWS_1258: Encoding = Encoding::known(&table::CP1258);
    /// ISO 8859-2 (Latin-2): Central Europe.
    pub const ISO_8859_2: Encoding = Encoding::known(&table::ISO8859_2);
    /// ISO 8859-5: Cyrillic.
    pub const ISO_8859_5: Encoding = Encoding::known(&table::ISO8859_5);
    /// ISO 8859-7: Greek.
    pub const ISO_8859_7: Encoding = Encoding::known(&table::ISO8859_7);
    /// ISO 8859-9 (Latin-5): Turkish.
    pub const ISO_8859_9: Encoding = Encoding::known(&table::ISO8859_9);
    /// ISO 8859-15 (Latin-9): Latin-1 with `€`.
    pub const ISO_8859_15: Encoding = Encoding::known(&table::ISO8859_15);
    /// KOI8-R: Russian.
    pub const KOI8_R: Encoding = Encoding::known(&table::KOI8_R);
    /// KOI8-U: Ukrainian.
    pub const KOI8_U: Encoding = Encoding::known(&table::KOI8_U);
    /// Mac OS Roman: the classic Mac's Western encoding.
    pub const MAC_ROMAN: Encoding = Encoding::known(&table::MAC_ROMAN);
    /// Code page 437: the first PC's.
    pub const CP437: Encoding = Encoding::known(&table::CP437);
    /// Code page 850: DOS in Western Europe.
    pub const CP850: Encoding = Encoding::known(&table::CP850);
}

/// The usual encodings of East Asia.
#[cfg(feature = "encodings")]
impl Encoding {
    /// Shift_JIS: Japanese, true to JIS X 0208. Files of Windows are
    /// [`WINDOWS_31J`](Encoding::WINDOWS_31J), which the Web calls `shift_jis`, too.
    pub const SHIFT_JIS: Encoding = Encoding::known(&east_asian::SHIFT_JIS);
    /// windows-31j (cp932): Microsoft's Shift_JIS, with the characters of NEC and IBM.
    pub const WINDOWS_31J: Encoding = Encoding::known(&east_asian::CP932);
    /// EUC-JP: Japanese.
    pub const EUC_JP: Encoding = Encoding::known(&east_asian::EUC_JP);
    /// ISO-2022-JP: Japanese, in seven bits.
    pub const ISO_2022_JP: Encoding = Encoding::known(&east_asian::ISO2022_JP);
    /// GBK (cp936): simplified Chinese.
    pub const GBK: Encoding = Encoding::known(&east_asian::GBK);
    /// GB 18030: simplified Chinese, with every character of Unicode.
    pub const GB18030: Encoding = Encoding::known(&east_asian::GB18030);
    /// Big5: traditional Chinese.
    pub const BIG5: Encoding = Encoding::known(&east_asian::BIG5);
    /// EUC-KR: Korean, as KS X 1001 has it. Files of Windows are
    /// [`WINDOWS_949`](Encoding::WINDOWS_949), which the Web calls `euc-kr`, too.
    pub const EUC_KR: Encoding = Encoding::known(&east_asian::EUC_KR);
    /// windows-949 (cp949, UHC): Korean, with all syllables.
    pub const WINDOWS_949: Encoding = Encoding::known(&east_asian::CP949);
}

/// A mark, the encoding that drops it and the encoding to which it is text.
type ByteOrderMark = (&'static [u8], Encoding, Encoding);

/// UTF-32's marks stand before UTF-16's, one of which is the start of one of them.
const MARKS: [ByteOrderMark; 5] = [
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
    /// of a file. [`with_bom_as_text`](Encoding::with_bom_as_text) is the one to which the mark is text.
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
    #[must_use]
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
    /// assert_eq!(encoding.with_bom_as_text(bytes), Encoding::UTF_16BE);
    /// ```
    #[must_use]
    pub fn with_bom_as_text(self, start: &[u8]) -> Encoding {
        let is_it =
            |(mark, dropping, _): &&ByteOrderMark| *dropping == self && start.starts_with(mark);
        MARKS.iter().find(is_it).map_or(self, |mark| mark.2)
    }
}

impl Default for Encoding {
    /// UTF-8, whatever the locale says.
    fn default() -> Encoding {
        Encoding::UTF_8
    }
}

impl fmt::Debug for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Encoding").field(&self.name()).finish()
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Encoding {
    type Err = Error;

    /// Takes Python's, IANA's and the WHATWG's names.
    fn from_str(name: &str) -> Result<Encoding, Error> {
        names::lookup(name).ok_or_else(|| Error::UnknownEncoding {
            name: name.to_owned(),
        })
    }
}
