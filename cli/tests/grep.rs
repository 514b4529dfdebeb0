//! `iolite grep`: what the head of its file promises, beside GNU `grep`.
#![allow(
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helpers too"
)]

#[path = "support/odd.rs"]
mod odd;
mod support;

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use iolite::Encoding;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{feed, gnu, iolite, stderr, stdout};

/// Expressions that mean the same to both.
const PATTERNS: &[&str] = &[
    "one",
    "o",
    "^",
    "$",
    "^$",
    "a+b*",
    "[^a]",
    "x*",
    "(one|two)",
    "^a",
    "b$",
    r"\.",
    "é",
    "caf.",
    "日",
    "X",
    "xx|12",
    "foo bar",
    r"\bone\b",
    "[0-9]+",
    r"\s",
    r"\w+",
    "two$",
    "nomatch",
    "o.*o",
    "two\none",
];

/// All options, on generated files with odd content. Malformed bytes are another test's: GNU's prints no
/// line that has some.
#[test]
fn odd_files_beside_gnu() {
    if gnu("grep").is_none() {
        return;
    }
    let mut dice = odd::Dice::new(9);
    let folder = tempfile::tempdir().unwrap();
    for round in 0..odd::rounds(100) {
        let contents = [odd::Content::WellFormed, odd::Content::Text];
        let files = [("a", contents[0]), ("b", contents[1])].map(|(name, content)| {
            let bytes = odd::text(&mut dice, content);
            fs::write(folder.path().join(name), &bytes).unwrap();
            bytes
        });
        let mut arguments = dice.some(
            &["-i", "-v", "-n", "-b", "-o", "-w", "-a", "-h", "-H", "-I"],
            4,
        );
        // GNU's prints an empty line for some matches of words that are lines.
        if !arguments.contains(&"-w") && dice.roll(5) == 0 {
            arguments.push("-x");
        }
        if dice.roll(4) == 0 {
            arguments.push(dice.of(&["-l", "-L", "-q", "-c"]));
        }
        if dice.roll(5) == 0 {
            arguments.push(dice.of(&["-m0", "-m1", "-m2", "-m5"]));
        }
        // In a file that is binary GNU's counts what it does not print as a group before the next.
        if !files[0].contains(&0) && dice.roll(3) == 0 {
            arguments.push(dice.of(&["-A0", "-A1", "-B2", "-B0", "-C1", "-C7"]));
        }
        let pattern = dice.of(PATTERNS);
        let is_plain = !pattern.contains('\\') && dice.roll(5) == 0;
        let names: &[&str] =
            dice.of(&[&["a"][..], &["a", "b"], &["a", "missing", "b"], &["-"], &[]]);
        let run = |command: &mut Command| {
            command
                .args(&arguments)
                .arg(if is_plain { "-F" } else { "-E" });
            command
                .args(["-e", pattern])
                .args(names)
                .current_dir(folder.path());
            let output = feed(command, &files[0]);
            (output.stdout, output.status.code())
        };
        let theirs = run(&mut gnu("grep").unwrap());
        let ours = run(&mut iolite("grep"));
        assert!(
            ours == theirs,
            "{round}: {arguments:?} {pattern:?} {is_plain} {names:?} of {files:?}:\n{}\n{}",
            ours.0.escape_ascii(),
            theirs.0.escape_ascii()
        );
    }
}

