//! EUC-KR's way to spell out syllables that KS X 1001 has no code for.
//!
//! The filler, and the letters of the syllable's beginning, middle and end (the filler again where
//! there is none), two bytes each, of which the first is always 0xa4.

use super::multi_byte::Next;

const ROW: u8 = 0xa4;
const FILLER: u8 = 0xd4;

/// The letters that a syllable begins with.
pub(super) const BEGINNINGS: [u8; 19] = [
    0xa1, 0xa2, 0xa4, 0xa7, 0xa8, 0xa9, 0xb1, 0xb2, 0xb3, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xbb,
    0xbc, 0xbd, 0xbe,
];

/// The first of those that it goes on with, and how many there are.
const MIDDLE: u8 = 0xbf;
pub(super) const MIDDLES: u32 = 21;

/// Those that it ends with.
pub(super) const ENDS: [u8; 28] = [
    FILLER, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf,
    0xb0, 0xb1, 0xb2, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xba, 0xbb, 0xbc, 0xbd, 0xbe,
];

/// The first syllable of Unicode.
pub(super) const FIRST: u32 = 0xac00;

/// What stands at the start of `bytes`, which begin with the filler.
#[expect(
    clippy::cast_possible_truncation,
    reason = "there are fewer than 30 letters of a kind"
)]
pub(super) fn next(bytes: &[u8]) -> Next {
    let Some(&[_, _, a, beginning, b, middle, c, end]) = bytes.first_chunk() else {
        return Next::Unfinished;
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
            char::from_u32(FIRST + syllable).map_or(Next::Malformed, |ch| Next::Odd(ch, 8))
        }
        _ => Next::Malformed,
    }
}

/// The bytes of a syllable.
#[expect(
    clippy::cast_possible_truncation,
    reason = "there are fewer than 30 letters of a kind"
)]
pub(super) fn bytes(ch: char) -> Option<[u8; 8]> {
    let ends = ENDS.len() as u32;
    let syllable = u32::from(ch).checked_sub(FIRST)?;
    let &beginning = BEGINNINGS.get((syllable / ends / MIDDLES) as usize)?;
    let middle = MIDDLE + (syllable / ends % MIDDLES) as u8;
    let end = ENDS[(syllable % ends) as usize];
    Some([ROW, FILLER, ROW, beginning, ROW, middle, ROW, end])
}
