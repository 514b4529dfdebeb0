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
        let part = i8x16::new(parts[n].map(|byte| byte as i8));
        u64::from(test(part).move_mask() as u16)
    };
    bits(0) | bits(1) << 16 | bits(2) << 32 | bits(3) << 48
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