/// A file in another encoding has the lines, and the numbers of lines, of its text; a place is a byte of
/// the file. Texts are found among the bytes, expressions in decoded blocks.
#[rstest]
fn every_encoding(
    #[values(
        "utf-8",
        "utf-8-sig",
        "utf-16",
        "utf-16be",
        "utf-32",
        "shift_jis",
        "gb18030",
        "cp500",
        "cp1251",
        "utf-7",
        "iso2022_jp",
        "big5hkscs",
        "euc_jis_2004"
    )]
    name: &str,
    #[values("one", "o.e", "本", "(?i)ONE", "nothing")] pattern: &str,
    #[values("", "-v", "-o", "-C1")] options: &str,
) {
    let encoding: Encoding = name.parse().unwrap();
    let mut dice = odd::Dice::new(1);
    let long = "a long word ".repeat(10);
    let words = [
        "one",
        "x",
        "",
        &long,
        "日本",
        "é",
        "本",
        "か\u{309a}",
        "ー",
        "bone",
    ];
    let words: Vec<_> = words
        .into_iter()
        .filter(|word| encoding.encode(word).is_ok())
        .collect();
    let mut text = String::new();
    // More than a block.
    let lines = if name == "utf-7" { 300 } else { 5000 };
    for _ in 0..lines {
        (0..dice.roll(3)).for_each(|_| text.push_str(dice.of(&words)));
        text.push('\n');
    }
    text.push_str("one, no end");
    let bytes = encoding.encode(&text).unwrap();
    let expected = feed(
        iolite("grep -n")
            .args(options.split_whitespace())
            .arg(pattern),
        text.as_bytes(),
    );
    let mut command = iolite("grep -nb --from");
    let output = feed(
        command
            .arg(name)
            .args(options.split_whitespace())
            .arg(pattern),
        &bytes,
    );
    assert_eq!(
        output.status.code(),
        expected.status.code(),
        "{}",
        stderr(&output)
    );
    // Without the places it is the same, and at the places are the lines.
    let mut without_places = String::new();
    let place_in_text = |place: usize| {
        // Not a part of a character, nor of what says how the next ones are read.
        encoding.is_splittable().then(|| {
            let mark = encoding.encode("").unwrap().len().min(place);
            let before = encoding
                .with_bom_as_text(&bytes)
                .decode(&bytes[mark..place])
                .unwrap();
            before.len()
        })
    };
    let mut checked = 0;
    for line in stdout(&output).lines() {
        if line == "--" {
            without_places.push_str("--\n");
            continue;
        }
        let mut parts = line.splitn(3, [':', '-']);
        let (number, place, found) = (parts.next(), parts.next(), parts.next());
        let (number, found) = (number.unwrap(), found.unwrap());
        let separator = &line[number.len()..=number.len()];
        without_places.push_str(&format!("{number}{separator}{found}\n"));
        // Each takes time that grows with the place.
        checked += 1;
        if checked % 400 == 1
            && let Some(at) = place_in_text(place.unwrap().parse().unwrap())
        {
            assert!(text[at..].starts_with(found), "{line} at {at}");
        }
    }
    assert!(without_places == stdout(&expected), "{name} {pattern}");
}

#[test]
fn places_where_shifts_are() {
    let text = Encoding::UTF_7.encode("one\nä日two three\n").unwrap();
    let at = text.windows(5).position(|bytes| bytes == b"three").unwrap();
    let output = feed(&mut iolite("grep -bo --from utf-7 three"), &text);
    assert_eq!(stdout(&output), format!("{at}:three\n"));
    let output = feed(&mut iolite("grep -b --from utf-7 two"), &text);
    assert_eq!(stdout(&output), "4:ä日two three\n");
}

/// The mark says what the encoding is, and is no text.
#[test]
fn marks() {
    for name in ["utf-8-sig", "utf-16", "utf-32"] {
        let encoding: Encoding = name.parse().unwrap();
        let bytes = encoding.encode("one\ntwo\n").unwrap();
        let output = feed(&mut iolite("grep -b ^o"), &bytes);
        let mark = bytes.len()
            - encoding
                .with_bom_as_text(&bytes)
                .encode("one\ntwo\n")
                .unwrap()
                .len();
        assert_eq!(stdout(&output), format!("{mark}:one\n"), "{name}");
    }
    let output = feed(&mut iolite("grep --from utf-16 one"), b"o\0n\0e\0");
    assert_eq!(
        (stdout(&output).as_str(), output.status.code()),
        ("", Some(2))
    );
    assert!(
        stderr(&output).starts_with("iolite: standard input: "),
        "{}",
        stderr(&output)
    );
}

