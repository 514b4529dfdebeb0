//! `iolite cat`: what the head of its file promises, beside GNU `cat`.
#![allow(
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helpers too"
)]

#[path = "support/odd.rs"]
mod odd;
mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use iolite::Encoding;
use rstest::rstest;

use crate::support::{feed, installed, iolite, stderr, stdout};

/// A folder with the files `a`, `b`, `empty` and `large`, and the folder `sub`.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    put("a", b"one\n");
    put("b", b"two, without an end");
    put("empty", b"");
    put("large", &vec![b'x'; 1 << 20]);
    fs::create_dir(folder.path().join("sub")).unwrap();
    folder
}

/// Runs a line of shell; what came out, what was said, and the exit status.
fn run(line: &str) -> (String, String, i32) {
    let folder = folder();
    let output = shell(line, folder.path());
    (
        stdout(&output),
        stderr(&output),
        output.status.code().unwrap(),
    )
}

fn shell(line: &str, folder: &Path) -> Output {
    let mut shell = Command::new("sh");
    shell.args(["-c", line]).current_dir(folder);
    shell
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// GNU's own is the oracle; where there is another `cat`, the expectations are written out, too.
#[rstest]
#[case::one("cat a", "one\n", 0)]
#[case::several("cat a b a empty", "one\ntwo, without an endone\n", 0)]
#[case::twice("cat a a", "one\none\n", 0)]
#[case::from_a_pipe("printf x | cat", "x", 0)]
#[case::dash("printf x | cat a - a", "one\nxone\n", 0)]
#[case::dash_twice("printf x | cat - -", "x", 0)]
#[case::redirected("cat <a", "one\n", 0)]
#[case::partly_read("{ read -r line; cat; } <b; cat a", "one\n", 0)]
#[case::ignored_option("cat -u a", "one\n", 0)]
#[case::end_of_options("cat -- a", "one\n", 0)]
#[case::missing("cat a nowhere a", "one\none\n", 1)]
#[case::a_folder("cat sub a", "one\n", 1)]
#[case::a_folder_as_input("cat - a <sub", "one\n", 1)]
#[case::full_disk("cat a b >/dev/full", "", 1)]
#[case::full_disk_from_a_pipe("printf x | cat >/dev/full", "", 1)]
#[case::full_disk_with_numbers("cat -n a b >/dev/full", "", 1)]
#[case::a_file_without_a_size("cat /proc/self/comm | wc -l", "1\n", 0)]
#[case::its_own_output("cp a f; cat f >>f; cat f", "one\n", 0)]
#[case::its_own_output_with_numbers("cp a f; cat -n f >>f; cat f", "one\n", 0)]
#[case::its_own_output_by_another_name("cp a f; ln f g; cat g >>f; cat f", "one\n", 0)]
#[case::its_own_output_says("cp a f; cat a f >>f", "", 1)]
#[case::its_own_input_at_the_end("cat empty >empty", "", 0)]
#[case::large_through_pipes("cat large | cat | cat - large | wc -c", "2097152\n", 0)]
#[case::large_into_a_file("cat large large >f; cat f | wc -c", "2097152\n", 0)]
fn cat(#[case] line: &str, #[case] expected: &str, #[case] status: i32) {
    let ours = format!("{} cat", env!("CARGO_BIN_EXE_iolite"));
    let ours = run(&line.replace("cat", &ours));
    // Trouble is 1 there and 2 here.
    assert_eq!((&*ours.0, ours.2), (expected, 2 * status), "{}", ours.1);
    if installed("cat") {
        let gnu = run(line);
        let said = gnu.1.replace("cat: -: ", "cat: standard input: ");
        let said = said.replace("cat: write error: ", "cat: standard output: ");
        assert_eq!(ours.1, said.replace("cat: ", "iolite: "));
        assert_eq!((ours.0, ours.2), (gnu.0, 2 * gnu.2));
    }
}

/// Standard streams that were closed when it was started are `/dev/null`, where GNU's says that they cannot
/// be read or written: the language's runtime opens them before the program begins.
#[cfg(unix)]
#[rstest]
#[case::input("cat <&-", "")]
#[case::input_among_files("cat a - a <&-", "one\none\n")]
#[case::output("cat a >&-", "")]
#[case::all_three("cat a <&- >&- 2>&-", "")]
fn started_closed(#[case] line: &str, #[case] expected: &str) {
    let ours = format!("{} cat", env!("CARGO_BIN_EXE_iolite"));
    let outcome = run(&line.replace("cat", &ours));
    assert_eq!(outcome, (expected.into(), String::new(), 0));
}

#[test]
fn an_unknown_option_is_refused() {
    let output = iolite("cat --wrong a").output().unwrap();
    assert_eq!(
        (stdout(&output).as_str(), output.status.code()),
        ("", Some(2))
    );
    assert!(
        stderr(&output).contains("unexpected argument '--wrong'"),
        "{}",
        stderr(&output)
    );
}

#[cfg(unix)]
#[test]
fn it_ends_quietly_when_nobody_reads() {
    for arguments in [
        "cat /dev/zero",
        "cat -n /dev/zero",
        "cat -f latin-1 /dev/zero",
    ] {
        let output = iolite(arguments)
            .stdout(crate::support::unread_pipe())
            .output()
            .unwrap();
        assert_eq!(
            (stderr(&output), output.status.code()),
            (String::new(), Some(0))
        );
    }
}

/// All options, on generated files with odd content.
#[test]
fn odd_files() {
    if !installed("cat") {
        return;
    }
    let options = ["-A", "-b", "-e", "-E", "-n", "-s", "-t", "-T", "-v", "-u"];
    let mut dice = odd::Dice::new(2);
    let folder = tempfile::tempdir().unwrap();
    for round in 0..odd::rounds(60) {
        let files = ["a", "b"].map(|name| {
            let bytes = odd::text(&mut dice, odd::Content::Any);
            fs::write(folder.path().join(name), &bytes).unwrap();
            bytes
        });
        let arguments = dice.some(&options, 4);
        let names: &[&str] =
            dice.of(&[&["a"][..], &["a", "b"], &["b", "missing", "a"], &["-"], &[]]);
        let run = |command: &mut Command| {
            command
                .args(&arguments)
                .args(names)
                .current_dir(folder.path());
            let output = feed(command, &files[0]);
            (output.stdout, output.status.success())
        };
        let theirs = run(&mut Command::new("cat"));
        let ours = run(&mut iolite("cat"));
        assert!(
            ours == theirs,
            "{round}: {arguments:?} {names:?} of {files:?}"
        );
    }
}

/// In UTF-8 with `--from` and without `-v` nothing differs; in other encodings it is their text.
#[rstest]
fn every_encoding(
    #[values(
        "utf-8",
        "utf-16",
        "utf-32be",
        "shift_jis",
        "cp1252",
        "utf-7",
        "iso2022_jp"
    )]
    name: &str,
    #[values("", "-n", "-E", "-bT", "-s")] options: &str,
) {
    let encoding: Encoding = name.parse().unwrap();
    let mut text = "one\n\n\n\ttwo\r\nthree\n".to_owned();
    let word = if encoding.encode("日本").is_ok() {
        "日本"
    } else {
        "né"
    };
    text.push_str(&format!("{word}, no end").repeat(9000));
    let expected = feed(&mut iolite(&format!("cat {options}")), text.as_bytes());
    let bytes = encoding.encode(&text).unwrap();
    let output = feed(&mut iolite(&format!("cat {options} --from {name}")), &bytes);
    assert!(output.stdout == expected.stdout, "{}", stderr(&output));
}

