//! Text out of bytes that lie in pieces, for `read_to_string` and `read_line`.

use std::io::{self, ErrorKind};
use std::str;

use crate::error::{Error, Result};

/// Why text ends before the bytes do.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// Behind it these bytes are malformed.
    Malformed(Vec<u8>),
    /// Behind it the last bytes are the beginning of a character.
    Cut(Vec<u8>),
}

impl Stop {
    /// The error for it, if the bytes stand at `offset` and nothing can follow.
    pub(super) fn into_error(self, offset: u64) -> Error {
        let (bytes, reason) = match self {
            Stop::Malformed(bytes) => {
                let reason = match bytes[0] {
                    0x80..0xc2 | 0xf5.. => "invalid start byte",
                    _ => "invalid continuation byte",
                };
                (bytes, reason)
            }
            Stop::Cut(bytes) => (bytes, "unexpected end of data"),
        };
        Error::Decode {
            encoding: "utf-8",
            offset,
            bytes,
            reason,
        }
    }
}

/// Copies the whole characters that `pieces` begin with to the end of `text`; returns how many
/// bytes they are, and why that is not all if it is not.
pub(super) fn append_text<'a>(
    pieces: impl Iterator<Item = &'a [u8]>,
    text: &mut String,
) -> (usize, Option<Stop>) {
    let before = text.len();
    // The beginning of a character, at the end of the piece before.
    let mut begun = Vec::new();
    let mut outcome = None;
    for piece in pieces {
        if let Err(stop) = append_piece(piece, &mut begun, text) {
            outcome = Some(stop);
            break;
        }
    }
    if outcome.is_none() && !begun.is_empty() {
        outcome = Some(Stop::Cut(begun));
    }
    (text.len() - before, outcome)
}

fn append_piece(
    mut piece: &[u8],
    begun: &mut Vec<u8>,
    text: &mut String,
) -> std::result::Result<(), Stop> {
    while !begun.is_empty() {
        let Some((&byte, rest)) = piece.split_first() else {
            return Ok(());
        };
        begun.push(byte);
        match str::from_utf8(begun) {
            Ok(character) => {
                text.push_str(character);
                begun.clear();
            }
            Err(error) => match error.error_len() {
                None => {}
                Some(len) => return Err(Stop::Malformed(begun[..len].to_vec())),
            },
        }
        piece = rest;
    }
    let Err(error) = simdutf8::compat::from_utf8(piece).map(|valid| text.push_str(valid)) else {
        return Ok(());
    };
    let (valid, rest) = piece.split_at(error.valid_up_to());
    text.push_str(str::from_utf8(valid).expect("it was just found to be"));
    match error.error_len() {
        None => begun.extend_from_slice(rest),
        Some(len) => return Err(Stop::Malformed(rest[..len].to_vec())),
    }
    Ok(())
}

/// Copies a line to the end of `text`, or hands it back if it is not UTF-8; it stood at `offset`.
pub(super) fn append_line(line: &[u8], offset: u64, text: &mut String) -> Result<usize> {
    let before = text.len();
    let (len, stop) = append_text([line].into_iter(), text);
    let Some(stop) = stop else {
        return Ok(len);
    };
    text.truncate(before);
    Err(Error::NotUtf8 {
        line: line.to_vec(),
        source: Box::new(stop.into_error(offset + len as u64)),
    })
}

/// Room for `n` more bytes, or an error instead of the program's end.
pub(super) fn reserve(bytes: &mut Vec<u8>, n: usize) -> io::Result<()> {
    let reserved = bytes.try_reserve(n);
    reserved.map_err(|_| ErrorKind::OutOfMemory.into())
}

/// [`reserve`] for text.
pub(super) fn reserve_text(text: &mut String, n: usize) -> io::Result<()> {
    let reserved = text.try_reserve(n);
    reserved.map_err(|_| ErrorKind::OutOfMemory.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What it has to give, from all bytes at once.
    fn expected(bytes: &[u8]) -> (usize, Option<Stop>) {
        let Err(error) = str::from_utf8(bytes) else {
            return (bytes.len(), None);
        };
        let rest = &bytes[error.valid_up_to()..];
        let stop = match error.error_len() {
            None => Stop::Cut(rest.to_vec()),
            Some(len) => Stop::Malformed(rest[..len].to_vec()),
        };
        (error.valid_up_to(), Some(stop))
    }

    #[test]
    fn text_is_the_same_whatever_the_pieces() {
        let pool: [&[u8]; 9] = [
            b"a",
            b"\n",
            b"\xc3",
            b"\xa9",
            b"\xe2\x82",
            b"\xac",
            b"\xf0\x9f\x98",
            b"\x80",
            b"\xff",
        ];
        for seed in 0..9_usize.pow(4) {
            let picked: Vec<u8> = (0..4)
                .flat_map(|at| pool[seed / 9_usize.pow(at) % 9].to_vec())
                .collect();
            let wanted = expected(&picked);
            for size in 1..=4 {
                let mut text = String::from("é");
                let got = append_text(picked.chunks(size), &mut text);
                assert_eq!(got, wanted, "{picked:x?} in pieces of {size}");
                assert_eq!(text.as_bytes()[2..], picked[..got.0]);
            }
        }
    }
}
