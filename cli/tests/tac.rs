//! `iolite tac`: what the head of its file promises, beside GNU `tac`.
#![allow(
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helpers too"
)]

#[path = "support/odd.rs"]
mod odd;
mod support;

use std::fs::{self, File};
use std::process::Command;

use iolite::{Encoding, ErrorPolicy, Newline};
use rstest::rstest;

use crate::support::{feed, gnu, iolite, stderr, stdout};

/// From the definition: records end with, or begin with, separators that are found from the end on.
fn naive(bytes: &[u8], separator: &[u8], is_before: bool) -> Vec<u8> {
    let (mut out, mut done, mut limit) = (Vec::new(), bytes.len(), bytes.len());
    let find = |limit: usize| {
        (0..limit)
            .rev()
            .find(|&at| bytes[at..limit].starts_with(separator))
    };
    while let Some(at) = find(limit) {
        let start = if is_before { at } else { at + separator.len() };
        out.extend_from_slice(&bytes[start..done]);
        (done, limit) = (start, at);
    }
    out.extend_from_slice(&bytes[..done]);
    out
}

#[test]
fn odd_files_beside_gnu() {
    if gnu("tac").is_none() {
        return;
    }
    let separators: &[&[&str]] = &[
        &[],
        &[],
        &["-b"],
        &["-s", "a"],
        &["-s", "aa"],
        &["-s", "one", "-b"],
        &["-s", ""],
        &["-s", "\n\n"],
        &["-s", "é"],
        &["-b", "-s", "\n"],
        &["-s", "-"],
    ];
    let mut dice = odd::Dice::new(3);
    let folder = tempfile::tempdir().unwrap();
    for round in 0..odd::rounds(60) {
        let files = ["a", "b"].map(|name| {
            let bytes = odd::text(&mut dice, odd::Content::Any);
            fs::write(folder.path().join(name), &bytes).unwrap();
            bytes
        });
        let arguments = dice.of(separators);
        let names: &[&str] =
            dice.of(&[&["a"][..], &["a", "b"], &["a", "missing", "b"], &["-"], &[]]);
        let run = |command: &mut Command| {
            command
                .args(arguments)
                .args(names)
                .current_dir(folder.path());
            let output = feed(command, &files[0]);
            (output.stdout, output.status.success())
        };
        let theirs = run(&mut gnu("tac").unwrap());
        let ours = run(&mut iolite("tac"));
        assert!(
            ours == theirs,
            "{round}: {arguments:?} {names:?} of {files:?}"
        );
    }
}

/// Large enough to be read from the end: lines that lie across blocks, longer than blocks, separators
/// that are cut by blocks.
#[rstest]
#[case::lines(&[], b"\n", false)]
#[case::before(&["-b"], b"\n", true)]
#[case::long_separators(&["-s", "xyxxy"], b"xyxxy", false)]
#[case::overlapping(&["-s", "xx"], b"xx", false)]
#[case::overlapping_before(&["-b", "-s", "xx"], b"xx", true)]
fn large_files(#[case] arguments: &[&str], #[case] separator: &[u8], #[case] is_before: bool) {
    const BLOCK: usize = 128 * 1024;
    let mut dice = odd::Dice::new(11);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large");
    for round in 0..6 {
        let mut bytes = Vec::new();
        while bytes.len() < 5 * BLOCK {
            let longest = dice.of(&[2, 2, 40, 40, BLOCK - 2, BLOCK + 2, 3 * BLOCK]);
            let len = longest - dice.roll(3).min(longest);
            bytes.extend((0..len).map(|_| dice.of(b"xxxy")));
            bytes.push(b'\n');
        }
        if round % 2 == 0 {
            bytes.pop();
        }
        fs::write(&path, &bytes).unwrap();
        let output = iolite("tac").args(arguments).arg(&path).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(
            output.stdout == quick_naive(&bytes, separator, is_before),
            "round {round}"
        );
    }
}

/// The same as [`naive`] for separators that are found often; checked against it.
fn quick_naive(bytes: &[u8], separator: &[u8], is_before: bool) -> Vec<u8> {
    let quick = |bytes: &[u8]| {
        let (mut out, mut done, mut at) = (Vec::new(), bytes.len(), bytes.len());
        while at >= separator.len() {
            if &bytes[at - separator.len()..at] == separator {
                let start = if is_before { at - separator.len() } else { at };
                out.extend_from_slice(&bytes[start..done]);
                done = start;
                at -= separator.len();
            } else {
                at -= 1;
            }
        }
        out.extend_from_slice(&bytes[..done]);
        out
    };
    let end = &bytes[bytes.len() - 1000..];
    assert!(quick(end) == naive(end, separator, is_before));
    quick(bytes)
}

