//! UTF-16 in both byte orders.

use super::byte_order::ByteOrder;
use super::step::Step;

/// How many code units are looked at together: where all of them are ASCII, they are text at once.
const RUN: usize = 32;

/// Decodes what is well-formed at the start, or says what stands there instead.
pub(super) fn step(order: ByteOrder, bytes: &[u8], last: bool, text: &mut String) -> Step {
    let (units, _) = bytes.as_chunks::<2>();
    text.reserve(units.len());
    let mut read = 0;
    while let Some(&unit) = units.get(read) {
        if let Some(run) = units[read..].first_chunk::<RUN>()
            && let Some(ascii) = ascii(order, run)
        {
            text.push_str(std::str::from_utf8(&ascii).unwrap_or_default());
            read += RUN;
        } else if let Some(ch) = char::from_u32(order.u16(unit).into()) {
            text.push(ch);
            read += 1;
        } else if let Some(&low) = units.get(read + 1)
            && let Some(ch) = pair(order.u16(unit), order.u16(low))
        {
            text.push(ch);
            read += 2;
        } else {
            break;
        }
    }
    match read {
        0 => malformed(order, bytes, last),
        n => Step::Read(2 * n),
    }
}

/// Code units as bytes, if all of them are ASCII.
fn ascii(order: ByteOrder, units: &[[u8; 2]; RUN]) -> Option<[u8; RUN]> {
    let units = units.map(|unit| order.u16(unit));
    let all = units.iter().fold(0, |all, unit| all | unit);
    (all < 0x80).then(|| units.map(|unit| unit as u8))
}

/// The character of two surrogates.
fn pair(high: u16, low: u16) -> Option<char> {
    char::decode_utf16([high, low]).next()?.ok()
}

/// Says what stands at the start, which is no character.
fn malformed(order: ByteOrder, bytes: &[u8], last: bool) -> Step {
    let lone = match bytes {
        [a, b, rest @ ..] => order.u16([*a, *b]) >= 0xdc00 || rest.len() >= 2,
        _ => false,
    };
    match (lone, last) {
        (true, _) => Step::Malformed {
            len: 2,
            reason: "unpaired surrogate",
        },
        (false, true) => Step::Malformed {
            len: bytes.len(),
            reason: "unexpected end of data",
        },
        (false, false) => Step::Unfinished,
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
