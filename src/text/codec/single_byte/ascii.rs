//! ASCII and Latin-1, true to their names.

use super::{
    ByteTable, Encoded, Family, Measure, Place, Properties, Shortcut, Step, encode,
    encode_beside_ascii,
};

/// ASCII: bytes below 0x80.
#[derive(Debug)]
pub(in super::super) struct Ascii;

impl Family for Ascii {
    fn properties(&self) -> Properties {
        Properties {
            shortcut: Shortcut::Ascii,
            writes_ascii: true,
            ..Properties::default()
        }
    }

    fn decode(&self, place: &mut Place, bytes: &[u8], _: bool, text: &mut String) -> Step {
        place.measure = Measure::Verbatim;
        step(bytes, text)
    }

    fn verbatim(&self, _: u64, bytes: &[u8]) -> usize {
        ascii_prefix(bytes)
    }

    fn encode(&self, _: &mut u64, text: &str, room: &mut [u8]) -> Encoded {
        encode_beside_ascii(text, room, |text, room| {
            encode(text, room, |ch| u8::try_from(ch).ok().filter(u8::is_ascii))
        })
    }

    fn has(&self, ch: char) -> bool {
        ch.is_ascii()
    }
}

/// Latin-1: each byte is the character of that number.
#[derive(Debug)]
pub(in super::super) struct Latin1;

impl Family for Latin1 {
    fn properties(&self) -> Properties {
        Properties {
            writes_ascii: true,
            ..Properties::default()
        }
    }

    fn decode(&self, place: &mut Place, bytes: &[u8], _: bool, text: &mut String) -> Step {
        static TABLE: ByteTable = ByteTable::LATIN_1;
        place.measure = Measure::Each(1);
        Step::Read(TABLE.decode(bytes, text))
    }

    fn verbatim(&self, _: u64, bytes: &[u8]) -> usize {
        if bytes.is_ascii() { bytes.len() } else { 0 }
    }

    fn encode(&self, _: &mut u64, text: &str, room: &mut [u8]) -> Encoded {
        encode_beside_ascii(text, room, |text, room| {
            encode(text, room, |ch| u8::try_from(ch).ok())
        })
    }

    fn has(&self, ch: char) -> bool {
        u8::try_from(ch).is_ok()
    }
}

/// How many bytes at the start are ASCII.
fn ascii_prefix(bytes: &[u8]) -> usize {
    if bytes.is_ascii() {
        bytes.len()
    } else {
        bytes.iter().take_while(|byte| byte.is_ascii()).count()
    }
}

/// Decodes the ASCII at the start, or says that there is none.
pub(in super::super) fn step(bytes: &[u8], text: &mut String) -> Step {
    match ascii_prefix(bytes) {
        0 => Step::Malformed {
            len: 1,
            reason: "ordinal not in range(128)",
        },
        n => {
            text.push_str(str::from_utf8(&bytes[..n]).expect("the prefix is ASCII"));
            Step::Read(n)
        }
    }
}
