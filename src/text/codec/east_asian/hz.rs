//! HZ (RFC 1843), as CPython reads and writes it.
//!
//! `~{` and `~}` put GB 2312 into parentheses, two bytes for each character, without the highest
//! bits. Else a byte is ASCII, `~~` is a tilde, and `~` at the end of a line joins the next one.

use super::multi_byte::GB2312;
use super::{
    Code, Encoded, Ending, Family, Measure, Place, Properties, Step, begun, encode_chars, illegal,
};

/// HZ. The state is whether GB 2312 was begun, in both directions.
#[derive(Debug)]
pub(super) struct Hz;

/// What leads to GB 2312, and back to ASCII.
const SHIFTS: [&[u8]; 2] = [b"~{", b"~}"];

impl Family for Hz {
    fn properties(&self) -> Properties {
        Properties {
            has_shifts: true,
            ..Properties::default()
        }
    }

    /// Decodes characters of one length, or what begins with a tilde.
    fn decode(&self, place: &mut Place, bytes: &[u8], last: bool, text: &mut String) -> Step {
        place.measure = Measure::Whole;
        match (place.state != 0, bytes) {
            (true, [b'~', b'}', ..]) => {
                place.state = 0;
                Step::Read(2)
            }
            (false, [b'~', b'{', ..]) => {
                place.state = 1;
                Step::Read(2)
            }
            (false, [b'~', b'~', ..]) => {
                text.push('~');
                Step::Read(2)
            }
            (false, [b'~', b'\n', ..]) => Step::Read(2),
            (_, [b'~']) => begun(bytes.len(), last),
            (_, [b'~' | 0x80.., ..]) => illegal(1),
            (true, _) => {
                place.measure = Measure::Each(2);
                pairs(bytes, last, text)
            }
            (false, _) => {
                place.measure = Measure::Each(1);
                let n = ascii_prefix(bytes);
                text.extend(bytes[..n].iter().map(|&byte| char::from(byte)));
                Step::Read(n)
            }
        }
    }

    fn verbatim(&self, state: u64, bytes: &[u8]) -> usize {
        if state == 0 { ascii_prefix(bytes) } else { 0 }
    }

    fn known_state(&self, number: u64) -> u64 {
        number.min(1)
    }

    fn encode(&self, state: &mut u64, text: &str, room: &mut [u8]) -> Encoded {
        encode_chars(state, text, room, |state, ch| {
            let gb = if ch.is_ascii() { None } else { Some(code(ch)?) };
            let mut bytes = shift(state, gb.is_some());
            match (gb, ch) {
                (Some(gb), _) => bytes.push(&gb),
                (None, '~') => bytes.push(b"~~"),
                (None, _) => bytes.push(&[ch as u8]),
            }
            Some(bytes)
        })
    }

    fn is_shifted(&self, state: u64) -> bool {
        state != 0
    }

    fn finish(&self, state: &mut u64, what: Ending) -> Code {
        match what {
            Ending::Shift => shift(state, false),
            // What was open where writing began.
            Ending::ReturnTo(1..) => shift(state, true),
            _ => Code::NONE,
        }
    }

    fn place(&self, state: &mut u64, at_start: bool, read: u64) {
        *state = (!at_start && read != 0).into();
    }

    fn decoder_state(&self, state: u64) -> u64 {
        state
    }
}

/// What leads to GB 2312 or to ASCII, if that is not there already.
fn shift(state: &mut u64, to_gb: bool) -> Code {
    if (*state != 0) == to_gb {
        return Code::NONE;
    }
    *state = to_gb.into();
    Code::new(SHIFTS[usize::from(!to_gb)])
}

/// How many bytes at the start stand for themselves where ASCII does.
fn ascii_prefix(bytes: &[u8]) -> usize {
    let ends = |byte: &u8| !byte.is_ascii() || *byte == b'~';
    bytes.iter().position(ends).unwrap_or(bytes.len())
}

/// Decodes the characters of GB 2312 at the start.
fn pairs(bytes: &[u8], last: bool, text: &mut String) -> Step {
    let table = GB2312.table();
    let mut read = 0;
    for &[row, cell] in bytes.as_chunks::<2>().0 {
        let ch = match (row, cell) {
            (0x21..=0x7d, 0x21..=0x7e) => table.double(row | 0x80, cell | 0x80),
            _ => None,
        };
        match ch {
            Some(ch) => text.push(ch),
            None if read == 0 => return illegal(1),
            None => break,
        }
        read += 2;
    }
    match read {
        0 => begun(bytes.len(), last),
        n => Step::Read(n),
    }
}

/// The two bytes of a character of GB 2312.
fn code(ch: char) -> Option<[u8; 2]> {
    match *GB2312.table().code(ch)?.as_bytes() {
        [lead, trail] => Some([lead & 0x7f, trail & 0x7f]),
        _ => None,
    }
}
