//! How results are written as words; see program.rs.

use std::io::ErrorKind;

use iolite::Error;

use crate::program::show;

/// What a call answered, or its error.
pub(crate) type Answer = Result<String, Error>;

pub(crate) const NOTHING: &str = "n";

pub(crate) fn bytes(bytes: &[u8]) -> String {
    format!("b{}", show(bytes))
}

pub(crate) fn text(text: &str) -> String {
    format!("t{}", show(text.as_bytes()))
}

pub(crate) fn number(number: impl Into<i128>) -> String {
    format!("i{}", number.into())
}

pub(crate) fn list(items: &[String]) -> String {
    format!("l{}", items.join(","))
}

/// The word of a call: what it answered, or which of Python's exceptions its error is.
pub(crate) fn word(answer: Answer) -> String {
    answer.unwrap_or_else(|error| failure(&error))
}

fn failure(error: &Error) -> String {
    match error {
        Error::Unsupported { .. } => "!unsupported".to_owned(),
        Error::Closed => "!closed".to_owned(),
        Error::WouldBlock { written } => format!("!block:{written}"),
        Error::WriteFailed { source, .. } => failure(source),
        // CPython raises the last.
        Error::Combined { second, .. } => failure(second),
        Error::Decode { bytes, .. } => format!("!decode:{}", show(bytes)),
        Error::Encode { ch, .. } => format!("!encode:{}", show(ch.to_string().as_bytes())),
        Error::InvalidMode { .. } => "!value".to_owned(),
        error => match (error.raw_os_error(), error.kind()) {
            (Some(number), _) => format!("!os:{number}"),
            // The system's EINVAL, found out before it was asked.
            (None, ErrorKind::InvalidInput) => "!os:22".to_owned(),
            (None, ErrorKind::WouldBlock) => "!block:0".to_owned(),
            (None, kind) => format!("!{kind:?}"),
        },
    }
}

/// How many bytes, or characters, an expected word holds.
pub(crate) fn length(theirs: &str) -> Option<usize> {
    let theirs = theirs.split('@').next().unwrap_or_default();
    if let Some(word) = theirs.strip_prefix('b') {
        return Some(crate::program::data(word).len());
    }
    let word = theirs.strip_prefix('t')?;
    Some(crate::program::text(word).chars().count())
}