/// The text of the tac of a file in another encoding is the tac of its text; small files are read from
/// the start, large ones from the end.
#[rstest]
fn every_encoding(
    #[values(
        "utf-16",
        "utf-16be",
        "utf-32",
        "utf-8-sig",
        "shift_jis",
        "gb18030",
        "cp500",
        "cp1252",
        "utf-7",
        "iso2022_jp",
        "big5hkscs"
    )]
    name: &str,
    #[values(1, 40_000)] lines: usize,
    #[values(&[], &["-b"], &["-s", "x"])] arguments: &[&str],
) {
    let encoding: Encoding = name.parse().unwrap();
    let words = ["one", "x", "", "xx y", "日本", "é", "\n"];
    let mut dice = odd::Dice::new(5);
    let mut text = String::new();
    for number in 0..lines {
        let word = dice.of(&words);
        if encoding.encode(word).is_ok() {
            text.push_str(word);
        }
        text.push_str(if number + 1 < lines || dice.roll(2) > 0 {
            "\n"
        } else {
            ""
        });
    }
    let separator: &[u8] = if arguments.contains(&"-s") {
        b"x"
    } else {
        b"\n"
    };
    let expected = if text.len() > 1000 {
        quick_naive(text.as_bytes(), separator, arguments.contains(&"-b"))
    } else {
        naive(text.as_bytes(), separator, arguments.contains(&"-b"))
    };
    let bytes = encoding.encode(&text).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, &bytes).unwrap();
    let command = || {
        let mut command = iolite("tac --from");
        command.arg(name).args(arguments);
        command
    };
    let output = command().arg(&path).output().unwrap();
    assert!(output.stdout == expected, "{}", stderr(&output));
    assert!(
        feed(&mut command(), &bytes).stdout == expected,
        "from a pipe"
    );
}

/// Malformed bytes come out as they are, wherever blocks and lines are cut.
#[test]
fn malformed_bytes() {
    for name in ["shift_jis", "utf-16le", "ascii", "utf-8"] {
        let encoding: Encoding = name.parse().unwrap();
        let line = encoding.encode("ab\n").unwrap();
        let mut bytes = Vec::new();
        for number in 0..30_000 {
            bytes.extend_from_slice(&line[..line.len() / 3]);
            // Half a character before a line end.
            let odd: &[u8] = match (name, number % 3) {
                ("utf-16le", 0) => b"\x00\xd8",
                ("utf-16le", _) => b"",
                (_, 0) => b"\x93",
                _ => b"\xff\xfe",
            };
            bytes.extend_from_slice(odd);
            bytes.extend_from_slice(&line[line.len() / 3 * 2..]);
        }
        let text = encoding
            .decode_with(&bytes, ErrorPolicy::Escape, Newline::Lf)
            .unwrap();
        let reversed: String = text.split_inclusive('\n').rev().collect();
        let expected = Encoding::UTF_8
            .encode_with(&reversed, ErrorPolicy::Escape, Newline::Lf)
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, &bytes).unwrap();
        let output = iolite("tac --from").arg(name).arg(&path).output().unwrap();
        assert!(output.stdout == *expected, "{name}");
    }
}

/// 90 MB, most of it one line, in less than 80: from the file, and from a pipe.
#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large");
    let mut file = File::create(&path).unwrap();
    std::io::Write::write_all(&mut file, b"first\n").unwrap();
    // The line is a hole in the file.
    file.set_len(90_000_000).unwrap();
    let tool = env!("CARGO_BIN_EXE_iolite");
    for (line, expected) in [
        ("tac large", 90_000_000),
        ("cat large | tac", 90_000_000),
        ("tac --from cp1252 large", 90_000_000),
        // The first three are longer than a byte in UTF-8.
        ("tac --from utf-16le large", 45_000_000 + 3 * 2),
    ] {
        let line = line.replace("tac", &format!("{tool} tac"));
        let script = format!("ulimit -v 80000; {line} | wc -c");
        let output = Command::new("sh")
            .args(["-c", &script])
            .current_dir(folder.path())
            .env("TMPDIR", folder.path())
            .output()
            .unwrap();
        let count = stdout(&output).trim().parse().ok();
        assert_eq!(
            (count, stderr(&output)),
            (Some(expected), String::new()),
            "{line}"
        );
    }
}

#[test]
fn appended_to_itself() {
    let folder = tempfile::tempdir().unwrap();
    for lines in [3, 30_000] {
        let path = folder.path().join("file");
        let text: String = (0..lines).map(|number| format!("{number}\n")).collect();
        fs::write(&path, &text).unwrap();
        let append = File::options().append(true).open(&path).unwrap();
        let status = iolite("tac").arg(&path).stdout(append).status().unwrap();
        assert!(status.success());
        let reversed: String = text.split_inclusive('\n').rev().collect();
        assert!(fs::read_to_string(&path).unwrap() == text + &reversed);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn trouble_with_files_and_outputs() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9\n.txt");
    fs::write(folder.path().join(name), "1\n2\n").unwrap();
    let mut command = iolite("tac");
    command
        .arg("missing")
        .arg(".")
        .arg(name)
        .arg("/proc/self/comm");
    let output = command.current_dir(folder.path()).output().unwrap();
    assert_eq!(
        (stdout(&output).as_str(), output.status.code()),
        ("2\n1\niolite\n", Some(2))
    );
    let said = "iolite: missing: No such file or directory\niolite: .: Is a directory\n";
    assert_eq!(stderr(&output), said);
    support::assert_output_failures("tac Cargo.toml", "tac Cargo.toml");
    let output = iolite("tac --from utf-16 Cargo.toml").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).starts_with("iolite: Cargo.toml: "),
        "{}",
        stderr(&output)
    );
}

/// Of a small file, of one that is read from its end, and of a pipe.
#[test]
fn a_mark_says_the_encoding() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("text");
    for count in [3, 20_000] {
        let lines: Vec<String> = (0..count).map(|n| format!("line {n} ü\n")).collect();
        let expected: String = lines.iter().rev().map(String::as_str).collect();
        let text = Encoding::UTF_16
            .encode(&lines.concat())
            .unwrap()
            .into_owned();
        fs::write(&path, &text).unwrap();
        let of_file = iolite("tac").arg(&path).output().unwrap();
        assert!(stdout(&of_file) == expected, "{count} lines");
        assert!(
            stdout(&feed(&mut iolite("tac"), &text)) == expected,
            "a pipe of {count} lines"
        );
    }
}
