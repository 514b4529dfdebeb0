//! Line ends as bits, 64 bytes at a time: where they are close together, that is far cheaper than a
//! search for each.

use wide::u8x16;

/// How many bytes are looked at together.
pub(super) const GROUP: usize = 64;

/// Where the line ends of a group are: bit *n* says it of byte *n*.
#[derive(Clone, Copy)]
pub(super) struct Ends {
    /// Each `\r`.
    pub(super) cr: u64,
    /// The `\r` of each `\r\n`, also of one whose `\n` is the first byte behind the group.
    pub(super) pairs: u64,
    /// Each `\n` without a `\r` before it.
    pub(super) lone_lf: u64,
}

impl Ends {
    /// Of a group in front of a byte. `after_cr`: behind a `\r`.
    #[inline(always)]
    pub(super) fn new(group: &[u8; GROUP], next: Option<&u8>, after_cr: bool) -> Ends {
        let (cr, lf) = (mask(group, b'\r'), mask(group, b'\n'));
        let next = u64::from(next == Some(&b'\n')) << (GROUP - 1);
        Ends {
            cr,
            pairs: cr & (lf >> 1 | next),
            lone_lf: lf & !(cr << 1 | u64::from(after_cr)),
        }
    }
}

/// Calls `each` with the line ends of every 64 bytes, in order, until it answers `false`.
/// `after_cr`: whether the bytes come behind a `\r`.
#[inline(always)]
pub(super) fn for_each(bytes: &[u8], mut after_cr: bool, mut each: impl FnMut(Ends) -> bool) {
    let (groups, rest) = bytes.as_chunks::<GROUP>();
    for (number, group) in groups.iter().enumerate() {
        let ends = Ends::new(group, bytes.get((number + 1) * GROUP), after_cr);
        after_cr = ends.cr >> (GROUP - 1) != 0;
        if !each(ends) {
            return;
        }
    }
    if !rest.is_empty() {
        let mut group = [0; GROUP];
        group[..rest.len()].copy_from_slice(rest);
        each(Ends::new(&group, None, after_cr));
    }
}

/// In which places a byte stands.
#[inline(always)]
fn mask(group: &[u8; GROUP], byte: u8) -> u64 {
    let all = u8x16::splat(byte);
    let (parts, _) = group.as_chunks::<16>();
    let bits = |n: usize| u64::from(u8x16::new(parts[n]).cmp_eq(all).move_mask().cast_unsigned());
    bits(0) | bits(1) << 16 | bits(2) << 32 | bits(3) << 48
}
