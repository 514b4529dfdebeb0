//! The check sum of [`SerialPacker`](super::SerialPacker).

/// A check sum of 16 bits that grows byte by byte: polynomial 0xBAAD, from 0, nothing inverted.
///
/// It goes by halves of a byte, the high half first, as the original does on small processors. Within
/// a half the lowest bit comes first, so this is none of the usual sums of that polynomial.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Crc(u16);

/// What the sum of a half byte is.
const HALVES: [u16; 16] = [
    0x0000, 0x64a8, 0xc950, 0xadf8, 0xe7fb, 0x8353, 0x2eab, 0x4a03, //
    0xbaad, 0xde05, 0x73fd, 0x1755, 0x5d56, 0x39fe, 0x9406, 0xf0ae,
];

impl Crc {
    pub(super) fn of(bytes: &[u8]) -> Crc {
        let mut crc = Crc::default();
        bytes.iter().for_each(|&byte| crc.add(byte));
        crc
    }

    pub(super) fn add(&mut self, byte: u8) {
        for half in [byte >> 4, byte & 15] {
            let index = (u16::from(half) ^ self.0) & 15;
            self.0 = HALVES[usize::from(index)] ^ (self.0 >> 4);
        }
    }

    pub(super) fn value(self) -> u16 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sums_are_those_of_the_original() {
        let sums: [(&[u8], u16); 5] = [
            (b"\x00", 0x0000),
            (b"\x01", 0x64a8),
            (b"\x80", 0x3254),
            (b"\xff\xff\xff\xff", 0x3385),
            (b"123456789", 0xdc07),
        ];
        for (bytes, sum) in sums {
            assert_eq!(Crc::of(bytes).value(), sum, "{bytes:x?}");
        }
    }

    #[test]
    fn the_table_is_that_of_the_polynomial() {
        for (half, &sum) in HALVES.iter().enumerate() {
            let mut crc = half;
            for _ in 0..4 {
                crc = if crc & 1 == 1 {
                    crc >> 1 ^ 0xbaad
                } else {
                    crc >> 1
                };
            }
            assert_eq!(crc, usize::from(sum), "{half}");
        }
    }
}
