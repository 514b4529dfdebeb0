//! The single-byte encodings that have a table.
//!
//! Those of CPython are in `charmap.bin`: `tests/tables/single_byte.py` writes it and says how. A
//! [`Charmap`] is made of one when it is first used, and kept: there are few, and they are small.

use std::sync::OnceLock;

use super::{
    AsciiKind, BlockEncoder, ByteTable, Code, CodeIndex, DecodeContext, DecodeOutput, DecodeStop,
    Decoded, Encoded, Family, Measure, Properties, ShortCode,
};

const TABLES: &[u8] = include_bytes!("charmap.bin");

/// How many encodings are in it.
const COUNT: usize = 69;

/// The table's halves of CPython's encoding of that number.
pub(in super::super) const fn cpython(number: usize) -> Halves {
    let (index, tables) = TABLES.split_at(2 * COUNT);
    let (_, lower) = tables.split_at(256 * index[2 * number] as usize);
    let (_, upper) = tables.split_at(256 * index[2 * number + 1] as usize);
    (lower.split_at(256).0, upper.split_at(256).0)
}

/// The characters of the lower and of the upper 128 bytes: little-endian UTF-16, U+FFFF where there
/// is none.
type Halves = (&'static [u8], &'static [u8]);

/// A [`Charmap`] that is made when it is first used, and takes no memory before.
pub(in super::super) struct LazyCharmap {
    halves: Halves,
    map: OnceLock<Box<Charmap>>,
}

impl LazyCharmap {
    pub(in super::super) const fn new(halves: Halves) -> LazyCharmap {
        let map = OnceLock::new();
        LazyCharmap { halves, map }
    }

    fn map(&self) -> &Charmap {
        self.map.get_or_init(|| Box::new(Charmap::new(self.halves)))
    }
}

impl Family for LazyCharmap {
    fn properties(&self) -> Properties {
        Properties {
            writes_ascii: self.map().writes_ascii,
            has_doubles: true,
            translates: true,
            ..Properties::default()
        }
    }

    fn decode(&self, context: &mut DecodeContext, bytes: &[u8], out: DecodeOutput<'_>) -> Decoded {
        context.measure = Measure::Each(1);
        let decoded = self.map().chars.decode(bytes, out.room);
        if decoded.read > 0 {
            return Ok(decoded);
        }
        Err(DecodeStop::Malformed {
            len: 1,
            reason: "character maps to <undefined>",
        })
    }

    fn verbatim(&self, _: u64, bytes: &[u8]) -> usize {
        if self.map().chars.reads_ascii() && bytes.is_ascii() {
            bytes.len()
        } else {
            0
        }
    }

    fn encode(&self, _: &mut u64, text: &str, room: &mut [u8]) -> Encoded {
        self.map().encode_text(text, None, room)
    }

    fn encode_translated(&self, _: u64, text: &str, newline: &str, room: &mut [u8]) -> Encoded {
        self.map().encode_text(text, Some(newline), room)
    }
}

/// A single-byte encoding: which characters its bytes are.
struct Charmap {
    chars: ByteTable,
    /// The characters' bytes, and [`IS_BYTE`]: zero is a byte, too.
    bytes: CodeIndex,
    /// ASCII is written as it is.
    writes_ascii: bool,
    /// Else its bytes, if all of it is there: EBCDIC has the letters elsewhere.
    ascii: Option<[u8; 256]>,
}

const IS_BYTE: u16 = 0x100;

impl Charmap {
    fn new((lower, upper): Halves) -> Charmap {
        let units = |half: &'static [u8]| half.as_chunks::<2>().0.iter();
        let units = units(lower).chain(units(upper));
        let units = units.map(|&unit| u16::from_le_bytes(unit));
        let mut map = Charmap {
            chars: ByteTable::new(units.clone()),
            bytes: CodeIndex::new(),
            writes_ascii: true,
            ascii: None,
        };
        for (code, unit) in (IS_BYTE..).zip(units) {
            if let Some(ch) = char::from_u32(unit.into()).filter(|&ch| ch != '\u{ffff}') {
                *map.bytes.slot(ch) = code;
            }
        }
        // What is ASCII is found in the table, not assumed.
        let codes = (0..0x80).map(|unit| map.bytes.short(unit));
        map.writes_ascii = codes.clone().eq(IS_BYTE..IS_BYTE + 0x80);
        if !map.writes_ascii && codes.clone().all(|code| code != 0) {
            let mut ascii = [0; 256];
            for (byte, code) in ascii.iter_mut().zip(codes) {
                [*byte, _] = code.to_le_bytes();
            }
            map.ascii = Some(ascii);
        }
        map
    }
}

impl BlockEncoder<1> for Charmap {
    #[inline]
    fn ascii(&self, byte: u8) -> [u8; 1] {
        [byte]
    }

    #[inline]
    fn ascii_kind(&self) -> AsciiKind<'_> {
        match &self.ascii {
            _ if self.writes_ascii => AsciiKind::Plain,
            Some(ascii) => AsciiKind::Recoded(ascii),
            None => AsciiKind::Partial,
        }
    }

    #[inline]
    fn short(&self, unit: u16) -> ShortCode {
        let code = self.bytes.short(unit);
        ((code & 0xff).into(), usize::from(code != 0))
    }

    fn long(&self, _: char) -> Option<Code> {
        None
    }
}
