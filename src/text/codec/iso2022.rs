//! The encodings that are made of ISO 2022, as CPython reads them: iso2022_jp (RFC 1468) and its
//! extensions, and iso2022_kr (RFC 1557).
//!
//! Escape sequences say what the bytes behind them are: ASCII, or another [`Set`].

use super::iso2022_sets::{Meaning, Set};
use super::jisx0213::Edition;
use super::step::{Measure, Step};

const ESC: u8 = 0x1b;
const SHIFT_OUT: u8 = 0x0e;
const SHIFT_IN: u8 = 0x0f;

/// The longest escape sequence that is waited for, in bytes.
const LONGEST: usize = 16;

/// An encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::text) enum Iso2022 {
    Jp,
    Jp1,
    Jp2,
    Jp2004,
    Jp3,
    JpExt,
    Kr,
}

impl Iso2022 {
    pub(super) const ALL: [Iso2022; 7] = [
        Iso2022::Jp,
        Iso2022::Jp1,
        Iso2022::Jp2,
        Iso2022::Jp2004,
        Iso2022::Jp3,
        Iso2022::JpExt,
        Iso2022::Kr,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Iso2022::Jp => "iso2022_jp",
            Iso2022::Jp1 => "iso2022_jp_1",
            Iso2022::Jp2 => "iso2022_jp_2",
            Iso2022::Jp2004 => "iso2022_jp_2004",
            Iso2022::Jp3 => "iso2022_jp_3",
            Iso2022::JpExt => "iso2022_jp_ext",
            Iso2022::Kr => "iso2022_kr",
        }
    }

    /// The character sets beside ASCII, in the order in which a character is looked for.
    pub(super) fn sets(self) -> &'static [Set] {
        use Set::{Gb2312, Greek, Jisx0208, Jisx0212, Kana, Ksx1001, Latin1, Roman};
        match self {
            Iso2022::Jp => &[Roman, Jisx0208],
            Iso2022::Jp1 => &[Roman, Jisx0208, Jisx0212],
            Iso2022::Jp2 => &[Roman, Jisx0208, Jisx0212, Ksx1001, Gb2312, Latin1, Greek],
            Iso2022::Jp2004 => &[
                Jisx0208,
                Set::Plane1(Edition::Of2004),
                Set::Plane2(Edition::Of2004),
            ],
            Iso2022::Jp3 => &[
                Jisx0208,
                Set::Plane1(Edition::Of2000),
                Set::Plane2(Edition::Of2000),
            ],
            Iso2022::JpExt => &[Roman, Jisx0208, Jisx0212, Kana],
            Iso2022::Kr => &[Ksx1001],
        }
    }

    /// The set of an escape sequence's last byte.
    fn designated(self, mark: u8, is_double: bool) -> Option<Set> {
        let is_old = self.sets().contains(&Set::Roman) && is_double && mark == b'@';
        let mark = if is_old { b'B' } else { mark };
        let ascii = [Set::Ascii];
        let mut all = ascii.iter().chain(self.sets());
        all.find(|set| set.mark() == (mark, is_double)).copied()
    }

    /// Whether shifts select the second of two sets.
    pub(super) fn has_shifts(self) -> bool {
        self == Iso2022::Kr
    }

    /// Whether a third set is read behind single shifts.
    fn has_single_shifts(self) -> bool {
        self == Iso2022::Jp2
    }

    /// How many bytes at the start stand for themselves where ASCII does.
    pub(super) fn ascii_prefix(self, bytes: &[u8]) -> usize {
        let ends = |&byte: &u8| match byte {
            SHIFT_OUT | SHIFT_IN => self.has_shifts(),
            byte => !byte.is_ascii() || byte == ESC,
        };
        bytes.iter().position(ends).unwrap_or(bytes.len())
    }
}

/// A decoder's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shift {
    /// What bytes below 0x80 are, unless they are `shifted`.
    pub(super) g0: Set,
    /// What they are then.
    pub(super) g1: Set,
    /// What a byte behind a single shift is.
    g2: Option<Set>,
    pub(super) shifted: bool,
    /// Inside an escape sequence that is not of ISO 2022, and is text.
    through: bool,
}

/// What may be behind a single shift, by number; `None`: a set that has no such characters.
const SINGLE_SHIFTS: [Option<Set>; 4] =
    [Some(Set::Ascii), Some(Set::Latin1), Some(Set::Greek), None];

impl Shift {
    pub(super) const START: Shift = Shift {
        g0: Set::Ascii,
        g1: Set::Ascii,
        g2: Some(Set::Ascii),
        shifted: false,
        through: false,
    };

