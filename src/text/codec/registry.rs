//! [`Encoding`]: encodings by name.

use std::fmt;
use std::str::FromStr;

#[cfg(feature = "encodings")]
use super::legacy::CodePage;
use crate::error::Error;

/// An encoding of text as bytes.
///
/// Names are Python's, and with the feature `encodings` also the WHATWG's for the single-byte
/// code pages. Case, `-`, `_` and spaces do not matter. ASCII means ASCII and Latin-1 means
/// ISO 8859-1, not windows-1252 as on the Web; a name that is not known exactly is an error and
/// never something similar.
///
/// # Examples
///
/// ```
/// use iolite::Encoding;
///
/// assert_eq!("utf8".parse::<Encoding>()?, Encoding::UTF_8);
/// assert_eq!("ISO_8859-1".parse::<Encoding>()?, Encoding::LATIN_1);
/// assert_eq!(Encoding::UTF_16.to_string(), "utf-16");
/// assert!("klingon".parse::<Encoding>().is_err());
/// # Ok::<(), iolite::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Encoding(pub(super) Kind);

/// The families of encodings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Utf8,
    Utf8Sig,
    Ascii,
    Latin1,
    Utf16,
    Utf16Le,
    Utf16Be,
    #[cfg(feature = "encodings")]
    CodePage(CodePage),
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

    /// The encoding's name, in Python's spelling.
    pub fn name(self) -> &'static str {
        match self.0 {
            Kind::Utf8 => "utf-8",
            Kind::Utf8Sig => "utf-8-sig",
            Kind::Ascii => "ascii",
            Kind::Latin1 => "latin-1",
            Kind::Utf16 => "utf-16",
            Kind::Utf16Le => "utf-16-le",
            Kind::Utf16Be => "utf-16-be",
            #[cfg(feature = "encodings")]
            Kind::CodePage(page) => page.name(),
        }
    }
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

    fn from_str(name: &str) -> Result<Encoding, Error> {
        let folded = fold(name);
        let found = match folded.as_str() {
            "utf8" | "u8" | "utf" | "cp65001" => Some(Encoding::UTF_8),
            "utf8sig" => Some(Encoding::UTF_8_SIG),
            "ascii" | "646" | "usascii" | "ansix3.41968" | "iso646us" | "us" => {
                Some(Encoding::ASCII)
            }
            "latin1" | "latin" | "l1" | "iso88591" | "8859" | "cp819" | "ibm819" => {
                Some(Encoding::LATIN_1)
            }
            "utf16" | "u16" => Some(Encoding::UTF_16),
            "utf16le" | "unicodelittleunmarked" => Some(Encoding::UTF_16LE),
            "utf16be" | "unicodebigunmarked" => Some(Encoding::UTF_16BE),
            folded => code_page(folded),
        };
        found.ok_or_else(|| Error::UnknownEncoding {
            name: name.to_owned(),
        })
    }
}

#[cfg(feature = "encodings")]
fn code_page(folded: &str) -> Option<Encoding> {
    CodePage::for_name(folded).map(|page| Encoding(Kind::CodePage(page)))
}

#[cfg(not(feature = "encodings"))]
fn code_page(_: &str) -> Option<Encoding> {
    None
}

/// A name without what does not matter: case, hyphens, underscores and spaces.
fn fold(name: &str) -> String {
    name.chars()
        .filter(|ch| !matches!(ch, '-' | '_' | ' '))
        .map(|ch| ch.to_ascii_lowercase())
        .collect()
}
