//! UTF-7 (RFC 2152), as CPython reads and writes it.
//!
//! What stands between `+` and `-` is base64 of UTF-16, and characters begin and end inside its
//! digits. A decoder that stops after one of them remembers the bits that belong to the next: 0,
//! 2 or 4 of them. So [`Shift`] has 23 values, and a position after any character is exact.
//!
//! A base64 character is given only when the byte after it is known, so that a `-` that ends the
//! run belongs to the character before it.

use wide::{CmpEq, i8x16};

use super::{
    Code, DecodeContext, DecodeOutput, DecodeStop, Decoded, Encoded, Family, Measure, Properties,
    Trailer, Utf8Room, copy_plain, encode_in_runs, short_unit, worth_sharing,
};

/// UTF-7. A decoder's state is a [`Shift`]'s number, an encoder's a [`Run`]'s.
pub(in super::super) struct Utf7;

impl Family for Utf7 {
    fn properties(&self) -> Properties {
        Properties {
            has_all: true,
            has_shifts: true,
            ..Properties::default()
        }
    }

    fn decode(&self, context: &mut DecodeContext, bytes: &[u8], out: DecodeOutput<'_>) -> Decoded {
        let mut shift = Shift::from_state(context.state);
        let mut out = Utf8Room::new(out.room);
        let read = read(&mut shift, bytes, context.last, &mut out);
        context.state = shift.number().into();
        let (read, is_direct) = read?;
        (context.measure, context.shown) = if is_direct {
            (Measure::Verbatim, None)
        } else {
            (Measure::Whole, Some(read + 1))
        };
        Ok(out.decoded(read))
    }

    fn verbatim(&self, state: u64, bytes: &[u8]) -> usize {
        if Shift::from_state(state) == Shift::Direct {
            worth_sharing(direct_prefix(bytes), bytes.len())
        } else {
            0
        }
    }

    fn known_state(&self, number: u64) -> u64 {
        Shift::from_state(number).number().into()
    }

    /// A run that is open at the end of the text stays so: the bits of its last digit may be those
    /// of two characters.
    fn encode(&self, state: &mut u64, text: &str, room: &mut [u8]) -> Encoded {
        let mut run = Run::from_state(*state);
        let encoded = encode_in_runs(&mut run, text, room, Run::encode_short, |run, ch| {
            Some(run.encode(ch))
        });
        *state = run.state();
        encoded
    }

    fn is_shifted(&self, state: u64) -> bool {
        matches!(Run::from_state(state), Run::Open { .. })
    }

    fn finish(&self, state: &mut u64, what: Trailer) -> Code {
        let mut code = Code::NONE;
        // What is open says nothing about text after it, so there is nothing to return to.
        if let (Trailer::Pause | Trailer::Shift, run @ Run::Open { .. }) =
            (what, Run::from_state(*state))
        {
            run.finish(&mut code);
            code.push(UNSHIFT);
            *state = Run::None.state();
        }
        code
    }

    fn place(&self, state: &mut u64, at_start: bool, read: u64) {
        let run = match self.known_state(read) {
            read @ 1.. if !at_start => Run::Before(read),
            _ => Run::None,
        };
        *state = run.state();
    }

    fn decoder_state(&self, state: u64) -> u64 {
        match Run::from_state(state) {
            Run::Before(read) => read,
            _ => 0,
        }
    }
}

/// Where between the runs of base64 a decoder stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shift {
    /// In plain text.
    Direct,
    /// In base64, with so many bits (0, 2 or 4) of the last digit left over, and these.
    Base64 { bits: u8, value: u8 },
    /// Before the last digit, which has bits left over that are not 0 at the stream's end.
    Unterminated,
}

impl Shift {
    /// The state as a number below 23; 0: in plain text.
    fn number(self) -> u8 {
        match self {
            Shift::Direct => 0,
            Shift::Base64 { bits: 0, .. } => 1,
            Shift::Base64 { bits: 2, value } => 2 + value,
            Shift::Base64 { value, .. } => 6 + value,
            Shift::Unterminated => 22,
        }
    }

    /// The state of a number from outside. A number that no state has is taken as the start's.
    fn from_state(number: u64) -> Shift {
        let number = u8::try_from(number).unwrap_or(0);
        match number {
            1 => Shift::Base64 { bits: 0, value: 0 },
            2..6 => Shift::Base64 {
                bits: 2,
                value: number - 2,
            },
            6..22 => Shift::Base64 {
                bits: 4,
                value: number - 6,
            },
            22 => Shift::Unterminated,
            _ => Shift::Direct,
        }
    }
}

