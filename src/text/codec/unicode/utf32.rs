//! UTF-32 in both byte orders.

use std::array;

use super::code_units::ByteOrder;
use super::utf16::{self, GROUP};
use super::{BlockEncoder, Code, DecodeStop, Decoded, DecodedPart, ShortCode, Utf8Room};

/// Decodes what is well-formed at the start, or says what stands there instead.
pub(super) fn decode(order: ByteOrder, bytes: &[u8], last: bool, room: &mut [u8]) -> Decoded {
    let (units, rest) = bytes.as_chunks::<4>();
    let decoded = decode_units(order, units, room);
    match (decoded.read, units.first()) {
        (0, Some(&unit)) => Err(DecodeStop::Malformed {
            len: 4,
            reason: match order.u32(unit) {
                0xd800..0xe000 => "code point in surrogate code point range",
                _ => "code point not in range(0x110000)",
            },
        }),
        (0, None) if last => Err(DecodeStop::Malformed {
            len: rest.len(),
            reason: "truncated data",
        }),
        (0, None) => Err(DecodeStop::Unfinished),
        _ => Ok(decoded),
    }
}

/// Decodes what is well-formed at the start and fits.
fn decode_units(order: ByteOrder, units: &[[u8; 4]], room: &mut [u8]) -> DecodedPart {
    let (mut out, mut read) = (Utf8Room::new(room), 0);
    while !out.is_full() {
        // What is no unit of UTF-16 stops there as a surrogate does.
        let unit = |&unit: &[u8; 4]| u16::try_from(order.u32(unit)).unwrap_or(utf16::SURROGATES);
        if let Some(group) = units[read..].first_chunk::<GROUP>() {
            let n = utf16::put::<false>(array::from_fn(|n| unit(&group[n])), &mut out);
            read += n;
            if n == GROUP {
                continue;
            }
        }
        let next = units.get(read).map(|&unit| order.u32(unit));
        let Some(ch) = next.and_then(char::from_u32) else {
            break;
        };
        out.push(ch);
        read += 1;
    }
    out.decoded(4 * read)
}

/// Text to bytes in one of the byte orders.
pub(super) struct Utf32Bytes<const LITTLE: bool>;

impl<const LITTLE: bool> Utf32Bytes<LITTLE> {
    fn bytes(number: u32) -> [u8; 4] {
        if LITTLE {
            number.to_le_bytes()
        } else {
            number.to_be_bytes()
        }
    }
}

impl<const LITTLE: bool> BlockEncoder<4> for Utf32Bytes<LITTLE> {
    #[inline]
    fn ascii(&self, byte: u8) -> [u8; 4] {
        Utf32Bytes::<LITTLE>::bytes(byte.into())
    }

    #[inline]
    fn short(&self, unit: u16) -> ShortCode {
        (
            u32::from_le_bytes(Utf32Bytes::<LITTLE>::bytes(unit.into())),
            4,
        )
    }

    fn long(&self, ch: char) -> Option<Code> {
        Some(Code::new(&Utf32Bytes::<LITTLE>::bytes(ch.into())))
    }
}
