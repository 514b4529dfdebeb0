//! UTF-16 in both byte orders.

use std::array;

use wide::{CmpEq, i16x8, u16x8};

use super::code_units::ByteOrder;
use super::{
    BlockEncoder, Code, DecodeStop, Decoded, DecodedPart, ShortCode, Utf8Char, Utf8Room, WINDOW,
};
use crate::scan::{GROUP as BLOCK, not_ascii};

/// Of a block of code units so many at most are not ASCII where runs of that are copied.
const SPARSE: u32 = 12;

/// What follows a block is mostly like it: for so many code units it is not looked at again.
const ALIKE: usize = 4 * BLOCK;

/// Of a block of code units so many at least are not ASCII where groups of one kind are looked for: most
/// groups are then, or none is. Between the two bounds they alternate, and a branch for each group would
/// be a guess for the processor.
const DENSE: u32 = 44;

/// How many code units are decoded together: one register of 128 bits.
pub(super) const GROUP: usize = 8;

/// Decodes what is well-formed at the start, or says what stands there instead.
pub(super) fn decode(order: ByteOrder, bytes: &[u8], last: bool, room: &mut [u8]) -> Decoded {
    let (units, _) = bytes.as_chunks::<2>();
    let decoded = match order {
        ByteOrder::Little => decode_units::<true>(units, room),
        ByteOrder::Big => decode_units::<false>(units, room),
    };
    if decoded.read == 0 {
        Err(malformed(order, bytes, last))
    } else {
        Ok(decoded)
    }
}

/// Decodes what is well-formed at the start and fits.
fn decode_units<const LITTLE: bool>(units: &[[u8; 2]], room: &mut [u8]) -> DecodedPart {
    let unit = |&unit: &[u8; 2]| {
        if LITTLE {
            u16::from_le_bytes(unit)
        } else {
            u16::from_be_bytes(unit)
        }
    };
    let (mut out, mut read) = (Utf8Room::new(room), 0);
    // Before here no block is looked at; whether hardly anything of the last one was ASCII.
    let (mut mixed, mut is_dense) = (0, false);
    while !out.is_full() {
        let rest = &units[read..];
        if read >= mixed
            && let Some(window) = rest.first_chunk::<WINDOW>()
        {
            match sparse(window, unit, &mut out) {
                None => {
                    read += BLOCK;
                    continue;
                }
                Some(others) => (mixed, is_dense) = (read + ALIKE, others >= DENSE),
            }
        }
        let n = match rest.first_chunk::<GROUP>() {
            Some(group) => {
                let group = array::from_fn(|n| unit(&group[n]));
                if is_dense {
                    put::<true>(group, &mut out)
                } else {
                    put::<false>(group, &mut out)
                }
            }
            // After the end stands what stops there as a lone surrogate does.
            None => put::<false>(
                array::from_fn(|n| rest.get(n).map_or(SURROGATES, unit)),
                &mut out,
            ),
        };
        read += n;
        if n == GROUP {
            continue;
        }
        let pair = units[read..].first_chunk::<2>();
        let Some(ch) = pair.and_then(|[high, low]| pair_of(unit(high), unit(low))) else {
            break;
        };
        let mut utf8 = [0; 4];
        ch.encode_utf8(&mut utf8);
        out.put(&utf8);
        read += 2;
    }
    out.decoded(2 * read)
}

/// Adds the characters of a block, if most of it is ASCII and the rest is no surrogate; else returns how
/// many of its code units are not ASCII.
/// Characters are put between runs of ASCII that are copied: what comes next is no guess for the
/// processor, as it would be with a branch for each group of letters.
#[inline(always)] // benches/decode.rs, row 2c
fn sparse(
    window: &[[u8; 2]; WINDOW],
    unit: impl Fn(&[u8; 2]) -> u16,
    out: &mut Utf8Room<'_>,
) -> Option<u32> {
    // What is not ASCII remains so.
    let narrow = |next: &[u8; 2]| unit(next).min(0xff) as u8;
    let block: [u8; BLOCK] = array::from_fn(|n| narrow(&window[n]));
    let places = not_ascii(&block);
    if places == 0 {
        out.put(&block);
        return None;
    }
    // Runs of ASCII would be too short to be worth their copies.
    let others = places.count_ones();
    if others > SPARSE {
        return Some(others);
    }
    let bytes: [u8; WINDOW] = array::from_fn(|n| narrow(&window[n]));
    let mut has_surrogate = false;
    let n = out.store_sparse::<0>(&bytes, places, BLOCK, |at| {
        let unit = unit(&window[at]);
        // Noted and not branched on: pairs are rare.
        has_surrogate |= unit & 0xf800 == SURROGATES;
        let two = u32::from(unit >> 6) | (u32::from(unit & 0x3f) << 8) | 0x0200_80c0;
        let utf8 = if unit < 0x800 {
            two
        } else {
            three(unit) | 0x0300_0000
        };
        (utf8.to_le_bytes(), 1)
    });
    if has_surrogate {
        return Some(others);
    }
    out.keep(n);
    None
}

