//! UTF-32 in both byte orders.

use std::array;

use super::byte_order::ByteOrder;
use super::piece::Piece;
use super::step::Step;
use super::utf16::{self, GROUP};

/// Decodes what is well-formed at the start, or says what stands there instead.
pub(super) fn step(order: ByteOrder, bytes: &[u8], last: bool, text: &mut String) -> Step {
    let (units, rest) = bytes.as_chunks::<4>();
    text.reserve(units.len());
    match (decode(order, units, text), units.first()) {
        (0, Some(&unit)) => Step::Malformed {
            len: 4,
            reason: match order.u32(unit) {
                0xd800..0xe000 => "code point in surrogate code point range",
                _ => "code point not in range(0x110000)",
            },
        },
        (0, None) if last => Step::Malformed {
            len: rest.len(),
            reason: "truncated data",
        },
        (0, None) => Step::Unfinished,
        (n, _) => Step::Read(4 * n),
    }
}

/// Decodes what is well-formed at the start; how many code points that are.
#[inline(never)]
fn decode(order: ByteOrder, units: &[[u8; 4]], text: &mut String) -> usize {
    let (mut piece, mut len, mut read) = (Piece::new(), 0, 0);
    loop {
        len = piece.room(len, text);
        // What is no unit of UTF-16 stops there as a surrogate does.
        let unit = |&unit: &[u8; 4]| u16::try_from(order.u32(unit)).unwrap_or(utf16::SURROGATES);
        if let Some(group) = units[read..].first_chunk::<GROUP>() {
            let n;
            (len, n) = utf16::put(array::from_fn(|n| unit(&group[n])), &mut piece, len);
            read += n;
            if n == GROUP {
                continue;
            }
        }
        let next = units.get(read).map(|&unit| order.u32(unit));
        let Some(ch) = next.and_then(char::from_u32) else {
            piece.flush(len, text);
            return read;
        };
        let mut utf8 = [0; 4];
        let n = ch.encode_utf8(&mut utf8).len();
        len = piece.put(len, &utf8) - utf8.len() + n;
        read += 1;
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
