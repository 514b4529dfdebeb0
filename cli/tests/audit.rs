//! `iolite audit`, run as a program: over files of which everything is known, and over the odd ones.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use rstest::rstest;
use serde_json::Value;

use crate::generated::{KINDS, Known};
use crate::support::{feed, iolite, stderr, stdout};

mod generated;
mod support;

/// Runs it in a folder.
fn audit(folder: &Path, arguments: &str) -> std::process::Output {
    let mut command = iolite("audit");
    command
        .args(arguments.split_whitespace())
        .current_dir(folder);
    feed(&mut command, b"")
}

/// What it says of one file.
fn said(bytes: &[u8]) -> Value {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("file"), bytes).unwrap();
    let output = audit(dir.path(), "--json file");
    serde_json::from_str(&stdout(&output)).unwrap()
}

/// How many files there are; without `--release` guessing takes twenty times as long.
const FILES: usize = if cfg!(debug_assertions) { 960 } else { 9_984 };

/// Marks, line ends and the encodings that the bytes tell are exact; guesses are right nearly always,
/// those of high confidence even more so, and no guess comes without its confidence.
#[test]
fn a_tree_of_known_files() {
    let dir = tempfile::tempdir().unwrap();
    generated::tree(dir.path(), FILES);
    let output = audit(dir.path(), "--json");
    assert_eq!(
        (stderr(&output).as_str(), output.status.code()),
        ("", Some(0))
    );
    let printed = stdout(&output);
    let mut rows = printed
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut wrong = BTreeMap::new();
    let (mut guesses, mut sure) = ([0, 0], [0, 0]);
    for number in 0..FILES {
        let row = rows.next().expect("a row for each file");
        let known = Known::new(number);
        let path = Known::path(number);
        assert_eq!(row["path"]["text"], path.as_str());
        assert_eq!(row["mark"], known.kind.mark, "{row}");
        let counts = [&row["lf"], &row["crlf"], &row["cr"]].map(|count| count.as_u64().unwrap());
        let right = known.is_right(row["encoding"].as_str().unwrap());
        if row["known_by"] == "guess" {
            guesses[usize::from(right)] += 1;
            match row["confidence"].as_str().unwrap() {
                "high" => sure[usize::from(right)] += 1,
                said => assert_eq!(said, "low"),
            }
            if !right {
                let what = (
                    known.language,
                    known.kind.encoding,
                    row["encoding"].to_string(),
                );
                *wrong.entry(what).or_insert(0) += 1;
            }
        } else {
            assert!(right, "{} {row}", known.kind.encoding);
            if row["encoding"] != "ascii" {
                assert_eq!(row["encoding"], known.kind.encoding);
            }
            assert_eq!(row["malformed"], 0);
        }
        // In a wrong encoding, too: none of those that can be guessed has other line ends.
        assert_eq!(counts, [known.lf, known.crlf, known.cr], "{path}: {row}");
        assert_eq!(row["final_newline"], known.final_newline);
    }
    assert!(rows.next().is_none());
    let share = |[wrong, right]: [u32; 2]| f64::from(right) / f64::from(right + wrong);
    println!("guesses right: {:.4} of {guesses:?}", share(guesses));
    println!("those of high confidence: {:.4} of {sure:?}", share(sure));
    println!("wrong: {wrong:#?}");
    assert!(share(guesses) >= 0.95);
    assert!(share(sure) >= 0.98);
    // Twelve of the kinds have no other way, and a tree without them would prove nothing.
    let guessed = KINDS.len() - 10;
    assert!(guesses[0] + guesses[1] >= (FILES * guessed / KINDS.len()) as u32);
}

fn utf_16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// One text of an encoding that is guessed.
fn russian() -> Vec<u8> {
    let text = generated::sentences("russian").join("\n") + "\n";
    iolite::Encoding::KOI8_R.encode(&text).unwrap().into_owned()
}

