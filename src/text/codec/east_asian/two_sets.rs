//! [`TwoSets`]: text that goes back and forth between ASCII and one set of two bytes.
//!
//! In HZ and in most of ISO 2022 nearly all text does, Korean at every space. So both sets and what
//! leads from one to the other are one loop here, which knows of nothing else: where something else is
//! needed, it stops, and the encoding's own way of a character at a time takes that.

use wide::i8x16;

use super::{copy_ascii, short_unit};

/// What leads from a set to the other: some bytes, and how many of them.
pub(super) type Switch = ([u8; 4], usize);

/// The room that is looked for before a character: a switch, and two bytes.
const LONGEST: usize = 8;

/// The two sets.
pub(super) struct TwoSets<P, O, C> {
    /// Whether a byte of ASCII stands for itself.
    pub(super) plain: P,
    /// The same of many bytes: makes those of ASCII negative that do not.
    pub(super) others: O,
    /// The bytes of a character below U+10000, the first one the lower half; 0: it is not of the other set.
    pub(super) code: C,
    pub(super) to_ascii: Switch,
    pub(super) to_double: Switch,
}

impl<P: Fn(u8) -> bool, O: Fn(i8x16) -> i8x16, C: Fn(u16) -> u16> TwoSets<P, O, C> {
    /// Encodes the characters at the start that are of either set and fit; how many bytes were read, and
    /// how many were written. `is_double` is where it begins, and becomes where it ends.
    #[inline(always)] // The closures are the bodies of its loops: benches/encode.rs, the rows 10h.
    pub(super) fn encode(
        &self,
        is_double: &mut bool,
        text: &str,
        room: &mut [u8],
    ) -> (usize, usize) {
        let (bytes, mut read, mut written) = (text.as_bytes(), 0, 0);
        while let Some(&first) = bytes.get(read) {
            if !*is_double {
                let copied = copy_ascii(&bytes[read..], &mut room[written..], &self.others);
                (read, written) = (read + copied, written + copied);
            }
            let Some(place) = room[written..].first_chunk_mut::<LONGEST>() else {
                break;
            };
            let Some((code, len)) = self.double(&bytes[read..]) else {
                if *is_double && (self.plain)(first) {
                    written += put_switch(self.to_ascii, place);
                    *is_double = false;
                    continue;
                }
                break;
            };
            if !*is_double {
                let n = put_switch(self.to_double, place);
                place[n..][..2].copy_from_slice(&code);
                (read, written, *is_double) = (read + len, written + n + 2, true);
            }
            let (n, filled) = self.encode_double(&bytes[read..], &mut room[written..]);
            (read, written) = (read + n, written + filled);
        }
        (read, written)
    }

    /// Encodes the characters at the start that are of the set of two bytes and fit.
    #[inline(always)]
    fn encode_double(&self, bytes: &[u8], room: &mut [u8]) -> (usize, usize) {
        let (mut read, mut written) = (0, 0);
        for place in room.as_chunks_mut::<2>().0 {
            let Some((code, len)) = self.double(&bytes[read..]) else {
                break;
            };
            *place = code;
            (read, written) = (read + len, written + 2);
        }
        (read, written)
    }

    /// The code of the first character, if it has one of two bytes, and its length in UTF-8.
    #[inline(always)]
    fn double(&self, bytes: &[u8]) -> Option<([u8; 2], usize)> {
        let (unit, len) = short_unit(bytes)?;
        match (self.code)(unit) {
            0 => None,
            code => Some((code.to_le_bytes(), len)),
        }
    }
}

/// Stores a switch, and whatever is behind it; its length.
#[inline]
fn put_switch((bytes, len): Switch, place: &mut [u8; LONGEST]) -> usize {
    place[..bytes.len()].copy_from_slice(&bytes);
    len
}
