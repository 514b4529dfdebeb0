//! The character sets of ISO 2022 that East Asia's encodings shift between.

use std::sync::LazyLock;

use super::Code;
use super::jisx0213::Edition;
use super::multi_byte::{CP949, EUC_JP, GB2312, MultiByte};
use super::two_character::{self, TwoCharacter};

/// A character set. Characters have one byte, or two from 0x21 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CharacterSet {
    Ascii,
    /// The Roman half of JIS X 0201.
    Roman,
    /// The other half.
    Kana,
    /// The upper halves of ISO 8859-1 and of ISO 8859-7, which are read after single shifts only.
    Latin1,
    Greek,
    Jisx0208,
    Jisx0212,
    Ksx1001,
    Gb2312,
    /// The first and second plane of JIS X 0213.
    Plane1(Edition),
    Plane2(Edition),
}

/// What bytes are in a set.
pub(super) enum Meaning {
    Char(char),
    Pair([char; 2]),
    Nothing,
}

impl CharacterSet {
    /// The last byte of the set's escape sequences, and whether characters have two bytes.
    pub(super) fn mark(self) -> (u8, bool) {
        match self {
            CharacterSet::Ascii => (b'B', false),
            CharacterSet::Roman => (b'J', false),
            CharacterSet::Kana => (b'I', false),
            CharacterSet::Latin1 => (b'A', false),
            CharacterSet::Greek => (b'F', false),
            CharacterSet::Jisx0208 => (b'B', true),
            CharacterSet::Jisx0212 => (b'D', true),
            CharacterSet::Ksx1001 => (b'C', true),
            CharacterSet::Gb2312 => (b'A', true),
            CharacterSet::Plane1(Edition::Of2000) => (b'O', true),
            CharacterSet::Plane1(Edition::Of2004) => (b'Q', true),
            CharacterSet::Plane2(_) => (b'P', true),
        }
    }

    /// Whether characters have two bytes.
    pub(super) fn is_double(self) -> bool {
        self.mark().1
    }

    /// What says that this set comes.
    pub(super) fn escape(self) -> Code {
        let (mark, is_double) = self.mark();
        let mut escape = match self {
            CharacterSet::Latin1 | CharacterSet::Greek => Code::new(b"\x1b."),
            CharacterSet::Jisx0208 => Code::new(b"\x1b$"),
            _ if is_double => Code::new(b"\x1b$("),
            _ => Code::new(b"\x1b("),
        };
        escape.push(&[mark]);
        escape
    }

    /// The character of a byte from 0x20 to 0x7f, if characters have one byte here.
    pub(super) fn single(self, byte: u8) -> Option<char> {
        match (self, byte) {
            (CharacterSet::Ascii, _) => Some(byte.into()),
            (CharacterSet::Roman, b'\\') => Some('¥'),
            (CharacterSet::Roman, b'~') => Some('‾'),
            (CharacterSet::Roman, _) => Some(byte.into()),
            (CharacterSet::Kana, 0x21..=0x5f) => char::from_u32(0xff61 - 0x21 + u32::from(byte)),
            _ => None,
        }
    }

    /// The character of a byte after a single shift.
    pub(super) fn shifted(self, byte: u8) -> Option<char> {
        match (self, byte) {
            (CharacterSet::Ascii, 0..0x80) => Some(byte.into()),
            (CharacterSet::Latin1, 0..0x80) => Some((byte | 0x80).into()),
            (CharacterSet::Greek, _) => greek(byte ^ 0x80),
            _ => None,
        }
    }

    /// What two bytes are, if characters have two here.
    pub(super) fn double(self, row: u8, cell: u8) -> Meaning {
        let (0x21..=0x7e, 0x21..=0x7e) = (row, cell) else {
            return Meaning::Nothing;
        };
        let (lead, trail) = (row | 0x80, cell | 0x80);
        let ch = match self {
            CharacterSet::Jisx0208 => EUC_JP.double(lead, trail),
            CharacterSet::Jisx0212 => EUC_JP.triple(lead, trail),
            CharacterSet::Ksx1001 => CP949.double(lead, trail),
            CharacterSet::Gb2312 => GB2312.double(lead, trail),
            CharacterSet::Plane1(edition) => return plane_1(edition, row, cell),
            CharacterSet::Plane2(edition) => return plane_2(edition, row, cell),
            _ => None,
        };
        ch.map_or(Meaning::Nothing, Meaning::Char)
    }