#[rstest]
#[case::nothing(b"", "empty", None, None)]
#[case::ascii(b"plain\n", "ascii", Some("content"), Some("certain"))]
#[case::utf_8("größe\n".as_bytes(), "utf-8", Some("content"), Some("high"))]
#[case::one_bad_byte(
    b"gr\xc3\xb6\xc3\x9fer\n\xe4lter\n",
    "utf-8",
    Some("content"),
    Some("low")
)]
#[case::a_mark(b"\xef\xbb\xbfx\n", "utf-8", Some("mark"), Some("certain"))]
#[case::nothing_but_a_mark(b"\xff\xfe", "utf-16-le", Some("mark"), Some("certain"))]
#[case::utf_16(&utf_16("Привет, мир\nи всё\n"), "utf-16-le", Some("content"), Some("high"))]
#[case::utf_16_chinese(&utf_16("没有人知道桥为什么关闭\n"), "utf-16-le", Some("content"), Some("high"))]
#[case::names_with_nuls(
    b"one\0two\0three\0a/b/four\0",
    "ascii",
    Some("content"),
    Some("certain")
)]
#[case::binary(b"\x7fELF\x02\x01\x01\0\xff\x91\0\0", "binary", None, None)]
#[case::compressed(
    b"\x1f\x8b\x08\x01\x02\x03\x04\x05\xf3\xff\xab\x91",
    "binary",
    None,
    None
)]
#[case::little_to_go_by(b"caf\xe9\n", "cp1252", Some("guess"), Some("low"))]
#[case::enough(&russian(), "koi8-u", Some("guess"), Some("high"))]
#[case::japanese_mail(b"\x1b$B4A;z\x1b(B\n", "iso2022_jp", Some("content"), Some("high"))]
#[case::colours(b"\x1b[31mred\x1b[0m\n", "ascii", Some("content"), Some("certain"))]
fn says(
    #[case] bytes: &[u8],
    #[case] encoding: &str,
    #[case] known_by: Option<&str>,
    #[case] confidence: Option<&str>,
) {
    let said = said(bytes);
    assert_eq!(said["encoding"], encoding);
    assert_eq!(said["known_by"].as_str(), known_by);
    assert_eq!(said["confidence"].as_str(), confidence);
}

