//! The encodings that are made of ISO 2022, as CPython reads and writes them: iso2022_jp (RFC 1468)
//! and its extensions, and iso2022_kr (RFC 1557).
//!
//! Escape sequences say what the bytes after them are: ASCII, or another [`CharacterSet`].

mod writer;

use std::sync::LazyLock;

use wide::{CmpEq, i8x16};

use self::writer::IsoWriter;
use super::across_shifts::{ReadSets, RunMeasure, decode_steps};
use super::iso2022_sets::{CharacterSet, Meaning};
use super::jisx0213::Edition;
use super::multi_byte::MultiByte;
use super::two_sets::Switch;
use super::{
    Code, DecodeContext, DecodeOutput, DecodeStop, Decoded, Encoded, Family, Measure, Properties,
    Trailer, Utf8Room, begun, encode_in_runs, illegal, worth_sharing,
};

const ESC: u8 = 0x1b;
const SHIFT_OUT: u8 = 0x0e;
const SHIFT_IN: u8 = 0x0f;

/// The longest escape sequence that is waited for, in bytes.
const LONGEST: usize = 16;

/// An encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Iso2022 {
    Jp,
    Jp1,
    Jp2,
    Jp2004,
    Jp3,
    JpExt,
    Kr,
}

impl Iso2022 {
    /// The character sets beside ASCII, in the order in which a character is looked for.
    fn sets(self) -> &'static [CharacterSet] {
        use CharacterSet::{Gb2312, Greek, Jisx0208, Jisx0212, Kana, Ksx1001, Latin1, Roman};
        match self {
            Iso2022::Jp => &[Roman, Jisx0208],
            Iso2022::Jp1 => &[Roman, Jisx0208, Jisx0212],
            Iso2022::Jp2 => &[Roman, Jisx0208, Jisx0212, Ksx1001, Gb2312, Latin1, Greek],
            Iso2022::Jp2004 => &[
                Jisx0208,
                CharacterSet::Plane1(Edition::Of2004),
                CharacterSet::Plane2(Edition::Of2004),
            ],
            Iso2022::Jp3 => &[
                Jisx0208,
                CharacterSet::Plane1(Edition::Of2000),
                CharacterSet::Plane2(Edition::Of2000),
            ],
            Iso2022::JpExt => &[Roman, Jisx0208, Jisx0212, Kana],
            Iso2022::Kr => &[Ksx1001],
        }
    }

    /// The set of an escape sequence's last byte.
    fn designated(self, mark: u8, is_double: bool) -> Option<CharacterSet> {
        let is_old = self.sets().contains(&CharacterSet::Roman) && is_double && mark == b'@';
        let mark = if is_old { b'B' } else { mark };
        let ascii = [CharacterSet::Ascii];
        let mut all = ascii.iter().chain(self.sets());
        all.find(|set| set.mark() == (mark, is_double)).copied()
    }

    /// Whether shifts select the second of two sets.
    fn has_shifts(self) -> bool {
        self == Iso2022::Kr
    }

    /// Whether a third set is read after single shifts.
    fn has_single_shifts(self) -> bool {
        self == Iso2022::Jp2
    }

    /// The first set that has a character, and its code there.
    fn find(self, ch: char) -> Option<(CharacterSet, u16)> {
        let mut sets = self.sets().iter();
        sets.find_map(|&set| Some((set, set.code(ch)?)))
    }

    /// The set of two bytes in which all of its characters are written, and by themselves, and the table
    /// that has it.
    fn preferred(self) -> Option<(CharacterSet, &'static LazyLock<MultiByte>)> {
        let set = match self {
            Iso2022::Jp | Iso2022::Jp1 | Iso2022::Jp2 | Iso2022::JpExt => CharacterSet::Jisx0208,
            Iso2022::Kr => CharacterSet::Ksx1001,
            // A character may wait for the next one.
            Iso2022::Jp2004 | Iso2022::Jp3 => return None,
        };
        Some((set, set.table()?))
    }

    /// What leads to the preferred set, or to ASCII, from the other one of the two.
    fn switch(self, to_double: bool) -> Switch {
        match (self.has_shifts(), to_double) {
            (true, false) => ([SHIFT_IN, 0, 0, 0], 1),
            (true, true) => ([SHIFT_OUT, 0, 0, 0], 1),
            (false, false) => (*b"\x1b(B\0", 3),
            (false, true) => (*b"\x1b$B\0", 3),
        }
    }

    fn pair(self, first: char, second: char) -> Option<(CharacterSet, u16)> {
        let mut sets = self.sets().iter();
        sets.find_map(|&set| Some((set, set.pair(first, second)?)))
    }

    fn begins_pair(self, ch: char) -> bool {
        self.sets().iter().any(|set| set.begins_pair(ch))
    }

    /// Whether a byte of ASCII stands for itself, and does not change what follows it.
    fn has_ascii(self, byte: u8) -> bool {
        match byte {
            ESC => false,
            SHIFT_OUT | SHIFT_IN => !self.has_shifts(),
            byte => byte.is_ascii(),
        }
    }

    /// The same of many bytes: negative where it is not so, though it be ASCII.
    #[inline]
    fn not_plain(self, bytes: i8x16) -> i8x16 {
        let all = |byte: u8| i8x16::splat(byte.cast_signed());
        let shifts = bytes.cmp_eq(all(SHIFT_OUT)) | bytes.cmp_eq(all(SHIFT_IN));
        let shifts = if self.has_shifts() { shifts } else { all(0) };
        bytes.cmp_eq(all(ESC)) | shifts
    }

    /// How many bytes at the start stand for themselves where ASCII does.
    fn ascii_prefix(self, bytes: &[u8]) -> usize {
        let ends = |&byte: &u8| !self.has_ascii(byte);
        bytes.iter().position(ends).unwrap_or(bytes.len())
    }
}

