//! The house keeps its shape: who may name whom, how long a file is, where unsafe code stands,
//! and that SPEC.md and the conformance suite cite each other.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::iter;
use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Which parts of the crate a part may name besides itself, the most exact ones first.
const FLOORS: &[(&str, &str)] = &[
    ("scan", ""),
    ("error", "io_base"),
    ("io_base", "error"),
    ("chunk", "error scan"),
    ("raw", "error io_base chunk scan"),
    ("buffered", "error io_base chunk raw scan"),
    ("text/codec", "error scan"),
    ("text/newline", "error scan"),
    (
        "text",
        "error io_base chunk buffered scan text/codec text/newline",
    ),
    ("open", EVERYTHING),
    ("copy", EVERYTHING),
    ("stdio", EVERYTHING),
];

/// What the parts that join all floors may name.
const EVERYTHING: &str = "error io_base chunk raw buffered text open";

/// Where `unsafe` may stand.
const UNSAFE: &[&str] = &["src/chunk/memory/", "src/raw/mmap/options.rs"];

/// How long a file in a folder may be, in lines. Tables of cases may be longer.
const LINES: &[(&str, usize)] = &[
    ("src", 600),
    ("examples", 400),
    ("benches", 400),
    ("tests", 600),
];

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// All Rust files below a folder of the project, by path from its root.
fn rust_files(folder: &str) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(Path::new(ROOT).join(folder)).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{folder}/{}", entry.file_name().display());
        if entry.path().is_dir() {
            files.append(&mut rust_files(&path));
        } else if path.ends_with(".rs") {
            files.insert(path, fs::read_to_string(entry.path()).unwrap());
        }
    }
    files
}

/// The words and signs of a file in order, without comments. A string is one word.
fn words(source: &str) -> Vec<String> {
    fn flat(token: TokenTree) -> Vec<String> {
        let TokenTree::Group(group) = token else {
            return vec![token.to_string()];
        };
        let (open, close) = match group.delimiter() {
            Delimiter::Brace => ("{", "}"),
            Delimiter::Bracket => ("[", "]"),
            _ => ("(", ")"),
        };
        let inside = group.stream().into_iter().flat_map(flat);
        iter::once(open.to_owned())
            .chain(inside)
            .chain([close.to_owned()])
            .collect()
    }
    let tokens = source.parse::<TokenStream>().expect("Rust");
    tokens.into_iter().flat_map(flat).collect()
}

/// The module that a file is, from the root of the crate.
fn module(file: &str) -> Vec<&str> {
    let path = file.trim_start_matches("src/").trim_end_matches(".rs");
    path.trim_end_matches("/mod").split('/').collect()
}

/// Adds the paths that begin with the first of `words`, a name or a group, to those `found`, and
/// answers how many words they are.
fn follow<'a>(words: &'a [String], path: &[&'a str], found: &mut Vec<Vec<&'a str>>) -> usize {
    if words[0] == "{" {
        let mut at = 1;
        while words[at] != "}" {
            at += match &*words[at] {
                "," => 1,
                "as" => 2,
                _ => follow(&words[at..], path, found),
            };
        }
        return at + 1;
    }
    let path = [path, &[&words[0]]].concat();
    let is_name =
        |word: &str| word == "{" || word.starts_with(|c: char| c.is_alphabetic() || c == '_');
    if words.len() > 3 && words[1] == ":" && words[2] == ":" && is_name(&words[3]) {
        return 3 + follow(&words[3..], &path, found);
    }
    found.push(path);
    1
}

/// Every path in a file that begins with `crate` or `super`, from the root of the crate.
fn paths<'a>(file: &'a str, words: &'a [String]) -> Vec<Vec<&'a str>> {
    let mut all = Vec::new();
    // The modules within the file, for each brace that is open: most are the body of none.
    let mut within: Vec<Option<&str>> = Vec::new();
    for at in 0..words.len() {
        let before = |n: usize| at.checked_sub(n).map_or("", |at| &words[at]);
        match &*words[at] {
            "{" => within.push((before(2) == "mod").then(|| before(1))),
            "}" => drop(within.pop()),
            // Not the rest of a path, and no visibility: `pub(crate)`, `pub(in super::super)`.
            "crate" | "super"
                if ![before(1), before(2), before(3)].contains(&"pub") && before(1) != ":" =>
            {
                let mut found = Vec::new();
                follow(&words[at..], &[], &mut found);
                for path in found {
                    let mut steps = module(file);
                    steps.extend(within.iter().flatten());
                    let up = path.iter().filter(|step| **step == "super").count();
                    steps.truncate(if up == 0 { 0 } else { steps.len() - up });
                    steps.extend(&path[up.max(1)..]);
                    all.push(steps);
                }
            }
            _ => {}
        }
    }
    all
}

