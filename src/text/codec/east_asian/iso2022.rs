//! The encodings that are made of ISO 2022, as CPython reads and writes them: iso2022_jp (RFC 1468)
//! and its extensions, and iso2022_kr (RFC 1557).
//!
//! Escape sequences say what the bytes after them are: ASCII, or another [`CharacterSet`].

use super::iso2022_sets::{CharacterSet, Meaning};
use super::jisx0213::Edition;
use super::{
    Code, Encoded, Ending, Family, Measure, Place, Properties, Step, begun, encode_chars, illegal,
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

    fn pair(self, first: char, second: char) -> Option<(CharacterSet, u16)> {
        let mut sets = self.sets().iter();
        sets.find_map(|&set| Some((set, set.pair(first, second)?)))
    }

    fn begins_pair(self, ch: char) -> bool {
        self.sets().iter().any(|set| set.begins_pair(ch))
    }

    /// How many bytes at the start stand for themselves where ASCII does.
    fn ascii_prefix(self, bytes: &[u8]) -> usize {
        let ends = |&byte: &u8| match byte {
            SHIFT_OUT | SHIFT_IN => self.has_shifts(),
            byte => !byte.is_ascii() || byte == ESC,
        };
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

    /// Decodes characters of one length, or an escape sequence.
    fn decode(&self, place: &mut Place, bytes: &[u8], last: bool, text: &mut String) -> Step {
        let mut state = IsoState::from_state(*self, place.state);
        let (step, measure) = state.step(*self, bytes, last, text);
        (place.state, place.measure) = (state.number(*self).into(), measure);
        step
    }

    fn verbatim(&self, state: u64, bytes: &[u8]) -> usize {
        if IsoState::from_state(*self, state).is_ascii() {
            self.ascii_prefix(bytes)
        } else {
            0
        }
    }

    fn known_state(&self, number: u64) -> u64 {
        IsoState::from_state(*self, number).number(*self).into()
    }

    fn encode(&self, state: &mut u64, text: &str, room: &mut [u8]) -> Encoded {
        let mut writer = IsoWriter::from_state(*self, *state);
        let encoded = encode_chars(&mut writer, text, room, IsoWriter::encode);
        *state = writer.state();
        encoded
    }

    fn has(&self, ch: char) -> bool {
        let mut writer = IsoWriter::from_state(*self, 0);
        writer.encode_one(ch, &mut Code::new(&[]))
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

    fn finish(&self, state: &mut u64, what: Ending) -> Code {
        let (mut writer, mut code) = (IsoWriter::from_state(*self, *state), Code::NONE);
        match what {
            Ending::Held => {
                if let Some(ch) = writer.held.take() {
                    writer.encode_one(ch, &mut code);
                }
            }
            Ending::Pause => {}
            Ending::Shift => writer.switch(IsoState::START, &mut code),
            Ending::ReturnTo(read) => writer.switch(IsoState::from_state(*self, read), &mut code),
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

    /// The state of a number that may be anything: one that nobody told is a place like the start.
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

    /// What bytes from 0x20 to 0x7f are.
    fn set(self) -> CharacterSet {
        if self.shifted { self.g1 } else { self.g0 }
    }

    /// Decodes characters of one length at the start, or an escape sequence, or says what stands
    /// there instead; and how to measure the text.
    fn step(
        &mut self,
        family: Iso2022,
        bytes: &[u8],
        last: bool,
        text: &mut String,
    ) -> (Step, Measure) {
        let single = self.single_bytes(family, bytes, text);
        if single > 0 {
            return (Step::Read(single), Measure::Each(1));
        }
        match *bytes {
            [ESC, b'N', ref rest @ ..] if family.has_single_shifts() => {
                (self.single_shift(bytes, rest, last, text), Measure::Whole)
            }
            [ESC, ref rest @ ..] => {
                let step = self.escape(family, rest, last, text);
                (step, Measure::Each(1))
            }
            [shift @ (SHIFT_OUT | SHIFT_IN), ..] => {
                self.shifted = shift == SHIFT_OUT;
                (Step::Read(1), Measure::Each(1))
            }
            [0..0x80, ..] if self.set().is_double() => self.double_bytes(bytes, last, text),
            _ => (illegal(1), Measure::Each(1)),
        }
    }

    /// Decodes the characters of one byte at the start; how many. The state is the same before all
    /// of them, and after all but perhaps the last.
    fn single_bytes(&mut self, family: Iso2022, bytes: &[u8], text: &mut String) -> usize {
        if self.through {
            let end = bytes.iter().position(|&byte| ends_escape(byte));
            self.through = end != Some(0);
            let n = end.unwrap_or(bytes.len()).max(1);
            text.extend(bytes[..n].iter().map(|&byte| char::from(byte)));
            return n;
        }
        let set = self.set();
        for (read, &byte) in bytes.iter().enumerate() {
            let ch = match byte {
                ESC | 0x80.. => None,
                SHIFT_OUT | SHIFT_IN if family.has_shifts() => None,
                // The shift ends with the line.
                b'\n' if self.shifted && read > 0 => None,
                0..0x20 => Some(byte.into()),
                0x20..0x80 => set.single(byte),
            };
            let Some(ch) = ch else { return read };
            text.push(ch);
            if byte == b'\n' && self.shifted {
                self.shifted = false;
                return 1;
            }
        }
        bytes.len()
    }

    /// Decodes the characters of two bytes at the start. One code of two characters is a step of
    /// its own.
    fn double_bytes(self, bytes: &[u8], last: bool, text: &mut String) -> (Step, Measure) {
        let set = self.set();
        let (pairs, _) = bytes.as_chunks::<2>();
        let mut read = 0;
        for &[row, cell] in pairs {
            match set.double(row, cell) {
                Meaning::Char(ch) => text.push(ch),
                _ if read > 0 => break,
                Meaning::Pair(pair) => {
                    text.extend(pair);
                    return (Step::Read(2), Measure::Whole);
                }
                Meaning::Nothing => return (illegal(2), Measure::Each(2)),
            }
            read += 2;
        }
        let step = match read {
            0 => begun(bytes.len(), last),
            n => Step::Read(n),
        };
        (step, Measure::Each(2))
    }

    /// Decodes the one character after a single shift, of which `rest` comes after the escape
    /// sequence.
    fn single_shift(self, bytes: &[u8], rest: &[u8], last: bool, text: &mut String) -> Step {
        let [byte, ..] = *rest else {
            return begun(bytes.len(), last);
        };
        match self.g2.and_then(|set| set.shifted(byte)) {
            Some(ch) => {
                text.push(ch);
                Step::Read(3)
            }
            None => illegal(3),
        }
    }

    /// Follows an escape sequence, of which `rest` comes after the escape.
    fn escape(&mut self, family: Iso2022, rest: &[u8], last: bool, text: &mut String) -> Step {
        let len = match rest {
            [] => return begun(1, last),
            [b'(' | b')' | b'$' | b'.' | b'&', ..] => match escape_len(family, rest) {
                Some(len) => len,
                None if rest.len() >= LONGEST - 1 => return illegal(1),
                None => return begun(rest.len() + 1, last),
            },
            _ => {
                self.through = true;
                text.push(char::from(ESC));
                return Step::Read(1);
            }
        };
        if self.designate(family, &rest[..len]) {
            Step::Read(len + 1)
        } else {
            illegal(len + 1)
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

/// What a decoder knows after what was written, and what is written next.
///
/// The set that shifts select is announced once, where text needs it first.
#[derive(Clone, Copy, Debug)]
struct IsoWriter {
    family: Iso2022,
    state: IsoState,
    /// A character that was taken and is not written yet: the next one may make a pair with it.
    held: Option<char>,
}

impl IsoWriter {
    /// An encoder's state as a number: a decoder's in the lowest byte, and above it the character
    /// that waits.
    fn state(self) -> u64 {
        let held = self.held.map_or(0, u64::from);
        held << 8 | u64::from(self.state.number(self.family))
    }

    fn from_state(family: Iso2022, state: u64) -> IsoWriter {
        let held = u32::try_from(state >> 8).ok().and_then(char::from_u32);
        IsoWriter {
            family,
            state: IsoState::from_state(family, state & 0xff),
            held: held.filter(|&ch| ch != '\0'),
        }
    }

    /// The bytes of a character after the one that waited, unless it waits itself.
    fn encode(&mut self, ch: char) -> Option<Code> {
        let mut code = Code::NONE;
        if let Some(first) = self.held.take() {
            if let Some((set, pair)) = self.family.pair(first, ch) {
                self.write(set, pair, &mut code);
                return Some(code);
            }
            self.encode_one(first, &mut code);
        }
        if !ch.is_ascii() && self.family.begins_pair(ch) {
            self.held = Some(ch);
        } else if !self.encode_one(ch, &mut code) {
            return None;
        }
        Some(code)
    }

    /// Adds the bytes of a character by itself; `false`: it is missing.
    fn encode_one(&mut self, ch: char, code: &mut Code) -> bool {
        let found = match ch {
            // What follows would be read as a part of it.
            '\x1b' => None,
            '\x0e' | '\x0f' if self.family.has_shifts() => None,
            '\0'..='\x7f' => Some((CharacterSet::Ascii, ch as u16)),
            _ => self.family.find(ch),
        };
        if let Some((set, number)) = found {
            self.write(set, number, code);
        }
        found.is_some()
    }

    /// Adds a code, and before it what says that its set comes.
    fn write(&mut self, set: CharacterSet, code: u16, bytes: &mut Code) {
        let shift = &mut self.state;
        let shifted = self.family.has_shifts() && set != CharacterSet::Ascii;
        if shifted && shift.g1 != set {
            bytes.push(b"\x1b$)C");
            shift.g1 = set;
        }
        if shift.shifted != shifted {
            bytes.push(if shifted { b"\x0e" } else { b"\x0f" });
            shift.shifted = shifted;
        }
        if !shifted && shift.g0 != set {
            bytes.push(set.escape().as_bytes());
            shift.g0 = set;
        }
        match (set.is_double(), code.to_be_bytes()) {
            (true, code) => bytes.push(&code),
            (false, [_, code]) => bytes.push(&[code]),
        }
    }

    /// Adds what selects the sets that are selected in `to`.
    fn switch(&mut self, to: IsoState, bytes: &mut Code) {
        let shift = &mut self.state;
        if shift.shifted != to.shifted {
            bytes.push(if to.shifted { b"\x0e" } else { b"\x0f" });
            shift.shifted = to.shifted;
        }
        if shift.g0 != to.g0 {
            bytes.push(to.g0.escape().as_bytes());
            shift.g0 = to.g0;
        }
    }
}
