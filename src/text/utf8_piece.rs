//! [`Utf8Piece`]: a short piece of UTF-8, looked at in two registers.

use wide::{CmpEq, CmpGt, CmpLt, i8x16};

use crate::scan::mask16_where;

/// How many bytes a register has.
const HALF: usize = 16;

/// Whole characters of UTF-8. It is a type of its own so that nobody else says that of bytes: a check
/// that makes them a `str` takes longer than to write them.
#[derive(Clone, Copy, Debug)]
pub struct Utf8Piece<'a>(&'a [u8]);

impl<'a> Utf8Piece<'a> {
    /// The longest piece that is looked at.
    pub(super) const LONGEST: usize = 2 * HALF;

    /// The whole characters at the start of some bytes, all but the first bytes of one that is cut at the
    /// end. `None`: there are none, or the bytes are too many to look at them here, or malformed, or of a kind
    /// that is looked at by others.
    pub(super) fn start_of(bytes: &'a [u8]) -> Option<Utf8Piece<'a>> {
        let whole = match (bytes.first_chunk(), bytes.last_chunk()) {
            (Some(first), Some(last)) if bytes.len() <= Utf8Piece::LONGEST => {
                let at = bytes.len() - HALF;
                whole(first, last, at, bytes.len())?
            }
            (None, _) if !bytes.is_empty() => {
                let mut padded = [0; HALF];
                padded[..bytes.len()].copy_from_slice(bytes);
                whole(&padded, &padded, 0, bytes.len())?
            }
            _ => return None,
        };
        (whole > 0).then(|| Utf8Piece(&bytes[..whole]))
    }

    #[inline]
    pub(super) fn as_bytes(self) -> &'a [u8] {
        self.0
    }
}

/// How many of `len` bytes are whole characters, if what comes after them is only cut. They are the first
/// of some 16, and the last of others, which begin at `at`.
///
/// Where characters begin and how many bytes follow are masks, as in `scan`. What may not follow some
/// first bytes is not looked at: those are left to others.
#[inline(always)] // row 10m
fn whole(first: &[u8; HALF], last: &[u8; HALF], at: usize, len: usize) -> Option<usize> {
    let halves = PieceHalves { first, last, at };
    let high = halves.mask(|bytes| bytes);
    if high == 0 {
        return Some(len);
    }
    let all = i8x16::splat;
    // E0 and ED, of which some are no characters; C0 and C1, and F4 and more.
    let rare = halves.mask(|bytes| {
        let short = (bytes & all(-0x02)).cmp_eq(all(-0x40));
        short
            | bytes.cmp_eq(all(-0x20))
            | bytes.cmp_eq(all(-0x13))
            | bytes & bytes.cmp_gt(all(-0x0d))
    });
    // As signed numbers: bytes of a character after its first one are the lowest.
    let tails = halves.mask(|bytes| bytes.cmp_lt(all(-0x40)));
    let three = halves.mask(|bytes| bytes & bytes.cmp_gt(all(-0x21)));
    let four = halves.mask(|bytes| bytes & bytes.cmp_gt(all(-0x11)));
    // After F0 comes 90 at least.
    let f0 = halves.mask(|bytes| bytes.cmp_eq(all(-0x10)));
    let low = halves.mask(|bytes| bytes.cmp_lt(all(-0x70)));
    let leads = high & !tails;
    let wanted = leads << 1 | three << 2 | four << 3;
    let there = (1 << len) - 1;
    if rare | f0 << 1 & low | (wanted & there) ^ tails != 0 {
        return None;
    }
    if wanted & !there == 0 {
        return Some(len);
    }
    Some(leads.ilog2() as usize)
}

/// 32 bytes at most, as two registers that may overlap.
struct PieceHalves<'a> {
    first: &'a [u8; HALF],
    last: &'a [u8; HALF],
    /// Where the last ones begin.
    at: usize,
}

impl PieceHalves<'_> {
    /// Where a test holds, as [`mask16_where`] has it.
    #[inline(always)] // row 10m
    fn mask(&self, test: impl Fn(i8x16) -> i8x16) -> u64 {
        // Two calls: `map` is not inlined here by a build without LTO.
        let (first, last) = (
            mask16_where(self.first, &test),
            mask16_where(self.last, &test),
        );
        u64::from(first) | u64::from(last) << self.at
    }
}

#[cfg(test)]
mod tests {
    use std::str;

    use super::Utf8Piece;

    /// Every start of every piece, over bytes of which many are malformed, is what std says.
    #[test]
    fn a_piece_is_what_std_takes() {
        let bytes = *b"\x00a\x7f\x80\x8f\x90\x9f\xa0\xbf\xc0\xc1\xc2\xdf\xe0\xe1\xec\xed\xee\xef\xf0\xf1\xf3\xf4\xf5\xff";
        let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut dice = |sides: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state % sides as u64).expect("a side")
        };
        let texts = ["a", "\u{e9}", "\u{65e5}", "\u{1f600}"];
        let rare = ["\u{800}", "\u{d7ff}", "\u{10ffff}"];
        let mut taken = 0;
        for _ in 0..200_000 {
            let mut piece = Vec::new();
            while piece.len() < 36 {
                let text = match dice(16) {
                    0 => rare[dice(rare.len())],
                    _ => texts[dice(texts.len())],
                };
                piece.extend_from_slice(text.as_bytes());
            }
            piece.drain(..dice(2) * dice(4));
            piece.truncate(dice(36));
            if !piece.is_empty() && dice(2) == 0 {
                let at = dice(piece.len());
                piece[at] = bytes[dice(bytes.len())];
            }
            let Some(whole) = Utf8Piece::start_of(&piece) else {
                continue;
            };
            let len = whole.as_bytes().len();
            match str::from_utf8(&piece) {
                Ok(_) => assert_eq!(len, piece.len(), "{piece:x?}"),
                Err(error) => {
                    assert_eq!(error.error_len(), None, "{piece:x?}");
                    assert_eq!(error.valid_up_to(), len, "{piece:x?}");
                }
            }
            taken += 1;
        }
        assert!(taken > 20_000);
    }
}
