//! Encoding by hand, as a good program for one encoding does: no errors, no layers, no state.
//! What such a program cannot encode it panics at.

use std::array;

/// How many bytes of ASCII are widened together.
const GROUP: usize = 64;

/// UTF-16 in little-endian bytes, into a room that is large enough; how many bytes. ASCII is widened 64
/// bytes at a time; the rest goes by the length of a character, without a check, as text is known to be
/// UTF-8.
pub(crate) fn utf16(text: &str, room: &mut [u8]) -> usize {
    let (mut bytes, mut units) = (text.as_bytes(), room.as_chunks_mut::<2>().0);
    let all = units.len();
    while let [first, ..] = *bytes {
        let ascii = bytes
            .first_chunk::<GROUP>()
            .filter(|group| group.is_ascii());
        if let (Some(group), Some(places)) = (ascii, units.first_chunk_mut::<GROUP>()) {
            *places = group.map(|byte| u16::from(byte).to_le_bytes());
            (bytes, units) = (&bytes[GROUP..], &mut units[GROUP..]);
            continue;
        }
        let tail = |at: usize| u32::from(bytes[at] & 0x3f);
        let (ch, len) = match first {
            0..0x80 => (first.into(), 1),
            0x80..0xe0 => (u32::from(first & 0x1f) << 6 | tail(1), 2),
            0xe0..0xf0 => (u32::from(first & 0xf) << 12 | tail(1) << 6 | tail(2), 3),
            _ => (
                u32::from(first & 7) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3),
                4,
            ),
        };
        let n = match ch.checked_sub(0x10000) {
            None => {
                units[0] = (ch as u16).to_le_bytes();
                1
            }
            Some(beyond) => {
                units[0] = (0xd800 | (beyond >> 10) as u16).to_le_bytes();
                units[1] = (0xdc00 | (beyond & 0x3ff) as u16).to_le_bytes();
                2
            }
        };
        (bytes, units) = (&bytes[len..], &mut units[n..]);
    }
    2 * (all - units.len())
}

/// The codes of an encoding of one or two bytes for each character, in a table of two levels.
pub(crate) struct TwoLevels {
    index: [u8; 256],
    pages: Vec<[u16; 256]>,
}

impl TwoLevels {
    /// The codes of the characters below U+10000 that have one or two bytes in `encoding`.
    pub(crate) fn new(encoding: &'static encoding_rs::Encoding) -> TwoLevels {
        let mut pages = vec![[0; 256]];
        let index = array::from_fn(|high| {
            let page = array::from_fn(|low| code(encoding, (high << 8 | low) as u32));
            if page == [0; 256] {
                return 0;
            }
            pages.push(page);
            (pages.len() - 1) as u8
        });
        TwoLevels { index, pages }
    }

    /// Encodes into a room that is large enough; how many bytes.
    pub(crate) fn encode(&self, text: &str, room: &mut [u8]) -> usize {
        let (mut at, mut rest) = (0, text.chars());
        loop {
            let ascii = rest.as_str().as_bytes().first_chunk::<GROUP>();
            if let Some(group) = ascii.filter(|group| group.is_ascii()) {
                room[at..at + GROUP].copy_from_slice(group);
                (at, rest) = (at + GROUP, rest.as_str()[GROUP..].chars());
                continue;
            }
            let Some(ch) = rest.next() else { return at };
            if ch.is_ascii() {
                room[at] = ch as u8;
                at += 1;
                continue;
            }
            let page = &self.pages[usize::from(self.index[ch as usize >> 8])];
            match page[ch as usize & 0xff] {
                0 => panic!("{ch} is not in the encoding"),
                code @ ..0x100 => {
                    room[at] = code as u8;
                    at += 1;
                }
                code => {
                    room[at..at + 2].copy_from_slice(&code.to_be_bytes());
                    at += 2;
                }
            }
        }
    }
}

/// A character's code, if it is short; else 0.
fn code(encoding: &'static encoding_rs::Encoding, number: u32) -> u16 {
    let Some(ch) = char::from_u32(number) else {
        return 0;
    };
    let mut utf8 = [0; 4];
    match encoding.encode(ch.encode_utf8(&mut utf8)) {
        (_, _, true) => 0,
        (bytes, ..) => match *bytes {
            [byte] => byte.into(),
            [lead, trail] => u16::from_be_bytes([lead, trail]),
            _ => 0,
        },
    }
}
