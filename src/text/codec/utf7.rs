//! UTF-7 (RFC 2152), as CPython reads and writes it.
//!
//! What stands between `+` and `-` is base64 of UTF-16, and characters begin and end inside its
//! digits. A decoder that stops behind one of them remembers the bits that belong to the next: 0,
//! 2 or 4 of them. So [`Shift`] has 23 values, and a position behind any character is exact.
//!
//! A base64 character is given only when the byte behind it is known, so that a `-` that ends the
//! run belongs to the character before it.

use super::step::{Measure, Step};

/// Where between the runs of base64 a decoder stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shift {
    /// In plain text.
    Direct,
    /// In base64, with so many bits (0, 2 or 4) of the last digit left over, and these.
    Base64 { bits: u8, value: u8 },
    /// Before the last digit, which has bits left over that are not 0 at the stream's end.
    Unterminated,
}

impl Shift {
    /// The state as a number below 23; 0: in plain text.
    pub(super) fn number(self) -> u8 {
        match self {
            Shift::Direct => 0,
            Shift::Base64 { bits: 0, .. } => 1,
            Shift::Base64 { bits: 2, value } => 2 + value,
            Shift::Base64 { value, .. } => 6 + value,
            Shift::Unterminated => 22,
        }
    }

    pub(super) fn from_number(number: u8) -> Shift {
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
pub(super) fn direct_prefix(bytes: &[u8]) -> usize {
    let ends = |byte: &u8| !byte.is_ascii() || *byte == b'+';
    bytes.iter().position(ends).unwrap_or(bytes.len())
}

/// Decodes what is well-formed at the start, or says what stands there instead; and how to measure
/// the text.
pub(super) fn step(
    shift: &mut Shift,
    bytes: &[u8],
    last: bool,
    text: &mut String,
) -> (Step, Measure) {
    text.reserve(bytes.len());
    let (mut read, mut is_direct) = (0, true);
    let step = loop {
        let before = *shift;
        is_direct &= before == Shift::Direct;
        if let Shift::Base64 { bits: 0, .. } = before {
            read += units(&bytes[read..], text);
        }
        if read == bytes.len() {
            break Step::Read(read);
        }
        match one(shift, &bytes[read..], last, text) {
            Step::Read(n) => {
                // "+-" is a "+".
                is_direct &= bytes[read] != b'+';
                read += n;
            }
            step if read == 0 => break step,
            // It comes by itself.
            _ => {
                *shift = before;
                break Step::Read(read);
            }
        }
    };
    let measure = if is_direct {
        Measure::Verbatim
    } else {
        Measure::Whole
    };
    (step, measure)
}

/// Decodes base64 at the start, from the first bit of a code unit on: three code units of eight
/// digits at a time, as long as none is a surrogate and another digit follows; how many bytes.
fn units(bytes: &[u8], text: &mut String) -> usize {
    let mut read = 0;
    while let Some(digits) = bytes[read..].first_chunk::<9>() {
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
        text.extend([a, b, c]);
        read += 8;
    }
    read
}

fn one(shift: &mut Shift, bytes: &[u8], last: bool, text: &mut String) -> Step {
    match *shift {
        Shift::Direct => direct(shift, bytes, last, text),
        Shift::Base64 { bits, value } => {
            let digits = Digits {
                bytes,
                last,
                at: 0,
                bits: bits.into(),
                value: value.into(),
            };
            digits.step(shift, text)
        }
        Shift::Unterminated => {
            *shift = Shift::Direct;
            malformed(1, UNTERMINATED)
        }
    }
}

const UNTERMINATED: &str = "unterminated shift sequence";

fn malformed(len: usize, reason: &'static str) -> Step {
    Step::Malformed { len, reason }
}

fn direct(shift: &mut Shift, bytes: &[u8], last: bool, text: &mut String) -> Step {
    match (direct_prefix(bytes), bytes) {
        (0, [b'+', b'-', ..]) => {
            text.push('+');
            Step::Read(2)
        }
        (0, [b'+', digit, ..]) if sextet(*digit).is_some() => {
            let digits = Digits {
                bytes,
                last,
                at: 1,
                bits: 0,
                value: 0,
            };
            digits.step(shift, text)
        }
        (0, [b'+', _, ..]) => malformed(2, "ill-formed sequence"),
        (0, [b'+']) if last => Step::Read(1),
        (0, [b'+']) => Step::Unfinished,
        (0, _) => malformed(1, "unexpected special character"),
        (n, _) => {
            text.push_str(str::from_utf8(&bytes[..n]).expect("the prefix is ASCII"));
            Step::Read(n)
        }
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
enum Stop {
    /// A byte that is no digit.
    Terminator,
    /// Nothing more is there.
    End,
}

impl Digits<'_> {
    /// Decodes one character.
    fn step(mut self, shift: &mut Shift, text: &mut String) -> Step {
        let first = match self.unit() {
            Ok(unit) => unit,
            Err(stop) => return self.stopped(stop, shift, text),
        };
        let behind_first = self;
        let ch = match char::from_u32(first.into()) {
            Some(ch) => Some(ch),
            None if first >= 0xdc00 => None,
            None => match self.unit() {
                Ok(second) => char::decode_utf16([first, second])
                    .next()
                    .and_then(Result::ok),
                Err(Stop::End) if !self.last => return Step::Unfinished,
                Err(_) => None,
            },
        };
        let Some(ch) = ch else {
            *shift = behind_first.shift();
            return malformed(behind_first.at, "unpaired surrogate");
        };
        match (self.bytes.get(self.at), self.value) {
            (None, _) if !self.last => return Step::Unfinished,
            (None, 1..) => {
                self.at -= 1;
                *shift = Shift::Unterminated;
            }
            (Some(b'-'), 0) => {
                self.at += 1;
                *shift = Shift::Direct;
            }
            (Some(&byte), 0) if sextet(byte).is_none() => *shift = Shift::Direct,
            _ => *shift = self.shift(),
        }
        text.push(ch);
        Step::Read(self.at)
    }

    /// The next code unit.
    fn unit(&mut self) -> Result<u16, Stop> {
        while self.bits < 16 {
            let &byte = self.bytes.get(self.at).ok_or(Stop::End)?;
            let digit = sextet(byte).ok_or(Stop::Terminator)?;
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
    fn stopped(self, stop: Stop, shift: &mut Shift, text: &mut String) -> Step {
        let (seen, clean) = (self.bits >= 6, self.value == 0);
        match stop {
            Stop::End if !self.last => Step::Unfinished,
            Stop::End => {
                *shift = Shift::Direct;
                malformed(self.bytes.len(), UNTERMINATED)
            }
            Stop::Terminator => {
                *shift = Shift::Direct;
                match (seen, clean, self.bytes[self.at]) {
                    (true, ..) => malformed(self.at + 1, "partial character in base64 sequence"),
                    (_, false, _) => malformed(1, "non-zero padding bits in shift sequence"),
                    (_, _, b'-') => Step::Read(1),
                    _ => direct(shift, self.bytes, self.last, text),
                }
            }
        }
    }

    /// The state behind a code unit.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "less than a digit is left behind a code unit"
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

/// Of no digit.
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

/// What ends a run of base64.
pub(super) const UNSHIFT: &[u8] = b"-";

/// Whether a character is written as itself.
fn is_direct(ch: char) -> bool {
    match ch {
        '+' | '\\' | '~' => false,
        '\t' | '\n' | '\r' | ' '..='~' => true,
        _ => false,
    }
}

/// Appends the bytes of `text` behind the run of base64 that is open, if one is. One that is open
/// at the end of the text stays so: the bits of its last digit may be those of two characters.
pub(super) fn encode(text: &str, open: &mut Option<Run>, bytes: &mut Vec<u8>) {
    bytes.reserve(text.len());
    for ch in text.chars() {
        match (ch, &mut *open) {
            (ch, Some(run)) if !is_direct(ch) => run.push(ch, bytes),
            ('+', None) => bytes.extend_from_slice(b"+-"),
            (ch, None) if !is_direct(ch) => {
                bytes.push(b'+');
                open.insert(Run { bits: 0, value: 0 }).push(ch, bytes);
            }
            (ch, _) => {
                // Characters that are direct are ASCII.
                let byte = ch as u8;
                if let Some(run) = open.take() {
                    run.finish(bytes);
                    // What cannot be a digit ends the run by itself.
                    if byte == b'-' || sextet(byte).is_some() {
                        bytes.extend_from_slice(UNSHIFT);
                    }
                }
                bytes.push(byte);
            }
        }
    }
}

/// Closes the run of base64 that is open, if one is.
pub(super) fn end(open: &mut Option<Run>, bytes: &mut Vec<u8>) {
    if let Some(run) = open.take() {
        run.finish(bytes);
        bytes.extend_from_slice(UNSHIFT);
    }
}

/// A run of base64, and its bits that are not a whole digit yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    bits: u32,
    value: u32,
}

impl Run {
    fn push(&mut self, ch: char, bytes: &mut Vec<u8>) {
        for &mut unit in ch.encode_utf16(&mut [0; 2]) {
            self.value = self.value << 16 | u32::from(unit);
            self.bits += 16;
            while self.bits >= 6 {
                self.bits -= 6;
                bytes.push(digit(self.value >> self.bits));
            }
            self.value &= (1 << self.bits) - 1;
        }
    }

    fn finish(&self, bytes: &mut Vec<u8>) {
        if self.bits > 0 {
            bytes.push(digit(self.value << (6 - self.bits)));
        }
    }
}

fn digit(value: u32) -> u8 {
    DIGITS[value as usize & 63]
}
