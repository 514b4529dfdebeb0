//! The multi-byte encodings of East Asia that have no state between characters.
//!
//! They are CPython's; [`Table`] says how they are made of encoding_rs's tables.

use std::sync::OnceLock;

use super::multi_byte_table::Table;
use super::piece::Piece;
use super::step::{Measure, Step};

/// The encodings' names.
pub(super) const NAMES: [&str; 11] = [
    "big5",
    "cp932",
    "cp949",
    "cp950",
    "euc_jp",
    "euc_kr",
    "gb2312",
    "gb18030",
    "gbk",
    "johab",
    "shift_jis",
];

/// A multi-byte encoding, by its place in [`NAMES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::text) struct MultiByte(u8);

/// How many bytes are decoded one character after the other before whole blocks are.
const FEW: usize = 16;

/// What stands at the start of some bytes.
pub(super) enum Next {
    /// A character of so many bytes, as it is written.
    Char(char, usize),
    /// A character of so many bytes that is written otherwise.
    Odd(char, usize),
    /// Nothing, or the start of a character.
    Unfinished,
    /// No character.
    Malformed,
}

impl MultiByte {
    pub(super) const CP949: MultiByte = MultiByte(2);
    pub(super) const EUC_JP: MultiByte = MultiByte(4);
    pub(super) const GB2312: MultiByte = MultiByte(6);

    pub(super) fn all() -> impl Iterator<Item = MultiByte> {
        (0..).take(NAMES.len()).map(MultiByte)
    }

    pub(super) fn name(self) -> &'static str {
        NAMES[usize::from(self.0)]
    }

    /// The encoding's table, made when it is first used.
    pub(super) fn table(self) -> &'static Table {
        static TABLES: [OnceLock<Table>; NAMES.len()] = [const { OnceLock::new() }; NAMES.len()];
        TABLES[usize::from(self.0)].get_or_init(|| Table::new(self.name()))
    }

    /// How many bytes the text is written in.
    pub(super) fn measure(self, text: &str) -> usize {
        let table = self.table();
        text.chars()
            .map(|ch| {
                if ch.is_ascii() {
                    1
                } else {
                    table.code(ch).map_or(0, |code| code.as_bytes().len())
                }
            })
            .sum()
    }
}

impl Table {
    /// Decodes the characters at the start, or says what stands there instead; and how to measure
    /// them.
    #[inline(never)]
    pub(super) fn step(
        &self,
        family: MultiByte,
        bytes: &[u8],
        last: bool,
        text: &mut String,
    ) -> (Step, Measure) {
        text.reserve(bytes.len() + bytes.len() / 2);
        let mut read = self.few(bytes, text);
        if read >= FEW {
            read += self.many(&bytes[read..], text);
        }
        let step = match self.next(&bytes[read..]) {
            _ if read > 0 => Step::Read(read),
            Next::Char(ch, len) | Next::Odd(ch, len) => {
                text.push(ch);
                return (Step::Read(len), Measure::Whole);
            }
            Next::Malformed => Step::illegal(1),
            Next::Unfinished => Step::begun(bytes.len(), last),
        };
        (step, Measure::MultiByte(family))
    }

    /// Decodes the first characters, one by one; how many bytes these are. Where malformed bytes
    /// are never far, looking at whole blocks is in vain.
    fn few(&self, bytes: &[u8], text: &mut String) -> usize {
        let mut read = 0;
        while read < FEW {
            let rest = &bytes[read..];
            let (ch, len) = match rest.first() {
                Some(&byte) if byte.is_ascii() => (byte.into(), 1),
                _ => match self.next(rest) {
                    Next::Char(ch, len) => (ch, len),
                    _ => break,
                },
            };
            text.push(ch);
            read += len;
        }
        read
    }

    /// Decodes the characters at the start; how many bytes these are.
    fn many(&self, bytes: &[u8], text: &mut String) -> usize {
        let (mut piece, mut read) = (Piece::new(), 0);
        loop {
            // Most of it, and then what stopped it.
            read += self.run(&bytes[read..], &mut piece, text);
            match self.next(&bytes[read..]) {
                Next::Char(ch, len) => {
                    text.push(ch);
                    read += len;
                }
                _ => return read,
            }
        }
    }

    /// Appends the bytes of `text` up to the first character that is missing; where that is.
    pub(super) fn encode(&self, text: &str, bytes: &mut Vec<u8>) -> usize {
        bytes.reserve(text.len());
        for (at, ch) in text.char_indices() {
            if ch.is_ascii() {
                bytes.push(ch as u8);
            } else if let Some(code) = self.code(ch) {
                bytes.extend_from_slice(code.as_bytes());
            } else {
                return at;
            }
        }
        text.len()
    }

    /// Whether the encoding has a character.
    pub(super) fn has(&self, ch: char) -> bool {
        ch.is_ascii() || self.code(ch).is_some()
    }
}
