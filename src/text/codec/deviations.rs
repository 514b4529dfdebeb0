//! Where CPython's tables are not those of encoding_rs, which are the WHATWG's.
//!
//! `tests/tables/multi_byte.py` writes `deviations.txt`, and says how.

static DEVIATIONS: &str = include_str!("deviations.txt");

/// The lines of an encoding.
fn lines(name: &str) -> impl Iterator<Item = &'static str> {
    let is_head = move |line: &&str| line.strip_prefix('[') == Some(&[name, "]"].concat());
    let section = DEVIATIONS.lines().skip_while(move |line| !is_head(line));
    section.skip(1).take_while(|line| !line.starts_with('['))
}

/// The codes that are read otherwise, and their characters; `None`: they have none.
///
/// `a1c1 301c` is one, `c6a5-c6f7 3041` several that follow each other, `ada1-adfc -` none.
pub(super) fn read(name: &str) -> impl Iterator<Item = (u32, Option<u32>)> {
    lines(name)
        .filter(|line| !line.starts_with('='))
        .flat_map(|line| {
            let (codes, first) = line.split_once(' ').unwrap_or((line, "-"));
            let (start, end) = codes.split_once('-').unwrap_or((codes, codes));
            let (start, first) = (number(start), u32::from_str_radix(first, 16).ok());
            (start..=number(end)).map(move |code| (code, first.map(|first| first + code - start)))
        })
}

/// The characters that are not written as the first of the codes that are read as them: the code
/// and the character, `=a451 5341`.
pub(super) fn written(name: &str) -> impl Iterator<Item = (u32, u32)> {
    lines(name).filter_map(|line| {
        let (code, unit) = line.strip_prefix('=')?.split_once(' ')?;
        Some((number(code), number(unit)))
    })
}

/// A hexadecimal number.
fn number(digits: &str) -> u32 {
    u32::from_str_radix(digits, 16).unwrap_or(0)
}
