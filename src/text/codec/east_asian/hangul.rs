//! Syllables of hangul that are made of their letters.
//!
//! EUC-KR spells out those that KS X 1001 has no code for: the filler, and the letters of the
//! syllable's beginning, middle and end (the filler again where there is none), two bytes each, of
//! which the first is always 0xa4.
//!
//! Johab has KS X 1001's symbols and ideographs in another order, and all syllables: each, or a
//! letter by itself, is a bit that is set, and five bits each for its beginning, its middle and its
//! end.

use super::multi_byte::CP949;
use super::{Code, Sequence};

const ROW: u8 = 0xa4;
const FILLER: u8 = 0xd4;

/// The letters that a syllable begins with.
const BEGINNINGS: [u8; 19] = [
    0xa1, 0xa2, 0xa4, 0xa7, 0xa8, 0xa9, 0xb1, 0xb2, 0xb3, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xbb,
    0xbc, 0xbd, 0xbe,
];

/// The first of those that it goes on with, and how many there are.
const MIDDLE: u8 = 0xbf;
const MIDDLES: u32 = 21;

/// Those that it ends with.
const ENDS: [u8; 28] = [
    FILLER, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf,
    0xb0, 0xb1, 0xb2, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xba, 0xbb, 0xbc, 0xbd, 0xbe,
];

/// The first syllable of Unicode.
const FIRST: u32 = 0xac00;

/// What stands at the start of `bytes`, which begin with the filler.
#[expect(
    clippy::cast_possible_truncation,
    reason = "there are fewer than 30 letters of a kind"
)]
pub(super) fn next(bytes: &[u8]) -> Sequence {
    let Some(&[_, _, a, beginning, b, middle, c, end]) = bytes.first_chunk() else {
        return Sequence::Unfinished;
    };
    let place = |letters: &[u8], letter| letters.iter().position(|&other| other == letter);
    let parts = (
        place(&BEGINNINGS, beginning),
        u32::from(middle).checked_sub(MIDDLE.into()),
        place(&ENDS, end),
    );
    match parts {
        (Some(beginning), Some(middle @ ..MIDDLES), Some(end)) if [a, b, c] == [ROW; 3] => {
            let syllable = (beginning as u32 * MIDDLES + middle) * ENDS.len() as u32 + end as u32;
            // It may have a code, which is then what is written.
            char::from_u32(FIRST + syllable).map_or(Sequence::Malformed, |ch| Sequence::Odd(ch, 8))
        }
        _ => Sequence::Malformed,
    }
}

/// The bytes of a syllable.
#[expect(
    clippy::cast_possible_truncation,
    reason = "there are fewer than 30 letters of a kind"
)]
pub(super) fn code(ch: char) -> Option<Code> {
    let ends = ENDS.len() as u32;
    let syllable = u32::from(ch).checked_sub(FIRST)?;
    let &beginning = BEGINNINGS.get((syllable / ends / MIDDLES) as usize)?;
    let middle = MIDDLE + (syllable / ends % MIDDLES) as u8;
    let end = ENDS[(syllable % ends) as usize];
    Some(Code::new(&[
        ROW, FILLER, ROW, beginning, ROW, middle, ROW, end,
    ]))
}

/// What there is in the place of a beginning, a middle or an end.
#[derive(Clone, Copy)]
enum JohabPart {
    /// The filler.
    None,
    /// The letter of this number.
    Letter(u32),
}

/// The character of johab of a first byte from 0x80 on and another one.
pub(super) fn johab(lead: u8, trail: u8) -> Option<char> {
    match lead {
        ..=0xd7 => {
            let bits = u16::from_be_bytes([lead, trail]);
            syllable([10, 5, 0].map(|shift| bits >> shift & 31))
        }
        0xd9..=0xde => other(2 * (lead - 0xd9), trail),
        // These follow the rows of KS X 1001's own syllables.
        0xe0..=0xf9 => other(41 + 2 * (lead - 0xe0), trail),
        0xd8 | 0xdf | 0xfa.. => None,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "there are fewer than 30 letters of a kind"
)]
fn syllable([beginning, middle, end]: [u16; 3]) -> Option<char> {
    let beginning = match beginning {
        1 => JohabPart::None,
        2..=20 => JohabPart::Letter(u32::from(beginning) - 2),
        _ => return None,
    };
    let middle = match middle {
        2 => JohabPart::None,
        3..=7 => JohabPart::Letter(u32::from(middle) - 3),
        10..=15 => JohabPart::Letter(u32::from(middle) - 5),
        18..=23 => JohabPart::Letter(u32::from(middle) - 7),
        26..=29 => JohabPart::Letter(u32::from(middle) - 9),
        _ => return None,
    };
    let end = match end {
        1 => JohabPart::None,
        2..=17 => JohabPart::Letter(u32::from(end) - 1),
        19..=29 => JohabPart::Letter(u32::from(end) - 2),
        _ => return None,
    };
    let letter = |byte: u8| 0x3131 + u32::from(byte - 0xa1);
    char::from_u32(match (beginning, middle, end) {
        (JohabPart::None, JohabPart::None, JohabPart::None) => 0x3000,
        (JohabPart::Letter(n), JohabPart::None, JohabPart::None) => letter(BEGINNINGS[n as usize]),
        (JohabPart::None, JohabPart::Letter(n), JohabPart::None) => 0x314f + n,
        (JohabPart::None, JohabPart::None, JohabPart::Letter(n)) => letter(ENDS[n as usize]),
        (JohabPart::Letter(a), JohabPart::Letter(b), end) => {
            let end = match end {
                JohabPart::None => 0,
                JohabPart::Letter(n) => n,
            };
            FIRST + (a * MIDDLES + b) * ENDS.len() as u32 + end
        }
        _ => return None,
    })
}

/// A character of a row of KS X 1001, counted from 0, or of the next one.
fn other(row: u8, trail: u8) -> Option<char> {
    let cell = match trail {
        0x31..=0x7e => trail - 0x31,
        0x91..=0xfe => trail - 0x43,
        _ => return None,
    };
    let (row, cell) = (row + cell / 94, cell % 94);
    // The letters, which have codes as beginnings, middles and ends.
    if row == 3 && cell < 51 {
        return None;
    }
    CP949.double(row + 0xa1, cell + 0xa1)
}
