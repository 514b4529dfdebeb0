//! HZ (RFC 1843), as CPython reads and writes it.
//!
//! `~{` and `~}` put GB 2312 into parentheses, two bytes for each character, without the highest
//! bits. Else a byte is ASCII, `~~` is a tilde, and `~` at the end of a line joins the next one.

use super::multi_byte::GB2312;
use super::two_sets::TwoSets;
use super::{
    Code, DecodeContext, DecodeOutput, DecodeStop, Decoded, DecodedPart, Encoded, Family, Measure,
    Properties, Trailer, Utf8Room, begun, encode_in_runs, illegal,
};

/// HZ. The state is whether GB 2312 was begun, in both directions.
pub(super) struct Hz;

/// What leads to GB 2312, and back to ASCII.
const SHIFTS: [&[u8; 2]; 2] = [b"~{", b"~}"];

impl Family for Hz {
    fn properties(&self) -> Properties {
        Properties {
            has_shifts: true,
            ..Properties::default()
        }
    }

    /// Decodes characters of one length, or what begins with a tilde.
    fn decode(&self, context: &mut DecodeContext, bytes: &[u8], out: DecodeOutput<'_>) -> Decoded {
        context.measure = Measure::Whole;
        let mut out = Utf8Room::new(out.room);
        let read = match (context.state != 0, bytes) {
            (true, [b'~', b'}', ..]) => {
                context.state = 0;
                return Ok(DecodedPart::new(2, 0));
            }
            (false, [b'~', b'{', ..]) => {
                context.state = 1;
                return Ok(DecodedPart::new(2, 0));
            }
            (false, [b'~', b'~', ..]) => {
                out.push('~');
                2
            }
            (false, [b'~', b'\n', ..]) => 2,
            (_, [b'~']) => return Err(begun(bytes.len(), context.last)),
            (_, [b'~' | 0x80.., ..]) => return Err(illegal(1)),
            (true, _) => {
                context.measure = Measure::Each(2);
                pairs(bytes, context.last, &mut out)?
            }
            (false, _) => {
                context.measure = Measure::Each(1);
                let fitting = out.fitting(bytes);
                out.push_ascii(&fitting[..ascii_prefix(fitting)])
            }
        };
        Ok(out.decoded(read))
    }

    fn verbatim(&self, state: u64, bytes: &[u8]) -> usize {
        if state == 0 { ascii_prefix(bytes) } else { 0 }
    }

    fn known_state(&self, number: u64) -> u64 {
        number.min(1)
    }

    fn encode(&self, state: &mut u64, text: &str, room: &mut [u8]) -> Encoded {
        encode_in_runs(state, text, room, encode_run, encode_one)
    }

    fn is_shifted(&self, state: u64) -> bool {
        state != 0
    }

    fn finish(&self, state: &mut u64, what: Trailer) -> Code {
        match what {
            Trailer::Shift => shift(state, false),
            // What was open where writing began.
            Trailer::ReturnTo(1..) => shift(state, true),
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

/// Encodes the characters at the start that are of GB 2312 or of ASCII, without tildes.
fn encode_run(state: &mut u64, text: &str, room: &mut [u8]) -> (usize, usize) {
    let sets = TwoSets {
        plain: |byte: u8| byte.is_ascii() & (byte != b'~'),
        code: |unit| Some(GB2312.double_of(unit)?.map(|byte| byte & 0x7f)),
        to_ascii: (*b"~}\0\0", 2),
        to_double: (*b"~{\0\0", 2),
    };
    let mut is_double = *state != 0;
    let done = sets.encode(&mut is_double, text, room);
    *state = is_double.into();
    done
}

/// The bytes of a character, and before them what leads to its set.
fn encode_one(state: &mut u64, ch: char) -> Option<Code> {
    if ch.is_ascii() {
        let mut bytes = shift(state, false);
        match ch {
            '~' => bytes.push(b"~~"),
            _ => bytes.push(&[ch as u8]),
        }
        return Some(bytes);
    }
    let [lead, trail] = GB2312.double_code(ch)?;
    let mut bytes = shift(state, true);
    bytes.push(&[lead & 0x7f, trail & 0x7f]);
    Some(bytes)
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

/// Decodes the characters of GB 2312 at the start; how many bytes these are.
fn pairs(bytes: &[u8], last: bool, out: &mut Utf8Room<'_>) -> Result<usize, DecodeStop> {
    let table = &GB2312;
    let mut read = 0;
    for &[row, cell] in bytes.as_chunks::<2>().0 {
        let ch = match (row, cell) {
            (0x21..=0x7d, 0x21..=0x7e) => table.double(row | 0x80, cell | 0x80),
            _ => None,
        };
        match ch {
            Some(ch) if !out.is_full() => out.push(ch),
            None if read == 0 => return Err(illegal(1)),
            _ => break,
        }
        read += 2;
    }
    match read {
        0 => Err(begun(bytes.len(), last)),
        n => Ok(n),
    }
}
