//! The names that encodings are known by.

use super::encoding::Encoding;

/// The encoding that a name stands for.
pub(super) fn lookup(name: &str) -> Option<Encoding> {
    let folded = fold(name)?;
    // Python knows names with a point in both spellings.
    find(|alias| alias == folded).or_else(|| {
        let without = folded.replace('.', "_");
        find(|alias| alias == without)
    })
}

/// The code pages whose number is in no name of theirs.
#[rustfmt::skip]
const CODE_PAGES: [(u16, &str); 28] = [
    (10000, "mac_roman"), (10004, "mac_arabic"), (10006, "mac_greek"), (10007, "mac_cyrillic"),
    (10010, "mac_romanian"), (10029, "mac_latin2"), (10079, "mac_iceland"), (10081, "mac_turkish"),
    (10082, "mac_croatian"), (20127, "ascii"), (20273, "cp273"), (20424, "cp424"),
    (20866, "koi8_r"), (21866, "koi8_u"), (28591, "latin_1"), (28592, "iso8859_2"),
    (28593, "iso8859_3"), (28594, "iso8859_4"), (28595, "iso8859_5"), (28596, "iso8859_6"),
    (28597, "iso8859_7"), (28598, "iso8859_8"), (28599, "iso8859_9"), (28603, "iso8859_13"),
    (28605, "iso8859_15"), (50225, "iso2022_kr"), (52936, "hz"), (54936, "gb18030"),
];

/// A code page's encoding, by number.
pub(super) fn code_page(number: u16) -> Option<Encoding> {
    if let Some((_, name)) = CODE_PAGES.iter().find(|row| row.0 == number) {
        return find(|alias| alias == *name);
    }
    find(|alias| {
        let digits = alias.strip_prefix("cp");
        digits.is_some_and(|digits| is_number(digits, number))
    })
}

/// Whether a code page's number is written so, with leading zeros or without.
fn is_number(digits: &str, number: u16) -> bool {
    digits.parse() == Ok(number)
}

fn find(mut is_it: impl FnMut(&str) -> bool) -> Option<Encoding> {
    Encoding::all().find(|encoding| encoding.aliases().any(&mut is_it))
}

/// A name without what does not matter, as Python's `normalize_encoding` leaves it: lower case,
/// one `_` for whatever is between letters, digits and points.
///
/// Python ignores letters and digits that are not ASCII; here no name has any.
fn fold(name: &str) -> Option<String> {
    let mut folded = String::with_capacity(name.len());
    let mut gap = false;
    for ch in name.chars() {
        match ch {
            '\0' => return None,
            '.' | '0'..='9' | 'a'..='z' | 'A'..='Z' => {
                if gap && !folded.is_empty() {
                    folded.push('_');
                }
                gap = false;
                folded.push(ch.to_ascii_lowercase());
            }
            ch if ch.is_alphanumeric() => return None,
            _ => gap = true,
        }
    }
    (!folded.is_empty()).then_some(folded)
}
