//! `iolite tail`: what the head of its file promises, beside GNU `tail`, on files in UTF-8 and in UTF-16.
//!
//! GNU's reads the UTF-8, and ours has to print the same of both.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helpers too"
)]

#[path = "support/odd.rs"]
mod odd;
mod support;

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use iolite::Encoding;
use rstest::rstest;
use tempfile::TempDir;

use crate::support::{feed, gnu, iolite, stderr, stdout};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Program {
    Gnu,
    Ours(Encoding),
}

impl Program {
    fn command(self) -> Option<Command> {
        match self {
            Program::Gnu => gnu("tail"),
            Program::Ours(encoding) => {
                let mut command = iolite("tail");
                command.args(["--from", encoding.name()]);
                Some(command)
            }
        }
    }

    /// The text as a file holds it for this program, at its start or not.
    fn bytes(self, text: &str, at_start: bool) -> Vec<u8> {
        match self {
            Program::Ours(encoding) if encoding == Encoding::UTF_16 && at_start => {
                Encoding::UTF_16.encode(text).unwrap().into_owned()
            }
            Program::Ours(encoding) if encoding == Encoding::UTF_16 => {
                Encoding::UTF_16LE.encode(text).unwrap().into_owned()
            }
            _ => text.as_bytes().to_vec(),
        }
    }
}

const ALL: [Program; 3] = [
    Program::Gnu,
    Program::Ours(Encoding::UTF_8),
    Program::Ours(Encoding::UTF_16),
];

const TWELVE: &str = "1\n2\n3\n4\nfünf\n6\n7\n8\n9\n10\n11\nzwölf\n";

#[rstest]
#[case::the_last_ten(&["a"], &[("a", TWELVE)])]
#[case::some(&["-n", "3", "a"], &[("a", TWELVE)])]
#[case::in_one_word(&["-n3", "a"], &[("a", TWELVE)])]
#[case::none(&["-n", "0", "a"], &[("a", TWELVE)])]
#[case::all_from_a_line_on(&["-n", "+3", "a"], &[("a", TWELVE)])]
#[case::all_from_the_first(&["-n", "+0", "a"], &[("a", TWELVE)])]
#[case::from_behind_the_end(&["-n", "+20", "a"], &[("a", TWELVE)])]
#[case::without_a_last_line_end(&["-n", "1", "a"], &[("a", "one\ntwo")])]
#[case::fewer_than_asked_for(&["-n", "100", "a"], &[("a", "one\ntwo\n")])]
#[case::empty(&["a"], &[("a", "")])]
#[case::only_line_ends(&["-n", "2", "a"], &[("a", "\n\n\n")])]
#[case::carriage_returns(&["-n", "2", "a"], &[("a", "one\r\ntwo\r\nth\rree\r\n")])]
#[case::two_files(&["-n", "1", "a", "b"], &[("a", TWELVE), ("b", "x\ny\n")])]
#[case::two_files_one_empty(&["a", "b"], &[("a", ""), ("b", "x\ny\n")])]
#[case::two_files_quietly(&["-q", "-n", "1", "a", "b"], &[("a", TWELVE), ("b", "x\ny\n")])]
#[case::one_file_with_its_name(&["-v", "-n", "1", "a"], &[("a", TWELVE)])]
#[case::one_of_them_missing(&["-n", "1", "a", "missing", "b"], &[("a", TWELVE), ("b", "x\n")])]
#[case::nothing_but_missing(&["missing"], &[])]
fn what_is_there(#[case] arguments: &[&str], #[case] files: &[(&str, &str)]) {
    let mut outcomes = Vec::new();
    for program in ALL {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), program.bytes(text, true)).unwrap();
        }
        let Some(mut command) = program.command() else {
            continue;
        };
        let output = command
            .args(arguments)
            .current_dir(folder.path())
            .output()
            .unwrap();
        let said = stderr(&output).replace("tail: ", "iolite: ");
        outcomes.push((stdout(&output), said, output.status.success()));
    }
    for outcome in &outcomes[1..] {
        assert_eq!(*outcome, outcomes[0]);
    }
}

#[rstest]
#[case::some(&["-n", "2"])]
#[case::from_a_line_on(&["-n", "+11"])]
#[case::followed_although_it_ends(&["-n", "2", "-f"])]
#[case::with_its_name(&["-n", "1", "-v", "-"])]
fn a_pipe(#[case] arguments: &[&str]) {
    let mut outcomes = Vec::new();
    for program in ALL {
        let Some(mut command) = program.command() else {
            continue;
        };
        let output = feed(command.args(arguments), &program.bytes(TWELVE, true));
        outcomes.push((stdout(&output), output.status.success()));
    }
    for outcome in &outcomes[1..] {
        assert_eq!(*outcome, outcomes[0]);
    }
}

