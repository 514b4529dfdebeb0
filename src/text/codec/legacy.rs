//! Single-byte code pages, from the tables of `encoding_rs`.
//!
//! Those are the WHATWG's. Where they are not Python's they are put right, or not used: bytes that
//! a windows page leaves undefined are errors, not control characters, and names that mean another
//! encoding on the Web (`iso-8859-9`, `iso-8859-11`, `tis-620`, `koi8-u`) are not known. What is
//! left is the same as CPython's for every byte.

use std::hash::{Hash, Hasher};
use std::sync::{Mutex, PoisonError};

use encoding_rs::Encoding as Table;

use super::step::Step;

/// A single-byte encoding whose lower half is ASCII.
#[derive(Clone, Copy, Debug)]
pub(super) struct CodePage(&'static Page);

#[derive(Debug)]
struct Page {
    name: &'static str,
    /// The characters of the bytes 0x80 to 0xff.
    upper: [Option<char>; 128],
    /// The same the other way round, sorted.
    bytes: Vec<(char, u8)>,
}

/// The code pages, by folded name: Python's spelling first.
const NAMES: &[(&str, &[&str])] = &[
    ("cp866", &["ibm866", "866"]),
    ("cp1250", &["windows1250"]),
    ("cp1251", &["windows1251"]),
    ("cp1252", &["windows1252"]),
    ("cp1253", &["windows1253"]),
    ("cp1254", &["windows1254"]),
    ("cp1255", &["windows1255"]),
    ("cp1256", &["windows1256"]),
    ("cp1257", &["windows1257"]),
    ("cp1258", &["windows1258"]),
    ("iso8859-2", &["iso88592", "latin2", "l2"]),
    ("iso8859-3", &["iso88593", "latin3", "l3"]),
    ("iso8859-4", &["iso88594", "latin4", "l4"]),
    ("iso8859-5", &["iso88595", "cyrillic"]),
    ("iso8859-6", &["iso88596", "arabic"]),
    ("iso8859-7", &["iso88597", "greek"]),
    ("iso8859-8", &["iso88598", "hebrew"]),
    ("iso8859-10", &["iso885910", "latin6", "l6"]),
    ("iso8859-13", &["iso885913", "latin7", "l7"]),
    ("iso8859-14", &["iso885914", "latin8", "l8"]),
    ("iso8859-15", &["iso885915", "latin9", "l9"]),
    ("iso8859-16", &["iso885916", "latin10", "l10"]),
    ("koi8-r", &["koi8r"]),
    ("mac-roman", &["macroman", "macintosh"]),
    ("mac-cyrillic", &["maccyrillic", "xmaccyrillic"]),
];

/// What `encoding_rs` calls them where it does not know Python's spelling.
fn label(name: &str) -> String {
    match name {
        "mac-roman" => "macintosh".into(),
        "mac-cyrillic" => "x-mac-cyrillic".into(),
        "cp866" => "ibm866".into(),
        _ if name.starts_with("iso") => name.replacen("iso", "iso-", 1),
        _ => name.into(),
    }
}

impl CodePage {
    pub(super) fn for_name(folded: &str) -> Option<CodePage> {
        let (name, _) = NAMES
            .iter()
            .find(|(name, aliases)| name.replace('-', "") == folded || aliases.contains(&folded))?;
        page(name).map(CodePage)
    }

    pub(super) fn name(self) -> &'static str {
        self.0.name
    }

    fn character(self, byte: u8) -> Option<char> {
        match byte {
            0..0x80 => Some(char::from(byte)),
            _ => self.0.upper[usize::from(byte - 0x80)],
        }
    }

    pub(super) fn byte(self, ch: char) -> Option<u8> {
        if ch.is_ascii() {
            return u8::try_from(ch).ok();
        }
        let bytes = &self.0.bytes;
        let found = bytes.binary_search_by_key(&ch, |&(ch, _)| ch).ok()?;
        Some(bytes[found].1)
    }

    /// Decodes up to the first undefined byte, or says that there is one.
    pub(super) fn step(self, bytes: &[u8], text: &mut String) -> Step {
        text.reserve(bytes.len() + bytes.len() / 4);
        for (read, &byte) in bytes.iter().enumerate() {
            match self.character(byte) {
                Some(ch) => text.push(ch),
                None if read > 0 => return Step::Read(read),
                None => {
                    return Step::Malformed {
                        len: 1,
                        reason: "character maps to <undefined>",
                    };
                }
            }
        }
        Step::Read(bytes.len())
    }
}

impl PartialEq for CodePage {
    fn eq(&self, other: &CodePage) -> bool {
        self.name() == other.name()
    }
}

impl Eq for CodePage {}

impl Hash for CodePage {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

/// The page of that name, made once and kept: there are few.
fn page(name: &'static str) -> Option<&'static Page> {
    static MADE: Mutex<Vec<&'static Page>> = Mutex::new(Vec::new());
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(page) = made.iter().find(|page| page.name == name) {
        return Some(page);
    }
    let page = Box::leak(Box::new(build(name)?));
    made.push(page);
    Some(page)
}

/// Whether the WHATWG's table has a character for a byte that the page itself leaves undefined.
fn undefined(name: &str, byte: u8, ch: char) -> bool {
    (name.starts_with("cp125") && ch.is_control()) || (name == "cp1255" && byte == 0xca)
}

fn build(name: &'static str) -> Option<Page> {
    let table = Table::for_label(label(name).as_bytes())?;
    let mut upper = [None; 128];
    let mut bytes = Vec::new();
    for byte in 0x80..=0xff {
        let one = [byte];
        let decoded = table.decode_without_bom_handling_and_without_replacement(&one);
        let character = decoded.and_then(|text| text.chars().next());
        let character = character.filter(|&ch| !undefined(name, byte, ch));
        upper[usize::from(byte - 0x80)] = character;
        bytes.extend(character.map(|ch| (ch, byte)));
    }
    bytes.sort_unstable();
    Some(Page { name, upper, bytes })
}