/// They match nothing, end no search, and are printed as they are.
#[test]
fn malformed_bytes() {
    let bytes = b"one\n\xff one\nt\xc3wo\none";
    let output = feed(&mut iolite("grep -n one"), bytes);
    assert_eq!(output.stdout, b"1:one\n2:\xff one\n4:one\n");
    for (pattern, expected) in [("^. one", ""), ("t.?wo", ""), ("two", ""), ("^[^a] ", "")] {
        assert_eq!(
            stdout(&feed(iolite("grep").arg(pattern), bytes)),
            expected,
            "{pattern}"
        );
    }
    // Beside them words begin and end.
    let output = feed(
        &mut iolite("grep -wo one"),
        b"\xffone\xc3 \xffones one\xff\n",
    );
    assert_eq!(stdout(&output), "one\none\n");
    // Also in encodings that are decoded, where lines with a cut character are two lines.
    let output = feed(
        &mut iolite("grep -nb --from shift_jis b"),
        b"\x93\nb\xff\n\x93\xfab\n\x93",
    );
    assert_eq!(output.stdout, b"2:2:b\xff\n3:5:\xe6\x97\xa5b\n");
    let output = feed(
        &mut iolite("grep -nbo --from shift_jis [b]+"),
        b"\x93\nb\xff\n\x93\xfab\n\x93",
    );
    assert_eq!(stdout(&output), "2:2:b\n3:7:b\n");
    assert_eq!(
        stdout(&feed(&mut iolite("grep -c --from ascii ^.$"), b"\xff\na\n")),
        "1\n"
    );
    let cut = b"o\0n\0e\0\n\0\x00\xd8\n\0o\0n\0";
    let output = feed(&mut iolite("grep -nb --from utf-16le ^o"), cut);
    assert_eq!(stdout(&output), "1:0:one\n3:12:on\n");
}

#[test]
fn json_lines() {
    let bytes = Encoding::UTF_16.encode("one\nzwölf one\n").unwrap();
    let output = feed(&mut iolite("grep --json one"), &bytes);
    let lines: Vec<Value> = stdout(&output)
        .lines()
        .map(|it| serde_json::from_str(it).unwrap())
        .collect();
    let object = |line: u64, byte: u64, text: &str, at: u64| {
        json!({
            "type": "match", "path": {"text": "-"}, "encoding": "utf-16-le", "line": line, "byte": byte,
            "text": {"text": text}, "matches": [{"byte": at, "end": at + 6, "text": {"text": "one"}}],
        })
    };
    assert_eq!(
        lines,
        [object(1, 2, "one", 2), object(2, 10, "zwölf one", 22)]
    );
    // What is no text is in Base64, and nothing is hidden.
    let output = feed(&mut iolite("grep --json a"), b"a\xff\0\n");
    let line: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(line["text"], json!({"bytes": "Yf8A"}));
    let output = feed(&mut iolite("grep --json -c a"), b"a\n");
    let line: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(
        line,
        json!({"type": "count", "path": {"text": "-"}, "count": 1})
    );
}

#[test]
fn trees() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("sub/deep")).unwrap();
    fs::write(folder.path().join("a.txt"), "one\n").unwrap();
    fs::write(
        folder.path().join("sub/b.txt"),
        Encoding::UTF_16.encode("one\n").unwrap(),
    )
    .unwrap();
    fs::write(folder.path().join("sub/deep/c.log"), "two\n").unwrap();
    fs::write(folder.path().join(".hidden"), "one\n").unwrap();
    let run = |arguments: &str| {
        let output = iolite(arguments)
            .current_dir(folder.path())
            .output()
            .unwrap();
        (stdout(&output), output.status.code())
    };
    assert_eq!(
        run("grep -r one"),
        ("a.txt:one\nsub/b.txt:one\n".into(), Some(0))
    );
    assert_eq!(
        run("grep -r one ."),
        ("./a.txt:one\n./sub/b.txt:one\n".into(), Some(0))
    );
    assert_eq!(
        run("grep -rl one sub a.txt"),
        ("sub/b.txt\na.txt\n".into(), Some(0))
    );
    assert_eq!(
        run("grep -rh --hidden one -g !*.txt"),
        ("one\n".into(), Some(0))
    );
    assert_eq!(
        run("grep -rL one -g *.log"),
        ("sub/deep/c.log\n".into(), Some(1))
    );
    assert_eq!(run("grep one sub"), (String::new(), Some(2)));
}

