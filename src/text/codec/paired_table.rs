//! [`PairedTable`]: the characters of an encoding in which a code may be two characters.

use encoding_rs::BIG5;

use super::code_index::CodeIndex;
use super::deviations;
use super::jisx0213::{self, ABSENT, Edition, PLANE_2};
use super::multi_byte::MultiByte;
use super::multi_byte::Next;

/// How codes are bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Two bytes from 0x80 on; behind 0x8f two of the second plane, or of JIS X 0212.
    Euc,
    /// Two bytes, or one: JIS X 0201, of which the lower half is not quite ASCII.
    ShiftJis,
    Big5,
}

/// The characters of an encoding in which a code may be two characters, in both directions.
///
/// A code has two bytes. Three, the first being 0x8f, are the other two, of which the last lacks
/// its highest bit.
#[derive(Debug)]
pub(super) struct PairedTable {
    form: Form,
    /// The characters, by the lower 15 bits of their codes; 0: none. Surrogates are places in
    /// `wide`.
    cells: Vec<u16>,
    /// Characters beyond U+FFFF, and two of them.
    wide: Vec<[char; 2]>,
    codes: CodeIndex,
    /// Characters of JIS X 0212 that are not written.
    unwritten: &'static [char],
    /// The codes that are two characters, in the characters' order.
    pairs: Vec<([char; 2], u16)>,
    /// The second ones of these characters, in order, each once: a handful.
    seconds: Vec<char>,
}

/// What stands at the start of some bytes.
pub(super) enum Found {
    /// As in a table without pairs.
    One(Next),
    /// Two characters of one code of so many bytes.
    Pair([char; 2], usize),
    /// A code of so many bytes that has no character any more, or not yet.
    Absent(usize),
}

const SURROGATES: u16 = 0xd800;

impl PairedTable {
    /// The table of the encoding that Python calls so.
    pub(super) fn new(name: &str) -> PairedTable {
        let edition = match name {
            "euc_jisx0213" | "shift_jisx0213" => Edition::Of2000,
            _ => Edition::Of2004,
        };
        let mut table = PairedTable {
            form: match name {
                "big5hkscs" => Form::Big5,
                "euc_jis_2004" | "euc_jisx0213" => Form::Euc,
                _ => Form::ShiftJis,
            },
            cells: vec![0; 128 * 256],
            wide: Vec::new(),
            codes: CodeIndex::new(),
            unwritten: edition.unwritten(),
            pairs: Vec::new(),
            seconds: Vec::new(),
        };
        match table.form {
            Form::Big5 => table.fill_big5(name),
            _ => jisx0213::each(edition, |code, chars| table.put_jis(code, chars)),
        }
        table.invert();
        for (code, ch) in deviations::written(name) {
            table.codes.replace(ch, code);
        }
        table
    }

    /// Takes the characters of encoding_rs, and puts right what is not CPython's.
    fn fill_big5(&mut self, name: &str) {
        for code in 0x8000..=u16::MAX {
            let bytes = code.to_be_bytes();
            let text = BIG5.decode_without_bom_handling_and_without_replacement(&bytes);
            let mut chars = text.iter().flat_map(|text| text.chars());
            if let Some(first) = chars.next().filter(|ch| !ch.is_ascii()) {
                self.put(code, [first, chars.next().unwrap_or('\0')]);
            }
        }
        for (code, ch) in deviations::read(name) {
            let code = u16::try_from(code).expect("a code of two bytes");
            self.put(code, [ch.unwrap_or('\0'), '\0']);
        }
    }

    fn put_jis(&mut self, code: u16, chars: [char; 2]) {
        match (self.form, chars) {
            (Form::Euc, _) if code & PLANE_2 != 0 => self.put(code | 0x8000, chars),
            (Form::Euc, _) => self.put(code | 0x8080, chars),
            (_, _) => {
                let chars = match chars[0] {
                    // A single byte of that meaning is another character.
                    '＼' => ['\\', '\0'],
                    '～' => ['~', '\0'],
                    _ => chars,
                };
                self.put(u16::from_be_bytes(jisx0213::shift_jis(code)), chars);
            }
        }
    }

