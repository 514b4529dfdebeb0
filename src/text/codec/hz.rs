//! HZ (RFC 1843), as CPython reads and writes it.
//!
//! `~{` and `~}` put GB 2312 into parentheses, two bytes for each character, without the highest
//! bits. Else a byte is ASCII, `~~` is a tilde, and `~` at the end of a line joins the next one.

use super::multi_byte::MultiByte;
use super::step::{Measure, Step};

/// What leads to GB 2312.
pub(super) const SHIFT: &[u8] = b"~{";

/// What leads back to ASCII.
pub(super) const UNSHIFT: &[u8] = b"~}";

/// How many bytes at the start stand for themselves where ASCII does.
pub(super) fn ascii_prefix(bytes: &[u8]) -> usize {
    let ends = |byte: &u8| !byte.is_ascii() || *byte == b'~';
    bytes.iter().position(ends).unwrap_or(bytes.len())
}

/// Decodes characters of one length at the start, or what begins with a tilde, or says what stands
/// there instead; and how to measure the text. `is_gb`: between `~{` and `~}`.
pub(super) fn step(
    is_gb: &mut bool,
    bytes: &[u8],
    last: bool,
    text: &mut String,
) -> (Step, Measure) {
    let step = match (*is_gb, bytes) {
        (true, [b'~', b'}', ..]) => {
            *is_gb = false;
            Step::Read(2)
        }
        (false, [b'~', b'{', ..]) => {
            *is_gb = true;
            Step::Read(2)
        }
        (false, [b'~', b'~', ..]) => {
            text.push('~');
            Step::Read(2)
        }
        (false, [b'~', b'\n', ..]) => Step::Read(2),
        (_, [b'~']) => Step::begun(bytes.len(), last),
        (_, [b'~' | 0x80.., ..]) => Step::illegal(1),
        (true, _) => return (pairs(bytes, last, text), Measure::Fixed(2)),
        (false, _) => {
            let n = ascii_prefix(bytes);
            text.extend(bytes[..n].iter().map(|&byte| char::from(byte)));
            return (Step::Read(n), Measure::Characters);
        }
    };
    (step, Measure::Whole)
}

/// Decodes the characters of GB 2312 at the start.
fn pairs(bytes: &[u8], last: bool, text: &mut String) -> Step {
    let table = MultiByte::GB2312.table();
    let mut read = 0;
    for &[row, cell] in bytes.as_chunks::<2>().0 {
        let ch = match (row, cell) {
            (0x21..=0x7d, 0x21..=0x7e) => table.double(row | 0x80, cell | 0x80),
            _ => None,
        };
        match ch {
            Some(ch) => text.push(ch),
            None if read == 0 => return Step::illegal(1),
            None => break,
        }
        read += 2;
    }
    match read {
        0 => Step::begun(bytes.len(), last),
        n => Step::Read(n),
    }
}

/// Appends the bytes of `text` up to the first character that is missing; where that is.
pub(super) fn encode(text: &str, is_gb: &mut bool, bytes: &mut Vec<u8>) -> usize {
    bytes.reserve(text.len());
    for (at, ch) in text.char_indices() {
        let code = if ch.is_ascii() {
            None
        } else {
            match code(ch) {
                None => return at,
                code => code,
            }
        };
        if *is_gb != code.is_some() {
            bytes.extend_from_slice(if *is_gb { UNSHIFT } else { SHIFT });
            *is_gb = code.is_some();
        }
        match (code, ch) {
            (Some(code), _) => bytes.extend_from_slice(&code),
            (None, '~') => bytes.extend_from_slice(b"~~"),
            (None, _) => bytes.push(ch as u8),
        }
    }
    text.len()
}

/// Whether the encoding has a character.
pub(super) fn has(ch: char) -> bool {
    ch.is_ascii() || code(ch).is_some()
}

/// The two bytes of a character of GB 2312.
fn code(ch: char) -> Option<[u8; 2]> {
    match *MultiByte::GB2312.table().code(ch)?.as_bytes() {
        [lead, trail] => Some([lead & 0x7f, trail & 0x7f]),
        _ => None,
    }
}
