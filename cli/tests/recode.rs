//! `iolite recode`, run as a program beside the system's `iconv`.
#![allow(
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helpers too"
)]

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use rstest::rstest;

use crate::support::{feed, installed, iolite, stderr, stdout};

fn recode(args: &str, input: &[u8]) -> Output {
    feed(iolite("recode").args(args.split_whitespace()), input)
}

/// A text that has something in every encoding, long enough for several blocks.
fn corpus(characters: &str) -> String {
    let mut text = String::new();
    for i in 0..20_000 {
        text.push_str(&format!("{i}\tline end\r\n{characters}\n\n"));
    }
    text
}

/// Ours and iconv's names, and characters that the encoding has.
#[rstest]
#[case::utf_8("utf-8", "utf-8", "größe 漢字 😀")]
#[case::utf_16("utf-16", "utf-16", "größe 漢字 😀")]
#[case::utf_16_le("utf-16-le", "utf-16le", "größe 漢字 😀")]
#[case::utf_16_be("utf-16-be", "utf-16be", "größe 漢字 😀")]
#[case::latin_1("latin-1", "latin1", "größe \u{80}\u{ff}")]
#[case::latin_9("iso8859-15", "iso8859-15", "größe €")]
#[case::windows("cp1252", "cp1252", "größe €“”")]
#[case::cyrillic("koi8-r", "koi8-r", "вода ░")]
#[case::dos("cp866", "cp866", "вода ░")]
#[case::greek("iso8859-7", "iso8859-7", "ὕδωρ".trim_start_matches('ὕ'))]
#[case::ascii("ascii", "ascii", "water")]
fn equals_iconv(#[case] ours: &str, #[case] theirs: &str, #[case] characters: &str) {
    if !installed("iconv") {
        return;
    }
    let text = corpus(characters);
    let iconv = |from: &str, to: &str, input: &[u8]| {
        let output = feed(Command::new("iconv").args(["-f", from, "-t", to]), input);
        assert!(output.status.success(), "{}", stderr(&output));
        output.stdout
    };
    let there = recode(&format!("-t {ours}"), text.as_bytes());
    assert!(there.status.success(), "{}", stderr(&there));
    assert!(there.stdout == iconv("utf-8", theirs, text.as_bytes()));
    let back = recode(&format!("-f {ours}"), &there.stdout);
    assert!(back.stdout == iconv(theirs, "utf-8", &there.stdout));
    assert!(back.stdout == text.as_bytes());
}

#[rstest]
#[case::malformed(
    "-f ascii",
    b"ab\xe9cd",
    b"ab",
    "ascii: ordinal not in range(128) at byte 2: e9"
)]
#[case::incomplete("", b"abc\xe2\x82", b"abc", "unexpected end of data at byte 3: e2 82")]
#[case::no_such_character("-t latin-1", b"\xc3\xa9\xe2\x82\xacb", b"\xe9", "byte 2 of the input")]
#[case::behind_a_pair(
    "-f utf-16-le -t ascii",
    b"a\0\r\0\n\0\xe9\0",
    b"a\r\n",
    "byte 6 of the input"
)]
fn stops_at_an_error(
    #[case] args: &str,
    #[case] input: &[u8],
    #[case] written: &[u8],
    #[case] message: &str,
) {
    let output = recode(args, input);
    assert_eq!(output.stdout, written);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains(message), "{}", stderr(&output));
}

#[rstest]
#[case::malformed("-c", b"ab\xffcd\xe2\x82", b"abcd")]
#[case::no_such_character("-c -t latin-1", "a€b漢字ü".as_bytes(), b"ab\xfc")]
fn leaves_out(#[case] args: &str, #[case] input: &[u8], #[case] written: &[u8]) {
    let output = recode(args, input);
    assert_eq!(output.stdout, written);
    assert_eq!(
        (output.status.code(), stderr(&output)),
        (Some(1), String::new())
    );
}

