//! JIS X 0213: two planes of 94 rows of 94 cells.
//!
//! Its first plane has all of JIS X 0208, which is in the table of euc_jp. What it adds is in
//! `jisx0213.bin` (9592 bytes; `tests/tables/jisx0213.py` writes it and says how). It is read when
//! a table is made of it, and never else.

use super::multi_byte::EUC_JP;

static ADDED: &[u8] = include_bytes!("jisx0213.bin");

/// The plane's bit in a code.
pub(super) const PLANE_2: u16 = 0x8000;

/// What a code is that the edition does not have and the next one does. It is malformed as a
/// whole.
pub(super) const ABSENT: char = '\u{ffff}';

/// An edition of the standard, as CPython has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edition {
    Of2000,
    Of2004,
}

impl Edition {
    /// The characters of a code, of which `chars` are what the edition of 2004 has.
    fn corrected(self, code: u16, chars: [char; 2]) -> [char; 2] {
        match (self, code) {
            (Edition::Of2004, _) => chars,
            // Ten ideographs are new in 2004, and one has another code point since.
            (_, 0x2e21 | 0x2f7e | 0x4f54 | 0x4f7e | 0x7427 | 0x7e7a..=0x7e7e) => [ABSENT, '\0'],
            (_, 0xfd3b) => ['\u{9b1d}', '\0'],
            _ => chars,
        }
    }

    /// The characters of JIS X 0212 that are not written: the edition does not have them where the
    /// next one does.
    pub(super) fn unwritten(self) -> &'static [char] {
        match self {
            Edition::Of2000 => &['\u{7626}', '\u{7e6b}', '\u{9b1c}'],
            Edition::Of2004 => &[],
        }
    }
}

/// Shows each code, row and cell from 0x21 on with the plane's bit, and its one character or two;
/// instead of a second one there is a NUL.
pub(super) fn each(edition: Edition, mut take: impl FnMut(u16, [char; 2])) {
    let jisx0208 = EUC_JP.table();
    for (row, cell) in (0x21..=0x7e).flat_map(|row| (0x21..=0x7e).map(move |cell| (row, cell))) {
        if let Some(ch) = jisx0208.double(row | 0x80, cell | 0x80) {
            take(u16::from_be_bytes([row, cell]), [ch, '\0']);
        }
    }
    let mut rest = ADDED;
    while let Some((&[row, cell, head], tail)) = rest.split_first_chunk() {
        let (count, is_pair) = (u16::from(head & 0x7f), head & 0x80 != 0);
        let start = u16::from_be_bytes([row, cell]);
        let (units, _) = tail.as_chunks::<2>();
        let units = units.iter().map(|&unit| u16::from_be_bytes(unit));
        let mut chars = char::decode_utf16(units).map(|ch| ch.expect("UTF-16"));
        let mut next = || chars.next().expect("as many characters as the head says");
        let mut len = 0;
        for code in start..start + count {
            let pair = [next(), if is_pair { next() } else { '\0' }];
            len += pair[0].len_utf16() + if is_pair { pair[1].len_utf16() } else { 0 };
            take(code, edition.corrected(code, pair));
        }
        rest = &tail[2 * len..];
    }
}

/// The two bytes that a code is in Shift_JIS.
pub(super) fn shift_jis(code: u16) -> [u8; 2] {
    let [row, cell] = (code & !PLANE_2).to_be_bytes().map(|byte| byte - 0x20);
    let lead = match (code & PLANE_2 != 0, row) {
        (false, ..=62) => row.div_ceil(2) + 0x80,
        (false, _) => row.div_ceil(2) + 0xc0,
        // The rows of the second plane that are not JIS X 0212's.
        (true, 1 | 8) => 0xf0,
        (true, 3 | 4) => 0xf1,
        (true, 5 | 12) => 0xf2,
        (true, 13 | 14) => 0xf3,
        (true, 15 | 78) => 0xf4,
        (true, _) => (row - 79) / 2 + 0xf5,
    };
    let trail = match (row % 2, cell) {
        (0, _) => cell + 0x9e,
        (_, ..=63) => cell + 0x3f,
        _ => cell + 0x40,
    };
    [lead, trail]
}
