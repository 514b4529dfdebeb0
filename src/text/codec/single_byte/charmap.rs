//! The single-byte encodings that have a table.
//!
//! Those of CPython are in `charmap.bin`: `tests/tables/single_byte.py` writes it and says how. A
//! [`Page`] is made of one when it is first used, and kept: there are few, and they are small.

use std::sync::OnceLock;

use super::{ByteTable, Encoded, Family, Measure, Place, Properties, Step, Stop, encode};

static TABLES: &[u8] = include_bytes!("charmap.bin");

/// How many encodings are in it.
const COUNT: usize = 69;

/// The pages of those that were used.
static PAGES: [OnceLock<Page>; COUNT] = [const { OnceLock::new() }; COUNT];

/// A single-byte encoding: which characters its bytes are.
#[derive(Debug)]
pub(in super::super) struct Charmap {
    units: Units,
    page: &'static OnceLock<Page>,
}

/// Where the characters of the 256 bytes are; U+FFFF: none.
#[derive(Clone, Copy, Debug)]
enum Units {
    /// In the encoding of that number of CPython's.
    Cpython(usize),
}

impl Charmap {
    /// The encoding of that number of CPython's, in the order of the tables.
    pub(in super::super) const fn cpython(number: usize) -> Charmap {
        Charmap {
            units: Units::Cpython(number),
            page: &PAGES[number],
        }
    }

    fn page(&self) -> &Page {
        self.page.get_or_init(|| Page::new(&self.units.read()))
    }
}

impl Units {
    fn read(self) -> Vec<u16> {
        let Units::Cpython(number) = self;
        let (index, tables) = TABLES.split_at(2 * COUNT);
        let (units, _) = tables.as_chunks::<2>();
        let halves = &index[2 * number..][..2];
        let halves = halves
            .iter()
            .flat_map(|&half| &units[128 * usize::from(half)..][..128]);
        halves.map(|&unit| u16::from_le_bytes(unit)).collect()
    }
}

impl Family for Charmap {
    fn properties(&self) -> Properties {
        Properties {
            writes_ascii: self.page().writes_ascii,
            has_doubles: true,
            ..Properties::NONE
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
        // What fits if it is ASCII.
        let len = text.len().min(room.len());
        let start = &text.as_bytes()[..len];
        if page.writes_ascii && start.is_ascii() {
            room[..len].copy_from_slice(start);
            return Encoded {
                read: len,
                written: len,
                stop: if len < text.len() {
                    Stop::Full
                } else {
                    Stop::Done
                },
            };
        }
        encode(text, room, |ch| page.byte(ch))
    }

    fn has(&self, ch: char) -> bool {
        self.page().byte(ch).is_some()
    }
}

/// A single-byte encoding in the form that is used.
#[derive(Debug)]
struct Page {
    chars: ByteTable,
    /// Which of `bytes` has the characters of this upper half of a UTF-16 code unit.
    index: [u8; 256],
    /// The bytes of 256 characters each, or [`MISSING`]. The first are of no characters.
    bytes: Vec<[u16; 256]>,
    /// ASCII is written as it is.
    writes_ascii: bool,
}

/// No byte.
const MISSING: u16 = 0x100;

impl Page {
    fn new(units: &[u16]) -> Page {
        let mut page = Page {
            chars: ByteTable::new(units.iter().copied()),
            index: [0; 256],
            bytes: vec![[MISSING; 256]],
            writes_ascii: true,
        };
        for (byte, &unit) in (0..=255).zip(units) {
            if let Some(ch) = char::from_u32(unit.into()).filter(|&ch| ch != '\u{ffff}') {
                page.insert(byte, ch);
            }
        }
        let mut ascii = 0..0x80_u8;
        page.writes_ascii = ascii.all(|n| page.byte(n.into()) == Some(n));
        page
    }

    fn insert(&mut self, byte: u8, ch: char) {
        let (high, low) = halves(ch);
        if self.index[high] == 0 {
            self.index[high] =
                u8::try_from(self.bytes.len()).expect("one for each upper half at most");
            self.bytes.push([MISSING; 256]);
        }
        self.bytes[usize::from(self.index[high])][low] = byte.into();
    }

    /// A character's byte.
    fn byte(&self, ch: char) -> Option<u8> {
        if u32::from(ch) > 0xffff {
            return None;
        }
        let (high, low) = halves(ch);
        u8::try_from(self.bytes[usize::from(self.index[high])][low]).ok()
    }
}

/// A character of the first 65536, as places in two tables.
fn halves(ch: char) -> (usize, usize) {
    let number = u32::from(ch) as usize;
    (number >> 8, number & 0xff)
}
