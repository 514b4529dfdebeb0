//! [`places`]: where a byte stands, 64 bytes at a time.

use wide::{CmpEq, i8x16};

/// How many bytes [`places`] looks at.
pub(super) const GROUP: usize = 64;

/// A bit for each `byte` among up to [`GROUP`] bytes, the first one's lowest.
#[inline]
pub(super) fn places(group: &[u8], byte: u8) -> u64 {
    let wanted = i8x16::splat(byte as i8);
    let (steps, rest) = group.as_chunks::<16>();
    let masks = steps.iter().map(|step| {
        let step = i8x16::new(step.map(|byte| byte as i8));
        step.cmp_eq(wanted).move_mask() as u64
    });
    let whole = masks.rev().fold(0, |all, mask| all << 16 | mask);
    let begin = GROUP.min(group.len()) - rest.len();
    rest.iter().enumerate().fold(whole, |all, (at, &other)| {
        all | u64::from(other == byte) << (begin + at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_has_its_bit() {
        for length in 0..=GROUP {
            for step in [1, 2, 15, 16, 17, 63] {
                let group: Vec<u8> = (0..length).map(|at| b"\nx"[(at % step).min(1)]).collect();
                let naive = (0..length).filter(|&at| group[at] == b'\n');
                let naive = naive.fold(0, |mask, at| mask | 1 << at);
                assert_eq!(places(&group, b'\n'), naive, "{length} {step}");
            }
        }
    }
}
