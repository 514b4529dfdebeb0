//! The single-byte encodings that have a table.
//!
//! Those of CPython are in `charmap.bin`: `tests/tables/single_byte.py` writes it and says how. A
//! [`Page`] is made of one when it is first used, and kept: there are few, and they are small.

use std::sync::OnceLock;

use super::{
    ByteTable, CodeIndex, Encoded, Family, Measure, Place, Properties, Step, encode,
    encode_beside_ascii,
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

/// A single-byte encoding: which characters its bytes are.
#[derive(Debug)]
pub(in super::super) struct Charmap {
    halves: Halves,
    page: OnceLock<Page>,
}

impl Charmap {
    pub(in super::super) const fn new(halves: Halves) -> Charmap {
        Charmap {
            halves,
            page: OnceLock::new(),
        }
    }

    fn page(&self) -> &Page {
        let units = |half: &'static [u8]| half.as_chunks::<2>().0;
        self.page.get_or_init(|| {
            let units = units(self.halves.0).iter().chain(units(self.halves.1));
            Page::new(units.map(|&unit| u16::from_le_bytes(unit)))
        })
    }
}

impl Family for Charmap {
    fn properties(&self) -> Properties {
        Properties {
            writes_ascii: self.page().writes_ascii,
            has_doubles: true,
            ..Properties::default()
        }
    }

    fn decode(&self, place: &mut Place, bytes: &[u8], _: bool, text: &mut String) -> Step {
        place.measure = Measure::Each(1);
        match self.page().chars.decode(bytes, text) {
            0 => Step::Malformed {
                len: 1,
                reason: "character maps to <undefined>",
            },
            n => Step::Read(n),
        }
    }

    fn verbatim(&self, _: u64, bytes: &[u8]) -> usize {
        if self.page().chars.reads_ascii() && bytes.is_ascii() {
            bytes.len()
        } else {
            0
        }
    }

    fn encode(&self, _: &mut u64, text: &str, room: &mut [u8]) -> Encoded {
        let page = self.page();
        let some = |text: &str, room: &mut [u8]| encode(text, room, |ch| page.byte(ch));
        if page.writes_ascii {
            encode_beside_ascii(text, room, some)
        } else {
            some(text, room)
        }
    }

    fn has(&self, ch: char) -> bool {
        self.page().byte(ch).is_some()
    }
}

/// A single-byte encoding in the form that is used.
#[derive(Debug)]
struct Page {
    chars: ByteTable,
    /// The characters' bytes, and [`IS_BYTE`]: zero is a byte, too.
    bytes: CodeIndex,
    /// ASCII is written as it is.
    writes_ascii: bool,
}

const IS_BYTE: u16 = 0x100;

impl Page {
    fn new(units: impl Iterator<Item = u16> + Clone) -> Page {
        let mut page = Page {
            chars: ByteTable::new(units.clone()),
            bytes: CodeIndex::new(),
            writes_ascii: true,
        };
        for (code, unit) in (IS_BYTE..).zip(units) {
            if let Some(ch) = char::from_u32(unit.into()).filter(|&ch| ch != '\u{ffff}') {
                *page.bytes.slot(ch) = code;
            }
        }
        let mut ascii = 0..0x80_u8;
        page.writes_ascii = ascii.all(|n| page.byte(n.into()) == Some(n));
        page
    }

    /// A character's byte.
    #[inline]
    fn byte(&self, ch: char) -> Option<u8> {
        let [_, byte] = self.bytes.get(ch)?.to_be_bytes();
        Some(byte)
    }
}
