//! What we do otherwise, and why. `cli/DIFFERENCES.md` is made of it.

use std::fmt::Write;

use crate::pairs::Pair;
use crate::run::Answer;
use crate::samples::Sample;

/// Two answers to one command line that are not the same.
pub(crate) struct Case<'a> {
    pub(crate) sample: &'a Sample,
    pub(crate) pair: &'a Pair,
    pub(crate) ours: &'a Answer,
    pub(crate) theirs: &'a Answer,
}

/// A difference that is wanted.
pub(crate) struct Difference {
    /// The subcommand.
    pub(crate) command: &'static str,
    /// Where it shows.
    pub(crate) options: &'static str,
    pub(crate) theirs: &'static str,
    pub(crate) ours: &'static str,
    pub(crate) reason: &'static str,
    /// Whether it is all that makes two answers differ, as far as that can be told.
    pub(crate) explains: fn(&Case<'_>) -> bool,
}

const fn row(
    command: &'static str,
    options: &'static str,
    [theirs, ours, reason]: [&'static str; 3],
    explains: fn(&Case<'_>) -> bool,
) -> Difference {
    Difference {
        command,
        options,
        theirs,
        ours,
        reason,
        explains,
    }
}

/// The first row that explains a difference is counted.
pub(crate) const DIFFERENCES: &[Difference] = &[
    row(
        "count",
        "all but `-c`",
        [
            "the bytes of UTF-16 and UTF-32 are counted as if they were UTF-8",
            "a mark of UTF-16 or UTF-32 says how the file is read",
            "these are texts; `--from utf-8` counts as there",
        ],
        |case| case.has_wide_mark(),
    ),
    row(
        "count",
        "`-m -w -L`",
        [
            "sequences for numbers beyond U+10FFFF are characters (glibc)",
            "they are malformed",
            "Unicode ends there since 2003 (RFC 3629)",
        ],
        |case| {
            let beyond = regex::bytes::Regex::new(BEYOND_UNICODE).unwrap();
            beyond.is_match(&case.sample.bytes)
        },
    ),
    row(
        "count",
        "`-w -L`",
        [
            "code points without a character do not print: they begin no word and have no width",
            "they are letters of width 1",
            "which these are depends on the edition of Unicode; here it does not",
        ],
        |case| case.matches(r"\p{Cn}"),
    ),
    row(
        "count",
        "`-L`",
        [
            "soft hyphens, some format characters and Indic vowels are as wide as glibc 2.36 has them",
            "as wide as the crate unicode-width has them",
            "a newer edition of Unicode",
        ],
        |case| case.pair.ours.contains('L') && case.matches(WIDTHS),
    ),
    row(
        "grep",
        "all",
        [
            "UTF-16 and UTF-32 are searched as bytes",
            "a mark says how the file is read; lines are printed as UTF-8",
            "these are texts; `--from utf-8` searches as there",
        ],
        |case| case.has_wide_mark(),
    ),
    row(
        "grep",
        "all that print",
        [
            "a mark of UTF-8 is the first character of the first line",
            "it is no text and is not printed",
            "`^` finds the first word, and lines that are taken out of a file have no mark in their middle",
        ],
        |case| case.sample.bytes.starts_with(b"\xef\xbb\xbf"),
    ),
    row(
        "grep",
        "without `-a`",
        [
            "a file with malformed bytes is binary; its lines are not printed",
            "its lines are printed, with these bytes as they are",
            "one bad byte does not make a text unreadable; bytes 0 do, here as there",
        ],
        |case| !case.pair.ours.contains("-a") && case.is_malformed(),
    ),
    row(
        "grep",
        "`-w`, `-o`",
        [
            "where a match is not a word, a shorter one is tried, and a malformed byte ends a word",
            "a word is a match between two places where words end (`\\b`); a malformed byte is no such place",
            "the expression says what is found, not the way it is searched; time stays linear",
        ],
        |case| case.pair.ours.contains("-aow") && !case.sample.bytes.is_ascii(),
    ),
    row(
        "recode",
        "`-c`",
        [
            "exit status 0 though something was left out",
            "exit status 1",
            "a script can tell that the output is not all of the input",
        ],
        |case| case.ours.output == case.theirs.output && case.ours.status == Some(1),
    ),
    row(
        "recode",
        "`-f cp1255`",
        [
            "the character before a malformed byte is lost: it was kept for a mark that might follow",
            "it is written",
            "nothing is lost",
        ],
        |case| {
            let (ours, theirs) = (&case.ours.output, &case.theirs.output);
            case.sample.encoding == "cp1255"
                && ours.starts_with(theirs)
                && ours.len() == theirs.len() + 2
        },
    ),
    row(
        "recode",
        "`-f`, `-c`, East Asia",
        [
            "glibc's tables: 0x80 in Big5 is U+0080; user-defined characters of cp932 are malformed",
            "CPython's tables: the one is malformed, the others are private use",
            "names of encodings mean what they mean in Python, and text goes back to the same bytes",
        ],
        |case| ["big5", "cp932"].contains(&case.sample.encoding) && case.is_about_its_encoding(),
    ),
    row(
        "recode",
        "`-c`",
        [
            "after a malformed sequence reading goes on one byte later, or at the next one that fits",
            "it goes on after the longest part that could have begun a character",
            "the rule of Unicode (3.9, U+FFFD for maximal subparts), which Python and browsers follow",
        ],
        |case| case.pair.ours.contains("-c -f ENC") && case.is_about_its_encoding(),
    ),
    row(
        "eol",
        "to and from Macs",
        [
            "`\\r\\n` stays as it is",
            "it is a line end like any other",
            "a file that is converted has one kind of line ends",
        ],
        |case| {
            let is_mac = case.pair.ours.contains("--force");
            is_mac && has_pair(&case.sample.bytes)
        },
    ),
    row(
        "eol",
        "all",
        [
            "UTF-32 is binary, or UTF-16 with many NULs",
            "it is converted in its own units",
            "it is text",
        ],
        |case| is_utf_32(&case.sample.bytes),
    ),
    row(
        "eol",
        "without `--force`",
        [
            "some control characters are text, and the filter goes on for a while after others",
            "any control character but tab, form feed and line ends is binary; what came before it is written",
            "the place in the message is the end of the output",
        ],
        |case| case.ours.errors.contains("binary"),
    ),
    row(
        "eol",
        "all",
        [
            "malformed UTF-16 is copied as it is",
            "it is an error with its place, and what came before it is written",
            "where units are shifted by a byte there are no line ends to be found",
        ],
        |case| case.has_wide_mark() && case.ours.errors.contains(": utf-16-"),
    ),
    row(
        "tac",
        "all",
        [
            "the bytes of UTF-16 and UTF-32 are printed as if they were UTF-8",
            "a mark says how the file is read; lines are printed as UTF-8",
            "these are texts; `--from utf-8` prints as there",
        ],
        |case| case.has_wide_mark(),
    ),
    row(
        "tail",
        "all",
        [
            "the bytes of UTF-16 and UTF-32 are printed as if they were UTF-8",
            "a mark says how the file is read; text is printed as UTF-8",
            "these are texts; `--from utf-8` prints as there",
        ],
        |case| case.has_wide_mark(),
    ),
];

/// UTF-8 as it was before it ended at U+10FFFF.
const BEYOND_UNICODE: &str = "(?-u)\\xf4[\\x90-\\xbf][\\x80-\\xbf]{2}|[\\xf5-\\xf7][\\x80-\\xbf]{3}|\
    [\\xf8-\\xfb][\\x80-\\xbf]{4}|[\\xfc\\xfd][\\x80-\\xbf]{5}";

/// Characters whose width glibc 2.36 and unicode-width see differently, of those that are assigned.
const WIDTHS: &str = "[\\x{ad}\\x{600}-\\x{605}\\x{6dd}\\x{70f}\\x{890}\\x{891}\\x{8e2}\
    \\x{302e}\\x{302f}\\x{3164}\\x{ffa0}\\x{fff9}-\\x{fffb}]";

impl Case<'_> {
    fn has_wide_mark(&self) -> bool {
        let marks: [&[u8]; 3] = [b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff"];
        marks.iter().any(|mark| self.sample.bytes.starts_with(mark))
    }

    fn is_malformed(&self) -> bool {
        std::str::from_utf8(&self.sample.bytes).is_err()
    }

    /// Whether what of the file is UTF-8 has a match.
    fn matches(&self, expression: &str) -> bool {
        let expression = regex::Regex::new(expression).unwrap();
        let mut chunks = self.sample.bytes.utf8_chunks();
        chunks.any(|chunk| expression.is_match(chunk.valid()))
    }

    /// Whether the file is read in its encoding, and there is something in it that is no text there, or
    /// not the same in two tables.
    fn is_about_its_encoding(&self) -> bool {
        let encoding: iolite::Encoding = self.sample.encoding.parse().unwrap();
        let is_text = encoding.decode(&self.sample.bytes);
        let is_private = |ch| matches!(ch, '\u{80}'..='\u{9f}' | '\u{e000}'..='\u{f8ff}');
        self.pair.ours.contains("-f ENC") && is_text.map_or(true, |text| text.contains(is_private))
    }
}

/// Whether there is a `\r\n`, as bytes or as units of UTF-16 or UTF-32.
fn has_pair(bytes: &[u8]) -> bool {
    let pairs: [&[u8]; 4] = [b"\r\n", b"\r\0\n", b"\r\0\0\0\n", b"\0\0\0\r\0\0\0\n"];
    pairs
        .iter()
        .any(|pair| bytes.windows(pair.len()).any(|window| window == *pair))
}

fn is_utf_32(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\xff\xfe\0\0") || bytes.starts_with(b"\0\0\xfe\xff")
}

/// The table, as it stands in the repository.
pub(crate) fn table() -> String {
    let mut text = String::from(
        "# Differences\n\n\
        Where `iolite` does something else than the programs whose work it does, and why. This table is made by\n\
        `cargo test -p iolite-cli --test beside`, which runs both over a thousand generated files and finds no\n\
        difference that is not in it. (Peers: GNU coreutils 9.1, GNU grep 3.8, glibc 2.36, dos2unix 7.4.3, xxd of\n\
        Vim 9.0, in the locale C.UTF-8.)\n\n\
        | command | options | there | here | why |\n|---|---|---|---|---|\n",
    );
    for row in DIFFERENCES {
        let Difference {
            command,
            options,
            theirs,
            ours,
            reason,
            ..
        } = row;
        writeln!(
            text,
            "| {command} | {options} | {theirs} | {ours} | {reason} |"
        )
        .unwrap();
    }
    text
}
