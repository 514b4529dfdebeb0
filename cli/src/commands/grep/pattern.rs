//! What is searched for: the patterns of the command line as one regular expression that never
//! matches beyond a line.

use regex::bytes::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{
    Capture, Class, ClassBytes, ClassBytesRange, ClassUnicode, ClassUnicodeRange, Hir, HirKind,
    Look, Repetition,
};

/// How patterns are read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reading {
    /// They are what they are, no expressions.
    pub(super) is_fixed: bool,
    pub(super) ignores_case: bool,
    /// Where what is matched begins and ends.
    pub(super) bounds: Bounds,
}

/// Where a match has to begin and end.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Bounds {
    #[default]
    Anywhere,
    Words,
    Lines,
}

/// Patterns to search for.
pub(super) struct Pattern {
    /// Of a block of lines, it matches what it matches in each line alone, and never a line end.
    pub(super) regex: Regex,
    /// If this very text, and nothing else, is matched.
    pub(super) literal: Option<String>,
}

/// How large a compiled expression may be: lists of words have thousands of patterns.
const LARGEST: usize = 256 << 20;

/// What malformed bytes of an encoding that is not UTF-8 are decoded to: no character, so no class
/// has them, as it has no malformed bytes of UTF-8.
const MALFORMED: (char, char) = ('\u{10fe00}', '\u{10feff}');

impl Pattern {
    /// The alternatives `patterns`, each of which may have several lines: alternatives, too.
    ///
    /// # Errors
    ///
    /// What is wrong with them, for the user.
    pub(super) fn new(patterns: &[String], reading: Reading) -> Result<Pattern, String> {
        let mut parser = ParserBuilder::new();
        parser
            .utf8(false)
            .multi_line(true)
            .case_insensitive(reading.ignores_case);
        let mut alternatives = Vec::new();
        for pattern in patterns.iter().flat_map(|pattern| pattern.split('\n')) {
            let escaped = reading.is_fixed.then(|| regex_syntax::escape(pattern));
            let parsed = parser.build().parse(escaped.as_deref().unwrap_or(pattern));
            alternatives.push(within_lines(parsed.map_err(|error| error.to_string())?));
        }
        let all = match reading.bounds {
            Bounds::Anywhere => Hir::alternation(alternatives),
            Bounds::Words => bounded(word_start(), alternatives, word_end()),
            Bounds::Lines => bounded(
                Hir::look(Look::StartLF),
                alternatives,
                Hir::look(Look::EndLF),
            ),
        };
        let literal = match all.kind() {
            HirKind::Literal(literal) => String::from_utf8(literal.0.to_vec()).ok(),
            _ => None,
        };
        let regex = RegexBuilder::new(&all.to_string())
            .size_limit(LARGEST)
            .build();
        let regex = regex.map_err(|error| error.to_string())?;
        Ok(Pattern { regex, literal })
    }
}

fn bounded(start: Hir, alternatives: Vec<Hir>, end: Hir) -> Hir {
    Hir::concat(vec![start, Hir::alternation(alternatives), end])
}

/// Where a match of words may begin: not after a letter. The first form is not true beside malformed
/// bytes, the second one is, before a letter.
fn word_start() -> Hir {
    let looks = [Look::WordStartHalfUnicode, Look::WordStartUnicode];
    Hir::alternation(looks.map(Hir::look).to_vec())
}

fn word_end() -> Hir {
    let looks = [Look::WordEndHalfUnicode, Look::WordEndUnicode];
    Hir::alternation(looks.map(Hir::look).to_vec())
}

/// The same expression for lines of a block: its text begins and ends with each line, and no
/// character is a line end.
///
/// Without that, one search in a block could go far beyond the line it begins in, each time anew.
/// The expression has no deeper nesting than the parser allows (250).
fn within_lines(hir: Hir) -> Hir {
    let each = |hirs: Vec<Hir>| hirs.into_iter().map(within_lines).collect();
    match hir.into_kind() {
        HirKind::Empty => Hir::empty(),
        HirKind::Literal(literal) if literal.0.contains(&b'\n') => Hir::fail(),
        HirKind::Literal(literal) => Hir::literal(literal.0),
        HirKind::Class(Class::Unicode(mut class)) => {
            let (first, last) = MALFORMED;
            class.difference(&ClassUnicode::new([
                ClassUnicodeRange::new('\n', '\n'),
                ClassUnicodeRange::new(first, last),
            ]));
            Hir::class(Class::Unicode(class))
        }
        HirKind::Class(Class::Bytes(mut class)) => {
            class.difference(&ClassBytes::new([ClassBytesRange::new(b'\n', b'\n')]));
            Hir::class(Class::Bytes(class))
        }
        HirKind::Look(Look::Start | Look::StartCRLF) => Hir::look(Look::StartLF),
        HirKind::Look(Look::End) => Hir::look(Look::EndLF),
        HirKind::Look(look) => Hir::look(look),
        HirKind::Repetition(repetition) => Hir::repetition(Repetition {
            sub: Box::new(within_lines(*repetition.sub)),
            ..repetition
        }),
        HirKind::Capture(capture) => Hir::capture(Capture {
            sub: Box::new(within_lines(*capture.sub)),
            ..capture
        }),
        HirKind::Concat(subs) => Hir::concat(each(subs)),
        HirKind::Alternation(subs) => Hir::alternation(each(subs)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Bounds, Pattern, Reading};

    /// Which lines have a match, found in the block and found in each line alone.
    fn lines(pattern: &str, bounds: Bounds, block: &str) -> (Vec<usize>, Vec<usize>) {
        let reading = Reading {
            bounds,
            ..Reading::default()
        };
        let regex = Pattern::new(&[pattern.to_owned()], reading).unwrap().regex;
        let mut found = Vec::new();
        for hit in regex.find_iter(block.as_bytes()) {
            let line = block[..hit.start()].matches('\n').count();
            assert!(!hit.as_bytes().contains(&b'\n'), "{pattern}: beyond a line");
            // After the last line end there is no line.
            if hit.start() < block.len() {
                found.push(line);
            }
        }
        found.dedup();
        let alone = block
            .split_terminator('\n')
            .enumerate()
            .filter(|(_, line)| regex.is_match(line.as_bytes()));
        (found, alone.map(|(at, _)| at).collect())
    }

    #[test]
    fn a_match_in_a_block_is_a_match_in_a_line() {
        let block = "one two\n\n two\r\nx\nthree one\nxx one\n";
        let patterns = [
            "one",
            "^",
            "$",
            "^$",
            r"\s",
            r"\W+",
            "[^o]+",
            r"\Ax",
            r"o\z",
            "(?-m)^one",
            "(?s).+",
            "o\nt|two",
            r"one\n\n",
            "x*",
            r"\bone\b",
            "e.*e",
            r"[\n-z]",
            r"(?-u)[^a]",
            "(a|)",
            r"\n",
        ];
        for pattern in patterns {
            for bounds in [Bounds::Anywhere, Bounds::Words, Bounds::Lines] {
                let (block, alone) = lines(pattern, bounds, block);
                assert_eq!(block, alone, "{pattern} {bounds:?}");
            }
        }
    }

    #[test]
    fn only_a_text_by_itself_is_literal() {
        let literal = |pattern: &str| {
            Pattern::new(&[pattern.to_owned()], Reading::default())
                .unwrap()
                .literal
        };
        assert_eq!(literal(r"a\.b").as_deref(), Some("a.b"));
        for pattern in ["a.b", "a|b", "^a", "", "(?i)a"] {
            assert_eq!(literal(pattern), None, "{pattern}");
        }
    }
}
