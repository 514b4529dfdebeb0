//! A whole text to bytes and back: [`Encoding::decode`] and [`Encoding::encode`].

use std::borrow::Cow;

use super::codec::{Encoding, ErrorPolicy, decode_all};
use super::encoder::TextEncoder;
use super::newline::{Newline, NewlineDecoder};
use super::options::TextOptions;
use crate::error::Result;

/// Bytes and texts that are all there. For those that come in pieces there are
/// [`TextDecoder`](super::TextDecoder) and [`TextEncoder`](super::TextEncoder).
impl Encoding {
    /// The text of `bytes`, strict, with its line ends as they are. Without a copy where the bytes are
    /// that text: UTF-8, and ASCII in nearly every encoding.
    ///
    /// A byte-order mark is dropped as a stream would drop it: by [`UTF_8_SIG`](Encoding::UTF_8_SIG), and
    /// by [`UTF_16`](Encoding::UTF_16) and [`UTF_32`](Encoding::UTF_32), where it must be there. (CPython
    /// takes the machine's byte order where it is missing: say which, with
    /// [`UTF_16LE`](Encoding::UTF_16LE).)
    ///
    /// # Errors
    ///
    /// [`Decode`](crate::Error::Decode) for the first malformed bytes, with their place; what a custom
    /// codec breaks.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::borrow::Cow;
    /// use iolite::{Encoding, Error};
    ///
    /// assert!(matches!(Encoding::UTF_8.decode("café".as_bytes())?, Cow::Borrowed("café")));
    /// assert_eq!(Encoding::LATIN_1.decode(b"caf\xe9")?, "café");
    /// assert!(matches!(Encoding::UTF_8.decode(b"caf\xe9"), Err(Error::Decode { offset: 3, .. })));
    /// # Ok::<(), Error>(())
    /// ```
    #[doc(alias = "bytes.decode")]
    pub fn decode(self, bytes: &[u8]) -> Result<Cow<'_, str>> {
        decode_all(self, ErrorPolicy::Strict, bytes)
    }

    /// The same with what is done about malformed bytes, and with line ends read as `newline` says:
    /// [`Universal`](Newline::Universal) makes `\n` of all.
    ///
    /// # Errors
    ///
    /// Those of [`decode`](Encoding::decode), where the policy has no replacement;
    /// [`InvalidArgument`](crate::Error::InvalidArgument) for a policy that cannot be kept in this
    /// encoding.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{Encoding, ErrorPolicy, Newline};
    ///
    /// let text = Encoding::UTF_8.decode_with(b"a\r\n\xff", ErrorPolicy::Replace, Newline::Universal)?;
    /// assert_eq!(text, "a\n\u{fffd}");
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn decode_with(
        self,
        bytes: &[u8],
        errors: ErrorPolicy,
        newline: Newline,
    ) -> Result<Cow<'_, str>> {
        let mut newlines = NewlineDecoder::new(newline);
        Ok(match decode_all(self, errors, bytes)? {
            Cow::Borrowed(text) => newlines.decode_cow(text, true),
            Cow::Owned(text) => match newlines.decode_cow(&text, true) {
                Cow::Owned(translated) => Cow::Owned(translated),
                Cow::Borrowed(_) => Cow::Owned(text),
            },
        })
    }

    /// The bytes of `text`, strict, with its line ends as they are, as a file of this text has them: with
    /// the byte-order mark, if the encoding has one, and back in ASCII at the end. Without a copy where
    /// they are the text's own: in UTF-8, and where ASCII stays ASCII.
    ///
    /// # Errors
    ///
    /// [`Encode`](crate::Error::Encode) for the first character that the encoding lacks, with its place;
    /// what a custom codec breaks.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::borrow::Cow;
    /// use iolite::{Encoding, Error};
    ///
    /// assert!(matches!(Encoding::LATIN_1.encode("cafe")?, Cow::Borrowed(b"cafe")));
    /// assert_eq!(*Encoding::UTF_16.encode("é")?, *b"\xff\xfe\xe9\0");
    /// assert!(matches!(Encoding::ASCII.encode("café"), Err(Error::Encode { offset: 3, .. })));
    /// # Ok::<(), Error>(())
    /// ```
    #[doc(alias = "str.encode")]
    pub fn encode(self, text: &str) -> Result<Cow<'_, [u8]>> {
        self.encode_with(text, ErrorPolicy::Strict, Newline::Lf)
    }

    /// The same with what is written for characters that the encoding lacks, and with each `\n` written
    /// as `newline` says.
    ///
    /// # Errors
    ///
    /// Those of [`encode`](Encoding::encode), where the policy has no replacement;
    /// [`InvalidArgument`](crate::Error::InvalidArgument) for a policy that cannot be kept in this
    /// encoding.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{Encoding, ErrorPolicy, Newline};
    ///
    /// let errors = ErrorPolicy::XmlCharRefReplace;
    /// let bytes = Encoding::ASCII.encode_with("5 €\n", errors, Newline::CrLf)?;
    /// assert_eq!(*bytes, *b"5 &#8364;\r\n");
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn encode_with(
        self,
        text: &str,
        errors: ErrorPolicy,
        newline: Newline,
    ) -> Result<Cow<'_, [u8]>> {
        let options = TextOptions::new().encoding(self).errors(errors);
        let mut encoder = TextEncoder::with_options(options.newline(newline));
        errors.check(self)?;
        if encoder.keeps(text) {
            return Ok(Cow::Borrowed(text.as_bytes()));
        }
        let mut bytes = Vec::with_capacity(text.len());
        encoder.encode(text, &mut bytes)?;
        encoder.finish(&mut bytes);
        Ok(Cow::Owned(bytes))
    }
}
