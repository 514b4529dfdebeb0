//! UTF-16 in both byte orders.

use super::step::Step;

/// Which byte of a code unit comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ByteOrder {
    Little,
    Big,
}

impl ByteOrder {
    /// The machine's own.
    pub(super) const NATIVE: ByteOrder = match cfg!(target_endian = "little") {
        true => ByteOrder::Little,
        false => ByteOrder::Big,
    };

    fn unit(self, bytes: &[u8]) -> Option<u16> {
        let pair = [*bytes.first()?, *bytes.get(1)?];
        Some(match self {
            ByteOrder::Little => u16::from_le_bytes(pair),
            ByteOrder::Big => u16::from_be_bytes(pair),
        })
    }
}

/// Decodes what is well-formed at the start, or says what stands there instead.
pub(super) fn step(order: ByteOrder, bytes: &[u8], last: bool, text: &mut String) -> Step {
    text.reserve(bytes.len() / 2);
    let mut read = 0;
    loop {
        match character(order, &bytes[read..]) {
            Character::Is(ch, len) => {
                text.push(ch);
                read += len;
            }
            _ if read > 0 => return Step::Read(read),
            Character::Lone => {
                return Step::Malformed {
                    len: 2,
                    reason: "unpaired surrogate",
                };
            }
            Character::Unfinished if last => {
                return Step::Malformed {
                    len: bytes.len(),
                    reason: "unexpected end of data",
                };
            }
            Character::Unfinished => return Step::Unfinished,
        }
    }
}

/// What stands at the start of some bytes.
enum Character {
    /// A character and its length in bytes.
    Is(char, usize),
    /// A surrogate without its other half.
    Lone,
    /// Nothing, or the start of a character.
    Unfinished,
}

fn character(order: ByteOrder, bytes: &[u8]) -> Character {
    let Some(first) = order.unit(bytes) else {
        return Character::Unfinished;
    };
    if let Some(ch) = char::from_u32(first.into()) {
        return Character::Is(ch, 2);
    }
    if first >= 0xdc00 {
        return Character::Lone;
    }
    let Some(second) = order.unit(&bytes[2..]) else {
        return Character::Unfinished;
    };
    match char::decode_utf16([first, second]).next() {
        Some(Ok(ch)) => Character::Is(ch, 4),
        _ => Character::Lone,
    }
}

/// Appends the bytes of `text`, two for each code unit.
pub(super) fn encode(text: &str, order: ByteOrder, bytes: &mut Vec<u8>) {
    let to_bytes = match order {
        ByteOrder::Little => u16::to_le_bytes,
        ByteOrder::Big => u16::to_be_bytes,
    };
    bytes.reserve(2 * text.len());
    for unit in text.encode_utf16() {
        bytes.extend_from_slice(&to_bytes(unit));
    }
}