    /// Sets the characters of a code; a NUL: there are none.
    fn put(&mut self, code: u16, chars: [char; 2]) {
        let unit = match (u16::try_from(u32::from(chars[0])), chars[1]) {
            (Ok(unit), '\0') => unit,
            _ => {
                self.wide.push(chars);
                SURROGATES
                    + u16::try_from(self.wide.len() - 1).expect("fewer than there are surrogates")
            }
        };
        self.cells[usize::from(code & 0x7fff)] = unit;
    }

    /// Fills the other direction: of several codes the first is written, and one of two bytes
    /// rather than one of three.
    fn invert(&mut self) {
        let is_long = |code: u16| self.form == Form::Euc && code & 0x80 == 0;
        let (long, short): (Vec<u16>, Vec<u16>) = (0x8000..=u16::MAX).partition(|&c| is_long(c));
        for code in short.into_iter().chain(long) {
            match self.chars(code) {
                ['\0' | ABSENT, _] => {}
                [ch, '\0'] => self.codes.insert(ch, code),
                pair => self.pairs.push((pair, code)),
            }
        }
        if self.form == Form::ShiftJis {
            for byte in (0x5c..=0x7e).chain(0xa1..=0xdf) {
                if let Some(ch) = self.single(byte).filter(|&ch| ch != char::from(byte)) {
                    self.codes.insert(ch, byte.into());
                }
            }
        }
        self.pairs.sort_unstable();
        self.seconds = self.pairs.iter().map(|(pair, _)| pair[1]).collect();
        self.seconds.sort_unstable();
        self.seconds.dedup();
    }

    /// The characters of a code: one and a NUL, two, or NULs.
    fn chars(&self, code: u16) -> [char; 2] {
        let unit = self.cells[usize::from(code & 0x7fff)];
        match char::from_u32(unit.into()) {
            Some(ch) => [ch, '\0'],
            None => self.wide[usize::from(unit - SURROGATES)],
        }
    }

    /// The character of a byte that is not the first of several.
    fn single(&self, byte: u8) -> Option<char> {
        match (byte, self.form) {
            (b'\\', Form::ShiftJis) => Some('¥'),
            (b'~', Form::ShiftJis) => Some('‾'),
            (..=0x7f, _) => Some(byte.into()),
            (0xa1..=0xdf, Form::ShiftJis) => char::from_u32(0xff61 - 0xa1 + u32::from(byte)),
            _ => None,
        }
    }

    /// Whether ASCII is ASCII.
    pub(super) fn has_ascii(&self) -> bool {
        self.form != Form::ShiftJis
    }

    /// Whether a byte is the ASCII character of that number, and written as it.
    pub(super) fn is_ascii(&self, byte: u8) -> bool {
        byte.is_ascii() && (self.has_ascii() || !matches!(byte, b'\\' | b'~'))
    }

    /// What stands at the start of `bytes`.
    pub(super) fn next(&self, bytes: &[u8]) -> Found {
        let &[lead, ref rest @ ..] = bytes else {
            return Found::One(Next::Unfinished);
        };
        if let Some(ch) = self.single(lead) {
            return Found::One(Next::Char(ch, 1));
        }
        let (code, len) = match (self.form, lead, rest) {
            (_, _, []) | (Form::Euc, 0x8f, [_]) => return Found::One(Next::Unfinished),
            (Form::Euc, 0x8f, [row, cell, ..]) if !row.is_ascii() && !cell.is_ascii() => {
                ([*row, cell & 0x7f], 3)
            }
            (Form::Euc, 0x8f, _) | (Form::Euc, _, [0..0x80, ..]) => {
                return Found::One(Next::Malformed);
            }
            // The half-width katakana.
            (Form::Euc, 0x8e, [kana @ 0xa1..=0xdf, ..]) => {
                let ch = char::from_u32(0xff61 - 0xa1 + u32::from(*kana)).expect("katakana");
                return Found::One(Next::Char(ch, 2));
            }
            (_, _, [trail, ..]) => ([lead, *trail], 2),
        };
        let code = u16::from_be_bytes(code);
        match self.chars(code) {
            ['\0', _] if len == 3 => Found::One(self.jisx0212(&bytes[..3])),
            ['\0', _] => Found::One(Next::Malformed),
            [ABSENT, _] => Found::Absent(len),
            [ch, '\0'] if self.is_odd(ch, code) => Found::One(Next::Odd(ch, len)),
            [ch, '\0'] => Found::One(Next::Char(ch, len)),
            pair => Found::Pair(pair, len),
        }
    }