/// The row of the table that a path belongs to.
fn part(path: &[&str]) -> Option<&'static (&'static str, &'static str)> {
    let path = path.join("/") + "/";
    FLOORS
        .iter()
        .find(|(part, _)| path.starts_with(&format!("{part}/")))
}

/// What a file does that the table forbids.
fn trespasses(file: &str, source: &str) -> Vec<String> {
    let Some((own, may_name)) = part(&module(file)) else {
        return vec![format!("{file} belongs to no floor of the table")];
    };
    let is_forbidden = |path: &Vec<&str>| match part(path) {
        Some((part, _)) if part == own => false,
        Some((part, _)) if may_name.split(' ').any(|named| named == *part) => {
            // Passes the mod.rs by.
            let rest = &path[part.split('/').count()..];
            rest.len() > 1 && rest[0].starts_with(char::is_lowercase)
        }
        Some(_) => true,
        // The public names at the root are for tests.
        None => !source.contains("#[cfg(test)]") && !file.ends_with("/tests.rs"),
    };
    let words = words(source);
    let forbidden = paths(file, &words).into_iter().filter(is_forbidden);
    forbidden
        .map(|path| format!("{file} ({own}) names {}", path.join("::")))
        .collect()
}

#[test]
fn every_file_names_only_its_own_floor_and_those_it_may() {
    let mut files = rust_files("src");
    files.retain(|file, _| !["src/lib.rs", "src/prelude.rs"].contains(&&**file));
    let found = files
        .iter()
        .flat_map(|(file, source)| trespasses(file, source));
    assert_eq!(found.collect::<Vec<_>>(), [""; 0]);
}

/// How many trespasses there are in each of these; the test above would be worth nothing if it saw
/// nothing.
const SEEN: &str = "
1 src/chunk/pool.rs: use crate::raw::RawIo;
1 src/chunk/pool.rs: use crate::Chunk;
1 src/raw/file.rs: fn f() { crate::buffered::fill() }
1 src/raw/file.rs: fn f() { drop(super::super::buffered::fill()) }
1 src/text/codec/utf8.rs: use crate::chunk::Chunk;
1 src/text/codec/utf8.rs: use crate::text::line::Line;
1 src/text/newline/policy.rs: use super::super::line::Line;
1 src/text/string.rs: use crate::chunk::view::Chunk;
3 src/text/string.rs: use crate::chunk::{a::{B, c::D}, Chunk as E}; fn f() { crate::raw::g() }
1 src/text/string.rs: use super::codec::utf8::decode;
1 src/cellar/wine.rs: struct Wine;
0 src/text/string.rs: use crate::chunk::{Chunk, Pool}; // crate::raw
0 src/text/string/lines.rs: pub(in super::super) use super::super::codec::Encoding;
0 src/copy/mod.rs: mod tests { use super::*; }
0 src/open/mode.rs: use crate::raw::FileMode;";

#[test]
fn a_trespass_is_seen() {
    for row in SEEN.lines().skip(1) {
        let (count, rest) = row.split_once(' ').unwrap();
        let (file, source) = rest.split_once(": ").unwrap();
        assert_eq!(trespasses(file, source).len().to_string(), count, "{row}");
    }
}

#[test]
fn no_file_is_longer_than_it_may_be() {
    for &(folder, limit) in LINES {
        let mut files = rust_files(folder);
        files.retain(|_, source| source.lines().count() > limit);
        assert!(files.is_empty(), "longer than {limit}: {:?}", files.keys());
    }
}

#[test]
fn unsafe_code_stands_only_at_its_addresses() {
    let mut files = rust_files("src");
    files.retain(|_, source| words(source).iter().any(|word| word == "unsafe"));
    assert!(!files.is_empty());
    files.retain(|file, _| !UNSAFE.iter().any(|address| file.starts_with(address)));
    assert!(files.is_empty(), "{:?}", files.keys());
}

/// The clauses of SPEC.md in order, with where they come from: `- **RAW-12** (std) …`.
fn clauses() -> Vec<(String, String)> {
    let spec = fs::read_to_string(Path::new(ROOT).join("SPEC.md")).unwrap();
    let clauses = spec.lines().filter_map(|line| line.strip_prefix("- **"));
    let parts = clauses.map(|line| {
        let origins = line
            .split_once("** (")
            .and_then(|(clause, rest)| Some((clause, rest.split_once(')')?.0)));
        origins.unwrap_or_else(|| panic!("no origin: {line}"))
    });
    parts
        .map(|(clause, origins)| (clause.to_owned(), origins.to_owned()))
        .collect()
}

