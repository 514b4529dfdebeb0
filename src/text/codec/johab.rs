//! Johab: KS X 1001's symbols and ideographs in another order, and all syllables of hangul.
//!
//! A syllable, or a letter by itself, is a bit that is set, and five bits each for its beginning,
//! its middle and its end.

use super::hangul::{BEGINNINGS, ENDS, FIRST, MIDDLES};
use super::multi_byte::MultiByte;

/// What there is in the place of a beginning, a middle or an end.
#[derive(Clone, Copy)]
enum Part {
    /// The filler.
    None,
    /// The letter of this number.
    Letter(u32),
}

/// The character of a first byte from 0x80 on and another one.
pub(super) fn character(lead: u8, trail: u8) -> Option<char> {
    match lead {
        ..=0xd7 => {
            let bits = u16::from_be_bytes([lead, trail]);
            hangul([10, 5, 0].map(|shift| bits >> shift & 31))
        }
        0xd9..=0xde => other(2 * (lead - 0xd9), trail),
        // Behind the rows of KS X 1001's own syllables.
        0xe0..=0xf9 => other(41 + 2 * (lead - 0xe0), trail),
        0xd8 | 0xdf | 0xfa.. => None,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "there are fewer than 30 letters of a kind"
)]
fn hangul([beginning, middle, end]: [u16; 3]) -> Option<char> {
    let beginning = match beginning {
        1 => Part::None,
        2..=20 => Part::Letter(u32::from(beginning) - 2),
        _ => return None,
    };
    let middle = match middle {
        2 => Part::None,
        3..=7 => Part::Letter(u32::from(middle) - 3),
        10..=15 => Part::Letter(u32::from(middle) - 5),
        18..=23 => Part::Letter(u32::from(middle) - 7),
        26..=29 => Part::Letter(u32::from(middle) - 9),
        _ => return None,
    };
    let end = match end {
        1 => Part::None,
        2..=17 => Part::Letter(u32::from(end) - 1),
        19..=29 => Part::Letter(u32::from(end) - 2),
        _ => return None,
    };
    let letter = |byte: u8| 0x3131 + u32::from(byte - 0xa1);
    char::from_u32(match (beginning, middle, end) {
        (Part::None, Part::None, Part::None) => 0x3000,
        (Part::Letter(n), Part::None, Part::None) => letter(BEGINNINGS[n as usize]),
        (Part::None, Part::Letter(n), Part::None) => 0x314f + n,
        (Part::None, Part::None, Part::Letter(n)) => letter(ENDS[n as usize]),
        (Part::Letter(a), Part::Letter(b), end) => {
            let end = match end {
                Part::None => 0,
                Part::Letter(n) => n,
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
    MultiByte::CP949.table().double(row + 0xa1, cell + 0xa1)
}