    /// A character's code, one byte or two as a number.
    pub(super) fn code(self, ch: char) -> Option<u16> {
        if let Some(table) = self.table() {
            let unit = u16::try_from(u32::from(ch)).ok()?;
            let code = table.set_code(unit).swap_bytes();
            return (code != 0).then_some(code);
        }
        match (self, ch) {
            (CharacterSet::Roman, '¥') => Some(b'\\'.into()),
            (CharacterSet::Roman, '‾') => Some(b'~'.into()),
            (CharacterSet::Kana, '\u{ff61}'..='\u{ff9f}') => {
                u16::try_from(u32::from(ch) - 0xff61 + 0x21).ok()
            }
            (CharacterSet::Jisx0212, _) => {
                Some(u16::from_be_bytes(EUC_JP.triple_code(ch)?) & 0x7f7f)
            }
            // Where EUC has this one there is the tilde.
            (CharacterSet::Plane1(_), '～') => None,
            (CharacterSet::Plane1(edition), _) => {
                let code = euc(edition).own_code(ch)?;
                (code & 0x80 != 0).then_some(code & 0x7f7f)
            }
            (CharacterSet::Plane2(Edition::Of2000), '\u{9b1d}') => None,
            (CharacterSet::Plane2(edition), _) => {
                let code = euc(edition).own_code(ch)?;
                (code & 0x80 == 0).then_some(code & 0x7f7f)
            }
            _ => None,
        }
    }

    /// The encoding that has the set's characters in two bytes, with the highest bit of each set, if that
    /// is how they are found.
    pub(super) fn table(self) -> Option<&'static LazyLock<MultiByte>> {
        match self {
            CharacterSet::Jisx0208 => Some(&EUC_JP),
            CharacterSet::Ksx1001 => Some(&CP949),
            CharacterSet::Gb2312 => Some(&GB2312),
            _ => None,
        }
    }

    /// The code of two characters.
    pub(super) fn pair(self, first: char, second: char) -> Option<u16> {
        match self {
            CharacterSet::Plane1(edition) => {
                let code = euc(edition).pair(first, second)?;
                Some(code & 0x7f7f)
            }
            _ => None,
        }
    }

    /// Whether a character may be the first of two.
    pub(super) fn begins_pair(self, ch: char) -> bool {
        match self {
            CharacterSet::Plane1(edition) => euc(edition).begins_pair(ch),
            _ => false,
        }
    }
}

/// The encoding that has an edition's planes in its table.
fn euc(edition: Edition) -> &'static LazyLock<TwoCharacter> {
    match edition {
        Edition::Of2000 => &two_character::EUC_JISX0213,
        Edition::Of2004 => &two_character::EUC_JIS_2004,
    }
}

fn plane_1(edition: Edition, row: u8, cell: u8) -> Meaning {
    match (row, cell) {
        (0x22, 0x32) => Meaning::Char('~'),
        _ => plane(edition, u16::from_be_bytes([row, cell]) | 0x8080),
    }
}

fn plane_2(edition: Edition, row: u8, cell: u8) -> Meaning {
    match (edition, row, cell) {
        // CPython's edition of 2000 has here what that of 2004 has.
        (Edition::Of2000, 0x7d, 0x3b) => Meaning::Char('\u{9b1c}'),
        _ => plane(edition, u16::from_be_bytes([row, cell]) | 0x8000),
    }
}

fn plane(edition: Edition, code: u16) -> Meaning {
    match euc(edition).own_chars(code) {
        None => Meaning::Nothing,
        Some([ch, '\0']) => Meaning::Char(ch),
        Some(pair) => Meaning::Pair(pair),
    }
}

/// The character of a byte in ISO 8859-7 as it was in 1987.
fn greek(byte: u8) -> Option<char> {
    char::from_u32(match byte {
        0xa1 => 0x2018,
        0xa2 => 0x2019,
        0xaf => 0x2015,
        0xa4 | 0xa5 | 0xaa | 0xae | 0xd2 | 0xff => return None,
        0xb7 | 0xbb | 0xbd | ..0xb4 => byte.into(),
        _ => u32::from(byte) + 0x2d0,
    })
}