/// Where malformed bytes are: the line from 1, the byte of the file from 0.
#[rstest]
#[case::utf_8("größe\nä\r\nsüß".as_bytes(), &[], 3)]
#[case::a_stray_byte(b"gr\xc3\xb6\xc3\x9fe\r\n\xc3\xa4\rs\xff\xc3\xbc\n", &[(3, 13, "ff")], 3)]
#[case::cut(b"gr\xc3\xb6\xc3\x9fe\n\xc3", &[(2, 8, "c3")], 2)]
#[case::half_a_pair(b"\xff\xfea\0\n\0\0\xd8b\0", &[(2, 6, "00d8")], 2)]
#[case::half_a_unit(b"\xfe\xff\0a\0", &[(1, 4, "00")], 1)]
#[case::beyond_unicode(b"\0\0\xfe\xff\0\0\0a\0\x11\0\0\0\0\0\n", &[(1, 8, "00110000")], 1)]
fn malformed(#[case] bytes: &[u8], #[case] places: &[(u64, u64, &str)], #[case] lines: u64) {
    let said = said(bytes);
    let found = said["places"].as_array().unwrap().iter();
    let found: Vec<_> = found
        .map(|place| {
            let number = |key: &str| place[key].as_u64().unwrap();
            (
                number("line"),
                number("byte"),
                place["bytes"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(found, places);
    assert_eq!(said["malformed"], places.len());
    assert_eq!(said["lines"], lines, "{said}");
}

/// A file is read in blocks of 64 KiB: what lies across their borders, and what is only seen later.
#[test]
fn long_files() {
    let line = "Größe über alles, süße Grüße\r\n";
    let long = line.repeat(10_000);
    for shift in 0..4 {
        let bytes = ["x".repeat(shift).as_bytes(), long.as_bytes()].concat();
        let said = said(&bytes);
        assert_eq!(
            (&said["encoding"], &said["malformed"]),
            (&"utf-8".into(), &0.into())
        );
        assert_eq!(
            (&said["crlf"], &said["mixed"]),
            (&10_000.into(), &false.into())
        );
    }
    let mut bad = long.clone().into_bytes();
    bad.extend(b"\xff\n");
    let said_of_bad = said(&bad);
    assert_eq!(said_of_bad["encoding"], "utf-8");
    assert_eq!(said_of_bad["places"][0]["line"], 10_001);
    assert_eq!(said_of_bad["places"][0]["byte"], long.len());
    // Nothing but ASCII at first.
    let mut late = "int main(void);\n".repeat(10_000).into_bytes();
    late.extend(russian());
    let said_of_late = said(&late);
    assert_eq!(said_of_late["encoding"], "koi8-u");
    assert_eq!(
        (&said_of_late["malformed"], &said_of_late["lf"]),
        (&0.into(), &10_012.into())
    );
}

/// A pipe cannot be read a second time.
#[test]
fn a_long_pipe() {
    let text = russian().repeat(200);
    let output = feed(&mut iolite("audit --json -"), &text);
    let said: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(said["encoding"], "koi8-u");
    assert_eq!((&said["lf"], &said["malformed"]), (&2400.into(), &0.into()));
    assert_eq!(said["path"]["text"], "-");
}

#[rstest]
#[case::mixed("mixed", b"a\nb\r\n")]
#[case::malformed("malformed", b"gr\xc3\xb6\xc3\x9fe\xff\n")]
#[case::no_final_newline("no-final-newline", b"a\nb")]
#[case::mark("mark", b"\xef\xbb\xbfa\n")]
#[case::no_mark("no-mark", b"a\0b\0 \0c\0\n\0")]
#[case::crlf("crlf", b"a\r\n")]
#[case::cr("cr", b"a\r")]
#[case::lf("lf", b"a\n")]
#[case::not_utf8("not-utf8", b"\xff\xfea\0")]
#[case::guess("guess", b"caf\xe9\n")]
#[case::low("low", b"caf\xe9\n")]
#[case::nul("nul", b"a\0b\n")]
#[case::binary("binary", b"\xff\0\x81\0\x05\n")]
fn fails_on(#[case] check: &str, #[case] bytes: &[u8]) {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("bad"), bytes).unwrap();
    // Nothing is wrong with an empty file.
    fs::write(dir.path().join("good"), b"").unwrap();
    let arguments = format!("--failed --json --fail-on {check}");
    let output = audit(dir.path(), &arguments);
    assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
    let said: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(
        (&said["path"]["text"], &said["failed"][0]),
        (&"bad".into(), &check.into())
    );
    // With all others it is the one that is missing.
    let good = audit(dir.path(), &format!("--json good --fail-on {check}"));
    assert_eq!(
        (good.status.code(), stdout(&good).contains("\"failed\":[]")),
        (Some(0), true)
    );
}

#[test]
fn places_are_for_editors() {
    let dir = tempfile::tempdir().unwrap();
    let line = "süße Grüße aus Köln, schöne\n";
    let text = [
        line.as_bytes(),
        b"gr\xfc\xdfe \xe9\n",
        line.repeat(4).as_bytes(),
    ]
    .concat();
    fs::write(dir.path().join("a b"), &text).unwrap();
    let output = audit(dir.path(), "--places");
    let at = line.len() + 2;
    let expected = format!(
        "'a b':2:{at}: utf-8: not UTF-8: fc\n'a b':2:{}: utf-8: not UTF-8: df\n\
         'a b':2:{}: utf-8: not UTF-8: e9\n",
        at + 1,
        at + 4
    );
    assert_eq!(stdout(&output), expected);
}

/// What cannot be read is said, and the rest comes all the same.
#[cfg(unix)]
#[test]
fn trouble_with_one_file() {
    use std::os::unix::ffi::OsStrExt;
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("one"), b"1\n").unwrap();
    let name = std::ffi::OsStr::from_bytes(b"two\xff\n");
    fs::write(dir.path().join(name), b"2\n").unwrap();
    let mut command = iolite("audit missing one");
    command.arg(name).current_dir(dir.path());
    let output = feed(&mut command, b"");
    assert_eq!(
        stderr(&output),
        "iolite: missing: No such file or directory\n"
    );
    assert_eq!(output.status.code(), Some(2));
    let rows = stdout(&output);
    let names = rows.lines().filter(|row| row.starts_with("ascii"));
    let names: Vec<_> = names
        .map(|row| row.split("LF").nth(1).unwrap().trim())
        .collect();
    assert_eq!(names, ["one", r"'two'$'\377\n'"]);
}

#[test]
fn ignored_files_are_left_out() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["kept", "left", ".hidden", "deep/kept.txt", "deep/left"] {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, b"\n").unwrap();
    }
    fs::write(dir.path().join(".ignore"), b"left\n").unwrap();
    let names = |arguments: &str| -> Vec<String> {
        let printed = stdout(&audit(dir.path(), arguments));
        let rows = printed
            .lines()
            .map(|row| serde_json::from_str::<Value>(row).unwrap());
        rows.map(|row| row["path"]["text"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names("--json"), ["deep/kept.txt", "kept"]);
    assert_eq!(names("--json deep"), ["deep/kept.txt"]);
    assert_eq!(names("--json deep/left"), ["deep/left"]);
    assert_eq!(names("--json --no-ignore -g *left"), ["deep/left", "left"]);
    let all = names("--json --no-ignore --hidden");
    assert_eq!(
        all,
        [
            ".hidden",
            ".ignore",
            "deep/kept.txt",
            "deep/left",
            "kept",
            "left"
        ]
    );
}

/// The rows stand in the same order, however many threads there are.
#[test]
fn threads_change_nothing() {
    let dir = tempfile::tempdir().unwrap();
    generated::tree(dir.path(), 300);
    fs::write(dir.path().join("00/00007.txt"), "x\r\n".repeat(2_000_000)).unwrap();
    let one = audit(dir.path(), "-j1");
    for threads in ["-j2", "-j7"] {
        assert_eq!(stdout(&audit(dir.path(), threads)), stdout(&one));
    }
    assert!(stdout(&one).contains("300 files"));
}

#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow() {
    let dir = tempfile::tempdir().unwrap();
    let file = fs::File::create(dir.path().join("sparse")).unwrap();
    file.set_len(256 << 20).unwrap();
    let program = iolite("").get_program().to_owned();
    let mut command = std::process::Command::new("sh");
    command.args([
        "-c",
        "ulimit -v 60000 && exec \"$0\" audit -j1 --json sparse",
    ]);
    command.arg(program).current_dir(dir.path());
    let output = feed(&mut command, b"");
    assert_eq!(stderr(&output), "");
    let said: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(said["nuls"], 256 << 20);
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_fails() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("one"), b"1\n").unwrap();
    let mut command = iolite("audit");
    command
        .current_dir(dir.path())
        .stdout(support::full_device());
    let output = command.output().unwrap();
    assert_eq!(
        stderr(&output),
        "iolite: standard output: No space left on device\n"
    );
    assert_eq!(output.status.code(), Some(2));
    let mut command = iolite("audit");
    command
        .current_dir(dir.path())
        .stdout(support::unread_pipe());
    let output = command.output().unwrap();
    assert_eq!(
        (stderr(&output).as_str(), output.status.code()),
        ("", Some(0))
    );
}