impl Family for Iso2022 {
    fn properties(&self) -> Properties {
        Properties {
            has_pairs: true,
            has_shifts: true,
            ..Properties::default()
        }
    }

    /// Decodes characters and the shifts between them, or what comes before the first.
    fn decode(&self, context: &mut DecodeContext, bytes: &[u8], out: DecodeOutput<'_>) -> Decoded {
        let (family, last) = (*self, context.last);
        let mut state = IsoState::from_state(family, context.state);
        let preferred = family.preferred();
        let out = Utf8Room::new(out.room);
        let decoded = decode_steps(context, &mut state, bytes, out, |state, bytes, mut out| {
            if let Some((set, table)) = preferred
                && let Some(is_double) = state.of_two(family, set)
            {
                let sets = ReadSets {
                    table: &table.chars,
                    last_row: 0x7e,
                    others: |bytes: i8x16| family.not_plain(bytes),
                    to_ascii: family.switch(false),
                    to_double: family.switch(true),
                };
                let run;
                (run, out) = sets.decode(is_double, bytes, out);
                state.select(family, set, run.is_double);
                if run.read > 0 {
                    return (Ok((run.read, run.measure)), out);
                }
            }
            let step = state.step(family, bytes, last, &mut out);
            (step.map(|(n, measure)| (n, RunMeasure::As(measure))), out)
        });
        context.state = state.number(family).into();
        decoded
    }

    fn verbatim(&self, state: u64, bytes: &[u8]) -> usize {
        if IsoState::from_state(*self, state).is_ascii() {
            worth_sharing(self.ascii_prefix(bytes), bytes.len())
        } else {
            0
        }
    }

    fn known_state(&self, number: u64) -> u64 {
        IsoState::from_state(*self, number).number(*self).into()
    }

    fn encode(&self, state: &mut u64, text: &str, room: &mut [u8]) -> Encoded {
        let mut writer = IsoWriter::from_state(*self, *state);
        let run = IsoWriter::encode_run;
        let encoded = encode_in_runs(&mut writer, text, room, run, IsoWriter::encode);
        *state = writer.state();
        encoded
    }

