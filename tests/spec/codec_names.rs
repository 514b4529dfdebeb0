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

/// Labels that mean something else to Python mean that here; these mean nothing to it.
#[cfg(feature = "encodings")]
#[rstest::rstest]
#[case::enc_1_web_utf_8("unicode-1-1-utf-8", "utf-8")]
#[case::enc_1_web_latin_2("iso88592", "iso8859-2")]
#[case::enc_1_web_hebrew("iso-8859-8-i", "iso8859-8")]
#[case::enc_1_web_thai("dos-874", "cp874")]
#[case::enc_1_web_mac("x-mac-roman", "mac-roman")]
#[case::enc_1_web_ukrainian("x-mac-ukrainian", "mac-cyrillic")]
#[case::enc_1_web_sjis("x-sjis", "shift_jis")]
#[case::enc_1_web_korean("iso-ir-149", "euc_kr")]
#[case::enc_1_web_windows_949("windows-949", "cp949")]
#[case::enc_1_web_gbk("x-gbk", "gbk")]
fn labels_of_the_web(#[case] label: &str, #[case] name: &str) {
    assert!(encoding_rs::Encoding::for_label(label.as_bytes()).is_some());
    assert_eq!(
        label.parse::<Encoding>().map(Encoding::name).ok(),
        Some(name)
    );
}
