//! Masks: 64 bytes at a time become 64 bits, the first byte's the lowest.
//
// The idea, in pseudo-code for one byte that is searched for:
//
//     wanted = [byte; 16]
//     for each quarter of the group:         // 16 bytes, one register
//         equal = compare(quarter, wanted)   // 0xFF in each lane that is equal, else 0x00
//         mask |= top_bits(equal) << (16 * number of the quarter)
//     while mask != 0:
//         place = trailing_zeros(mask)       // the next byte that is equal
//         mask &= mask - 1                   // clear that bit
//
// Four loads, compares and moves of the top bits make one `u64`, and all questions about these 64
// bytes are arithmetic on it: which `\n` has no `\r` before it is one shift and one `&!`. No branch
// depends on what the bytes are before the mask is there, so where lines are short nothing is
// guessed wrong until they are taken.
//
// `memchr`, which asks the same question for one byte after another, prepares each search anew: a
// call, a check for the length, unaligned first and last bytes. Where lines are shorter than about
// 100 bytes that is most of the cost: to find all lines of 8 bytes this way took 22 instructions a
// line, with one `memchr` a line 68 and with `memchr_iter` 63; for lines of 85 bytes 65, 99 and 95.
// Above some hundreds of bytes `memchr` wins, since it looks at no mask where nothing stands: users
// change to it there.
//
// Registers of 16 bytes are what every x86-64 and AArch64 has, so that the instructions need no
// choice at run time and are inlined into the loops around. Registers of 32 bytes (AVX2) gained 0
// to 4 % on lines of 85 bytes and lost as much as 11 % on lines of 8; of 64 (AVX-512) gained 7 to
// 10 % on 85 and nothing on 8.

use wide::{i8x16, u8x16};

/// How many bytes become one mask: as many as a `u64` has bits.
pub(crate) const GROUP: usize = 64;

/// Bytes that become one mask.
pub(crate) type Group = [u8; GROUP];

/// Where `byte` stands in a group.
#[inline]
pub(crate) fn mask64(group: &Group, byte: u8) -> u64 {
    let (quarters, _) = group.as_chunks();
    joined(|number| mask16(&quarters[number], byte))
}

/// Where `byte` stands in 16 bytes.
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    reason = "there is a bit for each byte"
)]
pub(crate) fn mask16(bytes: &[u8; 16], byte: u8) -> u16 {
    let found = u8x16::new(*bytes).cmp_eq(u8x16::splat(byte));
    found.move_mask().cast_unsigned() as u16
}

/// Where a test holds in a group. Its result is the highest bit of each byte, and it sees bytes
/// that are not ASCII as negative numbers: the test for those is the bytes themselves.
#[inline]
pub(crate) fn mask64_where(group: &Group, test: impl Fn(i8x16) -> i8x16) -> u64 {
    let (quarters, _) = group.as_chunks();
    joined(|number| mask16_where(&quarters[number], &test))
}

/// The mask of a group from those of its quarters.
#[inline]
fn joined(quarter: impl Fn(usize) -> u16) -> u64 {
    let bits = |number: usize| u64::from(quarter(number)) << (16 * number);
    bits(0) | bits(1) | bits(2) | bits(3)
}

/// The same in 16 bytes, for what is shorter than a group.
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    reason = "there is a bit for each byte"
)]
pub(crate) fn mask16_where(bytes: &[u8; 16], test: impl Fn(i8x16) -> i8x16) -> u16 {
    let bytes = i8x16::new(bytes.map(u8::cast_signed));
    test(bytes).move_mask().cast_unsigned() as u16
}

/// Which bytes of a group are not ASCII.
#[inline]
pub(crate) fn not_ascii(group: &Group) -> u64 {
    mask64_where(group, |bytes| bytes)
}

/// The places of the bits that are set, in order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SetBits(pub(crate) u64);

impl Iterator for SetBits {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        if self.0 == 0 {
            return None;
        }
        let place = self.0.trailing_zeros() as usize;
        self.0 &= self.0 - 1;
        // The same, and the compiler knows from it that the place is in the group.
        Some(place % GROUP)
    }
}

/// The newlines of a group.
#[derive(Clone, Copy)]
pub(crate) struct Newlines {
    /// Each `\r`.
    pub(crate) cr: u64,
    /// The `\r` of each `\r\n`, also of one whose `\n` is the first byte after the group.
    pub(crate) pairs: u64,
    /// Each `\n` without a `\r` before it.
    pub(crate) lone_lf: u64,
}

impl Newlines {
    /// Of a group that `next` comes after. `after_cr`: it comes after a `\r` itself.
    #[inline]
    pub(crate) fn new(group: &Group, next: Option<&u8>, after_cr: bool) -> Newlines {
        let (cr, lf) = (mask64(group, b'\r'), mask64(group, b'\n'));
        let next = u64::from(next == Some(&b'\n')) << (GROUP - 1);
        Newlines {
            cr,
            pairs: cr & (lf >> 1 | next),
            lone_lf: lf & !(cr << 1 | u64::from(after_cr)),
        }
    }

    /// Where a line ends, whatever ends it.
    #[inline]
    pub(crate) fn ends(self) -> u64 {
        self.cr | self.lone_lf
    }

    /// Whether the last byte is a `\r`.
    #[inline]
    pub(crate) fn ends_with_cr(self) -> bool {
        self.cr >> (GROUP - 1) != 0
    }
}

/// Calls `each` with the newlines of every 64 bytes, in order, until it returns `false`.
/// `after_cr`: whether the bytes come after a `\r`.
#[inline]
pub(crate) fn for_each_group(
    bytes: &[u8],
    mut after_cr: bool,
    mut each: impl FnMut(Newlines) -> bool,
) {
    let (groups, rest) = bytes.as_chunks::<GROUP>();
    for (number, group) in groups.iter().enumerate() {
        let newlines = Newlines::new(group, bytes.get((number + 1) * GROUP), after_cr);
        after_cr = newlines.ends_with_cr();
        if !each(newlines) {
            return;
        }
    }
    if !rest.is_empty() {
        let mut group = [0; GROUP];
        group[..rest.len()].copy_from_slice(rest);
        each(Newlines::new(&group, None, after_cr));
    }
}
