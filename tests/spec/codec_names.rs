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

/// Runs itself as another process for each locale, since a process cannot change its own safely.
#[cfg(all(unix, not(any(target_vendor = "apple", target_os = "android"))))]
#[test]
fn enc_22_the_locale_says_the_encoding() {
    const EXPECTED: &str = "IOLITE_TEST_LOCALE";
    if let Ok(expected) = std::env::var(EXPECTED) {
        let found = Encoding::locale().map_or_else(|error| error.to_string(), |it| it.to_string());
        assert_eq!(found, expected);
        return;
    }
    for (variables, expected) in [
        (&[][..], "utf-8"),
        (&[("LANG", "de_DE.ISO-8859-1")], "latin-1"),
        (
            &[
                ("LANG", "de_DE.ISO-8859-1"),
                ("LC_CTYPE", "pl_PL.ISO-8859-2"),
            ],
            "iso8859-2",
        ),
        (
            &[("LC_CTYPE", "pl_PL.ISO-8859-2"), ("LC_ALL", "C")],
            "ascii",
        ),
        (&[("LC_ALL", ""), ("LANG", "fr_FR@euro")], "iso8859-15"),
        (
            &[("LC_ALL", "xx_XX.klingon")],
            "unknown encoding: \"klingon\"",
        ),
    ] {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args([
            "codec_names::enc_22_the_locale_says_the_encoding",
            "--exact",
        ]);
        child
            .env_remove("LC_ALL")
            .env_remove("LC_CTYPE")
            .env_remove("LANG");
        child
            .envs(variables.iter().copied())
            .env(EXPECTED, expected);
        let output = child.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && text.contains("1 passed"),
            "{variables:?}: {text}"
        );
    }
}

#[cfg(all(windows, feature = "encodings"))]
#[test]
fn enc_22_the_code_pages_of_windows() {
    assert_eq!(Encoding::locale().unwrap(), Encoding::ansi().unwrap());
    let oem = Encoding::oem().unwrap();
    // `chcp` says the console's code page, which is the OEM one unless somebody has changed it.
    let chcp = Command::new("cmd").args(["/c", "chcp"]).output();
    let said = chcp.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let number = said.ok().and_then(|said| {
        let digits = said.trim().rsplit(|c: char| !c.is_ascii_digit()).next()?;
        digits.parse().ok()
    });
    match number {
        Some(number) => assert_eq!(Encoding::from_code_page(number).unwrap(), oem),
        None => eprintln!("SKIPPED: chcp says no number"),
    }
}