/// Byte for byte as GNU's, also of what is no text.
#[rstest]
#[case(&["-c", "5"])]
#[case(&["-c", "+5"])]
#[case(&["-c", "100"])]
#[case(&["-c", "+100"])]
#[case(&["-c", "2"])]
#[case(&["-n", "2"])]
#[case(&["-n", "+2"])]
fn bytes_in_utf_8(#[case] arguments: &[&str]) {
    let Some(mut command) = gnu("tail") else {
        return;
    };
    let bytes = b"caf\xc3\xa9\n\xff\xfe\r\n\xe2\x82\nend\xc3";
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let theirs = command.args(arguments).arg(file.path()).output().unwrap();
    let ours = iolite("tail")
        .args(arguments)
        .arg(file.path())
        .output()
        .unwrap();
    assert_eq!(
        (&ours.stdout, &theirs.stdout),
        (&theirs.stdout, &theirs.stdout)
    );
    assert!(ours.status.success());
    let theirs = feed(gnu("tail").unwrap().args(arguments), bytes);
    let ours = feed(iolite("tail").args(arguments), bytes);
    assert_eq!(ours.stdout, theirs.stdout);
}

#[test]
fn bytes_in_utf_16_are_those_of_the_file() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let text = Encoding::UTF_16.encode("one\ntwö\n").unwrap();
    file.write_all(&text).unwrap();
    for (count, expected) in [("4", "ö\n"), ("5", "ö\n"), ("6", "wö\n"), ("+11", "twö\n")] {
        let mut command = iolite("tail");
        command
            .args(["--encoding", "utf-16", "-c", count])
            .arg(file.path());
        assert_eq!(stdout(&command.output().unwrap()), expected, "{count}");
    }
}

/// A mark at the start says the encoding, and the order of bytes also where printing begins later.
#[rstest]
#[case::lines(&["-n", "2"], "zwei\ndrei ü\n")]
#[case::after_lines(&["-n", "+3"], "drei ü\n")]
#[case::bytes(&["-c", "4"], "ü\n")]
#[case::half_a_unit(&["-c", "5"], "ü\n")]
#[case::after_bytes(&["-c", "+5"], "ins\nzwei\ndrei ü\n")]
#[case::after_half_the_mark(&["-c", "+2"], "eins\nzwei\ndrei ü\n")]
#[case::all_bytes(&["-c", "1K"], "eins\nzwei\ndrei ü\n")]
fn a_mark_says_the_encoding(#[case] arguments: &[&str], #[case] expected: &str) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("text");
    let text = Encoding::UTF_16.encode("eins\nzwei\ndrei ü\n").unwrap();
    fs::write(&path, &text).unwrap();
    for from in [&[][..], &["--from", "utf-16"]] {
        let command = || {
            let mut command = iolite("tail");
            command.args(from).args(arguments);
            command
        };
        let of_file = command().arg(&path).output().unwrap();
        assert_eq!(stdout(&of_file), expected, "{from:?}");
        let of_stdin = command()
            .stdin(File::open(&path).unwrap())
            .output()
            .unwrap();
        assert_eq!(stdout(&of_stdin), expected, "{from:?}, standard input");
        assert_eq!(
            stdout(&feed(&mut command(), &text)),
            expected,
            "{from:?}, a pipe"
        );
    }
}

#[test]
fn an_encoding_that_is_read_only_from_the_start() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"one\ntwo\n+AOQ-\n").unwrap();
    let mut command = iolite("tail");
    command
        .args(["--encoding", "utf-7", "-n", "2"])
        .arg(file.path());
    assert_eq!(stdout(&command.output().unwrap()), "two\nä\n");
}

#[test]
fn a_long_line_and_a_reader_that_goes_away() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let long = "x".repeat(1_000_000);
    write!(file, "one\n{long}\n{long}").unwrap();
    let output = iolite("tail")
        .args(["-n", "2"])
        .arg(file.path())
        .output()
        .unwrap();
    assert!(stdout(&output) == format!("{long}\n{long}"));
    let mut child = iolite("tail")
        .arg(file.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
}

