//! UTF-8 as the raw streams need it: how much of some bytes is text, and what is wrong with the
//! rest.

use std::io;

use crate::error::Error;

/// How many of some bytes are text, and why not more.
pub(super) struct Valid {
    /// The bytes of all whole characters up to the first byte that is none.
    pub(super) len: usize,
    /// Whether what follows is malformed; else it is nothing, or the begin of a character.
    pub(super) malformed: bool,
}

pub(super) fn valid(bytes: &[u8]) -> Valid {
    match simdutf8::compat::from_utf8(bytes) {
        Ok(_) => Valid {
            len: bytes.len(),
            malformed: false,
        },
        Err(error) => Valid {
            len: error.valid_up_to(),
            malformed: error.error_len().is_some(),
        },
    }
}

/// Why bytes that were looked at before are text.
const FOUND: &str = "the bytes were found to be UTF-8";

/// Appends bytes that were found to be text.
pub(super) fn append(text: &mut String, bytes: Vec<u8>) {
    if text.is_empty() && text.capacity() < bytes.len() {
        *text = String::from_utf8(bytes).expect(FOUND);
    } else {
        text.push_str(simdutf8::basic::from_utf8(&bytes).expect(FOUND));
    }
}

/// What is wrong with bytes that are no text.
pub(super) struct Bad {
    bytes: Vec<u8>,
    reason: &'static str,
}

impl Bad {
    /// The error of bytes that stand at `offset` of the stream.
    pub(super) fn at(self, offset: u64) -> Error {
        Error::Decode {
            encoding: "utf-8",
            offset,
            bytes: self.bytes,
            reason: self.reason,
        }
    }
}

/// What is wrong with `bytes`, which begin with no whole character. (The reasons are CPython's.)
pub(super) fn bad_begin(bytes: &[u8]) -> Bad {
    let chunk = bytes.utf8_chunks().next();
    let bad = chunk.map_or(bytes, |chunk| chunk.invalid());
    let is_cut = bad.len() == bytes.len() && !valid(bytes).malformed;
    let reason = match bad.first() {
        Some(0x80..0xc2 | 0xf5..) => "invalid start byte",
        _ if is_cut => "unexpected end of data",
        _ => "invalid continuation byte",
    };
    let bytes = bad.to_vec();
    Bad { bytes, reason }
}

/// How much of some bytes was appended as text, and why not all of them.
pub(super) struct Appended {
    pub(super) appended: usize,
    error: Option<Error>,
}

impl Appended {
    /// The number of bytes, if it is all of them.
    pub(super) fn whole(self) -> io::Result<usize> {
        match self.error {
            None => Ok(self.appended),
            Some(error) => Err(error.into()),
        }
    }
}

/// Appends what of `bytes`, all that a stream has left from `position` on, is text.
pub(super) fn append_text(text: &mut String, bytes: &[u8], position: u64) -> Appended {
    let (valid, error) = match simdutf8::compat::from_utf8(bytes) {
        Ok(valid) => (valid, None),
        Err(error) => {
            let (valid, rest) = bytes.split_at(error.valid_up_to());
            let bad = bad_begin(rest).at(position + valid.len() as u64);
            (simdutf8::basic::from_utf8(valid).expect(FOUND), Some(bad))
        }
    };
    text.push_str(valid);
    Appended {
        appended: valid.len(),
        error,
    }
}