/// The first surrogate; those for the first and for the second place are 0x400 each.
pub(super) const SURROGATES: u16 = 0xd800;

/// Adds the characters up to the first surrogate; how many. With `UNIFORM` a group of characters of three
/// bytes, which most of Chinese and Japanese are, is written at once: no place depends on the one before.
#[inline(always)] // benches/decode.rs, row 2c
pub(super) fn put<const UNIFORM: bool>(group: [u16; GROUP], out: &mut Utf8Room<'_>) -> usize {
    let units = i16x8::new(group.map(u16::cast_signed));
    let kind = units & i16x8::splat(0xf800_u16.cast_signed());
    let surrogates = kind
        .cmp_eq(i16x8::splat(SURROGATES.cast_signed()))
        .move_mask();
    if UNIFORM && surrogates == 0 && kind.cmp_eq(i16x8::ZERO).none() {
        let units = u16x8::new(group);
        let two =
            (units >> 12u32) | ((units << 2u32) & u16x8::splat(0x3f00)) | u16x8::splat(0x80e0);
        let third = (units & u16x8::splat(0x3f)) | u16x8::splat(0x80);
        out.put_threes(two.to_array(), third.to_array());
        return GROUP;
    }
    let utf8 = utf8(group).into_iter();
    if surrogates == 0 {
        out.put_chars(utf8);
        return GROUP;
    }
    // Up to the first surrogate. Pairs are rare in most text and go one by one, by the caller.
    let n = surrogates.trailing_zeros() as usize;
    out.put_chars(utf8.take(n));
    n
}

/// The characters of code units that are no surrogates.
#[inline(always)] // benches/decode.rs, row 2c
fn utf8(units: [u16; GROUP]) -> [Utf8Char; GROUP] {
    let all = u16x8::splat;
    let units = u16x8::new(units);
    let is_one = (units >> 7u32).cmp_eq(all(0));
    let is_short = (units >> 11u32).cmp_eq(all(0));
    let tail = units & all(0x3f);
    // The first two bytes, if it is two, and if it is three.
    let two = (units >> 6u32) | (tail << 8u32) | all(0x80c0);
    let three = (units >> 12u32) | ((units << 2u32) & all(0x3f00)) | all(0x80e0);
    let first = is_one.blend(units, is_short.blend(two, three)).to_array();
    // The third byte, and how many there are: a mask is -1.
    let second = (tail | all(0x80) | ((all(3) + is_one + is_short) << 8u32)).to_array();
    array::from_fn(|n| {
        let [[a, b], [c, len]] = [first[n], second[n]].map(u16::to_le_bytes);
        [a, b, c, len]
    })
}

/// The bytes of a code unit that needs three, the first one lowest.
#[inline(always)] // benches/decode.rs, row 2c
fn three(unit: u16) -> u32 {
    let unit = u32::from(unit);
    (unit >> 12) | ((unit << 2) & 0x3f00) | ((unit & 0x3f) << 16) | 0x0080_80e0
}

/// The character of two surrogates.
fn pair_of(high: u16, low: u16) -> Option<char> {
    char::decode_utf16([high, low]).next()?.ok()
}

/// Says what stands at the start, which is no character.
fn malformed(order: ByteOrder, bytes: &[u8], last: bool) -> DecodeStop {
    let lone = match bytes {
        [a, b, rest @ ..] => order.u16([*a, *b]) >= 0xdc00 || rest.len() >= 2,
        _ => false,
    };
    match (lone, last) {
        (true, _) => DecodeStop::Malformed {
            len: 2,
            reason: "unpaired surrogate",
        },
        (false, true) => DecodeStop::Malformed {
            len: bytes.len(),
            reason: "unexpected end of data",
        },
        (false, false) => DecodeStop::Unfinished,
    }
}

/// Text to bytes in one of the byte orders.
pub(super) struct Utf16Bytes<const LITTLE: bool>;

impl<const LITTLE: bool> Utf16Bytes<LITTLE> {
    fn bytes(unit: u16) -> [u8; 2] {
        if LITTLE {
            unit.to_le_bytes()
        } else {
            unit.to_be_bytes()
        }
    }
}

impl<const LITTLE: bool> BlockEncoder<2> for Utf16Bytes<LITTLE> {
    #[inline]
    fn ascii(&self, byte: u8) -> [u8; 2] {
        Utf16Bytes::<LITTLE>::bytes(byte.into())
    }

    #[inline]
    fn short(&self, unit: u16) -> ShortCode {
        (
            u16::from_le_bytes(Utf16Bytes::<LITTLE>::bytes(unit)).into(),
            2,
        )
    }

    fn long(&self, ch: char) -> Option<Code> {
        let mut code = Code::NONE;
        for &mut unit in ch.encode_utf16(&mut [0; 2]) {
            code.push(&Utf16Bytes::<LITTLE>::bytes(unit));
        }
        Some(code)
    }
}
