//! [`OnError`]: what happens to bytes that are no text and to text that has no bytes.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;

/// What to do with malformed bytes when reading and with characters that the encoding does not
/// have when writing (Python: the `errors` argument).
///
/// # Examples
///
/// ```
/// use std::io::Write;
/// use iolite::{BufferedReader, BytesIo, OnError, TextIo, TextIoWrapper, TextOptions};
///
/// let bytes = BufferedReader::new(BytesIo::from(b"caf\xe9!".to_vec()));
/// let options = TextOptions::new().errors(OnError::Replace);
/// let mut text = String::new();
/// TextIoWrapper::with_options(bytes, options).read_to_string(&mut text)?;
/// assert_eq!(text, "caf\u{fffd}!");
/// assert_eq!("ignore".parse::<OnError>()?, OnError::Ignore);
/// # Ok::<(), iolite::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OnError {
    /// Report an error ([`Error::Decode`], [`Error::Encode`]).
    #[default]
    Strict,
    /// Leave them out.
    Ignore,
    /// Read U+FFFD for each malformed sequence, write `?` for each character.
    Replace,
}

impl fmt::Display for OnError {
    /// Python's name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            OnError::Strict => "strict",
            OnError::Ignore => "ignore",
            OnError::Replace => "replace",
        })
    }
}

impl FromStr for OnError {
    type Err = Error;

    /// Takes Python's names.
    fn from_str(name: &str) -> Result<OnError, Error> {
        match name {
            "strict" => Ok(OnError::Strict),
            "ignore" => Ok(OnError::Ignore),
            "replace" => Ok(OnError::Replace),
            _ => Err(Error::InvalidArgument {
                argument: "error policy",
                problem: "not one of strict, ignore, replace",
            }),
        }
    }
}