#[rstest]
#[case::crlf("--newline crlf", b"a\nb\rc\r\nd", b"a\r\nb\r\nc\r\nd")]
#[case::lf("--newline lf", b"a\nb\rc\r\nd", b"a\nb\nc\nd")]
#[case::cr("--newline cr", b"a\nb\rc\r\n\r", b"a\rb\rc\r\r")]
#[case::unless_asked_for_nothing("", b"a\nb\rc\r\n\r", b"a\nb\rc\r\n\r")]
#[case::a_mark_is_text("", b"\xef\xbb\xbfa", b"\xef\xbb\xbfa")]
#[case::a_mark_is_none("-f utf-8-sig", b"\xef\xbb\xbfa", b"a")]
fn newlines_and_marks(#[case] args: &str, #[case] input: &[u8], #[case] written: &[u8]) {
    let output = recode(args, input);
    assert_eq!(output.stdout, written, "{}", stderr(&output));
    assert!(output.status.success());
}

#[test]
fn files_one_behind_the_other() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("one"), b"\xe9\n").unwrap();
    fs::write(dir.path().join("two"), b"\xe8\n").unwrap();
    let run = |args: &str| {
        let mut command = iolite("recode");
        command.current_dir(dir.path()).args(args.split(' '));
        feed(&mut command, b"stdin\n")
    };
    assert_eq!(stdout(&run("-f latin-1 one - two")), "é\nstdin\nè\n");
    let output = run("-f latin-1 one missing two");
    assert_eq!(stdout(&output), "é\nè\n");
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("missing"));
    assert_eq!(run("-f latin-1 -o out one two").status.code(), Some(0));
    assert_eq!(
        fs::read(dir.path().join("out")).unwrap(),
        "é\nè\n".as_bytes()
    );
    let output = run("-f latin-1 -o one one");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(fs::read(dir.path().join("one")).unwrap(), b"\xe9\n");
}

#[rstest]
#[case::unknown_encoding("-f klingon", "unknown encoding: \"klingon\"")]
#[case::unknown_newline("--newline vt", "invalid newline")]
#[case::unknown_option("-x", "unexpected argument '-x'")]
fn refuses(#[case] args: &str, #[case] message: &str) {
    let output = recode(args, b"");
    assert!(stderr(&output).contains(message), "{}", stderr(&output));
    assert!(stderr(&output).contains("try '--help'"));
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
}

#[test]
fn a_closed_pipe_ends_it_quietly() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = iolite("recode");
    command.stdin(Stdio::null()).arg("recode.rs");
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests"));
    let child = command.stdout(writer).stderr(Stdio::piped()).spawn();
    let output = child.unwrap().wait_with_output().unwrap();
    assert_eq!(
        (stderr(&output), output.status.code()),
        (String::new(), Some(0))
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_reported() {
    let mut command = iolite("recode");
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    command
        .arg("tests/recode.rs")
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    let child = command.stdout(full).stderr(Stdio::piped()).spawn();
    let output = child.unwrap().wait_with_output().unwrap();
    assert!(stderr(&output).contains("No space left on device"));
    assert_eq!(output.status.code(), Some(2));
}

/// A line of 64 MiB goes through an address space that could not hold it.
#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow() {
    let dir = tempfile::tempdir().unwrap();
    let sparse = fs::File::create(dir.path().join("sparse")).unwrap();
    sparse.set_len(64 << 20).unwrap();
    let mut command = Command::new("sh");
    let limited = "ulimit -v 40000 && exec \"$0\" recode -f latin-1 -t utf-16-le -o out sparse";
    command.args(["-c", limited]).current_dir(dir.path());
    command.arg(iolite("").get_program());
    let output = feed(&mut command, b"");
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(
        fs::metadata(dir.path().join("out")).unwrap().len(),
        128 << 20
    );
}

