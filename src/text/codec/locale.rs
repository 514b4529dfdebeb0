//! The encoding that this system's users write plain files in: by the locale on Unix, by code pages on
//! Windows.

use super::encoding::Encoding;
use crate::error::Error;

impl Encoding {
    /// The encoding of text in this user's locale: what programs write to a terminal or a plain file, and
    /// Python's `encoding="locale"`. Nothing in this crate asks for it by itself.
    ///
    /// On Unix the first of `LC_ALL`, `LC_CTYPE` and `LANG` that is set says it, after a dot:
    /// `ja_JP.eucJP`. A locale without one has its language's traditional encoding in C libraries, which this
    /// knows for `C` and `POSIX` (ASCII) and for the euro (`@euro`, ISO 8859-15); any other, and none at all, is
    /// UTF-8, as every system has set up for years. macOS, Android and WASI use UTF-8.
    ///
    /// On Windows it is the ANSI code page, as in Python, and no variable is asked.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownEncoding`] with the name in the variable; on Windows, those of `Encoding::ansi`.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{Encoding, OpenOptions};
    ///
    /// let options = OpenOptions::new().encoding(Encoding::locale().unwrap_or_default());
    /// # let _ = options;
    /// ```
    #[doc(alias = "nl_langinfo")]
    #[doc(alias = "getencoding")]
    pub fn locale() -> Result<Encoding, Error> {
        #[cfg(windows)]
        return Encoding::ansi();
        #[cfg(not(windows))]
        by_variables()
    }

    /// Windows' ANSI code page: what programs without Unicode write files in, `cp1252` in Western Europe.
    ///
    /// It is the one that the system is set to. A program whose manifest asks for UTF-8 is not seen.
    /// There is no way here to the code page of a console, which `chcp` sets: Rust's standard streams
    /// write to a console in UTF-16.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the registry does not tell, and [`Error::UnknownEncoding`] for a page that this
    /// crate does not have, or has only with the feature `encodings`.
    #[cfg(windows)]
    #[doc(alias = "GetACP")]
    #[doc(alias = "mbcs")]
    pub fn ansi() -> Result<Encoding, Error> {
        code_page("ACP")
    }

    /// Windows' OEM code page: that of DOS, and what a console starts with, `cp437` in the United States
    /// and `cp850` in Western Europe.
    ///
    /// # Errors
    ///
    /// Those of [`ansi`](Encoding::ansi).
    #[cfg(windows)]
    #[doc(alias = "GetOEMCP")]
    pub fn oem() -> Result<Encoding, Error> {
        code_page("OEMCP")
    }
}

/// By the variables of a POSIX system.
#[cfg(not(windows))]
fn by_variables() -> Result<Encoding, Error> {
    if cfg!(any(
        target_vendor = "apple",
        target_os = "android",
        target_os = "wasi"
    )) {
        return Ok(Encoding::UTF_8);
    }
    let names = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter();
    let set = names
        .filter_map(std::env::var_os)
        .find(|value| !value.is_empty());
    match set {
        Some(locale) => of_locale(&locale.to_string_lossy()),
        None => Ok(Encoding::UTF_8),
    }
}

/// The code page that the system is set to. The functions that Windows has for this are not safe to
/// call from Rust; the registry, which they go by, is.
#[cfg(windows)]
fn code_page(which: &str) -> Result<Encoding, Error> {
    const KEY: &str = r"SYSTEM\CurrentControlSet\Control\Nls\CodePage";
    let number = windows_registry::LOCAL_MACHINE.open(KEY);
    let number = number.and_then(|key| key.get_string(which));
    let number = number.map_err(std::io::Error::other)?;
    match number.parse() {
        Ok(number) => Encoding::from_code_page(number),
        Err(_) => Err(Error::UnknownEncoding { name: number }),
    }
}

/// The encoding of a locale by its name: `language_COUNTRY.encoding@modifier`.
#[cfg(not(windows))]
fn of_locale(locale: &str) -> Result<Encoding, Error> {
    let (name, modifier) = locale.split_once('@').unwrap_or((locale, ""));
    match (name.split_once('.'), name, modifier) {
        (Some((_, encoding)), ..) => encoding.parse(),
        (None, "C" | "POSIX", _) => Ok(Encoding::ASCII),
        (None, _, "euro") => Ok(Encoding::ISO_8859_15),
        (None, ..) => Ok(Encoding::UTF_8),
    }
}

#[cfg(all(test, not(windows)))]
mod tests {
    use super::*;

    #[test]
    fn locales() {
        let of = |locale| of_locale(locale).map(Encoding::name).ok();
        assert_eq!(of("en_US.UTF-8"), Some("utf-8"));
        assert_eq!(of("de_DE.ISO-8859-1"), Some("latin-1"));
        assert_eq!(of("de_DE@euro"), Some("iso8859-15"));
        assert_eq!(of("sr_RS.utf8@latin"), Some("utf-8"));
        assert_eq!(of("C"), Some("ascii"));
        assert_eq!(of("C.UTF-8"), Some("utf-8"));
        assert_eq!(of("en_US"), Some("utf-8"));
        assert_eq!(of("xx.klingon"), None);
        #[cfg(feature = "encodings")]
        assert_eq!(of("ja_JP.eucJP"), Some("euc_jp"));
    }
}
