//! The four-byte sequences of GB 18030.

use super::{Code, Sequence};

/// The characters that GB 18030 has no shorter sequence for.
///
/// Sequences are numbers to the bases 10 and 126. Those of the characters below U+10000 go up with
/// the characters from 0 on, those of the others from [`BEYOND`] on.
#[derive(Clone, Debug)]
pub(super) struct FourBytes {
    /// The characters below U+10000, sorted.
    characters: Vec<u16>,
}

/// The number of U+10000's sequence, 90 30 81 30.
const BEYOND: u32 = (0x90 - 0x81) * 12600;

impl FourBytes {
    /// All characters but ASCII that are not `short`.
    pub(super) fn new(short: impl Fn(char) -> bool) -> FourBytes {
        let all = (0x80..=0xffff)
            .filter(|&unit: &u16| char::from_u32(unit.into()).is_some_and(|ch| !short(ch)));
        FourBytes {
            characters: all.collect(),
        }
    }

    /// What stands at the start of `bytes`, the second of which is a digit.
    pub(super) fn next(&self, bytes: &[u8]) -> Sequence {
        let Some(&[a, b, c, d]) = bytes.first_chunk() else {
            return Sequence::Unfinished;
        };
        match (a, b, c, d) {
            (0x81..=0xfe, b'0'..=b'9', 0x81..=0xfe, b'0'..=b'9') => {}
            _ => return Sequence::Malformed,
        }
        let [a, b, c, d] = [a - 0x81, b - b'0', c - 0x81, d - b'0'].map(u32::from);
        match self.character(((a * 10 + b) * 126 + c) * 10 + d) {
            Some(ch) => Sequence::Char(ch, 4),
            None => Sequence::Malformed,
        }
    }

    fn character(&self, number: u32) -> Option<char> {
        match number.checked_sub(BEYOND) {
            Some(beyond) => char::from_u32(beyond + 0x10000),
            None => {
                let &unit = self.characters.get(number as usize)?;
                char::from_u32(unit.into())
            }
        }
    }

    /// A character's bytes.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a place among 65,536 characters, and parts below 126"
    )]
    pub(super) fn code(&self, ch: char) -> Option<Code> {
        let number = match u16::try_from(u32::from(ch)) {
            Ok(unit) => self.characters.binary_search(&unit).ok()? as u32,
            Err(_) => u32::from(ch) - 0x10000 + BEYOND,
        };
        let places = [
            number / 12600,
            number / 1260 % 10,
            number / 10 % 126,
            number % 10,
        ];
        let [a, b, c, d] = places.map(|place| place as u8);
        Some(Code::new(&[a + 0x81, b + b'0', c + 0x81, d + b'0']))
    }
}