/// How many bytes at the start stand for themselves.
fn direct_prefix(bytes: &[u8]) -> usize {
    let ends = |byte: &u8| !byte.is_ascii() || *byte == b'+';
    bytes.iter().position(ends).unwrap_or(bytes.len())
}

/// Decodes what is well-formed at the start; how many bytes these are, and whether each is a
/// character.
fn read(
    shift: &mut Shift,
    bytes: &[u8],
    last: bool,
    out: &mut Utf8Room<'_>,
) -> Result<(usize, bool), DecodeStop> {
    let (mut read, mut is_direct) = (0, true);
    while read < bytes.len() && !out.is_full() {
        let before = *shift;
        is_direct &= before == Shift::Direct;
        if let Shift::Base64 { bits: 0, .. } = before {
            let n = units(&bytes[read..], out);
            read += n;
            if n > 0 {
                continue;
            }
        }
        match one(shift, &bytes[read..], last, out) {
            Ok(n) => {
                // "+-" is a "+".
                is_direct &= bytes[read] != b'+';
                read += n;
            }
            Err(stop) if read == 0 => return Err(stop),
            // It comes by itself.
            Err(_) => {
                *shift = before;
                break;
            }
        }
    }
    Ok((read, is_direct))
}

/// Decodes base64 at the start, from the first bit of a code unit on: three code units of eight
/// digits at a time, as long as none is a surrogate and another digit follows; how many bytes.
fn units(bytes: &[u8], out: &mut Utf8Room<'_>) -> usize {
    let mut read = 0;
    while let Some(digits) = bytes[read..].first_chunk::<9>()
        && !out.is_full()
    {
        let sextets = digits.map(|byte| SEXTETS[usize::from(byte)]);
        if sextets.iter().fold(0, |all, sextet| all | sextet) == NONE {
            break;
        }
        let all = sextets[..8]
            .iter()
            .fold(0, |all, &sextet| all << 6 | u64::from(sextet));
        let [_, _, a, b, c, d, e, f] = all.to_be_bytes();
        let chars =
            [[a, b], [c, d], [e, f]].map(|unit| char::from_u32(u16::from_be_bytes(unit).into()));
        let [Some(a), Some(b), Some(c)] = chars else {
            break;
        };
        [a, b, c].into_iter().for_each(|ch| out.push(ch));
        read += 8;
    }
    read
}

/// Decodes a run of plain text, or a character; how many bytes these are.
fn one(
    shift: &mut Shift,
    bytes: &[u8],
    last: bool,
    out: &mut Utf8Room<'_>,
) -> Result<usize, DecodeStop> {
    match *shift {
        Shift::Direct => direct(shift, bytes, last, out),
        Shift::Base64 { bits, value } => {
            let digits = Digits {
                bytes,
                last,
                at: 0,
                bits: bits.into(),
                value: value.into(),
            };
            digits.read(shift, out)
        }
        Shift::Unterminated => {
            *shift = Shift::Direct;
            Err(malformed(1, UNTERMINATED))
        }
    }
}

const UNTERMINATED: &str = "unterminated shift sequence";

fn malformed(len: usize, reason: &'static str) -> DecodeStop {
    DecodeStop::Malformed { len, reason }
}

fn direct(
    shift: &mut Shift,
    bytes: &[u8],
    last: bool,
    out: &mut Utf8Room<'_>,
) -> Result<usize, DecodeStop> {
    let plus = i8x16::splat(b'+'.cast_signed());
    match (out.put_plain(bytes, |bytes| bytes.cmp_eq(plus)), bytes) {
        (0, [b'+', b'-', ..]) => {
            out.push('+');
            Ok(2)
        }
        (0, [b'+', digit, ..]) if sextet(*digit).is_some() => {
            let digits = Digits {
                bytes,
                last,
                at: 1,
                bits: 0,
                value: 0,
            };
            digits.read(shift, out)
        }
        (0, [b'+', _, ..]) => Err(malformed(2, "ill-formed sequence")),
        (0, [b'+']) if last => Ok(1),
        (0, [b'+']) => Err(DecodeStop::Unfinished),
        (0, _) => Err(malformed(1, "unexpected special character")),
        (n, _) => Ok(n),
    }
}

/// A place in base64 digits, and the bits before it that are not used up.
#[derive(Clone, Copy)]
struct Digits<'a> {
    bytes: &'a [u8],
    /// Nothing follows `bytes`.
    last: bool,
    at: usize,
    /// How many bits, less than 16.
    bits: u32,
    /// These bits, and nothing above them.
    value: u32,
}

/// What stops a code unit.
enum UnitEnd {
    /// A byte that is no digit.
    Terminator,
    /// Nothing more is there.
    End,
}