#[test]
fn wrong_arguments() {
    for arguments in [
        &["-n", "x"][..],
        &["-c", "1x"],
        &["--encoding", "nonsense"],
        &["-s", "-1"],
        &["-z"],
        &["--errors", "escape", "--from", "utf-7"],
    ] {
        let output = iolite("tail").args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(!stderr(&output).is_empty() && output.stdout.is_empty());
    }
    let help = iolite("tail").arg("--help").output().unwrap();
    assert!(help.status.success() && stdout(&help).contains("Usage: iolite tail"));
}

/// A full disk is named, and so is what it is that was full; the reader that goes away is not.
#[cfg(target_os = "linux")]
#[test]
fn an_output_that_fails() {
    support::assert_output_failures("tail Cargo.toml", "tail Cargo.toml");
}

/// Beside GNU's, on generated files with odd content.
#[test]
fn odd_files() {
    if gnu("tail").is_none() {
        return;
    }
    let counts = [
        "-n0", "-n1", "-n3", "-n+0", "-n+2", "-n+50", "-n1K", "-c0", "-c1", "-c7", "-c+0", "-c+5",
        "-c100", "-c1b", "-c1kB",
    ];
    let mut dice = odd::Dice::new(7);
    let folder = tempfile::tempdir().unwrap();
    for round in 0..odd::rounds(60) {
        let files = ["a", "b"].map(|name| {
            let bytes = odd::text(&mut dice, odd::Content::Any);
            fs::write(folder.path().join(name), &bytes).unwrap();
            bytes
        });
        let arguments = [dice.of(&counts), dice.of(&["-q", "-v", "--"])];
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
        let theirs = run(&mut gnu("tail").unwrap());
        let ours = run(&mut iolite("tail"));
        assert_eq!(
            ours, theirs,
            "{round}: {arguments:?} {names:?} of {files:?}"
        );
    }
}

/// What happens to a file, and what was printed of all files after it.
enum Step {
    Append(&'static str, &'static str),
    /// Byte by byte, so that every character is cut.
    AppendBytewise(&'static str, &'static str),
    Rename(&'static str, &'static str),
    /// Made, or emptied and written.
    Write(&'static str, &'static str),
    Remove(&'static str),
    /// Until standard error has these words.
    Told(&'static str),
}
use Step::{Append, AppendBytewise, Remove, Rename, Told, Write as Make};

/// What both programs say when a file was cut.
const CUT: &str = ": file truncated";

/// A running program, and its files.
struct Running {
    program: Program,
    folder: TempDir,
    child: Child,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    fn start(program: Program, arguments: &[&str], files: &[(&str, &str)]) -> Option<Running> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), program.bytes(text, true)).unwrap();
        }
        let output = |name| File::create(folder.path().join(name)).unwrap();
        let mut command = program.command()?;
        command.args(["-s", "0.05"]).args(arguments);
        command.current_dir(folder.path());
        command.stdout(output("stdout")).stderr(output("stderr"));
        let child = command.spawn().unwrap();
        Some(Running {
            program,
            folder,
            child,
        })
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn append(&self, name: &str, bytes: &[u8]) {
        let mut file = OpenOptions::new()
            .append(true)
            .open(self.path(name))
            .unwrap();
        file.write_all(bytes).unwrap();
    }

    fn act(&self, step: &Step) {
        match *step {
            Append(name, text) => self.append(name, &self.program.bytes(text, false)),
            AppendBytewise(name, text) => {
                for byte in self.program.bytes(text, false) {
                    self.append(name, &[byte]);
                    thread::sleep(Duration::from_millis(3));
                }
            }
            Rename(from, to) => fs::rename(self.path(from), self.path(to)).unwrap(),
            Make(name, text) => {
                let is_cut = fs::metadata(self.path(name)).is_ok_and(|it| it.len() > 0);
                let cuts = || crate::text(&self.path("stderr")).matches(CUT).count();
                let before = cuts();
                // Cut first, so that this is seen.
                fs::write(self.path(name), "").unwrap();
                self.wait_until(|| !is_cut || cuts() > before, CUT);
                self.append(name, &self.program.bytes(text, true));
            }
            Remove(name) => fs::remove_file(self.path(name)).unwrap(),
            Told(words) => self.wait_for("stderr", words),
        }
    }

    /// Waits until an output has these words, which takes no time as a rule.
    fn wait_for(&self, output: &str, words: &str) {
        self.wait_until(|| text(&self.path(output)).contains(words), words);
    }

    fn wait_until(&self, is_so: impl Fn() -> bool, words: &str) {
        let start = Instant::now();
        while !is_so() {
            let [out, err] = ["stdout", "stderr"].map(|name| text(&self.path(name)));
            assert!(
                start.elapsed().as_secs() < 100,
                "{:?}: {out:?} {err:?}, not {words:?}",
                self.program
            );
            thread::sleep(Duration::from_millis(5));
        }
    }
}

