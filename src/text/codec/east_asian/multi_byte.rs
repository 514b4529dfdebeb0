//! The multi-byte encodings of East Asia that have no state between characters.

use std::sync::LazyLock;

use super::gb18030::FourBytes;
use super::short_chars::{DOUBLE, ShortChars};
use super::{
    BlockEncoder, Code, CodeIndex, DecodeContext, DecodeOutput, Decoded, DecodedPart, Encoded,
    Family, Measure, Properties, Sequence, ShortCode, Utf8Room, all_ascii, begun, deviations,
    encode_char, hangul, illegal, set_first,
};

pub(super) static BIG5: LazyLock<MultiByte> = LazyLock::new(|| MultiByte::new("big5"));
pub(super) static CP932: LazyLock<MultiByte> = LazyLock::new(|| MultiByte::new("cp932"));
pub(super) static CP949: LazyLock<MultiByte> = LazyLock::new(|| MultiByte::new("cp949"));
pub(super) static CP950: LazyLock<MultiByte> = LazyLock::new(|| MultiByte::new("cp950"));
pub(super) static EUC_JP: LazyLock<MultiByte> = LazyLock::new(|| MultiByte::new("euc_jp"));
pub(super) static EUC_KR: LazyLock<MultiByte> = LazyLock::new(|| MultiByte::new("euc_kr"));
pub(super) static GB2312: LazyLock<MultiByte> = LazyLock::new(|| MultiByte::new("gb2312"));
pub(super) static GB18030: LazyLock<MultiByte> = LazyLock::new(|| MultiByte::new("gb18030"));
pub(super) static GBK: LazyLock<MultiByte> = LazyLock::new(|| MultiByte::new("gbk"));
pub(super) static JOHAB: LazyLock<MultiByte> = LazyLock::new(|| MultiByte::new("johab"));
pub(super) static SHIFT_JIS: LazyLock<MultiByte> = LazyLock::new(|| MultiByte::new("shift_jis"));

/// How many bytes are decoded one character after the other before whole blocks are. No more than fit into
/// any room.
const FEW: usize = 64;

impl Family for LazyLock<MultiByte> {
    fn properties(&self) -> Properties {
        // It will be needed.
        LazyLock::force(self);
        Properties {
            writes_ascii: true,
            has_doubles: true,
            translates: true,
            ..Properties::default()
        }
    }

    fn decode(&self, context: &mut DecodeContext, bytes: &[u8], out: DecodeOutput<'_>) -> Decoded {
        let (read, mut out) = self.few(bytes, Utf8Room::new(out.room));
        if read >= FEW {
            return Ok(self.many(bytes, read, out));
        }
        if read > 0 {
            return Ok(out.decoded(read));
        }
        match self.next(bytes) {
            Sequence::Char(ch, len) | Sequence::Odd(ch, len) => {
                out.push(ch);
                context.measure = Measure::Whole;
                Ok(out.decoded(len))
            }
            Sequence::Malformed => Err(illegal(1)),
            Sequence::Unfinished => Err(begun(bytes.len(), context.last)),
        }
    }

    fn verbatim(&self, _: u64, bytes: &[u8]) -> usize {
        all_ascii(bytes)
    }

    fn measure(&self, text: &str) -> usize {
        let len = |ch: char| match self.code(ch) {
            _ if ch.is_ascii() => 1,
            code => code.map_or(0, |code| code.as_bytes().len()),
        };
        text.chars().map(len).sum()
    }

    fn encode(&self, _: &mut u64, text: &str, room: &mut [u8]) -> Encoded {
        (**self).encode_text(text, None, room)
    }

    fn encode_translated(&self, _: u64, text: &str, newline: &str, room: &mut [u8]) -> Encoded {
        (**self).encode_text(text, Some(newline), room)
    }
}

impl BlockEncoder<1> for MultiByte {
    #[inline]
    fn ascii(&self, byte: u8) -> [u8; 1] {
        [byte]
    }

    #[inline]
    fn short(&self, unit: u16) -> ShortCode {
        match self.codes.short(unit) {
            0 => (0, 0),
            code => (code.into(), 1 + usize::from(code > 0xff)),
        }
    }

