//! The single-byte encodings, from tables.
//!
//! The tables are CPython's: `tests/tables/single_byte.py` writes `charmap.bin` and says how. A
//! [`Page`] is made of one when it is first used, and kept: there are few, and they are small.

use std::sync::OnceLock;

use super::byte_table::ByteTable;
use super::step::Step;

/// The encodings' names, in the order of the tables.
#[rustfmt::skip]
pub(super) const NAMES: [&str; 69] = [
    "cp037", "cp273", "cp424", "cp437", "cp500", "cp720", "cp737", "cp775", "cp850", "cp852",
    "cp855", "cp856", "cp857", "cp858", "cp860", "cp861", "cp862", "cp863", "cp864", "cp865",
    "cp866", "cp869", "cp874", "cp875", "cp1006", "cp1026", "cp1125", "cp1140", "cp1250", "cp1251",
    "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "hp-roman8",
    "iso8859-2", "iso8859-3", "iso8859-4", "iso8859-5", "iso8859-6", "iso8859-7", "iso8859-8",
    "iso8859-9", "iso8859-10", "iso8859-11", "iso8859-13", "iso8859-14", "iso8859-15",
    "iso8859-16", "koi8-r", "koi8-t", "koi8-u", "kz1048", "mac-arabic", "mac-croatian",
    "mac-cyrillic", "mac-farsi", "mac-greek", "mac-iceland", "mac-latin2", "mac-roman",
    "mac-romanian", "mac-turkish", "palmos", "ptcp154", "tis-620",
];

static TABLES: &[u8] = include_bytes!("charmap.bin");

/// A single-byte encoding, by its place in [`NAMES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Charmap(u8);

impl Charmap {
    pub(super) fn all() -> impl Iterator<Item = Charmap> {
        (0..).take(NAMES.len()).map(Charmap)
    }

    pub(super) fn name(self) -> &'static str {
        NAMES[usize::from(self.0)]
    }

    pub(super) fn page(self) -> &'static Page {
        static PAGES: [OnceLock<Box<Page>>; NAMES.len()] = [const { OnceLock::new() }; NAMES.len()];
        PAGES[usize::from(self.0)].get_or_init(|| Box::new(Page::new(self)))
    }

    /// The characters of the 256 bytes; U+FFFF: none.
    fn units(self) -> impl Iterator<Item = u16> {
        let (index, tables) = TABLES.split_at(2 * NAMES.len());
        let (units, _) = tables.as_chunks::<2>();
        let halves = &index[2 * usize::from(self.0)..][..2];
        halves
            .iter()
            .flat_map(|&half| &units[128 * usize::from(half)..][..128])
            .map(|&unit| u16::from_le_bytes(unit))
    }
}

/// A single-byte encoding in the form that is used.
#[derive(Debug)]
pub(super) struct Page {
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
    fn new(charmap: Charmap) -> Page {
        let mut page = Page {
            chars: ByteTable::new(charmap.units()),
            index: [0; 256],
            bytes: vec![[MISSING; 256]],
            writes_ascii: true,
        };
        for (byte, unit) in (0..=255).zip(charmap.units()) {
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

    /// Whether bytes that are ASCII are text as they are.
    pub(super) fn reads_ascii(&self) -> bool {
        self.chars.reads_ascii()
    }

    /// Whether ASCII is written as it is.
    pub(super) fn writes_ascii(&self) -> bool {
        self.writes_ascii
    }

    /// Decodes up to the first undefined byte, or says that there is one.
    pub(super) fn step(&self, bytes: &[u8], text: &mut String) -> Step {
        match self.chars.decode(bytes, text) {
            0 => Step::Malformed {
                len: 1,
                reason: "character maps to <undefined>",
            },
            n => Step::Read(n),
        }
    }

    /// Appends the bytes of `text` up to the first character that is missing; where that is.
    pub(super) fn encode(&self, text: &str, bytes: &mut Vec<u8>) -> usize {
        if self.writes_ascii && text.is_ascii() {
            bytes.extend_from_slice(text.as_bytes());
            return text.len();
        }
        bytes.reserve(text.len());
        for (at, ch) in text.char_indices() {
            match self.byte(ch) {
                Some(byte) => bytes.push(byte),
                None => return at,
            }
        }
        text.len()
    }

    /// Whether the encoding has a character.
    pub(super) fn has(&self, ch: char) -> bool {
        self.byte(ch).is_some()
    }
}

/// A character of the first 65536, as places in two tables.
fn halves(ch: char) -> (usize, usize) {
    let number = u32::from(ch) as usize;
    (number >> 8, number & 0xff)
}