    /// Whether a character of a code is written in another number of bytes.
    fn is_odd(&self, ch: char, code: u16) -> bool {
        self.code(ch).map(|code| self.len(code)) != Some(self.len(code))
    }

    /// What three bytes are that are not of JIS X 0213.
    fn jisx0212(&self, bytes: &[u8]) -> Next {
        match MultiByte::EUC_JP.table().next(bytes) {
            Next::Char(ch, 3) | Next::Odd(ch, 3) => {
                if self.code(ch).is_some_and(|code| self.len(code) == 3) {
                    Next::Char(ch, 3)
                } else {
                    Next::Odd(ch, 3)
                }
            }
            _ => Next::Malformed,
        }
    }

    /// A character's code, if it has one and is not written as an ASCII byte.
    pub(super) fn code(&self, ch: char) -> Option<u16> {
        match (self.codes.get(ch), self.form) {
            (None, Form::Euc) if !ch.is_ascii() && !self.unwritten.contains(&ch) => {
                match *MultiByte::EUC_JP.table().code(ch)?.as_bytes() {
                    [0x8f, row, cell] => Some(u16::from_be_bytes([row, cell & 0x7f])),
                    [0x8e, kana] => Some(u16::from_be_bytes([0x8e, kana])),
                    _ => None,
                }
            }
            (code, _) => code,
        }
    }

    /// The code of a character that no other table has to lend.
    pub(super) fn own_code(&self, ch: char) -> Option<u16> {
        self.codes.get(ch)
    }

    /// The characters of a code of this table, if it has any: one and a NUL, or two.
    pub(super) fn own_chars(&self, code: u16) -> Option<[char; 2]> {
        let chars = self.chars(code);
        (!matches!(chars[0], '\0' | ABSENT)).then_some(chars)
    }

    /// The code of two characters.
    pub(super) fn pair(&self, first: char, second: char) -> Option<u16> {
        let at = self
            .pairs
            .binary_search_by_key(&[first, second], |pair| pair.0);
        at.ok().map(|at| self.pairs[at].1)
    }

    /// Whether a character may be the first of two.
    pub(super) fn begins_pair(&self, ch: char) -> bool {
        let at = self.pairs.partition_point(|pair| pair.0[0] < ch);
        self.pairs.get(at).is_some_and(|pair| pair.0[0] == ch)
    }

    /// Whether a character may be the second of two.
    pub(super) fn ends_pair(&self, ch: char) -> bool {
        self.seconds.binary_search(&ch).is_ok()
    }

    /// The number of bytes of a code.
    pub(super) fn len(&self, code: u16) -> usize {
        match (self.form, code) {
            (_, ..0x100) => 1,
            (Form::Euc, _) if code & 0x80 == 0 => 3,
            _ => 2,
        }
    }

    /// Appends the bytes of a code.
    pub(super) fn write(&self, code: u16, bytes: &mut Vec<u8>) {
        let [lead, trail] = code.to_be_bytes();
        match self.len(code) {
            1 => bytes.push(trail),
            2 => bytes.extend_from_slice(&[lead, trail]),
            _ => bytes.extend_from_slice(&[0x8f, lead, trail | 0x80]),
        }
    }
}
