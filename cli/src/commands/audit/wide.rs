//! UTF-16 and UTF-32 without a mark, known by how their code units are distributed.

use iolite::Encoding;
use memchr::memchr;

/// How many bytes show how text is written. A multiple of four.
const ENOUGH: usize = 2048;

/// The encoding of a text whose beginning this is, if it is UTF-16 or UTF-32.
///
/// Text has line ends, spaces, digits: ASCII, which in these encodings has bytes 0 beside it. So what
/// has no byte 0 is none of them, and this costs nothing for other files.
pub(super) fn unmarked(start: &[u8]) -> Option<Encoding> {
    let start = &start[..start.len().min(ENOUGH)];
    memchr(0, start)?;
    let little = |bytes: &[u8]| u32::from(u16::from_le_bytes([bytes[0], bytes[1]]));
    let big = |bytes: &[u8]| u32::from(u16::from_be_bytes([bytes[0], bytes[1]]));
    let little_32 = |b: &[u8]| u32::from_le_bytes([b[0], b[1], b[2], b[3]]);
    let big_32 = |b: &[u8]| u32::from_be_bytes([b[0], b[1], b[2], b[3]]);
    // Four bytes first: each of their texts is one of UTF-16 with many NULs.
    if are_utf_32(start.chunks_exact(4).map(little_32)) {
        return Some(Encoding::UTF_32LE);
    }
    if are_utf_32(start.chunks_exact(4).map(big_32)) {
        return Some(Encoding::UTF_32BE);
    }
    if !is_strange_as_bytes(start) {
        return None;
    }
    let le = Units::of(start.chunks_exact(2).map(little));
    let be = Units::of(start.chunks_exact(2).map(big));
    match (le.are_utf_16(), be.are_utf_16()) {
        (true, false) => Some(Encoding::UTF_16LE),
        (false, true) => Some(Encoding::UTF_16BE),
        _ => None,
    }
}

/// Whether bytes are rather not ASCII with a NUL here and there, as a list of names for `xargs -0` is:
/// bytes outside ASCII, or a fifth of them control characters. (In Russian every other byte is 4, in
/// Thai 14.)
fn is_strange_as_bytes(start: &[u8]) -> bool {
    let is_control = |byte: &&u8| matches!(byte, 0..=8 | 11 | 14..=26 | 28..=31);
    !start.is_ascii() || start.iter().filter(is_control).count() * 5 >= start.len()
}

/// Whether four bytes each are text. What is not shows that soon as a rule.
fn are_utf_32(units: impl Iterator<Item = u32> + Clone) -> bool {
    Units::of(units.clone().take(16)).are_text() && Units::of(units).are_text()
}

/// Code units by what they say about a text.
#[derive(Default)]
struct Units {
    all: u32,
    /// Spaces and line ends.
    spaces: u32,
    /// What would be spaces and line ends in the other byte order, where letters mostly are letters
    /// again: U+6100 for an `a`, and `N` for the Chinese one.
    swapped_spaces: u32,
    /// What is in none: control characters, noncharacters, private use, half a surrogate pair, more
    /// than Unicode has.
    strange: u32,
}

impl Units {
    fn of(units: impl Iterator<Item = u32>) -> Units {
        let mut counts = Units::default();
        let mut high = false;
        for unit in units {
            counts.all += 1;
            let is_low = matches!(unit, 0xdc00..=0xdfff);
            counts.strange += u32::from(high != is_low);
            high = matches!(unit, 0xd800..=0xdbff);
            match unit {
                0x20 | 0x0a | 0x0d => counts.spaces += 1,
                0x2000 | 0x0a00 | 0x0d00 => counts.swapped_spaces += 1,
                0x09 => {}
                0..=0x1f | 0x7f..=0x9f | 0xe000..=0xf8ff | 0xfdd0..=0xfdef | 0xfffe..=0xffff => {
                    counts.strange += 1;
                }
                0x11_0000.. => counts.strange += 1,
                _ => {}
            }
        }
        counts
    }

    /// A unit in a thousand may be strange: files have errors.
    fn are_text(&self) -> bool {
        self.all > 0 && self.strange <= self.all / 1000
    }

    /// Text has a space or a line end now and then, in any language.
    fn are_utf_16(&self) -> bool {
        self.are_text() && self.spaces * 200 >= self.all && self.spaces > 4 * self.swapped_spaces
    }
}