/// The clause that a test's name begins with: `raw_12_a_directory_is_refused` is `RAW-12`.
fn cited(name: &str) -> Option<String> {
    let mut parts = name.split('_');
    let (chapter, number) = (parts.next()?, parts.next()?.parse::<u32>().ok()?);
    Some(format!("{}-{number}", chapter.to_uppercase()))
}

/// The names that a source gives its cases: the rows where there is a table, the function else.
fn case_names(source: &str) -> Vec<String> {
    let words = words(source);
    let mut names = Vec::new();
    let (mut is_test, mut has_table) = (false, false);
    for at in 0..words.len() {
        let next: Vec<&str> = words[at..].iter().take(6).map(|word| &**word).collect();
        match next[..] {
            ["#", "[", "test" | "rstest", "]", ..] => (is_test, has_table) = (true, false),
            ["#", "[", "case", ":", ":", name] | ["#", "[", "case", name @ "(", ..] => {
                has_table = true;
                names.push(name.to_owned());
            }
            ["fn", name, ..] => {
                names.extend((is_test && !has_table).then(|| name.to_owned()));
                is_test = false;
            }
            _ => {}
        }
    }
    names
}

#[test]
fn clauses_are_numbered_without_gap_and_say_where_they_come_from() {
    const ORIGINS: [&str; 5] = ["draft PEP 2007", "PEP 3116", "CPython", "std", "iolite"];
    let mut last = BTreeMap::new();
    for (clause, origins) in clauses() {
        let (chapter, number) = clause.split_once('-').expect("a chapter and a number");
        let last = last.entry(chapter.to_owned()).or_insert(0);
        *last += 1;
        assert_eq!(number, last.to_string(), "{clause} is out of order");
        assert!(
            origins.split(", ").all(|origin| ORIGINS.contains(&origin)),
            "{clause} ({origins})"
        );
    }
}

#[test]
fn every_clause_has_a_case_and_every_case_a_clause() {
    let mut bare: BTreeSet<String> = clauses().into_iter().map(|(clause, _)| clause).collect();
    let clauses = bare.clone();
    for (file, source) in rust_files("tests/spec") {
        for name in case_names(&source) {
            let clause = cited(&name).filter(|clause| clauses.contains(clause));
            bare.remove(
                &clause.unwrap_or_else(|| panic!("{file}: {name} names no clause of SPEC.md")),
            );
        }
    }
    assert!(bare.is_empty(), "clauses without a case: {bare:?}");
}

#[test]
fn a_case_without_a_clause_is_seen() {
    let source = "#[test]\nfn raw_1_it_works() {}\n#[rstest]\n#[case::buf_2_small(1)]\n#[case(2)]\nfn t() {}";
    let cited: Vec<_> = case_names(source).iter().map(|name| cited(name)).collect();
    assert_eq!(cited, [Some("RAW-1".into()), Some("BUF-2".into()), None]);
}

/// The types that a file declares, but not those that belong to an `impl`, a trait or a function.
fn types(tokens: TokenStream) -> Vec<String> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        let word = |at: usize| tokens.get(at).map_or(String::new(), TokenTree::to_string);
        match &tokens[at] {
            TokenTree::Group(body) if at > 1 && word(at - 2) == "mod" => {
                found.extend(types(body.stream()));
            }
            TokenTree::Ident(kind)
                if ["struct", "enum", "trait", "union", "type"]
                    .iter()
                    .any(|it| kind == it) =>
            {
                found.push(word(at + 1));
            }
            _ => {}
        }
    }
    found
}

/// Files that stand in for others where there is no system to ask, or under loom: the same names.
const STAND_INS: &[&str] = &["src/copy/no_kernel.rs", "src/chunk/sync_loom.rs"];

/// A name says one thing.
#[test]
fn no_two_types_have_one_name() {
    let mut places = BTreeMap::<String, Vec<String>>::new();
    let mut files = rust_files("src");
    files.retain(|file, _| !STAND_INS.contains(&&**file));
    for (file, source) in files {
        for name in types(source.parse().expect("Rust")) {
            places.entry(name).or_default().push(file.clone());
        }
    }
    places.retain(|_, files| files.len() > 1);
    assert!(places.is_empty(), "{places:#?}");
}

#[test]
fn a_module_with_a_folder_lies_in_it() {
    let mut files = rust_files("src");
    files.retain(|file, _| Path::new(ROOT).join(file.trim_end_matches(".rs")).is_dir());
    assert!(files.is_empty(), "to be mod.rs: {:#?}", files.keys());
}
