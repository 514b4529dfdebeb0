//! The multi-byte encodings in which a code may be two characters: か and a handakuten, or Ê and a
//! macron, that Unicode has no one code point for.
//!
//! So a character that may be the first of two is held back when it is written, until the next
//! one is there; both may be in different texts. [`PairedTable`] has the characters.

use std::sync::OnceLock;

use super::multi_byte::Next;
use super::paired_table::{Found, PairedTable};
use super::step::{Measure, Step};

/// The encodings' names.
const NAMES: [&str; 5] = [
    "big5hkscs",
    "euc_jis_2004",
    "euc_jisx0213",
    "shift_jis_2004",
    "shift_jisx0213",
];

/// An encoding with pairs, by its place in [`NAMES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::text) struct Paired(u8);

impl Paired {
    pub(super) const EUC_JIS_2004: Paired = Paired(1);
    pub(super) const EUC_JISX0213: Paired = Paired(2);

    pub(super) fn all() -> impl Iterator<Item = Paired> {
        (0..).take(NAMES.len()).map(Paired)
    }

    pub(super) fn name(self) -> &'static str {
        NAMES[usize::from(self.0)]
    }

    /// The encoding's table, made when it is first used.
    pub(super) fn table(self) -> &'static PairedTable {
        static TABLES: [OnceLock<PairedTable>; NAMES.len()] =
            [const { OnceLock::new() }; NAMES.len()];
        TABLES[usize::from(self.0)].get_or_init(|| PairedTable::new(self.name()))
    }

    /// How many bytes the text is written in, a character at a time.
    pub(super) fn measure(self, text: &str) -> usize {
        let table = self.table();
        text.chars()
            .map(|ch| match table.code(ch) {
                Some(code) => table.len(code),
                None => 1,
            })
            .sum()
    }
}

impl PairedTable {
    /// Decodes the characters at the start, or says what stands there instead; and how to measure
    /// them. A pair is a step of its own.
    pub(super) fn step(
        &self,
        family: Paired,
        bytes: &[u8],
        last: bool,
        text: &mut String,
    ) -> (Step, Measure) {
        text.reserve(bytes.len() + bytes.len() / 2);
        let mut read = 0;
        let step = loop {
            let rest = &bytes[read..];
            let ascii = rest.iter().take_while(|&&byte| self.is_ascii(byte));
            let ascii = ascii.count();
            if ascii > 0 {
                text.push_str(str::from_utf8(&rest[..ascii]).expect("the prefix is ASCII"));
                read += ascii;
                continue;
            }
            match self.next(rest) {
                Found::One(Next::Char(ch, len)) => {
                    text.push(ch);
                    read += len;
                }
                _ if read > 0 => break Step::Read(read),
                Found::One(Next::Odd(ch, len)) => {
                    text.push(ch);
                    return (Step::Read(len), Measure::Whole);
                }
                Found::Pair(pair, len) => {
                    text.extend(pair);
                    return (Step::Read(len), Measure::Whole);
                }
                Found::One(Next::Malformed) => break Step::illegal(1),
                Found::Absent(len) => break Step::illegal(len),
                Found::One(Next::Unfinished) => break Step::begun(rest.len(), last),
            }
        };
        (step, Measure::Paired(family))
    }

    /// Appends the bytes of `text` behind the character that is held back, up to the first that
    /// is missing; where that is.
    pub(super) fn encode(&self, text: &str, held: &mut Option<char>, bytes: &mut Vec<u8>) -> usize {
        bytes.reserve(text.len());
        for (at, ch) in text.char_indices() {
            if let Some(first) = held.take() {
                if let Some(code) = self.pair(first, ch) {
                    self.write(code, bytes);
                    continue;
                }
                self.encode_one(first, bytes);
            }
            if self.begins_pair(ch) {
                *held = Some(ch);
            } else if !self.encode_one(ch, bytes) {
                return at;
            }
        }
        text.len()
    }

    /// Appends the character that is held back by itself.
    pub(super) fn finish(&self, held: &mut Option<char>, bytes: &mut Vec<u8>) {
        if let Some(ch) = held.take() {
            self.encode_one(ch, bytes);
        }
    }

    /// Appends the bytes of a character by itself; `false`: it is missing.
    fn encode_one(&self, ch: char, bytes: &mut Vec<u8>) -> bool {
        if ch.is_ascii() && self.is_ascii(ch as u8) {
            bytes.push(ch as u8);
        } else if let Some(code) = self.code(ch) {
            self.write(code, bytes);
        } else {
            return false;
        }
        true
    }

    /// Whether the encoding has a character by itself.
    pub(super) fn has(&self, ch: char) -> bool {
        ch.is_ascii() && self.is_ascii(ch as u8) || self.code(ch).is_some()
    }
}
