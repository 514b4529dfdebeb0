//! UTF-16 beside a decoder of one code unit after the other: blocks that are read in each of the ways,
//! and what is malformed, at every place of each.

use std::borrow::Cow;

use proptest::prelude::*;

use super::super::decode_all::decode_all;
use super::super::decoder::Decoder;
use super::super::encoding::Encoding;
use super::super::policy::ErrorPolicy;
use super::DecodeStop;

/// So many code units of a kind, `seed` saying which.
fn units(kind: usize, len: usize, seed: usize) -> Vec<u16> {
    let (latin, han) = ([0xe9, 0x7ff, 0x80, 0x431], [0x6f22, 0x800, 0xffff, 0x4e00]);
    let unit = |n: usize| {
        let (ascii, n) = (b"abcdefghijklmnopqrstuvwxyz"[n % 26], n + seed);
        match kind {
            0 => ascii.into(),
            // A few that are not ASCII in a block: of two bytes, of three, or of both.
            1 if n % 23 == 0 => latin[n % 4],
            2 if n % 17 == 0 => han[n % 4],
            3 if n % 9 == 0 => [latin, han][n % 2][n / 9 % 4],
            1..=3 => ascii.into(),
            4 => han[n % 4],
            // Hardly anything is ASCII.
            5 if n % 13 == 0 => ascii.into(),
            5 => [han, latin][usize::from(n % 29 == 0)][n % 4],
            6 if n % 2 == 0 => ascii.into(),
            6 | 7 => [latin, han][n % 3 / 2][n % 4],
            // Pairs, and what is half of one.
            8 => [0xd83d, 0xde00][n % 2],
            9 => [0xd800, 0xdbff][n % 2],
            _ => [0xdc00, 0xdfff][n % 2],
        }
    };
    (0..len).map(unit).collect()
}

