//! The house keeps its shape: which part may name which, how long a file is, where unsafe code
//! stands, and that every clause of SPEC.md has a test. `cargo test --test house`: a few seconds.

use std::collections::BTreeMap;
use std::fs;
use std::iter;
use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

#[path = "house/api.rs"]
mod api;
#[path = "house/dependencies.rs"]
mod dependencies;

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
    ("link", "error io_base chunk raw buffered text scan"),
    // The doors for async code, and what they have in common.
    ("polled", "error io_base chunk buffered text"),
    ("tokio", "error chunk text polled"),
    ("futures", "error chunk text polled"),
    ("testing", "error io_base chunk raw buffered text"),
    ("ranges", "error io_base chunk raw buffered text"),
    ("open", EVERYTHING),
    ("copy", EVERYTHING),
    ("stdio", EVERYTHING),
    // Pages of the documentation: prose, and code that stands outside the crate.
    ("_design", ""),
    ("_guide", ""),
];

/// What the parts that join all floors may name.
const EVERYTHING: &str = "error io_base chunk raw buffered text open";

/// Where unsafe code is allowed: in these modules, and who declares them. `buf_mut` has no unsafe block:
/// `bytes::BufMut` is an unsafe trait, which only an `unsafe impl` implements.
const UNSAFE: &[(&str, &str)] = &[
    ("src/chunk/mod.rs", "buf_mut"),
    ("src/chunk/mod.rs", "memory"),
    ("src/raw/mmap/mod.rs", "options"),
];