    fn joins(&self, first: char, second: char) -> bool {
        self.pair(first, second).is_some()
    }

    fn held(&self, state: u64) -> Option<char> {
        IsoWriter::from_state(*self, state).held
    }

    fn is_shifted(&self, state: u64) -> bool {
        let state = IsoWriter::from_state(*self, state).state;
        state.shifted || state.g0 != CharacterSet::Ascii
    }

    fn finish(&self, state: &mut u64, what: Trailer) -> Code {
        let (mut writer, mut code) = (IsoWriter::from_state(*self, *state), Code::NONE);
        match what {
            Trailer::Held => {
                if let Some(ch) = writer.held.take() {
                    writer.encode_one(ch, &mut code);
                }
            }
            Trailer::Pause => {}
            Trailer::Shift => writer.switch(IsoState::START, &mut code),
            Trailer::ReturnTo(read) => writer.switch(IsoState::from_state(*self, read), &mut code),
        }
        *state = writer.state();
        code
    }

    fn place(&self, state: &mut u64, at_start: bool, read: u64) {
        *state = self.known_state(if at_start { 0 } else { read });
    }

    fn decoder_state(&self, state: u64) -> u64 {
        state & 0xff
    }
}

/// A decoder's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct IsoState {
    /// What bytes below 0x80 are, unless they are `shifted`.
    g0: CharacterSet,
    /// What they are then.
    g1: CharacterSet,
    /// What a byte after a single shift is.
    g2: Option<CharacterSet>,
    shifted: bool,
    /// Inside an escape sequence that is not of ISO 2022, and is text.
    through: bool,
}

/// What may be after a single shift, by number; `None`: a set that has no such characters.
const SINGLE_SHIFTS: [Option<CharacterSet>; 4] = [
    Some(CharacterSet::Ascii),
    Some(CharacterSet::Latin1),
    Some(CharacterSet::Greek),
    None,
];

impl IsoState {
    const START: IsoState = IsoState {
        g0: CharacterSet::Ascii,
        g1: CharacterSet::Ascii,
        g2: Some(CharacterSet::Ascii),
        shifted: false,
        through: false,
    };

