//! Which packages come with the crate, and what they may be.
//!
//! What our own manifests ask for is always compared with what is written here. What those packages ask for in turn
//! changes on any day, with a release of one of them, and is nobody's fault here: a test that finds such a change
//! says so and passes, unless `IOLITE_DEPENDENCIES=strict` is set, as in CI's job for dependencies.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::{ROOT, text};

/// Every package that a user compiles, by feature: what it adds to the row before the features on Linux, and
/// on Windows. A new name is written here by hand, by somebody who has looked at it.
const DEPENDENCIES: &[(&str, &str, &str)] = &[
    (
        "",
        "bitflags bytemuck cfg-if cfg_aliases libc linux-raw-sys memchr nix proc-macro2 quote rustix safe_arch
         scopeguard simdutf8 syn thiserror thiserror-impl unicode-ident wide",
        "bytemuck memchr proc-macro2 quote safe_arch scopeguard simdutf8 syn thiserror thiserror-impl
         unicode-ident wide winapi-util windows-link windows-registry windows-result windows-strings windows-sys",
    ),
    ("bytes", "bytes", "bytes"),
    (
        "encodings",
        "core_detect encoding_rs multiversion_no_op rustversion",
        "cfg-if core_detect encoding_rs multiversion_no_op rustversion",
    ),
    ("futures-io", "futures-io", "futures-io"),
    (
        "link",
        "half minicbor serde serde_core zerocopy zerocopy-derive",
        "cfg-if half minicbor serde serde_core zerocopy zerocopy-derive",
    ),
    ("mmap", "memmap2", "memmap2"),
    (
        "names",
        "getrandom phf phf_codegen phf_generator phf_shared ppv-lite86 rand rand_chacha rand_core siphasher
         unicode_names2 unicode_names2_generator zerocopy",
        "cfg-if getrandom libc phf phf_codegen phf_generator phf_shared ppv-lite86 rand rand_chacha rand_core
         siphasher unicode_names2 unicode_names2_generator zerocopy",
    ),
    ("socket", "socket2", "socket2"),
    ("testing", "", ""),
    ("tokio", "pin-project-lite tokio", "pin-project-lite tokio"),
];

/// What the tool and its own dependencies add to the library's, on Linux.
const TOOL: &str = "aho-corasick anstream anstyle anstyle-parse anstyle-query bstr chardetng clap clap_builder
    clap_complete clap_derive clap_lex clap_mangen colorchoice console crossbeam-deque crossbeam-epoch
    crossbeam-utils errno fastrand getrandom globset heck ignore indicatif is_terminal_polyfill itoa log once_cell
    portable-atomic regex regex-automata regex-syntax roff same-file serde serde_core serde_derive serde_json
    signal-hook signal-hook-registry strsim tempfile terminal_size unicode-width unit-prefix utf8parse walkdir zmij";

/// What the tests ask for by name.
const TESTS: &str = "bstr bytes encoding_rs flate2 futures-io indicatif libc loom lexopt proc-macro2 proptest rstest
    rustix serde serde_json socket2 tempfile tokio toml yaml_serde";

const LINUX: &str = "x86_64-unknown-linux-gnu";
const WINDOWS: &str = "x86_64-pc-windows-msvc";

/// What cargo prints, unless it would have to ask the network.
fn cargo(arguments: &[&str]) -> Option<String> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    let output = cargo.current_dir(ROOT).args(arguments).arg("--offline");
    let output = output.output().expect("cargo runs");
    if output.status.success() {
        return Some(String::from_utf8(output.stdout).expect("UTF-8"));
    }
    let reason = String::from_utf8_lossy(&output.stderr);
    changed_upstream(&format!("`cargo fetch` first: {reason}"));
    None
}

/// Says what has changed without a change of ours.
fn changed_upstream(what: &str) {
    let is_strict = std::env::var("IOLITE_DEPENDENCIES").is_ok_and(|value| value == "strict");
    assert!(!is_strict, "{what}");
    eprintln!("NOT CHECKED: {what}");
}