#[test]
fn characters_stay_and_malformed_bytes_are_shown() {
    let output = feed(
        &mut iolite("cat -A --from utf-8"),
        "é日\x1b\t\u{85}\n".as_bytes(),
    );
    assert_eq!(stdout(&output), "é日^[^IM-^E$\n");
    let output = feed(&mut iolite("cat -A --from utf-8"), b"a\xff\xc3\n");
    assert_eq!(stdout(&output), "aM-^?M-C$\n");
    let output = feed(&mut iolite("cat --from ascii"), b"a\xff\xc3\n");
    assert_eq!(output.stdout, b"a\xff\xc3\n");
}

/// What comes is printed before it waits for more.
#[cfg(unix)]
#[test]
fn nothing_waits() {
    use std::io::{Read, Write};
    for arguments in ["cat", "cat -n", "cat --from utf-16le"] {
        let mut command = iolite(arguments);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        stdin.write_all(b"a\0\n\0").unwrap();
        let mut first = [0];
        stdout.read_exact(&mut first).unwrap();
        drop(stdin);
        assert!(child.wait().unwrap().success());
    }
}

/// From file to file the bytes do not pass through the process: what it writes itself, and reads but for
/// what its loader does, would be in the trace.
#[cfg(target_os = "linux")]
#[test]
fn the_system_copies_from_file_to_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("from"), vec![7; 16 << 20]).unwrap();
    let to = fs::File::create(path("to")).unwrap();
    let calls = "trace=read,write,pread64,pwrite64,readv,writev";
    let traced = Command::new("strace")
        .args(["-f", "-e", "signal=none", "-e", calls, "-o"])
        .arg(path("trace"))
        .args([env!("CARGO_BIN_EXE_iolite"), "cat"])
        .arg(path("from"))
        .stdout(to)
        .status();
    if !traced.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: strace is not installed, or may not trace; nothing was counted");
        return;
    }
    assert!(fs::read(path("from")).unwrap() == fs::read(path("to")).unwrap());
    let trace = fs::read_to_string(path("trace")).unwrap();
    let is_large = |line: &&str| {
        let result = line
            .rsplit_once("= ")
            .and_then(|(_, n)| n.parse::<u64>().ok());
        result.is_some_and(|n| n >= 10_000)
    };
    let found: Vec<_> = trace.lines().filter(is_large).collect();
    assert!(found.is_empty() && !trace.contains("write("), "{found:?}");
}
