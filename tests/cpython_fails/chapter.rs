//! SPEC.md's chapters on CPython and on the draft: their clauses are there, and none is forgotten.

use std::collections::BTreeSet;

const SPEC: &str = include_str!("../../SPEC.md");

/// What a clause says of CPython and is no deviation.
const THE_SAME: [&str; 6] = ["NL-1", "NL-2", "NL-10", "ENC-1", "ENC-14", "LEG-1"];

fn chapter(title: &str) -> &str {
    let (_, rest) = SPEC.split_once(title).expect("the chapter");
    rest.split("\n## ").next().unwrap_or(rest)
}

/// The numbers of clauses in a text.
fn named(text: &str) -> BTreeSet<&str> {
    let words = text.split(|ch: char| !(ch.is_ascii_alphanumeric() || ch == '-'));
    let is_clause = |word: &&str| {
        word.split_once('-').is_some_and(|(chapter, number)| {
            let letters = chapter
                .chars()
                .all(|ch| ch.is_ascii_uppercase() || ch == '2');
            letters && (2..5).contains(&chapter.len()) && number.parse::<u32>().is_ok()
        })
    };
    words
        .filter(is_clause)
        .filter(|word| !word.starts_with("UTF"))
        .collect()
}

/// Each clause with what it says.
fn clauses() -> impl Iterator<Item = (&'static str, &'static str)> {
    SPEC.lines()
        .filter_map(|line| line.strip_prefix("- **")?.split_once("**"))
        .map(|(number, rest)| (number, rest.split_once(')').map_or(rest, |(_, text)| text)))
}

#[test]
fn every_clause_that_is_named_is_there() {
    let all: BTreeSet<&str> = clauses().map(|(number, _)| number).collect();
    for title in ["## Where we differ from CPython", "## The draft of 2007"] {
        let named = named(chapter(title));
        assert!(named.len() > 40, "{named:?}");
        let gone: Vec<_> = named.difference(&all).collect();
        assert!(gone.is_empty(), "{title}: {gone:?}");
    }
}

#[test]
fn every_clause_that_speaks_of_cpython_is_an_entry() {
    let entries = named(chapter("## Where we differ from CPython"));
    let forgotten: Vec<&str> = clauses()
        .filter(|(_, text)| text.contains("CPython") || text.contains("Python's"))
        .map(|(number, _)| number)
        .filter(|number| !entries.contains(number) && !THE_SAME.contains(number))
        .collect();
    assert!(forgotten.is_empty(), "{forgotten:?}");
}