fn text(path: &Path) -> String {
    String::from_utf8(fs::read(path).unwrap()).unwrap()
}

/// Each step, and what is then printed.
type Script = &'static [(Step, &'static str)];

#[rstest]
#[case::more_comes(&["-f", "a"], &[("a", "one\n")], "one\n", &[
    (Append("a", "two\n"), "two\n"),
    (Append("a", "half"), "half"),
    (Append("a", " a line\n"), " a line\n"),
])]
#[case::characters_are_cut(&["-f", "a"], &[("a", "é\n")], "é\n", &[
    (AppendBytewise("a", "zwölf €\n"), "zwölf €\n"),
    (AppendBytewise("a", "😀"), "😀"),
])]
#[case::from_the_end_on(&["-f", "-v", "-n", "0", "a"], &[("a", TWELVE)], "==> a <==\n", &[
    (Append("a", "more\n"), "more\n"),
])]
#[case::by_descriptor_over_a_renaming(&["-f", "a"], &[("a", "one\n")], "one\n", &[
    (Rename("a", "b"), ""),
    (Append("b", "two\n"), "two\n"),
])]
#[case::by_descriptor_over_a_cut(&["-f", "a"], &[("a", "one\ntwo\n")], "one\ntwo\n", &[
    (Make("a", "x\n"), "x\n"),
    (Told(": a: file truncated"), ""),
])]
#[case::rotation_by_renaming(&["-F", "a"], &[("a", "one\n")], "one\n", &[
    (Rename("a", "a.1"), ""),
    (Make("a", "two\n"), "two\n"),
    (Told("new file"), ""),
    (Append("a", "three\n"), "three\n"),
])]
#[case::rotation_by_copy_and_cut(&["-F", "a"], &[("a", "one\ntwo\n")], "one\ntwo\n", &[
    (Make("a", "x\n"), "x\n"),
    (Told("file truncated"), ""),
    (Append("a", "y\n"), "y\n"),
])]
#[case::deleted_and_made_anew(&["-F", "a"], &[("a", "one\n")], "one\n", &[
    (Remove("a"), ""),
    (Told("has become inaccessible: No such file or directory"), ""),
    (Make("a", "two\n"), "two\n"),
    (Told("has appeared;  following new file"), ""),
])]
#[case::missing_at_first(&["-F", "a"], &[], "", &[
    (Told("cannot open 'a' for reading: No such file or directory"), ""),
    (Make("a", "one\n"), "one\n"),
    (Told("has appeared;  following new file"), ""),
])]
#[case::replaced_at_once(&["-F", "a"], &[("a", "one\n"), ("b", "two\n")], "one\n", &[
    (Rename("b", "a"), "two\n"),
    (Told("has been replaced;  following new file"), ""),
    (Append("a", "three\n"), "three\n"),
])]
#[case::several_files(&["-F", "a", "b"], &[("a", "1\n"), ("b", "2\n")],
    "==> a <==\n1\n\n==> b <==\n2\n", &[
    (Append("b", "3\n"), "3\n"),
    (Append("a", "4\n"), "\n==> a <==\n4\n"),
    (Append("a", "5\n"), "5\n"),
    (Rename("b", "c"), ""),
    (Make("b", "6\n"), "\n==> b <==\n6\n"),
])]
#[case::two_rotations(&["-F", "a"], &[("a", "one\n")], "one\n", &[
    (Rename("a", "a.1"), ""),
    (Make("a", "two\n"), "two\n"),
    (Rename("a", "a.2"), ""),
    (Make("a", "three\n"), "three\n"),
])]
fn what_happens_to_files(
    #[case] arguments: &[&str],
    #[case] files: &[(&str, &str)],
    #[case] first: &str,
    #[case] script: Script,
) {
    for program in ALL {
        let Some(running) = Running::start(program, arguments, files) else {
            continue;
        };
        let mut printed = first.to_owned();
        running.wait_for("stdout", &printed);
        for (step, more) in script {
            running.act(step);
            printed.push_str(more);
            running.wait_for("stdout", &printed);
        }
        // Nothing more came.
        assert_eq!(text(&running.path("stdout")), printed, "{program:?}");
    }
}
