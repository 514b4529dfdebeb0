//! Integers beyond 64 bits: tags 2 and 3 before bytes (RFC 8949, section 3.4.3).

/// The tag of those that are not negative.
pub(super) const POSITIVE: u64 = 2;

/// The tag of the negative ones.
pub(super) const NEGATIVE: u64 = 3;

/// The integer that these bytes are behind that tag, if it fits.
pub(super) fn signed(tag: u64, bytes: &[u8]) -> Option<i128> {
    let magnitude = i128::try_from(magnitude(bytes)?).ok()?;
    match tag {
        POSITIVE => Some(magnitude),
        NEGATIVE => Some(-1 - magnitude),
        _ => None,
    }
}

/// The bytes as a number, the highest first, if they are not more than 128 bits.
pub(super) fn magnitude(bytes: &[u8]) -> Option<u128> {
    let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
    let digits = &bytes[zeros..];
    let fits = digits.len() <= size_of::<u128>();
    fits.then(|| digits.iter().fold(0, |n, &byte| n << 8 | u128::from(byte)))
}