/// On a terminal a large input has a bar; it goes when all is done.
#[cfg(target_os = "linux")]
#[test]
fn a_large_input_has_a_progress_bar_on_a_terminal() {
    if !installed("script") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let sparse = fs::File::create(dir.path().join("sparse")).unwrap();
    sparse.set_len(256 << 20).unwrap();
    let program = format!("{} recode", iolite("").get_program().display());
    let on_terminal = |args: &str| {
        let mut command = Command::new("script");
        command.args(["-qec", &format!("{program} {args}"), "/dev/null"]);
        stdout(&feed(command.current_dir(dir.path()), b""))
    };
    assert!(on_terminal("-o /dev/null sparse").contains("of 256.00 MiB"));
    assert_eq!(on_terminal("-o /dev/null sparse 2>/dev/null"), "");
    sparse.set_len(1 << 20).unwrap();
    assert_eq!(on_terminal("-o /dev/null sparse"), "");
}

/// An output that is one of the inputs, by whatever name, is refused, and stays as it is.
#[cfg(unix)]
#[rstest]
#[case::itself("-f latin-1 -o s s")]
#[case::a_hard_link("-f latin-1 -o hard s")]
#[case::a_symbolic_link("-f latin-1 -o soft s")]
#[case::the_input_is_the_link("-f latin-1 -o s soft")]
#[case::after_another_one("-f latin-1 -o hard other s")]
fn output_is_an_input(#[case] args: &str) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("s");
    fs::write(&path, b"caf\xe9").unwrap();
    fs::write(dir.path().join("other"), b"other\n").unwrap();
    fs::hard_link(&path, dir.path().join("hard")).unwrap();
    std::os::unix::fs::symlink("s", dir.path().join("soft")).unwrap();
    let mut command = iolite("recode");
    command.current_dir(dir.path()).args(args.split(' '));
    let output = feed(&mut command, b"");
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("the input is the output, too"),
        "{}",
        stderr(&output)
    );
    assert_eq!(fs::read(&path).unwrap(), b"caf\xe9");
}

/// Standard streams are known as what they are: an input that is appended to would never end.
#[cfg(unix)]
#[rstest]
#[case::appended("s", false)]
#[case::both_standard_streams("-", true)]
#[case::output_by_name("-o s -", true)]
fn standard_streams_are_one_file(#[case] args: &str, #[case] from_input: bool) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("s");
    fs::write(&path, vec![b'a'; 300_000]).unwrap();
    let append = fs::File::options().append(true).open(&path).unwrap();
    let mut command = iolite("recode");
    command
        .current_dir(dir.path())
        .args(args.split(' '))
        .stdout(append);
    if from_input {
        command.stdin(fs::File::open(&path).unwrap());
    }
    let output = command.stderr(Stdio::piped()).spawn().unwrap();
    let output = output.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(fs::metadata(&path).unwrap().len(), 300_000);
}

/// Where there is nothing to write the output is neither made nor emptied.
#[rstest]
#[case::missing("missing")]
#[case::a_directory(".")]
#[case::bad_from_the_start("bad")]
fn output_stays(#[case] input: &str) {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("bad"), b"\xff").unwrap();
    fs::write(dir.path().join("out"), b"precious").unwrap();
    for target in ["out", "new"] {
        for to in ["utf-8", "utf-16", "iso2022_jp"] {
            let mut command = iolite("recode");
            command.current_dir(dir.path());
            let output = feed(command.args(["-t", to, "-o", target, input]), b"");
            assert_eq!(output.status.code(), Some(2));
        }
    }
    assert_eq!(fs::read(dir.path().join("out")).unwrap(), b"precious");
    assert!(!dir.path().join("new").exists());
}

#[test]
fn of_nothing_comes_an_empty_file() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("out"), b"old").unwrap();
    let mut command = iolite("recode");
    let output = feed(command.current_dir(dir.path()).args(["-o", "out"]), b"");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(fs::read(dir.path().join("out")).unwrap(), b"");
}