/// The packages that are compiled with something, with their versions.
fn tree(target: &str, rest: &[&str]) -> Option<BTreeSet<(String, String)>> {
    let fixed = ["tree", "--prefix", "none", "-e", "normal,build"];
    let list = cargo(&[&fixed, ["--target", target].as_slice(), rest].concat())?;
    let packages = list.lines().filter_map(|line| {
        let (name, rest) = line.split_once(' ')?;
        let version = rest.split(' ').next()?;
        Some((name.to_owned(), version.to_owned()))
    });
    let is_ours = |name: &str| name == "iolite" || name == "iolite-cli";
    Some(packages.filter(|(name, _)| !is_ours(name)).collect())
}

fn names(list: &str) -> BTreeSet<String> {
    list.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn no_dependency_enters_unseen() {
    let mut wrong = String::new();
    for (target, is_linux) in [(LINUX, true), (WINDOWS, false)] {
        let mut base = BTreeSet::new();
        for (feature, linux, windows) in DEPENDENCIES {
            let with = ["--no-default-features", "--features", feature];
            let Some(found) = tree(target, &with) else {
                return;
            };
            let found: BTreeSet<_> = found.into_iter().map(|(name, _)| name).collect();
            let added: BTreeSet<_> = found.difference(&base).cloned().collect();
            let written = names(if is_linux { linux } else { windows });
            if added != written {
                let (new, gone) = (&added - &written, &written - &added);
                wrong += &format!("{feature:?} on {target}: new {new:?}, gone {gone:?}\n");
            }
            if feature.is_empty() {
                base = found;
            }
        }
    }
    if !wrong.is_empty() {
        changed_upstream(&wrong);
    }
}

/// What the library's and the tool's manifests ask for stands in the lists above.
#[test]
fn no_manifest_asks_for_what_is_not_written_here() {
    let mut known = names(TOOL);
    for (_, linux, windows) in DEPENDENCIES {
        known.extend(names(linux));
        known.extend(names(windows));
    }
    for manifest in ["Cargo.toml", "cli/Cargo.toml"] {
        let asked = asked_for(&text(manifest).parse().unwrap(), "dependencies");
        let asked: BTreeSet<_> = asked.into_iter().map(|(name, _)| name).collect();
        assert!(asked.is_subset(&known), "{:?}", &asked - &known);
    }
}

#[test]
fn the_tool_has_no_dependency_unseen() {
    let library = tree(LINUX, &[]);
    let tool = tree(LINUX, &["-p", "iolite-cli"]);
    let (Some(library), Some(tool)) = (library, tool) else {
        return;
    };
    let only_names = |packages: BTreeSet<(String, String)>| -> BTreeSet<String> {
        packages.into_iter().map(|(name, _)| name).collect()
    };
    let (added, written) = (&only_names(tool) - &only_names(library), names(TOOL));
    if added != written {
        let (new, gone) = (&added - &written, &written - &added);
        changed_upstream(&format!("the tool: new {new:?}, gone {gone:?}"));
    }
}

/// The tables of a Cargo.toml that name dependencies of a kind, with those of single targets.
fn asked_for(manifest: &toml::Table, kind: &str) -> toml::Table {
    let mut found = toml::Table::new();
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    let tables = targets.into_iter().flat_map(toml::Table::values);
    for table in tables.filter_map(toml::Value::as_table).chain([manifest]) {
        let named = table.get(kind).and_then(toml::Value::as_table);
        found.extend(named.cloned().unwrap_or_default());
    }
    found.remove("iolite");
    found
}

#[test]
fn the_tests_ask_for_no_dependency_unseen() {
    let manifest = text("Cargo.toml").parse().unwrap();
    let asked: BTreeSet<String> = asked_for(&manifest, "dev-dependencies")
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(asked, names(TESTS));
    assert!(!manifest.contains_key("build-dependencies"));
    assert!(!Path::new(ROOT).join("build.rs").exists());
}

fn settings() -> toml::Table {
    text("deny.toml").parse().unwrap()
}

fn strings(value: &toml::Value) -> BTreeSet<&str> {
    let items = value.as_array().unwrap().iter();
    items.map(|item| item.as_str().unwrap()).collect()
}

/// What `cargo deny check licenses sources` asks, by the same file, without the tool.
#[test]
fn every_dependency_has_a_licence_and_a_source_that_are_allowed() {
    let settings = settings();
    let allowed = strings(&settings["licenses"]["allow"]);
    let Some(metadata) = cargo(&["metadata", "--format-version", "1", "--all-features"]) else {
        return;
    };
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    let mut sources = BTreeSet::new();
    for package in metadata["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        let licence = package["license"].as_str().unwrap_or_default();
        if !is_allowed(licence, &allowed) {
            changed_upstream(&format!("the licence of {name} is {licence:?}"));
        }
        // Ours are without one.
        sources.extend(package["source"].as_str());
        for asked in package["dependencies"].as_array().unwrap() {
            let is_wild = asked["req"] == "*" && asked["path"].is_null();
            let of = &asked["name"];
            assert!(!is_wild || !package["source"].is_null(), "{name}: any {of}");
        }
    }
    let is_registry = sources.iter().all(|source| source.starts_with("registry+"));
    assert!(is_registry && sources.len() == 1, "{sources:?}");
}

/// Whether one of the licences that somebody may choose from is allowed.
fn is_allowed(expression: &str, allowed: &BTreeSet<&str>) -> bool {
    let spread = expression.replace('(', " ( ").replace(')', " ) ");
    let spread = spread.replace('/', " OR ");
    let words: Vec<&str> = spread.split_whitespace().collect();
    let mut at = 0;
    let is_allowed = one_of(&words, &mut at, allowed);
    is_allowed && at == words.len()
}

fn one_of(words: &[&str], at: &mut usize, allowed: &BTreeSet<&str>) -> bool {
    let mut any = all_of(words, at, allowed);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        any |= all_of(words, at, allowed);
    }
    any
}

