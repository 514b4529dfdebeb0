//! UTF-32 in both byte orders.

use super::byte_order::ByteOrder;
use super::step::Step;

/// Decodes what is well-formed at the start, or says what stands there instead.
pub(super) fn step(order: ByteOrder, bytes: &[u8], last: bool, text: &mut String) -> Step {
    let (units, rest) = bytes.as_chunks::<4>();
    text.reserve(units.len());
    let mut read = 0;
    for &unit in units {
        match char::from_u32(order.u32(unit)) {
            Some(ch) => text.push(ch),
            None if read > 0 => break,
            None => {
                return Step::Malformed {
                    len: 4,
                    reason: match order.u32(unit) {
                        0xd800..0xe000 => "code point in surrogate code point range",
                        _ => "code point not in range(0x110000)",
                    },
                };
            }
        }
        read += 4;
    }
    match read {
        0 if last => Step::Malformed {
            len: rest.len(),
            reason: "truncated data",
        },
        0 => Step::Unfinished,
        n => Step::Read(n),
    }
}

/// Appends the bytes of `text`, four for each character.
pub(super) fn encode(text: &str, order: ByteOrder, bytes: &mut Vec<u8>) {
    let to_bytes = match order {
        ByteOrder::Little => u32::to_le_bytes,
        ByteOrder::Big => u32::to_be_bytes,
    };
    bytes.reserve(4 * text.len());
    for ch in text.chars() {
        bytes.extend_from_slice(&to_bytes(ch.into()));
    }
}
