//! The house keeps its shape: who may name whom, how long a file is, where unsafe code stands,
//! and that SPEC.md and the conformance suite cite each other.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Which parts of the crate a part may name besides itself.
const FLOORS: &[(&str, &[&str])] = &[
    ("scan", &[]),
    ("error", &[]),
    ("io_base", &["error"]),
    ("chunk", &["error", "scan"]),
    ("raw", &["error", "io_base", "chunk", "scan"]),
    ("buffered", &["error", "io_base", "chunk", "raw", "scan"]),
    ("text/codec", &["error", "scan"]),
    ("text/newline", &["error", "scan"]),
    ("text", &["error", "io_base", "chunk", "buffered", "scan"]),
    (
        "open",
        &["error", "io_base", "chunk", "raw", "buffered", "text"],
    ),
    ("copy", EVERYTHING),
    ("stdio", EVERYTHING),
];

/// What the parts that join all floors may name.
const EVERYTHING: &[&str] = &[
    "error", "io_base", "chunk", "raw", "buffered", "text", "open",
];

/// Where `unsafe` may stand.
const UNSAFE: &[&str] = &["src/chunk/memory/", "src/raw/mmap/options.rs"];

/// How long a file in a folder may be, in lines. Tables of cases may be longer.
const LINES: &[(&str, usize)] = &[
    ("src", 600),
    ("examples", 400),
    ("benches", 400),
    ("tests", 600),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files below a folder of the project, by path from its root.
fn rust_files(folder: &str) -> BTreeMap<String, String> {
    fn walk(folder: &Path, files: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, files);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                let name = path.strip_prefix(root()).unwrap().display().to_string();
                files.insert(name.replace('\\', "/"), fs::read_to_string(&path).unwrap());
            }
        }
    }
    let mut files = BTreeMap::new();
    walk(&root().join(folder), &mut files);
    assert!(!files.is_empty(), "{folder} holds no Rust files");
    files
}

/// The code of a file, without comments.
fn code(source: &str) -> String {
    let lines = source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The part a file belongs to: the most exact row of the table.
fn part(file: &str) -> Option<&'static (&'static str, &'static [&'static str])> {
    let path = file.strip_prefix("src/")?;
    FLOORS.iter().find(|(part, _)| {
        path.strip_prefix(part)
            .is_some_and(|rest| rest.starts_with('/') || rest == ".rs")
    })
}

/// What stands behind each `crate::`, up to the end of the path.
fn crate_paths(code: &str) -> impl Iterator<Item = &str> {
    let paths = code.split("crate::").skip(1).map(|rest| {
        let end = rest.find(|ch: char| !(ch.is_alphanumeric() || ch == '_' || ch == ':'));
        &rest[..end.unwrap_or(rest.len())]
    });
    paths.filter(|path| !path.is_empty())
}

/// What a file does that the table forbids.
fn trespasses(file: &str, source: &str) -> Vec<String> {
    let Some((part, may_name)) = part(file) else {
        return vec![format!("{file} belongs to no floor of the table")];
    };
    let own = part.split('/').next().unwrap();
    let code = code(source).replace("pub(in crate::text)", "pub");
    let mut found = Vec::new();
    for path in crate_paths(&code) {
        let mut steps = path.split("::");
        let floor = steps.next().unwrap();
        if floor != own && !may_name.contains(&floor) {
            found.push(format!("{file} ({part}) names {floor}: crate::{path}"));
        }
        let next = steps.next().unwrap_or_default();
        let is_module = next.starts_with(char::is_lowercase) && steps.next().is_some();
        if floor != own && is_module {
            found.push(format!("{file} passes {floor}'s mod.rs by: crate::{path}"));
        }
    }
    if part.contains('/') && code.contains("super::super::") {
        found.push(format!("{file} ({part}) reaches out of its part"));
    }
    found
}

