//! [`ErrorPolicy`]: the error policies by name.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::mem::discriminant;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::ptr;
use std::str::FromStr;

use super::{Encoding, ErrorHandler, FixedReplacement, MalformedBytes};
use crate::error::Error;

/// What to do with malformed bytes when reading and with characters that the encoding does not
/// have when writing (Python: the `errors` argument).
///
/// # Examples
///
/// ```
/// use iolite::{BufferedReader, BytesIo, ErrorPolicy, TextIo, TextIoWrapper, TextOptions};
///
/// let bytes = BufferedReader::new(BytesIo::from(b"caf\xe9!".to_vec()));
/// let options = TextOptions::new().errors(ErrorPolicy::BackslashReplace);
/// let mut text = String::new();
/// TextIoWrapper::with_options(bytes, options).read_to_string(&mut text)?;
/// assert_eq!(text, "caf\\xe9!");
/// assert_eq!("ignore".parse::<ErrorPolicy>()?, ErrorPolicy::Ignore);
/// # Ok::<(), iolite::Error>(())
/// ```
///
/// Bytes that are not text go through a program and come out as they were:
///
/// ```
/// use iolite::{BufferedReader, BufferedWriter, BytesIo, ErrorPolicy, TextIo, TextIoWrapper, TextOptions};
///
/// let options = TextOptions::new().errors(ErrorPolicy::Escape);
/// let mut text = String::new();
/// let bytes = BufferedReader::new(BytesIo::from(b"caf\xe9!".to_vec()));
/// TextIoWrapper::with_options(bytes, options).read_to_string(&mut text)?;
/// assert_eq!(text, "caf\u{10fee9}!");
/// let mut copy = TextIoWrapper::with_options(BufferedWriter::new(BytesIo::new()), options);
/// copy.write_str(&text)?;
/// assert_eq!(copy.detach()?.detach()?.as_slice(), b"caf\xe9!");
/// # Ok::<(), iolite::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub enum ErrorPolicy {
    /// Report an error ([`Error::Decode`], [`Error::Encode`]).
    #[default]
    Strict,
    /// Leave them out.
    Ignore,
    /// Read U+FFFD for each malformed sequence, write `?` for each character.
    Replace,
    /// Read `\xNN` for each malformed byte; write `\xNN`, `\uNNNN` or `\UNNNNNNNN`.
    #[doc(alias = "backslashreplace")]
    BackslashReplace,
    /// Write `&#NNNN;`. For writing only, as in Python: reading is strict.
    #[doc(alias = "xmlcharrefreplace")]
    XmlCharRefReplace,
    /// Write `\N{…}` with the character's Unicode name, or as
    /// [`BackslashReplace`](ErrorPolicy::BackslashReplace) if it has none. For writing only, as in
    /// Python: reading is strict.
    #[cfg(feature = "names")]
    #[doc(alias = "namereplace")]
    NameReplace,
    /// Malformed bytes are mapped to private-use characters and written back unchanged; nothing is
    /// lost, whatever the input is. It stands in for Python's `surrogateescape`, whose lone
    /// surrogates a `str` cannot hold, and is found by that name, too.
    ///
    /// Byte `b` is read as U+10FE00 + `b`, a character for private use, and that is written as the
    /// byte, in every encoding. So bytes that would be read as one of these 256 characters are
    /// malformed themselves, and so are bytes that would be written as other bytes than were read
    /// (some encodings have several bytes for a character). Any other character that the encoding
    /// lacks is an error.
    ///
    /// What is read is written again byte for byte with a newline policy that translates nothing
    /// ([`Lf`](crate::Newline::Lf), [`Keep`](crate::Newline::Keep)). A byte-order mark that the
    /// encoding drops is not text: `utf-8-sig` writes one where there was none, and `utf-16` and
    /// `utf-32` are strict about its absence and write little-endian.
    /// [`with_bom_as_text`](crate::Encoding::with_bom_as_text) is the encoding for the whole file.
    ///
    /// Encodings with shifts (`utf-7`, `hz`, `iso2022_*`) and those of
    /// [your own](crate::text::Codec) spell one text in many ways and cannot do
    /// this: reading and writing fail with [`Error::InvalidArgument`].
    #[doc(alias = "surrogateescape")]
    Escape,
    /// Ask a handler of yours.
    ///
    /// It is `'static`, so that a policy, and [`TextOptions`](crate::TextOptions) with it, is
    /// `Copy`. A handler that belongs to one file can be made with `Box::leak`: see
    /// [`ErrorHandler`].
    #[doc(alias = "register_error")]
    Custom(&'static dyn ErrorHandler),
}

