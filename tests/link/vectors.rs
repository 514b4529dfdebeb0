//! The recordings and tables of `tests/vectors/link`, which say themselves how they are written.

use std::fs;
use std::path::Path;

use iolite::Chunk;

/// Lines that belong together, under a name.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) lines: Vec<Line>,
}

/// A line: what stands before the first space, and what comes after it.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) sign: String,
    pub(crate) text: String,
}

impl Line {
    /// The bytes that the text begins with, and what comes after them.
    pub(crate) fn bytes(&self) -> (Chunk, &str) {
        let (hex, rest) = self.text.split_once(' ').unwrap_or((&self.text, ""));
        (unhex(hex), rest)
    }
}

/// The cases of a file: what comes before the first has no name.
pub(crate) fn cases(file: &str) -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/vectors/link")
        .join(file);
    let text = fs::read_to_string(path).unwrap();
    let case = |name: &str| Case {
        name: name.to_owned(),
        lines: Vec::new(),
    };
    let mut cases = vec![case("")];
    for line in text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let (sign, text) = line.split_once(' ').unwrap_or((line, ""));
        match sign {
            "*" => cases.push(case(text)),
            sign => cases.last_mut().unwrap().lines.push(Line {
                sign: sign.to_owned(),
                text: text.to_owned(),
            }),
        }
    }
    cases.retain(|case| !case.lines.is_empty());
    cases
}

/// Bytes as hexadecimal digits.
pub(crate) fn unhex(digits: &str) -> Chunk {
    let pairs = digits.as_bytes().chunks(2);
    let pairs = pairs.map(|pair| std::str::from_utf8(pair).unwrap());
    pairs
        .map(|pair| u8::from_str_radix(pair, 16).expect(digits))
        .collect()
}
