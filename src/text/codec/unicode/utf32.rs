//! UTF-32 in both byte orders.

use std::array;

use super::code_units::ByteOrder;
use super::utf16::{self, GROUP};
use super::{Code, Encoded, Step, Utf8Buffer, encode_chars};

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
fn decode(order: ByteOrder, units: &[[u8; 4]], text: &mut String) -> usize {
    let (mut buffer, mut len, mut read) = (Utf8Buffer::new(), 0, 0);
    loop {
        len = buffer.room(len, text);
        // What is no unit of UTF-16 stops there as a surrogate does.
        let unit = |&unit: &[u8; 4]| u16::try_from(order.u32(unit)).unwrap_or(utf16::SURROGATES);
        if let Some(group) = units[read..].first_chunk::<GROUP>() {
            let n;
            (len, n) = utf16::put(array::from_fn(|n| unit(&group[n])), &mut buffer, len);
            read += n;
            if n == GROUP {
                continue;
            }
        }
        let next = units.get(read).map(|&unit| order.u32(unit));
        let Some(ch) = next.and_then(char::from_u32) else {
            buffer.flush(len, text);
            return read;
        };
        let mut utf8 = [0; 4];
        let n = ch.encode_utf8(&mut utf8).len();
        len = buffer.put(len, &utf8) - utf8.len() + n;
        read += 1;
    }
}

/// Encodes as much of `text` as fits, four bytes for each character.
pub(super) fn encode(text: &str, to_bytes: fn(u32) -> [u8; 4], room: &mut [u8]) -> Encoded {
    encode_chars(&mut (), text, room, |(), ch| {
        Some(Code::new(&to_bytes(ch.into())))
    })
}
