//! Fragmentation, tried out: one line to test a parser against every way its input may be cut.

use std::fmt::Debug;

use super::dice::Dice;
use crate::chunk::Chunk;

/// Up to this length of the input every way to cut it is tried.
const EXHAUSTIVE: usize = 11;
/// How many ways are tried of a longer one, besides the regular ones.
const SAMPLES: usize = 500;

/// Calls `parse` with `input` cut into chunks in every way (up to 11 bytes), or in a sample of
/// ways that `seed` determines: whole, every single cut, pieces of 1 to 8 bytes, and 500 random
/// ones. Returns what `parse` returned, which has to be the same each time.
///
/// Every protocol parser should survive this; most first drafts do not.
///
/// # Panics
///
/// If two ways give different results; the message names the lengths of the pieces. A panic of
/// `parse` goes through.
///
/// # Examples
///
/// ```
/// use iolite::Chain;
/// use iolite::testing::assert_chunking_invariant;
///
/// let words = assert_chunking_invariant(b"GET /index.html HTTP/1.1", 1, |pieces| {
///     let chain = Chain::from_iter(pieces.iter().cloned());
///     chain.to_chunk().split(|&byte| byte == b' ').count()
/// });
/// assert_eq!(words, 3);
/// ```
pub fn assert_chunking_invariant<T: PartialEq + Debug>(
    input: &[u8],
    seed: u64,
    mut parse: impl FnMut(&[Chunk]) -> T,
) -> T {
    let input = Chunk::copy_from_slice(input);
    let expected = parse(std::slice::from_ref(&input));
    let mut compare = |is_cut: &mut dyn FnMut(usize) -> bool| {
        let pieces = cut(&input, is_cut);
        let got = parse(&pieces);
        let lengths = || pieces.iter().map(|piece| piece.len()).collect::<Vec<_>>();
        assert!(
            got == expected,
            "cut into pieces of {:?} bytes: {got:?}, whole: {expected:?}",
            lengths()
        );
    };
    if input.len() <= EXHAUSTIVE {
        let ways = 1_usize << input.len().saturating_sub(1);
        (0..ways).for_each(|way| compare(&mut |at| way >> (at - 1) & 1 == 1));
        return expected;
    }
    (1..input.len()).for_each(|only| compare(&mut |at| at == only));
    (1..=8).for_each(|size| compare(&mut |at| at % size == 0));
    let mut dice = Dice::new(seed);
    for _ in 0..SAMPLES {
        let often = dice.roll(16) + 1;
        compare(&mut |_| dice.roll(16) < often);
    }
    expected
}

/// The pieces between the places where a cut is wanted.
fn cut(input: &Chunk, is_cut: &mut dyn FnMut(usize) -> bool) -> Vec<Chunk> {
    let mut pieces = Vec::new();
    let mut start = 0;
    for at in 1..input.len() {
        if is_cut(at) {
            pieces.push(input.slice(start..at));
            start = at;
        }
    }
    pieces.push(input.slice(start..));
    pieces
}