    /// The state as a number; 0: as at the start. In iso2022_jp it is below 6, and below 64 in all.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "there are eight sets at most"
    )]
    fn number(self, family: Iso2022) -> u8 {
        let sets = family.sets();
        let g0 = sets.iter().position(|&set| set == self.g0);
        let g0 = g0.map_or(0, |at| at as u8 + 1);
        let g2 = SINGLE_SHIFTS.iter().position(|&set| set == self.g2);
        let rest = if family.has_shifts() {
            u8::from(self.shifted) + 2 * u8::from(self.g1 != CharacterSet::Ascii)
        } else {
            g2.map_or(0, |at| at as u8)
        };
        g0 + (sets.len() as u8 + 1) * (u8::from(self.through) + 2 * rest)
    }

    /// The state of a number from outside. A number that no state has is taken as the start's.
    fn from_state(family: Iso2022, state: u64) -> IsoState {
        IsoState::from_number(family, u8::try_from(state).unwrap_or(0))
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "there are eight sets at most"
    )]
    fn from_number(family: Iso2022, number: u8) -> IsoState {
        let sets = family.sets();
        let count = sets.len() as u8 + 1;
        let (g0, rest) = (number % count, number / count);
        let rest_of = rest / 2 % 4;
        let (shifted, g1) = if family.has_shifts() {
            (rest_of % 2 != 0, rest_of >= 2)
        } else {
            (false, false)
        };
        IsoState {
            g0: match g0 {
                0 => CharacterSet::Ascii,
                n => sets[usize::from(n) - 1],
            },
            g1: if g1 { sets[0] } else { CharacterSet::Ascii },
            g2: if family.has_single_shifts() {
                SINGLE_SHIFTS[usize::from(rest_of)]
            } else {
                Some(CharacterSet::Ascii)
            },
            shifted,
            through: rest % 2 != 0,
        }
    }

    /// Whether bytes that are ASCII are text as they are, but for those that change that.
    fn is_ascii(self) -> bool {
        self.g0 == CharacterSet::Ascii && !self.shifted && !self.through
    }

    /// Whether a set of two bytes is selected, and not ASCII, if it is one of the two and shifts lead to the
    /// other.
    fn of_two(self, family: Iso2022, set: CharacterSet) -> Option<bool> {
        // Where shifts select it, it must have been announced.
        let is_announced = !family.has_shifts() || self.g1 == set && self.g0 == CharacterSet::Ascii;
        let is_double = self.set() == set;
        let is_either = is_double || self.set() == CharacterSet::Ascii;
        (is_announced && is_either && !self.through).then_some(is_double)
    }

    /// Selects the set, or ASCII.
    fn select(&mut self, family: Iso2022, set: CharacterSet, is_double: bool) {
        if family.has_shifts() {
            self.shifted = is_double;
        } else {
            self.g0 = if is_double { set } else { CharacterSet::Ascii };
        }
    }

    /// What bytes from 0x20 to 0x7f are.
    fn set(self) -> CharacterSet {
        if self.shifted { self.g1 } else { self.g0 }
    }

    /// Decodes characters of one length at the start, or an escape sequence; how many bytes these
    /// are, and how to measure the text.
    fn step(
        &mut self,
        family: Iso2022,
        bytes: &[u8],
        last: bool,
        out: &mut Utf8Room<'_>,
    ) -> Result<(usize, Measure), DecodeStop> {
        let single = self.single_bytes(family, bytes, out);
        if single > 0 {
            return Ok((single, Measure::Each(1)));
        }
        let read = match *bytes {
            [ESC, b'N', ref rest @ ..] if family.has_single_shifts() => {
                let read = self.single_shift(bytes, rest, last, out)?;
                return Ok((read, Measure::Whole));
            }
            [ESC, ref rest @ ..] => self.escape(family, rest, last, out)?,
            [shift @ (SHIFT_OUT | SHIFT_IN), ..] => {
                self.shifted = shift == SHIFT_OUT;
                1
            }
            [0..0x80, ..] if self.set().is_double() => return self.double_bytes(bytes, last, out),
            _ => return Err(illegal(1)),
        };
        Ok((read, Measure::Each(1)))
    }

    /// Decodes the characters of one byte at the start; how many. The state is the same before all
    /// of them, and after all but perhaps the last.
    fn single_bytes(&mut self, family: Iso2022, bytes: &[u8], out: &mut Utf8Room<'_>) -> usize {
        if self.through {
            // These are two bytes each, or one.
            let fitting = out.fitting(bytes);
            let fitting = &fitting[..fitting.len().div_ceil(2)];
            let end = fitting.iter().position(|&byte| ends_escape(byte));
            self.through = end != Some(0);
            let n = end.unwrap_or(fitting.len()).max(1);
            bytes[..n].iter().for_each(|&byte| out.push(byte.into()));
            return n;
        }
        let set = self.set();
        for (read, &byte) in bytes.iter().enumerate() {
            if out.is_full() {
                return read;
            }
            let ch = match byte {
                ESC | 0x80.. => None,
                SHIFT_OUT | SHIFT_IN if family.has_shifts() => None,
                // The shift ends with the line.
                b'\n' if self.shifted && read > 0 => None,
                0..0x20 => Some(byte.into()),
                0x20..0x80 => set.single(byte),
            };
            let Some(ch) = ch else { return read };
            out.push(ch);
            if byte == b'\n' && self.shifted {
                self.shifted = false;
                return 1;
            }
        }
        bytes.len()
    }

    /// Decodes the characters of two bytes at the start. One code of two characters is a step of
    /// its own.
    fn double_bytes(
        self,
        bytes: &[u8],
        last: bool,
        out: &mut Utf8Room<'_>,
    ) -> Result<(usize, Measure), DecodeStop> {
        let set = self.set();
        let (pairs, _) = bytes.as_chunks::<2>();
        let mut read = 0;
        for &[row, cell] in pairs {
            match set.double(row, cell) {
                Meaning::Char(ch) if !out.is_full() => out.push(ch),
                _ if read > 0 => break,
                Meaning::Pair(pair) => {
                    pair.into_iter().for_each(|ch| out.push(ch));
                    return Ok((2, Measure::Whole));
                }
                _ => return Err(illegal(2)),
            }
            read += 2;
        }
        match read {
            0 => Err(begun(bytes.len(), last)),
            n => Ok((n, Measure::Each(2))),
        }
    }

    /// Decodes the one character after a single shift, of which `rest` comes after the escape
    /// sequence.
    fn single_shift(
        self,
        bytes: &[u8],
        rest: &[u8],
        last: bool,
        out: &mut Utf8Room<'_>,
    ) -> Result<usize, DecodeStop> {
        let [byte, ..] = *rest else {
            return Err(begun(bytes.len(), last));
        };
        let ch = self.g2.and_then(|set| set.shifted(byte));
        out.push(ch.ok_or(illegal(3))?);
        Ok(3)
    }

    /// Follows an escape sequence, of which `rest` comes after the escape; how long it is.
    fn escape(
        &mut self,
        family: Iso2022,
        rest: &[u8],
        last: bool,
        out: &mut Utf8Room<'_>,
    ) -> Result<usize, DecodeStop> {
        let len = match rest {
            [] => return Err(begun(1, last)),
            [b'(' | b')' | b'$' | b'.' | b'&', ..] => match escape_len(family, rest) {
                Some(len) => len,
                None if rest.len() >= LONGEST - 1 => return Err(illegal(1)),
                None => return Err(begun(rest.len() + 1, last)),
            },
            _ => {
                self.through = true;
                out.push(char::from(ESC));
                return Ok(1);
            }
        };
        if self.designate(family, &rest[..len]) {
            Ok(len + 1)
        } else {
            Err(illegal(len + 1))
        }
    }

    /// Does what an escape sequence says; `false`: nothing is meant by it.
    fn designate(&mut self, family: Iso2022, sequence: &[u8]) -> bool {
        let (half, mark, is_double) = match *sequence {
            [b'$', mark] => (b'(', mark, true),
            [half @ (b'(' | b')'), mark] => (half, mark, false),
            [b'.', mark] if family.has_single_shifts() => (b'.', mark, false),
            [b'$', half @ (b'(' | b')'), mark] => (half, mark, true),
            // The 1990 edition announces itself as `&@`, at which CPython does not look.
            [_, _, ESC, b'$', b'B'] if !family.has_shifts() => (b'(', b'B', true),
            _ => return false,
        };
        let Some(set) = family.designated(mark, is_double) else {
            return false;
        };
        match half {
            b'(' => self.g0 = set,
            // What the second set is matters to nobody where no shift selects it.
            b')' if family.has_shifts() => self.g1 = set,
            b')' => {}
            _ => self.g2 = Some(set).filter(|&set| SINGLE_SHIFTS.contains(&Some(set))),
        }
        true
    }
}

/// Whether a byte is the last one of an escape sequence.
fn ends_escape(byte: u8) -> bool {
    matches!(byte, b'@'..=b'Z')
}

/// The length of an escape sequence without the escape, if its end is there.
fn escape_len(family: Iso2022, rest: &[u8]) -> Option<usize> {
    let mut at = 0;
    while at + 1 < LONGEST {
        match rest.get(at..)? {
            [byte, ..] if ends_escape(*byte) => return Some(at + 1),
            // It goes on with another one.
            [b'&', b'@', ..] if !family.has_shifts() => at += 3,
            [_, ..] => at += 1,
            [] => return None,
        }
    }
    None
}
