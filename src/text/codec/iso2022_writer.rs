//! [`Writer`]: the encodings of ISO 2022, as they are written.

use super::iso2022::{Iso2022, Shift};
use super::iso2022_sets::Set;

/// What a decoder knows behind what was written, and what is written next.
///
/// The set that shifts select is announced once, where text needs it first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Writer {
    family: Iso2022,
    shift: Shift,
    /// A character that was taken and is not written yet: the next one may make a pair with it.
    held: Option<char>,
}

impl Writer {
    pub(super) fn new(family: Iso2022) -> Writer {
        Writer::behind(family, Shift::START)
    }

    /// Where a decoder has this state.
    pub(super) fn behind(family: Iso2022, shift: Shift) -> Writer {
        Writer {
            family,
            shift,
            held: None,
        }
    }

    pub(super) fn held(self) -> Option<char> {
        self.held
    }

    /// The number of the state that a decoder has behind what was written.
    pub(super) fn state(self) -> u8 {
        self.shift.number(self.family)
    }

    /// Whether bytes are anything but ASCII here.
    pub(super) fn is_shifted(self) -> bool {
        self.shift.shifted || self.shift.g0 != Set::Ascii
    }

    /// Whether there is a character.
    pub(super) fn has(self, ch: char) -> bool {
        match ch {
            // What follows would be read as a part of it.
            '\x1b' => false,
            '\x0e' | '\x0f' => !self.family.has_shifts(),
            '\0'..='\x7f' => true,
            _ => self.find(ch).is_some(),
        }
    }

    /// Whether two characters are one code.
    pub(super) fn joins(self, first: char, second: char) -> bool {
        self.pair(first, second).is_some()
    }

    /// The first set that has a character, and its code there.
    fn find(self, ch: char) -> Option<(Set, u16)> {
        let mut sets = self.family.sets().iter();
        sets.find_map(|&set| Some((set, set.code(ch)?)))
    }

    fn pair(self, first: char, second: char) -> Option<(Set, u16)> {
        let mut sets = self.family.sets().iter();
        sets.find_map(|&set| Some((set, set.pair(first, second)?)))
    }

    fn begins_pair(self, ch: char) -> bool {
        self.family.sets().iter().any(|set| set.begins_pair(ch))
    }

    /// Appends the bytes of `text` behind the character that is held back, up to the first that
    /// is missing; where that is.
    pub(super) fn encode(&mut self, text: &str, bytes: &mut Vec<u8>) -> usize {
        bytes.reserve(text.len());
        for (at, ch) in text.char_indices() {
            if let Some(first) = self.held.take() {
                if let Some((set, code)) = self.pair(first, ch) {
                    self.write(set, code, bytes);
                    continue;
                }
                self.encode_one(first, bytes);
            }
            if !ch.is_ascii() && self.begins_pair(ch) {
                self.held = Some(ch);
            } else if !self.encode_one(ch, bytes) {
                return at;
            }
        }
        text.len()
    }

    /// Appends the character that is held back by itself.
    pub(super) fn finish(&mut self, bytes: &mut Vec<u8>) {
        if let Some(ch) = self.held.take() {
            self.encode_one(ch, bytes);
        }
    }

    /// Appends the bytes of a character by itself; `false`: it is missing.
    fn encode_one(&mut self, ch: char, bytes: &mut Vec<u8>) -> bool {
        if ch.is_ascii() {
            if self.has(ch) {
                self.write(Set::Ascii, ch as u16, bytes);
            }
            return self.has(ch);
        }
        match self.find(ch) {
            Some((set, code)) => self.write(set, code, bytes),
            None => return false,
        }
        true
    }

    /// Appends a code, and before it what says that its set comes.
    fn write(&mut self, set: Set, code: u16, bytes: &mut Vec<u8>) {
        let shift = &mut self.shift;
        let shifted = self.family.has_shifts() && set != Set::Ascii;
        if shifted && shift.g1 != set {
            bytes.extend_from_slice(b"\x1b$)C");
            shift.g1 = set;
        }
        if shift.shifted != shifted {
            bytes.push(if shifted { b'\x0e' } else { b'\x0f' });
            shift.shifted = shifted;
        }
        if !shifted && shift.g0 != set {
            bytes.extend_from_slice(set.escape());
            shift.g0 = set;
        }
        match (set.is_double(), code.to_be_bytes()) {
            (true, code) => bytes.extend_from_slice(&code),
            (false, [_, code]) => bytes.push(code),
        }
    }

    /// Appends what leads back to where a decoder has this state.
    pub(super) fn return_to(&mut self, state: u64, bytes: &mut Vec<u8>) {
        self.switch(Shift::from_state(self.family, state), bytes);
    }

    /// Appends what leads back to ASCII.
    pub(super) fn end(&mut self, bytes: &mut Vec<u8>) {
        self.switch(Shift::START, bytes);
    }

    /// Appends what selects the sets that are selected in `to`.
    fn switch(&mut self, to: Shift, bytes: &mut Vec<u8>) {
        let shift = &mut self.shift;
        if shift.shifted != to.shifted {
            bytes.push(if to.shifted { b'\x0e' } else { b'\x0f' });
            shift.shifted = to.shifted;
        }
        if shift.g0 != to.g0 {
            bytes.extend_from_slice(to.g0.escape());
            shift.g0 = to.g0;
        }
    }
}
