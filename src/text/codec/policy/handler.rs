//! [`ErrorHandler`]: an error policy that the user writes, and what it gets and returns.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;

use crate::error::Error;

/// An error policy of your own, for [`ErrorPolicy::Custom`](super::ErrorPolicy::Custom) (Python:
/// `codecs.register_error`). A direction that it does not implement is strict.
///
/// Reading asks when bytes are decoded, which is up to 64 KiB before their text is taken, and
/// again when they are decoded again, after a seek: the result should be the same then, or places
/// inside it lead elsewhere. Writing asks about each missing character of a text
/// once, before anything of that text is written.
///
/// # Examples
///
/// Where the errors of one file are. The handler is leaked, a few bytes for each file; a program
/// that reads one file, or collects the places of all, takes a `static`:
///
/// ```
/// use std::borrow::Cow;
/// use std::sync::Mutex;
/// use iolite::{BufferedReader, BytesIo, ErrorPolicy, TextIo, TextIoWrapper, TextOptions};
/// use iolite::text::{ErrorHandler, MalformedBytes};
///
/// #[derive(Debug, Default)]
/// struct Places(Mutex<Vec<u64>>);
///
/// impl ErrorHandler for Places {
///     fn name(&self) -> &str {
///         "places"
///     }
///
///     fn decode(&self, malformed: &MalformedBytes<'_>) -> Option<Cow<'static, str>> {
///         self.0.lock().ok()?.push(malformed.offset);
///         Some(Cow::Borrowed("\u{fffd}"))
///     }
/// }
///
/// let places: &'static Places = Box::leak(Box::default());
/// let bytes = BufferedReader::new(BytesIo::from(b"caf\xe9, na\xefve".to_vec()));
/// let options = TextOptions::new().errors(ErrorPolicy::Custom(places));
/// let mut text = String::new();
/// TextIoWrapper::with_options(bytes, options).read_to_string(&mut text)?;
/// assert_eq!(text, "caf\u{fffd}, na\u{fffd}ve");
/// assert_eq!(*places.0.lock().expect("no panic"), [3, 8]);
/// # Ok::<(), iolite::Error>(())
/// ```
#[doc(alias = "register_error")]
pub trait ErrorHandler: fmt::Debug + Send + Sync {
    /// The policy's name, for `Display`. Two handlers are equal if they are one object and have
    /// one name.
    fn name(&self) -> &str;

    /// The text of malformed bytes, empty to leave them out; `None`: an error. It is translated
    /// as all text is: a newline in it ends a line.
    fn decode(&self, malformed: &MalformedBytes<'_>) -> Option<Cow<'static, str>> {
        let _ = malformed;
        None
    }

    /// What is written instead of a missing character; `None`: an error. Newlines in it are
    /// not translated.
    fn encode(&self, missing: &UnencodableChar) -> Option<Replacement> {
        let _ = missing;
        None
    }
}

/// Bytes that are malformed in a stream's encoding, as an [`ErrorHandler`](super::ErrorHandler)
/// gets them: what [`Error::Decode`](crate::Error::Decode) has, before it is an error.
#[doc(alias = "UnicodeDecodeError")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MalformedBytes<'a> {
    /// The encoding's name.
    pub encoding: &'static str,
    /// Where the bytes start, in bytes from the start of the stream (or, where the stream cannot
    /// tell its position, from where reading began).
    pub offset: u64,
    /// The bytes, one sequence.
    pub bytes: &'a [u8],
    /// What is wrong with them.
    pub reason: &'static str,
}

impl MalformedBytes<'_> {
    /// The error about them, in the file of that path.
    pub(in crate::text) fn error(&self, path: Option<Box<Path>>) -> Error {
        Error::Decode {
            encoding: self.encoding,
            offset: self.offset,
            bytes: self.bytes.to_vec(),
            reason: self.reason,
            path,
        }
    }
}

/// A character that a stream's encoding does not have, as an [`ErrorHandler`](super::ErrorHandler)
/// gets it: what [`Error::Encode`](crate::Error::Encode) has, before it is an error.
#[doc(alias = "UnicodeEncodeError")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnencodableChar {
    /// The encoding's name.
    pub encoding: &'static str,
    /// Where the character stands in the text that is to be written, in bytes of its UTF-8.
    pub offset: usize,
    /// The character.
    pub ch: char,
}

/// What an [`ErrorHandler`](super::ErrorHandler) gives for a character, to be written instead.
///
/// # Examples
///
/// ```
/// use iolite::{
///     BufferedWriter, BytesIo, Encoding, ErrorPolicy, TextIo, TextIoWrapper, TextOptions,
/// };
/// use iolite::text::{ErrorHandler, UnencodableChar, Replacement};
///
/// #[derive(Debug)]
/// struct Quotes;
///
/// impl ErrorHandler for Quotes {
///     fn name(&self) -> &str {
///         "quotes"
///     }
///
///     fn encode(&self, missing: &UnencodableChar) -> Option<Replacement> {
///         match missing.ch {
///             '“' | '”' => Some(Replacement::Text("\"".into())),
///             _ => None,
///         }
///     }
/// }
///
/// let options = TextOptions::new().encoding(Encoding::ASCII).errors(ErrorPolicy::Custom(&Quotes));
/// let mut text = TextIoWrapper::with_options(BufferedWriter::new(BytesIo::new()), options);
/// text.write_str("“so”")?;
/// assert!(text.write_str("ä").is_err());
/// assert_eq!(text.detach()?.detach()?.as_slice(), b"\"so\"");
/// # Ok::<(), iolite::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Replacement {
    /// Text, which is encoded. If the encoding does not have all of it, the character is an error.
    Text(Cow<'static, str>),
    /// Bytes, as they are. In an encoding with shifts (`utf-7`, `hz`, `iso2022_*`) they are read as
    /// whatever the text before them left.
    Bytes(Cow<'static, [u8]>),
}
