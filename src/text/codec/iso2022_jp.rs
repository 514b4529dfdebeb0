//! ISO-2022-JP (RFC 1468), as CPython reads and writes it.
//!
//! Escape sequences say what the bytes behind them are: ASCII, the Roman half of JIS X 0201, or
//! JIS X 0208, two bytes for each character. The latter are EUC-JP's without the highest bits.

use super::multi_byte::MultiByte;
use super::multi_byte_table::Table;
use super::step::{Measure, Step};

const ESC: u8 = 0x1b;

/// The longest escape sequence that is waited for, in bytes.
const LONGEST: usize = 16;

/// What bytes below 0x80 are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Charset {
    Ascii,
    Roman,
    Jis,
}

impl Charset {
    /// What says that this one comes.
    pub(super) fn escape(self) -> &'static [u8] {
        match self {
            Charset::Ascii => b"\x1b(B",
            Charset::Roman => b"\x1b(J",
            Charset::Jis => b"\x1b$B",
        }
    }
}

/// A decoder's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shift {
    charset: Charset,
    /// Inside an escape sequence that is not of ISO 2022, and is text.
    through: bool,
}

impl Shift {
    pub(super) const START: Shift = Shift {
        charset: Charset::Ascii,
        through: false,
    };

    /// The state as a number below 6; 0: as at the start.
    pub(super) fn number(self) -> u8 {
        self.charset as u8 + 3 * u8::from(self.through)
    }

    pub(super) fn from_number(number: u8) -> Shift {
        let charset = match number % 3 {
            1 => Charset::Roman,
            2 => Charset::Jis,
            _ => Charset::Ascii,
        };
        Shift {
            charset,
            through: (3..6).contains(&number),
        }
    }

    /// Whether bytes that are ASCII are text as they are, but for the escape.
    pub(super) fn is_ascii(self) -> bool {
        self == Shift::START
    }
}

/// How many bytes at the start stand for themselves where ASCII does.
pub(super) fn ascii_prefix(bytes: &[u8]) -> usize {
    let ends = |byte: &u8| !byte.is_ascii() || *byte == ESC;
    bytes.iter().position(ends).unwrap_or(bytes.len())
}

/// Decodes characters of one length at the start, or an escape sequence, or says what stands there
/// instead; and how to measure the text.
pub(super) fn step(
    shift: &mut Shift,
    bytes: &[u8],
    last: bool,
    text: &mut String,
) -> (Step, Measure) {
    let len = text.len();
    let single = single_bytes(shift, bytes, text);
    if text.len() > len {
        return (Step::Read(single), Measure::Characters);
    }
    let step = match (bytes, shift.charset) {
        ([ESC, rest @ ..], _) => escape(shift, rest, last, text),
        ([0x80..=0xff, ..], _) => malformed(1),
        (_, Charset::Jis) => jis(bytes, last, text),
        _ => malformed(1),
    };
    (step, Measure::Fixed(2))
}

fn malformed(len: usize) -> Step {
    Step::Malformed {
        len,
        reason: "illegal multibyte sequence",
    }
}

fn unfinished(bytes: &[u8], last: bool) -> Step {
    match last {
        true => Step::Malformed {
            len: bytes.len(),
            reason: "incomplete multibyte sequence",
        },
        false => Step::Unfinished,
    }
}

/// Decodes the characters of one byte at the start; how many. The state is the same before all of
/// them, and behind all but perhaps the last.
fn single_bytes(shift: &mut Shift, bytes: &[u8], text: &mut String) -> usize {
    if shift.through {
        let end = bytes.iter().position(|&byte| ends_escape(byte));
        shift.through = end != Some(0);
        let n = end.unwrap_or(bytes.len()).max(1);
        text.extend(bytes[..n].iter().map(|&byte| char::from(byte)));
        return n;
    }
    for (read, &byte) in bytes.iter().enumerate() {
        match (byte, shift.charset) {
            (ESC | 0x80.., _) | (0x20.., Charset::Jis) => return read,
            (b'\\', Charset::Roman) => text.push('¥'),
            (b'~', Charset::Roman) => text.push('‾'),
            _ => text.push(byte.into()),
        }
    }
    bytes.len()
}

