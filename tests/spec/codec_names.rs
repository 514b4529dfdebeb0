//! The names of encodings, against CPython and the WHATWG where they are there.

use std::process::Command;

use iolite::Encoding;

/// What CPython has and iolite does not: see LEG-8.
const MISSING: [&str; 8] = [
    "charmap",
    "idna",
    "mbcs",
    "oem",
    "punycode",
    "raw-unicode-escape",
    "undefined",
    "unicode-escape",
];

/// Those that need the feature.
const MULTI_BYTE: [&str; 24] = [
    "big5",
    "big5hkscs",
    "cp932",
    "cp949",
    "cp950",
    "euc_jis_2004",
    "euc_jisx0213",
    "euc_jp",
    "euc_kr",
    "gb18030",
    "gb2312",
    "gbk",
    "hz",
    "iso2022_jp",
    "iso2022_jp_1",
    "iso2022_jp_2",
    "iso2022_jp_2004",
    "iso2022_jp_3",
    "iso2022_jp_ext",
    "iso2022_kr",
    "johab",
    "shift_jis",
    "shift_jis_2004",
    "shift_jisx0213",
];

#[test]
fn enc_1_every_name_means_what_it_means_to_cpython() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tables/names.py");
    let Ok(output) = Command::new("python3").arg(script).output() else {
        eprintln!("SKIPPED: no python3 to compare the names with");
        return;
    };
    let said = String::from_utf8(output.stdout).expect("text");
    let died = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.lines().count() > 1000,
        "{died}"
    );
    for line in said.lines() {
        let (spelling, name) = line.split_once('\t').expect("two columns");
        let here = spelling.parse().ok().map(Encoding::name);
        let expected = match name {
            "iso8859-1" => Some("latin-1"),
            name if MISSING.contains(&name) => None,
            name if MULTI_BYTE.contains(&name) && cfg!(not(feature = "encodings")) => None,
            name => Some(name),
        };
        assert_eq!(here, expected, "{spelling}, which is {name}");
    }
}

/// What a name stands for here, if the encoding is there without the feature, too.
fn known(name: &str) -> Option<&'static str> {
    name.parse().ok().map(Encoding::name)
}

/// A name of one of our encodings, as `known` gives it; `-`: none.
fn expected(name: &str) -> Option<&str> {
    let is_there = name != "-" && (cfg!(feature = "encodings") || !MULTI_BYTE.contains(&name));
    is_there.then_some(name)
}

/// The lines of a list, without the comments.
fn lines(list: &str) -> impl Iterator<Item = &str> {
    let is_comment = |line: &&str| line.is_empty() || line.starts_with('#');
    list.lines().filter(move |line| !is_comment(line))
}

/// Each alias and each module of CPython 3.13, recorded: `names.py` asks the one that is there.
#[test]
fn enc_1_every_alias_of_cpython_is_known() {
    let list = include_str!("../tables/names_cpython.txt");
    assert!(lines(list).count() > 400);
    for line in lines(list) {
        let (alias, name) = line.split_once('\t').expect("two columns");
        let expected = match name {
            "iso8859-1" => Some("latin-1"),
            name if MISSING.contains(&name) => None,
            name => expected(name),
        };
        assert_eq!(known(alias), expected, "{alias}");
    }
}

/// Each label of the WHATWG's, be it that it means something else here; the list says why.
#[test]
fn enc_1_every_label_of_the_web_is_known() {
    let list = include_str!("../tables/names_whatwg.txt");
    assert_eq!(lines(list).count(), 228);
    for line in lines(list) {
        let columns: Vec<&str> = line.split('\t').collect();
        let [label, web, here] = columns[..] else {
            panic!("{line}");
        };
        let theirs = encoding_rs::Encoding::for_label(label.as_bytes());
        assert_eq!(theirs.map(|theirs| theirs.name()), Some(web), "{label}");
        assert_eq!(known(label), expected(here), "{label}");
    }
}

/// Each name that IANA has for an encoding of ours, and those that are known to be unknown.
#[test]
fn enc_1_every_name_of_iana_is_known() {
    let list = include_str!("../tables/names_iana.txt");
    assert!(lines(list).count() > 80);
    for line in lines(list) {
        let (names, here) = line.split_once(" = ").expect("names and what they mean");
        for name in names.split(' ') {
            assert_eq!(known(name), expected(here), "{name}");
        }
    }
}