/// How long a file in a folder may be, in lines. Tables of cases may be longer.
const LINES: &[(&str, usize)] = &[
    ("src", 600),
    ("examples", 400),
    ("benches", 400),
    ("tests", 600),
    ("cli/src", 600),
    ("cli/tests", 600),
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

/// The crate denies unsafe code: it stands where somebody allows it, and below.
#[test]
fn unsafe_code_stands_only_at_its_addresses() {
    let files = rust_files("src");
    let mut found = Vec::new();
    for (file, source) in &files {
        for allowed in source.split("allow(unsafe_code").skip(1) {
            let module = allowed
                .split_once("mod ")
                .and_then(|(_, rest)| rest.split_once(';'));
            found.push((file.as_str(), module.expect("a module").0));
        }
    }
    assert_eq!(found, UNSAFE);
    let blocks = words(&files["src/chunk/buf_mut.rs"]);
    let has_block = blocks.windows(2).any(|pair| pair == ["unsafe", "{"]);
    assert!(!has_block, "the trait's implementation is safe");
}

/// How often the word `unsafe` stands in each file that has it, whoever declares it: there is none elsewhere.
/// Who adds one changes this table, and somebody looks at it.
const UNSAFE_WORDS: &[(&str, usize)] = &[
    ("benches/lines_more.rs", 1),
    ("src/chunk/buf_mut.rs", 4),
    ("src/chunk/memory/block.rs", 14),
    ("src/chunk/memory/chunk_builder.rs", 15),
    ("src/chunk/memory/mod.rs", 6),
    ("src/chunk/memory/view.rs", 9),
    ("src/raw/mmap/options.rs", 6),
    ("tests/cpython/src/file.rs", 1),
    ("tests/cpython/src/memory.rs", 3),
    ("tests/spec/alone/fork.rs", 4),
    ("tests/spec/base.rs", 2),
    ("tests/spec/doors/pipe.rs", 2),
    ("tests/spec/memory_map.rs", 1),
    ("tests/spec/raw_memory.rs", 1),
    ("tests/spec/text/lines.rs", 1),
    ("tests/spec/text/zero_copy.rs", 1),
    ("tests/support/counting.rs", 7),
];

/// Also in the tool, the examples, the benchmarks, the fuzz targets, and in the code of tests.
#[test]
fn no_unsafe_code_enters_unseen() {
    let folders = ["src", "cli", "examples", "benches", "tests", "fuzz"];
    let mut found = Vec::new();
    for (file, source) in folders.into_iter().flat_map(rust_files) {
        // Reading is dear, and a table of vectors has no code.
        if file.contains("/target/") || !source.contains("unsafe") {
            continue;
        }
        let words = words(&source);
        let count = words.iter().filter(|word| *word == "unsafe").count();
        if count > 0 {
            found.push((file, count));
        }
    }
    found.sort();
    let found: Vec<_> = found.iter().map(|(file, n)| (&**file, *n)).collect();
    assert_eq!(found, UNSAFE_WORDS);
}

/// What is built has no code that runs while it is.
#[test]
fn nothing_of_ours_has_a_build_script() {
    for folder in ["", "cli", "examples/linecount", "examples/object_store"] {
        let package = Path::new(ROOT).join(folder);
        assert!(!package.join("build.rs").exists(), "{folder}");
        let manifest = fs::read_to_string(package.join("Cargo.toml")).unwrap();
        assert!(!manifest.contains("\nbuild ="), "{folder}");
    }
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

#[test]
fn clauses_are_numbered_without_gap_and_say_where_they_come_from() {
    const ORIGINS: [&str; 6] = [
        "draft PEP 2007",
        "PEP 3116",
        "CPython",
        "MoaT",
        "std",
        "iolite",
    ];
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

/// A test is found by its name: `raw_12_a_directory_is_refused` holds RAW-12. Many hold no clause.
#[test]
fn every_clause_has_a_test() {
    let mut tests: String = rust_files("tests").into_values().collect();
    tests.extend(rust_files("src/link").into_values());
    // Where the program that a test needs is the tool.
    tests.extend(rust_files("cli/tests").into_values());
    let mut bare: Vec<String> = clauses().into_iter().map(|(clause, _)| clause).collect();
    bare.retain(|clause| {
        let name = clause.to_lowercase().replace('-', "_");
        let is_name = |rest: &str| !rest.starts_with(|ch: char| ch.is_ascii_digit());
        let is_there = |name: &str| tests.split(name).skip(1).any(is_name);
        !is_there(&format!("fn {name}")) && !is_there(&format!("#[case::{name}"))
    });
    assert!(bare.is_empty(), "clauses without a test: {bare:?}");
}

/// The types that a file declares, but not those inside a module or a function.
fn types(source: &str) -> impl Iterator<Item = &str> {
    source.lines().filter_map(|line| {
        let mut words = line.split([' ', '<', '(', ';', ':', '{']);
        let kind = words.find(|word| !["pub", "crate)", "super)", "unsafe", ""].contains(word))?;
        let is_type = ["struct", "enum", "trait", "union", "type"].contains(&kind);
        (is_type && !line.starts_with(' ')).then(|| words.next())?
    })
}

/// Files that stand in for others where there is no system to ask, or under loom: the same names.
const STAND_INS: &[&str] = &[
    "src/copy/no_kernel.rs",
    "src/chunk/sync_loom.rs",
    "src/link/layer/interruptible_std.rs",
    "src/link/layer/listener/waiting_std.rs",
    "src/raw/follow/identity_none.rs",
    "src/raw/follow/identity_windows.rs",
];

/// A name says one thing.
#[test]
fn no_two_types_have_one_name() {
    let mut places = BTreeMap::<String, Vec<String>>::new();
    let mut files = rust_files("src");
    files.retain(|file, _| !STAND_INS.contains(&&**file));
    for (file, source) in files {
        for name in types(&source) {
            places
                .entry(name.to_owned())
                .or_default()
                .push(file.clone());
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

/// The files of Markdown that a newcomer reads.
const PROSE: [&str; 4] = [
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CHANGELOG.md",
];

fn text(file: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(file)).unwrap()
}

/// Where the links of a text lead: `[words](there)`.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let links = text.split("](").skip(1);
    links.filter_map(|rest| Some(rest.split_once(')')?.0))
}

#[test]
fn every_link_to_a_file_is_alive() {
    for file in PROSE {
        for link in
            links(&text(file)).filter(|link| !link.contains("://") && !link.starts_with('#'))
        {
            assert!(Path::new(ROOT).join(link).exists(), "{file}: {link}");
        }
    }
}

/// On the documentation site there are no files beside the pages.
#[test]
fn the_documentation_links_to_no_file() {
    let folders = ["src/_guide", "src/_design"].map(|folder| Path::new(ROOT).join(folder));
    let pages = folders
        .into_iter()
        .flat_map(|folder| fs::read_dir(folder).unwrap());
    let pages = pages.map(|page| fs::read_to_string(page.unwrap().path()).unwrap());
    for page in pages.chain(["src/lib.rs", "SPEC.md"].map(text)) {
        let dead = [".md", ".rs", "/"];
        let dead: Vec<_> = links(&page)
            .filter(|link| !link.contains("://") && dead.iter().any(|end| link.ends_with(end)))
            .collect();
        assert!(dead.is_empty(), "{dead:?}");
    }
}

#[test]
fn the_readme_is_read_in_minutes() {
    let words = text("README.md").split_whitespace().count();
    assert!(words <= 1200, "README.md has {words} words");
}
