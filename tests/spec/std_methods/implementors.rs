//! Which types implement the traits, as `src` says.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::rows::Trait;

/// Types that need no row, and why.
const WITHOUT_ROW: &[(&str, &str)] = &[
    (
        "Plain",
        "private: what BufferedRandom has of std's own read_to_end",
    ),
    ("PipePair", "private: what async text has below it"),
    (
        "NonBlocking",
        "private: a device that is polled, as a pipe reads it",
    ),
    ("HostileDevice", "breaks the contracts on purpose"),
    (
        "Delegate",
        "keeps what its device and a test's closures keep",
    ),
];

/// All pairs of a type and a trait that it implements, in the whole of `src`.
pub(super) fn all() -> BTreeSet<(String, Trait)> {
    let mut found = BTreeSet::new();
    walk(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut found,
    );
    for (exempt, reason) in WITHOUT_ROW {
        let before = found.len();
        found.retain(|(name, _)| name != exempt);
        assert!(
            found.len() < before,
            "{exempt} ({reason}) is no longer there"
        );
    }
    found
}

fn walk(folder: &Path, found: &mut BTreeSet<(String, Trait)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, found);
        } else if path.extension().is_some_and(|ext| ext == "rs") && !path.ends_with("tests.rs") {
            found.extend(in_source(&fs::read_to_string(&path).unwrap()));
        }
    }
}

/// The pairs in one file. Where a macro implements a trait for what it is given, each name in its
/// calls is taken for a type: better a row too many than one that is missing. The devices of tests
/// inside `src`, which stand at the end of a file, are left out.
pub(super) fn in_source(source: &str) -> BTreeSet<(String, Trait)> {
    let source = source.split("#[cfg(test)]\nmod tests {").next();
    let lines = source
        .unwrap_or_default()
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("//"));
    let code = lines.collect::<Vec<_>>().join(" ");
    let mut found = BTreeSet::new();
    let mut of_macros = BTreeSet::new();
    let starts = code.match_indices("impl").map(|(at, _)| at);
    for at in starts.filter(|&at| !code[..at].ends_with(is_of_a_name)) {
        let header = code[at + 4..].split(['{', ';']).next().unwrap_or_default();
        let Some((implemented, target)) = without_generics(header).split_once(" for ") else {
            continue;
        };
        let Some(it) = of_std(implemented.trim()) else {
            continue;
        };
        match name(target) {
            Some(name) => drop(found.insert((name, it))),
            None => drop(of_macros.insert(it)),
        }
    }
    // The one macro that is called in other files than its own: `refuse_writes!([D] Section<D>)`.
    for call in code.split("refuse_writes!([").skip(1) {
        let target = call.split([']', ')']).nth(1).unwrap_or_default();
        found.extend(name(target).map(|name| (name, Trait::Write)));
    }
    for it in of_macros {
        let names = macro_arguments(&code).into_iter();
        found.extend(names.map(|name| (name, it)));
    }
    found
}

fn is_of_a_name(ch: char) -> bool {
    ch.is_alphanumeric() || ch == '_'
}

/// What follows the parameters of an `impl`.
fn without_generics(header: &str) -> &str {
    if !header.starts_with('<') {
        return header;
    }
    let mut depth = 0;
    for (at, ch) in header.char_indices() {
        match ch {
            '<' => depth += 1,
            '>' if !header[..at].ends_with('-') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &header[at + 1..];
        }
    }
    header
}

fn of_std(implemented: &str) -> Option<Trait> {
    match implemented
        .trim_start_matches("std::")
        .trim_start_matches("io::")
    {
        "Read" => Some(Trait::Read),
        "BufRead" => Some(Trait::BufRead),
        "Write" => Some(Trait::Write),
        "Seek" => Some(Trait::Seek),
        _ => None,
    }
}

/// The name of a type without its path and its parameters; nothing where a macro fills it in.
fn name(target: &str) -> Option<String> {
    let target = target
        .trim()
        .trim_start_matches('&')
        .trim_start_matches("mut ");
    let path = target.split(['<', ' ']).next().unwrap_or_default();
    let name = path.rsplit("::").next().unwrap_or_default();
    let is_name = name.starts_with(char::is_uppercase);
    is_name.then(|| name.to_owned())
}

/// All names that are given to the macros which this file defines.
fn macro_arguments(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    for definition in code.split("macro_rules!").skip(1) {
        let word = definition
            .trim_start()
            .split([' ', '{'])
            .next()
            .unwrap_or_default();
        for call in code.split(&format!("{word}!")).skip(1) {
            let arguments = call.split(';').next().unwrap_or_default();
            let words = arguments.split(|ch: char| !is_of_a_name(ch));
            let types = words.filter(|word| word.starts_with(char::is_uppercase));
            names.extend(types.map(str::to_owned));
        }
    }
    names
}
