//! The multi-byte encodings in which a code may be two characters: か and a handakuten, or Ê and a
//! macron, that Unicode has no one code point for.
//!
//! So a character that may be the first of two is held back when it is written, until the next
//! one is there; both may be in different texts. It is the encoder's state; 0 means that no
//! character waits.

use std::sync::LazyLock;

use encoding_rs::BIG5;
use wide::{CmpEq, i8x16};

use super::jisx0213::{self, ABSENT, Edition, PLANE_2};
use super::multi_byte::EUC_JP;
use super::{
    Code, CodeIndex, DecodeContext, DecodeOutput, Decoded, Encoded, Family, Measure, Properties,
    Sequence, Trailer, Utf8Room, all_ascii, begun, deviations, encode_chars, illegal, set_first,
};

pub(super) static BIG5HKSCS: LazyLock<TwoCharacter> =
    LazyLock::new(|| TwoCharacter::new("big5hkscs"));
pub(super) static EUC_JIS_2004: LazyLock<TwoCharacter> =
    LazyLock::new(|| TwoCharacter::new("euc_jis_2004"));
pub(super) static EUC_JISX0213: LazyLock<TwoCharacter> =
    LazyLock::new(|| TwoCharacter::new("euc_jisx0213"));
pub(super) static SHIFT_JIS_2004: LazyLock<TwoCharacter> =
    LazyLock::new(|| TwoCharacter::new("shift_jis_2004"));
pub(super) static SHIFT_JISX0213: LazyLock<TwoCharacter> =
    LazyLock::new(|| TwoCharacter::new("shift_jisx0213"));

impl Family for LazyLock<TwoCharacter> {
    fn properties(&self) -> Properties {
        Properties {
            writes_ascii: self.has_ascii(),
            has_pairs: true,
            has_doubles: true,
            ..Properties::default()
        }
    }

    /// A pair is a step of its own.
    fn decode(&self, context: &mut DecodeContext, bytes: &[u8], out: DecodeOutput<'_>) -> Decoded {
        let (mut out, mut read) = (Utf8Room::new(out.room), 0);
        while !out.is_full() {
            let rest = &bytes[read..];
            let ascii = out.put_plain(rest, |bytes| self.not_ascii(bytes));
            if ascii > 0 {
                read += ascii;
                continue;
            }
            match self.next(rest) {
                PairFound::One(Sequence::Char(ch, len)) => {
                    out.push(ch);
                    read += len;
                }
                _ if read > 0 => break,
                PairFound::One(Sequence::Odd(ch, len)) => {
                    out.push(ch);
                    context.measure = Measure::Whole;
                    read = len;
                    break;
                }
                PairFound::Pair(pair, len) => {
                    pair.into_iter().for_each(|ch| out.push(ch));
                    context.measure = Measure::Whole;
                    read = len;
                    break;
                }
                PairFound::One(Sequence::Malformed) => return Err(illegal(1)),
                PairFound::Absent(len) => return Err(illegal(len)),
                PairFound::One(Sequence::Unfinished) => {
                    return Err(begun(rest.len(), context.last));
                }
            }
        }
        Ok(out.decoded(read))
    }

    fn verbatim(&self, _: u64, bytes: &[u8]) -> usize {
        if self.has_ascii() {
            all_ascii(bytes)
        } else {
            0
        }
    }

    /// Each character is read from a code of its own.
    fn measure(&self, text: &str) -> usize {
        let len = |ch| self.code(ch).map_or(1, |code| self.len(code));
        text.chars().map(len).sum()
    }

    fn encode(&self, state: &mut u64, text: &str, room: &mut [u8]) -> Encoded {
        let mut held = self.held(*state);
        let encoded = encode_chars(&mut held, text, room, |held, ch| {
            let mut code = Code::NONE;
            if let Some(first) = held.take() {
                if let Some(pair) = self.pair(first, ch) {
                    self.write(pair, &mut code);
                    return Some(code);
                }
                self.write_one(first, &mut code);
            }
            if self.begins_pair(ch) {
                *held = Some(ch);
            } else {
                self.write_one(ch, &mut code)?;
            }
            Some(code)
        });
        *state = held.map_or(0, u64::from);
        encoded
    }

    fn joins(&self, first: char, second: char) -> bool {
        self.pair(first, second).is_some()
    }