    fn long(&self, ch: char) -> Option<Code> {
        match &self.extra {
            // Its code is what stands for none.
            _ if ch == '\0' => Some(Code::new(&[0])),
            Extra::Nothing => None,
            Extra::Jis0212(_) => {
                let [row, cell] = self.triple_code(ch)?;
                Some(Code::new(&[0x8f, row, cell]))
            }
            Extra::Hangul => hangul::code(ch),
            Extra::FourBytes(four) => four.code(ch),
        }
    }
}

/// How an encoding goes beyond sequences of one and two bytes.
#[derive(Clone, Debug)]
enum Extra {
    Nothing,
    /// EUC-JP: two bytes after 0x8f are characters of JIS X 0212.
    Jis0212(Jis0212),
    /// EUC-KR: syllables without a code are spelt out in eight bytes.
    Hangul,
    /// GB 18030: all other characters have four bytes.
    FourBytes(FourBytes),
}

/// The characters of JIS X 0212, without the byte that comes before each.
#[derive(Clone, Debug)]
struct Jis0212 {
    /// As [`MultiByte::double`].
    chars: Vec<u16>,
    /// As [`MultiByte::codes`], but for those that are there.
    codes: CodeIndex,
}

/// The characters of a multi-byte encoding, in both directions. Below 0x80 all of them are ASCII.
pub(super) struct MultiByte {
    /// The characters of the single bytes from 0x80 on; 0: none.
    single: [u16; 128],
    /// The characters of two bytes, 256 for each first byte from 0x80 on; 0: none.
    double: Vec<u16>,
    /// `single` and `double` as they are decoded, without EUC-KR's filler, which a syllable of
    /// eight bytes begins with.
    pub(super) chars: ShortChars,
    extra: Extra,
    /// The bytes of the characters that have one or two, ASCII too, as a number of which the first is
    /// the lower half.
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

impl MultiByte {
    /// The table of the encoding that Python calls so.
    pub(super) fn new(name: &str) -> MultiByte {
        let base = match name {
            "big5" | "cp950" => encoding_rs::BIG5,
            "cp932" | "shift_jis" => encoding_rs::SHIFT_JIS,
            "euc_jp" => encoding_rs::EUC_JP,
            "gb18030" => encoding_rs::GB18030,
            "gb2312" | "gbk" => encoding_rs::GBK,
            _ => encoding_rs::EUC_KR,
        };
        let mut table = MultiByte {
            single: [0; 128],
            double: vec![0; DOUBLE],
            chars: ShortChars::new(&[0; 128], &[]),
            extra: match name {
                "euc_jp" => Extra::Jis0212(Jis0212 {
                    chars: vec![0; DOUBLE],
                    codes: CodeIndex::new(),
                }),
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
            *table.codes.slot(ch) = code.swap_bytes();
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
                if let Extra::Jis0212(Jis0212 { chars, .. }) = &mut self.extra {
                    chars[place(lead, trail)] = one(&[0x8f, lead, trail]).unwrap_or(0);
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
            (0x8f_0000.., Extra::Jis0212(jis)) => jis.chars[code as usize & 0x7fff] = unit,
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
        let codes = &mut self.codes;
        for byte in 1..0x80 {
            *codes.slot(char::from(byte)) = byte.into();
        }
        for (byte, &unit) in self.single.iter().enumerate() {
            insert(codes, unit, byte as u16 | 0x80);
        }
        for (code, &unit) in self.double.iter().enumerate() {
            insert(codes, unit, (code as u16 | 0x8000).swap_bytes());
        }
        if let Extra::Jis0212(Jis0212 { chars, codes }) = &mut self.extra {
            for (code, &unit) in chars.iter().enumerate() {
                insert(codes, unit, (code as u16 | 0x8000).swap_bytes());
            }
        }
    }

    /// Decodes the first characters, one by one; how many bytes these are. Where malformed bytes
    /// are never far, looking at whole blocks is in vain.
    fn few<'o>(&self, bytes: &[u8], mut out: Utf8Room<'o>) -> (usize, Utf8Room<'o>) {
        let mut read = 0;
        while read < FEW {
            let rest = &bytes[read..];
            if let Some(&[lead, trail]) = rest.first_chunk() {
                let (utf8, len) = self.chars.first(lead, trail);
                if utf8[3] > 0 {
                    out.put_char(utf8);
                    read += len;
                    continue;
                }
            }
            let (ch, len) = match rest.first() {
                Some(&byte) if byte.is_ascii() => (byte.into(), 1),
                _ => match self.next(rest) {
                    Sequence::Char(ch, len) => (ch, len),
                    _ => break,
                },
            };
            out.push(ch);
            read += len;
        }
        (read, out)
    }

    /// Decodes the characters after the first `read` bytes, which are decoded, as far as they fit.
    fn many(&self, bytes: &[u8], mut read: usize, mut out: Utf8Room<'_>) -> DecodedPart {
        while !out.is_full() {
            // Most of it, and then what stopped it.
            let n;
            (n, out) = self.chars.run(&bytes[read..], out);
            read += n;
            match self.next(&bytes[read..]) {
                Sequence::Char(ch, len) if !out.is_full() => {
                    out.push(ch);
                    read += len;
                }
                _ => break,
            }
        }
        out.decoded(read)
    }

    /// What stands at the start of `bytes`, the first of which is not ASCII.
    pub(super) fn next(&self, bytes: &[u8]) -> Sequence {
        let Some(&lead) = bytes.first() else {
            return Sequence::Unfinished;
        };
        if let Some(ch) = character(self.single[usize::from(lead & 0x7f)]) {
            return Sequence::Char(ch, 1);
        }
        let Some(&trail) = bytes.get(1) else {
            return Sequence::Unfinished;
        };
        match (&self.extra, lead, trail) {
            (Extra::Jis0212(jis), 0x8f, _) => match bytes.get(2) {
                None => Sequence::Unfinished,
                // Some characters of JIS X 0212 are in ASCII, and written so.
                Some(&third) => match character(jis.chars[place(trail, third)]) {
                    Some(ch) if trail >= 0x80 && ch.is_ascii() => Sequence::Odd(ch, 3),
                    Some(ch) if trail >= 0x80 => Sequence::Char(ch, 3),
                    _ => Sequence::Malformed,
                },
            },
            (Extra::Hangul, 0xa4, 0xd4) => hangul::next(bytes),
            (Extra::FourBytes(four), _, b'0'..=b'9') => four.next(bytes),
            _ => match character(self.double[place(lead, trail)]) {
                Some(ch) => Sequence::Char(ch, 2),
                None => Sequence::Malformed,
            },
        }
    }

    /// A character's bytes.
    pub(super) fn code(&self, ch: char) -> Option<Code> {
        encode_char(self, ch)
    }

    /// The bytes of a character that has two.
    #[inline]
    pub(super) fn double_code(&self, ch: char) -> Option<[u8; 2]> {
        let code = self.codes.get(ch)?.to_le_bytes();
        (code[1] != 0).then_some(code)
    }

    /// The code of a character below U+10000 in the set of which all bytes are from 0xa1 on, without their
    /// highest bits, the first one the lower half; 0: not of the set.
    #[inline]
    pub(super) fn set_code(&self, unit: u16) -> u16 {
        let code = self.codes.short(unit);
        let low = code & 0x7f7f;
        // What is 0x21 at least carries into the highest bit, and no further.
        let is_inside = (low + 0x5f5f) & code & 0x8080 == 0x8080;
        if is_inside { low } else { 0 }
    }

    /// The bytes after 0x8f of a character of JIS X 0212 that has no other code.
    pub(super) fn triple_code(&self, ch: char) -> Option<[u8; 2]> {
        match &self.extra {
            Extra::Jis0212(jis) if self.codes.get(ch).is_none() => {
                Some(jis.codes.get(ch)?.to_le_bytes())
            }
            _ => None,
        }
    }

    /// The character of JIS X 0212 of the two bytes after 0x8f.
    pub(super) fn triple(&self, row: u8, cell: u8) -> Option<char> {
        match &self.extra {
            Extra::Jis0212(jis) => character(jis.chars[place(row, cell)]),
            _ => None,
        }
    }

    /// The character of two bytes, the first of which is not ASCII.
    pub(super) fn double(&self, lead: u8, trail: u8) -> Option<char> {
        character(self.double[place(lead, trail)])
    }
}

/// Sets the code of a table's character, if that is not ASCII; of several the first one stays.
fn insert(codes: &mut CodeIndex, unit: u16, code: u16) {
    if let Some(ch) = character(unit).filter(|ch| !ch.is_ascii()) {
        set_first(codes, ch, code);
    }
}

/// The character of a place in a table.
fn character(unit: u16) -> Option<char> {
    match unit {
        0 => None,
        _ => char::from_u32(unit.into()),
    }
}
