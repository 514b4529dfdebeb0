//! [`Table`]: the characters of a multi-byte encoding.
//!
//! The tables of encoding_rs are the WHATWG's, and CPython's differ from each in some places.
//! [`deviations`] lists them, and a table is made of both when it is first used. So what is malformed, and how long, is for us to say, and the same
//! table tells how many bytes a character came from.

use encoding_rs::{BIG5, EUC_JP, EUC_KR, Encoding, GB18030, GBK, SHIFT_JIS};

use super::deviations;
use super::gb18030::FourBytes;
use super::hangul;
use super::johab;
use super::multi_byte::Next;
use super::piece::Piece;
use super::short_chars::{DOUBLE, ShortChars};

/// How an encoding goes beyond sequences of one and two bytes.
#[derive(Clone, Debug)]
enum Extra {
    Nothing,
    /// EUC-JP: the three bytes behind 0x8f are characters of JIS X 0212, in a table like `double`.
    Jis0212(Vec<u16>),
    /// EUC-KR: syllables without a code are spelt out in eight bytes.
    Hangul,
    /// GB 18030: all other characters have four bytes.
    FourBytes(FourBytes),
}

/// The characters of a multi-byte encoding, in both directions. Below 0x80 all of them are ASCII.
#[derive(Debug)]
pub(super) struct Table {
    /// The characters of the single bytes from 0x80 on; 0: none.
    single: [u16; 128],
    /// The characters of two bytes, 256 for each first byte from 0x80 on; 0: none.
    double: Vec<u16>,
    /// `single` and `double` as they are decoded, without EUC-KR's filler, which a syllable of
    /// eight bytes begins with.
    chars: ShortChars,
    extra: Extra,
    /// Which of `codes` has the characters of this upper half of a UTF-16 code unit.
    index: [u8; 256],
    /// The bytes of 256 characters each; 0: none. The first are of no characters.
    ///
    /// One byte or two as a number; three, the first being 0x8f, as the other two, of which the
    /// last lacks its highest bit.
    codes: Vec<[u16; 256]>,
}

/// The bytes of a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Code {
    bytes: [u8; 8],
    len: usize,
}