impl Digits<'_> {
    /// Decodes one character.
    fn read(mut self, shift: &mut Shift, out: &mut Utf8Room<'_>) -> Result<usize, DecodeStop> {
        let first = match self.unit() {
            Ok(unit) => unit,
            Err(end) => return self.stopped(end, shift, out),
        };
        let after_first = self;
        let ch = match char::from_u32(first.into()) {
            Some(ch) => Some(ch),
            None if first >= 0xdc00 => None,
            None => match self.unit() {
                Ok(second) => char::decode_utf16([first, second])
                    .next()
                    .and_then(Result::ok),
                Err(UnitEnd::End) if !self.last => return Err(DecodeStop::Unfinished),
                Err(_) => None,
            },
        };
        let Some(ch) = ch else {
            *shift = after_first.shift();
            return Err(malformed(after_first.at, "unpaired surrogate"));
        };
        match (self.bytes.get(self.at), self.value) {
            (None, _) if !self.last => return Err(DecodeStop::Unfinished),
            (None, 1..) => {
                self.at -= 1;
                *shift = Shift::Unterminated;
            }
            (Some(b'-'), 0) => {
                self.at += 1;
                *shift = Shift::Direct;
            }
            // What ends a run without `-` is not part of it: other text that is written in its
            // place might go on in the run.
            _ => *shift = self.shift(),
        }
        out.push(ch);
        Ok(self.at)
    }

    /// The next code unit.
    fn unit(&mut self) -> Result<u16, UnitEnd> {
        while self.bits < 16 {
            let &byte = self.bytes.get(self.at).ok_or(UnitEnd::End)?;
            let digit = sextet(byte).ok_or(UnitEnd::Terminator)?;
            self.value = self.value << 6 | u32::from(digit);
            self.bits += 6;
            self.at += 1;
        }
        self.bits -= 16;
        // No more bits than those of a unit are left above.
        let [_, _, high, low] = (self.value >> self.bits).to_be_bytes();
        self.value &= (1 << self.bits) - 1;
        Ok(u16::from_be_bytes([high, low]))
    }

    /// There is no whole code unit.
    fn stopped(
        self,
        end: UnitEnd,
        shift: &mut Shift,
        out: &mut Utf8Room<'_>,
    ) -> Result<usize, DecodeStop> {
        let (seen, clean) = (self.bits >= 6, self.value == 0);
        match end {
            UnitEnd::End if !self.last => Err(DecodeStop::Unfinished),
            UnitEnd::End => {
                *shift = Shift::Direct;
                Err(malformed(self.bytes.len(), UNTERMINATED))
            }
            UnitEnd::Terminator => {
                *shift = Shift::Direct;
                match (seen, clean, self.bytes[self.at]) {
                    (true, ..) => Err(malformed(
                        self.at + 1,
                        "partial character in base64 sequence",
                    )),
                    (_, false, _) => Err(malformed(1, "non-zero padding bits in shift sequence")),
                    (_, _, b'-') => Ok(1),
                    _ => direct(shift, self.bytes, self.last, out),
                }
            }
        }
    }

    /// The state after a code unit.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "less than a digit is left after a code unit"
    )]
    fn shift(self) -> Shift {
        Shift::Base64 {
            bits: self.bits as u8,
            value: self.value as u8,
        }
    }
}

/// The number that a base64 digit stands for.
fn sextet(byte: u8) -> Option<u8> {
    match SEXTETS[usize::from(byte)] {
        NONE => None,
        number => Some(number),
    }
}

/// Marks a byte that is not a base64 digit.
const NONE: u8 = 0xff;

/// The numbers that base64 digits stand for.
#[expect(clippy::cast_possible_truncation, reason = "there are 64 digits")]
const SEXTETS: [u8; 256] = {
    let (mut sextets, mut number) = ([NONE; 256], 0);
    while number < DIGITS.len() {
        sextets[DIGITS[number] as usize] = number as u8;
        number += 1;
    }
    sextets
};

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The room that is looked for before a character: `+` and three digits, or a digit and `-`.
const LONGEST: usize = 4;

/// Ends a run of base64.
const UNSHIFT: &[u8; 1] = b"-";

/// Whether a byte is a character that is written as itself. Without a way out between the tests, so
/// that many bytes are tested together.
fn is_direct(byte: u8) -> bool {
    let is_space = (byte == b'\t') | (byte == b'\n') | (byte == b'\r');
    let is_special = (byte == b'+') | (byte == b'\\') | (byte == b'~');
    is_space | (b' '..=b'~').contains(&byte) & !is_special
}

