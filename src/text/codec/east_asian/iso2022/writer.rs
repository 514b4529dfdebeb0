//! [`IsoWriter`]: text to an encoding made of ISO 2022.

use wide::i8x16;

use super::super::iso2022_sets::CharacterSet;
use super::super::two_sets::TwoSets;
use super::super::{Code, copy_ascii};
use super::{Iso2022, IsoState};

/// What a decoder knows after what was written, and what is written next.
///
/// The set that shifts select is announced once, where text needs it first.
#[derive(Clone, Copy, Debug)]
pub(super) struct IsoWriter {
    family: Iso2022,
    pub(super) state: IsoState,
    /// A character that was taken and is not written yet: the next one may make a pair with it.
    pub(super) held: Option<char>,
}

impl IsoWriter {
    /// An encoder's state as a number: a decoder's in the lowest byte, and above it the character
    /// that waits.
    pub(super) fn state(self) -> u64 {
        let held = self.held.map_or(0, u64::from);
        held << 8 | u64::from(self.state.number(self.family))
    }

    pub(super) fn from_state(family: Iso2022, state: u64) -> IsoWriter {
        let held = u32::try_from(state >> 8).ok().and_then(char::from_u32);
        IsoWriter {
            family,
            state: IsoState::from_state(family, state & 0xff),
            held: held.filter(|&ch| ch != '\0'),
        }
    }

    /// Encodes the characters at the start that are of ASCII or of the set that is preferred, where one
    /// of the two is selected.
    pub(super) fn encode_run(&mut self, text: &str, room: &mut [u8]) -> (usize, usize) {
        let (family, state) = (self.family, self.state);
        if self.held.is_some() {
            return (0, 0);
        }
        let others = |bytes: i8x16| family.not_plain(bytes);
        let preferred = family.preferred();
        let of_two = |(set, table)| Some((set, table, state.of_two(family, set)?));
        let Some((set, table, mut is_double)) = preferred.and_then(of_two) else {
            if !state.is_ascii() {
                return (0, 0);
            }
            let copied = copy_ascii(text.as_bytes(), room, others);
            return (copied, copied);
        };
        // Asked for once, and not for each character, whether it was made.
        let table = &**table;
        let sets = TwoSets {
            plain: |byte| family.has_ascii(byte),
            others,
            code: |unit| table.set_code(unit),
            to_ascii: family.switch(false),
            to_double: family.switch(true),
        };
        let done = sets.encode(&mut is_double, text, room);
        self.state.select(family, set, is_double);
        done
    }

    /// The bytes of a character after the one that waited, unless it waits itself.
    pub(super) fn encode(&mut self, ch: char) -> Option<Code> {
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
    pub(super) fn encode_one(&mut self, ch: char, code: &mut Code) -> bool {
        let found = match u8::try_from(ch) {
            // What changes the meaning of what follows cannot be written.
            Ok(byte @ 0..0x80) => {
                let found = (CharacterSet::Ascii, byte.into());
                self.family.has_ascii(byte).then_some(found)
            }
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
            bytes.append(set.escape());
            shift.g0 = set;
        }
        match (set.is_double(), code.to_be_bytes()) {
            (true, code) => bytes.push(&code),
            (false, [_, code]) => bytes.push(&[code]),
        }
    }

    /// Adds what selects the sets that are selected in `to`.
    pub(super) fn switch(&mut self, to: IsoState, bytes: &mut Code) {
        let shift = &mut self.state;
        if shift.shifted != to.shifted {
            bytes.push(if to.shifted { b"\x0e" } else { b"\x0f" });
            shift.shifted = to.shifted;
        }
        if shift.g0 != to.g0 {
            bytes.append(to.g0.escape());
            shift.g0 = to.g0;
        }
    }
}