#[test]
fn every_file_names_only_its_own_floor_and_those_it_may() {
    let everything = ["src/lib.rs", "src/prelude.rs"];
    let files = rust_files("src");
    let files = files
        .iter()
        .filter(|(file, _)| !everything.contains(&file.as_str()));
    let found: Vec<String> = files
        .flat_map(|(file, source)| trespasses(file, source))
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

/// The test above would be worth nothing if it saw nothing.
#[test]
fn a_trespass_is_seen() {
    let seen = |file, source| trespasses(file, source).len();
    assert_eq!(seen("src/chunk/pool.rs", "use crate::raw::RawIo;"), 1);
    assert_eq!(
        seen("src/raw/file.rs", "fn f() { crate::buffered::fill() }"),
        1
    );
    assert_eq!(
        seen("src/text/codec/utf8.rs", "use crate::chunk::Chunk;"),
        1
    );
    assert_eq!(
        seen(
            "src/text/newline/policy.rs",
            "use super::super::line::Line;"
        ),
        1
    );
    assert_eq!(
        seen("src/text/string.rs", "use crate::chunk::view::Chunk;"),
        1
    );
    assert_eq!(seen("src/cellar/wine.rs", ""), 1);
    assert_eq!(
        seen(
            "src/text/string.rs",
            "// crate::raw\nuse crate::chunk::{Chunk, Pool};"
        ),
        0
    );
    assert_eq!(seen("src/open/mode.rs", "use crate::raw::FileMode;"), 0);
}

#[test]
fn no_file_is_longer_than_it_may_be() {
    let mut long = Vec::new();
    for &(folder, limit) in LINES {
        let files = rust_files(folder).into_iter();
        let lengths = files.map(|(file, source)| (source.lines().count(), file));
        long.extend(lengths.filter(|(lines, _)| *lines > limit));
    }
    assert!(long.is_empty(), "too long: {long:?}");
}

#[test]
fn unsafe_code_stands_only_at_its_addresses() {
    let is_unsafe = |source: &str| {
        let code = code(source).replace("unsafe_", "");
        code.split(|ch: char| !ch.is_alphanumeric())
            .any(|word| word == "unsafe")
    };
    let files = rust_files("src");
    let elsewhere: Vec<_> = files
        .iter()
        .filter(|(_, source)| is_unsafe(source))
        .map(|(file, _)| file)
        .filter(|file| !UNSAFE.iter().any(|address| file.starts_with(address)))
        .collect();
    assert!(elsewhere.is_empty(), "{elsewhere:?}");
}

/// The clauses of SPEC.md, in order: `- **RAW-12** …`.
fn clauses() -> Vec<String> {
    let spec = fs::read_to_string(root().join("SPEC.md")).unwrap();
    let clause = |line: &str| Some(line.strip_prefix("- **")?.split_once("**")?.0.to_owned());
    spec.lines().filter_map(clause).collect()
}

/// The clause that a test's name begins with: `raw_12_a_directory_is_refused` is `RAW-12`.
fn cited(name: &str) -> Option<String> {
    let (chapter, rest) = name.split_once('_')?;
    let number = rest.split('_').next()?;
    number.parse::<u32>().ok()?;
    Some(format!("{}-{number}", chapter.to_uppercase()))
}

/// The names that a source gives its cases: the case where there is a table, the function else.
fn case_names(source: &str) -> Vec<String> {
    let word = |text: &str| {
        let end = text.find(|ch: char| !(ch.is_alphanumeric() || ch == '_'));
        text[..end.unwrap_or(text.len())].to_owned()
    };
    let mut names = Vec::new();
    let (mut is_test, mut has_table) = (false, false);
    for line in code(source).lines().map(str::trim) {
        if line.starts_with("#[test]") || line.starts_with("#[rstest]") {
            (is_test, has_table) = (true, false);
        } else if line.starts_with("#[case]") {
            // A column of the table, not a row.
        } else if let Some(case) = line.strip_prefix("#[case") {
            has_table = true;
            names.push(word(case.trim_start_matches(':')));
        } else if let Some(function) = line.strip_prefix("fn ") {
            if is_test && !has_table {
                names.push(word(function));
            }
            is_test = false;
        }
    }
    names
}

#[test]
fn clauses_are_numbered_without_gap_and_say_where_they_come_from() {
    const ORIGINS: [&str; 5] = ["draft PEP 2007", "PEP 3116", "CPython", "std", "iolite"];
    let mut next = BTreeMap::new();
    for clause in clauses() {
        let (chapter, number) = clause.split_once('-').expect("a chapter and a number");
        let expected = next.entry(chapter.to_owned()).or_insert(1);
        assert_eq!(number.parse(), Ok(*expected), "{clause} is out of order");
        *expected += 1;
    }
    let spec = fs::read_to_string(root().join("SPEC.md")).unwrap();
    for line in spec.lines().filter(|line| line.starts_with("- **")) {
        let origins = line
            .split_once("** (")
            .and_then(|(_, rest)| rest.split_once(')'));
        let (origins, _) = origins.unwrap_or_else(|| panic!("no origin: {line}"));
        assert!(
            origins.split(", ").all(|origin| ORIGINS.contains(&origin)),
            "{line}"
        );
    }
}

#[test]
fn every_clause_has_a_case_and_every_case_a_clause() {
    let clauses: BTreeSet<String> = clauses().into_iter().collect();
    assert!(!clauses.is_empty());
    let mut covered = BTreeSet::new();
    for (file, source) in rust_files("tests/spec") {
        for name in case_names(&source) {
            let clause = cited(&name).unwrap_or_else(|| panic!("{file}: {name} names no clause"));
            assert!(
                clauses.contains(&clause),
                "{file}: {name} names no clause of SPEC.md"
            );
            covered.insert(clause);
        }
    }
    let bare: Vec<_> = clauses.difference(&covered).collect();
    assert!(bare.is_empty(), "clauses without a case: {bare:?}");
}

#[test]
fn a_case_without_a_clause_is_seen() {
    let source = "#[test]\nfn raw_1_it_works() {}\n#[rstest]\n#[case::buf_2_small(1)]\n#[case(2)]\nfn t() {}";
    let cited: Vec<_> = case_names(source).iter().map(|name| cited(name)).collect();
    assert_eq!(cited, [Some("RAW-1".into()), Some("BUF-2".into()), None]);
}