/// The policies that have a name of their own.
const NAMED: &[ErrorPolicy] = &[
    ErrorPolicy::Strict,
    ErrorPolicy::Ignore,
    ErrorPolicy::Replace,
    ErrorPolicy::BackslashReplace,
    ErrorPolicy::XmlCharRefReplace,
    #[cfg(feature = "names")]
    ErrorPolicy::NameReplace,
    ErrorPolicy::Escape,
];

impl ErrorPolicy {
    fn name(&self) -> &str {
        match self {
            ErrorPolicy::Strict => "strict",
            ErrorPolicy::Ignore => "ignore",
            ErrorPolicy::Replace => "replace",
            ErrorPolicy::BackslashReplace => "backslashreplace",
            ErrorPolicy::XmlCharRefReplace => "xmlcharrefreplace",
            #[cfg(feature = "names")]
            ErrorPolicy::NameReplace => "namereplace",
            ErrorPolicy::Escape => "escape",
            ErrorPolicy::Custom(handler) => handler.name(),
        }
    }

    /// Refuses [`ErrorPolicy::Escape`] where it cannot be kept.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidArgument`].
    #[inline]
    pub(in crate::text) fn check(self, encoding: Encoding) -> Result<(), Error> {
        match self {
            ErrorPolicy::Escape if encoding.family().properties().has_shifts => {
                Err(Error::InvalidArgument {
                    argument: "error policy",
                    problem: "escape would lose bytes in an encoding with shifts, or a custom one",
                })
            }
            _ => Ok(()),
        }
    }

    /// Whether [`ErrorPolicy::decode`] has a text for whatever is malformed, and no effect but
    /// that.
    pub(in crate::text) fn replaces(self) -> bool {
        FixedReplacement::new(self).is_some()
    }

    /// Appends the text of malformed bytes; `false`: they are an error.
    pub(in crate::text) fn decode(self, malformed: &MalformedBytes<'_>, text: &mut String) -> bool {
        if let Some(replacement) = FixedReplacement::new(self) {
            replacement.push(malformed.bytes, text);
            return true;
        }
        match self {
            ErrorPolicy::Custom(handler) => match handler.decode(malformed) {
                Some(replacement) => {
                    text.push_str(&replacement);
                    true
                }
                None => false,
            },
            _ => false,
        }
    }
}

// A handler is shared by reference between threads, so what a panic leaves in it is what another
// thread might see anyway: a stream with a handler is as safe to unwind through as one without.
impl UnwindSafe for ErrorPolicy {}
impl RefUnwindSafe for ErrorPolicy {}

impl PartialEq for ErrorPolicy {
    /// Handlers are the same if they are one object and have one name.
    fn eq(&self, other: &ErrorPolicy) -> bool {
        match (self, other) {
            (ErrorPolicy::Custom(a), ErrorPolicy::Custom(b)) => {
                ptr::addr_eq(*a, *b) && a.name() == b.name()
            }
            _ => discriminant(self) == discriminant(other),
        }
    }
}

impl Eq for ErrorPolicy {}

impl Hash for ErrorPolicy {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

impl fmt::Display for ErrorPolicy {
    /// Python's name, `escape`, or the handler's name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ErrorPolicy {
    type Err = Error;

    /// Takes Python's names and `escape`, which is also found as `surrogateescape`.
    fn from_str(name: &str) -> Result<ErrorPolicy, Error> {
        let wanted = match name {
            "surrogateescape" => "escape",
            name => name,
        };
        if let Some(found) = NAMED.iter().find(|policy| policy.name() == wanted) {
            return Ok(*found);
        }
        Err(Error::InvalidArgument {
            argument: "error policy",
            problem: match name {
                "surrogatepass" => {
                    "surrogatepass: no str holds a surrogate; escape keeps the bytes"
                }
                "namereplace" => "namereplace: not there without the feature names",
                _ => {
                    "not one of strict, ignore, replace, backslashreplace, xmlcharrefreplace, \
                     namereplace, escape"
                }
            },
        })
    }
}