fn all_of(words: &[&str], at: &mut usize, allowed: &BTreeSet<&str>) -> bool {
    let mut all = true;
    loop {
        let Some(word) = words.get(*at) else {
            return false;
        };
        *at += 1;
        all &= if *word == "(" {
            let inner = one_of(words, at, allowed);
            *at += 1;
            inner
        } else if words.get(*at) == Some(&"WITH") {
            *at += 2;
            allowed.contains(format!("{word} WITH {}", words[*at - 1]).as_str())
        } else {
            allowed.contains(word)
        };
        if words.get(*at) != Some(&"AND") {
            return all;
        }
        *at += 1;
    }
}

#[test]
fn an_expression_of_licences_is_read() {
    let allowed = BTreeSet::from(["MIT", "Apache-2.0", "Unicode-3.0"]);
    for (expression, expected) in [
        ("MIT", true),
        ("GPL-3.0", false),
        ("GPL-3.0 OR MIT", true),
        ("MIT/GPL-3.0", true),
        ("GPL-3.0 AND MIT", false),
        ("(MIT OR GPL-3.0) AND Unicode-3.0", true),
        ("(MIT OR Apache-2.0) AND GPL-3.0", false),
        ("Apache-2.0 WITH LLVM-exception", false),
        ("Apache-2.0 WITH LLVM-exception OR MIT", true),
        ("", false),
    ] {
        assert_eq!(is_allowed(expression, &allowed), expected, "{expression}");
    }
}

/// Two versions of one package in a user's program cost building time: `bans` of deny.toml.
#[test]
fn no_user_compiles_two_versions_of_a_package() {
    let settings = settings();
    let skipped = settings["bans"]["skip"].as_array().unwrap().iter();
    let excused: BTreeSet<_> = skipped
        .map(|skip| skip["crate"].as_str().unwrap().split('@').next().unwrap())
        .collect();
    for target in [LINUX, WINDOWS] {
        let Some(packages) = tree(target, &["--all-features"]) else {
            return;
        };
        let mut versions = BTreeMap::<String, Vec<String>>::new();
        for (name, version) in packages {
            versions.entry(name).or_default().push(version);
        }
        versions.retain(|name, versions| versions.len() > 1 && !excused.contains(&**name));
        if !versions.is_empty() {
            changed_upstream(&format!("two versions on {target}: {versions:?}"));
        }
    }
}
