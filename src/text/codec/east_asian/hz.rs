//! HZ (RFC 1843), as CPython reads and writes it.
//!
//! `~{` and `~}` put GB 2312 into parentheses, two bytes for each character, without the highest
//! bits. Else a byte is ASCII, `~~` is a tilde, and `~` at the end of a line joins the next one.

use wide::{CmpEq, i8x16};

use super::across_shifts::{ReadSets, RunMeasure, decode_steps};
use super::multi_byte::GB2312;
use super::two_sets::{Switch, TwoSets};
use super::{
    Code, DecodeContext, DecodeOutput, DecodeStop, Decoded, Encoded, Family, Measure, Properties,
    Trailer, Utf8Room, begun, encode_in_runs, illegal, worth_sharing,
};

/// HZ. The state is whether GB 2312 was begun, in both directions.
pub(super) struct Hz;

/// What leads to GB 2312, and back to ASCII.
const SHIFTS: [&[u8; 2]; 2] = [b"~{", b"~}"];
const TO_DOUBLE: Switch = (*b"~{\0\0", 2);
const TO_ASCII: Switch = (*b"~}\0\0", 2);

impl Family for Hz {
    fn properties(&self) -> Properties {
        Properties {
            has_shifts: true,
            ..Properties::default()
        }
    }

    /// Decodes characters and the shifts between them, or what comes before the first.
    fn decode(&self, context: &mut DecodeContext, bytes: &[u8], out: DecodeOutput<'_>) -> Decoded {
        let (mut is_double, last) = (context.state != 0, context.last);
        let sets = ReadSets {
            table: &GB2312.chars,
            last_row: 0x7d,
            others: tildes,
            to_ascii: TO_ASCII,
            to_double: TO_DOUBLE,
        };
        let out = Utf8Room::new(out.room);
        let decoded = decode_steps(context, &mut is_double, bytes, out, |state, bytes, out| {
            let (run, mut out) = sets.decode(*state, bytes, out);
            *state = run.is_double;
            if run.read > 0 {
                return (Ok((run.read, run.measure)), out);
            }
            (step(state, bytes, last, &mut out), out)
        });
        context.state = is_double.into();
        decoded
    }

    fn verbatim(&self, state: u64, bytes: &[u8]) -> usize {
        match state {
            0 => worth_sharing(ascii_prefix(bytes), bytes.len()),
            _ => 0,
        }
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
    // Asked for once, and not for each character, whether it was made.
    let table = &*GB2312;
    let sets = TwoSets {
        plain: is_plain,
        others: tildes,
        code: |unit| table.set_code(unit),
        to_ascii: TO_ASCII,
        to_double: TO_DOUBLE,
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

/// Whether a byte stands for itself where ASCII does.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii() && byte != b'~'
}

/// Makes the bytes of ASCII negative that do not.
#[inline]
fn tildes(bytes: i8x16) -> i8x16 {
    bytes.cmp_eq(i8x16::splat(b'~'.cast_signed()))
}

/// How many bytes at the start stand for themselves where ASCII does.
fn ascii_prefix(bytes: &[u8]) -> usize {
    let ends = |&byte: &u8| !is_plain(byte);
    bytes.iter().position(ends).unwrap_or(bytes.len())
}

/// Follows a shift, or decodes what is no character of either set by itself; how many bytes these are.
fn step(
    is_double: &mut bool,
    bytes: &[u8],
    last: bool,
    out: &mut Utf8Room<'_>,
) -> Result<(usize, RunMeasure), DecodeStop> {
    let read = match (*is_double, bytes) {
        (true, [b'~', b'}', ..]) | (false, [b'~', b'{', ..]) => {
            *is_double = !*is_double;
            2
        }
        (false, [b'~', b'~', ..]) => {
            out.push('~');
            2
        }
        (false, [b'~', b'\n', ..]) => 2,
        (_, [0..0x80]) => return Err(begun(1, last)),
        _ => return Err(illegal(1)),
    };
    Ok((read, RunMeasure::As(Measure::Whole)))
}
