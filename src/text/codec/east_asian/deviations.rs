//! Where CPython's tables are not those of encoding_rs, which are the WHATWG's.
//!
//! `tests/tables/multi_byte.py` writes `deviations.txt`, and says how.

static DEVIATIONS: &str = include_str!("deviations.txt");

/// The lines of an encoding.
fn lines(name: &str) -> impl Iterator<Item = &'static str> {
    let is_head = move |line: &&str| {
        let head = line
            .strip_prefix('[')
            .and_then(|line| line.strip_suffix(']'));
        head == Some(name)
    };
    let section = DEVIATIONS.lines().skip_while(move |line| !is_head(line));
    section.skip(1).take_while(|line| !line.starts_with('['))
}

/// The codes that CPython reads as another character than the WHATWG, and that character; `None` if
/// CPython has none.
///
/// `a1c1 301c` is one, `c6a5-c6f7 3041` several that follow each other, `ada1-adfc -` none.
pub(super) fn read(name: &str) -> impl Iterator<Item = (u32, Option<char>)> {
    lines(name)
        .filter(|line| !line.starts_with('='))
        .flat_map(|line| {
            let (codes, first) = line.split_once(' ').expect("codes and their characters");
            // One code is the first and the last.
            let (start, end) = codes.split_once('-').unwrap_or((codes, codes));
            let (start, first) = (number(start), (first != "-").then(|| number(first)));
            let ch = move |code| first.map(|first| character(first + code - start));
            (start..=number(end)).map(move |code| (code, ch(code)))
        })
}

/// The characters that are not written as the first of the codes that are read as them: the code
/// and the character, `=a451 5341`.
pub(super) fn written(name: &str) -> impl Iterator<Item = (u16, char)> {
    lines(name).filter_map(|line| {
        let entry = line.strip_prefix('=')?;
        let (code, unit) = entry.split_once(' ').expect("a code and its character");
        let code = u16::try_from(number(code)).expect("a code of two bytes");
        Some((code, character(number(unit))))
    })
}

/// The character of a number.
fn character(number: u32) -> char {
    char::from_u32(number).expect("the list has characters")
}

/// A hexadecimal number.
fn number(digits: &str) -> u32 {
    u32::from_str_radix(digits, 16).expect("the list has hexadecimal numbers")
}