#[cfg(target_os = "linux")]
#[test]
fn trouble_with_files_and_outputs() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9");
    fs::write(folder.path().join(name), "one\n").unwrap();
    let output = iolite("grep -H one missing")
        .arg(name)
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(
        (&*output.stdout, output.status.code()),
        (&b"caf\xe9:one\n"[..], Some(2))
    );
    assert_eq!(
        stderr(&output),
        "iolite: missing: No such file or directory\n"
    );
    let output = iolite("grep -qs one missing")
        .arg(name)
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(
        (stderr(&output), output.status.code()),
        (String::new(), Some(0))
    );
    support::assert_output_failures("grep a Cargo.toml", "grep a Cargo.toml");
    for wrong in [
        "grep",
        "grep (",
        "grep -f missing",
        "grep --wrong x",
        "grep -e",
    ] {
        let output = iolite(wrong).output().unwrap();
        assert_eq!(
            (stdout(&output).as_str(), output.status.code()),
            ("", Some(2)),
            "{wrong}"
        );
        assert!(!output.stderr.is_empty(), "{wrong}");
    }
}

/// What is printed would be found in turn.
#[cfg(unix)]
#[test]
fn a_file_that_is_the_output() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, "one\n").unwrap();
    fs::hard_link(&path, folder.path().join("link")).unwrap();
    let append = || fs::File::options().append(true).open(&path).unwrap();
    let mut command = iolite("grep one link");
    let output = command
        .current_dir(folder.path())
        .stdout(append())
        .output()
        .unwrap();
    assert_eq!(
        stderr(&output),
        "iolite: link: input file is also the output\n"
    );
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(fs::read_to_string(&path).unwrap(), "one\n");
    let mut command = iolite("grep -c one link");
    assert!(
        command
            .current_dir(folder.path())
            .stdout(append())
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), "one\n1\n");
}

/// Lines are printed as they come.
#[cfg(unix)]
#[test]
fn nothing_waits() {
    use std::io::{Read, Write};
    use std::process::Stdio;
    let mut command = iolite("grep --from utf-16le a");
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    for _ in 0..3 {
        stdin.write_all(b"a\0\n\0b\0\n\0").unwrap();
        let mut line = [0; 2];
        stdout.read_exact(&mut line).unwrap();
        assert_eq!(&line, b"a\n");
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

/// No search goes beyond a line, and lines around a match are found from it on: with an expression that
/// could match anything up to a character that does not come, time grows as the file does.
#[test]
fn time_grows_as_the_file() {
    let text = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n".repeat(60_000);
    for arguments in [
        "grep -c [^x]*y",
        "grep -c (.|\\s)*y",
        "grep -vc .*x",
        "grep -C2 b*$",
        "grep -c --from cp1252 [^x]*y",
        "grep -nbo a --from cp1252",
        "grep -nb a --from utf-16le",
    ] {
        let start = Instant::now();
        let output = feed(&mut iolite(arguments), text.as_bytes());
        assert!(output.status.code() < Some(2), "{}", stderr(&output));
        // In square time the first of these takes hours.
        assert!(start.elapsed() < Duration::from_secs(100), "{arguments}");
    }
}

/// A file without an end and without lines is binary, and is searched in little memory.
#[cfg(target_os = "linux")]
#[test]
fn zeros_are_lines() {
    let tool = env!("CARGO_BIN_EXE_iolite");
    let script = format!("ulimit -v 80000; head -c 100000000 /dev/zero | {tool} grep -c x");
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    assert_eq!(
        (stdout(&output).as_str(), stderr(&output).as_str()),
        ("0\n", "")
    );
    // As text it is one line, for which memory does not suffice: an error, and not the end of the process.
    let script = format!("ulimit -v 80000; {tool} grep -a x /dev/zero");
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    assert_eq!(stderr(&output), "iolite: /dev/zero: out of memory\n");
    assert_eq!(output.status.code(), Some(2));
}
