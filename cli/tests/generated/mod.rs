//! Text files of which everything is known: made from paragraphs in twenty-two languages
//! (`../texts`), the same ones each time.
#![allow(
    clippy::unwrap_used,
    dead_code,
    reason = "a test fails by panicking, its helpers too; no test needs all of them"
)]

use std::fs;
use std::path::Path;

use iolite::Encoding;

/// Numbers that look like chance and are the same in every run (Marsaglia's xorshift).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit
    }

    pub(crate) fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

macro_rules! texts {
    ($($language:literal)*) => {
        const TEXTS: &[(&str, &str)] = &[$(
            ($language, include_str!(concat!("../texts/", $language, ".txt"))),
        )*];
    };
}

texts! {
    "arabic" "chinese_simplified" "chinese_traditional" "czech" "english" "french" "german" "greek"
    "hebrew" "hungarian" "japanese" "korean" "latvian" "lithuanian" "polish" "portuguese" "russian"
    "spanish" "swedish" "thai" "turkish" "ukrainian"
}

/// The sentences of a language.
pub(crate) fn sentences(language: &str) -> Vec<&'static str> {
    let found = TEXTS.iter().find(|(name, _)| *name == language);
    found.expect("a language").1.lines().collect()
}

pub(crate) fn languages() -> impl Iterator<Item = &'static str> {
    TEXTS.iter().map(|(name, _)| *name)
}

/// How the files of one encoding are made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    /// The encoding of the text, which the mark is a part of.
    pub(crate) encoding: &'static str,
    pub(crate) mark: bool,
    /// In which languages; all of them where none is named.
    pub(crate) languages: &'static str,
}

const fn kind(encoding: &'static str, mark: bool, languages: &'static str) -> Kind {
    Kind {
        encoding,
        mark,
        languages,
    }
}

/// Twenty-four encodings, five of them with a mark.
pub(crate) const KINDS: [Kind; 24] = [
    kind("ascii", false, "english"),
    kind("utf-8", false, ""),
    kind("utf-8", true, ""),
    kind("utf-16-le", true, ""),
    kind("utf-16-be", true, ""),
    kind("utf-16-le", false, ""),
    kind("utf-16-be", false, ""),
    kind("utf-32-le", true, ""),
    kind("utf-32-be", true, ""),
    kind("cp1250", false, "polish czech hungarian"),
    kind("cp1251", false, "russian ukrainian"),
    kind("cp1252", false, "german french spanish portuguese swedish"),
    kind("cp1253", false, "greek"),
    kind("cp1254", false, "turkish"),
    kind("cp1255", false, "hebrew"),
    kind("cp1256", false, "arabic"),
    kind("cp1257", false, "lithuanian latvian"),
    kind("koi8-r", false, "russian"),
    kind("cp932", false, "japanese"),
    kind("euc_jp", false, "japanese"),
    kind("iso2022_jp", false, "japanese"),
    kind("gbk", false, "chinese_simplified"),
    kind("big5", false, "chinese_traditional"),
    kind("cp949", false, "korean"),
];

/// The line ends of a file: one kind as a rule.
const ENDS: [&[&str]; 7] = [
    &["\n"],
    &["\n"],
    &["\r\n"],
    &["\r\n"],
    &["\r"],
    &["\n", "\n", "\r\n"],
    &["\r\n", "\r"],
];

/// A file of which everything is known.
pub(crate) struct Known {
    pub(crate) kind: Kind,
    pub(crate) language: &'static str,
    /// Its text, without the mark.
    pub(crate) text: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) lf: u64,
    pub(crate) crlf: u64,
    pub(crate) cr: u64,
    pub(crate) final_newline: bool,
}

impl Known {
    /// The file of this number: its kind is one after the other, all else is by chance.
    pub(crate) fn new(number: usize) -> Known {
        let mut dice = Dice::new(number as u64 + 1);
        let kind = KINDS[number % KINDS.len()];
        let all: Vec<&str> = match kind.languages {
            "" => languages().collect(),
            some => some.split(' ').collect(),
        };
        let language = *dice.one_of::<&str>(&all);
        let sentences = sentences(language);
        let ends = *dice.one_of(&ENDS);
        let final_newline = dice.below(6) > 0;
        let lines = 2 + dice.below(40);
        let mut known = Known {
            kind,
            language,
            text: String::new(),
            bytes: Vec::new(),
            lf: 0,
            crlf: 0,
            cr: 0,
            final_newline,
        };
        for line in 0..lines {
            known.text.push_str(dice.one_of::<&str>(&sentences));
            if line + 1 < lines || final_newline {
                let end = *dice.one_of::<&str>(ends);
                known.text.push_str(end);
                match end {
                    "\n" => known.lf += 1,
                    "\r\n" => known.crlf += 1,
                    _ => known.cr += 1,
                }
            }
        }
        known.bytes = known.encode();
        known
    }

    fn encode(&self) -> Vec<u8> {
        let encoding: Encoding = self.kind.encoding.parse().unwrap();
        let marked = match self.kind.mark {
            true => format!("\u{feff}{}", self.text),
            false => self.text.clone(),
        };
        let bytes = encoding.encode(&marked);
        bytes
            .unwrap_or_else(|error| panic!("{}: {error}", self.language))
            .into_owned()
    }

    /// Whether the file has this text in this encoding: as good as its own.
    pub(crate) fn is_right(&self, encoding: &str) -> bool {
        // "binary" is none.
        let Ok(encoding) = encoding.parse::<Encoding>() else {
            return false;
        };
        let decoded = encoding.decode(&self.bytes);
        decoded.is_ok_and(|text| text.strip_prefix('\u{feff}').unwrap_or(&text) == self.text)
    }

    /// Where the file of a number lies in a tree.
    pub(crate) fn path(number: usize) -> String {
        format!("{:02}/{number:05}.txt", number / 100)
    }
}

/// Writes so many files into a folder.
pub(crate) fn tree(folder: &Path, files: usize) {
    for number in 0..files {
        let path = folder.join(Known::path(number));
        if number % 100 == 0 {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
        }
        fs::write(path, Known::new(number).bytes).unwrap();
    }
}