    /// The state as a number; 0: as at the start. In iso2022_jp it is below 6, and below 64 in all.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "there are eight sets at most"
    )]
    pub(super) fn number(self, family: Iso2022) -> u8 {
        let sets = family.sets();
        let g0 = sets.iter().position(|&set| set == self.g0);
        let g0 = g0.map_or(0, |at| at as u8 + 1);
        let g2 = SINGLE_SHIFTS.iter().position(|&set| set == self.g2);
        let rest = if family.has_shifts() {
            u8::from(self.shifted) + 2 * u8::from(self.g1 != Set::Ascii)
        } else {
            g2.map_or(0, |at| at as u8)
        };
        g0 + (sets.len() as u8 + 1) * (u8::from(self.through) + 2 * rest)
    }

    /// The state of a number that may be anything: one that nobody told is a place like the start.
    pub(super) fn from_state(family: Iso2022, state: u64) -> Shift {
        Shift::from_number(family, u8::try_from(state).unwrap_or(0))
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "there are eight sets at most"
    )]
    fn from_number(family: Iso2022, number: u8) -> Shift {
        let sets = family.sets();
        let count = sets.len() as u8 + 1;
        let (g0, rest) = (number % count, number / count);
        let rest_of = rest / 2 % 4;
        let (shifted, g1) = if family.has_shifts() {
            (rest_of % 2 != 0, rest_of >= 2)
        } else {
            (false, false)
        };
        Shift {
            g0: match g0 {
                0 => Set::Ascii,
                n => sets[usize::from(n) - 1],
            },
            g1: if g1 { sets[0] } else { Set::Ascii },
            g2: if family.has_single_shifts() {
                SINGLE_SHIFTS[usize::from(rest_of)]
            } else {
                Some(Set::Ascii)
            },
            shifted,
            through: rest % 2 != 0,
        }
    }

    /// Whether bytes that are ASCII are text as they are, but for those that change that.
    pub(super) fn is_ascii(self) -> bool {
        self.g0 == Set::Ascii && !self.shifted && !self.through
    }

    /// What bytes from 0x20 to 0x7f are.
    fn set(self) -> Set {
        if self.shifted { self.g1 } else { self.g0 }
    }

    /// Decodes characters of one length at the start, or an escape sequence, or says what stands
    /// there instead; and how to measure the text.
    pub(super) fn step(
        &mut self,
        family: Iso2022,
        bytes: &[u8],
        last: bool,
        text: &mut String,
    ) -> (Step, Measure) {
        let single = self.single_bytes(family, bytes, text);
        if single > 0 {
            return (Step::Read(single), Measure::Characters);
        }
        match *bytes {
            [ESC, b'N', ref rest @ ..] if family.has_single_shifts() => {
                (self.single_shift(bytes, rest, last, text), Measure::Whole)
            }
            [ESC, ref rest @ ..] => {
                let step = self.escape(family, rest, last, text);
                (step, Measure::Characters)
            }
            [shift @ (SHIFT_OUT | SHIFT_IN), ..] => {
                self.shifted = shift == SHIFT_OUT;
                (Step::Read(1), Measure::Characters)
            }
            [0..0x80, ..] if self.set().is_double() => self.double_bytes(bytes, last, text),
            _ => (Step::illegal(1), Measure::Characters),
        }
    }

    /// Decodes the characters of one byte at the start; how many. The state is the same before all
    /// of them, and behind all but perhaps the last.
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
                Meaning::Nothing => return (Step::illegal(2), Measure::Fixed(2)),
            }
            read += 2;
        }
        let step = match read {
            0 => Step::begun(bytes.len(), last),
            n => Step::Read(n),
        };
        (step, Measure::Fixed(2))
    }

    /// Decodes the one character behind a single shift, of which `rest` comes behind the escape
    /// sequence.
    fn single_shift(self, bytes: &[u8], rest: &[u8], last: bool, text: &mut String) -> Step {
        let [byte, ..] = *rest else {
            return Step::begun(bytes.len(), last);
        };
        match self.g2.and_then(|set| set.shifted(byte)) {
            Some(ch) => {
                text.push(ch);
                Step::Read(3)
            }
            None => Step::illegal(3),
        }
    }

    /// Follows an escape sequence, of which `rest` comes behind the escape.
    fn escape(&mut self, family: Iso2022, rest: &[u8], last: bool, text: &mut String) -> Step {
        let len = match rest {
            [] => return Step::begun(1, last),
            [b'(' | b')' | b'$' | b'.' | b'&', ..] => match escape_len(family, rest) {
                Some(len) => len,
                None if rest.len() >= LONGEST - 1 => return Step::illegal(1),
                None => return Step::begun(rest.len() + 1, last),
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
            Step::illegal(len + 1)
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