impl Code {
    fn new(bytes: &[u8]) -> Code {
        let mut code = Code {
            bytes: [0; 8],
            len: bytes.len(),
        };
        code.bytes[..bytes.len()].copy_from_slice(bytes);
        code
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// A character of one code unit, which all of these are.
fn unit(ch: char) -> u16 {
    u16::try_from(u32::from(ch)).expect("a character below U+10000")
}

/// Where the bytes of a sequence are in a table of two-byte characters.
fn place(lead: u8, trail: u8) -> usize {
    usize::from(lead & 0x7f) << 8 | usize::from(trail)
}

impl Table {
    /// The table of the encoding that Python calls so.
    pub(super) fn new(name: &str) -> Table {
        let base = match name {
            "big5" | "cp950" => BIG5,
            "cp932" | "shift_jis" => SHIFT_JIS,
            "euc_jp" => EUC_JP,
            "gb18030" => GB18030,
            "gb2312" | "gbk" => GBK,
            _ => EUC_KR,
        };
        let mut table = Table {
            single: [0; 128],
            double: vec![0; DOUBLE],
            chars: ShortChars::new(&[0; 128], &[]),
            extra: match name {
                "euc_jp" => Extra::Jis0212(vec![0; DOUBLE]),
                "euc_kr" => Extra::Hangul,
                _ => Extra::Nothing,
            },
            index: [0; 256],
            codes: vec![[0; 256]],
        };
        match name {
            "johab" => table.fill_johab(),
            _ => table.fill(base),
        }
        for (code, ch) in deviations::read(name) {
            table.correct(code, ch.map_or(0, unit));
        }
        table.invert();
        for (code, ch) in deviations::written(name) {
            table.prefer(ch.into(), code);
        }
        table.prepare();
        if name == "gb18030" {
            table.extra = Extra::FourBytes(FourBytes::new(|ch| table.short_code(ch).is_some()));
        }
        table
    }

    /// Takes the characters of encoding_rs.
    fn fill(&mut self, base: &'static Encoding) {
        let one = |bytes: &[u8]| {
            let text = base.decode_without_bom_handling_and_without_replacement(bytes)?;
            let mut chars = text.chars();
            let unit = u16::try_from(u32::from(chars.next()?)).ok()?;
            chars.next().is_none().then_some(unit)
        };
        for lead in 0x80..=0xff {
            self.single[usize::from(lead & 0x7f)] = one(&[lead]).unwrap_or(0);
            for trail in 0x30..=0xff {
                self.double[place(lead, trail)] = one(&[lead, trail]).unwrap_or(0);
                if let Extra::Jis0212(triple) = &mut self.extra {
                    triple[place(lead, trail)] = one(&[0x8f, lead, trail]).unwrap_or(0);
                }
            }
        }
    }

    fn fill_johab(&mut self) {
        for (lead, trail) in (0x80..=0xff).flat_map(|lead| (0..=0xff).map(move |t| (lead, t))) {
            let unit = johab::character(lead, trail).map_or(0, unit);
            self.double[place(lead, trail)] = unit;
        }
    }

    /// Puts a sequence right.
    fn correct(&mut self, code: u32, unit: u16) {
        match (code, &mut self.extra) {
            (0..0x100, _) => self.single[code as usize & 0x7f] = unit,
            (0x8f_0000.., Extra::Jis0212(triple)) => triple[code as usize & 0x7fff] = unit,
            _ => self.double[code as usize & 0x7fff] = unit,
        }
    }

    /// Fills what is decoded with.
    fn prepare(&mut self) {
        self.chars = ShortChars::new(&self.single, &self.double);
        if let Extra::Hangul = self.extra {
            self.chars.remove(0xa4, 0xd4);
        }
    }

    /// Fills the other direction: of several sequences the first is written.
    #[expect(clippy::cast_possible_truncation, reason = "codes are below 32,768")]
    fn invert(&mut self) {
        for byte in 0..128 {
            self.insert(self.single[byte], byte as u16 | 0x80);
        }
        for code in 0..DOUBLE {
            self.insert(self.double[code], code as u16 | 0x8000);
        }
        if let Extra::Jis0212(triple) = self.extra.clone() {
            for (code, &unit) in triple.iter().enumerate() {
                self.insert(unit, (code as u16 | 0x8000) & !0x80);
            }
        }
    }

    fn insert(&mut self, unit: u16, code: u16) {
        if unit < 0x80 {
            return;
        }
        let [high, low] = unit.to_be_bytes().map(usize::from);
        if self.index[high] == 0 {
            self.index[high] =
                u8::try_from(self.codes.len()).expect("one for each upper half at most");
            self.codes.push([0; 256]);
        }
        let known = &mut self.codes[usize::from(self.index[high])][low];
        if *known == 0 {
            *known = code;
        }
    }

    /// Writes a character so, and not as the first sequence that is read as it.
    fn prefer(&mut self, number: u32, code: u16) {
        let [_, _, high, low] = number.to_be_bytes().map(usize::from);
        self.codes[usize::from(self.index[high])][low] = code;
    }

    /// Decodes the characters at the start as long as they are of one byte or two, and no others
    /// begin like them; how many bytes these are. It may leave out some at the end.
    pub(super) fn run(&self, bytes: &[u8], piece: &mut Piece, text: &mut String) -> usize {
        self.chars.run(bytes, piece, text)
    }

    /// What stands at the start of `bytes`, the first of which is not ASCII.
    pub(super) fn next(&self, bytes: &[u8]) -> Next {
        let Some(&lead) = bytes.first() else {
            return Next::Unfinished;
        };
        if let Some(ch) = character(self.single[usize::from(lead & 0x7f)]) {
            return Next::Char(ch, 1);
        }
        let Some(&trail) = bytes.get(1) else {
            return Next::Unfinished;
        };
        match (&self.extra, lead, trail) {
            (Extra::Jis0212(triple), 0x8f, _) => match bytes.get(2) {
                None => Next::Unfinished,
                // Some characters of JIS X 0212 are in ASCII, and written so.
                Some(&third) => match character(triple[place(trail, third)]) {
                    Some(ch) if trail >= 0x80 && ch.is_ascii() => Next::Odd(ch, 3),
                    Some(ch) if trail >= 0x80 => Next::Char(ch, 3),
                    _ => Next::Malformed,
                },
            },
            (Extra::Hangul, 0xa4, 0xd4) => hangul::next(bytes),
            (Extra::FourBytes(four), _, b'0'..=b'9') => four.next(bytes),
            _ => match character(self.double[place(lead, trail)]) {
                Some(ch) => Next::Char(ch, 2),
                None => Next::Malformed,
            },
        }
    }

    /// A character's bytes, if it is not ASCII.
    pub(super) fn code(&self, ch: char) -> Option<Code> {
        let Some(code) = self.short_code(ch) else {
            return match &self.extra {
                Extra::Hangul => hangul::bytes(ch).map(|bytes| Code::new(&bytes)),
                Extra::FourBytes(four) => four.bytes(ch).map(|bytes| Code::new(&bytes)),
                _ => None,
            };
        };
        let [lead, trail] = code.to_be_bytes();
        Some(match (&self.extra, lead) {
            (_, 0) => Code::new(&[trail]),
            (Extra::Jis0212(_), _) if trail < 0x80 => Code::new(&[0x8f, lead, trail | 0x80]),
            _ => Code::new(&[lead, trail]),
        })
    }

    /// What `codes` has for a character.
    fn short_code(&self, ch: char) -> Option<u16> {
        let [high, low] = u16::try_from(u32::from(ch)).ok()?.to_be_bytes();
        let code = self.codes[usize::from(self.index[usize::from(high)])][usize::from(low)];
        (code != 0).then_some(code)
    }

    /// The character of JIS X 0212 of the two bytes behind 0x8f.
    pub(super) fn triple(&self, row: u8, cell: u8) -> Option<char> {
        match &self.extra {
            Extra::Jis0212(triple) => character(triple[place(row, cell)]),
            _ => None,
        }
    }

    /// The character of two bytes, the first of which is not ASCII.
    pub(super) fn double(&self, lead: u8, trail: u8) -> Option<char> {
        character(self.double[place(lead, trail)])
    }
}

/// The character of a place in a table.
fn character(unit: u16) -> Option<char> {
    match unit {
        0 => None,
        _ => char::from_u32(unit.into()),
    }
}
