//! A text to be found among the bytes of an encoding, without decoding them.
//!
//! Where code units have two or four bytes, as in UTF-16 and UTF-32, the bytes of a text may also
//! stand across two units, where they are something else; so only places at multiples of the unit
//! count, from the start of the bytes that are searched.

use memchr::arch::all::packedpair::HeuristicFrequencyRank;
use memchr::{memchr, memchr_iter, memmem, memrchr};

/// Bytes that are searched for at multiples of a unit.
pub(crate) struct Needle {
    unit: usize,
    search: Search,
}

enum Search {
    /// One byte is found faster by itself: line ends of most encodings.
    Byte(u8),
    Bytes {
        first: Box<memmem::Finder<'static>>,
        last: Box<memmem::FinderRev<'static>>,
    },
}

impl Needle {
    /// `bytes` must not be empty.
    pub(crate) fn new(bytes: &[u8], unit: usize) -> Needle {
        let search = match *bytes {
            [byte] => Search::Byte(byte),
            _ => Search::Bytes {
                first: Box::new(forward(bytes, unit)),
                last: Box::new(memmem::FinderRev::new(bytes).into_owned()),
            },
        };
        Needle { unit, search }
    }

    pub(crate) fn len(&self) -> usize {
        match &self.search {
            Search::Byte(_) => 1,
            Search::Bytes { first, .. } => first.needle().len(),
        }
    }

    /// Where it is found first from `at` on, which is a multiple of the unit.
    #[inline]
    pub(crate) fn find(&self, bytes: &[u8], at: usize) -> Option<usize> {
        let (first, mut at) = match &self.search {
            Search::Byte(byte) => return Some(at + memchr(*byte, bytes.get(at..)?)?),
            Search::Bytes { first, .. } => (first, at),
        };
        loop {
            let found = at + first.find(bytes.get(at..)?)?;
            if found.is_multiple_of(self.unit) {
                return Some(found);
            }
            at = found + 1;
        }
    }

    /// Where it is found last.
    #[inline]
    pub(crate) fn rfind(&self, mut bytes: &[u8]) -> Option<usize> {
        let last = match &self.search {
            Search::Byte(byte) => return memrchr(*byte, bytes),
            Search::Bytes { last, .. } => last,
        };
        loop {
            let found = last.rfind(bytes)?;
            if found.is_multiple_of(self.unit) {
                return Some(found);
            }
            bytes = &bytes[..found + self.len() - 1];
        }
    }

    /// How often it is found, where each is searched for after the one before.
    pub(crate) fn count(&self, bytes: &[u8]) -> u64 {
        if let Search::Byte(byte) = &self.search {
            return memchr_iter(*byte, bytes).count() as u64;
        }
        let (mut count, mut at) = (0, 0);
        while let Some(found) = self.find(bytes, at) {
            count += 1;
            at = found + self.len();
        }
        count
    }
}

fn forward(bytes: &[u8], unit: usize) -> memmem::Finder<'static> {
    let builder = memmem::FinderBuilder::new();
    let finder = if unit > 1 {
        builder.build_forward_with_ranker(ByteRank, bytes)
    } else {
        builder.build_forward(bytes)
    };
    finder.into_owned()
}

/// How frequent bytes are in code units of two bytes and more. A search looks for the rarest bytes of its
/// text first; where text is of one byte each, 0 is rare, but here it may be every second byte.
struct ByteRank;

impl HeuristicFrequencyRank for ByteRank {
    fn rank(&self, byte: u8) -> u8 {
        match byte {
            // Upper halves of most scripts.
            0..=6 => 255 - byte,
            b' ' => 250,
            b'a'..=b'z' => 200,
            _ => 100,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Needle;

    /// Every place, found by trial.
    fn naive(needle: &[u8], unit: usize, bytes: &[u8]) -> Vec<usize> {
        let places = (0..bytes.len()).step_by(unit);
        places
            .filter(|&at| bytes[at..].starts_with(needle))
            .collect()
    }

    #[test]
    fn as_found_by_trial() {
        for (needle, unit) in [
            (&b"\n"[..], 1),
            (b"ab", 1),
            (b"\n\0", 2),
            (b"\0\n", 2),
            (b"\n\0\0\0", 4),
        ] {
            let mut seed = 1_u32;
            for len in 0..200 {
                let mut byte = || {
                    seed = seed.wrapping_mul(1_103_515_245).wrapping_add(12345);
                    b"\n\0\0ab"[(seed >> 16) as usize % 5]
                };
                let bytes: Vec<u8> = (0..len).map(|_| byte()).collect();
                let places = naive(needle, unit, &bytes);
                let it = Needle::new(needle, unit);
                assert_eq!(it.find(&bytes, 0), places.first().copied());
                assert_eq!(it.rfind(&bytes), places.last().copied());
                // None of these needles overlaps itself at a multiple of its unit.
                assert_eq!(it.count(&bytes), places.len() as u64);
            }
        }
    }
}