/// A message that cannot be printed is no reason to leave out the other files; and the side that
/// failed is named.
#[cfg(target_os = "linux")]
#[test]
fn standard_error_may_be_full() {
    let full = || fs::File::options().write(true).open("/dev/full").unwrap();
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("f"), b"a\n").unwrap();
    let mut command = iolite("recode");
    command.args(["missing", "f"]).stderr(full());
    let output = command.current_dir(dir.path()).output().unwrap();
    assert_eq!(
        (stdout(&output), output.status.code()),
        ("a\n".into(), Some(2))
    );
    let mut command = iolite("recode");
    command.args(["-o", "/dev/full", "f"]);
    let output = feed(command.current_dir(dir.path()), b"");
    assert_eq!(
        stderr(&output),
        "iolite: /dev/full: No space left on device\n"
    );
}

/// Where text goes to the terminal there is no place for a bar.
#[cfg(target_os = "linux")]
#[test]
fn no_bar_in_the_text() {
    if !installed("script") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("big"), "abcdefghij\n".repeat(6_200_000)).unwrap();
    let program = format!("{} recode", iolite("").get_program().display());
    let mut command = Command::new("script");
    command.args(["-qec", &format!("{program} big"), "/dev/null"]);
    let text = stdout(&feed(command.current_dir(dir.path()), b""));
    assert!(!text.contains('\u{1b}'));
    // From standard input there is a bar as well, where there is room for it.
    let mut command = Command::new("script");
    command.args(["-qec", &format!("{program} <big >/dev/null"), "/dev/null"]);
    let bar = stdout(&feed(command.current_dir(dir.path()), b""));
    assert!(bar.contains("MiB"), "{bar:?}");
}

#[rstest]
#[case::left_out("-t ascii//IGNORE", "a€b", "ab", Some(1))]
#[case::of_the_input("-f utf-8//ignore -t ascii", "a€b", "ab", Some(1))]
#[case::references("-t ascii --errors xmlcharrefreplace", "a€b", "a&#8364;b", Some(0))]
#[case::escapes("-t ascii --errors backslashreplace", "a€b", "a\\u20acb", Some(0))]
#[case::long_names("--from-code utf-8 --to-code latin-1", "ab", "ab", Some(0))]
fn what_the_output_lacks(
    #[case] options: &str,
    #[case] input: &str,
    #[case] written: &str,
    #[case] status: Option<i32>,
) {
    let output = recode(options, input.as_bytes());
    assert_eq!(stdout(&output), written, "{}", stderr(&output));
    assert_eq!(
        (output.status.code(), stderr(&output)),
        (status, String::new())
    );
}

/// The message has line and byte, wherever the line is.
#[test]
fn an_error_has_its_place() {
    let mut input = b"line\n".repeat(100_000);
    input.extend(b"\xff");
    let output = recode("", &input);
    assert_eq!(
        stderr(&output),
        "iolite: standard input:100001:500000: utf-8: invalid start byte at byte 500000: ff\n"
    );
    let input = "line\r\n".repeat(100_000) + "né";
    let output = recode("-t ascii --newline lf", input.as_bytes());
    assert!(
        stderr(&output).starts_with("iolite: standard input:100001:600001: ascii has no 'é'"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn the_encodings_are_listed() {
    let output = recode("-l", b"");
    let names = stdout(&output);
    assert!(names.lines().count() > 100);
    for name in names.lines() {
        let output = recode(&format!("-f {name}"), b"");
        assert_eq!(output.status.code(), Some(0), "{name}: {}", stderr(&output));
        if name == "utf-8" {
            return;
        }
    }
    panic!("there is no utf-8");
}

/// What is not there is said in so many words.
#[test]
fn there_is_no_transliteration() {
    let output = recode("-t ascii//TRANSLIT", b"");
    let said = stderr(&output);
    assert!(said.contains("there is no //TRANSLIT") && said.contains("xmlcharrefreplace"));
    assert_eq!(output.status.code(), Some(2));
}