/// Decodes the characters of JIS X 0208 at the start, which is not a control character.
fn jis(bytes: &[u8], last: bool, text: &mut String) -> Step {
    let table = MultiByte::EUC_JP.table();
    let (pairs, _) = bytes.as_chunks::<2>();
    let mut read = 0;
    for &[lead, trail] in pairs {
        let ch = match (lead, trail) {
            (0x21..=0x7e, 0x21..=0x7e) => table.double(lead | 0x80, trail | 0x80),
            _ => None,
        };
        match ch {
            Some(ch) => text.push(ch),
            None if read == 0 => return malformed(2),
            None => break,
        }
        read += 2;
    }
    match read {
        0 => unfinished(bytes, last),
        n => Step::Read(n),
    }
}

/// Whether a byte is the last one of an escape sequence.
fn ends_escape(byte: u8) -> bool {
    matches!(byte, b'@'..=b'Z')
}

/// Follows an escape sequence, of which `rest` comes behind the escape.
fn escape(shift: &mut Shift, rest: &[u8], last: bool, text: &mut String) -> Step {
    let len = match rest {
        [] if last => return unfinished(&[ESC], last),
        [] => return Step::Unfinished,
        [b'(' | b')' | b'$' | b'.' | b'&', ..] => match escape_len(rest) {
            Some(len) => len,
            None if rest.len() >= LONGEST - 1 => return malformed(1),
            None if last => {
                return Step::Malformed {
                    len: rest.len() + 1,
                    reason: "incomplete multibyte sequence",
                };
            }
            None => return Step::Unfinished,
        },
        _ => {
            shift.through = true;
            text.push(char::from(ESC));
            return Step::Read(1);
        }
    };
    match &rest[..len] {
        b"(B" => shift.charset = Charset::Ascii,
        b"(J" => shift.charset = Charset::Roman,
        b"$B" | b"$@" | b"$(B" | b"$(@" => shift.charset = Charset::Jis,
        // The 1990 edition announces itself as `&@`, at which CPython does not look.
        [_, _, ESC, b'$', b'B'] => shift.charset = Charset::Jis,
        // What is said of the second half of the codes matters to nobody.
        b")B" | b")J" | b"$)B" | b"$)@" => {}
        _ => return malformed(len + 1),
    }
    Step::Read(len + 1)
}

/// The length of an escape sequence without the escape, if its end is there.
fn escape_len(rest: &[u8]) -> Option<usize> {
    let mut at = 0;
    while at + 1 < LONGEST {
        match rest.get(at..)? {
            [byte, ..] if ends_escape(*byte) => return Some(at + 1),
            // It goes on with another one.
            [b'&', b'@', ..] => at += 3,
            [_, ..] => at += 1,
            [] => return None,
        }
    }
    None
}

/// Appends the bytes of `text` up to the first character that is missing; where that is.
pub(super) fn encode(text: &str, charset: &mut Charset, bytes: &mut Vec<u8>) -> usize {
    bytes.reserve(text.len());
    let table = MultiByte::EUC_JP.table();
    for (at, ch) in text.char_indices() {
        let Some((needed, code)) = code(table, ch) else {
            return at;
        };
        if *charset != needed {
            bytes.extend_from_slice(needed.escape());
            *charset = needed;
        }
        match needed {
            Charset::Jis => bytes.extend_from_slice(&code),
            _ => bytes.push(code[0]),
        }
    }
    text.len()
}

/// Whether the encoding has a character.
pub(super) fn has(ch: char) -> bool {
    code(MultiByte::EUC_JP.table(), ch).is_some()
}

/// A character's set, and its bytes there, one or two.
fn code(table: &Table, ch: char) -> Option<(Charset, [u8; 2])> {
    match ch {
        // What follows would be read as a part of it.
        '\x1b' => None,
        '\0'..='\x7f' => Some((Charset::Ascii, [ch as u8, 0])),
        '¥' => Some((Charset::Roman, [b'\\', 0])),
        '‾' => Some((Charset::Roman, [b'~', 0])),
        _ => match table.code(ch)?.as_bytes() {
            &[lead @ 0xa1..=0xff, trail] => Some((Charset::Jis, [lead & 0x7f, trail & 0x7f])),
            _ => None,
        },
    }
}
