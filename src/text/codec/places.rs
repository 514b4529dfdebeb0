//! Places in a block of bytes, as bits.

use wide::i8x16;

/// How many bytes are looked at together.
pub(super) const BLOCK: usize = 64;

/// Where a test holds, the first byte in the lowest bit. It sets a byte's highest bit, and sees
/// bytes that are not ASCII as negative numbers.
#[inline(always)]
pub(super) fn places(block: &[u8; BLOCK], test: impl Fn(i8x16) -> i8x16) -> u64 {
    let (parts, _) = block.as_chunks::<16>();
    let bits = |n: usize| {
        let part = i8x16::new(parts[n].map(u8::cast_signed));
        u64::from(bits_of(test(part)))
    };
    bits(0) | bits(1) << 16 | bits(2) << 32 | bits(3) << 48
}

/// Which of 16 bytes are negative.
#[inline(always)]
#[expect(
    clippy::cast_possible_truncation,
    reason = "there is a bit for each byte"
)]
fn bits_of(bytes: i8x16) -> u16 {
    bytes.move_mask().cast_unsigned() as u16
}

/// Whether a block is ASCII.
#[cfg(feature = "encodings")]
#[inline(always)]
pub(super) fn is_ascii(block: &[u8; BLOCK]) -> bool {
    places(block, |bytes| bytes) == 0
}

/// The places of the bits that are set, in order.
#[cfg(feature = "encodings")]
#[derive(Clone, Copy, Debug)]
pub(super) struct Ones(pub(super) u64);

#[cfg(feature = "encodings")]
impl Iterator for Ones {
    type Item = usize;

    #[inline(always)]
    fn next(&mut self) -> Option<usize> {
        if self.0 == 0 {
            return None;
        }
        let place = self.0.trailing_zeros() as usize;
        self.0 &= self.0 - 1;
        // The same, and known to be in a block.
        Some(place % BLOCK)
    }
}
