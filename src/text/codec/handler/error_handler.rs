//! [`ErrorHandler`]: an error policy of the caller's own.

use std::borrow::Cow;
use std::fmt;

use super::{Malformed, Missing, Substitute};

/// An error policy of your own, for [`OnError::Custom`](super::OnError::Custom) (Python:
/// `codecs.register_error`). A direction that it does not implement is strict.
///
/// Reading asks when bytes are decoded, which is up to 64 KiB before their text is taken, and
/// again when they are decoded again, after a seek: the answer should be the same then, or places
/// that were told inside of it lead elsewhere. Writing asks about each missing character of a text
/// once, before anything of that text is written.
///
/// # Examples
///
/// Where all the errors are, in one pass:
///
/// ```
/// use std::borrow::Cow;
/// use std::sync::Mutex;
/// use iolite::{BufferedReader, BytesIo, ErrorHandler, Malformed, OnError, TextIo, TextIoWrapper, TextOptions};
///
/// #[derive(Debug)]
/// struct Places(Mutex<Vec<u64>>);
///
/// impl ErrorHandler for Places {
///     fn name(&self) -> &str {
///         "places"
///     }
///
///     fn decode(&self, malformed: &Malformed<'_>) -> Option<Cow<'static, str>> {
///         self.0.lock().ok()?.push(malformed.offset);
///         Some(Cow::Borrowed("\u{fffd}"))
///     }
/// }
///
/// static PLACES: Places = Places(Mutex::new(Vec::new()));
///
/// let bytes = BufferedReader::new(BytesIo::from(b"caf\xe9, na\xefve".to_vec()));
/// let options = TextOptions::new().errors(OnError::Custom(&PLACES));
/// let mut text = String::new();
/// TextIoWrapper::with_options(bytes, options).read_to_string(&mut text)?;
/// assert_eq!(text, "caf\u{fffd}, na\u{fffd}ve");
/// assert_eq!(*PLACES.0.lock().expect("no panic"), [3, 8]);
/// # Ok::<(), iolite::Error>(())
/// ```
#[doc(alias = "register_error")]
pub trait ErrorHandler: fmt::Debug + Send + Sync {
    /// The policy's name, for `Display`. Two handlers are equal if they are one object and have
    /// one name.
    fn name(&self) -> &str;

    /// The text of malformed bytes, empty to leave them out; `None`: an error. It is translated
    /// as all text is: a newline in it ends a line.
    fn decode(&self, malformed: &Malformed<'_>) -> Option<Cow<'static, str>> {
        let _ = malformed;
        None
    }

    /// What is written in the place of a missing character; `None`: an error. Newlines in it are
    /// not translated.
    fn encode(&self, missing: &Missing) -> Option<Substitute> {
        let _ = missing;
        None
    }
}