/// A run of base64 that an encoder stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Run {
    /// None: in plain text.
    None,
    /// One that was not written here, a decoder being in this state: the next text ends it first.
    Before(u64),
    /// One that was begun, with so many bits (less than 6) that are not a whole digit yet.
    Open { bits: u32, value: u32 },
}

impl Run {
    /// The run as a number; 0: none.
    fn state(self) -> u64 {
        match self {
            Run::None => 0,
            Run::Before(read) => read << 16 | 1,
            Run::Open { bits, value } => u64::from(value) << 16 | u64::from(bits) << 8 | 2,
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "less than six bits, and how many"
    )]
    fn from_state(state: u64) -> Run {
        match state & 0xff {
            1 => Run::Before(state >> 16),
            2 => Run::Open {
                bits: (state >> 8 & 0xff) as u32,
                value: (state >> 16) as u32,
            },
            _ => Run::None,
        }
    }

    /// Encodes the characters below U+10000 at the start that fit, but for `+`; how many bytes were read, and
    /// how many were written.
    fn encode_short(&mut self, text: &str, room: &mut [u8]) -> (usize, usize) {
        let (bytes, mut read, mut written) = (text.as_bytes(), 0, 0);
        while let Some(&first) = bytes.get(read) {
            if *self == Run::None {
                let copied = copy_plain(&bytes[read..], &mut room[written..], is_direct);
                (read, written) = (read + copied, written + copied);
            }
            let Some(place) = room[written..].first_chunk_mut::<LONGEST>() else {
                break;
            };
            match *self {
                Run::Open { bits, value } if is_direct(first) => {
                    // Stored, whether it is needed or not.
                    place[0] = digit(value << (6 - bits));
                    let padded = usize::from(bits > 0);
                    place[padded] = UNSHIFT[0];
                    let is_ended = first == UNSHIFT[0] || sextet(first).is_some();
                    written += padded + usize::from(is_ended);
                    *self = Run::None;
                }
                Run::None | Run::Open { .. } => {
                    let Some((unit, len)) = short_unit(&bytes[read..]) else {
                        break;
                    };
                    let (mut bits, mut value, mut at) = match *self {
                        Run::Open { bits, value } => (bits, value, 0),
                        _ => (0, 0, 1),
                    };
                    if at > 0 {
                        place[0] = b'+';
                    }
                    // Two digits, and a third where bits were left.
                    value = value << 16 | u32::from(unit);
                    bits += 16;
                    place[at] = digit(value >> (bits - 6));
                    place[at + 1] = digit(value >> (bits - 12));
                    (at, bits) = (at + 2, bits - 12);
                    if bits >= 6 {
                        bits -= 6;
                        place[at] = digit(value >> bits);
                        at += 1;
                    }
                    value &= (1 << bits) - 1;
                    *self = Run::Open { bits, value };
                    (read, written) = (read + len, written + at);
                }
                Run::Before(_) => break,
            }
        }
        (read, written)
    }

    /// The bytes of a character, and what comes before them.
    fn encode(&mut self, ch: char) -> Code {
        let mut code = Code::NONE;
        if let Run::Before(_) = *self {
            code.push(UNSHIFT);
            *self = Run::None;
        }
        match (u8::try_from(ch).ok().filter(|&byte| is_direct(byte)), *self) {
            (Some(byte), run) => {
                if let Run::Open { .. } = run {
                    run.finish(&mut code);
                    // What cannot be a digit ends the run by itself.
                    if byte == b'-' || sextet(byte).is_some() {
                        code.push(UNSHIFT);
                    }
                    *self = Run::None;
                }
                code.push(&[byte]);
            }
            (None, Run::Open { .. }) => self.push(ch, &mut code),
            (None, _) if ch == '+' => code.push(b"+-"),
            (None, _) => {
                code.push(b"+");
                *self = Run::Open { bits: 0, value: 0 };
                self.push(ch, &mut code);
            }
        }
        code
    }

    /// Adds a character's bits.
    fn push(&mut self, ch: char, code: &mut Code) {
        let Run::Open { bits, value } = self else {
            return;
        };
        for &mut unit in ch.encode_utf16(&mut [0; 2]) {
            *value = *value << 16 | u32::from(unit);
            *bits += 16;
            while *bits >= 6 {
                *bits -= 6;
                code.push(&[digit(*value >> *bits)]);
            }
            *value &= (1 << *bits) - 1;
        }
    }

    /// Fills the last digit up.
    fn finish(self, code: &mut Code) {
        if let Run::Open {
            bits: bits @ 1..,
            value,
        } = self
        {
            code.push(&[digit(value << (6 - bits))]);
        }
    }
}

fn digit(value: u32) -> u8 {
    DIGITS[value as usize & 63]
}
