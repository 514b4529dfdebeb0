//! Text out of bytes that lie in pieces, for `read_to_string` and `read_line`.

use std::io::{self, ErrorKind};
use std::str;

use crate::error::{MalformedUtf8, whole_chars};

/// Copies the whole characters that `pieces` begin with to the end of `text`; returns how many
/// bytes they are, and what follows them if that is not all. A character that is cut by the end of
/// the last piece counts as malformed; whether its rest can come is for the caller to know.
pub(super) fn append_text<'a>(
    pieces: impl Iterator<Item = &'a [u8]>,
    text: &mut String,
) -> (usize, Option<MalformedUtf8>) {
    let before = text.len();
    // The beginning of a character, at the end of the piece before.
    let mut begun = Vec::new();
    let mut outcome = None;
    for piece in pieces {
        if let Err(wrong) = append_piece(piece, &mut begun, text) {
            outcome = Some(wrong);
            break;
        }
    }
    if outcome.is_none() && !begun.is_empty() {
        outcome = Some(MalformedUtf8::new(&begun, true));
    }
    (text.len() - before, outcome)
}

fn append_piece(
    mut piece: &[u8],
    begun: &mut Vec<u8>,
    text: &mut String,
) -> Result<(), MalformedUtf8> {
    // At most three bytes go this way, one by one, until the character that straddles the seam is
    // whole or is none.
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
            Err(error) => {
                if let Some(len) = error.error_len() {
                    return Err(MalformedUtf8::new(&begun[..len], false));
                }
            }
        }
        piece = rest;
    }
    let (valid, wrong) = whole_chars(piece, false);
    text.push_str(valid);
    if let Some(wrong) = wrong {
        return Err(wrong);
    }
    begun.extend_from_slice(&piece[valid.len()..]);
    Ok(())
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
    fn expected(bytes: &[u8]) -> (usize, Option<MalformedUtf8>) {
        let Err(error) = str::from_utf8(bytes) else {
            return (bytes.len(), None);
        };
        let rest = &bytes[error.valid_up_to()..];
        let stop = match error.error_len() {
            None => MalformedUtf8::new(rest, true),
            Some(len) => MalformedUtf8::new(&rest[..len], false),
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