/// Pieces of all kinds and lengths; lone surrogates and pairs are rarer, and few.
fn text() -> impl Strategy<Value = Vec<u16>> {
    let long = (
        0..8_usize,
        prop_oneof![0..10_usize, 0..200_usize],
        0..1000_usize,
    );
    let short = (8..11_usize, 1..6_usize, 0..2_usize);
    let piece =
        prop_oneof![3 => long, 2 => short].prop_map(|(kind, len, seed)| units(kind, len, seed));
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

/// A character, or how many bytes at a place are none.
type CharOrBad = Result<char, (usize, usize)>;

/// One after the other, as the standard library has it.
fn naive(units: &[u16], odd: bool) -> Vec<CharOrBad> {
    let (mut parts, mut at) = (Vec::new(), 0);
    for decoded in char::decode_utf16(units.iter().copied()) {
        let (part, len) = match decoded {
            Ok(ch) => (Ok(ch), 2 * ch.len_utf16()),
            Err(_) => (Err((at, 2)), 2),
        };
        parts.push(part);
        at += len;
    }
    let ends_open = units
        .last()
        .is_some_and(|unit| (0xd800..0xdc00).contains(unit));
    if ends_open {
        // What is cut off is malformed as a whole.
        let (at, len) = parts.pop().and_then(CharOrBad::err).unwrap_or((at, 0));
        parts.push(Err((at, len + usize::from(odd))));
    } else if odd {
        parts.push(Err((at, 1)));
    }
    parts
}

/// What a policy makes of the parts; `None`: it is strict, and there is something malformed.
fn replaced(parts: &[CharOrBad], bytes: &[u8], errors: ErrorPolicy) -> Option<String> {
    let (mut text, mut place) = (String::new(), 0);
    for part in parts {
        let at = place;
        place += part.map_or_else(|(_, len)| len, |ch| 2 * ch.len_utf16());
        let malformed = &bytes[at..place];
        match (*part, errors) {
            // It would be written as the byte that it stands for.
            (Ok('\u{10fe00}'..='\u{10feff}'), ErrorPolicy::Escape) => escape(malformed, &mut text),
            (Ok(ch), _) => text.push(ch),
            (Err(_), ErrorPolicy::Strict) => return None,
            (Err(_), ErrorPolicy::Ignore) => {}
            (Err(_), ErrorPolicy::Replace) => text.push('\u{fffd}'),
            (Err(_), ErrorPolicy::Escape) => escape(malformed, &mut text),
            (Err(_), _) => {
                for byte in malformed {
                    text.push_str(&format!("\\x{byte:02x}"));
                }
            }
        }
    }
    Some(text)
}

fn escape(bytes: &[u8], text: &mut String) {
    text.extend(
        bytes
            .iter()
            .filter_map(|&byte| char::from_u32(0x10_fe00 + u32::from(byte))),
    );
}

/// Decodes bytes that come in pieces, up to these places; the characters, and what is malformed.
fn in_pieces(encoding: Encoding, bytes: &[u8], cuts: &[usize]) -> Vec<CharOrBad> {
    let (mut parts, mut at, mut decoder) = (Vec::new(), 0, Decoder::new(encoding));
    let ends = cuts.iter().copied().filter(|&cut| cut < bytes.len());
    for end in ends.chain([bytes.len()]) {
        let last = end == bytes.len();
        while at < end {
            let mut text = String::new();
            match decoder.step(&bytes[at..end], last, &mut text) {
                Ok(n) => {
                    parts.extend(text.chars().map(Ok));
                    at += n;
                }
                Err(DecodeStop::Malformed { len, .. }) => {
                    parts.push(Err((at, len)));
                    at += len;
                }
                Err(DecodeStop::Unfinished) if !last => break,
                Err(stop) => panic!("{encoding}, {at}: {stop:?}"),
            }
        }
    }
    parts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn utf_16_is_its_code_units_one_by_one(
        units in text(),
        is_little in any::<bool>(),
        odd in prop::option::weighted(0.2, any::<u8>()),
        cuts in prop::collection::vec(0..1500_usize, 0..4),
    ) {
        let (encoding, mut bytes): (_, Vec<u8>) = if is_little {
            (Encoding::UTF_16LE, units.iter().flat_map(|unit| unit.to_le_bytes()).collect())
        } else {
            (Encoding::UTF_16BE, units.iter().flat_map(|unit| unit.to_be_bytes()).collect())
        };
        bytes.extend(odd);
        let expected = naive(&units, odd.is_some());
        let mut cuts = cuts;
        cuts.sort_unstable();
        prop_assert_eq!(&in_pieces(encoding, &bytes, &cuts), &expected);
        for errors in [
            ErrorPolicy::Strict,
            ErrorPolicy::Ignore,
            ErrorPolicy::Replace,
            ErrorPolicy::BackslashReplace,
            ErrorPolicy::Escape,
        ] {
            let text = decode_all(encoding, errors, &bytes).ok().map(Cow::into_owned);
            prop_assert_eq!(text, replaced(&expected, &bytes, errors), "{}", errors);
        }
    }
}

/// Each kind of malformed place, at every place of a block of each kind and around it.
#[test]
fn a_surrogate_is_found_at_every_place_of_a_block() {
    const FAR: usize = 64 + 8 + 2;
    let bad: [&[u16]; 5] = [
        &[0xd83d],
        &[0xde00],
        &[0xde00, 0xd83d],
        &[0xd83d, 0xde00],
        &[0xd83d, 0xd83d, 0xde00],
    ];
    for (encoding, swap) in [(Encoding::UTF_16LE, false), (Encoding::UTF_16BE, true)] {
        for kind in 0..8 {
            for (place, bad) in (0..FAR).flat_map(|place| bad.map(|bad| (place, bad))) {
                // With a block before it, so that the kind is known, and one after it or none.
                for after in [0, 1, 100] {
                    let all = [
                        &units(kind, 64 + place, place)[..],
                        bad,
                        &units(kind, after, 1),
                    ]
                    .concat();
                    let bytes = |unit: &u16| {
                        if swap {
                            unit.to_be_bytes()
                        } else {
                            unit.to_le_bytes()
                        }
                    };
                    let bytes: Vec<u8> = all.iter().flat_map(bytes).collect();
                    let expected = naive(&all, false);
                    assert_eq!(
                        in_pieces(encoding, &bytes, &[]),
                        expected,
                        "{encoding}, {kind}, {place}"
                    );
                }
            }
        }
    }
}