    fn may_join(&self, text: &str) -> bool {
        text.chars().any(|ch| self.ends_pair(ch))
    }

    fn held(&self, state: u64) -> Option<char> {
        let number = u32::try_from(state).ok()?;
        char::from_u32(number).filter(|&ch| ch != '\0')
    }

    fn finish(&self, state: &mut u64, what: Trailer) -> Code {
        let mut code = Code::NONE;
        if let (Trailer::Held, Some(ch)) = (what, self.held(*state)) {
            *state = 0;
            self.write_one(ch, &mut code);
        }
        code
    }

    fn place(&self, _: &mut u64, _: bool, _: u64) {
        // What waits was written before.
    }
}

/// How codes are bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    /// Two bytes from 0x80 on; after 0x8f two of the second plane, or of JIS X 0212.
    Euc,
    /// Two bytes, or one: JIS X 0201, of which the lower half is not quite ASCII.
    ShiftJis,
    Big5,
}

/// The characters of an encoding in which a code may be two characters, in both directions.
///
/// A code has two bytes. Three, the first being 0x8f, are the other two, of which the last lacks
/// its highest bit.
pub(super) struct TwoCharacter {
    layout: Layout,
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
pub(super) enum PairFound {
    /// As in a table without pairs.
    One(Sequence),
    /// Two characters of one code of so many bytes.
    Pair([char; 2], usize),
    /// A code of so many bytes that has no character any more, or not yet.
    Absent(usize),
}

const SURROGATES: u16 = 0xd800;

impl TwoCharacter {
    /// The table of the encoding that Python calls so.
    pub(super) fn new(name: &str) -> TwoCharacter {
        let edition = match name {
            "euc_jisx0213" | "shift_jisx0213" => Edition::Of2000,
            _ => Edition::Of2004,
        };
        let mut table = TwoCharacter {
            layout: match name {
                "big5hkscs" => Layout::Big5,
                "euc_jis_2004" | "euc_jisx0213" => Layout::Euc,
                _ => Layout::ShiftJis,
            },
            cells: vec![0; 128 * 256],
            wide: Vec::new(),
            codes: CodeIndex::new(),
            unwritten: edition.unwritten(),
            pairs: Vec::new(),
            seconds: Vec::new(),
        };
        match table.layout {
            Layout::Big5 => table.fill_big5(name),
            _ => jisx0213::each(edition, |code, chars| table.put_jis(code, chars)),
        }
        table.invert();
        for (code, ch) in deviations::written(name) {
            *table.codes.slot(ch) = code;
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
        match (self.layout, chars) {
            (Layout::Euc, _) if code & PLANE_2 != 0 => self.put(code | 0x8000, chars),
            (Layout::Euc, _) => self.put(code | 0x8080, chars),
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
        let is_long = |code: u16| self.layout == Layout::Euc && code & 0x80 == 0;
        let (long, short): (Vec<u16>, Vec<u16>) = (0x8000..=u16::MAX).partition(|&c| is_long(c));
        for code in short.into_iter().chain(long) {
            match self.chars(code) {
                ['\0' | ABSENT, _] => {}
                [ch, '\0'] => set_first(&mut self.codes, ch, code),
                pair => self.pairs.push((pair, code)),
            }
        }
        if self.layout == Layout::ShiftJis {
            for byte in (0x5c..=0x7e).chain(0xa1..=0xdf) {
                if let Some(ch) = self.single(byte).filter(|&ch| ch != char::from(byte)) {
                    set_first(&mut self.codes, ch, byte.into());
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
        match (byte, self.layout) {
            (b'\\', Layout::ShiftJis) => Some('¥'),
            (b'~', Layout::ShiftJis) => Some('‾'),
            (..=0x7f, _) => Some(byte.into()),
            (0xa1..=0xdf, Layout::ShiftJis) => char::from_u32(0xff61 - 0xa1 + u32::from(byte)),
            _ => None,
        }
    }

    /// Whether ASCII is ASCII.
    pub(super) fn has_ascii(&self) -> bool {
        self.layout != Layout::ShiftJis
    }

    /// Whether a byte is the ASCII character of that number, and written as it.
    pub(super) fn is_ascii(&self, byte: u8) -> bool {
        byte.is_ascii() && (self.has_ascii() || !matches!(byte, b'\\' | b'~'))
    }

    /// The same of many bytes: negative where it is not so, though they be below 0x80.
    #[inline]
    fn not_ascii(&self, bytes: i8x16) -> i8x16 {
        let is = |byte: u8| bytes.cmp_eq(i8x16::splat(byte.cast_signed()));
        if self.has_ascii() {
            i8x16::ZERO
        } else {
            is(b'\\') | is(b'~')
        }
    }

    /// What stands at the start of `bytes`.
    pub(super) fn next(&self, bytes: &[u8]) -> PairFound {
        let &[lead, ref rest @ ..] = bytes else {
            return PairFound::One(Sequence::Unfinished);
        };
        if let Some(ch) = self.single(lead) {
            return PairFound::One(Sequence::Char(ch, 1));
        }
        let (code, len) = match (self.layout, lead, rest) {
            (_, _, []) | (Layout::Euc, 0x8f, [_]) => return PairFound::One(Sequence::Unfinished),
            (Layout::Euc, 0x8f, [row, cell, ..]) if !row.is_ascii() && !cell.is_ascii() => {
                ([*row, cell & 0x7f], 3)
            }
            (Layout::Euc, 0x8f, _) | (Layout::Euc, _, [0..0x80, ..]) => {
                return PairFound::One(Sequence::Malformed);
            }
            // The half-width katakana.
            (Layout::Euc, 0x8e, [kana @ 0xa1..=0xdf, ..]) => {
                let ch = char::from_u32(0xff61 - 0xa1 + u32::from(*kana)).expect("katakana");
                return PairFound::One(Sequence::Char(ch, 2));
            }
            (_, _, [trail, ..]) => ([lead, *trail], 2),
        };
        let code = u16::from_be_bytes(code);
        match self.chars(code) {
            ['\0', _] if len == 3 => PairFound::One(self.jisx0212(&bytes[..3])),
            ['\0', _] => PairFound::One(Sequence::Malformed),
            [ABSENT, _] => PairFound::Absent(len),
            [ch, '\0'] if self.is_odd(ch, code) => PairFound::One(Sequence::Odd(ch, len)),
            [ch, '\0'] => PairFound::One(Sequence::Char(ch, len)),
            pair => PairFound::Pair(pair, len),
        }
    }

    /// Whether a character of a code is written in another number of bytes.
    fn is_odd(&self, ch: char, code: u16) -> bool {
        self.code(ch).map(|code| self.len(code)) != Some(self.len(code))
    }

    /// What three bytes are that are not of JIS X 0213.
    fn jisx0212(&self, bytes: &[u8]) -> Sequence {
        match EUC_JP.next(bytes) {
            Sequence::Char(ch, 3) | Sequence::Odd(ch, 3) => {
                if self.code(ch).is_some_and(|code| self.len(code) == 3) {
                    Sequence::Char(ch, 3)
                } else {
                    Sequence::Odd(ch, 3)
                }
            }
            _ => Sequence::Malformed,
        }
    }

    /// A character's code, if it has one and is not written as an ASCII byte.
    pub(super) fn code(&self, ch: char) -> Option<u16> {
        match (self.codes.get(ch), self.layout) {
            (None, Layout::Euc) if !ch.is_ascii() && !self.unwritten.contains(&ch) => {
                match *EUC_JP.code(ch)?.as_bytes() {
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
        match (self.layout, code) {
            (_, ..0x100) => 1,
            (Layout::Euc, _) if code & 0x80 == 0 => 3,
            _ => 2,
        }
    }

    /// Adds the bytes of a code.
    fn write(&self, code: u16, bytes: &mut Code) {
        let [lead, trail] = code.to_be_bytes();
        match self.len(code) {
            1 => bytes.push(&[trail]),
            2 => bytes.push(&[lead, trail]),
            _ => bytes.push(&[0x8f, lead, trail | 0x80]),
        }
    }

    /// Adds the bytes of a character by itself, if there is one.
    fn write_one(&self, ch: char, bytes: &mut Code) -> Option<()> {
        if ch.is_ascii() && self.is_ascii(ch as u8) {
            bytes.push(&[ch as u8]);
        } else {
            self.write(self.code(ch)?, bytes);
        }
        Some(())
    }
}
