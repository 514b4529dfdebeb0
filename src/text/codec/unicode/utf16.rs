//! UTF-16 in both byte orders.

use std::array;

use wide::{CmpEq, i16x8, u16x8};

use super::code_units::ByteOrder;
use super::{Code, Encoded, Step, Utf8Buffer, Utf8Char, encode_chars, start_of};

/// How many code units are looked at together: where all of them are ASCII, they are text at once.
const RUN: usize = 32;

/// How many code units are decoded together.
pub(super) const GROUP: usize = 8;

/// Decodes what is well-formed at the start, or says what stands there instead.
pub(super) fn step(order: ByteOrder, bytes: &[u8], last: bool, text: &mut String) -> Step {
    let (units, _) = bytes.as_chunks::<2>();
    text.reserve(units.len());
    let decode = match order {
        ByteOrder::Little => decode::<true>,
        ByteOrder::Big => decode::<false>,
    };
    match decode(units, text) {
        0 => malformed(order, bytes, last),
        n => Step::Read(2 * n),
    }
}

/// Decodes what is well-formed at the start; how many code units that are.
#[expect(clippy::cast_possible_truncation, reason = "a run of ASCII")]
fn decode<const LITTLE: bool>(units: &[[u8; 2]], text: &mut String) -> usize {
    let unit = |&unit: &[u8; 2]| {
        if LITTLE {
            u16::from_le_bytes(unit)
        } else {
            u16::from_be_bytes(unit)
        }
    };
    let (mut buffer, mut len, mut read) = (Utf8Buffer::new(), 0, 0);
    // Before here no run is ASCII.
    let mut mixed = 0;
    loop {
        len = buffer.room(len, text);
        let rest = &units[read..];
        if read >= mixed
            && let Some(run) = rest.first_chunk::<RUN>()
        {
            let run: [u16; RUN] = array::from_fn(|n| unit(&run[n]));
            if run.iter().fold(0, |all, unit| all | unit) < 0x80 {
                len = buffer.put(len, &run.map(|unit| unit as u8));
                read += RUN;
                continue;
            }
            mixed = read + RUN;
        }
        let n;
        (len, n) = match rest.first_chunk::<GROUP>() {
            Some(group) => put(array::from_fn(|n| unit(&group[n])), &mut buffer, len),
            None => put(
                // Behind the end stands what stops there as a lone surrogate does.
                array::from_fn(|n| rest.get(n).map_or(SURROGATES, unit)),
                &mut buffer,
                len,
            ),
        };
        read += n;
        if n == GROUP {
            continue;
        }
        let pair = units[read..].first_chunk::<2>();
        let Some(ch) = pair.and_then(|[high, low]| pair_of(unit(high), unit(low))) else {
            buffer.flush(len, text);
            return read;
        };
        let mut utf8 = [0; 4];
        ch.encode_utf8(&mut utf8);
        len = buffer.put(len, &utf8);
        read += 2;
    }
}

/// The first surrogate; those for the first and for the second place are 0x400 each.
pub(super) const SURROGATES: u16 = 0xd800;

/// Adds the characters up to the first surrogate to what is in `buffer`; the new length, and how
/// many.
#[inline(always)] // benches/decode.rs, row 2c
pub(super) fn put(group: [u16; GROUP], buffer: &mut Utf8Buffer, len: usize) -> (usize, usize) {
    let units = i16x8::new(group.map(u16::cast_signed));
    let kind = units & i16x8::splat(0xf800_u16.cast_signed());
    let surrogates = kind
        .cmp_eq(i16x8::splat(SURROGATES.cast_signed()))
        .move_mask();
    let utf8 = utf8(group).into_iter();
    if surrogates == 0 {
        return (buffer.put_chars(len, utf8), GROUP);
    }
    let n = surrogates.trailing_zeros() as usize;
    (buffer.put_chars(len, utf8.take(n)), n)
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

/// The character of two surrogates.
fn pair_of(high: u16, low: u16) -> Option<char> {
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

/// Encodes as much of `text` as fits, two bytes for each code unit.
#[inline(always)] // One copy for each order: the rows 3d of benches/write.rs.
pub(super) fn encode(text: &str, to_bytes: impl Fn(u16) -> [u8; 2], room: &mut [u8]) -> Encoded {
    let (mut read, mut written) = (0, 0);
    loop {
        // A byte of UTF-8 is a code unit at most: so much fits whatever it is.
        let sure = start_of(&text[read..], (room.len() - written) / 2);
        if sure.is_empty() {
            break;
        }
        let (places, _) = room[written..].as_chunks_mut::<2>();
        for (place, unit) in places.iter_mut().zip(sure.encode_utf16()) {
            *place = to_bytes(unit);
            written += 2;
        }
        read += sure.len();
    }
    let rest = encode_chars(&mut (), &text[read..], &mut room[written..], |(), ch| {
        let mut code = Code::NONE;
        for &mut unit in ch.encode_utf16(&mut [0; 2]) {
            code.push(&to_bytes(unit));
        }
        Some(code)
    });
    Encoded::new(read + rest.read, written + rest.written, rest.stop)
}
