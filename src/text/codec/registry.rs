//! [`Encoding`]: encodings by name.

use std::fmt;
use std::str::FromStr;

use super::charmap::Charmap;
use super::custom::{Codec, Own};
#[cfg(feature = "encodings")]
use super::iso2022::Iso2022;
#[cfg(feature = "encodings")]
use super::multi_byte::MultiByte;
use super::names;
#[cfg(feature = "encodings")]
use super::paired::Paired;
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
/// elsewhere; `utf-7`, of which a flush could not show the last character otherwise, ends its run
/// there.
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
/// assert_eq!("ISO_8859-1".parse::<Encoding>()?, Encoding::LATIN_1);
/// assert_eq!("windows-1252".parse::<Encoding>()?.to_string(), "cp1252");
/// assert!("klingon".parse::<Encoding>().is_err());
/// # Ok::<(), iolite::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "CodecInfo")]
pub struct Encoding(pub(super) Kind);

/// The families of encodings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Utf8,
    Utf8Sig,
    Utf16,
    Utf16Le,
    Utf16Be,
    Utf32,
    Utf32Le,
    Utf32Be,
    Utf7,
    Ascii,
    Latin1,
    Charmap(Charmap),
    #[cfg(feature = "encodings")]
    MultiByte(MultiByte),
    #[cfg(feature = "encodings")]
    Paired(Paired),
    #[cfg(feature = "encodings")]
    Hz,
    #[cfg(feature = "encodings")]
    Iso2022(Iso2022),
    Custom(Own),
}

impl Encoding {
    /// UTF-8. A byte-order mark is text: U+FEFF.
    pub const UTF_8: Encoding = Encoding(Kind::Utf8);
    /// UTF-8 with a byte-order mark: written at the start of a file, dropped when read, where it
    /// may be missing.
    pub const UTF_8_SIG: Encoding = Encoding(Kind::Utf8Sig);
    /// ASCII: bytes 0 to 127, nothing else.
    pub const ASCII: Encoding = Encoding(Kind::Ascii);
    /// ISO 8859-1: each byte is the character of that number.
    pub const LATIN_1: Encoding = Encoding(Kind::Latin1);
    /// UTF-16 with a byte-order mark, which must be there when read; written little-endian.
    pub const UTF_16: Encoding = Encoding(Kind::Utf16);
    /// UTF-16, little-endian. A byte-order mark is text: U+FEFF.
    pub const UTF_16LE: Encoding = Encoding(Kind::Utf16Le);
    /// UTF-16, big-endian. A byte-order mark is text: U+FEFF.
    pub const UTF_16BE: Encoding = Encoding(Kind::Utf16Be);
    /// UTF-32 with a byte-order mark, which must be there when read; written little-endian.
    pub const UTF_32: Encoding = Encoding(Kind::Utf32);
    /// UTF-32, little-endian. A byte-order mark is text: U+FEFF.
    pub const UTF_32LE: Encoding = Encoding(Kind::Utf32Le);
    /// UTF-32, big-endian. A byte-order mark is text: U+FEFF.
    pub const UTF_32BE: Encoding = Encoding(Kind::Utf32Be);
    /// UTF-7: ASCII, and other characters as base64 between `+` and `-`.
    pub const UTF_7: Encoding = Encoding(Kind::Utf7);

    /// The encodings without a table.
    const FIXED: [Encoding; 11] = [
        Encoding::UTF_8,
        Encoding::UTF_8_SIG,
        Encoding::UTF_16,
        Encoding::UTF_16LE,
        Encoding::UTF_16BE,
        Encoding::UTF_32,
        Encoding::UTF_32LE,
        Encoding::UTF_32BE,
        Encoding::UTF_7,
        Encoding::ASCII,
        Encoding::LATIN_1,
    ];

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
        let charmaps = Charmap::all().map(|charmap| Encoding(Kind::Charmap(charmap)));
        Encoding::FIXED
            .into_iter()
            .chain(charmaps)
            .chain(multi_byte())
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
        named(names::code_page(number)).ok_or_else(|| Error::UnknownEncoding {
            name: ["cp", &number.to_string()].concat(),
        })
    }

    /// An encoding of the caller's own. It is the same wherever the codec is the same object.
    ///
    /// # Examples
    ///
    /// See [`Codec`].
    #[doc(alias = "register")]
    pub const fn custom(codec: &'static dyn Codec) -> Encoding {
        Encoding(Kind::Custom(Own(codec)))
    }

    /// The encoding's name, in Python's spelling, or the codec's.
    pub fn name(self) -> &'static str {
        match self.0 {
            Kind::Utf8 => "utf-8",
            Kind::Utf8Sig => "utf-8-sig",
            Kind::Utf16 => "utf-16",
            Kind::Utf16Le => "utf-16-le",
            Kind::Utf16Be => "utf-16-be",
            Kind::Utf32 => "utf-32",
            Kind::Utf32Le => "utf-32-le",
            Kind::Utf32Be => "utf-32-be",
            Kind::Utf7 => "utf-7",
            Kind::Ascii => "ascii",
            Kind::Latin1 => "latin-1",
            Kind::Charmap(charmap) => charmap.name(),
            #[cfg(feature = "encodings")]
            Kind::MultiByte(family) => family.name(),
            #[cfg(feature = "encodings")]
            Kind::Paired(family) => family.name(),
            #[cfg(feature = "encodings")]
            Kind::Hz => "hz",
            #[cfg(feature = "encodings")]
            Kind::Iso2022(family) => family.name(),
            Kind::Custom(codec) => codec.0.name(),
        }
    }
}

impl Encoding {
    /// Whether one text may be spelt in many ways, and what bytes mean depend on bytes far before
    /// them.
    pub(super) fn has_shifts(self) -> bool {
        match self.0 {
            Kind::Utf7 | Kind::Custom(_) => true,
            #[cfg(feature = "encodings")]
            Kind::Hz | Kind::Iso2022(_) => true,
            _ => false,
        }
    }
}

#[cfg(feature = "encodings")]
fn multi_byte() -> impl Iterator<Item = Encoding> {
    let tables = MultiByte::all().map(|family| Encoding(Kind::MultiByte(family)));
    let pairs = Paired::all().map(|family| Encoding(Kind::Paired(family)));
    let shifts = Iso2022::ALL.map(|family| Encoding(Kind::Iso2022(family)));
    tables
        .chain(pairs)
        .chain([Encoding(Kind::Hz)])
        .chain(shifts)
}

#[cfg(not(feature = "encodings"))]
fn multi_byte() -> impl Iterator<Item = Encoding> {
    std::iter::empty()
}

/// The encoding with exactly that name.
fn named(name: Option<&str>) -> Option<Encoding> {
    Encoding::all().find(|encoding| Some(encoding.name()) == name)
}

impl Default for Encoding {
    /// UTF-8, whatever the locale says.
    fn default() -> Encoding {
        Encoding::UTF_8
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
        named(names::lookup(name)).ok_or_else(|| Error::UnknownEncoding {
            name: name.to_owned(),
        })
    }
}
