//! The multi-byte encodings of East Asia that have no state between characters.

use std::sync::OnceLock;

use super::gb18030::FourBytes;
use super::short_chars::{DOUBLE, ShortChars};
use super::{
    Code, CodeIndex, Encoded, Family, Measure, Next, Place, Properties, Step, Utf8Buffer,
    all_ascii, begun, deviations, encode_beside_ascii, encode_chars, hangul, illegal, set_first,
};

pub(super) static BIG5: MultiByte = MultiByte::new("big5");
pub(super) static CP932: MultiByte = MultiByte::new("cp932");
pub(super) static CP949: MultiByte = MultiByte::new("cp949");
pub(super) static CP950: MultiByte = MultiByte::new("cp950");
pub(super) static EUC_JP: MultiByte = MultiByte::new("euc_jp");
pub(super) static EUC_KR: MultiByte = MultiByte::new("euc_kr");
pub(super) static GB2312: MultiByte = MultiByte::new("gb2312");
pub(super) static GB18030: MultiByte = MultiByte::new("gb18030");
pub(super) static GBK: MultiByte = MultiByte::new("gbk");
pub(super) static JOHAB: MultiByte = MultiByte::new("johab");
pub(super) static SHIFT_JIS: MultiByte = MultiByte::new("shift_jis");

/// A multi-byte encoding, by its name.
#[derive(Debug)]
pub(super) struct MultiByte {
    name: &'static str,
    table: OnceLock<MultiByteTable>,
}

impl MultiByte {
    const fn new(name: &'static str) -> MultiByte {
        MultiByte {
            name,
            table: OnceLock::new(),
        }
    }

    /// The encoding's table, made when it is first used.
    pub(super) fn table(&self) -> &MultiByteTable {
        self.table.get_or_init(|| MultiByteTable::new(self.name))
    }
}

/// How many bytes are decoded one character after the other before whole blocks are.
const FEW: usize = 16;

impl Family for MultiByte {
    fn properties(&self) -> Properties {
        // It will be needed.
        self.table();
        Properties {
            writes_ascii: true,
            has_doubles: true,
            ..Properties::default()
        }
    }

    fn decode(&self, place: &mut Place, bytes: &[u8], last: bool, text: &mut String) -> Step {
        let table = self.table();
        text.reserve(bytes.len() + bytes.len() / 2);
        let mut read = table.few(bytes, text);
        if read >= FEW {
            read += table.many(&bytes[read..], text);
        }
        match table.next(&bytes[read..]) {
            _ if read > 0 => Step::Read(read),
            Next::Char(ch, len) | Next::Odd(ch, len) => {
                text.push(ch);
                place.measure = Measure::Whole;
                Step::Read(len)
            }
            Next::Malformed => illegal(1),
            Next::Unfinished => begun(bytes.len(), last),
        }
    }

    fn verbatim(&self, _: u64, bytes: &[u8]) -> usize {
        all_ascii(bytes)
    }

    fn measure(&self, text: &str) -> usize {
        let table = self.table();
        let len = |ch: char| match table.code(ch) {
            _ if ch.is_ascii() => 1,
            code => code.map_or(0, |code| code.as_bytes().len()),
        };
        text.chars().map(len).sum()
    }

    fn encode(&self, _: &mut u64, text: &str, room: &mut [u8]) -> Encoded {
        let table = self.table();
        encode_beside_ascii(text, room, |text, room| {
            encode_chars(&mut (), text, room, |(), ch| {
                if ch.is_ascii() {
                    Some(Code::new(&[ch as u8]))
                } else {
                    table.code(ch)
                }
            })
        })
    }

    fn has(&self, ch: char) -> bool {
        ch.is_ascii() || self.table().code(ch).is_some()
    }
}

/// How an encoding goes beyond sequences of one and two bytes.
#[derive(Clone, Debug)]
enum Extra {
    Nothing,
    /// EUC-JP: the three bytes after 0x8f are characters of JIS X 0212, in a table like `double`.
    Jis0212(Vec<u16>),
    /// EUC-KR: syllables without a code are spelt out in eight bytes.
    Hangul,
    /// GB 18030: all other characters have four bytes.
    FourBytes(FourBytes),
}

/// The characters of a multi-byte encoding, in both directions. Below 0x80 all of them are ASCII.
#[derive(Debug)]
pub(super) struct MultiByteTable {
    /// The characters of the single bytes from 0x80 on; 0: none.
    single: [u16; 128],
    /// The characters of two bytes, 256 for each first byte from 0x80 on; 0: none.
    double: Vec<u16>,
    /// `single` and `double` as they are decoded, without EUC-KR's filler, which a syllable of
    /// eight bytes begins with.
    chars: ShortChars,
    extra: Extra,
    /// The characters' bytes.
    ///
    /// One byte or two as a number; three, the first being 0x8f, as the other two, of which the
    /// last lacks its highest bit.
    codes: CodeIndex,
}

/// A character of one code unit, which all of these are.
fn unit(ch: char) -> u16 {
    u16::try_from(u32::from(ch)).expect("a character below U+10000")
}

/// Where the bytes of a sequence are in a table of two-byte characters.
fn place(lead: u8, trail: u8) -> usize {
    usize::from(lead & 0x7f) << 8 | usize::from(trail)
}

impl MultiByteTable {
    /// The table of the encoding that Python calls so.
    pub(super) fn new(name: &str) -> MultiByteTable {
        let base = match name {
            "big5" | "cp950" => encoding_rs::BIG5,
            "cp932" | "shift_jis" => encoding_rs::SHIFT_JIS,
            "euc_jp" => encoding_rs::EUC_JP,
            "gb18030" => encoding_rs::GB18030,
            "gb2312" | "gbk" => encoding_rs::GBK,
            _ => encoding_rs::EUC_KR,
        };
        let mut table = MultiByteTable {
            single: [0; 128],
            double: vec![0; DOUBLE],
            chars: ShortChars::new(&[0; 128], &[]),
            extra: match name {
                "euc_jp" => Extra::Jis0212(vec![0; DOUBLE]),
                "euc_kr" => Extra::Hangul,
                _ => Extra::Nothing,
            },
            codes: CodeIndex::new(),
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
            *table.codes.slot(ch) = code;
        }
        table.prepare();
        if name == "gb18030" {
            table.extra = Extra::FourBytes(FourBytes::new(|ch| table.codes.get(ch).is_some()));
        }
        table
    }

    /// Takes the characters of encoding_rs.
    fn fill(&mut self, base: &'static encoding_rs::Encoding) {
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
            let unit = hangul::johab(lead, trail).map_or(0, unit);
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
        if let Some(ch) = character(unit).filter(|ch| !ch.is_ascii()) {
            set_first(&mut self.codes, ch, code);
        }
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
        let (mut buffer, mut read) = (Utf8Buffer::new(), 0);
        loop {
            // Most of it, and then what stopped it.
            read += self.chars.run(&bytes[read..], &mut buffer, text);
            match self.next(&bytes[read..]) {
                Next::Char(ch, len) => {
                    text.push(ch);
                    read += len;
                }
                _ => return read,
            }
        }
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
        let Some(code) = self.codes.get(ch) else {
            return match &self.extra {
                Extra::Hangul => hangul::code(ch),
                Extra::FourBytes(four) => four.code(ch),
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

    /// The character of JIS X 0212 of the two bytes after 0x8f.
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
